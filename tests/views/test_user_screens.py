"""ユーザ情報一覧画面 and 詳細画面 in both sites: #020 3章, USR-010…025."""

from datetime import date

import pytest

from tests.pages import plain

COLUMNS = [
    "選択", "ユーザID", "ユーザ名", "権限区分", "事業者コード", "参加登録申請者名", "有効/無効", "削除状態",
]  # fmt: skip
FACTS = [
    "ユーザID", "権限区分", "事業者コード", "参加登録申請者名", "所属部署", "ユーザ名", "電話番号", "メールアドレス",
    "有効/無効", "適用開始日", "適用終了日", "ユーザロック", "削除状態",
]  # fmt: skip
NO_HITS = plain("error.U01.00001 : 検索結果が0件です。検索条件を見直してください。")


@pytest.fixture(params=["portal", "admin"])
def site(request, make, signed_in):
    """(name of the site, a browser signed in there, the account)."""
    account = make.admin(login_id="U280003304") if request.param == "portal" else make.reviewer()
    return request.param, signed_in(account), account


@pytest.fixture
def many(make):
    """45 users of 0001 …: an operator has ten places, so the others are deleted ones."""
    people = [make.user(name=f"事業者 {n:02d}", enabled=n % 3 != 0) for n in range(8)]
    gone = {"deleted_at": people[0].created_at}
    for n in range(8, 45):
        people.append(make.user(name=f"事業者 {n:02d}", enabled=n % 3 != 0, login_id=f"U6000000{n:02d}", **gone))
    return people


def ids(page):
    return [row["ユーザID"] for row in page.rows()]


# --- the way there, and 検索条件 (USR-010…016) --------------------------------------------------------


def test_the_list_is_reached_through_the_link_screen_and_the_menu(site):  # USR-010, COM-059
    name, browser, _ = site
    top = browser.page(f"/{name}/")
    links = top.click("参加登録")
    assert (links.heading, links.crumbs) == ("参加登録", ["TOP", "参加登録"])
    items = {"portal": ["ユーザ情報管理", "事業者情報管理", "クライアント証明書"], "admin": ["ユーザ情報管理"]}[
        name
    ]  # in this order
    assert links.controls() == ["TOP", *items]
    page = links.click("ユーザ情報管理")
    assert page.heading == "ユーザ情報一覧画面"
    assert page.crumbs == ["TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面"]
    assert top.click("ユーザ情報管理").heading == "ユーザ情報一覧画面"  # メニュー


def test_the_search_conditions_have_their_labels_and_hints(site):  # USR-011…015, XC-008
    name, browser, _ = site
    page = browser.page(f"/{name}/users/")
    assert page.labels() == [
        "事業者コード", "ユーザID", "ユーザ名", "有効/無効", "有効", "無効", "削除済みの情報を表示",
    ]  # fmt: skip
    for label, hint in [
        ("事業者コード", "半角英数字で入力してください。"),
        ("ユーザID", "半角英数字で入力してください。"),
        ("ユーザ名", "全角または半角文字で入力してください。"),
        ("有効/無効", "有効/無効を絞り込みたい場合は、チェックしてください。(複数チェック可)"),
    ]:
        field = page._labelled(label)
        assert plain(page.soup.find(id=field["aria-describedby"]).get_text()) == plain(hint)
    assert "検索" in page.controls()
    assert page.value("事業者コード") == ("0001" if name == "portal" else "")


def test_before_the_first_search_there_is_no_list(make, site):  # USR-016
    name, browser, _ = site
    make.user()
    page = browser.page(f"/{name}/users/")
    assert page.soup.find_all("table") == []
    assert page.alerts == []
    assert "ユーザ情報一覧" not in [plain(h.get_text()) for h in page.soup.find_all("h2")]
    page = page.press("検索")
    assert "ユーザ情報一覧" in [plain(h.get_text()) for h in page.soup.find_all("h2")]
    assert page.heading == "ユーザ情報一覧画面"


def test_ids_and_codes_match_from_the_start_and_names_anywhere(make, signed_in):  # USR-011…013
    make.user(login_id="U280003304", name="事業者 花子")
    make.user(login_id="U280003999", name="髙橋 ﾊﾅ", operator="0012")
    make.user(login_id="U520008303", name="ABC Hanako", operator="0102")
    browser = signed_in(make.staff())
    page = browser.page("/admin/users/")
    a, b, c = "U280003304", "U280003999", "U520008303"
    for typed, expected in [
        ({"ユーザID": "U28"}, [a, b]), ({"ユーザID": "u2800033"}, [a]), ({"ユーザID": "Ｕ２８"}, [a, b]),
        ({"ユーザID": " U28 "}, [a, b]), ({"ユーザID": "28"}, []), ({"ユーザID": a}, [a]),
        ({"事業者コード": "00"}, [a, b]), ({"事業者コード": "０１０２"}, [c]), ({"事業者コード": "1"}, []),
        ({"ユーザ名": "花"}, [a]), ({"ユーザ名": "事業者　花子"}, [a]), ({"ユーザ名": "ハナ"}, [b]),
        ({"ユーザ名": "hanako"}, [c]), ({"ユーザ名": "ＨＡＮＡ"}, [c]), ({"ユーザ名": "業者"}, [a]),
        ({"ユーザ名": "花", "ユーザID": "U52"}, []), ({}, [a, b, c]),
    ]:  # fmt: skip
        found = page.press("検索", **typed)
        assert (typed, sorted(ids(found))) == (typed, expected)


def test_what_is_not_alphanumeric_is_an_error_and_shows_no_list(site):  # USR-012, XC-004
    name, browser, _ = site
    page = browser.page(f"/{name}/users/").press("検索", ユーザID="Ｕ２８あ")
    message = plain("error.C00.00002 : ユーザIDは半角英数字で入力してください。")
    assert page.alerts == [message]
    assert page.field_error("ユーザID") == message
    assert page.value("ユーザID") == "Ｕ２８あ"
    link = page.soup.select_one("[role=alert] a")
    assert page.soup.find(id=link["href"].removeprefix("#"))["name"] == "login_id"
    assert page.soup.find_all("table") == []
    assert page.soup.title.get_text().startswith("エラー")


def test_the_four_combinations_of_有効_and_無効(make, site):  # USR-014
    name, browser, account = site
    on, off = make.user(login_id="U000000001"), make.user(login_id="U000000002", enabled=False)
    own = [account.login_id] if name == "portal" else []
    page = browser.page(f"/{name}/users/")
    for checked, expected in [
        ([], [on.login_id, off.login_id, *own]),
        (["有効"], [on.login_id, *own]),
        (["無効"], [off.login_id]),
        (["有効", "無効"], [on.login_id, off.login_id, *own]),
    ]:
        found = page.press("検索", **{"有効/無効": checked})
        assert (checked, sorted(ids(found))) == (checked, sorted(expected))
        boxes = found.soup.find_all("input", attrs={"name": "enabled", "checked": True})
        assert [plain(b.parent.get_text()) for b in boxes] == checked


def test_deleted_users_are_shown_only_when_asked_for(make, site, time):  # USR-008, USR-015, USR-025
    name, browser, _ = site
    gone = make.user(deleted_at=time.now)
    page = browser.page(f"/{name}/users/").press("検索", ユーザID=gone.login_id)
    assert (page.alerts, page.rows()) == ([NO_HITS], [])
    page = page.press("検索", ユーザID=gone.login_id, 削除済みの情報を表示=True)
    [row] = page.rows()
    assert row["削除状態"] == "削除済"
    detail = page.click(gone.login_id)
    assert detail.facts()["削除状態"] == "削除済"


# --- the list (USR-017…019, USR-022) ----------------------------------------------------------------------


def test_the_columns_and_their_words(make, site):  # USR-017, USR-025
    name, browser, _ = site
    make.user(login_id="U000000001", name="事業者 花子", enabled=False)
    page = browser.page(f"/{name}/users/").press("検索", ユーザID="U000000001")
    assert page.headers_of_list() == COLUMNS
    [row] = page.rows()
    assert {k: v for k, v in row.items() if k != "選択"} == {
        "ユーザID": "U000000001", "ユーザ名": "事業者花子", "権限区分": "登録作業者(一般)", "事業者コード": "0001",
        "参加登録申請者名": "株式会社0001", "有効/無効": "無効", "削除状態": "未削除",
    }  # fmt: skip


def test_no_hit_is_an_error_on_top_and_no_table(site):  # USR-022
    name, browser, _ = site
    page = browser.page(f"/{name}/users/").press("検索", ユーザ名="いない人")
    assert page.alerts == [NO_HITS]
    assert page.soup.find_all("table") == []
    assert page.value("ユーザ名") == "いない人"


def pager(page):
    """[(count, words of the pager, words that are links)] of every pager."""
    return [
        (
            plain(nav.select_one(".count").get_text()),
            [plain(e.get_text()) for e in nav.select(".pages > *")],
            [plain(a.get_text()) for a in nav.find_all("a")],
        )
        for nav in page.soup.select("nav.pager")
    ]


def test_the_pager_above_and_below_has_the_manuals_words(make, signed_in, many):  # USR-018
    browser = signed_in(make.staff())
    page = browser.page("/admin/users/").press("検索", 削除済みの情報を表示=True)
    expected = (
        "1-20件(全45件)", ["<<最初", "<前へ", "1", "2", "3", "次へ>", "最後>>"], ["2", "3", "次へ>", "最後>>"],
    )  # fmt: skip
    assert pager(page) == [expected] * 2
    seen = ids(page)
    page = page.click("次へ >")
    assert pager(page)[0] == (
        "21-40件(全45件)", ["<<最初", "<前へ", "1", "2", "3", "次へ>", "最後>>"],
        ["<<最初", "<前へ", "1", "3", "次へ>", "最後>>"],
    )  # fmt: skip
    seen += ids(page)
    page = page.click("3")
    assert pager(page)[1] == (
        "41-45件(全45件)", ["<<最初", "<前へ", "1", "2", "3", "次へ>", "最後>>"], ["<<最初", "<前へ", "1", "2"],
    )  # fmt: skip
    seen += ids(page)
    assert sorted(seen) == sorted(person.login_id for person in many)
    assert ids(page.click("<< 最初")) == seen[:20]
    assert ids(page.click("<< 最初").click("最後 >>")) == seen[40:]
    assert ids(page.click("< 前へ")) == seen[20:40]


def test_a_short_list_says_1_to_3_of_3(make, signed_in):  # USR-018
    admin = make.admin()
    make.user(), make.user()
    page = signed_in(admin).page("/portal/users/").press("検索")
    assert pager(page) == [("1-3件(全3件)", ["<<最初", "<前へ", "1", "次へ>", "最後>>"], [])] * 2


def test_paging_keeps_every_condition(make, signed_in, many):  # USR-014, USR-018
    page = signed_in(make.staff()).page("/admin/users/")
    page = page.press("検索", **{"有効/無効": ["有効", "無効"]}, ユーザ名="事業者", 削除済みの情報を表示=True)
    second = page.click("次へ >")
    assert pager(second)[0][0] == "21-40件(全45件)"
    boxes = second.soup.find_all("input", attrs={"name": "enabled", "checked": True})
    assert [plain(b.parent.get_text()) for b in boxes] == ["有効", "無効"]
    assert second.value("ユーザ名") == "事業者"
    assert second.soup.find("input", attrs={"name": "with_deleted"}).has_attr("checked")
    only = page.press("検索", **{"有効/無効": ["無効"]}).click("ユーザ名")
    assert {row["有効/無効"] for row in only.rows()} == {"無効"}


def test_sorting_keeps_conditions_and_says_so(make, signed_in, many):  # USR-017, XC-017
    page = signed_in(make.staff()).page("/admin/users/").press("検索", ユーザ名="事業者", 削除済みの情報を表示=True)
    assert page.soup.select("th[aria-sort]") == []
    up = page.click("次へ >").click("ユーザ名")
    names = [row["ユーザ名"] for row in up.rows()]
    assert names == [f"事業者{n:02d}" for n in range(20)]  # from the first page again
    [head] = up.soup.select("th[aria-sort]")
    assert (plain(head.a.get_text()), head["aria-sort"]) == ("ユーザ名", "ascending")
    assert [row["ユーザ名"] for row in up.click("次へ >").rows()] == [f"事業者{n:02d}" for n in range(20, 40)]
    down = up.click("ユーザ名")
    assert [row["ユーザ名"] for row in down.rows()] == [f"事業者{n:02d}" for n in range(44, 24, -1)]
    assert down.soup.select_one("th[aria-sort]")["aria-sort"] == "descending"
    assert down.value("ユーザ名") == "事業者"
    assert [row["ユーザ名"] for row in down.click("次へ >").rows()] == [f"事業者{n:02d}" for n in range(24, 4, -1)]


def test_every_column_that_sorts_sorts(make, signed_in):  # USR-017
    make.user(login_id="U000000003", name="い", operator="0002", enabled=False)
    make.admin("0001", login_id="U000000001", name="う")
    make.user(login_id="U000000002", name="あ", operator="0003")
    page = signed_in(make.staff()).page("/admin/users/").press("検索")
    expected = {
        "ユーザID": ["1", "2", "3"], "ユーザ名": ["2", "3", "1"], "権限区分": ["1", "3", "2"],
        "事業者コード": ["1", "3", "2"], "参加登録申請者名": ["1", "3", "2"],
    }  # fmt: skip
    for column, order in expected.items():
        assert (column, [i[-1] for i in ids(page.click(column))]) == (column, order)
    assert ids(page.click("有効/無効"))[0] == "U000000003"  # 無効 first
    assert ids(page.click("有効/無効").click("有効/無効"))[-1] == "U000000003"


# --- 詳細 (USR-019, USR-023…025) -----------------------------------------------------------------------------------


def test_the_details_have_the_manuals_items_in_order(make, site):  # USR-019, USR-023
    name, browser, _ = site
    make.user(login_id="U000000001", name="事業者 花子", valid_from=date(2019, 12, 23))
    page = browser.page(f"/{name}/users/").press("検索", ユーザID="U000000001").click("U000000001")
    assert page.heading == "ユーザ情報詳細画面"
    assert page.crumbs == ["TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面", "ユーザ情報詳細画面"]
    assert list(page.facts()) == FACTS
    assert list(page.facts().values()) == [
        "U000000001", "登録作業者(一般)", "0001", "株式会社0001", "総合エネルギー事業部", "事業者花子", "03-1234-5678",
        "u000000001@example.jp", "有効", "2019/12/23", "9999/12/31", "利用可能", "未削除",
    ]  # fmt: skip


def test_the_words_of_the_other_states(make, site, time):  # USR-002, USR-025
    name, browser, _ = site
    person = make.locked(make.admin(enabled=False, valid_to=date(2027, 3, 31), login_id="U000000001"))
    facts = browser.page(f"/{name}/users/details/?id={person.id}").facts()
    assert [facts[k] for k in ("権限区分", "有効/無効", "適用終了日", "ユーザロック")] == [
        "登録作業者(管理者)", "無効", "2027/03/31", "ロック中",
    ]  # fmt: skip


def test_the_buttons_of_the_details(make, signed_in):  # USR-024, COM-039, PRM-03
    admin, user = make.admin(), make.user()
    browser = signed_in(user)
    own = browser.page(f"/portal/users/details/?id={user.id}")
    assert own.controls()[-2:] == ["戻る", "パスワード変更"]
    assert browser.page(f"/portal/users/details/?id={admin.id}").controls()[-1:] == ["戻る"]
    browser = signed_in(admin)
    own = browser.page(f"/portal/users/details/?id={admin.id}").controls()
    assert own[-6:] == ["戻る", "ユーザロック解除", "パスワード再発行", "パスワード変更", "変更", "削除"]
    other = browser.page(f"/portal/users/details/?id={user.id}").controls()
    assert other[-5:] == ["戻る", "ユーザロック解除", "パスワード再発行", "変更", "削除"]
    reviewer = signed_in(make.reviewer())
    assert reviewer.page(f"/admin/users/details/?id={user.id}").controls()[-1:] == ["戻る"]


def test_back_leads_to_the_list_as_it_was(make, signed_in, many):  # XC-002
    browser = signed_in(make.staff())
    page = browser.page("/admin/users/").press("検索", ユーザ名="事業者", 削除済みの情報を表示=True)
    second = page.click("ユーザ名").click("次へ >")
    detail = second.click(ids(second)[3])
    for way in ("戻る", "ユーザ情報一覧画面"):
        back = detail.click(way)
        assert (ids(back), back.value("ユーザ名")) == (ids(second), "事業者")


def test_the_breadcrumb_leads_back(make, signed_in):  # COM-026
    user = make.user()
    browser = signed_in(user)
    page = browser.page(f"/portal/users/details/?id={user.id}")
    assert page.click("TOP").heading == "ポータルトップ"
    nav = page.soup.find("nav", attrs={"aria-label": "パンくず"})
    found = {plain(a.get_text()): browser.page(a["href"]).heading for a in nav.find_all("a")}
    assert found == {
        "TOP": "ポータルトップ", "参加登録": "参加登録", "ユーザ情報管理": "ユーザ情報一覧画面",
        "ユーザ情報一覧画面": "ユーザ情報一覧画面",
    }  # fmt: skip


def test_a_search_in_the_portal_changes_nobody_elses_rows(make, signed_in):  # USR-007
    own, other = make.admin(), make.user(operator="0002")
    browser = signed_in(own)
    page = browser.page("/portal/users/").press("検索", 事業者コード="0002")
    assert ids(page) == [own.login_id]
    assert other.login_id not in page.response.text


def test_the_clear_link_empties_the_conditions(make, signed_in):
    page = signed_in(make.staff()).page("/admin/users/").press("検索", ユーザ名="x")
    clear = page.click("条件をクリア")
    assert (clear.value("ユーザ名"), clear.soup.find_all("table"), clear.alerts) == ("", [], [])
