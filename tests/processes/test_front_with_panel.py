"""COM-001, COM-022, COM-023, R-040, R-077, R-079: who signs in with which certificate, through the real front."""

import secrets
import subprocess

import pytest

from app import create_app
from models import ClientCertificate, db
from tests import databases
from tests.factories import PASSWORD, Make
from tests.pages import plain
from tests.processes.conftest import production_hash
from tests.processes.front import BOARD, PORTAL, SECRET
from tests.processes.panel_behind import PanelBehind
from tests.processes.servers import ROOT, START, environment, flask
from tools import certs as ca

pytestmark = pytest.mark.processes

ISSUER = "CN=Test issuing CA,O=TEST issuing,C=JP"
SERIAL = "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"


@pytest.fixture(scope="module")
def behind(nginx, servers, tmp_path_factory):
    """The panel with operators 0001 and 0002 and staff, and their certificates."""
    folder = tmp_path_factory.mktemp("behind")
    ca.make(folder / "certs", (PORTAL, BOARD))
    panel = PanelBehind(
        folder / "certs", folder, portal=PORTAL, DATABASE_URL=servers("sqlite").fresh(folder), DEMO="off",
        SECRET_KEY=secrets.token_urlsafe(32), OUTBOX_KEY=secrets.token_urlsafe(32),
    )  # fmt: skip
    app = create_app(databases.load(panel.settings), TESTING=True, BCRYPT_COST=4)
    with app.app_context():
        make = Make(db.session)
        people = {
            "0001": make.user(operator="0001", password_hash=production_hash()),
            "0002": make.user(operator="0002", password_hash=production_hash()),
            "staff": make.staff(password_hash=production_hash()),
        }
        panel.ids = {name: person.login_id for name, person in people.items()}
        for client, person in [("operator-0001-b", "0001"), ("operator-0002", "0002"), ("staff", "staff")]:
            db.session.add(registration(folder / f"certs/clients/{client}.crt", people[person].operator_id))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    try:
        panel.start()
        panel.register("0001", "operator-0001")  # as the first one is: from the command line
        yield panel
    finally:
        panel.stop()
        print(panel.server.output)


def registration(path, operator_id):
    """A row of クライアント証明書, put there by hand."""
    made = ca.read(path)
    return ClientCertificate(
        operator_id=operator_id, issuer=ISSUER, serial=f"{made.serial_number:X}", note="",
        valid_from=made.not_valid_before_utc, valid_to=made.not_valid_after_utc,
    )  # fmt: skip


def sign_in(visitor, login_id, password=PASSWORD):
    return visitor.sign_in_later(login_id, password)()


def is_login_error(answer):
    return answer.status_code == 403 and "<h1>ログインエラー画面</h1>" in answer.text


@pytest.mark.parametrize(
    ("client", "who", "home"),
    [
        ("operator-0001", "0001", "/portal/"),
        ("operator-0001-b", "0001", "/portal/"),  # two certificates overlap
        ("operator-0002", "0002", "/portal/"),
        ("staff", "staff", "/admin/"),
    ],
)
def test_a_registered_certificate_and_its_operator_s_account_are_admitted(behind, client, who, home):
    visitor = behind.visitor(client)
    answer = sign_in(visitor, behind.ids[who])
    assert (answer.status_code, answer.headers["Location"]) == (302, home)
    page = visitor.page(home)
    assert page.response.status_code == 200
    assert "ログアウト" in page.text


@pytest.mark.parametrize("client", ["unregistered", "operator-0001", "staff"])
def test_com_001_any_certificate_of_the_ca_reaches_the_sign_in_screen(behind, client):
    assert behind.visitor(client).page("/login").heading == plain("ログイン画面")


@pytest.mark.parametrize(
    ("client", "who"),
    [
        ("unregistered", "0001"),
        ("operator-0002", "0001"),
        ("operator-0001", "0002"),
        ("operator-0001", "staff"),
        ("staff", "0001"),
    ],
)
def test_com_022_com_023_another_certificate_than_the_operator_s_is_the_login_error_screen(behind, client, who):
    visitor = behind.visitor(client)
    for _ in range(6):  # nothing is counted, so nothing is locked
        assert is_login_error(sign_in(visitor, behind.ids[who], "wrong"))
    assert is_login_error(sign_in(visitor, behind.ids[who]))
    assert visitor.get("/portal/").status_code == 302, "nobody is signed in"
    right = {"0001": "operator-0001", "0002": "operator-0002", "staff": "staff"}[who]
    assert sign_in(behind.visitor(right), behind.ids[who]).status_code == 302


def test_an_id_that_nobody_has_gets_the_same_screen(behind):
    known = sign_in(behind.visitor("operator-0002"), behind.ids["0001"])
    unknown = sign_in(behind.visitor("operator-0002"), "U999999999")
    assert is_login_error(unknown)
    assert heart(unknown) == heart(known)


def heart(answer):
    """A page without its request number."""
    return [line for line in answer.text.splitlines() if "リクエスト番号" not in line]


@pytest.mark.parametrize("client", ["operator-0002", "operator-0001-b", "unregistered"])
def test_r_040_a_session_taken_to_another_certificate_is_over(behind, client):
    visitor = behind.visitor("operator-0001")
    assert sign_in(visitor, behind.ids["0001"]).status_code == 302
    thief = visitor.taken_to(client)
    assert is_login_error(thief.get("/portal/"))
    thief.close()
    assert visitor.get("/portal/").status_code in (302, 401, 403), "for its owner as well"


def test_r_079_a_certificate_revoked_while_signed_in_is_out_after_the_reload(behind):
    visitor = behind.visitor("staff")
    assert sign_in(visitor, behind.ids["staff"]).status_code == 302
    assert visitor.get("/admin/").status_code == 200
    before = (behind.front.certs / "ca/revoked.txt").read_text()
    ca.revoke(behind.front.certs, "staff")
    behind.front.reload()
    try:
        assert is_login_error(visitor.get("/admin/"))
    finally:
        (behind.front.certs / "ca/revoked.txt").write_text(before)
        ca.write_lists(behind.front.certs)
        behind.front.reload()


# ---- past the front (R-077) -----------------------------------------------------------------------------

PERFECT = [
    ("X-SSL-Client-Verify", "SUCCESS"), ("X-SSL-Client-Serial", SERIAL), ("X-SSL-Client-I-DN", ISSUER),
    ("X-SSL-Client-V-Start", "Nov 20 00:00:00 2026 GMT"), ("X-SSL-Client-V-End", "Nov 20 00:00:00 2027 GMT"),
]  # fmt: skip


@pytest.mark.parametrize(
    "proof",
    [
        [],
        [("X-Front-Auth", "")],
        [("X-Front-Auth", SECRET[:-1])],
        [("X-Front-Auth", SECRET.upper())],
        [("X-Front-Auth", SECRET), ("X-Front-Auth", SECRET)],  # joined to "A,B"
        [("X_Front_Auth", SECRET)],
    ],
)
def test_r_077_straight_to_the_application_perfect_headers_without_the_secret_are_refused(behind, proof):
    host = [("Host", behind.front.origin(PORTAL).removeprefix("https://"))]
    for path in ("/login", "/portal/", "/admin/users/"):
        assert is_login_error(behind.server.get(path, [*host, *PERFECT, *proof])), path


def test_with_the_secret_the_same_headers_count_so_the_secret_is_what_refuses(behind):
    host = [("Host", behind.front.origin(PORTAL).removeprefix("https://"))]
    assert behind.server.get("/login", [*host, *PERFECT, ("X-Front-Auth", SECRET)]).status_code == 200


@pytest.mark.parametrize("name", [name for name, _ in PERFECT[:3]])
def test_r_077_a_missing_or_doubled_identity_header_is_as_good_as_none(behind, name):
    host = [("Host", behind.front.origin(PORTAL).removeprefix("https://")), ("X-Front-Auth", SECRET)]
    missing = [pair for pair in PERFECT if pair[0] != name]
    assert is_login_error(behind.server.get("/login", [*host, *missing]))
    assert is_login_error(behind.server.get("/login", [*host, *PERFECT, (name, "B")]))


def test_r_077_without_a_front_secret_the_mode_refuses_to_start(behind):
    settings = behind.settings | {"FRONT_SECRET": ""}
    done = subprocess.run(
        flask("serve"), cwd=ROOT, env=environment(**settings), capture_output=True, text=True, check=False,
        timeout=START,
    )  # fmt: skip
    assert done.returncode != 0
    assert "FRONT_SECRET" in done.stderr
    assert "Traceback" not in done.stderr


# ---- the board's name, health ---------------------------------------------------------------------------


def test_the_portal_is_not_to_be_had_under_the_board_s_name(behind):
    visitor = behind.visitor("operator-0001", host=BOARD)
    for path in ("/portal/", "/admin/"):
        assert visitor.get(path).status_code == 404
    answer = visitor.get("/login")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/board/login")


def test_health_is_for_the_machine_itself(behind):
    assert behind.server.get("/healthz").status_code == 200
    assert behind.server.get("/readyz").status_code == 200
    for path in ("/healthz", "/readyz", "/metrics"):
        assert behind.visitor("operator-0001").get(path).status_code == 404


def test_the_application_s_headers_arrive_once_through_the_front(behind):
    answer = behind.front.call("/login")
    said = ("content-security-policy", "strict-transport-security", "x-frame-options", "cache-control")
    for name in (*said, "cross-origin-opener-policy"):
        assert len(answer.all(name)) == 1, name
    assert "script-src 'self'" in answer.all("content-security-policy")[0]
    assert all("Secure" in cookie for cookie in answer.all("set-cookie"))
