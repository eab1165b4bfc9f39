"""事業者 (operator master)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym, validates

from domain import clock
from domain.operators import LICENCES, Participation
from domain.text import LONGEST_FOLD, fold_search
from models.base import CodeSet, UtcDateTime, db, one_of

CODE_LENGTH = 4
NAME_LENGTH = 100  # code points
SHORT_NAME_LENGTH = 10
ADDRESS_LENGTH = 200
MOST_RECIPIENTS = 5


class OperatorRecipient(db.Model):
    """担当者情報: one of the people who get the market's mails (#020 2章※2)."""

    __tablename__ = "operator_recipients"
    __table_args__ = (CheckConstraint(f"place BETWEEN 1 AND {MOST_RECIPIENTS}", "place"),)

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(254))


class Operator(db.Model):
    __tablename__ = "operators"
    __table_args__ = (
        CheckConstraint(f"length(code) = {CODE_LENGTH}", "code_length"),
        CheckConstraint("area = '' OR length(area) = 1", "area"),
        CheckConstraint("licence = '' OR " + one_of("licence", LICENCES), "licence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)  # 事業者コード
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))  # 参加登録申請者名
    name_folded: Mapped[str] = mapped_column(String(NAME_LENGTH * LONGEST_FOLD))
    area: Mapped[str] = mapped_column(String(1), default="", server_default="")  # エリアコード: the fifth digit (A31)
    short_name: Mapped[str] = mapped_column(String(SHORT_NAME_LENGTH), default="", server_default="")  # 事業者名略称
    licence: Mapped[str] = mapped_column(String(20), default="", server_default="")  # ライセンス区分
    # 参加区分
    participation: Mapped[frozenset[Participation]] = mapped_column(
        CodeSet(Participation, 11), default=frozenset, server_default=""
    )
    postal_code: Mapped[str] = mapped_column(String(7), default="", server_default="")
    address: Mapped[str] = mapped_column(String(ADDRESS_LENGTH), default="", server_default="")
    contact_department: Mapped[str] = mapped_column(String(100), default="", server_default="")  # 連絡者
    contact_name: Mapped[str] = mapped_column(String(50), default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="", server_default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # 退出: nobody of it may sign in
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    operator_id = synonym("id")  # the operator this row belongs to: itself

    recipients: Mapped[list[OperatorRecipient]] = relationship(
        order_by=OperatorRecipient.place, cascade="all, delete-orphan"
    )

    @validates("name")
    def _fold_name(self, key: str, name: str) -> str:
        self.name_folded = fold_search(name)
        return name

    @property
    def long_code(self) -> str:
        """The 5-digit form: code and area digit; empty without one."""
        return self.code + self.area if self.area else ""

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.code} {self.name}"
