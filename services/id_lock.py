"""One attempt at a time per ID, over all threads, processes and – on PostgreSQL – machines (R-002).

Waiting is not refusing: whoever comes second waits for the first one's outcome to be written.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.account import Account
from models.sign_in import SignInCounter

FILES = 256


@contextmanager
def held(session: Session, entrance: str, key: str, folder: Path) -> Iterator[None]:
    """Hold the lock of the ID with normal form `key` at `entrance`.

    PostgreSQL: the counter row, locked inside the session's transaction. SQLite: one of 256
    files in `folder`, because the database's only write lock must stay free while we hash.

    Whoever waits reads everything anew afterwards; on SQLite it holds no connection meanwhile.
    """
    session.rollback()
    if is_server(session):
        values = {"entrance": entrance, "login_key": key, "failures": 0}
        mine = select(SignInCounter.failures).filter_by(entrance=entrance, login_key=key).with_for_update()
        while True:  # the row of an unknown ID may be swept away between the two
            session.execute(insert(SignInCounter).values(values).on_conflict_do_nothing())
            if session.scalar(mine) is not None:
                break
        try:
            yield
        finally:
            session.rollback()  # nothing is left after a commit; otherwise lock and connection go back
        return
    number = hashlib.sha256(f"{entrance}:{key}".encode()).digest()[0]
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / f"{number:02x}").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed, also by a crash
        yield


def rest(session: Session) -> None:
    """Before hashing: hold no transaction on SQLite. On PostgreSQL the transaction is the lock."""
    if not is_server(session):
        session.rollback()


def hold_row(session: Session, account: Account) -> None:
    """Lock the account's row until the end of the transaction, and read it anew.

    A sign-in under way and whoever disables or reissues at that moment wait for one another. Whoever
    only refers to the row (a ticket, an audit entry) does not: two who act on each other would deadlock.
    """
    session.flush()
    table = Account.__table__
    session.execute(select(table.c.id).where(table.c.id == account.id).with_for_update(key_share=True))
    session.refresh(account)


def is_server(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
