"""実行 is done once: the ticket a confirm screen carries is used up by the first (R-050)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import clock
from models.account import Account
from models.base import UtcDateTime, db

TICKET_LENGTH = 22  # characters: 128 bit, URL-safe base64


class Ticket(db.Model):
    """A used ticket, and what its 完了画面 says. Written in the transaction of the change."""

    __tablename__ = "tickets"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(TICKET_LENGTH), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    done: Mapped[dict[str, Any]] = mapped_column(JSON)
