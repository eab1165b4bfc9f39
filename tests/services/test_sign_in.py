"""Signing in, counting, locking (#010 3章, #020 1章, security.md A and D2)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain import clock
from domain.credentials import MARKET
from models import AuditEntry, SignInCounter, SignInThrottle
from services import hashing, sign_in, sweep
from tests.factories import PASSWORD

WRONG, LOCKED, EXPIRED = "error.Y05.00001", "error.Y05.00002", "error.Y05.00003"
NEVER = "U999999999"  # an ID nobody has


def events(session):
    return list(session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


# ---- the boundary ----------------
def test_the_fifth_wrong_password_locks_and_the_fourth_does_not(make, attempt, failures):
    user = make.user()
    for n in range(1, 5):
        assert attempt(user, "wrong").message_id == WRONG
        assert failures(user) == (n, False)
    assert attempt(user, "wrong").message_id == LOCKED, "the attempt that makes five is told so (D2)"
    assert failures(user) == (5, True)
    refused = attempt(user)
    assert (refused.token, refused.message_id) == (None, LOCKED)


def test_success_resets_the_count(make, attempt, failures):
    """R-001, COM-021: 4 wrong + 1 right + 4 wrong is not locked; then 1 wrong is."""
    user = make.user()
    for _ in range(4):
        attempt(user, "wrong")
    assert attempt(user).token
    assert failures(user) == (0, False)
    for _ in range(4):
        assert attempt(user, "wrong").message_id == WRONG
    assert failures(user) == (4, False)
    assert attempt(user, "wrong").message_id == LOCKED
    assert attempt(user).message_id == LOCKED


def test_the_counter_stays_at_five(make, attempt, failures):
    user = make.user()
    for _ in range(8):
        attempt(user, "wrong")
    assert failures(user) == (5, True)


def test_an_unknown_id_counts_and_answers_the_same(make, attempt, failures):
    """R-005, R-007, D2."""
    user = make.user()
    for _ in range(7):
        known, unknown = attempt(user, "wrong"), attempt(NEVER, "wrong")
        assert (known.token, known.message_id) == (unknown.token, unknown.message_id)
        assert failures(user) == failures(NEVER)
    assert failures(NEVER) == (5, True)


def test_spellings_of_an_id_share_one_counter(make, attempt, failures):
    """R-009: five failures over five spellings."""
    user = make.user(login_id="U280003304")
    spellings = ["U280003304", "u280003304", " U28 0003304", "Ｕ２８０００３３０４", "U280003304\0"]
    answers = [attempt(typed, "wrong").message_id for typed in spellings]
    assert answers == [WRONG] * 4 + [LOCKED]
    assert failures(user) == (5, True)


def test_a_right_password_signs_in_under_any_spelling(make, attempt):
    make.user(login_id="U280003304")
    assert attempt("ｕ２８０００３３０４ ").token


# ---- refused for another reason, counted and told the same ----------------
YESTERDAY, TOMORROW = date(2026, 11, 19), date(2026, 11, 21)
SHUT_OUT = {
    "deleted": {"deleted_at": clock.start_of(date(2026, 11, 1))},
    "disabled": {"enabled": False},
    "not yet": {"valid_from": TOMORROW},
    "no longer": {"valid_to": YESTERDAY},
}


@pytest.mark.parametrize("state", list(SHUT_OUT))
def test_a_right_password_of_a_shut_out_account_counts(state, make, attempt, failures):
    """COM-024: the generic message."""
    user = make.user(**SHUT_OUT[state])
    for n in range(1, 5):
        assert attempt(user).message_id == WRONG
        assert failures(user) == (n, False)
    assert attempt(user).message_id == LOCKED


@pytest.mark.parametrize("state", list(SHUT_OUT))
def test_a_shut_out_account_with_an_expired_temporary_password_is_not_told_apart(state, make, attempt):
    user = make.user(temporary_until=clock.now(), **SHUT_OUT[state])
    assert attempt(user).message_id == WRONG


def test_the_first_and_the_last_day_of_the_period_are_inside(make, attempt, time):
    user = make.user(valid_from=date(2026, 11, 20), valid_to=date(2026, 11, 20))
    time.now = clock.start_of(date(2026, 11, 20))
    assert attempt(user).token
    time.now = clock.start_of(date(2026, 11, 21)) - timedelta(seconds=1)
    assert attempt(user).token
    time.now = clock.start_of(date(2026, 11, 21))
    assert attempt(user).message_id == WRONG
    time.now = clock.start_of(date(2026, 11, 20)) - timedelta(seconds=1)
    assert attempt(user).message_id == WRONG


def test_an_expired_temporary_password_has_its_own_message_and_does_not_count(make, attempt, failures, session):
    until = clock.start_of(date(2026, 11, 20))
    user = make.user(temporary_until=until)
    for _ in range(6):
        assert attempt(user).message_id == EXPIRED
    assert failures(user) == (0, False)
    assert session.scalars(select(SignInThrottle)).all() == []
    assert set(events(session)) == {"sign_in:expired"}
    assert attempt(user, "wrong").message_id == WRONG, "only the right one is told"
    assert failures(user) == (1, False)


def test_a_temporary_password_works_to_the_last_second(make, attempt, time):
    """R-027: exact to one second, on both databases."""
    user = make.user(temporary_until=clock.start_of(date(2026, 11, 23)))
    time.now = clock.start_of(date(2026, 11, 23)) - timedelta(seconds=1)
    assert attempt(user).token
    time.forward(seconds=1)
    assert attempt(user).message_id == EXPIRED


def test_a_locked_account_with_an_expired_temporary_password_is_locked(make, attempt):
    user = make.locked(make.user(temporary_until=clock.now()))
    assert attempt(user).message_id == LOCKED


# ---- COM-020: no time limit ----------------
@pytest.mark.parametrize("later", [timedelta(hours=48), timedelta(days=91), timedelta(days=3650)])
def test_a_lock_of_an_account_has_no_time_limit(later, make, attempt, time, do, limits):
    user = make.user()
    for _ in range(5):
        attempt(user, "wrong")
    time.now += later
    do(sweep.run, limits)
    assert attempt(user).message_id == LOCKED


def test_failures_of_unknown_ids_are_forgotten_after_90_days(make, attempt, failures, time, do, limits, session):
    user = make.user()
    for login_id in (user.login_id, NEVER, "S123456789", "no such form"):
        for _ in range(5):
            attempt(login_id, "wrong")
    time.forward(days=90)
    do(sweep.run, limits)
    assert failures(NEVER) == (5, True), "not a second too early"
    time.forward(seconds=1)
    do(sweep.run, limits)
    assert [c.login_key for c in session.scalars(select(SignInCounter))] == [user.login_id]
    assert failures(user) == (5, True)
    assert attempt(NEVER, "wrong").message_id == WRONG


# ---- any input at all is a failed attempt ----------------
@pytest.mark.parametrize(
    "password",
    ["", "x" * 20, "容" * 20, "😀" * 20, "\0", "Yoryo\0#2026", "\ud800", "¥", " ", f"{PASSWORD} ", PASSWORD[:-1],
     f"{PASSWORD}x", "x" * 73, "漢" * 25, "x" * 1_000_000],
    ids=lambda p: ascii(p)[:20],
)  # fmt: skip
def test_any_password_at_all_is_a_failed_attempt(password, make, attempt, failures):
    """R-014, R-018."""
    user = make.user()
    assert attempt(user, password).message_id == WRONG
    assert failures(user) == (1, False)


@pytest.mark.parametrize(
    "login_id",
    ["", " ", "\0", "\ud800", "容" * 50, "x" * 101, "x" * 1_000_000, "U28000330", "'; DROP TABLE accounts; --"],
    ids=lambda p: ascii(p)[:20],
)  # fmt: skip
def test_any_id_at_all_is_a_failed_attempt(login_id, attempt, failures, session):
    for n in range(1, 5):
        assert attempt(login_id, "wrong").message_id == WRONG
        assert failures(login_id) == (n, False)
    assert attempt(login_id, "wrong").message_id == LOCKED
    written = [e.detail for e in session.scalars(select(AuditEntry))]
    assert all(login_id not in str(d) for d in written if login_id.strip(" '"))


@pytest.mark.parametrize("stored", ["!", "", "$2b$04$short", "not a hash at all"])
def test_a_stored_value_that_is_no_hash_matches_nothing(stored, make, attempt, failures):
    user = make.user(password_hash=stored)
    assert attempt(user).message_id == WRONG
    assert attempt(user, stored).message_id == WRONG
    assert failures(user) == (2, False)


def test_a_password_typed_as_the_id_is_written_nowhere(attempt, session):
    attempt("Yoryo#2026demo", "x")
    [entry] = session.scalars(select(AuditEntry))
    assert "Yoryo" not in str(vars(entry))
    [counter] = session.scalars(select(SignInCounter))
    assert counter.login_key.startswith("sha256:")


# ---- exactly one bcrypt per branch; over-long none ----------------
def test_every_branch_compares_exactly_once(make, attempt, compared):
    ids = {
        "right": (make.user(), PASSWORD),
        "wrong": (make.user(), "wrong"),
        "unknown": (NEVER, "wrong"),
        "unknown, no id": ("nobody", "wrong"),
        "empty": ("", ""),
        "locked, right": (make.locked(make.user()), PASSWORD),
        "locked, wrong": (make.locked(make.user()), "wrong"),
        "deleted": (make.user(deleted_at=clock.now()), PASSWORD),
        "disabled": (make.user(enabled=False), PASSWORD),
        "not yet": (make.user(valid_from=TOMORROW), PASSWORD),
        "no longer": (make.user(valid_to=YESTERDAY), PASSWORD),
        "expired": (make.user(temporary_until=clock.now()), PASSWORD),
        "no hash": (make.user(password_hash="!"), PASSWORD),
        "more than 72 bytes": (make.user(), "😀" * 20),
    }
    counts = {}
    for branch, (login_id, password) in ids.items():
        compared.clear()
        attempt(login_id, password)
        counts[branch] = len([h for h in compared if h.startswith("$2b$")])
    assert counts == dict.fromkeys(ids, 1)


def test_every_comparison_is_equally_expensive(make, attempt, compared):
    """R-006: the dummy hash has the cost of the real ones."""
    user = make.user()
    for login_id, password in ((user, PASSWORD), (user, "wrong"), (NEVER, "x"), (make.locked(make.user()), "x")):
        attempt(login_id, password)
    assert {h[:7] for h in compared} == {"$2b$04$"}


@pytest.mark.parametrize(
    ("login_id", "password"),
    [(None, "x" * 21), (NEVER, "x" * 21), (None, "x" * 1_000_000), ("x" * 101, "x"), ("U280003304" + " " * 91, "x")],
    ids=lambda p: ascii(p)[:14],
)  # fmt: skip
def test_over_long_input_counts_without_any_bcrypt(login_id, password, make, attempt, compared, failures):
    """R-015, D2: also on the attempt that locks, and afterwards."""
    typed = login_id or make.user().login_id
    answers = [attempt(typed, password).message_id for _ in range(6)]
    assert answers == [WRONG] * 4 + [LOCKED] * 2
    assert failures(typed) == (5, True)
    assert compared == []


def test_over_long_input_on_a_shut_out_account_runs_none_either(make, attempt, compared):
    for state in SHUT_OUT.values():
        assert attempt(make.user(**state), "x" * 21).message_id == WRONG
    assert compared == []


def test_a_locked_accounts_own_hash_is_not_compared_again(make, attempt, compared):
    """D2."""
    user = make.locked(make.user())
    for password in (PASSWORD, "wrong"):
        attempt(user, password)
    assert user.password_hash not in compared
    assert len(compared) == 2


def test_an_unlocked_accounts_own_hash_is_the_one_compared(make, attempt, compared):
    user = make.user()
    attempt(user, "wrong")
    assert compared == [user.password_hash]


# ---- rehash ----------------
def test_a_weak_hash_is_renewed_at_the_next_sign_in(make, attempt, session):
    user = make.user()
    before = user.password_hash
    hashing.set_cost(5)
    try:
        assert attempt(user, "wrong").message_id == WRONG
        session.refresh(user)
        assert user.password_hash == before
        assert attempt(user).token
        session.refresh(user)
        assert user.password_hash.startswith("$2b$05$")
        assert attempt(user).token
        assert not hashing.is_weak(user.password_hash)
    finally:
        hashing.set_cost(4)


def test_the_production_cost_is_12():
    assert hashing.PRODUCTION_COST >= 12


def test_every_hash_has_its_own_salt(app):
    assert hashing.make(PASSWORD) != hashing.make(PASSWORD)


# ---- the throttle ----------------
def test_failed_attempts_are_counted_per_address_and_minute(make, attempt, session, time):
    user = make.user()
    attempt(user, "wrong", "192.0.2.1")
    attempt(NEVER, "wrong", "192.0.2.1")
    attempt(make.locked(make.user()), "wrong", "192.0.2.1")
    attempt(user, PASSWORD, "192.0.2.1")  # a success is no failure
    attempt(NEVER, "wrong", "192.0.2.2")
    time.forward(minutes=1)
    attempt(NEVER, "wrong", "192.0.2.1")
    rows = {(t.address, t.minute.minute): t.failures for t in session.scalars(select(SignInThrottle))}
    assert rows == {("192.0.2.1", 0): 3, ("192.0.2.2", 0): 1, ("192.0.2.1", 1): 1}


def test_an_address_is_throttled_at_the_limit_and_for_its_minute(attempt, session, time):
    time.forward(seconds=59)
    attempt(NEVER, "wrong", "192.0.2.1")
    attempt(NEVER, "wrong", "192.0.2.1")
    assert not sign_in.is_throttled(session, "192.0.2.1", 3)
    assert sign_in.is_throttled(session, "192.0.2.1", 2)
    assert not sign_in.is_throttled(session, "192.0.2.2", 2)
    time.forward(seconds=1)
    assert not sign_in.is_throttled(session, "192.0.2.1", 2), "a new minute"


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.2", "192.0.2.2"),
        ("", ""),
        ("unix:", "unix:"),
        ("x" * 100, "x" * 45),
    ],
)
def test_what_is_throttled_together(address, counted_as):
    """One IPv4 address, or one IPv6 /64; other addresses are unaffected."""
    assert sign_in.network_of(address) == counted_as


def test_neighbours_in_one_ipv6_network_share_a_limit(attempt, session):
    attempt(NEVER, "wrong", "2001:db8::1")
    attempt(NEVER, "wrong", "2001:db8::2")
    assert sign_in.is_throttled(session, "2001:db8::3", 2)
    assert not sign_in.is_throttled(session, "2001:db8:0:1::1", 1)


# ---- what is written ----------------
def test_each_outcome_is_an_event(make, attempt, session):
    """R-012, XC-010: the lock is written exactly at the fifth, by the system."""
    user = make.user()
    attempt(user)
    for _ in range(6):
        attempt(user, "wrong")
    assert events(session) == [
        "sign_in:ok",
        *["sign_in:failed"] * 5,
        "account:lock",
        "sign_in:locked",
    ]
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert entries[0].actor_login_id == user.login_id
    assert {(e.actor_id, e.actor_name) for e in entries[1:]} == {(None, "システム")}
    assert [e.detail.get("failures") for e in entries[1:6]] == [1, 2, 3, 4, 5]
    assert {e.target_id for e in entries} == {user.id}
    assert [e.result for e in entries] == ["ok", *["refused"] * 5, "ok", "refused"]


def test_staff_sign_in_at_the_same_entrance(make, attempt):
    staff = make.staff()
    outcome = attempt(staff)
    assert outcome.token
    assert outcome.account.site == "admin"


def test_a_change_between_judging_and_settling_is_seen(make, session, do, limits):
    """R-039: whoever is disabled in that moment is not signed in."""
    from domain.errors import Changed

    user = make.user()
    typed = sign_in.Attempt(MARKET, user.login_id, PASSWORD)
    judged = sign_in.judge(session, typed)
    assert judged.verdict is sign_in.Verdict.RIGHT
    session.rollback()
    user.enabled = False
    session.commit()
    with pytest.raises(Changed):
        do(sign_in.settle, typed, judged, "192.0.2.1", limits)
    session.refresh(user)
    assert not user.is_signed_in
