"""Every field and validator, by what somebody types (XC-007, XC-008, R-014, R-058, R-068)."""

from datetime import date
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import StopValidation

from domain.credentials import MARKET
from domain.roles import Role
from forms.base import InputForm
from forms.fields import (
    CheckField,
    ChecksField,
    ChoiceField,
    CodeField,
    DateField,
    FlagField,
    MailField,
    SecretField,
    TextField,
    VersionField,
)
from forms.operator import OperatorChangeForm, OperatorRegisterForm
from forms.password import PasswordForm
from forms.sign_in import SignInForm
from forms.staff import StaffChangeForm, StaffRegisterForm
from forms.validators import Alnum, Exactly, Longest, MailAddress, NotBefore, Required, Storable
from tests.factories import OPERATOR_FACTS, SENT_OPERATOR

LABEL = "項目"
REQUIRED = "error.C00.00001 : 項目を入力してください。"
ALNUM = "error.C00.00002 : 項目は半角英数字で入力してください。"
DATE = "error.C00.00003 : 項目はyyyy/mm/dd形式の実在する日付で入力してください。"
MAIL = "error.C00.00006 : 項目は正しいメールアドレスを入力してください。"
NOT_OFFERED = "error.C00.00007 : 項目の選択肢にない値が指定されました。選び直してください。"
CHOOSE = "error.C00.00010 : 項目を選択してください。"


def sign(shown):
    return f"error.C00.00005 : 項目に使用できない文字（{shown}）が含まれています。"


def filled(field, *typed):
    """(value, messages) of one field after somebody typed, nothing at all if `typed` is empty."""
    form = type("One", (Form,), {"x": field})(MultiDict([("other", "1"), *(("x", t) for t in typed)]))
    form.validate()
    return form.x.data, list(form.x.errors)


# ---- dates: yyyy/mm/dd, full width and ISO (contract, XC-007) --------------------
@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2020/02/29", date(2020, 2, 29)),
        ("2020/2/9", date(2020, 2, 9)),
        ("2020-02-29", date(2020, 2, 29)),
        ("２０２０／０２／２９", date(2020, 2, 29)),
        ("２０２０－０２－２９", date(2020, 2, 29)),
        (" 2020/02/29\u3000", date(2020, 2, 29)),
        ("9999/12/31", date(9999, 12, 31)),
        ("0001/01/01", date(1, 1, 1)),
        ("", None),
        ("   ", None),
    ],
)
def test_dates_as_people_type_them(typed, day):
    assert filled(DateField(LABEL), typed) == (day, [])


@pytest.mark.parametrize(
    "typed",
    ["2020/02/30", "2021/02/29", "2020/13/01", "2020/00/01", "0000/01/01", "10000/01/01", "20/02/01", "2020/02",
     "20200229", "2020.02.29", "29/02/2020", "令和2年2月29日", "abc", "2020/02/29x", "2020/02/29\0", "\ud800",
     "٢٠٢٠/٠٢/٢٩", "-2020/02/29", "2020/02/" + "9" * 1_000_000],
    ids=lambda t: ascii(t)[:20],
)  # fmt: skip
def test_what_is_no_date_has_one_message(typed):
    assert filled(DateField(LABEL, [Required()]), typed) == (None, [DATE])


def test_a_required_date_that_is_missing_is_missing_only():
    assert filled(DateField(LABEL, [Required()]), "") == (None, [REQUIRED])
    assert filled(DateField(LABEL, [Required()])) == (None, [REQUIRED])


def test_a_wrong_date_stays_in_the_box_as_it_was_typed():
    form = type("One", (Form,), {"x": DateField(LABEL)})(MultiDict({"x": "2020/02/30 "}))
    assert not form.validate()
    assert form.x.typed == "2020/02/30 "


def test_a_stored_date_is_written_yyyy_mm_dd():
    form = type("One", (Form,), {"x": DateField(LABEL)})(obj=SimpleNamespace(x=date(2019, 12, 23)))
    assert form.x.typed == "2019/12/23"


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [
        ("2026/11/20", "2026/11/20", True),
        ("2026/11/20", "2026/11/21", True),
        ("2026/11/20", "2026/11/19", False),
        ("", "2026/11/19", True),
        ("2026/11/20", "", True),
        ("rubbish", "2026/11/19", True),  # the first box has its own message
    ],
)
def test_an_end_does_not_precede_its_start(start, end, fine):
    period = type("Period", (Form,), {"a": DateField("開始"), "b": DateField("終了", [NotBefore("a")])})
    form = period(MultiDict({"a": start, "b": end}))
    form.validate()
    expected = [] if fine else ["error.C00.00009 : 終了は開始以降の日付を入力してください。"]
    assert list(form.b.errors) == expected


# ---- required --------------------
@pytest.mark.parametrize("typed", [(), ("",), (" ",), ("\u3000",), ("\t\r\n",)], ids=ascii)
@pytest.mark.parametrize("field", [TextField, CodeField, MailField], ids=lambda f: f.__name__)
def test_nothing_and_spaces_are_missing(field, typed):
    value, errors = filled(field(LABEL, [Required()]), *typed)
    assert (value, errors) == ("", [REQUIRED])


def test_without_required_empty_is_fine():
    assert filled(CodeField(LABEL, [Alnum(), Exactly(4), Longest(4)]), "") == ("", [])
    assert filled(MailField(LABEL, [MailAddress()]), "") == ("", [])


def test_required_marks_the_box():
    """XC-006."""
    form = type("One", (Form,), {"x": TextField(LABEL, [Required()]), "y": TextField(LABEL)})()
    assert form.x.flags.required
    assert not form.y.flags.required


# ---- 半角英数字 --------------------
@pytest.mark.parametrize(
    ("typed", "stored"),
    [("0001", "0001"), ("u280003304", "U280003304"), ("Ｕ２８", "U28"), (" 0 0 ", "00"), ("ａｂ", "AB"), ("①", "1")],
)
def test_codes_are_folded_to_half_width(typed, stored):
    """USR-012."""
    assert filled(CodeField(LABEL, [Alnum()]), typed) == (stored, [])


@pytest.mark.parametrize("typed", ["あ", "ｱ", "00-1", "%", "_", "é", "٣", "0001'", "😀", "<b>"])
def test_what_is_not_alphanumeric_after_folding_is_an_error(typed):
    """USR-012."""
    assert filled(CodeField(LABEL, [Alnum()]), typed)[1] == [ALNUM]


# ---- lengths: code points --------------------
@pytest.mark.parametrize("sign_of", ["a", "容", "😀", "ﾊ"])
@pytest.mark.parametrize("most", [50, 100, 254])
def test_lengths_are_counted_in_code_points(sign_of, most):
    field = TextField(LABEL, [Longest(most)])
    assert filled(field, sign_of * most) == (sign_of * most, [])
    assert filled(field, sign_of * (most + 1))[1] == [f"error.C00.00004 : 項目は{most}文字以内で入力してください。"]


def test_spaces_around_a_text_do_not_count():
    assert filled(TextField(LABEL, [Longest(50)]), "  " + "容" * 50 + "\u3000") == ("容" * 50, [])


def test_codes_are_counted_after_folding():
    """R-068: half-width katakana with its mark is one character."""
    assert filled(CodeField(LABEL, [Longest(1)]), "ｶﾞ") == ("ガ", [])


@pytest.mark.parametrize(("typed", "fine"), [("0001", True), ("０００１", True), ("001", False), ("00001", False)])
def test_exactly_four_characters(typed, fine):
    expected = [] if fine else ["error.C00.00008 : 項目は4文字で入力してください。"]
    assert filled(CodeField(LABEL, [Exactly(4)]), typed)[1] == expected


def test_a_megabyte_in_a_field_is_a_message():
    assert filled(TextField(LABEL, [Longest(50)]), "容" * 350_000)[1] == [
        "error.C00.00004 : 項目は50文字以内で入力してください。"
    ]


# ---- characters nothing can store --------------------
@pytest.mark.parametrize(
    ("typed", "shown"),
    [("a\0b", "U+0000"), ("a\x1bb", "U+001B"), ("a\x7fb", "U+007F"), ("a\ud800b", "U+D800"), ("a\udc00b", "U+DC00"),
     ("a\nb", "U+000A"), ("a\tb", "U+0009"), ("a\u2028b", "U+2028"), ("a\x85b", "U+0085")],
    ids=ascii,
)  # fmt: skip
def test_control_characters_and_broken_ones_are_named(typed, shown):
    """NUL, lone surrogates: a message, never an exception."""
    assert filled(TextField(LABEL, [Required(), Longest(1)]), typed)[1] == [sign(shown)]


@pytest.mark.parametrize("field", [CodeField, MailField], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("typed", "shown"), [("a\0b", "U+0000"), ("a\ud800b", "U+D800"), ("\0", "U+0000")], ids=ascii)
def test_every_text_field_refuses_them(field, typed, shown):
    assert filled(field(LABEL, [Required(), Longest(254)]), typed)[1] == [sign(shown)]


def test_lines_may_be_allowed():
    form = SimpleNamespace()
    field = SimpleNamespace(data="a\r\nb\tc", label=SimpleNamespace(text=LABEL))
    Storable(multiline=True)(form, field)
    with pytest.raises(StopValidation, match=r"error\.C00\.00005"):
        Storable()(form, field)


def test_ordinary_japanese_is_kept_as_typed():
    for text in ("髙橋　﨑", "㈱ﾃﾞﾝﾘｮｸ", "葛\U000e0100城", "👩\u200d💻", "<script>alert(1)</script>", "100%_\\", "=1+1"):
        assert filled(TextField(LABEL, [Longest(50)]), text) == (text, [])


# ---- mail addresses --------------------
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        (" hanako@example.jp ", "hanako@example.jp"),
        ("hanako.jigyo+mail_1@sub.example.co.jp", "hanako.jigyo+mail_1@sub.example.co.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("Hanako@Example.JP", "Hanako@Example.JP"),
        ("a" * 64 + "@example.jp", "a" * 64 + "@example.jp"),
    ],
)
def test_mail_addresses(typed, stored):
    assert filled(MailField(LABEL, [Required(), Longest(254), MailAddress()]), typed) == (stored, [])


@pytest.mark.parametrize(
    "typed",
    ["hanako", "hanako@", "@example.jp", "hanako@example", "a@b@example.jp", "hanako@example..jp", ".a@example.jp",
     "a..b@example.jp", "花子@example.jp", "a@x.jp, b@y.jp", "a@x.jp;b@y.jp", "花子 <a@example.jp>", "a b@example.jp",
     "a@example.jp\\nBcc:b@example.jp", "a@[127.0.0.1]", '"a b"@example.jp', "a@-example.jp"],
)  # fmt: skip
def test_what_is_no_single_mail_address(typed):
    assert filled(MailField(LABEL, [MailAddress()]), typed)[1] == [MAIL]


@pytest.mark.parametrize(
    "typed", ["a@example.jp\nBcc: b@example.jp", "a@example.jp\r\nX: y", "a@example\u2028.jp"], ids=ascii
)
def test_line_breaks_in_a_mail_address(typed):
    """R-063: refused at input."""
    errors = filled(MailField(LABEL, [MailAddress()]), typed)[1]
    assert len(errors) == 1
    assert errors[0].startswith("error.C00.0000")


def test_a_mail_address_has_254_characters_at_most():
    domain = ".".join(["d" * 60] * 3) + "." + "d" * 8 + ".jp"
    longest = "a" * (254 - len(domain) - 1) + "@" + domain
    assert len(longest) == 254
    assert filled(MailField(LABEL, [Longest(254), MailAddress()]), longest)[1] == []
    too_long = filled(MailField(LABEL, [Longest(254), MailAddress()]), "a" + longest)[1]
    assert too_long[0] == "error.C00.00004 : 項目は254文字以内で入力してください。"


# ---- choices --------------------
TWO = {"1": "有効", "0": "無効"}


@pytest.mark.parametrize(
    ("typed", "value", "errors"),
    [
        (("1",), True, []),
        (("0",), False, []),
        (("2",), None, [NOT_OFFERED]),
        (("",), None, [NOT_OFFERED]),
        (("１",), None, [NOT_OFFERED]),
        (("\ud800",), None, [NOT_OFFERED]),
        ((), None, [CHOOSE]),
    ],
)
def test_a_flag(typed, value, errors):
    assert filled(FlagField(LABEL, [Required("error.C00.00010")], choices=TWO), *typed) == (value, errors)


@pytest.mark.parametrize(
    ("typed", "value", "errors"),
    [
        (("2",), ["2"], []),
        (("2", "3"), ["2", "3"], []),
        ((), [], [CHOOSE]),
        (("9",), ["9"], [NOT_OFFERED]),
        (("2", "9"), ["2", "9"], [NOT_OFFERED]),
        (("2,3",), ["2,3"], [NOT_OFFERED]),
        (("",), [""], [NOT_OFFERED]),
        (("\0",), ["\0"], [NOT_OFFERED]),
    ],
)
def test_check_boxes(typed, value, errors):
    field = ChecksField(LABEL, [Required("error.C00.00010")], choices={"2": "市場管理者", "3": "審査担当"})
    assert filled(field, *typed) == (value, errors)


@pytest.mark.parametrize(("typed", "errors"), [("a", []), ("", []), ("b", [NOT_OFFERED]), ("\ud800", [NOT_OFFERED])])
def test_a_select(typed, errors):
    assert filled(ChoiceField(LABEL, choices={"": "すべて", "a": "あ"}), typed)[1] == errors


def test_a_select_with_one_option_is_preselected():
    """contract: no empty option stands before it, so a browser selects it."""
    form = type("One", (Form,), {"x": ChoiceField(LABEL, choices={"7": "7:登録作業者 (一般)"})})()
    assert str(form.x()).count("<option") == 1
    form = type("One", (Form,), {"x": ChoiceField(LABEL, choices={"7": "7:登録作業者 (一般)"})})(MultiDict({"x": "7"}))
    assert 'selected value="7"' in str(form.x())


def test_a_check_box():
    assert filled(CheckField(LABEL), "y")[0] is True
    assert filled(CheckField(LABEL))[0] is False


# ---- version --------------------
@pytest.mark.parametrize(
    ("typed", "seen"),
    [("3", 3), ("", -1), ("abc", -1), ("-1", -1), ("1.5", -1), ("３", -1), ("9" * 30, -1), ("\0", -1), ("１", -1)],
)
def test_anything_but_a_number_is_a_stale_version(typed, seen):
    assert filled(VersionField(), typed) == (seen, [])


# ---- passwords --------------------
@pytest.mark.parametrize("typed", ["  Abc ", "\0", "\ud800", "¥", "x" * 1_000_000, "ａ"], ids=lambda t: ascii(t)[:12])
def test_a_password_is_taken_exactly_as_typed(typed):
    """R-014, R-017: sign-in never rewrites and never refuses a format."""
    form = SignInForm(MultiDict({"login_id": "U280003304", "password": typed}))
    assert form.password.data == typed
    assert form.password.errors == ()


def test_a_password_is_never_sent_back_and_has_no_maxlength():
    """COM-046, contract."""
    form = type("One", (Form,), {"x": SecretField(LABEL, autocomplete="new-password")})(MultiDict({"x": "Yoryo#2026"}))
    markup = str(form.x())
    assert "Yoryo" not in markup
    assert "maxlength" not in markup
    assert 'type="password"' in markup


def change_form(current="x", new="Yoryo#2026new", again="Yoryo#2026new"):
    typed = MultiDict({"current": current, "new": new, "again": again})
    return PasswordForm(typed, policy=MARKET, login_id="U280003304")


def ids_of(form):
    form.validate()
    return {f.name: [e.split(" : ")[0] for e in f.errors] for f in form if f.errors}


@pytest.mark.parametrize(
    ("new", "again", "errors"),
    [
        ("Yoryo#2026new", "Yoryo#2026new", {}),
        ("Yoryo#2026new", "Yoryo#2026neW", {"again": ["error.Y06.00002"]}),
        ("Yoryo#2026new", "", {"again": ["error.Y06.00002"]}),
        ("Ab#1234", "Ab#1234", {"new": ["error.Y06.00003"]}),
        ("Yoryo#2026new" + "x" * 8, "Yoryo#2026new" + "x" * 8, {"new": ["error.Y06.00003"]}),
        ("yoryo2026", "yoryo2026", {"new": ["error.Y06.00004"]}),
        ("Yoryo 2026", "Yoryo 2026", {"new": ["error.Y06.00005"]}),
        ("u280003304", "u280003304", {"new": ["error.Y06.00004", "error.Y06.00007"]}),
        ("", "", {"new": ["error.Y06.00003", "error.Y06.00004"]}),
    ],
)
def test_the_new_password_of_the_change_screen(new, again, errors):
    """COM-040 … COM-045: a message id per cause."""
    assert ids_of(change_form(new=new, again=again)) == errors


@pytest.mark.parametrize("current", ["", "x", "x" * 10_000, "\0", "\ud800", "¥"], ids=lambda t: ascii(t)[:12])
def test_the_current_password_has_no_format(current):
    """R-014: whatever is typed there is compared."""
    assert ids_of(change_form(current=current)) == {}


def test_all_three_boxes_of_the_change_screen_are_mandatory():
    """COM-030."""
    assert all(f.flags.required for f in change_form())


# ---- whole forms --------------------
def staff_form(**typed):
    return StaffRegisterForm(MultiDict([("rights", "2"), ("rights", "3"), ("name", "広域 花子"),
                                        ("email", "a@example.jp"), *typed.items()]))  # fmt: skip


def test_only_declared_fields_reach_the_service():
    """R-054: extra parameters are ignored."""
    form = staff_form(id="1", login_id="S000000001", password_hash="x", deleted_at="x", version="9", kind="user")
    assert form.validate()
    assert form.values == {
        "rights": frozenset({Role.MARKET_ADMIN, Role.REVIEWER}),
        "name": "広域 花子",
        "email": "a@example.jp",
    }


def test_the_version_is_no_value_of_the_row():
    form = StaffChangeForm(MultiDict([("rights", "3"), ("name", "広域 花子"), ("email", "a@example.jp"),
                                      ("enabled", "0"), ("version", "4")]))  # fmt: skip
    assert form.validate()
    assert set(form.values) == {"rights", "name", "email", "enabled"}
    assert form.values["enabled"] is False
    assert form.seen_version == 4


def test_an_operators_code_cannot_be_changed():
    form = OperatorChangeForm(MultiDict(SENT_OPERATOR | {"code": "9999", "name": "株式会社", "version": "1"}))
    assert form.validate()
    assert form.values == OPERATOR_FACTS | {"name": "株式会社"}


@pytest.mark.parametrize(
    ("code", "name", "errors"),
    [
        ("0001", "株" * 25, {}),
        ("０ｃ０１", "株", {}),
        ("", "", {"code": ["error.C00.00001"], "name": ["error.C00.00001"]}),
        ("00-1", "株", {"code": ["error.C00.00002"]}),
        ("001", "株" * 26, {"code": ["error.C00.00008"], "name": ["error.C00.00012"]}),
        ("0001", "株\0", {"name": ["error.C00.00005"]}),
    ],
)
def test_registering_an_operator(code, name, errors):
    assert ids_of(OperatorRegisterForm(MultiDict(SENT_OPERATOR | {"code": code, "name": name}))) == errors


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("name", "", "error.C00.00001"),
        ("name", "広" * 51, "error.C00.00004"),
        ("email", "", "error.C00.00001"),
        ("email", "a", "error.C00.00006"),
        ("email", "花子@example.jp", "error.C00.00006"),
    ],
)
def test_registering_staff(field, typed, error):
    data = MultiDict([("rights", "2"), ("name", "広域 花子"), ("email", "a@example.jp")])
    data[field] = typed
    assert ids_of(StaffRegisterForm(data)) == {field: [error]}


def test_staff_need_a_right():
    data = MultiDict([("name", "広域 花子"), ("email", "a@example.jp")])
    assert ids_of(StaffRegisterForm(data)) == {"rights": ["error.C00.00010"]}
    data.add("rights", "6")
    assert ids_of(StaffRegisterForm(data)) == {"rights": ["error.C00.00007"]}


def test_a_message_of_a_service_stands_beside_its_field():
    form = OperatorRegisterForm(MultiDict(SENT_OPERATOR | {"code": "0001", "name": "株"}))
    assert form.validate()
    form.add_error("m1", "code")
    form.add_error("m2", None)
    form.add_error("m3", "no_such_field")
    assert [(f and f.name, text) for f, text in form.problems] == [(None, "m2"), (None, "m3"), ("code", "m1")]


def test_a_form_without_a_version_has_seen_none():
    assert type("Empty", (InputForm,), {})().seen_version is None
