"""Work that falls due by the calendar, found by query and done once per day by whichever worker is first."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain import clock
from models.due_work import DueWork
from models.mail import OutgoingMail
from services import attachments, id_lock, outbox, sessions, sweep


def run(transaction: Callable[[], AbstractContextManager[Session]], limits: sessions.Limits) -> None:
    """Everything due now. Each piece is its own transaction."""
    if _is_secret_expired(transaction):
        with transaction() as s:
            outbox.wipe_expired(s)
    _forget_files(transaction)
    day = clock.today()
    with transaction() as s:
        if _first(s, "sweep", day):
            sweep.run(s, limits)


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


def _first(session: Session, work: str, day: Any) -> bool:
    """True for whoever comes first today; the key goes with the work's own transaction."""
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    values = {"work": work, "day": day, "done_at": clock.now()}
    statement = dialect.insert(DueWork).values(values).on_conflict_do_nothing()
    return session.scalar(statement.returning(DueWork.work)) is not None
