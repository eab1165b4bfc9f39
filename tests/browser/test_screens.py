"""Every screen, looked at: pictures, axe, no sideways scrolling, no CSP violation (ui.md §8–10, XC-017)."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.gallery import JOURNEYS

pytestmark = pytest.mark.browser
AXE_SCRIPT = Axe().axe_script
PICTURES = Path(__file__).parents[2] / "test-output" / "screens"
WIDE, PHONE = (1366, 900), (390, 844)
THOROUGH = bool(os.environ.get("AUDIT"))
TAKES_PICTURES = THOROUGH or bool(os.environ.get("LOOK"))  # LOOK=1: for people, they cost much time
# In the dark only colours differ, on a telephone sizes and what is shown at all: the other rules were asked before.
CONTRAST = None if THOROUGH else ["color-contrast"]
LAYOUT = None if THOROUGH else ["target-size", "scrollable-region-focusable", "button-name", "link-name", "label"]
LOOKS = [("", WIDE, "light", None), ("-dark", WIDE, "dark", CONTRAST), ("-390", PHONE, "light", LAYOUT)]
AXE = """rules => axe.run(document, {
  resultTypes: ["violations"], preload: false,
  ...(rules ? {runOnly: {type: "rule", values: rules}} : {}),
}).then(found => found.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))]))"""
SCROLLS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What sticks out of the window to the right, unless a table region or the tabs scroll it.
STICKING_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.getClientRects().length && !e.closest(".hidden, .skip, thead")
    && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && ![...document.querySelectorAll(".table, .tabs")].some(
      (box) => box.contains(e) && e !== box && getComputedStyle(box).overflowX === "auto"))
  .map((e) => e.tagName + "." + e.className)"""


def look_at(page, name):
    """Every look of the screen that is open; returns what is wrong with it."""
    wrong = []
    page.mouse.move(0, 0)
    page.evaluate(AXE_SCRIPT)
    for suffix, (width, height), scheme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        if TAKES_PICTURES:
            page.screenshot(path=PICTURES / f"{name}{suffix}.png", full_page=True)
        wrong += [f"{name}{suffix}: axe {rule}: {nodes}" for rule, nodes in page.evaluate(AXE, rules)]
    for width in (683, 390, 320):  # 1366 px at 200 %, a telephone, 1280 px at 400 %
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate(SCROLLS) > 0 or page.evaluate(STICKING_OUT):
            wrong.append(f"{name} at {width} px scrolls sideways: {page.evaluate(STICKING_OUT)[:5]}")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light")
    return wrong


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_every_screen_is_accessible_in_every_look(journey, panel, new_page):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = new_page()
    wrong = []
    for name in journey(page, panel, new_page):
        wrong += look_at(page, name)
    assert not wrong, "\n".join(wrong)
