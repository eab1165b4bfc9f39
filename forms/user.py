"""ユーザ情報の検索・登録・変更画面 (#020 3〜5章)."""

from typing import Any

from domain.roles import Role
from domain.terms import (
    ENABLED_CHOICES,
    HINT_ALNUM,
    HINT_DATE,
    HINT_DIGITS,
    HINT_ENABLED,
    HINT_ENABLED_SEARCH,
    HINT_MAIL,
    HINT_ROLE,
    HINT_TEXT,
    REPLACE_HEADINGS,
    USER,
)
from forms.base import InputForm, SearchForm
from forms.fields import (
    CheckField,
    ChecksField,
    ChoiceField,
    CodeField,
    DateField,
    FlagField,
    MailField,
    PhoneField,
    TextField,
    VersionField,
)
from forms.validators import Alnum, Exactly, Longest, MailAddress, NotBefore, Phone, Required


class UserSearchForm(SearchForm):
    operator_code = CodeField(USER["operator_code"], [Alnum(), Longest(4)], description=HINT_ALNUM)
    login_id = CodeField(USER["login_id"], [Alnum(), Longest(10)], description=HINT_ALNUM)
    name = TextField(USER["name"], [Longest(50)], description=HINT_TEXT)
    enabled = ChecksField(USER["enabled"], choices=ENABLED_CHOICES, description=HINT_ENABLED_SEARCH)
    with_deleted = CheckField(USER["with_deleted"])

    def for_actor(self, actor: Any) -> "UserSearchForm":
        """Operators' users see their own 事業者コード, filled in and fixed (USR-007)."""
        _fix_operator(self.operator_code, actor)
        return self


def _fix_operator(field: CodeField, actor: Any) -> None:
    if actor.operator_id is not None:
        field.data = actor.operator.code
        field.raw_data = None
        field.errors = []
        field.render_kw = {"readonly": True}


def _department() -> TextField:
    return TextField(USER["department"], [Required(), Longest(100)], description=HINT_TEXT)


def _name() -> TextField:
    return TextField(USER["name"], [Required(), Longest(50)], description=HINT_TEXT)


def _phone() -> PhoneField:
    return PhoneField(USER["phone"], [Phone()], description=HINT_DIGITS)


def _email() -> MailField:
    return MailField(USER["email"], [Required(), Longest(254), MailAddress()], description=HINT_MAIL)


class UserRegisterForm(InputForm):
    """ユーザ情報登録画面 (4章③). Staff may also choose 6:登録作業者 (管理者)."""

    role = ChoiceField(USER["role"], [Required("error.C00.00010")], choices={}, description=HINT_ROLE)
    operator_code = CodeField(USER["operator_code"], [Alnum(), Exactly(4)], description=HINT_ALNUM)
    department = _department()
    name = _name()
    phone = _phone()
    email = _email()

    def for_actor(self, actor: Any, row: Any = None) -> "UserRegisterForm":
        if not self.operator_code.data or self.operator_code.data == getattr(
            actor.operator_id and actor.operator, "code", None
        ):
            _fix_operator(self.operator_code, actor)  # anything else is forged: the service refuses it (USR-032)
        roles = [Role.OPERATOR_GENERAL]
        if actor.operator_id is None:
            roles.append(Role.OPERATOR_ADMIN)
            self.operator_code.validators = [Required(), *self.operator_code.validators]
            self.operator_code.flags.required = True
        self.role.choices = {role.value: role.option for role in roles}
        return self

    @property
    def values(self) -> dict[str, Any]:
        values = super().values
        return values | {"role": Role(values["role"])}


class AdminReplaceForm(InputForm):
    """管理者交代画面: the successor (USR-100)."""

    fixed = ("login_id", "role", "operator.code", "operator.name", "name")
    headings = REPLACE_HEADINGS
    department = _department()
    name = _name()
    phone = _phone()
    email = _email()
    version = VersionField()


class UserChangeForm(InputForm):
    """ユーザ情報変更画面 (5章⑤)."""

    fixed = ("login_id", "role", "operator.code", "operator.name")
    department = _department()
    name = _name()
    phone = _phone()
    email = _email()
    enabled = FlagField(
        USER["enabled"], [Required("error.C00.00010")], choices=ENABLED_CHOICES, description=HINT_ENABLED
    )
    valid_from = DateField(USER["valid_from"], [Required()], description=HINT_DATE)
    valid_to = DateField(USER["valid_to"], [Required(), NotBefore("valid_from")], description=HINT_DATE)
    version = VersionField()

    def for_actor(self, actor: Any, row: Any = None) -> "UserChangeForm":
        """The own 有効/無効 is shown, not offered (2章※1); the service refuses it as well."""
        if row is not None and row.id == actor.id:
            self.enabled.render_kw = {"readonly": True}
        return self
