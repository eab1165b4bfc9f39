"""審査: 申請 → 審査中 → 承認／否認 as tables, one per kind of record (発電設備等の情報掲示板利用マニュアル 2.1, 3.1).

What a screen offers, what a service refuses and which mail is sent are read from the table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from domain.errors import DomainError
from domain.roles import Permission


class ReviewState(StrEnum):
    APPLIED = "applied"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"  # rejected after it had been approved
    WITHDRAWN = "withdrawn"  # by the applicant, or cleaned up by staff


class ReviewAction(StrEnum):
    CLAIM = "claim"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Transition(NamedTuple):
    sources: frozenset[ReviewState]
    target: ReviewState
    permission: Permission
    needs_reason: bool = False


_S = ReviewState
OPEN = frozenset({_S.APPLIED, _S.IN_REVIEW})
Table = Mapping[ReviewAction, tuple[Transition, ...]]


def _table(review: Permission, *more: tuple[ReviewAction, Transition]) -> Table:
    moves: dict[ReviewAction, tuple[Transition, ...]] = {
        # Taking over claims anew.
        ReviewAction.CLAIM: (Transition(OPEN, _S.IN_REVIEW, review),),
        # Deciding claims as well: nobody has to.
        ReviewAction.APPROVE: (Transition(OPEN, _S.APPROVED, review),),
        ReviewAction.REJECT: (Transition(OPEN, _S.REJECTED, review, needs_reason=True),),
    }
    for action, move in more:
        moves[action] = (*moves.get(action, ()), move)
    return moves


REGISTRATION = _table(Permission.REGISTRATION_REVIEW)
POST = _table(
    Permission.POST_REVIEW,
    # 3.1⑥※「一旦承認された後…改めて否認」.
    (
        ReviewAction.REJECT,
        Transition(frozenset({_S.APPROVED}), _S.REVOKED, Permission.POST_REVIEW, needs_reason=True),
    ),
    (
        ReviewAction.WITHDRAW,
        Transition(frozenset(_S) - {_S.WITHDRAWN}, _S.WITHDRAWN, Permission.POST_DELETE),
    ),
)


def move_of(table: Table, action: ReviewAction, state: ReviewState, reason: str = "") -> Transition:
    """The move `action` makes from `state`.

    Raises DomainError: error.R01.00001 (not from this state), error.R01.00002 (a reason is missing).
    """
    move = next((m for m in table.get(action, ()) if state in m.sources), None)
    if move is None:
        raise DomainError("error.R01.00001")
    if move.needs_reason and not reason.strip():
        raise DomainError("error.R01.00002", field="reason")
    return move


def states_of(table: Table) -> list[ReviewState]:
    """Every state a record with this table can be in."""
    moves = [move for moves in table.values() for move in moves]
    reached = {_S.APPLIED} | {move.target for move in moves}
    return [state for state in ReviewState if state in reached]


def actions_from(table: Table, state: ReviewState) -> list[ReviewAction]:
    """What may be done from `state`: a new line of a table needs no change of a screen."""
    return [action for action, moves in table.items() if any(state in m.sources for m in moves)]
