"""審査: the one way a reviewable record changes its state, whatever kind it is (house-style §5).

A kind declares itself (`Kind`, registered in services.review_kinds): its table of transitions, what a
reviewer is shown, and what a decision sets off. The queue, the desk, the buttons and the tests read that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import clock
from domain.review import ReviewAction, ReviewState, Table, Transition
from domain.roles import Permission
from models.review import Review
from services import calendar
from services.access import Actor

Fact = tuple[str, Any]  # 項目名 and value


@dataclass(frozen=True)
class Kind:
    """One kind of reviewable record. `model` has id, state, version and label."""

    name: str  # stored in reviews.kind
    label: str  # 利用申込, 掲載
    model: type[Any]
    table: Table
    permission: Permission  # to see it in the queue
    days: int  # business days until a decision is due
    facts: Callable[[Session, Any], Sequence[Fact]]  # what was submitted, in the form's order
    # (session, actor, record, move, reason): publication and mails, in the transaction of the decision.
    decided: Callable[[Session, Actor, Any, Transition, str], None]
    # What to look at first: (session, record) -> warnings such as 同じ会社名の会員がいます, with facts.
    remarks: Callable[[Session, Any], Sequence[str]] = lambda session, record: ()
    files: str | None = None  # attachments.record_table


KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> None:
    KINDS[kind.name] = kind


def submit(
    session: Session,
    kind: str,
    record: Any,
    *,
    days: int,
    title: str,
    applicant: str,
    applicant_key: str,
    applicant_id: int | None,
) -> Review:
    """A new record waits for a decision; in the transaction that writes it (`record` is flushed)."""
    now = clock.now()
    review = Review(
        kind=kind,
        record_id=record.id,
        state=ReviewState.APPLIED,
        title=title,
        applicant=applicant,
        applicant_key=applicant_key,
        applicant_id=applicant_id,
        submitted_at=now,
        due_on=calendar.due(session, clock.day_of(now), days),
    )
    session.add(review)
    session.flush()
    return review


def of_record(session: Session, kind: str, record_id: int) -> Review | None:
    return session.scalar(select(Review).filter_by(kind=kind, record_id=record_id))


def act(
    session: Session,
    actor: Actor,
    kind: Kind,
    record: Any,
    action: ReviewAction,
    *,
    reason: str = "",
    version: int | None = None,
) -> Transition:
    """Move `record` by `action`: state, place in the queue, publication, audit and mails in one transaction.

    version: of the record as the actor has seen it; None: as it is.
    Raises DomainError: error.C03.00001, error.R01.00001–4.
    """
    raise NotImplementedError  # the review desk's builder fills this in
