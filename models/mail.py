"""送信待ちメール (outbox): written in the transaction of the change it reports, sent by `flask worker`."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain import clock
from models.account import Account
from models.base import UtcDateTime, code_column, db, one_of


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # given up: refused for good, or a day of failures


class OutgoingMail(db.Model):
    """One mail to one address. Rows are kept: メール送信履歴 reads them."""

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        CheckConstraint(one_of("state", MailState), "state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", "sent"),
        Index("ix_outgoing_mails_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(100), unique=True)  # stable over every attempt
    event: Mapped[str] = mapped_column(String(10), index=True)  # the catalogue's id, e.g. USR-REG
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)  # whose address
    about_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))  # the account it tells of
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"), index=True)  # the お知らせ it tells of
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)  # with domain.mails.SECRET_MARK where the secret goes
    secret: Mapped[str | None] = mapped_column(Text)  # encrypted; wiped after sending or expiry
    secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    has_secret: Mapped[bool] = mapped_column(default=False)  # it had one: no 再送
    state: Mapped[MailState] = mapped_column(code_column(MailState), default=MailState.WAITING)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)  # not before
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a worker has it in hand
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    about: Mapped[Account | None] = relationship(foreign_keys=about_id)

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.event} {self.recipient}"
