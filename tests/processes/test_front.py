"""Who gets past the real nginx (security.md H: R-075, R-079, R-082), and what reaches what stands behind it."""

import json
import socket
import ssl
from datetime import timedelta

import pytest

from tests.processes.front import BOARD, PORTAL, Front
from tools import certs as ca

pytestmark = pytest.mark.processes
H1, H2 = ["--http1.1"], ["--http2"]


def seen(answer):
    """The headers the application saw."""
    assert answer.status == 200, answer
    return json.loads(answer.body)["headers"]


def refused(answer):
    return answer.status == 403 and "<h1>ログインエラー画面</h1>" in answer.text


def verified(site):
    """What nginx thought of the last certificate."""
    return site.log()[-1].split('verify="')[1].split('"')[0]


# ---- certificates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "serial"),
    [
        ("operator-0001", "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"),
        ("operator-0001-b", "0F"),
        ("operator-0002", "F3A90000000000000000000000000001"),
    ],
)
def test_the_serial_of_a_good_certificate_arrives_as_the_registry_compares_it(site, client, serial):
    headers = seen(site.call("/login", client=client))
    assert headers["X_SSL_CLIENT_VERIFY"] == "SUCCESS"
    assert headers["X_SSL_CLIENT_SERIAL"] == serial
    assert headers["X_SSL_CLIENT_I_DN"] == "CN=Test issuing CA,O=TEST issuing,C=JP"
    assert headers["X_SSL_CLIENT_V_START"].endswith(" GMT")
    assert headers["X_SSL_CLIENT_V_END"].endswith(" GMT")


@pytest.mark.parametrize("version", [H1, H2])
@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (None, "NONE"),
        ("rogue", "FAILED:unable to verify the first certificate"),  # same serial and subject as operator-0001
        ("expired", "FAILED:certificate has expired"),
        ("not-yet-valid", "FAILED:certificate is not yet valid"),
        ("revoked", "FAILED:certificate revoked"),
        ("server-usage", "FAILED:unsuitable certificate purpose"),
    ],
)
def test_r_075_any_other_certificate_gets_our_login_error_screen_and_reaches_nothing(
    site, echo, client, reason, version
):
    before = echo.count
    for path in ("/", "/login", "/portal/", "/admin/users/", "/static/css/panel.css", "/healthz", "/certificate-check"):
        assert refused(site.call(path, client=client, options=version)), path
        assert verified(site) == reason
    post = site.call("/login", client=client, options=[*version, "--data", "user_id=U280003304"])
    assert refused(post), "a POST is refused with the same page"
    assert echo.count == before


@pytest.mark.parametrize("client", [None, "rogue", "expired", "revoked"])
def test_the_style_sheet_of_the_login_error_screen_is_served_without_a_good_certificate(site, client):
    answer = site.call("/front/pages.css", client=client)
    assert (answer.status, answer.all("content-type")) == (200, ["text/css; charset=utf-8"])


@pytest.mark.parametrize("path", ["/front/login-error.html", "/front/", "/front/refusal", "/front/../nginx.conf"])
def test_nothing_but_the_style_sheet_can_be_fetched_from_the_front(site, path):
    assert site.call(path).status in (400, 404)


def test_no_certificate_and_a_header_that_says_success_is_still_no_certificate(site, echo):
    before = echo.count
    claims = ["X-SSL-Client-Verify: SUCCESS", "X-SSL-Client-Serial: 0A1B2C", "X-Front-Auth: guessed"]
    assert refused(site.call("/portal/", client=None, headers=claims))
    assert echo.count == before


def test_plain_http_on_the_tls_port_gets_the_login_error_screen(site, echo):
    before = echo.count
    for host in (PORTAL, BOARD, "127.0.0.1"):
        assert refused(site.call("/login", host=host, client=None, scheme="http"))
    assert echo.count == before


# ---- names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [H1, H2])
@pytest.mark.parametrize(
    ("sni", "host"), [(BOARD, PORTAL), (PORTAL, BOARD), (PORTAL, "elsewhere.test"), (BOARD, "elsewhere.test")]
)
def test_r_082_another_host_than_the_name_tls_was_asked_for_is_421(site, echo, sni, host, version):
    before = echo.count
    for client in (None, "operator-0001"):
        answer = site.call("/board/", host=sni, client=client, headers=[f"Host: {host}"], options=version)
        assert answer.status == 421
        assert "<h1>リクエストエラー画面</h1>" in answer.text
    assert echo.count == before


def test_r_082_a_name_that_is_not_ours_gets_no_handshake(site):
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(ConnectionError, match=r"unrecognized name|internal error|handshake"):
            site.call(host=host, client=None)


@pytest.mark.parametrize(("version", "accepted"), [("1.0", False), ("1.1", False), ("1.2", True), ("1.3", True)])
def test_r_082_only_tls_1_2_and_1_3_are_spoken(site, version, accepted):
    options = [f"--tlsv{version}", "--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"]
    if accepted:
        assert site.call("/login", options=options).status == 200
    else:
        with pytest.raises(ConnectionError):
            site.call("/login", options=options)


def test_r_082_a_cipher_without_forward_secrecy_is_refused(site):
    with pytest.raises(ConnectionError):
        site.call("/login", options=["--tls-max", "1.2", "--ciphers", "AES128-GCM-SHA256:AES256-GCM-SHA384"])


def test_the_board_asks_for_no_certificate_and_passes_on_none(site):
    for client in (None, "operator-0001", "revoked"):
        headers = seen(site.call("/board/", host=BOARD, client=client))
        assert headers["X_SSL_CLIENT_VERIFY"] == "NONE"
        assert not {name for name in headers if name.startswith("X_SSL")} - {"X_SSL_CLIENT_VERIFY"}


@pytest.mark.parametrize("path", ["/board", "/board/", "/board/login", "/help", "/help/a", "/static/a.css", "/logout"])
def test_the_name_of_the_board_forwards_board_guides_and_static_files(site, path):
    assert json.loads(site.call(path, host=BOARD, client=None).body)["path"] == path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/portal/", 404), ("/admin/", 404), ("/boards", 404), ("/helps/", 404), ("/logout/x", 404), ("/x", 404),
        ("/board/../portal/", 400), ("/portal/../board/", 400), ("/portal/%2e%2e/board/", 400), ("//portal/", 400),
        ("/portal%2f..%2fboard/", 400), ("/board/..%5cportal/", 400), ("/./board/", 400), ("/login", 302), ("/", 302),
    ],
)  # fmt: skip
def test_the_name_of_the_board_forwards_nothing_else(site, echo, path, status):
    before = echo.count
    assert site.call(path, host=BOARD, client=None).status == status
    assert echo.count == before


@pytest.mark.parametrize("host", [PORTAL, BOARD])
@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/healthz/", "/metrics?x", "/%68ealthz", "//healthz", "/x/../readyz"]
)
def test_health_and_numbers_are_not_for_the_outside(site, echo, host, path):
    before = echo.count
    assert site.call(path, host=host).status in (400, 404)
    assert echo.count == before


def test_the_canary_is_answered_without_the_application(site, echo):
    before = echo.count
    assert (site.call("/certificate-check").text, echo.count) == ("OK\n", before)


# ---- no resumption (R-079) -----------------------------------------------------------------------------


class Caller:
    """A TLS client that would resume."""

    def __init__(self, site, version):
        self.context = ssl.create_default_context(cafile=site.certs / "chain.crt")
        self.context.minimum_version = self.context.maximum_version = version
        self.context.load_cert_chain(site.certs / "clients/operator-0001.crt", site.certs / "clients/operator-0001.key")
        self.site, self.session = site, None

    def get(self):
        """(status, whether the session was resumed)"""
        with (
            socket.create_connection(("127.0.0.1", self.site.port), timeout=30) as plain,
            self.context.wrap_socket(plain, server_hostname=PORTAL, session=self.session) as secure,
        ):
            secure.sendall(f"GET /login HTTP/1.1\r\nHost: {PORTAL}\r\nConnection: close\r\n\r\n".encode())
            status = int(secure.recv(65536).split()[1])
            self.session = secure.session
            return status, secure.session_reused


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_r_079_a_session_is_never_resumed_so_revoked_is_out_at_the_next_reload(another_site, tmp_path, echo, version):
    ca.make(tmp_path / "certs", (PORTAL, BOARD))
    site = another_site(tmp_path / "certs", echo.port)
    caller = Caller(site, version)
    assert [caller.get(), caller.get()] == [(200, False), (200, False)]
    ca.revoke(site.certs, "operator-0001")
    site.reload()
    assert caller.get() == (403, False)
    assert refused(site.call("/login"))
    assert site.call("/login", client="operator-0001-b").status == 200, "the others still get in"


def test_r_079_a_front_with_a_cache_would_be_caught(another_site, certs, echo):
    """The measure itself: with a session cache the same caller does resume."""

    def loosen(folder):
        conf = folder / "nginx.conf"
        text = conf.read_text()
        assert "ssl_session_cache off;" in text
        conf.write_text(text.replace("ssl_session_cache off;", "ssl_session_cache shared:X:1m;"))

    caller = Caller(another_site(certs, echo.port, loosen), ssl.TLSVersion.TLSv1_2)
    assert [caller.get(), caller.get()] == [(200, False), (200, True)]


def test_an_ended_list_or_a_missing_level_refuses_everybody_which_is_why_crl_check_rings(another_site, tmp_path, echo):
    ca.make(tmp_path / "certs", (PORTAL, BOARD))
    ca.write_lists(tmp_path / "certs", timedelta(hours=-1))
    ended: Front = another_site(tmp_path / "certs", echo.port)
    assert refused(ended.call("/login"))
    assert verified(ended) == "FAILED:CRL has expired"
    ca.write_lists(ended.certs, levels=("issuing",))
    ended.reload()
    assert refused(ended.call("/login"))
    assert verified(ended) == "FAILED:unable to get certificate CRL"
