"""Who may read the bytes of a file: whoever may read its record. The one place that says so (R-066)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from domain import clock
from models.attachment import Attachment
from services import attachments, notices
from services.access import Actor

# record_table -> visible(actor): the rows of that table the actor may open, as its list and detail use them.
READERS: dict[str, Callable[[Actor], Select[Any]]] = {"notices": notices.reachable}


def find(session: Session, actor: Actor, key: str) -> Attachment | None:
    """The file with this key, or None: there is none, or the actor may not read it.

    Until its record is saved a file is its uploader's alone; a kind of record without a reader shows no file.
    """
    row = session.scalar(select(Attachment).where(Attachment.key == key)) if attachments.is_key(key) else None
    if row is None:
        return None
    if row.record_id is None:
        is_own = row.uploader_id == actor.id and row.expires_at is not None and row.expires_at > clock.now()
        return row if is_own else None
    visible = READERS.get(row.record_table)
    if visible is None:
        return None
    rows = visible(actor)
    key_column = rows.column_descriptions[0]["entity"].id
    return row if session.scalar(select(exists(rows.where(key_column == row.record_id)))) else None
