"""お知らせ: 下書き → 公開 → 取下げ as a table."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain import clock
from domain.errors import DomainError


class NoticeState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class NoticeAction(StrEnum):
    PUBLISH = "publish"
    WITHDRAW = "withdraw"


class Transition(NamedTuple):
    sources: frozenset[NoticeState]
    target: NoticeState


_S = NoticeState
TRANSITIONS = {
    NoticeAction.PUBLISH: Transition(frozenset({_S.DRAFT, _S.WITHDRAWN}), _S.PUBLISHED),
    NoticeAction.WITHDRAW: Transition(frozenset({_S.PUBLISHED}), _S.WITHDRAWN),
}


def target_of(action: NoticeAction, state: NoticeState) -> NoticeState:
    """Where `action` leads from `state`. Raises DomainError: error.N01.00001."""
    move = TRANSITIONS[action]
    if state not in move.sources:
        raise DomainError("error.N01.00001")
    return move.target


def period(start: datetime, end: datetime) -> str:
    """2020年01月30日 10時 ~ 2020年02月13日 10時 (COM-055)."""
    first, last = (f"{moment.astimezone(clock.TOKYO):%Y年%m月%d日 %H時}" for moment in (start, end))
    return f"{first} ~ {last}"


def is_possible(action: NoticeAction, state: NoticeState) -> bool:
    return state in TRANSITIONS[action].sources
