"""発電設備等の情報掲示板利用マニュアル 3章, 4章 by label: a post is written, found and deleted; on a telephone too."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from domain.review import ReviewAction
from models import Post, Staff
from services import reviews
from services.posts import KIND
from tests.browser.hands import answer, dialog, done, fact, field, fill, follow, link, main, press, see, see_crumbs

pytestmark = pytest.mark.browser
TITLE = "地熱発電設備の売り希望（東京エリア）"
WIDE, PHONE = (1366, 900), (390, 844)


@pytest.fixture(params=[WIDE, PHONE], ids=["desk", "telephone"])
def window(request):
    return dict(zip(("width", "height"), request.param, strict=True))


def enter(page, login_id):
    page.goto("/board/login")
    field(page, "ID").fill(login_id)
    field(page, "パスワード").fill("Yoryo2026demo")
    press(page, "ログイン")
    see(page, "掲示板ホーム画面")


def tab(page, name):
    page.get_by_role("navigation", name="主メニュー").get_by_role("link", name=name, exact=True).click()


def area(page, name):
    page.get_by_role("navigation", name="エリア").get_by_role("link", name=name, exact=True).click()


def decide(panel, action, reason=""):
    """The review desk's own walk is another one: tests/browser/test_walk_board.py."""
    with panel.write() as session:
        post = session.scalar(select(Post).where(Post.title == TITLE).order_by(Post.id.desc()).limit(1))
        reviewer = session.scalar(select(Staff).where(Staff.login_id == "S000000002"))
        reviews.act(session, reviewer, KIND, post, ReviewAction(action), reason=reason)


def copy_template(page):
    """3.1②: the text that can be copied; the button says that it was."""
    template = page.get_by_role("region", name="情報掲載用テンプレート").locator("pre")
    expect(template).to_contain_text("①希望の区分")
    press(page, "コピー")
    expect(page.get_by_text("コピーしました。")).to_be_visible()
    assert page.evaluate("() => getSelection().toString()").startswith("①希望の区分")


def write(page, panel):
    """3.1③④: the guided form."""
    day = panel.now() + timedelta(hours=9)
    fill(page, {"開始日": f"{day:%Y/%m/%d}", "終了日": f"{day + timedelta(days=300):%Y/%m/%d}", "タイトル": TITLE})
    page.get_by_role("radio", name="売", exact=True).check()
    fill(page, {"事業者名": "株式会社0001", "問合せ先 担当者名": "掲示 太郎"})
    fill(page, {"問合せ先 メールアドレス": "baibai@example.jp", "任意記載事項": "5万kW"})
    page.get_by_role("checkbox", name="東京").check()
    press(page, "新規ニュース作成")
    see(page, "MYニュース画面")
    expect(done(page)).to_contain_text("info.post.complete : 新規ニュースを作成しました。")


def test_chapters_3_and_4(panel, new_page, window):
    mine, theirs = new_page(), new_page()
    for page, login_id in ((mine, "board0001"), (theirs, "board0002")):
        page.set_viewport_size(window)
        enter(page, login_id)

    main(mine).get_by_role("link", name="発電設備等の情報", exact=True).click()  # 3.1①
    see(mine, "発電設備等の情報画面")
    copy_template(mine)
    follow(main(mine), "新規ニュース作成")
    see(mine, "新規ニュース作成画面")
    see_crumbs(mine, "TOP", "MYニュース画面", "新規ニュース作成画面")
    write(mine, panel)
    expect(main(mine).locator("tbody tr").first).to_contain_text("審査待ち")

    tab(theirs, "発電設備等の情報")  # 3.1⑤: nobody else sees it
    expect(main(theirs)).not_to_contain_text(TITLE)
    decide(panel, "approve")
    [mail] = panel.mails()  # 3.1⑥
    assert (mail.to, mail.facts["タイトル"]) == ("board0001@example.jp", TITLE)

    tab(theirs, "ホーム")  # 3.1⑦
    expect(link(main(theirs), TITLE)).to_be_visible()
    find_it(theirs, panel)

    tab(mine, "MYニュース")  # 3.3
    mine.locator("tbody tr").first.get_by_role("button", name="削除").click()
    expect(dialog(mine)).to_contain_text("この掲載情報を削除します。")
    answer(mine, "キャンセル")
    expect(link(mine, TITLE)).to_be_visible()
    mine.locator("tbody tr").first.get_by_role("button", name="削除").click()
    answer(mine, "OK")
    expect(done(mine)).to_contain_text("info.post_delete.complete")
    expect(link(mine, TITLE)).to_have_count(0)
    address = theirs.url
    assert theirs.goto(address).status == 404
    theirs.goto("/board/posts/?with_ended=1")
    expect(main(theirs)).not_to_contain_text(TITLE)


def find_it(page, panel):
    """4.1: area tabs, both searches, the two ways to the detail, the contact."""
    tab(page, "発電設備等の情報")
    area(page, "沖縄")
    expect(link(page, TITLE)).to_have_count(0)
    area(page, "東京")
    field(page, "タイトル").fill("地熱")
    field(page, "開始日").fill(f"{panel.now() + timedelta(days=200):%Y/%m/%d}")
    press(page, "検索")
    expect(main(page).get_by_text("(全1件)").first).to_be_visible()
    follow(main(page), "もっと見る")
    see(page, "発電設備等の情報詳細画面")
    page.go_back()
    follow(main(page), TITLE)
    see(page, "発電設備等の情報詳細画面")
    expect(fact(page, "電源情報 (本文)")).to_contain_text("⑤任意記載事項")
    assert fact(page, "電源情報 (本文)").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 14  # BBS-051
    subject = re.compile(r"^【ご連絡】発電設備等の情報掲示板について（\d{4}/\d\d/\d\d：株式会社0002）$")
    expect(page.locator("#subject")).to_have_text(subject)


def test_bbs_042_the_calendar_fills_in_the_day(panel, new_page):
    page = new_page()
    enter(page, "board0001")
    page.goto("/board/news/new/")
    day = page.locator(".dated input[type=date]").first
    page.evaluate("() => { HTMLInputElement.prototype.showPicker = function () { this.dataset.shown = this.value; }; }")
    field(page, "開始日").fill("２０２７/1/5")
    page.get_by_role("button", name=re.compile("カレンダー.*開始日")).click()
    expect(day).to_have_attribute("data-shown", "2027-01-05")
    day.evaluate("e => { e.value = '2027-02-03'; e.dispatchEvent(new Event('change', { bubbles: true })); }")
    expect(field(page, "開始日")).to_have_value("2027/02/03")


def test_bbs_054_058_rejected_copied_and_submitted_again(panel, new_page):
    page = new_page()
    enter(page, "board0001")
    tab(page, "MYニュース")
    follow(main(page), "新規ニュース作成")
    write(page, panel)
    decide(panel, "reject", "電源の種別を記入してください。")
    [mail] = panel.mails()
    assert mail.subject == "【発電設備等の情報掲示板】発電設備等情報への掲載が承認されませんでした"
    assert mail.facts["否認理由"] == "電源の種別を記入してください。"
    tab(page, "MYニュース")
    main(page).get_by_role("link", name=TITLE).first.click()
    expect(fact(page, "電源情報 (本文)")).to_contain_text("【否認理由】 電源の種別を記入してください。")
    follow(main(page), "複製して再申請")
    see(page, "新規ニュース作成画面")
    expect(field(page, "タイトル")).to_have_value(TITLE)
    field(page, "任意記載事項").fill("地熱 5万kW")
    press(page, "新規ニュース作成")
    see(page, "MYニュース画面")
    expect(main(page).locator("tbody tr").first).to_contain_text("審査待ち")
