"""ユーザ情報管理 (#020). Both sites mount the same declaration; the matrix decides what is left of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_login import current_user
from sqlalchemy.orm import selectinload

from domain import messages, terms
from domain.roles import Permission as P
from forms.user import AdminReplaceForm, UserChangeForm, UserRegisterForm, UserSearchForm
from models.base import db
from models.user import User
from services import users
from views.frame.command import Command, Link
from views.frame.conversation import Conversation
from views.frame.navigation import Crumb
from views.frame.password import OwnPassword
from views.frame.resource import ResourceView

UNLOCK = Command(
    "unlock", "ユーザロック解除", P.USER_UNLOCK, users.unlock,
    confirm="info.unlock.confirm", complete="info.unlock.complete",
)  # fmt: skip
REISSUE = Command(
    "reissue", "パスワード再発行", P.USER_UNLOCK, users.reissue,
    confirm="info.reissue.confirm", complete="info.reissue.complete",
)  # fmt: skip
CHANGE = Link("変更", ".edit_view", P.USER_CHANGE)
REPLACE = Link("管理者交代", ".replace_view", P.USER_REPLACE_ADMIN, when=lambda row: row.is_live_admin)
DELETE = Command(
    "delete", "削除", P.USER_DELETE, lambda s, actor, row: users.delete(s, actor, [row]),
    confirm="info.delete.confirm", complete="info.delete.complete",
    screen="削除画面", check=users.check_deletable,
)  # fmt: skip
BULK_DELETE = Command(
    "bulk_delete", "一括削除", P.USER_DELETE, users.delete, many=True,
    confirm="info.bulk_delete.confirm", complete="info.delete.complete",
)  # fmt: skip


class UserView(ResourceView):
    subject, explanation = "ユーザ情報", "ユーザの照会、登録、変更、削除、ロック解除、パスワード再発行を行います。"
    explanation_to_readers = "ユーザの照会、CSV出力を行います。"
    permissions = {
        "search": P.USER_SEARCH, "register": P.USER_REGISTER, "change": P.USER_CHANGE,
        "export": P.USER_EXPORT, "replace": P.USER_REPLACE_ADMIN,
    }  # fmt: skip
    SCREENS = {**ResourceView.SCREENS, "replace_view": "replace"}
    visible, find = staticmethod(users.visible), staticmethod(users.find)
    create, update = staticmethod(users.register), staticmethod(users.change)
    check_create, check_update = staticmethod(users.check_register), staticmethod(users.check_change)
    search_form_class = UserSearchForm
    create_form_class, edit_form_class = UserRegisterForm, UserChangeForm
    column_labels = terms.USER
    column_list = ("login_id", "name", "role", "operator.code", "operator.name", "enabled", "is_deleted")
    column_details_list = (
        "login_id", "role", "operator.code", "operator.name", "department", "name", "phone", "email",
        "enabled", "valid_from", "valid_to", "is_locked", "is_deleted",
    )  # fmt: skip
    column_sortable_list = ("login_id", "name", "role", "operator.code", "operator.name", "enabled")
    default_order = (User.operator_id, User.role, User.id)
    csv_loads = (selectinload(User.counter),)
    detail_link, selectable = "login_id", True
    buttons: Sequence[Command | Link] = (UNLOCK, REISSUE, CHANGE, DELETE, REPLACE)
    list_buttons = (BULK_DELETE,)

    def derived(self, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """参加登録申請者名 on 登録確認画面 (4章④)."""
        operator = users.operator_for(db.session(), current_user, values["operator_code"])
        return {"operator_code": (terms.USER["operator.name"], operator.name)}

    def warnings(self, values: Mapping[str, Any], row: User | None = None) -> list[str]:
        """Both 管理者 with one address: allowed, but the mails of both arrive at one place."""
        shared = users.shares_address(db.session(), current_user, values, row)
        return [messages.text("info.same_mail.warning")] if shared else []

    @expose("/replace/", methods=("GET", "POST"))
    def replace_view(self) -> ResponseReturnValue:
        """管理者交代: the successor's facts, then 確認 and 実行 (USR-100)."""
        row = self.get_one(request.args.get("id", ""))
        form = AdminReplaceForm(request.form if request.method == "POST" else None)
        if request.method == "GET":
            form.version.data = row.version
        run, check = users.replace_admin, users.check_replace
        return Conversation(self, "replace", form, run, row, word="管理者交代", check=check).respond()


class PortalUserView(OwnPassword, UserView):
    """In the portal one's own row leads to パスワード変更画面 (#010 4章(2)④)."""

    buttons = (UNLOCK, REISSUE, Link("パスワード変更", ".password_view", P.PASSWORD_CHANGE), CHANGE, DELETE)

    def has_screen(self, name: str) -> bool:
        return name != "replace_view" and super().has_screen(name)

    def own_crumbs(self) -> list[Crumb]:
        return self.crumbs((self.screen_name("詳細画面"), self.detail_url(current_user)))
