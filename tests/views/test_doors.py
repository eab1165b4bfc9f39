"""The board's own entrance beside the market's: policy, place of the session, certificates (issue 5, item 1)."""

from contextlib import ExitStack

import pytest

from app import create_app
from models import SignInSession, db
from tests import databases
from tests.certificates import REQUIRED, told
from tests.conftest import Browser
from tests.factories import BOARD_PASSWORD, PASSWORD
from tests.pages import Page

BOARD = {"Host": "board.test", "X-Front-Auth": REQUIRED["FRONT_SECRET"], "X-Real-IP": "203.0.113.7"}


@pytest.fixture
def sign_in():
    """sign_in(browser, door, id, password) -> the answer."""

    def run(browser, path, label, login_id, password, headers=None):
        page = Page(browser, browser.get(path, headers=headers))
        _, action, data = page.data_of("ログイン", **{label: login_id, "パスワード": password})
        return browser.post(action, data=data, headers=headers)

    return run


@pytest.fixture
def member(make):
    return make.member("kaiin0001")


@pytest.mark.parametrize("typed", ["kaiin0001", "KAIIN0001", "ｋａｉｉｎ０００１", " kaiin0001 "])
def test_a_member_signs_in_at_the_board_whatever_the_width_and_case(member, browser, sign_in, typed):  # BBS-030, R-068
    answer = sign_in(browser, "/board/login", "ID", typed, BOARD_PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/board/")
    assert browser.page("/board/").heading == "掲示板ホーム画面"


def test_each_entrance_knows_its_own_people_only(member, make, browser, sign_in, session):
    """Contract: /login is for U… and S…, /board/login for members; the answer does not say which it was."""
    user = make.user()
    for path, label, login_id, password in (
        ("/login", "ユーザID", member.login_id, BOARD_PASSWORD),
        ("/board/login", "ID", user.login_id, PASSWORD),
    ):
        page = Page(browser, sign_in(browser, path, label, login_id, password))
        assert (page.status, "error.Y05.00001" in page.text) == (200, True)
    assert session.query(SignInSession).count() == 0


def test_a_member_stays_on_the_board(member, browser, sign_in):
    sign_in(browser, "/board/login", "ID", member.login_id, BOARD_PASSWORD)
    for path in ("/portal/", "/portal/users/", "/admin/", "/admin/users/", "/admin/audit/"):
        assert (path, browser.get(path).status_code) == (path, 403)
    assert browser.get("/").headers["Location"] == "/board/"


def test_market_users_do_not_enter_the_board(make, browser, sign_in):
    for person in (make.user(), make.staff()):
        sign_in(browser, "/login", "ユーザID", person.login_id, PASSWORD)
        assert browser.get("/board/").status_code == 403


def test_leaving_leads_back_through_the_own_door(member, make, browser, sign_in):  # BBS-036
    sign_in(browser, "/board/login", "ID", member.login_id, BOARD_PASSWORD)
    assert browser.page("/board/").submit("OK").headers["Location"] == "/board/login"
    sign_in(browser, "/login", "ユーザID", make.user().login_id, PASSWORD)
    assert browser.page("/portal/").submit("OK").headers["Location"] == "/login"


def test_strangers_are_led_to_the_door_of_what_they_asked_for(browser):
    assert browser.get("/board/help/").headers["Location"] == "/board/login?next=/board/help/"
    assert browser.get("/portal/help/").headers["Location"] == "/login?next=/portal/help/"


def test_signing_in_elsewhere_replaces_the_account_of_the_browser(member, make, browser, sign_in, session):
    """Contract: one browser holds one signed-in account per host name."""
    user = make.user()
    sign_in(browser, "/board/login", "ID", member.login_id, BOARD_PASSWORD)
    sign_in(browser, "/login", "ユーザID", user.login_id, PASSWORD)
    assert browser.get("/board/").status_code == 403
    rows = session.query(SignInSession).order_by(SignInSession.id).all()
    assert [(row.account_id, row.ending) for row in rows] == [(member.id, "replaced"), (user.id, None)]


def test_an_ended_session_is_told_on_the_board_and_closed_there(member, browser, sign_in, time):
    sign_in(browser, "/board/login", "ID", member.login_id, BOARD_PASSWORD)
    time.forward(minutes=31)
    page = browser.page("/board/")
    assert (page.status, page.heading) == (401, "セッションタイムアウトエラー画面")
    assert page.submit("閉じる").headers["Location"] == "/board/login"


@pytest.fixture
def required(database, tmp_path, time, app):
    """The same database behind a front that demands certificates of the market."""
    app = create_app(
        databases.settings(tmp_path, database[1], **REQUIRED), TESTING=True, BCRYPT_COST=4, PROPAGATE_EXCEPTIONS=False
    )
    app.test_client_class = Browser
    with ExitStack() as stack:
        stack.enter_context(app.app_context())
        yield app
        db.session.remove()
        db.engine.dispose()


def test_members_need_no_certificate(member, required, sign_in):
    """Issue 4, item 5: /board is served on its own host name and demands none."""
    browser = required.test_client()
    answer = sign_in(browser, "/board/login", "ID", member.login_id, BOARD_PASSWORD, BOARD)
    assert answer.status_code == 302
    for path in ("/board/", "/board/help/", "/board/password/"):
        assert (path, browser.get(path, headers=BOARD).status_code) == (path, 200)
    page = Page(browser, browser.get("/board/", headers=BOARD))
    _, action, data = page.data_of("OK")
    assert browser.post(action, data=data, headers=BOARD).headers["Location"] == "/board/login"


def test_a_members_session_opens_nothing_of_the_market_with_anybodys_certificate(member, make, required, sign_in):
    make.certificate("0001", "A1")
    browser = required.test_client()
    headers = told("A1")
    sign_in(browser, "/board/login", "ID", member.login_id, BOARD_PASSWORD, headers)
    for path in ("/portal/", "/portal/users/", "/admin/"):
        assert (path, browser.get(path, headers=headers).status_code) == (path, 403)
        assert (path, browser.get(path, headers=BOARD).status_code) == (path, 404)


def test_a_market_session_opens_no_board_page_without_its_certificate(make, required, sign_in):
    user = make.user()
    make.certificate("0001", "A1")
    browser = required.test_client()
    sign_in(browser, "/login", "ユーザID", user.login_id, PASSWORD, told("A1"))
    assert browser.get("/board/", headers=told("A1")).status_code == 403
    bare = Page(browser, browser.get("/board/", headers={k: v for k, v in BOARD.items() if k != "Host"}))
    assert (bare.status, bare.heading) == (403, "ログインエラー画面")
