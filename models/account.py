"""アカウント: whoever can sign in, whatever the kind. One credential engine serves them all."""

from datetime import date, datetime

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from domain import clock
from domain.credentials import POLICY_OF_KIND
from domain.roles import SITE_OF_KIND, AccountKind, Role, Site
from domain.text import LONGEST_FOLD, fold_search
from models.base import UtcDateTime, code_column, db, one_of
from models.sign_in import SignInCounter, SignInSession

NO_END_DATE = date(9999, 12, 31)  # 適用終了日 of somebody with no planned end (#020 3章④)
NAME_LENGTH = 50  # code points
EMAIL_LENGTH = 254


class Account(UserMixin, db.Model):
    """One person who can sign in. Rows are never removed: deletion sets `deleted_at` (D7)."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(one_of("kind", AccountKind), "kind"),
        CheckConstraint("valid_from <= valid_to", "valid_period"),
        UniqueConstraint("login_key", "kind"),
        Index("ix_accounts_name_folded", "name_folded"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AccountKind] = mapped_column(code_column(AccountKind))
    login_id: Mapped[str] = mapped_column(String(32))  # ユーザID as it is shown
    login_key: Mapped[str] = mapped_column(String(80))  # its normal form; never reused
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))  # ユーザ名, as typed
    name_folded: Mapped[str] = mapped_column(String(NAME_LENGTH * LONGEST_FOLD))  # what a search compares
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))  # メールアドレス
    password_hash: Mapped[str] = mapped_column(String(60))
    temporary_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # set: 仮パスワード, exclusive end
    enabled: Mapped[bool] = mapped_column(default=True)  # 有効/無効
    valid_from: Mapped[date]  # 適用開始日, inclusive
    valid_to: Mapped[date] = mapped_column(default=NO_END_DATE)  # 適用終了日, inclusive
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # 削除状態
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)

    # An ID of the board is never shaped like one of the market: the key alone tells the entrance.
    counter: Mapped[SignInCounter | None] = relationship(
        primaryjoin="foreign(Account.login_key) == SignInCounter.login_key",
        viewonly=True,
        uselist=False,
        lazy="select",
    )

    live_session: Mapped[SignInSession | None] = relationship(
        primaryjoin="and_(Account.id == foreign(SignInSession.account_id), SignInSession.ended_at.is_(None))",
        viewonly=True,
        uselist=False,
    )

    __mapper_args__ = {
        "polymorphic_on": kind,
        "polymorphic_abstract": True,
        "version_id_col": version,
        "with_polymorphic": "*",
    }

    @validates("name")
    def _fold_name(self, key: str, name: str) -> str:
        self.name_folded = fold_search(name)
        return name

    @property
    def roles(self) -> frozenset[Role]:
        """権限区分 held; what `services.access` asks the matrix about."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.login_id} {self.name}"

    @property
    def site(self) -> Site:
        return SITE_OF_KIND[self.kind]

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_locked(self) -> bool:
        return self.counter is not None and POLICY_OF_KIND[self.kind].is_in_force(self.counter.locked_at)

    @property
    def is_signed_in(self) -> bool:
        return self.live_session is not None

    @property
    def must_change_password(self) -> bool:
        return self.temporary_until is not None

    @property
    def is_shut_out(self) -> bool:
        """Deleted, 無効 or outside 適用開始日–適用終了日 today (COM-024)."""
        day = clock.today()
        return self.is_deleted or not self.enabled or not self.valid_from <= day <= self.valid_to

    @classmethod
    def is_active_on(cls, day: date) -> ColumnElement[bool]:
        """SQL of: not deleted, 有効, and inside the period on `day`."""
        return and_(cls.deleted_at.is_(None), cls.enabled, cls.valid_from <= day, cls.valid_to >= day)

    @property
    def temporary_expired(self) -> bool:
        return self.temporary_until is not None and clock.now() >= self.temporary_until


class PasswordGeneration(db.Model):
    """A password once set for an account, temporary ones too; the newest is the current one."""

    __tablename__ = "password_generations"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    password_hash: Mapped[str] = mapped_column(String(60))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
