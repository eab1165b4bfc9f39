"""Judging under an ID's lock, then settling in one transaction: sign-in and パスワード変更 alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from flask import current_app
from sqlalchemy.orm import Session

from domain.credentials import Policy
from domain.errors import Changed
from models.base import db
from services import hashing, id_lock
from services.sign_in import Verdict
from views.transaction import transaction

_TRIES = 5
R = TypeVar("R")


class Judged(Protocol):
    @property
    def verdict(self) -> Verdict: ...


def run(
    policy: Policy,
    key: str,
    judge: Callable[[Session], Judged],
    settle: Callable[[Session, Any], R],
    *,
    hashes_when_locked: bool = True,
) -> R:
    """Everything that compares a password goes through here (security.md D2).

    A locked ID gives lock and connection back first and spends its bcrypt afterwards, so that a
    flood of attempts on it holds up nobody.
    """
    for _ in range(_TRIES):
        session = db.session()
        with id_lock.held(session, policy.entrance, key, _lock_folder()):
            judged = judge(session)
            if judged.verdict is not Verdict.LOCKED:
                try:
                    with transaction() as writing:
                        return settle(writing, judged)
                except Changed:
                    continue
        db.session.rollback()
        if hashes_when_locked:
            hashing.spend()
        with transaction() as writing:
            return settle(writing, judged)
    raise RuntimeError("the account kept changing while its password was judged")


def _lock_folder() -> Path:
    return Path(current_app.config["INSTANCE_DIR"]) / "locks"
