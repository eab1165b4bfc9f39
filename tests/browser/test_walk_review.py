"""審査 as a reviewer does it, at 1366 and 390 px: queue, keys, phrases, decision, bulk approval (BBS-025, BBS-026)."""

import pytest
from playwright.sync_api import expect

from models import Phrase, db
from tests import staff_request
from tests.browser.hands import alert, answer, button, dialog, done, field, follow, link, main, press, see, sign_in
from tests.browser.panel import MARKET_ADMIN, REVIEWER
from tests.browser.test_screens import look_at
from tests.staff_request import KIND, OTHER

PHRASE = "②事業者名が正式名称ではありません。"

# An A on the page itself, with something about it.
PRESS_A = """(how) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true, ...how }))"""


@pytest.fixture
def queue(panel):
    """Three that wait; the first and the last are of one kind and applicant."""
    with staff_request.declared():
        panel.sql("DELETE FROM reviews")  # of the demo data
        with panel.app.app_context():
            staff_request.make_table()
            db.session.add(Phrase(text=PHRASE))
            for subject, kind, company in (("一", KIND, "会社甲"), ("二", OTHER, "会社乙"), ("三", KIND, "会社甲")):
                text = f"{subject}の内容"
                staff_request.submit(db.session, None, subject, text=text, kind=kind, company=company)
        yield
        with panel.app.app_context():
            staff_request.drop_table()


@pytest.fixture
def desk(page, queue):
    sign_in(page, REVIEWER)
    return page


def open_first(page):
    follow(page.get_by_role("navigation", name="主メニュー"), "審査")
    see(page, "審査一覧画面")
    follow(main(page), "A00000001")
    see(page, "審査画面")


def chosen(page):
    return [r.get_attribute("value") for r in page.get_by_role("radio").all() if r.is_checked()]


def reason(page):
    return field(page, "理由")


def test_a_reviewer_works_through_the_queue_with_the_keyboard(desk, width):
    page = desk
    expect(page.get_by_role("link", name="審査待ち 3件")).to_be_visible()
    open_first(page)
    queue = page.get_by_role("navigation", name="審査一覧")
    if width > 1000:
        expect(queue.get_by_role("link")).to_have_text(["一", "二", "三"])
        expect(queue.locator("[aria-current]")).to_have_text("一")
    else:
        expect(queue).to_be_hidden()
    page.keyboard.press("j")
    expect(page.get_by_text("申請番号 A00000002")).to_be_visible()
    page.keyboard.press("Shift+J")  # with Shift it is a letter to be typed, no key of ours
    expect(page.get_by_text("申請番号 A00000002")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text("申請番号 A00000001")).to_be_visible()
    page.keyboard.press("a")
    assert chosen(page) == ["approve"]
    page.keyboard.press("r")
    assert chosen(page) == ["reject"]
    page.keyboard.press("a")
    press(page, "確認")
    see(page, "審査確認画面")
    expect(page.get_by_role("heading", name="送信されるメール")).to_be_visible()
    press(page, "実行")
    see(page, "審査完了画面")
    expect(done(page)).to_contain_text("A00000001の審査が完了しました。（承認）")
    follow(main(page), "次の申請へ")
    expect(page.get_by_text("申請番号 A00000002")).to_be_visible()


def test_keys_never_fire_while_something_is_typed_composed_or_asked(desk):
    page = desk
    open_first(page)
    here = page.url
    box = reason(page)
    box.click()
    page.keyboard.type("jkar")
    expect(box).to_have_value("jkar")
    assert (page.url, chosen(page)) == (here, [])
    for what in ("isComposing", "ctrlKey", "altKey", "metaKey", "shiftKey", "repeat"):
        page.evaluate(PRESS_A, {what: True})
        assert chosen(page) == [], what
    page.evaluate(PRESS_A, {"keyCode": 229})
    assert chosen(page) == []
    page.locator("#phrase").focus()
    page.keyboard.press("r")
    assert chosen(page) == []
    page.locator("body").click(position={"x": 5, "y": 5})
    page.evaluate("document.activeElement.blur()")
    button(page.locator(".head"), "ログアウト").click()
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("a")
    assert (page.url, chosen(page)) == (here, [])
    answer(page, "キャンセル")
    page.get_by_label("キー操作を使用する").uncheck()  # WCAG 2.1.4: they can be switched off
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("a")
    assert chosen(page) == []
    page.get_by_label("キー操作を使用する").check()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("a")
    assert chosen(page) == ["approve"]


def test_a_phrase_is_put_where_the_cursor_stands_and_the_reason_goes_out(desk, panel):
    page = desk
    open_first(page)
    page.get_by_label("否認", exact=True).check()
    press(page, "確認")
    expect(alert(page).first).to_contain_text("否認の理由を入力してください。")
    reason(page).fill("先に。")
    page.get_by_label("定型文").select_option(label=PHRASE)
    press(page, "挿入")
    expect(reason(page)).to_have_value(f"先に。\n{PHRASE}")
    expect(reason(page)).to_be_focused()
    press(page, "確認")
    see(page, "審査確認画面")
    expect(main(page)).to_contain_text(f"理由: 先に。 {PHRASE}")
    press(page, "戻る")
    expect(reason(page)).to_have_value(f"先に。\n{PHRASE}")
    press(page, "確認")
    press(page, "実行")
    see(page, "審査完了画面")


def test_a_resubmission_shows_what_is_new(desk):
    page = desk
    page.goto("/admin/reviews/details/?id=3")
    expect(page.get_by_text("変更箇所（2 / 3項目）")).to_be_visible()
    expect(page.locator("del").first).to_contain_text("一")
    expect(page.locator("ins").first).to_contain_text("三")
    expect(page.get_by_text("東京", exact=True)).to_be_hidden()
    page.get_by_text("変更のない項目（1項目）").click()
    expect(page.get_by_text("東京", exact=True)).to_be_visible()


def test_ticked_ones_of_one_kind_are_approved_together(desk):
    page = desk
    page.goto("/admin/reviews/")
    for number in ("A00000001", "A00000002"):
        page.get_by_label(f"{number}を選択").check()
    press(page, "一括承認")
    expect(alert(page)).to_contain_text("同じ種類の申請だけを選択してください。")
    page.get_by_label("A00000002を選択").uncheck()
    page.get_by_label("A00000003を選択").check()
    press(page, "一括承認")
    see(page, "一括承認確認画面")
    expect(done(page)).to_contain_text("選択した2件を承認します。よろしいですか。")
    press(page, "実行")
    see(page, "一括承認完了画面")
    expect(done(page)).to_contain_text("2件の承認が完了しました。")
    follow(main(page), "一覧へ戻る")
    expect(main(page)).not_to_contain_text("A00000001")


def test_a_colleague_takes_over_after_being_asked(desk, panel):
    page = desk
    open_first(page)
    press(page, "審査開始")
    expect(done(page)).to_contain_text("担当になりました。")
    expect(main(page)).to_contain_text("担当：広域 審査")
    panel.sql("UPDATE reviews SET claimed_by_id = ? WHERE id = 1", panel.id_of(MARKET_ADMIN))
    page.reload()
    press(page, "担当を引き継ぐ")
    expect(dialog(page)).to_contain_text("広域 管理の担当を引き継ぎます。よろしいですか。")
    answer(page, "OK")
    expect(main(page)).to_contain_text("担当：広域 審査")


def test_a_market_admin_has_no_tab(page, queue):
    sign_in(page, MARKET_ADMIN)
    tabs = page.get_by_role("navigation", name="主メニュー")
    expect(link(tabs, "情報掲示板")).to_be_visible()
    expect(link(tabs, "審査")).to_have_count(0)


def test_every_screen_of_the_desk_is_accessible_in_every_look(new_page, queue):
    """ui.md §8–10, XC-017: axe, light and dark, on a telephone, at 200 % and 400 %."""
    page = new_page(1366)
    sign_in(page, REVIEWER)
    wrong = look_at(page, "review-home")
    page.goto("/admin/reviews/")
    wrong += look_at(page, "review-list")
    page.goto("/admin/reviews/details/?id=3")
    wrong += look_at(page, "review-details")
    press(page, "確認")
    wrong += look_at(page, "review-errors")
    page.get_by_label("否認", exact=True).check()
    reason(page).fill("理由")
    press(page, "確認")
    wrong += look_at(page, "review-confirm")
    press(page, "実行")
    wrong += look_at(page, "review-complete")
    page.goto("/admin/reviews/?state=decided")
    wrong += look_at(page, "review-decided")
    page.goto("/admin/reviews/")
    page.get_by_label("A00000001を選択").check()
    press(page, "一括承認")
    wrong += look_at(page, "review-bulk")
    page.goto("/admin/help/review/")
    wrong += look_at(page, "review-help")
    assert wrong == []
