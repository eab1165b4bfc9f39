"""発電設備等の情報掲示板: who has applied for it, and its members (発電設備等の情報掲示板利用マニュアル 2.1)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from domain import clock
from domain.company import company_key
from domain.review import REGISTRATION, ReviewState, states_of
from domain.roles import AccountKind, Role
from domain.text import LONGEST_FOLD, fold_search
from models.account import EMAIL_LENGTH, NAME_LENGTH, Account
from models.base import UtcDateTime, code_column, db, one_of
from models.operator import Operator

COMPANY_LENGTH = 100  # code points
ADDRESS_LENGTH = 100
PHONE_LENGTH = 20
_HOLDS_THE_ID = one_of("state", [ReviewState.APPLIED, ReviewState.IN_REVIEW, ReviewState.APPROVED])


class Registration(db.Model):
    """新規登録: an application for an ID. Approved, it becomes a Member; the row stays and reserves the ID for ever."""

    __tablename__ = "registrations"
    __table_args__ = (
        CheckConstraint(one_of("state", states_of(REGISTRATION)), "state"),
        # The secret of somebody who has not been let in (yet).
        CheckConstraint("password_hash IS NULL OR state IN ('applied', 'in_review')", "password"),
        # An ID is held by one application; a rejected one gives it back (it never was in use).
        Index(
            "uq_registrations_login_key",
            "login_key",
            unique=True,
            sqlite_where=text(_HOLDS_THE_ID),
            postgresql_where=text(_HOLDS_THE_ID),
        ),
        Index("ix_registrations_applied_at", "applied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ReviewState] = mapped_column(code_column(ReviewState), default=ReviewState.APPLIED)
    login_id: Mapped[str] = mapped_column(String(32))  # ID, as typed
    login_key: Mapped[str] = mapped_column(String(80))  # credentials.BOARD.key of it
    password_hash: Mapped[str | None] = mapped_column(String(60))  # until the decision
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))  # メールアドレス
    email_key: Mapped[str] = mapped_column(String(EMAIL_LENGTH), index=True)  # lower case, to find equal ones
    email2: Mapped[str] = mapped_column(String(EMAIL_LENGTH), default="")  # メールアドレス２
    postal_code: Mapped[str] = mapped_column(String(7))
    prefecture: Mapped[str] = mapped_column(String(4))
    address: Mapped[str] = mapped_column(String(ADDRESS_LENGTH))  # 市区町村・番地
    building: Mapped[str] = mapped_column(String(ADDRESS_LENGTH), default="")
    phone: Mapped[str] = mapped_column(String(PHONE_LENGTH))
    fax: Mapped[str] = mapped_column(String(PHONE_LENGTH), default="")
    mobile: Mapped[str] = mapped_column(String(PHONE_LENGTH), default="")
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))  # お名前
    name_key: Mapped[str] = mapped_column(String(NAME_LENGTH * LONGEST_FOLD), index=True)
    kana: Mapped[str] = mapped_column(String(NAME_LENGTH))  # フリガナ
    company: Mapped[str] = mapped_column(String(COMPANY_LENGTH))  # 勤務先会社名
    company_key: Mapped[str] = mapped_column(String(COMPANY_LENGTH * LONGEST_FOLD), index=True)
    company_address: Mapped[str] = mapped_column(String(ADDRESS_LENGTH))  # 勤務先住所; 同上
    company_phone: Mapped[str] = mapped_column(String(PHONE_LENGTH), default="")
    terms_version: Mapped[str] = mapped_column(String(20))  # of the 利用規約 that were agreed to
    mail_flagged: Mapped[bool] = mapped_column(default=False)  # the domain of a carrier or provider: for the reviewer
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @validates("name", "company", "email")
    def _fold(self, key: str, value: str) -> str:
        if key == "name":
            self.name_key = fold_search(value).replace(" ", "")
        elif key == "company":
            self.company_key = company_key(value)
        else:
            self.email_key = value.lower()
        return value

    @property
    def review_state(self) -> ReviewState:
        """状態, under the name its words have (terms.STATUS)."""
        return self.state

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.login_id} {self.company}"


class Member(Account):
    """会員: one person of one company who may use the board."""

    __tablename__ = "members"
    __table_args__ = (  # type: ignore[assignment]
        # 事業者一者に対して、会員IDは一つのみ: of the members not deleted (A22).
        Index(
            "uq_members_market_operator_id_live",
            "market_operator_id",
            unique=True,
            sqlite_where=text("is_live"),
            postgresql_where=text("is_live"),
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey(Registration.id), unique=True)
    # Which 事業者 of the market it is, where the reviewer has said so. Gives no rights there.
    market_operator_id: Mapped[int | None] = mapped_column(ForeignKey(Operator.id))
    is_live: Mapped[bool] = mapped_column(default=True)  # False once deleted

    registration: Mapped[Registration] = relationship(lazy="joined", innerjoin=False)
    market_operator: Mapped[Operator | None] = relationship(lazy="select")

    operator_id = None  # members are no market users

    __mapper_args__ = {"polymorphic_identity": AccountKind.MEMBER, "polymorphic_load": "inline"}

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({Role.MEMBER})

    @property
    def is_frozen(self) -> bool:
        """Locked by five wrong passwords, less than 24 hours ago."""
        return self.is_locked

    @property
    def company(self) -> str:
        return self.registration.company
