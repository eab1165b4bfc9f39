"""Format rules. Each is one class, named after the rule, and raises a message id of its own."""

import re
import unicodedata
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import Field, Form
from wtforms.validators import StopValidation, ValidationError

from domain import messages
from domain.credentials import BOARD
from domain.text import display_width, fold_code, sign_name, strip_invisible, unstorable


class Invalid(ValidationError):
    """An error beside a field: "error.C00.00002 : …"."""

    def __init__(self, message_id: str, field: Field, **params: Any) -> None:
        super().__init__(messages.text(message_id, label=field.label.text, **params))


class Required:
    """必須. The screen marks the label with `*` (XC-006)."""

    field_flags = {"required": True}

    def __init__(self, message_id: str = "error.C00.00001") -> None:
        self.message_id = message_id

    def __call__(self, form: Form, field: Field) -> None:
        nothing = not strip_invisible(field.data).strip() if isinstance(field.data, str) else not field.data
        if nothing and field.data not in (False, 0):  # a number may be none
            # An unreadable value has its own message already; do not add "missing" to it.
            text = None if field.errors else messages.text(self.message_id, label=field.label.text)
            raise StopValidation(text) if text else StopValidation()


class Alnum:
    """半角英数字. Full width is folded first; what is still not alphanumeric is an error (USR-012)."""

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and not re.fullmatch(r"[0-9A-Z]+", fold_code(field.data)):
            raise Invalid("error.C00.00002", field)


class Longest:
    """At most `length` characters (code points, R-068)."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and len(field.data) > self.length:
            raise Invalid("error.C00.00004", field, longest=self.length)


class Exactly:
    """`length` characters, no more and no fewer."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and len(field.data) != self.length:
            raise Invalid("error.C00.00008", field, length=self.length)


class Widest:
    """At most `width` half-width columns; a full-width character takes two (A28)."""

    def __init__(self, width: int) -> None:
        self.width = width

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and display_width(field.data) > self.width:
            raise Invalid("error.C00.00012", field, half=self.width, full=self.width // 2)


class EndsWith:
    """`ending` stands at the end: 事業者名略称 ends with _容 (COD-012)."""

    def __init__(self, ending: str) -> None:
        self.ending = ending

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and (not field.data.endswith(self.ending) or field.data == self.ending):
            raise Invalid("error.C00.00013", field, ending=self.ending)


class FullWidth:
    """全角文字: what East Asian typography calls wide or ambiguous. An empty value passes."""

    def __call__(self, form: Form, field: Field) -> None:
        narrow = next((c for c in field.data or "" if unicodedata.east_asian_width(c) not in "WFA"), None)
        if narrow is not None:
            raise Invalid("error.B02.00011", field, sign=sign_name(narrow))


class Katakana:
    """全角カタカナ, with a full-width space between the names. An empty value passes."""

    def __call__(self, form: Form, field: Field) -> None:
        stranger = next((c for c in field.data or "" if not re.fullmatch("[ァ-ヺー・　]", c)), None)
        if stranger is not None:
            raise Invalid("error.B02.00012", field, sign=sign_name(stranger))


class Agreed:
    """規約に同意: without the tick nothing is registered (BBS-021)."""

    field_flags = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            raise ValidationError(messages.text("error.B02.00006"))


class BoardId:
    """IDは8桁以上の半角英数字 (BBS-003), and never shaped like an ID of the market."""

    def __call__(self, form: Form, field: Field) -> None:
        if not re.fullmatch(r"[0-9A-Za-z]{8,32}", field.data or ""):
            raise ValidationError(messages.text("error.B02.00003"))
        if not BOARD.id_shape.fullmatch(field.data.upper()):
            raise ValidationError(messages.text("error.B02.00004"))


class DomainName:
    """The part of a mail address behind the @, of two labels at least."""

    _SHAPE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and not self._SHAPE.fullmatch(field.data):
            raise Invalid("error.B04.00001", field)


class PostalCode:
    """郵便番号: seven digits without a hyphen (BBS-016)."""

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and not re.fullmatch(r"[0-9]{7}", field.data):
            raise Invalid("error.C00.00014", field)


class Storable:
    """No control characters and no broken ones: mail, CSV and the database could not carry them."""

    def __init__(self, *, multiline: bool = False) -> None:
        self.multiline = multiline

    def __call__(self, form: Form, field: Field) -> None:
        if isinstance(field.data, str) and (sign := unstorable(field.data, multiline=self.multiline)):
            raise StopValidation(messages.text("error.C00.00005", label=field.label.text, sign=sign_name(sign)))


class Phone:
    """Three groups of digits, 10 or 11 together, the first digit 0. An empty value passes."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            return
        groups = field.data.split("-")
        digits = "".join(groups)
        shaped = len(groups) == 3 and all(re.fullmatch("[0-9]+", group) for group in groups)
        if not shaped or len(digits) not in (10, 11) or digits[0] != "0":
            raise Invalid("error.C00.00011", field)


class MailAddress:
    """正しいメールアドレス: one ASCII address; whether it exists is not asked."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            return
        try:
            # "=?": what mail software takes for an encoded word is read as another address.
            if not field.data.isascii() or "=?" in field.data:
                raise EmailNotValidError
            validate_email(field.data, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError:
            raise Invalid("error.C00.00006", field) from None


class NotBefore:
    """A date that may not precede the date in field `other`."""

    def __init__(self, other: str) -> None:
        self.other = other

    def __call__(self, form: Form, field: Field) -> None:
        start = form[self.other]
        if field.data and start.data and field.data < start.data:
            raise Invalid("error.C00.00009", field, other=start.label.text)


class InstantFrom:
    """An instant that may not precede the one in field `other`; if `later`, not be the same either."""

    def __init__(self, other: str, *, later: bool = False, message_id: str = "error.C00.00023") -> None:
        self.other, self.later, self.message_id = other, later, message_id

    def __call__(self, form: Form, field: Field) -> None:
        start = form[self.other]
        if not field.data or not start.data:
            return
        if self.later and field.data <= start.data:
            raise Invalid(self.message_id, field, other=start.label.text)
        if field.data < start.data:
            raise Invalid("error.C00.00022", field, other=start.label.text)


class NewPassword:
    """#010 4章(3) パスワードポリシー, as far as it can be told without the database."""

    def __call__(self, form: Form, field: Field) -> None:
        login_id = getattr(form.login_id, "data", form.login_id)  # another field of the form, or known already
        problems = form.policy.problems(field.data or "", login_id or "")
        field.errors = [*field.errors, *(messages.text(i, **p) for i, p in problems)]
        if problems:
            raise StopValidation()


class SameAs:
    """確認: equal to the field `other`."""

    def __init__(self, other: str) -> None:
        self.other = other

    def __call__(self, form: Form, field: Field) -> None:
        if field.data != form[self.other].data:
            raise ValidationError(messages.text("error.Y06.00002"))
