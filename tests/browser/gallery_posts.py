"""Journeys through 掲載 of the board, as tests/browser/gallery.py has the others."""

from tests.browser.hands import alert, answer, dialog, done, field, fill, follow, link, main, menu, press, see, sign_in
from tests.browser.panel import MARKET_ADMIN

LONG = "発電設備の売り希望（東京・中部・北陸・関西エリア、LNG火力および太陽光発電、2028年度以降の長期の相対契約を希望）"
BODY = "①貸し\n②\n③a@example.jp\n④関東"


def enter(page, login_id="board0001"):
    page.goto("/board/login")
    fill(page, {"ID": login_id, "パスワード": "Yoryo2026demo"})
    press(page, "ログイン")
    see(page, "掲示板ホーム画面")


def tab(page, name):
    page.get_by_role("navigation", name="主メニュー").get_by_role("link", name=name, exact=True).click()


def reading_posts(page, panel, new_page):
    enter(page)
    yield "board-home"
    tab(page, "発電設備等の情報")
    see(page, "発電設備等の情報画面")
    yield "board-posts"
    page.get_by_role("navigation", name="エリア").get_by_role("link", name="東京", exact=True).click()
    page.get_by_label("掲載期間終了分も表示").check()
    press(page, "検索")
    main(page).get_by_text("掲載期間終了", exact=True).first.wait_for()
    yield "board-posts-ended"
    field(page, "タイトル").fill("該当しない")
    press(page, "検索")
    alert(page).wait_for()
    yield "board-posts-none"
    tab(page, "発電設備等の情報")
    follow(main(page), "発電設備の買い希望（東京・中部エリア）")
    see(page, "発電設備等の情報詳細画面")
    press(page, "コピー")
    page.get_by_text("コピーしました。").wait_for()
    yield "board-post"


def writing_posts(page, panel, new_page):
    enter(page)
    tab(page, "MYニュース")
    see(page, "MYニュース画面")
    yield "board-news"
    follow(page, "新規ニュース作成")
    see(page, "新規ニュース作成画面")
    yield "board-news-new"
    fill(page, {"タイトル": LONG, "電源情報 (本文)": BODY})
    press(page, "新規ニュース作成")
    alert(page).get_by_text("error.B05.00002").wait_for()
    yield "board-news-new-errors"
    tab(page, "MYニュース")
    follow(page, "売り希望")
    see(page, "MYニュース詳細画面")
    yield "board-news-rejected"
    follow(page, "複製して再申請")
    field(page, "タイトル").fill(LONG)
    field(page, "終了日").fill("2099/12/31")
    press(page, "新規ニュース作成")
    done(page).first.wait_for()
    yield "board-news-done"
    page.get_by_role("button", name="削除").first.click()
    dialog(page).wait_for()
    yield "board-news-delete"
    answer(page, "OK")
    link(page, LONG).wait_for(state="detached")
    yield "board-news-deleted"


def cleaning_up_posts(page, panel, new_page):
    sign_in(page, MARKET_ADMIN)
    menu(page, "掲載情報")
    see(page, "掲載情報一覧画面")
    yield "admin-posts"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-posts-list"
    page.get_by_role("row", name="受付終了").get_by_role("link").click()
    see(page, "掲載情報詳細画面")
    yield "admin-post"
    press(page, "削除")
    dialog(page).wait_for()
    yield "admin-post-delete"
    answer(page, "OK")
    see(page, "掲載情報削除完了画面")
    yield "admin-post-deleted"


JOURNEYS = [reading_posts, writing_posts, cleaning_up_posts]
