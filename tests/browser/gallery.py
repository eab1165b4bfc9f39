"""Journeys through every screen. Each step yields the screen's name while it is open.

The order of a journey is the order in which a person meets the screens.
"""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser import gallery_board, gallery_portal, gallery_posts
from tests.browser.hands import (
    alert,
    answer,
    dialog,
    field,
    follow,
    main,
    menu,
    press,
    see,
    sign_in,
    type_passwords,
    type_sign_in,
)
from tests.browser.panel import HANAKO, ICHIRO, MARKET_ADMIN, PASSWORD, REVIEWER, TARO
from tests.factories import NEW_OPERATOR

NEW = "Atarashii#2026"


def signing_in(page, panel, new_page):
    page.goto("/")
    see(page, "ログイン画面")
    yield "login"
    type_sign_in(page, HANAKO, "machigai")
    alert(page).wait_for()
    yield "login-wrong"
    for _ in range(4):
        type_sign_in(page, HANAKO, "machigai")
    alert(page).get_by_text("error.Y05.00002").wait_for()
    yield "login-locked"


def forced_change(page, panel, new_page):
    password = panel.reissue(HANAKO)
    page.goto("/")
    type_sign_in(page, HANAKO, password)
    see(page, "パスワード変更画面")
    yield "password-forced"
    type_passwords(page, "wrong", "abc", "abd")
    press(page, "変更")
    dialog(page).wait_for()
    yield "password-forced-dialog"
    answer(page, "OK")
    alert(page).wait_for()
    yield "password-forced-errors"
    type_passwords(page, password, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    yield "password-forced-complete"


def portal(page, panel, new_page):
    sign_in(page, HANAKO)
    yield "portal-home"
    press(page, "メニュー")
    yield "portal-home-menu"
    page.keyboard.press("Escape")
    press(page, "ログアウト")
    dialog(page).wait_for()
    yield "portal-home-logout"
    answer(page, "キャンセル")
    page.get_by_role("navigation", name="主メニュー").get_by_role("link", name="参加登録").click()
    see(page, "参加登録")
    yield "portal-registration"
    follow(main(page), "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")
    yield "portal-users"
    field(page, "ユーザID").fill("U99")
    press(page, "検索")
    alert(page).wait_for()
    yield "portal-users-none"
    field(page, "ユーザID").fill("あ")
    press(page, "検索")
    alert(page).get_by_text("error.C00.00002").wait_for()
    yield "portal-users-errors"
    field(page, "ユーザID").fill("")
    press(page, "検索")
    page.get_by_role("region").wait_for()
    page.get_by_label("U280003303を選択").check()
    yield "portal-users-list"
    follow(page, TARO)
    see(page, "ユーザ情報詳細画面")
    yield "portal-user"
    menu(page, "事業者情報管理")
    see(page, "事業者情報一覧画面")
    yield "portal-operators"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "portal-operators-list"
    follow(page, "0001")
    see(page, "事業者情報詳細画面")
    yield "portal-operator"


def portal_password(page, panel, new_page):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    field(page, "ユーザID").fill(HANAKO)
    press(page, "検索")
    follow(page, HANAKO)
    see(page, "ユーザ情報詳細画面")
    yield "portal-user-own"
    follow(main(page), "パスワード変更")
    see(page, "パスワード変更画面")
    yield "portal-password"
    type_passwords(page, "wrong", NEW)
    press(page, "変更")
    dialog(page).wait_for()
    yield "portal-password-dialog"
    answer(page, "OK")
    alert(page).wait_for()
    yield "portal-password-errors"
    type_passwords(page, PASSWORD, NEW)
    press(page, "変更")
    answer(page, "OK")
    see(page, "パスワード変更完了画面")
    yield "portal-password-complete"


def operators(page, panel, new_page):
    sign_in(page, MARKET_ADMIN)
    yield "admin-home"
    press(page, "メニュー")
    yield "admin-home-menu"
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="主メニュー").get_by_role("link", name="管理").click()
    see(page, "管理")
    yield "admin-management"
    follow(main(page), "事業者")
    see(page, "事業者一覧画面")
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-operators-list"
    follow(page, "新規登録")
    see(page, "事業者登録画面")
    yield "admin-operator-register"
    press(page, "確認")
    alert(page).wait_for()
    yield "admin-operator-register-errors"
    field(page, "事業者コード").fill("A003")
    field(page, "郵便番号").fill("9999999")
    press(page, "住所自動入力")
    alert(page).get_by_text("error.O01.00002").wait_for()
    yield "admin-operator-postal-error"
    field(page, "郵便番号").fill("1350061")
    press(page, "住所自動入力")
    expect(field(page, "住所")).to_have_value("東京都江東区豊洲")
    yield "admin-operator-postal"
    for label, text in {"参加登録申請者名": "株式会社A003", **NEW_OPERATOR}.items():
        field(page, label).fill(text)
    press(page, "確認")
    see(page, "事業者登録確認画面")
    yield "admin-operator-register-confirm"
    press(page, "実行")
    see(page, "事業者登録完了画面")
    yield "admin-operator-register-complete"
    menu(page, "事業者")
    press(page, "検索")
    follow(page, "A003")
    see(page, "事業者詳細画面")
    yield "admin-operator"
    follow(main(page), "変更")
    see(page, "事業者変更画面")
    yield "admin-operator-change"
    field(page, "参加登録申請者名").fill("A003株式会社")
    press(page, "確認")
    see(page, "事業者変更確認画面")
    yield "admin-operator-change-confirm"
    press(page, "実行")
    see(page, "事業者変更完了画面")
    yield "admin-operator-change-complete"
    menu(page, "事業者")
    press(page, "検索")
    follow(page, "A003")
    press(page, "退出")
    dialog(page).wait_for()
    yield "admin-operator-withdraw"
    answer(page, "OK")
    see(page, "事業者退出完了画面")
    yield "admin-operator-withdraw-complete"
    menu(page, "事業者")
    press(page, "検索")
    follow(page, "A003")
    see(page, "事業者詳細画面")
    yield "admin-operator-withdrawn"


def staff(page, panel, new_page):
    sign_in(page, MARKET_ADMIN)
    menu(page, "職員情報管理")
    see(page, "職員情報一覧画面")
    yield "admin-staff"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-staff-list"
    follow(page, "新規登録")
    see(page, "職員情報登録画面")
    yield "admin-staff-register"
    field(page, "メールアドレス").fill("a@")
    press(page, "確認")
    alert(page).wait_for()
    yield "admin-staff-register-errors"
    page.get_by_label("3:審査担当").check()
    field(page, "ユーザ名").fill("広域 次郎")
    field(page, "メールアドレス").fill("jiro.koiki.shinsa.tantou@a-very-long-department-name.example.jp")
    press(page, "確認")
    see(page, "職員情報登録確認画面")
    yield "admin-staff-register-confirm"
    press(page, "実行")
    see(page, "職員情報登録完了画面")
    yield "admin-staff-register-complete"
    facts = panel.mails()[-1].facts
    login_id, password = facts["ユーザID"], facts["仮パスワード"]
    other = new_page()
    other.goto("/")
    type_sign_in(other, login_id, password)
    see(other, "パスワード変更画面")
    menu(page, "職員情報管理")
    press(page, "検索")
    follow(page, login_id)
    see(page, "職員情報詳細画面")
    yield "admin-staff-one"
    press(page, "ユーザロック解除")
    dialog(page).wait_for()
    yield "admin-staff-unlock-dialog"
    answer(page, "OK")
    alert(page).wait_for()
    yield "admin-staff-unlock-refused"
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "職員情報パスワード再発行完了画面")
    yield "admin-staff-reissue-complete"
    follow(main(page), "一覧へ戻る")
    press(page, "検索")
    follow(page, REVIEWER)
    follow(main(page), "変更")
    see(page, "職員情報変更画面")
    yield "admin-staff-change"
    page.get_by_label("無効", exact=True).check()
    field(page, "ユーザ名").fill("広域 審査（異動）")
    press(page, "確認")
    see(page, "職員情報変更確認画面")
    yield "admin-staff-change-confirm"
    press(page, "実行")
    see(page, "職員情報変更完了画面")
    yield "admin-staff-change-complete"
    menu(page, "操作履歴")
    see(page, "操作履歴一覧画面")
    yield "admin-audit"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-audit-list"
    page.get_by_role("row", name="職員情報の変更").get_by_role("link").click()
    see(page, "操作履歴詳細画面")
    yield "admin-audit-entry"
    page.get_by_role("link", name="ホーム").first.click()
    follow(main(page), "パスワード変更")
    see(page, "パスワード変更画面")
    yield "admin-password"


def users(page, panel, new_page):
    panel.sql("UPDATE accounts SET enabled = 0 WHERE login_id = ?", ICHIRO)
    now = (panel.now() - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    panel.sql("UPDATE accounts SET deleted_at = ? WHERE login_id = 'U040008304'", now)
    panel.sql("UPDATE accounts SET name = ? WHERE login_id = 'U110000003'", "電力とても長い名前の担当者" * 3)
    panel.sql("UPDATE operators SET name = ? WHERE code = '0002'", "株式会社とても長い名前の新電力ホールディングス" * 2)
    panel.sql(
        "INSERT INTO sign_in_counters (login_key, entrance, failures, last_failed_at, locked_at)"
        " VALUES (?, 'market', 5, ?, ?)",
        TARO,
        now,
        now,
    )
    with panel.make() as make:
        for n in range(20):
            make.user(operator=f"{n + 10:04d}", name=f"電力 {n}郎")
    sign_in(page, MARKET_ADMIN)
    page.get_by_role("navigation", name="主メニュー").get_by_role("link", name="参加登録").click()
    see(page, "参加登録")
    yield "admin-registration"
    follow(main(page), "ユーザ情報管理")
    page.get_by_label("削除済みの情報を表示").check()
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-users-list"
    follow(page, TARO)
    see(page, "ユーザ情報詳細画面")
    yield "admin-user"


def fill_user(page, name="事業者 三郎", address="saburo@example.jp"):
    field(page, "所属部署").fill("総合エネルギー事業部")
    field(page, "ユーザ名").fill(name)
    field(page, "市外局番").fill("03")
    field(page, "市内局番").fill("1234")
    field(page, "加入者番号").fill("5678")
    field(page, "メールアドレス").fill(address)


def user_list(page):
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    page.get_by_role("region").wait_for()


def open_user(page, login_id):
    user_list(page)
    follow(page, login_id)
    see(page, "ユーザ情報詳細画面")


def managing_users(page, panel, new_page):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    follow(page, "新規登録")
    see(page, "ユーザ情報登録画面")
    yield "portal-user-register"
    field(page, "市外局番").fill("３x")
    press(page, "確認")
    alert(page).wait_for()
    yield "portal-user-register-errors"
    fill_user(page)
    press(page, "確認")
    see(page, "ユーザ情報登録確認画面")
    yield "portal-user-register-confirm"
    press(page, "実行")
    see(page, "ユーザ情報登録完了画面")
    yield "portal-user-register-complete"

    other = new_page()
    sign_in(other, TARO)
    for each in (page, other):
        open_user(each, ICHIRO)
        follow(main(each), "変更")
        see(each, "ユーザ情報変更画面")
    yield "portal-user-change"
    for each, name in ((other, "事業者 太郎の選んだとても長い新しい名前"), (page, "事業者 壱郎")):
        field(each, "ユーザ名").fill(name)
    page.get_by_label("無効", exact=True).check()
    press(other, "確認")
    press(other, "実行")
    see(other, "ユーザ情報変更完了画面")
    press(page, "確認")
    see(page, "ユーザ情報変更確認画面")
    yield "portal-user-change-confirm"
    press(page, "実行")
    alert(page).get_by_text("error.C01.00002").wait_for()
    yield "portal-user-change-conflict"
    press(page, "確認")
    press(page, "実行")
    see(page, "ユーザ情報変更完了画面")
    yield "portal-user-change-complete"
    open_user(page, HANAKO)
    follow(main(page), "変更")
    see(page, "ユーザ情報変更画面")
    yield "portal-user-change-own"


def removing_users(page, panel, new_page):
    sign_in(page, HANAKO)
    open_user(page, TARO)
    follow(main(page), "削除")
    alert(page).wait_for()
    yield "portal-user-delete-refused"
    press(page, "パスワード再発行")
    dialog(page).wait_for()
    yield "portal-user-reissue-dialog"
    answer(page, "OK")
    see(page, "ユーザ情報パスワード再発行完了画面")
    yield "portal-user-reissue-complete"
    open_user(page, ICHIRO)
    yield "portal-user-general"
    follow(main(page), "削除")
    see(page, "ユーザ情報削除画面")
    yield "portal-user-delete"
    press(page, "実行")
    dialog(page).wait_for()
    yield "portal-user-delete-dialog"
    answer(page, "OK")
    see(page, "ユーザ情報削除完了画面")
    yield "portal-user-delete-complete"
    user_list(page)
    press(page, "CSV出力")
    dialog(page).wait_for()
    yield "portal-users-csv-dialog"
    answer(page, "キャンセル")
    page.get_by_label(f"{TARO}を選択").check()
    page.get_by_label("U040008304を選択").check()
    press(page, "一括削除")
    dialog(page).wait_for()
    yield "portal-users-bulk-dialog"
    answer(page, "OK")
    alert(page).wait_for()
    yield "portal-users-bulk-refused"
    page.get_by_label(f"{TARO}を選択").uncheck()
    press(page, "一括削除")
    answer(page, "OK")
    page.get_by_text("1件の削除が完了しました。").wait_for()
    yield "portal-users-bulk-complete"
    open_user(page, HANAKO)
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "ユーザ情報パスワード再発行完了画面")
    yield "portal-user-reissue-own-complete"


def staff_and_users(page, panel, new_page):
    sign_in(page, MARKET_ADMIN)
    user_list(page)
    yield "admin-users-buttons"
    follow(page, "新規登録")
    see(page, "ユーザ情報登録画面")
    yield "admin-user-register"
    open_user(page, TARO)
    follow(main(page), "管理者交代")
    see(page, "ユーザ情報管理者交代画面")
    yield "admin-user-replace"
    fill_user(page, "後任 太郎", "kounin@example.jp")
    press(page, "確認")
    see(page, "ユーザ情報管理者交代確認画面")
    yield "admin-user-replace-confirm"
    press(page, "実行")
    see(page, "ユーザ情報管理者交代完了画面")
    yield "admin-user-replace-complete"
    panel.mails()
    open_user(page, ICHIRO)
    follow(main(page), "変更")
    field(page, "ユーザ名").fill("事業者 壱郎")
    field(page, "加入者番号").fill("9999")
    press(page, "確認")
    press(page, "実行")
    open_user(page, ICHIRO)
    press(page, "パスワード再発行")
    answer(page, "OK")
    see(page, "ユーザ情報パスワード再発行完了画面")
    open_user(page, ICHIRO)
    page.get_by_role("region", name="履歴").wait_for()
    yield "admin-user-history"
    panel.sql(
        "UPDATE outgoing_mails SET state = 'dead', secret = NULL, attempts = 1, last_error = ? WHERE recipient = ?",
        "550 5.1.1 <u520008303@example.jp>: Recipient address rejected: User unknown in local recipient table",
        "u520008303@example.jp",
    )
    menu(page, "メール送信履歴")
    see(page, "メール送信履歴一覧画面")
    yield "admin-mails"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-mails-list"
    page.get_by_role("row", name="u520008303@example.jp").first.get_by_role("link").click()
    see(page, "メール送信履歴詳細画面")
    yield "admin-mail-dead"
    follow(main(page), "戻る")
    page.get_by_role("row", name="送信済").first.get_by_role("link").click()
    see(page, "メール送信履歴詳細画面")
    yield "admin-mail-sent"
    press(page, "再送")
    dialog(page).wait_for()
    yield "admin-mail-resend-dialog"
    answer(page, "OK")
    page.get_by_text("メールの再送を受け付けました。").wait_for()
    yield "admin-mail-resend-complete"


def _help_pages(page):
    """Every page of ヘルプ that is open to this person, in the order of the contents."""
    see(page, "ヘルプ")
    links = main(page).get_by_role("listitem").get_by_role("link")
    elsewhere = ("容量市場システムマニュアル", "容量市場業務マニュアル", "利用規約")
    found = [text for text in links.all_inner_texts() if text not in elsewhere]
    assert len(found) > 4
    for title in found:
        follow(main(page), title)
        see(page, title)
        for picture in page.get_by_role("img").all():
            picture.scroll_into_view_if_needed()
            assert picture.evaluate("async e => { await e.decode(); return e.naturalWidth; }") == 1366
        page.evaluate("scrollTo(0, 0)")
        yield title
        follow(page, "ヘルプの目次へ戻る")
        see(page, "ヘルプ")


def help_before_signing_in(page, panel, new_page):
    page.goto("/")
    see(page, "ログイン画面")
    follow(page, "ヘルプ")
    see(page, "ヘルプ")
    yield "help"
    for number, _ in enumerate(_help_pages(page)):
        yield f"help-{number}"


def portal_help(page, panel, new_page):
    sign_in(page, HANAKO)
    follow(page, "ヘルプ")
    see(page, "ヘルプ")
    yield "portal-help"
    for number, title in enumerate(_help_pages(page)):
        yield f"portal-help-{number}"
        if title == "メッセージ一覧":
            field(page, "メッセージIDまたは本文").fill("そのような本文はありません")
            press(page, "検索")
            alert(page).wait_for()
            yield "portal-help-messages-none"


def admin_help(page, panel, new_page):
    sign_in(page, MARKET_ADMIN)
    follow(page, "ヘルプ")
    see(page, "ヘルプ")
    yield "admin-help"
    for number, _ in enumerate(_help_pages(page)):
        yield f"admin-help-{number}"


def error_screens(page, panel, new_page):
    page.goto("/nothing-here")
    see(page, "404エラー画面")
    yield "error-404"
    page.goto("/login")
    page.get_by_label("ユーザID").evaluate("e => { e.value = 'x'.repeat(2200000); }")
    press(page, "ログイン")
    see(page, "送信サイズエラー画面")
    yield "error-413"
    page.goto("/login")
    page.locator("[name=csrf_token]").evaluate("e => { e.value = 'x'; }")
    press(page, "ログイン")
    see(page, "リクエストエラー画面")
    yield "error-400"
    page.goto("/logout")
    see(page, "操作方法エラー画面")
    yield "error-405"
    sign_in(page, REVIEWER)
    page.goto("/admin/staff/")
    see(page, "権限エラー画面")
    yield "error-403"
    press(page, "閉じる")
    sign_in(page, HANAKO)
    other = new_page()
    sign_in(other, HANAKO)
    page.get_by_role("link", name="ホーム").first.click()
    see(page, "多重ログインエラー画面")
    yield "error-401-displaced"
    press(page, "閉じる")
    see(page, "ログイン画面")
    sign_in(page, HANAKO)
    panel.forward(minutes=31)
    page.get_by_role("link", name="ホーム").first.click()
    see(page, "セッションタイムアウトエラー画面")
    yield "error-401-timed-out"
    press(page, "閉じる")
    for minutes in (0, 1):
        minute = (panel.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:00.000000")
        panel.sql("INSERT INTO sign_in_throttle (address, minute, failures) VALUES ('127.0.0.1', ?, 1000)", minute)
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "アクセス制限画面")
    yield "error-429"
    panel.sql("DELETE FROM sign_in_throttle")
    page.goto("/login")
    panel.sql("ALTER TABLE sessions RENAME TO broken")
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "システムエラー画面")
    yield "error-500"


def maintaining(page, panel, new_page):
    at = {name: (panel.now() + timedelta(hours=hours)) for name, hours in (("told", 0), ("start", 1), ("end", 3))}
    typed = {name: f"{instant + timedelta(hours=9):%Y/%m/%d %H:%M}" for name, instant in at.items()}
    sign_in(page, MARKET_ADMIN)
    menu(page, "メンテナンス")
    see(page, "メンテナンス一覧画面")
    yield "admin-maintenance"
    follow(page, "新規登録")
    see(page, "メンテナンス登録画面")
    yield "admin-maintenance-register"
    field(page, "開始日時").fill("明日")
    press(page, "確認")
    alert(page).wait_for()
    yield "admin-maintenance-register-errors"
    for label, name in (("予告開始日時", "told"), ("開始日時", "start"), ("終了予定日時", "end")):
        field(page, label).fill(typed[name])
    field(page, "お知らせ文").fill(
        "サーバ機器の定期点検を行います。作業の状況により、終了時刻が前後する場合があります。" * 11
    )
    press(page, "確認")
    see(page, "メンテナンス登録確認画面")
    yield "admin-maintenance-register-confirm"
    press(page, "実行")
    see(page, "メンテナンス登録完了画面")
    yield "admin-maintenance-register-complete"
    other = new_page()
    sign_in(other, HANAKO)
    other.get_by_role("complementary", name="メンテナンスのお知らせ").wait_for()
    menu(page, "メンテナンス")
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-maintenance-list"
    follow(page, typed["start"])
    see(page, "メンテナンス詳細画面")
    yield "admin-maintenance-one"
    follow(main(page), "変更")
    see(page, "メンテナンス変更画面")
    yield "admin-maintenance-change"
    panel.forward(hours=1)
    # Nobody has been idle.
    panel.sql("UPDATE sessions SET last_seen_at = ?", panel.now().strftime("%Y-%m-%d %H:%M:%S.%f"))
    page.reload()
    page.get_by_role("complementary", name="メンテナンスのお知らせ").get_by_text("メンテナンス中").wait_for()
    follow(main(page), "戻る")
    press(page, "取消")
    dialog(page).wait_for()
    yield "admin-maintenance-cancel-dialog"
    answer(page, "キャンセル")
    press(page, "ログアウト")
    answer(page, "OK")
    see(page, "ログイン画面")
    yield "login-maintenance"
    type_sign_in(page, HANAKO, PASSWORD)
    see(page, "メンテナンス画面")
    yield "error-503"
    follow(page, "閉じる")
    see(page, "ログイン画面")


def announced(page, panel, new_page):
    now = panel.now()
    stamps = [(now + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S.%f") for hours in (-1, 1, 3)]
    panel.sql(
        "INSERT INTO maintenance (announced_from, starts_at, ends_at, text, created_at, updated_at, version)"
        " VALUES (?, ?, ?, ?, ?, ?, 1)",
        *stamps,
        "定期点検を行います。",
        stamps[0],
        stamps[0],
    )
    page.goto("/")
    see(page, "ログイン画面")
    yield "login-announced"
    sign_in(page, HANAKO)
    yield "portal-home-announced"


JOURNEYS = [
    signing_in,
    forced_change,
    portal,
    portal_password,
    managing_users,
    removing_users,
    operators,
    staff,
    users,
    staff_and_users,
    maintaining,
    announced,
    *gallery_portal.JOURNEYS,
    *gallery_posts.JOURNEYS,
    *gallery_board.JOURNEYS,
    help_before_signing_in,
    portal_help,
    admin_help,
    error_screens,
]
