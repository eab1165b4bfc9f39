"""実行 happens once, however often it is sent: double click, reload, back (R-050)."""

import base64
import hashlib
import secrets
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain import clock
from domain.errors import DomainError
from models.account import Account
from models.ticket import TICKET_LENGTH, Ticket
from services import id_lock


class AlreadyDone(DomainError):
    """This ticket was used before; `done` is what its 完了画面 said."""

    def __init__(self, done: dict[str, Any]) -> None:
        super().__init__("error.C01.00003")
        self.done = done


def new() -> str:
    """For a confirm screen: 128 random bits."""
    return secrets.token_urlsafe(16)


def is_ticket(text: str) -> bool:
    return len(text) == TICKET_LENGTH and text.isascii()


def redeem(session: Session, account: Account, ticket: str, operation: str, done: dict[str, Any]) -> None:
    """Use `ticket` up for `operation`, first thing in the transaction of the change. Raises AlreadyDone.

    A page has one ticket for all its buttons: each operation on each row uses its own part of it.

    A second transaction with the same ticket waits here for the first and then sees its row.
    """
    ticket = _part(ticket, operation)
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    values = {"account_id": account.id, "ticket": ticket, "used_at": clock.now(), "done": done}
    statement = dialect.insert(Ticket).values(values).on_conflict_do_nothing()
    # Not rowcount: psycopg's is -1 for an INSERT, whatever happened.
    if session.scalar(statement.returning(Ticket.ticket)) is None:
        used = session.get(Ticket, (account.id, ticket), populate_existing=True)
        raise AlreadyDone(used.done if used else done)


def done(session: Session, account: Account, ticket: str, operation: str) -> dict[str, Any] | None:
    """What the 完了画面 of this ticket said, if it was used for `operation` before."""
    used = session.get(Ticket, (account.id, _part(ticket, operation)), populate_existing=True)
    return used.done if used else None


def _part(ticket: str, operation: str) -> str:
    digest = hashlib.sha256(f"{ticket}:{operation}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:TICKET_LENGTH]
