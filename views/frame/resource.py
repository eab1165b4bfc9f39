"""ResourceView: the manual's screens (検索→一覧→詳細, 入力→確認→実行→完了, commands) for any model.

A subclass declares *what* is shown and which service functions run; this class owns *how* the
screens follow each other. Flask-Admin supplies the blueprint, the menu entry, columns, sorting,
paging arguments and formatters; its other routes are not registered.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.sql.base import ExecutableOption
from wtforms import Form

from domain import clock, messages, terms
from domain.errors import DomainError
from domain.roles import Permission
from forms.base import InputForm, SearchForm
from models.base import db
from services import access, attachments, audit, tickets
from views import doors
from views.frame import csv_file, labels, uploads
from views.frame.command import Command, Link
from views.frame.command_run import TICKED, CommandRun
from views.frame.conversation import Completion, Conversation
from views.frame.navigation import Crumb
from views.frame.page import Page
from views.transaction import transaction

_ID = re.compile(r"[0-9]{1,18}")
_FIRST_PAGE = 0
_LARGEST_ID = 2**31 - 1
_FETCHED = 200  # rows in memory during CSV出力


class ResourceView(Page, ModelView):
    # ---- declared by the subclass -----------------------------------------------------
    subject: str  # 対象 in the screens' names: <対象>一覧画面
    permissions: Mapping[str, Permission] = {}  # keys: see SCREENS
    visible: Callable[..., Select[Any]]  # (actor) -> every row the actor may open
    find: Callable[..., Select[Any]]  # (actor, criteria) -> rows of the list
    create: Callable[..., Any]  # (session, actor, data)
    update: Callable[..., Any]  # (session, actor, row, data)
    # As create and update, but only telling what would be refused; see Conversation.
    check_create: Callable[..., Any] | None = None
    check_update: Callable[..., Any] | None = None
    search_form_class: type[SearchForm]
    create_form_class: type[InputForm]
    edit_form_class: type[InputForm]
    detail_link: str  # the column that links to 詳細画面
    selectable = False  # the 選択 column in front
    default_order: Sequence[Any] = ()  # columns, before the user has chosen one
    # Buttons of 詳細画面, in order: Command, Link.
    buttons: Sequence[Command | Link] = ()
    has_history = True  # 履歴 on 詳細画面
    has_files = False  # 添付ファイル一覧 on 詳細画面
    csv_loads: Sequence[ExecutableOption] = ()  # what CSV出力 reads beside the rows: not one query per row
    list_buttons: Sequence[Command] = ()  # for the selected rows, below the list
    row_buttons: Sequence[Command] = ()  # in each row of the list; among `buttons` as well
    lists_at_once = False  # without waiting for [検索]
    list_template, detail_template, input_template = "resource/list.html", "resource/detail.html", "resource/input.html"

    # ---- which view function needs which permission; anything else is not registered ----
    SCREENS: Mapping[str, str] = {
        "index_view": "search",
        "details_view": "search",
        "complete_view": "search",
        "command_view": "search",  # and the command's own
        "create_view": "register",
        "edit_view": "change",
        "export_view": "export",
    }
    # Flask-Admin's own routes: without the attribute there is no route.
    action_view = delete_view = export = ajax_lookup = ajax_update = None

    page_size = 20
    can_view_details = True
    column_display_actions = False
    column_type_formatters = labels.FORMATTERS
    column_type_formatters_detail = labels.FORMATTERS
    column_type_formatters_export = labels.FORMATTERS

    def scaffold_form(self) -> type[Form]:
        return InputForm  # never build a form from the model: it would expose every column

    # ---- who may enter ----------------------------------------------------------------------
    def may(self, key: str) -> bool:
        return key in self.permissions and access.allows(current_user, self.permissions[key])

    @property
    def explained(self) -> str:
        changes_something = self.may("register") or self.may("change")
        return self.explanation if changes_something else self.explanation_to_readers or self.explanation

    def is_accessible(self) -> bool:  # the menu asks this
        return current_user.is_authenticated and self.may("search")

    def has_screen(self, name: str) -> bool:
        if name == "command_view" and not self.commands:
            return False
        if name == "complete_view" and not self.commands and not {"register", "change"} & set(self.permissions):
            return False
        return name not in self.SCREENS or self.SCREENS[name] in self.permissions

    def admit(self, name: str) -> None:
        if not self.may(self.SCREENS[name]):
            abort(403)

    # ---- reading rows -------------------------------------------------------------------------
    def get_one(self, id: str) -> Any:
        """The row, or 404; a row the actor may not see is the same 404 (R-055)."""
        found = self.find_one(int(id)) if _ID.fullmatch(id) else None
        return found or abort(404)

    def find_one(self, id: int) -> Any:
        """The row with this id, or None if there is none this person may see."""
        if id > _LARGEST_ID:
            return None
        key = self.model.__mapper__.primary_key[0]
        return db.session.scalar(self.visible(current_user).where(key == id))

    def name_of(self, row: Any) -> str:
        """How a message names a row: its 詳細画面 link."""
        return str(getattr(row, self.detail_link))

    def search_form(self) -> SearchForm:
        return self.search_form_class(request.args).for_actor(current_user)

    def get_list(
        self,
        page: int,
        sort_column: Any,
        sort_desc: bool,
        search: Any,
        filters: Any,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int, list[Any]]:
        """(hits, rows of the page); (0, []) before [検索] was pressed or when the input is wrong."""
        count, rows = self._found(sort_column, sort_desc)
        if rows is None:
            return 0, []
        size = page_size or self.page_size
        rows = rows.limit(size).offset(self._page_within(page, count, size) * size)
        return count, list(db.session.scalars(rows).unique())

    def _found(self, sort_column: Any, sort_desc: bool) -> tuple[int, Select[Any] | None]:
        """(hits, the sorted rows) of 検索条件; list and CSV出力 are made of the same statement."""
        form = self.search_form()
        if not self.is_searched or not form.validate():
            return 0, None
        rows = self.find(current_user, form.values)
        # Counted from the same statement, so list and count cannot disagree.
        count = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
        if sort_column is None:
            rows = rows.order_by(*self.default_order)
        else:
            rows, _ = self._apply_sorting(rows, {}, sort_column, sort_desc)
        return count, rows.order_by(self.model.id)

    @property
    def is_searched(self) -> bool:
        return self.lists_at_once or "searched" in request.args

    def get_sortable_columns(self) -> dict[Any, Any]:
        """Flask-Admin calls (column of the list, column of the table) by the second; the list asks by the first."""
        found = super().get_sortable_columns()
        for pair in self.column_sortable_list or ():
            if isinstance(pair, tuple) and pair[1] in found:
                found[pair[0]] = found.pop(pair[1])
        return found

    @staticmethod
    def _page_within(page: int | None, count: int, size: int) -> int:
        return min(max(page or _FIRST_PAGE, _FIRST_PAGE), max(count - 1, 0) // size)

    def _get_list_extra_args(self) -> Any:
        # The parent keeps one value per parameter: of 有効+無効 only one would survive to page 2.
        args = super()._get_list_extra_args()
        args.extra_args = {key: request.args.getlist(key) for key in args.extra_args}
        return args

    def shown(self, row: Any, column: str, value: Any) -> Any:
        """How `value` of `column` stands in a list or detail: codes as words, status words with icon and tint."""
        raw = getattr(row, column, None)
        return labels.status(column, raw) or terms.word(column, raw) or value

    def entered(self, field: Any) -> Any:
        """How the value of a form's field stands on 確認画面."""
        return labels.of_field(field)

    def warnings(self, values: Mapping[str, Any], row: Any = None) -> list[str]:
        """For 確認画面: messages about what is allowed and yet unusual."""
        return []

    # ---- names -----------------------------------------------------------------------------------
    def screen_name(self, what: str) -> str:
        """ユーザ情報 + 一覧画面."""
        return f"{self.subject}{what}"

    def crumbs(self, *last: Crumb) -> list[Crumb]:
        """参加登録 > ユーザ情報管理 > ユーザ情報一覧画面 > …; the list keeps its last conditions."""
        start = [*self.crumb_of_section(), (self.name, self.get_url(".index_view"))]
        list_screen = self.screen_name("一覧画面")
        if not last:
            return [*start, (list_screen, None)]
        return [*start, (list_screen, self.list_url()), *last]

    def list_url(self) -> str:
        """The list, with the conditions the person came from (carried in `back`)."""
        pairs = parse_qsl(request.values.get("back", ""), keep_blank_values=True)
        base = self.get_url(".index_view")
        return f"{base}?{urlencode(pairs)}" if pairs else base

    def detail_url(self, row: Any, **more: Any) -> str:
        back = request.values.get("back")
        return self.get_url(".details_view", id=row.id, **({"back": back} if back else {}), **more)

    # ---- 検索・一覧 ---------------------------------------------------------------------------------
    @expose("/")
    def index_view(self) -> str:
        form = self.search_form()
        searched = self.is_searched
        valid = form.validate() if searched else True
        args = self._get_list_extra_args()
        sorted_by = self._get_column_by_idx(args.sort)
        count, rows = self.get_list(args.page, sorted_by and sorted_by[0], args.sort_desc, None, None)
        return self.render(
            self.list_template,
            title=self.screen_name("一覧画面"),
            crumbs=self.crumbs(),
            form=form,
            searched=searched and valid,
            problems=form.problems if not valid else self._none_found(searched, count),
            rows=rows,
            count=count,
            page=self._page_within(args.page, count, self.page_size),
            columns=self._list_columns,
            sort=args.sort,
            sort_desc=args.sort_desc,
            url_with=lambda **changes: self._get_list_url(args.clone(**changes)),
            back=request.query_string.decode(errors="replace"),
            ticket=tickets.new(),
            ticked=session.pop(TICKED, []),
            encodings=csv_file.Encoding,
        )

    def _none_found(self, searched: bool, count: int) -> list[tuple[None, str]]:
        """Only what was searched for can be missing."""
        told = searched and not count and "searched" in request.args
        return [(None, messages.text("error.U01.00001"))] if told else []

    # ---- 詳細 -----------------------------------------------------------------------------------------
    @expose("/details/")
    def details_view(self) -> str:
        return self.render_detail(self.get_one(request.args.get("id", "")))

    def render_detail(self, row: Any, asking: tuple[str, InputForm] | None = None) -> str:
        """asking: the command whose dialog is open again, and its form as it was sent."""
        return self.render(
            self.detail_template,
            title=self.screen_name("詳細画面"),
            crumbs=self.crumbs((self.screen_name("詳細画面"), None)),
            row=row,
            columns=self._details_columns,
            buttons=self.buttons_for(row),
            ticket=tickets.new(),
            files=attachments.of_record(db.session(), row) if self.has_files else None,
            history=audit.history_of(db.session(), row) if self.has_history else None,
            asking=asking[0] if asking else "",
            asked=asking[1] if asking else None,
            problems=asking[1].problems if asking else [],
        )

    def buttons_for(self, row: Any) -> list[Command | Link]:
        """The buttons this person may press on this row. Hidden here = refused there."""
        return [b for b in self.buttons if self.may_on_row(b, row)]

    def refused(self, error: DomainError, row: Any = None) -> ResponseReturnValue:
        """Back to 詳細画面 of `row`, or to the list, with the reason on top."""
        flash(messages.text(error.message_id, **error.params), "error")
        return redirect(self.list_url() if row is None else self.detail_url(row))

    def may_on_list(self, button: Command) -> bool:
        return access.allows(current_user, button.permission)

    def may_on_row(self, button: Command | Link, row: Any) -> bool:
        return access.reaches(current_user, button.permission, row) and button.when(row)

    def button_url(self, button: Command | Link, row: Any) -> str:
        """Where a button leads that does not ask at once."""
        back = request.values.get("back")
        more = {"back": back} if back else {}
        if isinstance(button, Command):
            return self.get_url(".command_view", command_name=button.name, id=row.id, **more)
        return self.get_url(button.endpoint, id=row.id, **more)

    @property
    def shown_columns(self) -> list[tuple[str, str]]:
        return list(self._details_columns)

    def derived(self, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """For 確認画面: field name -> (項目名, value) of what follows from it and stands below it."""
        return {}

    def read_upload(self, name: str, content: bytes) -> Mapping[str, Any]:
        """What a file says: field name -> value; for a create_form_class with `upload`. Raises DomainError."""
        raise NotImplementedError

    # ---- 入力 → 確認 → 実行 → 完了 -----------------------------------------------------------------------
    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        form = self.create_form_class(_posted()).for_actor(current_user)
        return Conversation(self, "regist", form, self.create, check=self.check_create).respond()

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        row = self.get_one(request.args.get("id", ""))
        form = self.edit_form_class(_posted(), obj=row).for_actor(current_user, row)
        return Conversation(self, "update", form, self.update, row, check=self.check_update).respond()

    @expose("/complete/")
    def complete_view(self) -> ResponseReturnValue:
        done = session.pop("completed", None)
        if not isinstance(done, dict):
            return redirect(self.get_url(".index_view"))
        shown = Completion(**done)
        crumbs = self.crumbs((shown.title, None))
        return self.render("resource/complete.html", title=shown.title, crumbs=crumbs, done=shown)

    def takes_files(self, name: str) -> bool:
        """True if view function `name` receives files; its requests may then be as large as one."""
        forms = {"create_view": "create_form_class", "edit_view": "edit_form_class"}
        form_class = getattr(self, forms.get(name, ""), None)
        return form_class is not None and uploads.takes_files(form_class)

    # ---- commands ----------------------------------------------------------------------------------------
    @expose("/command/<command_name>/", methods=("GET", "POST"))  # not <name>: _handle_view takes it
    def command_view(self, command_name: str) -> ResponseReturnValue:
        command = next((c for c in self.commands if c.name == command_name), None)
        return CommandRun(self, command).respond() if command else abort(404)

    @property
    def commands(self) -> list[Command]:
        return [b for b in (*self.buttons, *self.list_buttons) if isinstance(b, Command)]

    # ---- CSV出力 --------------------------------------------------------------------------------------------
    @expose("/export/", methods=("POST",))
    def export_view(self) -> ResponseReturnValue:
        """The rows the list found, all pages, in its order, with the columns of 詳細画面 (USR-020, 021)."""
        args = self._get_list_extra_args()
        sorted_by = self._get_column_by_idx(args.sort)
        count, rows = self._found(sorted_by and sorted_by[0], args.sort_desc)
        try:
            encoding = csv_file.Encoding(request.form.get("encoding", csv_file.Encoding.UTF8))
        except ValueError:
            abort(400)
        try:
            if rows is None or not count:
                if "searched" in request.args:
                    return self._to_list()  # which says itself that nothing was found, or what is wrong
                raise DomainError("error.U01.00001")
            if count > csv_file.MAX_ROWS:
                raise DomainError("error.U01.00002")
            header = [name for _, name in self.csv_columns]
            with closing(self._lines(rows)) as lines:  # also when a cell is refused half-way
                file = csv_file.write(header, lines, encoding)
        except DomainError as error:
            flash(messages.text(error.message_id, **error.params), "error")
            return self._to_list()
        with transaction() as s:
            audit.record(s, current_user, self.permissions["export"], detail={"rows": count})
        day = clock.now().astimezone(clock.TOKYO)
        return csv_file.download(file, f"{self.subject}一覧_{day:%Y%m%d%H%M%S}.csv", encoding)

    def _to_list(self) -> ResponseReturnValue:
        return redirect(f"{self.get_url('.index_view')}?{request.query_string.decode(errors='replace')}")

    @property
    def csv_columns(self) -> list[tuple[str, str]]:
        return list(self._details_columns)

    def _lines(self, rows: Select[Any]) -> Generator[list[str], None, None]:
        """Row by row, forgetting each: 12,000 users must not stand in memory at once."""
        rows = rows.options(*self.csv_loads).execution_options(yield_per=_FETCHED)
        with closing(db.session.scalars(rows)) as found:
            for row in found:
                yield [self.csv_text(row, column) for column, _ in self.csv_columns]
                db.session.expunge(row)

    def csv_text(self, row: Any, column: str) -> str:
        """One cell, in the words of the screens."""
        word = terms.word(column, getattr(row, column, None))
        return word if word is not None else str(self.get_detail_value(None, row, column))

    def to_completion(self, done: Completion) -> ResponseReturnValue:
        """Redirect, so that reloading 完了画面 does not run the operation again."""
        if g.sign_in.ended_at is not None:  # it was about the own account: say so, offer [ログイン] (USR-099)
            session.clear()
            session["own_end"] = done.as_dict()
            return redirect(doors.of_site(self.admin.endpoint).url("own_end"))
        session["completed"] = done.as_dict()
        back = request.values.get("back")
        return redirect(self.get_url(".complete_view", **({"back": back} if back else {})))

    def get_url(self, endpoint: str, **kwargs: Any) -> str:
        return url_for(endpoint, **kwargs)


def _posted() -> Any:
    """What was sent; None on a GET, so that the fields show the row."""
    return request.form if request.method == "POST" else None
