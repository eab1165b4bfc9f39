"""Script text in every column of a 掲載 stays text, wherever it is shown (R-060, BBS-051)."""

import pytest
from playwright.sync_api import expect

from tests.browser.gallery_posts import enter
from tests.browser.hands import main, sign_in
from tests.browser.panel import MARKET_ADMIN
from tests.browser.test_scripts_in_data import TOGETHER

pytestmark = pytest.mark.browser
# What a text could have planted: our own pictures stand in buttons and the chart.
PLANTED = """() =>
  document.querySelectorAll("main :is(img, iframe, script, [autofocus], svg:not(.chart, .icon svg))").length
  + [...document.querySelectorAll("*")].filter((e) => e.onfocus || e.onerror || e.onload).length"""
BOARD = ["/board/", "/board/posts/", "/board/posts/?area=03&with_ended=1", "/board/posts/details/?id=1", "/board/news/",
         "/board/news/details/?id=12", "/board/news/new/?id=12"]  # fmt: skip
STAFF = ["/admin/posts/?searched=1", "/admin/posts/details/?id=12"]


@pytest.mark.parametrize("text", TOGETHER, ids=["forward", "backward"])
def test_posts_that_are_scripts(new_page, panel, text):
    panel.sql(
        "UPDATE posts SET title = ?, title_folded = ?, body = ?, company = ?, contact = ?, remarks = ?, reason = ?",
        *[text] * 7,
    )
    page = new_page(bypass_csp=True)
    enter(page)
    for address in BOARD:
        visit(page, address, text)
    page.context.clear_cookies()
    sign_in(page, MARKET_ADMIN)
    for address in STAFF:
        visit(page, address, text)


def visit(page, address, text):
    assert page.goto(address).status == 200
    assert page.evaluate(PLANTED) == 0, address
    if "/new/" not in address:
        expect(main(page)).to_contain_text(text[:40])
    assert page.evaluate("window.__xss") is None
