"""メンテナンス: when everyone but staff gets the メンテナンス画面 (#010 7章(2))."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import clock
from domain.maintenance import Phase, phase_of
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
    # Planned end, exclusive; None: not known yet (flask maintenance on without --until).
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    text: Mapped[str] = mapped_column(String(TEXT_LENGTH), default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @property
    def phase(self) -> Phase:
        """状態, now."""
        return phase_of(self.announced_from, self.starts_at, self.ends_at, self.cancelled_at, clock.now())

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.OVER, Phase.CANCELLED)

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.starts_at.astimezone(clock.TOKYO):%Y/%m/%d %H:%M}"
