"""What has been done for a day: the key makes two workers harmless."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from domain import clock
from models.base import UtcDateTime, db


class DueWork(db.Model):
    __tablename__ = "due_work"

    work: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)  # Asia/Tokyo
    done_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
