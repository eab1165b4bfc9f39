"""検索条件 of the lists (USR-007, USR-011 … USR-015)."""

from datetime import date
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict

from forms.audit import AuditSearchForm
from forms.operator import OperatorSearchForm
from forms.staff import StaffSearchForm
from forms.user import UserSearchForm

OWN = SimpleNamespace(operator_id=1, operator=SimpleNamespace(code="0001"))
STAFF = SimpleNamespace(operator_id=None)


def ids_of(form):
    form.validate()
    return {f.name: [e.split(" : ")[0] for e in f.errors] for f in form if f.errors}


@pytest.mark.parametrize("typed", ["0002", "", "%", "あ", "0" * 10_000, "\0", "\ud800"], ids=lambda t: ascii(t)[:10])
def test_a_parameter_cannot_change_the_fixed_operator_code(typed):
    """USR-007: prefilled and fixed for users of an operator."""
    form = UserSearchForm(MultiDict({"operator_code": typed, "name": "花子"})).for_actor(OWN)
    assert form.validate()
    assert form.values["operator_code"] == "0001"
    assert form.values["name"] == "花子"
    markup = str(form.operator_code())
    assert 'value="0001"' in markup
    assert "readonly" in markup
    assert form.operator_code.typed == "0001", "what the template writes into the box"


def test_the_fixed_operator_code_is_there_before_the_first_search():
    form = UserSearchForm(MultiDict()).for_actor(OWN)
    assert form.operator_code.data == "0001"
    assert form.operator_code.typed == "0001"


def test_staff_may_search_any_operator():
    form = UserSearchForm(MultiDict({"operator_code": "０００２"})).for_actor(STAFF)
    assert form.validate()
    assert form.values["operator_code"] == "0002"
    assert "readonly" not in str(form.operator_code())


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"operator_code": "000", "login_id": "u28", "name": "花", "enabled": "1", "with_deleted": "y"}, {}),
        ({}, {}),
        ({"operator_code": "00001"}, {"operator_code": ["error.C00.00004"]}),
        ({"operator_code": "あ"}, {"operator_code": ["error.C00.00002"]}),
        ({"login_id": "U28-0"}, {"login_id": ["error.C00.00002"]}),
        ({"login_id": "U2800033041"}, {"login_id": ["error.C00.00004"]}),
        ({"name": "花" * 51}, {"name": ["error.C00.00004"]}),
        ({"name": "花\0"}, {"name": ["error.C00.00005"]}),
        ({"enabled": "2"}, {"enabled": ["error.C00.00007"]}),
    ],
)
def test_conditions_of_the_user_list(typed, errors):
    assert ids_of(UserSearchForm(MultiDict(typed)).for_actor(STAFF)) == errors


@pytest.mark.parametrize("boxes", [[], ["1"], ["0"], ["1", "0"]])
def test_four_combinations_of_the_two_boxes(boxes):
    """USR-014."""
    form = UserSearchForm(MultiDict([("enabled", b) for b in boxes])).for_actor(STAFF)
    assert form.validate()
    assert (form.values["enabled"] or []) == boxes


def test_labels_and_hints_are_the_manuals():
    """USR-011 … USR-015, in the manual's order."""
    form = UserSearchForm(MultiDict())
    assert [(f.label.text, f.description) for f in form] == [
        ("事業者コード", "半角英数字で入力してください。"),
        ("ユーザID", "半角英数字で入力してください。"),
        ("ユーザ名", "全角または半角文字で入力してください。"),
        ("有効/無効", "有効/無効を絞り込みたい場合は、チェックしてください。(複数チェック可)"),
        ("削除済みの情報を表示", ""),
    ]


@pytest.mark.parametrize(
    ("form", "typed", "errors"),
    [
        (OperatorSearchForm, {"code": "００", "name": "株"}, {}),
        (OperatorSearchForm, {"code": "00001"}, {"code": ["error.C00.00004"]}),
        (OperatorSearchForm, {"name": "株" * 101}, {"name": ["error.C00.00004"]}),
        (StaffSearchForm, {"login_id": "s0", "enabled": "0"}, {}),
        (StaffSearchForm, {"login_id": "？"}, {"login_id": ["error.C00.00002"]}),
        (StaffSearchForm, {"name": "\ud800"}, {"name": ["error.C00.00005"]}),
        (AuditSearchForm, {"day_from": "2026/11/20", "day_to": "２０２６－１１－２０", "event": "sign_in:ok"}, {}),
        (AuditSearchForm, {"day_from": "2026/11/21", "day_to": "2026/11/20"}, {"day_to": ["error.C00.00009"]}),
        (AuditSearchForm, {"day_from": "2026/11/31"}, {"day_from": ["error.C00.00003"]}),
        (AuditSearchForm, {"event": "rm -rf"}, {"event": ["error.C00.00007"]}),
        (AuditSearchForm, {"target": "x" * 201}, {"target": ["error.C00.00004"]}),
        (AuditSearchForm, {"request_no": "\0"}, {"request_no": ["error.C00.00005"]}),
    ],
)  # fmt: skip
def test_conditions_of_the_other_lists(form, typed, errors):
    assert ids_of(form(MultiDict(typed)).for_actor(STAFF)) == errors


def test_days_of_the_audit_search_are_days():
    form = AuditSearchForm(MultiDict({"day_from": "2026/11/20"}))
    assert form.validate()
    assert form.values["day_from"] == date(2026, 11, 20)
