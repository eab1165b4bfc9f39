"""May I, and which rows? The only reader of domain.roles' matrix."""

from typing import Any, Protocol

from sqlalchemy import Select, false

from domain.errors import Forbidden
from domain.roles import Permission, Role, Scope, scope_of
from models.account import Account


class Actor(Protocol):
    """Whoever acts: a signed-in account, or domain.actors.Console."""

    @property
    def id(self) -> Any: ...
    @property
    def login_id(self) -> Any: ...
    @property
    def name(self) -> Any: ...
    @property
    def operator_id(self) -> Any: ...
    @property
    def roles(self) -> frozenset[Role]: ...


def allows(actor: Actor, permission: Permission) -> bool:
    """True if the actor may do this to at least some row; for menus, buttons and screens."""
    return scope_of(actor.roles, permission) is not Scope.NONE


def reaches(actor: Actor, permission: Permission, row: Any) -> bool:
    """True if the actor may do this to `row`.

    A row belongs to an operator by its `operator_id`, to a member by its `member_id`, and an account to itself.
    """
    scope = scope_of(actor.roles, permission)
    if scope is Scope.ALL:
        return True
    if scope is Scope.OPERATOR:
        return actor.operator_id is not None and row.operator_id == actor.operator_id
    return scope is Scope.SELF and actor.id is not None and _owner_of(row) == actor.id


def _owner_of(row: Any) -> Any:
    return row.id if isinstance(row, Account) else getattr(row, "member_id", None)


def require(actor: Actor, permission: Permission, row: Any = None) -> None:
    """Raises Forbidden unless the actor may do this (to `row`, if one is named)."""
    allowed = allows(actor, permission) if row is None else reaches(actor, permission, row)
    if not allowed:
        raise Forbidden()


def restrict(statement: Select[Any], actor: Actor, permission: Permission, model: Any) -> Select[Any]:
    """Limit a SELECT of `model` to the rows the actor reaches."""
    scope = scope_of(actor.roles, permission)
    if scope is Scope.ALL:
        return statement
    if scope is Scope.OPERATOR and actor.operator_id is not None:
        return statement.where(model.operator_id == actor.operator_id)
    if scope is Scope.SELF:
        return statement.where((model.id if issubclass(model, Account) else model.member_id) == actor.id)
    return statement.where(false())
