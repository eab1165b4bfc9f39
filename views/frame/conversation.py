"""入力 → 確認 → 実行 → 完了, for any form of any ResourceView (XC-002).

Nothing is kept on the server between the steps: 確認画面 carries the values as hidden fields and
a ticket; 実行 validates everything again and uses the ticket up.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from domain import messages
from domain.errors import DomainError
from forms.base import InputForm
from models.base import db
from services import tickets
from services.tickets import AlreadyDone
from views.frame import conflict
from views.frame.uploads import Uploads
from views.transaction import transaction

_WORDS = {"regist": "登録", "update": "変更"}


@dataclass(frozen=True)
class Completion:
    """What a 完了画面 says; kept with the ticket, so a second 実行 shows the same."""

    title: str
    message_id: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def message(self) -> str:
        return messages.text(self.message_id, **self.params)


class Conversation:
    def __init__(
        self,
        view: Any,
        verb: str,
        form: InputForm,
        run: Callable[..., Any],
        row: Any = None,
        word: str | None = None,
        check: Callable[..., Any] | None = None,
        at_once: str | None = None,
        complete: Callable[[InputForm], str] | None = None,
    ) -> None:
        """run:   (session, actor, data), or (session, actor, row, data).
        check: the same arguments; what can be told at [確認] already, or – data is None – before the first screen.
        at_once: the button of a form that is run without 確認.
        complete: the id of what 完了画面 says, by what was entered.
        """
        self.view, self.verb, self.form, self.run, self.row, self.check = view, verb, form, run, row, check
        self.word = word or _WORDS[verb]  # in the names of the screens
        self.at_once, self.complete = at_once, complete
        self.conflict: list[tuple[str, str, str]] = []
        self.uploads = Uploads(form, row)
        self.filled = self.upload_error = ""

    def respond(self) -> ResponseReturnValue:
        step = request.form.get("_step") if request.method == "POST" else None
        if step and step.removeprefix("assist:") in self.form.assistants:
            return self._assist(step.removeprefix("assist:"))
        if step and self.uploads.is_step(step):  # 添付, 削除
            return self.uploads.take(step) or self._input()
        if self.form.upload is not None and (step == "fill" or (step == "confirm" and self._has_file())):
            return self._fill()
        if step not in ("confirm", "execute"):  # the first GET, or 戻る
            return self._open()
        if not self.form.validate():
            return self._input()
        ticket = request.form.get("ticket", "")
        if step == "execute" and tickets.is_ticket(ticket):  # 実行 without 確認 has none
            return self._execute(ticket)
        if self.at_once or self.uploads.problems():
            return self._input()
        try:
            self._check(self.form.values)
        except DomainError as error:
            self.form.add_error(messages.text(error.message_id, **error.params), error.field)
            return self._input()
        return self._confirm()

    def _open(self) -> ResponseReturnValue:
        if self.row is not None:
            try:
                self._check(None)
            except DomainError as error:
                return self.view.refused(error, self.row)
        return self._input()

    def _assist(self, name: str) -> ResponseReturnValue:
        """A button of the form that fills in, such as 住所自動入力: the input screen again, nothing written."""
        try:
            self.form.assist(name)
        except DomainError as error:
            self.form.add_error(messages.text(error.message_id, **error.params), error.field)
        return self._input()

    def _has_file(self) -> bool:
        """A file that was chosen and not read yet: never passed over in silence."""
        return any(file.filename for file in request.files.values())

    def _fill(self) -> str:
        """The input screen with the fields filled in from the file."""
        upload = self.form.upload
        assert upload is not None
        file = request.files.get(upload.name)
        name, content = (file.filename or "", file.read(upload.most + 1)) if file else ("", b"")
        try:
            self.form.fill(self.view.read_upload(name, content))
            self.filled = messages.text(upload.done)
        except DomainError as error:
            self.upload_error = messages.text(error.message_id, **error.params)
            self.form.add_error(self.upload_error)
        return self._input()

    def _check(self, values: Any) -> None:
        if self.check is not None:
            row = () if self.row is None else (self.row,)
            self.check(db.session(), current_user, *row, values)

    def _execute(self, ticket: str) -> ResponseReturnValue:
        title = self.view.screen_name(f"{self.word}完了画面")
        done = Completion(title, self.complete(self.form) if self.complete else f"info.{self.verb}.complete")
        operation = f"{self.view.endpoint}.{self.verb}:{self.row.id if self.row else ''}"  # it may be gone in there
        try:
            with transaction() as s:
                tickets.redeem(s, current_user, ticket, operation, done.as_dict())
                self._run(s)
        except AlreadyDone as used:
            return self.view.to_completion(Completion(**used.done))
        except StaleDataError:  # the version changed between our look and the write
            return self._stale()
        except DomainError as error:
            self.form.add_error(messages.text(error.message_id, **error.params), error.field)
            return self._input()
        return self.view.to_completion(done)

    def _run(self, s: Session) -> None:
        if self.row is None:
            self.run(s, current_user, self.form.values)
            return
        try:
            s.refresh(self.row)
        except InvalidRequestError as gone:
            raise StaleDataError from gone
        if self.form.seen_version != self.row.version:
            raise StaleDataError
        self.run(s, current_user, self.row, self.form.values)
        s.flush()

    def _stale(self) -> ResponseReturnValue:
        """409. Somebody else saved first: who and when; what was typed stays (R-088)."""
        error = conflict.told(self.row)
        self.form.add_error(messages.text(error.message_id, **error.params))
        if self.verb == "update":  # otherwise the fields tell of somebody else, such as a successor
            differing = self._differing()
            self.conflict = [
                (f.label.text, self._as_it_is(f.name), self.view.entered(f)) for f in self.form if f.name in differing
            ]
        version = next(f for f in self.form if getattr(f, "kind", "") == "hidden")
        version.data, version.raw_data = self.row.version, None
        return self._input(), 409

    def _input(self) -> str:
        title = self.view.screen_name(f"{self.word}画面")
        return self.view.render(
            self.view.input_template,
            title=title,
            crumbs=self._crumbs(title),
            form=self.form,
            row=self.row,
            fixed=self._fixed(),
            problems=self.form.problems,
            conflict=self.conflict,
            filled=self.filled,
            upload_error=self.upload_error,
            at_once=self.at_once,
            ticket=tickets.new() if self.at_once else "",
            back_url=self.view.detail_url(self.row) if self.row else self.view.list_url(),
        )

    def _confirm(self) -> str:
        title = self.view.screen_name(f"{self.word}確認画面")
        known = set(self.form._fields)
        carried = [(k, v) for k, v in request.form.items(multi=True) if k.partition("-")[0] in known]
        return self.view.render(
            "resource/confirm.html",
            title=title,
            crumbs=self._crumbs(self.view.screen_name(f"{self.word}画面"), title),
            form=self.form,
            fixed=self._fixed(),
            carried=carried,
            question=messages.text(f"info.{self.verb}.confirm"),
            show=self.view.entered,
            warnings=self.view.warnings(self.form.values, self.row),
            changed=self._changed(),
            derived=self.view.derived(self.form.values) if self.row is None else {},
            ticket=tickets.new(),
        )

    def _changed(self) -> set[str]:
        """Names of the fields to mark on 確認画面."""
        return self._differing() if self.row is not None and self.verb == "update" else set()

    def _differing(self) -> set[str]:
        """Names of the fields that differ from the row as it is."""
        form, shown = self.form, [f for f in self.form if f.kind != "hidden"]
        files = self.uploads.differing()
        plain = {f.name for f in shown if f.kind != "files" and form.value_of(f.name) != form.of_row(self.row, f.name)}
        return files | plain

    def _as_it_is(self, name: str) -> Any:
        if self.form[name].kind == "files":
            return self.uploads.names_of_row()
        if not hasattr(self.row, name):
            return self.form.of_row(self.row, name)
        return self.view.shown(self.row, name, self.view.get_detail_value(None, self.row, name))

    def _fixed(self) -> list[tuple[str, Any]]:
        """Read-only items above the fields: (項目名, value)."""
        names = self.form.fixed
        return [(self.view.column_labels[n], self.view.get_detail_value(None, self.row, n)) for n in names]

    def _crumbs(self, *titles: str) -> Any:
        """… > ユーザ情報詳細画面 > ユーザ情報変更画面 > ユーザ情報変更確認画面 (5章⑥)."""
        steps = [(title, request.full_path.rstrip("?")) for title in titles]
        if self.row is None:
            return self.view.crumbs(*steps)
        return self.view.crumbs((self.view.screen_name("詳細画面"), self.view.detail_url(self.row)), *steps)
