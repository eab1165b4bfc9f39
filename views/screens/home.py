"""ポータルトップ of both sites (#010 5章(1))."""

from flask import g
from flask_admin import expose
from flask_login import current_user

from domain.roles import Site
from models.base import db
from services import attention, desk, notices, sessions
from views.frame.page import Page
from views.frame.password import OwnPassword

_NEWEST = 10  # お知らせ on the home page


class HomeView(Page):
    changes_password = False  # a way to パスワード変更画面 from here
    notice_endpoint, all_notices = "portal_notices.details_view", "portal_notices.index"

    def __init__(self, site: Site) -> None:
        # Flask-Admin asks for the site's own endpoint and address here (flask-admin-notes 9).
        super().__init__("ホーム", endpoint=site, url=f"/{site}")

    def is_accessible(self) -> bool:
        return current_user.is_authenticated

    @expose("/")
    def index(self) -> str:
        s = db.session()
        count, lines = notices.lines(s, current_user, limit=_NEWEST)
        return self.render(
            "screens/home.html",
            title="ポータルトップ",
            previous=sessions.previous_start(s, g.sign_in),
            lines=lines,
            more=count > len(lines),
            attention=attention.of_operator(s, current_user),
            waiting=desk.waiting(s, current_user),
        )


class StaffHomeView(OwnPassword, HomeView):
    """Staff change their own password from here: not all of them may enter 職員情報管理."""

    changes_password = True
    notice_endpoint, all_notices = "admin_notices.details_view", "admin_notices.index_view"
