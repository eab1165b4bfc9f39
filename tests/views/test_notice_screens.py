"""お知らせ over HTTP: お知らせ管理 of staff, and what operators see (#010 5章(1); COM-053…058)."""

from datetime import timedelta

import pytest

from tests.pages import plain

LONG_AGO, LONG = "2026/11/01 10:00", "2026/12/31 18:00"
NEW = {"タイトル": "停止のお知らせ", "本文": "本文", "表示期間（開始）": LONG_AGO, "表示期間（終了）": LONG}


@pytest.fixture
def staff(make, signed_in):
    return signed_in(make.staff(name="広域 花子"))


@pytest.fixture
def publish(staff):
    """publish(タイトル=…): registered and published on the screens; its number in addresses."""

    def run(**typed):
        staff.page("/admin/notices/new/").press("確認", **NEW | typed).press("実行")
        detail = staff.page("/admin/notices/?searched=1")
        number = max(row["お知らせID"] for row in detail.rows())
        assert detail.click(number).press("公開").heading == "お知らせ公開完了画面"
        return int(number)

    return run


def notice_lines(page):
    """(date, title, marks) of お知らせ一覧 on the home page."""
    return [
        (
            plain(li.find(class_="nowrap").get_text()),
            li.a.get_text(),
            [plain(m.get_text()) for m in li.find_all(class_="mark")],
        )
        for li in page.soup.select(".notices li")
    ]


# ---- operators ---------------------------------------------------------------------------------------------
def test_a_published_notice_stands_on_the_home_page_with_its_marks_outside_the_link(
    make, signed_in, publish
):  # COM-053
    publish(**{"表示期間（開始）": "2026/11/19 10:00"})
    publish(タイトル="重要な件", お知らせ一覧の先頭に固定する=True)
    browser = signed_in(make.user())
    page = browser.page("/portal/")
    assert page.soup.find(id="notices-heading").get_text() == "お知らせ一覧"
    assert notice_lines(page) == [
        ("2026/11/01", "重要な件", ["重要", "未読"]),
        ("2026/11/19", "停止のお知らせ", ["新着", "未読"]),
    ]
    page.click("停止のお知らせ")
    assert notice_lines(browser.page("/portal/"))[1] == ("2026/11/19", "停止のお知らせ", ["新着"])
    assert notice_lines(signed_in(make.user()).page("/portal/"))[1][2] == ["新着", "未読"]


def test_the_detail_has_the_fields_and_the_form_of_the_manual(make, signed_in, publish):  # COM-055, COM-056
    number = publish(本文="# 見出し\n\n**強調** <script>alert(1)</script>")
    page = signed_in(make.user()).page("/portal/").click("停止のお知らせ")
    assert (page.heading, page.crumbs) == ("お知らせ詳細画面", ["TOP", "お知らせ詳細画面"])
    facts = page.facts()
    assert list(facts)[:4] == ["お知らせID", "タイトル", "本文", "表示期間"]
    assert facts["お知らせID"] == f"{number:010d}"
    assert facts["表示期間"] == plain("2026年11月01日 10時 ~ 2026年12月31日 18時")
    assert facts["本文"] == plain("見出し 強調 <script>alert(1)</script>")
    assert [h.get_text() for h in page.soup.select(".prose h2")] == ["見出し"]
    assert page.soup.select(".prose script") == []
    assert plain("添付ファイルはありません。") in page.text


def test_what_staff_open_from_their_home_page_is_no_longer_unread_for_them(make, signed_in, publish):
    publish(**{"表示期間（開始）": "2026/11/19 10:00"})
    staff = signed_in(make.staff())
    page = staff.page("/admin/")
    assert notice_lines(page) == [("2026/11/19", "停止のお知らせ", ["新着", "未読"])]
    assert page.click("停止のお知らせ").heading == "お知らせ詳細画面"
    assert notice_lines(staff.page("/admin/"))[0][2] == ["新着"]
    assert notice_lines(signed_in(make.staff()).page("/admin/"))[0][2] == ["新着", "未読"]


def test_outside_its_period_and_for_others_it_is_a_404_like_one_that_does_not_exist(
    make, signed_in, publish, staff, time
):  # COM-057
    make.operator("0002")
    mine = publish(公開先="operators", 公開先の事業者コード="０００２")
    early = publish(**{"表示期間（開始）": "2026/11/20 13:00"})
    browsers = {"0001": signed_in(make.user(operator="0001")), "0002": signed_in(make.user(operator="0002"))}

    def answers(number):
        return [browsers[code].get(f"/portal/notices/details/?id={number}").status_code for code in ("0001", "0002")]

    assert (answers(mine), answers(early)) == ([404, 200], [404, 404])
    assert [answers(n) for n in (999, "abc", "", "9" * 11, "-1", "１")] == [[404, 404]] * 6
    time.forward(hours=1)  # longer than a session idles: everybody signs in again
    browsers = {code: signed_in(make.user(operator=code)) for code in browsers}
    staff = signed_in(make.staff())
    assert answers(early) == [200, 200]
    page = staff.page(f"/admin/notices/details/?id={early}").press("取下げ")
    assert page.heading == "お知らせ取下げ完了画面"
    assert answers(early) == [404, 404]
    assert "停止のお知らせ" not in browsers["0001"].page("/portal/").text


def test_all_notices_are_paged(make, signed_in, publish):
    for number in range(12):
        publish(タイトル=f"件 {number:02d}")
    page = signed_in(make.user()).page("/portal/")
    assert len(notice_lines(page)) == 10
    page = page.click("すべてのお知らせ")
    assert (page.heading, page.crumbs) == ("お知らせ一覧画面", ["TOP", "お知らせ一覧画面"])
    assert plain("1 - 12 件 (全12件)") in page.text
    assert len(notice_lines(page)) == 12


# ---- お知らせ管理 --------------------------------------------------------------------------------------------
def test_a_registration_from_input_to_completion(staff, read):  # COM-058, XC-002
    page = staff.page("/admin/").click("管理").click("お知らせ管理").click("新規登録")
    assert (page.heading, page.crumbs) == (
        "お知らせ登録画面", ["TOP", "管理", "お知らせ管理", "お知らせ一覧画面", "お知らせ登録画面"],
    )  # fmt: skip
    assert {name.rstrip("*") for name in page.labels() if name.endswith("*")} == {
        "タイトル", "本文", "表示期間(開始)", "表示期間(終了)",
    }  # fmt: skip
    page = page.press("確認", **NEW)
    assert (page.heading, page.statuses) == (
        "お知らせ登録確認画面", [plain("info.regist.confirm : 下記の情報で登録します。よろしいですか。")],
    )  # fmt: skip
    facts = page.facts()
    assert (facts["公開先"], facts["公開時にメールで知らせる"]) == ("すべての事業者", "しない")
    assert page.press("実行").heading == "お知らせ登録完了画面"
    assert read("SELECT title, state FROM notices") == [("停止のお知らせ", "draft")]


def test_a_preview_shows_the_text_as_it_will_be_read_and_keeps_what_was_typed(staff, read):
    page = staff.page("/admin/notices/new/").press("プレビュー", **NEW | {"本文": "- 一\n- 二"})
    assert (page.heading, page.alerts) == ("お知らせ登録画面", [])
    assert [li.get_text() for li in page.soup.select(".preview li")] == ["一", "二"]
    assert page.value("タイトル") == "停止のお知らせ"
    assert page.soup.find(id="body").get_text().strip() == "- 一\n- 二"
    assert read("SELECT count(*) FROM notices") == [(0,)]


def test_each_wrong_input_has_its_message_beside_the_field(staff, make, read):  # XC-004
    make.operator("0001")
    page = staff.page("/admin/notices/new/")
    for typed, label, message in [
        ({"タイトル": ""}, "タイトル", "error.C00.00001 : タイトルを入力してください。"),
        ({"タイトル": "x" * 101}, "タイトル", "error.C00.00004 : タイトルは100文字以内で入力してください。"),
        ({"本文": ""}, "本文", "error.C00.00001 : 本文を入力してください。"),
        ({"本文": "x" * 20_001}, "本文", "error.C00.00004 : 本文は20000文字以内で入力してください。"),
        ({"表示期間（開始）": "2026/11/01 10:30"}, "表示期間（開始）", "error.C00.00021"),
        ({"表示期間（終了）": LONG_AGO}, "表示期間（終了）", "error.C00.00023"),
        ({"公開先": "operators"}, "公開先の事業者コード", "error.C00.00001 : 公開先の事業者コードを入力してください。"),
        ({"公開先": "operators", "公開先の事業者コード": "0001, 9999"}, "公開先の事業者コード",
         "error.N01.00003 : 登録されていない事業者コードが含まれています。（9999）"),
        ({"公開先": "role"}, "公開先の権限区分", "error.C00.00001 : 公開先の権限区分を入力してください。"),
    ]:  # fmt: skip
        refused = page.press("確認", **NEW | typed)
        assert (typed, refused.heading) == (typed, "お知らせ登録画面")
        assert refused.field_error(label).startswith(plain(message)), (typed, refused.alerts)
    assert read("SELECT count(*) FROM notices") == [(0,)]


def test_a_change_shows_at_once_and_is_in_the_history(staff, make, signed_in, publish):
    number = publish()
    page = staff.page(f"/admin/notices/details/?id={number}").click("変更")
    assert page.facts() == {"お知らせID": f"{number:010d}"}
    done = page.press("確認", タイトル="新しい題名", **{"表示期間（終了）": "2027/01/31 10"}).press("実行")
    assert done.heading == "お知らせ変更完了画面"
    assert "新しい題名" in signed_in(make.user()).page("/portal/").text
    line = plain(staff.page(f"/admin/notices/details/?id={number}").soup.select_one(".history li").get_text())
    assert plain("タイトル: 変更前: 停止のお知らせ → 変更後: 新しい題名") in line
    assert plain("表示期間（終了）: 変更前: 2026/12/31 18:00:00 → 変更後: 2027/01/31 10:00:00") in line


def test_the_buttons_follow_the_state_and_the_role(staff, make, signed_in, publish):
    number = publish()
    address = f"/admin/notices/details/?id={number}"

    def buttons(browser):
        return [c for c in browser.page(address).controls() if c in ("変更", "公開", "取下げ")]

    assert buttons(staff) == ["変更", "取下げ"]
    staff.page(address).press("取下げ")
    assert buttons(staff) == ["変更", "公開"]
    assert buttons(signed_in(make.reviewer())) == []


def test_the_list_searches_by_number_title_day_and_state(staff, publish):
    first, second = publish(タイトル="ｶﾌﾞｼｷ停止"), publish(タイトル="再開", **{"表示期間（開始）": "2026/12/01 10:00"})

    def found(**typed):
        return [row["タイトル"] for row in staff.page("/admin/notices/").press("検索", **typed).rows()]

    assert found() == ["再開", plain("ｶﾌﾞｼｷ停止")]
    assert found(お知らせID=f"{first:010d}") == found(お知らせID=str(first)) == [plain("ｶﾌﾞｼｷ停止")]
    assert found(お知らせID="AB") == found(お知らせID="2147483648") == found(お知らせID="9999999999") == []
    assert found(タイトル="カブシキ") == [plain("ｶﾌﾞｼｷ停止")]
    assert found(表示日="2026/11/10") == [plain("ｶﾌﾞｼｷ停止")]
    assert found(状態=["公開"]) == ["再開", plain("ｶﾌﾞｼｷ停止")]
    assert found(状態=["下書き"]) == []
    staff.page(f"/admin/notices/details/?id={second}").press("取下げ")
    assert found(状態=["取下げ"]) == ["再開"]


# ---- what needs doing --------------------------------------------------------------------------------------
def test_a_管理者_is_told_what_needs_doing(make, signed_in, time):  # issue 4, item 1
    boss = make.admin("0001")
    locked = make.locked(make.user(operator="0001"))
    soon = make.user(operator="0001", temporary_until=time.now + timedelta(hours=23))
    later = make.user(operator="0001", temporary_until=time.now + timedelta(hours=25))
    foreign = make.locked(make.user(operator="0002"))
    page = signed_in(boss).page("/portal/")
    section = page.soup.find("section", attrs={"aria-labelledby": "attention-heading"})
    told = [plain(li.get_text()) for li in section.find_all("li")]
    assert told == [
        plain(f"{locked.login_id} 事業者 花子 ユーザロック中です。"),
        plain(f"{soon.login_id} 事業者 花子 仮パスワードの有効期限が近づいています。"),
    ]
    assert later.login_id not in page.text
    assert foreign.login_id not in page.text
    general = signed_in(make.user(operator="0001")).page("/portal/")
    assert general.soup.find(id="attention-heading") is None


def test_the_list_can_be_sorted_by_its_number_and_its_period(staff, publish):
    for title, start in (("乙", "2026/11/03 10:00"), ("甲", "2026/11/05 10:00"), ("丙", "2026/11/01 10:00")):
        publish(タイトル=title, **{"表示期間（開始）": start})

    def sorted_by(*names):
        page = staff.page("/admin/notices/?searched=1")
        for name in names:
            page = page.click(name)
        return [row["タイトル"] for row in page.rows()]

    assert sorted_by("お知らせID") == ["乙", "甲", "丙"]
    assert sorted_by("お知らせID", "お知らせID") == ["丙", "甲", "乙"]
    assert sorted_by("表示期間") == ["丙", "乙", "甲"]
    assert sorted_by("タイトル") == ["丙", "乙", "甲"]  # by code point


def test_the_history_has_no_field_that_no_screen_has(staff, publish):
    number = publish()
    history = staff.page(f"/admin/notices/details/?id={number}").soup.find(class_="history")
    assert plain("タイトル: 変更後: 停止のお知らせ") in plain(history.get_text())
    assert "title_folded" not in history.get_text()
