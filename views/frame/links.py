"""Link screens: what is behind a tab, a line of explanation each (#010 5章)."""

from flask_admin import expose
from flask_login import current_user

from views.frame import navigation
from views.frame.page import Page


class LinkView(Page):
    is_link_screen = True

    def is_visible(self) -> bool:
        return False  # the tab of its section stands for it

    def is_accessible(self) -> bool:
        return current_user.is_authenticated and self._section() is not None

    def _section(self) -> navigation.Section | None:
        return next((s for s in navigation.sections(self.admin) if s.text == self.name), None)

    @expose("/")
    def index(self) -> str:
        return self.render("screens/links.html", title=self.name, section=self._section(), crumbs=[(self.name, None)])
