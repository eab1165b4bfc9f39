"""The database stops under a real server: システムエラー画面, and back again (COM-080, COM-071, R-072)."""

import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from app import create_app
from models import db
from tests import databases
from tests.factories import Make
from tests.pages import plain
from tests.processes.conftest import production_hash
from tests.processes.servers import Server, Visitor, environment

pytestmark = pytest.mark.processes

HERE = [str(Path(__file__).parents[2]), tempfile.gettempdir()]  # where this machine keeps things
LEAK = re.compile(
    "|".join(map(re.escape, ["Traceback", "sqlalchemy", "psycopg", "Werkzeug", "waitress", "sqlite", *HERE])), re.I
)
MESSAGE = plain("error.C02.00005 : システムエラーが発生しました。解消した後、再度ログインしてください。")
PASSWORD = "Yoryo#2026test"


class Sqlite(databases.Sqlite):
    """A file that is spoiled in place, under the open connections."""

    def open(self, folder):
        self.file = folder / "panel.db"
        return self.fresh(folder)

    def take_away(self):
        self.kept = {path: path.read_bytes() for path in self.file.parent.glob("panel.db*")}
        for path, content in self.kept.items():
            with path.open("r+b") as file:
                file.write(b"garbage " * (max(len(content), 65536) // 8))

    def bring_back(self):
        for path, content in self.kept.items():
            with path.open("r+b") as file:
                file.truncate(0)
                file.write(content)


class Postgresql(databases.Postgresql):
    """A server of its own, which stops without a farewell."""

    def open(self, folder):
        return self.fresh(folder)

    def take_away(self):
        stop = [*self.ctl, "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def bring_back(self):
        options = f"-F -c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=200"
        run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run([*self.ctl, "-l", self.folder / "log", "-w", "-o", options, "start"], **run)


@pytest.fixture(params=[Sqlite, Postgresql], ids=["sqlite", "postgresql"])
def mortal(request):
    try:
        database = request.param()
    except LookupError as error:
        (pytest.fail if databases.CI else pytest.skip)(str(error))
    yield database
    database.stop()


@pytest.fixture
def served(mortal, tmp_path):
    """(server, a person of operator 0001, a member of staff)."""
    settings = {
        "INSTANCE_DIR": str(tmp_path), "DATABASE_URL": mortal.open(tmp_path), "DEMO": "off",
        "SECRET_KEY": secrets.token_urlsafe(32), "OUTBOX_KEY": secrets.token_urlsafe(32),
    }  # fmt: skip
    app = create_app(databases.load(settings), TESTING=True, BCRYPT_COST=4)
    with app.app_context():
        make = Make(db.session)
        people = [made(password_hash=production_hash()) for made in (make.admin, make.staff)]
        db.session.remove()
        db.engine.dispose()
    server = Server(environment(**settings)).start()
    yield (server, *people)
    server.kill()
    shutil.rmtree(tmp_path, ignore_errors=True)


def is_system_error(page):
    assert (page.status, page.heading, page.alerts) == (500, "システムエラー画面", [MESSAGE])
    assert re.fullmatch("[0-9a-f]{16}", page.soup.code.get_text())
    assert page.controls() == ["閉じる"]
    assert not LEAK.search(page.response.text)
    assert not LEAK.search(str(page.response.headers))
    assert page.response.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in page.response.headers["Content-Security-Policy"]
    return True


def test_a_database_that_stops_is_told_can_be_left_and_comes_back(served, mortal):
    server, user, staff = served
    people = [Visitor(server).sign_in(account, PASSWORD) for account in (user, staff)]
    stranger = Visitor(server)
    try:
        for person, home in zip(people, ("/portal/", "/admin/"), strict=True):
            assert person.get(home).status_code == 200
        mortal.take_away()
        for person, home in zip(people, ("/portal/", "/admin/"), strict=True):
            for path in (home, "/", f"{home}users/?searched=1", f"{home}users/new/"):
                assert is_system_error(person.page(path)), path
            page = person.page(home)
            answer = page.submit("閉じる")
            assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
            entrance = person.page("/login")
            assert (entrance.status, entrance.heading) == (200, "ログイン画面")
        assert is_system_error(stranger.page("/portal/"))
        assert is_system_error(
            stranger.page("/login").press("ログイン", ユーザID=user.login_id, パスワード="Falsch#2026wort")
        )
        assert stranger.get("/nothing").status_code == 404
        for visitor in (*people, stranger):  # whoever has no system has help all the more (COM-002, SYS-007)
            for slug in ("", "setup/", "sign-in/", "policy/", "errors/", "contact/"):
                guide = visitor.page(f"/help/{slug}")
                assert (guide.status, guide.alerts) == (200, []), slug
                assert not LEAK.search(guide.response.text)
        assert (stranger.get("/healthz").status_code, stranger.get("/readyz").status_code) == (200, 503)
        mortal.bring_back()
        again = people[0].sign_in(user, PASSWORD)
        assert again.page("/portal/").heading == "ポータルトップ"
        assert stranger.get("/readyz").status_code == 200
    finally:
        for visitor in (*people, stranger):
            visitor.close()
    assert server.end(signal.SIGTERM) == 0
