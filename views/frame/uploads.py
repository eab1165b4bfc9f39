"""添付 and 削除 of files while a form is filled in: two steps of the conversation, with or without script.

The panel's script asks for JSON; without it the same request shows 入力画面 again with everything typed.
"""

from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Request, current_app, jsonify, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from domain import files, messages
from domain.errors import DomainError
from forms.base import InputForm
from forms.fields import FilesField
from models.base import db
from services import attachments
from views.frame import labels
from views.transaction import transaction

REACH = 64 * files.MIB  # bytes of a request that are read through for the form around a file that is too large
_IN_MEMORY = 500 * 1024  # bytes of a file that need no temporary file
_STEPS = ("attach", "detach")


def let_files_in() -> None:
    """Raise this request's limit, where a form with a file receives it from a browser with a session.

    Of a file that is too large no more is kept than tells so (`ReceivedFile`): the message stands beside the
    field and nothing typed is lost. Everywhere else the application's own limit stays. Called before anything
    reads the body.
    """
    if request.mimetype != "multipart/form-data" or not session.get("sid") or request.endpoint is None:
        return
    view = getattr(current_app.view_functions.get(request.endpoint), "__self__", None)
    if view is not None and getattr(view, "takes_files", lambda name: False)(request.endpoint.rpartition(".")[2]):
        request.max_content_length = REACH


def takes_files(form_class: type[InputForm]) -> bool:
    """True if the form declares 添付ファイル, or a file that fills it in."""
    if form_class.upload is not None:
        return True
    found = (getattr(form_class, name, None) for name in dir(form_class) if not name.startswith("_"))
    return any(getattr(field, "field_class", None) is FilesField for field in found)


class ReceivedFile(SpooledTemporaryFile[bytes]):
    """A file of a request: its beginning, one byte more than the largest that is accepted."""

    def write(self, data: Any) -> int:
        super().write(data[: files.LARGEST + 1 - self.tell()])
        return len(data)


class PanelRequest(Request):
    def _get_file_stream(self, *about: Any, **more: Any) -> IO[bytes]:
        """For Werkzeug, which writes a file as it comes in."""
        return ReceivedFile(max_size=_IN_MEMORY, mode="rb+")


class Uploads:
    """The files of one form: what they are, and the two steps."""

    def __init__(self, form: InputForm, row: Any) -> None:
        self.row = row
        self.fields: list[FilesField] = [f for f in form if isinstance(f, FilesField)]
        for field in self.fields:
            if row is not None and request.method != "POST":
                field.data = self._keys_of_row()
            field.rows = self._rows_of(field, field.data)

    def is_step(self, step: str | None) -> bool:
        return self._of(step) is not None

    def differing(self) -> set[str]:
        """Names of the fields whose files are not those of the row."""
        keys = self._keys_of_row() if self.fields else []
        return {field.name for field in self.fields if field.data != keys}

    def names_of_row(self) -> str:
        return "、".join(file.file_name for file in attachments.of_record(db.session(), self.row))

    def _keys_of_row(self) -> list[str]:
        return [file.key for file in attachments.of_record(db.session(), self.row)]

    def problems(self) -> bool:
        """Put beside each field what is wrong with its files; True if anything is. For 確認."""
        for field in self.fields:
            try:
                self._check(field)
            except DomainError as error:
                field.errors = [*field.errors, messages.text(error.message_id, **error.params)]
        return any(field.errors for field in self.fields)

    def _check(self, field: FilesField) -> None:
        """Raises DomainError: error.F01.00011, error.F01.00015, error.F01.00018."""
        if len(field.data) > files.MOST:
            raise DomainError("error.F01.00011", most=files.MOST)
        if len(field.rows) != len(field.data):
            field.data = [file.key for file in field.rows]
            raise DomainError("error.F01.00015")
        if request.form.get(field.upload_name):
            raise DomainError("error.F01.00018")

    def take(self, step: str) -> ResponseReturnValue | None:
        """Do one step; the answer for the script, or None: show 入力画面 again."""
        field, key = self._of(step) or (self.fields[0], "")
        try:
            facts = self._detach(field, key) if step.startswith("detach:") else self._attach(field)
        except DomainError as error:
            text = messages.text(error.message_id, **error.params)
            field.errors = [*field.errors, text]
            facts = {"error": text}
        if request.accept_mimetypes.best == "application/json":
            return jsonify(facts), 422 if "error" in facts else 200
        return None

    def _of(self, step: str | None) -> tuple[FilesField, str] | None:
        """attach:<field> or detach:<field>:<key>, taken apart."""
        verb, name, key = [*(step or "").split(":", 2), "", ""][:3]
        found = next((f for f in self.fields if f.name == name), None)
        return (found, key) if found is not None and verb in _STEPS else None

    def _attach(self, field: FilesField) -> dict[str, Any]:
        """Raises DomainError: error.F01.00001…00014, error.F01.00016."""
        sent = [file for _, file in request.files.items(multi=True) if file.filename]
        if not sent:
            raise DomainError("error.F01.00013")
        if len(sent) > 1:
            raise DomainError("error.F01.00014")
        if field.is_full:
            raise DomainError("error.F01.00011", most=files.MOST)
        accepted = files.accept(sent[0].filename or "", sent[0].stream)  # type: ignore[arg-type]
        with transaction() as s:
            file = attachments.store(s, current_user, field.record_table, accepted)
        field.data = [*field.data, file.key]
        field.rows = self._rows_of(field, field.data)
        address = url_for("files.download", key=file.key)
        return {"key": file.key, "name": file.file_name, "size": labels.size(file.size), "address": address}

    def _detach(self, field: FilesField, key: str) -> dict[str, Any]:
        with transaction() as s:
            for file in self._rows_of(field, [key]):
                attachments.discard(s, current_user, file)
        field.data = [k for k in field.data if k != key]
        field.rows = self._rows_of(field, field.data)
        return {"key": key}

    def _rows_of(self, field: FilesField, keys: list[str]) -> list[Any]:
        wanted = keys[: files.MOST + 1]
        return attachments.of_keys(db.session(), current_user, wanted, field.record_table, self.row)
