"""#020 ユーザ情報管理 4〜9章: a user's whole life, by visible labels; every mail is read where it arrived (§7)."""

import csv
import io
import re
from pathlib import Path
from zoneinfo import ZoneInfo

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
from tests.browser.panel import HANAKO, ICHIRO, MARKET_ADMIN, PASSWORD, STRANGER, TARO

pytestmark = pytest.mark.browser
TOKYO = ZoneInfo("Asia/Tokyo")
JIRO = "U040008304"
NEW = "Atarashii#2026"
on_a_desktop = pytest.mark.parametrize("width", [1366], indirect=True)
TO = {login_id: f"{login_id.lower()}@example.jp" for login_id in (TARO, HANAKO, ICHIRO, JIRO, STRANGER)}
ADMINS = [TO[TARO], TO[HANAKO]]
REGISTERED = "ユーザ情報の登録が完了しました"
CHANGED = "ユーザ情報の変更が完了しました"
DELETED = "ユーザ情報の削除が完了しました"
UNLOCKED = "ユーザロックの解除が完了しました"
REISSUED = "パスワードの再発行が完了しました"


def open_list(page):
    menu(page, "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")
    press(page, "検索")


def open_user(page, login_id):
    open_list(page)
    follow(page, login_id)
    see(page, "ユーザ情報詳細画面")


def fill(page, name="事業者 三郎", address="saburo@example.jp"):
    field(page, "所属部署").fill("総合エネルギー事業部")
    field(page, "ユーザ名").fill(name)
    field(page, "市外局番").fill("03")
    field(page, "市内局番").fill("1234")
    field(page, "加入者番号").fill("5678")
    field(page, "メールアドレス").fill(address)


def by_recipient(mails, subject):
    """{address: 仮パスワード or None}; every mail has this subject and nobody got two."""
    assert {mail.subject for mail in mails} == {subject}
    found = {mail.to: mail.facts.get("仮パスワード") for mail in mails}
    assert len(found) == len(mails)
    return found


def first_sign_in(page, login_id, password):
    """The 仮パスワード works once and forces a change (000 4章(1))."""
    page.goto("/")
    type_sign_in(page, login_id, password)
    see(page, "パスワード変更画面")
    type_passwords(page, password, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    sign_in(page, login_id, NEW)


def lock(page, login_id):
    page.goto("/")
    for _ in range(5):
        type_sign_in(page, login_id, "machigai")
        alert(page).wait_for()
    expect(alert(page)).to_contain_text("error.Y05.00002")


# ---- 4章 ------------------------------------------------------------------------------------


def test_4_registering_a_user(page, panel, new_page):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    follow(page, "新規登録")  # ②
    see(page, "ユーザ情報登録画面")
    see_crumbs(page, "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面", "ユーザ情報登録画面")
    expect(field(page, "権限区分").locator("option")).to_have_text(["7:登録作業者 (一般)"])  # ③
    expect(field(page, "事業者コード")).to_have_value("0001")
    expect(field(page, "事業者コード")).not_to_be_editable()
    for hint in (
        "権限区分を指定してください。",
        "半角英数字で入力してください。",
        "全角または半角文字で入力してください。",
        "半角数字で入力してください。",
        "正しいメールアドレスを入力してください。",
    ):
        expect(main(page).get_by_text(hint).first).to_be_visible()

    press(page, "確認")  # ⑤: on top and beside the field
    see(page, "ユーザ情報登録画面")
    for label in ("所属部署", "ユーザ名", "メールアドレス"):
        expect(alert(page)).to_contain_text(f"error.C00.00001 : {label}を入力してください。")
        expect(field(page, label)).to_have_accessible_description(re.compile(f"{label}を入力してください。"))
    fill(page, address="saburo@")
    press(page, "確認")
    expect(alert(page)).to_contain_text("error.C00.00006 : メールアドレスは正しいメールアドレスを入力してください。")
    field(page, "メールアドレス").fill("saburo@example.jp")
    press(page, "確認")

    see(page, "ユーザ情報登録確認画面")  # ④
    expect(done(page)).to_have_text("info.regist.confirm : 下記の情報で登録します。よろしいですか。")
    for name, value in (
        ("権限区分", "登録作業者(一般)"),
        ("事業者コード", "0001"),
        ("参加登録申請者名", "株式会社0001"),
        ("所属部署", "総合エネルギー事業部"),
        ("ユーザ名", "事業者 三郎"),
        ("電話番号", "03-1234-5678"),
        ("メールアドレス", "saburo@example.jp"),
    ):
        expect(fact(page, name)).to_have_text(value)
    press(page, "戻る")
    see(page, "ユーザ情報登録画面")
    for label, value in (
        ("所属部署", "総合エネルギー事業部"),
        ("ユーザ名", "事業者 三郎"),
        ("市外局番", "03"),
        ("市内局番", "1234"),
        ("加入者番号", "5678"),
        ("メールアドレス", "saburo@example.jp"),
    ):
        expect(field(page, label)).to_have_value(value)
    assert panel.mails() == []
    press(page, "確認")
    press(page, "実行")
    see(page, "ユーザ情報登録完了画面")  # ⑥
    expect(done(page)).to_have_text("info.regist.complete : 登録が完了しました。")

    mails = panel.mails()
    got = by_recipient(mails, REGISTERED)
    password = got["saburo@example.jp"]
    assert got == {"saburo@example.jp": password, TO[HANAKO]: password, TO[TARO]: None}
    assert password
    [login_id] = {mail.facts["ユーザID"] for mail in mails}
    assert re.fullmatch(r"U\d{9}", login_id)
    expect(page.get_by_text(password)).to_have_count(0)
    page.reload()
    assert panel.mails() == []

    open_user(page, login_id)  # USR-043
    today = f"{panel.now().astimezone(TOKYO):%Y/%m/%d}"
    for name, value in (
        ("有効/無効", "有効"),
        ("適用開始日", today),
        ("適用終了日", "9999/12/31"),
        ("ユーザロック", "利用可能"),
        ("削除状態", "未削除"),
    ):
        expect(fact(page, name)).to_have_text(value)
    first_sign_in(new_page(), login_id, password)


@on_a_desktop
def test_4_the_ninth_general_user_is_refused(page, panel):
    with panel.make() as make:
        for _ in range(6):
            make.user(operator="0001")
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    follow(page, "新規登録")
    fill(page)
    press(page, "確認")
    see(page, "ユーザ情報登録画面")
    expect(alert(page)).to_contain_text("error.U02.00001 : 登録作業者（一般）は最大8ユーザまでです。")
    expect(field(page, "ユーザ名")).to_have_value("事業者 三郎")
    assert panel.mails() == []


@on_a_desktop
def test_4_staff_register_a_manager_while_a_place_is_free(page, panel, new_page):
    with panel.make() as make:
        make.operator("A003")
    sign_in(page, MARKET_ADMIN)
    menu(page, "ユーザ情報管理")
    follow(page, "新規登録")
    see(page, "ユーザ情報登録画面")
    expect(field(page, "権限区分").locator("option")).to_have_text(["7:登録作業者 (一般)", "6:登録作業者 (管理者)"])
    fill(page, "新規 太郎", "shinki@example.jp")
    field(page, "権限区分").select_option(label="6:登録作業者 (管理者)")
    field(page, "事業者コード").fill("0001")
    press(page, "確認")
    expect(alert(page)).to_contain_text("error.U02.00002 : 登録作業者（管理者）は2ユーザまでです。")
    field(page, "事業者コード").fill("ａ００３")
    press(page, "確認")
    see(page, "ユーザ情報登録確認画面")
    expect(fact(page, "事業者コード")).to_have_text("A003")
    press(page, "実行")
    see(page, "ユーザ情報登録完了画面")
    [mail] = panel.mails()
    assert (mail.to, mail.subject) == ("shinki@example.jp", REGISTERED)
    first_sign_in(new_page(), mail.facts["ユーザID"], mail.facts["仮パスワード"])


@on_a_desktop
def test_4_staff_register_a_general_user_and_get_no_mail(page, panel):
    sign_in(page, MARKET_ADMIN)
    menu(page, "ユーザ情報管理")
    follow(page, "新規登録")
    fill(page)
    field(page, "事業者コード").fill("0001")
    press(page, "確認")
    press(page, "実行")
    see(page, "ユーザ情報登録完了画面")
    got = by_recipient(panel.mails(), REGISTERED)
    assert got.keys() == {"saburo@example.jp", *ADMINS}
    assert [address for address, password in got.items() if password] == ["saburo@example.jp"]


# ---- 5章 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_5_changing_a_user(page, panel, login_id):
    sign_in(page, login_id)
    open_user(page, ICHIRO)
    follow(main(page), "変更")  # ④
    see(page, "ユーザ情報変更画面")
    for name, value in (
        ("ユーザID", ICHIRO),
        ("権限区分", "登録作業者(一般)"),
        ("事業者コード", "0001"),
        ("参加登録申請者名", "株式会社0001"),
    ):
        expect(fact(page, name)).to_have_text(value)
    field(page, "ユーザ名").fill("事業者 壱郎")
    field(page, "メールアドレス").fill("ichiro.new@example.jp")
    field(page, "適用開始日").fill("2020/02/30")
    press(page, "確認")
    see(page, "ユーザ情報変更画面")  # ⑦
    expect(alert(page)).to_contain_text("error.C00.00003 : 適用開始日はyyyy/mm/dd形式の実在する日付")
    field(page, "適用開始日").fill("2020/02/29")
    press(page, "確認")
    see(page, "ユーザ情報変更確認画面")  # ⑥
    expect(done(page)).to_have_text("info.update.confirm : 下記の情報で変更します。よろしいですか。")
    press(page, "戻る")
    see(page, "ユーザ情報変更画面")
    expect(field(page, "ユーザ名")).to_have_value("事業者 壱郎")
    expect(field(page, "適用開始日")).to_have_value("2020/02/29")
    press(page, "確認")
    press(page, "実行")
    see(page, "ユーザ情報変更完了画面")  # ⑧
    expect(done(page)).to_have_text("info.update.complete : 変更が完了しました。")
    got = by_recipient(panel.mails(), CHANGED)  # USR-060: the old address too
    assert got == dict.fromkeys(["ichiro.new@example.jp", TO[ICHIRO], *ADMINS])

    open_user(page, ICHIRO)
    expect(fact(page, "ユーザ名")).to_have_text("事業者 壱郎")
    expect(fact(page, "適用開始日")).to_have_text("2020/02/29")
    history = page.get_by_role("region", name="履歴").get_by_role("listitem").first
    expect(history).to_contain_text("ユーザ情報の変更")
    expect(history).to_contain_text("事業者 花子" if login_id == HANAKO else "広域 管理")
    expect(history.get_by_text("ユーザ名: ")).to_contain_text("事業者 一郎")
    expect(history.get_by_text("ユーザ名: ")).to_contain_text("事業者 壱郎")


@on_a_desktop
def test_5_back_from_the_change_screen_changes_nothing(page, panel):
    sign_in(page, HANAKO)
    open_user(page, ICHIRO)
    follow(main(page), "変更")
    field(page, "ユーザ名").fill("だれか")
    follow(main(page), "戻る")
    see(page, "ユーザ情報詳細画面")
    expect(fact(page, "ユーザ名")).to_have_text("事業者 一郎")
    assert panel.mails() == []


@on_a_desktop
def test_5_the_own_enabled_flag_is_not_offered_nor_a_period_without_today(page, panel):
    """2章※1, USR-058, USR-061."""
    sign_in(page, HANAKO)
    open_user(page, HANAKO)
    follow(main(page), "変更")
    expect(page.get_by_label("無効", exact=True)).to_be_disabled()
    expect(page.get_by_label("有効", exact=True)).to_be_checked()
    field(page, "適用終了日").fill("2020/01/01")
    press(page, "確認")
    see(page, "ユーザ情報変更画面")
    expect(alert(page)).to_contain_text("error.U03.00002")
    field(page, "適用終了日").fill("9999/12/31")
    field(page, "所属部署").fill("新しい部署")
    press(page, "確認")
    press(page, "実行")
    see(page, "ユーザ情報変更完了画面")
    assert by_recipient(panel.mails(), CHANGED) == dict.fromkeys(ADMINS)


@on_a_desktop
def test_5_disabling_a_user_shuts_him_out_at_once(page, new_page):
    ichiro = new_page()
    sign_in(ichiro, ICHIRO)
    sign_in(page, HANAKO)
    open_user(page, ICHIRO)
    follow(main(page), "変更")
    page.get_by_label("無効", exact=True).check()
    press(page, "確認")
    expect(fact(page, "有効/無効")).to_have_text("無効")
    press(page, "実行")
    see(page, "ユーザ情報変更完了画面")
    ichiro.reload()
    see(ichiro, "セッションタイムアウトエラー画面")
    press(ichiro, "閉じる")
    type_sign_in(ichiro, ICHIRO, PASSWORD)
    expect(alert(ichiro)).to_contain_text("error.Y05.00001")


def test_5_of_two_who_change_the_same_user_the_second_sees_both_versions(new_page, width):
    """USR-059."""
    first, second = new_page(width), new_page(width)
    sign_in(first, TARO)
    sign_in(second, HANAKO)
    for page in (first, second):
        open_user(page, ICHIRO)
        follow(main(page), "変更")
    for page, name in ((first, "太郎の版"), (second, "花子の版")):
        field(page, "ユーザ名").fill(name)
        press(page, "確認")
        press(page, "実行")
    see(first, "ユーザ情報変更完了画面")
    see(second, "ユーザ情報変更画面")
    expect(alert(second)).to_contain_text("error.C01.00002 : 表示していた内容は、事業者 太郎が")
    expect(field(second, "ユーザ名")).to_have_value("花子の版")
    both = second.get_by_role("table", name="最新の内容と入力した内容の違い")
    expect(both.get_by_role("row", name="ユーザ名").get_by_role("cell")).to_have_text(["太郎の版", "花子の版"])
    press(second, "確認")
    press(second, "実行")
    see(second, "ユーザ情報変更完了画面")
    open_user(second, ICHIRO)
    expect(fact(second, "ユーザ名")).to_have_text("花子の版")


# ---- 6章, 7章 -------------------------------------------------------------------------------


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_6_a_manager_is_not_deleted(page, panel, login_id):
    sign_in(page, login_id)
    open_user(page, TARO)
    follow(main(page), "削除")
    see(page, "ユーザ情報詳細画面")  # ⑦
    expect(alert(page)).to_have_text(f"error.U04.00001 : 登録作業者（管理者）は削除できません。（{TARO}）")
    expect(fact(page, "削除状態")).to_have_text("未削除")
    assert panel.mails() == []


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_6_deleting_a_user(page, panel, new_page, login_id):
    ichiro = new_page()
    sign_in(ichiro, ICHIRO)
    sign_in(page, login_id)
    open_user(page, ICHIRO)
    follow(main(page), "削除")  # ④
    see(page, "ユーザ情報削除画面")  # ⑤
    see_crumbs(
        page, "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面", "ユーザ情報詳細画面", "ユーザ情報削除画面"
    )
    expect(done(page)).to_have_text("info.delete.confirm : 下記の情報を削除します。よろしいですか。")
    expect(fact(page, "ユーザ名")).to_have_text("事業者 一郎")
    follow(main(page), "戻る")
    see(page, "ユーザ情報詳細画面")
    follow(main(page), "削除")
    press(page, "実行")  # ⑥
    answer(page, "キャンセル")
    see(page, "ユーザ情報削除画面")
    assert panel.mails() == []
    press(page, "実行")
    answer(page, "OK")
    see(page, "ユーザ情報削除完了画面")  # ⑧
    expect(done(page)).to_contain_text("1件の削除が完了しました。")
    assert by_recipient(panel.mails(), DELETED) == dict.fromkeys(ADMINS)

    ichiro.reload()  # USR-073
    see(ichiro, "セッションタイムアウトエラー画面")
    press(ichiro, "閉じる")
    type_sign_in(ichiro, ICHIRO, PASSWORD)
    expect(alert(ichiro)).to_contain_text("error.Y05.00001")

    open_list(page)
    assert ICHIRO not in [row[0] for row in cells(page)]
    page.get_by_label("削除済みの情報を表示").check()
    press(page, "検索")
    assert [row[6] for row in cells(page) if row[0] == ICHIRO] == ["削除済"]
    follow(page, ICHIRO)
    follow(main(page), "削除")
    see(page, "ユーザ情報詳細画面")
    expect(alert(page)).to_have_text(f"error.U04.00002 : 既に削除されています。（{ICHIRO}）")


def test_7_bulk_delete(page, panel):
    sign_in(page, HANAKO)
    open_list(page)
    press(page, "一括削除")
    answer(page, "OK")
    see(page, "ユーザ情報一覧画面")
    expect(alert(page)).to_have_text("error.U04.00003 : 削除するユーザを選択してください。")
    page.get_by_label("選択 このページのすべて").check()  # ③
    for login_id in (TARO, HANAKO, ICHIRO, JIRO):
        expect(page.get_by_label(f"{login_id}を選択")).to_be_checked()
    press(page, "一括削除")
    answer(page, "OK")
    see(page, "ユーザ情報一覧画面")  # ⑤
    expect(alert(page)).to_contain_text("error.U04.00001 : 登録作業者（管理者）は削除できません。")
    for login_id in (TARO, HANAKO):
        expect(alert(page)).to_contain_text(login_id)
    assert [row[6] for row in cells(page)] == ["未削除"] * 4

    for login_id in (TARO, HANAKO):  # what was ticked is still ticked
        page.get_by_label(f"{login_id}を選択").uncheck()
    press(page, "一括削除")
    expect(dialog(page)).to_contain_text("選択したユーザを削除します。よろしいですか。")  # ④
    answer(page, "キャンセル")
    assert [row[6] for row in cells(page)] == ["未削除"] * 4
    assert panel.mails() == []
    press(page, "一括削除")
    answer(page, "OK")
    expect(done(page)).to_contain_text("2件の削除が完了しました。")  # ⑥
    expect(page.get_by_role("heading", level=1)).to_contain_text("完了画面")
    mails = panel.mails()
    assert {mail.subject for mail in mails} == {DELETED}
    assert sorted((mail.facts["ユーザID"], mail.to) for mail in mails) == sorted(
        (login_id, to) for login_id in (ICHIRO, JIRO) for to in ADMINS
    )
    open_list(page)
    assert [row[0] for row in cells(page)] == [TARO, HANAKO]


@on_a_desktop
def test_7_a_selection_that_has_changed_meanwhile_is_refused_as_a_whole(page, new_page, panel):
    sign_in(page, HANAKO)
    open_list(page)
    for login_id in (ICHIRO, JIRO):
        page.get_by_label(f"{login_id}を選択").check()
    staff = new_page()
    sign_in(staff, MARKET_ADMIN)
    open_user(staff, ICHIRO)
    follow(main(staff), "変更")
    field(staff, "所属部署").fill("別の部署")
    press(staff, "確認")
    press(staff, "実行")
    see(staff, "ユーザ情報変更完了画面")
    panel.mails()
    press(page, "一括削除")
    answer(page, "OK")
    expect(alert(page)).to_contain_text("error.U04.00004")
    expect(alert(page)).to_contain_text(ICHIRO)
    assert [row[0] for row in cells(page)] == [TARO, HANAKO, ICHIRO, JIRO]
    assert panel.mails() == []


# ---- 8章, 9章 -------------------------------------------------------------------------------


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_8_unlocking_a_user(page, panel, new_page, login_id):
    ichiro = new_page()
    lock(ichiro, ICHIRO)
    sign_in(page, login_id)
    open_user(page, ICHIRO)
    expect(fact(page, "ユーザロック")).to_have_text("ロック中")  # ④
    press(page, "ユーザロック解除")
    answer(page, "キャンセル")  # ⑤
    expect(fact(page, "ユーザロック")).to_have_text("ロック中")
    press(page, "ユーザロック解除")
    expect(dialog(page)).to_contain_text("ユーザロックを解除します。よろしいですか。")
    answer(page, "OK")
    see(page, "ユーザ情報ユーザロック解除完了画面")  # ⑦
    assert by_recipient(panel.mails(), UNLOCKED) == dict.fromkeys([TO[ICHIRO], *ADMINS])
    type_sign_in(ichiro, ICHIRO, PASSWORD)
    see(ichiro, "ポータルトップ")

    open_user(page, ICHIRO)
    expect(fact(page, "ユーザロック")).to_have_text("利用可能")
    press(page, "ユーザロック解除")
    answer(page, "OK")
    see(page, "ユーザ情報詳細画面")  # ⑥
    expect(alert(page)).to_have_text("error.U05.00001 : ユーザはロックされていません。")
    assert panel.mails() == []


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_9_reissuing_a_password(page, panel, new_page, login_id):
    ichiro = new_page()
    sign_in(ichiro, ICHIRO)
    sign_in(page, login_id)
    open_user(page, ICHIRO)
    press(page, "パスワード再発行")  # ④
    answer(page, "キャンセル")  # ⑤
    ichiro.reload()
    see(ichiro, "ポータルトップ")
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "ユーザ情報パスワード再発行完了画面")  # ⑦
    mails = panel.mails()
    got = by_recipient(mails, REISSUED)
    password = got[TO[ICHIRO]]
    assert password
    assert got == {TO[ICHIRO]: password, TO[TARO]: None, TO[HANAKO]: password if login_id == HANAKO else None}
    assert {mail.facts["ユーザID"] for mail in mails} == {ICHIRO}
    expect(page.get_by_text(password)).to_have_count(0)
    ichiro.reload()
    see(ichiro, "セッションタイムアウトエラー画面")
    press(ichiro, "閉じる")
    type_sign_in(ichiro, ICHIRO, PASSWORD)
    expect(alert(ichiro)).to_contain_text("error.Y05.00001")
    first_sign_in(ichiro, ICHIRO, password)


@on_a_desktop
def test_9_a_disabled_user_gets_no_password(page, panel):
    panel.sql("UPDATE accounts SET enabled = 0 WHERE login_id = ?", ICHIRO)
    sign_in(page, HANAKO)
    open_user(page, ICHIRO)
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "ユーザ情報詳細画面")  # ⑥
    expect(alert(page)).to_contain_text("error.U06.00001")
    assert panel.mails() == []


def test_9_reissuing_the_own_password_ends_the_own_session(page, panel):
    """USR-098, USR-099: the sample shows 花子 on 花子's detail."""
    sign_in(page, HANAKO)
    open_user(page, HANAKO)
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "ユーザ情報パスワード再発行完了画面")
    expect(main(page)).to_contain_text("info.reissue.complete : パスワードの再発行が完了しました。ロックされて")
    expect(main(page)).to_contain_text("セッションを終了しました。")
    got = by_recipient(panel.mails(), REISSUED)
    password = got[TO[HANAKO]]
    assert got == {TO[HANAKO]: password, TO[TARO]: None}
    follow(main(page), "ログイン")
    type_sign_in(page, HANAKO, password)
    see(page, "パスワード変更画面")


# ---- 管理者交代, CSV, メール送信履歴 ----------------------------------------------------------


@on_a_desktop
def test_staff_replace_a_manager(page, panel, new_page):
    """USR-100; OPR-CHG of §7."""
    taro = new_page()
    sign_in(taro, TARO)
    expect(link(main(taro), "管理者交代")).to_have_count(0)
    sign_in(page, MARKET_ADMIN)
    open_user(page, ICHIRO)
    expect(link(main(page), "管理者交代")).to_have_count(0)
    open_user(page, TARO)
    follow(main(page), "管理者交代")
    see(page, "ユーザ情報管理者交代画面")
    expect(fact(page, "ユーザID")).to_have_text(TARO)
    fill(page, "後任 太郎", "kounin@example.jp")
    press(page, "確認")
    see(page, "ユーザ情報管理者交代確認画面")
    expect(done(page)).to_contain_text("下記の情報で管理者を交代します。よろしいですか。")
    for heading in ("退任する管理者", "後任の管理者"):
        expect(page.get_by_role("heading", name=heading, level=2)).to_be_visible()
    expect(fact(page, "ユーザ名")).to_have_text(["事業者 太郎", "後任 太郎"])
    press(page, "実行")
    see(page, "ユーザ情報管理者交代完了画面")
    mails = {mail.to: mail.facts.get("仮パスワード") for mail in panel.mails()}
    password = mails["kounin@example.jp"]
    assert mails == {"kounin@example.jp": password, TO[TARO]: None, TO[HANAKO]: None}
    taro.reload()
    see(taro, "セッションタイムアウトエラー画面")
    open_list(page)
    [successor] = [row[0] for row in cells(page) if row[1] == "後任 太郎"]
    assert [row[2] for row in cells(page) if row[3] == "0001"].count("登録作業者(管理者)") == 2
    first_sign_in(new_page(), successor, password)


HEADER = [
    "ユーザID", "権限区分", "事業者コード", "参加登録申請者名", "所属部署", "ユーザ名", "電話番号", "メールアドレス",
    "有効/無効", "適用開始日", "適用終了日", "ユーザロック", "削除状態",
]  # fmt: skip


def csv_line(login_id, name, role, since="2019/12/23"):
    return [
        login_id, role, "0001", "株式会社0001", "総合エネルギー事業部", name, "03-1234-5678", TO[login_id],
        "有効", since, "9999/12/31", "利用可能", "未削除",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "encoding"), [("UTF-8（BOM付き）", "utf-8-sig"), ("CP932（Shift_JIS）", "cp932")], ids=["utf8", "cp932"]
)
@on_a_desktop
def test_3_csv_has_exactly_what_was_found(page, choice, encoding):
    """USR-020: the search's rows and order, with the 13 columns of the detail."""
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    field(page, "ユーザ名").fill("郎")
    press(page, "検索")
    page.get_by_role("columnheader", name="ユーザID").get_by_role("link").click()
    order = [row[0] for row in cells(page)]
    assert order == [JIRO, TARO, ICHIRO]
    press(page, "CSV出力")
    answer(page, "キャンセル")
    expect(dialog(page)).to_have_count(0)
    press(page, "CSV出力")
    expect(dialog(page)).to_contain_text("検索結果をCSV出力します。よろしいですか。")
    dialog(page).get_by_label("文字コード").select_option(label=choice)
    with page.expect_download() as download:
        answer(page, "OK")
    expect(dialog(page)).to_have_count(0)
    see(page, "ユーザ情報一覧画面")
    assert re.fullmatch(r"ユーザ情報一覧_\d{14}\.csv", download.value.suggested_filename)
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    assert list(csv.reader(io.StringIO(content.decode(encoding), newline=""))) == [
        HEADER,
        csv_line(JIRO, "事業者 二郎", "登録作業者(一般)", "2020/01/29"),
        csv_line(TARO, "事業者 太郎", "登録作業者(管理者)"),
        csv_line(ICHIRO, "事業者 一郎", "登録作業者(一般)"),
    ]


@on_a_desktop
def test_3_a_character_cp932_lacks_is_named(page, panel):
    panel.sql("UPDATE accounts SET name = ? WHERE login_id = ?", "事業者 𠮷郎", ICHIRO)
    sign_in(page, HANAKO)
    open_list(page)
    press(page, "CSV出力")
    dialog(page).get_by_label("文字コード").select_option(label="CP932（Shift_JIS）")
    answer(page, "OK")
    expect(alert(page)).to_contain_text("error.X01.00001 : 4行目のユーザ名に、CP932では出力できない文字（𠮷）")
    assert [row[0] for row in cells(page)] == [TARO, HANAKO, ICHIRO, JIRO]  # the search is still there


@on_a_desktop
def test_what_was_mailed_can_be_looked_up_and_sent_again_without_a_secret(page, panel):
    sign_in(page, MARKET_ADMIN)
    open_user(page, ICHIRO)
    press(page, "パスワード再発行")
    answer(page, "OK")
    password = by_recipient(panel.mails(), REISSUED)[TO[ICHIRO]]
    menu(page, "メール送信履歴")
    see(page, "メール送信履歴一覧画面")
    field(page, "宛先").fill(TO[ICHIRO])
    press(page, "検索")
    [[_, _, to, subject, state, *_]] = cells(page)
    assert (to, subject, state) == (TO[ICHIRO], f"【容量市場システム】{REISSUED}", "送信済")
    page.get_by_role("region").get_by_role("link").last.click()
    see(page, "メール送信履歴詳細画面")
    expect(fact(page, "本文")).to_contain_text("仮パスワード: （表示できません）")
    expect(page.get_by_text(password)).to_have_count(0)
    expect(button(main(page), "再送")).to_have_count(0)
    follow(main(page), "パスワード再発行")  # a 仮パスワード is never sent twice: the account's page makes a new one
    see(page, "ユーザ情報詳細画面")
    expect(fact(page, "ユーザID")).to_have_text(ICHIRO)
    assert panel.mails() == []

    menu(page, "メール送信履歴")
    field(page, "宛先").fill(TO[TARO])
    press(page, "検索")
    page.get_by_role("region").get_by_role("link").last.click()
    press(page, "再送")
    answer(page, "OK")
    see(page, "メール送信履歴再送完了画面")
    assert by_recipient(panel.mails(), REISSUED) == {TO[TARO]: None}
