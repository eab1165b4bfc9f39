"""審査: one row per record that was submitted for a decision, whatever kind it is; and the reviewers' phrases."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain import clock
from domain.review import ReviewState
from domain.text import LONGEST_FOLD
from models.account import Account
from models.base import UtcDateTime, code_column, db, one_of

KIND_LENGTH = 20
REASON_LENGTH = 1000  # code points
APPLICANT_LENGTH = 100
PHRASE_LENGTH = 200


class Review(db.Model):
    """A place in the queue. `state` repeats the record's own; services.reviews moves both in one transaction."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("kind", "record_id"),
        CheckConstraint(one_of("state", ReviewState), "state"),
        CheckConstraint("(claimed_by_id IS NULL) = (claimed_at IS NULL)", "claimed"),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", "decided"),
        Index("ix_reviews_queue", "state", "due_on", "id"),
        Index("ix_reviews_applicant", "applicant_key", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(KIND_LENGTH))  # services.reviews.KINDS
    record_id: Mapped[int]
    state: Mapped[ReviewState] = mapped_column(code_column(ReviewState), default=ReviewState.APPLIED)
    title: Mapped[str] = mapped_column(String(200))  # what the queue prints
    applicant: Mapped[str] = mapped_column(String(APPLICANT_LENGTH))  # the company
    applicant_key: Mapped[str] = mapped_column(String(APPLICANT_LENGTH * LONGEST_FOLD))  # finds what it sent before
    applicant_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))  # nobody decides on the own
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    due_on: Mapped[date]  # the last of its business days
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))  # 担当
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    claimed_by: Mapped[Account | None] = relationship(foreign_keys=claimed_by_id)
    decided_by: Mapped[Account | None] = relationship(foreign_keys=decided_by_id)

    @property
    def number(self) -> str:
        """申請番号: A00001234."""
        return f"A{self.id:08d}"

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.number} {self.title}"


class Phrase(db.Model):
    """定型文: a reason for 否認 that is used again and again."""

    __tablename__ = "phrases"
    __table_args__ = (UniqueConstraint("text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, default=0)  # 表示順
    text: Mapped[str] = mapped_column(String(PHRASE_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        return self.text[:40]
