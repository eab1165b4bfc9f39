"""掲載 of the board (発電設備等の情報掲示板利用マニュアル 3章, 4章): what members write, and who may read what.

Every change of state goes through services.reviews.act; what follows from one is `decided`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain import clock, messages, terms
from domain.company import company_key
from domain.errors import DomainError
from domain.posts import Area
from domain.review import POST, ReviewAction, ReviewState, Transition
from domain.roles import Permission
from models.member import Member
from models.post import Post, PostArea, PostedArea
from services import access, audit, id_lock, mail, reviews
from services.access import Actor

DAYS = 3  # 通常３営業日程度
LONG = 366  # days; 終了日は1年を目安に


# ---- reading -----------------------------------------------------------------------------------------------
def readable(actor: Actor) -> Select[Post]:
    """What others may read: approved and begun (§9-A25). Ended ones are among it: their address opens.

    The one place that says so: list, search, address and overview start from here.
    """
    shown = select(Post).where(Post.state == ReviewState.APPROVED, Post.starts_on <= clock.today())
    return access.restrict(shown, actor, Permission.POST_READ, Post)


def own(actor: Actor) -> Select[Post]:
    """MYニュース: the own ones in every state, until they are deleted (BBS-052, 061)."""
    kept = select(Post).where(Post.state != ReviewState.WITHDRAWN)
    return access.restrict(kept, actor, Permission.POST_REGISTER, Post)


def visible(actor: Actor) -> Select[Post]:
    """掲載情報 of staff, deleted ones as well."""
    return access.restrict(select(Post), actor, Permission.POST_SEARCH, Post)


# ---- writing -----------------------------------------------------------------------------------------------
def submit(session: Session, actor: Member, data: Mapping[str, Any], copied_from: Post | None = None) -> Post:
    """新規ニュース作成 (3.1③④): it waits for a decision, nobody else sees it (BBS-052).

    data:        starts_on, ends_on, title, body, side, company, contact, areas, remarks.
    copied_from: the own post it was made from (複製して再申請).
    Raises DomainError: error.C03.00001, error.B06.00001–2.
    """
    access.require(actor, Permission.POST_REGISTER)
    if copied_from is not None:
        access.require(actor, Permission.POST_REGISTER, copied_from)
    if data["starts_on"] < clock.today():
        raise DomainError("error.B06.00001", field="starts_on")
    if data["ends_on"] < data["starts_on"]:
        raise DomainError("error.B06.00002", field="ends_on")
    facts = ("starts_on", "ends_on", "title", "body", "side", "company", "contact", "remarks")
    post = Post(member_id=actor.id, state=ReviewState.APPLIED, **{name: data[name] for name in facts})
    post.areas = list(data["areas"])
    post.copied_from_id = copied_from.id if copied_from else None
    session.add(post)
    session.flush()
    reviews.submit(
        session,
        KIND.name,
        post,
        days=KIND.days,
        title=post.title,
        applicant=actor.company,
        applicant_key=company_key(actor.company),
        applicant_id=actor.id,
    )
    audit.record(session, actor, "post:submit", post)
    return post


def delete(session: Session, actor: Actor, post: Post) -> None:
    """削除 by its poster (3.3), or the clean-up by 広域機関 ((2)d). Nobody sees it any more.

    Raises DomainError: error.C03.00001, error.R01.00001 (it is deleted already).
    """
    reviews.act(session, actor, KIND, post, ReviewAction.WITHDRAW)


def withdraw_all(session: Session, actor: Actor, member: Member) -> None:
    """The posts of a member whose ID is deleted disappear with it (BBS-086)."""
    kept = select(Post).where(Post.member_id == member.id, Post.state != ReviewState.WITHDRAWN)
    for post in session.scalars(kept.order_by(Post.id)).all():
        delete(session, actor, post)


def decided(session: Session, actor: Actor, post: Post, move: Transition, reason: str) -> None:
    """What a change of state sets off: the tabs of its areas, the reason, the mail to its poster (3.1⑤⑥)."""
    if move.target is ReviewState.APPROVED:
        _open_tabs(session, post)
        mail.plain(session, "BBS-PAP", [post.member.email], _facts(post))
    elif move.target in (ReviewState.REJECTED, ReviewState.REVOKED):
        post.reason = reason
        facts = _facts(post) | {terms.POST["reason"]: reason}
        mail.plain(session, "BBS-PRJ", [post.member.email], facts)
    if move.target in (ReviewState.REVOKED, ReviewState.WITHDRAWN):
        session.flush()
        _close_tabs(session, post)


def _facts(post: Post) -> dict[str, str]:
    return {terms.POST["title"]: post.title, terms.POST["period"]: post.period}


def _open_tabs(session: Session, post: Post) -> None:
    """An area once published for keeps its tab (BBS-071), from the first 開始日 on."""
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    least = func.least if id_lock.is_server(session) else func.min
    for area in post.areas:  # always in the same order: two approvals never wait for each other
        statement = dialect.insert(PostedArea).values(area=area, since=post.starts_on)
        earliest = least(PostedArea.since, statement.excluded.since)
        session.execute(statement.on_conflict_do_update(index_elements=["area"], set_={"since": earliest}))


def _close_tabs(session: Session, post: Post) -> None:
    """A post that is gone before its 開始日 was never shown: nor are tabs it alone would have opened."""
    if post.starts_on <= clock.today():
        return
    for row in _tabs_of(session, post.areas):
        shown = select(func.min(Post.starts_on)).join(PostArea, PostArea.post_id == Post.id)
        first = session.scalar(shown.where(Post.state == ReviewState.APPROVED, PostArea.area == row.area))
        if first is None:
            session.delete(row)
        else:
            row.since = first


def _tabs_of(session: Session, areas: Iterable[Area]) -> list[PostedArea]:
    """Those of the areas nothing was ever shown for, held until the end of the transaction."""
    found = select(PostedArea).where(PostedArea.area.in_(list(areas)), PostedArea.since > clock.today())
    return list(session.scalars(found.order_by(PostedArea.area).with_for_update()))


# ---- for the reviewer ----------------------------------------------------------------------------------------
def facts(session: Session, post: Post) -> list[reviews.Fact]:
    """What was submitted, in the form's order."""
    words = terms.POST
    return [
        (words["starts_on"], post.starts_on),
        (words["ends_on"], post.ends_on),
        (words["title"], post.title),
        (words["side"], post.side.label),
        (words["company"], post.company),
        (words["contact"], post.contact),
        (words["areas"], post.area_names),
        (words["remarks"], post.remarks),
        (words["body"], post.body),
    ]


def remarks(session: Session, post: Post) -> list[str]:
    """What a reviewer should look at first."""
    found = []
    if post.is_over:
        found.append(messages.sentence("info.remark.over"))
    if is_long(post):
        found.append(messages.sentence("info.remark.long"))
    if company_key(post.company) != company_key(post.member.company):
        found.append(messages.sentence("info.remark.company", company=post.member.company))
    return found


def previous(session: Session, post: Post) -> Post | None:
    """What a reviewer compares it with: the post it was copied from, else the member's last one that was rejected.

    Other posts of the same company are about other plants.
    """
    if post.copied_from_id is not None:
        return session.get(Post, post.copied_from_id)
    rejected = (ReviewState.REJECTED, ReviewState.REVOKED)
    rows = select(Post).where(Post.member_id == post.member_id, Post.state.in_(rejected), Post.id < post.id)
    return session.scalar(rows.order_by(Post.id.desc()).limit(1))


def is_long(post: Post) -> bool:
    """終了日 is more than the manual's one year away (BBS-042): told, not refused."""
    return (post.ends_on - post.starts_on).days > LONG


KIND = reviews.Kind(
    name="post",
    label="掲載",
    model=Post,
    table=POST,
    permission=Permission.POST_SEARCH,
    days=DAYS,
    facts=facts,
    decided=decided,
    remarks=remarks,
    previous=previous,
)
