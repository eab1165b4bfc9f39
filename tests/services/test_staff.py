"""職員情報管理: nobody changes the own rights, one 市場管理者 always remains (issue item 7)."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from domain import clock
from domain.actors import Console
from domain.errors import DomainError, Forbidden
from domain.roles import Role
from models import Account, AuditEntry, Staff
from models.sign_in import Ending
from services import passwords, staff

ADMIN, REVIEWER = frozenset({Role.MARKET_ADMIN}), frozenset({Role.REVIEWER})
BOTH = ADMIN | REVIEWER


def refused(call, *args):
    with pytest.raises(DomainError) as caught:
        call(*args)
    return caught.value.message_id


def data(person, **changed):
    return {"name": person.name, "email": person.email, "rights": person.rights, "enabled": person.enabled} | changed


# ---- own record ----------------
@pytest.mark.parametrize("rights", [REVIEWER, BOTH])
def test_nobody_changes_the_own_rights(rights, make, do, session):
    me = make.staff()
    make.staff()
    assert refused(do, staff.change, me, me, data(me, rights=rights)) == "error.S01.00001"
    session.refresh(me)
    assert me.rights == ADMIN


def test_nobody_disables_the_own_account(make, do, session):
    me = make.staff()
    make.staff()
    assert refused(do, staff.change, me, me, data(me, enabled=False)) == "error.S01.00002"
    session.refresh(me)
    assert me.enabled


def test_the_own_name_may_be_changed_and_the_session_lives_on(make, do, live, session):
    me = make.staff()
    row = live(me)
    do(staff.change, me, me, data(me, name="広域 花子"))
    session.refresh(row)
    assert me.name == "広域 花子"
    assert row.ended_at is None


# ---- the last active 市場管理者 ----------------
@pytest.mark.parametrize("change", [{"enabled": False}, {"rights": REVIEWER}])
def test_the_last_active_market_admin_stays(change, make, do, session):
    last = make.staff()
    make.reviewer()
    make.staff(enabled=False)
    make.staff(deleted_at=clock.now())
    make.staff(valid_to=date(2026, 11, 19))
    make.staff(valid_from=date(2026, 11, 21))
    assert refused(do, staff.change, Console(), last, data(last, **change)) == "error.S01.00003"
    session.refresh(last)
    assert (last.enabled, last.rights) == (True, ADMIN)


@pytest.mark.parametrize("change", [{"enabled": False}, {"rights": REVIEWER}])
def test_one_of_two_may_go(change, make, do, session):
    one, other = make.staff(), make.staff(Role.MARKET_ADMIN, Role.REVIEWER)
    do(staff.change, one, other, data(other, **change))
    session.refresh(other)
    assert (other.enabled, other.rights) == (change.get("enabled", True), change.get("rights", BOTH))


def test_two_who_disable_each_other_cannot_both_succeed(make, do, session):
    """Checked again in the transaction of the second."""
    one, other = make.staff(), make.staff()
    do(staff.change, one, other, data(other, enabled=False))
    assert refused(do, staff.change, other, one, data(one, enabled=False)) == "error.S01.00003"


def test_a_reviewer_may_be_disabled_though_there_is_one_admin(make, do, session):
    admin, reviewer = make.staff(), make.reviewer()
    do(staff.change, admin, reviewer, data(reviewer, enabled=False))
    session.refresh(reviewer)
    assert not reviewer.enabled


# ---- sessions ----------------
@pytest.mark.parametrize(
    ("change", "ending"),
    [
        ({"rights": BOTH}, Ending.ENDED),
        ({"rights": ADMIN}, Ending.ENDED),
        ({"enabled": False}, Ending.SHUT_OUT),
        ({"enabled": False, "rights": ADMIN}, Ending.SHUT_OUT),
        ({"name": "広域 三郎", "email": "new@example.jp"}, None),
    ],
)
def test_a_change_of_rights_ends_the_sessions(change, ending, make, do, live, session):
    admin, person = make.staff(), make.reviewer()
    row, own = live(person), live(admin)
    do(staff.change, admin, person, data(person, **change))
    session.refresh(row)
    session.refresh(own)
    assert row.ending is ending
    assert own.ending is None


# ---- 登録 ----------------
def test_registering_gives_an_id_and_a_temporary_password(make, do, attempt, session):
    admin = make.staff()
    issued = do(staff.register, admin, {"name": "広域 次郎", "email": "j@example.jp", "rights": REVIEWER})
    person = issued.account
    assert re.fullmatch(r"S[0-9]{9}", person.login_id)
    assert person.login_key == person.login_id
    assert (person.enabled, person.valid_from, person.valid_to) == (True, date(2026, 11, 20), date(9999, 12, 31))
    assert person.must_change_password
    outcome = attempt(person, issued.password)
    assert outcome.account.id == person.id
    assert outcome.account.roles == REVIEWER
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "staff:register"))
    assert entry.actor_id == admin.id
    assert entry.changes["rights"] == [None, ["3"]]
    assert entry.changes["login_id"] == [None, person.login_id]
    assert issued.password not in str(vars(entry))


def test_new_ids_avoid_those_that_exist(make, session, monkeypatch):
    """D7: unique for ever, deleted accounts included."""
    taken = make.staff(login_id="S000000007", deleted_at=clock.now())
    offered = iter([taken.login_id, "S000000008"])
    monkeypatch.setattr(passwords, "random_id", lambda letter: next(offered))
    assert passwords.new_login_id(session, "S") == "S000000008"


# ---- commands ----------------
def test_unlocking_staff(make, do, attempt, failures):
    admin, person = make.staff(), make.locked(make.reviewer())
    do(staff.unlock, admin, person)
    assert failures(person) == (0, False)
    assert refused(do, staff.unlock, admin, person) == "error.U05.00001"


@pytest.mark.parametrize(
    "state",
    [{"enabled": False}, {"deleted_at": clock.start_of(date(2026, 11, 1))}, {"valid_to": date(2026, 11, 19)}],
)
def test_a_shut_out_account_gets_no_new_password(state, make, do, session):
    """USR-096."""
    person = make.reviewer(**state)
    before = person.password_hash
    assert refused(do, staff.reissue, make.staff(), person) == "error.U06.00001"
    session.refresh(person)
    assert person.password_hash == before


def test_ending_somebodys_sessions(make, do, live, session):
    """R-042."""
    admin, person = make.staff(), make.reviewer()
    row = live(person)
    do(staff.end_sessions, admin, person)
    session.refresh(row)
    assert row.ending is Ending.ENDED
    assert refused(do, staff.end_sessions, admin, person) == "error.S01.00005"


def test_the_own_session_ends_by_logging_out(make, do, live, session):
    me = make.staff()
    row = live(me)
    assert refused(do, staff.end_sessions, me, me) == "error.S01.00006"
    session.refresh(row)
    assert row.ended_at is None


# ---- who may ----------------
@pytest.mark.parametrize("kind", ["reviewer", "admin", "user"])
def test_only_market_admins_manage_staff(kind, make, do, session):
    actor, person = getattr(make, kind)(), make.reviewer()
    calls = [
        (staff.register, actor, {"name": "x", "email": "x@example.jp", "rights": ADMIN}),
        (staff.change, actor, person, data(person, name="x")),
        (staff.unlock, actor, person),
        (staff.reissue, actor, person),
        (staff.end_sessions, actor, person),
    ]
    before = session.query(Account).count()
    for call in calls:
        with pytest.raises(Forbidden):
            do(*call)
    assert session.query(Account).count() == before
    session.refresh(person)
    assert person.name == "広域 太郎"
    assert session.scalars(staff.visible(actor)).all() == []


def test_the_console_may(make, do):
    """flask staff create, flask account unlock|reissue (D6)."""
    issued = do(staff.register, Console(), {"name": "広域 一郎", "email": "x@example.jp", "rights": ADMIN})
    assert do(passwords.reissue, Console(), issued.account).password != issued.password


# ---- 検索 ----------------
def test_finding_staff(make, session):
    me = make.staff(login_id="S100000001", name="広域 ハナコ")
    off = make.reviewer(login_id="S100000002", name="広域 太郎", enabled=False)
    make.user(login_id="U100000001")

    def found(**criteria):
        return [p.login_id for p in session.scalars(staff.find(me, criteria).order_by(Staff.id))]

    assert found() == [me.login_id, off.login_id], "users are no staff"
    assert found(login_id="ｓ1") == [me.login_id, off.login_id]
    assert found(login_id="00000") == []
    assert found(name="ﾊﾅｺ") == [me.login_id]
    assert found(name="%") == []
    assert found(enabled=["0"]) == [off.login_id]
    assert found(enabled=["1", "0"]) == [me.login_id, off.login_id]
