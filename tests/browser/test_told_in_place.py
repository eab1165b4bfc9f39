"""What is wrong is told where it was typed, and what is long gives way (COM-018, COM-081, ui.md §5)."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from models import Maintenance
from tests.browser.hands import answer, dialog, done, field, follow, menu, press, see, sign_in
from tests.browser.panel import HANAKO, MARKET_ADMIN

pytestmark = pytest.mark.browser
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def test_a_wrong_code_in_the_dialog_of_割当_stays_and_is_told_beside_it(page, panel):
    with panel.make() as make:
        make.unregistered()
    sign_in(page, MARKET_ADMIN)
    menu(page, "未登録証明書")
    press(page, "検索")
    follow(page, "C3D4")
    press(page, "割当")
    field(dialog(page), "事業者コード").fill("0O01")
    answer(page, "OK")
    again = field(dialog(page), "事業者コード")
    expect(again).to_have_value("0O01")
    expect(again).to_be_focused()
    expect(dialog(page)).to_contain_text("error.U02.00003 : 事業者コード0O01は登録されていません。")
    assert again.evaluate("e => document.getElementById(e.getAttribute('aria-describedby').split(' ').pop()).innerText")
    assert dialog(page).evaluate("e => e.matches(':modal')")
    assert page.evaluate(FITS)
    again.fill("0001")
    answer(page, "OK")
    expect(done(page)).to_contain_text("info.certificate_assign.complete")


@pytest.mark.parametrize("script", [True, False])
def test_the_longest_お知らせ文_leaves_the_screen_to_the_page(new_page, width, panel, script):
    now = panel.now()
    times = {"announced_from": now - timedelta(hours=1), "starts_at": now + timedelta(hours=1)}
    with panel.write() as session:
        session.add(Maintenance(ends_at=now + timedelta(hours=2), text="定期点検を行います。" * 50, **times))
    page = new_page(width, java_script_enabled=script)
    sign_in(page, HANAKO)
    banner = page.get_by_role("complementary", name="メンテナンスのお知らせ")
    text = banner.get_by_text("定期点検を行います。")
    expect(text).to_be_hidden()
    assert banner.bounding_box()["height"] < 200
    assert page.evaluate(FITS)
    banner.get_by_text("続きを読む").click()
    expect(text).to_be_visible()
    assert page.evaluate(FITS)
    see(page, "ポータルトップ")
