"""What happens before every view: request number, same-origin and CSRF check, session, forced change.

Default deny: a route is open to strangers only if its endpoint is named here.
"""

import logging
import secrets
from urllib.parse import urlsplit

from flask import Flask, current_app, g, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from domain.certificates import Presented
from domain.roles import Site
from models.account import Account
from models.base import db
from models.sign_in import Ending, SignInSession
from services import admission, maintenance, sessions
from views import doors, errors, front
from views.frame import uploads
from views.transaction import transaction

OPEN = {"static", "health.healthz", "health.readyz"}  # neither session nor cookie
# Asks nothing, tells nothing internal.
GUIDES = {"help.index", "help.topic", "board_guide.index", "board_guide.topic", "board_guide.terms"}
# Before the sign-in: a dead cookie is dropped.
ENTRANCE = {"entrance.root"} | {
    f"{door.endpoint}.{view}" for door in doors.ALL for view in ("login", "password_complete", "own_end")
}
REGISTRATION = {f"board_registration.{view}" for view in ("register", "complete", "picture", "sound")}  # BBS-010
WHILE_FORCED = {"entrance.password", "board_entrance.password", "entrance.logout"}
LEFT_OPEN = {"entrance.login", "entrance.logout"}  # while a メンテナンス runs, or without a database
# 完了画面 of somebody whose session has just ended by his own doing; who it was is not known any more.
FAREWELLS = {
    f"{door.endpoint}.{view}": mark
    for door in doors.ALL
    for view, mark in (("password_complete", "password_changed"), ("own_end", "own_end"))
}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

csrf = CSRFProtect()
log = logging.getLogger("panel")


class CrossSite(Exception):
    """A form of another site."""


def init_app(app: Flask) -> None:
    csrf.init_app(app)  # WTF_CSRF_CHECK_DEFAULT is off: `before` calls protect() in its own order
    login = LoginManager(app)
    login.session_protection = None
    login.request_loader(_signed_in_account)
    app.before_request(before)


def before() -> ResponseReturnValue | None:
    g.request_no = secrets.token_hex(8)
    g.sign_in = g.maintenance = g.certificate = None
    if front.is_elsewhere():
        return errors.screen(404)
    if request.endpoint in OPEN:
        return None
    g.certificate = front.presented()
    if g.certificate is None and front.demands_certificate():
        return errors.login_error()
    g.maintenance = _maintenance()
    if g.maintenance and g.maintenance.is_running and not _may_pass():
        return errors.maintenance(g.maintenance)  # before the token is looked at: a form of before is void
    if request.method not in SAFE_METHODS:
        _same_origin()
        uploads.let_files_in()
        csrf.protect()  # 400, on an unknown address too
    if request.routing_exception is not None or request.endpoint in GUIDES:
        return None
    return _admit()


def _admit() -> ResponseReturnValue | None:
    """The session of the cookie, and what it opens."""
    token = session.get("sid")
    resumed = _resumed(token) if token else None
    if g.certificate is not None and isinstance(resumed, SignInSession) and _needs_certificate(resumed):
        resumed = _with_its_certificate(resumed, g.certificate)
    if isinstance(resumed, SignInSession):
        g.sign_in = resumed
    if request.endpoint in ENTRANCE | REGISTRATION or request.endpoint == "entrance.logout":
        if not g.sign_in:
            session.pop("sid", None)
        return None
    if resumed is None:
        return _to_entrance()
    if isinstance(resumed, Ending):
        return errors.ended_session(resumed)
    return _let_in(resumed)


def _let_in(row: SignInSession) -> ResponseReturnValue | None:
    """A live session on a page inside: None, or what stands in the way."""
    if g.certificate is None and front.is_required() and _needs_certificate(row):
        return errors.login_error()  # a page the front does not know of: closed as well
    if row.account.must_change_password and request.endpoint not in WHILE_FORCED:
        if request.method in SAFE_METHODS:
            return redirect(doors.of_site(row.account.site).url("password"))
        return errors.screen(403, "error.C03.00002")
    return None


def _needs_certificate(row: SignInSession) -> bool:
    """Members of the board have none (issue 4, item 5)."""
    return doors.of_site(row.account.site).needs_certificate


def _with_its_certificate(row: SignInSession, certificate: Presented) -> SignInSession | Ending:
    """The session, if this is the certificate it was opened with and the registry still has it (R-040, R-079)."""
    if admission.admits_session(db.session(), certificate, row):
        return row
    with transaction() as s:
        admission.end_session(s, certificate, row)
    return row.ending or row


def limits() -> sessions.Limits:
    return sessions.Limits(idle=current_app.config["SESSION_IDLE"], absolute=current_app.config["SESSION_ABSOLUTE"])


def _maintenance() -> maintenance.Current | None:
    """What runs or is announced; None where that cannot be asked and the answer does not need it."""
    try:
        return maintenance.current(db.session())
    except SQLAlchemyError:
        if request.routing_exception is None and request.endpoint not in LEFT_OPEN | GUIDES:
            raise
        log.warning("the database is away")
        db.session.remove()
        return None


def _may_pass() -> bool:
    """While a メンテナンス runs: the entrance, and whoever signed in as staff (an ended session is told so)."""
    farewell = FAREWELLS.get(request.endpoint or "")
    if request.endpoint in LEFT_OPEN or (farewell is not None and farewell in session):
        return True
    token = session.get("sid")
    row = sessions.find(db.session(), token) if token else None
    return row is not None and row.account.site is Site.ADMIN


def _resumed(token: str) -> SignInSession | Ending | None:
    """As `_resume`; ログアウト and [閉じる] also work while the database is away (COM-071)."""
    try:
        return _resume(token)
    except SQLAlchemyError:
        if request.endpoint != "entrance.logout":
            raise
        log.warning("the database is away: a cookie was dropped, its session could not be ended")
        db.session.remove()
        return None


def _resume(token: str) -> SignInSession | Ending:
    """The live session of this token, or why there is none."""
    with transaction() as s:
        sessions.touch(s, token, limits())
    row = sessions.find(db.session(), token)
    if row is None:
        return Ending.IDLE  # so old that it was forgotten
    ending = sessions.due_ending(row, limits())
    if ending is not None:
        with transaction() as s:
            sessions.end(s, row, ending)
    return row.ending or row


def _signed_in_account(_request: object) -> Account | None:
    """For Flask-Login: its cookie is not used, identity comes from the session row (R-031)."""
    row = g.get("sign_in")
    return row.account if row else None


def _to_entrance() -> ResponseReturnValue:
    if request.method not in SAFE_METHODS:
        return redirect(doors.here().url())
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error="unauthenticated"), 401
    here = request.full_path.rstrip("?")
    return redirect(url_for(f"{doors.here().endpoint}.login", next=here))


def _same_origin() -> None:
    """Defence in depth beside the CSRF token (R-046)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise CrossSite
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(current_app.config["BASE_URL"]).netloc}
    if origin is not None and _netloc(origin) not in ours:
        raise CrossSite


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # half an IPv6 address
        return ""
