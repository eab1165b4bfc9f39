"""#010 共通操作 3章, 4章 and 6章, walked by visible labels alone, on a desktop and a telephone."""

import pytest
from playwright.sync_api import expect

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
from tests.browser.panel import HANAKO, MARKET_ADMIN, PASSWORD, TARO

pytestmark = pytest.mark.browser
NEW = "Atarashii#2026"
POLICY = "英大文字, 英小文字, 数字, 記号の中から3種類以上含む半角8文字以上20文字以下"
WRONG = (
    "error.Y05.00001 : ログインIDまたはパスワードが間違っています。"
    "ログインIDまたはパスワードが正しいか、もう一度ご確認ください。"
)
LOCKED = "error.Y05.00002 : アカウントがロックされています。事業者の管理者（登録作業者（管理者））へ連絡してください。"


# ---- 3章 システムへのログイン方法 -------------------------------------------------------------


def test_3_1_signing_in_opens_the_portal_top(page):
    page.goto("/")
    see(page, "ログイン画面")
    expect(page).to_have_title("ログイン画面 | 容量市場システム")
    expect(page.get_by_text("パスワードを忘れた方は管理者に問い合わせてください。")).to_be_visible()
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "ポータルトップ")
    expect(page.get_by_text("ユーザ名: 事業者 花子")).to_be_visible()
    expect(page.get_by_text("ログイン日時: ")).to_be_visible()
    expect(button(page, "ログアウト")).to_be_visible()
    expect(button(page, "メニュー")).to_be_visible()
    assert page.url.endswith("/portal/")


def test_3_1_a_wrong_password_is_told_on_top_and_the_id_stays(page):
    page.goto("/")
    type_sign_in(page, HANAKO, "machigai")
    expect(alert(page)).to_have_text(WRONG)
    expect(alert(page)).to_be_focused()
    expect(page).to_have_title("エラー: ログイン画面 | 容量市場システム")
    expect(field(page, "ユーザID")).to_have_value(HANAKO)
    expect(field(page, "パスワード")).to_have_value("")


def test_3_2_five_wrong_passwords_lock_the_account_and_the_right_one_is_refused(page):
    page.goto("/")
    for _ in range(4):
        type_sign_in(page, HANAKO, "machigai")
        expect(alert(page)).to_have_text(WRONG)
    type_sign_in(page, HANAKO, "machigai")
    expect(alert(page)).to_have_text(LOCKED)
    type_sign_in(page, HANAKO, PASSWORD)
    expect(alert(page)).to_have_text(LOCKED)
    # The colleague is not locked, and sees the lock.
    sign_in(page, TARO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    follow(page, HANAKO)
    expect(fact(page, "ユーザロック")).to_have_text("ロック中")


def test_3_after_signing_in_the_page_once_asked_for_opens(page):
    page.goto("/portal/users/")
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "ユーザ情報一覧画面")


# ---- 4章(1) パスワード変更: 初回ログイン時/パスワード再発行時 ------------------------------------


def test_4_1_a_temporary_password_is_changed_before_anything_else(page, panel):
    temporary = panel.reissue(HANAKO)
    page.goto("/")
    type_sign_in(page, HANAKO, temporary)
    see(page, "パスワード変更画面")
    expect(button(page, "戻る")).to_have_count(0)
    expect(link(page, "戻る")).to_have_count(0)
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.goto("/portal/users/")
    see(page, "パスワード変更画面")

    type_passwords(page, temporary, NEW)
    press(page, "変更")
    answer(page, "キャンセル")
    expect(dialog(page)).to_have_count(0)
    see(page, "パスワード変更画面")
    expect(field(page, "新しいパスワード")).to_have_value(NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    expect(done(page)).to_contain_text("パスワードの変更が完了しました。")

    follow(page, "ログイン")
    type_sign_in(page, HANAKO, NEW)
    see(page, "ポータルトップ")


def test_4_1_after_the_forced_change_one_is_signed_out(page, panel):
    temporary = panel.reissue(HANAKO)
    page.goto("/")
    type_sign_in(page, HANAKO, temporary)
    type_passwords(page, temporary, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    page.goto("/portal/")
    see(page, "ログイン画面")


# ---- 4章(2) パスワード変更: ログイン済み時 ----------------------------------------------------------


def to_own_detail(page, by):
    """①–④: the manual's two ways to ユーザ情報詳細画面 of the own account."""
    if by == "メニュー":
        menu(page, "ユーザ情報管理")
    else:
        follow(page.get_by_role("navigation", name="主メニュー"), "参加登録")
        follow(main(page), "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")
    field(page, "ユーザID").fill(HANAKO)
    press(page, "検索")
    follow(page, HANAKO)
    see(page, "ユーザ情報詳細画面")


@pytest.mark.parametrize("by", ["参加登録", "メニュー"])
def test_4_2_the_signed_in_change_by_the_manuals_path(page, by):
    sign_in(page, HANAKO)
    to_own_detail(page, by)
    follow(main(page), "パスワード変更")
    see(page, "パスワード変更画面")
    see_crumbs(
        page, "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面", "ユーザ情報詳細画面", "パスワード変更画面"
    )
    expect(
        page.get_by_text("英大文字, 英小文字, 数字, 記号の中から3種類以上含む半角8文字以上20文字以下")
    ).to_be_visible()

    # ⑥ キャンセル: nothing is sent, what was typed stays
    type_passwords(page, PASSWORD, NEW)
    press(page, "変更")
    expect(dialog(page)).to_contain_text("パスワードを変更します。")
    answer(page, "キャンセル")
    expect(dialog(page)).to_have_count(0)
    for label, typed in (("現在のパスワード", PASSWORD), ("新しいパスワード", NEW), ("新しいパスワード (確認)", NEW)):
        expect(field(page, label)).to_have_value(typed)
        expect(field(page, label)).to_have_attribute("type", "password")

    # ⑦ a wrong current password is told on top
    field(page, "現在のパスワード").fill("machigai")
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更画面")
    expect(alert(page)).to_have_text("error.Y06.00001 : 現在のパスワードが間違っています。")
    expect(alert(page)).to_be_focused()
    for label in ("現在のパスワード", "新しいパスワード", "新しいパスワード (確認)"):
        expect(field(page, label)).to_have_value("")

    # ⑧ completion; the menu works afterwards
    type_passwords(page, PASSWORD, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    expect(done(page)).to_contain_text("パスワードの変更が完了しました。")
    expect(link(main(page), "ログイン")).to_have_count(0)
    menu(page, "ホーム")
    see(page, "ポータルトップ")


def test_4_2_a_cancelled_change_leaves_the_old_password(page):
    sign_in(page, HANAKO)
    to_own_detail(page, "メニュー")
    follow(main(page), "パスワード変更")
    type_passwords(page, PASSWORD, NEW)
    press(page, "変更")
    answer(page, "キャンセル")
    follow(page, "戻る")
    see(page, "ユーザ情報詳細画面")
    press(page, "ログアウト")
    answer(page, "OK")
    type_sign_in(page, HANAKO, NEW)
    expect(alert(page)).to_have_text(WRONG)
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "ポータルトップ")


def test_4_2_staff_change_their_own_password_from_home(page):
    sign_in(page, MARKET_ADMIN)
    follow(main(page), "パスワード変更")
    see(page, "パスワード変更画面")
    type_passwords(page, PASSWORD, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    press(page, "ログアウト")
    answer(page, "OK")
    type_sign_in(page, MARKET_ADMIN, NEW)
    see(page, "ポータルトップ")


# ---- 6章 システムからのログアウト ---------------------------------------------------------------------


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_6_the_logout_asks_and_back_shows_nothing(page, login_id):
    sign_in(page, login_id)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    expect(link(page, TARO)).to_be_visible()
    press(page, "ログアウト")
    expect(dialog(page)).to_contain_text("ログアウトします。よろしいですか。")
    answer(page, "キャンセル")
    expect(dialog(page)).to_have_count(0)
    page.reload()
    expect(link(page, TARO)).to_be_visible()

    press(page, "ログアウト")
    answer(page, "OK")
    see(page, "ログイン画面")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("ユーザ情報一覧画面")
    expect(page.get_by_text(TARO)).to_have_count(0)
    expect(page.get_by_text("事業者 太郎")).to_have_count(0)


def test_6_closing_an_error_screen_signs_out(page):
    sign_in(page, HANAKO)
    page.goto("/portal/nothing/")
    see(page, "404エラー画面")
    expect(button(page, "ログアウト")).to_have_count(0)
    press(page, "閉じる")
    see(page, "ログイン画面")
    page.goto("/portal/")
    see(page, "ログイン画面")


# ---- 7章 ------------------------------------------------------------------------------------------


def test_7_a_session_left_alone_times_out(page, panel):
    sign_in(page, HANAKO)
    panel.forward(minutes=29)
    menu(page, "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")
    panel.forward(minutes=31)
    menu(page, "ホーム")
    see(page, "セッションタイムアウトエラー画面")


def test_7_a_second_sign_in_displaces_the_first(page, new_page):
    sign_in(page, HANAKO)
    sign_in(new_page(), HANAKO)
    menu(page, "ユーザ情報管理")
    see(page, "多重ログインエラー画面")
    press(page, "閉じる")
    see(page, "ログイン画面")
