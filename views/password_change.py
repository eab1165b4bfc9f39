"""パスワード変更, forced and signed in: one form, one attempt (#010 4章)."""

from functools import partial

from flask import request
from sqlalchemy.orm import Session

from domain import messages
from domain.errors import DomainError
from forms.password import PasswordForm
from models.account import Account
from models.sign_in import SignInSession
from services import passwords
from views import credential_check
from views.transaction import address


def form_for(account: Account) -> PasswordForm:
    data = request.form if request.method == "POST" else None
    return PasswordForm(data, policy=passwords.policy_of(account), login_id=account.login_id)


def attempt(row: SignInSession, form: PasswordForm) -> passwords.ChangeOutcome | None:
    """Try the change if it was posted. None: nothing was posted, or the form tells what is wrong.

    An outcome with a message that has not ended the session is told in the form as well.
    """
    if request.method != "POST" or not form.validate():
        return None
    account = row.account
    policy = passwords.policy_of(account)
    try:
        outcome = credential_check.run(
            policy,
            account.login_key,
            partial(_judge, account, form),
            partial(_settle, row),
            hashes_when_locked=not policy.too_long("", form.current.data),
        )
    except DomainError as error:
        form.add_error(messages.text(error.message_id, **error.params), error.field)
        return None
    if outcome.message_id and not outcome.ended:
        form.add_error(messages.text(outcome.message_id), "current")
    return outcome


def _judge(account: Account, form: PasswordForm, session: Session) -> passwords.Change:
    return passwords.judge_change(session, account, form.current.data, form.new.data)


def _settle(row: SignInSession, session: Session, change: passwords.Change) -> passwords.ChangeOutcome:
    return passwords.settle_change(session, row, change, address())
