"""添付ファイル in a real browser: at once with the script, by [添付] without it (R-066)."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from services import file_access
from tests import corpus, trial
from tests.browser.hands import button, field, follow, link, main, press, see, sign_in
from tests.browser.panel import MARKET_ADMIN, Panel

pytestmark = pytest.mark.browser

NAMES = ["添付 ファイル①.pdf", "契約'書;案=%20&.pdf", "漢" * 60 + ".pdf"]  # the file system takes 255 bytes


@pytest.fixture(scope="module")
def running_panel(servers):
    panel = Panel(Path(tempfile.mkdtemp(prefix="panel-uploads-")), servers("sqlite"))
    trial.mount(panel.app)
    with pytest.MonkeyPatch.context() as patched:  # the reader of real お知らせ comes back
        patched.setitem(file_access.READERS, "notices", trial.visible)
        yield panel
    panel.stop()


def files(folder, *lines):
    paths = []
    for name, made in lines:
        path = folder / name
        path.write_bytes(corpus.MADE[made]())
        paths.append(path)
    return paths


def choose(page, path):
    page.locator("input[type=file]").set_input_files(path)


def chosen(page):
    rows = page.locator("table.chosen tbody tr")
    return [[cell.inner_text() for cell in row.locator("td").all()[:2]] for row in rows.all()]


def opened(page):
    sign_in(page, MARKET_ADMIN)
    page.goto(f"{trial.PATH}/new/")
    see(page, "試験登録画面")
    field(page, "題名").fill("途中")


def test_choosing_is_enough_and_the_download_is_the_file(page, tmp_path):  # COM-056, R-066
    paths = files(tmp_path, *((name, "pdf") for name in NAMES))
    opened(page)
    for number, path in enumerate(paths, start=1):
        choose(page, path)
        expect(page.locator("table.chosen tbody tr")).to_have_count(number)
    assert chosen(page) == [[str(n), name] for n, name in enumerate(NAMES, start=1)]
    assert field(page, "題名").input_value() == "途中"
    expect(button(page, "添付")).to_be_hidden()
    press(page, "確認")
    see(page, "試験登録確認画面")
    heads = page.locator("table.files th")
    expect(heads).to_have_text(["No.", "添付ファイル名"])
    press(page, "実行")
    see(page, "試験登録完了画面")
    page.goto(f"{trial.PATH}/?searched=1")
    follow(main(page), "途中")
    see(page, "試験詳細画面")
    for path in paths:
        with page.expect_download() as download:
            link(page, path.name).click()
        saved = download.value
        assert saved.suggested_filename == path.name
        assert hashlib.sha256(Path(saved.path()).read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
    see(page, "試験詳細画面")  # nothing was opened in the place of the page


def test_a_refusal_stands_beside_the_field_and_goes_with_the_next_file(page, tmp_path):
    bad, good = files(tmp_path, ("a.pdf", "exe"), ("b.pdf", "pdf"))
    opened(page)
    choose(page, bad)
    error = page.locator("#error-files")
    expect(error).to_contain_text("error.F01.00002 : ")
    expect(error).to_have_attribute("role", "alert")
    choose(page, good)
    expect(error).to_be_hidden()
    expect(page.locator("table.chosen tbody tr")).to_have_count(1)
    button(page, "b.pdfを削除").click()
    expect(page.locator("table.chosen")).to_be_hidden()
    assert page.evaluate("document.activeElement.type") == "file"


def test_a_file_that_is_too_large_is_not_even_sent(page, tmp_path):
    [large] = files(tmp_path, ("large.txt", "text of 20 MiB and a byte"))
    sent = []
    opened(page)
    page.on("request", lambda request: sent.append(request.method))
    choose(page, large)
    expect(page.locator("#error-files")).to_contain_text("error.F01.00004 : ")
    assert "POST" not in sent


def test_a_lost_session_is_told_and_nothing_typed_is_lost(page, tmp_path):
    [path] = files(tmp_path, ("a.pdf", "pdf"))
    opened(page)
    page.context.clear_cookies()
    choose(page, path)
    expect(page.locator("#error-files")).to_contain_text("error.F01.00017 : ")
    assert field(page, "題名").input_value() == "途中"


def test_enter_in_a_field_is_confirm_and_not_a_button_of_a_file(page, tmp_path):
    [path] = files(tmp_path, ("a.pdf", "pdf"))
    opened(page)
    choose(page, path)
    expect(page.locator("table.chosen tbody tr")).to_have_count(1)
    field(page, "題名").press("Enter")
    see(page, "試験登録確認画面")
    expect(link(page, "a.pdf")).to_be_visible()


def test_without_the_script_the_buttons_do_it(new_page, width, tmp_path):
    good, other = files(tmp_path, ("添付.pdf", "pdf"), ("b.png", "png"))
    page = new_page(width, java_script_enabled=False)
    opened(page)
    choose(page, good)
    press(page, "添付")
    see(page, "試験登録画面")
    assert field(page, "題名").input_value() == "途中"
    choose(page, other)
    press(page, "確認")  # chosen and not sent
    expect(page.locator("#error-files")).to_contain_text("error.F01.00018 : ")
    choose(page, other)
    press(page, "添付")
    assert chosen(page) == [["1", "添付.pdf"], ["2", "b.png"]]
    button(page, "添付.pdfを削除").click()
    assert chosen(page) == [["1", "b.png"]]
    press(page, "確認")
    see(page, "試験登録確認画面")
    press(page, "実行")
    see(page, "試験登録完了画面")


def no_violation(page):
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_field_and_the_list_fit_and_are_accessible(page, tmp_path, scheme):  # XC-017
    page.emulate_media(color_scheme=scheme)
    paths = files(tmp_path, ("漢" * 60 + ".pdf", "pdf"), ("x" * 200 + ".pdf", "pdf"))
    opened(page)
    for number, path in enumerate(paths, start=1):
        choose(page, path)
        expect(page.locator("table.chosen tbody tr")).to_have_count(number)
    choose(page, files(tmp_path, ("c.pdf", "exe"))[0])
    expect(page.locator("#error-files")).to_be_visible()
    no_violation(page)
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(width)
    press(page, "確認")
    see(page, "試験登録確認画面")
    assert page.evaluate(width)
    no_violation(page)
