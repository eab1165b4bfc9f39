"""実行 happens once (R-050), and what is no longer needed is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import SignInSession, SignInThrottle, Ticket
from services import sweep, tickets
from services.tickets import AlreadyDone

OPERATION = "admin_staff.unlock:1"


def test_a_ticket_is_used_once_and_the_second_use_tells_what_the_first_did(make, do):
    user, ticket = make.user(), tickets.new()
    do(tickets.redeem, user, ticket, OPERATION, {"title": "first", "params": {"n": 1}})
    for _ in range(2):
        with pytest.raises(AlreadyDone) as caught:
            do(tickets.redeem, user, ticket, OPERATION, {"title": "second"})
        assert caught.value.done == {"title": "first", "params": {"n": 1}}


def test_a_ticket_of_a_change_that_failed_can_be_used_again(make, do):
    user, ticket = make.user(), tickets.new()

    def broken(s):
        tickets.redeem(s, user, ticket, OPERATION, {})
        raise LookupError

    with pytest.raises(LookupError):
        do(broken)
    do(tickets.redeem, user, ticket, OPERATION, {})


def test_tickets_belong_to_an_account(make, do, session):
    ticket = tickets.new()
    do(tickets.redeem, make.user(), ticket, OPERATION, {"whose": "one"})
    do(tickets.redeem, make.user(), ticket, OPERATION, {"whose": "other"})
    assert session.scalar(select(func.count()).select_from(Ticket)) == 2


def test_each_button_of_a_page_uses_its_own_part_of_the_ticket(make, do, session):
    user, ticket = make.user(), tickets.new()
    for operation in ("admin_staff.unlock:1", "admin_staff.reissue:1", "admin_staff.unlock:2"):
        do(tickets.redeem, user, ticket, operation, {"what": operation})
    with pytest.raises(AlreadyDone) as caught:
        do(tickets.redeem, user, ticket, "admin_staff.reissue:1", {})
    assert caught.value.done == {"what": "admin_staff.reissue:1"}
    assert session.scalar(select(func.count()).select_from(Ticket)) == 3


def test_tickets_are_128_random_bits():
    made = {tickets.new() for _ in range(1000)}
    assert len(made) == 1000
    assert all(tickets.is_ticket(t) for t in made)


@pytest.mark.parametrize("text", ["", "x", "x" * 21, "x" * 23, "あ" * 22, "\ud800" * 22, "x" * 1_000_000], ids=ascii)
def test_what_is_no_ticket(text):
    assert not tickets.is_ticket(text)


def test_the_sweep_forgets_in_time_and_not_before(make, do, live, attempt, limits, session, time):
    user = make.user()
    do(tickets.redeem, user, tickets.new(), OPERATION, {})
    attempt("U999999999", "wrong")
    live(user)
    live(user)  # the first one has ended

    def left():
        do(sweep.run, limits)
        return [session.scalar(select(func.count()).select_from(t)) for t in (Ticket, SignInThrottle, SignInSession)]

    assert left() == [1, 1, 2]
    time.forward(hours=1)
    assert left() == [1, 1, 2]
    time.forward(seconds=1)
    assert left() == [1, 0, 2], "throttle minutes: 1 hour"
    time.now += timedelta(days=7) - timedelta(hours=1, seconds=1)
    assert left() == [1, 0, 2]
    time.forward(seconds=1)
    assert left() == [0, 0, 2], "tickets: 7 days"
    time.now += timedelta(days=83) - timedelta(seconds=1)
    assert left() == [0, 0, 2]
    time.forward(seconds=1)
    assert left() == [0, 0, 1], "ended sessions: 90 days"
