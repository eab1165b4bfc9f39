"""R-070, R-072: limits, headers on every status, and what the front says when the application cannot."""

import json
import re
import socket
import ssl

import pytest

from tests.processes.front import BOARD, PORTAL, Deaf, Echo

pytestmark = pytest.mark.processes

# By hand, and each exactly once: two Cross-Origin-Opener-Policy headers are none.
HEADERS = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
LEAKS = re.compile(r"Traceback|sqlalchemy|/app/|Werkzeug|waitress|nginx", re.IGNORECASE)
MEBI = 1024 * 1024


def strict(answer):
    """True if every security header is there, once."""
    told = {name: answer.all(name) for name in HEADERS}
    assert told == {name: [value] for name, value in HEADERS.items()}
    [policy] = answer.all("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    return True


def screen(answer, title):
    assert f"<h1>{title}</h1>" in answer.text
    assert f"<title>エラー: {title} | 容量市場システム</title>" in answer.text
    assert '<a class="button" href="/front/close">閉じる</a>' in answer.text
    assert re.search("リクエスト番号 [0-9a-f]{16} をお知らせください。", answer.text)
    assert answer.all("content-type") == ["text/html; charset=utf-8"]
    assert not LEAKS.search(answer.text)
    own = re.sub(rf'href="https://{BOARD}(:\d+)?/help/setup/"', "", answer.text)
    assert not re.search(r"<script|<style|style=|https?://", own), "inline or foreign"
    assert answer.all("server") == ["nginx"]
    return strict(answer)


# ---- headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [PORTAL, BOARD])
@pytest.mark.parametrize("status", [200, 302, 304, 400, 401, 403, 404, 413, 421, 429, 500, 502, 503])
def test_r_070_every_status_of_the_application_carries_the_security_headers(site, host, status):
    answer = site.call(f"/board/?status={status}", host=host)
    assert answer.status == status
    assert strict(answer)
    assert answer.all("retry-after") == (["300"] if status == 503 else [])
    assert status == 304 or json.loads(answer.body)["path"] == "/board/", "the application's own screen passes"


def test_what_the_application_says_itself_is_neither_doubled_nor_replaced(site):
    own = {
        "Content-Security-Policy": "default-src 'none'; sandbox", "X-Frame-Options": "SAMEORIGIN",
        "Cross-Origin-Opener-Policy": "unsafe-none", "Cache-Control": "public, max-age=1", "Retry-After": "7",
        "Strict-Transport-Security": "max-age=1", "Referrer-Policy": "no-referrer",
    }  # fmt: skip
    asked = ["--get", "--data-urlencode", "status=503"]
    asked += [part for name, value in own.items() for part in ("--data-urlencode", f"header={name}:{value}")]
    answer = site.call("/portal/x", options=asked)
    assert {name: answer.all(name) for name in own} == {name: [value] for name, value in own.items()}


def test_r_070_the_front_s_own_answers_carry_them_too(site):
    asked = {
        403: site.call("/", client=None),
        404: site.call("/healthz"),
        400: site.call("//portal/"),
        421: site.call("/", headers=["Host: elsewhere.test"]),
        302: site.call("/", host=BOARD),
        200: site.call("/certificate-check"),
        413: site.call("/portal/", options=["--http1.1", "-H", f"Content-Length: {22 * MEBI}", "-X", "POST"]),
        405: site.call("/", options=["-X", "TRACE"]),
    }
    for status, answer in asked.items():
        assert answer.status == status
        assert strict(answer)
    assert strict(site.call("/front/pages.css"))


# ---- limits ------------------------------------------------------------------------------------------


@pytest.fixture
def big(tmp_path):
    """big(size): a file of zeros."""

    def made(size):
        path = tmp_path / str(size)
        with path.open("wb") as file:
            file.truncate(size)
        return f"@{path}"

    return made


def test_a_request_of_21_mib_reaches_the_application_whole(site, big):
    told = json.loads(site.call("/portal/x", options=["--data-binary", big(21 * MEBI)]).body)
    assert told["length"] == 21 * MEBI


@pytest.mark.parametrize("how", [[], ["-H", "Transfer-Encoding: chunked"], ["--http2"]])
def test_a_request_of_22_mib_is_413_before_the_application(site, echo, big, how):
    before = echo.count
    answer = site.call("/portal/x", options=["--http1.1", *how, "--data-binary", big(22 * MEBI)])
    assert answer.status == 413
    assert screen(answer, "送信サイズエラー画面")
    assert echo.count == before


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/portal/" + "a" * 9000, [], 414),
        ("/portal/", ["X-Long: " + "a" * 9000], 400),
        ("/portal/", [f"X-Long-{n}: {'a' * 7000}" for n in range(6)], 400),
    ],
)
def test_addresses_and_headers_that_are_too_long_never_arrive(site, echo, path, headers, status):
    before = echo.count
    answer = site.call(path, headers=headers, options=["--http1.1"])
    assert answer.status == status
    assert screen(answer, "リクエストエラー画面")
    assert echo.count == before


@pytest.mark.parametrize(
    ("setting", "sent"),
    [
        ("client_header_timeout 10s;", b"GET / HTTP/1.1\r\nHost: board.test\r\n"),
        ("client_body_timeout 15s;", b"POST /board/ HTTP/1.1\r\nHost: board.test\r\nContent-Length: 9\r\n\r\n1"),
        ("keepalive_timeout 30s;", b"GET /certificate-check HTTP/1.1\r\nHost: board.test\r\n\r\n"),
    ],
)
def test_whoever_sends_slowly_or_stays_silent_is_hung_up_on(another_site, certs, echo, setting, sent):
    site = another_site(certs, echo.port, shortened(setting))
    context = ssl.create_default_context(cafile=certs / "chain.crt")
    before = echo.count
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=BOARD) as secure,
    ):
        secure.sendall(sent)
        while secure.recv(65536):  # a 404 for the third; then the end, long before the five seconds
            pass
    assert echo.count == before


def shortened(setting):
    """For Front(adjust=…): this time-out, which must be in the configuration, in tenths of a second."""

    def adjust(folder):
        conf = folder / "nginx.conf"
        text = conf.read_text()
        assert text.count(setting) == 1
        conf.write_text(text.replace(setting, f"{setting.split()[0]} 200ms;"))

    return adjust


# ---- screens -----------------------------------------------------------------------------------------


def test_com_082_the_login_error_screen_says_whom_to_ask(site):
    answer = site.call("/login", client=None)
    assert (answer.status, screen(answer, "ログインエラー画面")) == (403, True)
    assert "<p>error.K01.00001 : ログイン認証に失敗しました。管理者に問い合わせ、" in answer.text


def test_com_084_an_address_of_nothing_on_the_board_s_name(site):
    answer = site.call("/nothing", host=BOARD, client=None)
    assert (answer.status, screen(answer, "404エラー画面")) == (404, True)


def test_the_close_button_on_the_board_s_name_leads_to_its_sign_in(site):
    answer = site.call("/login", host=BOARD, client=None)
    assert (answer.status, answer.all("location")) == (302, ["/board/login"])


@pytest.mark.parametrize("host", [PORTAL, BOARD])
def test_com_071_the_close_button_drops_the_cookie(site, host):
    answer = site.call("/front/close", host=host, client=None)
    assert (answer.status, answer.all("location")) == (302, ["/login"])
    assert answer.all("set-cookie") == ["__Host-panel=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"]
    assert site.call("/nothing", host=BOARD, client=None).all("set-cookie") == []


def test_com_081_a_stopped_application_is_the_maintenance_screen_with_503_and_retry_after(another_site, certs):
    stopped = Echo().start()
    site = another_site(certs, stopped.port)
    assert site.call("/board/").status == 200
    stopped.stop()
    later = "If-Modified-Since: Fri, 1 Jan 2100 00:00:00 GMT"
    for host in (PORTAL, BOARD):
        for how in ([], ["--data", "a=1"], ["--http2"], ["--http2", "--data", "a=1"], ["-H", later]):
            answer = site.call("/board/", host=host, options=how)
            assert (answer.status, answer.all("retry-after")) == (503, ["300"]), how
            assert screen(answer, "メンテナンス画面")
        assert site.call("/front/pages.css", host=host).status == 200
    assert site.call("/certificate-check").status == 200, "the front itself is well"


def test_the_number_people_quote_is_in_the_log(site):
    [number] = re.findall("リクエスト番号 ([0-9a-f]+)", site.call("/portal/", client=None).text)
    assert site.log()[-1].endswith(f" no={number}")


def test_an_application_that_hangs_up_is_the_maintenance_screen_too(another_site, certs):
    for words in (b"", b"HTTP/1.1 200 OK\r\nContent-Security-Policy: x\r\nbroken\0: y\r\n\r\n"):
        deaf = Deaf(words)
        site = another_site(certs, deaf.port)
        answer = deaf.while_answering(lambda site=site: site.call("/portal/"))
        assert (answer.status, answer.all("retry-after")) == (503, ["300"])
        assert screen(answer, "メンテナンス画面")


def test_com_080_an_application_that_does_not_answer_in_time_is_the_system_error_screen(another_site, certs):
    hurry = shortened("proxy_read_timeout 60s;")
    silent = Deaf(None)
    answer = silent.while_answering(lambda: another_site(certs, silent.port, hurry).call("/portal/"))
    assert answer.status == 504
    assert screen(answer, "システムエラー画面")


def test_a_large_request_without_a_certificate_is_still_told_about_the_certificate(site, big):
    for version in ("--http1.1", "--http2"):
        for client in (None, "expired"):
            answer = site.call("/portal/", client=client, options=[version, "--data-binary", big(22 * MEBI)])
            assert (answer.status, screen(answer, "ログインエラー画面")) == (403, True)
