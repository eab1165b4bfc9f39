"""事業者: the operators of the market."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from domain import clock, terms
from domain.errors import DomainError
from domain.roles import Permission, Role
from domain.text import fold_code, fold_search
from models.operator import Operator, OperatorRecipient
from models.sign_in import Ending
from models.user import User
from services import access, audit, mail, notices, sessions, users
from services.access import Actor

_CHANGED = (
    "name", "area", "short_name", "licence", "participation", "postal_code", "address",
    "contact_department", "contact_name", "contact_phone", "contact_email",
)  # fmt: skip


def visible(actor: Actor) -> Select[Operator]:
    return access.restrict(select(Operator), actor, Permission.OPERATOR_SEARCH, Operator)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Operator]:
    """事業者一覧. The code matches from the start, the name anywhere; empty ones are ignored."""
    rows = visible(actor)
    if text := criteria.get("code"):
        rows = rows.where(Operator.code.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        rows = rows.where(Operator.name_folded.contains(fold_search(text), autoescape=True))
    if states := criteria.get("is_withdrawn"):
        left = Operator.withdrawn_at.is_not(None)
        rows = rows.where(or_(*(left if state == "1" else ~left for state in states)))
    return rows


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Operator:
    """事業者の登録, with its two 登録作業者(管理者) (USR-003); each gets the own 仮パスワード (#010 4章(1)).

    data: code, the columns of `_CHANGED`, recipients [(name, email)…], admins [{department, name, phone, email}…].
    Raises DomainError: error.C03.00001, error.O01.00001.
    """
    check_register(session, actor, data)
    operator = Operator(code=data["code"])
    session.add(operator)
    _write(operator, data)
    changes = audit.changes_of(operator)
    try:
        session.flush()
    except IntegrityError as error:  # somebody was faster
        raise DomainError("error.O01.00001", field="code", code=data["code"]) from error
    audit.record(session, actor, Permission.OPERATOR_REGISTER, operator, changes=changes)
    for facts in data["admins"]:
        issued = users.add(session, actor, operator, Role.OPERATOR_ADMIN, facts)
        about = {terms.OPERATOR["code"]: operator.code, terms.OPERATOR["name"]: operator.name}
        mail.about_user(session, "OPR-REG", issued.account, actor, secret=issued.secret, **about)
    return operator


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> None:
    """What can be told before anything is written. Raises as `register`."""
    access.require(actor, Permission.OPERATOR_REGISTER)
    if session.scalar(select(Operator.id).where(Operator.code == data["code"])) is not None:
        raise DomainError("error.O01.00001", field="code", code=data["code"])


def change(session: Session, actor: Actor, operator: Operator, data: Mapping[str, Any]) -> None:
    """事業者の変更; the code stays: it is what everything else refers to.

    data: the columns of `_CHANGED`, recipients.
    Raises DomainError: error.C03.00001.
    """
    access.require(actor, Permission.OPERATOR_CHANGE, operator)
    before = _people(operator)
    _write(operator, data)
    changes = audit.changes_of(operator)
    if _people(operator) != before:
        changes["recipients"] = [before, _people(operator)]
        operator.updated_at = clock.now()
        flag_modified(operator, "updated_at")  # the version moves also if only 担当者情報 changed
    audit.record(session, actor, Permission.OPERATOR_CHANGE, operator, changes=changes)


def _write(operator: Operator, data: Mapping[str, Any]) -> None:
    for name in _CHANGED:
        setattr(operator, name, data[name])
    wanted = list(enumerate(data["recipients"], start=1))
    kept = {person.place: person for person in operator.recipients}
    for place, (name, email) in wanted:
        person = kept.get(place)
        if person is None:
            operator.recipients.append(OperatorRecipient(place=place, name=name, email=email))
        else:
            person.name, person.email = name, email
    for place in kept.keys() - {place for place, _ in wanted}:
        operator.recipients.remove(kept[place])


def _people(operator: Operator) -> list[str]:
    return [f"{person.name} {person.email}" for person in operator.recipients]


def withdraw(session: Session, actor: Actor, operator: Operator) -> None:
    """退出: nobody of it signs in any more, sessions end, mails of お知らせ to come are not sent; the records stay.

    Raises DomainError: error.C03.00001, error.O01.00003.
    """
    access.require(actor, Permission.OPERATOR_WITHDRAW, operator)
    users.hold_operator(session, operator)
    if operator.is_withdrawn:
        raise DomainError("error.O01.00003")
    operator.withdrawn_at = clock.now()
    changes = audit.changes_of(operator)
    session.flush()  # whoever signs in from here on sees it; whoever was faster is found below
    for user in session.scalars(select(User).filter_by(operator_id=operator.id).order_by(User.id)).all():
        sessions.end_all(session, user, Ending.SHUT_OUT, actor)
    notices.recall_from_leavers(session)
    audit.record(session, actor, Permission.OPERATOR_WITHDRAW, operator, changes=changes)


def reinstate(session: Session, actor: Actor, operator: Operator) -> None:
    """退出取消. Raises DomainError: error.C03.00001, error.O01.00004."""
    access.require(actor, Permission.OPERATOR_WITHDRAW, operator)
    users.hold_operator(session, operator)
    if not operator.is_withdrawn:
        raise DomainError("error.O01.00004")
    operator.withdrawn_at = None
    audit.record(session, actor, "operator:reinstate", operator, changes=audit.changes_of(operator))
