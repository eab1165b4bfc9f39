"""クライアント証明書の検索・登録・変更画面."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wtforms import Field, Form

from domain import clock, messages
from domain.certificates import STAFF_CODE, normal_issuer, normal_serial
from domain.errors import DomainError
from domain.terms import (
    CERTIFICATE,
    HINT_ALNUM,
    HINT_CERTIFICATE_FILE,
    HINT_ISSUER,
    HINT_OPERATOR,
    HINT_SECOND,
    HINT_SERIAL,
    HINT_TEXT,
    STATUS,
)
from domain.text import fold_code, strip_invisible
from forms.base import InputForm, SearchForm, Upload
from forms.fields import ChecksField, CodeField, DateTimeField, TextField, VersionField
from forms.validators import Alnum, Exactly, InstantFrom, Longest, Required


class NormalField(TextField):
    """A text that is stored in its normal form, whatever it was pasted from."""

    width = ""

    def __init__(self, label: str, validators: Any = (), *, normal: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.normal = normal

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = ""
        if valuelist and valuelist[0].strip():
            try:
                self.data = self.normal(valuelist[0])
            except DomainError as error:
                raise ValueError(messages.text(error.message_id)) from error


class SecondField(DateTimeField):
    """An instant to the second: yyyy/mm/dd hh:mm:ss, or 2026年11月1日 0:00:00 as Windows shows it.

    The time may be left out. Windows puts direction marks between the parts of a day; they go.
    """

    seconds = True
    unreadable = "error.K01.00004"
    _SHAPE = re.compile(r"(\d{4})[/年-](\d{1,2})[/月-](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)

    def __init__(self, label: str, validators: Any = (), *, end: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.time = (23, 59, 59) if end else (0, 0, 0)  # of a day without a time

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([strip_invisible(text) for text in valuelist])

    def _read(self, text: str) -> datetime | None:
        found = self._SHAPE.fullmatch(text)
        if found is None:
            return None
        hour, minute, second = self.time
        if found[4] is not None:
            hour, minute, second = int(found[4]), int(found[5]), int(found[6] or 0)
        day = (int(found[1]), int(found[2]), int(found[3]))
        try:
            return datetime(*day, hour, minute, second, tzinfo=clock.TOKYO).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def typed(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.astimezone(clock.TOKYO):%Y/%m/%d %H:%M:%S}" if self.data else ""


class OperatorOrStaff:
    """A 事業者コード, or the word for 広域機関."""

    def __call__(self, form: Form, field: Field) -> None:
        if field.data != STAFF_CODE:
            Exactly(4)(form, field)


def _operator_code() -> CodeField:
    return CodeField(CERTIFICATE["operator_code"], [Required(), Alnum(), OperatorOrStaff()], description=HINT_OPERATOR)


def _valid_from() -> SecondField:
    return SecondField(CERTIFICATE["valid_from"], [Required()], description=HINT_SECOND)


def _valid_to() -> SecondField:
    follows = InstantFrom("valid_from", later=True, message_id="error.K01.00005")
    return SecondField(CERTIFICATE["valid_to"], [Required(), follows], end=True, description=HINT_SECOND)


def _note() -> TextField:
    return TextField(CERTIFICATE["note"], [Longest(100)], width="", description=HINT_TEXT)


def _part_of_serial(text: str) -> str:
    """For a search: any run of digits of the number, as people copy it (Windows shows a leading 00)."""
    return fold_code(strip_invisible(text)).replace(":", "").removeprefix("0X").lstrip("0")


class CertificateSearchForm(SearchForm):
    operator_code = CodeField(CERTIFICATE["operator_code"], [Alnum(), Longest(4)], description=HINT_ALNUM)
    serial = NormalField(
        CERTIFICATE["serial"], [Alnum(), Longest(40)], normal=_part_of_serial, width="m", description=HINT_ALNUM
    )
    issuer = TextField(CERTIFICATE["issuer"], [Longest(500)], description=HINT_TEXT)
    certificate_state = ChecksField(
        CERTIFICATE["certificate_state"], choices={v: s.word for v, s in STATUS["certificate_state"].items()}
    )

    def for_actor(self, actor: Any) -> "CertificateSearchForm":
        """In the portal the operator is one's own."""
        if actor.operator_id is not None:
            del self.operator_code
        return self


class UnregisteredSearchForm(SearchForm):
    serial = NormalField(
        CERTIFICATE["serial"], [Alnum(), Longest(40)], normal=_part_of_serial, width="m", description=HINT_ALNUM
    )
    issuer = TextField(CERTIFICATE["issuer"], [Longest(500)], description=HINT_TEXT)


class CertificateRegisterForm(InputForm):
    upload = Upload(
        name="file",
        label=CERTIFICATE["file"],
        hint=HINT_CERTIFICATE_FILE,
        button="ファイルから読み取る",
        accept=".cer,.crt,.der,.pem",
        most=100 * 1024,
        done="info.certificate_file.complete",
    )
    operator_code = _operator_code()
    issuer = NormalField(CERTIFICATE["issuer"], [Required()], normal=normal_issuer, description=HINT_ISSUER)
    serial = NormalField(CERTIFICATE["serial"], [Required()], normal=normal_serial, description=HINT_SERIAL)
    valid_from = _valid_from()
    valid_to = _valid_to()
    note = _note()


class CertificateChangeForm(InputForm):
    fixed = ("operator.code", "owner", "issuer", "serial")
    valid_from = _valid_from()
    valid_to = _valid_to()
    note = _note()
    version = VersionField()


class CertificateAssignForm(InputForm):
    """In the dialog of [割当]."""

    operator_code = _operator_code()
