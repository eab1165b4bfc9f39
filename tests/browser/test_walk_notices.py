"""#010 5章(1): an お知らせ from the staff who write it to the operator it is for, and to nobody else (COM-053…058)."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import corpus
from tests.browser.hands import (
    answer,
    button,
    dialog,
    done,
    fact,
    field,
    fill,
    follow,
    link,
    main,
    menu,
    press,
    see,
    see_crumbs,
    sign_in,
)
from tests.browser.panel import HANAKO, MARKET_ADMIN, STRANGER

pytestmark = pytest.mark.browser
TITLE = "容量確保契約書の様式について"
FILE = "容量確保契約書（様式 第1版）①.pdf"
NUMBER = "0000007302"  # the one after the demo's


@pytest.fixture
def hours(panel):
    """hours(n): n hours from now, as 表示期間 is typed."""
    return lambda n: f"{panel.now() + timedelta(hours=n + 9):%Y/%m/%d %H}:00"


def line(page, title=TITLE):
    """The line of お知らせ一覧 with this title."""
    return page.get_by_role("region", name="お知らせ一覧").get_by_role("listitem").filter(has=link(page, title))


def home(page):
    page.get_by_role("link", name="ホーム").first.click()
    see(page, "ポータルトップ")


def opened(page):
    menu(page, "お知らせ管理")
    press(page, "検索")
    follow(page, NUMBER)
    see(page, "お知らせ詳細画面")


def register(page, hours, path):
    """Staff write it, with a file, for operator 0001, with a mail."""
    menu(page, "お知らせ管理")
    follow(page, "新規登録")
    see(page, "お知らせ登録画面")
    see_crumbs(page, "TOP", "管理", "お知らせ管理", "お知らせ一覧画面", "お知らせ登録画面")
    fill(page, {"タイトル": TITLE, "本文": "# 様式\n\n**第1版**を公開します。"})
    fill(page, {"表示期間（開始）": hours(-1), "表示期間（終了）": hours(48)})
    press(page, "プレビュー")
    preview = page.get_by_role("region", name="プレビュー")
    expect(preview.get_by_role("heading", name="様式")).to_be_visible()
    expect(preview.locator("strong")).to_have_text("第1版")
    page.get_by_label("公開先", exact=True).select_option(label="事業者を指定")
    field(page, "公開先の事業者コード").fill("0001")
    page.get_by_label("公開時にメールで知らせる").check()
    page.locator("input[type=file]").set_input_files(path)
    expect(link(page, FILE)).to_be_visible()
    press(page, "確認")
    see(page, "お知らせ登録確認画面")
    expect(fact(page, "公開先の事業者コード")).to_have_text("0001 株式会社0001")
    expect(link(page, FILE)).to_be_visible()
    press(page, "実行")
    see(page, "お知らせ登録完了画面")


def publish(page):
    opened(page)
    expect(fact(page, "状態")).to_have_text("下書き")
    press(page, "公開")
    expect(dialog(page)).to_contain_text("お知らせを公開します。")
    answer(page, "OK")
    see(page, "お知らせ公開完了画面")
    expect(done(page)).to_contain_text("info.publish.complete : お知らせの公開が完了しました。")


def read_it(page, path):
    """花子 sees 新着 and 未読, opens it and has the file byte for byte. Returns the addresses of notice and file."""
    expect(line(page).locator(".mark")).to_have_text(["新着", "未読"])
    expect(link(page, TITLE).locator(".mark")).to_have_count(0)  # the marks stand outside the link
    follow(page, TITLE)
    see(page, "お知らせ詳細画面")
    see_crumbs(page, "TOP", "お知らせ詳細画面")
    expect(fact(page, "お知らせID")).to_have_text(NUMBER)
    expect(fact(page, "タイトル")).to_have_text(TITLE)
    expect(main(page).get_by_role("heading", name="様式")).to_be_visible()
    expect(button(page, "公開")).to_have_count(0)
    with page.expect_download() as download:
        follow(page, FILE)
    assert download.value.suggested_filename == FILE
    saved = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(saved).hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()
    addresses = page.url, link(page, FILE).evaluate("e => e.href")
    home(page)
    expect(line(page).locator(".mark")).to_have_text(["新着"])
    return addresses


def assert_hidden(page, addresses):
    """Neither in the list nor by its address; its file neither."""
    home(page)
    expect(line(page, "お知らせ")).to_have_count(1)
    expect(main(page)).not_to_contain_text(TITLE)
    for address in addresses:
        assert page.request.get(address).status == 404
        assert page.goto(address).status == 404
        see(page, "404エラー画面")
    page.goto("/portal/")


def test_com_053_a_notice_reaches_its_operator_and_nobody_else_until_it_is_withdrawn(panel, new_page, hours, tmp_path):
    path = tmp_path / FILE
    path.write_bytes(corpus.MADE["pdf"]())
    staff, hanako, stranger = new_page(), new_page(), new_page()
    for page, login_id in ((staff, MARKET_ADMIN), (hanako, HANAKO), (stranger, STRANGER)):
        sign_in(page, login_id)

    register(staff, hours, path)
    home(hanako)
    expect(main(hanako)).not_to_contain_text(TITLE)  # 下書き
    assert panel.mails() == []
    publish(staff)

    arrived = panel.mails()  # 管理者 and 担当者情報 of 0001 (#020 2章※2)
    assert sorted(mail.to for mail in arrived) == [
        "tantou.0001@example.jp",
        "u280003303@example.jp",
        "u280003304@example.jp",
    ]
    for mail in arrived:
        assert mail.subject == "お知らせを公開しました"
        assert (mail.facts["お知らせID"], mail.facts["タイトル"]) == (NUMBER, TITLE)

    home(hanako)
    addresses = read_it(hanako, path)
    assert_hidden(stranger, addresses)

    opened(staff)
    press(staff, "取下げ")
    answer(staff, "OK")
    see(staff, "お知らせ取下げ完了画面")
    assert_hidden(hanako, addresses)
    opened(staff)
    expect(fact(staff, "状態")).to_have_text("取下げ")
    with staff.expect_download() as download:  # who keeps it still has it
        follow(staff, FILE)
    assert download.value.suggested_filename == FILE
    assert panel.mails() == []
