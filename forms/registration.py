"""ID登録: the form of 新規登録, in the manual's order (発電設備等の情報掲示板利用マニュアル 2.1②)."""

from typing import Any

from domain import terms
from domain.credentials import BOARD
from domain.postal import PREFECTURES
from domain.review import ReviewState
from domain.terms import REGISTRATION as R
from forms.base import InputForm, SearchForm
from forms.fields import (
    ChallengeField,
    CheckField,
    ChecksField,
    ChoiceField,
    CodeField,
    FixedField,
    MailField,
    PhoneField,
    SecretField,
    TextField,
)
from forms.postal import look_up
from forms.validators import (
    Agreed,
    Alnum,
    BoardId,
    FullWidth,
    Katakana,
    Longest,
    MailAddress,
    NewPassword,
    Phone,
    PostalCode,
    Required,
)

NO_PREFECTURE = {"": "選択してください"}
ASKED_ONLY = {"challenge", "agreed", "category", "password"}  # not what the application keeps as it is


class RegistrationForm(InputForm):
    sections = terms.REGISTRATION_SECTIONS
    policy = BOARD

    login_id = TextField(R["login_id"], [Required(), BoardId()], description=terms.HINT_BOARD_ID)
    password = SecretField(
        R["password"], [Required(), NewPassword()], autocomplete="new-password", description=terms.HINT_BOARD_PASSWORD
    )
    category = FixedField(R["category"], text=terms.CATEGORY)
    email = MailField(R["email"], [Required(), Longest(254), MailAddress()], description=terms.HINT_WORK_MAIL)
    email2 = MailField(R["email2"], [Longest(254), MailAddress()], description=terms.HINT_OPTIONAL)
    postal_code = CodeField(
        R["postal_code"], [Required(), PostalCode()], description=terms.HINT_ASSISTED_POSTAL, assist="住所自動入力"
    )
    prefecture = ChoiceField(
        R["prefecture"],
        [Required("error.C00.00010")],
        choices=NO_PREFECTURE | {name: name for name in PREFECTURES},
        description=terms.HINT_CHOOSE,
    )
    address = TextField(R["address"], [Required(), Longest(100), FullWidth()], description=terms.HINT_ADDRESS, width="")
    building = TextField(R["building"], [Longest(100), FullWidth()], description=terms.HINT_BUILDING, width="")
    phone = PhoneField(R["phone"], [Required(), Phone()], description=terms.HINT_PHONE)
    fax = PhoneField(R["fax"], [Phone()], description=terms.HINT_PHONE_OPTIONAL)
    mobile = PhoneField(R["mobile"], [Phone()], description=terms.HINT_MOBILE)
    name = TextField(R["name"], [Required(), Longest(50), FullWidth()], description=terms.HINT_FULL_WIDTH)
    kana = TextField(R["kana"], [Required(), Longest(50), Katakana()], description=terms.HINT_KANA)
    company = TextField(
        R["company"], [Required(), Longest(100), FullWidth()], description=terms.HINT_FULL_WIDTH, width=""
    )
    company_address = TextField(
        R["company_address"],
        [Required(), Longest(100), FullWidth()],
        description=terms.HINT_COMPANY_ADDRESS,
        width="",
    )
    company_phone = PhoneField(R["company_phone"], [Phone()], description=terms.HINT_COMPANY_PHONE)
    agreed = CheckField(R["agreed"], [Agreed()], description=terms.HINT_AGREED)
    challenge = ChallengeField(R["challenge"], description=terms.HINT_CHALLENGE)

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values.items() if name not in ASKED_ONLY}

    def assist(self, name: str) -> None:
        """住所自動入力. Raises DomainError: error.C00.00001, error.O01.00002."""
        if found := look_up(self, name):
            self.fill({"prefecture": found[0], "address": found[1]})


class RegistrationSearchForm(SearchForm):
    login_id = TextField(R["login_id"], [Alnum(), Longest(32)], description=terms.HINT_ALNUM)
    name = TextField(R["name"], [Longest(50)], description=terms.HINT_TEXT)
    company = TextField(R["company"], [Longest(100)], description=terms.HINT_TEXT)
    state = ChecksField(
        R["state"],
        choices={
            s.value: terms.STATUS["review_state"][s.value].word
            for s in (ReviewState.APPLIED, ReviewState.IN_REVIEW, ReviewState.APPROVED, ReviewState.REJECTED)
        },
    )
