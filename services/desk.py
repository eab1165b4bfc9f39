"""審査: what reviewers see of the queue over every kind, and what they do at it (BBS-025, BBS-026, BBS-053…055)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from domain import clock
from domain.deadlines import Deadline, Nearness, deadline, soon_until
from domain.errors import DomainError
from domain.review import OPEN, ReviewAction, Transition, actions_from
from domain.roles import Permission
from domain.text import fold_code
from models.mail import OutgoingMail
from models.review import Review
from services import access, calendar, reviews
from services.access import Actor
from services.mail import REHEARSED
from services.reviews import DECISIONS, KINDS, Kind

MOST_EARLIER = 20  # submissions of the same applicant that are listed
_LARGEST_ID = 2**31 - 1


class Order(StrEnum):
    DUE = "due"  # 期限の近い順
    NEWEST = "newest"  # 新しい順


class Seen(NamedTuple):
    """What the reviewer had before the eyes: versions of the place in the queue and of the record."""

    place: int
    record: int


@dataclass(frozen=True)
class Waiting:
    """How much there is to do, for the home page and the tab."""

    open: int
    over: int
    today: int
    soon: int


class Mail(NamedTuple):
    recipient: str
    subject: str
    body: str


class Position(NamedTuple):
    rank: int  # how many stand before it
    before: int | None
    after: int | None


# ---- the queue ---------------------------------------------------------------------------------------


def kinds_of(actor: Actor) -> list[Kind]:
    """The kinds this person decides on; none for whoever is no reviewer."""
    if not access.allows(actor, Permission.REVIEW_SEARCH):
        return []
    return [kind for kind in KINDS.values() if access.allows(actor, kind.permission)]


def visible(actor: Actor) -> Select[Review]:
    return select(Review).where(Review.kind.in_([kind.name for kind in kinds_of(actor)]))


def find(session: Session, actor: Actor, criteria: Mapping[str, Any]) -> Select[Review]:
    """審査一覧. state: "" waiting, "decided"; who: "mine", "nobody"; due: a Nearness. Empty ones are ignored."""
    rows = visible(actor).options(joinedload(Review.claimed_by), joinedload(Review.decided_by))
    if criteria.get("state") == "decided":
        rows = rows.where(Review.state.not_in(OPEN), Review.decided_at.is_not(None))
    else:
        rows = rows.where(Review.state.in_(OPEN))
    if kind := criteria.get("kind"):
        rows = rows.where(Review.kind == kind)
    if who := criteria.get("who"):
        rows = rows.where(Review.claimed_by_id == actor.id if who == "mine" else Review.claimed_by_id.is_(None))
    if due := criteria.get("due"):
        rows = rows.where(_near(session, Nearness(due)))
    if text := criteria.get("text"):
        rows = rows.where(_named(text))
    return rows


def _near(session: Session, nearness: Nearness) -> ColumnElement[bool]:
    today = clock.today()
    if nearness is Nearness.OVER:
        return Review.due_on < today
    if nearness is Nearness.TODAY:
        return Review.due_on == today
    last = soon_until(today, calendar.closures(session))
    return Review.due_on.between(today, last) & (Review.due_on != today) if nearness is Nearness.SOON else (
        Review.due_on > last
    )  # fmt: skip


def _named(text: str) -> ColumnElement[bool]:
    """申請番号, or a part of 件名 or 申請者."""
    digits = fold_code(text).removeprefix("A")
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else 0
    found = or_(Review.title.icontains(text, autoescape=True), Review.applicant.icontains(text, autoescape=True))
    return found | (Review.id == number) if 0 < number <= _LARGEST_ID else found


def _key(order: Order) -> tuple[Any, bool]:
    """What the queue is sorted by, and whether the greatest comes first."""
    return (tuple_(Review.id), True) if order is Order.NEWEST else (tuple_(Review.due_on, Review.id), False)


def in_order(rows: Select[Review], order: Order, *, backwards: bool = False) -> Select[Review]:
    columns = [Review.id] if order is Order.NEWEST else [Review.due_on, Review.id]
    descending = (order is Order.NEWEST) is not backwards
    return rows.order_by(None).order_by(*(c.desc() if descending else c.asc() for c in columns))


def position(session: Session, rows: Select[Review], order: Order, review: Review) -> Position:
    """Where `review` stands among `rows`, and its neighbours; also where it would, if it is gone from them."""
    key, descending = _key(order)
    here = tuple_(review.id) if order is Order.NEWEST else tuple_(review.due_on, review.id)
    ahead = rows.where(key > here if descending else key < here)
    behind = rows.where(key < here if descending else key > here)
    rank = session.scalar(select(func.count()).select_from(ahead.order_by(None).subquery())) or 0
    before = session.scalar(in_order(ahead, order, backwards=True).with_only_columns(Review.id).limit(1))
    after = session.scalar(in_order(behind, order).with_only_columns(Review.id).limit(1))
    return Position(rank, before, after)


def waiting(session: Session, actor: Actor) -> Waiting | None:
    """None for whoever is no reviewer."""
    if not access.allows(actor, Permission.REVIEW_SEARCH):
        return None
    near = [_near(session, n) for n in (Nearness.OVER, Nearness.TODAY, Nearness.SOON)]
    counts = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in near]
    rows = visible(actor).where(Review.state.in_(OPEN)).with_only_columns(func.count(), *counts)
    return Waiting(*(int(n) for n in session.execute(rows).one()))


def count_open(session: Session, actor: Actor) -> int:
    rows = visible(actor).where(Review.state.in_(OPEN)).with_only_columns(func.count())
    return session.scalar(rows) or 0


def deadlines(session: Session, rows: Sequence[Review]) -> dict[int, Deadline]:
    """Of the open ones: id -> how near."""
    today, closures = clock.today(), calendar.closures(session)
    return {row.id: deadline(today, row.due_on, closures) for row in rows if row.state in OPEN}


# ---- one submission ----------------------------------------------------------------------------------


def record_of(session: Session, review: Review) -> Any:
    return session.get_one(KINDS[review.kind].model, review.record_id)


def versions(session: Session, rows: Sequence[Review]) -> dict[int, Seen]:
    """id -> what somebody sees who sees this list now; one query per kind."""
    found = {}
    for name in {row.kind for row in rows}:
        model, mine = KINDS[name].model, {row.record_id: row for row in rows if row.kind == name}
        for record_id, version in session.execute(select(model.id, model.version).where(model.id.in_(mine))):
            found[mine[record_id].id] = Seen(mine[record_id].version, version)
    return found


def remarks(session: Session, rows: Sequence[Review]) -> dict[int, Sequence[str]]:
    """id -> 確認事項: what to look at before it is decided."""
    return {row.id: KINDS[row.kind].remarks(session, record_of(session, row)) for row in rows}


def earlier(session: Session, actor: Actor, review: Review) -> list[Review]:
    """What the same applicant has sent before, of any kind this person decides on; newest first."""
    rows = visible(actor).where(Review.applicant_key == review.applicant_key, Review.id < review.id)
    return list(session.scalars(rows.order_by(Review.id.desc()).limit(MOST_EARLIER)))


def previous(session: Session, review: Review) -> Any:
    """The record this one is compared with: as its kind says, else the applicant's last of this kind; or None."""
    kind = KINDS[review.kind]
    if kind.previous is not None:
        return kind.previous(session, record_of(session, review))
    last = (
        select(Review.record_id)
        .where(Review.kind == review.kind, Review.applicant_key == review.applicant_key, Review.id < review.id)
        .order_by(Review.id.desc())
        .limit(1)
    )
    record_id = session.scalar(last)
    return None if record_id is None else session.get(kind.model, record_id)


def decisions(actor: Actor, review: Review) -> list[ReviewAction]:
    """What this person may decide now; the buttons are made of it."""
    table = KINDS[review.kind].table
    return [
        action
        for action in actions_from(table, review.state)
        if action in DECISIONS
        and any(review.state in m.sources and access.allows(actor, m.permission) for m in table[action])
    ]


def may_claim(actor: Actor, review: Review) -> bool:
    """Nobody takes what is already the own."""
    possible = ReviewAction.CLAIM in actions_from(KINDS[review.kind].table, review.state)
    return possible and review.claimed_by_id != actor.id


def act(
    session: Session, actor: Actor, review: Review, action: ReviewAction, *, reason: str = "", seen: Seen
) -> Transition:
    """Decide on `review`, or claim it, as it was seen. Raises as services.reviews.act."""
    record = record_of(session, review)
    return reviews.act(
        session, actor, KINDS[review.kind], record, action, reason=reason, version=seen.record, place=seen.place
    )


def approve_all(session: Session, actor: Actor, chosen: Mapping[int, Seen]) -> int:
    """一括承認: id -> what was seen of it. One kind, all of them or none; how many.

    Raises DomainError: error.C03.00001, error.R01.00007…00010.
    """
    rows = chosen_of(session, actor, chosen)
    for row in rows:  # by number: two who approve the same ones wait for one another
        try:
            act(session, actor, row, ReviewAction.APPROVE, seen=chosen[row.id])
        except DomainError as error:
            if error.message_id in ("error.R01.00001", "error.R01.00003"):
                raise DomainError("error.R01.00008", ids=row.number) from error
            raise
    return len(rows)


def chosen_of(session: Session, actor: Actor, chosen: Mapping[int, Seen]) -> list[Review]:
    """The rows of 一括承認 as they are, by number. Raises as approve_all."""
    if not chosen:
        raise DomainError("error.R01.00007")
    rows = list(session.scalars(visible(actor).where(Review.id.in_(chosen)).order_by(Review.id)))
    now = versions(session, rows)
    changed = [row.number for row in rows if now[row.id] != chosen[row.id] or not _is_open(actor, row)]
    missing = [f"A{number:08d}" for number in sorted(set(chosen) - {row.id for row in rows})]
    if changed or missing:
        raise DomainError("error.R01.00008", ids="、".join(changed + missing))
    if len({row.kind for row in rows}) > 1:
        raise DomainError("error.R01.00010")
    if own := [row.number for row in rows if row.applicant_id is not None and row.applicant_id == actor.id]:
        raise DomainError("error.R01.00009", ids="、".join(own))
    return rows


def _is_open(actor: Actor, row: Review) -> bool:
    return row.state in OPEN and ReviewAction.APPROVE in decisions(actor, row)


def rehearse(
    session: Session, actor: Actor, review: Review, action: ReviewAction, reason: str, seen: Seen
) -> list[Mail]:
    """The mails a decision would send, word by word. It *is* the decision: the caller must undo the transaction."""
    told: list[OutgoingMail] = []
    session.info[REHEARSED] = told
    try:
        act(session, actor, review, action, reason=reason, seen=seen)
    finally:
        del session.info[REHEARSED]
    return [Mail(row.recipient, row.subject, row.body) for row in told]
