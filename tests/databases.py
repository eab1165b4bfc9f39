"""The two databases the tests run on, each built once by the migrations and copied per test."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from app import create_app
from config import load

CI = os.environ.get("CI") == "true"


def settings(folder, url=None, **environ):
    """Settings of a panel whose only state is `folder`."""
    keys = {"SECRET_KEY": secrets.token_urlsafe(32), "OUTBOX_KEY": secrets.token_urlsafe(32)}
    environ = {"INSTANCE_DIR": str(folder)} | keys | ({"DATABASE_URL": url} if url else {}) | environ
    return load(environ)


def migrate(folder, url=None):
    app = create_app(settings(folder, url))
    with app.app_context():
        upgrade()
        from models import db

        db.session.remove()
        db.engine.dispose()


class Sqlite:
    """A migrated file, copied."""

    name = "sqlite"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="panel-sqlite-"))
        migrate(self.folder)

    def fresh(self, folder):
        shutil.copy(self.folder / "panel.db", folder / "panel.db")
        return f"sqlite:///{folder / 'panel.db'}"

    def drop(self, url):
        pass

    def stop(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgresql:
    """A throw-away server on a unix socket (or TEST_DATABASE_URL), and a template database."""

    name = "postgresql"
    TEMPLATE = "panel_template"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="panel-pg-"))
        self.count = 0
        self.bin = pg_bin()
        if self.bin is None:
            raise LookupError("PostgreSQL is missing: make deps installs it")
        self._start()
        self._admin(f"CREATE DATABASE {self.TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
        instance = self.folder / "instance"
        migrate(instance, self._url(self.TEMPLATE))

    def _start(self):
        data, log = self.folder / "data", self.folder / "log"
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if as_postgres:
            shutil.chown(self.folder, "postgres")
        self.folder.chmod(0o755)
        run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        initdb = [*as_postgres, self.bin / "initdb", "-D", data, "-U", "panel", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--no-sync", "--locale=C.UTF-8"], **run)
        options = f"-F -c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=200"
        options += " -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0"
        self.ctl = [*as_postgres, self.bin / "pg_ctl", "-D", data]
        subprocess.run([*self.ctl, "-l", log, "-w", "-o", options, "start"], **run)

    def _url(self, database):
        return f"postgresql+psycopg://panel@/{database}?host={self.folder}"

    def _admin(self, statement):
        with psycopg.connect(f"host={self.folder} user=panel dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)

    def fresh(self, folder):
        self.count += 1
        name = f"panel_{self.count}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {self.TEMPLATE} STRATEGY file_copy")
        return self._url(name)

    def drop(self, url):
        self._admin(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def stop(self):
        subprocess.run([*self.ctl, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(self.folder, ignore_errors=True)


def pg_bin():
    """The folder of the newest PostgreSQL server programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None
