"""お知らせ: 下書き → 公開 → 取下げ as a table."""

from enum import StrEnum
from typing import NamedTuple

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


def is_possible(action: NoticeAction, state: NoticeState) -> bool:
    return state in TRANSITIONS[action].sources
