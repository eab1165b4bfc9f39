"""会員: the people who may use the board, as staff administer them (発電設備等の情報掲示板利用マニュアル 5章)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import clock
from domain.company import company_key
from domain.errors import DomainError
from domain.roles import Permission
from domain.text import fold_code, fold_search
from models.account import Account
from models.member import Member, Registration
from models.operator import Operator
from models.sign_in import Ending
from services import access, audit, id_lock, mail, passwords, posts, sessions
from services.access import Actor


def visible(actor: Actor) -> Select[Member]:
    return access.restrict(select(Member), actor, Permission.MEMBER_SEARCH, Member)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Member]:
    """会員一覧. The ID matches from the start, names anywhere; 株式会社 makes no difference."""
    rows = visible(actor)
    if text := criteria.get("login_id"):
        rows = rows.where(Member.login_key.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        rows = rows.where(Member.name_folded.contains(fold_search(text), autoescape=True))
    if text := criteria.get("company"):
        same = select(Registration.id).where(Registration.company_key.contains(company_key(text), autoescape=True))
        rows = rows.where(Member.registration_id.in_(same))
    if states := criteria.get("is_deleted"):
        gone = Account.deleted_at.is_not(None)
        rows = rows.where(or_(*(gone if state == "1" else ~gone for state in states)))
    return rows


def reissue(session: Session, actor: Actor, member: Member) -> passwords.Issued:
    """パスワード再設定 (5.1): a 仮パスワード by mail, to be changed at the next sign-in.

    Raises DomainError: error.C03.00001, error.U06.00001, error.B01.00005 (frozen: BBS-082).
    """
    access.require(actor, Permission.MEMBER_REISSUE, member)
    issued = passwords.reissue(session, actor, member, Permission.MEMBER_REISSUE)
    mail.about_user(session, "BBS-RPW", member, actor, secret=issued.secret)
    return issued


def delete(session: Session, actor: Actor, member: Member) -> None:
    """IDの削除 (5.2): no sign-in any more, the posts are withdrawn, the ID is reserved for ever.

    Raises DomainError: error.C03.00001, error.B03.00001.
    """
    access.require(actor, Permission.MEMBER_DELETE, member)
    id_lock.hold_row(session, member)
    if member.is_deleted:
        raise DomainError("error.B03.00001")
    member.deleted_at, member.is_live = clock.now(), False
    changes = audit.changes_of(member)
    session.flush()
    posts.withdraw_all(session, actor, member)  # BBS-086
    sessions.end_all(session, member, Ending.SHUT_OUT, actor)
    audit.record(session, actor, Permission.MEMBER_DELETE, member, changes=changes)
    mail.about_user(session, "BBS-DEL", member, actor)


def bind_operator(session: Session, actor: Actor, member: Member, data: Mapping[str, Any]) -> None:
    """Say which 事業者 of the market a member is; an empty code says that it is none (A22).

    data: operator_code.
    Raises DomainError: error.C03.00001, error.B03.00001–2, error.U02.00003.
    """
    access.require(actor, Permission.REGISTRATION_REVIEW, member)
    id_lock.hold_row(session, member)
    if member.is_deleted:
        raise DomainError("error.B03.00001")
    code = data["operator_code"]
    found = session.scalar(select(Operator).where(Operator.code == code)) if code else None
    if code and found is None:
        raise DomainError("error.U02.00003", field="operator_code", code=code)
    before = member.market_operator.code if member.market_operator else None
    member.market_operator = found
    try:
        session.flush()
    except IntegrityError as error:
        raise DomainError("error.B03.00002", field="operator_code", code=code) from error
    audit.record(session, actor, "member:bind", member, changes={"operator_code": [before, code or None]})
