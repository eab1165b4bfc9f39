"""事業者: the operators of the market."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import DomainError
from domain.roles import Permission
from domain.text import fold_code, fold_search
from models.operator import Operator
from services import access, audit
from services.access import Actor


def visible(actor: Actor) -> Select[Operator]:
    return access.restrict(select(Operator), actor, Permission.OPERATOR_SEARCH, Operator)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Operator]:
    """事業者一覧. The code matches from the start, the name anywhere; empty ones are ignored."""
    rows = visible(actor)
    if text := criteria.get("code"):
        rows = rows.where(Operator.code.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        rows = rows.where(Operator.name_folded.contains(fold_search(text), autoescape=True))
    return rows


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Operator:
    """事業者の登録. Raises DomainError: error.C03.00001, error.O01.00001."""
    access.require(actor, Permission.OPERATOR_REGISTER)
    operator = Operator(**data)
    if session.scalar(select(Operator.id).where(Operator.code == operator.code)) is not None:
        raise DomainError("error.O01.00001", field="code", code=operator.code)
    session.add(operator)
    changes = audit.changes_of(operator)
    try:
        session.flush()
    except IntegrityError as error:  # somebody was faster
        raise DomainError("error.O01.00001", field="code", code=data["code"]) from error
    audit.record(session, actor, Permission.OPERATOR_REGISTER, operator, changes=changes)
    return operator


def change(session: Session, actor: Actor, operator: Operator, data: Mapping[str, Any]) -> None:
    """事業者の変更: the name only; the code is what everything else refers to.

    Raises DomainError: error.C03.00001.
    """
    access.require(actor, Permission.OPERATOR_CHANGE, operator)
    operator.name = data["name"]
    changes = audit.changes_of(operator)
    audit.record(session, actor, Permission.OPERATOR_CHANGE, operator, changes=changes)
