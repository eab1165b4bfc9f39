"""操作履歴: who, when, what, from where. XC-010, R-083, issue 8."""

import pytest

from tests.factories import NEW_OPERATOR
from tests.pages import plain


@pytest.fixture
def boss(make):
    return make.staff(name="広域 管理", login_id="S000000001")


@pytest.fixture
def admin(boss, signed_in):
    return signed_in(boss)


def entries(browser, **typed):
    return browser.page("/admin/audit/").press("検索", **typed)


def test_the_list_has_its_conditions_and_columns(admin, boss):  # XC-005
    page = admin.page("/admin/").click("管理").click("操作履歴")
    assert (page.heading, page.crumbs) == ("操作履歴一覧画面", ["TOP", "管理", "操作履歴", "操作履歴一覧画面"])
    assert page.labels() == ["日付(開始)", "日付(終了)", "実行者ID", "操作", "対象", "リクエスト番号"]
    assert page.soup.find_all("table") == []
    page = page.press("検索")
    assert page.headers_of_list() == ["日時", "実行者ID", "実行者名", "操作", "対象", "結果"]
    assert page.rows() == [
        {"日時": "2026/11/2012:00:00", "実行者ID": "S000000001", "実行者名": "広域管理", "操作": "ログイン",
         "対象": "S000000001広域管理", "結果": "成功"},
    ]  # fmt: skip


def test_a_change_is_shown_before_and_after_in_the_words_of_the_screens(admin, make, browser):  # R-083, XC-010
    person = make.reviewer(name="広域 三郎", email="saburo@example.jp", login_id="S000000003")
    page = admin.page(f"/admin/staff/edit/?id={person.id}")
    page = page.press("確認", ユーザ名="広域 四郎", 権限区分=["2:市場管理者", "3:審査担当"], **{"有効/無効": "無効"})
    page.press("実行")
    page = entries(admin, 操作="staff:change")
    [row] = page.rows()
    assert (row["操作"], row["対象"], row["実行者名"]) == ("職員情報の変更", "S000000003広域四郎", "広域管理")
    detail = page.click("2026/11/20 12:00:00")
    assert (detail.heading, detail.crumbs[-2:]) == ("操作履歴詳細画面", ["操作履歴一覧画面", "操作履歴詳細画面"])
    facts = detail.facts()
    assert list(facts) == [
        "日時", "実行者ID", "実行者名", "操作", "対象", "結果", "接続元", "リクエスト番号", "詳細", "変更内容",
    ]  # fmt: skip
    assert facts["接続元"] == "127.0.0.1"
    cell = next(tr.td for tr in detail.soup.select("table.facts tr") if plain(tr.th.get_text()) == "変更内容")
    changes = {
        plain(div.get_text()).partition(":")[0]: tuple(
            plain(e.find(string=True, recursive=False) or "") for e in (div.find("del"), div.find("ins"))
        )
        for div in cell.find_all("div")
    }
    assert changes == {
        "ユーザ名": ("広域三郎", "広域四郎"),
        "権限区分": ("審査担当", "市場管理者、審査担当"),
        "有効/無効": ("有効", "無効"),
    }
    assert "変更前:" in plain(cell.get_text())  # also for whoever does not see colours


def test_a_registration_lists_what_was_registered(admin):
    page = admin.page("/admin/operators/new/").press(
        "確認", 事業者コード="0009", 参加登録申請者名="株式会社0009", **NEW_OPERATOR
    )
    page.press("実行")
    page = entries(admin, 操作="operator:register")
    [row] = page.rows()
    assert (row["操作"], row["対象"]) == ("事業者の登録", "0009株式会社0009")
    changes = page.click("2026/11/20 12:00:00").facts()["変更内容"]
    assert "事業者コード:" in changes
    assert "参加登録申請者名:" in changes
    assert changes.count("株式会社0009") == 1
    assert "None" not in changes


def test_every_operation_leaves_exactly_one_entry(admin, make, app, enter):  # 1:1
    person = make.locked(make.reviewer(login_id="S000000003"))
    operator = make.operator("0001")
    address = f"/admin/staff/details/?id={person.id}"
    admin.page(address).press("ユーザロック解除")
    enter(app.test_client(), person.login_id, "Wrong#2026x")
    enter(app.test_client(), "U999999999", "Wrong#2026x")
    reviewer = app.test_client()
    enter(reviewer, person.login_id, "Yoryo#2026test")
    reviewer.page("/admin/audit/")  # 403
    admin.page(address).press("セッション終了")
    admin.page(address).press("パスワード再発行")
    admin.page(f"/admin/operators/edit/?id={operator.id}").press("確認", 参加登録申請者名="新").press("実行")
    admin.page("/admin/").press("ログアウト")
    again = app.test_client()
    enter(again, "S000000001", "Yoryo#2026test")
    found = [(row["操作"], row["実行者ID"], row["結果"]) for row in entries(again).rows()]
    assert found == [  # the newest first
        ("ログイン", "S000000001", "成功"),
        ("ログアウト", "S000000001", "成功"),
        ("事業者の変更", "S000000001", "成功"),
        ("パスワード再発行", "S000000001", "成功"),
        ("管理者によるセッション終了", "S000000001", "成功"),
        ("権限のない操作", "S000000003", "拒否"),
        ("ログイン", "S000000003", "成功"),
        ("ログイン失敗", "", "拒否"),
        ("ログイン失敗", "", "拒否"),
        ("ユーザロック解除", "S000000001", "成功"),
        ("ログイン", "S000000001", "成功"),
    ]


def test_a_lock_is_recorded_at_the_fifth_failure_by_the_system(admin, make, app, enter):
    user = make.user(name="事業者 花子", login_id="U280003304")
    for number in range(1, 7):
        enter(app.test_client(), user.login_id, "Wrong#2026x")
        locks = entries(admin, 操作="account:lock").rows()
        assert (number, len(locks)) == (number, 0 if number < 5 else 1)
    assert (locks[0]["実行者名"], locks[0]["対象"]) == ("システム", "U280003304事業者花子")
    assert len(entries(admin, 操作="sign_in:failed").rows()) == 5
    assert len(entries(admin, 操作="sign_in:locked").rows()) == 1


def test_an_unknown_id_is_recorded_as_it_was_typed_if_it_is_one(admin, app, enter):
    enter(app.test_client(), "Ｕ999999999", "x")
    enter(app.test_client(), "MyPassword#1", "x")
    page = entries(admin, 操作="sign_in:failed")
    details = [admin.page(a["href"]).facts()["詳細"] for a in page.soup.select("table.list tbody a")]
    assert "U999999999" in details[1]
    assert "MyPassword" not in "".join(details)


def test_days_are_days_in_tokyo_both_inclusive(admin, boss, make, signed_in, time):  # XC-013
    time.forward(hours=11, minutes=59)  # 23:59 in Tokyo
    signed_in(make.reviewer(name="夜"))
    time.forward(minutes=1)  # 00:00 of the 21st
    signed_in(make.reviewer(name="朝"))
    again = signed_in(boss)
    for typed, expected in [
        ({"日付（開始）": "2026/11/21"}, ["広域管理", "朝"]),
        ({"日付（終了）": "2026/11/20"}, ["夜", "広域管理"]),
        ({"日付（開始）": "2026-11-21", "日付（終了）": "２０２６／１１／２１"}, ["広域管理", "朝"]),
        ({"日付（終了）": "9999/12/31", "日付（開始）": "2026/11/21"}, ["広域管理", "朝"]),
        ({"日付（開始）": "2026/11/22"}, []),
    ]:
        rows = entries(again, **typed, 操作="sign_in:ok").rows()
        assert (typed, [row["実行者名"] for row in rows]) == (typed, expected)


def test_wrong_days_are_messages(admin):  # XC-007
    for text in ("2026/02/30", "20261121", "昨日", "0000/01/01", "2026/13/01", "99999/01/01"):
        page = entries(admin, **{"日付（開始）": text})
        message = plain("error.C00.00003 : 日付（開始）はyyyy/mm/dd形式の実在する日付で入力してください。")
        assert (page.field_error("日付（開始）"), page.alerts) == (message, [message])
        assert page.value("日付（開始）") == text
    page = entries(admin, **{"日付（開始）": "2026/11/21", "日付（終了）": "2026/11/20"})
    assert page.field_error("日付（終了）") == plain(
        "error.C00.00009 : 日付（終了）は日付（開始）以降の日付を入力してください。"
    )
    assert entries(admin, **{"日付（開始）": "0001/01/01", "日付（終了）": "9999/12/31"}).rows()


def test_the_other_conditions(admin, make, signed_in, app):
    signed_in(make.reviewer(login_id="S000000003", name="審査 花子"))
    assert [row["実行者ID"] for row in entries(admin, 実行者ID="s0000000０3").rows()] == ["S000000003"]
    assert len(entries(admin, 実行者ID="S").rows()) == 2
    assert [row["対象"] for row in entries(admin, 対象="花子").rows()] == ["S000000003審査花子"]
    page = admin.page("/portal/")  # 403 shows its number; staff find what happened under it
    assert page.status == 403
    number = page.soup.code.get_text()
    [row] = entries(admin, リクエスト番号=f" {number} ").rows()
    assert row["操作"] == "権限のない操作"
    facts = entries(admin, リクエスト番号=number).click("2026/11/20 12:00:00").facts()
    assert facts["リクエスト番号"] == number
    assert "/portal/" in facts["詳細"]
    assert entries(admin, リクエスト番号="0" * 16).alerts == [
        plain("error.U01.00001 : 検索結果が0件です。検索条件を見直してください。")
    ]


def test_a_search_and_a_look_leave_no_entry(admin, read):  # only writes and refusals do
    before = read("SELECT count(*) FROM audit_entries")
    entries(admin)
    admin.page("/admin/audit/details/?id=1")
    admin.page("/admin/users/").press("検索")
    assert read("SELECT count(*) FROM audit_entries") == before


def test_the_trail_cannot_be_changed(write, read, admin):  # issue 8: append-only by triggers
    from sqlalchemy.exc import DBAPIError

    for statement in ("UPDATE audit_entries SET actor_name = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(DBAPIError, match="append-only"):
            write(statement)
    assert read("SELECT actor_name FROM audit_entries") == [("広域 管理",)]
