"""操作履歴. Written in the transaction of the change it describes; triggers refuse UPDATE and DELETE."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import clock
from models.base import UtcDateTime, db, one_of

RESULTS = ("ok", "refused")


class AuditEntry(db.Model):
    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(one_of("result", RESULTS), "result"),
        Index("ix_audit_entries_target", "target_table", "target_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    # Who, as they were called then; no account for the system and for unknown IDs.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    actor_login_id: Mapped[str] = mapped_column(String(32), default="")
    actor_name: Mapped[str] = mapped_column(String(50), default="")
    event: Mapped[str] = mapped_column(String(40), index=True)  # a key of terms.EVENTS
    result: Mapped[str] = mapped_column(String(10), default="ok")
    target_table: Mapped[str] = mapped_column(String(40), default="")
    target_id: Mapped[int | None]
    target: Mapped[str] = mapped_column(String(200), default="")  # as the row was called then
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # field -> [before, after]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(45), default="")
    request_no: Mapped[str] = mapped_column(String(32), default="")
