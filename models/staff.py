"""職員: staff of 広域機関. Their rights are a set, so that duties can be separated."""

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from domain.roles import STAFF_ROLES, AccountKind, Role
from models.account import Account
from models.base import one_of


class RoleSet(TypeDecorator[frozenset[Role]]):
    """A set of 権限区分, stored as its codes in order: "2,3"."""

    impl = String(9)
    cache_ok = True

    def process_bind_param(self, value: Iterable[Role] | None, dialect: Dialect) -> str | None:
        return None if value is None else ",".join(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[Role] | None:
        return None if value is None else frozenset(Role(code) for code in value.split(","))


class Staff(Account):
    __tablename__ = "staff"
    __table_args__ = (  # type: ignore[assignment]
        # Every non-empty set of today's two rights; 1, 4 and 5 are reserved.
        CheckConstraint(one_of("rights", [*STAFF_ROLES, ",".join(STAFF_ROLES)]), "rights"),
    )

    id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    rights: Mapped[frozenset[Role]] = mapped_column(RoleSet)  # 権限区分

    operator_id = None  # staff belong to no operator

    __mapper_args__ = {"polymorphic_identity": AccountKind.STAFF, "polymorphic_load": "inline"}

    @property
    def roles(self) -> frozenset[Role]:
        return self.rights
