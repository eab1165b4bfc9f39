"""Server-side sessions (security.md C)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from domain import clock
from models import AuditEntry, SignInSession
from models.sign_in import Ending
from services import sessions, sweep

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)


@pytest.fixture
def arrive(do, session, limits):
    """arrive(token) -> why the session is over, or None: what the guard does for each request."""

    def request(token):
        do(sessions.touch, token, limits)
        row = sessions.find(session, token)
        ending = sessions.due_ending(row, limits)
        if ending is not None:
            do(sessions.end, row, ending)
        return row.ending

    return request


def test_a_session_dies_30_minutes_after_its_last_request(make, attempt, arrive, time):
    """R-034: exact to one second."""
    token = attempt(make.user()).token
    time.now += IDLE - timedelta(seconds=1)
    assert arrive(token) is None
    time.now += IDLE - timedelta(seconds=1)
    assert arrive(token) is None, "the request before made the time start anew"
    time.now += IDLE
    assert arrive(token) is Ending.IDLE
    assert arrive(token) is Ending.IDLE, "and stays dead"


def test_a_session_dies_12_hours_after_its_start_despite_activity(make, attempt, arrive, time):
    """R-035."""
    token = attempt(make.user()).token
    for _ in range(12 * 4 - 1):
        time.forward(minutes=15)
        assert arrive(token) is None
    time.forward(minutes=15, seconds=-1)
    assert arrive(token) is None
    time.forward(seconds=1)
    assert arrive(token) is Ending.EXPIRED


def test_a_clock_that_jumps_back_revives_nothing(make, attempt, arrive, time):
    """R-097."""
    token = attempt(make.user()).token
    time.now += IDLE
    assert arrive(token) is Ending.IDLE
    time.forward(hours=-1)
    assert arrive(token) is Ending.IDLE


def test_a_dead_session_is_not_touched(make, attempt, arrive, time, session, do, limits):
    token = attempt(make.user()).token
    time.now += IDLE
    do(sessions.touch, token, limits)
    assert sessions.find(session, token).last_seen_at == time.now - IDLE


def test_a_later_sign_in_wins(make, attempt, arrive, session):
    """R-036, D5."""
    user = make.user()
    first, second = attempt(user).token, attempt(user).token
    assert arrive(first) is Ending.DISPLACED
    assert arrive(second) is None
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "session:displaced"))
    assert entry.actor_login_id == user.login_id


def test_a_timed_out_session_is_not_displaced(make, attempt, arrive, time):
    """R-038: nobody is told of a second terminal that was not there."""
    user = make.user()
    first = attempt(user).token
    time.now += IDLE
    assert attempt(user).token
    assert arrive(first) is Ending.IDLE


def test_one_live_session_per_account_is_a_rule_of_the_database(make, attempt, session):
    """R-037."""
    user = make.user()
    attempt(user)
    session.add(SignInSession(account_id=user.id, token_hash="x" * 64))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    session.add(
        SignInSession(account_id=user.id, token_hash="x" * 64, ended_at=clock.now(), ending=Ending.LOGOUT),
    )
    session.flush()  # ended ones are as many as you like


def test_sessions_of_two_accounts_live_side_by_side(make, attempt, arrive):
    one, other = attempt(make.user()).token, attempt(make.user()).token
    assert (arrive(one), arrive(other)) == (None, None)


def test_only_a_hash_of_the_token_is_stored(make, attempt, session):
    """R-031: 128 bit or more, SHA-256 at rest."""
    tokens = {attempt(make.user()).token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(t) >= 22 for t in tokens)
    dump = str(session.execute(text("SELECT * FROM sessions")).all()) + str(
        session.execute(text("SELECT * FROM audit_entries")).all()
    )
    assert not any(t in dump for t in tokens)
    assert {len(r.token_hash) for r in session.scalars(select(SignInSession))} == {64}


def test_the_stored_hash_is_no_token(make, attempt, session):
    token = attempt(make.user()).token
    row = sessions.find(session, token)
    assert sessions.find(session, row.token_hash) is None


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 1_000_000], ids=lambda t: ascii(t)[:9])
def test_a_token_of_the_browsers_own_choice_is_none(token, session, do, limits):
    """R-032."""
    do(sessions.touch, token, limits)
    assert sessions.find(session, token) is None


@pytest.mark.parametrize(
    "change",
    [
        {"deleted_at": clock.start_of(date(2026, 11, 20))},
        {"enabled": False},
        {"valid_to": date(2026, 11, 19)},
        {"valid_from": date(2026, 11, 21)},
        {"temporary_until": clock.start_of(date(2026, 11, 20))},
    ],
)
def test_whoever_is_shut_out_is_out_at_the_next_request(change, make, attempt, arrive, session):
    """R-039, contract: deleted, disabled, out of period while signed in."""
    user = make.user()
    token = attempt(user).token
    for name, value in change.items():
        setattr(user, name, value)
    session.commit()
    assert arrive(token) is Ending.SHUT_OUT


def test_a_period_ends_at_midnight_in_tokyo(make, attempt, arrive, time):
    time.now = clock.start_of(date(2026, 11, 21)) - timedelta(minutes=5)
    token = attempt(make.user(valid_to=date(2026, 11, 20))).token
    time.forward(minutes=4, seconds=59)
    assert arrive(token) is None
    time.forward(seconds=1)
    assert arrive(token) is Ending.SHUT_OUT


def test_logging_out_ends_the_session_for_good(make, live, do, session):
    """R-033, COM-074."""
    row = live(make.user())
    do(sessions.end, row, Ending.LOGOUT)
    do(sessions.end, row, Ending.ENDED)
    session.refresh(row)
    assert row.ending is Ending.LOGOUT, "the first ending stays"
    assert list(session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))[1:] == ["session:logout"]


def test_ending_all_sessions_says_how_many(make, live, do):
    user = make.user()
    assert do(sessions.end_all, user, Ending.ENDED) == 0
    live(user)
    assert do(sessions.end_all, user, Ending.ENDED) == 1


def test_the_previous_sign_in_is_known(make, live, time, session):
    user = make.user()
    first = live(user)
    assert sessions.previous_start(session, first) is None
    time.forward(hours=1)
    live(make.user())
    second = live(user)
    assert sessions.previous_start(session, second).id == first.id
    assert second.started_at - first.started_at == timedelta(hours=1)


def test_the_sweep_ends_sessions_nobody_came_back_to(make, live, time, do, limits, session):
    idle, alive = live(make.user()), live(make.user())
    time.now += IDLE - timedelta(seconds=1)
    do(sweep.run, limits)
    session.refresh(idle)
    assert idle.ended_at is None
    alive.last_seen_at = time.now
    session.commit()
    time.forward(seconds=1)
    do(sweep.run, limits)
    session.refresh(idle)
    session.refresh(alive)
    assert (idle.ending, alive.ending) == (Ending.IDLE, None)
    do(sweep.run, limits)  # twice is harmless
    assert list(session.scalars(select(AuditEntry.event).where(AuditEntry.event == "session:idle"))) == ["session:idle"]
