"""職員情報管理: the people of 広域機関 who use the panel."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from domain import clock
from domain.errors import DomainError
from domain.roles import AccountKind, Permission, Role
from domain.text import fold_code, fold_search
from models.account import Account
from models.sign_in import Ending
from models.staff import Staff
from services import access, audit, mail, passwords, sessions
from services.access import Actor


def visible(actor: Actor) -> Select[Staff]:
    return access.restrict(select(Staff), actor, Permission.STAFF_SEARCH, Staff)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Staff]:
    """職員情報一覧. The ID matches from the start, the name anywhere; empty ones are ignored."""
    rows = visible(actor)
    if text := criteria.get("login_id"):
        rows = rows.where(Staff.login_key.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        rows = rows.where(Staff.name_folded.contains(fold_search(text), autoescape=True))
    if enabled := criteria.get("enabled"):
        rows = rows.where(Staff.enabled.in_([value == "1" for value in enabled]))
    return rows


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> passwords.Issued:
    """職員情報の登録. The new person signs in with the returned 仮パスワード.

    data: name, email, rights. Raises DomainError: error.C03.00001.
    """
    access.require(actor, Permission.STAFF_REGISTER)
    login_id = passwords.new_login_id(session, "S")
    staff = Staff(
        kind=AccountKind.STAFF,
        login_id=login_id,
        login_key=login_id,
        password_hash="!",  # noqa: S106 - no hash: nobody can sign in before the next line but one
        valid_from=clock.today(),
        **data,
    )
    session.add(staff)
    changes = audit.changes_of(staff)
    session.flush()
    issued = passwords.issue_temporary(session, staff)
    audit.record(session, actor, Permission.STAFF_REGISTER, staff, changes=changes)
    mail.about_user(session, "STF-REG", staff, actor, secret=issued.secret)
    return issued


def change(session: Session, actor: Actor, staff: Staff, data: Mapping[str, Any]) -> None:
    """職員情報の変更. Nobody changes the own rights; one active 市場管理者 always remains.

    A change of rights or 無効 ends that person's sessions (R-032, R-039).
    Raises DomainError: error.C03.00001, error.S01.00001–3.
    """
    check_change(session, actor, staff, data)
    leads = staff.enabled and Role.MARKET_ADMIN in staff.rights
    if leads and not (data["enabled"] and Role.MARKET_ADMIN in data["rights"]):
        _keep_one_market_admin(session, staff)
    before = (staff.enabled, staff.rights)
    for name in ("name", "email", "rights", "enabled"):
        setattr(staff, name, data[name])
    changes = audit.changes_of(staff)
    audit.record(session, actor, Permission.STAFF_CHANGE, staff, changes=changes)
    if before != (staff.enabled, staff.rights):
        sessions.end_all(session, staff, Ending.SHUT_OUT if before[0] and not staff.enabled else Ending.ENDED, actor)


def check_change(session: Session, actor: Actor, staff: Staff, data: Mapping[str, Any] | None) -> None:
    """What can be told before anything is locked. Raises as `change`, but for error.S01.00003."""
    access.require(actor, Permission.STAFF_CHANGE, staff)
    if data is None or staff.id != actor.id:
        return
    if data["rights"] != staff.rights:
        raise DomainError("error.S01.00001", field="rights")
    if data["enabled"] != staff.enabled:
        raise DomainError("error.S01.00002", field="enabled")


def _keep_one_market_admin(session: Session, leaving: Staff) -> None:
    seen = leaving.version
    day = clock.today()
    active = (
        select(Staff)
        .where(Staff.enabled, Staff.deleted_at.is_(None), Staff.valid_from <= day, Staff.valid_to >= day)
        .order_by(Staff.id)
        .with_for_update(of=Account.__table__, key_share=True)  # two who disable each other wait for one another
        .execution_options(populate_existing=True)
    )
    admins = {person.id for person in session.scalars(active) if Role.MARKET_ADMIN in person.rights}
    if leaving.version != seen:
        raise StaleDataError("changed while we waited for the lock")
    if admins == {leaving.id}:
        raise DomainError("error.S01.00003", field="enabled")


def unlock(session: Session, actor: Actor, staff: Staff) -> None:
    """ユーザロック解除. Raises DomainError: error.C03.00001, error.U05.00001."""
    access.require(actor, Permission.STAFF_UNLOCK, staff)
    passwords.unlock(session, actor, staff)


def reissue(session: Session, actor: Actor, staff: Staff) -> passwords.Issued:
    """パスワード再発行. Raises DomainError: error.C03.00001, error.U06.00001."""
    access.require(actor, Permission.STAFF_UNLOCK, staff)
    issued = passwords.reissue(session, actor, staff)
    mail.about_user(session, "STF-RPW", staff, actor, secret=issued.secret)
    return issued


def end_sessions(session: Session, actor: Actor, staff: Staff) -> None:
    """セッション終了 (R-042). Raises DomainError: error.C03.00001, error.S01.00005–6."""
    access.require(actor, Permission.STAFF_END_SESSIONS, staff)
    if staff.id == actor.id:
        raise DomainError("error.S01.00006")
    if not sessions.end_all(session, staff, Ending.ENDED, actor):
        raise DomainError("error.S01.00005")
