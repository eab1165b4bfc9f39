"""ログイン画面 (#010 3章)."""

from collections.abc import Mapping

from domain.terms import SIGN_IN
from forms.base import InputForm
from forms.fields import SecretField, TextField


class SignInForm(InputForm):
    """No validators: anything at all is an attempt, and a wrong one counts (R-014)."""

    login_id = TextField(SIGN_IN["login_id"], width="m")
    password = SecretField(SIGN_IN["password"], autocomplete="current-password")

    def named(self, labels: Mapping[str, str]) -> "SignInForm":
        """The board calls its ID differently."""
        for name, label in labels.items():
            self[name].label.text = label
        return self
