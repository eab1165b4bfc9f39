"""Who is let in with which クライアント証明書, asked at the sign-in and on every request after it (R-040, R-079)."""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain import clock
from domain.certificates import Presented
from models.account import Account
from models.certificate import ClientCertificate, UnregisteredCertificate
from models.sign_in import Ending, SignInSession
from services import audit, certificates, id_lock, sessions
from services.sign_in import Attempt, find

MOST_UNREGISTERED = 500  # rows; the ones not seen for the longest time make room


def admits(session: Session, presented: Presented, account: Account | None) -> ClientCertificate | None:
    """The registration that lets this account in with this certificate, or None.

    It must be registered, not withdrawn, in its period, and of the account's operator; for staff of 広域機関.
    An account nobody has is refused by the same question, in the same time (COM-022, COM-023).
    """
    found = certificates.live(session, presented.issuer, presented.serial)
    if found is None or account is None or not found.is_in_period:
        return None
    return found if found.operator_id == account.operator_id else None


def admits_attempt(session: Session, presented: Presented, attempt: Attempt) -> ClientCertificate | None:
    """As `admits`, for the account whose ID was typed; before anything is counted or hashed (R-011)."""
    return admits(session, presented, find(session, attempt.policy, attempt.key))


def admits_session(session: Session, presented: Presented, row: SignInSession) -> bool:
    """Is this the certificate the session was opened with, and still good for its account?"""
    found = admits(session, presented, row.account)
    return found is not None and found.id == row.certificate_id


def refuse_attempt(session: Session, presented: Presented, attempt: Attempt) -> None:
    """Write a refused sign-in down; an unregistered certificate becomes a 未登録証明書."""
    account = find(session, attempt.policy, attempt.key)
    typed = "（IDの形式ではない入力）" if attempt.key.startswith("sha256:") else attempt.key
    detail = _named(presented) | {"typed_id": typed}
    audit.record(session, None, "sign_in:certificate", account, result="refused", detail=detail)
    note_unregistered(session, presented)


def end_session(session: Session, presented: Presented, row: SignInSession) -> None:
    """Another certificate came with the session's cookie, or the session's own is good no more (R-040)."""
    account = row.account
    audit.record(session, account, "sign_in:certificate", account, result="refused", detail=_named(presented))
    sessions.end(session, row, Ending.CERTIFICATE)


def _named(presented: Presented) -> dict[str, str]:
    return {"issuer": presented.issuer, "serial": presented.serial}


def note_unregistered(session: Session, presented: Presented) -> None:
    """Keep a certificate nobody has registered. One that was withdrawn is none: it must not be assigned by mistake."""
    same = (ClientCertificate.issuer == presented.issuer, ClientCertificate.serial == presented.serial)
    if session.scalar(select(ClientCertificate.id).where(*same).limit(1)) is not None:
        return
    facts = {"valid_from": presented.valid_from, "valid_to": presented.valid_to, "seen_at": clock.now()}
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    new = {"issuer": presented.issuer, "serial": presented.serial, "times": 1, "version": 1}
    again = {"times": UnregisteredCertificate.times + 1, "version": UnregisteredCertificate.version + 1}
    statement = dialect.insert(UnregisteredCertificate).values(new | facts)
    session.execute(statement.on_conflict_do_update(index_elements=["issuer", "serial"], set_=again | facts))
    _make_room(session)


def _make_room(session: Session) -> None:
    row = UnregisteredCertificate
    surplus = (session.scalar(select(func.count()).select_from(row)) or 0) - MOST_UNREGISTERED
    if surplus > 0:
        oldest = select(row.id).order_by(row.seen_at, row.id).limit(surplus)
        session.execute(delete(row).where(row.id.in_(oldest)), execution_options={"synchronize_session": False})
