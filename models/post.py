"""掲載 (ニュース): an offer of a plant, or a wish for one (発電設備等の情報掲示板利用マニュアル 3章)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from domain import clock
from domain.posts import Area, Side
from domain.review import POST, ReviewState, states_of
from domain.text import LONGEST_FOLD, fold_search
from models.base import UtcDateTime, code_column, db, one_of
from models.member import Member

TITLE_LENGTH = 100  # code points
BODY_LENGTH = 4000
BEGINNING = 80  # characters of the text in a list
COMPANY_LENGTH = 100
CONTACT_LENGTH = 500
REMARKS_LENGTH = 2000


class PostArea(db.Model):
    """④ 電源所在エリア: none, one or several."""

    __tablename__ = "post_areas"
    __table_args__ = (CheckConstraint(one_of("area", Area), "area"), Index("ix_post_areas_area", "area", "post_id"))

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    area: Mapped[Area] = mapped_column(code_column(Area), primary_key=True)


class PostedArea(db.Model):
    """An area something was ever published for, and since when: its tab is shown (BBS-071)."""

    __tablename__ = "posted_areas"
    __table_args__ = (CheckConstraint(one_of("area", Area), "area"),)

    area: Mapped[Area] = mapped_column(code_column(Area), primary_key=True)
    since: Mapped[date]  # the earliest 開始日


class Post(db.Model):
    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint(one_of("state", states_of(POST)), "state"),
        CheckConstraint(one_of("side", Side), "side"),
        CheckConstraint("starts_on <= ends_on", "period"),
        Index("ix_posts_shown", "state", "ends_on", "starts_on"),
        # PostgreSQL has a trigram index on title_folded as well: migration 0004.
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id), index=True)  # whose it is
    state: Mapped[ReviewState] = mapped_column(code_column(ReviewState), default=ReviewState.APPLIED)
    starts_on: Mapped[date]  # 開始日, inclusive
    ends_on: Mapped[date]  # 終了日, inclusive
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    title_folded: Mapped[str] = mapped_column(String(TITLE_LENGTH * LONGEST_FOLD))
    body: Mapped[str] = mapped_column(Text)  # 電源情報: the template, ① to ⑤, as others read it
    side: Mapped[Side] = mapped_column(code_column(Side))  # ①
    company: Mapped[str] = mapped_column(String(COMPANY_LENGTH))  # ②
    contact: Mapped[str] = mapped_column(String(CONTACT_LENGTH))  # ③ name and mail address or telephone
    remarks: Mapped[str] = mapped_column(Text, default="")  # ⑤
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was rejected; printed at the end of 本文 (A27)
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))  # 複製して再申請
    reminded: Mapped[int] = mapped_column(SmallInteger, default=0)  # how often its poster was asked to delete it
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}

    member: Mapped[Member] = relationship(lazy="select")
    area_rows: Mapped[list[PostArea]] = relationship(
        order_by=PostArea.area, cascade="all, delete-orphan", lazy="selectin"
    )

    @validates("title")
    def _fold_title(self, key: str, title: str) -> str:
        self.title_folded = fold_search(title)
        return title

    @property
    def areas(self) -> list[Area]:
        """In the manual's order."""
        chosen = {row.area for row in self.area_rows}
        return [area for area in Area if area in chosen]

    @areas.setter
    def areas(self, areas: list[Area]) -> None:
        self.area_rows = [PostArea(area=area) for area in areas]

    @property
    def review_state(self) -> ReviewState:
        """状態, under the name its words have (terms.STATUS)."""
        return self.state

    @property
    def area_names(self) -> str:
        """東京、関西"""
        return "、".join(area.label for area in self.areas)

    @property
    def beginning(self) -> str:
        """序文: how a list shows the text."""
        text = " ".join(self.body.split())
        return text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"

    @property
    def period(self) -> str:
        """2026/11/20 ~ 2027/11/19"""
        return f"{self.starts_on:%Y/%m/%d} ~ {self.ends_on:%Y/%m/%d}"

    @property
    def is_over(self) -> bool:
        """掲載期間終了"""
        return self.ends_on < clock.today()

    @property
    def label(self) -> str:
        """How the audit trail names this row."""
        return f"{self.id} {self.title}"
