"""Running a Command: its screen, its dialog's POST, its 完了画面."""

import re
from typing import Any

from flask import abort, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import MethodNotAllowed

from domain import messages
from domain.errors import DomainError
from forms.base import InputForm
from models.base import db
from services import access, tickets
from services.tickets import AlreadyDone
from views.frame import conflict
from views.frame.command import Command
from views.frame.conversation import Completion
from views.transaction import transaction

_SELECTED = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")  # id and the version the person saw
_NUMBER = re.compile(r"[0-9]{1,18}")
TICKED = "ticked"  # in the session: what was selected when a button of the list was refused


class CommandRun:
    def __init__(self, view: Any, command: Command) -> None:
        self.view, self.command = view, command

    def respond(self) -> ResponseReturnValue:
        command = self.command
        if not access.allows(current_user, command.permission):
            abort(403)
        if request.method != "POST":  # a HEAD too: it carries no CSRF token
            if not command.screen:
                raise MethodNotAllowed(["POST"])
            return self._screen()
        ticket = request.form.get("ticket", "")
        if not tickets.is_ticket(ticket):
            abort(400)
        picked = list(dict.fromkeys(request.form.getlist("rowid")))
        number = int(picked[0]) if picked and _NUMBER.fullmatch(picked[0]) else None
        operation = f"{self.view.endpoint}.{command.name}:{'' if command.many else number}"
        row = None if command.many else self._row(number, ticket, operation)
        if isinstance(row, Completion):
            return self.view.to_completion(row)
        form = command.form(request.form) if command.form else None
        if form is not None and not form.validate():
            return self.view.render_detail(row, asking=(command.name, form))
        return self._run(picked, row, ticket, operation, form)

    def _run(
        self, picked: list[str], row: Any, ticket: str, operation: str, form: InputForm | None
    ) -> ResponseReturnValue:
        command = self.command
        more = (form.values,) if form is not None else ()
        title = self.view.screen_name(f"{command.label}完了画面")
        done = Completion(title, command.complete, {"count": len(picked)})
        try:
            with transaction() as s:
                tickets.redeem(s, current_user, ticket, operation, done.as_dict())
                command.run(s, current_user, self._selection(picked) if command.many else row, *more)
        except AlreadyDone as used:
            return self.view.to_completion(Completion(**used.done))
        except (StaleDataError, ObjectDeletedError):  # somebody else was faster
            return self.view.refused(self._overtaken(row, picked), row)
        except DomainError as error:
            if command.many:
                session[TICKED] = [p for p in picked if _SELECTED.fullmatch(p)][: self.view.page_size]
            if form is not None and error.field in form:  # beside it, and what was typed stays
                form.add_error(messages.text(error.message_id, **error.params), error.field)
                return self.view.render_detail(row, asking=(command.name, form))
            return self.view.refused(error, row)
        return self.view.to_completion(done)

    def _row(self, number: int | None, ticket: str, operation: str) -> Any:
        """The row, or 404; if the command itself has taken it away, what its 完了画面 said."""
        row = self.view.find_one(number) if number is not None else None
        done = tickets.done(db.session(), current_user, ticket, operation) if row is None else None
        return row or (Completion(**done) if done else abort(404))

    def _screen(self) -> ResponseReturnValue:
        """<対象>削除画面: what it is about, [戻る] and [実行] (6章⑤)."""
        row = self.view.get_one(request.args.get("id", ""))
        if self.command.check is not None:
            try:
                self.command.check(current_user, [row])
            except DomainError as error:
                return self.view.refused(error, row)
        title = self.view.screen_name(self.command.screen)
        detail = (self.view.screen_name("詳細画面"), self.view.detail_url(row))
        return self.view.render(
            "resource/command.html",
            title=title,
            crumbs=self.view.crumbs(detail, (title, None)),
            row=row,
            columns=self.view.shown_columns,
            command=self.command,
            ticket=tickets.new(),
            back_url=self.view.detail_url(row),
        )

    def _overtaken(self, row: Any, picked: list[str]) -> DomainError:
        if row is not None:
            return conflict.told(row)
        try:
            self._selection(picked)  # says which
        except DomainError as error:
            return error
        return DomainError("error.U04.00004", ids="")

    def _selection(self, picked: list[str]) -> list[Any]:
        """The ticked rows, exactly as they were shown; else none of them and the reason (USR-082)."""
        found, lost = [], []
        if not picked:
            raise DomainError("error.U04.00003")
        for value in picked:
            match = _SELECTED.fullmatch(value)
            row = self.view.find_one(int(match[1])) if match else None
            if row is not None and match and row.version == int(match[2]):
                found.append(row)
            else:
                lost.append(self.view.name_of(row) if row is not None else "該当なし")
        if lost:
            raise DomainError("error.U04.00004", ids="、".join(lost))
        return found
