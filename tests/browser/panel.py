"""A running panel with the demo data, for a real browser: SQLite, waitress in a thread, a clock that can be moved."""

import shutil
import socket
import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from threading import Thread
from typing import NamedTuple

from sqlalchemy import select
from waitress import create_server, wasyncore

from app import create_app
from domain.actors import Console
from models import Account, db
from seed import demo
from services import passwords
from tests import databases
from tests.factories import Make
from views import worker
from views.transaction import transaction

PASSWORD = "Yoryo#2026demo"  # contract.md, Demo data
TARO, HANAKO, ICHIRO = "U280003303", "U280003304", "U520008303"
STRANGER = "U110000001"  # 管理者 of operator 0002
MARKET_ADMIN, REVIEWER = "S000000001", "S000000002"


class Mail(NamedTuple):
    """One mail as it arrived."""

    to: str
    subject: str
    facts: dict[str, str]  # the lines 項目名: 値


class Panel:
    """One server for the whole run; `reset` brings back the freshly loaded demo data."""

    def __init__(self, folder, migrated):
        self.url_of_database = migrated.fresh(folder)
        self.file, self.demo, self.sink = folder / "panel.db", folder / "demo.db", folder / "mail"
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environ = {"SIGN_IN_FAILURES_PER_MINUTE": "1000", "PORT": str(port)}
        self.app = create_app(databases.settings(folder, self.url_of_database, **environ), BCRYPT_COST=4)
        with self.write() as session:
            demo.load(session)
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(self.demo)) as copy:
            source.backup(copy)
        self.server = create_server(self.app, sockets=[listener], threads=8, ident=None)
        self.thread = Thread(target=self.server.run, daemon=True)
        self.thread.start()
        self.moved = timedelta()

    def reset(self):
        self.moved = timedelta()
        shutil.rmtree(self.sink, ignore_errors=True)
        with closing(sqlite3.connect(self.demo)) as source, closing(sqlite3.connect(self.file, timeout=30)) as live:
            source.backup(live)

    def now(self):
        return datetime.now(UTC) + self.moved

    def forward(self, **parts):
        self.moved += timedelta(**parts)

    @contextmanager
    def write(self):
        with self.app.app_context(), transaction() as session:
            yield session

    @contextmanager
    def make(self):
        """Rows as tests.factories makes them."""
        with self.app.app_context():
            yield Make(db.session)

    def mails(self):
        """Let the worker send everything; what has arrived since the last look, in order."""
        arrived = []
        with self.app.app_context():
            while worker.step():
                for file in self.sink.glob("*.eml"):
                    message = message_from_bytes(file.read_bytes(), policy=policy.default)
                    lines = [line.partition(": ") for line in message.get_content().splitlines() if ": " in line]
                    facts = {name: value for name, _, value in lines}
                    arrived.append(
                        Mail(message["To"], message["Subject"].strip().removeprefix("【容量市場システム】"), facts)
                    )
                    file.unlink()
        return arrived

    def reissue(self, login_id):
        """As `flask account reissue`: the 仮パスワード."""
        with self.write() as session:
            account = session.scalar(select(Account).where(Account.login_id == login_id))
            return passwords.reissue(session, Console(), account).password

    def sql(self, statement, *values):
        """Straight to the database file: what no screen can do yet."""
        with closing(sqlite3.connect(self.file, timeout=30)) as live, live:
            live.execute(statement, values)

    def id_of(self, login_id):
        with closing(sqlite3.connect(self.file)) as live:
            return live.execute("SELECT id FROM accounts WHERE login_id = ?", (login_id,)).fetchone()[0]

    def stop(self):
        self.server.close()
        wasyncore.close_all(self.server._map, ignore_all=True)
        self.thread.join(timeout=10)
        self.server.task_dispatcher.shutdown()
        with self.app.app_context():
            db.engine.dispose()
        shutil.rmtree(self.file.parent, ignore_errors=True)
