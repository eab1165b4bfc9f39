"""CLIENT_CERT=required: what the application demands of the front and of the certificate.

COM-001, COM-022, COM-023, COM-082, COM-086; R-011, R-040, R-077, R-079; mtls/README.md §1.
"""

import re
from contextlib import ExitStack

import pytest

from app import create_app
from models import AuditEntry, SignInCounter, SignInSession, SignInThrottle, UnregisteredCertificate, db
from services import hashing
from tests import databases
from tests.certificates import REQUIRED, SECRET, told
from tests.conftest import Browser
from tests.factories import PASSWORD
from tests.pages import Page

HEADING = "ログインエラー画面"


@pytest.fixture
def app(database, tmp_path, time):
    app = create_app(
        databases.settings(tmp_path, database[1], SIGN_IN_FAILURES_PER_MINUTE="3", **REQUIRED),
        TESTING=True,
        BCRYPT_COST=4,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.test_client_class = Browser
    with ExitStack() as stack:
        stack.enter_context(app.app_context())
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def compared(monkeypatch):
    """What bcrypt was asked to do."""
    asked = []
    for function in ("checkpw", "hashpw"):
        real = getattr(hashing.bcrypt, function)
        monkeypatch.setattr(hashing.bcrypt, function, lambda *a, _real=real: asked.append(a) or _real(*a))
    return asked


@pytest.fixture
def people(make):
    """Two operators and 広域機関, each with a certificate: A1, A2, A3."""
    found = {"0001": make.user(), "0002": make.user(operator="0002"), "staff": make.staff()}
    for operator, serial in (("0001", "A1"), ("0002", "A2"), (None, "A3")):
        make.certificate(operator, serial)
    return found


@pytest.fixture
def attempt(app):
    """attempt(browser, ID, headers) -> the page that answers."""

    def run(browser, login_id, headers, password=PASSWORD):
        page = browser.page("/login", headers=told("A1"))  # any certificate of the CA gets the form
        _, path, data = page.data_of("ログイン", ユーザID=login_id, パスワード=password)
        return Page(browser, browser.post(path, data=data, headers=headers))

    return run


@pytest.fixture
def signed_in(app, attempt):
    def sign_in(account, serial):
        browser = app.test_client()
        answer = attempt(browser, account.login_id, told(serial))
        assert answer.status == 302, answer.text
        return browser

    return sign_in


WRONG = {
    "no front secret": {"X_Front_Auth": None},
    "a wrong front secret": {"X_Front_Auth": "x" * len(SECRET)},
    "a front secret that is no ASCII": {"X_Front_Auth": "é" * len(SECRET)},
    "the front secret twice": {"X_Front_Auth": f"{SECRET},{SECRET}"},
    "no verification": {"X_SSL_Client_Verify": None},
    "no certificate": {"X_SSL_Client_Verify": "NONE"},
    "another CA": {"X_SSL_Client_Verify": "FAILED:unable to verify the first certificate"},
    "verification twice": {"X_SSL_Client_Verify": "SUCCESS,SUCCESS"},
    "no number": {"X_SSL_Client_Serial": None},
    "two numbers": {"X_SSL_Client_Serial": "A1,A1"},
    "a negative number": {"X_SSL_Client_Serial": "-A1"},
    "no hexadecimal number": {"X_SSL_Client_Serial": "XYZ"},
    "no issuer": {"X_SSL_Client_I_DN": None},
    "a broken issuer": {"X_SSL_Client_I_DN": "nonsense"},
    "no end": {"X_SSL_Client_V_End": None},
}


def headers_of(wrong, serial="A1"):
    return told(serial, **wrong)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_without_a_good_certificate_there_is_no_page(people, app, signed_in, snapshot, wrong):
    """R-077 (fail closed), COM-001: not even the sign-in form; no session is touched."""
    inside = signed_in(people["0001"], "A1")
    before = snapshot()
    for browser, path in [
        (app.test_client(), "/login"), (app.test_client(), "/portal/"), (app.test_client(), "/admin/users/"),
        (app.test_client(), "/portal/nothing"), (inside, "/login"), (inside, "/portal/"), (inside, "/password"),
        (inside, "/portal/users/?searched=1"),
    ]:  # fmt: skip
        for method in ("GET", "POST"):
            answer = Page(browser, browser.open(path, method=method, headers=headers_of(wrong)))
            assert (path, method, answer.status, answer.heading) == (path, method, 403, HEADING)
    assert snapshot() == before
    assert inside.get("/portal/", headers=told("A1")).status_code == 200, "the session lives on"


@pytest.mark.parametrize("wrong", ["no front secret", "a wrong front secret", "no verification"])
def test_open_addresses_need_no_certificate(app, wrong):
    browser, headers = app.test_client(), headers_of(WRONG[wrong])
    assert browser.get("/healthz", headers=headers).status_code == 200
    assert browser.get("/readyz", headers=headers).status_code == 200
    assert browser.get("/static/css/panel.css", headers=headers, buffered=True).status_code == 200
    assert browser.get("/", headers=headers).headers["Location"] == "/login"
    assert browser.get("/nothing", headers=headers).status_code == 404


def test_the_right_certificate_signs_in_and_stays_in(people, signed_in, session):
    for who, serial, path in (("0001", "A1", "/portal/"), ("0002", "A2", "/portal/"), ("staff", "A3", "/admin/")):
        browser = signed_in(people[who], serial)
        assert browser.get(path, headers=told(serial)).status_code == 200
    assert session.query(SignInSession).filter(SignInSession.certificate_id.is_not(None)).count() == 3


# ---- at the sign-in ----------------
def refusals(make, time):
    """Certificates that do not own the ID of somebody of 0001."""
    make.certificate("0001", "B1", withdrawn_at=time.now)
    make.certificate("0001", "B2", valid_to=time.now)
    make.certificate("0001", "B3", valid_from=time.now.replace(year=2027), valid_to=time.now.replace(year=2028))
    return {"foreign": "A2", "広域機関": "A3", "unregistered": "FF", "withdrawn": "B1", "expired": "B2", "early": "B3"}


def plain_body(answer):
    """Without what is new in every answer."""
    text = answer.response.get_data(as_text=True)
    text = re.sub(r"<code>[0-9a-f]{16}</code>", "<code/>", text)
    return re.sub(r'name="csrf_token" value="[^"]+"', "csrf", text)


def test_who_does_not_own_the_id_gets_one_answer_and_nothing_is_counted(
    people, attempt, app, make, session, time, compared
):
    """R-011, COM-022, COM-023, COM-086: foreign, unregistered, withdrawn, expired and unknown alike."""
    answers, tried = set(), 0
    cases = refusals(make, time)
    compared.clear()
    for serial in cases.values():
        for typed in (people["0001"].login_id, "U999999999", "no ID at all"):
            for password in (PASSWORD, "wrong"):
                answer = attempt(app.test_client(), typed, told(serial), password)
                answers.add((answer.status, plain_body(answer), tuple(sorted(answer.response.headers.keys()))))
                tried += 1
    # The own certificate and an ID nobody has: the same.
    for typed in ("U999999999", "", people["0002"].login_id, people["staff"].login_id):
        answer = attempt(app.test_client(), typed, told("A1"))
        answers.add((answer.status, plain_body(answer), tuple(sorted(answer.response.headers.keys()))))
        tried += 1
    assert len(answers) == 1
    [(status, _, _)] = answers
    assert (status, answer.heading) == (403, HEADING)
    assert answer.alerts == [
        "error.K01.00001:ログイン認証に失敗しました。管理者に問い合わせ、使用しているクライアント証明書とユーザIDが登録されている"
        "ことを確認してください。クライアント証明書のシリアル番号が未登録の場合は、事業者情報の登録(変更)申込により登録してください。"
    ]
    assert compared == [], "nothing is hashed"
    assert session.query(SignInCounter).count() == 0, "the victim's counter stays 0"
    assert session.query(SignInThrottle).count() == 0
    assert session.query(SignInSession).count() == 0
    entries = session.query(AuditEntry).filter_by(event="sign_in:certificate", result="refused").all()
    assert len(entries) == tried
    assert {e.address for e in entries} == {"203.0.113.7"}
    assert {e.detail["serial"] for e in entries} == {"A1", *cases.values()}
    assert "wrong" not in str([(e.detail, e.target) for e in entries])


def test_the_unregistered_certificate_is_kept_for_assignment(people, attempt, app, session):
    for _ in range(2):
        attempt(app.test_client(), people["0001"].login_id, told("FF", "Nov 21 09:34:14 2027 GMT"))
    attempt(app.test_client(), people["0001"].login_id, told("A2"))
    [row] = session.query(UnregisteredCertificate)
    assert (row.issuer, row.serial, row.times) == ("CN=発行認証局,O=認証株式会社,C=JP", "FF", 2)
    assert f"{row.valid_from:%F %T} {row.valid_to:%F %T}" == "2026-11-01 03:00:00 2027-11-21 09:34:14"


def test_the_own_certificate_and_a_wrong_password_is_an_inline_message_and_counts(people, attempt, app, session):
    """COM-086: two cases, two screens."""
    answer = attempt(app.test_client(), people["0001"].login_id, told("A1"), "wrong")
    assert (answer.status, answer.heading) == (200, "ログイン画面")
    assert "error.Y05.00001" in answer.alerts[0]
    assert session.query(SignInCounter.failures).scalar() == 1


def test_the_front_names_the_address_that_is_throttled_and_recorded(people, attempt, app, session):
    for _ in range(3):
        attempt(app.test_client(), people["0001"].login_id, told("A1"), "wrong")
    assert attempt(app.test_client(), people["0001"].login_id, told("A1"), "wrong").status == 429
    other = told("A1", X_Real_IP="203.0.113.8")
    assert attempt(app.test_client(), people["0001"].login_id, other).status == 302
    assert [row.address for row in session.query(SignInThrottle)] == ["203.0.113.7"]
    assert session.query(SignInSession).one().address == "203.0.113.8"
    nonsense = told("A2", X_Real_IP="not an address, 1.2.3.4")
    assert attempt(app.test_client(), people["0002"].login_id, nonsense).status == 302
    session.rollback()  # look again
    assert {row.address for row in session.query(SignInSession)} == {"203.0.113.8", "127.0.0.1"}


# ---- on every request ----------------
def refused_inside(browser, serial, session, account, reason="session:certificate"):
    """403, the session ended for good, written down."""
    answer = browser.page("/portal/users/", headers=told(serial))
    assert (answer.status, answer.heading) == (403, HEADING)
    session.expire_all()
    row = session.query(SignInSession).filter_by(account_id=account.id).one()
    assert row.ending == "cert"
    events = [e.event for e in session.query(AuditEntry).filter_by(target_id=account.id, target_table="accounts")]
    assert events[-1] == reason
    again = browser.page("/portal/", headers=told("A1"))
    assert (again.status, again.heading) == (403, HEADING), "also with the right certificate: sign in anew"


def test_another_certificate_with_the_same_cookie_ends_the_session(people, signed_in, session, make):
    make.certificate("0001", "A9")  # both of the same operator, both valid
    for number, serial in enumerate(("A9", "A2", "FF")):
        account = people["0001"] if not number else make.user()
        refused_inside(signed_in(account, "A1"), serial, session, account)
        detail = [e.detail for e in session.query(AuditEntry).filter_by(event="sign_in:certificate")][-1]
        assert detail["serial"] == serial


def test_another_issuer_with_the_same_number_ends_the_session(people, signed_in):
    browser = signed_in(people["0001"], "A1")
    answer = browser.page("/portal/", headers=told("A1", X_SSL_Client_I_DN="CN=evil"))
    assert (answer.status, answer.heading) == (403, HEADING)


def test_a_certificate_withdrawn_while_signed_in_is_out_at_once(people, signed_in, session, app):
    browser, staff = signed_in(people["0001"], "A1"), signed_in(people["staff"], "A3")
    page = staff.page("/admin/certificates/?searched=1&serial=A1", headers=told("A3")).link("A1")
    _, path, data = staff.page(page, headers=told("A3")).data_of("取下げ")
    assert staff.post(path, data=data, headers=told("A3")).status_code == 302
    refused_inside(browser, "A1", session, people["0001"])


def test_a_certificate_that_expires_while_signed_in_is_out(people, signed_in, session, make, time):
    make.certificate("0001", "E1", valid_to=time.now.replace(minute=10))
    browser = signed_in(people["0001"], "E1")
    time.forward(minutes=9, seconds=59)
    assert browser.get("/portal/", headers=told("E1")).status_code == 200
    time.forward(seconds=1)
    refused_inside(browser, "E1", session, people["0001"])


def test_a_registration_behind_the_panels_back_counts_from_the_next_request(people, signed_in, write):
    browser = signed_in(people["0001"], "A1")
    write("UPDATE client_certificates SET operator_id = (SELECT id FROM operators WHERE code = '0002') "
          "WHERE serial = 'A1'")  # fmt: skip
    assert browser.page("/portal/", headers=told("A1")).heading == HEADING


def test_at_the_sign_in_page_a_session_of_another_certificate_is_dropped(people, signed_in, session):
    """Any certificate of the CA reaches /login; the cookie that came with it is worth nothing."""
    browser = signed_in(people["0001"], "A1")
    answer = browser.page("/login", headers=told("A2"))
    assert (answer.status, answer.heading) == (200, "ログイン画面")
    assert session.query(SignInSession).one().ending == "cert"


def test_a_session_from_before_certificates_were_required_is_out(people, signed_in, write):
    browser = signed_in(people["0001"], "A1")
    write("UPDATE sessions SET certificate_id = NULL")
    assert browser.page("/portal/", headers=told("A1")).heading == HEADING


def test_closing_the_screen_leads_to_the_sign_in(people, signed_in):  # COM-082: [閉じる]
    browser = signed_in(people["0001"], "A1")
    page = browser.page("/portal/", headers=told("A2"))
    _, path, data = page.data_of("閉じる")
    answer = browser.post(path, data=data)  # it needs no certificate itself
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")


# ---- the board's own host ----------------
@pytest.mark.parametrize("host", ["board.test", "board.test:8443", "BOARD.TEST", "board.test."])
def test_on_the_boards_host_there_is_the_board_alone(people, signed_in, host):
    browser, headers = signed_in(people["0001"], "A1"), told("A1") | {"Host": host}
    for path in ("/", "/login", "/password", "/portal/", "/admin/", "/boarding", "/helping"):
        assert (path, browser.get(path, headers=headers).status_code) == (path, 404)
        assert (path, browser.post(path, headers=headers).status_code) == (path, 404)
    for path in ("/help/", "/help/setup/"):  # what one needs before one has a certificate
        assert (path, browser.get(path, headers=headers).status_code) == (path, 200)
    assert browser.get("/healthz", headers=headers).status_code == 200
    assert browser.get("/readyz", headers=headers).status_code == 200
    assert browser.get("/static/css/panel.css", headers=headers, buffered=True).status_code == 200
