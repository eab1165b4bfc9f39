"""日時 typed as text: yyyy/mm/dd hh:mm in Tokyo, full width and ISO (XC-007)."""

from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from forms.fields import DateTimeField
from forms.maintenance import MaintenanceRegisterForm
from forms.validators import Required

UNREADABLE = "error.C00.00020 : 項目はyyyy/mm/dd hh:mm形式の実在する日時で入力してください。"
TO_THE_HOUR = "error.C00.00021 : 項目はyyyy/mm/dd hh:00形式の実在する日時（1時間単位）で入力してください。"
REQUIRED = "error.C00.00001 : 項目を入力してください。"


def filled(typed, **options):
    form = type("One", (Form,), {"x": DateTimeField("項目", **options)})(MultiDict([("x", typed)]))
    form.validate()
    return form.x.data, list(form.x.errors)


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026/11/21 09:30", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("2026/11/21 9:30", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("２０２６／１１／２１　０９：３０", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("  2026-11-21   08:59 ", datetime(2026, 11, 20, 23, 59, tzinfo=UTC)),
        ("2026-11-21T09:30", datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        ("2026/1/2 00:00", datetime(2026, 1, 1, 15, 0, tzinfo=UTC)),
        ("2028/02/29 23:59", datetime(2028, 2, 29, 14, 59, tzinfo=UTC)),
        ("9999/12/31 23:59", datetime(9999, 12, 31, 14, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_as_tokyo_time(typed, instant):
    assert filled(typed) == (instant, [])


@pytest.mark.parametrize(
    "typed",
    [
        "2026/11/21", "2026/11/21 9", "2026/11/21 24:00", "2026/11/21 09:60", "2027/02/29 09:00", "2026/13/01 09:00",
        "21/11/2026 09:00", "2026/11/21 09:30:00", "2026/11/2109:30", "0001/01/01 00:00", "0000/01/01 00:00", "明日",
        "2026/11/21 09:30Z", "٢٠٢٦/11/21 09:30", "2026/11/21 09:5",
    ],
)  # fmt: skip
def test_anything_else_is_told_with_the_form_that_is_wanted(typed):
    assert filled(typed) == (None, [UNREADABLE])


def test_nothing_is_no_instant_and_required_says_so():
    assert filled("") == (None, [])
    assert filled("  ", validators=[Required()]) == (None, [REQUIRED])
    assert filled("x", validators=[Required()]) == (None, [UNREADABLE])  # not missing as well


@pytest.mark.parametrize("typed", ["2026/11/21 09", "2026/11/21 09:00", "２０２６／１１／２１　９", "2026-11-21T09:00"])
def test_to_the_hour(typed):
    assert filled(typed, hourly=True) == (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), [])


@pytest.mark.parametrize("typed", ["2026/11/21 09:30", "2026/11/21", "2026/11/21 24", "2026/11/21 09:"])
def test_to_the_hour_refuses_minutes(typed):
    assert filled(typed, hourly=True) == (None, [TO_THE_HOUR])


def test_what_was_typed_or_stored_goes_back_into_the_box():
    one = type("One", (Form,), {"x": DateTimeField("項目")})
    assert one(MultiDict([("x", "２０２６/１/１")])).x.typed == "２０２６/１/１"
    assert one(x=datetime(2026, 11, 20, 15, 5, tzinfo=UTC)).x.typed == "2026/11/21 00:05"
    assert one().x.typed == ""


@pytest.mark.parametrize(
    ("told", "start", "end", "errors"),
    [
        ("2026/12/01 00:00", "2026/12/01 00:00", "2026/12/01 00:01", {}),
        ("2026/12/01 00:01", "2026/12/01 00:00", "2026/12/02 00:00",
         {"starts_at": ["error.C00.00022 : 開始日時は予告開始日時以降の日時を入力してください。"]}),
        ("2026/12/01 00:00", "2026/12/01 00:00", "2026/12/01 00:00",
         {"ends_at": ["error.C00.00023 : 終了予定日時は開始日時より後の日時を入力してください。"]}),
        ("", "2026/12/01 00:00", "x",
         {"announced_from": ["error.C00.00001 : 予告開始日時を入力してください。"],
          "ends_at": ["error.C00.00020 : 終了予定日時はyyyy/mm/dd hh:mm形式の実在する日時で入力してください。"]}),
    ],
)  # fmt: skip
def test_notice_start_and_end_follow_each_other(told, start, end, errors):
    form = MaintenanceRegisterForm(MultiDict({"announced_from": told, "starts_at": start, "ends_at": end, "text": ""}))
    assert form.validate() is (not errors)
    assert form.errors == errors
