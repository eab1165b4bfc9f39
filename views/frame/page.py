"""What every signed-in page shares: a Flask-Admin view with our templates and without its assets."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView
from flask_login import current_user

from views.frame import navigation


class Page(BaseView):
    """Base of every view on a site. The guard has made sure that somebody is signed in."""

    explanation = ""  # one line on the link screen
    explanation_to_readers = ""  # instead of it, for whoever may only look; empty: the same for all

    def waiting(self) -> int:
        """How much there is to do here, beside its tab and menu item; 0 is not shown."""
        return 0

    def create_blueprint(self, admin: Admin) -> Blueprint:
        """As the parent's, but with neither template nor static folder of Flask-Admin."""
        self.admin = admin
        self.url: str = self._get_view_url(admin, self.url)
        self.blueprint = Blueprint(self.endpoint, __name__, url_prefix=self.url)
        for rule, name, methods in self._urls:
            if not self.has_screen(name):
                continue
            self.blueprint.add_url_rule(rule, name, getattr(self, name), methods=methods)
        return self.blueprint

    @property
    def explained(self) -> str:
        """The line on the link screen, for this person: it promises nothing that is not there for him (COM-052)."""
        return self.explanation

    def has_screen(self, name: str) -> bool:
        """False for a view function this view has no use for: it gets no route."""
        return True

    def _handle_view(self, name: str, **kwargs: Any) -> ResponseReturnValue | None:
        if current_user.site != self.admin.endpoint:
            abort(403)
        self.admit(name)
        return None

    def admit(self, name: str) -> None:
        """Abort unless this person may use view function `name`."""
        if not self.is_accessible():
            abort(403)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return fn(self, *args, **kwargs)  # the parent's version hides TypeErrors raised in a view

    def render(self, template: str, **kwargs: Any) -> str:
        crumbs = kwargs.pop("crumbs", [])
        return render_template(
            template,
            view=self,
            sections=navigation.sections(self.admin),
            here=self.category or self.name,
            crumbs=navigation.trail(self.admin, *crumbs),
            signed_in=g.sign_in,
            **kwargs,
        )

    def crumb_of_section(self) -> list[navigation.Crumb]:
        """TOP > 参加登録 > … for a view inside a section."""
        found = next((s for s in navigation.sections(self.admin) if s.text == self.category), None)
        return [(found.text, found.url)] if found else []
