"""Signing in: judging an attempt and writing its outcome (#010 3章, security.md D2).

`judge` runs under the ID's lock (services.id_lock) and writes nothing; `settle` writes the
outcome in one transaction. views.credential_check puts the two together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain import clock
from domain.credentials import MAX_FAILURES, Policy
from domain.errors import Changed
from models.account import Account
from models.sign_in import SignInCounter, SignInThrottle
from services import audit, hashing, id_lock, sessions


class Verdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()  # five failures already: the password was not compared
    EXPIRED = auto()  # the right 仮パスワード, too late


@dataclass(frozen=True)
class Attempt:
    """What somebody typed at an entrance."""

    policy: Policy
    login_id: str
    password: str

    @property
    def key(self) -> str:
        return self.policy.key(self.login_id)

    @property
    def too_long(self) -> bool:
        return self.policy.too_long(self.login_id, self.password)


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    account_id: int | None = None
    judged_hash: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What the screen needs: a session token, or the id of a message."""

    token: str | None = None
    account: Account | None = None
    message_id: str | None = None


def judge(session: Session, attempt: Attempt) -> Judgement:
    """Compare `attempt` with the account's own hash, unless the ID is locked. Writes nothing.

    Exactly one bcrypt unless the ID is locked (the caller spends it later) or the input is
    over-long.
    """
    if is_locked(session, attempt.policy, attempt.key):
        return Judgement(Verdict.LOCKED)
    account = find(session, attempt.policy, attempt.key)
    if account is None:
        if not attempt.too_long:
            id_lock.rest(session)
            hashing.spend()
        return Judgement(Verdict.WRONG)
    account_id, stored = account.id, account.password_hash
    shut_out, expired = account.is_shut_out, account.temporary_expired
    if attempt.too_long:
        return Judgement(Verdict.WRONG, account_id)
    id_lock.rest(session)
    if not hashing.matches(stored, attempt.password) or shut_out:
        return Judgement(Verdict.WRONG, account_id)
    return Judgement(Verdict.EXPIRED if expired else Verdict.RIGHT, account_id, stored)


def settle(
    session: Session,
    attempt: Attempt,
    judgement: Judgement,
    address: str,
    limits: sessions.Limits,
    certificate_id: int | None = None,
) -> Outcome:
    """Write the outcome: failure count, lock, audit, or the new session that displaces the others.

    certificate_id: the クライアント証明書 the attempt came with; the session is bound to it (R-040).

    Raises Changed if the account was changed after it was judged.
    """
    account = session.get(Account, judgement.account_id) if judgement.account_id else None
    if judgement.verdict is Verdict.RIGHT:
        assert account is not None
        return _succeed(session, attempt, judgement, account, address, limits, certificate_id)
    refusals = attempt.policy.refusals
    who: dict[str, Any] = {
        "typed_id": attempt.key if not attempt.key.startswith("sha256:") else "（IDの形式ではない入力）"
    }
    if judgement.verdict is Verdict.EXPIRED:
        audit.record(session, account, "sign_in:expired", account, result="refused", detail=who)
        return Outcome(message_id=refusals.expired)
    count_address(session, address)
    if judgement.verdict is Verdict.LOCKED:
        account = find(session, attempt.policy, attempt.key)  # only for 操作履歴: nothing was compared
        audit.record(session, None, "sign_in:locked", account, result="refused", detail=who)
        return Outcome(message_id=refusals.locked)
    failures = count_failure(session, attempt.policy, attempt.key)
    audit.record(session, None, "sign_in:failed", account, result="refused", detail=who | {"failures": failures})
    if failures < MAX_FAILURES:
        return Outcome(message_id=refusals.wrong)
    audit.record(session, None, "account:lock", account, detail=who)
    return Outcome(message_id=refusals.locked)


def _succeed(
    session: Session,
    attempt: Attempt,
    judgement: Judgement,
    account: Account,
    address: str,
    limits: sessions.Limits,
    certificate_id: int | None,
) -> Outcome:
    id_lock.hold_row(session, account)
    if account.password_hash != judgement.judged_hash or account.is_shut_out:
        raise Changed
    if hashing.is_weak(account.password_hash):
        rehashed = hashing.make(attempt.password)
        session.execute(update(Account).where(Account.id == account.id).values(password_hash=rehashed))
    clear_failures(session, attempt.policy, attempt.key)
    token = sessions.open_for(session, account, address, limits, certificate_id)
    audit.record(session, account, "sign_in:ok", account)
    return Outcome(token=token, account=account)


def find(session: Session, policy: Policy, key: str) -> Account | None:
    """The account with this normal form, deleted ones too."""
    return session.scalar(select(Account).where(Account.kind.in_(policy.kinds), Account.login_key == key))


def is_locked(session: Session, policy: Policy, key: str) -> bool:
    statement = select(SignInCounter.locked_at).filter_by(entrance=policy.entrance, login_key=key)
    return policy.is_in_force(session.scalar(statement))


def count_failure(session: Session, policy: Policy, key: str) -> int:
    """One more failure of this ID; the fifth locks it. Returns how many there are now."""
    counter = session.get(SignInCounter, (key, policy.entrance), populate_existing=True)
    if counter is None:
        counter = SignInCounter(entrance=policy.entrance, login_key=key, failures=0)
        session.add(counter)
    now = clock.now()
    if counter.locked_at is not None and not policy.is_in_force(counter.locked_at):
        counter.failures, counter.locked_at = 0, None  # the 24 hours are over: counted anew (BBS-034)
    counter.failures = min(counter.failures + 1, MAX_FAILURES)
    counter.last_failed_at = now
    if counter.failures == MAX_FAILURES and counter.locked_at is None:
        counter.locked_at = now
    session.flush()
    return counter.failures


def lift_lock(session: Session, policy: Policy, key: str) -> bool:
    """ユーザロック解除; False if the ID was not locked. Of several at once one lifts it."""
    lifted = session.scalar(
        update(SignInCounter)
        .filter_by(entrance=policy.entrance, login_key=key)
        .where(SignInCounter.locked_at.is_not(None))
        .values(failures=0, locked_at=None)
        .returning(SignInCounter.login_key)
    )
    return lifted is not None


def clear_failures(session: Session, policy: Policy, key: str) -> None:
    """A right password, an unlock or a reissue ends the row of consecutive failures (COM-021).

    A frozen ID of the board stays frozen: nothing shortens its 24 hours (BBS-033).
    """
    statement = update(SignInCounter).filter_by(entrance=policy.entrance, login_key=key)
    if policy.frozen_for is not None:
        since = clock.now() - policy.frozen_for
        statement = statement.where(or_(SignInCounter.locked_at.is_(None), SignInCounter.locked_at <= since))
    session.execute(statement.values(failures=0, locked_at=None))


def count_address(session: Session, address: str) -> None:
    """One more failed sign-in of this address in this minute, over all servers (R-010)."""
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    statement = dialect.insert(SignInThrottle).values(
        address=network_of(address), minute=_minute(clock.now()), failures=1
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["address", "minute"], set_={"failures": SignInThrottle.failures + 1}
        )
    )


def is_throttled(session: Session, address: str, most_per_minute: int) -> bool:
    statement = select(func.coalesce(func.sum(SignInThrottle.failures), 0)).where(
        SignInThrottle.address == network_of(address), SignInThrottle.minute == _minute(clock.now())
    )
    return (session.scalar(statement) or 0) >= most_per_minute


def network_of(address: str) -> str:
    """What is throttled together: one IPv4 address, or one IPv6 /64 (a household or office)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:45]
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed  # ::ffff:192.0.2.1 is 192.0.2.1
    return str(parsed) if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))


def _minute(instant: datetime) -> datetime:
    return instant - timedelta(seconds=instant.second, microseconds=instant.microsecond)
