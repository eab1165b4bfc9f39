"""審査: one queue and one screen for every kind of record that is reviewed (BBS-025, BBS-026, BBS-053…055)."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from flask import abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_login import current_user
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from domain import messages, terms
from domain.errors import DomainError, Forbidden
from domain.roles import Permission as P
from forms.review import ReviewSearchForm
from models.base import db
from models.review import Review
from services import access, desk, tickets
from services.desk import Order, Seen
from services.tickets import AlreadyDone
from views.frame.conversation import Completion
from views.frame.navigation import Crumb
from views.frame.page import Page
from views.screens.review_decision import Decision
from views.transaction import transaction

_ID = re.compile(r"[0-9]{1,10}")
_TICKED = re.compile(r"([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})")  # id, and the versions the person saw
_LARGEST_ID = 2**31 - 1
LIST = "審査一覧画面"


class Queue(NamedTuple):
    """One page of the queue."""

    form: ReviewSearchForm
    rows: list[Review]
    hits: int
    page: int
    deadlines: dict[int, Any]

    @property
    def is_open(self) -> bool:
        return not self.form.state.data


class ReviewDesk(Page):
    explanation = "申請の内容を確認し、承認または否認します。"
    page_size = 20

    def is_accessible(self) -> bool:
        return current_user.is_authenticated and access.allows(current_user, P.REVIEW_SEARCH)

    def waiting(self) -> int:
        if "waiting" not in g:
            g.waiting = desk.count_open(db.session(), current_user)
        return int(g.waiting)

    # ---- the queue -----------------------------------------------------------------------------------
    def form_of(self, conditions: MultiDict[str, str]) -> ReviewSearchForm:
        kinds = {kind.name: kind.label for kind in desk.kinds_of(current_user)}
        return ReviewSearchForm(conditions).offering(kinds)

    def conditions(self) -> MultiDict[str, str]:
        """What the list was asked for; the other screens carry it in `back`."""
        if request.endpoint == f"{self.endpoint}.index":
            return request.args
        return MultiDict(parse_qsl(request.values.get("back", ""), keep_blank_values=True))

    def rows_of(self, form: ReviewSearchForm) -> Any:
        return desk.find(db.session(), current_user, form.values)

    def queue(self, form: ReviewSearchForm, page: int) -> Queue:
        if not form.validate():
            return Queue(form, [], 0, 0, {})
        s, rows = db.session(), self.rows_of(form)
        count = s.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
        page = min(max(page, 0), max(count - 1, 0) // self.page_size)
        wanted = desk.in_order(rows, Order(form.order.data)).limit(self.page_size).offset(page * self.page_size)
        found = list(s.scalars(wanted))
        return Queue(form, found, count, page, desk.deadlines(s, found))

    @expose("/")
    def index(self) -> str:
        return self.list_screen([], [])

    def list_screen(self, problems: list[tuple[Any, str]], ticked: list[str]) -> str:
        conditions = self.conditions()
        form = self.form_of(conditions)
        page = conditions.get("page", "")
        queue = self.queue(form, int(page) if _ID.fullmatch(page) else 0)
        return self.render(
            "reviews/list.html",
            title=LIST,
            crumbs=self.crumbs(),
            queue=queue,
            problems=[*problems, *form.problems],
            seen=desk.versions(db.session(), queue.rows),
            kinds={kind.name: kind.label for kind in desk.kinds_of(current_user)},
            url_with=lambda page: _address(url_for(".index"), conditions.to_dict() | {"page": page}),
            back=urlencode(list(conditions.items(multi=True))),
            ticked=ticked,
        )

    # ---- 一括承認 ------------------------------------------------------------------------------------
    @expose("/approve/", methods=("POST",))
    def approve_view(self) -> ResponseReturnValue:
        """一括承認: what was ticked, exactly as it was seen; all of it or nothing."""
        picked = list(dict.fromkeys(request.form.getlist("rowid")))[: self.page_size]
        found = [match for value in picked if (match := _TICKED.fullmatch(value))]
        chosen = {int(m[1]): Seen(int(m[2]), int(m[3])) for m in found if int(m[1]) <= _LARGEST_ID}
        ticket = request.form.get("ticket", "")
        step = request.form.get("_step")
        try:
            if step == "back":
                return self.list_screen([], picked)
            if step == "execute" and tickets.is_ticket(ticket):
                return self._approve(chosen, ticket)
            rows = desk.chosen_of(db.session(), current_user, chosen)
        except Forbidden:
            raise
        except DomainError as error:
            return self.list_screen([(None, messages.text(error.message_id, **error.params))], picked), 409
        title = "一括承認確認画面"
        return self.render(
            "reviews/bulk.html", title=title, crumbs=self.crumbs((title, None)), rows=rows, picked=picked,
            remarks=desk.remarks(db.session(), rows), ticket=tickets.new(), back=request.form.get("back", ""),
        )  # fmt: skip

    def _approve(self, chosen: dict[int, Seen], ticket: str) -> ResponseReturnValue:
        done = Completion("一括承認完了画面", "info.bulk_approve.complete", {"count": len(chosen)})
        operation = f"{self.endpoint}.approve:{sorted(chosen)}"
        try:
            with transaction() as s:
                tickets.redeem(s, current_user, ticket, operation, done.as_dict())
                desk.approve_all(s, current_user, chosen)
        except AlreadyDone as used:
            done = Completion(**used.done)
        return self.to_completion(done)

    # ---- one submission ------------------------------------------------------------------------------
    def get_one(self) -> Review:
        """The row, or 404; of a kind this person does not decide on: the same 404 (R-055)."""
        id = request.args.get("id", "")
        number = int(id) if _ID.fullmatch(id) else 0
        rows = desk.visible(current_user).where(Review.id == number)
        return (db.session.scalar(rows) if 0 < number <= _LARGEST_ID else None) or abort(404)

    @expose("/details/", methods=("GET", "POST"))
    def details_view(self) -> ResponseReturnValue:
        return Decision(self, self.get_one()).respond()

    @expose("/complete/")
    def complete_view(self) -> ResponseReturnValue:
        done = session.pop("completed", None)
        if not isinstance(done, dict):
            return redirect(url_for(".index"))
        shown = Completion(**done)
        form = self.form_of(self.conditions())
        return self.render(
            "reviews/complete.html", title=shown.title, crumbs=self.crumbs((shown.title, None)), done=shown,
            next_url=self._next_url(form, shown.params.get("id")) if form.validate() else None,
        )  # fmt: skip

    def _next_url(self, form: ReviewSearchForm, id: int | None) -> str | None:
        """[次の申請へ]: what follows in the queue the person came from, else its first one."""
        s, rows, order = db.session(), self.rows_of(form), Order(form.order.data)
        last = s.get(Review, id) if id else None
        after = desk.position(s, rows, order, last).after if last is not None else None
        found = after or s.scalar(desk.in_order(rows, order).with_only_columns(Review.id).limit(1))
        return self.detail_url(found) if found else None

    # ---- ways ----------------------------------------------------------------------------------------
    def crumbs(self, *last: Crumb) -> list[Crumb]:
        start = self.crumb_of_section()
        return [*start, (LIST, self.list_url()), *last] if last else [*start, (LIST, None)]

    def list_url(self) -> str:
        conditions = parse_qsl(request.values.get("back", ""), keep_blank_values=True)
        return _address(url_for(".index"), dict(conditions))

    def detail_url(self, id: int, back: str | None = None) -> str:
        back = request.values.get("back") if back is None else back
        return _address(url_for(".details_view"), {"id": id} | ({"back": back} if back else {}))

    def to_completion(self, done: Completion) -> ResponseReturnValue:
        session["completed"] = done.as_dict()
        back = request.values.get("back")
        return redirect(_address(url_for(".complete_view"), {"back": back} if back else {}))

    @staticmethod
    def word_of(state: str) -> str:
        return terms.STATUS["review_state"][state].word


def _address(path: str, query: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
