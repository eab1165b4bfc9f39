"""掲示板ホーム画面 (発電設備等の情報掲示板利用マニュアル 2.2②, 3.1①⑦)."""

from flask import g
from flask_admin import expose
from flask_login import current_user

from models.base import db
from services import post_search, sessions
from views.frame.password import OwnPassword
from views.screens.home import HomeView


class BoardHomeView(OwnPassword, HomeView):
    """What was approved last, and how much is open where. Members change their own password from here (BBS-088)."""

    changes_password = True

    @expose("/")
    def index(self) -> str:
        s = db.session()
        offers = post_search.overview(s, current_user)
        return self.render(
            "board/home.html",
            title="掲示板ホーム画面",
            previous=sessions.previous_start(s, g.sign_in),
            newest=post_search.newest(s, current_user),
            offers=offers,
            largest=post_search.largest(offers),
        )
