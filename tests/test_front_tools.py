"""tools/front.py and tools/certs.py by themselves: what cannot work is one sentence, and nothing is overwritten."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools import certs, front

ROOT = Path(__file__).parents[1]


@pytest.fixture
def settings(tmp_path):
    folder = tmp_path / "certs"
    folder.mkdir()
    for name in front.NEEDED:
        (folder / name).touch()
    return {
        "BASE_URL": "https://portal.example.jp",
        "BOARD_BASE_URL": "https://board.example.jp:8443",
        "FRONT_SECRET": "0123456789abcdef" * 2,
        "FRONT_CERTS": str(folder),
    }


def test_the_defaults_are_those_of_the_panel(settings):
    known = front.values(settings)
    assert known["UPSTREAM"] == "127.0.0.1:8000"
    assert known["FRONT_LISTEN"] == "443"
    assert (known["PORTAL_HOST"], known["PORTAL_AUTHORITY"]) == ("portal.example.jp", "portal.example.jp")
    assert (known["BOARD_HOST"], known["BOARD_AUTHORITY"]) == ("board.example.jp", "board.example.jp:8443")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", ""),
        ("BASE_URL", "http://portal.example.jp"),
        ("BASE_URL", "https://portal.example.jp/x"),
        ("BASE_URL", "https://portal.example.jp;evil"),
        ("BASE_URL", "https://a@portal.example.jp"),
        ("BOARD_BASE_URL", ""),
        ("BOARD_BASE_URL", "https://portal.example.jp:8443"),  # the same name asks for a certificate
        ("FRONT_SECRET", ""),
        ("FRONT_SECRET", "short"),
        ("FRONT_SECRET", "0123456789abcdef" * 2 + '"; #'),
        ("FRONT_CERTS", ""),
        ("FRONT_CERTS", "/nowhere"),
        ("FRONT_LISTEN", "443; include /etc/passwd"),
        ("FRONT_USER", "root; x"),
        ("PORT", "80 backup"),
    ],
)
def test_a_setting_that_cannot_work_is_one_sentence_that_names_it(settings, tmp_path, name, value):
    with pytest.raises(front.SettingError, match=name):
        front.render(tmp_path / "site", settings | {name: value})
    assert not (tmp_path / "site").exists()


def test_rendering_leaves_no_placeholder_and_hides_the_secret(settings, tmp_path):
    front.render(tmp_path / "site", settings)
    texts = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*") if path.is_file()}
    assert [name for name, text in texts.items() if re.search(r"\$\{[A-Z]", text)] == []
    assert [name for name, text in texts.items() if settings["FRONT_SECRET"] in text] == ["secret.inc"]
    assert stat.S_IMODE((tmp_path / "site/secret.inc").stat().st_mode) == 0o600


def test_the_committed_front_names_no_machine_path(settings):
    for path in front.SOURCE.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?:/etc|/var|/usr|/home|/tmp|/work|/root|/opt)/", text), path.name


def test_com_018_the_own_pages_are_the_screens_of_the_application(settings, tmp_path):
    from domain import messages, terms
    from views.errors import LOGIN_ERROR, SCREENS

    front.render(tmp_path / "site", settings)
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "site/pages").glob("*.html")}
    statuses = {"request-error": 400, "not-found": 404, "too-large": 413, "system-error": 500, "maintenance": 503}
    same = {name: SCREENS[status] for name, status in statuses.items()} | {"login-error": LOGIN_ERROR}
    assert set(pages) == set(same)
    for name, shown in same.items():
        assert f"<h1>{shown.title}</h1>" in pages[name]
        assert f"<p>{messages.text(shown.message_id)}</p>" in pages[name]
    for text in pages.values():
        assert f'<p class="system">{terms.SYSTEM}</p>' in text
        assert text.count("<h1>") == text.count("<!DOCTYPE html>") == text.count('href="/front/close"') == 1
        [heading] = re.findall("<h1>(.+)</h1>", text)
        assert f"<title>エラー: {heading} | {terms.SYSTEM}</title>" in text


def test_who_has_no_certificate_finds_the_set_up_where_none_is_asked_for(settings, tmp_path):  # COM-002, COM-082
    front.render(tmp_path / "site", settings)
    text = (tmp_path / "site/pages/login-error.html").read_text(encoding="utf-8")
    assert re.findall('href="([^"]+/help/[^"]+)"', text) == ["https://board.example.jp:8443/help/setup/"]


def run(*arguments):
    command = [sys.executable, "-m", "tools.certs", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_certs_prints_what_it_made_and_never_overwrites(tmp_path):
    folder = tmp_path / "certs"
    done = run("make", folder, "portal.example.jp", "board.example.jp")
    assert done.returncode == 0, done.stderr
    for client in certs.CLIENTS:
        assert re.search(rf"clients/{client.name} +{client.serial:X} +until \d{{4}}-\d\d-\d\d", done.stdout)
        for kind in ("crt", "key", "p12"):
            assert (folder / f"clients/{client.name}.{kind}").is_file()
    for key in folder.rglob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = (folder / "server.crt").read_bytes()
    again = run("make", folder)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    assert (folder / "server.crt").read_bytes() == before


def test_revoking_a_client_that_is_not_there_is_one_sentence(tmp_path):
    certs.make(tmp_path / "certs")
    done = run("revoke", tmp_path / "certs", "nobody")
    assert (done.returncode, done.stderr.count("\n"), "nobody.crt does not exist" in done.stderr) == (1, 1, True)
