"""Every screen, looked at: pictures, axe, no sideways scrolling, no CSP violation (ui.md §8–10, XC-017)."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.gallery import JOURNEYS

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).parents[2] / "test-output" / "screens"
WIDE, PHONE = (1366, 900), (390, 844)
# In the dark only colours differ: the other rules have been asked in the light.
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOOKS = [("", WIDE, "light", None), ("-dark", WIDE, "dark", CONTRAST), ("-390", PHONE, "light", None)]
TAKES_PICTURES = bool(os.environ.get("AUDIT") or os.environ.get("LOOK"))  # LOOK=1: for people, they cost much time
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
    for suffix, (width, height), scheme, options in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        if TAKES_PICTURES:
            page.screenshot(path=PICTURES / f"{name}{suffix}.png", full_page=True)
        found = Axe().run(page, options=options) if options else Axe().run(page)
        for violation in found.response["violations"]:
            nodes = [node["html"][:200] for node in violation["nodes"][:3]]
            wrong.append(f"{name}{suffix}: axe {violation['id']}: {nodes}")
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
