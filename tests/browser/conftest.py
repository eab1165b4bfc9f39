"""A running panel and a headless Chromium; every test starts from the freshly loaded demo data."""

import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from domain import clock
from tests import databases
from tests.browser.panel import Panel

CHROMIUM = next(
    (p for p in (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")) if p.exists()),
    Path("/usr/bin/chromium"),
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# COM-004: pop-ups are blocked, and whoever tries is reported. So are CSP violations and planted scripts.
WATCH = """
for (const name of ["open", "alert", "confirm", "prompt", "print"])
  window[name] = () => { report(`window.${name} was called`); };
document.addEventListener("securitypolicyviolation", (e) =>
  report(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
Object.defineProperty(window, "__xss", { set(value) { report(`XSS: ${value}`); } });
"""


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        (pytest.fail if databases.CI else pytest.skip)("Chromium is missing: make deps installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def running_panel(servers):
    panel = Panel(Path(tempfile.mkdtemp(prefix="panel-browser-")), servers("sqlite"))
    yield panel
    panel.stop()


@pytest.fixture
def panel(running_panel):
    """The server, with fresh demo data and the real time."""
    running_panel.reset()
    with clock.reading(running_panel.now):
        yield running_panel


@pytest.fixture
def reports():
    """What the pages did that no page may do."""
    return []


@pytest.fixture
def new_page(chromium, panel, reports):
    """new_page(width=…, **context options): another person's browser."""
    contexts = []

    def listen(page):
        page.on("dialog", lambda d: (reports.append(f"browser dialog: {d.message}"), d.dismiss()))
        page.on("popup", lambda p: reports.append(f"pop-up: {p.url}"))
        page.on("pageerror", lambda e: reports.append(f"script error: {e}"))
        page.on("console", lambda m: reports.append(m.text) if "Content Security Policy" in m.text else None)

    def new_page(width=1366, height=900, **options):
        context = chromium.new_context(
            base_url=panel.url,
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            viewport={"width": width, "height": height},
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.expose_function("report", lambda what: reports.append(what))
        context.add_init_script(WATCH)
        context.on("page", listen)
        return context.new_page()

    yield new_page
    for context in contexts:
        context.close()
    assert reports == []


@pytest.fixture(params=[1366, 390])
def width(request):
    """A desktop and a telephone."""
    return request.param


@pytest.fixture
def page(new_page, width):
    return new_page(width)
