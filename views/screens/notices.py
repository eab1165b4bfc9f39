"""お知らせ: お知らせ管理 of staff, and what operators read (#010 5章(1))."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import abort, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup

from domain import terms
from domain.notices import NoticeAction, NoticeState, is_possible
from domain.roles import Permission as P
from forms.notice import NoticeChangeForm, NoticeForm, NoticeSearchForm
from models.base import db
from models.notice import Notice
from services import access, attachments, notices
from views.frame import labels
from views.frame.command import Command, Link
from views.frame.page import Page
from views.frame.resource import ResourceView
from views.transaction import transaction


class NoticeView(ResourceView):
    subject, explanation = "お知らせ", "事業者へのお知らせの照会、登録、変更、公開、取下げを行います。"
    explanation_to_readers = "事業者へのお知らせを照会します。"
    permissions = {"search": P.NOTICE_SEARCH, "register": P.NOTICE_REGISTER, "change": P.NOTICE_CHANGE}
    visible, find = staticmethod(notices.visible), staticmethod(notices.find)
    create, update = staticmethod(notices.register), staticmethod(notices.change)
    check_create, check_update = staticmethod(notices.check_register), staticmethod(notices.check_change)
    search_form_class = NoticeSearchForm
    create_form_class, edit_form_class = NoticeForm, NoticeChangeForm
    column_labels = terms.NOTICE
    column_list = ("number", "title", "period", "audience", "state")
    column_details_list = (
        "number", "title", "body", "period", "audience", "operator_codes", "role", "pinned", "by_mail", "state",
        "created_at",
    )  # fmt: skip
    column_sortable_list = (("number", "id"), "title", ("period", "shown_from"), "state")
    default_order = (Notice.shown_from.desc(), Notice.id.desc())
    detail_link, has_files = "number", True
    buttons = (
        Link("変更", ".edit_view", P.NOTICE_CHANGE),
        Command("publish", "公開", P.NOTICE_PUBLISH, notices.publish,
                when=lambda row: is_possible(NoticeAction.PUBLISH, row.state),
                confirm="info.publish.confirm", complete="info.publish.complete"),
        Command("takedown", "取下げ", P.NOTICE_PUBLISH, notices.withdraw,
                when=lambda row: is_possible(NoticeAction.WITHDRAW, row.state),
                confirm="info.takedown.confirm", complete="info.takedown.complete"),
    )  # fmt: skip

    @expose("/details/")
    def details_view(self) -> str:
        """The home page of staff leads here: a published one counts as read."""
        row = self.get_one(request.args.get("id", ""))
        if row.state is NoticeState.PUBLISHED:
            with transaction() as s:
                notices.mark_read(s, current_user, row)
        return self.render_detail(row)

    def shown(self, row: Notice, column: str, value: Any) -> Any:
        if column == "body":
            return labels.prose(row.body)
        if column == "period":
            return labels.period(row.period)
        if column == "operator_codes":
            return _lines(f"{operator.code} {operator.name}" for operator in row.operators)
        return super().shown(row, column, value)

    def entered(self, field: Any) -> Any:
        """公開先 with the names, so that a wrong code is seen before it is published."""
        if field.name != "operator_codes":
            return super().entered(field)
        return _lines(notices.with_names(db.session(), (field.data or "").split()))


def _lines(texts: Iterable[str]) -> Markup:
    return Markup("").join(Markup("<div>{}</div>").format(text) for text in texts)


class NoticeBoard(Page):
    """お知らせ一覧画面 and お知らせ詳細画面 of the portal; the home page lists the newest."""

    page_size = 20

    def is_visible(self) -> bool:
        return False  # its way in is the home page (COM-053)

    def is_accessible(self) -> bool:
        return current_user.is_authenticated and access.allows(current_user, P.NOTICE_READ)

    @expose("/")
    def index(self) -> str:
        page = request.args.get("page", 0, type=int)
        count, lines = notices.lines(db.session(), current_user, limit=self.page_size, offset=0)
        page = min(max(page, 0), max(count - 1, 0) // self.page_size)
        if page:
            _, lines = notices.lines(db.session(), current_user, limit=self.page_size, offset=page * self.page_size)
        title = "お知らせ一覧画面"
        return self.render(
            "screens/notices.html",
            title=title,
            crumbs=[(title, None)],
            lines=lines,
            count=count,
            page=page,
            url=partial(url_for, ".index"),
        )

    @expose("/details/")
    def details_view(self) -> str:
        """Outside its 表示期間, or for others: 404, like one that does not exist (COM-057)."""
        id = request.args.get("id", "")
        if not id.isascii() or not id.isdecimal() or len(id) > 10:
            abort(404)
        number = int(id)
        row = db.session.scalar(notices.readable(current_user).where(Notice.id == number)) if number < 2**31 else None
        if row is None:
            abort(404)
        with transaction() as s:
            notices.mark_read(s, current_user, row)
        title = "お知らせ詳細画面"
        return self.render(
            "screens/notice.html",
            title=title,
            crumbs=[(title, None)],
            notice=row,
            body=labels.prose(row.body),
            period=labels.period(row.period),
            files=attachments.of_record(db.session(), row),
        )
