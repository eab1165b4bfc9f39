"""履歴 on 詳細画面: field by field, in the words of the screens (issue 3, item 5)."""

from tests.pages import plain


def history(page):
    return [plain(li.get_text()) for li in page.soup.select(".history li")]


def test_every_change_says_who_when_and_what(make, signed_in, time):
    user, browser = make.user(name="事業者 元"), signed_in(make.staff(name="広域 花子"))
    address = f"/admin/users/details/?id={user.id}"
    assert plain("履歴はありません。") in browser.page(address).text
    page = browser.page(address).click("変更")
    page.press("確認", ユーザ名="事業者 改", 適用終了日="2027/03/31", **{"有効/無効": "無効"}).press("実行")
    time.forward(minutes=1)
    page = browser.page(address).click("変更")
    page.press("確認", **{"有効/無効": "有効"}).press("実行")
    newest, older = history(browser.page(address))
    assert newest == plain("2026/11/20 12:01:00 広域 花子 ユーザ情報の変更 有効/無効: 変更前: 無効 → 変更後: 有効")
    assert older.startswith(plain("2026/11/20 12:00:00 広域 花子 ユーザ情報の変更"))
    for line in (
        "ユーザ名: 変更前: 事業者 元 → 変更後: 事業者 改",
        "有効/無効: 変更前: 有効 → 変更後: 無効",
        "適用終了日: 変更前: 9999/12/31 → 変更後: 2027/03/31",
    ):
        assert plain(line) in older


def test_a_registration_is_told_in_the_order_of_the_screen_and_in_words(make, signed_in):
    make.operator("0001")
    browser = signed_in(make.staff())
    page = browser.page("/admin/users/new/").press(
        "確認", 権限区分="7", 事業者コード="0001", 所属部署="部", ユーザ名="事業者 次郎", メールアドレス="j@example.jp"
    )
    page.press("実行")
    page = browser.page("/admin/users/").press("検索", ユーザ名="次郎")
    [line] = history(page.click(page.rows()[0]["ユーザID"]))
    order = ["権限区分:", "所属部署:", "ユーザ名:", "メールアドレス:", "適用開始日:"]
    assert sorted(order, key=line.index) == order
    for internal in ("内部番号", "アカウント種別", "user"):
        assert internal not in line


def test_signing_in_and_refusals_are_no_history(make, signed_in, enter, app):
    user = make.user()
    enter(app.test_client(), user.login_id, "Wrong#2026word")
    browser = signed_in(user)
    assert history(browser.page(f"/portal/users/details/?id={user.id}")) == []


def test_an_operator_sees_the_history_of_its_own_users_only(make, signed_in):
    mine, other = make.user(), make.user(operator="0002")
    boss = signed_in(make.staff())
    for user in (mine, other):
        boss.page(f"/admin/users/edit/?id={user.id}").press("確認", ユーザ名="カナリア").press("実行")
    browser = signed_in(make.user())
    assert len(history(browser.page(f"/portal/users/details/?id={mine.id}"))) == 1
    assert browser.get(f"/portal/users/details/?id={other.id}").status_code == 404


def test_what_was_typed_is_text_in_the_history(make, signed_in):
    user, browser = make.user(), signed_in(make.staff())
    evil = "<script>alert(1)</script>"
    browser.page(f"/admin/users/edit/?id={user.id}").press("確認", ユーザ名=evil).press("実行")
    page = browser.page(f"/admin/users/details/?id={user.id}")
    assert evil not in page.response.text
    assert plain(evil) in history(page)[0]


def test_history_keeps_no_password(make, signed_in, mails):
    user, browser = make.user(), signed_in(make.staff())
    browser.page(f"/admin/users/details/?id={user.id}").press("パスワード再発行")
    page = browser.page(f"/admin/users/details/?id={user.id}")
    assert [plain("パスワード再発行") in line for line in history(page)] == [True]
    assert mails("USR-RPW")[0].facts["仮パスワード"] not in page.response.text
    assert "$2b$" not in page.response.text
