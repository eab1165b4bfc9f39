"""画像認証: answered in time, a few tries, good once (BBS-022, A24)."""

from datetime import timedelta

import pytest

from domain.errors import DomainError
from models import Challenge
from services import challenges, sessions, sweep

LIMITS = sessions.Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


@pytest.fixture
def challenge(session, time):
    made = challenges.new(session)
    session.commit()
    return made


def wrong(challenge):
    return "".join("0" if digit != "0" else "1" for digit in challenge.answer)


def test_an_answer_is_six_digits_nobody_can_guess_from_another(session, time):
    made = [challenges.new(session) for _ in range(50)]
    assert all(len(c.answer) == 6 and c.answer.isdecimal() for c in made)
    assert len({c.key for c in made}) == 50
    assert len({c.answer for c in made}) > 45


def test_it_is_seen_and_heard(challenge):
    assert challenges.picture(challenge).startswith(b"\x89PNG\r\n")
    assert challenges.sound(challenge)[:4] + challenges.sound(challenge)[8:12] == b"RIFFWAVE"


@pytest.mark.parametrize("spell", [str, lambda a: f" {a} ", lambda a: f"{a[:3]} {a[3:]}",
                                   lambda a: a.translate({48 + n: 0xFF10 + n for n in range(10)})])  # fmt: skip
def test_the_right_digits_solve_it_in_any_width(session, challenge, spell):
    assert challenges.answer(session, challenge.key, spell(challenge.answer)) is None
    assert challenges.is_solved(challenge)


def test_the_third_wrong_answer_ends_it(session, challenge):
    answers = [challenges.answer(session, challenge.key, wrong(challenge)) for _ in range(3)]
    assert answers == ["error.B02.00008"] * 3
    assert challenges.answer(session, challenge.key, challenge.answer) == "error.B02.00009"
    assert not challenges.is_open(challenge)


@pytest.mark.parametrize("typed", ["", "漢" * 1000, "\x00", "\ud800", "0" * 100_000])
def test_any_input_is_a_wrong_answer(session, challenge, typed):
    assert challenges.answer(session, challenge.key, typed) == "error.B02.00008"


@pytest.mark.parametrize("key", ["", "x", "漢" * 22, "A" * 22, "A" * 5000])
def test_an_unknown_key_has_expired(session, time, key):
    assert challenges.answer(session, key, "123456") == "error.B02.00009"
    with pytest.raises(DomainError, match=r"error\.B02\.00009"):
        challenges.use(session, key)


@pytest.mark.parametrize(("seconds", "message"), [(299, None), (300, "error.B02.00009")])
def test_it_is_answered_within_five_minutes(session, challenge, time, seconds, message):
    time.forward(seconds=seconds)
    assert challenges.answer(session, challenge.key, challenge.answer) == message


@pytest.mark.parametrize(("seconds", "good"), [(1799, True), (1800, False)])
def test_a_solved_one_is_good_for_thirty_minutes(session, challenge, time, seconds, good):
    challenges.answer(session, challenge.key, challenge.answer)
    session.commit()
    time.forward(seconds=seconds)
    assert challenges.is_solved(challenge) is good
    if good:
        assert challenges.use(session, challenge.key)
    else:
        with pytest.raises(DomainError, match=r"error\.B02\.00009"):
            challenges.use(session, challenge.key)


def test_it_is_used_once(session, challenge):
    challenges.answer(session, challenge.key, challenge.answer)
    assert [challenges.use(session, challenge.key) for _ in range(3)] == [True, False, False]
    session.expire_all()
    assert not challenges.is_solved(challenge)


def test_one_that_was_not_solved_is_not_used(session, challenge):
    with pytest.raises(DomainError, match=r"error\.B02\.00009"):
        challenges.use(session, challenge.key)


def test_after_three_taken_ids_it_has_to_be_solved_anew(session, challenge):
    challenges.answer(session, challenge.key, challenge.answer)
    for solved in (True, True, False):
        challenges.count_taken(session, challenge.key)
        assert challenges.is_solved(challenges.find(session, challenge.key)) is solved


def test_the_sweep_forgets_them_when_they_can_be_used_no_more(session, challenge, time):
    for minutes, left in ((64, 1), (2, 0)):
        time.forward(minutes=minutes)
        sweep.run(session, LIMITS)
        session.commit()
        assert session.query(Challenge).count() == left
