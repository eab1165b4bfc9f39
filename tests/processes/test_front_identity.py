"""R-076, R-077: nothing a client says about itself passes the front, in no location it has."""

import json
import re

import pytest

from tests.processes import nginx_conf
from tests.processes.front import BOARD, PORTAL, SECRET
from tests.processes.servers import free_port

pytestmark = pytest.mark.processes

# Every location of `nginx -T`, and an address that leads into it. None: it forwards nothing.
OWN = {"= /front/pages.css": None, "= /front/close": None, "= /front/refusal": None, "^~ /front/": None}
LOCATIONS = {
    "_": OWN,
    PORTAL: OWN
    | {"/": "/portal/users/", "~ ^/(healthz|readyz|metrics)(/|$)": None, "= /certificate-check": None},
    BOARD: OWN
    | {
        "/": None,
        "= /": None,
        "= /login": None,
        "~ ^/board(/|$)": "/board/login",
        "~ ^/help(/|$)": "/help/a",
        "= /logout": "/logout",
        "/static/": "/static/css/panel.css",
    },
}  # fmt: skip
FORWARDING = [(host, path) for host, found in LOCATIONS.items() for path in found.values() if path]

# By hand: what the application may see at all, as WSGI names it.
FRONT_SAYS = {
    "X_FRONT_AUTH", "X_SSL_CLIENT_VERIFY", "X_SSL_CLIENT_SERIAL", "X_SSL_CLIENT_I_DN", "X_SSL_CLIENT_V_START",
    "X_SSL_CLIENT_V_END", "X_REAL_IP", "HOST", "CONNECTION",
}  # fmt: skip
BROWSER_SAYS = {
    "Accept": "text/html", "Accept-Language": "ja", "Cookie": "__Host-panel=abc; theme=dark",
    "If-Modified-Since": "Fri, 20 Nov 2026 03:00:00 GMT", "If-None-Match": '"a"', "If-Range": '"a"',
    "Origin": f"https://{PORTAL}", "Range": "bytes=0-9", "Referer": f"https://{PORTAL}/portal/",
    "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin",
    "User-Agent": "a browser",
}  # fmt: skip

LIE = "DEADBEEF"
NAMES = [
    "X-SSL-Client-Verify", "X-SSL-Client-Serial", "X-SSL-Client-I-DN", "X-SSL-Client-S-DN", "X-SSL-Client-V-Start",
    "X-SSL-Client-V-End", "X-SSL-Client-Cert", "X-SSL-Client-FP", "X-SSL-Anything", "X-Front-Auth", "X-Real-IP",
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
    "X-Forwarded-By", "X-Forwarded-Client-Cert", "Forwarded", "X-Original-URL", "X-HTTP-Method-Override", "SSL-Client",
]  # fmt: skip
SPELLINGS = [str, str.lower, str.upper, lambda name: name.replace("-", "_"), lambda name: name.replace("-", "_", 1)]
SPOOFED = [f"{spell(name)}: {LIE}" for name in NAMES for spell in SPELLINGS]
SPOOFED += [f"X-SSL-Client-Serial: {LIE}-again", "X-SSL-Client-Verify: SUCCESS", "X-SSL-Client-Verify : SUCCESS"]


def test_every_location_of_the_front_is_in_this_table(site):
    found = nginx_conf.locations(site.nginx("-T"))
    assert set(found) == {(host, location) for host, known in LOCATIONS.items() for location in known}


def test_every_location_that_forwards_includes_the_identity_and_the_others_forward_nothing(site):
    for (host, location), directives in nginx_conf.locations(site.nginx("-T")).items():
        here = [each for each in directives if each.name in ("proxy_pass", "proxy_set_header")]
        if LOCATIONS[host][location] is None:
            assert here == [], location
        else:
            assert {each.words[1] for each in here if each.name == "proxy_set_header"} >= {"X-Front-Auth", "Host"}
            assert {each.file for each in here} == {"identity.inc"}, location


def test_what_keeps_a_certificate_honest_is_said_once_and_nowhere_loosened(site):
    found = [each for block in nginx_conf.files(site.nginx("-T")).values() for each in nginx_conf.every(block)]
    said = {}
    for each in found:
        said.setdefault(each.name, []).append(" ".join(each.words[1:]))
    assert said["ssl_verify_client"] == ["optional", "off"], "portal, board; optional_no_ca would let any CA in"
    assert said["ssl_session_tickets"] == said["ssl_session_cache"] == ["off"]
    assert said["ssl_protocols"] == ["TLSv1.2 TLSv1.3"]
    assert said["ssl_verify_depth"] == ["2"]
    assert len(said["ssl_crl"]) == 1
    assert "ssl_session_ticket_key" not in said


def outside(printed):
    """Directives that would let a client's words through, or lose a header, by where they stand."""
    only = {"proxy_set_header": "identity.inc", "proxy_pass": "identity.inc", "add_header": "headers.inc"}
    only |= {"proxy_pass_request_headers": "identity.inc", "proxy_intercept_errors": "nginx.conf"}
    found = [each for block in nginx_conf.files(printed).values() for each in nginx_conf.every(block)]
    assert {each.name for each in found} >= {*only, "server", "location"}
    return [(each.file, each.words) for each in found if only.get(each.name, each.file) != each.file]


def test_r_076_proxy_set_header_and_add_header_stand_in_their_include_only(site):
    assert outside(site.nginx("-T")) == []


@pytest.mark.parametrize("line", ["proxy_set_header X-Own 1;", "add_header X-Own 1;", "proxy_pass http://panel;"])
def test_one_such_line_in_a_location_is_found(another_site, certs, echo, line):
    def spoil(folder):
        conf = folder / "nginx.conf"
        conf.write_text(
            conf.read_text().replace("location = /login {", f"location /own {{ {line} }} location = /login {{")
        )

    spoiled = another_site(certs, echo.port, spoil)
    assert outside(spoiled.nginx("-T")) == [("nginx.conf", tuple(line.rstrip(";").split()))]


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize(("host", "path"), FORWARDING)
def test_r_076_in_every_location_nothing_a_client_claims_arrives(site, host, path, version):
    # A space before the colon is no header at all in HTTP/2.
    spoofed = [line for line in SPOOFED if version == "--http1.1" or " :" not in line]
    plain = [line for line in spoofed if " :" not in line]
    answer = site.call(path, host=host, headers=plain, options=[version])
    assert answer.status == 200
    headers = json.loads(answer.body)["headers"]
    assert not {name for name, value in headers.items() if LIE in value}
    assert set(headers) <= FRONT_SAYS | {"ACCEPT", "USER_AGENT"}
    assert headers["X_FRONT_AUTH"] == SECRET
    assert headers["X_REAL_IP"] == "127.0.0.1"
    assert headers["HOST"] == f"{host}:{site.port}"
    registered = {"X_SSL_CLIENT_VERIFY": "SUCCESS", "X_SSL_CLIENT_SERIAL": "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"}
    nobody = {"X_SSL_CLIENT_VERIFY": "NONE", "X_SSL_CLIENT_SERIAL": None}
    expected = registered if host == PORTAL else nobody
    assert {name: headers.get(name) for name in expected} == expected


def test_a_header_name_with_a_space_before_the_colon_is_a_bad_request_or_dropped(site):
    answer = site.call("/portal/", headers=["X-SSL-Client-Serial : DEADBEEF"], options=["--http1.1"])
    assert answer.status == 400 or LIE not in answer.text


@pytest.mark.parametrize(("host", "path"), FORWARDING)
def test_what_the_application_reads_of_a_browser_arrives(site, host, path):
    headers = [f"{name}: {value}" for name, value in BROWSER_SAYS.items()]
    told = json.loads(site.call(path, host=host, headers=headers).body)["headers"]
    assert {name: told[name.upper().replace("-", "_")] for name in BROWSER_SAYS} == BROWSER_SAYS


def test_a_form_arrives_with_its_type_and_every_byte(site):
    told = json.loads(site.call("/portal/x", options=["--data", "a=1&b=%E3%81%82"]).body)
    assert (told["method"], told["type"], told["length"]) == ("POST", "application/x-www-form-urlencoded", 15)


def test_an_absolute_address_in_the_request_line_cannot_name_another_host_to_the_application(site):
    options = ["--http1.1", "--request-target", f"https://{BOARD}/board/"]
    answer = site.call("/board/", host=BOARD, client=None, headers=[f"Host: {PORTAL}"], options=options)
    assert answer.status == 421 or json.loads(answer.body)["headers"]["HOST"] == f"{BOARD}:{site.port}"


def test_the_secret_stands_in_one_file_that_others_cannot_read(site):
    holding = [
        path for path in site.folder.rglob("*") if path.is_file() and SECRET in path.read_text("utf-8", "ignore")
    ]
    assert [path.name for path in holding] == ["secret.inc"]
    assert holding[0].stat().st_mode & 0o777 == 0o600


def test_r_074_the_logs_hold_neither_queries_nor_cookies_nor_referers(another_site, certs, echo):
    """Not even those of errors: no certificate, no application, a request that is too large."""
    site = another_site(certs, free_port())
    private = ["Cookie: panel=quiet2", "Referer: https://portal.test/?quiet3"]
    statuses = [
        site.call("/portal/x?token=quiet1", headers=private).status,
        site.call("/portal/x?token=quiet1", client="expired", headers=private).status,
        site.call("//portal/x?token=quiet1", headers=private).status,
        site.call("/front/none?token=quiet1", headers=private).status,
        site.call(
            "/portal/x?token=quiet1", headers=[*private, f"Content-Length: {1 << 30}"], options=["-XPOST", "--http1.1"]
        ).status,
    ]
    assert statuses == [503, 403, 400, 404, 413]
    assert len(site.log()) == len(statuses)
    assert "/portal/x 503" in site.log()[0]
    for log in (site.folder / "logs").iterdir():
        assert not re.search(r"quiet\d|token", log.read_text("utf-8")), log.name
