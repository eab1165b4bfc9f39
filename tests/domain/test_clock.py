"""One clock: aware UTC instants, calendar days of Asia/Tokyo (XC-013, R-097)."""

import time as system_time
from datetime import UTC, date, datetime, timedelta

import pytest

from domain import clock


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 12, 31, 15, 0, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 15, 0, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_today_is_a_day_in_tokyo(instant, day, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    system_time.tzset()
    try:
        with clock.reading(lambda: instant):
            assert clock.today() == day
            assert clock.now() == instant
    finally:
        monkeypatch.undo()
        system_time.tzset()


def test_a_day_begins_at_midnight_in_tokyo():
    assert clock.start_of(date(2026, 11, 21)) == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert clock.start_of(date(2026, 11, 21)).tzinfo is UTC


def test_the_first_and_the_last_day_there_is_have_a_beginning():
    """Typed into a search they must not be an error of ours."""
    assert clock.start_of(date.min).year == 1
    assert clock.start_of(date.max) == datetime(9999, 12, 30, 15, tzinfo=UTC)


def test_now_is_aware_utc_and_the_systems():
    before = datetime.now(UTC)
    assert clock.now().tzinfo is UTC
    assert timedelta() <= clock.now() - before < timedelta(seconds=30)


def test_reading_gives_the_clock_back():
    fixed = datetime(2000, 1, 1, tzinfo=UTC)

    def broken():
        with clock.reading(lambda: fixed):
            assert clock.now() == fixed
            raise LookupError

    with pytest.raises(LookupError):
        broken()
    assert clock.now() > fixed
