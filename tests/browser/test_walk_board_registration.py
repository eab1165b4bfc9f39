"""Chapter 2 of 発電設備等の情報掲示板利用マニュアル: 新規登録, both mails, ログイン, ログアウト (BBS-010…037)."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from domain.review import ReviewAction
from models import Account, Registration
from services import reviews
from tests.browser.hands import alert, answer, button, done, fact, field, fill, follow, link, main, press, see
from tests.browser.panel import REVIEWER
from tests.browser.registering import LOGIN_ID, PASSWORD, the_digits, type_registration

pytestmark = pytest.mark.browser


def approve(panel):
    with panel.write() as session:
        reviewer = session.scalar(select(Account).filter_by(login_id=REVIEWER))
        row = session.scalar(select(Registration).filter_by(login_id=LOGIN_ID))
        reviews.act(session, reviewer, reviews.KINDS["registration"], row, ReviewAction.APPROVE)


def type_sign_in(page, password=PASSWORD):
    see(page, "ログイン画面")
    field(page, "ID").fill(LOGIN_ID)
    field(page, "パスワード").fill(password)
    press(page, "ログイン")


def test_from_the_registration_over_both_mails_to_the_home_screen_and_out(page, panel):
    page.goto("/board/login")
    expect(link(page, "新規登録")).to_have_count(2)  # 2.1① 何れかを押下
    link(page, "新規登録").nth(1).click()
    see(page, "新規登録画面")
    expect(main(page)).to_contain_text("申請時のID/パスワードは忘れないように")  # BBS-095
    expect(main(page).get_by_text("一般", exact=True)).to_be_visible()
    picture = page.get_by_role("img", name="入力する数字の画像")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 240
    type_registration(page, panel)
    press(page, "確認")

    see(page, "新規登録確認画面")
    expect(fact(page, "ID")).to_have_text(LOGIN_ID)
    expect(fact(page, "区分")).to_have_text("一般")
    expect(fact(page, "都道府県")).to_have_text("東京都")
    assert PASSWORD not in page.content()
    press(page, "戻る")
    see(page, "新規登録画面")
    expect(field(page, "お名前")).to_have_value("発電　太郎")
    press(page, "確認")
    see(page, "新規登録確認画面")
    press(page, "登録")

    see(page, "登録受付完了画面")
    page.reload()
    see(page, "登録受付完了画面")
    [receipt] = panel.mails()
    assert (receipt.to, receipt.facts["お名前"]) == ("hatsuden@hatsuden-ichi.co.jp", "発電　太郎")

    follow(main(page), "ログイン画面へ")
    type_sign_in(page)
    expect(alert(page)).to_contain_text("error.Y05.00001")  # not before the approval: BBS-002
    approve(panel)
    [approved] = panel.mails()
    assert (approved.facts["お名前"], approved.facts["ID"]) == ("発電　太郎", LOGIN_ID)
    type_sign_in(page)
    see(page, "掲示板ホーム画面")
    expect(page.get_by_role("contentinfo")).to_contain_text("発電設備等の情報掲示板担当")  # BBS-094
    press(page, "ログアウト")
    answer(page, "OK")
    see(page, "ログイン画面")
    expect(field(page, "ID")).to_be_visible()


def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(page, panel):
    page.goto("/board/register")
    fill(page, {"ID": "board0001", "パスワード": PASSWORD, "メールアドレス": "taro@gmail.com", "お名前": "hatsuden"})
    field(page, "画像認証").fill("000")
    press(page, "確認")
    see(page, "新規登録画面")
    for message in ("error.B02.00006", "error.B02.00008", "error.B02.00011", "error.C00.00001"):
        expect(alert(page)).to_contain_text(message)
    expect(alert(page)).not_to_contain_text("error.B02.00005")  # the ID is not judged before the picture is solved
    expect(field(page, "ID")).to_have_value("board0001")
    expect(page.get_by_text("入力済みです。")).to_be_visible()
    field(page, "画像認証").fill(the_digits(panel))
    press(page, "確認")
    expect(alert(page)).to_contain_text("error.B02.00005")
    expect(page.get_by_text("画像認証は完了しています。")).to_be_visible()
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_password_can_be_changed_from_the_header(page, panel):  # BBS-088
    page.goto("/board/login")
    field(page, "ID").fill("board0001")
    field(page, "パスワード").fill("Yoryo2026demo")
    press(page, "ログイン")
    see(page, "掲示板ホーム画面")
    follow(page.get_by_role("banner"), "パスワード変更")
    see(page, "パスワード変更画面")
    expect(main(page)).to_contain_text("半角英数字の組み合わせで、8桁以上")
    field(page, "現在のパスワード").fill("Yoryo2026demo")
    field(page, "新しいパスワード").fill("Denki2026neu")
    field(page, "新しいパスワード (確認)").fill("Denki2026neu")
    press(page, "変更")
    answer(page, "OK")
    expect(done(page)).to_contain_text("info.password.complete")
    expect(button(page, "ログアウト")).to_be_visible()
