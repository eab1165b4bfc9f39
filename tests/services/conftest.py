"""What the service tests share: attempts through the one door, and a counter of bcrypt."""

from datetime import timedelta
from functools import partial

import pytest

from domain.credentials import MARKET
from models import SignInCounter
from services import hashing, passwords, sessions, sign_in
from tests.factories import PASSWORD
from views import credential_check
from views.transaction import transaction

LIMITS = sessions.Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


@pytest.fixture
def limits():
    return LIMITS


@pytest.fixture
def attempt(app):
    """attempt("U280003304", "word") -> Outcome; as the sign-in page does it, without HTTP."""

    def run(login_id, password=PASSWORD, address="192.0.2.1"):
        typed = sign_in.Attempt(MARKET, getattr(login_id, "login_id", login_id), password)
        return credential_check.run(
            MARKET,
            typed.key,
            partial(sign_in.judge, attempt=typed),
            lambda s, judged: sign_in.settle(s, typed, judged, address, LIMITS),
            hashes_when_locked=not typed.too_long,
        )

    return run


@pytest.fixture
def change_password(app):
    """change_password(sign-in row, current, new) -> ChangeOutcome; may raise DomainError."""

    def run(row, current, new, address="192.0.2.1"):
        account = row.account
        return credential_check.run(
            MARKET,
            account.login_key,
            partial(passwords.judge_change, account=account, current=current, new=new),
            lambda s, change: passwords.settle_change(s, row, change, address),
        )

    return run


@pytest.fixture
def live(session, attempt):
    """live(account) -> the row of a new session of this account."""

    def sign(account, password=PASSWORD):
        outcome = attempt(account, password)
        assert outcome.token, outcome.message_id
        return sessions.find(session, outcome.token)

    return sign


@pytest.fixture
def failures(session):
    """failures(ID) -> (count, locked?) as stored under its normal form."""

    def count(login_id):
        key = MARKET.key(getattr(login_id, "login_id", login_id))
        found = session.get(SignInCounter, (key, "market"), populate_existing=True)
        return (found.failures, found.locked_at is not None) if found else (0, False)

    return count


@pytest.fixture
def compared(monkeypatch):
    """The stored hashes bcrypt was asked about, in order; real comparisons, only noted."""
    asked = []
    real = hashing.bcrypt.checkpw

    def noted(password, stored):
        asked.append(stored.decode())
        return real(password, stored)

    monkeypatch.setattr(hashing.bcrypt, "checkpw", noted)
    return asked


@pytest.fixture
def do(app):
    """do(service, …) runs one service function in a transaction of its own."""

    def run(service, *args, **kwargs):
        with transaction() as s:
            return service(s, *args, **kwargs)

    return run
