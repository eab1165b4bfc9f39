"""Rows of the small tables staff keep (定型文, 休業日, メールドメイン): written, changed and really removed.

Permission, audit record and what a unique index refuses, the same for each; the rules are the tables' own.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import DomainError
from domain.roles import Permission
from services import access, audit
from services.access import Actor


def add(session: Session, actor: Actor, permission: Permission, row: Any, taken: DomainError | None = None) -> None:
    """Raises DomainError: error.C03.00001; `taken` if somebody was faster with the same."""
    access.require(actor, permission)
    session.add(row)
    changes = audit.changes_of(row)
    _flush(session, taken)
    audit.record(session, actor, permission, row, changes=changes)


def rewrite(
    session: Session,
    actor: Actor,
    permission: Permission,
    row: Any,
    values: Mapping[str, Any],
    taken: DomainError | None = None,
) -> None:
    """values: column -> what it becomes. Raises as `add`."""
    access.require(actor, permission, row)
    for name, value in values.items():
        setattr(row, name, value)
    changes = audit.changes_of(row)
    _flush(session, taken)
    audit.record(session, actor, permission, row, changes=changes)


def remove(session: Session, actor: Actor, permission: Permission, row: Any) -> None:
    """Raises DomainError: error.C03.00001. 操作履歴 keeps what it was."""
    access.require(actor, permission, row)
    audit.record(session, actor, permission, row, changes=audit.last_of(row))
    session.delete(row)
    session.flush()


def _flush(session: Session, taken: DomainError | None) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise taken or error from error
