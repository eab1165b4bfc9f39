"""Server-side sessions: opening, resuming, ending (security.md C)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import clock
from models.account import Account
from models.sign_in import Ending, SignInSession
from services import audit, id_lock
from services.access import Actor

TOKEN_BYTES = 32

_EVENT = {  # what 操作履歴 says; endings that are part of another event have none
    Ending.LOGOUT: "session:logout",
    Ending.DISPLACED: "session:displaced",
    Ending.REPLACED: "session:replaced",
    Ending.IDLE: "session:idle",
    Ending.EXPIRED: "session:expired",
    Ending.SHUT_OUT: "session:shut_out",
    Ending.ENDED: "session:ended",
    Ending.CERTIFICATE: "session:certificate",
}
_OWN_DOING = {Ending.LOGOUT, Ending.DISPLACED, Ending.REPLACED}


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a request, and at most."""

    idle: timedelta
    absolute: timedelta


def open_for(
    session: Session, account: Account, address: str, limits: Limits, certificate_id: int | None = None
) -> str:
    """A new session for `account`, the only live one: earlier ones end (多重ログイン, D5).

    Returns the token for the browser; only its hash is stored.
    """
    for row in _live(session, account.id):
        end(session, row, time_out(row, limits) or Ending.DISPLACED)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = SignInSession(account_id=account.id, token_hash=digest(token), address=address, certificate_id=certificate_id)
    session.flush()  # the endings first: one live session per account is a unique index
    session.add(row)
    session.flush()
    return token


def touch(session: Session, token: str, limits: Limits) -> None:
    """The browser was here: the idle time starts anew, if the session is still alive."""
    now = clock.now()
    session.execute(
        update(SignInSession)
        .where(
            SignInSession.token_hash == digest(token),
            SignInSession.ended_at.is_(None),
            SignInSession.last_seen_at > now - limits.idle,
            SignInSession.started_at > now - limits.absolute,
        )
        .values(last_seen_at=now),
        execution_options={"synchronize_session": False},
    )


def find(session: Session, token: str) -> SignInSession | None:
    """The session of this token with its account, ended ones too."""
    return session.scalar(
        select(SignInSession).where(SignInSession.token_hash == digest(token)).execution_options(populate_existing=True)
    )


def due_ending(row: SignInSession, limits: Limits) -> Ending | None:
    """Why this session has to end now, or None: it lives, or has ended already."""
    if row.ended_at is not None:
        return None
    if row.account.is_shut_out or row.account.temporary_expired:
        return Ending.SHUT_OUT
    return time_out(row, limits)


def time_out(row: SignInSession, limits: Limits) -> Ending | None:
    now = clock.now()
    if now - row.started_at >= limits.absolute:
        return Ending.EXPIRED
    if now - row.last_seen_at >= limits.idle:
        return Ending.IDLE
    return None


def end(session: Session, row: SignInSession, ending: Ending, actor: Actor | None = None) -> None:
    """End one session. A session that has ended already stays as it is."""
    ended = session.scalar(
        update(SignInSession)
        .where(SignInSession.id == row.id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now(), ending=ending)
        .returning(SignInSession.id),
        execution_options={"synchronize_session": False},
    )
    session.refresh(row)
    if ended is None:  # somebody else did, and has recorded it
        return
    if event := _EVENT.get(ending):
        account = row.account
        audit.record(session, actor or (account if ending in _OWN_DOING else None), event, account)


def end_all(session: Session, account: Account, ending: Ending, actor: Actor | None = None) -> int:
    """End every session of `account`; returns how many there were.

    Locks the account first, so that a sign-in under way either is seen here or sees the change.
    """
    id_lock.hold_row(session, account)
    rows = _live(session, account.id)
    for row in rows:
        end(session, row, ending, actor)
    return len(rows)


def rotate(row: SignInSession) -> str:
    """A new token for a session that goes on; the old one is dead (R-024, R-032)."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash = digest(token)
    return token


def previous_start(session: Session, row: SignInSession) -> SignInSession | None:
    """The sign-in of this account before the present one."""
    return session.scalar(
        select(SignInSession)
        .where(SignInSession.account_id == row.account_id, SignInSession.id < row.id)
        .order_by(SignInSession.id.desc())
        .limit(1)
    )


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _live(session: Session, account_id: int) -> list[SignInSession]:
    statement = select(SignInSession).where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None))
    return list(session.scalars(statement.execution_options(populate_existing=True)))
