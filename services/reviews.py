"""審査: the one way a reviewable record changes its state, whatever kind it is (house-style §5).

A kind declares itself (`Kind`, registered in services.review_kinds): its table of transitions, what a
reviewer is shown, and what a decision sets off. The queue, the desk, the buttons and the tests read that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import business_days, clock
from domain.errors import DomainError
from domain.review import OPEN, ReviewAction, ReviewState, Table, Transition, move_of
from domain.roles import Permission
from models.review import Review
from services import access, audit, calendar
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
    # The record a resubmission is compared with: (session, record) -> record or None. Without: the applicant's last.
    previous: Callable[[Session, Any], Any] | None = None


KINDS: dict[str, Kind] = {}
DECISIONS = (ReviewAction.APPROVE, ReviewAction.REJECT)


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
    place: int | None = None,
) -> Transition:
    """Move `record` by `action`: state, place in the queue, publication, audit and mails in one transaction.

    version: of the record as the actor has seen it; None: as it is now. place: the same of its place in the queue.
    Of several who act at once one is first; the others are judged by what he has left.
    Raises DomainError: error.C03.00001 (Forbidden), error.R01.00001–4.
    """
    review = _hold(session, kind, record)
    if version not in (None, record.version) or place not in (None, review.version):
        raise DomainError("error.R01.00003")
    move = move_of(kind.table, action, record.state, reason)
    access.require(actor, move.permission, record)
    is_own = review.applicant_id is not None and review.applicant_id == actor.id
    if is_own and action is not ReviewAction.WITHDRAW:  # taking it back is no review
        raise DomainError("error.R01.00004")
    before, record.state, review.state = record.state, move.target, move.target
    if action in (ReviewAction.CLAIM, *DECISIONS):  # deciding claims: the queue says who had it
        review.claimed_by_id, review.claimed_at = actor.id, clock.now()
    if action in DECISIONS:
        review.decided_by_id, review.decided_at, review.reason = actor.id, clock.now(), reason.strip()
    kind.decided(session, actor, record, move, reason.strip())
    detail = {"reason": reason.strip()} if move.needs_reason else {}
    changes = {"review_state": [before.value, move.target.value]}
    audit.record(session, actor, event_of(kind, action), record, changes=changes, detail=detail)
    session.flush()
    return move


def event_of(kind: Kind, action: ReviewAction) -> str:
    """What 操作履歴 calls it: post:approve. Withdrawing is the applicant's 削除."""
    return f"{kind.name}:{'delete' if action is ReviewAction.WITHDRAW else action.value}"


def reschedule(session: Session) -> None:
    """Compute the deadlines of what is still open anew: the calendar has changed (XC-012).

    By id, so that it and a bulk approval wait for one another; no new version: it is not what is decided on.
    """
    closures = calendar.closures(session)
    waiting = select(Review.id, Review.kind, Review.submitted_at, Review.due_on).where(Review.state.in_(OPEN))
    for id, kind, submitted_at, due_on in session.execute(waiting.order_by(Review.id)).all():
        if kind not in KINDS:
            continue
        due = business_days.add(clock.day_of(submitted_at), KINDS[kind].days, closures)
        if due != due_on:
            session.execute(update(Review).where(Review.id == id).values(due_on=due))


def _hold(session: Session, kind: Kind, record: Any) -> Review:
    """Lock the place in the queue, then the record, and read both anew. Always in this order."""
    session.flush()
    found = select(Review).filter_by(kind=kind.name, record_id=record.id).with_for_update(of=Review)
    review = session.scalars(found.execution_options(populate_existing=True)).one()
    session.refresh(record, with_for_update={"of": kind.model})
    return review
