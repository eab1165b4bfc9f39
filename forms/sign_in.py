"""ログイン画面 (#010 3章)."""

from domain.terms import SIGN_IN
from forms.base import InputForm
from forms.fields import SecretField, TextField


class SignInForm(InputForm):
    """No validators: anything at all is an attempt, and a wrong one counts (R-014)."""

    login_id = TextField(SIGN_IN["login_id"], width="m")
    password = SecretField(SIGN_IN["password"], autocomplete="current-password")
