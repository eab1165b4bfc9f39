"""Every choice of a file speaks Japanese, works by keyboard and without the script (COM-002, XC-017)."""

import pytest
from playwright.sync_api import expect

from tests import certificates as real
from tests.browser.hands import alert, button, done, field, press, see, sign_in
from tests.browser.panel import MARKET_ADMIN

pytestmark = pytest.mark.browser
CERTIFICATE, NOTICE = "/admin/certificates/new/", "/admin/notices/new/"


def opened(page, address=CERTIFICATE):
    sign_in(page, MARKET_ADMIN)
    page.goto(address)
    see(page, "クライアント証明書登録画面" if address == CERTIFICATE else "お知らせ登録画面")


def certificate(name="事業者0001.cer", content=None):
    content = real.der(real.made()) if content is None else content
    return {"name": name, "mimeType": "application/pkix-cert", "buffer": content}


def chooser(page):
    return page.locator("input[type=file]")


@pytest.mark.parametrize("address", [CERTIFICATE, NOTICE])
@pytest.mark.parametrize("script", [True, False])
def test_the_browser_s_own_button_is_never_seen(new_page, width, address, script):
    page = new_page(width, java_script_enabled=script)
    opened(page, address)
    expect(page.locator(".choose label.button")).to_have_text("ファイルを選択")
    own = "input => getComputedStyle(input, '::file-selector-button').display"
    assert chooser(page).evaluate(own) == "none"
    box = chooser(page).bounding_box()
    assert (box["width"] <= 1) == script, "with the script none of the browser's words, without it the file's name"
    with page.expect_file_chooser():
        page.locator(".choose label.button").click()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_name_of_the_chosen_file_stands_beside_the_button(page):
    opened(page)
    name = page.locator(".chosen-name")
    expect(name).to_have_text("選択されていません")
    chooser(page).set_input_files(certificate("漢" * 80 + ".cer"))
    expect(name).to_have_text("漢" * 80 + ".cer")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    chooser(page).set_input_files([])
    expect(name).to_have_text("選択されていません")


def test_it_opens_by_keyboard_and_the_focus_is_seen(page):
    opened(page)
    label = page.locator(".choose label.button")
    before = label.evaluate("e => getComputedStyle(e).outlineStyle")
    chooser(page).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(chooser(page)).to_be_focused()
    style = label.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]")
    assert (before, style) == ("none", ["solid", "4px"])
    with page.expect_file_chooser():
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(button(page, "ファイルから読み取る")).to_be_focused()


@pytest.mark.parametrize("script", [True, False])
def test_after_reading_the_focus_is_at_what_came_of_it(new_page, script):
    page = new_page(java_script_enabled=script)
    opened(page)
    press(page, "ファイルから読み取る")
    expect((alert(page) if script else page.locator(".field-error")).get_by_text("error.K01.00010")).to_be_visible()
    focused = page.locator(":focus")
    expect(focused).to_contain_text("error.K01.00010")
    chooser(page).set_input_files(certificate())
    press(page, "ファイルから読み取る")
    expect(done(page)).to_contain_text("info.certificate_file.complete")
    expect(focused).to_contain_text("info.certificate_file.complete")
    assert field(page, "シリアル番号").input_value() == "F3A9000001"
