"""ユーザ情報一覧 (#020 3章②③, USR-007 … USR-022)."""

from datetime import date

import pytest

from domain import clock
from domain.roles import Role
from services import users
from views.screens.users import UserView


@pytest.fixture
def people(make):
    make.user(login_id="U280000001", name="事業者 花子")
    make.user(login_id="U280000002", name="事業者　ハナコ", enabled=False)
    make.user(login_id="U520000003", name="ＡＢＣ 100%_太郎")
    make.user(login_id="U520000004", name="髙橋 一郎", deleted_at=clock.start_of(date(2026, 11, 1)))
    make.user(login_id="U280000005", operator="0002", name="電力 花子")
    make.user(login_id="U280000006", operator="0012", name="ガス 花子")
    return make.staff()


@pytest.fixture
def found(session, people):
    def ids(actor=people, **criteria):
        return [row.login_id[-1] for row in session.scalars(users.find(actor, criteria).order_by("id"))]

    return ids


@pytest.mark.parametrize(
    ("criteria", "rows"),
    [
        ({}, "12356"),
        ({"operator_code": "", "login_id": "", "name": "", "enabled": [], "with_deleted": False}, "12356"),
        # 前方一致
        ({"login_id": "U28"}, "1256"),
        ({"login_id": "u28"}, "1256"),
        ({"login_id": "Ｕ２８００００００１"}, "1"),
        ({"login_id": "280"}, ""),
        ({"login_id": "0000003"}, ""),
        ({"operator_code": "00"}, "12356"),
        ({"operator_code": "000"}, "1235"),
        ({"operator_code": "0002"}, "5"),
        ({"operator_code": "002"}, ""),
        ({"operator_code": "００１"}, "6"),
        # 部分一致, in any width
        ({"name": "花子"}, "156"),
        ({"name": "事業者"}, "12"),
        ({"name": "事業者 ハ"}, "2"),
        ({"name": "ﾊﾅｺ"}, "2"),
        ({"name": "ｶﾞｽ"}, "6"),
        ({"name": "abc"}, "3"),
        ({"name": "ａｂｃ"}, "3"),
        ({"name": "花"}, "156"),
        ({"name": "次郎"}, ""),
        # literal
        ({"name": "%"}, "3"),
        ({"name": "_"}, "3"),
        ({"name": "100%"}, "3"),
        ({"name": "1%太"}, ""),
        ({"name": "\\"}, ""),
        ({"name": "/"}, ""),
        ({"name": "'"}, ""),
        ({"login_id": "%"}, ""),
        ({"login_id": "U_8"}, ""),
        ({"operator_code": "%"}, ""),
        ({"operator_code": "0_0"}, ""),
        # USR-014: four combinations
        ({"enabled": ["1"]}, "1356"),
        ({"enabled": ["0"]}, "2"),
        ({"enabled": ["1", "0"]}, "12356"),
        # USR-008, USR-015
        ({"with_deleted": True}, "123456"),
        ({"with_deleted": True, "name": "髙橋"}, "4"),
        ({"name": "髙橋"}, ""),
        # all at once
        ({"operator_code": "0001", "login_id": "U28", "name": "事業者", "enabled": ["0"]}, "2"),
    ],
)
def test_conditions(criteria, rows, found):
    assert "".join(found(**criteria)) == rows


def test_users_of_an_operator_find_their_own_only(found, make):
    """USR-007, PRM-05, R-052: whatever they ask for."""
    for actor in (make.admin(login_id="U999999997"), make.user(login_id="U999999998")):
        seen = found(actor, with_deleted=True)
        assert set(seen) <= set("123478")
        assert set("1234") <= set(seen)
        assert found(actor, operator_code="0002") == []
        assert found(actor, login_id="U280000005") == []
        assert found(actor, name="電力") == []


def test_deleted_users_can_be_opened_though_the_list_hides_them(session, people):
    """USR-008."""
    assert {row.login_id[-1] for row in session.scalars(users.visible(people))} == set("123456")


def test_the_list_is_in_the_order_of_registration_with_admins_first(make, session):
    """A41: 太郎, 花子, 一郎, 二郎 – whatever their IDs, and operator by operator."""
    make.operator("0001")
    make.operator("0002")
    for login_id, name, role, operator in (
        ("U520008303", "一郎", Role.OPERATOR_GENERAL, "0001"),
        ("U990000001", "他社", Role.OPERATOR_GENERAL, "0002"),
        ("U280003304", "太郎", Role.OPERATOR_ADMIN, "0001"),
        ("U280003303", "花子", Role.OPERATOR_ADMIN, "0001"),
        ("U040008304", "二郎", Role.OPERATOR_GENERAL, "0001"),
        ("U110000001", "他社管理", Role.OPERATOR_ADMIN, "0002"),
    ):
        make.user(role, operator, login_id=login_id, name=name)
    rows = session.scalars(users.find(make.staff(), {}).order_by(*UserView.default_order))
    assert [row.name for row in rows] == ["太郎", "花子", "一郎", "二郎", "他社管理", "他社"]
