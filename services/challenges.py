"""画像認証 (BBS-022, A24): digits as a picture and as sound, made here; nobody else is asked."""

import hmac
import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain import clock
from domain.errors import DomainError
from models.board import Challenge

DIGITS = 6
ANSWERED_WITHIN = timedelta(minutes=5)
GOOD_FOR = timedelta(minutes=30)  # after it was answered
TRIES = 3  # wrong answers; and, once solved, IDs that were found taken
KEY_LENGTH = 22


def new(session: Session, *, solved: bool = False) -> Challenge:
    """A challenge for one registration; `solved`: where the setting has switched it off."""
    now = clock.now()
    made = Challenge(
        key=secrets.token_urlsafe(16),
        answer="".join(secrets.choice("0123456789") for _ in range(DIGITS)),
        expires_at=now + ANSWERED_WITHIN,
        failures=0,
        solved_at=now if solved else None,
    )
    session.add(made)
    session.flush()
    return made


def find(session: Session, key: str) -> Challenge | None:
    if len(key) != KEY_LENGTH or not key.isascii():
        return None
    return session.get(Challenge, key, populate_existing=True)


def is_open(challenge: Challenge) -> bool:
    """May it still be answered, seen and heard?"""
    return challenge.solved_at is None and challenge.failures < TRIES and clock.now() < challenge.expires_at


def is_solved(challenge: Challenge | None) -> bool:
    """Answered in time, and good for a registration still to come."""
    if challenge is None or challenge.used_at is not None or challenge.solved_at is None:
        return False
    return challenge.failures < TRIES and clock.now() < challenge.solved_at + GOOD_FOR


def answer(session: Session, key: str, typed: str) -> str | None:
    """Compare what was typed and write the outcome down; the id of a message if it was not right."""
    challenge = _held(session, key)
    if is_solved(challenge):
        return None
    if challenge is None or not is_open(challenge):
        return "error.B02.00009"
    folded = "".join(unicodedata.normalize("NFKC", typed).split())
    if not hmac.compare_digest(folded.encode("utf-8", "replace"), challenge.answer.encode()):
        challenge.failures += 1
        return "error.B02.00008"
    challenge.solved_at, challenge.failures = clock.now(), 0
    return None


def count_taken(session: Session, key: str) -> None:
    """A taken ID was told of: after a few of them a new challenge has to be solved (R-008)."""
    if challenge := _held(session, key):
        challenge.failures += 1


def use(session: Session, key: str) -> bool:
    """Use a solved challenge up, first thing in the transaction of the registration.

    False if it was used already: whoever sends the form twice has registered once.
    Raises DomainError: error.B02.00009.
    """
    now = clock.now()
    statement: Any = (
        update(Challenge)
        .where(Challenge.key == key, Challenge.used_at.is_(None))
        .where(Challenge.solved_at > now - GOOD_FOR, Challenge.failures < TRIES)
        .values(used_at=now)
        .returning(Challenge.key)
    )
    if session.scalar(statement, execution_options={"synchronize_session": False}) is not None:
        return True
    found = find(session, key)
    if found is None or found.used_at is None:
        raise DomainError("error.B02.00009")
    return False


def picture(challenge: Challenge) -> bytes:
    """PNG."""
    from captcha.image import ImageCaptcha

    drawn = ImageCaptcha(width=240, height=80, font_sizes=(52, 56, 60))
    return drawn.generate(challenge.answer).getvalue()


def sound(challenge: Challenge) -> bytes:
    """WAV: the same digits, spoken in English over noise."""
    return bytes(_voice().generate(challenge.answer))


@cache
def _voice() -> Any:
    from captcha.audio import AudioCaptcha

    return AudioCaptcha()


def _held(session: Session, key: str) -> Challenge | None:
    """With its row locked: parallel guesses count one after the other."""
    if find(session, key) is None:
        return None
    return session.get(Challenge, key, populate_existing=True, with_for_update=True)
