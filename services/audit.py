"""操作履歴: recording who did what, and reading it back. Called by services, never by events."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Select, Text, cast, inspect, or_, select
from sqlalchemy.orm import Session, object_session

from domain import clock
from domain.actors import Origin
from domain.roles import Permission
from domain.text import fold_code, fold_search
from models.audit import AuditEntry
from services import access
from services.access import Actor

# Never written down: secrets, and what only repeats another column.
_LEFT_OUT = {
    "password_hash",
    "token_hash",
    "version",
    "name_folded",
    "title_folded",
    "login_key",
    "name_key",
    "company_key",
    "email_key",
    "updated_at",
    "created_at",
    "slot",
}


def record(
    session: Session,
    actor: Actor | None,
    event: str,
    target: Any = None,
    *,
    result: str = "ok",
    changes: Mapping[str, list[Any]] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one 操作履歴 row to the current transaction.

    actor:   None is the system itself (a lock, a time-out).
    event:   a key of terms.EVENTS.
    target:  the row it happened to; anything with an `id`, a table and a `label`.
    changes: field -> [before, after], from `changes_of`. No secrets.
    detail:  further facts, JSON. No secrets either.
    """
    origin: Origin = session.info.get("origin", Origin())
    entry = AuditEntry(
        actor_id=actor.id if actor else None,
        actor_login_id=actor.login_id if actor else "",
        actor_name=actor.name if actor else "システム",
        event=event,
        result=result,
        target_table=_table_of(target),
        target_id=target.id if target is not None else None,
        target=target.label[:200] if target is not None else "",
        changes=dict(changes or {}),
        detail=dict(detail or {}),
        address=origin.address,
        request_no=origin.request_no,
    )
    session.add(entry)
    return entry


def changes_of(row: Any) -> dict[str, list[Any]]:
    """field -> [before, after] of everything not yet flushed on `row`; secrets left out."""
    found = {}
    state = inspect(row)
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if column.key in _LEFT_OUT or not history.has_changes():
            continue
        if history.deleted or not state.persistent:
            before = history.deleted[0] if history.deleted else None
        else:  # overwritten before it was read
            before = _stored(row, column.key)
        after = history.added[0] if history.added else None
        if before != after:
            found[column.key] = [_plain(before), _plain(after)]
    return found


def last_of(row: Any) -> dict[str, list[Any]]:
    """field -> [what it was, None] of a row that is about to be removed; secrets left out."""
    fields = [column.key for column in inspect(row).mapper.column_attrs if column.key not in _LEFT_OUT]
    return {field: [_plain(getattr(row, field)), None] for field in fields}


def _stored(row: Any, field: str) -> Any:
    """What the table holds, before `row` is flushed."""
    session = object_session(row)
    assert session is not None
    with session.no_autoflush:
        return session.scalar(select(getattr(type(row), field)).where(type(row).id == row.id))


def _plain(value: Any) -> Any:
    """As JSON keeps it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(v) for v in value)
    return value


def _table_of(target: Any) -> str:
    return "" if target is None else str(inspect(target).mapper.base_mapper.local_table.name)


def last_change(session: Session, row: Any) -> AuditEntry | None:
    """Who changed `row` last, for the message about an edit conflict; a sign-in changes nothing."""
    return session.scalar(
        select(AuditEntry)
        .where(AuditEntry.target_table == _table_of(row), AuditEntry.target_id == row.id)
        .where(cast(AuditEntry.changes, Text) != "{}")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def history_of(session: Session, row: Any, most: int = 50) -> list[AuditEntry]:
    """履歴 of one row, newest first: what was done to it; sign-ins and sessions are not part of it."""
    return list(
        session.scalars(
            select(AuditEntry)
            .where(
                AuditEntry.target_table == _table_of(row),
                AuditEntry.target_id == row.id,
                AuditEntry.result == "ok",
                AuditEntry.event.not_like("sign_in:%"),
                AuditEntry.event.not_like("session:%"),
            )
            .order_by(AuditEntry.id.desc())
            .limit(most)
        )
    )


def visible(actor: Actor) -> Select[AuditEntry]:
    return access.restrict(select(AuditEntry), actor, Permission.AUDIT_SEARCH, AuditEntry)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[AuditEntry]:
    """操作履歴一覧. Days are inclusive Asia/Tokyo days; texts match anywhere; IDs from the start."""
    rows = visible(actor)
    if day := criteria.get("day_from"):
        rows = rows.where(AuditEntry.at >= clock.start_of(day))
    if day := criteria.get("day_to"):
        end = clock.start_of(day + timedelta(days=1)) if day < date.max else None
        rows = rows.where(AuditEntry.at < end) if end else rows
    if text := criteria.get("actor_login_id"):
        rows = rows.where(AuditEntry.actor_login_id.startswith(fold_code(text), autoescape=True))
    if events := criteria.get("event"):
        rows = rows.where(AuditEntry.event == events)
    if text := criteria.get("target"):
        # Kept as the row was called then, not folded: what the screen shows must find it as well.
        spellings = {text.strip(), fold_search(text)}
        rows = rows.where(or_(*(AuditEntry.target.icontains(s, autoescape=True) for s in spellings)))
    if text := criteria.get("request_no"):
        rows = rows.where(AuditEntry.request_no == fold_code(text).lower())
    return rows
