"""職員: staff of 広域機関. Their rights are a set, so that duties can be separated."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from domain.roles import STAFF_ROLES, AccountKind, Role
from models.account import Account
from models.base import CodeSet, one_of


class Staff(Account):
    __tablename__ = "staff"
    __table_args__ = (  # type: ignore[assignment]
        # Every non-empty set of today's two rights; 1, 4 and 5 are reserved.
        CheckConstraint(one_of("rights", [*STAFF_ROLES, ",".join(STAFF_ROLES)]), "rights"),
    )

    id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    rights: Mapped[frozenset[Role]] = mapped_column(CodeSet(Role, 9))  # 権限区分

    operator_id = None  # staff belong to no operator

    __mapper_args__ = {"polymorphic_identity": AccountKind.STAFF, "polymorphic_load": "inline"}

    @property
    def roles(self) -> frozenset[Role]:
        return self.rights
