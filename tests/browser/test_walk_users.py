"""#020 ユーザ情報管理 3章 (照会), in the portal and, across operators, in /admin."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import (
    alert,
    cells,
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
)
from tests.browser.panel import HANAKO, MARKET_ADMIN, REVIEWER, STRANGER, TARO

pytestmark = pytest.mark.browser
COLUMNS = ["選択", "ユーザID", "ユーザ名", "権限区分", "事業者コード", "参加登録申請者名", "有効/無効", "削除状態"]
OF_0001 = [  # as 3章③ prints them
    ["U280003303", "事業者 太郎", "登録作業者(管理者)", "0001", "株式会社0001", "有効", "未削除"],
    ["U280003304", "事業者 花子", "登録作業者(管理者)", "0001", "株式会社0001", "有効", "未削除"],
    ["U520008303", "事業者 一郎", "登録作業者(一般)", "0001", "株式会社0001", "有効", "未削除"],
    ["U040008304", "事業者 二郎", "登録作業者(一般)", "0001", "株式会社0001", "有効", "未削除"],
]
OF_0002 = [
    ["U110000001", "電力 太郎", "登録作業者(管理者)", "0002", "株式会社0002", "有効", "未削除"],
    ["U110000002", "電力 花子", "登録作業者(管理者)", "0002", "株式会社0002", "有効", "未削除"],
    ["U110000003", "電力 一郎", "登録作業者(一般)", "0002", "株式会社0002", "有効", "未削除"],
]
DETAIL_OF_HANAKO = [  # 3章④
    ("ユーザID", "U280003304"),
    ("権限区分", "登録作業者(管理者)"),
    ("事業者コード", "0001"),
    ("参加登録申請者名", "株式会社0001"),
    ("所属部署", "総合エネルギー事業部"),
    ("ユーザ名", "事業者 花子"),
    ("電話番号", "03-1234-5678"),
    ("メールアドレス", "u280003304@example.jp"),
    ("有効/無効", "有効"),
    ("適用開始日", "2019/12/23"),
    ("適用終了日", "9999/12/31"),
    ("ユーザロック", "利用可能"),
    ("削除状態", "未削除"),
]
HINTS = [
    "半角英数字で入力してください。",
    "全角または半角文字で入力してください。",
    "有効/無効を絞り込みたい場合は、チェックしてください。(複数チェック可)",
]


def headers(page):
    return [h.strip("▲▼ \n") for h in page.locator("table.list thead th").all_inner_texts()]


def test_3_search_list_and_detail_in_the_portal(page):
    sign_in(page, HANAKO)
    follow(page.get_by_role("navigation", name="主メニュー"), "参加登録")  # ①
    see(page, "参加登録")
    follow(main(page), "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")  # ②
    see_crumbs(page, "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面")
    for hint in HINTS:
        expect(main(page).get_by_text(hint).first).to_be_visible()
    expect(field(page, "事業者コード")).to_have_value("0001")
    expect(field(page, "事業者コード")).not_to_be_editable()
    expect(page.get_by_role("region")).to_have_count(0)

    press(page, "検索")  # ③
    expect(page.get_by_role("heading", name="ユーザ情報一覧", exact=True)).to_be_visible()
    assert cells(page) == OF_0001
    assert headers(page) == COLUMNS
    for pager in page.get_by_role("navigation", name="ページ送り").all():
        expect(pager).to_contain_text("1 - 4 件 (全4件)")
        for word in ("<< 最初", "< 前へ", "次へ >", "最後 >>"):
            expect(pager).to_contain_text(word)

    follow(page, HANAKO)  # ④
    see(page, "ユーザ情報詳細画面")
    see_crumbs(page, "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面", "ユーザ情報詳細画面")
    assert page.get_by_role("rowheader").all_inner_texts() == [name for name, _ in DETAIL_OF_HANAKO]
    for name, value in DETAIL_OF_HANAKO:
        expect(fact(page, name)).to_have_text(value)
    follow(page, "戻る")
    assert cells(page) == OF_0001


def test_3_zero_hits_are_told_on_top(page):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    field(page, "ユーザID").fill("U999")
    press(page, "検索")  # ⑥
    expect(alert(page)).to_have_text("error.U01.00001 : 検索結果が0件です。検索条件を見直してください。")
    expect(alert(page)).to_be_focused()
    expect(page.get_by_role("region")).to_have_count(0)
    expect(field(page, "ユーザID")).to_have_value("U999")


@pytest.mark.parametrize(
    ("label", "typed", "found"),
    [
        ("ユーザID", "Ｕ２８", ["U280003303", "U280003304"]),
        ("ユーザ名", "郎", ["U280003303", "U520008303", "U040008304"]),
        ("ユーザ名", "事業者　花子", ["U280003304"]),
    ],
)
def test_3_full_width_is_understood_and_names_match_anywhere(page, label, typed, found):
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    field(page, label).fill(typed)
    press(page, "検索")
    assert [row[0] for row in cells(page)] == found


def test_3_the_boxes_for_disabled_and_deleted_users(page, panel):
    panel.sql("UPDATE accounts SET enabled = 0 WHERE login_id = 'U520008303'")
    panel.sql("UPDATE accounts SET deleted_at = '2026-01-01 00:00:00.000000' WHERE login_id = 'U040008304'")
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    page.get_by_label("無効", exact=True).check()
    press(page, "検索")
    assert [(row[0], row[5]) for row in cells(page)] == [("U520008303", "無効")]
    page.get_by_label("有効", exact=True).check()
    page.get_by_label("削除済みの情報を表示").check()
    press(page, "検索")
    assert [(row[0], row[6]) for row in cells(page)] == [
        ("U280003303", "未削除"),
        ("U280003304", "未削除"),
        ("U520008303", "未削除"),
        ("U040008304", "削除済"),
    ]
    follow(page, "条件をクリア")
    expect(page.get_by_label("無効", exact=True)).not_to_be_checked()
    expect(page.get_by_text("検索条件を入力して[検索]をクリックしてください。")).to_be_visible()


@pytest.mark.parametrize("login_id", [MARKET_ADMIN, REVIEWER])
def test_3_staff_search_across_operators(page, login_id):
    sign_in(page, login_id)
    follow(page.get_by_role("navigation", name="主メニュー"), "参加登録")
    follow(main(page), "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")
    see_crumbs(page, "TOP", "参加登録", "ユーザ情報管理", "ユーザ情報一覧画面")
    press(page, "検索")
    assert cells(page) == OF_0001 + OF_0002
    field(page, "事業者コード").fill("0002")
    press(page, "検索")
    assert cells(page) == OF_0002
    follow(page, STRANGER)
    see(page, "ユーザ情報詳細画面")
    expect(fact(page, "ユーザ名")).to_have_text("電力 太郎")
    expect(fact(page, "参加登録申請者名")).to_have_text("株式会社0002")
    expect(link(main(page), "パスワード変更")).to_have_count(0)


def test_3_the_pager_and_the_order_keep_the_conditions(page, panel):
    with panel.make() as make:
        for n in range(45):
            make.user(operator=f"{n // 8 + 10:04d}", name=f"頁 {n:02d}")
    sign_in(page, MARKET_ADMIN)
    menu(page, "ユーザ情報管理")
    field(page, "ユーザ名").fill("頁")
    press(page, "検索")
    pager = page.get_by_role("navigation", name="ページ送り（上）")
    expect(pager).to_contain_text("1 - 20 件 (全45件)")
    follow(pager, "次へ >")
    expect(pager).to_contain_text("21 - 40 件 (全45件)")
    follow(page.get_by_role("navigation", name="ページ送り（下）"), "最後 >>")
    expect(pager).to_contain_text("41 - 45 件 (全45件)")
    assert [row[1] for row in cells(page)] == ["頁 40", "頁 41", "頁 42", "頁 43", "頁 44"]
    follow(pager, "<< 最初")
    expect(pager).to_contain_text("1 - 20 件 (全45件)")
    follow(pager, "3")
    follow(page, cells(page)[0][0])
    follow(page, "戻る")  # to the page it was opened from
    expect(pager).to_contain_text("41 - 45 件 (全45件)")


def test_a_click_on_a_heading_sorts(new_page):
    page = new_page()
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    heading = page.get_by_role("columnheader", name="ユーザID")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert [row[0] for row in cells(page)] == ["U040008304", "U280003303", "U280003304", "U520008303"]
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert [row[0] for row in cells(page)] == ["U520008303", "U280003304", "U280003303", "U040008304"]


def test_the_box_above_selects_every_row_of_the_page(new_page):
    page = new_page()
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    page.get_by_label("選択 このページのすべて").check()
    for row in OF_0001:
        expect(page.get_by_label(f"{row[0]}を選択")).to_be_checked()
    page.get_by_label("選択 このページのすべて").uncheck()
    expect(page.get_by_label(f"{TARO}を選択")).not_to_be_checked()
