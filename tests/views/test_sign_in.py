"""ログイン: #010 3章, security.md A and D2."""

import re
from datetime import date, timedelta

import pytest

from app import create_app
from models import db
from services import hashing
from tests import databases
from tests.factories import PASSWORD
from tests.pages import Page, plain

WRONG = plain(
    "error.Y05.00001 : ログインIDまたはパスワードが間違っています。"
    "ログインIDまたはパスワードが正しいか、もう一度ご確認ください。"
)
LOCKED = plain(
    "error.Y05.00002 : アカウントがロックされています。事業者の管理者（登録作業者（管理者））へ連絡してください。"
)
EXPIRED = plain("error.Y05.00003 : 仮パスワードの有効期間が過ぎています。管理者へパスワード再発行を依頼してください。")


@pytest.fixture
def failures(read):
    """failures("U…"): what the counter of this ID says."""

    def count(login_id):
        found = read("SELECT failures FROM sign_in_counters WHERE login_key = :key", key=login_id)
        return found[0].failures if found else 0

    return count


# --- the screen (COM-010…014) -----------------------------------------------------------------


def test_opening_the_address_leads_to_the_login_screen(browser):  # COM-010
    response = browser.get("/")
    assert response.status_code == 302
    page = browser.follow(response)
    assert page.heading == "ログイン画面"
    assert "ログイン画面" in page.soup.title.get_text()
    assert "容量市場システム" in page.text


def test_the_form_has_two_mandatory_fields_and_one_button(browser):  # COM-011
    page = browser.page("/login")
    assert page.labels() == ["ユーザID*", "パスワード*"]
    assert page.controls() == ["ログイン"]
    password = page.soup.find("input", attrs={"type": "password"})
    assert not password.has_attr("maxlength")
    assert password["autocomplete"] == "current-password"


def test_there_is_a_note_and_no_reset_for_a_forgotten_password(browser):  # COM-012
    page = browser.page("/login")
    assert plain("パスワードを忘れた方は管理者に問い合わせてください。") in page.text
    assert page.soup.find("main").find_all("a") == []


def test_the_footer_names_the_holder_of_the_copyright(app, database, tmp_path):  # COM-014
    page = Page(None, app.test_client().get("/login"))
    assert "Copyright Capacity Market Panel contributors. All Rights Reserved." in page.soup.footer.get_text()
    settings = databases.settings(tmp_path, database[1], COPYRIGHT="株式会社みほん")
    other = create_app(settings, TESTING=True, BCRYPT_COST=4)
    footer = Page(None, other.test_client().get("/login")).soup.footer.get_text()
    assert "Copyright 株式会社みほん. All Rights Reserved." in footer
    with other.app_context():
        db.engine.dispose()


# --- right and wrong (COM-015…017) --------------------------------------------------------------


def test_a_user_gets_to_the_top_of_the_portal(browser, make, enter):  # COM-015
    admin = make.admin()
    answer = enter(browser, admin.login_id, PASSWORD)
    assert (answer.status, answer.response.headers["Location"]) == (302, "/portal/")
    assert browser.follow(answer.response).heading == "ポータルトップ"
    assert browser.get("/").headers["Location"] == "/portal/"


def test_staff_get_to_the_top_of_their_site(browser, make, enter):  # COM-015, contract "Addresses"
    answer = enter(browser, make.staff().login_id, PASSWORD)
    assert (answer.status, answer.response.headers["Location"]) == (302, "/admin/")
    assert browser.follow(answer.response).heading == "ポータルトップ"
    assert browser.get("/").headers["Location"] == "/admin/"


def test_a_temporary_password_leads_to_the_password_screen(browser, make, enter, time):  # COM-016
    user = make.user(temporary_until=time.now + timedelta(days=2))
    page = browser.follow(enter(browser, user.login_id, PASSWORD).response)  # /portal/
    assert page.status == 302
    assert browser.follow(page.response).heading == "パスワード変更画面"


def test_after_a_wrong_password_the_id_stays_and_the_password_is_cleared(browser, make, enter):  # COM-017
    user = make.user()
    page = enter(browser, f" {user.login_id.lower()}", "Wrong#2026password")
    assert page.status == 200
    assert page.heading == "ログイン画面"
    assert page.alerts == [WRONG]
    assert page.value("ユーザID") == f" {user.login_id.lower()}"
    assert page.value("パスワード") == ""
    assert "Wrong#2026password" not in page.response.text
    assert browser.get("/portal/").status_code == 302


def test_a_failed_sign_in_leaves_the_signed_in_account_alone(signed_in, make, enter):
    browser = signed_in(make.user(name="事業者 一郎"))
    enter(browser, make.user().login_id, "Wrong#2026password")
    assert plain("事業者 一郎") in browser.page("/portal/").text


def test_one_browser_holds_one_account(signed_in, make, enter, read):  # contract "Addresses"
    first, second = make.user(), make.staff()
    browser = signed_in(first)
    assert enter(browser, second.login_id, PASSWORD).response.headers["Location"] == "/admin/"
    assert browser.page("/admin/").status == 200
    assert browser.get("/portal/").status_code == 403
    endings = dict(map(tuple, read("SELECT account_id, ending FROM sessions")))
    assert endings == {first.id: "replaced", second.id: None}


# --- nothing is given away (R-005, R-007) ---------------------------------------------------------


def neutral(answer, login_id):
    """Everything of an answer that a stranger can compare: status, headers, body, cookies."""
    body = answer.response.text.replace(login_id, "ID")
    body = re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", body)
    headers = [(k, v) for k, v in answer.response.headers if k not in ("Date", "Content-Length")]
    return answer.status, headers, body


def test_six_refused_situations_cannot_be_told_apart(app, make, enter, time):  # R-005, COM-017, COM-024
    day = date(2026, 11, 20)
    situations = {
        "unknown ID": ("U999999999", PASSWORD),
        "wrong password": (make.user().login_id, "Wrong#2026password"),
        "deleted": (make.user(deleted_at=time.now).login_id, PASSWORD),
        "無効": (make.user(enabled=False).login_id, PASSWORD),
        "not yet": (make.user(valid_from=day + timedelta(days=1)).login_id, PASSWORD),
        "no longer": (make.user(valid_to=day - timedelta(days=1)).login_id, PASSWORD),
    }
    answers = {}
    for name, (login_id, password) in situations.items():
        browser = app.test_client()
        answers[name] = neutral(enter(browser, login_id, password), login_id)
        assert browser.get("/portal/").status_code == 302, name
    expected = answers["wrong password"]
    assert expected[0] == 200
    assert WRONG in plain(expected[2])
    assert [name for name, answer in answers.items() if answer != expected] == []


def test_somebody_within_the_period_signs_in_on_its_first_and_last_day(app, make, enter):  # COM-024
    day = date(2026, 11, 20)
    user = make.user(valid_from=day, valid_to=day)
    assert enter(app.test_client(), user.login_id, PASSWORD).status == 302


def test_known_and_unknown_ids_give_the_same_messages_in_the_same_order(app, make, enter):
    expected = [WRONG] * 4 + [LOCKED] * 3
    gone = make.user(enabled=False)
    for login_id, passwords in [
        (make.user().login_id, ["Wrong#2026password"] * 6 + [PASSWORD]),
        (make.staff().login_id, ["Wrong#2026password"] * 6 + [PASSWORD]),
        ("U999999999", [PASSWORD] * 7),
        (gone.login_id, [PASSWORD] * 7),
    ]:
        browser = app.test_client()
        answers = [enter(browser, login_id, password) for password in passwords]
        assert [answer.alerts for answer in answers] == [[text] for text in expected], login_id
        assert {answer.status for answer in answers} == {200}


# --- the lock (COM-019…021) -----------------------------------------------------------------------


def test_five_consecutive_failures_lock_and_four_do_not(app, browser, make, enter, failures):  # R-001, COM-021
    user = make.user()
    for _ in range(4):
        assert enter(browser, user.login_id, "Wrong#2026password").alerts == [WRONG]
    assert enter(app.test_client(), user.login_id, PASSWORD).status == 302  # success resets the count
    assert failures(user.login_id) == 0
    for _ in range(4):
        assert enter(browser, user.login_id, "Wrong#2026password").alerts == [WRONG]
    assert failures(user.login_id) == 4
    assert enter(browser, user.login_id, "Wrong#2026password").alerts == [LOCKED]
    answer = enter(browser, user.login_id, PASSWORD)  # COM-019: the right one is refused as well
    assert (answer.status, answer.alerts) == (200, [LOCKED])


def test_a_lock_has_no_time_limit(browser, make, enter, time):  # COM-020
    user = make.locked(make.user())
    time.forward(hours=48)
    assert enter(browser, user.login_id, PASSWORD).alerts == [LOCKED]
    time.forward(days=400)
    assert enter(browser, user.login_id, PASSWORD).alerts == [LOCKED]


def test_five_spellings_of_an_id_share_one_counter(browser, make, enter, failures):
    make.user(login_id="U280003304")
    spellings = ["U280003304", "u280003304", " U280 003304 ", "Ｕ２８０００３３０４", "U280003304\0"]
    for spelling in spellings[:4]:
        assert enter(browser, spelling, "Wrong#2026password").alerts == [WRONG], spelling
    assert enter(browser, spellings[4], "Wrong#2026password").alerts == [LOCKED]
    assert failures("U280003304") == 5
    assert enter(browser, "U280003304", PASSWORD).alerts == [LOCKED]


@pytest.mark.parametrize("spelling", ["u280003304", " U280003304", "Ｕ２８０００３３０４"])
def test_a_right_password_signs_in_under_any_spelling_of_the_id(browser, make, enter, spelling):
    make.user(login_id="U280003304")
    assert enter(browser, spelling, PASSWORD).status == 302


# --- 仮パスワード too late (COM-024) --------------------------------------------------------------


def test_an_expired_temporary_password_has_its_own_message_and_does_not_count(browser, make, enter, time, failures):
    user = make.user(temporary_until=time.now + timedelta(days=2))
    time.forward(days=2, seconds=-1)
    assert enter(browser, user.login_id, PASSWORD).status == 302
    time.forward(seconds=1)
    for _ in range(6):
        page = enter(browser, user.login_id, PASSWORD)
        assert (page.status, page.alerts) == (200, [EXPIRED])
    assert failures(user.login_id) == 0
    assert enter(browser, user.login_id, "Wrong#2026password").alerts == [WRONG]  # only who knows it is told


# --- the throttle (R-010) ---------------------------------------------------------------------------


def test_one_address_has_thirty_failures_per_minute(app, tmp_path, make, enter, failures, time):
    app.config["SIGN_IN_FAILURES_PER_MINUTE"] = databases.settings(tmp_path).sign_in_failures_per_minute
    browser, user = app.test_client(), make.user()
    for number in range(30):
        assert enter(browser, f"U9000000{number:02d}", "Guess#2026", address="203.0.113.7").status == 200
    page = enter(browser, user.login_id, "Guess#2026", address="203.0.113.7")
    assert (page.status, page.heading) == (429, "アクセス制限画面")
    assert page.alerts[0].startswith("error.C02.00004:")
    assert 0 < int(page.response.headers["Retry-After"]) <= 60
    assert failures(user.login_id) == 0  # a throttled attempt counts nothing
    # A right password is throttled too (nothing is compared), other addresses are not.
    assert enter(app.test_client(), user.login_id, PASSWORD, address="203.0.113.7").status == 429
    assert enter(app.test_client(), user.login_id, PASSWORD, address="203.0.113.8").status == 302
    time.forward(minutes=1)
    assert enter(app.test_client(), user.login_id, PASSWORD, address="203.0.113.7").status == 302


def test_successes_are_not_throttled(app, make, enter):  # only *failed* attempts
    app.config["SIGN_IN_FAILURES_PER_MINUTE"] = 1
    user = make.user()
    assert [enter(app.test_client(), user.login_id, PASSWORD).status for _ in range(4)] == [302] * 4


def test_an_address_named_in_a_header_is_not_believed(app, make, enter):
    app.config["SIGN_IN_FAILURES_PER_MINUTE"] = 2
    statuses = [
        enter(
            app.test_client(),
            f"U90000000{n}",
            "Guess#2026",
            address="203.0.113.7",
            headers={"X-Forwarded-For": f"198.51.100.{n}"},
        ).status
        for n in range(3)
    ]
    assert statuses == [200, 200, 429]


# --- any input at all (R-014, R-015, R-018) ---------------------------------------------------------

HOSTILE_PASSWORDS = [
    ("73 bytes", b"password=" + b"a" * 73),
    ("25 kanji, 75 bytes", b"password=" + b"%E6%BC%A2" * 25),
    ("1 MB", b"password=" + b"a" * 1_000_000),
    ("NUL inside", b"password=Yoryo%232026test%00"),
    ("lone surrogate", b"password=%ED%A0%80"),
    ("bytes that are no text", b"password=%FF%FE"),
    ("empty", b"password="),
    ("array", b"password%5B%5D=Yoryo%232026test"),
    ("missing", b""),
]


def test_any_password_at_all_is_a_failed_attempt(browser, make, token, failures):
    for name, body in HOSTILE_PASSWORDS:
        login_id = make.staff().login_id
        start = f"csrf_token={token(browser)}&login_id={login_id}&".encode()
        answer = browser.post("/login", data=start + body, content_type="application/x-www-form-urlencoded")
        page = Page(browser, answer)
        assert (name, page.status, page.alerts, failures(login_id)) == (name, 200, [WRONG], 1)


def test_a_stored_hash_that_is_none_is_a_failed_attempt(browser, make, write, enter, failures):
    for stored in ["", "!", "$2b$", "$2b$04$short", "漢字"]:
        staff = make.staff()
        write("UPDATE accounts SET password_hash = :stored", stored=stored)
        for typed in (PASSWORD, stored):
            page = enter(browser, staff.login_id, typed)
            assert (stored, page.status, page.alerts) == (stored, 200, [WRONG])
        assert failures(staff.login_id) == 2


def test_any_id_at_all_is_a_failed_attempt(browser, read, enter):
    typed = ["", "\0", "漢" * 25, "U" * 5000, "' OR 1=1 --", "\ufffd", "U2800033041", "<script>", "S#", PASSWORD]
    for login_id in typed:
        page = enter(browser, login_id, PASSWORD)
        assert (login_id, page.status, page.alerts) == (login_id, 200, [WRONG])
    counters = read("SELECT failures, login_key FROM sign_in_counters")
    assert [row.failures for row in counters] == [1] * len(typed)
    # People type passwords into the wrong box: what is no ID is not kept in plain.
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", row.login_key) for row in counters)
    assert not any(PASSWORD in str(row) for row in read("SELECT detail, target, actor_login_id FROM audit_entries"))


def test_ten_megabytes_are_refused_before_anything_is_counted(browser, make, token, failures):
    user = make.user()
    data = {"csrf_token": token(browser), "login_id": user.login_id, "password": "a" * 10_000_000}
    page = Page(browser, browser.post("/login", data=data))
    assert (page.status, page.heading) == (413, "送信サイズエラー画面")
    assert failures(user.login_id) == 0


def test_a_password_is_never_truncated(app, make, enter, failures):
    password = "Abcdefgh#1234567890z"
    user = make.user(password=password)
    assert len(password) == 20
    assert enter(app.test_client(), user.login_id, password[:19]).alerts == [WRONG]
    assert enter(app.test_client(), user.login_id, password + "z").alerts == [WRONG]
    assert failures(user.login_id) == 2
    assert enter(app.test_client(), user.login_id, password).status == 302


# --- bcrypt (R-019) -----------------------------------------------------------------------------------


def test_a_hash_of_lower_cost_is_made_anew_with_cost_12_on_sign_in(database, tmp_path, app, make, enter, read):
    user = make.user()
    assert read("SELECT password_hash FROM accounts")[0].password_hash.startswith("$2b$04$")
    production = create_app(databases.settings(tmp_path, database[1]), TESTING=True)
    production.test_client_class = app.test_client_class
    try:
        assert enter(production.test_client(), user.login_id, PASSWORD).status == 302
        raised = read("SELECT password_hash FROM accounts")[0].password_hash
        assert raised.startswith("$2b$12$")
        assert enter(production.test_client(), user.login_id, PASSWORD).status == 302
        assert read("SELECT password_hash FROM accounts")[0].password_hash == raised  # once is enough
    finally:
        hashing.set_cost(4)
        with production.app_context():
            db.session.remove()
            db.engine.dispose()


# --- where the sign-in leads (R-047) --------------------------------------------------------------------


def test_a_page_asked_for_while_signed_out_opens_after_the_sign_in(browser, make):  # contract "Addresses"
    answer = browser.get("/portal/users/?searched=1&name=花子")
    assert answer.status_code == 302
    page = browser.follow(answer)
    assert page.heading == "ログイン画面"
    page = page.press("ログイン", ユーザID=make.admin().login_id, パスワード=PASSWORD)
    assert page.heading == "ユーザ情報一覧画面"
    assert page.value("ユーザ名") == "花子"


def test_the_page_asked_for_survives_a_wrong_password(browser, make):
    page = browser.follow(browser.get("/portal/users/"))
    user = make.user()
    page = page.press("ログイン", ユーザID=user.login_id, パスワード="Wrong#2026password")
    page = page.press("ログイン", ユーザID=user.login_id, パスワード=PASSWORD)
    assert page.heading == "ユーザ情報一覧画面"


FOREIGN = [
    "//evil.example", "///evil.example", "\\\\evil.example", "/\\evil.example", "https:evil.example",
    "https://evil.example", "http:///evil.example", "/%09/evil.example", "/\t/evil.example", "\t//evil.example",
    " //evil.example", "@evil.example", "https://localhost@evil.example", "//localhost:80@evil.example/portal/",
    "/portal/\r\nLocation: https://evil.example", "/portal/\nSet-Cookie: a=b", "/\r\n//evil.example",
    "javascript:alert(1)", "data:text/html,x", "evil.example", "//[::1", "/portal/\x00", "/admin/", "/login",
    "/portal.evil.example/", "/portal/\\..\\evil", "http://[", "／／evil.example", "//evil。example", "x" * 100_000,
]  # fmt: skip


def test_the_sign_in_leads_to_no_other_place(app, make, enter):
    user = make.user()
    for wanted in FOREIGN:
        answer = enter(app.test_client(), user.login_id, PASSWORD, next_page=wanted)
        assert (wanted, answer.status, answer.response.headers["Location"]) == (wanted, 302, "/portal/")
        page = app.test_client().page("/login", query_string={"next": wanted})
        assert (wanted, page.status) == (wanted, 200)
        kept = page.soup.find("input", attrs={"name": "next"})
        assert kept is None or re.match(r"/[^/\\]", kept["value"]), wanted


HEADERS = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
    {"Forwarded": "host=evil.example"},
    {"Referer": "https://evil.example/"},
    {"X-Original-URL": "//evil.example"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=[next(iter(h)) for h in HEADERS])
def test_no_header_moves_a_redirect_to_another_host(browser, make, enter, headers):
    user = make.user()
    moved = [
        browser.get("/", headers=headers),
        browser.get("/portal/", headers=headers),
        browser.get("/portal", headers=headers),
        browser.get("/admin/staff", headers=headers),
        enter(browser, user.login_id, PASSWORD, headers=headers).response,
        browser.get("/", headers=headers),
    ]
    for response in moved:
        assert response.status_code < 500
        location = response.headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith("//")
        assert "evil.example" not in response.text


def test_an_address_with_two_slashes_is_no_redirect(browser, signed_in, make):
    for visitor in (browser, signed_in(make.user())):
        for path in ["//evil.example", "//evil.example/portal/", "/portal//evil.example", "/\\evil.example"]:
            response = visitor.get("/", environ_overrides={"PATH_INFO": path})
            assert (path, response.status_code, response.headers.get("Location")) == (path, 404, None)
