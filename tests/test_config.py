"""Settings (contract.md): defaults that run as is; what cannot work stops the start with one sentence."""

import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

import config
from app import create_app
from config import MailServer, SettingError, load

ROOT = Path(__file__).parents[1]
GOOD = "k3yk3y-0123456789abcdefghijklmnopqrstuvwxyz"
KEYS = {"SECRET_KEY": GOOD, "OUTBOX_KEY": GOOD[::-1]}


@pytest.fixture
def start(tmp_path):
    """start(PORT="8001") -> Settings, with nothing else in the environment."""
    return lambda **environ: load({"INSTANCE_DIR": str(tmp_path / "instance")} | environ)


def refusal(start, **environ):
    with pytest.raises(SettingError) as caught:
        start(**environ)
    return str(caught.value)


def test_every_setting_has_a_default(start, tmp_path):
    settings = start()
    instance = tmp_path / "instance"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.instance_dir == instance
    assert settings.database_url == f"sqlite:///{instance}/panel.db"
    assert settings.embedded
    assert settings.demo
    assert settings.session_idle == timedelta(minutes=30)
    assert settings.session_absolute == timedelta(hours=12)
    assert settings.sign_in_failures_per_minute == 30
    assert settings.mail == MailServer(host=None), "file: mails are files in INSTANCE_DIR/mail"
    assert settings.mail_from == "容量市場システム <panel@localhost>"
    assert settings.mail_retry == timedelta(seconds=60)
    assert settings.board_mail_from == "発電設備等の情報掲示板 <board@localhost>"
    assert settings.image_challenge
    assert settings.temp_password_to_actor
    assert not settings.https
    assert "OCCTO" not in settings.copyright, "COM-014: our own neutral holder"
    assert settings.copyright


def test_the_instance_folder_is_ours_by_default(monkeypatch):
    made = []
    monkeypatch.setattr(config, "_make_folder", made.append)
    assert load(KEYS).instance_dir == ROOT / "instance"
    assert made == [ROOT / "instance"]


def test_an_empty_value_is_the_default(start):
    assert start(PORT="", HOST=" ", BASE_URL="").base_url == "http://127.0.0.1:8000"


def test_settings_are_what_the_environment_says(start):
    settings = start(
        HOST="127.0.0.2",
        PORT="8001",
        SESSION_IDLE_MINUTES="5",
        SESSION_HOURS="1",
        SIGN_IN_FAILURES_PER_MINUTE="7",
        COPYRIGHT="株式会社0001",
        MAIL_URL="smtp://mail.example.jp:2525",
        MAIL_FROM="panel@example.jp",
        MAIL_RETRY_SECONDS="1",
        MAIL_TIMEOUT_SECONDS="5",
        TEMP_PASSWORD_TO_ACTOR="off",
        BOARD_MAIL_FROM="情報掲示板 管理者 <board@example.jp>",
        IMAGE_CHALLENGE="off",
    )
    assert settings.base_url == "http://127.0.0.2:8001"
    assert (settings.session_idle, settings.session_absolute) == (timedelta(minutes=5), timedelta(hours=1))
    assert settings.sign_in_failures_per_minute == 7
    assert settings.copyright == "株式会社0001"
    assert (settings.mail.host, settings.mail.port, settings.mail.tls) == ("mail.example.jp", 2525, False)
    assert (settings.mail_from, settings.mail_retry) == ("panel@example.jp", timedelta(seconds=1))
    assert not settings.temp_password_to_actor
    assert settings.board_mail_from == "情報掲示板 管理者 <board@example.jp>"
    assert not settings.image_challenge


def test_the_image_challenge_is_switched_off_in_the_demo_only(start):
    """A24: robots would fill the reviewers' queue."""
    assert refusal(start, DEMO="off", IMAGE_CHALLENGE="off", **KEYS) == "IMAGE_CHALLENGE must be on when DEMO is off."
    assert start(DEMO="off", IMAGE_CHALLENGE="on", **KEYS).image_challenge


# ---- mail --------------------
@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("file:", MailServer()),
        ("smtp://mail", MailServer("mail", 25)),
        ("smtps://mail", MailServer("mail", 465, tls=True)),
        ("smtps://us%40er:p%2Fw@mail:4465", MailServer("mail", 4465, "us@er", "p/w", True)),
    ],
)
def test_the_mail_server_is_an_address(start, url, server):
    assert start(MAIL_URL=url).mail == server


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_URL", "mail.example.jp"), ("MAIL_URL", "http://mail"), ("MAIL_URL", "smtp://"),
        ("MAIL_URL", "smtp://mail:port"), ("MAIL_URL", "smtp://mail:99999"), ("MAIL_URL", "smtp://mail/inbox"),
        ("BOARD_MAIL_FROM", "board"), ("BOARD_MAIL_FROM", "a@b\nBcc: c@d"), ("IMAGE_CHALLENGE", "no"),
        ("MAIL_FROM", "panel"), ("MAIL_FROM", "a@b\nBcc: c@d"), ("MAIL_RETRY_SECONDS", "0"),
        ("MAIL_RETRY_SECONDS", "3601"),
        ("MAIL_TIMEOUT_SECONDS", "0"), ("MAIL_TIMEOUT_SECONDS", "26"),
        ("MAIL_RETRY_SECONDS", "1.5"), ("TEMP_PASSWORD_TO_ACTOR", "no"),
    ],
)  # fmt: skip
def test_a_wrong_mail_setting_is_named(start, name, value):
    assert refusal(start, **{name: value}).startswith(f"{name} must be ")


def test_mail_keys_are_made_for_the_encryption(start):
    """OUTBOX_KEY is any long secret; Fernet gets 32 bytes of it."""
    first, second = start(**KEYS).outbox_key, start(**KEYS | {"OUTBOX_KEY": GOOD}).outbox_key
    assert first != second
    assert first != start(**KEYS).secret_key
    Fernet(first)


def test_ipv6_hosts_are_bracketed(start):
    assert start(HOST="::1").base_url == "http://[::1]:8000"


# ---- DEMO --------------------
SERVER = "postgresql+psycopg://panel@db/panel"


@pytest.mark.parametrize(
    ("environ", "demo"),
    [
        ({}, True),
        ({"HOST": "localhost"}, True),
        ({"HOST": "127.8.8.8"}, True),
        ({"HOST": "::1"}, True),
        ({"HOST": "0.0.0.0", "BASE_URL": "https://panel.example.jp"}, False),
        ({"HOST": "192.0.2.1", "BASE_URL": "https://panel.example.jp"}, False),
        ({"HOST": "::", "BASE_URL": "https://panel.example.jp"}, False),
        ({"DATABASE_URL": SERVER}, False),
        ({"DATABASE_URL": SERVER, "DEMO": "on"}, True),
        ({"DEMO": "off"}, False),
        ({"HOST": "0.0.0.0", "DEMO": "on"}, True),
    ],
)
def test_demo_is_on_where_the_database_is_embedded_and_the_host_is_loopback(start, environ, demo):
    assert start(**KEYS, **environ).demo is demo


# ---- BASE_URL --------------------
@pytest.mark.parametrize(
    "base_url", ["http://panel.example.jp", "http://0.0.0.0:8000", "http://192.0.2.1", "http://[2001:db8::1]"]
)
def test_http_outside_the_demo_is_refused(start, base_url):
    """R-041."""
    sentence = refusal(start, **KEYS, DEMO="off", BASE_URL=base_url)
    assert sentence.startswith("BASE_URL must begin with https://")


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000", "https://panel.example.jp"]
)
def test_http_outside_the_demo_is_fine_on_loopback(start, base_url):
    assert start(**KEYS, DEMO="off", BASE_URL=base_url).base_url == base_url


@pytest.mark.parametrize("base_url", ["http://panel.example.jp", "http://192.0.2.1:8000"])
def test_the_demo_may_be_http(start, base_url):
    assert start(DEMO="on", BASE_URL=base_url).base_url == base_url


def test_a_slash_at_the_end_does_not_matter(start):
    assert start(BASE_URL="https://panel.example.jp/").base_url == "https://panel.example.jp"


# ---- what cannot work --------------------
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "80.5"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("SESSION_IDLE_MINUTES", "half"),
        ("SESSION_HOURS", "0"),
        ("SESSION_HOURS", "-3"),
        ("SIGN_IN_FAILURES_PER_MINUTE", "0"),
        ("SIGN_IN_FAILURES_PER_MINUTE", "many"),
        ("DEMO", "yes"),
        ("DEMO", "ON"),
        ("DATABASE_URL", "rubbish"),
        ("DATABASE_URL", "mysql://panel@db/panel"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("BASE_URL", "panel.example.jp"),
        ("BASE_URL", "ftp://panel.example.jp"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://panel.example.jp/panel"),
        ("BASE_URL", "https://panel.example.jp?x=1"),
        ("BASE_URL", "https://panel.example.jp#x"),
        ("BASE_URL", "https://user:word@panel.example.jp"),
        ("BASE_URL", "HTTPS://panel.example.jp"),  # else it would count as http: no Secure cookie
        ("BASE_URL", "http://[::1"),
        ("BASE_URL", "http://127.0.0.1:port"),
        ("BASE_URL", "http://127.0.0.1:99999"),
        ("SECRET_KEY", "short"),
        ("OUTBOX_KEY", "short"),
    ],
)
def test_a_setting_that_cannot_work_is_named_in_one_sentence(start, name, value):
    sentence = refusal(start, **{name: value})
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_refusal_does_not_print_the_database_password(start):
    assert "pa55" not in refusal(start, DATABASE_URL="mysql://panel:pa55@db/panel")


def test_an_instance_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SettingError, match=r"^INSTANCE_DIR .*\.$"):
            load({"INSTANCE_DIR": str(folder)})


def test_a_key_file_that_cannot_be_read_is_named(start, tmp_path):
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secret_key").mkdir()
    assert refusal(start, OUTBOX_KEY=GOOD).startswith("SECRET_KEY cannot be read from ")


def test_the_start_stops_with_that_sentence_and_no_trace(tmp_path):
    """What somebody sees at the terminal."""
    environ = {"PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path), "PORT": "eighty"}
    run = subprocess.run(
        [sys.executable, "-c", "from app import create_app; create_app()"],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr.strip() == "PORT must be a whole number, not 'eighty'."


# ---- databases --------------------
@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("postgresql://panel@db/panel", "postgresql+psycopg://panel@db/panel"),
        ("postgres://panel@db/panel", "postgresql+psycopg://panel@db/panel"),
        ("postgresql+psycopg://panel:p%40ss@db:5433/panel", "postgresql+psycopg://panel:p%40ss@db:5433/panel"),
        ("sqlite:////srv/panel.db", "sqlite:////srv/panel.db"),
    ],
)
def test_database_addresses(start, typed, used):
    settings = start(**KEYS, DATABASE_URL=typed)
    assert settings.database_url == used
    assert settings.embedded is used.startswith("sqlite")


# ---- keys --------------------
@pytest.mark.parametrize("missing", ["SECRET_KEY", "OUTBOX_KEY"])
def test_outside_the_demo_the_keys_must_be_there(start, missing):
    keys = {k: v for k, v in KEYS.items() if k != missing}
    assert refusal(start, DEMO="off", **keys).startswith(f"{missing} must be set")


@pytest.mark.parametrize("demo", ["on", "off"])
@pytest.mark.parametrize("name", ["SECRET_KEY", "OUTBOX_KEY"])
@pytest.mark.parametrize(
    "weak", ["dev", "changeme", "secret", "x" * 31, "x" * 64, "changeme" * 8, GOOD[:31], "0123456701234567" * 4]
)
def test_a_short_or_known_key_is_refused(start, demo, name, weak):
    """R-073."""
    assert refusal(start, DEMO=demo, **KEYS | {name: weak}).startswith(f"{name} must be 32 random characters")


def test_keys_may_lie_in_the_instance_folder(start, tmp_path):
    (tmp_path / "instance").mkdir()
    for name, value in KEYS.items():
        (tmp_path / "instance" / name.lower()).write_text(value + "\n")
    assert start(DEMO="off").secret_key == GOOD


def test_the_environment_is_asked_before_the_file(start):
    assert start().secret_key != GOOD
    assert start(SECRET_KEY=GOOD).secret_key == GOOD


def test_the_demo_makes_its_keys_once_and_for_its_owner_only(start, tmp_path):
    first, second = start().secret_key, start().secret_key
    assert first == second
    assert len(first) >= 32
    instance = tmp_path / "instance"
    assert sorted(p.name for p in instance.iterdir()) == ["outbox_key", "secret_key"], "no draft stays behind"
    for path in instance.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(instance.stat().st_mode) == 0o700
    assert (instance / "outbox_key").read_text() != (instance / "secret_key").read_text()


def test_two_starts_at_once_agree_on_the_key(tmp_path):
    code = "import config, os; print(config.load({'INSTANCE_DIR': os.environ['D']}).secret_key)"
    runs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"D": str(tmp_path)},
                         stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    keys = {run.communicate()[0].strip() for run in runs}
    assert len(keys) == 1
    assert keys != {""}


def test_debugging_is_refused_outside_the_demo(start):
    """R-073."""
    for value in ("1", "true", "True", "on"):
        assert refusal(start, DEMO="off", FLASK_DEBUG=value, **KEYS).startswith("FLASK_DEBUG")
    assert start(FLASK_DEBUG="1").demo
    assert not start(DEMO="off", FLASK_DEBUG="0", **KEYS).demo


# ---- cookies --------------------
def cookie_of(settings):
    app = create_app(settings, TESTING=True, BCRYPT_COST=4)
    [cookie] = [c for c in app.test_client().get("/login").headers.getlist("Set-Cookie") if "panel" in c]
    name, *attributes = [part.strip() for part in cookie.split(";")]
    return name.split("=")[0], {a.lower() for a in attributes}, cookie


def test_https_gives_a_host_only_secure_cookie(start):
    """R-041, COM-075."""
    name, attributes, cookie = cookie_of(start(**KEYS, DEMO="off", BASE_URL="https://panel.example.jp"))
    assert name == "__Host-panel"
    assert attributes == {"secure", "httponly", "samesite=lax", "path=/"}, "no Domain, no Expires"
    assert len(cookie) < 4096


def test_the_loopback_default_has_the_same_cookie_without_secure(start):
    name, attributes, _ = cookie_of(start())
    assert name == "panel"
    assert attributes == {"httponly", "samesite=lax", "path=/"}
