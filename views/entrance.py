"""Before and beside the sites: ログイン, ログアウト, forced パスワード変更 (#010 3章, 4章(1), 6章; 掲示板 2.2, 2.3)."""

import logging
from functools import partial
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from domain import messages
from domain.credentials import LONGEST_ID, is_staff_id
from domain.roles import Site
from forms.sign_in import SignInForm
from models.account import Account
from models.base import db
from models.sign_in import Ending
from services import admission, sessions, sign_in, sweep
from views import credential_check, doors, errors, front, password_change
from views.doors import Door
from views.frame.conversation import Completion
from views.guard import limits
from views.transaction import address, transaction

log = logging.getLogger("panel")


def blueprint_of(door: Door) -> Blueprint:
    """The screens of one entrance; ログアウト and the address / belong to the market's and serve both."""
    made = Blueprint(door.endpoint, __name__, url_prefix=door.prefix or None)
    if door is doors.MARKET:
        made.add_url_rule("/", view_func=root)
        made.add_url_rule("/logout", view_func=logout, methods=["POST"])
    for rule, view in (("/login", login), ("/password", password)):
        made.add_url_rule(rule, view_func=view, methods=["GET", "POST"])
    made.add_url_rule("/password/complete", view_func=password_complete)
    made.add_url_rule("/signed-out", view_func=own_end)
    return made


def root() -> ResponseReturnValue:
    return redirect(home_of(g.sign_in.account.site) if g.sign_in else doors.here().url())


def login() -> ResponseReturnValue:
    """ログイン画面 (3章②③; 掲示板 2.2)."""
    door = doors.here()
    form = SignInForm(request.form).named(door.labels)
    if request.method != "POST":  # a HEAD is no attempt
        return _login_screen(form)
    attempt = sign_in.Attempt(door.policy, request.form.get("login_id", ""), request.form.get("password", ""))
    if g.maintenance and g.maintenance.is_running and not is_staff_id(attempt.key):
        return errors.maintenance(g.maintenance)  # nothing compared, nothing counted
    certificate_id = None
    if front.is_required() and door.needs_certificate:
        certificate_id = _certificate_of(attempt)
        if certificate_id is None:
            return errors.login_error()
    if _is_throttled():
        abort(429)
    outcome = credential_check.run(
        door.policy,
        attempt.key,
        partial(_judge, attempt),
        partial(_settle, attempt, certificate_id),
        hashes_when_locked=not attempt.too_long,
    )
    if outcome.token is None or outcome.account is None:
        form.add_error(messages.text(outcome.message_id or door.policy.refusals.wrong))
        return _login_screen(form)
    here = next_page(request.form.get("next", ""), outcome.account.site)
    _tidy_up(outcome.account)
    session.clear()  # also the CSRF seed: a form from before the sign-in is void
    session["sid"] = outcome.token
    door.remember()
    return redirect(here)


def _judge(attempt: sign_in.Attempt, reading: Session) -> sign_in.Judgement:
    """Asked again under the ID's lock: many may have waited for it side by side."""
    if _is_throttled():
        abort(429)
    return sign_in.judge(reading, attempt)


def _settle(
    attempt: sign_in.Attempt, certificate_id: int | None, writing: Session, judged: sign_in.Judgement
) -> sign_in.Outcome:
    return sign_in.settle(writing, attempt, judged, address(), limits(), certificate_id)


def _certificate_of(attempt: sign_in.Attempt) -> int | None:
    """The registration that lets the typed ID in. None – whoever's the ID is, or nobody's –: nothing is
    compared, nothing counted, the refusal is written down (R-011)."""
    certificate = g.certificate  # there is one: the guard has seen to it
    found = admission.admits_attempt(db.session(), certificate, attempt)
    if found is None:
        with transaction() as s:
            admission.refuse_attempt(s, certificate, attempt)
    return found.id if found else None


def _is_throttled() -> bool:
    return sign_in.is_throttled(db.session(), address(), current_app.config["SIGN_IN_FAILURES_PER_MINUTE"])


def _tidy_up(account: Account) -> None:
    """After the sign-in's own transaction: it must not wait for rows of other accounts."""
    account_id = account.id
    if g.sign_in and g.sign_in.account_id != account_id:  # one account per browser
        with transaction() as s:
            sessions.end(s, g.sign_in, Ending.REPLACED)
    with transaction() as s:
        sweep.run(s, limits())


def _login_screen(form: SignInForm) -> str:
    typed = form.login_id.typed[:LONGEST_ID]
    wanted = request.values.get("next", "")
    return render_template("screens/login.html", form=form, typed_id=typed, next=wanted if is_own(wanted) else "")


def logout() -> ResponseReturnValue:
    """ログアウト (6章), and [閉じる] of the screens without it: the cookie goes, whatever the database does."""
    door = doors.here()
    if g.sign_in:
        try:
            with transaction() as s:
                sessions.end(s, g.sign_in, Ending.LOGOUT)
        except SQLAlchemyError:
            log.warning("a cookie was dropped, its session could not be ended", exc_info=True)
            db.session.remove()
            g.sign_in = None
    session.clear()
    return redirect(door.url())


def password() -> ResponseReturnValue:
    """パスワード変更画面 after the first sign-in or a reissue (4章(1)): no menu, no breadcrumb, no [戻る]."""
    row = g.sign_in
    if not row.account.must_change_password:
        return redirect(home_of(row.account.site))
    form = password_change.form_for(row.account)
    outcome = password_change.attempt(row, form)
    if outcome is None or not outcome.ended:
        return render_template("screens/password_forced.html", form=form)
    session.clear()
    if outcome.message_id:
        flash(messages.text(outcome.message_id), "error")
        return redirect(doors.here().url())
    session["password_changed"] = True
    return redirect(doors.here().url("password_complete"))


def password_complete() -> ResponseReturnValue:
    """完了画面 with [ログイン] (4章(1)③)."""
    if not session.pop("password_changed", False):
        return redirect(doors.here().url())
    return render_template("screens/password_forced_complete.html", message=messages.text("info.password.again"))


def own_end() -> ResponseReturnValue:
    """完了画面 of an operation that has ended the own session, with [ログイン] (USR-099); it may be reloaded."""
    done = session.get("own_end")
    if not isinstance(done, dict):
        return redirect(doors.here().url())
    return render_template("screens/signed_out_complete.html", done=Completion(**done))


def home_of(site: Site) -> str:
    return url_for(f"{site}.index")


def next_page(wanted: str, site: Site) -> str:
    """Where to go after the sign-in: `wanted` if it is a page of the account's own site."""
    home = home_of(site)
    return wanted if is_own(wanted) and wanted.startswith(home) else home


def is_own(address: str) -> bool:
    """True for an absolute path on this host and nothing else (R-047)."""
    if not address.startswith("/") or address[1:2] in ("/", "\\"):
        return False
    if "\\" in address or any(ord(c) < 0x21 or ord(c) == 0x7F for c in address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
