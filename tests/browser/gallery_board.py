"""Journeys through 新規登録, its guides, and 情報掲示板 of staff, as tests/browser/gallery.py has the others."""

from playwright.sync_api import expect

from tests.browser.hands import alert, answer, dialog, field, follow, main, menu, press, see, sign_in
from tests.browser.panel import MARKET_ADMIN, REVIEWER
from tests.browser.registering import type_registration

BOARD_PASSWORD = "Yoryo2026demo"
GUIDES = ["目的と利用ルール", "動作環境", "IDとパスワードの規則", "運営とご利用いただけない機能", "新規登録の手順",
          "パスワード再設定", "IDの変更、削除"]  # fmt: skip


def registering(page, panel, new_page):
    page.goto("/board/login")
    see(page, "ログイン画面")
    yield "board-login"
    page.goto("/board/register")
    see(page, "新規登録画面")
    page.get_by_text("利用規約を表示", exact=True).click()
    yield "board-register"
    press(page, "確認")
    alert(page).wait_for()
    yield "board-register-errors"
    type_registration(page, panel)
    field(page, "勤務先住所").fill("half")
    press(page, "確認")
    alert(page).wait_for()
    yield "board-register-solved"
    field(page, "勤務先住所").fill("同上")
    press(page, "確認")
    see(page, "新規登録確認画面")
    yield "board-register-confirm"
    press(page, "登録")
    see(page, "登録受付完了画面")
    yield "board-registered"


def guides_of_the_board(page, panel, new_page):
    page.goto("/board/guide/")
    see(page, "ヘルプ")
    yield "board-guide"
    for number, title in enumerate(GUIDES):
        page.goto("/board/guide/")
        follow(main(page), title)
        see(page, title)
        yield f"board-guide-{number}"
    page.goto("/board/terms")
    see(page, "利用規約")
    yield "board-terms"


def inside_the_board(page, panel, new_page):
    page.goto("/board/login")
    for _ in range(2):
        field(page, "ID").fill("board0001")
        field(page, "パスワード").fill("wrong" if _ == 0 else BOARD_PASSWORD)
        press(page, "ログイン")
        if not _:
            alert(page).wait_for()
            yield "board-login-wrong"
    see(page, "掲示板ホーム画面")
    follow(page.get_by_role("banner"), "パスワード変更")
    see(page, "パスワード変更画面")
    yield "board-password"
    follow(page.get_by_role("navigation", name="主メニュー"), "ヘルプ")
    see(page, "ヘルプ")
    yield "board-help"


def board_of_staff(page, panel, new_page):
    with panel.make() as make:
        make.registration("kaiin0007", state="applied", password_hash="x", mail_flagged=True)
    sign_in(page, MARKET_ADMIN)
    follow(page.get_by_role("navigation", name="主メニュー"), "情報掲示板")
    see(page, "情報掲示板")
    yield "admin-board"
    menu(page, "会員")
    press(page, "検索")
    see(page, "会員一覧画面")
    yield "admin-members"
    follow(page, "board0001")
    see(page, "会員詳細画面")
    yield "admin-member"
    press(page, "IDの削除")
    dialog(page).wait_for()
    yield "admin-member-delete"
    answer(page, "キャンセル")
    press(page, "パスワード再設定")
    answer(page, "OK")
    see(page, "会員パスワード再設定完了画面")
    yield "admin-member-reissued"
    menu(page, "利用申込")
    press(page, "検索")
    follow(page, "kaiin0007")
    see(page, "利用申込詳細画面")
    yield "admin-registration"
    menu(page, "メールドメイン")
    press(page, "検索")
    expect(page.get_by_role("region")).to_be_visible()
    yield "admin-mail-domains"
    follow(page, "新規登録")
    see(page, "メールドメイン登録画面")
    press(page, "確認")
    alert(page).wait_for()
    yield "admin-mail-domain-errors"
    reviewer = new_page()
    sign_in(reviewer, REVIEWER)
    menu(reviewer, "会員")
    press(reviewer, "検索")
    follow(reviewer, "board0001")
    press(reviewer, "事業者コードの対応付け")
    dialog(reviewer).wait_for()


JOURNEYS = [registering, guides_of_the_board, inside_the_board, board_of_staff]
