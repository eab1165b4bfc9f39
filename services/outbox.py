"""Sending what is due, at least once, by any number of workers. The sending itself is the caller's."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from domain import clock
from domain.mails import FEWEST_ATTEMPTS, GIVE_UP, wait_after
from models.mail import MailState, OutgoingMail

# Longer than one delivery may take (MAIL_TIMEOUT_SECONDS for each of up to eleven answers); then another worker tries.
LEASE = timedelta(minutes=5)


def _due() -> Select[OutgoingMail]:
    """Mails to send now that no worker has in hand, the one due longest first."""
    now = clock.now()
    free = or_(OutgoingMail.claimed_until.is_(None), OutgoingMail.claimed_until <= now)
    return (
        select(OutgoingMail)
        .where(OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now, free)
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def is_waiting(session: Session) -> bool:
    return session.scalar(_due()) is not None


def claim(session: Session) -> OutgoingMail | None:
    """Take the mail that has been due longest, or None. Commit before sending.

    PostgreSQL: rows other workers are just taking are skipped. SQLite: the write lock is ours.
    """
    row = session.scalar(_due().with_for_update(skip_locked=True))
    if row is not None:
        row.claimed_until = clock.now() + LEASE
        row.attempts += 1
    return row


def sent(row: OutgoingMail) -> None:
    row.state, row.sent_at, row.last_error = MailState.SENT, clock.now(), ""
    row.secret = row.claimed_until = None


def failed(row: OutgoingMail, error: str, first_wait: timedelta, *, for_good: bool = False) -> None:
    """Try again later, or give up: refused for good, a day of failures, or its secret has expired."""
    now = clock.now()
    row.last_error, row.claimed_until = error[:300], None
    expired = row.secret_until is not None and now >= row.secret_until
    tried_long = now - row.created_at >= GIVE_UP and row.attempts >= FEWEST_ATTEMPTS
    if for_good or expired or tried_long:
        row.state, row.secret = MailState.DEAD, None
    else:
        row.due_at = now + wait_after(row.attempts, first_wait)


def wipe_expired(session: Session) -> None:
    """仮パスワード that no longer work leave the outbox, sent or not."""
    statement: Any = (
        update(OutgoingMail)
        .where(OutgoingMail.secret.is_not(None), OutgoingMail.secret_until <= clock.now())
        .values(secret=None, state=MailState.DEAD, claimed_until=None, last_error="仮パスワードの有効期限切れ")
    )
    session.execute(statement, execution_options={"synchronize_session": False})
