"""What the board is administered with: 休業日, mail domains, 画像認証."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import business_days, clock
from models.base import UtcDateTime, code_column, db, one_of


class Closure(db.Model):
    """休業日 of 広域機関 beside weekends and public holidays: 年末年始 (XC-012)."""

    __tablename__ = "closures"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    starts_on: Mapped[date]
    ends_on: Mapped[date]  # inclusive
    yearly: Mapped[bool] = mapped_column(default=False)  # every year, from month and day to month and day
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @property
    def days(self) -> business_days.Closure:
        return business_days.Closure(self.starts_on, self.ends_on, self.yearly)

    @property
    def label(self) -> str:
        return f"{self.name} {self.starts_on:%Y/%m/%d}"


class DomainRule(StrEnum):
    FREE = "free"  # free mail: refused (BBS-015)
    DISPOSABLE = "disposable"  # refused
    FLAGGED = "flagged"  # of a carrier or provider: shown to the reviewer


class MailDomain(db.Model):
    """A domain of mail addresses people register with."""

    __tablename__ = "mail_domains"
    __table_args__ = (CheckConstraint(one_of("rule", DomainRule), "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(253), unique=True)  # lower case, IDNA
    rule: Mapped[DomainRule] = mapped_column(code_column(DomainRule))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        return self.domain


class Challenge(db.Model):
    """画像認証: one picture with its sound. Answered within five minutes, good for one registration."""

    __tablename__ = "challenges"

    key: Mapped[str] = mapped_column(String(22), primary_key=True)
    answer: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    solved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
