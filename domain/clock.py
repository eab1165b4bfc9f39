"""The one clock. Everything that asks for the time asks here, so tests can move it.

Instants are always aware and in UTC; a calendar day is always a day in Asia/Tokyo (XC-013),
whatever the host's own time zone is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone

# Japan has had no daylight saving time since 1951; a fixed offset needs no time zone data.
TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """This instant, aware, UTC."""
    return _source()


def today() -> date:
    """The calendar day in Asia/Tokyo."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The Asia/Tokyo calendar day `instant` falls on."""
    return instant.astimezone(TOKYO).date()


def start_of(day: date) -> datetime:
    """00:00 of `day` in Asia/Tokyo, as an aware UTC instant; of 0001/01/01 as near as there is one."""
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time(), TOKYO).astimezone(UTC)


def at(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    """This time in Asia/Tokyo, as an aware UTC instant. ValueError, OverflowError if there is none."""
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO).astimezone(UTC)


def minute(instant: datetime) -> str:
    """2026/11/21 09:36, Asia/Tokyo: how an instant is typed and announced."""
    local = instant.astimezone(TOKYO)
    return f"{local.year:04d}/{local:%m/%d %H:%M}"


@contextmanager
def reading(source: Callable[[], datetime]) -> Iterator[None]:
    """For tests: take the time from `source` inside the block."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
