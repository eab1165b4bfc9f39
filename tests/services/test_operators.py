"""事業者 (issue item 7)."""

import pytest
from sqlalchemy import select

from domain.errors import DomainError, Forbidden
from models import AuditEntry, Operator
from services import operators
from tests.factories import OPERATOR_DATA, OPERATOR_FACTS


def test_registering_an_operator(make, do, session):
    admin = make.staff()
    do(operators.register, admin, OPERATOR_DATA)
    entry, *others = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert (entry.event, entry.target, entry.actor_id) == ("operator:register", "0003 株式会社0003", admin.id)
    assert entry.changes["code"] == [None, "0003"]
    assert entry.changes["name"] == [None, "株式会社0003"]
    assert entry.changes["short_name"] == [None, "株会_容"]
    assert [e.event for e in others] == ["user:register", "user:register"]


def test_a_code_is_given_once(make, do, session):
    make.operator("0001")
    with pytest.raises(DomainError) as caught:
        do(operators.register, make.staff(), OPERATOR_DATA | {"code": "0001", "name": "二番目"})
    error = caught.value
    assert (error.message_id, error.field, error.params) == ("error.O01.00001", "code", {"code": "0001"})
    assert [o.name for o in session.scalars(select(Operator))] == ["株式会社0001"]
    assert session.scalars(select(AuditEntry)).all() == []


def test_a_code_somebody_else_just_took_is_the_same_message(make, do, session, monkeypatch):
    """The race is decided by the unique constraint, not by our look."""
    make.operator("0001")
    admin = make.staff()

    def blind(s, actor, values):
        with monkeypatch.context() as blindfold:
            blindfold.setattr(s, "scalar", lambda *a, **k: None)
            return operators.register(s, actor, values)

    with pytest.raises(DomainError, match=r"error\.O01\.00001"):
        do(blind, admin, OPERATOR_DATA | {"code": "0001", "name": "二番目"})


def test_the_name_may_change_and_the_code_may_not(make, do, session):
    row = make.operator("0001")
    do(operators.change, make.staff(), row, OPERATOR_FACTS | {"name": "新電力", "code": "9999"})
    session.refresh(row)
    assert (row.code, row.name, row.name_folded) == ("0001", "新電力", "新電力")
    [entry] = session.scalars(select(AuditEntry))
    assert entry.changes == {"name": ["株式会社0001", "新電力"]}


@pytest.mark.parametrize("kind", ["reviewer", "admin", "user"])
def test_others_may_not(kind, make, do):
    actor, row = getattr(make, kind)(), make.operator("0001")
    with pytest.raises(Forbidden):
        do(operators.register, actor, OPERATOR_DATA)
    with pytest.raises(Forbidden):
        do(operators.change, actor, row, OPERATOR_FACTS)
    for service in (operators.withdraw, operators.reinstate):
        with pytest.raises(Forbidden):
            do(service, actor, row)


def test_reviewers_read_every_operator_and_users_their_own(make, session):
    own, other = make.operator("0001"), make.operator("0002")
    assert len(session.scalars(operators.visible(make.reviewer())).all()) == 2
    for person in (make.admin(), make.user()):
        assert session.scalars(operators.visible(person)).all() == [own]
    assert session.scalars(operators.visible(make.user(operator="0002"))).all() == [other]


def test_finding_operators(make, do, session):
    for code, name in (("0001", "ガス電力"), ("0002", "100%_電力"), ("1001", "風力")):
        make.operator(code, name)
    admin = make.staff()

    def found(**criteria):
        return [o.code for o in session.scalars(operators.find(admin, criteria).order_by(Operator.code))]

    assert found() == ["0001", "0002", "1001"]
    assert found(code="０００") == ["0001", "0002"]
    assert found(code="001") == []
    assert found(name="ｶﾞｽ") == ["0001"]
    assert found(name="電力") == ["0001", "0002"]
    do(operators.withdraw, admin, make.operator("1001"))
    assert found(is_withdrawn=["1"]) == ["1001"]
    assert found(is_withdrawn=["0"], name="力") == ["0001", "0002"]
    assert found(is_withdrawn=["0", "1"]) == found(is_withdrawn=[]) == ["0001", "0002", "1001"]
    assert found(name="%") == found(name="_") == found(name="0%_") == ["0002"]


def test_the_longest_name_fits_also_where_folding_lengthens_it(make, do, session):
    """U+FDFA becomes 18 characters by NFKC; the shadow column must hold them on PostgreSQL."""
    admin = make.staff()
    row = do(operators.register, admin, OPERATOR_DATA | {"name": "\ufdfa" * 100})
    person = make.user(name="\ufdfa" * 50)
    session.refresh(row)
    assert len(row.name_folded) == 1800
    assert len(person.name_folded) == 900
    assert [o.id for o in session.scalars(operators.find(admin, {"name": "\ufdfa" * 100}))] == [row.id]
