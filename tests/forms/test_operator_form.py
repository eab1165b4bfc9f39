"""事業者登録画面, 事業者変更画面: format rules as a table typed from COD-009…012, A28 and issue 4, item 4."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from domain.errors import DomainError
from domain.operators import Participation
from forms.operator import OperatorChangeForm, OperatorRegisterForm
from tests.factories import SENT_OPERATOR

RIGHT = SENT_OPERATOR | {"code": "0003", "name": "株式会社0003"}


def errors_of(form):
    """Names of the fields with an error -> the ids of their messages."""
    form.validate()
    return {f.name: re.findall(r"error\.\w+\.\d+", "".join(f.errors)) for f in form if f.errors}


# field, typed, id of the message (None: accepted)
TABLE = [
    # 参加登録申請者名: display width 50, full-width characters count two
    ("name", "株" * 25, None),
    ("name", "株" * 25 + "a", "error.C00.00012"),
    ("name", "a" * 50, None),
    ("name", "a" * 51, "error.C00.00012"),
    ("name", "ｱ" * 50, None),
    ("name", "ｱ" * 51, "error.C00.00012"),
    ("name", "株" * 24 + "ab", None),
    ("name", "株" * 24 + "abc", "error.C00.00012"),
    ("name", "か\u3099" * 25, None),  # が in two code points is one character wide
    ("name", "", "error.C00.00001"),
    ("name", " ", "error.C00.00001"),
    ("name", "株\x00", "error.C00.00005"),
    # 事業者名略称: ten characters, _容 at the end
    ("short_name", "株" * 8 + "_容", None),  # 10
    ("short_name", "株" * 9 + "_容", "error.C00.00004"),  # 11
    ("short_name", "株_容", None),
    ("short_name", "株式", "error.C00.00013"),
    ("short_name", "_容", "error.C00.00013"),  # nothing before it
    ("short_name", "_容株", "error.C00.00013"),
    ("short_name", "株＿容", "error.C00.00013"),
    ("short_name", "", "error.C00.00001"),
    # エリアコード, ライセンス区分, 参加区分: what was offered
    ("area", "1", None),
    ("area", "9", None),
    ("area", "0", "error.C00.00007"),
    ("area", "10", "error.C00.00007"),
    ("licence", "generation", None),
    ("licence", "retail", None),
    ("licence", "none", None),
    ("licence", "wholesale", "error.C00.00007"),
    ("participation", ["1", "2", "3", "4", "5", "6"], None),
    ("participation", ["7"], "error.C00.00007"),
    # 郵便番号: seven digits
    ("postal_code", "", None),
    ("postal_code", "1350061", None),
    ("postal_code", "１３５００６１", None),  # full width is folded
    ("postal_code", " 1350061 ", None),
    ("postal_code", "135-0061", "error.C00.00014"),
    ("postal_code", "135‐0061", "error.C00.00014"),
    ("postal_code", "135006", "error.C00.00014"),
    ("postal_code", "13500611", "error.C00.00014"),
    ("postal_code", "ABCDEFG", "error.C00.00014"),
    ("postal_code", "٠١٢٣٤٥٦", "error.C00.00014"),  # digits, but not ours
    ("address", "東" * 200, None),
    ("address", "東" * 201, "error.C00.00004"),
    # 連絡者
    ("contact_department", "部" * 101, "error.C00.00004"),
    ("contact_name", "名" * 51, "error.C00.00004"),
    ("contact_email", "contact@example.jp", None),
    ("contact_email", "contact", "error.C00.00006"),
    # the two 管理者
    ("admin1_department", "", "error.C00.00001"),
    ("admin1_name", "", "error.C00.00001"),
    ("admin1_name", "名" * 51, "error.C00.00004"),
    ("admin1_email", "", "error.C00.00001"),
    ("admin2_name", "", "error.C00.00001"),
    ("admin2_email", "two", "error.C00.00006"),
]


@pytest.mark.parametrize(("field", "typed", "message"), TABLE)
def test_the_format_of_every_field(field, typed, message):
    expected = {field: [message]} if message else {}
    assert errors_of(OperatorRegisterForm(MultiDict(RIGHT | {field: typed}))) == expected
    if not field.startswith("admin"):
        assert errors_of(OperatorChangeForm(MultiDict(RIGHT | {field: typed}))) == expected


@pytest.mark.parametrize(
    ("name", "email", "errors"),
    [
        ("", "", {}),
        ("担当 一", "t@example.jp", {}),
        ("担当 一", "", {"recipient2_email": ["error.O01.00005"]}),
        ("", "t@example.jp", {"recipient2_name": ["error.O01.00005"]}),
        ("担当 一", "t", {"recipient2_email": ["error.C00.00006"]}),
        ("名" * 51, "t@example.jp", {"recipient2_name": ["error.C00.00004"]}),
    ],
)
def test_a_recipient_has_name_and_address_or_neither(name, email, errors):
    typed = RIGHT | {"recipient2_name": name, "recipient2_email": email}
    assert errors_of(OperatorRegisterForm(MultiDict(typed))) == errors


def test_the_phone_of_the_contact_is_one_number():
    boxes = {"contact_phone-area": "03", "contact_phone-exchange": "1234", "contact_phone-subscriber": "5678"}
    form = OperatorChangeForm(MultiDict(RIGHT | boxes))
    assert form.validate()
    assert form.values["contact_phone"] == "03-1234-5678"
    short = OperatorChangeForm(MultiDict(RIGHT | boxes | {"contact_phone-subscriber": ""}))
    assert errors_of(short) == {"contact_phone": ["error.C00.00011"]}


def test_what_the_service_gets():
    typed = RIGHT | {
        "code": "ａ００３", "participation": ["5", "1"],
        "recipient1_name": "担当 一", "recipient1_email": "t1@example.jp",
        "recipient3_name": "担当 三", "recipient3_email": "t3@example.jp",
    }  # fmt: skip
    form = OperatorRegisterForm(MultiDict(typed))
    assert form.validate()
    assert form.values["code"] == "A003"
    assert form.values["participation"] == {Participation.STABLE, Participation.DISPATCHED_DR}
    assert form.values["recipients"] == [("担当 一", "t1@example.jp"), ("担当 三", "t3@example.jp")]
    assert form.values["admins"] == [
        {"department": "市場部", "name": "新任 一", "phone": "", "email": "one@example.jp"},
        {"department": "市場部", "name": "新任 二", "phone": "", "email": "two@example.jp"},
    ]
    assert not [name for name in form.values if name.startswith(("admin1", "admin2", "recipient1"))]


# ---- 住所自動入力 ----------------
def test_the_address_follows_from_the_code():
    form = OperatorRegisterForm(MultiDict({"postal_code": "１３５００６１", "address": "前の住所", "name": "株"}))
    form.assist("postal_code")
    assert (form["address"].typed, form["name"].typed) == ("東京都江東区豊洲", "株")
    assert form.problems == []  # the other fields are not judged yet


@pytest.mark.parametrize(
    ("typed", "message"),
    [("9999999", "error.O01.00002"), ("", "error.C00.00001")],
)
def test_without_an_address_the_message_is_the_fields(typed, message):
    form = OperatorRegisterForm(MultiDict({"postal_code": typed, "address": "前の住所"}))
    with pytest.raises(DomainError) as caught:
        form.assist("postal_code")
    assert (caught.value.message_id, caught.value.field) == (message, "postal_code")
    assert form["address"].typed == "前の住所"


def test_a_code_of_the_wrong_form_is_told_beside_it():
    form = OperatorRegisterForm(MultiDict({"postal_code": "135-0061", "address": "前の住所"}))
    form.assist("postal_code")
    assert [(f.name, "error.C00.00014" in text) for f, text in form.problems] == [("postal_code", True)]
    assert form["address"].typed == "前の住所"
