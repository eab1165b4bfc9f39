"""`make run` is `flask serve`: what a newcomer and a service manager see (contract.md, Commands and Settings)."""

import re
import signal
import socket
import sqlite3
import stat
import subprocess

import pytest

from tests.processes.servers import ROOT, START, Server, Visitor, environment, flask

pytestmark = pytest.mark.processes

DEMO_PASSWORD = "Yoryo#2026demo"
DEMO_IDS = [  # contract.md, Demo data
    "U280003303", "U280003304", "U520008303", "U040008304", "U110000001", "U110000002", "U110000003",
    "S000000001", "S000000002",
]  # fmt: skip
BOARD_IDS = ["board0001", "board0002"]


@pytest.fixture
def serve(tmp_path):
    """serve(**settings): a running server whose only state is a folder that does not exist yet."""
    started = []

    def start(**settings):
        server = Server(environment(INSTANCE_DIR=str(tmp_path / "instance"), **settings))
        started.append(server)
        return server.start()

    yield start
    for server in started:
        if server.process is not None and server.process.poll() is None:
            server.kill()
        print(server.output)


@pytest.fixture
def visit():
    opened = []

    def visitor(server):
        opened.append(Visitor(server))
        return opened[-1]

    yield visitor
    for each in opened:
        each.close()


def refusal(tmp_path, **settings):
    """(exit code, output) of a start that cannot work."""
    environ = environment(INSTANCE_DIR=str(tmp_path / "instance"), **settings)
    done = subprocess.run(
        flask("serve"), cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", check=False, timeout=START,
    )  # fmt: skip
    return done.returncode, done.stdout


def loaded(tmp_path):
    database = sqlite3.connect(tmp_path / "instance" / "panel.db")
    try:
        ids = [row[0] for row in database.execute("SELECT login_id FROM accounts ORDER BY id")]
        [(loads,)] = database.execute("SELECT count(*) FROM audit_entries WHERE event = 'seed:load'")
    finally:
        database.close()
    return ids, loads


def test_an_empty_folder_and_no_settings_become_a_panel_with_the_manuals_people(serve, visit, tmp_path):
    server = serve()
    assert server.get("/readyz").json() == {"status": "ok"}
    assert server.url in server.output
    assert DEMO_PASSWORD in server.output
    assert re.findall(r"\b[US]\d{9}\b", server.output) == DEMO_IDS
    assert re.findall(r"\bboard\d{4}\b", server.output) == BOARD_IDS
    visitor = visit(server)
    home = visitor.page("/login").press("ログイン", ユーザID="U280003304", パスワード=DEMO_PASSWORD)
    assert home.response.path == "/portal/"
    assert loaded(tmp_path) == ([*DEMO_IDS, *BOARD_IDS], 1)
    for name in ("secret_key", "outbox_key"):
        assert stat.S_IMODE((tmp_path / "instance" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_stops_cleanly_and_the_next_start_loads_nothing_twice(serve, visit, tmp_path, number):
    first = serve()
    visitor = visit(first)
    visitor.page("/login").press("ログイン", ユーザID="S000000001", パスワード=DEMO_PASSWORD)
    assert first.end(number) == 0
    for word in ("Traceback", "Aborted", "Exception"):
        assert word not in first.output

    second = serve(PORT=str(first.port))
    assert visitor.get("/admin/").status_code == 200  # same keys, same sessions
    assert loaded(tmp_path) == ([*DEMO_IDS, *BOARD_IDS], 1)
    assert second.end(number) == 0


def test_a_start_in_production_loads_no_demo_and_prints_no_accounts(serve, tmp_path):
    keys = {"SECRET_KEY": "kW7-s1xY2_qP0vTz9Lm4RbN8cJ5dF3gH", "OUTBOX_KEY": "aB3-d9eF1_gH7jKm5Np2Qr8StU4vWx6Yz"}
    server = serve(DEMO="off", **keys)
    assert DEMO_PASSWORD not in server.output
    assert loaded(tmp_path) == ([], 0)
    assert not (tmp_path / "instance" / "secret_key").exists()


@pytest.mark.parametrize(
    ("settings", "named"),
    [  # one of each kind; tests/test_config.py has more
        ({"PORT": "x"}, "PORT"),
        ({"HOST": "no.such.host.invalid", "DEMO": "on"}, "HOST"),
        ({"HOST": "0.0.0.0"}, "BASE_URL"),  # reachable from outside: no demo, so no http
        ({"DATABASE_URL": "mysql://panel@localhost/panel"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////no/such/folder/panel.db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://panel:hidden@127.0.0.1:1/panel", "DEMO": "on"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://panel@127.0.0.1:port/panel"}, "DATABASE_URL"),
        ({"DEMO": "off"}, "_KEY"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY"),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_a_setting_that_cannot_work_stops_the_start_with_one_sentence(tmp_path, settings, named):
    code, output = refusal(tmp_path, **settings)
    assert code not in (0, None)
    assert named in output
    assert len(output.strip().splitlines()) == 1, output
    assert "hidden" not in output


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, output = refusal(tmp_path, PORT=str(taken.getsockname()[1]))
    assert code not in (0, None)
    assert re.fullmatch(r"PORT \d+ is in use already; choose another, e\.g\. PORT=\d+ make run\.\n", output)


def test_an_instance_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "instance").write_text("a file")
    code, output = refusal(tmp_path)
    assert code not in (0, None)
    assert "INSTANCE_DIR" in output
    assert len(output.strip().splitlines()) == 1, output


@pytest.mark.parametrize("command", [("staff", "create", "--name", "広域 太郎", "--email", "a@example.jp"), ("sweep",)])
def test_a_command_before_the_first_start_names_what_is_missing(tmp_path, command):
    done = subprocess.run(
        flask(*command), cwd=ROOT, env=environment(INSTANCE_DIR=str(tmp_path)), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, timeout=START,
    )  # fmt: skip
    assert done.returncode not in (0, None)
    assert done.stdout.startswith("DATABASE_URL names a database without tables")
    assert len(done.stdout.splitlines()) == 1
