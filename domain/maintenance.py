"""メンテナンス: 予告前 → 予告中 → 実施中 → 終了, read from the clock; nobody has to switch it."""

from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    PLANNED = "planned"  # nobody is told yet
    ANNOUNCED = "announced"  # the banner
    RUNNING = "running"  # everyone but staff gets メンテナンス画面
    OVER = "over"
    CANCELLED = "cancelled"  # before it began; one that is cancelled while it runs is over


def phase_of(
    announced_from: datetime,
    starts_at: datetime,
    ends_at: datetime | None,
    cancelled_at: datetime | None,
    now: datetime,
) -> Phase:
    """Starts are inclusive, ends exclusive; without an end it runs until somebody ends it."""
    if cancelled_at is not None:
        return Phase.CANCELLED if cancelled_at <= starts_at else Phase.OVER
    if ends_at is not None and ends_at <= now:
        return Phase.OVER
    if starts_at <= now:
        return Phase.RUNNING
    return Phase.ANNOUNCED if announced_from <= now else Phase.PLANNED
