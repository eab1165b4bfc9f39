"""営業日: Monday to Friday except the public holidays of Japan and the closures of 広域機関 (XC-012)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

_SATURDAY = 5


class Closure(NamedTuple):
    """Days 広域機関 is closed, both ends inclusive; `yearly` ones come back every year (年末年始)."""

    starts_on: date
    ends_on: date
    yearly: bool = False

    def covers(self, day: date) -> bool:
        if not self.yearly:
            return self.starts_on <= day <= self.ends_on
        first, last, this = ((d.month, d.day) for d in (self.starts_on, self.ends_on, day))
        return first <= this <= last if first <= last else this >= first or this <= last


@cache
def _holidays() -> Any:
    import holidays  # takes 0.2 s: only who asks pays

    # These years at once: while one thread looks a year up for the first time, another would find it without holidays.
    return holidays.country_holidays("JP", language="ja", years=range(2015, 2061))


def holiday_name(day: date) -> str | None:
    """勤労感謝の日; None for a day that is no public holiday."""
    return _holidays().get(day)


def is_business_day(day: date, closures: Iterable[Closure] = ()) -> bool:
    if day.weekday() >= _SATURDAY or day in _holidays():
        return False
    return not any(closure.covers(day) for closure in closures)


def add(start: date, days: int, closures: Iterable[Closure] = ()) -> date:
    """The `days`-th business day after `start`; what comes in on a closed day counts as of the next open one."""
    closures = list(closures)
    open_days = (day for day in _from(start) if is_business_day(day, closures))
    return next(islice(open_days, days, None))


def left(today: date, due: date, closures: Iterable[Closure] = ()) -> int:
    """Business days from `today` (exclusive) to `due` (inclusive): あと1営業日 is 1, 本日期限 0.

    Negative: as many business days have gone since `due` (期限超過).
    """
    closures = list(closures)
    if today <= due:
        return sum(is_business_day(day, closures) for day in _between(today, due))
    return -sum(is_business_day(day, closures) for day in _between(due, today))


def _from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(1)


def _between(after: date, last: date) -> Iterator[date]:
    for n in range((last - after).days):
        yield after + timedelta(n + 1)
