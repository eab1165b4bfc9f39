"""新規登録 of the board: 入力 → 確認 → 登録 → 登録受付完了, for people without an account (掲示板 2.1).

Nothing is kept on the server between the steps but the 画像認証. The password travels sealed: the page
carries it, nobody can read it. 登録 uses the 画像認証 up, so the same form is taken once (R-050).
"""

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from domain import messages
from domain.errors import DomainError
from forms.registration import RegistrationForm
from models.base import db
from models.board import Challenge
from services import challenges, hashing, registrations, sealed, sign_in
from views import doors
from views.frame import labels
from views.transaction import address, transaction

PURPOSE, KEPT_FOR = "registration", timedelta(minutes=30)
INPUT, CONFIRM, COMPLETE = "新規登録画面", "新規登録確認画面", "登録受付完了画面"
_DONE = "registered"  # in the session: this browser has registered somebody

blueprint = Blueprint("board_registration", __name__, url_prefix=doors.BOARD.prefix)


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    form = RegistrationForm(request.form if request.method == "POST" else None)
    _unseal_password(form)
    step = request.form.get("_step") if request.method == "POST" else None
    if step in ("confirm", "execute"):
        if _is_throttled():
            abort(429)
        return _execute(form) if step == "execute" else _confirm(form)
    if step and step.removeprefix("assist:") in form.assistants:
        _attempt(form, partial(form.assist, step.removeprefix("assist:")))
    return _input(form, anew=step == "another")


@blueprint.get("/register/complete")
def complete() -> ResponseReturnValue:
    """登録受付完了画面; it may be reloaded."""
    if not session.get(_DONE):
        return redirect(url_for(".register"))
    return render_template("board/registered.html", title=COMPLETE, message=messages.text("info.apply.complete"))


@blueprint.get("/challenge/<key>.png")
def picture(key: str) -> ResponseReturnValue:
    return Response(challenges.picture(_open_challenge(key)), mimetype="image/png")


@blueprint.get("/challenge/<key>.wav")
def sound(key: str) -> ResponseReturnValue:
    return Response(challenges.sound(_open_challenge(key)), mimetype="audio/wav")


def _open_challenge(key: str) -> Challenge:
    found = challenges.find(db.session(), key)
    return found if found is not None and challenges.is_open(found) else abort(404)


# ---- the steps ------------------------------------------------------------------------------------


def _confirm(form: RegistrationForm) -> ResponseReturnValue:
    valid = form.validate()
    _take_answer(form)
    if form.challenge.solved and not form.login_id.errors:
        _attempt(form, partial(registrations.check_id, db.session(), form.login_id.data))
    if valid:
        _attempt(form, partial(registrations.check_mail, db.session(), form.values))
    if form.problems:
        return _input(form)
    return render_template(
        "board/register_confirm.html",
        layout="layouts/plain.html",
        title=CONFIRM,
        form=form,
        question=messages.text("info.apply.confirm"),
        show=labels.of_field,
        carried=_carried(form),
        ticket="",
    )


def _execute(form: RegistrationForm) -> ResponseReturnValue:
    """Validates everything again: what 確認画面 carries may have been changed (R-049)."""
    if not form.validate():
        return _input(form)
    challenge = challenges.find(db.session(), form.challenge.key)
    if challenge is None or challenge.used_at is None:  # a second 登録 needs no hash
        password_hash = hashing.make(form.password.data or "") if challenges.is_solved(challenge) else ""
        _attempt(form, partial(_register, form, password_hash))
    if form.problems:
        return _input(form)
    session[_DONE] = True
    return redirect(url_for(".complete"))


def _register(form: RegistrationForm, password_hash: str) -> None:
    with transaction() as s:
        if challenges.use(s, form.challenge.key):
            registrations.submit(s, form.values, password_hash)


def _input(form: RegistrationForm, anew: bool = False) -> str:
    """新規登録画面, with everything that was typed."""
    _give_challenge(form, anew)
    if form.password.data and not form.password.errors and len(form.password.data) <= form.policy.longest:
        form.password.kept = _seal(form.password.data)
    return render_template(
        "board/register.html", layout="layouts/plain.html", title=INPUT, form=form, problems=form.problems,
        back_url=doors.BOARD.url(), terms_version=registrations.TERMS_VERSION,
    )  # fmt: skip


def _attempt(form: RegistrationForm, run: Any) -> None:
    """Put what `run` refuses beside its field; a taken ID counts like a failed sign-in, so nobody lists them."""
    try:
        run()
    except DomainError as error:
        form.add_error(messages.text(error.message_id, **error.params), error.field or "challenge")
        if error.field == "login_id":
            with transaction() as s:
                sign_in.count_address(s, address())
                challenges.count_taken(s, form.challenge.key)
            if not challenges.is_solved(challenges.find(db.session(), form.challenge.key)):
                form.add_error(messages.text("error.B02.00013"), "challenge")


# ---- 画像認証 --------------------------------------------------------------------------------------


def _take_answer(form: RegistrationForm) -> None:
    """Is it solved, now or before? Then it has to be solved once only."""
    field = form.challenge
    if not current_app.config["IMAGE_CHALLENGE"]:
        _give_challenge(form)
        return
    if not field.data and not challenges.is_solved(challenges.find(db.session(), field.key)):
        form.add_error(messages.text("error.C00.00001", label=field.label.text), "challenge")
        return
    with transaction() as s:
        message_id = challenges.answer(s, field.key, field.data or "")
        if message_id:
            sign_in.count_address(s, address())
    field.solved = message_id is None
    if message_id:
        form.add_error(messages.text(message_id), "challenge")


def _give_challenge(form: RegistrationForm, anew: bool = False) -> None:
    """The one it has, as long as it is good; else a new one."""
    field, needed = form.challenge, current_app.config["IMAGE_CHALLENGE"]
    found = challenges.find(db.session(), field.key)
    field.solved = challenges.is_solved(found)
    if field.solved or (found is not None and needed and not anew and challenges.is_open(found)):
        return
    with transaction() as s:
        field.key = challenges.new(s, solved=not needed).key
    field.solved = not needed


def _is_throttled() -> bool:
    return sign_in.is_throttled(db.session(), address(), current_app.config["SIGN_IN_FAILURES_PER_MINUTE"])


# ---- what the pages carry ---------------------------------------------------------------------------


def _carried(form: RegistrationForm) -> list[tuple[str, str]]:
    """Hidden fields of 確認画面: what was typed, but the password sealed and the answer not at all."""
    left_out = {form.password.name, form.password.kept_name, form.challenge.name, form.challenge.key_name}
    known = set(form._fields) - left_out
    typed = [(k, v) for k, v in request.form.items(multi=True) if k.partition("-")[0] in known]
    kept = (form.password.kept_name, _seal(form.password.data or ""))
    return [*typed, kept, (form.challenge.key_name, form.challenge.key)]


def _seal(password: str) -> str:
    return sealed.seal(current_app.config["SECRET_KEY"], PURPOSE, {"password": password})


def _unseal_password(form: RegistrationForm) -> None:
    kept = request.form.get(form.password.kept_name, "")
    if kept and not form.password.data:
        opened = sealed.unseal(current_app.config["SECRET_KEY"], PURPOSE, kept, KEPT_FOR)
        form.password.data = opened["password"] if opened else ""
