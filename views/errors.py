"""Error screens (#010 7章). They query nothing, so they work when the database does not."""

import logging
from typing import NamedTuple

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from domain import messages
from domain.errors import Forbidden
from models.base import db
from models.sign_in import Ending
from services import audit
from services.maintenance import Current
from views import fallback
from views.transaction import transaction

log = logging.getLogger("panel")
LONGEST_PATH = 200  # characters of an address that are kept


class Screen(NamedTuple):
    title: str
    message_id: str


SCREENS = {
    400: Screen("リクエストエラー画面", "error.C02.00007"),
    403: Screen("権限エラー画面", "error.C03.00001"),
    404: Screen("404エラー画面", "error.C02.00001"),
    405: Screen("操作方法エラー画面", "error.C02.00002"),
    413: Screen("送信サイズエラー画面", "error.C02.00003"),
    429: Screen("アクセス制限画面", "error.C02.00004"),
    500: Screen("システムエラー画面", "error.C02.00005"),
    503: Screen("メンテナンス画面", "error.C02.00008"),
}
LOGIN_ERROR = Screen("ログインエラー画面", "error.K01.00001")
TIMED_OUT = Screen("セッションタイムアウトエラー画面", "error.Y07.00001")
DISPLACED = Screen("多重ログインエラー画面", "error.Y07.00002")


def init_app(app: Flask) -> None:
    from views.guard import CrossSite

    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, lambda error: _no_token())
    app.register_error_handler(CrossSite, lambda error: screen(403, "error.C02.00006"))
    app.register_error_handler(Forbidden, lambda error: _forbidden())
    app.register_error_handler(Exception, _unexpected)


def _no_token() -> ResponseReturnValue:
    """400; a browser that sends no cookie at all is told what to do about that (BBS-096)."""
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    return screen(400, "error.C01.00003" if cookie in request.cookies else "error.B02.00010")


def screen(status: int, message_id: str | None = None) -> ResponseReturnValue:
    """The error screen of this status, with another message if one is named."""
    shown = SCREENS.get(status, SCREENS[500 if status >= 500 else 400])
    return _render(status, shown.title, message_id or shown.message_id)


def ended_session(ending: Ending) -> ResponseReturnValue:
    """401: the session has timed out, or a later sign-in of the same account won (D5)."""
    if ending is Ending.CERTIFICATE:
        return login_error()
    shown = DISPLACED if ending is Ending.DISPLACED else TIMED_OUT
    return _render(401, shown.title, shown.message_id)


def login_error() -> ResponseReturnValue:
    """403: certificate missing, unknown or not the account's (COM-082). It never says which."""
    return _render(403, LOGIN_ERROR.title, LOGIN_ERROR.message_id)


def maintenance(current: Current) -> ResponseReturnValue:
    """503 メンテナンス画面 (COM-081) with the planned end, in words and for machines."""
    shown = SCREENS[503]
    return _render(503, shown.title, shown.message_id, retry_after=current.seconds_left, upkeep=current)


def _render(
    status: int, title: str, message_id: str, retry_after: int | None = None, upkeep: Current | None = None
) -> ResponseReturnValue:
    response = make_response(_body(status, title, message_id, upkeep), status)
    if status == 429:
        retry_after = 60
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _body(status: int, title: str, message_id: str, upkeep: Current | None) -> Response | str:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(error=message_id, request_no=g.get("request_no", ""))
    message = messages.text(message_id)
    closing = bool(session.get("sid"))  # [閉じる] has a session or a cookie to end
    try:
        return render_template("screens/error.html", title=title, message=message, closing=closing, upkeep=upkeep)
    except Exception:
        log.exception("not even the error screen could be drawn")
        return fallback.page(title, message, g.get("request_no", ""), closing)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    if status == 403:
        return _forbidden()
    response = make_response(screen(status))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _forbidden() -> ResponseReturnValue:
    """403, and a record of who tried what."""
    row = g.get("sign_in")
    if row is not None:
        with transaction() as s:
            where = {"method": request.method, "path": request.path[:LONGEST_PATH]}
            audit.record(s, row.account, "access:forbidden", row.account, result="refused", detail=where)
    return screen(403)


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error", exc_info=error)
    try:
        db.session.rollback()
    except SQLAlchemyError:
        log.warning("the database could not even roll back")
    return screen(500)
