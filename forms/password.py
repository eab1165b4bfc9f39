"""パスワード変更画面 (#010 4章)."""

from typing import Any

from domain.credentials import Policy
from domain.terms import PASSWORD, PASSWORD_HINT, PASSWORD_HINTS
from forms.base import InputForm
from forms.fields import SecretField
from forms.validators import NewPassword, SameAs


class PasswordForm(InputForm):
    """`current` has no format: whatever is typed there is compared, and counts if it is wrong."""

    current = SecretField(PASSWORD["current"], autocomplete="current-password")
    new = SecretField(PASSWORD["new"], [NewPassword()], autocomplete="new-password", description=PASSWORD_HINT)
    again = SecretField(PASSWORD["again"], [SameAs("new")], autocomplete="new-password")

    def __init__(self, formdata: Any = None, *, policy: Policy, login_id: str) -> None:
        super().__init__(formdata)
        self.policy = policy
        self.login_id = login_id
        self.new.description = PASSWORD_HINTS[policy.entrance]
        for f in self:
            f.flags.required = True
