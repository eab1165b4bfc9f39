"""お知らせ: what staff publish to operators (#010 5章(1))."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from domain import clock
from domain.notices import NoticeState, period
from domain.roles import USER_ROLES, Role
from domain.text import LONGEST_FOLD, fold_search
from models.account import Account
from models.base import UtcDateTime, code_column, db, one_of
from models.operator import Operator

TITLE_LENGTH = 100  # code points
BODY_LENGTH = 20_000


class Audience(StrEnum):
    """Who may read a published notice."""

    EVERYONE = "everyone"
    OPERATORS = "operators"  # those in notice_operators
    ROLE = "role"


class NoticeOperator(db.Model):
    """One of the chosen operators."""

    __tablename__ = "notice_operators"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey(Operator.id), primary_key=True, index=True)


class Notice(db.Model):
    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(one_of("audience", Audience), "audience"),
        CheckConstraint(one_of("state", NoticeState), "state"),
        CheckConstraint("(audience = 'role') = (role IS NOT NULL)", "audience_role"),
        CheckConstraint("role IS NULL OR " + one_of("role", USER_ROLES), "role"),
        CheckConstraint("shown_from < shown_to", "period"),
        Index("ix_notices_shown", "state", "shown_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)  # お知らせID, printed with ten digits
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    title_folded: Mapped[str] = mapped_column(String(TITLE_LENGTH * LONGEST_FOLD))
    body: Mapped[str] = mapped_column(Text)  # Markdown
    shown_from: Mapped[datetime] = mapped_column(UtcDateTime)  # 表示期間: full hours, the end exclusive (A42)
    shown_to: Mapped[datetime] = mapped_column(UtcDateTime)
    audience: Mapped[Audience] = mapped_column(code_column(Audience), default=Audience.EVERYONE)
    role: Mapped[Role | None] = mapped_column(code_column(Role))
    pinned: Mapped[bool] = mapped_column(default=False)
    by_mail: Mapped[bool] = mapped_column(default=False)  # a mail to the audience when it is published
    state: Mapped[NoticeState] = mapped_column(code_column(NoticeState), default=NoticeState.DRAFT)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    operators: Mapped[list[Operator]] = relationship(secondary=NoticeOperator.__table__, order_by=Operator.code)

    @validates("title")
    def _fold_title(self, key: str, title: str) -> str:
        self.title_folded = fold_search(title)
        return title

    @property
    def number(self) -> str:
        """お知らせID: 0000007301."""
        return f"{self.id:010d}"

    @property
    def period(self) -> str:
        """表示期間, as the screens print it."""
        return period(self.shown_from, self.shown_to)

    @property
    def operator_codes(self) -> list[str]:
        return [operator.code for operator in self.operators]

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.number} {self.title}"


class NoticeRead(db.Model):
    """This account has opened this notice."""

    __tablename__ = "notice_reads"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey(Notice.id), primary_key=True, index=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
