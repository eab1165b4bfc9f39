"""事業者 (operator master)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, synonym, validates

from domain import clock
from domain.text import LONGEST_FOLD, fold_search
from models.base import UtcDateTime, db

CODE_LENGTH = 4
NAME_LENGTH = 100  # code points


class Operator(db.Model):
    __tablename__ = "operators"
    __table_args__ = (CheckConstraint(f"length(code) = {CODE_LENGTH}", "code_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)  # 事業者コード
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))  # 参加登録申請者名
    name_folded: Mapped[str] = mapped_column(String(NAME_LENGTH * LONGEST_FOLD))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    operator_id = synonym("id")  # the operator this row belongs to: itself

    @validates("name")
    def _fold_name(self, key: str, name: str) -> str:
        self.name_folded = fold_search(name)
        return name

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.code} {self.name}"
