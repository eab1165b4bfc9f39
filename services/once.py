"""What is done once only, whichever worker comes first."""

from datetime import date
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain import clock
from models.due_work import DueWork
from services import id_lock


def first(session: Session, work: str, day: date) -> bool:
    """True for whoever comes first for this work on this day; the key goes with the work's own transaction."""
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    values = {"work": work, "day": day, "done_at": clock.now()}
    statement = dialect.insert(DueWork).values(values).on_conflict_do_nothing()
    return session.scalar(statement.returning(DueWork.work)) is not None
