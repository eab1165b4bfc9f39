"""メンテナンス in /admin: 検索, 詳細, 登録, 変更, 取消 by staff (issue 4, item 7; XC-001…006)."""

import pytest

from domain.actors import Console
from services import maintenance
from tests.pages import plain

PERIOD = {
    "予告開始日時": "2026/11/20 12:00",
    "開始日時": "２０２６／１１／２１　２２：００",
    "終了予定日時": "2026-11-22T02:00",
}
SHOWN = {
    "予告開始日時": "2026/11/2012:00", "開始日時": "2026/11/2122:00", "終了予定日時": "2026/11/2202:00",
    "お知らせ文": "定期点検を行います。",
}  # fmt: skip


@pytest.fixture
def boss(make):
    return make.staff(name="広域 管理")


@pytest.fixture
def admin(boss, signed_in):
    return signed_in(boss)


@pytest.fixture
def planned(admin):
    """One registered through the screens; its 詳細画面."""
    page = admin.page("/admin/maintenance/new/").press("確認", **PERIOD, お知らせ文="定期点検を行います。")
    page.press("実行")
    return admin.page("/admin/maintenance/").press("検索").click("2026/11/21 22:00")


def test_a_registration_from_input_to_completion(admin, read):
    page = admin.page("/admin/").click("管理").click("メンテナンス").click("新規登録")
    assert (page.heading, page.crumbs) == (
        "メンテナンス登録画面", ["TOP", "管理", "メンテナンス", "メンテナンス一覧画面", "メンテナンス登録画面"],
    )  # fmt: skip
    assert page.labels() == ["予告開始日時*", "開始日時*", "終了予定日時*", "お知らせ文"]
    page = page.press("確認", **PERIOD, お知らせ文=" 定期点検を行います。 ")
    assert (page.heading, page.facts()) == ("メンテナンス登録確認画面", SHOWN)
    assert read("SELECT count(*) FROM maintenance") == [(0,)]
    page = page.press("戻る")
    assert page.value("開始日時") == "２０２６／１１／２１　２２：００"
    page = page.press("確認").press("実行")
    assert page.heading == "メンテナンス登録完了画面"
    page = page.click("一覧へ戻る").press("検索")
    assert page.rows() == [
        {"開始日時": SHOWN["開始日時"], "終了予定日時": SHOWN["終了予定日時"], "予告開始日時": SHOWN["予告開始日時"],
         "状態": "予告中", "お知らせ文": SHOWN["お知らせ文"]},
    ]  # fmt: skip
    assert plain("2026/11/21 22:00から2026/11/22 02:00まで") in page.soup.find("aside").get_text().replace(" ", "")


def test_errors_keep_what_was_typed(admin, read):
    page = admin.page("/admin/maintenance/new/")
    for typed, label, message in [
        ({"開始日時": ""}, "開始日時", "error.C00.00001 : 開始日時を入力してください。"),
        ({"開始日時": "2026/11/21"}, "開始日時",
         "error.C00.00020 : 開始日時はyyyy/mm/dd hh:mm形式の実在する日時で入力してください。"),
        ({"開始日時": "2026/11/19 00:00"}, "開始日時",
         "error.C00.00022 : 開始日時は予告開始日時以降の日時を入力してください。"),
        ({"終了予定日時": "2026/11/21 22:00"}, "終了予定日時",
         "error.C00.00023 : 終了予定日時は開始日時より後の日時を入力してください。"),
        ({"お知らせ文": "x" * 501}, "お知らせ文", "error.C00.00004 : お知らせ文は500文字以内で入力してください。"),
        ({"予告開始日時": "2026/11/01 00:00", "開始日時": "2026/11/02 00:00", "終了予定日時": "2026/11/20 12:00"},
         "終了予定日時", "error.W01.00001 : 終了予定日時は現在より後の日時を入力してください。"),
    ]:  # fmt: skip
        everything = PERIOD | {"お知らせ文": "文"} | typed
        page = page.press("確認", **everything)
        assert (page.heading, page.alerts, page.field_error(label)) == (
            "メンテナンス登録画面", [plain(message)], plain(message),
        )  # fmt: skip
        assert {name: page.value(name) for name in everything} == everything
    assert read("SELECT count(*) FROM maintenance") == [(0,)]


def test_a_change_marks_what_changed_and_is_kept_in_the_history(planned, admin):
    assert planned.facts() == SHOWN | {"状態": "予告中", "取消日時": ""}
    page = planned.click("変更")
    assert page.value("終了予定日時") == "2026/11/22 02:00"
    page = page.press("確認", 終了予定日時="2026/11/22 04:30")
    assert [plain(tr.th.get_text()) for tr in page.soup.select("tr.changed")] == ["終了予定日時"]
    assert page.press("実行").heading == "メンテナンス変更完了画面"
    page = admin.page("/admin/maintenance/").press("検索").click("2026/11/21 22:00")
    assert page.facts()["終了予定日時"] == "2026/11/2204:30"
    history = plain(page.soup.select_one(".history li").get_text())
    assert "広域管理メンテナンスの変更" in history
    assert "終了予定日時:変更前:2026/11/2202:00:00→変更後:2026/11/2204:30:00" in history


def test_取消_ends_it_at_once(planned, boss, signed_in, browser, time):
    time.now = time.now.replace(day=21, hour=14)  # 23:00 in Tokyo
    assert browser.get("/").status_code == 503
    again = signed_in(boss)
    page = again.page("/admin/maintenance/").press("検索").click("2026/11/21 22:00")
    assert page.facts()["状態"] == "実施中"
    page = page.press("取消")
    assert (page.heading, page.statuses) == (
        "メンテナンス取消完了画面", [plain("info.cancel.complete : メンテナンスの取消が完了しました。")],
    )  # fmt: skip
    assert browser.get("/").status_code == 302
    page = again.page("/admin/maintenance/").press("検索").click("2026/11/21 22:00")
    assert page.facts()["状態"] == "終了"
    assert {"取消", "変更"}.isdisjoint(page.controls())
    number = page.response.request.args["id"]
    refused = again.page(f"/admin/maintenance/edit/?id={number}", follow_redirects=True)
    assert refused.alerts == [plain("error.W01.00002 : 終了または取消済みのメンテナンスは変更できません。")]


def test_審査担当_sees_and_changes_nothing(planned, make, signed_in):
    reviewer = signed_in(make.reviewer())
    page = reviewer.page("/admin/maintenance/").press("検索")
    assert "新規登録" not in page.controls()
    page = page.click("2026/11/21 22:00")
    assert page.heading == "メンテナンス詳細画面"
    assert {"取消", "変更"}.isdisjoint(page.controls())


def test_the_search_asks_for_day_and_text(planned, admin):
    page = admin.page("/admin/maintenance/")
    assert page.labels() == [plain("開始日（から）"), plain("開始日（まで）"), "お知らせ文"]
    for typed, hits in [
        ({"開始日（から）": "2026/11/21", "開始日（まで）": "2026/11/21"}, 1),
        ({"開始日（まで）": "2026/11/20"}, 0),
        ({"開始日（から）": "9999/12/31", "開始日（まで）": "9999/12/31"}, 0),
        ({"開始日（から）": "0001/01/01"}, 1),
        ({"お知らせ文": "点検"}, 1),
        ({"お知らせ文": "%"}, 0),
    ]:
        assert (typed, len(page.press("検索", **typed).rows())) == (typed, hits)


def test_an_open_end_is_未定(admin, session):
    maintenance.begin(session, Console(), None, "")
    session.commit()
    page = admin.page("/admin/maintenance/").press("検索")
    assert page.rows()[0]["終了予定日時"] == "未定"
    page = page.click("2026/11/20 12:00")
    assert (page.facts()["終了予定日時"], page.facts()["状態"]) == ("未定", "実施中")
    page = page.click("変更").press("確認", 終了予定日時="2026/11/20 18:00")
    assert page.press("実行").heading == "メンテナンス変更完了画面"
