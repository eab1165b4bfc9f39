"""クライアント証明書: which certificate may connect for whom (#010 1章, 3章(2)②; COM-022, COM-023)."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain import clock
from domain.certificates import LONGEST_ISSUER, LONGEST_SERIAL
from models.base import UtcDateTime, db
from models.operator import Operator

ISSUER_LENGTH = LONGEST_ISSUER
SERIAL_LENGTH = LONGEST_SERIAL
SOON = timedelta(days=30)  # 期限間近
MARKET_OPERATOR = "広域機関"
NOTE_LENGTH = 100


class ClientCertificate(db.Model):
    """A registered certificate: issuer and serial number name it, worldwide."""

    __tablename__ = "client_certificates"
    __table_args__ = (
        CheckConstraint("valid_from < valid_to", "period"),
        # One live registration per certificate; a withdrawn one may be registered again.
        Index(
            "uq_client_certificates_live",
            "issuer",
            "serial",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int | None] = mapped_column(ForeignKey(Operator.id), index=True)  # None: 広域機関
    issuer: Mapped[str] = mapped_column(String(ISSUER_LENGTH))  # 発行者, domain.certificates.normal_issuer
    serial: Mapped[str] = mapped_column(String(SERIAL_LENGTH))  # シリアル番号, domain.certificates.normal_serial
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime] = mapped_column(UtcDateTime)  # 有効期間の終了
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    operator: Mapped[Operator | None] = relationship(lazy="joined")

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.serial} {self.owner}"

    @property
    def owner(self) -> str:
        """Whose people connect with it."""
        return self.operator.name if self.operator else MARKET_OPERATOR

    @property
    def is_in_period(self) -> bool:
        return self.valid_from <= clock.now() < self.valid_to

    @property
    def certificate_state(self) -> str:
        """Key of terms.STATUS."""
        now = clock.now()
        if self.withdrawn_at is not None:
            return "withdrawn"
        if now >= self.valid_to:
            return "expired"
        if now < self.valid_from:
            return "early"
        return "expiring" if self.valid_to - now <= SOON else "valid"


class UnregisteredCertificate(db.Model):
    """未登録証明書: presented at a sign-in but registered for nobody; forgotten after 30 days."""

    __tablename__ = "unregistered_certificates"
    __table_args__ = (Index("uq_unregistered_certificates", "issuer", "serial", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(ISSUER_LENGTH))
    serial: Mapped[str] = mapped_column(String(SERIAL_LENGTH))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)  # last
    times: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return self.serial
