"""How near a deadline in business days is: あと1営業日, 本日期限, 期限超過 2営業日 (BBS-026, XC-012)."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain import business_days
from domain.business_days import Closure

SOON = 1  # business days


class Nearness(StrEnum):
    OVER = "over"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"


class Deadline(NamedTuple):
    due_on: date
    nearness: Nearness
    days: int  # business days left, or gone since

    @property
    def words(self) -> str:
        if self.nearness is Nearness.OVER:  # on the Saturday after a Friday no business day has gone yet
            return f"期限超過 {self.days}営業日" if self.days else "期限超過"
        return "本日期限" if self.nearness is Nearness.TODAY else f"あと{self.days}営業日"


def deadline(today: date, due_on: date, closures: Iterable[Closure] = ()) -> Deadline:
    days = business_days.left(today, due_on, closures)
    if due_on < today:
        return Deadline(due_on, Nearness.OVER, -days)
    if due_on == today:
        return Deadline(due_on, Nearness.TODAY, 0)
    return Deadline(due_on, Nearness.SOON if days <= SOON else Nearness.LATER, days)


def soon_until(today: date, closures: Iterable[Closure] = ()) -> date:
    """The last day that is あと1営業日: the first business day after `today`."""
    return business_days.add(today + timedelta(1), 0, closures)
