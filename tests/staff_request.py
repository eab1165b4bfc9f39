"""A kind of record staff submit themselves, for tests only (issue 5, item 5): it proves that nobody reviews the own,
and that a new kind needs no new screen. Its table is made by the tests; the product does not know it.
"""

from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import CheckConstraint, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from domain import clock, review, terms
from domain.review import ReviewState
from domain.roles import Permission
from models import db
from models.base import UtcDateTime, code_column, one_of
from services import mail, reviews
from services.reviews import Kind

DAYS = 3
ADDRESS = "desk@example.jp"


class _Base(DeclarativeBase):
    metadata = MetaData()  # apart from the product's tables


class StaffRequest(_Base):
    """届出: something staff ask for."""

    __tablename__ = "staff_requests"
    __table_args__ = (CheckConstraint(one_of("state", ReviewState), "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ReviewState] = mapped_column(code_column(ReviewState), default=ReviewState.APPLIED)
    subject: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(100), default="東京")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self):
        return f"{self.id} {self.subject}"


def facts(session, record):
    return [("件名", record.subject), ("場所", record.place), ("内容", record.text)]


def decided(session, actor, record, move, reason):
    """Published while it is approved; a mail for each decision."""
    record.published_at = clock.now() if move.target is ReviewState.APPROVED else None
    if move.target in (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.REVOKED):
        word = terms.STATUS["review_state"][move.target].word
        mail.plain(session, "CRT-EXP", [ADDRESS], {"件名": record.subject, "審査結果": word, "理由": reason})


def remarks(session, record):
    return ["件名に「至急」が含まれています。"] if "至急" in record.subject else []


KIND = Kind(
    name="request", label="届出", model=StaffRequest, table=review.POST, permission=Permission.POST_REVIEW, days=DAYS,
    facts=facts, decided=decided, remarks=remarks,
)  # fmt: skip
OTHER = Kind(
    name="other", label="別の届出", model=StaffRequest, table=review.REGISTRATION,
    permission=Permission.REGISTRATION_REVIEW, days=DAYS, facts=facts, decided=decided,
)  # fmt: skip
"""The same table as a second kind, for what must not be mixed."""
EVENTS = {f"{kind}:{what}": f"届出の{word}" for kind in ("request", "other") for what, word in
          {"claim": "審査開始", "approve": "承認", "reject": "否認", "delete": "削除"}.items()}  # fmt: skip


@contextmanager
def declared(*kinds):
    """These kinds and no others, inside the block."""
    before, events = dict(reviews.KINDS), dict(terms.EVENTS)
    reviews.KINDS.clear()
    for kind in kinds or (KIND, OTHER):
        reviews.declare(kind)
    terms.EVENTS.update(EVENTS)
    try:
        yield
    finally:
        reviews.KINDS.clear()
        reviews.KINDS.update(before)
        terms.EVENTS.clear()
        terms.EVENTS.update(events)


def make_table():
    _Base.metadata.create_all(db.engine)


def drop_table():
    _Base.metadata.drop_all(db.engine)


def submit(session, author, subject="届出", text="休みます。", kind=KIND, company="広域機関", **values):
    """A request that waits, committed; its place in the queue."""
    record = StaffRequest(subject=subject, text=text, **values)
    session.add(record)
    session.flush()
    found = reviews.submit(
        session, kind.name, record, days=kind.days, title=subject, applicant=company, applicant_key=company,
        applicant_id=author.id if author else None,
    )  # fmt: skip
    session.commit()
    return found


def record_of(session, place):
    return session.get(StaffRequest, place.record_id, populate_existing=True)
