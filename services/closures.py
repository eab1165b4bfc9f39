"""休業日 of 広域機関: 年末年始 and whatever staff add. Changing one moves the deadlines it concerns (XC-012)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain import business_days, clock
from domain.errors import DomainError
from domain.roles import Permission
from models.board import Closure
from services import access, calendar, reviews, small_tables
from services.access import Actor

MOST_DAYS = 60  # of one closure
_AHEAD = 90  # days; among so many at least one is a business day


def visible(actor: Actor) -> Select[Closure]:
    return access.restrict(select(Closure), actor, Permission.CLOSURE_SEARCH, Closure)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Closure]:
    """休業日一覧. The name matches anywhere."""
    rows = visible(actor)
    if text := criteria.get("name"):
        rows = rows.where(Closure.name.icontains(text, autoescape=True))
    return rows


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Closure:
    """休業日の登録. Raises DomainError: error.C03.00001, error.R03.00001–2."""
    check_register(session, actor, data)
    row = Closure(**data)
    small_tables.add(session, actor, Permission.CLOSURE_REGISTER, row)
    _apply(session)
    return row


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> None:
    access.require(actor, Permission.CLOSURE_REGISTER)
    _not_too_long(data)


def change(session: Session, actor: Actor, row: Closure, data: Mapping[str, Any]) -> None:
    """休業日の変更. Raises DomainError: error.C03.00001, error.R03.00001–2."""
    check_change(session, actor, row, data)
    small_tables.rewrite(session, actor, Permission.CLOSURE_CHANGE, row, data)
    _apply(session)


def check_change(session: Session, actor: Actor, row: Closure, data: Mapping[str, Any] | None) -> None:
    access.require(actor, Permission.CLOSURE_CHANGE, row)
    if data is not None:
        _not_too_long(data)


def delete(session: Session, actor: Actor, row: Closure) -> None:
    """休業日の削除. Raises DomainError: error.C03.00001."""
    small_tables.remove(session, actor, Permission.CLOSURE_DELETE, row)
    _apply(session)


def _not_too_long(data: Mapping[str, Any]) -> None:
    if (data["ends_on"] - data["starts_on"]).days >= MOST_DAYS:
        raise DomainError("error.R03.00001", field="ends_on", most=MOST_DAYS)


def _apply(session: Session) -> None:
    """The new calendar holds for everything that waits. Raises DomainError: error.R03.00002."""
    closures, today = calendar.closures(session), clock.today()
    if not any(business_days.is_business_day(today + timedelta(n), closures) for n in range(_AHEAD)):
        raise DomainError("error.R03.00002", field="ends_on", days=_AHEAD)
    reviews.reschedule(session)
