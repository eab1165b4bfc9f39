"""When nothing works any more: COM-071, COM-080, R-072; issue 4, item 6."""

import re
import tempfile
from pathlib import Path

import pytest
from flask import abort, g
from jinja2 import ChoiceLoader, DictLoader

from app import create_app
from domain.errors import Forbidden
from models import db
from tests import databases
from tests.factories import PASSWORD
from tests.pages import Page, plain
from tests.views.test_headers_and_errors import INSIDE, has_no_inline, is_strict

HERE = [str(Path(__file__).parents[2]), tempfile.gettempdir()]  # where this machine keeps things
LEAK = re.compile("|".join(map(re.escape, ["Traceback", "sqlalchemy", "psycopg", "Werkzeug", "garbage", *HERE])), re.I)
SYSTEM_ERROR = (
    "システムエラー画面",
    ["error.C02.00005:システムエラーが発生しました。解消した後、再度ログインしてください。"],
)


def is_system_error(response):
    page = Page(None, response)
    assert (page.status, (page.heading, page.alerts)) == (500, SYSTEM_ERROR)
    assert re.fullmatch(r"[0-9a-f]{16}", page.soup.code.get_text())
    assert page.controls() == ["閉じる"]
    assert is_strict(response.headers)
    assert has_no_inline(page)
    assert response.headers["Cache-Control"] == "no-store"
    assert not LEAK.search(response.text)
    assert not INSIDE.search(response.text)
    return True


# --- the database is away ------------------------------------------------------------------------------------


def gone(url, tmp_path):
    """Addresses of databases that are away, by what is wrong with them."""
    if url.startswith("postgresql"):
        return {
            "no server": "postgresql+psycopg://panel@/panel?host=/nonexistent/socket",
            "no such database": re.sub(r"/panel_\d+", "/panel_none", url),
        }
    garbage, empty, half = tmp_path / "garbage.db", tmp_path / "empty.db", tmp_path / "half.db"
    garbage.write_bytes(b"garbage " * 4096)
    empty.write_bytes(b"")
    whole = (tmp_path / "panel.db").read_bytes()
    half.write_bytes(whole[: len(whole) // 2 - 100])
    folder = tmp_path / "folder.db"
    folder.mkdir()
    return {path.stem: f"sqlite:///{path}" for path in (garbage, empty, half, folder)}


@pytest.fixture
def apps(app, database, tmp_path):
    """(what is wrong, app with the same keys and another database)."""
    made = []
    for wrong, url in gone(database[1], tmp_path).items():
        settings = databases.settings(tmp_path, url, SECRET_KEY=app.config["SECRET_KEY"])
        down = create_app(settings, TESTING=True, BCRYPT_COST=4, PROPAGATE_EXCEPTIONS=False)
        down.test_client_class = app.test_client_class
        made.append((wrong, down))
    yield made
    for _, down in made:
        with down.app_context():
            db.session.remove()
            db.engine.dispose()


def test_a_database_that_is_away_is_the_error_screen_and_close_ends_the_cookie(apps, make, signed_in):
    """COM-080, COM-071: [閉じる] leads to a page that can be shown."""
    cookies = [signed_in(account).get_cookie("panel").value for account in (make.user(), make.staff())]
    for wrong, down in apps:
        for cookie in cookies:
            browser = down.test_client()
            browser.set_cookie("panel", cookie)
            for path in ("/portal/", "/admin/", "/", "/portal/users/?searched=1&name=himitsu", "/password"):
                answer = browser.get(path)
                assert is_system_error(answer), (wrong, path)
            page = browser.page("/admin/")
            answer = page.submit("閉じる")
            assert (wrong, answer.status_code, answer.headers["Location"]) == (wrong, 302, "/login")
            assert "panel=;" in answer.headers["Set-Cookie"], wrong
            after = browser.follow(answer)
            assert (wrong, after.status, after.heading) == (wrong, 200, "ログイン画面")
            tried = after.submit("ログイン", ユーザID="U280003303", パスワード=PASSWORD)
            assert is_system_error(tried), wrong
            assert browser.get("/nothing").status_code == 404
            assert browser.get("/healthz").status_code == 200
            assert (browser.get("/readyz").status_code, browser.get("/readyz").json) == (
                503, {"status": "unavailable"},
            )  # fmt: skip


def test_head_and_json_are_answered_in_kind(apps):
    for wrong, down in apps:
        browser = down.test_client()
        head = browser.head("/portal/")
        assert (wrong, head.status_code, head.data) == (wrong, 500, b"")
        answer = browser.get("/portal/", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.mimetype) == (500, "application/json")
        assert (answer.json["error"], len(answer.json["request_no"])) == ("error.C02.00005", 16)
        assert not LEAK.search(answer.text)


# --- the template is broken ------------------------------------------------------------------------------------------


@pytest.fixture
def unprintable(app):
    """From now on no error screen can be drawn from its template."""

    def spoil(template="screens/error.html", source="{% broken"):
        app.jinja_env.loader = ChoiceLoader([DictLoader({template: source}), app.jinja_env.loader])
        app.jinja_env.cache.clear()

    return spoil


@pytest.mark.parametrize(
    ("template", "source"),
    [("screens/error.html", "{% broken"), ("screens/error.html", "{{ nothing.at.all }}"),
     ("layouts/base.html", "{% include 'not/there.html' %}"), ("parts.html", "{{ 1 / 0 }}")],
)  # fmt: skip
def test_the_fixed_page_stands_in_for_a_broken_template(
    app, browser, make, signed_in, unprintable, template, source, read
):
    user = signed_in(make.user())
    unprintable(template, source)
    for status, name, answer in [
        (404, "404エラー画面", browser.get("/nothing")),
        (403, "権限エラー画面", user.get("/admin/")),
        (405, "操作方法エラー画面", browser.get("/logout")),
        (400, "リクエストエラー画面", browser.post("/logout")),
    ]:
        page = Page(None, answer)
        assert (page.status, page.heading, page.controls()) == (status, name, ["閉じる"])
        assert is_strict(answer.headers)
        assert has_no_inline(page)
        assert not LEAK.search(answer.text)
    drawn = user.page("/admin/")
    assert drawn.soup.find("link", rel="stylesheet")["href"] == "/static/css/panel.css"
    assert browser.get("/static/css/panel.css", buffered=True).status_code == 200
    assert drawn.submit("閉じる").headers["Location"] == "/login"  # with the token of the session
    assert read("SELECT ending FROM sessions") == [("logout",)]
    assert "<a" in browser.get("/nothing").text  # nothing to end: a link


def test_a_page_that_fails_half_way_is_the_error_screen(browser, unprintable):
    unprintable("screens/login.html", "{{ nothing.at.all }}")
    assert is_system_error(browser.get("/login"))
    unprintable()
    assert is_system_error(browser.get("/login"))


def test_the_fixed_page_is_ours_and_escapes():
    source = (Path(__file__).parents[2] / "templates" / "fallback.html").read_text(encoding="utf-8")
    assert set(re.findall(r"\$(\w+)", source)) == {"title", "message", "request_no", "close", "copyright"}
    assert "{{" not in source
    assert "{%" not in source


# --- errors in unusual places ---------------------------------------------------------------------------------------


def test_an_error_inside_an_error_handler_is_the_error_screen(app, make, signed_in, write):
    """The 403 wants to be recorded, and cannot be."""
    browser = signed_in(make.user())
    write("ALTER TABLE audit_entries RENAME TO gone")
    assert is_system_error(browser.get("/admin/"))
    page = browser.page("/admin/")
    answer = page.submit("閉じる")  # ending the session cannot be recorded either
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert browser.page("/login").heading == "ログイン画面"


@pytest.mark.parametrize(
    ("status", "name", "message_id"),
    [
        (400, "リクエストエラー画面", "error.C02.00007"),
        (403, "権限エラー画面", "error.C03.00001"),
        (404, "404エラー画面", "error.C02.00001"),
        (405, "操作方法エラー画面", "error.C02.00002"),
        (408, "リクエストエラー画面", "error.C02.00007"),
        (413, "送信サイズエラー画面", "error.C02.00003"),
        (415, "リクエストエラー画面", "error.C02.00007"),
        (418, "リクエストエラー画面", "error.C02.00007"),
        (429, "アクセス制限画面", "error.C02.00004"),
        (431, "リクエストエラー画面", "error.C02.00007"),
        (500, "システムエラー画面", "error.C02.00005"),
        (501, "システムエラー画面", "error.C02.00005"),
        (502, "システムエラー画面", "error.C02.00005"),
        (503, "メンテナンス画面", "error.C02.00008"),
        (504, "システムエラー画面", "error.C02.00005"),
    ],
)
def test_every_status_has_its_screen(database, tmp_path, time, status, name, message_id):
    app = create_app(databases.settings(tmp_path, database[1]), TESTING=True, PROPAGATE_EXCEPTIONS=False)
    app.before_request_funcs[None].insert(0, lambda: abort(status))
    page = Page(None, app.test_client().get("/login"))
    assert (page.status, page.heading, page.controls()) == (status, name, ["閉じる"])
    assert page.alerts[0].startswith(message_id)
    assert is_strict(page.response.headers)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("error", [ValueError("himitsu"), RecursionError(), MemoryError(), Forbidden(), KeyError("x")])
def test_an_error_before_there_is_a_request_number_is_told_as_well(database, tmp_path, time, error):
    app = create_app(databases.settings(tmp_path, database[1]), TESTING=True, PROPAGATE_EXCEPTIONS=False)

    def fail():
        assert "request_no" not in g
        raise error

    app.before_request_funcs[None].insert(0, fail)
    answer = app.test_client().get("/portal/")
    page = Page(None, answer)
    assert (page.status, page.heading) in ((500, "システムエラー画面"), (403, "権限エラー画面"))
    assert "himitsu" not in answer.text
    assert not LEAK.search(answer.text)
    with app.app_context():
        db.engine.dispose()


def test_another_sites_form_has_its_own_message(browser, token):
    answer = browser.post("/login", data={"csrf_token": token(browser)}, headers={"Origin": "https://evil.example"})
    page = Page(browser, answer)
    assert page.status == 403
    assert page.alerts == [
        plain("error.C02.00006 : 他のサイトから送信された操作は受け付けられません。"
              "画面のボタンまたはリンクから操作してください。")
    ]  # fmt: skip
