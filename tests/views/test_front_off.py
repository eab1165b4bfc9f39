"""CLIENT_CERT=off: the identity headers are not read at all."""

from models import SignInSession
from tests.certificates import told
from tests.factories import PASSWORD


def test_headers_mean_nothing_when_no_certificates_are_required(make, browser, session, enter):
    """Neither a certificate nor an address is believed, however right the secret would be."""
    user = make.user()
    make.certificate("0002", "A1")
    answer = enter(browser, user.login_id, PASSWORD, headers=told("A1"))
    assert answer.status == 302
    row = session.query(SignInSession).one()
    assert (row.certificate_id, row.address) == (None, "127.0.0.1")
    for headers in ({}, told("A1"), told("A2", X_SSL_Client_Verify="NONE"), {"Host": "board.test"}):
        assert browser.get("/portal/", headers=headers).status_code in (200, 302 if "Host" in headers else 200)
