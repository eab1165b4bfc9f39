"""メンテナンス: when everyone but staff gets the メンテナンス画面 (#010 7章(2))."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import clock
from models.base import UtcDateTime, db

TEXT_LENGTH = 500


class Maintenance(db.Model):
    __tablename__ = "maintenance"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", "period"),
        CheckConstraint("announced_from <= starts_at", "announced"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announced_from: Mapped[datetime] = mapped_column(UtcDateTime)  # the banner appears
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # planned end, exclusive
    text: Mapped[str] = mapped_column(String(TEXT_LENGTH), default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.starts_at.astimezone(clock.TOKYO):%Y/%m/%d %H:%M}"
