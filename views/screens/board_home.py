"""掲示板ホーム画面 (発電設備等の情報掲示板利用マニュアル 2.2②, 3.1①⑦)."""

from flask import g
from flask_admin import expose

from models.base import db
from services import sessions
from views.frame.password import OwnPassword
from views.screens.home import HomeView


class BoardHomeView(OwnPassword, HomeView):
    """Members change their own password from here (BBS-088)."""

    changes_password = True

    @expose("/")
    def index(self) -> str:
        return self.render(
            "board/home.html", title="掲示板ホーム画面", previous=sessions.previous_start(db.session(), g.sign_in)
        )
