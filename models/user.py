"""ユーザ: a market user of an operator (#020 ユーザ情報管理)."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.roles import SLOTS, USER_ROLES, AccountKind, Role
from models.account import Account
from models.base import code_column, one_of
from models.operator import Operator

DEPARTMENT_LENGTH = 100  # code points
_SLOT_RULE = " OR ".join(f"(role = '{role.value}' AND slot BETWEEN 1 AND {places})" for role, places in SLOTS.items())


class User(Account):
    __tablename__ = "users"
    __table_args__ = (  # type: ignore[assignment]
        CheckConstraint(one_of("role", USER_ROLES), "role"),
        CheckConstraint(f"slot IS NULL OR {_SLOT_RULE}", "slot"),
        # The race for the last place is decided here (D8). Deleted users give their place back.
        Index(
            "uq_users_operator_id_role_slot",
            "operator_id",
            "role",
            "slot",
            unique=True,
            sqlite_where=text("slot IS NOT NULL"),
            postgresql_where=text("slot IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey(Operator.id), index=True)
    role: Mapped[Role] = mapped_column(code_column(Role))  # 権限区分
    slot: Mapped[int | None] = mapped_column(SmallInteger)  # 1–2 管理者, 1–8 一般, NULL: deleted
    department: Mapped[str] = mapped_column(String(DEPARTMENT_LENGTH))  # 所属部署
    phone: Mapped[str] = mapped_column(String(20), default="")  # 電話番号

    operator: Mapped[Operator] = relationship(lazy="joined", innerjoin=False)

    __mapper_args__ = {"polymorphic_identity": AccountKind.USER, "polymorphic_load": "inline"}

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({self.role})

    @property
    def is_shut_out(self) -> bool:
        """Also when the operator has left the market."""
        return super().is_shut_out or self.operator.is_withdrawn

    @property
    def is_admin(self) -> bool:
        """登録作業者(管理者)"""
        return self.role.is_operator_admin

    @property
    def is_live_admin(self) -> bool:
        return self.is_admin and not self.is_deleted
