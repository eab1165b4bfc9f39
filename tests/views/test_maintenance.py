"""While a メンテナンス is announced and while it runs: COM-081, issue 4 item 7."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from models import Maintenance, db
from tests.factories import PASSWORD
from tests.pages import Page, plain
from tests.views.test_headers_and_errors import INSIDE, has_no_inline, is_strict

TEXT = "設備点検のため<停止>します。"
CLOSED = (
    "error.C02.00008 : メンテナンス中のため、ご利用いただけません。メンテナンスの終了後、再度ログインしてください。"
)
# What stays open to everybody (issue 4, item 7).
OPEN = {"/static/<path:filename>", "/healthz", "/readyz", "/login", "/logout"}


@pytest.fixture
def plan(session, time):
    """plan(): told at 12:30, 13:00 to 15:00 on the test's day; it is 12:00."""

    def add(told=30, start=60, end=180, text=TEXT, **more):
        at = [None if m is None else time.now + timedelta(minutes=m) for m in (told, start, end)]
        session.add(Maintenance(announced_from=at[0], starts_at=at[1], ends_at=at[2], text=text, **more))
        session.commit()

    return add


def banner(page):
    found = page.soup.find("aside", attrs={"aria-label": "メンテナンスのお知らせ"})
    return plain(found.get_text()) if found else None


def requests_of(app):
    """(method, path, rule) of every route and method there is."""
    for rule in app.url_map.iter_rules():
        path = re.sub("<[^>]+>", "x", rule.rule)
        for method in sorted(rule.methods - {"OPTIONS"}):
            yield method, path, rule.rule


def is_closed(response, end="2026/11/20 15:00", seconds="7200"):
    """メンテナンス画面 as COM-081 has it."""
    page = Page(None, response)
    assert (page.status, page.heading, page.alerts) == (503, "メンテナンス画面", [plain(CLOSED)])
    assert response.headers["Retry-After"] == seconds
    assert plain(f"終了予定日時: {end}") in page.text
    assert page.controls()[-1] == "閉じる"
    assert re.fullmatch("[0-9a-f]{16}", page.soup.code.get_text())
    assert is_strict(response.headers)
    assert has_no_inline(page)
    assert response.headers["Cache-Control"] == "no-store"
    assert not INSIDE.search(response.text)
    assert banner(page) is None  # said once
    return True


# --- every address -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anonymous", "user", "must change"])
def test_everybody_but_staff_gets_the_screen_on_every_url(app, make, signed_in, plan, time, who, read):
    until = time.now + timedelta(days=2) if who == "must change" else None
    browser = app.test_client() if who == "anonymous" else signed_in(make.admin(temporary_until=until))
    plan()
    time.forward(minutes=60)
    before = read("SELECT * FROM sessions"), read("SELECT count(*) FROM audit_entries")
    asked = [(m, p) for m, p, rule in requests_of(app) if rule not in OPEN]
    asked += [
        (m, p) for m in ("GET", "POST", "PUT", "DELETE") for p in ("/nothing", "/portal/users/nothing", "/x" * 99)
    ]
    asked += [("PUT", "/portal/"), ("OPTIONS", "/portal/"), ("POST", "/portal/"), ("GET", "/logout")]
    assert len(asked) > 100
    for method, path in asked:
        answer = browser.open(path, method=method)
        if method == "HEAD":
            assert (path, answer.status_code, answer.data) == (path, 503, b"")
            assert answer.headers["Retry-After"] == "7200"
        else:
            assert is_closed(answer), (method, path)
    assert (read("SELECT * FROM sessions"), read("SELECT count(*) FROM audit_entries")) == before


def test_staff_work_on_everywhere(app, make, signed_in, plan, time, token):
    boss, reviewer = signed_in(make.staff()), signed_in(make.reviewer())
    csrf = token(boss)
    plan(told=0, start=20)
    addresses = [p for m, p, rule in requests_of(app) if m == "GET" and rule not in OPEN | {"/board/login"}]
    addresses = [p for p in addresses if not p.endswith(("/complete/", "/complete"))]  # they tell what was done: once
    before = {(b, p): (b.get(p).status_code, b.post(p, data={"csrf_token": csrf}).status_code if b is boss else 0)
              for b in (boss, reviewer) for p in [*addresses, "/nothing"]}  # fmt: skip
    time.forward(minutes=20, seconds=1)
    for (browser, path), statuses in before.items():
        assert 503 not in statuses
        page = browser.page(path)
        posted = browser.post(path, data={"csrf_token": csrf}).status_code if browser is boss else 0
        assert (path, page.status, posted) == (path, *statuses)
        if page.status == 200:
            assert banner(page) == plain(f"メンテナンス中です。終了予定日時は2026/11/20 15:00です。{TEXT}"), path
    page = Page(boss, boss.post("/board/login", data={"csrf_token": csrf}))  # no member signs in meanwhile
    assert (page.status, page.heading) == (503, "メンテナンス画面")


def test_what_stays_open_answers_as_always(app, browser, make, signed_in, plan, time, token):
    user = signed_in(make.user())
    csrf = token(user)
    plan(start=30)
    time.forward(minutes=30)
    for path in ("/healthz", "/readyz", "/static/css/panel.css", "/login"):
        assert browser.get(path, buffered=True).status_code == 200, path
    assert browser.get("/static/nothing.css", buffered=True).status_code == 404
    gone = user.post("/logout", data={"csrf_token": csrf})
    assert (gone.status_code, gone.headers["Location"]) == (302, "/login")
    assert user.page("/login").heading == "ログイン画面"


# --- to the second -----------------------------------------------------------------------------------------


def test_the_switch_is_exact_to_the_second(make, signed_in, plan, time, browser):
    user, staff = signed_in(make.user()), signed_in(make.staff())
    plan()
    told = plain(f"2026/11/20 13:00から2026/11/20 15:00まで、メンテナンスのためシステムをご利用いただけません。{TEXT}")
    runs = plain(f"メンテナンス中です。終了予定日時は2026/11/20 15:00です。{TEXT}")
    pages = {"/portal/": user, "/admin/": staff, "/login": browser}

    def look():
        found = {path: b.page(path) for path, b in pages.items()}
        return {path: (page.status, banner(page)) for path, page in found.items()}

    start = time.now
    steps = [
        (30 * 60 - 1, {"/portal/": (200, None), "/admin/": (200, None), "/login": (200, None)}),
        (30 * 60, {"/portal/": (200, told), "/admin/": (200, told), "/login": (200, told)}),
        (59 * 60, {"/portal/": (200, told), "/admin/": (200, told), "/login": (200, told)}),
        (60 * 60 - 1, {"/portal/": (200, told), "/admin/": (200, told), "/login": (200, told)}),
        (60 * 60, {"/portal/": (503, None), "/admin/": (200, runs), "/login": (200, runs)}),
    ]
    for seconds, expected in steps:
        time.now = start + timedelta(seconds=seconds)
        assert look() == expected, seconds
    assert browser.get("/portal/").headers["Retry-After"] == "7200"
    time.now = start + timedelta(seconds=90 * 60)
    assert browser.get("/").headers["Retry-After"] == "5400"
    time.now = start + timedelta(seconds=180 * 60 - 1, microseconds=500_000)
    assert browser.get("/").headers["Retry-After"] == "1"
    time.now = start + timedelta(seconds=180 * 60)
    assert browser.get("/").status_code == 302
    assert banner(browser.page("/login")) is None


def test_an_open_end_says_so(browser, plan):
    plan(told=0, start=0, end=None, text="")
    assert is_closed(browser.get("/portal/"), end="未定", seconds="3600")
    assert banner(browser.page("/login")) == plain("メンテナンス中です。終了予定日時は未定です。")


def test_an_announced_open_end_says_so_too(browser, plan):
    plan(told=0, start=60, end=None, text="")
    assert banner(browser.page("/login")) == plain(
        "2026/11/20 13:00から、メンテナンスのためシステムをご利用いただけません。終了予定日時は未定です。"
    )


def test_what_was_cancelled_or_is_not_yet_told_shows_nothing(browser, plan, time):
    plan(told=0, start=0, cancelled_at=time.now)
    plan(told=1)
    assert banner(browser.page("/login")) is None
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("length", [80, 81, 500])
def test_a_long_text_stands_behind_続きを読む_and_the_times_never_do(browser, plan, length):
    text = "点検" * (length // 2) + "。" * (length % 2)
    plan(told=0, text=text)
    found = browser.page("/login").soup.find("aside")
    times = plain("2026/11/20 13:00から2026/11/20 15:00まで")
    if length <= 80:
        assert found.find("details") is None
        assert banner(browser.page("/login")).endswith(text)
        return
    behind = found.find("details").extract()
    assert [e.get_text() for e in behind.find_all(["summary", "p"])] == ["続きを読む", text]
    assert not behind.has_attr("open")
    assert plain(found.get_text()).startswith(times)


def test_the_text_is_text(browser, make, signed_in, plan, time):
    harm = "<script>alert(1)</script>&amp;{{7*7}}%s'\""
    plan(told=0, text=harm)
    for page in (
        browser.page("/login"),
        signed_in(make.user()).page("/portal/"),
        signed_in(make.staff()).page("/admin/"),
    ):
        assert banner(page).endswith(plain(harm))
        assert "<script>alert" not in page.response.text
    time.forward(hours=1)
    page = Page(None, browser.get("/x"))
    assert plain(harm) in page.text
    assert "<script>alert" not in page.response.text


# --- in the middle of work ------------------------------------------------------------------------------------


def test_a_form_that_was_open_is_void_and_nothing_is_saved(make, signed_in, plan, time, read):
    make.operator("0001")
    browser = signed_in(make.admin())
    page = browser.page("/portal/users/new/").press(
        "確認", 所属部署="部", ユーザ名="事業者 新", 市外局番="03", 市内局番="1234", 加入者番号="5678",
        メールアドレス="new@example.jp",
    )  # fmt: skip
    assert page.heading == "ユーザ情報登録確認画面"
    plan(told=0, start=20)
    time.forward(minutes=20)
    users = read("SELECT count(*) FROM users")
    assert is_closed(page.submit("実行"), seconds="9600")
    assert is_closed(browser.post("/portal/users/new/"), seconds="9600")  # without a token as well
    assert read("SELECT count(*) FROM users") == users
    closed = browser.page("/portal/")
    after = closed.press("閉じる")
    assert (after.heading, after.soup.select_one(".notice.info").get_text().strip()) == (
        "ログイン画面", "メンテナンス中は、広域機関の職員だけがログインできます。",
    )  # fmt: skip
    assert read("SELECT ending FROM sessions WHERE ended_at IS NOT NULL") == [("logout",)]
    time.forward(hours=3)
    assert browser.get("/portal/").headers["Location"].startswith("/login")


def test_close_leads_a_stranger_to_the_sign_in(browser, plan):
    plan(told=0, start=0)
    assert browser.page("/portal/").click("閉じる").heading == "ログイン画面"


@pytest.mark.parametrize("password", [PASSWORD, "Falsch#2026wort"])
def test_operators_are_not_judged_at_the_sign_in(browser, make, plan, enter, read, snapshot, password):
    user = make.user()
    plan(told=0, start=0, end=120)
    before = snapshot()
    for typed in (user.login_id, f" {user.login_id.lower()} ", "U999999999", "board0001", "", "パスワード"):
        assert is_closed(enter(browser, typed, password).response, end="2026/11/20 14:00"), typed
    assert snapshot() == before  # nothing counted, nothing recorded


def test_operators_cost_no_hash_and_staff_do(browser, make, plan, enter, monkeypatch):
    from services import hashing

    hashed = []
    real = hashing.matches, hashing.spend
    monkeypatch.setattr(hashing, "matches", lambda *a: hashed.append("matches") or real[0](*a))
    monkeypatch.setattr(hashing, "spend", lambda *a: hashed.append("spend") or real[1](*a))
    user, staff = make.user(), make.staff()
    plan(told=0, start=0)
    for login_id in (user.login_id, "U999999999"):
        enter(browser, login_id, PASSWORD)
    assert hashed == []
    enter(browser, staff.login_id, "Falsch#2026wort")
    enter(browser, "S999999999", PASSWORD)
    assert hashed == ["matches", "spend"]


def test_staff_sign_in_during_it_and_are_counted_as_always(browser, make, plan, enter, read):
    staff = make.staff()
    plan(told=0, start=0)
    wrong = enter(browser, staff.login_id, "Falsch#2026wort")
    assert (wrong.status, wrong.heading) == (200, "ログイン画面")
    assert wrong.alerts[0].startswith("error.Y05.00001")
    assert read("SELECT failures FROM sign_in_counters") == [(1,)]
    right = enter(browser, staff.login_id, PASSWORD)
    assert right.response.headers["Location"] == "/admin/"
    assert banner(browser.page("/admin/")).startswith("メンテナンス中です。")


def test_staff_whose_session_ended_are_told_so(make, signed_in, plan, time):
    browser = signed_in(make.staff())
    plan(told=0, start=0)
    time.forward(minutes=30)
    page = browser.page("/admin/")
    assert (page.status, page.heading) == (401, "セッションタイムアウトエラー画面")
    assert page.press("閉じる").heading == "ログイン画面"


def test_json_is_answered_with_json(browser, plan):
    plan(told=0, start=0)
    answer = browser.get("/portal/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype, set(answer.json)) == (503, "application/json", {"error", "request_no"})
    assert (answer.json["error"], answer.headers["Retry-After"]) == ("error.C02.00008", "10800")


# --- what it costs ------------------------------------------------------------------------------------------------


@contextmanager
def asked(table):
    """The statements that name `table`."""
    sent = []

    def note(connection, cursor, statement, *more):
        if f"FROM {table}" in statement:
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_it_is_asked_once_per_request_and_never_for_files(browser, make, signed_in, plan):
    user = signed_in(make.user())
    plan(told=0)
    for path, number in {"/portal/": 1, "/login": 1, "/nothing": 1, "/static/css/panel.css": 0, "/healthz": 0}.items():
        with asked("maintenance") as sent:
            user.get(path, buffered=True)
        assert (path, len(sent)) == (path, number)


def test_staff_who_changed_their_temporary_password_during_it_see_it_done(make, signed_in, plan, time):
    plan(told=0, start=0)
    browser = signed_in(make.staff(temporary_until=time.now + timedelta(days=2)))
    page = browser.page("/password").press(
        "変更", 現在のパスワード=PASSWORD, 新しいパスワード="Kaede+2026momiji",
        **{"新しいパスワード (確認)": "Kaede+2026momiji"},
    )  # fmt: skip
    assert (page.status, page.heading) == (200, "パスワード変更完了画面")
    assert browser.get("/password/complete").status_code == 503  # once
