"""COM-001, COM-082 in a real browser: with the certificate the sign-in screen, without it ログインエラー画面."""

import re

import pytest

from tests.browser.hands import button, field, follow, link, press, see
from tests.processes.front_fixtures import certs, nginx  # noqa: F401
from tests.processes.panel_behind import PanelBehind

pytestmark = pytest.mark.browser
SETUP = "クライアント環境のセットアップ"
DEMO = "U280003304", "Yoryo#2026demo"  # 管理者 of operator 0001


@pytest.fixture(scope="module")
def behind(nginx, certs, tmp_path_factory):  # noqa: F811
    """The demo behind the front. Playwright looks names up by itself, so the portal is called localhost."""
    panel = PanelBehind(certs, tmp_path_factory.mktemp("behind"), portal="localhost", DEMO="on")
    try:
        panel.start()
        panel.register("0001", "operator-0001")
        yield panel
    finally:
        panel.stop()
        print(panel.server.output)


@pytest.fixture
def open_page(chromium, behind):
    """open_page(client): a page of a browser that has this certificate, or None."""
    contexts = []

    def opened(client, width=1366):
        files = behind.front.certs / "clients"
        kept = {
            "origin": behind.front.origin("localhost"),
            "certPath": files / f"{client}.crt",
            "keyPath": files / f"{client}.key",
        }
        context = chromium.new_context(
            ignore_https_errors=True, client_certificates=[kept] if client else [], locale="ja-JP",
            viewport={"width": width, "height": 900}, base_url=behind.front.origin("localhost"),
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(20_000)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def test_com_001_with_the_certificate_one_signs_in(open_page):
    page = open_page("operator-0001")
    page.goto("/login")
    field(page, "ユーザID").fill(DEMO[0])
    field(page, "パスワード").fill(DEMO[1])
    press(page, "ログイン")
    page.wait_for_url("**/portal/")
    assert button(page, "ログアウト").is_visible()


@pytest.mark.parametrize("client", [None, "revoked", "rogue"])
@pytest.mark.parametrize("width", [1366, 390])
def test_com_082_without_a_good_certificate_every_address_is_the_login_error_screen(open_page, behind, client, width):
    page = open_page(client, width)
    reports = []
    page.on("console", lambda message: reports.append(message.text) if "Security Policy" in message.text else None)
    for path in ("/", "/login", "/portal/"):
        assert page.goto(path).status == 403
        see(page, "ログインエラー画面")
        assert "クライアント証明書" in page.get_by_role("alert").inner_text()
    style = "element => getComputedStyle(element).backgroundColor"
    assert page.locator("header").evaluate(style) == "rgb(0, 0, 113)", "the style sheet came, without a certificate"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert re.fullmatch(r"https://board\.test(:\d+)?/help/setup/", link(page, SETUP).get_attribute("href"))
    follow(page, "閉じる")  # the cookie is dropped; without a good certificate this is as far as it goes
    see(page, "ログインエラー画面")
    assert page.url.endswith(("/login", "/front/close"))
    assert reports == []


def test_com_082_another_operator_s_account_is_the_login_error_screen_of_the_application(open_page):
    page = open_page("operator-0001")
    page.goto("/login")
    field(page, "ユーザID").fill("U110000001")
    field(page, "パスワード").fill(DEMO[1])
    press(page, "ログイン")
    see(page, "ログインエラー画面")


def test_com_081_the_application_stopped_is_the_maintenance_screen(open_page, behind):
    page = open_page("operator-0001", 390)
    assert page.goto("/login").status == 200
    behind.server.kill()
    answer = page.goto("/login")
    assert (answer.status, answer.headers["retry-after"]) == (503, "300")
    see(page, "メンテナンス画面")
    behind.server.start()  # by now the front's screen is what the browser shows
    follow(page, "閉じる")
    see(page, "ログイン画面")
