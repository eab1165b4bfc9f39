"""添付ファイル: one component for every kind of record that has files (COM-056, R-064…R-067).

A new record with files needs:

1. its form:       files = FilesField(terms.NOTICE["files"], record_table="notices")
2. its service:    changes = audit.changes_of(notice)            # after session.flush(): the record needs its id
                   changes |= attachments.attach(session, actor, notice, data["files"])
3. its screens:    has_files = True  in the ResourceView; elsewhere {{ parts.files(attachments.of_record(…)) }}
4. who may read:   a line in services/file_access.py, READERS["notices"] = notices.visible

Everything between is the frame's: uploading, the list beside the field, 確認 and 戻る, the download.
A file belongs to its uploader until its record is saved, and is forgotten after a day otherwise.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from domain import clock, files
from domain.errors import DomainError
from models.account import Account
from models.attachment import CHUNK, Attachment, AttachmentChunk
from services import audit
from services.access import Actor

UNATTACHED = timedelta(hours=24)  # how long a file waits for its record
QUOTA = files.MOST * files.LARGEST  # bytes one uploader may have waiting: one record full
_KEY_BYTES = 32
_KEY = re.compile(r"[0-9A-Za-z_-]{43}")
_SWEPT = 20  # files in one transaction


def store(session: Session, actor: Actor, record_table: str, file: files.Accepted) -> Attachment:
    """Keep an accepted file for a record that is still to be saved; it stays the actor's and expires.

    Whether the actor may have such a record is asked by whoever opened its form.
    Raises DomainError: error.F01.00012.
    """
    # One upload of a person at a time, or two could share the last of the quota.
    table = Account.__table__  # alone: an outer join cannot be locked
    session.execute(select(table.c.id).where(table.c.id == actor.id).with_for_update(key_share=True))
    waiting = select(func.coalesce(func.sum(Attachment.size), 0)).where(
        Attachment.uploader_id == actor.id, Attachment.record_id.is_(None)
    )
    if (session.scalar(waiting) or 0) + file.size > QUOTA:
        raise DomainError("error.F01.00012", most=QUOTA // files.MIB)
    row = Attachment(
        key=secrets.token_urlsafe(_KEY_BYTES),
        record_table=record_table,
        uploader_id=actor.id,
        file_name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256="",
        expires_at=clock.now() + UNATTACHED,
    )
    session.add(row)
    session.flush()
    row.sha256 = _keep_bytes(session, row, file)
    audit.record(session, actor, "file:upload", row, detail={"bytes": row.size, "sha256": row.sha256})
    return row


def _keep_bytes(session: Session, row: Attachment, file: files.Accepted) -> str:
    """Write the chunks, one at a time in memory; their SHA-256."""
    digest, number = hashlib.sha256(), 0
    file.stream.seek(0)
    while data := file.stream.read(CHUNK):
        digest.update(data)
        session.execute(insert(AttachmentChunk), [{"attachment_id": row.id, "no": number, "data": data}])
        number += 1
    return digest.hexdigest()


def attach(session: Session, actor: Actor, record: Any, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Make the files of `record` exactly these, in this order. A file left out is deleted.

    Returns what changed, as audit.record takes it: {} or {"files": [names before, names after]}.
    Raises DomainError: error.F01.00011, error.F01.00015 (a key that is neither the actor's own nor the record's).
    """
    if len(keys) > files.MOST:
        raise DomainError("error.F01.00011", field="files", most=files.MOST)
    before = of_record(session, record)
    rows = of_keys(session, actor, keys, record.__tablename__, record, lock=True)
    if len(rows) != len(keys):
        raise DomainError("error.F01.00015", field="files")
    if rows == before:
        return {}
    names = [[row.file_name for row in before], [row.file_name for row in rows]]
    for place, row in enumerate(rows, start=1):  # out of each other's way first: a place is taken once
        row.record_id, row.place, row.expires_at = record.id, -place, None
    _delete(session, [row.id for row in before if row not in rows])
    session.flush()
    for place, row in enumerate(rows, start=1):
        row.place = place
    if hasattr(record, "updated_at"):
        record.updated_at = clock.now()
        flag_modified(record, "updated_at")  # the record's version counts this as a change
    session.flush()
    return {"files": names}


def of_record(session: Session, record: Any) -> list[Attachment]:
    """The files of a record, as 添付ファイル一覧 numbers them."""
    mine = (Attachment.record_table == record.__tablename__) & (Attachment.record_id == record.id)
    return list(session.scalars(select(Attachment).where(mine).order_by(Attachment.place)))


def of_keys(
    session: Session, actor: Actor, keys: Sequence[str], record_table: str, record: Any = None, *, lock: bool = False
) -> list[Attachment]:
    """Of these keys the files the actor may put on `record`, in the order of the keys: the own and the record's.

    lock: nobody else may put one of them on another record meanwhile.
    """
    mine = Attachment.record_id.is_(None) & (Attachment.uploader_id == actor.id) & (Attachment.expires_at > clock.now())
    if record is not None:
        mine |= Attachment.record_id == record.id
    found = select(Attachment).where(
        Attachment.key.in_([key for key in keys if is_key(key)]), Attachment.record_table == record_table, mine
    )
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    by_key = {row.key: row for row in session.scalars(found)}
    return [by_key[key] for key in dict.fromkeys(keys) if key in by_key]


def is_key(text: str) -> bool:
    """False for what is no key of any file: PostgreSQL would not even compare every text."""
    return _KEY.fullmatch(text) is not None


def discard(session: Session, actor: Actor, row: Attachment) -> None:
    """Forget an own file that no record has yet; any other is left alone."""
    if row.record_id is None and row.uploader_id == actor.id:
        audit.record(session, actor, "file:discard", row)
        _delete(session, [row.id])


def open_chunks(open_session: Callable[[], Session], row: Attachment) -> Iterator[bytes]:
    """The bytes of a file, a chunk at a time, each read in a transaction of its own.

    A slow reader holds neither a connection nor a lock. LookupError: the file was deleted meanwhile.
    """
    return _chunks(open_session, row.id, -(-row.size // CHUNK))  # read now: the row may be gone from its session


def _chunks(open_session: Callable[[], Session], attachment_id: int, count: int) -> Iterator[bytes]:
    for number in range(count):
        with open_session() as session:
            wanted = (AttachmentChunk.attachment_id == attachment_id) & (AttachmentChunk.no == number)
            data = session.scalar(select(AttachmentChunk.data).where(wanted))
        if data is None:
            raise LookupError(f"attachment {attachment_id} has no chunk {number}")
        yield data


def is_any_expired(session: Session) -> bool:
    return session.scalar(select(Attachment.id).where(Attachment.expires_at <= clock.now()).limit(1)) is not None


def sweep(session: Session) -> int:
    """Delete files whose record was never saved (R-067); how many. At most _SWEPT of them: call it until it is 0."""
    # Rows somebody else is just deleting are theirs.
    expired = select(Attachment.id).where(Attachment.expires_at <= clock.now()).order_by(Attachment.id).limit(_SWEPT)
    ids = list(session.scalars(expired.with_for_update(skip_locked=True)))
    _delete(session, ids)
    return len(ids)


def _delete(session: Session, ids: Sequence[int]) -> None:
    """With their chunks, by the foreign key."""
    if ids:
        statement = delete(Attachment).where(Attachment.id.in_(ids))
        session.execute(statement, execution_options={"synchronize_session": "fetch"})
