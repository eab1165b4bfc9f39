"""The one place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, g, has_request_context
from sqlalchemy.orm import Session

from domain.actors import Origin
from models.base import db
from models.engine import WRITE
from services import id_lock
from views import front


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the services in the block did; on any error undo all of it and re-raise.

    What was read before is read again: on SQLite a new transaction begins, with the write lock;
    on PostgreSQL a running one goes on, because it may hold the lock of an ID.
    """
    session = db.session()
    session.info["origin"] = origin()
    session.info["mail"] = current_app.config["MAIL_SETTINGS"]
    if id_lock.is_server(session):
        session.expire_all()
    else:
        session.rollback()
        session.connection(execution_options=WRITE)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def origin() -> Origin:
    """Where this request comes from, for the audit trail; empty on the command line."""
    if not has_request_context():
        return Origin()
    return Origin(address=address(), request_no=g.get("request_no", ""))


def address() -> str:
    """The peer's address; behind the front the one it names. No other header is believed."""
    return front.address()[:45]
