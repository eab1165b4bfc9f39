"""Fixtures: both databases, one clock, a browser-like client."""

import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select
from werkzeug.routing import Rule
from xdist.scheduler import LoadScopeScheduling

from app import create_app
from domain import clock
from models import OutgoingMail
from models import db as _db
from services.mail import text_of
from tests import databases, factories
from tests.pages import Page

# Figures in benchmarks, never in tests: a slow machine is no failure.
hypothesis_settings.register_profile("ours", deadline=None)
hypothesis_settings.load_profile("ours")

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 2026-11-20 12:00 in Tokyo, a Friday


# Screens are SQLite's in `make test`, but for those whose answers hang on the database: locks, sessions, meetings of
# two people, streams, statements per page. `make audit` runs all of them on both. Services run on both anyway.
SCREENS = Path(__file__).parent / "views"
ON_BOTH = {
    "test_sign_in", "test_sessions", "test_meetings", "test_csv", "test_frame_costs", "test_front", "test_doors",
    "test_uploads",
}  # fmt: skip
# The same of these commands: slow to start, and what they write is the services'.
COMMANDS = {"tests/processes/test_console.py", "tests/processes/test_maintenance.py"}
EVERYTHING = bool(os.environ.get("AUDIT"))


def pytest_report_header():
    if not EVERYTHING:
        return "most screens and commands run on SQLite only: make audit runs them on PostgreSQL as well"
    return None


class OneWorkerPerFolder(LoadScopeScheduling):
    """Chromium and process tests share machines badly: each of the two folders goes to one worker, as a whole.

    (xdist's own groups are lost: 3.8 writes them where pytest 9.2 does not read.)
    """

    def _split_scope(self, nodeid):
        folder = "/".join(nodeid.split("/")[:2])
        return folder if folder in ("tests/browser", "tests/processes") else nodeid


def pytest_xdist_make_scheduler(config, log):
    return OneWorkerPerFolder(config, log)


def pytest_collection_modifyitems(config, items):
    if not EVERYTHING:
        left = [
            item
            for item in items
            if (item.path.parent == SCREENS or item.nodeid.partition("::")[0] in COMMANDS)
            and item.path.stem not in ON_BOTH
            and not item.get_closest_marker("meeting")
            and getattr(item, "callspec", None) is not None
            and "postgresql" in item.callspec.params.values()
        ]
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]


class Mail(NamedTuple):
    event: str
    recipient: str
    subject: str
    body: str

    @property
    def facts(self):
        """項目名 -> value, of the lines of the body."""
        return dict(line.split(": ", 1) for line in self.body.splitlines() if ": " in line)


class Clock:
    """The time tests see. It stands still unless moved."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def forward(self, **parts):
        self.now += timedelta(**parts)


@pytest.fixture
def time():
    """The injected clock: time.forward(minutes=30), time.now = …"""
    moved = Clock()
    with clock.reading(moved):
        yield moved


_servers = {}


@pytest.fixture(scope="session")
def servers():
    """One of each database per worker, started when first asked for."""

    def get(name):
        if name not in _servers:
            try:
                _servers[name] = {"sqlite": databases.Sqlite, "postgresql": databases.Postgresql}[name]()
            except LookupError as error:
                _servers[name] = error
        server = _servers[name]
        if isinstance(server, LookupError):
            (pytest.fail if databases.CI else pytest.skip)(str(server))
        return server

    yield get
    for server in _servers.values():
        if not isinstance(server, LookupError):
            server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, servers, tmp_path):
    """(name, url) of an empty migrated database."""
    server = servers(request.param)
    url = server.fresh(tmp_path)
    yield server.name, url
    server.drop(url)


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once():
    """Every test has an application of its own, with the same 500 routes: werkzeug compiles each text once."""
    compiled, compile_it = {}, Rule._compile_builder

    def remembered(rule, append_unknown=True):
        if rule.host or rule.subdomain or rule.defaults:
            return compile_it(rule, append_unknown)
        key = rule.rule, append_unknown
        if key not in compiled:
            compiled[key] = compile_it(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


class Browser(FlaskClient):
    """A client whose requests share nothing with the test's own app context (flask-admin-notes 38)."""

    def open(self, *args, **kwargs):
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        body = response.request.environ.get("wsgi.input")
        if body is not None:
            body.close()  # of a large upload the test client makes a temporary file
        return response

    def page(self, path, **kwargs):
        """GET, parsed."""
        return Page(self, self.get(path, **kwargs))

    def follow(self, response):
        """The page a redirect leads to."""
        return self.page(response.headers["Location"])


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory):
    """Every test has an application of its own; what Jinja has compiled once is not compiled again."""
    return FileSystemBytecodeCache(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def compiled_statements():
    """Every test has an engine of its own; what SQLAlchemy has compiled for one it has for the next."""
    first = {}

    def share(engine):
        if engine.dialect.name not in first:
            engine.connect().close()  # the dialect learns the server's version, also where the test never connects
        known = first.setdefault(engine.dialect.name, engine)
        engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache

    return share


@pytest.fixture
def app(database, tmp_path, time, compiled_templates, compiled_statements):
    app = create_app(
        databases.settings(tmp_path, database[1], SIGN_IN_FAILURES_PER_MINUTE="1000"),
        TESTING=True,
        BCRYPT_COST=4,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.test_client_class = Browser
    app.jinja_env.bytecode_cache = compiled_templates
    with ExitStack() as stack:
        stack.enter_context(app.app_context())
        compiled_statements(_db.engine)
        yield app
        _db.session.remove()
        _db.engine.dispose()


@pytest.fixture
def session(app):
    return _db.session


@pytest.fixture
def make(session):
    """make.user(role=…), make.staff(…), make.operator(…): saved rows with the manual's examples."""
    return factories.Make(session)


@pytest.fixture
def mails(app):
    """mails() -> what stands in the outbox, oldest first, secrets in the clear; mails("USR-REG") of one event."""

    def read(event=None):
        with _db.engine.connect() as connection:
            rows = connection.execute(select(OutgoingMail.__table__).order_by("id")).all()
        key = app.config["MAIL_SETTINGS"].outbox_key
        return [
            Mail(row.event, row.recipient, row.subject, text_of(row, key) if row.secret or not row.has_secret else "")
            for row in rows
            if event in (None, row.event)
        ]

    return read


@pytest.fixture
def browser(app):
    return app.test_client()


@pytest.fixture
def signed_in(app):
    """signed_in(account) -> a browser that has signed in through the sign-in page."""

    def sign_in(account, password=None):
        browser = app.test_client()
        board = account.kind == "member"
        page, label = browser.page("/board/login" if board else "/login"), "ID" if board else "ユーザID"
        password = password or (factories.BOARD_PASSWORD if board else factories.PASSWORD)
        response = page.submit("ログイン", **{label: account.login_id, "パスワード": password})
        assert response.status_code == 302, response.text
        return browser

    return sign_in
