"""事業者の検索・登録・変更画面 (fields of requirements COD-009…012; the two 管理者 of USR-003)."""

from collections.abc import Iterator
from typing import Any

from domain import messages
from domain.operators import LICENCES, PARTICIPATIONS, Participation
from domain.terms import (
    FIRST_ADMIN,
    HINT_ALNUM,
    HINT_AREA,
    HINT_DIGITS,
    HINT_MAIL,
    HINT_POSTAL,
    HINT_SHORT_NAME,
    HINT_TEXT,
    OPERATOR,
    RECIPIENT,
    STATUS,
)
from forms.base import InputForm, SearchForm
from forms.fields import ChecksField, ChoiceField, CodeField, MailField, PhoneField, TextField, VersionField
from forms.postal import look_up
from forms.validators import Alnum, EndsWith, Exactly, Longest, MailAddress, Phone, PostalCode, Required, Widest

PLACES = (1, 2, 3)  # 担当者 the screen asks for
ADMINS = (1, 2)
AREAS = {"": "（なし）"} | {digit: digit for digit in "123456789"}


class OperatorSearchForm(SearchForm):
    code = CodeField(OPERATOR["code"], [Alnum(), Longest(4)], description=HINT_ALNUM)
    name = TextField(OPERATOR["name"], [Longest(100)], description=HINT_TEXT)
    is_withdrawn = ChecksField(
        OPERATOR["is_withdrawn"],
        choices={"0": STATUS["is_withdrawn"][False].word, "1": STATUS["is_withdrawn"][True].word},
    )


def _recipient(place: int, name: str) -> Any:
    label = RECIPIENT[name].format(place)
    if name == "name":
        return TextField(label, [Longest(50)], description=HINT_TEXT)
    return MailField(label, [Longest(254), MailAddress()], description=HINT_MAIL)


class _Code(InputForm):
    """Declared before the others, so that it stands first."""

    code = CodeField(OPERATOR["code"], [Required(), Alnum(), Exactly(4)], description=HINT_ALNUM)


class OperatorChangeForm(InputForm):
    fixed: tuple[str, ...] = ("code",)
    sections = {"postal_code": "所在地", "contact_department": "連絡者", "recipient1_name": "担当者情報"}

    name = TextField(OPERATOR["name"], [Required(), Longest(100), Widest(50)], description=HINT_TEXT, width="")
    short_name = TextField(
        OPERATOR["short_name"], [Required(), Longest(10), EndsWith("_容")], description=HINT_SHORT_NAME
    )
    area = ChoiceField(OPERATOR["area"], choices=AREAS, description=HINT_AREA)
    licence = ChoiceField(OPERATOR["licence"], choices={"": "（未設定）"} | LICENCES)
    participation = ChecksField(OPERATOR["participation"], choices={p.value: p.label for p in PARTICIPATIONS})
    postal_code = CodeField(OPERATOR["postal_code"], [PostalCode()], description=HINT_POSTAL, assist="住所自動入力")
    address = TextField(OPERATOR["address"], [Longest(200)], description=HINT_TEXT, width="")
    contact_department = TextField(OPERATOR["contact_department"], [Longest(100)], description=HINT_TEXT)
    contact_name = TextField(OPERATOR["contact_name"], [Longest(50)], description=HINT_TEXT)
    contact_phone = PhoneField(OPERATOR["contact_phone"], [Phone()], description=HINT_DIGITS)
    contact_email = MailField(OPERATOR["contact_email"], [Longest(254), MailAddress()], description=HINT_MAIL)
    recipient1_name, recipient1_email = _recipient(1, "name"), _recipient(1, "email")
    recipient2_name, recipient2_email = _recipient(2, "name"), _recipient(2, "email")
    recipient3_name, recipient3_email = _recipient(3, "name"), _recipient(3, "email")
    version = VersionField()

    def for_actor(self, actor: Any, row: Any = None) -> "OperatorChangeForm":
        """The row's 担当者 stand in numbered boxes; what was sent wins."""
        for box in self:
            if row is not None and box.name.startswith("recipient") and box.raw_data is None:
                box.data = self.of_row(row, box.name)
        return self

    def assist(self, name: str) -> None:
        """住所自動入力. Raises DomainError: error.C00.00001, error.O01.00002."""
        if found := look_up(self, name):
            self.fill({"address": "".join(found)})

    def of_row(self, row: Any, name: str) -> Any:
        if name.startswith("recipient"):
            box, _, what = name.partition("_")
            return next((getattr(p, what) for p in row.recipients if box == f"recipient{p.place}"), "")
        return super().of_row(row, name)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for place in PLACES:
            name, email = self[f"recipient{place}_name"], self[f"recipient{place}_email"]
            if bool(name.data) != bool(email.data):
                label = f"{OPERATOR['recipients']}（{place}人目）"
                empty = email if name.data else name
                empty.errors = [*empty.errors, messages.text("error.O01.00005", label=label)]
                valid = False
        return valid

    @property
    def values(self) -> dict[str, Any]:
        typed = super().values
        people = [(typed.pop(f"recipient{p}_name"), typed.pop(f"recipient{p}_email")) for p in PLACES]
        return typed | {
            "participation": frozenset(map(Participation, typed["participation"] or [])),
            "recipients": [person for person in people if any(person)],
        }


def _admin(place: int) -> Iterator[Any]:
    labels = {key: label.format(place) for key, label in FIRST_ADMIN.items()}
    yield TextField(labels["department"], [Required(), Longest(100)], description=HINT_TEXT)
    yield TextField(labels["name"], [Required(), Longest(50)], description=HINT_TEXT)
    yield PhoneField(labels["phone"], [Phone()], description=HINT_DIGITS)
    yield MailField(labels["email"], [Required(), Longest(254), MailAddress()], description=HINT_MAIL)


class OperatorRegisterForm(_Code, OperatorChangeForm):
    """The same, with 事業者コード and the two 管理者 who are registered with it (USR-003)."""

    fixed = ()
    sections = OperatorChangeForm.sections | {
        "admin1_department": "登録作業者(管理者) 1人目",
        "admin2_department": "登録作業者(管理者) 2人目",
    }

    admin1_department, admin1_name, admin1_phone, admin1_email = _admin(1)
    admin2_department, admin2_name, admin2_phone, admin2_email = _admin(2)
    version = None  # type: ignore[assignment]

    @property
    def values(self) -> dict[str, Any]:
        typed = super().values
        admins = [{key: typed.pop(f"admin{place}_{key}") for key in FIRST_ADMIN} for place in ADMINS]
        return typed | {"admins": admins}
