"""Sessions, ログアウト, 多重ログイン: #010 6章, 7章, security.md C."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from app import create_app
from models import db
from tests import databases
from tests.factories import PASSWORD
from tests.pages import Page, plain

TIMED_OUT = ("セッションタイムアウトエラー画面", "error.Y07.00001")
DISPLACED = ("多重ログインエラー画面", "error.Y07.00002")


def cookie_of(app, browser):
    """What the browser's cookie holds, unsigned."""
    return app.session_interface.get_signing_serializer(app).loads(browser.get_cookie("panel").value)


@pytest.fixture
def replay(app):
    """replay(cookie): another browser that holds this cookie, e.g. a thief's."""

    def browser_with(cookie):
        browser = app.test_client()
        browser.set_cookie("panel", cookie)
        return browser

    return browser_with


def is_shut(page, screen=TIMED_OUT):
    """True if this is the 401 screen, with its message and [閉じる]."""
    return (
        page.status == 401
        and page.heading == screen[0]
        and page.alerts[0].startswith(f"{screen[1]}:")
        and page.controls() == ["閉じる"]
    )


def endings(read):
    return [row.ending for row in read("SELECT ending FROM sessions ORDER BY id")]


# --- what the browser holds (R-031, R-041, COM-075) ------------------------------------------------


def test_the_cookie_holds_only_csrf_seed_flash_and_an_opaque_id(app, make, signed_in, read):
    staff = make.staff(name="広域 みほん")
    browser = signed_in(staff)
    browser.page("/admin/")
    held = cookie_of(app, browser)
    assert set(held) == {"csrf_token", "sid", "door"}
    assert held.pop("door") == "entrance"  # which of the two: where ログアウト leads to
    assert len(held["sid"]) >= 22  # 128 bit
    page = browser.page(f"/admin/staff/details/?id={staff.id}")
    response = page.submit("セッション終了")  # refused for oneself, with a flashed message
    assert response.status_code == 302
    assert set(cookie_of(app, browser)) == {"csrf_token", "sid", "door", "_flashes"}
    for word in (staff.login_id, "みほん", staff.email, "market", "role", "rights"):
        assert word not in str(held), word
    [row] = read("SELECT token_hash FROM sessions")
    assert row.token_hash == hashlib.sha256(held["sid"].encode()).hexdigest()
    every_column = str(read("SELECT * FROM sessions")) + str(read("SELECT * FROM audit_entries"))
    assert held["sid"] not in every_column


def test_the_cookie_lives_with_the_browser_and_is_for_http_alone(browser, make, enter):  # R-041, COM-075
    user = make.user()
    found = [
        *browser.get("/login").headers.getlist("Set-Cookie"),
        *enter(browser, user.login_id, PASSWORD).response.headers.getlist("Set-Cookie"),
        *browser.get("/portal/").headers.getlist("Set-Cookie"),
    ]
    assert found
    for cookie in found:
        name, *attributes = cookie.split("; ")
        assert name.startswith("panel=")
        assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax"}
        assert len(cookie) < 4096


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(app, database, tmp_path, make, enter):
    user = make.user()
    settings = databases.settings(tmp_path, database[1], BASE_URL="https://panel.example.jp")
    https = create_app(settings, TESTING=True, BCRYPT_COST=4)
    https.test_client_class = app.test_client_class
    browser = https.test_client()
    try:
        found = [
            *browser.get("/login").headers.getlist("Set-Cookie"),
            *enter(browser, user.login_id, PASSWORD).response.headers.getlist("Set-Cookie"),
        ]
        assert len(found) == 2
        for cookie in found:
            name, *attributes = cookie.split("; ")
            assert name.startswith("__Host-panel=")
            assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
        assert browser.get("/portal/").status_code == 200
        assert browser.get("/portal/").headers["Strict-Transport-Security"].startswith("max-age=63072000")
    finally:
        with https.app_context():
            db.session.remove()
            db.engine.dispose()


def test_a_flashed_message_stays_a_small_cookie(make, signed_in):  # < 4096 bytes
    staff = make.staff()
    browser = signed_in(staff)
    page = browser.page(f"/admin/staff/details/?id={staff.id}")
    for _ in range(30):
        response = page.submit("セッション終了")
    assert all(len(c) < 4096 for c in response.headers.getlist("Set-Cookie"))


OPEN_TO_STRANGERS = {
    "/", "/login", "/logout", "/password/complete", "/signed-out", "/healthz", "/readyz", "/static/<path:filename>",
}  # fmt: skip


# --- fixation and replay (R-032, R-033, COM-070…074) ---------------------------------------------------


def test_the_session_id_is_new_at_every_sign_in(app, make, enter, replay):
    user, browser = make.user(), app.test_client()
    browser.page("/login")
    planted = browser.get_cookie("panel").value  # the attacker's own, put into the victim's browser
    victim = replay(planted)
    assert enter(victim, user.login_id, PASSWORD).status == 302
    first = cookie_of(app, victim)
    assert replay(planted).get("/portal/").status_code == 302
    assert enter(victim, user.login_id, PASSWORD).status == 302
    second = cookie_of(app, victim)
    assert first["sid"] != second["sid"]
    assert victim.get("/portal/").status_code == 200


def test_an_id_chosen_by_the_client_is_no_session(app, make, signed_in):
    browser = signed_in(make.user())
    with browser.session_transaction() as held:
        held["sid"] = "A" * 43
    assert is_shut(browser.page("/portal/"))
    browser.set_cookie("panel", "eyJzaWQiOiJBQUFBIn0.not.signed")
    assert browser.get("/portal/").status_code == 302
    for strange in ("\ud800", "\0", "", "x" * 3000):
        with browser.session_transaction() as held:
            held["sid"] = strange
        assert browser.get("/portal/").status_code in (302, 401)


def test_a_form_from_before_the_sign_in_is_void(app, make, enter, token):
    browser, user = app.test_client(), make.user()
    before = token(browser)
    enter(browser, user.login_id, PASSWORD)
    assert browser.post("/logout", data={"csrf_token": before}).status_code == 400
    assert browser.get("/portal/").status_code == 200


def test_logging_out_asks_first_and_then_shows_the_login_screen(make, signed_in, read):  # COM-070…073
    browser = signed_in(make.user())
    page = browser.page("/portal/")
    dialog = page.soup.find(id=page.soup.find("button", string="ログアウト")["data-dialog"])
    assert dialog["role"] == "dialog"
    assert plain(dialog.p.get_text()) == plain("info.logout.confirm : ログアウトします。よろしいですか。")
    assert [plain(b.get_text()) for b in dialog.find_all("button")] == ["キャンセル", "OK"]
    assert endings(read) == [None]
    after = page.press("ログアウト")
    assert after.heading == "ログイン画面"
    assert endings(read) == ["logout"]
    assert read("SELECT count(*) FROM audit_entries WHERE event = 'session:logout'")[0][0] == 1
    assert browser.get("/portal/").status_code == 302


@pytest.mark.parametrize("kind", ["user", "staff"])
def test_after_the_logout_a_replayed_cookie_opens_nothing(app, make, signed_in, replay, kind):  # R-033, COM-074
    account = make.user() if kind == "user" else make.staff()
    browser = signed_in(account)
    page = browser.page("/")
    page = browser.follow(page.response)
    cookie = browser.get_cookie("panel").value
    token = page.form_of("ログアウト")[1].find(attrs={"name": "csrf_token"})["value"]
    page.submit("ログアウト")
    statuses = {}
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<command_name>", "unlock")
        if path in (
            "/",
            "/login",
            "/logout",
            "/healthz",
            "/readyz",
            "/password/complete",
            "/signed-out",
            "/board/login",
            "/board/password/complete",
            "/board/signed-out",
            "/board/register",
            "/board/register/complete",
            "/board/terms",
        ) or path.startswith(("/static", "/help/", "/board/guide/", "/board/challenge/")):
            continue
        for method in rule.methods & {"GET", "POST"}:
            answer = replay(cookie).open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            statuses[method, path] = answer.status_code
    assert len(statuses) >= 28
    assert {key: status for key, status in statuses.items() if status != 401} == {}


def test_close_on_an_error_screen_ends_the_session(make, signed_in, replay, read):  # COM-071, COM-084
    browser = signed_in(make.user())
    cookie = browser.get_cookie("panel").value
    page = browser.page("/no/such/page")
    assert (page.status, page.heading, page.controls()) == (404, "404エラー画面", ["閉じる"])
    assert plain("ログアウト") not in page.text
    assert page.press("閉じる").heading == "ログイン画面"
    assert endings(read) == ["logout"]
    assert is_shut(replay(cookie).page("/portal/"))


def test_close_for_a_stranger_leads_to_the_login_screen(browser):  # COM-071
    page = browser.page("/no/such/page")
    assert page.click("閉じる").heading == "ログイン画面"


# --- time-outs (R-034, R-035, COM-083) ----------------------------------------------------------------------


def test_after_thirty_idle_minutes_the_session_has_timed_out(make, signed_in, time, read):  # R-034, COM-083
    on_time, late = signed_in(make.user()), signed_in(make.user())
    time.forward(minutes=30, seconds=-1)
    assert on_time.page("/portal/").status == 200  # and starts the thirty minutes anew
    time.forward(seconds=2)
    assert is_shut(late.page("/portal/"))
    assert endings(read) == [None, "idle"]
    time.forward(minutes=30, seconds=-3)
    assert on_time.page("/portal/").status == 200
    time.forward(minutes=30, seconds=1)
    page = on_time.page("/portal/")
    assert is_shut(page)
    assert is_shut(on_time.page("/portal/"))  # and stays so on every page …
    assert page.press("閉じる").heading == "ログイン画面"
    assert on_time.get("/portal/").headers["Location"].startswith("/login")  # … until it was closed


def test_scripts_get_json_and_no_login_page(make, signed_in, time, browser):
    late = signed_in(make.user())
    time.forward(minutes=31)
    for visitor in (late, browser):
        answer = visitor.get("/portal/users/", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.mimetype) == (401, "application/json")
        assert answer.json["error"]


def test_neither_static_files_nor_health_extend_the_idle_time(make, signed_in, time):
    browser = signed_in(make.user())
    time.forward(minutes=20)
    for path in ("/static/css/panel.css", "/healthz", "/readyz"):
        answer = browser.get(path, buffered=True)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    time.forward(minutes=11)
    assert is_shut(browser.page("/portal/"))


def test_a_forged_post_does_not_extend_the_idle_time(make, signed_in, time):
    browser = signed_in(make.user())
    time.forward(minutes=20)
    assert browser.post("/logout").status_code == 400
    time.forward(minutes=11)
    assert is_shut(browser.page("/portal/"))


def test_after_twelve_hours_the_session_ends_whatever_happens(make, signed_in, time, read):
    browser = signed_in(make.user())
    start = time.now
    while time.now < start + timedelta(hours=12, seconds=-1):
        time.now = min(time.now + timedelta(minutes=25), start + timedelta(hours=12, seconds=-1))
        assert browser.page("/portal/").status == 200, time.now - start
    time.forward(seconds=1)
    assert is_shut(browser.page("/portal/"))
    assert endings(read) == ["expired"]


def test_the_time_outs_are_settings(app, database, tmp_path, make, enter, time):  # contract "Settings"
    settings = databases.settings(tmp_path, database[1], SESSION_IDLE_MINUTES="5", SESSION_HOURS="1")
    short = create_app(settings, TESTING=True, BCRYPT_COST=4)
    short.test_client_class = app.test_client_class
    browser, user = short.test_client(), make.user()
    try:
        enter(browser, user.login_id, PASSWORD)
        time.forward(minutes=5, seconds=-1)
        assert browser.page("/portal/").status == 200
        time.forward(minutes=5)
        assert is_shut(browser.page("/portal/"))
    finally:
        with short.app_context():
            db.session.remove()
            db.engine.dispose()


# --- 多重ログイン (R-036, R-038, COM-085) -----------------------------------------------------------------------


def test_a_later_sign_in_wins_and_the_earlier_session_is_told(make, signed_in, read):  # R-036, COM-085
    user = make.user()
    earlier = signed_in(user)
    later = signed_in(user)
    page = earlier.page("/portal/users/")
    assert is_shut(page, DISPLACED)
    assert page.alerts == [
        plain(
            "error.Y07.00002 : 複数の端末から同一のアカウントでログインされました。"
            "アカウントの利用状況を確認してください。"
        )
    ]
    assert later.page("/portal/").status == 200
    assert endings(read) == ["displaced", None]
    assert read("SELECT count(*) FROM audit_entries WHERE event = 'session:displaced'")[0][0] == 1
    assert page.press("閉じる").heading == "ログイン画面"
    assert later.page("/portal/").status == 200  # closing the dead one does not touch the living


@pytest.mark.parametrize("path", ["/", "/login"])
def test_on_the_entrance_a_dead_cookie_is_dropped(make, signed_in, path):  # COM-085, contract "Addresses"
    user = make.user()
    earlier = signed_in(user)
    signed_in(user)
    page = earlier.page(path)
    assert (page.status, page.response.headers.get("Location")) == ((302, "/login") if path == "/" else (200, None))
    assert earlier.get("/portal/").headers["Location"].startswith("/login")


def test_a_closed_browser_shuts_nobody_out(make, signed_in, time):
    user = make.user()
    for _ in range(3):
        assert signed_in(user).page("/portal/").status == 200


def test_signing_in_after_a_time_out_is_no_double_sign_in(make, signed_in, time, read):
    user = make.user()
    earlier = signed_in(user)
    time.forward(minutes=31)
    signed_in(user)
    assert is_shut(earlier.page("/portal/"))
    assert endings(read) == ["idle", None]


# --- shut out while signed in (R-039, R-042) -----------------------------------------------------------------------

SHUT_OUT = [
    ("無効", "UPDATE accounts SET enabled = :no WHERE id = :id", {"no": False}),
    ("deleted", "UPDATE accounts SET deleted_at = :now WHERE id = :id", {"now": datetime(2026, 11, 20, tzinfo=UTC)}),
    ("period over", "UPDATE accounts SET valid_to = :day WHERE id = :id", {"day": date(2026, 11, 19)}),
    ("period moved", "UPDATE accounts SET valid_from = :day WHERE id = :id", {"day": date(2026, 11, 21)}),
]


def test_whoever_is_shut_out_is_told_at_the_next_request(make, signed_in, write, read, replay, token):
    for name, statement, values in SHUT_OUT:
        account = make.staff()
        browser = signed_in(account)
        csrf, cookie = token(browser), browser.get_cookie("panel").value
        write(statement, id=account.id, **values)
        posted = replay(cookie)
        answer = Page(posted, posted.post("/admin/password/", data={"csrf_token": csrf}))
        assert (name, is_shut(answer)) == (name, True)
        assert (name, is_shut(browser.page("/admin/"))) == (name, True)
        assert endings(read)[-1] == "shut_out"


def test_the_period_ends_at_midnight_in_tokyo(make, signed_in, time):  # R-039, XC-013
    time.now = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)  # 23:50 in Tokyo
    browser = signed_in(make.user(valid_to=date(2026, 11, 20)))
    time.forward(minutes=10, seconds=-1)
    assert browser.page("/portal/").status == 200
    time.forward(seconds=1)
    assert is_shut(browser.page("/portal/"))


def test_a_change_of_rights_or_無効_by_staff_ends_the_session(make, signed_in, read, enter, app):
    boss = signed_in(make.staff())
    for typed in ({"権限区分": ["3:審査担当"]}, {"有効/無効": "無効"}):
        person = make.staff()
        browser = signed_in(person)
        page = boss.page(f"/admin/staff/details/?id={person.id}").click("変更").press("確認", **typed)
        assert page.press("実行").heading == "職員情報変更完了画面"
        assert is_shut(browser.page("/admin/"))
    assert enter(app.test_client(), person.login_id, PASSWORD).status == 200  # 無効
    # A change of the name alone ends nothing.
    person = make.staff()
    browser = signed_in(person)
    page = boss.page(f"/admin/staff/details/?id={person.id}").click("変更").press("確認", ユーザ名="広域 改名")
    page.press("実行")
    assert plain("広域 改名") in browser.page("/admin/").text


def test_a_reissue_ends_the_session(make, signed_in, read):
    boss, person = signed_in(make.staff()), make.staff()
    browser = signed_in(person)
    boss.page(f"/admin/staff/details/?id={person.id}").press("パスワード再発行")
    assert is_shut(browser.page("/admin/"))
    assert endings(read)[-1] == "password"


def test_staff_see_and_end_the_session_of_another(make, signed_in, read):
    boss, person = signed_in(make.staff()), make.staff()
    address = f"/admin/staff/details/?id={person.id}"
    assert boss.page(address).facts()["ログイン状態"] == "ログインなし"
    browser = signed_in(person)
    page = boss.page(address)
    assert page.facts()["ログイン状態"] == "ログイン中"
    assert page.press("セッション終了").heading == "職員情報セッション終了完了画面"
    assert is_shut(browser.page("/admin/"))
    assert endings(read)[-1] == "ended"
    assert boss.page(address).facts()["ログイン状態"] == "ログインなし"
    page = boss.page(address).press("セッション終了")
    assert page.alerts == [plain("error.S01.00005 : ログイン中のセッションはありません。")]


# --- the shell of every signed-in page (COM-025…027, R-071) ----------------------------------------------------------


@pytest.mark.parametrize("site", ["portal", "admin"])
def test_every_page_shows_who_is_signed_in_since_when(make, signed_in, crawl, time, site):  # COM-014, 025…027, 070
    if site == "portal":
        account, start = make.user(name="事業者 花子"), "/portal/"
    else:
        account, start = make.staff(name="事業者 花子"), "/admin/"
    browser = signed_in(account)
    time.forward(minutes=7)
    pages = crawl(browser, start, f"{start}users/?searched=1")
    assert len(pages) >= 7
    for address, page in pages.items():
        assert page.status == 200, address
        header = plain(page.soup.header.get_text())
        assert plain("ログイン日時: 2026/11/20 12:00") in header, address  # the start, not the clock
        assert plain("ユーザ名: 事業者 花子") in header, address
        buttons = [plain(b.get_text()) for b in page.soup.header.find_all("button")]
        assert (buttons[0], buttons[-1]) == ("メニュー", "ログアウト"), address
        assert "Copyright" in page.soup.footer.get_text(), address
        assert page.response.headers["Cache-Control"] == "no-store", address
        assert page.heading in page.soup.title.get_text().replace(" ", ""), address
        if address != start:
            assert page.crumbs[0] == "TOP", address
            assert page.crumbs[-1] == page.heading, address
            links = [plain(a.get_text()) for a in page.soup.find("nav", attrs={"aria-label": "パンくず"}).find_all("a")]
            assert links == page.crumbs[:-1], address  # ancestors are links, the page itself is not


def test_the_menu_names_what_the_person_may_use(make, signed_in):  # COM-050, COM-051, COM-054, COM-059
    expected = {
        "portal": ["ホーム", "参加登録", "ユーザ情報管理", "事業者情報管理", "クライアント証明書"],
        "admin": [
            "ホーム",
            "参加登録",
            "ユーザ情報管理",
            "情報掲示板",
            "会員",
            "利用申込",
            "掲載情報",
            "メールドメイン",
            "定型文",
            "休業日",
            "管理",
            "お知らせ管理",
            "事業者",
            "クライアント証明書",
            "未登録証明書",
            "職員情報管理",
            "メンテナンス",
            "メール送信履歴",
            "操作履歴",
        ],
        "review": [
            "ホーム",
            "参加登録",
            "ユーザ情報管理",
            "審査",
            "審査一覧",
            "情報掲示板",
            "会員",
            "利用申込",
            "掲載情報",
            "メールドメイン",
            "定型文",
            "休業日",
            "管理",
            "お知らせ管理",
            "事業者",
            "クライアント証明書",
            "メンテナンス",
        ],
    }
    browsers = {
        "portal": signed_in(make.user()), "admin": signed_in(make.staff()), "review": signed_in(make.reviewer()),
    }  # fmt: skip
    for who, browser in browsers.items():
        page = Page(browser, browser.get(browser.get("/").headers["Location"]))
        menu = page.soup.find(id=page.soup.find("button", string=re.compile("メニュー"))["aria-controls"])
        assert [plain(e.get_text()) for e in menu.find_all(["a", "h2"])] == expected[who]
        tabs = page.soup.find("nav", attrs={"aria-label": "主メニュー"})
        words = [plain(a.get_text()) for a in tabs.find_all("a")]
        assert words == [w for w in expected[who] if w in ("ホーム", "参加登録", "審査", "情報掲示板", "管理")]
        for a in menu.find_all("a"):
            assert browser.page(a["href"]).status == 200
