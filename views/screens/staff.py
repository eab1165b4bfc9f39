"""職員情報管理: staff of 広域機関."""

from domain import terms
from domain.roles import Permission as P
from forms.staff import StaffChangeForm, StaffRegisterForm, StaffSearchForm
from models.staff import Staff
from services import staff
from views.frame.command import Command, Link
from views.frame.resource import ResourceView


class StaffView(ResourceView):
    subject, explanation = "職員情報", "広域機関の職員の照会、登録、変更、ロック解除、パスワード再発行を行います。"
    permissions = {"search": P.STAFF_SEARCH, "register": P.STAFF_REGISTER, "change": P.STAFF_CHANGE}
    visible, find = staticmethod(staff.visible), staticmethod(staff.find)
    create, update = staticmethod(staff.register), staticmethod(staff.change)
    check_update = staticmethod(staff.check_change)
    search_form_class = StaffSearchForm
    create_form_class, edit_form_class = StaffRegisterForm, StaffChangeForm
    column_labels = terms.STAFF
    column_list = ("login_id", "name", "rights", "email", "enabled")
    column_details_list = (
        "login_id", "rights", "name", "email", "enabled", "valid_from", "valid_to", "is_locked", "is_signed_in",
    )  # fmt: skip
    column_sortable_list = ("login_id", "name", "email", "enabled")
    default_order = (Staff.id,)
    detail_link = "login_id"
    buttons = (
        Command("unlock", "ユーザロック解除", P.STAFF_UNLOCK, staff.unlock,
                confirm="info.unlock.confirm", complete="info.unlock.complete"),
        Command("reissue", "パスワード再発行", P.STAFF_UNLOCK, staff.reissue,
                confirm="info.reissue.confirm", complete="info.reissue.complete"),
        Command("end_sessions", "セッション終了", P.STAFF_END_SESSIONS, staff.end_sessions,
                confirm="info.end_sessions.confirm", complete="info.end_sessions.complete"),
        Link("パスワード変更", "admin.password_view", P.PASSWORD_CHANGE),
        Link("変更", ".edit_view", P.STAFF_CHANGE),
    )  # fmt: skip
