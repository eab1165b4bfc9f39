"""ユーザ情報管理 (#020)."""

from flask_login import current_user

from domain import terms
from domain.roles import Permission as P
from forms.user import UserSearchForm
from models.user import User
from services import users
from views.frame.command import Link
from views.frame.navigation import Crumb
from views.frame.password import OwnPassword
from views.frame.resource import ResourceView


class UserView(ResourceView):
    subject, explanation = "ユーザ情報", "ユーザ情報を照会します。自分のパスワードの変更もここから行います。"
    permissions = {"search": P.USER_SEARCH}
    visible, find = staticmethod(users.visible), staticmethod(users.find)
    search_form_class = UserSearchForm
    column_labels = terms.USER
    column_list = ("login_id", "name", "role", "operator.code", "operator.name", "enabled", "is_deleted")
    column_details_list = (
        "login_id", "role", "operator.code", "operator.name", "department", "name", "phone", "email",
        "enabled", "valid_from", "valid_to", "is_locked", "is_deleted",
    )  # fmt: skip
    column_sortable_list = ("login_id", "name", "role", "operator.code", "operator.name", "enabled")
    default_order = (User.operator_id, User.role, User.id)
    detail_link, selectable = "login_id", True


class PortalUserView(OwnPassword, UserView):
    """In the portal one's own row leads to パスワード変更画面 (#010 4章(2)④)."""

    buttons = (Link("パスワード変更", ".password_view", P.PASSWORD_CHANGE),)

    def own_crumbs(self) -> list[Crumb]:
        return self.crumbs((self.screen_name("詳細画面"), self.detail_url(current_user)))
