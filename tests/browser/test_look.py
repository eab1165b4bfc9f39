"""表示色, print, forced colours and narrow menus (ui.md §2, §3, §9)."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import button, dialog, fact, follow, link, main, menu, press, see, sign_in
from tests.browser.panel import HANAKO, MARKET_ADMIN, TARO

pytestmark = pytest.mark.browser
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(26, 26, 26)"  # ui.md §2


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize(("scheme", "colour"), [("light", LIGHT), ("dark", DARK)])
def test_without_a_choice_the_page_follows_the_machine(new_page, scheme, colour):
    page = new_page(color_scheme=scheme)
    page.goto("/")
    assert background(page) == colour


@pytest.mark.parametrize(
    ("scheme", "choice", "colour", "machine"), [("light", "暗い", DARK, LIGHT), ("dark", "明るい", LIGHT, DARK)]
)
def test_the_chosen_colour_works_at_once_and_everywhere_until_taken_back(new_page, scheme, choice, colour, machine):
    page = new_page(color_scheme=scheme)
    page.goto("/")
    page.get_by_label("表示色").select_option(label=choice)
    assert background(page) == colour
    page.reload()
    assert background(page) == colour
    expect(page.get_by_label("表示色").locator("option:checked")).to_have_text(choice)
    sign_in(page, HANAKO)
    assert background(page) == colour
    page.get_by_label("表示色").select_option(label="自動")
    assert background(page) == machine
    page.reload()
    assert background(page) == machine


def test_a_strange_colour_in_the_cookie_is_ignored(new_page, panel):
    page = new_page()
    page.context.add_cookies([{"name": "theme", "value": '"><b>', "url": panel.url}])
    page.goto("/")
    assert background(page) == LIGHT
    assert page.evaluate("document.documentElement.dataset.theme") is None


def test_paper_shows_the_list_and_nothing_to_press(new_page):
    page = new_page()
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    page.emulate_media(media="print")
    for gone in (
        page.get_by_role("navigation", name="主メニュー"),
        page.get_by_role("navigation", name="参加登録"),
        page.get_by_role("search"),
        button(page, "メニュー"),
        button(page, "ログアウト"),
        page.get_by_label("表示色"),
        page.get_by_label(f"{TARO}を選択"),
        page.get_by_role("columnheader", name="選択"),
    ):
        expect(gone).not_to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(TARO)).to_be_visible()
    expect(page.get_by_text("1 - 4 件 (全4件)").first).to_be_visible()
    expect(page.get_by_text("ユーザ名: 事業者 花子")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.list thead')).display") == "table-header-group"


@pytest.mark.parametrize("choice", ["自動", "暗い"])
def test_paper_is_white_in_the_dark_too(new_page, choice):
    page = new_page(color_scheme="dark")
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    page.get_by_label("表示色").select_option(label=choice)
    assert background(page) == DARK
    page.emulate_media(media="print", color_scheme="dark")
    dark = page.evaluate(
        """() => [...document.querySelectorAll("body, main, h1, h2, p, th, td, td *, .count")]
        .filter((e) => e.checkVisibility() && getComputedStyle(e).color.match(/\\d+/g).slice(0, 3).some((c) => c > 110))
        .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert background(page) in (LIGHT, "rgba(0, 0, 0, 0)")
    assert dark == []
    assert page.evaluate("getComputedStyle(document.querySelector('.list th')).backgroundColor") in (
        LIGHT,
        "rgba(0, 0, 0, 0)",
    )


def test_a_detail_on_paper_has_no_buttons(new_page):
    page = new_page()
    sign_in(page, MARKET_ADMIN)
    menu(page, "職員情報管理")
    press(page, "検索")
    follow(page, MARKET_ADMIN)
    page.emulate_media(media="print")
    expect(button(page, "ユーザロック解除")).not_to_be_visible()
    expect(link(page, "戻る")).not_to_be_visible()
    expect(fact(page, "ユーザ名")).to_be_visible()


def test_forced_colours_keep_borders_and_the_current_place(new_page):
    page = new_page(forced_colors="active")
    sign_in(page, HANAKO)
    menu(page, "ユーザ情報管理")
    press(page, "検索")
    widths = page.evaluate(
        """() => ["button.primary", ".search", ".table", ".status.ok", "input[type=text]", ".list td"].map((s) => {
        const style = getComputedStyle(document.querySelector(s));
        return [s, parseFloat(style.borderBottomWidth) > 0 && style.borderBottomStyle !== "none"]; })"""
    )
    assert [selector for selector, kept in widths if not kept] == []
    current = page.get_by_role("navigation", name="主メニュー").locator("[aria-current]")
    expect(current).to_have_css("text-decoration-line", "underline")
    press(page, "ログアウト")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('dialog[open]')).borderTopWidth)") > 0
    expect(dialog(page)).to_be_visible()


@pytest.mark.parametrize("login_id", [HANAKO, MARKET_ADMIN])
def test_on_a_telephone_the_menu_reaches_what_the_side_would(new_page, login_id):
    page = new_page(390)
    sign_in(page, login_id)
    menu(page, "ユーザ情報管理")
    see(page, "ユーザ情報一覧画面")
    expect(page.get_by_role("navigation", name="参加登録")).not_to_be_visible()
    press(page, "検索")
    card = main(page).get_by_role("region").locator("tbody tr").first
    expect(card).to_have_css("display", "block")
    expect(card.get_by_role("link", name=TARO)).to_be_visible()


def test_on_a_telephone_a_表示期間_stays_beside_its_label(new_page):
    page = new_page(390)
    sign_in(page, MARKET_ADMIN)
    menu(page, "お知らせ管理")
    press(page, "検索")
    row = main(page).get_by_role("region").locator("tbody tr").first
    left = "all => all.map((e) => Math.round(e.getBoundingClientRect().left))"
    lefts = row.locator("span.nowrap, span.status").evaluate_all(left)
    assert len(lefts) == 3
    assert set(lefts) == {lefts[0]}, "start, end and 状態 stand in one column"


def test_buttons_links_and_boxes_are_large_enough_to_hit(new_page):
    page = new_page(390)
    sign_in(page, MARKET_ADMIN)
    menu(page, "職員情報管理")
    press(page, "検索")
    small = page.evaluate(
        """() => [...document.querySelectorAll(".button, .tabs a, .pages a, input[type=text], .choice, .field select")]
        .filter((e) => e.checkVisibility()).map((e) => [e.textContent, e.getBoundingClientRect().height])
        .filter(([, height]) => height < 44)"""
    )
    assert small == []
