"""パスワード変更画面 for somebody who is signed in (#010 4章(2)); mixed into the view it hangs from."""

from typing import Any

from flask import abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_login import current_user

from domain import messages
from views import doors, password_change
from views.frame.conversation import Completion
from views.frame.navigation import Crumb

SCREEN = "パスワード変更画面"
COMPLETE = "パスワード変更完了画面"


class OwnPassword:
    """Adds /password/ to a view. Only the own password can be changed there (COM-039)."""

    def own_crumbs(self) -> list[Crumb]:
        """What stands before パスワード変更画面 in the breadcrumb; [戻る] leads to its last."""
        return []

    def admit(self: Any, name: str) -> None:
        if name in ("password_view", "password_complete_view"):
            return  # everybody may change the own password; whose it is, password_view checks
        super().admit(name)

    @expose("/password/", methods=("GET", "POST"))
    def password_view(self: Any) -> ResponseReturnValue:
        if request.args.get("id", str(current_user.id)) != str(current_user.id):
            abort(403)
        crumbs = self.own_crumbs()
        form = password_change.form_for(current_user)
        outcome = password_change.attempt(g.sign_in, form)
        if outcome is not None and outcome.ended:
            session.clear()
            flash(messages.text(outcome.message_id or "error.Y05.00002"), "error")
            return redirect(doors.of_site(self.admin.endpoint).url())
        if outcome is not None and outcome.token:
            session["sid"] = outcome.token
            session["completed"] = Completion(COMPLETE, "info.password.complete").as_dict()
            return redirect(url_for(".password_complete_view"))
        return self.render(
            "screens/password.html",
            title=SCREEN,
            crumbs=[*crumbs, (SCREEN, None)],
            form=form,
            problems=form.problems,
            back_url=crumbs[-1][1] if crumbs else url_for(".index"),
        )

    @expose("/password/complete/")
    def password_complete_view(self: Any) -> ResponseReturnValue:
        done = session.pop("completed", None)
        if not isinstance(done, dict):
            return redirect(url_for(f"{self.admin.endpoint}.index"))
        crumbs = [*self.own_crumbs(), (COMPLETE, None)]
        return self.render("resource/complete.html", title=COMPLETE, crumbs=crumbs, done=Completion(**done))
