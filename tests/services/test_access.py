"""May I, and which rows? (R-051, R-052, R-055; PRM-03, PRM-05)."""

import pytest
from sqlalchemy import select

from domain.actors import Console
from domain.errors import Forbidden
from domain.roles import Permission as P
from models import AuditEntry, Operator, Staff, User
from services import access


@pytest.fixture
def people(make):
    return {
        "市場管理者": make.staff(),
        "審査担当": make.reviewer(),
        "管理者": make.admin(),
        "一般": make.user(),
        "他社管理者": make.admin("0002"),
        "他社一般": make.user(operator="0002"),
        "console": Console(),
    }


OWN, OTHER = ["管理者", "一般"], ["他社管理者", "他社一般"]
# permission, model, identity -> the rows seen
VISIBLE = [
    (P.USER_SEARCH, User, "市場管理者", OWN + OTHER),
    (P.USER_SEARCH, User, "審査担当", OWN + OTHER),
    (P.USER_SEARCH, User, "console", OWN + OTHER),
    (P.USER_SEARCH, User, "管理者", OWN),
    (P.USER_SEARCH, User, "一般", OWN),
    (P.USER_SEARCH, User, "他社管理者", OTHER),
    (P.USER_SEARCH, User, "他社一般", OTHER),
    (P.PASSWORD_CHANGE, User, "管理者", ["管理者"]),
    (P.PASSWORD_CHANGE, User, "一般", ["一般"]),
    (P.PASSWORD_CHANGE, User, "市場管理者", []),
    (P.PASSWORD_CHANGE, Staff, "市場管理者", ["市場管理者"]),
    (P.PASSWORD_CHANGE, Staff, "審査担当", ["審査担当"]),
    (P.STAFF_SEARCH, Staff, "市場管理者", ["市場管理者", "審査担当"]),
    (P.STAFF_SEARCH, Staff, "審査担当", []),
    (P.STAFF_SEARCH, Staff, "管理者", []),
    (P.STAFF_SEARCH, Staff, "一般", []),
]


@pytest.mark.parametrize(("permission", "model", "who", "rows"), VISIBLE)
def test_which_rows(permission, model, who, rows, people, session):
    names = {person.id: name for name, person in people.items() if person.id}
    statement = access.restrict(select(model), people[who], permission, model)
    assert sorted(names[row.id] for row in session.scalars(statement)) == sorted(rows)
    for name, row in people.items():  # the same cell answers for one row
        if isinstance(row, model):
            assert access.reaches(people[who], permission, row) is (name in rows)
            if name in rows:
                access.require(people[who], permission, row)
            else:
                with pytest.raises(Forbidden):
                    access.require(people[who], permission, row)


def test_users_reach_their_own_operator_and_no_audit_trail(people, session, make):
    for who, operators, audit in (
        ("市場管理者", 2, True),
        ("審査担当", 2, False),
        ("管理者", 1, False),
        ("一般", 1, False),
    ):
        found = session.scalars(access.restrict(select(Operator), people[who], P.OPERATOR_SEARCH, Operator)).all()
        assert len(found) == operators
        assert access.allows(people[who], P.AUDIT_SEARCH) is audit
        rows = access.restrict(select(AuditEntry), people[who], P.AUDIT_SEARCH, AuditEntry)
        assert ("false" in str(rows).lower() or "0 = 1" in str(rows)) is not audit


def test_forbidden_has_its_message():
    assert Forbidden().message_id == "error.C03.00001"


def test_staff_without_an_operator_reach_no_operators_rows(people, session):
    """None is not an operator: two people without one are not colleagues."""
    from domain.roles import Role

    class Odd:
        id, operator_id, roles = 1, None, frozenset({Role.OPERATOR_ADMIN})

    assert not access.reaches(Odd(), P.USER_SEARCH, people["市場管理者"])
    assert session.scalars(access.restrict(select(User), Odd(), P.USER_SEARCH, User)).all() == []


def test_nobody_reaches_anything_without_rights(people, session):
    class Nobody:
        id, operator_id, roles = people["一般"].id, people["一般"].operator_id, frozenset()

    for permission in P:
        assert not access.allows(Nobody(), permission)
        assert not access.reaches(Nobody(), permission, people["一般"])
    assert session.scalars(access.restrict(select(User), Nobody(), P.USER_SEARCH, User)).all() == []
