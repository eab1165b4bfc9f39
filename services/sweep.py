"""Forgetting what is no longer needed. Due work is found by query, so running it twice is harmless."""

from datetime import timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from domain import clock
from models.account import Account
from models.board import Challenge
from models.certificate import UnregisteredCertificate
from models.sign_in import Ending, SignInCounter, SignInSession, SignInThrottle
from models.ticket import Ticket
from services import id_lock, sessions

UNKNOWN_IDS = timedelta(days=90)
ENDED_SESSIONS = timedelta(days=90)
USED_TICKETS = timedelta(days=7)
THROTTLE = timedelta(hours=1)
UNREGISTERED = timedelta(days=30)
CHALLENGES = timedelta(hours=1)  # longer than a solved one is good for
_ONE_AT_A_TIME = 20_261_121  # PostgreSQL advisory lock: one sweep, the others have nothing to add


def run(session: Session, limits: sessions.Limits) -> None:
    """Ends sessions that have timed out. Forgets failures of IDs nobody has (90 days), ended
    sessions (90 days), 未登録証明書 (30 days), used tickets (7 days), 画像認証 and throttle minutes (1 hour).

    A lock of an account is never forgotten (COM-020).
    """
    if id_lock.is_server(session) and not session.scalar(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))):
        return
    now = clock.now()
    stale = SignInSession.last_seen_at <= now - limits.idle
    idle = select(SignInSession).where(SignInSession.ended_at.is_(None), stale)
    # Rows somebody is just ending are theirs; waiting for them could deadlock.
    idle = idle.with_for_update(skip_locked=True, of=SignInSession)
    for row in session.scalars(idle).all():
        sessions.end(session, row, sessions.time_out(row, limits) or Ending.IDLE)
    known = exists().where(Account.login_key == SignInCounter.login_key)
    for statement in (
        delete(SignInCounter).where(SignInCounter.last_failed_at < now - UNKNOWN_IDS, ~known),
        delete(SignInSession).where(SignInSession.ended_at < now - ENDED_SESSIONS),
        delete(Ticket).where(Ticket.used_at < now - USED_TICKETS),
        delete(UnregisteredCertificate).where(UnregisteredCertificate.seen_at < now - UNREGISTERED),
        delete(Challenge).where(Challenge.expires_at < now - CHALLENGES),
        delete(SignInThrottle).where(SignInThrottle.minute < now - THROTTLE),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
