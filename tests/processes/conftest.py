"""Two server processes per database, sharing it and one INSTANCE_DIR, as production would run them."""

import json
import secrets
from functools import cache
from itertools import count, cycle

import bcrypt
import pytest
from sqlalchemy import select

from app import create_app
from domain import clock
from models import AuditEntry, SignInCounter, db
from tests import databases, factories
from tests.processes.front_fixtures import another_site, certs, echo, nginx, site  # noqa: F401
from tests.processes.servers import Server, Visitor, environment

_operators = count(1000)


@cache
def production_hash():
    """factories.PASSWORD as production keeps it: bcrypt, cost 12."""
    return bcrypt.hashpw(factories.PASSWORD.encode(), bcrypt.gensalt(12)).decode()


class Panel:
    """The servers, and an app in this process that looks into their database."""

    def __init__(self, folder, url, number, **settings):
        self.folder = folder
        self.settings = {
            "INSTANCE_DIR": str(folder),
            "DATABASE_URL": url,
            "DEMO": "off",
            "SECRET_KEY": secrets.token_urlsafe(32),
            "OUTBOX_KEY": secrets.token_urlsafe(32),
            "SIGN_IN_FAILURES_PER_MINUTE": "1000000000",
        } | settings
        self.servers = [Server(environment(**self.settings)) for _ in range(number)]
        self.app = create_app(databases.load(self.settings), TESTING=True, BCRYPT_COST=4)
        self.visitors = []
        self.foreseen = []  # beginnings of warnings the test provokes

    def visitor(self, server=None):
        self.visitors.append(Visitor(server or self.servers[0]))
        return self.visitors[-1]

    def crowd(self, number):
        """Browsers, spread over the servers by turns."""
        return [self.visitor(server) for server, _ in zip(cycle(self.servers), range(number), strict=False)]

    def twins(self, visitor, number):
        """Windows of one browser, spread over the servers by turns."""
        made = [visitor.twin(server) for server, _ in zip(cycle(self.servers), range(number), strict=False)]
        self.visitors += made
        return made

    def leave(self):
        while self.visitors:
            self.visitors.pop().close()

    def errors(self):
        """What the servers logged as errors: nothing, whatever was done to them."""
        log = self.folder / "log" / "panel.log"
        entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
        told = [entry.get("trace", entry["message"]) for entry in entries if entry["level"] != "INFO"]
        return [text for text in told if not text.startswith(tuple(self.foreseen))]

    def output(self):
        return "\n".join(f"{server.url}\n{server.output}" for server in self.servers)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def running(request, servers, tmp_path_factory):
    database = servers(request.param)
    folder = tmp_path_factory.mktemp(f"panel-{request.param}")
    url = database.fresh(folder)
    panel = Panel(folder, url, number=2)
    try:
        for server in panel.servers:
            server.start()
        yield panel
    finally:
        for server in panel.servers:
            if server.process is not None:
                server.kill()
        with panel.app.app_context():
            db.engine.dispose()
        database.drop(url)


@pytest.fixture
def panel(running):
    """The servers; afterwards none of them may have logged an error or printed a trace."""
    running.foreseen = []
    before = len(running.errors())
    yield running
    running.leave()
    print(running.output())  # shown if the test fails
    assert running.errors()[before:] == []
    assert "Traceback" not in running.output()


@pytest.fixture
def app(panel):
    with panel.app.app_context():
        yield panel.app
        db.session.remove()


@pytest.fixture
def somebody(make):
    """somebody(): a 一般 of an operator of its own, with a password of production's cost."""
    fixed = {"password_hash": production_hash()}
    return lambda **values: make.user(**fixed | {"operator": str(next(_operators))} | values)


@pytest.fixture
def market_admin(make):
    return lambda **values: make.staff(**{"password_hash": production_hash()} | values)


@pytest.fixture
def lock(session):
    """lock(account): as five wrong passwords would have left it."""

    def locked(account):
        now = clock.now()
        key = {"entrance": "market", "login_key": account.login_key}
        session.merge(SignInCounter(**key, failures=5, last_failed_at=now, locked_at=now))
        session.commit()

    return locked


@pytest.fixture
def read(session):
    """read(statement): rows as they are in the database now."""

    def rows(statement):
        session.rollback()
        return session.execute(statement).all()

    return rows


@pytest.fixture
def trail(read):
    """trail(login_id): (操作, detail) of everything that happened to this ID, in order."""

    def entries(login_id):
        rows = read(select(AuditEntry.event, AuditEntry.detail, AuditEntry.target).order_by(AuditEntry.id))
        return [
            (event, detail)
            for event, detail, target in rows
            if detail.get("typed_id") == login_id or target.startswith(f"{login_id} ")
        ]

    return entries
