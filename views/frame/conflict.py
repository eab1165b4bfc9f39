"""Edit conflicts: somebody else saved first (R-088)."""

from typing import Any

from flask import abort
from sqlalchemy import inspect

from domain.errors import DomainError
from services import audit
from views.frame import labels
from views.transaction import transaction


def told(row: Any) -> DomainError:
    """Who changed `row` and when, after reading it anew. 404 if somebody has removed it."""
    with transaction() as s:
        if s.get(type(row), inspect(row).identity, populate_existing=True) is None:
            abort(404)
        last = audit.last_change(s, row)
        who = last.actor_name if last else ""
        when = labels.instant(None, last.at if last else row.updated_at)
    return DomainError("error.C01.00002", who=who, when=when)
