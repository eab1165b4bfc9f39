"""How the two databases are opened. Both behave alike above this line."""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

BUSY_TIMEOUT = 30_000  # ms a writer waits for the other writer
WRITE = {"write": True}  # execution option of a transaction that will write


def options(database_url: str) -> dict[str, Any]:
    """Engine options for this address."""
    # Values of a failed statement are people's data: they must not reach the log.
    # The pool is larger than the server's number of threads: nobody waits for a connection.
    common: dict[str, Any] = {"hide_parameters": True, "pool_size": 10, "max_overflow": 10}
    if database_url.startswith("sqlite"):
        return common | {"connect_args": {"timeout": BUSY_TIMEOUT / 1000}}
    return common | {"pool_pre_ping": True, "connect_args": {"connect_timeout": 5}}


def prepare(engine: Engine) -> None:
    """SQLite: WAL, foreign keys, and BEGIN IMMEDIATE for whoever will write.

    A transaction that reads first and writes later would fail at once when another writer was
    faster; one that takes the write lock at its beginning just waits.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
