"""Input fields whose Python value is the domain's, not a string.

`width` hints the length of the box: "s" code, "m" name, "" full. `kind` chooses the template macro.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields import Field
from wtforms.fields.choices import RadioField, SelectMultipleField
from wtforms.utils import unset_value
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from domain import clock, files, messages
from domain.terms import HINT_FILES
from domain.text import fold_code
from forms.validators import Storable


class TextField(StringField):
    """One line, stored as typed without the spaces around it."""

    kind, width = "text", "m"
    storable = Storable()

    def __init__(
        self,
        label: str,
        validators: Any = (),
        *,
        width: str | None = None,
        assist: str | None = None,
        **kwargs: Any,
    ) -> None:
        """assist: the text of a button beside the box; see InputForm.assist."""
        super().__init__(label, [self.storable, *validators], **kwargs)
        self.width = self.width if width is None else width
        self.assist = assist

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""

    @property
    def typed(self) -> str:
        """What goes back into the box: the text as it was typed."""
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class LongTextField(TextField):
    """Several lines, stored as typed with LF line ends; `preview`: show how it will be read, too."""

    kind, width = "long", ""
    preview = False

    storable = Storable(multiline=True)

    def __init__(self, label: str, validators: Any = (), *, rows: int = 12, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.rows = rows

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0].replace("\r\n", "\n").strip("\n") if valuelist else ""


class CodeField(TextField):
    """A code or ID: full width is accepted and stored half width (XC-008)."""

    width = "s"

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = fold_code(valuelist[0]) if valuelist else ""


class NumberField(TextField):
    """A number from 0 on, typed as text: full width is understood."""

    data: Any
    width = "s"

    def __init__(self, label: str, validators: Any = (), *, largest: int, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.largest = largest

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = fold_code(valuelist[0]) if valuelist else ""
        if not text:
            return
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > self.largest:
            raise ValueError(messages.text("error.R02.00002", label=self.label.text, most=self.largest))
        self.data = int(text)


class MailField(TextField):
    width = ""
    input_type, autocomplete = "email", "email"

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = unicodedata.normalize("NFKC", valuelist[0]).strip() if valuelist else ""


class SecretField(PasswordField):
    """A password: taken exactly as typed, never sent back (COM-046), no maxlength."""

    kind, width = "secret", "m"

    def __init__(self, label: str, validators: Any = (), *, autocomplete: str, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.autocomplete = autocomplete
        self.kept = ""  # what was typed before, sealed: the page carries it, nobody can read it

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""

    @property
    def kept_name(self) -> str:
        return f"{self.name}_kept"


class DateField(TextField):
    """A day typed as text: yyyy/mm/dd; full width and ISO are understood (XC-007).

    calendar: with a button beside it that opens the browser's own (BBS-042); it needs the script.
    """

    width = "s"

    def __init__(self, label: str, validators: Any = (), *, calendar: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.calendar = calendar

    _SHAPE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = "".join(unicodedata.normalize("NFKC", valuelist[0]).split()) if valuelist else ""
        if not text:
            return
        found = self._SHAPE.fullmatch(text)
        try:
            self.data = date(*map(int, found.groups())) if found else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(messages.text("error.C00.00003", label=self.label.text))

    @property
    def typed(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.year:04d}/{self.data:%m/%d}" if isinstance(self.data, date) else ""


class DateTimeField(TextField):
    """An instant typed as Tokyo time: yyyy/mm/dd hh:mm; full width and ISO are understood (XC-007).

    hourly: to the hour only; yyyy/mm/dd hh is enough then. Data is aware, UTC.
    """

    data: Any
    width = "m"
    _SHAPE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?: |T)(\d{1,2})(?::(\d{2}))?", re.ASCII)

    def __init__(self, label: str, validators: Any = (), *, hourly: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.hourly = hourly

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = " ".join(unicodedata.normalize("NFKC", valuelist[0]).split()) if valuelist else ""
        if not text:
            return
        self.data = self._read(text)
        if self.data is None:
            raise ValueError(messages.text(self.unreadable, label=self.label.text))

    @property
    def unreadable(self) -> str:
        """Id of the message about what is no instant."""
        return "error.C00.00021" if self.hourly else "error.C00.00020"

    def _read(self, text: str) -> datetime | None:
        found = self._SHAPE.fullmatch(text)
        if found is None or (found[5] is None and not self.hourly) or (self.hourly and found[5] not in (None, "00")):
            return None
        try:
            return clock.at(*(int(part or 0) for part in found.groups()))
        except (ValueError, OverflowError):  # no such day or hour; the first hours of the year 1 are in no UTC year
            return None

    @property
    def typed(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return clock.minute(self.data) if self.data else ""


class PhoneField(TextField):
    """電話番号: 市外局番, 市内局番, 加入者番号; data is "03-1234-5678" or "" (USR-035)."""

    kind = "phone"
    PARTS = {"area": "市外局番", "exchange": "市内局番", "subscriber": "加入者番号"}

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        self.boxes = dict(zip(self.PARTS, [*(self.data or "").split("-"), "", "", ""], strict=False))
        if formdata is not None:
            self.boxes = {part: str(formdata.get(f"{self.name}-{part}", "")) for part in self.PARTS}
            folded = ["".join(unicodedata.normalize("NFKC", box).split()) for box in self.boxes.values()]
            self.data = "-".join(folded) if any(folded) else ""


class CheckField(BooleanField):
    kind = "check"


class ChallengeField(TextField):
    """画像認証: what was typed, and `key`, which picture it belongs to; `solved`: nothing has to be typed."""

    kind, width = "challenge", "s"
    key, solved = "", False

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        if formdata is not None:
            self.key = str(formdata.get(self.key_name, ""))

    @property
    def key_name(self) -> str:
        return f"{self.name}_key"


class FixedField(Field):
    """Text that is shown among the fields and cannot be chosen; whoever sends another value is told so."""

    kind, widget = "fixed", None

    def __init__(self, label: str, *, text: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.text = text

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors, self.data = [], self.text
        if formdata is not None and any(sent != self.text for sent in formdata.getlist(self.name)):
            self.process_errors.append(messages.text("error.C00.00007", label=self.label.text))


class _Choice:
    """A value that was not offered is an error of its own, never an exception."""

    label: Any
    data: Any
    raw_data: Any

    def pre_validate(self, form: Any) -> None:
        if self.data is None and not self.raw_data:
            return  # nothing was sent: Required speaks, if it must
        try:
            super().pre_validate(form)
        except ValueError as error:
            raise ValidationError(messages.text("error.C00.00007", label=self.label.text)) from error


class ChoiceField(_Choice, SelectField):
    """A select. With one option that option is preselected (contract)."""

    kind, width = "select", "m"


class FlagField(_Choice, RadioField):
    """Two radio buttons whose data is a bool, e.g. 有効 / 無効."""

    kind = "radio"

    def __init__(self, label: str, validators: Any = (), *, choices: dict[str, str], **kwargs: Any) -> None:
        super().__init__(label, validators, choices=choices, coerce=self._to_bool, **kwargs)

    @staticmethod
    def _to_bool(value: object) -> bool | None:
        return {"1": True, "0": False, True: True, False: False}.get(value)

    def shown(self) -> str:
        return next((str(text) for value, text in self.choices.items() if self._to_bool(value) is self.data), "")


class OneOfField(_Choice, RadioField):
    """Radio buttons, none of them chosen beforehand; data is the value or None."""

    kind = "radio"

    def shown(self) -> str:
        return str(dict(self.choices).get(self.data, ""))


class ChecksField(_Choice, SelectMultipleField):
    """Several check boxes; none means no restriction (search) or nothing chosen (input)."""

    kind = "checks"


class FilesField(Field):
    """添付ファイル: data is the keys of the files, in order; views.frame.uploads fills in `rows`."""

    kind, widget = "files", None

    def __init__(self, label: str, validators: Any = (), *, record_table: str, **kwargs: Any) -> None:
        super().__init__(label, validators, **{"description": HINT_FILES} | kwargs)
        self.record_table = record_table
        self.rows: list[Any] = []  # the files behind the keys
        self.data: list[str] = []

    def process_data(self, value: Any) -> None:
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(dict.fromkeys(valuelist))

    @property
    def upload_name(self) -> str:
        """Name of the file input. Sent without its file it holds the name of a file that was chosen only."""
        return f"{self.name}-upload"

    @property
    def is_full(self) -> bool:
        return len(self.data) >= files.MOST

    accept, most, largest = files.EXTENSIONS, files.MOST, files.LARGEST


class VersionField(IntegerField):
    """What the editor saw; hidden. Anything but a number counts as a stale version."""

    widget = HiddenInput()
    kind = "hidden"

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
