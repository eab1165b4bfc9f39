"""パスワード変更, four generations, 仮パスワード, 再発行, ロック解除 (#010 4章, #020 8章 9章)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from domain import clock
from domain.actors import Console
from domain.credentials import MARKET
from domain.errors import Changed, DomainError
from models import AuditEntry, PasswordGeneration
from models.sign_in import Ending
from services import hashing, passwords, sessions, sign_in
from tests.factories import PASSWORD

WRONG, LOCKED = "error.Y06.00001", "error.Y05.00002"
A, B, C, D, E = (f"Password#{letter}" for letter in "ABCDE")


def refused(change, *args):
    with pytest.raises(DomainError) as caught:
        change(*args)
    return caught.value.message_id, caught.value.field, caught.value.params


REUSED = ("error.Y06.00006", "new", {"generations": 4})


# ---- four generations, the current one among them (A4) ----------------
def test_the_fifth_password_back_is_allowed_again_and_no_earlier(make, live, change_password):
    """A,B,C,D,E → A, exact at the boundary."""
    row = live(make.user(password=A), A)
    assert refused(change_password, row, A, A) == REUSED, "A is the current one"
    change_password(row, A, B)
    assert refused(change_password, row, B, A) == REUSED
    change_password(row, B, C)
    assert refused(change_password, row, C, A) == REUSED
    change_password(row, C, D)
    for used in (A, B, C, D):
        assert refused(change_password, row, D, used) == REUSED
    change_password(row, D, E)
    for used in (B, C, D, E):
        assert refused(change_password, row, E, used) == REUSED
    assert change_password(row, E, A).token


def test_a_temporary_password_counts_as_a_generation(make, live, change_password, do):
    """R-020, R-026: it cannot be kept, also not via the history."""
    user = make.user(password=A)
    issued = do(passwords.reissue, Console(), user)
    row = live(user, issued.password)
    assert refused(change_password, row, issued.password, issued.password) == REUSED
    assert refused(change_password, row, issued.password, A) == REUSED
    assert change_password(row, issued.password, B).ended
    row = live(user, B)
    assert refused(change_password, row, B, issued.password) == REUSED


def test_older_generations_are_forgotten(make, live, change_password, session):
    user = make.user(password=A)
    row = live(user, A)
    for old, new in ((A, B), (B, C), (C, D), (D, E)):
        change_password(row, old, new)
    kept = session.scalars(select(PasswordGeneration).order_by(PasswordGeneration.id)).all()
    assert len(kept) == 4
    assert [hashing.matches(g.password_hash, word) for g, word in zip(kept, (B, C, D, E), strict=True)] == [True] * 4
    assert kept[-1].password_hash == user.password_hash


def test_generations_of_others_do_not_matter(make, live, change_password):
    make.user(password=B)
    row = live(make.user(password=A), A)
    assert change_password(row, A, B).token


def test_a_refused_password_changes_nothing(make, live, change_password, session, failures):
    user = make.user(password=A)
    row = live(user, A)
    before = user.password_hash
    refused(change_password, row, A, A)
    session.refresh(user)
    assert user.password_hash == before
    assert session.scalar(select(func.count(PasswordGeneration.id))) == 1
    assert failures(user) == (0, False)


# ---- two changes at once ----------------
def test_a_concurrent_change_is_not_overwritten(make, live, session, do):
    """R-020: judged against a hash that has changed meanwhile → judge again."""
    user = make.user(password=A)
    row = live(user, A)
    first = passwords.judge_change(session, user, A, B)
    second = passwords.judge_change(session, user, A, C)
    session.rollback()
    assert do(passwords.settle_change, row, first, "").token
    with pytest.raises(Changed):
        do(passwords.settle_change, row, second, "")
    session.refresh(user)
    assert hashing.matches(user.password_hash, B)
    kept = session.scalars(select(PasswordGeneration.password_hash).order_by(PasswordGeneration.id)).all()
    assert len(kept) == 2
    assert kept[-1] == user.password_hash


def test_the_loser_of_two_changes_is_judged_again(make, live, session, do, app, failures):
    """The loser's 現在のパスワード is the old one by then: wrong, and counted."""
    from views import credential_check

    user = make.user(password=A)
    row = live(user, A)
    judged = []

    def judge(s):
        change = passwords.judge_change(s, user, A, C)
        if not judged:  # somebody else is faster, between our look and our write
            s.rollback()
            do(passwords.settle_change, row, passwords.judge_change(s, user, A, B), "")
        judged.append(change.verdict)
        return change

    outcome = credential_check.run(
        MARKET, user.login_key, judge, lambda s, change: passwords.settle_change(s, row, change, "")
    )
    assert judged == [sign_in.Verdict.RIGHT, sign_in.Verdict.WRONG]
    assert outcome.message_id == WRONG
    assert failures(user) == (1, False)
    assert hashing.matches(user.password_hash, B)


# ---- wrong 現在のパスワード ----------------
def test_five_wrong_current_passwords_lock_and_end_the_session(make, live, change_password, failures, session, attempt):
    user = make.user(password=A)
    row = live(user, A)
    for n in range(1, 5):
        outcome = change_password(row, "wrong", B)
        assert (outcome.message_id, outcome.ended) == (WRONG, False)
        assert failures(user) == (n, False)
        assert row.ended_at is None
    outcome = change_password(row, "wrong", B)
    assert (outcome.message_id, outcome.ended, outcome.token) == (LOCKED, True, None)
    assert failures(user) == (5, True)
    session.refresh(row)
    assert row.ending is Ending.LOCKED
    assert attempt(user, A).message_id == LOCKED
    written = list(session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))
    assert written == ["sign_in:ok", *["password:wrong"] * 5, "account:lock", "sign_in:locked"]


def test_failures_at_the_sign_in_page_and_inside_share_a_counter(make, live, attempt, change_password, failures):
    user = make.user(password=A)
    row = live(user, A)
    for _ in range(3):
        attempt(user, "wrong")
    assert change_password(row, "wrong", B).message_id == WRONG
    assert change_password(row, "wrong", B).ended
    assert failures(user) == (5, True)


def test_a_lock_made_at_the_sign_in_page_leaves_the_session_alone(make, live, attempt, change_password, session):
    """Issue item 6; and while locked even the right current password is not compared."""
    user = make.user(password=A)
    row = live(user, A)
    for _ in range(5):
        attempt(user, "wrong")
    outcome = change_password(row, A, B)
    assert (outcome.message_id, outcome.ended, outcome.token) == (LOCKED, False, None)
    session.refresh(row)
    assert row.ended_at is None
    session.refresh(user)
    assert hashing.matches(user.password_hash, A)


def test_a_right_change_resets_the_count(make, live, change_password, failures):
    row = live(make.user(password=A), A)
    for _ in range(4):
        change_password(row, "wrong", B)
    assert change_password(row, A, B).token
    assert failures(row.account) == (0, False)


@pytest.mark.parametrize(
    "current", ["", "\0", "\ud800", "x" * 21, "x" * 1_000_000, "漢" * 25], ids=lambda t: ascii(t)[:9]
)
def test_any_current_password_at_all_counts(current, make, live, change_password, failures):
    """R-014."""
    row = live(make.user(password=A), A)
    assert change_password(row, current, B).message_id == WRONG
    assert failures(row.account) == (1, False)


def test_an_over_long_current_password_is_never_hashed(make, live, change_password, compared):
    row = live(make.user(password=A), A)
    compared.clear()
    change_password(row, "x" * 21, B)
    assert compared == []


def test_a_locked_account_is_not_compared_inside_either(make, live, change_password, compared):
    user = make.user(password=A)
    row = live(user, A)
    for _ in range(5):
        change_password(row, "wrong", B)
    compared.clear()
    change_password(row, A, B)
    assert user.password_hash not in compared


# ---- what follows a change ----------------
def test_a_change_gives_the_browser_a_new_token(make, live, attempt, change_password, session):
    """R-024, R-032; COM-038: the session remains."""
    user = make.user(password=A)
    token = attempt(user, A).token
    row = sessions.find(session, token)
    fresh = change_password(row, A, B).token
    assert fresh != token
    assert sessions.find(session, token) is None
    assert sessions.find(session, fresh).id == row.id
    assert sessions.find(session, fresh).ended_at is None


def test_a_forced_change_ends_the_session(make, live, change_password, session, attempt):
    """COM-034: the user has to log in anew."""
    user = make.user(password=A, temporary_until=clock.start_of(date(2026, 11, 23)))
    row = live(user, A)
    outcome = change_password(row, A, B)
    assert (outcome.ended, outcome.token, outcome.message_id) == (True, None, None)
    session.refresh(row)
    assert row.ending is Ending.PASSWORD
    session.refresh(user)
    assert not user.must_change_password
    assert attempt(user, A).message_id == "error.Y05.00001"
    assert attempt(user, B).token


def test_a_password_set_is_a_password_that_logs_in(make, live, attempt, change_password):
    """R-017, R-018: 0x5C, 20 characters, each of them compared."""
    user = make.user(password=A)
    longest = "Ab1\\" + "x" * 15 + "!"
    assert len(longest) == 20
    change_password(live(user, A), A, longest)
    assert attempt(user, longest[:-1]).message_id == "error.Y05.00001"
    assert attempt(user, longest.replace("\\", "¥")).message_id == "error.Y05.00001"
    assert attempt(user, longest + "x").message_id == "error.Y05.00001"
    assert attempt(user, longest).token


# ---- 再発行 (9章) ----------------
def test_reissuing_unlocks_ends_sessions_and_voids_the_old_password(make, live, attempt, do, session, failures):
    """USR-095, USR-097 (A17), R-028."""
    user = make.user(password=A)
    row = live(user, A)
    for _ in range(5):
        attempt(user, "wrong")
    issued = do(passwords.reissue, Console(), user)
    session.refresh(row)
    assert row.ending is Ending.PASSWORD
    assert failures(user) == (0, False)
    assert issued.until == clock.start_of(date(2026, 11, 23)), "2026-11-20 + 3 days, exclusive"
    assert MARKET.problems(issued.password, user.login_id) == []
    assert attempt(user, A).message_id == "error.Y05.00001"
    outcome = attempt(user, issued.password)
    assert outcome.token
    assert outcome.account.must_change_password


def test_reissuing_twice_voids_the_first(make, attempt, do):
    """R-028: use the first after the second."""
    user = make.user()
    first = do(passwords.reissue, Console(), user)
    second = do(passwords.reissue, Console(), user)
    assert attempt(user, first.password).message_id == "error.Y05.00001"
    assert attempt(user, second.password).token


def test_reissuing_does_not_look_like_an_edit_of_the_record(make, do):
    user = make.user()
    before = user.version
    do(passwords.reissue, Console(), user)
    assert user.version == before


# ---- ロック解除 (8章) ----------------
def test_unlocking_lets_the_old_password_in_again(make, attempt, do, failures, session):
    """USR-091."""
    user = make.user(password=A)
    for _ in range(5):
        attempt(user, "wrong")
    assert user.is_locked
    do(passwords.unlock, Console(), user)
    assert failures(user) == (0, False)
    assert attempt(user, A).token
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "account:unlock"))
    assert (entry.actor_login_id, entry.target_id) == ("console", user.id)


@pytest.mark.parametrize("wrong", [0, 4])
def test_unlocking_somebody_who_is_not_locked_is_refused(wrong, make, attempt, do, failures):
    """USR-093."""
    user = make.user()
    for _ in range(wrong):
        attempt(user, "wrong")
    with pytest.raises(DomainError, match=r"error\.U05\.00001"):
        do(passwords.unlock, Console(), user)
    assert failures(user) == (wrong, False)


def test_unlocking_one_account_leaves_the_others_locked(make, do, failures):
    one, other = make.locked(make.user()), make.locked(make.user())
    do(passwords.unlock, Console(), one)
    assert (failures(one), failures(other)) == ((0, False), (5, True))


# ---- 仮パスワード, to the second, on both databases ----------------
@pytest.mark.parametrize("issued_at", [(0, 0, 0), (12, 0, 0), (23, 59, 59)])
def test_a_temporary_password_expires_at_midnight_in_tokyo(issued_at, make, do, attempt, time):
    """R-027: 2026-12-30 → valid at 2027-01-01 23:59:59, refused at 2027-01-02 00:00:00."""
    hours, minutes, seconds = issued_at
    time.now = clock.start_of(date(2026, 12, 30)) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    user = make.user()
    issued = do(passwords.reissue, Console(), user)
    time.now = clock.start_of(date(2027, 1, 2)) - timedelta(seconds=1)
    assert attempt(user, issued.password).token
    time.forward(seconds=1)
    assert attempt(user, issued.password).message_id == "error.Y05.00003"


def test_the_factory_password_obeys_the_policy():
    assert MARKET.problems(PASSWORD, "U280003304") == []
