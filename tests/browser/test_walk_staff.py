"""What staff do in /admin: 事業者, 職員情報管理, 操作履歴; by visible labels alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.hands import (
    alert,
    answer,
    button,
    cells,
    dialog,
    done,
    fact,
    field,
    fill,
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
from tests.browser.panel import HANAKO, MARKET_ADMIN, PASSWORD, REVIEWER, TARO
from tests.factories import NEW_OPERATOR

pytestmark = pytest.mark.browser
NEW = "Atarashii#2026"
# What a telephone shows of these is walked by their neighbours.
on_a_desktop = pytest.mark.parametrize("width", [1366], indirect=True)


def open_staff(page, login_id):
    menu(page, "職員情報管理")
    see(page, "職員情報一覧画面")
    press(page, "検索")
    follow(page, login_id)
    see(page, "職員情報詳細画面")


def credentials(panel, address):
    """(ユーザID, 仮パスワード) from the one mail that arrived, at this address alone (§7 STF-REG, STF-RPW)."""
    [mail] = panel.mails()
    assert mail.to == address
    return mail.facts["ユーザID"], mail.facts["仮パスワード"]


def register(page, panel, name="広域 次郎"):
    """職員情報の登録; (ユーザID, 仮パスワード)."""
    menu(page, "職員情報管理")
    follow(page, "新規登録")
    page.get_by_label("3:審査担当").check()
    field(page, "ユーザ名").fill(name)
    field(page, "メールアドレス").fill("jiro@example.jp")
    press(page, "確認")
    press(page, "実行")
    see(page, "職員情報登録完了画面")
    return credentials(panel, "jiro@example.jp")


def test_registering_staff_with_a_look_back(page, new_page, panel):
    sign_in(page, MARKET_ADMIN)
    menu(page, "職員情報管理")
    see(page, "職員情報一覧画面")
    follow(page, "新規登録")
    see(page, "職員情報登録画面")
    see_crumbs(page, "TOP", "管理", "職員情報管理", "職員情報一覧画面", "職員情報登録画面")
    page.get_by_label("3:審査担当").check()
    field(page, "ユーザ名").fill("広域 次郎")
    field(page, "メールアドレス").fill("jiro@example.jp")
    press(page, "確認")
    see(page, "職員情報登録確認画面")
    expect(done(page)).to_have_text("info.regist.confirm : 下記の情報で登録します。よろしいですか。")
    expect(fact(page, "権限区分")).to_have_text("審査担当")
    expect(fact(page, "ユーザ名")).to_have_text("広域 次郎")
    expect(fact(page, "メールアドレス")).to_have_text("jiro@example.jp")

    press(page, "戻る")  # what was typed is still there
    see(page, "職員情報登録画面")
    expect(page.get_by_label("3:審査担当")).to_be_checked()
    expect(field(page, "ユーザ名")).to_have_value("広域 次郎")
    expect(field(page, "メールアドレス")).to_have_value("jiro@example.jp")
    field(page, "ユーザ名").fill("広域 三郎")
    press(page, "確認")
    press(page, "実行")
    see(page, "職員情報登録完了画面")
    expect(done(page)).to_have_text("info.regist.complete : 登録が完了しました。")
    login_id, password = credentials(panel, "jiro@example.jp")
    assert re.fullmatch(r"S\d{9}", login_id)
    expect(page.get_by_text(password)).to_have_count(0)

    page.reload()  # no second person, no second mail
    assert panel.mails() == []
    menu(page, "職員情報管理")
    field(page, "ユーザ名").fill("三郎")
    press(page, "検索")
    assert cells(page) == [[login_id, "広域 三郎", "審査担当", "jiro@example.jp", "有効"]]

    newcomer = new_page()
    newcomer.goto("/")
    type_sign_in(newcomer, login_id, password)
    type_passwords(newcomer, password, NEW)
    press(newcomer, "変更")
    answer(newcomer, "OK")
    see(newcomer, "パスワード変更完了画面")
    sign_in(newcomer, login_id, NEW)


@on_a_desktop
def test_a_registration_with_errors_loses_nothing(page):
    sign_in(page, MARKET_ADMIN)
    menu(page, "職員情報管理")
    follow(page, "新規登録")
    field(page, "ユーザ名").fill("広域 次郎")
    field(page, "メールアドレス").fill("jiro@")
    press(page, "確認")
    see(page, "職員情報登録画面")
    messages = [
        "error.C00.00010 : 権限区分を選択してください。",
        "error.C00.00006 : メールアドレスは正しいメールアドレスを入力してください。",
    ]
    for message in messages:
        expect(alert(page)).to_contain_text(message)
        expect(main(page).get_by_text(message)).to_have_count(2)  # on top and beside the field
    expect(alert(page)).to_be_focused()
    expect(field(page, "ユーザ名")).to_have_value("広域 次郎")
    expect(field(page, "メールアドレス")).to_have_value("jiro@")
    follow(alert(page), messages[1])
    expect(field(page, "メールアドレス")).to_be_focused()
    follow(page, "戻る")
    see(page, "職員情報一覧画面")


def test_changing_staff(page):
    sign_in(page, MARKET_ADMIN)
    open_staff(page, REVIEWER)
    follow(main(page), "変更")
    see(page, "職員情報変更画面")
    expect(fact(page, "ユーザID")).to_have_text(REVIEWER)
    expect(page.get_by_label("有効", exact=True)).to_be_checked()
    field(page, "ユーザ名").fill("広域 審子")
    press(page, "確認")
    see(page, "職員情報変更確認画面")
    expect(done(page)).to_have_text("info.update.confirm : 下記の情報で変更します。よろしいですか。")
    press(page, "実行")
    see(page, "職員情報変更完了画面")
    open_staff(page, REVIEWER)
    expect(fact(page, "ユーザ名")).to_have_text("広域 審子")


@on_a_desktop
def test_disabling_staff_shuts_them_out_at_once(page, new_page):
    reviewer = new_page()
    sign_in(reviewer, REVIEWER)
    sign_in(page, MARKET_ADMIN)
    open_staff(page, REVIEWER)
    expect(fact(page, "ログイン状態")).to_have_text("ログイン中")
    follow(main(page), "変更")
    page.get_by_label("無効", exact=True).check()
    press(page, "確認")
    expect(fact(page, "有効/無効")).to_have_text("無効")
    press(page, "実行")
    see(page, "職員情報変更完了画面")
    reviewer.reload()
    see(reviewer, "セッションタイムアウトエラー画面")
    press(reviewer, "閉じる")
    type_sign_in(reviewer, REVIEWER, PASSWORD)
    expect(alert(reviewer)).to_contain_text("error.Y05.00001")


@on_a_desktop
def test_the_own_rights_cannot_be_changed(page):
    sign_in(page, MARKET_ADMIN)
    open_staff(page, MARKET_ADMIN)
    follow(main(page), "変更")
    page.get_by_label("3:審査担当").check()
    press(page, "確認")
    see(page, "職員情報変更画面")
    expect(alert(page)).to_contain_text("error.S01.00001 : 自分の権限区分は変更できません。")
    expect(page.get_by_label("3:審査担当")).to_be_checked()


def test_unlocking_staff(page, new_page):
    reviewer = new_page()
    reviewer.goto("/")
    for _ in range(5):
        type_sign_in(reviewer, REVIEWER, "machigai")
        alert(reviewer).wait_for()
    expect(alert(reviewer)).to_contain_text("error.Y05.00002")
    sign_in(page, MARKET_ADMIN)
    open_staff(page, REVIEWER)
    expect(fact(page, "ユーザロック")).to_have_text("ロック中")
    press(page, "ユーザロック解除")
    answer(page, "キャンセル")
    expect(fact(page, "ユーザロック")).to_have_text("ロック中")
    press(page, "ユーザロック解除")
    expect(dialog(page)).to_contain_text("ユーザロックを解除します。よろしいですか。")
    answer(page, "OK")
    see(page, "職員情報ユーザロック解除完了画面")
    type_sign_in(reviewer, REVIEWER, PASSWORD)
    see(reviewer, "ポータルトップ")
    open_staff(page, REVIEWER)
    expect(fact(page, "ユーザロック")).to_have_text("利用可能")


@on_a_desktop
def test_reissuing_a_password(page, new_page, panel):
    reviewer = new_page()
    sign_in(reviewer, REVIEWER)
    sign_in(page, MARKET_ADMIN)
    open_staff(page, REVIEWER)
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "職員情報パスワード再発行完了画面")
    login_id, password = credentials(panel, "s000000002@example.jp")
    assert login_id == REVIEWER
    reviewer.reload()
    see(reviewer, "セッションタイムアウトエラー画面")
    press(reviewer, "閉じる")
    type_sign_in(reviewer, REVIEWER, PASSWORD)
    expect(alert(reviewer)).to_contain_text("error.Y05.00001")
    type_sign_in(reviewer, REVIEWER, password)
    see(reviewer, "パスワード変更画面")


@on_a_desktop
def test_ending_somebodys_sessions(page, new_page):
    reviewer = new_page()
    sign_in(reviewer, REVIEWER)
    sign_in(page, MARKET_ADMIN)
    open_staff(page, REVIEWER)
    press(page, "セッション終了")
    expect(dialog(page)).to_contain_text("この職員のログイン中のセッションを終了します。よろしいですか。")
    answer(page, "OK")
    see(page, "職員情報セッション終了完了画面")
    reviewer.reload()
    see(reviewer, "セッションタイムアウトエラー画面")
    open_staff(page, REVIEWER)
    expect(fact(page, "ログイン状態")).to_have_text("ログインなし")


def test_registering_and_changing_an_operator(page):
    sign_in(page, MARKET_ADMIN)
    follow(page.get_by_role("navigation", name="主メニュー"), "管理")
    see(page, "管理")
    follow(main(page), "事業者")
    see(page, "事業者一覧画面")
    follow(page, "新規登録")
    fill(page, {"事業者コード": "０００２", "参加登録申請者名": "株式会社A003"} | NEW_OPERATOR)
    press(page, "確認")
    see(page, "事業者登録画面")
    expect(alert(page)).to_contain_text("error.O01.00001 : 事業者コード0002は既に登録されています。")
    field(page, "事業者コード").fill("ａ００３")
    press(page, "確認")
    expect(fact(page, "事業者コード")).to_have_text("A003")
    press(page, "実行")
    see(page, "事業者登録完了画面")

    follow(page, "一覧へ戻る")
    field(page, "事業者コード").fill("A")
    press(page, "検索")
    follow(page, "A003")
    see(page, "事業者詳細画面")
    follow(main(page), "変更")
    see(page, "事業者変更画面")
    field(page, "参加登録申請者名").fill("A003株式会社")
    press(page, "確認")
    see(page, "事業者変更確認画面")
    press(page, "実行")
    see(page, "事業者変更完了画面")
    menu(page, "事業者")
    press(page, "検索")
    assert [row[:2] for row in cells(page)] == [
        ["0001", "株式会社0001"],
        ["0002", "株式会社0002"],
        ["A003", "A003株式会社"],
    ]


def test_the_address_follows_from_the_postal_code_and_enter_means_confirm(page):  # issue 4, item 4
    sign_in(page, MARKET_ADMIN)
    menu(page, "事業者")
    follow(page, "新規登録")
    fill(page, {"事業者コード": "A003", "参加登録申請者名": "株式会社A003"} | NEW_OPERATOR)
    page.get_by_label("安定電源", exact=True).check()
    field(page, "郵便番号").fill("9999999")
    press(page, "住所自動入力")
    expect(field(page, "郵便番号")).to_have_accessible_description(re.compile("error.O01.00002"))
    expect(field(page, "事業者名略称")).to_have_value(NEW_OPERATOR["事業者名略称"])
    expect(page.get_by_label("安定電源", exact=True)).to_be_checked()
    field(page, "郵便番号").fill("１３５００６１")
    press(page, "住所自動入力")
    expect(field(page, "住所")).to_have_value("東京都江東区豊洲")
    expect(button(page, "住所自動入力")).to_be_in_viewport()  # a long form: back where the person was
    field(page, "住所").fill("東京都江東区豊洲6丁目")
    field(page, "住所").press("Enter")
    see(page, "事業者登録確認画面")
    expect(fact(page, "住所")).to_have_text("東京都江東区豊洲6丁目")
    expect(fact(page, "郵便番号")).to_have_text("1350061")
    press(page, "実行")
    see(page, "事業者登録完了画面")


def test_an_operator_leaves_and_comes_back(new_page, panel):  # issue 4, item 4; COM-059
    staff, user = new_page(), new_page(390)
    sign_in(user, HANAKO)
    menu(user, "事業者情報管理")
    press(user, "検索")
    follow(user, "0001")
    see(user, "事業者情報詳細画面")
    expect(fact(user, "事業者コード（5桁）")).to_have_text("00013")
    sign_in(staff, MARKET_ADMIN)
    menu(staff, "事業者")
    press(staff, "検索")
    follow(staff, "0001")
    press(staff, "退出")
    expect(dialog(staff)).to_contain_text("info.withdraw.confirm")
    answer(staff, "OK")
    see(staff, "事業者退出完了画面")
    follow(user, "戻る")
    see(user, "セッションタイムアウトエラー画面")
    user.goto("/")
    type_sign_in(user, HANAKO, PASSWORD)
    expect(alert(user)).to_contain_text("error.Y05.00001")
    menu(staff, "事業者")
    press(staff, "検索")
    follow(staff, "0001")
    expect(fact(staff, "状態")).to_have_text("退出済")
    press(staff, "退出取消")
    answer(staff, "OK")
    see(staff, "事業者退出取消完了画面")
    type_sign_in(user, HANAKO, PASSWORD)
    see(user, "ポータルトップ")


def test_two_people_change_the_same_operator(new_page, panel):
    first, second = new_page(), new_page()
    sign_in(first, MARKET_ADMIN)
    login_id, password = register_market_admin(first, panel)
    second.goto("/")
    type_sign_in(second, login_id, password)
    type_passwords(second, password, NEW)
    press(second, "変更")
    answer(second, "OK")
    sign_in(second, login_id, NEW)
    for page in (first, second):
        menu(page, "事業者")
        press(page, "検索")
        follow(page, "0001")
        follow(main(page), "変更")
    for page, name in ((first, "一番"), (second, "二番")):
        field(page, "参加登録申請者名").fill(name)
        press(page, "確認")
        press(page, "実行")
    see(first, "事業者変更完了画面")
    see(second, "事業者変更画面")
    expect(alert(second)).to_contain_text("error.C01.00002 : 表示していた内容は、広域 管理が")
    expect(field(second, "参加登録申請者名")).to_have_value("二番")
    press(second, "確認")
    press(second, "実行")
    see(second, "事業者変更完了画面")


def register_market_admin(page, panel):
    menu(page, "職員情報管理")
    follow(page, "新規登録")
    page.get_by_label("2:市場管理者").check()
    field(page, "ユーザ名").fill("広域 二号")
    field(page, "メールアドレス").fill("nigou@example.jp")
    press(page, "確認")
    press(page, "実行")
    see(page, "職員情報登録完了画面")
    return credentials(panel, "nigou@example.jp")


def test_searching_the_audit_trail(page, new_page, panel):
    stranger = new_page()
    stranger.goto("/")
    type_sign_in(stranger, HANAKO, "machigai")
    alert(stranger).wait_for()
    sign_in(page, MARKET_ADMIN)
    login_id, _ = register(page, panel)
    menu(page, "操作履歴")
    see(page, "操作履歴一覧画面")
    field(page, "操作").select_option(label="職員情報の登録")
    press(page, "検索")
    assert [row[1:] for row in cells(page)] == [
        [MARKET_ADMIN, "広域 管理", "職員情報の登録", f"{login_id} 広域 次郎", "成功"]
    ]
    page.get_by_role("region").get_by_role("link").last.click()
    see(page, "操作履歴詳細画面")
    expect(fact(page, "変更内容")).to_contain_text("ユーザ名: ")
    expect(fact(page, "変更内容")).to_contain_text("広域 次郎")
    follow(page, "戻る")
    expect(field(page, "操作")).to_have_value("staff:register")
    follow(page, "条件をクリア")
    field(page, "対象").fill("花子")
    press(page, "検索")
    assert [row[3:] for row in cells(page)] == [["ログイン失敗", "U280003304 事業者 花子", "拒否"]]
    follow(page, "条件をクリア")
    field(page, "日付（開始）").fill("２０２０-１-１")
    field(page, "日付（終了）").fill("2020/01/02")
    press(page, "検索")
    expect(alert(page)).to_contain_text("error.U01.00001")
    field(page, "日付（終了）").fill("2019/12/31")
    press(page, "検索")
    expect(alert(page)).to_contain_text("error.C00.00009")


@on_a_desktop
def test_a_reviewer_reads_users_and_operators_and_changes_nothing(page):
    sign_in(page, REVIEWER)
    tabs = page.get_by_role("navigation", name="主メニュー").get_by_role("link")
    expect(tabs).to_have_text(["ホーム", "参加登録", "審査", "情報掲示板", "管理"])
    press(page, "メニュー")
    functions = page.get_by_role("navigation", name="メニュー", exact=True).get_by_role("link")
    expect(functions).to_have_text([
        "ホーム", "ユーザ情報管理", "審査一覧", "会員", "利用申込", "掲載情報", "メールドメイン", "定型文", "休業日",
        "お知らせ管理", "事業者", "クライアント証明書", "メンテナンス",
    ])  # fmt: skip
    follow(page.get_by_role("navigation", name="メニュー", exact=True), "事業者")
    expect(link(page, "新規登録")).to_have_count(0)
    press(page, "検索")
    follow(page, "0001")
    expect(main(page).get_by_role("button")).to_have_count(0)
    expect(link(main(page), "変更")).to_have_count(0)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    follow(page, TARO)
    see(page, "ユーザ情報詳細画面")
    expect(main(page).get_by_role("button")).to_have_count(0)
