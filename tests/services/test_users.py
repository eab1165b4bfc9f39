"""ユーザ情報管理 (#020): the list (USR-007 … USR-022) and chapters 4 to 9 (USR-004, USR-030 … USR-100)."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from domain import clock
from domain.errors import DomainError, Forbidden
from domain.roles import Role
from models import AuditEntry, User
from models.sign_in import Ending
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


# ---- chapters 4 to 9 and 管理者交代 --------------------------------------------------------------------------------
FACTS = {
    "department": "総合エネルギー事業部",
    "name": "事業者 次郎",
    "phone": "03-1234-5678",
    "email": "jiro@example.jp",
}
GENERAL = FACTS | {"role": Role.OPERATOR_GENERAL, "operator_code": "0001"}


def refused(call, *args):
    """(message id, field) of the refusal."""
    with pytest.raises(DomainError) as caught:
        call(*args)
    return caught.value.message_id, caught.value.field


def changed(user, **values):
    names = ("department", "name", "phone", "email", "enabled", "valid_from", "valid_to")
    return {name: getattr(user, name) for name in names} | values


def test_a_registered_user_starts_as_the_manual_says(make, do, session, attempt):
    """USR-006, USR-042, USR-043, USR-044."""
    admin = make.admin()
    issued = do(users.register, admin, GENERAL)
    user = issued.account
    assert re.fullmatch(r"U\d{9}", user.login_id)
    assert (user.enabled, user.is_locked, user.is_deleted) == (True, False, False)
    assert (user.valid_from, user.valid_to) == (date(2026, 11, 20), date(9999, 12, 31))
    assert (user.operator_id, user.role, user.slot) == (admin.operator_id, Role.OPERATOR_GENERAL, 1)
    assert issued.until == datetime(2026, 11, 22, 15, tzinfo=UTC)  # 2026-11-23 00:00 in Tokyo
    assert attempt(user, issued.password).account.must_change_password
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "user:register"))
    assert (entry.actor_id, entry.target_id) == (admin.id, user.id)
    assert entry.changes["name"] == [None, "事業者 次郎"]


def test_the_ninth_general_user_is_refused_and_deleted_ones_do_not_count(make, do, session):
    """USR-004, A13: 無効 count, 削除済 do not."""
    admin = make.admin()
    people = [make.user(enabled=n != 0) for n in range(8)]
    assert refused(do, users.register, admin, GENERAL) == ("error.U02.00001", "role")
    assert session.query(User).count() == 9
    do(users.delete, admin, [people[3]])
    assert do(users.register, admin, GENERAL).account.slot == 4, "the place given back"
    assert refused(do, users.register, admin, GENERAL)[0] == "error.U02.00001"
    assert do(users.register, make.staff(), GENERAL | {"operator_code": make.operator("0002").code})


def test_the_third_admin_is_refused(make, do):
    """USR-003."""
    boss = make.staff()
    make.admin()
    data = GENERAL | {"role": Role.OPERATOR_ADMIN}
    assert do(users.register, boss, data).account.role is Role.OPERATOR_ADMIN
    assert refused(do, users.register, boss, data) == ("error.U02.00002", "role")


def test_only_staff_register_an_admin(make, do, session):
    """USR-031: an operator is offered 7 only; forged, 6 is refused while a place is free."""
    admin = make.admin()
    with pytest.raises(Forbidden):
        do(users.register, admin, GENERAL | {"role": Role.OPERATOR_ADMIN})
    assert session.query(User).count() == 1


def test_a_foreign_operator_looks_like_a_missing_one(make, do):
    """USR-032, R-008."""
    admin = make.admin()
    make.operator("0002")
    for code in ("0002", "9999"):
        assert refused(do, users.register, admin, GENERAL | {"operator_code": code}) == (
            "error.U02.00003", "operator_code",
        )  # fmt: skip
    assert refused(do, users.register, make.staff(), GENERAL | {"operator_code": "9999"})[0] == "error.U02.00003"


@pytest.mark.parametrize("kind", ["user", "reviewer"])
def test_who_may_not_register_change_delete_unlock_or_reissue(kind, make, do, session):
    """PRM-01, PRM-02, PRM-04."""
    actor, target = getattr(make, kind)(), make.locked(make.user())
    calls = [
        (users.register, actor, GENERAL),
        (users.change, actor, target, changed(target, name="x")),
        (users.delete, actor, [target]),
        (users.unlock, actor, target),
        (users.reissue, actor, target),
        (users.replace_admin, actor, make.admin(), FACTS),
    ]
    for call in calls:
        with pytest.raises(Forbidden):
            do(*call)
    session.refresh(target)
    assert (target.name, target.is_deleted, target.is_locked) == ("事業者 花子", False, True)


def test_an_admin_does_nothing_to_another_operators_user(make, do, session):
    """XC-009, R-052."""
    actor, target = make.admin(), make.locked(make.user(operator="0002"))
    for call in [
        (users.change, actor, target, changed(target, name="x")),
        (users.delete, actor, [target]),
        (users.delete, actor, [make.user(), target]),
        (users.unlock, actor, target),
        (users.reissue, actor, target),
        (users.replace_admin, actor, make.admin("0002"), FACTS),
    ]:
        with pytest.raises(Forbidden):
            do(*call)
    assert session.query(User).filter(User.deleted_at.is_not(None)).count() == 0


def test_a_change_is_written_with_its_diff(make, do, session):
    """USR-052, XC-010."""
    admin, user = make.admin(), make.user()
    do(users.change, admin, user, changed(user, name="事業者 改", phone="", valid_to=date(2027, 3, 31)))
    session.refresh(user)
    assert (user.name, user.phone, user.valid_to, user.version) == ("事業者 改", "", date(2027, 3, 31), 2)
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "user:change"))
    assert entry.changes == {
        "name": ["事業者 花子", "事業者 改"], "phone": ["03-1234-5678", ""], "valid_to": ["9999-12-31", "2027-03-31"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"enabled": False}, ("error.U03.00001", "enabled")),
        ({"valid_from": date(2026, 11, 21)}, ("error.U03.00002", "valid_from")),
        ({"valid_to": date(2026, 11, 19)}, ("error.U03.00002", "valid_to")),
    ],
)
def test_nobody_shuts_himself_out(values, refusal, make, do, session):
    """PRM-02, USR-058, USR-061."""
    me = make.admin()
    make.admin()
    assert refused(do, users.change, me, me, changed(me, **values)) == refusal
    session.refresh(me)
    assert (me.enabled, me.valid_from, me.valid_to) == (True, date(2019, 12, 23), date(9999, 12, 31))


def test_the_own_period_may_end_today_and_the_own_name_change(make, do, session):
    """USR-061: only what excludes today is refused."""
    me = make.admin()
    do(users.change, me, me, changed(me, valid_from=date(2026, 11, 20), valid_to=date(2026, 11, 20), name="改"))
    session.refresh(me)
    assert (me.name, me.is_shut_out) == ("改", False)


@pytest.mark.parametrize(
    ("values", "ending"),
    [
        ({"enabled": False}, Ending.SHUT_OUT),
        ({"valid_to": date(2026, 11, 19)}, Ending.SHUT_OUT),
        ({"valid_from": date(2026, 11, 21)}, Ending.SHUT_OUT),
        ({"name": "改", "valid_to": date(2026, 11, 20)}, None),
    ],
)
def test_a_user_shut_out_by_a_change_loses_his_session(values, ending, make, do, live, session):
    """COM-024, R-039."""
    admin, user = make.admin(), make.user()
    row = live(user)
    do(users.change, admin, user, changed(user, **values))
    session.refresh(row)
    assert row.ending is ending


def test_a_deleted_user_is_neither_changed_nor_unlocked_nor_reissued_nor_deleted(make, do):
    """USR-074, USR-093, USR-096."""
    admin, gone = make.admin(), make.locked(make.user(deleted_at=clock.now()))
    assert refused(do, users.change, admin, gone, changed(gone, name="x"))[0] == "error.U03.00003"
    assert refused(do, users.unlock, admin, gone)[0] == "error.U05.00002"
    assert refused(do, users.reissue, admin, gone)[0] == "error.U06.00001"
    assert refused(do, users.delete, admin, [gone])[0] == "error.U04.00002"


def test_deletion_is_logical_and_for_ever(make, do, live, attempt, session):
    """USR-008, USR-073, D7: the ID stays taken, the session ends, sign-in is refused."""
    admin, user = make.admin(), make.user()
    row = live(user)
    do(users.delete, admin, [user])
    session.refresh(row)
    assert (user.deleted_at, user.slot, row.ending) == (clock.now(), None, Ending.SHUT_OUT)
    assert attempt(user).message_id == "error.Y05.00001"
    assert session.query(User).filter_by(login_id=user.login_id).count() == 1
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "user:delete"))
    assert entry.target_id == user.id
    assert "deleted_at" in entry.changes


def test_bulk_deletion_is_all_or_nothing_and_names_who_is_in_the_way(make, do, session):
    """USR-070, USR-082."""
    me, other, gone = make.admin(), make.admin(), make.user(deleted_at=clock.now())
    one, two = make.user(), make.user()
    for rows, message, named in [
        ([one, other, two], "error.U04.00001", other.login_id),
        ([one, me], "error.U04.00001", me.login_id),
        ([gone, one], "error.U04.00002", gone.login_id),
    ]:
        with pytest.raises(DomainError) as caught:
            do(users.delete, me, rows)
        assert (caught.value.message_id, caught.value.params) == (message, {"ids": named})
    session.refresh(one)
    assert not one.is_deleted
    do(users.delete, me, [one, two])
    assert session.query(AuditEntry).filter_by(event="user:delete").count() == 2


def test_an_unlocked_user_signs_in_with_the_old_password(make, do, attempt, failures):
    """USR-091, USR-093."""
    admin, user = make.admin(), make.locked(make.user())
    do(users.unlock, admin, user)
    assert failures(user) == (0, False)
    assert refused(do, users.unlock, admin, user)[0] == "error.U05.00001"
    assert attempt(user).token


def test_a_reissue_voids_the_old_password_and_unlocks(make, do, attempt, failures, mails):
    """USR-095, USR-097 (A17), R-028."""
    admin, user = make.admin(), make.locked(make.user())
    do(users.reissue, admin, user)
    secret = mails("USR-RPW")[0].facts["仮パスワード"]
    assert failures(user) == (0, False)
    assert not attempt(user).token
    assert attempt(user, secret).account.must_change_password


@pytest.mark.parametrize(
    "state",
    [{"enabled": False}, {"valid_to": date(2026, 11, 19)}, {"valid_from": date(2026, 11, 21)}],
)
def test_who_is_shut_out_gets_no_new_password(state, make, do, session, mails):
    """USR-096."""
    user = make.user(**state)
    before = user.password_hash
    assert refused(do, users.reissue, make.admin(), user)[0] == "error.U06.00001"
    session.refresh(user)
    assert (user.password_hash, mails()) == (before, [])


def test_an_admin_reissues_for_another_admin_and_for_himself(make, do, live, session):
    """USR-098, USR-099."""
    me, other = make.admin(), make.admin()
    own, theirs = live(me), live(other)
    do(users.reissue, me, other)
    do(users.reissue, me, me)
    session.refresh(own)
    session.refresh(theirs)
    assert (own.ending, theirs.ending) == (Ending.PASSWORD, Ending.PASSWORD)


def test_an_admin_is_replaced_in_one_go(make, do, live, attempt, session, mails):
    """USR-100."""
    boss, leaver, other = make.staff(), make.admin(), make.admin()
    row = live(leaver)
    issued = do(users.replace_admin, boss, leaver, FACTS)
    session.refresh(row)
    successor = issued.account
    assert (leaver.is_deleted, leaver.slot, row.ending) == (True, None, Ending.SHUT_OUT)
    assert (successor.role, successor.slot, successor.operator_id) == (Role.OPERATOR_ADMIN, 1, other.operator_id)
    assert attempt(successor, issued.password).token
    assert [m.recipient for m in mails("OPR-END")] == [leaver.email]
    assert [m.recipient for m in mails("OPR-CHG")] == [successor.email, other.email]
    events = [e.event for e in session.scalars(select(AuditEntry).where(AuditEntry.actor_id == boss.id))]
    assert sorted(e for e in events if e.startswith("user:")) == ["user:register", "user:replace_admin"]


def test_only_a_live_admin_is_replaced(make, do, session):
    boss = make.staff()
    for leaver in (make.user(), make.admin(deleted_at=clock.now())):
        assert refused(do, users.replace_admin, boss, leaver, FACTS)[0] == "error.U07.00001"
    assert session.query(User).count() == 2
    with pytest.raises(Forbidden):
        do(users.replace_admin, make.admin(), make.admin(), FACTS)
