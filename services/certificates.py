"""クライアント証明書: the registry of who may connect with which certificate (COM-001, COM-022, COM-023)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, false, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import clock
from domain.certificates import STAFF_CODE
from domain.errors import DomainError
from domain.roles import Permission
from domain.text import fold_code
from models.certificate import SOON, ClientCertificate, UnregisteredCertificate
from models.operator import Operator
from models.sign_in import Ending, SignInSession
from services import access, audit, sessions
from services.access import Actor

_FACTS = ("issuer", "serial", "valid_from", "valid_to")


def visible(actor: Actor) -> Select[ClientCertificate]:
    """Operators see their own, withdrawn ones too."""
    return access.restrict(select(ClientCertificate), actor, Permission.CERTIFICATE_SEARCH, ClientCertificate)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[ClientCertificate]:
    """クライアント証明書一覧. Codes match from the start, serial numbers and issuers anywhere."""
    rows = visible(actor)
    if text := criteria.get("operator_code"):
        rows = rows.where(ClientCertificate.operator.has(Operator.code.startswith(fold_code(text), autoescape=True)))
    if text := criteria.get("serial"):
        rows = rows.where(ClientCertificate.serial.contains(text, autoescape=True))
    if text := criteria.get("issuer"):
        rows = rows.where(ClientCertificate.issuer.icontains(text, autoescape=True))
    if states := criteria.get("certificate_state"):
        rows = rows.where(or_(false(), *(_is(state) for state in states)))
    return rows


def _is(state: str) -> ColumnElement[bool]:
    """The rows whose `certificate_state` is this one."""
    row, now = ClientCertificate, clock.now()
    if state == "withdrawn":
        return row.withdrawn_at.is_not(None)
    return and_(
        row.withdrawn_at.is_(None),
        {
            "expired": row.valid_to <= now,
            "early": row.valid_from > now,
            "expiring": and_(row.valid_from <= now, row.valid_to > now, row.valid_to <= now + SOON),
            "valid": and_(row.valid_from <= now, row.valid_to > now + SOON),
        }[state],
    )


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> ClientCertificate:
    """クライアント証明書の登録. A certificate replaces nothing: two may overlap.

    data: operator_code (OCCTO is 広域機関), issuer, serial, valid_from, valid_to, note.
    Raises DomainError: error.C03.00001, error.U02.00003, error.K01.00006–7, error.K01.00014.
    """
    operator = check_register(session, actor, data)
    return _add(session, actor, Permission.CERTIFICATE_REGISTER, operator, data)


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Operator | None:
    """What can be said before anything is written. Raises as `register`."""
    access.require(actor, Permission.CERTIFICATE_REGISTER)
    return _check(session, data)


def assign(session: Session, actor: Actor, row: UnregisteredCertificate, data: Mapping[str, Any]) -> ClientCertificate:
    """未登録証明書の割当: registered for the operator, and no longer unregistered.

    data: operator_code (OCCTO is 広域機関). Raises DomainError as `register`.
    """
    access.require(actor, Permission.CERTIFICATE_ASSIGN)
    facts = {key: getattr(row, key) for key in _FACTS} | {"note": "", **data}
    operator = _check(session, facts)
    return _add(session, actor, Permission.CERTIFICATE_ASSIGN, operator, facts)


def _check(session: Session, data: Mapping[str, Any]) -> Operator | None:
    operator = operator_for(session, data["operator_code"])
    if data["valid_to"] <= clock.now():
        raise DomainError("error.K01.00007", field="valid_to")
    if live(session, data["issuer"], data["serial"]):
        raise DomainError("error.K01.00006", field="serial", serial=data["serial"])
    return operator


def operator_for(session: Session, code: str) -> Operator | None:
    """The operator with this code; None for 広域機関, which is named, never left out.

    Raises DomainError: error.U02.00003, error.K01.00014.
    """
    if code == STAFF_CODE:
        return None
    operator = session.scalar(select(Operator).where(Operator.code == code))
    if operator is None:
        raise DomainError("error.U02.00003", field="operator_code", code=code)
    if operator.is_withdrawn:
        raise DomainError("error.K01.00014", field="operator_code")
    return operator


def _add(
    session: Session, actor: Actor, event: str, operator: Operator | None, data: Mapping[str, Any]
) -> ClientCertificate:
    facts = {key: data[key] for key in (*_FACTS, "note")}
    row = ClientCertificate(operator_id=operator.id if operator else None, **facts)
    session.add(row)
    changes = audit.changes_of(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody was faster
        raise DomainError("error.K01.00006", field="serial", serial=data["serial"]) from error
    session.refresh(row)
    same = (UnregisteredCertificate.issuer == row.issuer, UnregisteredCertificate.serial == row.serial)
    session.execute(delete(UnregisteredCertificate).where(*same))
    audit.record(session, actor, event, row, changes=changes | {"owner": [None, row.owner]})
    return row


def change(session: Session, actor: Actor, row: ClientCertificate, data: Mapping[str, Any]) -> None:
    """クライアント証明書の変更: period and note; whose it is and which one it is never change.

    data: valid_from, valid_to, note. Raises DomainError: error.C03.00001, error.K01.00008.
    """
    check_change(session, actor, row, data)
    for key in ("valid_from", "valid_to", "note"):
        setattr(row, key, data[key])
    changes = audit.changes_of(row)
    audit.record(session, actor, Permission.CERTIFICATE_CHANGE, row, changes=changes)


def check_change(session: Session, actor: Actor, row: ClientCertificate, data: Mapping[str, Any] | None) -> None:
    """May this one be changed at all? Raises as `change`."""
    access.require(actor, Permission.CERTIFICATE_CHANGE, row)
    if row.withdrawn_at is not None:
        raise DomainError("error.K01.00008")


def withdraw(session: Session, actor: Actor, row: ClientCertificate) -> None:
    """クライアント証明書の取下げ: at once. The sessions opened with it end (R-079).

    Nobody withdraws the certificate of the own connection: it would be the last thing he did.
    Raises DomainError: error.C03.00001, error.K01.00008–9.
    """
    access.require(actor, Permission.CERTIFICATE_WITHDRAW, row)
    if row.withdrawn_at is not None:
        raise DomainError("error.K01.00008")
    using = select(SignInSession).where(SignInSession.certificate_id == row.id, SignInSession.ended_at.is_(None))
    if session.scalar(using.where(SignInSession.account_id == actor.id)) is not None:
        raise DomainError("error.K01.00009")
    row.withdrawn_at = clock.now()
    changes = audit.changes_of(row)
    session.flush()
    audit.record(session, actor, Permission.CERTIFICATE_WITHDRAW, row, changes=changes)
    # A sign-in under way is not seen here; the request after it asks the registry and is refused.
    for signed_in in session.scalars(using.order_by(SignInSession.account_id)).all():
        sessions.end(session, signed_in, Ending.CERTIFICATE, actor)


def live(session: Session, issuer: str, serial: str) -> ClientCertificate | None:
    """The registration of this certificate that has not been withdrawn."""
    return session.scalar(
        select(ClientCertificate)
        .where(
            ClientCertificate.issuer == issuer,
            ClientCertificate.serial == serial,
            ClientCertificate.withdrawn_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
