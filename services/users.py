"""ユーザ情報管理 (#020). One function per chapter; whoever acts, the rules are the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import clock
from domain.errors import DomainError
from domain.operators import same_addresses
from domain.roles import SLOTS, AccountKind, Permission, Role
from domain.text import fold_code, fold_search
from models.operator import Operator
from models.sign_in import Ending
from models.user import User
from services import access, audit, mail, passwords, sessions
from services.access import Actor

_CHANGED = ("department", "name", "phone", "email", "enabled", "valid_from", "valid_to")


def visible(actor: Actor) -> Select[User]:
    """Every user the actor may look at, deleted ones too."""
    return access.restrict(select(User), actor, Permission.USER_SEARCH, User)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[User]:
    """ユーザ情報一覧 (3章②③). Codes and IDs match from the start, names anywhere; empty ones are ignored."""
    rows = visible(actor)
    if text := criteria.get("operator_code"):
        rows = rows.where(User.operator.has(Operator.code.startswith(fold_code(text), autoescape=True)))
    if text := criteria.get("login_id"):
        rows = rows.where(User.login_key.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        rows = rows.where(User.name_folded.contains(fold_search(text), autoescape=True))
    if enabled := criteria.get("enabled"):
        rows = rows.where(User.enabled.in_([value == "1" for value in enabled]))
    if not criteria.get("with_deleted"):
        rows = rows.where(User.deleted_at.is_(None))
    return rows


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> passwords.Issued:
    """ユーザ情報の登録 (4章). The mails carry the 仮パスワード (4章⑥).

    data: role, operator_code, department, name, phone, email.
    Raises DomainError: error.C03.00001, error.U02.00001–4.
    """
    operator, role = check_register(session, actor, data)
    facts = {key: data[key] for key in ("department", "name", "phone", "email")}
    issued = add(session, actor, operator, role, facts)
    mail.about_user(session, "USR-REG", issued.account, actor, secret=issued.secret)
    return issued


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> tuple[Operator, Role]:
    """What can be said before anything is written. Raises as `register`."""
    operator, role = operator_for(session, actor, data["operator_code"]), data["role"]
    if role.is_operator_admin:
        access.require(actor, Permission.USER_REGISTER_ADMIN)
    _free_slot(session, operator, role)
    return operator, role


def change(session: Session, actor: Actor, user: User, data: Mapping[str, Any]) -> None:
    """ユーザ情報の変更 (5章). 無効 or a period without today ends the user's sessions.

    data: department, name, phone, email, enabled, valid_from, valid_to.
    Raises DomainError: error.C03.00001, error.U03.00001–3.
    """
    check_change(session, actor, user, data)
    before = user.email
    for key in _CHANGED:
        setattr(user, key, data[key])
    changes = audit.changes_of(user)
    audit.record(session, actor, Permission.USER_CHANGE, user, changes=changes)
    if user.is_shut_out:
        sessions.end_all(session, user, Ending.SHUT_OUT, actor)
    also = [before] if user.email != before else []
    mail.about_user(session, "USR-CHG", user, actor, also_to=also)


def check_change(session: Session, actor: Actor, user: User, data: Mapping[str, Any] | None) -> None:
    """May this user be changed at all (data: None), and into `data`? Raises as `change`."""
    access.require(actor, Permission.USER_CHANGE, user)
    if user.is_deleted:
        raise DomainError("error.U03.00003")
    if data is not None and user.id == actor.id:
        _keep_oneself(user, data)


def _keep_oneself(user: User, data: Mapping[str, Any]) -> None:
    """2章※1, and its spirit: nobody shuts himself out (USR-058, USR-061)."""
    if data["enabled"] != user.enabled:
        raise DomainError("error.U03.00001", field="enabled")
    if not data["valid_from"] <= clock.today() <= data["valid_to"]:
        field = "valid_from" if data["valid_from"] > clock.today() else "valid_to"
        raise DomainError("error.U03.00002", field=field)


def check_deletable(actor: Actor, users: Sequence[User]) -> None:
    """Raises DomainError: error.C03.00001, error.U04.00001–2, naming the users that cannot be deleted."""
    for user in users:
        access.require(actor, Permission.USER_DELETE, user)
    if gone := [u.login_id for u in users if u.is_deleted]:
        raise DomainError("error.U04.00002", ids="、".join(gone))
    if admins := [u.login_id for u in users if u.is_admin]:
        raise DomainError("error.U04.00001", ids="、".join(admins))


def delete(session: Session, actor: Actor, users: Sequence[User]) -> None:
    """ユーザ情報の削除／一括削除 (6章, 7章). All or nothing.

    Raises DomainError: error.C03.00001, error.U04.00001–2.
    """
    check_deletable(actor, users)
    for user in users:
        _retire(session, actor, user, Permission.USER_DELETE)
        mail.about_user(session, "USR-DEL", user, actor)


def unlock(session: Session, actor: Actor, user: User) -> None:
    """ユーザロック解除 (8章). Raises DomainError: error.C03.00001, error.U05.00001–2."""
    access.require(actor, Permission.USER_UNLOCK, user)
    if user.is_deleted:
        raise DomainError("error.U05.00002")
    passwords.unlock(session, actor, user)
    mail.about_user(session, "USR-UNL", user, actor)


def reissue(session: Session, actor: Actor, user: User) -> None:
    """パスワード再発行 (9章). Raises DomainError: error.C03.00001, error.O01.00006, error.U06.00001."""
    access.require(actor, Permission.USER_UNLOCK, user)
    if user.operator.is_withdrawn:
        raise DomainError("error.O01.00006")
    issued = passwords.reissue(session, actor, user)
    mail.about_user(session, "USR-RPW", user, actor, secret=issued.secret)


def replace_admin(session: Session, actor: Actor, leaver: User, data: Mapping[str, Any]) -> passwords.Issued:
    """管理者交代 (USR-100): the leaver is retired and the successor registered, in one go.

    data: department, name, phone, email of the successor.
    Raises DomainError: error.C03.00001, error.O01.00007, error.U07.00001.
    """
    hold_operator(
        session, leaver.operator
    )  # before the accounts, as 退出 does: the other order could deadlock with one
    check_replace(session, actor, leaver)
    _retire(session, actor, leaver, Permission.USER_REPLACE_ADMIN)
    issued = add(session, actor, leaver.operator, Role.OPERATOR_ADMIN, data)
    successor = issued.account
    mail.about_user(session, "OPR-END", leaver, actor)
    mail.about_user(session, "OPR-CHG", successor, actor, secret=issued.secret, 退任者=leaver.login_id)
    return issued


def check_replace(session: Session, actor: Actor, leaver: User, data: Mapping[str, Any] | None = None) -> None:
    """Is this somebody who can be replaced? Raises as `replace_admin`."""
    access.require(actor, Permission.USER_REPLACE_ADMIN, leaver)
    if not leaver.is_live_admin:
        raise DomainError("error.U07.00001")
    if leaver.operator.is_withdrawn:
        raise DomainError("error.O01.00007")


def shares_address(session: Session, actor: Actor, data: Mapping[str, Any], user: User | None = None) -> bool:
    """Would a 登録作業者(管理者) have the address of the other one of the 事業者?

    data: what is registered (role, operator_code, email), or changed of `user`, or of who follows `user`.
    """
    role = data["role"] if user is None else user.role
    if not role.is_operator_admin:
        return False
    operator = operator_for(session, actor, data["operator_code"]) if user is None else user.operator
    others = select(User).filter_by(operator_id=operator.id, role=role, deleted_at=None)
    found = [other.email for other in session.scalars(others) if other is not user]
    return same_addresses([data["email"], *found])


def operator_for(session: Session, actor: Actor, code: str) -> Operator:
    """The operator to register for. A foreign one looks like a missing one (R-008)."""
    operator = session.scalar(select(Operator).where(Operator.code == code))
    if operator is None or not access.reaches(actor, Permission.USER_REGISTER, operator):
        access.require(actor, Permission.USER_REGISTER)
        raise DomainError("error.U02.00003", field="operator_code", code=code)
    return operator


def add(session: Session, actor: Actor, operator: Operator, role: Role, facts: Mapping[str, Any]) -> passwords.Issued:
    """A new user on a free place, with the audit record; the mail is the caller's. Raises as `register`."""
    login_id = passwords.new_login_id(session, "U")
    user = User(
        kind=AccountKind.USER,
        login_id=login_id,
        login_key=login_id,
        operator_id=operator.id,
        role=role,
        slot=_free_slot(session, operator, role),
        password_hash="!",  # noqa: S106 - no hash: nobody can sign in before the 仮パスワード is set
        valid_from=clock.today(),
        **facts,
    )
    session.add(user)
    changes = audit.changes_of(user)
    try:
        session.flush()
    except IntegrityError as error:  # somebody took the last place a moment ago
        raise _full(role) from error
    session.refresh(user)
    issued = passwords.issue_temporary(session, user)
    audit.record(session, actor, Permission.USER_REGISTER, user, changes=changes)
    return issued


def _free_slot(session: Session, operator: Operator, role: Role) -> int:
    """The lowest free place. The operator's row is held: two who ask at once get different ones."""
    hold_operator(session, operator)
    if operator.is_withdrawn:
        raise DomainError("error.U02.00004", field="operator_code", code=operator.code)
    statement = select(User.slot).filter_by(operator_id=operator.id, role=role).where(User.slot.is_not(None))
    taken = set(session.scalars(statement))
    free = [slot for slot in range(1, SLOTS[role] + 1) if slot not in taken]
    if not free:
        raise _full(role)
    return free[0]


def hold_operator(session: Session, operator: Operator) -> None:
    """Lock the operator's row and read it anew: who registers a user and who makes it leave wait for one another."""
    session.flush()
    table = Operator.__table__
    session.execute(select(table.c.id).where(table.c.id == operator.id).with_for_update(key_share=True))
    session.refresh(operator)


def _full(role: Role) -> DomainError:
    message = {Role.OPERATOR_GENERAL: "error.U02.00001", Role.OPERATOR_ADMIN: "error.U02.00002"}[role]
    return DomainError(message, field="role", most=SLOTS[role])


def _retire(session: Session, actor: Actor, user: User, event: str) -> None:
    """Deleted for ever: no sign-in, no session, the place is free, the ID stays taken (D7)."""
    user.deleted_at = clock.now()
    user.slot = None
    changes = audit.changes_of(user)
    sessions.end_all(session, user, Ending.SHUT_OUT, actor)
    audit.record(session, actor, event, user, changes=changes)
