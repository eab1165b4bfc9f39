"""#020 chapters 4 to 9 and 管理者交代 over HTTP, in both sites: USR-030 … USR-100, XC-002 … XC-011."""

import pytest

from tests.factories import PASSWORD
from tests.pages import Page, plain

NEW = {
    "所属部署": "総合エネルギー事業部", "ユーザ名": "事業者 次郎", "市外局番": "03", "市内局番": "1234",
    "加入者番号": "5678", "メールアドレス": "jiro@example.jp",
}  # fmt: skip


@pytest.fixture(params=["portal", "admin"])
def site(request, make, signed_in):
    """(address of ユーザ情報管理, a browser that may change users there)."""
    make.operator("0001")
    account = make.admin(email="boss@example.jp") if request.param == "portal" else make.staff()
    return f"/{request.param}/users", signed_in(account)


def register(base, browser, **typed):
    page = browser.page(f"{base}/").click("新規登録")
    more = {"事業者コード": "0001", "権限区分": "7"} if base.startswith("/admin") else {}
    return page, page.press("確認", **NEW | more | typed)


def details(base, browser, row):
    return browser.page(f"{base}/details/?id={row.id}")


def test_a_registration_from_input_to_completion(site, read, mails, app, enter):  # 4章, USR-030…045
    base, browser = site
    page, confirm = register(base, browser)
    trail = ["TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面"]
    assert (page.heading, page.crumbs) == ("ユーザ情報登録画面", [*trail, "ユーザ情報登録画面"])
    options = [plain(o.get_text()) for o in page.soup.select("main select option")]
    expected = ["7:登録作業者(一般)"] + ["6:登録作業者(管理者)"] * base.startswith("/admin")
    assert options == expected  # USR-031
    starred = {label.rstrip("*") for label in page.labels() if label.endswith("*")}
    assert starred - {"事業者コード"} == {"権限区分", "所属部署", "ユーザ名", "メールアドレス"}  # USR-032…036
    assert (confirm.heading, confirm.crumbs[-2:]) == (
        "ユーザ情報登録確認画面", ["ユーザ情報登録画面", "ユーザ情報登録確認画面"],
    )  # fmt: skip
    assert confirm.statuses == [plain("info.regist.confirm : 下記の情報で登録します。よろしいですか。")]
    assert confirm.facts() == {
        "権限区分": "登録作業者(一般)", "事業者コード": "0001", "参加登録申請者名": "株式会社0001",
        "所属部署": "総合エネルギー事業部", "ユーザ名": "事業者次郎", "電話番号": "03-1234-5678",
        "メールアドレス": "jiro@example.jp",
    }  # fmt: skip
    assert read("SELECT count(*) FROM accounts WHERE name = '事業者 次郎'") == [(0,)]
    back = confirm.press("戻る")  # USR-038
    assert [back.value(k) for k in ("ユーザ名", "市外局番", "加入者番号")] == ["事業者 次郎", "03", "5678"]
    confirm = back.press("確認")
    first, second = confirm.press("実行"), confirm.press("実行")  # USR-045
    assert {first.heading, second.heading} == {"ユーザ情報登録完了画面"}
    assert read("SELECT count(*) FROM accounts WHERE name = '事業者 次郎'") == [(1,)]
    assert [m.event for m in mails()] == ["USR-REG"] * (2 if base.startswith("/portal") else 1)
    secret = mails()[0].facts["仮パスワード"]
    assert secret not in first.response.text + confirm.response.text
    signed = enter(app.test_client(), mails()[0].facts["ユーザID"], secret)  # USR-001
    assert signed.status == 302


WRONG = [
    ({"所属部署": ""}, "所属部署", "error.C00.00001 : 所属部署を入力してください。"),
    ({"所属部署": "あ" * 101}, "所属部署", "error.C00.00004 : 所属部署は100文字以内で入力してください。"),
    ({"ユーザ名": ""}, "ユーザ名", "error.C00.00001 : ユーザ名を入力してください。"),
    ({"ユーザ名": "𠮷" * 51}, "ユーザ名", "error.C00.00004 : ユーザ名は50文字以内で入力してください。"),
    ({"メールアドレス": "abc"}, "メールアドレス",
     "error.C00.00006 : メールアドレスは正しいメールアドレスを入力してください。"),
    ({"メールアドレス": "a@b.jp\r\nBcc: c@d.jp"}, "メールアドレス",
     "error.C00.00005 : メールアドレスに使用できない文字（U+000D）が含まれています。"),
]  # fmt: skip
PHONE = (
    "error.C00.00011 : 電話番号は市外局番、市内局番、加入者番号の3つを、"
    "0から始まる合計10桁または11桁の半角数字で入力してください。"
)


def test_each_wrong_input_has_its_message_and_loses_nothing(site, read):  # USR-033…036, USR-039, R-068
    base, browser = site
    before = read("SELECT count(*) FROM accounts")
    for typed, label, message in WRONG:
        _, page = register(base, browser, **typed)
        assert (page.heading, page.field_error(label)) == ("ユーザ情報登録画面", plain(message))
        assert page.value(label) == typed[label]
        assert page.value("市内局番") == "1234"
    for boxes in (["03", "1234", "abcd"], ["03", "", "5678"], ["3", "1234", "56789"], ["03", "1234", "567"]):
        _, page = register(base, browser, **dict(zip(("市外局番", "市内局番", "加入者番号"), boxes, strict=True)))
        assert page.field_error("電話番号") == plain(PHONE)
        assert [page.value(k) for k in ("市外局番", "市内局番", "加入者番号")] == boxes
    assert read("SELECT count(*) FROM accounts") == before


def test_a_forged_code_is_refused_and_not_replaced(make, signed_in, read):  # USR-032
    make.operator("0002")
    page = signed_in(make.admin("0001")).page("/portal/users/new/")
    _, path, data = page.data_of("確認", **NEW)
    refused = Page(page.browser, page.browser.post(path, data=data | {"operator_code": ["0002"]}))
    assert (refused.heading, refused.value("事業者コード")) == ("ユーザ情報登録画面", "0002")
    assert refused.field_error("事業者コード").startswith("error.U02.00003")
    assert page.press("確認", **NEW, 事業者コード="０００１").heading == "ユーザ情報登録確認画面"


def test_an_early_year_can_be_edited_again(make, signed_in):  # XC-007
    user, browser = make.user(), signed_in(make.staff())
    page = details("/admin/users", browser, user).click("変更").press("確認", 適用開始日="0900/01/01").press("実行")
    assert page.heading == "ユーザ情報変更完了画面"
    page = details("/admin/users", browser, user).click("変更")
    assert page.value("適用開始日") == "0900/01/01"
    assert page.press("確認").heading == "ユーザ情報変更確認画面"


def test_after_a_change_the_way_back_leads_to_the_search(site, make):  # USR-016
    base, browser = site
    user = make.user(name="事業者 次郎")
    page = browser.page(f"{base}/").press("検索", ユーザ名="次郎").click(user.login_id).click("変更")
    done = page.press("確認", 所属部署="新しい部署").press("実行")
    assert [r["ユーザID"] for r in done.click("一覧へ戻る").rows()] == [user.login_id]


def test_the_limit_is_told_at_確認_and_again_at_実行(site, make, read):  # USR-004
    base, browser = site
    for _ in range(7):
        make.user()
    _, confirm = register(base, browser)
    make.user()
    refused = confirm.press("実行")
    message = plain("error.U02.00001 : 登録作業者（一般）は最大8ユーザまでです。")
    assert (refused.heading, refused.field_error("権限区分")) == ("ユーザ情報登録画面", message)
    assert refused.value("ユーザ名") == "事業者 次郎"
    assert register(base, browser)[1].field_error("権限区分") == message
    assert read("SELECT count(*) FROM users WHERE role = '7'") == [(8,)]


def test_a_change_from_input_to_completion(site, make, read, mails):  # 5章, USR-050…057
    base, browser = site
    user = make.user(email="old@example.jp")
    page = details(base, browser, user).click("変更")
    assert page.heading == "ユーザ情報変更画面"
    assert list(page.facts()) == ["ユーザID", "権限区分", "事業者コード", "参加登録申請者名"]  # USR-051
    assert (page.value("適用開始日"), page.value("適用終了日")) == ("2019/12/23", "9999/12/31")
    assert page.click("戻る").heading == "ユーザ情報詳細画面"  # USR-056
    confirm = page.press("確認", ユーザ名="事業者 改", 適用終了日="2027/03/31", メールアドレス="new@example.jp")
    assert confirm.heading == "ユーザ情報変更確認画面"
    assert confirm.statuses == [plain("info.update.confirm : 下記の情報で変更します。よろしいですか。")]
    changed = [plain(tr.th.get_text()) for tr in confirm.soup.select("tr.changed")]
    assert changed == ["ユーザ名", "メールアドレス", "適用終了日"]
    assert confirm.press("戻る").value("ユーザ名") == "事業者 改"
    assert confirm.press("実行").heading == "ユーザ情報変更完了画面"
    assert confirm.press("実行").heading == "ユーザ情報変更完了画面"
    assert read("SELECT name, version FROM accounts WHERE id = :id", id=user.id) == [("事業者 改", 2)]
    assert {"old@example.jp", "new@example.jp"} <= {m.recipient for m in mails("USR-CHG")}  # USR-060


def test_dates_are_real_and_in_order(site, make):  # USR-054
    base, browser = site
    page = details(base, browser, make.user()).click("変更")
    for typed, label in [
        ({"適用開始日": "2020/02/30"}, "適用開始日"), ({"適用終了日": "2020.1.1"}, "適用終了日"),
        ({"適用開始日": ""}, "適用開始日"), ({"適用終了日": "2019/12/22"}, "適用終了日"),
    ]:  # fmt: skip
        found = page.press("確認", **typed)
        assert (found.heading, bool(found.field_error(label))) == ("ユーザ情報変更画面", True)
        assert found.value(label) == typed[label]


def test_an_edit_conflict_shows_both_versions_and_keeps_what_was_typed(site, make, signed_in, time, read):  # USR-059
    base, browser = site
    user = make.user(name="事業者 元")
    confirm = details(base, browser, user).click("変更").press("確認", ユーザ名="私の名前", 所属部署="私の部署")
    time.forward(minutes=5)
    other = signed_in(make.staff(name="広域 花子"))
    details("/admin/users", other, user).click("変更").press("確認", ユーザ名="他の名前").press("実行")
    page = confirm.press("実行")
    assert (page.status, page.heading) == (409, "ユーザ情報変更画面")
    assert page.alerts == [plain(
        "error.C01.00002 : 表示していた内容は、広域 花子が2026/11/20 12:05:00に変更しました。"
        "最新の内容を確認のうえ、もう一度入力してください。"
    )]  # fmt: skip
    table = [[plain(c.get_text()) for c in tr.find_all(["th", "td"])] for tr in page.soup.select(".conflict tbody tr")]
    assert table == [["所属部署", "総合エネルギー事業部", "私の部署"], ["ユーザ名", "他の名前", "私の名前"]]
    assert (page.value("ユーザ名"), page.value("所属部署")) == ("私の名前", "私の部署")
    assert read("SELECT name FROM accounts WHERE id = :id", id=user.id) == [("他の名前",)]
    assert page.press("確認").press("実行").heading == "ユーザ情報変更完了画面"
    assert read("SELECT name FROM accounts WHERE id = :id", id=user.id) == [("私の名前",)]


def test_what_a_rule_refuses_is_told_at_確認(make, signed_in):  # USR-039, USR-058, USR-061
    me = make.admin()
    page = details("/portal/users", signed_in(me), me).click("変更")
    for typed, label, message in [
        ({"適用終了日": "2026/11/19"}, "適用終了日", "error.U03.00002"),
        ({"適用開始日": "2026/11/21"}, "適用開始日", "error.U03.00002"),
    ]:
        refused = page.press("確認", ユーザ名="typed", **typed)
        assert (refused.heading, refused.value("ユーザ名")) == ("ユーザ情報変更画面", "typed")
        assert refused.field_error(label).startswith(message)


def test_a_deleted_user_is_not_even_opened_for_change(site, make, time):  # USR-074
    base, browser = site
    gone = make.user(deleted_at=time.now)
    page = details(base, browser, gone).click("変更")
    assert (page.heading, page.alerts) == (
        "ユーザ情報詳細画面", [plain("error.U03.00003 : 削除済みのユーザは変更できません。")],
    )  # fmt: skip


def test_only_a_live_admin_is_opened_for_replacement(make, signed_in, time):  # USR-100
    browser = signed_in(make.staff())
    for row in (make.user(), make.admin(deleted_at=time.now)):
        page = browser.page(f"/admin/users/replace/?id={row.id}", follow_redirects=True)
        assert (page.heading, page.alerts) == (
            "ユーザ情報詳細画面", [plain("error.U07.00001 : 削除されていない登録作業者（管理者）だけが交代できます。")],
        )  # fmt: skip


def test_an_admin_cannot_shut_himself_out(make, signed_in, read):  # USR-058, USR-061, PRM-02
    me = make.admin()
    browser = signed_in(me)
    page = details("/portal/users", browser, me).click("変更")
    assert page.soup.find("input", attrs={"name": "enabled", "value": "0"}).has_attr("disabled")
    for altered, message in [
        ({"enabled": "0"}, "error.U03.00001 : 自分のユーザの有効/無効は変更できません。"),
        ({"valid_to": "2026/11/19"}, "error.U03.00002 : 自分のユーザの適用期間から本日を外すことはできません。"),
        ({"valid_from": "2026/11/21"}, "error.U03.00002 : 自分のユーザの適用期間から本日を外すことはできません。"),
    ]:
        _, path, data = page.data_of("確認")
        forged = data | altered | {"_step": "execute", "ticket": altered.popitem()[1].rjust(22, "x")}
        answer = Page(browser, browser.post(path, data=forged))
        assert plain(message) in answer.alerts[0]
    assert read("SELECT version FROM accounts WHERE id = :id", id=me.id) == [(1,)]


def test_a_deletion_with_its_screen(site, make, read, mails, app, enter):  # 6章, USR-070…075
    base, browser = site
    user = make.user()
    page = details(base, browser, user).click("削除")
    assert (page.heading, page.crumbs[-2:]) == ("ユーザ情報削除画面", ["ユーザ情報詳細画面", "ユーザ情報削除画面"])
    assert page.facts()["ユーザID"] == user.login_id
    assert page.click("戻る").heading == "ユーザ情報詳細画面"
    done, again = page.press("実行"), page.press("実行")
    assert {done.heading, again.heading} == {"ユーザ情報削除完了画面"}
    assert done.statuses == [plain("info.delete.complete : 1件の削除が完了しました。")]
    assert enter(app.test_client(), user.login_id, PASSWORD).status == 200
    assert len(read("SELECT id FROM audit_entries WHERE event = 'user:delete'")) == 1
    gone = details(base, browser, user)
    assert gone.facts()["削除状態"] == "削除済"
    refused = gone.click("削除")
    assert (refused.heading, refused.alerts) == (
        "ユーザ情報詳細画面", [plain(f"error.U04.00002 : 既に削除されています。（{user.login_id}）")],
    )  # fmt: skip


def test_an_admin_is_not_deleted(site, make, read):  # USR-070
    base, browser = site
    other = make.admin()
    page = details(base, browser, other).click("削除")
    assert (page.heading, page.alerts) == (
        "ユーザ情報詳細画面", [plain(f"error.U04.00001 : 登録作業者（管理者）は削除できません。（{other.login_id}）")],
    )  # fmt: skip
    assert read("SELECT count(*) FROM accounts WHERE deleted_at IS NOT NULL") == [(0,)]


def bulk(page, *values):
    _, path, data = page.data_of("一括削除")
    data |= {"rowid": list(values)}
    return Page(page.browser, page.browser.post(path, data=data, follow_redirects=True))


def ticked(page):
    return [box["value"] for box in page.soup.select("td.select input[checked]")]


def test_bulk_deletion(site, make, read):  # 7章, USR-080…084
    base, browser = site
    one, two, boss = make.user(), make.user(), make.admin()
    page = browser.page(f"{base}/").press("検索")
    assert page.soup.select_one("th.select input")["type"] == "checkbox"
    refused = bulk(page)
    assert (refused.heading, refused.alerts) == (
        "ユーザ情報一覧画面", [plain("error.U04.00003 : 削除するユーザを選択してください。")],
    )  # fmt: skip
    assert len(refused.rows()) == len(page.rows()), "the list stands as it was"
    refused = bulk(page, f"{one.id}:1", f"{boss.id}:1")
    assert refused.alerts == [plain(f"error.U04.00001 : 登録作業者（管理者）は削除できません。（{boss.login_id}）")]
    assert set(ticked(refused)) == {f"{one.id}:1", f"{boss.id}:1"}  # the selection is still there to be mended
    assert ticked(browser.page(f"{base}/").press("検索")) == []  # and not for ever
    assert read("SELECT count(*) FROM accounts WHERE deleted_at IS NOT NULL") == [(0,)]
    done = bulk(page, f"{one.id}:1", f"{two.id}:1")
    assert done.heading == "ユーザ情報一括削除完了画面"
    assert done.statuses == [plain("info.delete.complete : 2件の削除が完了しました。")]
    assert read("SELECT count(*) FROM accounts WHERE deleted_at IS NOT NULL") == [(2,)]


def test_a_stale_or_foreign_selection_refuses_all_and_names_which(make, signed_in, read, write):  # issue 3, item 1
    browser = signed_in(make.admin())
    good, stale, foreign = make.user(), make.user(), make.user(operator="0002")
    page = browser.page("/portal/users/").press("検索")
    write("UPDATE accounts SET version = 2 WHERE id = :id", id=stale.id)
    start = (
        "error.U04.00004 : 選択後に変更または削除されたユーザが含まれているため、削除できません。検索し直してください。"
    )
    for value, named in [
        (f"{stale.id}:1", stale.login_id), (f"{foreign.id}:1", "該当なし"), ("999999:1", "該当なし"),
        ("abc", "該当なし"), (str(good.id), "該当なし"), ("999999999:1", "該当なし"),
    ]:  # fmt: skip
        refused = bulk(page, f"{good.id}:1", value)
        assert (value, refused.alerts) == (value, [plain(f"{start}（{named}）")])
        assert foreign.login_id not in refused.response.text
    assert read("SELECT count(*) FROM accounts WHERE deleted_at IS NOT NULL") == [(0,)]


def test_unlocking(site, make, app, enter, mails, read):  # 8章, USR-090…093
    base, browser = site
    user = make.locked(make.user())
    page = details(base, browser, user)
    assert page.facts()["ユーザロック"] == "ロック中"
    done, again = page.press("ユーザロック解除"), page.press("ユーザロック解除")
    assert {done.heading, again.heading} == {"ユーザ情報ユーザロック解除完了画面"}
    assert details(base, browser, user).facts()["ユーザロック"] == "利用可能"
    assert user.email in {m.recipient for m in mails("USR-UNL")}
    assert enter(app.test_client(), user.login_id, PASSWORD).status == 302
    assert len(read("SELECT id FROM audit_entries WHERE event = 'account:unlock'")) == 1
    refused = details(base, browser, user).press("ユーザロック解除")
    assert refused.alerts == [plain("error.U05.00001 : ユーザはロックされていません。")]


def test_reissuing(site, make, app, enter, mails):  # 9章, USR-094…097
    base, browser = site
    user = make.locked(make.user())
    page = details(base, browser, user)
    done, again = page.press("パスワード再発行"), page.press("パスワード再発行")
    assert {done.heading, again.heading} == {"ユーザ情報パスワード再発行完了画面"}
    [mail] = [m for m in mails("USR-RPW") if m.recipient == user.email]
    assert mail.facts["仮パスワード"] not in done.response.text
    assert enter(app.test_client(), user.login_id, PASSWORD).status == 200
    page = enter(app.test_client(), user.login_id, mail.facts["仮パスワード"])
    assert page.status == 302
    off = make.user(enabled=False)
    refused = details(base, browser, off).press("パスワード再発行")
    assert refused.alerts[0].startswith("error.U06.00001:")


def test_an_own_reissue_ends_the_session_after_saying_so(make, signed_in, app, enter, mails):  # USR-098, USR-099
    me = make.admin()
    browser = signed_in(me)
    done = details("/portal/users", browser, me).press("パスワード再発行")
    for page in (done, browser.page(done.response.request.path)):  # also when it is reloaded
        assert (page.heading, page.controls()) == ("ユーザ情報パスワード再発行完了画面", ["ログイン"])
    assert plain("セッションを終了しました。仮パスワードで再度ログインしてください。") in done.text
    assert browser.get("/portal/").status_code in (302, 401)
    assert enter(app.test_client(), me.login_id, mails()[0].facts["仮パスワード"]).status == 302


def test_replacing_an_admin(make, signed_in, mails, read):  # USR-100
    leaver, general, browser = make.admin(name="事業者 太郎"), make.user(), signed_in(make.staff())
    assert "管理者交代" not in details("/admin/users", browser, general).controls()
    page = details("/admin/users", browser, leaver).click("管理者交代")
    assert page.heading == "ユーザ情報管理者交代画面"
    assert page.facts()["ユーザID"] == leaver.login_id
    confirm = page.press("確認", **NEW)
    assert confirm.heading == "ユーザ情報管理者交代確認画面"
    assert confirm.statuses == [plain("info.replace.confirm : 下記の情報で管理者を交代します。よろしいですか。")]
    done, again = confirm.press("実行"), confirm.press("実行")
    assert {done.heading, again.heading} == {"ユーザ情報管理者交代完了画面"}
    assert read("SELECT count(*) FROM users WHERE role = '6'") == [(2,)]
    assert [(m.event, m.recipient) for m in mails()] == [("OPR-END", leaver.email), ("OPR-CHG", "jiro@example.jp")]
    gone = details("/admin/users", browser, leaver)
    assert gone.facts()["削除状態"] == "削除済"
    assert "管理者交代" not in gone.controls()


def test_the_buttons_are_those_of_the_role(make, signed_in):  # USR-024, USR-030, PRM-01…04, PRM-06
    admin, user = make.admin(), make.user()
    all_five = ["ユーザロック解除", "パスワード再発行", "パスワード変更", "変更", "削除"]
    browser = signed_in(admin)
    assert details("/portal/users", browser, admin).controls()[-5:] == all_five
    assert details("/portal/users", browser, user).controls()[-5:] == ["戻る", *all_five[:2], *all_five[3:]]
    listed = browser.page("/portal/users/").press("検索").controls()
    assert listed[-2:] == ["CSV出力", "一括削除"]
    assert "新規登録" in listed
    browser = signed_in(user)
    assert details("/portal/users", browser, user).controls()[-2:] == ["戻る", "パスワード変更"]
    assert details("/portal/users", browser, admin).controls()[-1] == "戻る"
    listed = browser.page("/portal/users/").press("検索").controls()
    assert listed[-1] == "CSV出力"
    assert not {"新規登録", "一括削除"} & set(listed)
    reviewer = signed_in(make.reviewer())
    assert details("/admin/users", reviewer, admin).controls()[-1] == "戻る"
    boss = signed_in(make.staff())
    assert details("/admin/users", boss, admin).controls()[-5:] == [*all_five[:2], *all_five[3:], "管理者交代"]
