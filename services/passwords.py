"""パスワード変更, 仮パスワード, 再発行, ロック解除: what changes an account's credentials (#010 4章)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from domain import clock
from domain.credentials import (
    GENERATIONS,
    MAX_FAILURES,
    POLICY_OF_KIND,
    Policy,
    random_id,
    temporary_password,
    temporary_until,
)
from domain.errors import Changed, DomainError, Forbidden
from domain.roles import Permission
from models.account import Account, PasswordGeneration
from models.sign_in import Ending, SignInSession
from services import access, audit, hashing, id_lock, sessions, sign_in
from services.access import Actor
from services.mail import Secret
from services.sign_in import Verdict


@dataclass(frozen=True)
class Change:
    """A judged パスワード変更."""

    verdict: Verdict
    judged_hash: str = ""
    reused: bool = False
    new_hash: str = ""


@dataclass(frozen=True)
class ChangeOutcome:
    """What the screen needs: the browser's new token or a message; and whether the session ended."""

    token: str | None = None
    message_id: str | None = None
    ended: bool = False


@dataclass(frozen=True)
class Issued:
    """A 仮パスワード just issued; the only place its plain text exists."""

    account: Account
    password: str
    until: datetime  # exclusive

    @property
    def secret(self) -> Secret:
        """For the mail that carries it."""
        return Secret(self.password, self.until)


def policy_of(account: Account) -> Policy:
    return POLICY_OF_KIND[account.kind]


def judge_change(session: Session, account: Account, current: str, new: str) -> Change:
    """Compare 現在のパスワード and the last four generations, under the ID's lock. Writes nothing."""
    policy = policy_of(account)
    if sign_in.is_locked(session, policy, account.login_key):
        return Change(Verdict.LOCKED)
    stored = account.password_hash
    recent = list(session.scalars(_generations(account).limit(GENERATIONS)))
    if policy.too_long("", current):
        return Change(Verdict.WRONG)
    id_lock.rest(session)
    if not hashing.matches(stored, current):
        return Change(Verdict.WRONG)
    reused = any(hashing.matches(old, new) for old in recent)
    return Change(Verdict.RIGHT, stored, reused, "" if reused else hashing.make(new))


def settle_change(session: Session, row: SignInSession, change: Change, address: str) -> ChangeOutcome:
    """Write the outcome of a パスワード変更 of the account signed in by `row`.

    A wrong 現在のパスワード is an outcome, not an error: its count has to be committed. The fifth
    locks the account and ends this session (R-023).
    Raises DomainError: error.Y06.00006; Changed.
    """
    account = row.account
    access.require(account, Permission.PASSWORD_CHANGE, account)
    policy = policy_of(account)
    id_lock.hold_row(session, account)
    session.refresh(row)
    if row.ended_at is not None or account.is_shut_out:  # while we waited or hashed
        displaced = row.ending is Ending.DISPLACED
        return ChangeOutcome(message_id="error.Y07.00002" if displaced else "error.Y07.00001", ended=True)
    if change.verdict is Verdict.LOCKED:  # locked at the sign-in page meanwhile: this session lives on
        sign_in.count_address(session, address)
        audit.record(session, account, "password:wrong", account, result="refused")
        return ChangeOutcome(message_id=policy.refusals.locked)
    if change.verdict is Verdict.WRONG:
        sign_in.count_address(session, address)
        failures = sign_in.count_failure(session, policy, account.login_key)
        audit.record(session, account, "password:wrong", account, result="refused", detail={"failures": failures})
        if failures < MAX_FAILURES:
            return ChangeOutcome(message_id="error.Y06.00001")
        audit.record(session, None, "account:lock", account)
        sessions.end(session, row, Ending.LOCKED)
        return ChangeOutcome(message_id=policy.refusals.locked, ended=True)
    if change.reused:
        raise DomainError("error.Y06.00006", field="new", generations=GENERATIONS)
    forced = account.must_change_password
    _set(session, account, change.new_hash, None, change.judged_hash)
    sign_in.clear_failures(session, policy, account.login_key)
    audit.record(session, account, "password:change", account)
    if forced:
        sessions.end(session, row, Ending.PASSWORD)
        return ChangeOutcome(ended=True)
    return ChangeOutcome(token=sessions.rotate(row))


def issue_temporary(session: Session, account: Account) -> Issued:
    """Give `account` a new 仮パスワード; the old password and every session end at once."""
    password, until = temporary_password(policy_of(account)), temporary_until(clock.now())
    _set(session, account, hashing.make(password), until)
    return Issued(account, password, until)


def reissue(session: Session, actor: Actor, account: Account, event: str = "account:reissue") -> Issued:
    """パスワード再発行 (9章). Unlocks as well, else the 仮パスワード could not be used (A17).

    Raises DomainError: error.U06.00001, error.B01.00005 (a frozen ID of the board: BBS-082).
    """
    policy = policy_of(account)
    # The counter before the account, as a sign-in does: the other order could deadlock with one.
    sign_in.clear_failures(session, policy, account.login_key)
    if sign_in.is_locked(session, policy, account.login_key):
        raise DomainError("error.B01.00005")
    id_lock.hold_row(session, account)
    if account.is_shut_out:
        raise DomainError("error.U06.00001")
    issued = issue_temporary(session, account)
    sessions.end_all(session, account, Ending.PASSWORD, actor)
    audit.record(session, actor, event, account)
    return issued


def unlock(session: Session, actor: Actor, account: Account) -> None:
    """ユーザロック解除 (8章). Raises DomainError: error.U05.00001, error.C03.00001 (the board has none: BBS-033)."""
    if policy_of(account).frozen_for is not None:
        raise Forbidden()
    if not sign_in.lift_lock(session, policy_of(account), account.login_key):
        raise DomainError("error.U05.00001")
    audit.record(session, actor, "account:unlock", account)


def remember(session: Session, account: Account, password_hash: str) -> None:
    """Add a generation and forget those older than the last four."""
    session.add(PasswordGeneration(account_id=account.id, password_hash=password_hash))
    session.flush()
    kept = session.scalars(
        select(PasswordGeneration.id)
        .where(PasswordGeneration.account_id == account.id)
        .order_by(PasswordGeneration.id.desc())
        .limit(GENERATIONS)
    ).all()
    session.execute(
        delete(PasswordGeneration).where(PasswordGeneration.account_id == account.id, PasswordGeneration.id < min(kept))
    )


def _set(session: Session, account: Account, new_hash: str, until: datetime | None, judged: str | None = None) -> None:
    """Write a password. Not a change of the record: `version` is for what people edit."""
    statement = update(Account).where(Account.id == account.id)
    if judged is not None:
        statement = statement.where(Account.password_hash == judged)
    done: Any = session.execute(
        statement.values(password_hash=new_hash, temporary_until=until),
        execution_options={"synchronize_session": False},
    )
    if done.rowcount != 1:
        raise Changed
    session.refresh(account)
    remember(session, account, new_hash)


def _generations(account: Account) -> Select[str]:
    return (
        select(PasswordGeneration.password_hash)
        .where(PasswordGeneration.account_id == account.id)
        .order_by(PasswordGeneration.id.desc())
    )


def new_login_id(session: Session, letter: str) -> str:
    """An ID nobody ever had; the unique index catches the one in a billion that slips through."""
    while True:
        login_id = random_id(letter)
        if not session.scalar(select(func.count()).where(Account.login_key == login_id)):
            return login_id
