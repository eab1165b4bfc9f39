"""状態 of a メンテナンス, to the microsecond (COM-081)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.maintenance import phase_of

TOLD, START, END = (datetime(2026, 11, day, 15, 0, tzinfo=UTC) for day in (20, 21, 22))
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (TOLD - TICK, "planned"),
        (TOLD, "announced"),
        (START - TICK, "announced"),
        (START, "running"),
        (END - TICK, "running"),
        (END, "over"),
    ],
)
def test_starts_are_inclusive_and_the_end_is_exclusive(now, phase):
    assert phase_of(TOLD, START, END, None, now) == phase


def test_without_an_end_it_runs_on():
    assert phase_of(TOLD, START, None, None, END + timedelta(days=3650)) == "running"


@pytest.mark.parametrize(("cancelled_at", "phase"), [(TOLD, "cancelled"), (START, "cancelled"), (START + TICK, "over")])
def test_cancelled_before_it_began_is_取消_and_afterwards_終了(cancelled_at, phase):
    assert phase_of(TOLD, START, END, cancelled_at, END) == phase
