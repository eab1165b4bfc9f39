"""Finding 掲載: area tabs, 検索条件, the overview of open offers (発電設備等の情報掲示板利用マニュアル 4.1②)."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from domain import clock
from domain.posts import Area, Side
from domain.review import ReviewState
from domain.text import fold_code, fold_search
from models.account import Account
from models.member import Member
from models.post import Post, PostArea, PostedArea
from services import posts
from services.access import Actor
from services.post_expiry import CLEANED_AFTER, REMINDERS

NEWEST = 5  # on 掲示板ホーム画面


class Offers(NamedTuple):
    """Open offers and wishes of one area; area None: エリア指定なし."""

    area: Area | None
    sell: int
    buy: int

    @property
    def name(self) -> str:
        return self.area.label if self.area else "エリア指定なし"


def tabs(session: Session) -> list[Area]:
    """Areas something was ever shown for (BBS-071); All stands before them always."""
    found = set(session.scalars(select(PostedArea.area).where(PostedArea.since <= clock.today())))
    return [area for area in Area if area in found]


def browse(actor: Actor, criteria: Mapping[str, Any]) -> Select[Post]:
    """発電設備等の情報: the title anywhere (width, case and kana width do not matter), periods that overlap (A26),
    ended ones only on request (A25)."""
    rows = posts.readable(actor)
    if not criteria.get("with_ended"):
        rows = rows.where(Post.ends_on >= clock.today())
    return _narrowed(rows, criteria)


def find_own(actor: Actor, criteria: Mapping[str, Any]) -> Select[Post]:
    """MYニュース has no conditions."""
    return posts.own(actor)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Post]:
    """掲載情報 of staff."""
    rows = _narrowed(posts.visible(actor).options(joinedload(Post.member)), criteria)
    if text := criteria.get("login_id"):
        found = select(Account.id).where(Account.login_key.startswith(fold_code(text), autoescape=True))
        rows = rows.where(Post.member_id.in_(found.where(Account.id.in_(select(Member.id)))))
    if states := criteria.get("review_state"):
        rows = rows.where(Post.state.in_([ReviewState(state) for state in states]))
    if phase := criteria.get("phase"):
        rows = rows.where(*_PHASES[phase](clock.today()))
    return rows


def _narrowed(rows: Select[Post], criteria: Mapping[str, Any]) -> Select[Post]:
    if area := criteria.get("area"):
        rows = rows.where(Post.id.in_(select(PostArea.post_id).where(PostArea.area == Area(area))))
    if text := criteria.get("title"):
        rows = rows.where(Post.title_folded.contains(fold_search(text), autoescape=True))
    if day := criteria.get("starts_on"):
        rows = rows.where(Post.ends_on >= day)
    if day := criteria.get("ends_on"):
        rows = rows.where(Post.starts_on <= day)
    return rows


# What staff narrow the list by: 掲載期間.
_PHASES: dict[str, Any] = {
    "open": lambda today: (Post.starts_on <= today, Post.ends_on >= today),
    "early": lambda today: (Post.starts_on > today,),
    "over": lambda today: (Post.ends_on < today,),
    # Asked twice to delete it, and 30 days more: (2)d.
    "cleanup": lambda today: (
        Post.state == ReviewState.APPROVED,
        Post.reminded >= len(REMINDERS),
        Post.ends_on <= today - timedelta(days=CLEANED_AFTER),
    ),
}


def newest(session: Session, actor: Actor) -> list[Post]:
    """The newest open ones, for 掲示板ホーム画面 (BBS-056)."""
    return list(session.scalars(browse(actor, {}).order_by(Post.id.desc()).limit(NEWEST)))


def overview(session: Session, actor: Actor) -> list[Offers]:
    """Open offers by area and 売/買: areas with a tab, and those without an area if there are any."""
    open_now = browse(actor, {}).with_only_columns(Post.id, Post.side).subquery()
    counted = (
        select(PostArea.area, open_now.c.side, func.count())
        .select_from(open_now)
        .outerjoin(PostArea, PostArea.post_id == open_now.c.id)
        .group_by(PostArea.area, open_now.c.side)
    )
    found = {(area, side): count for area, side, count in session.execute(counted)}
    named = [_offers(area, found) for area in tabs(session)]
    nowhere = _offers(None, found)
    return [*named, *([nowhere] if nowhere.sell or nowhere.buy else [])]


def _offers(area: Area | None, found: Mapping[Any, int]) -> Offers:
    return Offers(area, found.get((area, Side.SELL), 0), found.get((area, Side.BUY), 0))


def largest(offers: Iterable[Offers]) -> int:
    """The longest bar; at least 1."""
    return max((count for row in offers for count in (row.sell, row.buy)), default=0) or 1
