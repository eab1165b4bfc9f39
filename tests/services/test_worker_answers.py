"""Which failures of a delivery are final (R-090): only what the mail server says about this very mail."""

import smtplib

import pytest

from services.mail import SecretGone, SecretUnreadable
from views.worker import _what_happened

ANSWERS = [
    (smtplib.SMTPRecipientsRefused({"a@x.jp": (550, b"no such user")}), "550 no such user", True),
    (smtplib.SMTPRecipientsRefused({"a@x.jp": (450, b"greylisted")}), "450 greylisted", False),
    (smtplib.SMTPDataError(554, b"message refused"), "554 message refused", True),
    (smtplib.SMTPDataError(451, b"later"), "451 later", False),
    # About the server or about us, not about this mail: it waits until somebody has put it right.
    (smtplib.SMTPConnectError(554, b"no SMTP service here"), "554 no SMTP service here", False),
    (smtplib.SMTPHeloError(501, b"bad name"), "501 bad name", False),
    (smtplib.SMTPSenderRefused(530, b"authentication required", "p@x.jp"), "530 authentication required", False),
    (smtplib.SMTPAuthenticationError(535, b"bad password"), "535 bad password", False),
    (SecretUnreadable("鍵が異なります。"), "鍵が異なります。", False),
    (SecretGone("期限切れです。"), "期限切れです。", True),
]


@pytest.mark.parametrize(("problem", "told", "final"), ANSWERS, ids=lambda v: type(v).__name__)
def test_only_an_answer_about_this_mail_is_final(problem, told, final):
    assert _what_happened(problem) == (told, final)


@pytest.mark.parametrize("problem", [ConnectionRefusedError(111, "refused"), TimeoutError(), RuntimeError("x")])
def test_what_is_wrong_on_the_way_is_tried_again_and_told_in_japanese(problem):
    told, final = _what_happened(problem)
    assert told.startswith("メール")
    assert type(problem).__name__ in told
    assert not final
