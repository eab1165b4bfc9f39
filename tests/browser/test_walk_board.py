"""発電設備等の情報掲示板利用マニュアル 2章–5章 in one go: from 新規登録 over both mails to a found post.

By label only, at the desk and on a telephone; everything through screens, the reviewer's part as well.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.hands import alert, answer, dialog, done, fact, field, follow, link, main, press, see, sign_in
from tests.browser.panel import MARKET_ADMIN, REVIEWER
from tests.browser.test_walk_board_registration import LOGIN_ID, PASSWORD, type_registration, type_sign_in

pytestmark = pytest.mark.browser
TITLE = "発電設備の売り希望（東京・中部エリア）"
TEXT = """①希望の区分：〝売〟
②事業者名：株式会社発電一
③問合せ先：発電 太郎　hatsuden-kouhou@hatsuden-ichi.co.jp
④電源所在エリア：東京、中部
"""
REASON = "電源の種別を任意記載事項に記入してください。"


def tab(page, name):
    follow(page.get_by_role("navigation", name="主メニュー"), name)


def board_sign_in(page, login_id="board0002", password="Yoryo2026demo"):
    page.goto("/board/login")
    field(page, "ID").fill(login_id)
    field(page, "パスワード").fill(password)
    press(page, "ログイン")
    see(page, "掲示板ホーム画面")


def decide(page, title, action, reason=""):
    """審査 → the submission → 審査結果 → 確認 → 実行."""
    tab(page, "審査")
    see(page, "審査一覧画面")
    row = main(page).get_by_role("row").filter(has_text=title)
    row.get_by_role("link").first.click()
    see(page, "審査画面")
    page.get_by_role("radio", name=action).check()
    field(page, "理由").fill(reason)
    press(page, "確認")
    expect(main(page)).to_contain_text("送信されるメール")
    press(page, "実行")
    expect(done(page)).to_be_visible()


def write_post(page, title, text):
    see(page, "新規ニュース作成画面")
    start = page.evaluate("() => new Date(Date.now() + 9 * 3600e3).toISOString().slice(0, 10).replaceAll('-', '/')")
    field(page, "開始日").fill(start)
    field(page, "終了日").fill(f"{int(start[:4]) + 1}/03/31")
    field(page, "タイトル").fill(title)
    field(page, "電源情報 (本文)").fill(text)
    press(page, "新規ニュース作成")


@pytest.mark.parametrize("width", [1366, 390])
def test_from_the_registration_to_a_found_post(panel, new_page, width):
    member, staff, reader, admin = (new_page(width=width) for _ in range(4))

    # 2.1 新規登録 ①–⑦
    member.goto("/board/login")
    link(member, "新規登録").first.click()
    see(member, "新規登録画面")
    type_registration(member, panel)
    press(member, "確認")
    see(member, "新規登録確認画面")
    press(member, "登録")
    see(member, "登録受付完了画面")
    [receipt] = panel.mails()
    assert receipt.facts["お名前"] == "発電　太郎"
    sign_in(staff, REVIEWER)
    decide(staff, LOGIN_ID, "承認")
    [approved] = panel.mails()
    assert approved.facts["ID"] == LOGIN_ID

    # 2.2, 3.1 ①–⑤: the template, pasted and filled in
    follow(main(member), "ログイン画面へ")
    type_sign_in(member)
    see(member, "掲示板ホーム画面")
    follow(main(member), "発電設備等の情報")
    see(member, "発電設備等の情報画面")
    expect(main(member)).to_contain_text("②事業者名")
    follow(main(member), "新規ニュース作成")
    write_post(member, TITLE, TEXT.replace("③問合せ先", "③") if width == 390 else TEXT)
    see(member, "MYニュース画面")
    expect(main(member)).to_contain_text("審査待ち")
    board_sign_in(reader)
    tab(reader, "発電設備等の情報")
    expect(main(reader)).not_to_contain_text(TITLE)  # 登録直後の段階では…表示されません

    # 否認: the mail with the fixed subject, the reason at the end of the text, 複製して再申請
    decide(staff, TITLE, "否認", REASON)
    [refused] = panel.mails()
    assert refused.subject == "【発電設備等の情報掲示板】発電設備等情報への掲載が承認されませんでした"
    tab(member, "MYニュース")
    follow(main(member), TITLE)
    expect(fact(member, "電源情報 (本文)")).to_contain_text(REASON)
    follow(main(member), "複製して再申請")
    see(member, "新規ニュース作成画面")
    expect(field(member, "事業者名")).to_have_value("株式会社発電一")
    expect(member.get_by_role("checkbox", name="東京")).to_be_checked()
    field(member, "任意記載事項").fill("太陽光 2MW")
    press(member, "新規ニュース作成")
    see(member, "MYニュース画面")

    # 承認: beside the earlier one; visible to others, found by area, title and period
    decide(staff, TITLE, "承認")
    [published] = panel.mails()
    assert TITLE in published.facts.values()
    tab(reader, "発電設備等の情報")
    follow(reader.get_by_role("navigation", name="エリア"), "中部")
    field(reader, "タイトル").fill("ﾊﾂﾃﾞﾝ")
    press(reader, "検索")
    expect(main(reader)).not_to_contain_text(TITLE)
    field(reader, "タイトル").fill("売り希望（東京・中")
    press(reader, "検索")
    main(reader).get_by_role("link", name="もっと見る").first.click()
    see(reader, "発電設備等の情報詳細画面")
    expect(main(reader)).to_contain_text("太陽光 2MW")
    subject = main(reader).get_by_role("region", name="メールタイトル").inner_text()
    assert re.fullmatch(r"【ご連絡】発電設備等の情報掲示板について（\d{4}/\d\d/\d\d：株式会社0002）", subject)
    address = reader.url

    # 3.3 削除 ①–④
    tab(member, "MYニュース")
    row = main(member).get_by_role("row").filter(has_text="承認").filter(has_text=TITLE)
    row.get_by_role("button", name="削除").click()
    expect(dialog(member)).to_be_visible()
    answer(member, "OK")
    see(member, "MYニュース画面")
    assert reader.goto(address).status == 404

    # 5.1, 5.2: パスワード再設定 and IDの削除 by 広域機関
    sign_in(admin, MARKET_ADMIN)
    tab(admin, "情報掲示板")
    follow(main(admin), "会員")
    field(admin, "ID").fill(LOGIN_ID)
    press(admin, "検索")
    follow(main(admin), LOGIN_ID)
    press(main(admin), "パスワード再設定")
    answer(admin, "OK")
    [reset] = panel.mails()
    tab_after = member.goto("/board/")
    assert tab_after.status == 401
    member.goto("/board/login")
    type_sign_in(member, reset.facts["仮パスワード"])
    see(member, "パスワード変更画面")
    field(member, "現在のパスワード").fill(reset.facts["仮パスワード"])
    field(member, "新しいパスワード").fill("Hatsuden2026b")
    field(member, "新しいパスワード (確認)").fill("Hatsuden2026b")
    press(member, "変更")
    answer(member, "OK")
    follow(main(member), "ログイン")
    type_sign_in(member, "Hatsuden2026b")
    see(member, "掲示板ホーム画面")
    tab(admin, "情報掲示板")
    follow(main(admin), "会員")
    field(admin, "ID").fill(LOGIN_ID)
    press(admin, "検索")
    follow(main(admin), LOGIN_ID)
    press(main(admin), "IDの削除")
    answer(admin, "OK")
    [deleted] = panel.mails()
    assert deleted.facts["ID"] == LOGIN_ID
    member.goto("/board/login")
    type_sign_in(member, PASSWORD)
    expect(alert(member)).to_contain_text("error.Y05.00001")
