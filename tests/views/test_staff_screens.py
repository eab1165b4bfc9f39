"""職員情報管理: 入力 → 確認 → 実行 → 完了, and the commands of 詳細画面. XC-001…006, issue 7."""

import re

import pytest

from tests.factories import PASSWORD
from tests.pages import Page, plain

NEW = {"権限区分": ["3:審査担当"], "ユーザ名": "広域 次郎", "メールアドレス": "jiro@example.jp"}


@pytest.fixture
def boss(make):
    return make.staff(name="広域 管理")


@pytest.fixture
def admin(boss, signed_in):
    """A browser with a 市場管理者."""
    return signed_in(boss)


def details(browser, person):
    return browser.page(f"/admin/staff/details/?id={person.id}")


def editing(browser, person):
    return details(browser, person).click("変更")


def summary_and_field(page, label, message):
    """True if the summary links to the field and the same text stands beside it (XC-004)."""
    links = {plain(a.get_text()): a["href"].removeprefix("#") for a in page.soup.select("main [role=alert] a")}
    target = page.soup.find(id=links[plain(message)])
    return plain(message) in page.field_error(label) and target is page._labelled(label)


# --- 登録 -----------------------------------------------------------------------------------------------


def test_a_registration_from_input_to_completion(admin, read, app, enter, mails):  # XC-001, XC-002, COM-016
    page = admin.page("/admin/").click("管理").click("職員情報管理").click("新規登録")
    assert (page.heading, page.crumbs) == (
        "職員情報登録画面", ["TOP", "管理", "職員情報管理", "職員情報一覧画面", "職員情報登録画面"],
    )  # fmt: skip
    assert page.labels() == ["権限区分*", "2:市場管理者", "3:審査担当", "ユーザ名*", "メールアドレス*"]
    assert page.controls()[-2:] == ["戻る", "確認"]
    page = page.press("確認", **NEW)
    assert (page.heading, page.crumbs[-1]) == ("職員情報登録確認画面", "職員情報登録確認画面")
    assert page.statuses == [plain("info.regist.confirm : 下記の情報で登録します。よろしいですか。")]
    assert page.facts() == {"権限区分": "審査担当", "ユーザ名": "広域次郎", "メールアドレス": "jiro@example.jp"}
    assert page.controls()[-2:] == ["戻る", "実行"]
    assert read("SELECT count(*) FROM staff") == [(1,)]  # 確認 has no effect

    page = page.press("戻る")
    assert page.heading == "職員情報登録画面"
    assert (page.value("ユーザ名"), page.value("メールアドレス")) == ("広域 次郎", "jiro@example.jp")
    assert page.soup.find("input", attrs={"name": "rights", "value": "3"}).has_attr("checked")

    page = page.press("確認", 権限区分=["2:市場管理者", "3:審査担当"])
    assert page.facts()["権限区分"] == "市場管理者、審査担当"
    page = page.press("実行")
    assert (page.heading, page.crumbs[-1]) == ("職員情報登録完了画面", "職員情報登録完了画面")
    assert page.statuses == [plain("info.regist.complete : 登録が完了しました。")]
    [mail] = mails()  # STF-REG, to the new person alone
    assert (mail.event, mail.recipient) == ("STF-REG", "jiro@example.jp")
    facts = mail.facts
    assert re.fullmatch(r"S\d{9}", facts["ユーザID"])
    assert facts["有効期限"] == "2026/11/22"  # 翌々日 (D4)
    assert facts["仮パスワード"] not in page.response.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert [tuple(row) for row in read("SELECT rights FROM staff ORDER BY id")] == [("2",), ("2,3",)]

    browser = app.test_client()
    first = enter(browser, facts["ユーザID"], facts["仮パスワード"])
    assert browser.follow(browser.follow(first.response).response).heading == "パスワード変更画面"


def test_the_temporary_password_is_on_no_screen(admin, read, mails):  # issue 3, item 3; R-050
    page = admin.page("/admin/staff/new/").press("確認", **NEW)
    first = page.press("実行")
    second = page.press("実行")  # the button again, or back and forth
    [mail] = mails("STF-REG")
    secret = mail.facts["仮パスワード"]
    assert (first.heading, second.heading) == ("職員情報登録完了画面",) * 2
    assert read("SELECT count(*) FROM staff") == [(2,)]
    reloaded = admin.page("/admin/staff/complete/")
    detail = admin.page("/admin/staff/").press("検索", ユーザ名="広域 次郎").click(mail.facts["ユーザID"])
    history = admin.page("/admin/mails/").press("検索").click("2026/11/20 12:00:00")
    assert history.facts()["本文"].count("(表示できません)") == 1
    for seen in (first, second, reloaded, detail, history):
        assert secret not in seen.response.text


WRONG_INPUTS = [
    ({"ユーザ名": ""}, "ユーザ名", "error.C00.00001 : ユーザ名を入力してください。"),
    ({"ユーザ名": "　 "}, "ユーザ名", "error.C00.00001 : ユーザ名を入力してください。"),
    ({"ユーザ名": "あ" * 51}, "ユーザ名", "error.C00.00004 : ユーザ名は50文字以内で入力してください。"),
    ({"権限区分": []}, "権限区分", "error.C00.00010 : 権限区分を選択してください。"),
    ({"メールアドレス": ""}, "メールアドレス", "error.C00.00001 : メールアドレスを入力してください。"),
    ({"メールアドレス": "a@b, c@example.jp"}, "メールアドレス",
     "error.C00.00006 : メールアドレスは正しいメールアドレスを入力してください。"),
    ({"メールアドレス": "漢字@example.jp"}, "メールアドレス",
     "error.C00.00006 : メールアドレスは正しいメールアドレスを入力してください。"),
]  # fmt: skip


def test_an_error_keeps_what_was_typed(admin, read):  # XC-004
    for typed, label, message in WRONG_INPUTS:
        page = admin.page("/admin/staff/new/").press("確認", **NEW | typed)
        assert page.heading == "職員情報登録画面"
        assert summary_and_field(page, label, message)
        assert page.soup.title.get_text().startswith("エラー")
        if "ユーザ名" not in typed:
            assert page.value("ユーザ名") == "広域 次郎"
        if "メールアドレス" in typed:
            assert page.value("メールアドレス") == typed["メールアドレス"]
        assert page.soup.find("input", attrs={"name": "rights", "value": "3"}).has_attr("checked") == (
            typed != {"権限区分": []}
        )
        assert read("SELECT count(*) FROM staff") == [(1,)]


def test_every_error_is_listed_at_once(admin):  # XC-004
    page = admin.page("/admin/staff/new/").press("確認", 権限区分=[], ユーザ名="", メールアドレス="x")
    assert len(page.soup.select("main [role=alert] li")) == 3


# --- 変更 --------------------------------------------------------------------------------------------------


def test_a_change_from_input_to_completion(admin, make, read):  # XC-001, XC-002
    person = make.reviewer(name="広域 三郎")
    page = editing(admin, person)
    assert (page.heading, page.crumbs) == (
        "職員情報変更画面",
        ["TOP", "管理", "職員情報管理", "職員情報一覧画面", "職員情報詳細画面", "職員情報変更画面"],
    )
    assert page.facts() == {"ユーザID": person.login_id}  # fixed
    assert page.value("ユーザ名") == "広域 三郎"
    page = page.press("確認", ユーザ名="広域 四郎", 権限区分=["2:市場管理者"], **{"有効/無効": "無効"})
    assert page.heading == "職員情報変更確認画面"
    assert page.statuses == [plain("info.update.confirm : 下記の情報で変更します。よろしいですか。")]
    assert page.facts() == {
        "ユーザID": person.login_id, "権限区分": "市場管理者", "ユーザ名": "広域四郎",
        "メールアドレス": person.email, "有効/無効": "無効",
    }  # fmt: skip
    page = page.press("戻る")
    assert (page.heading, page.value("ユーザ名")) == ("職員情報変更画面", "広域 四郎")
    assert page.soup.find("input", attrs={"name": "enabled", "value": "0"}).has_attr("checked")
    page = page.press("確認").press("実行")
    assert page.heading == "職員情報変更完了画面"
    assert page.statuses == [plain("info.update.complete : 変更が完了しました。")]
    facts = details(admin, person).facts()
    assert [facts[k] for k in ("ユーザ名", "権限区分", "有効/無効")] == ["広域四郎", "市場管理者", "無効"]
    assert read("SELECT version FROM accounts WHERE id = :id", id=person.id) == [(2,)]


def test_reloading_the_completion_repeats_nothing(admin, make, read):  # XC-011
    page = editing(admin, make.reviewer()).press("確認", ユーザ名="広域 四郎")
    response = page.submit("実行")
    assert response.status_code == 302
    assert admin.follow(response).heading == "職員情報変更完了画面"
    reloaded = admin.follow(response)  # nothing to complete any more: back to the list
    assert (reloaded.status, reloaded.response.headers["Location"]) == (302, "/admin/staff/")
    assert read("SELECT count(*) FROM audit_entries WHERE event = 'staff:change'") == [(1,)]


def test_a_stale_version_is_refused_with_who_and_when(admin, make, signed_in, read, time):
    person = make.reviewer(name="広域 三郎")
    other = signed_in(make.staff(name="広域 花子"))
    mine = editing(admin, person)
    confirmed = mine.press("確認", ユーザ名="広域 私")
    time.forward(minutes=5, seconds=7)
    editing(other, person).press("確認", メールアドレス="new@example.jp").press("実行")
    time.forward(minutes=5)
    signed_in(person)  # touches the account, but is no change of the record
    expected = plain(
        "error.C01.00002 : 表示していた内容は、広域 花子が2026/11/20 12:05:07に変更しました。"
        "最新の内容を確認のうえ、もう一度入力してください。"
    )
    page = confirmed.press("実行")
    assert (page.heading, page.alerts) == ("職員情報変更画面", [expected])
    assert page.value("ユーザ名") == "広域 私"  # nothing typed is lost
    assert read("SELECT name, version FROM accounts WHERE id = :id", id=person.id) == [("広域 三郎", 2)]
    done = page.press("確認").press("実行")  # having read it, the person may decide
    assert done.heading == "職員情報変更完了画面"
    assert read("SELECT name FROM accounts WHERE id = :id", id=person.id) == [("広域 私",)]


def test_a_forged_version_is_stale(admin, make, read):
    person = make.reviewer(name="広域 三郎")
    page = editing(admin, person).press("確認", ユーザ名="広域 私")
    _, path, data = page.data_of("実行")
    for number, version in enumerate(("0", "2", "-1", "", "abc", "１", "9" * 30)):
        answer = Page(admin, admin.post(path, data=data | {"version": version, "ticket": f"{number:022d}"}))
        assert (version, answer.heading) == (version, "職員情報変更画面")
        assert answer.alerts[0].startswith("error.C01.00002:")
    assert read("SELECT name FROM accounts WHERE id = :id", id=person.id) == [("広域 三郎",)]


# --- own rights, the last 市場管理者 (issue 7) ---------------------------------------------------------------


def test_nobody_changes_the_own_rights_or_無効(admin, boss, make, read):
    make.staff()
    for typed, label, message in [
        (
            {"権限区分": ["2:市場管理者", "3:審査担当"]},
            "権限区分",
            "error.S01.00001 : 自分の権限区分は変更できません。",
        ),
        ({"有効/無効": "無効"}, "有効/無効", "error.S01.00002 : 自分の有効/無効は変更できません。"),
    ]:  # fmt: skip
        page = editing(admin, boss).press("確認", **typed)  # told before 実行 (USR-039)
        assert page.heading == "職員情報変更画面"
        assert summary_and_field(page, label, message)
    page = editing(admin, boss).press("確認", ユーザ名="広域 改名").press("実行")  # the name may change
    assert page.heading == "職員情報変更完了画面"
    assert plain("ユーザ名: 広域 改名") in admin.page("/admin/").text


def test_the_only_active_market_admin_cannot_leave(admin, boss, make, read, time):
    """Whoever is signed in as 市場管理者 is active, so on the screens it is the own record that is in the way.

    error.S01.00003 itself is reached from the console and by two who disable each other: tests of the service.
    """
    make.reviewer()
    make.staff(enabled=False)
    make.staff(deleted_at=time.now)
    for typed, message in [
        ({"権限区分": ["3:審査担当"]}, "error.S01.00001"),
        ({"有効/無効": "無効"}, "error.S01.00002"),
    ]:
        page = editing(admin, boss).press("確認", **typed)
        assert page.alerts[0].startswith(message)
    assert read("SELECT rights FROM staff WHERE id = :id", id=boss.id) == [("2",)]
    assert admin.get("/admin/").status_code == 200


def test_with_another_market_admin_one_can_be_disabled(admin, make):
    other = make.staff()
    page = editing(admin, other).press("確認", **{"有効/無効": "無効"}).press("実行")
    assert page.heading == "職員情報変更完了画面"


# --- commands (XC-003, USR-025, R-042) ----------------------------------------------------------------------


def test_the_details_and_their_buttons(admin, boss, make):
    person = make.reviewer(name="広域 三郎")
    page = details(admin, person)
    assert (page.heading, page.crumbs) == (
        "職員情報詳細画面", ["TOP", "管理", "職員情報管理", "職員情報一覧画面", "職員情報詳細画面"],
    )  # fmt: skip
    assert page.facts() == {
        "ユーザID": person.login_id, "権限区分": "審査担当", "ユーザ名": "広域三郎", "メールアドレス": person.email,
        "有効/無効": "有効", "適用開始日": "2019/12/23", "適用終了日": "9999/12/31", "ユーザロック": "利用可能",
        "ログイン状態": "ログインなし",
    }  # fmt: skip
    commands = ["ユーザロック解除", "パスワード再発行", "セッション終了", "変更"]
    assert page.controls()[-5:] == ["戻る", *commands]
    own = details(admin, boss).controls()
    assert own[-6:] == ["戻る", "ユーザロック解除", "パスワード再発行", "セッション終了", "パスワード変更", "変更"]


def test_every_command_asks_first_in_the_page(admin, make):  # XC-003, COM-004
    page = details(admin, make.reviewer())
    for button, question in [
        ("ユーザロック解除", "info.unlock.confirm : ユーザロックを解除します。よろしいですか。"),
        ("パスワード再発行", "info.reissue.confirm : パスワードを再発行します。現在のパスワードは使用できなくなり、"
                             "ログイン中の場合はセッションが終了します。よろしいですか。"),
        ("セッション終了", "info.end_sessions.confirm : この職員のログイン中のセッションを終了します。"
                           "よろしいですか。"),
    ]:  # fmt: skip
        opener = next(b for b in page.soup.find_all("button") if plain(b.get_text()) == button)
        dialog = page.soup.find(id=opener["data-dialog"])
        assert (opener["type"], dialog["role"]) == ("button", "dialog")
        assert plain(dialog.p.get_text()) == plain(question)
        assert [plain(b.get_text()) for b in dialog.find_all("button")] == ["キャンセル", "OK"]


def test_unlocking(admin, make, enter, app, read):  # USR-002
    person = make.locked(make.reviewer())
    page = details(admin, person)
    assert page.facts()["ユーザロック"] == "ロック中"
    done = page.press("ユーザロック解除")
    assert (done.heading, done.statuses) == (
        "職員情報ユーザロック解除完了画面", [plain("info.unlock.complete : ユーザロックの解除が完了しました。")],
    )  # fmt: skip
    assert details(admin, person).facts()["ユーザロック"] == "利用可能"
    assert enter(app.test_client(), person.login_id, PASSWORD).status == 302
    assert read("SELECT count(*) FROM audit_entries WHERE event = 'account:unlock'") == [(1,)]
    again = details(admin, person).press("ユーザロック解除")
    assert (again.heading, again.alerts) == (
        "職員情報詳細画面", [plain("error.U05.00001 : ユーザはロックされていません。")],
    )  # fmt: skip


def test_reissuing_mails_the_temporary_password(admin, make, enter, app, mails):  # STF-RPW
    person = make.locked(make.reviewer())
    page = details(admin, person)
    done = page.press("パスワード再発行")
    assert (done.heading, done.statuses[0][:22]) == (
        "職員情報パスワード再発行完了画面", "info.reissue.complete:",
    )  # fmt: skip
    page.press("パスワード再発行")  # the same page again: back, double click
    [mail] = mails()
    assert (mail.event, mail.recipient) == ("STF-RPW", person.email)
    assert (mail.facts["ユーザID"], mail.facts["有効期限"]) == (person.login_id, "2026/11/22")
    first = mail.facts["仮パスワード"]
    assert first not in done.response.text
    details(admin, person).press("パスワード再発行")
    second = mails()[1].facts["仮パスワード"]
    assert first != second
    assert enter(app.test_client(), person.login_id, PASSWORD).status == 200
    assert enter(app.test_client(), person.login_id, first).status == 200  # the former one is void
    assert enter(app.test_client(), person.login_id, second).status == 302  # and the lock is gone


def test_reissuing_the_own_password_ends_the_session(admin, boss, app, enter, mails):  # USR-099
    done = details(admin, boss).press("パスワード再発行")
    assert done.controls() == ["ログイン"]
    assert plain("仮パスワードで再度ログインしてください。") in done.text
    assert admin.get("/admin/").status_code in (302, 401)
    assert enter(app.test_client(), boss.login_id, mails()[0].facts["仮パスワード"]).status == 302


def test_no_password_for_somebody_無効(admin, make, read):
    person = make.reviewer(enabled=False)
    page = details(admin, person).press("パスワード再発行")
    assert page.alerts == [
        plain("error.U06.00001 : 無効、削除済み、または適用期間外のアカウントにはパスワードを再発行できません。")
    ]
    assert read("SELECT temporary_until FROM accounts WHERE id = :id", id=person.id) == [(None,)]


def test_nobody_ends_the_own_session_by_command(admin, boss):
    page = details(admin, boss).press("セッション終了")
    assert page.alerts == [plain("error.S01.00006 : 自分のセッションは、ログアウトで終了してください。")]
    assert admin.get("/admin/").status_code == 200


def test_a_disabled_person_is_out_and_comes_back(admin, make, app, enter):  # COM-024, R-039
    person = make.reviewer()
    editing(admin, person).press("確認", **{"有効/無効": "無効"}).press("実行")
    assert enter(app.test_client(), person.login_id, PASSWORD).status == 200
    editing(admin, person).press("確認", **{"有効/無効": "有効"}).press("実行")
    assert enter(app.test_client(), person.login_id, PASSWORD).status == 302


# --- the list, and who sees it ---------------------------------------------------------------------------------


def test_the_list_searches_and_shows(admin, boss, make):  # XC-005
    make.reviewer(login_id="S280003304", name="審査 花子", enabled=False)
    both = make.staff("2", "3", login_id="S280003305", name="両方 太郎")
    page = admin.page("/admin/staff/")
    assert (page.heading, page.crumbs) == ("職員情報一覧画面", ["TOP", "管理", "職員情報管理", "職員情報一覧画面"])
    assert page.labels() == ["ユーザID", "ユーザ名", "有効/無効", "有効", "無効"]
    assert page.soup.find_all("table") == []
    page = page.press("検索")
    assert page.headers_of_list() == ["ユーザID", "ユーザ名", "権限区分", "メールアドレス", "有効/無効"]
    assert len(page.rows()) == 3
    [row] = page.press("検索", ユーザID="ｓ２８", **{"有効/無効": ["有効"]}).rows()
    assert (row["ユーザID"], row["権限区分"]) == (both.login_id, "市場管理者、審査担当")
    [row] = page.press("検索", ユーザ名="審査").rows()
    assert (row["ユーザID"], row["有効/無効"]) == ("S280003304", "無効")


def test_a_reviewer_reads_users_and_operators_and_nothing_else(make, signed_in):  # issue 7, XC-009
    user, operator = make.user(), make.operator("0001")
    reviewer = make.reviewer()
    browser = signed_in(reviewer)
    page = browser.page("/admin/")
    menu = [plain(a.get_text()) for a in page.soup.select("nav.all-functions a")]
    assert menu == [
        "ホーム", "ユーザ情報管理", "審査一覧", "会員", "利用申込", "掲載情報", "メールドメイン", "定型文", "休業日",
        "お知らせ管理", "事業者", "クライアント証明書", "メンテナンス",
    ]  # fmt: skip
    assert browser.page("/admin/users/").press("検索").rows()
    assert browser.page(f"/admin/users/details/?id={user.id}").facts()["ユーザID"] == user.login_id
    operators = browser.page("/admin/operators/")
    assert "新規登録" not in operators.controls()
    assert operators.press("検索").rows()
    assert browser.page(f"/admin/operators/details/?id={operator.id}").controls()[-1] == "戻る"
    for path in ("staff/", "staff/new/", f"staff/details/?id={reviewer.id}", f"staff/edit/?id={reviewer.id}", "audit/",
                 "audit/details/?id=1", "operators/new/", f"operators/edit/?id={operator.id}"):  # fmt: skip
        page = browser.page(f"/admin/{path}")
        assert (path, page.status, page.heading) == (path, 403, "権限エラー画面")
        assert page.alerts == [plain("error.C03.00001 : この操作を行う権限がありません。")]
