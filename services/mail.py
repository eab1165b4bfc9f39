"""Queueing mail: rows of the outbox, in the transaction of the change (requirements §7)."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import clock
from domain.credentials import last_day
from domain.mails import RULES, SECRET_MARK, Gets, is_of_board
from domain.roles import Role
from domain.terms import MAIL_LINES, MAIL_LINES_OF_BOARD
from models.account import Account
from models.mail import OutgoingMail
from models.user import User
from services.access import Actor

TEMPLATES = Path(__file__).parent.parent / "templates" / "mail"
MESSAGE_ID_DOMAIN = "panel.invalid"
REHEARSED = "rehearsed"  # in session.info: a list that is told of every mail (services.desk.rehearse)


@dataclass(frozen=True)
class Settings:
    """What queueing needs to know; put into `session.info["mail"]` by whoever opens the transaction."""

    outbox_key: str
    base_url: str
    to_actor: bool = True  # TEMP_PASSWORD_TO_ACTOR (D3)
    board_base_url: str = ""  # where the board is, if not there


@dataclass(frozen=True)
class Secret:
    """A 仮パスワード on its way."""

    password: str
    until: datetime  # exclusive


class SecretGone(Exception):
    """The 仮パスワード of a mail has expired; it will never be sent."""


class SecretUnreadable(Exception):
    """OUTBOX_KEY does not fit this mail: it can be sent once the key is put right."""


def about_user(
    session: Session,
    event: str,
    target: Account,
    actor: Actor,
    *,
    secret: Secret | None = None,
    also_to: Iterable[str] = (),
    **facts: Any,
) -> None:
    """Queue the mails of one event about `target`: one per account, whatever addresses they share.

    also_to: further addresses of the target, e.g. the one before a change (USR-060); an address that
             gets this news anyway gets it once.
    facts:   項目名 -> value, each a line of its own in the body.
    """
    told = set()
    for account, gets in _recipients(session, event, target, actor):
        if gets is Gets.NOTHING:
            continue
        told.add(account.email)
        with_secret = secret if gets is Gets.SECRET else None
        _queue(session, event, account.id, account.email, target, actor, with_secret, facts)
    for address in set(also_to) - told:
        _queue(session, event, target.id, address, target, actor, None, facts)


def _recipients(session: Session, event: str, target: Account, actor: Actor) -> list[tuple[Account, Gets]]:
    rule = RULES[event]
    settings: Settings = session.info["mail"]
    found = {target.id: (target, rule.target)}
    for admin in admins_of(session, target):
        acting = admin.id == actor.id
        gets = rule.acting_admin if acting else rule.other_admins
        if acting and gets is Gets.SECRET and not settings.to_actor:
            gets = Gets.NOTICE
        if admin.id not in found:
            found[admin.id] = (admin, gets)
    return list(found.values())


def admins_of(session: Session, account: Account) -> list[User]:
    """The 管理者 of the account's operator who are not deleted; none for staff."""
    if account.operator_id is None:
        return []
    return list(
        session.scalars(
            select(User)
            .filter_by(operator_id=account.operator_id, role=Role.OPERATOR_ADMIN, deleted_at=None)
            .order_by(User.id)
        )
    )


def _queue(
    session: Session,
    event: str,
    account_id: int | None,
    recipient: str,
    target: Account,
    actor: Actor,
    secret: Secret | None,
    facts: Mapping[str, Any],
) -> None:
    names = MAIL_LINES_OF_BOARD if is_of_board(event) else MAIL_LINES
    lines = {names["login_id"]: target.login_id, names["name"]: target.name}
    if secret:
        lines |= {"仮パスワード": SECRET_MARK, "有効期限": f"{last_day(secret.until):%Y/%m/%d}"}
    row = _written(session, event, recipient, lines | dict(facts), secret=secret is not None)
    row.account_id, row.about_id = account_id, target.id
    if secret:
        key = session.info["mail"].outbox_key
        row.secret = Fernet(key).encrypt(secret.password.encode()).decode()
        row.secret_until, row.has_secret = secret.until, True
    session.add(row)


def plain(
    session: Session,
    event: str,
    recipients: Iterable[str],
    facts: Mapping[str, Any],
    *,
    due_at: datetime | None = None,
    notice_id: int | None = None,
) -> None:
    """Queue a mail that is about no account; an address named twice gets it once.

    facts:  項目名 -> value, each a line of its own in the body.
    due_at: not to be sent before; None is now.
    """
    for recipient in dict.fromkeys(recipients):
        row = _written(session, event, recipient, facts)
        row.due_at, row.notice_id = due_at or clock.now(), notice_id
        session.add(row)


def _written(
    session: Session, event: str, recipient: str, facts: Mapping[str, Any], *, secret: bool = False
) -> OutgoingMail:
    settings: Settings = session.info["mail"]
    base_url = (is_of_board(event) and settings.board_base_url) or settings.base_url
    told = {name: " ".join(str(value).splitlines()) for name, value in facts.items()}  # no fact looks like another
    values = {"facts": told, "base_url": base_url, "secret": secret}
    folder = event.lower().replace("-", "_")
    row = OutgoingMail(
        message_id=_new_message_id(),
        event=event,
        recipient=recipient,
        subject=_render(f"{folder}/subject.txt", values).strip(),
        body=_render(f"{folder}/body.txt", values),
    )
    session.info.get(REHEARSED, []).append(row)
    return row


def again(session: Session, row: OutgoingMail) -> None:
    """Queue a copy of a mail without a secret."""
    session.add(
        OutgoingMail(
            message_id=_new_message_id(),
            event=row.event,
            account_id=row.account_id,
            about_id=row.about_id,
            recipient=row.recipient,
            subject=row.subject,
            body=row.body,
        )
    )


def _new_message_id() -> str:
    return f"<{secrets.token_hex(16)}@{MESSAGE_ID_DOMAIN}>"


def text_of(row: OutgoingMail, outbox_key: str) -> str:
    """The body to send, with the secret in its place. Raises SecretGone or SecretUnreadable."""
    if not row.has_secret:
        return row.body
    if row.secret is None or (row.secret_until is not None and clock.now() >= row.secret_until):
        raise SecretGone("仮パスワードの有効期限が過ぎています。")
    try:
        return row.body.replace(SECRET_MARK, Fernet(outbox_key).decrypt(row.secret.encode()).decode())
    except InvalidToken as error:
        raise SecretUnreadable("OUTBOX_KEYが登録時と異なるため、仮パスワードを復号できません。") from error


@cache
def _environment() -> Environment:
    # Plain text: nothing to escape. StrictUndefined: a missing fact fails the change, not the reader.
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _render(name: str, values: Mapping[str, Any]) -> str:
    return _environment().get_template(name).render(**values)
