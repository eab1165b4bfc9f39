"""職員情報の検索・登録・変更画面."""

from typing import Any

from domain.roles import STAFF_ROLES, Role
from domain.terms import (
    ENABLED_CHOICES,
    HINT_ALNUM,
    HINT_ENABLED,
    HINT_ENABLED_SEARCH,
    HINT_MAIL,
    HINT_ROLE,
    HINT_TEXT,
    STAFF,
)
from forms.base import InputForm, SearchForm
from forms.fields import ChecksField, CodeField, FlagField, MailField, TextField, VersionField
from forms.validators import Alnum, Longest, MailAddress, Required


class StaffSearchForm(SearchForm):
    login_id = CodeField(STAFF["login_id"], [Alnum(), Longest(10)], description=HINT_ALNUM)
    name = TextField(STAFF["name"], [Longest(50)], description=HINT_TEXT)
    enabled = ChecksField(STAFF["enabled"], choices=ENABLED_CHOICES, description=HINT_ENABLED_SEARCH)


def _rights() -> ChecksField:
    return ChecksField(
        STAFF["rights"],
        [Required("error.C00.00010")],
        choices={role.value: role.option for role in STAFF_ROLES},
        description=HINT_ROLE,
    )


class StaffRegisterForm(InputForm):
    rights = _rights()
    name = TextField(STAFF["name"], [Required(), Longest(50)], description=HINT_TEXT)
    email = MailField(STAFF["email"], [Required(), Longest(254), MailAddress()], description=HINT_MAIL)

    @property
    def values(self) -> dict[str, Any]:
        values = super().values
        return values | {"rights": frozenset(map(Role, values["rights"]))}


class StaffChangeForm(StaffRegisterForm):
    fixed = ("login_id",)
    enabled = FlagField(
        STAFF["enabled"], [Required("error.C00.00010")], choices=ENABLED_CHOICES, description=HINT_ENABLED
    )
    version = VersionField()
