"""Work that falls due by the calendar, found by query and done once per day by whichever worker is first."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import clock
from models.mail import OutgoingMail
from services import attachments, certificate_expiry, outbox, post_expiry, sessions, sweep
from services.once import first


def run(transaction: Callable[[], AbstractContextManager[Session]], limits: sessions.Limits) -> None:
    """Everything due now. Each piece is its own transaction."""
    if _is_secret_expired(transaction):
        with transaction() as s:
            outbox.wipe_expired(s)
    _forget_files(transaction)
    day = clock.today()
    with transaction() as s:
        if first(s, "sweep", day):
            sweep.run(s, limits)
    for row_id, ahead in _expiring(transaction):
        with transaction() as s:
            certificate_expiry.warn(s, row_id, ahead)
    for number in _ended(transaction):
        with transaction() as s:
            post_expiry.remind(s, number)


def _ended(transaction: Callable[[], AbstractContextManager[Session]]) -> list[int]:
    with transaction() as s:
        return post_expiry.due(s)


def _expiring(transaction: Callable[[], AbstractContextManager[Session]]) -> list[tuple[int, int]]:
    with transaction() as s:
        return certificate_expiry.due(s)


def _is_secret_expired(transaction: Callable[[], AbstractContextManager[Session]]) -> bool:
    with transaction() as s:
        found = select(OutgoingMail.id).where(
            OutgoingMail.secret.is_not(None), OutgoingMail.secret_until <= clock.now()
        )
        return s.scalar(found.limit(1)) is not None


def _forget_files(transaction: Callable[[], AbstractContextManager[Session]]) -> None:
    """Files whose record was never saved: within minutes of their end (R-067), so not with the daily sweep."""
    while True:
        with transaction() as s:
            if not attachments.is_any_expired(s) or not attachments.sweep(s):
                return
