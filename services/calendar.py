"""営業日 with the closures staff keep (XC-012)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import business_days
from models.board import Closure


def closures(session: Session) -> list[business_days.Closure]:
    return [row.days for row in session.scalars(select(Closure))]


def due(session: Session, start: date, days: int) -> date:
    """The day `days` business days after `start`."""
    return business_days.add(start, days, closures(session))
