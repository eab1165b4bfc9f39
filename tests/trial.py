"""A kind of record with files, declared as any other: お知らせ with a title alone, for tests of the component."""

from datetime import timedelta

from sqlalchemy import select

from domain import clock
from domain.notices import NoticeState
from domain.roles import Permission as P
from domain.roles import Role
from forms.base import InputForm, SearchForm
from forms.fields import DateField, FilesField, TextField, VersionField
from forms.validators import Longest, Required
from models import Notice, db
from services import access, attachments, audit
from views.frame.command import Link
from views.frame.resource import ResourceView

PATH = "/admin/trial"
LABELS = {"title": "題名", "created_at": "登録日時"}


def visible(actor):
    """Staff see all; of operators 管理者 see what is published, 一般 nothing."""
    rows = select(Notice)
    if access.allows(actor, P.NOTICE_SEARCH):
        return rows
    return rows.where(Notice.state == NoticeState.PUBLISHED, Role.OPERATOR_ADMIN in actor.roles)


def register(session, actor, data):
    now = clock.now()
    notice = Notice(title=data["title"], body="", shown_from=now, shown_to=now + timedelta(days=1))
    session.add(notice)
    session.flush()
    changes = attachments.attach(session, actor, notice, data["files"])
    audit.record(session, actor, "operator:register", notice, changes=changes)


def change(session, actor, notice, data):
    notice.title = data["title"]
    changes = audit.changes_of(notice) | attachments.attach(session, actor, notice, data["files"])
    audit.record(session, actor, "operator:change", notice, changes=changes)


class TrialForm(InputForm):
    title = TextField(LABELS["title"], [Required(), Longest(100)])
    day = DateField("日付")
    files = FilesField("添付ファイル", record_table="notices")


class TrialChangeForm(InputForm):
    title = TextField(LABELS["title"], [Required(), Longest(100)])
    files = FilesField("添付ファイル", record_table="notices")
    version = VersionField()


class TrialView(ResourceView):
    subject, explanation = "試験", "試験です。"
    permissions = {"search": P.OPERATOR_SEARCH, "register": P.OPERATOR_REGISTER, "change": P.OPERATOR_CHANGE}
    visible = staticmethod(visible)
    find = staticmethod(lambda actor, criteria: visible(actor))
    create, update = staticmethod(register), staticmethod(change)
    search_form_class, create_form_class, edit_form_class = SearchForm, TrialForm, TrialChangeForm
    column_labels = LABELS
    column_list = column_details_list = ("title", "created_at")
    column_sortable_list = ("title",)
    default_order = (Notice.id,)
    detail_link = "title"
    has_files = True
    buttons = (Link("変更", ".edit_view", P.OPERATOR_CHANGE),)


def mount(app):
    """Before the first request."""
    admin = next(a for a in app.extensions["admin"] if a.endpoint == "admin")
    admin.add_view(TrialView(Notice, db, name="試験", category="管理", endpoint="admin_trial", url="trial"))
