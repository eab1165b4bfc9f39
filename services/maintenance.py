"""メンテナンス (#010 7章(2), COM-081): scheduling it, switching it at once, and asking whether one runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from domain import clock
from domain.errors import DomainError
from domain.maintenance import Phase
from domain.roles import Permission
from models.maintenance import Maintenance
from services import access, audit
from services.access import Actor

ENDLESS = 3600  # seconds a client is told to wait where the end is not known


@dataclass(frozen=True)
class Current:
    """What everybody is told now; plain values, so that error screens can show it without a query."""

    starts_at: datetime
    ends_at: datetime | None
    text: str
    asked_at: datetime

    @property
    def is_running(self) -> bool:
        return self.starts_at <= self.asked_at

    @property
    def seconds_left(self) -> int:
        """Until the planned end, for Retry-After; at least one."""
        if self.ends_at is None:
            return ENDLESS
        return max(1, ceil((self.ends_at - self.asked_at).total_seconds()))


def current(session: Session) -> Current | None:
    """The one that runs or is announced now, in one query of columns, never kept: a switch holds at once.

    Of several that run the one that ends last counts; before that the announced one that begins first.
    """
    now = clock.now()
    rows = session.execute(
        select(Maintenance.starts_at, Maintenance.ends_at, Maintenance.text).where(
            Maintenance.cancelled_at.is_(None),
            Maintenance.announced_from <= now,
            or_(Maintenance.ends_at.is_(None), Maintenance.ends_at > now),
        )
    )
    found = [Current(*row, asked_at=now) for row in rows]
    running = [c for c in found if c.is_running]
    if running:
        return max(running, key=lambda c: (c.ends_at is None, c.ends_at or now))
    return min(found, key=lambda c: c.starts_at, default=None)


def visible(actor: Actor) -> Select[Maintenance]:
    return access.restrict(select(Maintenance), actor, Permission.MAINTENANCE_SEARCH, Maintenance)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Maintenance]:
    """メンテナンス一覧. Days are inclusive Asia/Tokyo days of 開始日時; the text matches anywhere."""
    rows = visible(actor)
    if day := criteria.get("day_from"):
        rows = rows.where(Maintenance.starts_at >= clock.start_of(day))
    if (day := criteria.get("day_to")) and day.year < 9999:
        rows = rows.where(Maintenance.starts_at < clock.start_of(day + timedelta(days=1)))
    if text := criteria.get("text"):
        rows = rows.where(Maintenance.text.icontains(text, autoescape=True))
    return rows


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Maintenance:
    """メンテナンスの登録. Periods may overlap: one more must always be possible in an emergency.

    Raises DomainError: error.C03.00001, error.W01.00001.
    """
    access.require(actor, Permission.MAINTENANCE_REGISTER)
    _end_must_come(data["ends_at"])
    row = Maintenance(**data)
    session.add(row)
    changes = audit.changes_of(row)
    session.flush()
    audit.record(session, actor, Permission.MAINTENANCE_REGISTER, row, changes=changes)
    return row


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> None:
    access.require(actor, Permission.MAINTENANCE_REGISTER)
    _end_must_come(data["ends_at"])


def change(session: Session, actor: Actor, row: Maintenance, data: Mapping[str, Any]) -> None:
    """メンテナンスの変更. Raises DomainError: error.C03.00001, error.W01.00001, 00002, 00005."""
    check_change(session, actor, row, data)
    for name in (
        ("ends_at", "text") if row.phase is Phase.RUNNING else ("announced_from", "starts_at", "ends_at", "text")
    ):
        setattr(row, name, data[name])
    audit.record(session, actor, Permission.MAINTENANCE_CHANGE, row, changes=audit.changes_of(row))


def check_change(session: Session, actor: Actor, row: Maintenance, data: Mapping[str, Any] | None) -> None:
    """What `change` would refuse; without `data`, what no data could mend."""
    access.require(actor, Permission.MAINTENANCE_CHANGE, row)
    if row.is_over:
        raise DomainError("error.W01.00002")
    if data is None:
        return
    _end_must_come(data["ends_at"])
    if row.phase is Phase.RUNNING:
        for name in ("announced_from", "starts_at"):
            # The screen shows minutes; `flask maintenance on` begins in the middle of one.
            if data[name].replace(second=0, microsecond=0) != getattr(row, name).replace(second=0, microsecond=0):
                raise DomainError("error.W01.00005", field=name)


def cancel(session: Session, actor: Actor, row: Maintenance) -> None:
    """メンテナンスの取消: one that runs ends at once. Raises DomainError: error.C03.00001, error.W01.00003."""
    access.require(actor, Permission.MAINTENANCE_CANCEL, row)
    if row.is_over:
        raise DomainError("error.W01.00003")
    row.cancelled_at = clock.now()
    audit.record(session, actor, Permission.MAINTENANCE_CANCEL, row, changes=audit.changes_of(row))


def begin(session: Session, actor: Actor, ends_at: datetime | None, text: str) -> Maintenance:
    """flask maintenance on: from this moment. Raises DomainError: error.C03.00001, error.W01.00001."""
    now = clock.now()
    return register(session, actor, {"announced_from": now, "starts_at": now, "ends_at": ends_at, "text": text})


def end_running(session: Session, actor: Actor) -> int:
    """flask maintenance off: ends all that run; how many. Raises DomainError: error.C03.00001, error.W01.00004."""
    access.require(actor, Permission.MAINTENANCE_CANCEL)
    rows = session.scalars(
        select(Maintenance).where(Maintenance.cancelled_at.is_(None), Maintenance.starts_at <= clock.now())
    )
    running = [row for row in rows if row.phase is Phase.RUNNING]
    if not running:
        raise DomainError("error.W01.00004")
    for row in running:
        cancel(session, actor, row)
    return len(running)


def _end_must_come(ends_at: datetime | None) -> None:
    if ends_at is not None and ends_at <= clock.now():
        raise DomainError("error.W01.00001", field="ends_at")
