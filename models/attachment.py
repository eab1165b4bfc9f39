"""添付ファイル: one component for every kind of record. The bytes stand in chunks beside the row."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import clock
from models.account import Account
from models.base import UtcDateTime, db

NAME_LENGTH = 255  # code points
CHUNK = 256 * 1024  # bytes


class Attachment(db.Model):
    """A file. Until its record is saved it belongs to whoever uploaded it, and expires."""

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint("(record_id IS NULL) = (expires_at IS NOT NULL)", "attached_or_expires"),
        CheckConstraint("(record_id IS NULL) = (place IS NULL)", "attached_with_place"),
        Index("uq_attachments_record", "record_table", "record_id", "place", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(43), unique=True)  # random, in addresses: nobody counts files
    record_table: Mapped[str] = mapped_column(String(40))  # the kind of record it is, or will be, attached to
    record_id: Mapped[int | None]
    place: Mapped[int | None] = mapped_column(SmallInteger)  # No. in 添付ファイル一覧, from 1
    uploader_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    file_name: Mapped[str] = mapped_column(String(NAME_LENGTH))  # as it was on the uploader's machine
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return self.file_name


class AttachmentChunk(db.Model):
    __tablename__ = "attachment_chunks"

    attachment_id: Mapped[int] = mapped_column(ForeignKey(Attachment.id, ondelete="CASCADE"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
