"""ユーザ情報管理 (#020)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from domain.roles import Permission
from domain.text import fold_code, fold_search
from models.operator import Operator
from models.user import User
from services import access
from services.access import Actor


def visible(actor: Actor) -> Select[User]:
    """Every user the actor may look at, deleted ones too."""
    return access.restrict(select(User), actor, Permission.USER_SEARCH, User)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[User]:
    """ユーザ情報一覧 (3章②③). Codes and IDs match from the start, names anywhere; empty ones are ignored."""
    rows = visible(actor)
    if text := criteria.get("operator_code"):
        rows = rows.where(User.operator.has(Operator.code.startswith(fold_code(text), autoescape=True)))
    if text := criteria.get("login_id"):
        rows = rows.where(User.login_key.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        rows = rows.where(User.name_folded.contains(fold_search(text), autoescape=True))
    if enabled := criteria.get("enabled"):
        rows = rows.where(User.enabled.in_([value == "1" for value in enabled]))
    if not criteria.get("with_deleted"):
        rows = rows.where(User.deleted_at.is_(None))
    return rows
