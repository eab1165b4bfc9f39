"""営業日: deadlines in business days, holidays and 年末年始 (XC-012, BBS-026)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.business_days import Closure, add, holiday_name, is_business_day, left
from domain.deadlines import Nearness, deadline, soon_until

YEAR_END = Closure(date(2025, 12, 29), date(2026, 1, 3), yearly=True)
ONCE = Closure(date(2026, 11, 24), date(2026, 11, 24))


def day(text):
    return date.fromisoformat(text)


# Counted by hand with the calendar of 2026: 4/29 昭和の日, 5/3–5/6 with 振替休日, 7/20 海の日, 9/21–23, 11/3, 11/23.
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-04-30", 3, "2026-05-08"),  # 5/1, then 5/7 and 5/8: the requirements' own example
        ("2026-11-18", 3, "2026-11-24"),  # the mock-up's: 11/23 is 勤労感謝の日
        ("2026-11-20", 1, "2026-11-24"),  # Friday before the long weekend
        ("2026-11-21", 3, "2026-11-27"),  # Saturday counts as of the next business day: 24
        ("2026-11-22", 3, "2026-11-27"),  # Sunday
        ("2026-11-23", 3, "2026-11-27"),  # the holiday
        ("2026-11-24", 3, "2026-11-27"),
        ("2026-11-14", 3, "2026-11-19"),  # a Saturday without a holiday: as of Monday 16
        ("2026-09-18", 1, "2026-09-24"),  # 9/21, 22 (between two holidays), 23
        ("2026-11-24", 0, "2026-11-24"),
        ("2026-11-21", 0, "2026-11-24"),
        ("2026-12-30", 3, "2027-01-05"),  # without closures New Year is one holiday: 12/31, 1/4, 1/5
    ],
)
def test_a_deadline_counts_business_days(start, days, due):
    assert add(day(start), days) == day(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-12-25", "2027-01-05"),  # Friday: 12/28, 1/4, 1/5
        ("2026-12-28", "2027-01-06"),
        ("2026-12-31", "2027-01-07"),  # inside: counts as of Monday 1/4
        ("2027-01-02", "2027-01-07"),
        ("2027-01-04", "2027-01-07"),
        ("2030-12-27", "2031-01-08"),  # every year
    ],
)
def test_the_closure_of_the_turn_of_the_year_comes_back_every_year(start, due):
    assert add(day(start), 3, [YEAR_END]) == day(due)


def test_a_yearly_closure_covers_both_sides_of_new_year_and_nothing_else():
    covered = [d for n in range(366) if YEAR_END.covers(d := date(2030, 7, 1) + timedelta(n))]
    assert covered == [date(2030, 12, 29) + timedelta(n) for n in range(6)]


def test_a_yearly_closure_inside_one_year_comes_back_too():
    founding = Closure(date(2020, 6, 1), date(2020, 6, 2), yearly=True)
    assert not is_business_day(day("2026-06-01"), [founding])
    assert not is_business_day(day("2026-06-02"), [founding])
    assert is_business_day(day("2026-06-03"), [founding])


def test_a_closure_that_is_not_yearly_holds_once():
    assert not is_business_day(day("2026-11-24"), [ONCE])
    assert is_business_day(day("2027-11-24"), [ONCE])
    assert add(day("2026-11-18"), 3, [ONCE]) == day("2026-11-25")


def test_holidays_have_their_names():
    assert holiday_name(day("2026-11-23")) == "勤労感謝の日"
    assert holiday_name(day("2026-05-06")) is not None, "振替休日"
    assert holiday_name(day("2026-11-24")) is None


@pytest.mark.parametrize(
    ("today", "words", "nearness"),
    [
        ("2026-11-18", "あと3営業日", Nearness.LATER),
        ("2026-11-19", "あと2営業日", Nearness.LATER),
        ("2026-11-20", "あと1営業日", Nearness.SOON),
        ("2026-11-21", "あと1営業日", Nearness.SOON),  # Saturday
        ("2026-11-23", "あと1営業日", Nearness.SOON),  # holiday
        ("2026-11-24", "本日期限", Nearness.TODAY),
        ("2026-11-25", "期限超過 1営業日", Nearness.OVER),
        ("2026-11-27", "期限超過 3営業日", Nearness.OVER),
        ("2026-11-29", "期限超過 3営業日", Nearness.OVER),  # Sunday
        ("2026-11-30", "期限超過 4営業日", Nearness.OVER),
    ],
)
def test_how_near_a_deadline_is(today, words, nearness):
    """BBS-026, due on Tuesday 11/24."""
    found = deadline(day(today), day("2026-11-24"))
    assert (found.words, found.nearness) == (words, nearness)


def test_on_the_saturday_after_a_friday_no_business_day_has_gone_but_it_is_over():
    found = deadline(day("2026-11-28"), day("2026-11-27"))
    assert (found.words, found.nearness) == ("期限超過", Nearness.OVER)


DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(DAYS, st.integers(0, 15), st.booleans())
def test_what_is_added_is_what_is_left(start, days, closed):
    """From any business day; from a closed one the first open day is counted as well."""
    closures = [YEAR_END] if closed else []
    due = add(start, days, closures)
    assert is_business_day(due, closures)
    assert left(start, due, closures) == days + (0 if is_business_day(start, closures) else 1)
    assert add(start, days + 1, closures) > due


@given(DAYS, DAYS)
def test_the_home_page_s_soon_is_the_badge_s_soon(today, due):
    """The link あと1営業日 finds what has that badge."""
    if is_business_day(due):
        is_soon = deadline(today, due).nearness is Nearness.SOON
        assert is_soon == (today < due <= soon_until(today))
