"""#010 3章 to 7章 in one go for each kind of person, by visible labels alone, and every error screen reached for real.

The front's own screens (no certificate, application stopped) are walked in test_walk_front.py.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from models import Maintenance
from tests.browser.hands import (
    alert,
    answer,
    button,
    dialog,
    done,
    fact,
    field,
    follow,
    link,
    main,
    menu,
    press,
    see,
    see_crumbs,
    sign_in,
    type_passwords,
    type_sign_in,
)
from tests.browser.panel import HANAKO, ICHIRO, MARKET_ADMIN, PASSWORD, REVIEWER

pytestmark = pytest.mark.browser
NEW = "Atarashii#2026"

OF_PORTAL = {"参加登録": ["ユーザ情報管理", "事業者情報管理", "クライアント証明書"]}
OF_BOARD = ["会員", "利用申込", "掲載情報", "メールドメイン", "定型文", "休業日"]
OF_STAFF = {
    "参加登録": ["ユーザ情報管理"],
    "情報掲示板": OF_BOARD,
    "管理": [
        "お知らせ管理", "事業者", "クライアント証明書", "未登録証明書", "職員情報管理", "メンテナンス",
        "メール送信履歴", "操作履歴",
    ],
}  # fmt: skip
OF_REVIEWER = {
    "参加登録": ["ユーザ情報管理"],
    "審査": ["審査一覧"],
    "情報掲示板": OF_BOARD,
    "管理": ["お知らせ管理", "事業者", "クライアント証明書", "メンテナンス"],
}
PEOPLE = {
    "管理者": (HANAKO, "事業者 花子", OF_PORTAL),
    "一般": (ICHIRO, "事業者 一郎", OF_PORTAL),
    "市場管理者": (MARKET_ADMIN, "広域 管理", OF_STAFF),
    "審査担当": (REVIEWER, "広域 審査", OF_REVIEWER),
}
# 画面名 of the first screen behind a name that is not the name + 一覧画面.
FIRST = {
    "ユーザ情報管理": "ユーザ情報一覧画面", "事業者情報管理": "事業者情報一覧画面", "お知らせ管理": "お知らせ一覧画面",
    "職員情報管理": "職員情報一覧画面",
}  # fmt: skip


def first_time(page, panel, login_id):
    """3章, 4章(1): the 仮パスワード is changed before anything else, then one signs in again."""
    temporary = panel.reissue(login_id)
    page.goto("/")
    see(page, "ログイン画面")
    type_sign_in(page, login_id, temporary)
    see(page, "パスワード変更画面")
    type_passwords(page, temporary, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    expect(done(page)).to_contain_text("info.password.again : ")
    follow(page, "ログイン")
    type_sign_in(page, login_id, NEW)


def home_screen(page, name, links):
    """5章(1): who and since when, the tabs, [メニュー] with all functions, お知らせ一覧."""
    see(page, "ポータルトップ")
    expect(page.get_by_text(f"ユーザ名: {name}")).to_be_visible()
    expect(page.get_by_text(re.compile(r"ログイン日時: \d{4}/\d\d/\d\d \d\d:\d\d"))).to_be_visible()
    expect(page.get_by_text("検証環境")).to_be_visible()
    tabs = page.get_by_role("navigation", name="主メニュー").get_by_role("link")
    expect(tabs).to_have_text(["ホーム", *links])
    press(page, "メニュー")
    everything = page.get_by_role("navigation", name="メニュー", exact=True)
    expect(everything.get_by_role("heading")).to_have_text(list(links))
    expect(everything.get_by_role("link")).to_have_text(
        ["ホーム", *(item for items in links.values() for item in items)]
    )
    press(page, "メニュー")
    expect(everything).to_be_hidden()


def link_screens(page, links):
    """5章(2): a tab opens its link screen; every item has a line of explanation and opens its function."""
    for tab, items in links.items():
        if tab == "審査":  # one function: the tab is its queue
            follow(page.get_by_role("navigation", name="主メニュー"), tab)
            see(page, "審査一覧画面")
            continue
        for item in items:
            follow(page.get_by_role("navigation", name="主メニュー"), tab)
            see(page, tab)
            see_crumbs(page, "TOP", tab)
            lines = main(page).get_by_role("listitem")
            expect(lines.get_by_role("link")).to_have_text(items)
            for line in lines.all():
                assert line.locator("p").inner_text().endswith("。")
            follow(main(page), item)
            see(page, FIRST.get(item, f"{item}一覧画面"))
            expect(page.get_by_text("検索条件を入力して[検索]をクリックしてください。")).to_be_visible()
        if page.viewport_size["width"] > 800:  # on a telephone [メニュー] is the way
            side = page.get_by_role("navigation", name=tab, exact=True).get_by_role("link")
            expect(side).to_have_text(items)


def notice(page):
    """5章(1)③: お知らせ一覧 on the top, お知らせ詳細画面, and no 未読 afterwards."""
    menu(page, "ホーム")
    board = page.get_by_role("region", name="お知らせ一覧")
    line = board.get_by_role("listitem").filter(has=link(page, "お知らせ"))
    expect(line).to_contain_text("新着")
    expect(line).to_contain_text("未読")
    follow(board, "お知らせ")
    see(page, "お知らせ詳細画面")
    see_crumbs(page, "TOP", "お知らせ詳細画面")
    expect(fact(page, "お知らせID")).to_have_text("0000007301")
    expect(fact(page, "タイトル")).to_have_text("お知らせ")
    with page.expect_download() as download:
        follow(page, "添付ファイル.pdf")
    assert download.value.suggested_filename == "添付ファイル.pdf"
    follow(page, "TOP")
    expect(line).not_to_contain_text("未読")


def own_operator(page):
    """事業者情報管理: the own one, and nothing to change."""
    menu(page, "事業者情報管理")
    press(page, "検索")
    expect(page.get_by_role("region").locator("tbody tr")).to_have_count(1)
    follow(page, "0001")
    see(page, "事業者情報詳細画面")
    expect(fact(page, "参加登録申請者名")).to_have_text("株式会社0001")
    for name in ("変更", "退出", "新規登録"):
        expect(main(page).get_by_text(name, exact=True)).to_have_count(0)


def log_out(page):
    """6章."""
    press(page, "ログアウト")
    expect(dialog(page)).to_contain_text("info.logout.confirm : ログアウトします。よろしいですか。")
    answer(page, "キャンセル")
    press(page, "ログアウト")
    answer(page, "OK")
    see(page, "ログイン画面")
    page.goto("/")
    see(page, "ログイン画面")


@pytest.mark.parametrize("who", PEOPLE)
def test_3_to_6_from_the_first_sign_in_to_the_logout(page, panel, who):
    login_id, name, links = PEOPLE[who]
    first_time(page, panel, login_id)
    home_screen(page, name, links)
    link_screens(page, links)
    if links is OF_PORTAL:
        notice(page)
        own_operator(page)
    log_out(page)


# ---- 7章: the error screens --------------------------------------------------------------------------------

SYSTEM = "error.C02.00005 : システムエラーが発生しました。解消した後、再度ログインしてください。"
CLOSED = (
    "error.C02.00008 : メンテナンス中のため、ご利用いただけません。メンテナンスの終了後、再度ログインしてください。"
)
TIMED_OUT = "error.Y07.00001 : セッションがタイムアウトしました。再度ログインしてください。"
DISPLACED = (
    "error.Y07.00002 : 複数の端末から同一のアカウントでログインされました。アカウントの利用状況を確認してください。"
)
NOT_FOUND = "error.C02.00001 : お探しのページは存在しません。アクセス先のURLが正しいかを確認してください。"
FORBIDDEN = "error.C03.00001 : この操作を行う権限がありません。"
TOO_LARGE = "error.C02.00003 : 送信された内容が大きすぎます。内容を減らして、もう一度操作してください。"
TOO_OFTEN = (
    "error.C02.00004 : 短い時間にログインの失敗が続いたため、この接続元からのログインを一時的に受け付けていません。"
    "1分ほど待ってから、もう一度操作してください。"
)
VOID = (
    "error.C01.00003 : 画面の有効期限が切れたため、操作を受け付けられませんでした。"
    "元の画面を開き直してから、もう一度操作してください。"
)
LEAK = re.compile(r"Traceback|sqlalchemy|sqlite|OperationalError|Werkzeug|waitress|Flask/|\.py\b", re.IGNORECASE)


def press_home(page):
    page.get_by_role("link", name="ホーム").first.click()


def opened(page, what):
    """The answer to the page that opens by doing `what`."""
    with page.expect_event("response", lambda r: r.request.is_navigation_request() and r.status != 302) as found:
        what()
    return found.value


def is_error(page, response, status, title, message):
    """COM-080…086: the screen, its words, a number to quote, nothing of the inside; [閉じる] leads to the sign-in."""
    assert response.status == status
    see(page, title)
    expect(page).to_have_title(f"エラー: {title} | 容量市場システム")
    expect(alert(page)).to_have_text(message)
    expect(page.locator("code")).to_have_text(re.compile("^[0-9a-f]{16}$"))
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert not LEAK.search(page.content() + str(response.headers))
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def close(page):
    page.get_by_text("閉じる", exact=True).click()
    see(page, "ログイン画面")
    page.goto("/portal/")
    see(page, "ログイン画面")


def test_com_080_without_its_tables_every_screen_is_the_system_error(page, panel):
    sign_in(page, HANAKO)
    panel.sql("ALTER TABLE sessions RENAME TO broken")
    is_error(page, opened(page, lambda: press_home(page)), 500, "システムエラー画面", SYSTEM)
    press(page, "閉じる")  # COM-071: the cookie is dropped, though its session cannot be ended
    see(page, "ログイン画面")
    panel.sql("ALTER TABLE broken RENAME TO sessions")
    page.goto("/portal/")
    see(page, "ログイン画面")


def test_com_081_while_a_メンテナンス_runs_operators_are_out_and_staff_go_on(page, new_page, panel):
    sign_in(page, HANAKO)
    staff = new_page()
    sign_in(staff, MARKET_ADMIN)
    now = panel.now()
    with panel.write() as session:
        end = now + timedelta(hours=2)
        session.add(Maintenance(announced_from=now, starts_at=now, ends_at=end, text="定期点検"))
    answered = opened(page, lambda: press_home(page))
    is_error(page, answered, 503, "メンテナンス画面", CLOSED)
    assert 7000 < int(answered.headers["retry-after"]) <= 7200
    expect(page.get_by_text(f"終了予定日時: {end + timedelta(hours=9):%Y/%m/%d %H:%M}")).to_be_visible()
    press(page, "閉じる")
    see(page, "ログイン画面")
    expect(page.get_by_text("メンテナンス中は、広域機関の職員だけがログインできます。")).to_be_visible()
    menu(staff, "操作履歴")
    see(staff, "操作履歴一覧画面")


def test_com_083_left_alone_for_31_minutes(page, panel):
    sign_in(page, ICHIRO)
    panel.forward(minutes=31)
    answered = opened(page, lambda: menu(page, "クライアント証明書"))
    is_error(page, answered, 401, "セッションタイムアウトエラー画面", TIMED_OUT)
    close(page)


@pytest.mark.parametrize("login_id", [None, HANAKO, MARKET_ADMIN])
def test_com_084_an_unknown_address(page, login_id):
    if login_id:
        sign_in(page, login_id)
    is_error(page, page.goto("/portal/そのようなページはない"), 404, "404エラー画面", NOT_FOUND)
    close(page)


def test_com_085_signed_in_twice_the_first_is_told_and_the_second_goes_on(page, new_page):
    sign_in(page, MARKET_ADMIN)
    second = new_page()
    sign_in(second, MARKET_ADMIN)
    is_error(page, opened(page, lambda: press_home(page)), 401, "多重ログインエラー画面", DISPLACED)
    close(page)
    press_home(second)
    see(second, "ポータルトップ")


@pytest.mark.parametrize(("login_id", "address"), [
    (ICHIRO, "/portal/users/new/"), (ICHIRO, "/admin/"), (REVIEWER, "/admin/audit/"), (REVIEWER, "/portal/"),
])  # fmt: skip
def test_403_what_the_role_may_not(page, login_id, address):
    sign_in(page, login_id)
    is_error(page, page.goto(address), 403, "権限エラー画面", FORBIDDEN)
    close(page)


def test_413_more_than_a_form_holds(page):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    follow(page, "新規登録")
    field(page, "ユーザ名").evaluate("e => { e.value = 'x'.repeat(2200000); }")
    answered = opened(page, lambda: press(page, "確認"))
    is_error(page, answered, 413, "送信サイズエラー画面", TOO_LARGE)
    close(page)


def test_429_after_too_many_failures_from_one_place(page, panel, monkeypatch):
    monkeypatch.setitem(panel.app.config, "SIGN_IN_FAILURES_PER_MINUTE", 3)
    page.goto("/")
    for number in range(3):
        type_sign_in(page, f"U99900000{number}", "machigai")
        expect(alert(page)).to_contain_text("error.Y05.00001")
    answered = opened(page, lambda: type_sign_in(page, HANAKO, PASSWORD))
    is_error(page, answered, 429, "アクセス制限画面", TOO_OFTEN)
    assert answered.headers["retry-after"] == "60"
    panel.forward(minutes=2)
    page.get_by_text("閉じる", exact=True).click()
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "ポータルトップ")


def test_csrf_a_form_of_a_session_that_is_over(page):
    """The form stays open in one tab; in the other one signs out and in again."""
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    follow(page, "U520008303")
    follow(main(page), "変更")
    see(page, "ユーザ情報変更画面")
    other = page.context.new_page()
    other.goto("/portal/")
    press(other, "ログアウト")
    answer(other, "OK")
    see(other, "ログイン画面")
    sign_in(other, HANAKO)
    answered = opened(page, lambda: press(page, "確認"))
    is_error(page, answered, 400, "リクエストエラー画面", VOID)
    expect(button(page, "ログアウト")).to_have_count(0)
    close(page)
