"""What sign-in remembers: failures per ID, failures per address, and live sessions."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain import clock
from domain.credentials import MAX_FAILURES
from models.base import UtcDateTime, code_column, db, one_of

if TYPE_CHECKING:
    from models.account import Account


class SignInCounter(db.Model):
    """Consecutive failures of one ID, whether an account has it or not (D2)."""

    __tablename__ = "sign_in_counters"
    __table_args__ = (
        CheckConstraint(f"failures BETWEEN 0 AND {MAX_FAILURES}", "failures"),
        CheckConstraint(f"(locked_at IS NOT NULL) = (failures = {MAX_FAILURES})", "locked"),
    )

    login_key: Mapped[str] = mapped_column(String(80), primary_key=True)  # credentials.Policy.key
    entrance: Mapped[str] = mapped_column(String(10), primary_key=True)  # credentials.Policy.entrance
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # ユーザロック


class SignInThrottle(db.Model):
    """Failed sign-ins of one address within one minute (R-010)."""

    __tablename__ = "sign_in_throttle"

    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    failures: Mapped[int] = mapped_column(default=0)


class Ending(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    DISPLACED = "displaced"  # 多重ログイン: a later sign-in won (D5)
    REPLACED = "replaced"  # the same browser signed in elsewhere
    IDLE = "idle"
    EXPIRED = "expired"  # absolute time-out
    SHUT_OUT = "shut_out"  # deleted, 無効, out of period
    PASSWORD = "password"  # noqa: S105 - forced change done, or reissued
    LOCKED = "locked"  # five wrong current passwords inside
    ENDED = "ended"  # by staff
    CERTIFICATE = "cert"  # its クライアント証明書 was withdrawn, or another one came with the cookie


class SignInSession(db.Model):
    """One sign-in. The browser holds the token, the row only its SHA-256 (R-031)."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("ending IS NULL OR " + one_of("ending", Ending), "ending"),
        CheckConstraint("(ending IS NULL) = (ended_at IS NULL)", "ended"),
        # At most one live session per account.
        Index(
            "uq_sessions_live_account",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)  # ログイン日時
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    ending: Mapped[Ending | None] = mapped_column(code_column(Ending))
    address: Mapped[str] = mapped_column(String(45), default="")
    # The certificate it was opened with; any other with the same cookie is refused.
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("client_certificates.id"))

    account: Mapped["Account"] = relationship(lazy="joined", innerjoin=True)
