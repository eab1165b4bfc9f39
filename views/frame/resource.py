"""ResourceView: the manual's screens (検索→一覧→詳細, 入力→確認→実行→完了, commands) for any model.

A subclass declares *what* is shown and which service functions run; this class owns *how* the
screens follow each other. Flask-Admin supplies the blueprint, the menu entry, columns, sorting,
paging arguments and formatters; its other routes are not registered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user
from sqlalchemy import Select, func, select
from wtforms import Form

from domain import messages
from domain.errors import DomainError
from domain.roles import Permission
from forms.base import InputForm, SearchForm
from models.base import db
from services import access, tickets
from services.tickets import AlreadyDone
from views.frame import labels
from views.frame.command import Command, Link
from views.frame.conversation import Completion, Conversation
from views.frame.navigation import Crumb
from views.frame.page import Page
from views.transaction import transaction

_ID = re.compile(r"[0-9]{1,18}")
_FIRST_PAGE = 0


class ResourceView(Page, ModelView):
    # ---- declared by the subclass -----------------------------------------------------
    subject: str  # 対象 in the screens' names: <対象>一覧画面
    permissions: Mapping[str, Permission] = {}  # keys: see SCREENS
    visible: Callable[..., Select[Any]]  # (actor) -> every row the actor may open
    find: Callable[..., Select[Any]]  # (actor, criteria) -> rows of the list
    create: Callable[..., Any]  # (session, actor, data)
    update: Callable[..., Any]  # (session, actor, row, data)
    search_form_class: type[SearchForm]
    create_form_class: type[InputForm]
    edit_form_class: type[InputForm]
    detail_link: str  # the column that links to 詳細画面
    selectable = False  # the 選択 column in front
    default_order: Sequence[Any] = ()  # columns, before the user has chosen one
    # Buttons of 詳細画面, in order: Command, Link.
    buttons: Sequence[Command | Link] = ()
    create_once: Callable[[Any], list[tuple[str, str]]] | None = None  # as Command.once

    # ---- which view function needs which permission; anything else is not registered ----
    SCREENS: Mapping[str, str] = {
        "index_view": "search",
        "details_view": "search",
        "complete_view": "search",
        "command_view": "search",  # and the command's own
        "create_view": "register",
        "edit_view": "change",
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

    def is_accessible(self) -> bool:  # the menu asks this
        return current_user.is_authenticated and self.may("search")

    def has_screen(self, name: str) -> bool:
        if name == "command_view" and not any(isinstance(b, Command) for b in self.buttons):
            return False
        if name == "complete_view" and not {"register", "change"} & set(self.permissions):
            return False
        return name not in self.SCREENS or self.SCREENS[name] in self.permissions

    def admit(self, name: str) -> None:
        if not self.may(self.SCREENS[name]):
            abort(403)

    # ---- reading rows -------------------------------------------------------------------------
    def get_one(self, id: str) -> Any:
        """The row, or 404; a row the actor may not see is the same 404 (R-055)."""
        if not _ID.fullmatch(id):
            abort(404)
        key = self.model.__mapper__.primary_key[0]
        if int(id) > 2**31 - 1:
            abort(404)
        return db.session.scalar(self.visible(current_user).where(key == int(id))) or abort(404)

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
        form = self.search_form()
        if "searched" not in request.args or not form.validate():
            return 0, []
        rows = self.find(current_user, form.values)
        # Counted from the same statement, so list and count cannot disagree.
        count = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
        if sort_column is None:
            rows = rows.order_by(*self.default_order)
        else:
            rows, _ = self._apply_sorting(rows, {}, sort_column, sort_desc)
        size = page_size or self.page_size
        rows = rows.order_by(self.model.id).limit(size).offset(self._page_within(page, count, size) * size)
        return count, list(db.session.scalars(rows).unique())

    @staticmethod
    def _page_within(page: int | None, count: int, size: int) -> int:
        return min(max(page or _FIRST_PAGE, _FIRST_PAGE), max(count - 1, 0) // size)

    def _get_list_extra_args(self) -> Any:
        # The parent keeps one value per parameter: of 有効+無効 only one would survive to page 2.
        args = super()._get_list_extra_args()
        args.extra_args = {key: request.args.getlist(key) for key in args.extra_args}
        return args

    def shown(self, row: Any, column: str, value: Any) -> Any:
        """How `value` of `column` stands in a list or detail: status words carry icon and tint."""
        return labels.status(column, getattr(row, column, None)) or value

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
        searched = "searched" in request.args
        valid = form.validate() if searched else True
        args = self._get_list_extra_args()
        sorted_by = self._get_column_by_idx(args.sort)
        count, rows = self.get_list(args.page, sorted_by and sorted_by[0], args.sort_desc, None, None)
        return self.render(
            "resource/list.html",
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
        )

    def _none_found(self, searched: bool, count: int) -> list[tuple[None, str]]:
        return [(None, messages.text("error.U01.00001"))] if searched and not count else []

    # ---- 詳細 -----------------------------------------------------------------------------------------
    @expose("/details/")
    def details_view(self) -> str:
        row = self.get_one(request.args.get("id", ""))
        return self.render(
            "resource/detail.html",
            title=self.screen_name("詳細画面"),
            crumbs=self.crumbs((self.screen_name("詳細画面"), None)),
            row=row,
            columns=self._details_columns,
            buttons=self.buttons_for(row),
            ticket=tickets.new(),
        )

    def buttons_for(self, row: Any) -> list[Command | Link]:
        """The buttons this person may press on this row. Hidden here = refused there."""
        return [b for b in self.buttons if access.reaches(current_user, b.permission, row)]

    def button_url(self, button: Link, row: Any) -> str:
        back = request.values.get("back")
        return self.get_url(button.endpoint, id=row.id, **({"back": back} if back else {}))

    # ---- 入力 → 確認 → 実行 → 完了 -----------------------------------------------------------------------
    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        form = self.create_form_class(_posted()).for_actor(current_user)
        return Conversation(self, "regist", form, self.create, once=self.create_once).respond()

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        row = self.get_one(request.args.get("id", ""))
        form = self.edit_form_class(_posted(), obj=row).for_actor(current_user, row)
        return Conversation(self, "update", form, self.update, row).respond()

    @expose("/complete/")
    def complete_view(self) -> ResponseReturnValue:
        done = session.pop("completed", None)
        if not isinstance(done, dict):
            return redirect(self.get_url(".index_view"))
        return self.completed(Completion(**done))

    def completed(self, done: Completion, shown_once: Sequence[tuple[str, str]] = ()) -> str:
        if g.sign_in.ended_at is not None:  # it was about the own account: say so, offer [ログイン] (USR-099)
            session.clear()
            return render_template("screens/signed_out_complete.html", done=done, shown_once=shown_once)
        return self.render(
            "resource/complete.html",
            title=done.title,
            crumbs=self.crumbs((done.title, None)),
            done=done,
            shown_once=shown_once,
        )

    # ---- commands ----------------------------------------------------------------------------------------
    @expose("/command/<command_name>/", methods=("POST",))  # not <name>: _handle_view takes it
    def command_view(self, command_name: str) -> ResponseReturnValue:
        command = next((b for b in self.buttons if isinstance(b, Command) and b.name == command_name), None)
        if command is None:
            abort(404)
        if not access.allows(current_user, command.permission):
            abort(403)
        row = self.get_one(request.form.get("rowid", ""))
        ticket = request.form.get("ticket", "")
        if not tickets.is_ticket(ticket):
            abort(400)
        title = f"{self.subject}{command.label}完了画面"
        done = Completion(title, command.complete, shows_once=command.once is not None)
        try:
            with transaction() as s:
                tickets.redeem(s, current_user, ticket, f"{self.endpoint}.{command.name}:{row.id}", done.as_dict())
                result = command.run(s, current_user, row)
        except AlreadyDone as used:
            return self.to_completion(Completion(**used.done))
        except DomainError as error:
            flash(messages.text(error.message_id, **error.params), "error")
            return redirect(self.detail_url(row))
        if command.once is not None:
            return self.completed(done, command.once(result))
        return self.to_completion(done)

    def to_completion(self, done: Completion) -> ResponseReturnValue:
        """Redirect, so that reloading 完了画面 does not run the operation again."""
        session["completed"] = done.as_dict()
        return redirect(self.get_url(".complete_view"))

    def get_url(self, endpoint: str, **kwargs: Any) -> str:
        return url_for(endpoint, **kwargs)


def _posted() -> Any:
    """What was sent; None on a GET, so that the fields show the row."""
    return request.form if request.method == "POST" else None
