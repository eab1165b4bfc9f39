"""GET /files/<key>: the bytes of a file, unchanged, for whoever may read its record (COM-056, R-066)."""

import re
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from flask_login import current_user
from sqlalchemy.orm import Session

from models.base import db
from services import attachments, file_access

blueprint = Blueprint("files", __name__)
_UNSAFE = re.compile(r"[^0-9A-Za-z._ -]")  # in the name for clients that do not know filename*


@blueprint.get("/files/<key>")
def download(key: str) -> Response:
    found = file_access.find(db.session(), current_user, key) or abort(404)
    engine = db.engine
    bytes_of_it = attachments.open_chunks(lambda: Session(engine), found) if request.method == "GET" else iter(())
    response = Response(bytes_of_it, content_type=found.media_type, direct_passthrough=True)
    response.content_length = found.size
    response.headers["Content-Disposition"] = disposition(found.file_name)
    response.headers["Accept-Ranges"] = "none"
    db.session.rollback()  # the reader may be slow: no transaction waits for it
    return response


def disposition(name: str) -> str:
    """An attachment under exactly this name (RFC 6266), with an ASCII name for old clients."""
    return f"attachment; filename=\"{_UNSAFE.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"
