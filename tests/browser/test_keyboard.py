"""Everything works by keyboard (ui.md §9, XC-017)."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import (
    alert,
    button,
    dialog,
    field,
    fill,
    follow,
    main,
    menu,
    press,
    see,
    sign_in,
    type_passwords,
)
from tests.browser.panel import HANAKO, MARKET_ADMIN, PASSWORD
from tests.factories import NEW_OPERATOR

pytestmark = pytest.mark.browser


@pytest.fixture
def page(new_page):
    return new_page()


def test_the_skip_link_comes_first(page):
    sign_in(page, HANAKO)
    page.goto("/portal/users/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移動")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(main(page).get_by_role("link", name="TOP")).to_be_focused()


def test_signing_in_by_keyboard(page):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="ヘルプ")).to_be_focused()
    page.keyboard.press("Tab")
    expect(field(page, "ユーザID")).to_be_focused()
    page.keyboard.type(HANAKO)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    see(page, "ポータルトップ")


def test_enter_in_the_password_form_asks_as_well(page):
    sign_in(page, MARKET_ADMIN)
    follow(main(page), "パスワード変更")
    type_passwords(page, "machigai", "Atarashii#2026")
    field(page, "新しいパスワード (確認)").press("Enter")
    expect(dialog(page)).to_contain_text("パスワードを変更します。")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(field(page, "新しいパスワード")).to_have_value("Atarashii#2026")
    field(page, "新しいパスワード (確認)").press("Enter")
    page.keyboard.press("Enter")  # キャンセル has the focus: nothing happens by two Enters
    expect(dialog(page)).to_have_count(0)
    see(page, "パスワード変更画面")
    expect(alert(page)).to_have_count(0)
    field(page, "新しいパスワード (確認)").press("Enter")
    page.keyboard.press("Tab")
    expect(button(dialog(page), "OK")).to_be_focused()
    page.keyboard.press("Enter")
    expect(alert(page)).to_be_focused()


def test_escape_closes_the_menu_and_gives_the_focus_back(page):
    sign_in(page, HANAKO)
    opener = button(page, "メニュー")
    opener.press("Enter")
    inside = page.get_by_role("navigation", name="メニュー", exact=True)
    expect(inside.get_by_role("link", name="ホーム")).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(inside).to_have_count(0)
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(opener).to_be_focused()


def test_escape_closes_the_logout_dialog_and_gives_the_focus_back(page):
    sign_in(page, HANAKO)
    press(page, "ログアウト")
    expect(button(dialog(page), "キャンセル")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(button(page, "ログアウト")).to_be_focused()


def test_a_dialog_keeps_the_focus_inside(page):
    sign_in(page, HANAKO)
    press(page, "ログアウト")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog[open]')"
        )


def test_ctrl_enter_confirms(page):
    sign_in(page, MARKET_ADMIN)
    menu(page, "事業者")
    follow(page, "新規登録")
    fill(page, {"事業者コード": "A003", "参加登録申請者名": "株式会社A003"} | NEW_OPERATOR)
    field(page, "参加登録申請者名").press("Control+Enter")
    see(page, "事業者登録確認画面")


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(page):
    sign_in(page, MARKET_ADMIN)
    menu(page, "事業者")
    follow(page, "新規登録")
    press(page, "確認")
    expect(alert(page)).to_be_focused()
    expect(page).to_have_title("エラー: 事業者登録画面 | 容量市場システム")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(field(page, "事業者コード")).to_be_focused()
    expect(field(page, "事業者コード")).to_have_attribute("aria-invalid", "true")
    expect(field(page, "事業者コード")).to_have_accessible_description(
        "半角英数字で入力してください。 error.C00.00001 : 事業者コードを入力してください。"
    )


def test_a_row_is_selected_and_opened_by_keyboard(page):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    field(page, "ユーザID").press("Enter")
    page.get_by_label(f"{HANAKO}を選択").press("Space")
    expect(page.get_by_label(f"{HANAKO}を選択")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    see(page, "ユーザ情報詳細画面")
