"""事業者: its two 管理者 (USR-003), 担当者情報, 退出 and 退出取消 (issue 4, item 4)."""

from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from domain.errors import DomainError
from domain.operators import Participation
from domain.roles import Role
from models import Account, AuditEntry, Operator, SignInSession, User, db
from services import operators, sessions, users
from tests.factories import OPERATOR_DATA, OPERATOR_FACTS, PASSWORD

WRONG = "error.Y05.00001"
SUCCESSOR = {"department": "市場部", "name": "後任", "phone": "", "email": "next@example.jp"}
FULL = OPERATOR_FACTS | {
    "name": "新電力", "short_name": "新電_容", "area": "3", "licence": "generation",
    "participation": frozenset({Participation.STABLE, Participation.DISPATCHED_DR}),
    "postal_code": "1350061", "address": "東京都江東区豊洲",
    "contact_department": "総務部", "contact_name": "連絡 花子", "contact_phone": "03-1234-5678",
    "contact_email": "contact@example.jp",
    "recipients": [("担当 一", "t1@example.jp"), ("担当 二", "t2@example.jp")],
}  # fmt: skip


def message_of(do, service, *args):
    with pytest.raises(DomainError) as caught:
        do(service, *args)
    return caught.value.message_id


# ---- registration ----------------
def test_a_registration_makes_exactly_two_admins_with_a_mail_each(make, do, session, mails, attempt):
    """USR-003, #010 4章(1): places 1 and 2, the own 仮パスワード, the facts, to nobody else."""
    do(operators.register, make.staff(), OPERATOR_DATA)
    people = session.scalars(select(User).order_by(User.slot)).all()
    assert [(p.operator.code, p.role, p.slot, p.department, p.name, p.phone, p.email) for p in people] == [
        ("0003", Role.OPERATOR_ADMIN, 1, "市場部", "新任 一", "03-1234-5678", "one@example.jp"),
        ("0003", Role.OPERATOR_ADMIN, 2, "市場部", "新任 二", "", "two@example.jp"),
    ]
    assert all(p.valid_from == date(2026, 11, 20) and p.must_change_password for p in people)
    sent = mails()
    assert [(m.event, m.recipient) for m in sent] == [("OPR-REG", "one@example.jp"), ("OPR-REG", "two@example.jp")]
    for mail, person in zip(sent, people, strict=True):
        password = mail.facts["仮パスワード"]
        assert mail.facts == {
            "ユーザID": person.login_id,
            "ユーザ名": person.name,
            "仮パスワード": password,
            "有効期限": "2026/11/22",
            "事業者コード": "0003",
            "参加登録申請者名": "株式会社0003",
        }
        assert attempt(person, password).token
    assert len({mail.facts["仮パスワード"] for mail in sent}) == 2


def test_a_refused_registration_writes_nothing(make, do, snapshot_of):
    make.operator("0003")
    admin = make.staff()
    before = snapshot_of()
    assert message_of(do, operators.register, admin, OPERATOR_DATA) == "error.O01.00001"
    assert snapshot_of() == before


@pytest.fixture
def snapshot_of(session):
    """snapshot_of(): how many rows stand in each table."""

    def count():
        session.rollback()
        tables = db.metadata.sorted_tables
        return {table.name: len(session.execute(select(table)).all()) for table in tables}

    return count


@pytest.mark.parametrize(("area", "long_code"), [("", ""), ("3", "00033"), ("9", "00039")])
def test_the_five_digit_form_is_the_code_and_the_area(area, long_code, make, do):  # A31
    row = do(operators.register, make.staff(), OPERATOR_DATA | {"area": area})
    assert row.long_code == long_code


def test_everything_of_the_form_is_kept(make, do, session):
    row = do(operators.register, make.staff(), FULL | {"code": "0003", "admins": OPERATOR_DATA["admins"]})
    session.expire_all()
    kept = {name: getattr(row, name) for name in FULL if name != "recipients"}
    assert kept == {name: value for name, value in FULL.items() if name != "recipients"}
    assert [(p.place, p.name, p.email) for p in row.recipients] == [
        (1, "担当 一", "t1@example.jp"), (2, "担当 二", "t2@example.jp"),
    ]  # fmt: skip


# ---- change ----------------
def test_a_change_of_the_recipients_alone_is_a_change(make, do, session):
    """担当者情報 stands in a table of its own; history and version must not miss it."""
    row, admin = make.operator("0001"), make.staff()
    people = [("担当 一", "t1@example.jp"), ("担当 二", "t2@example.jp")]
    same = OPERATOR_FACTS | {"name": "株式会社0001"}
    do(operators.change, admin, row, same | {"recipients": people})
    session.refresh(row)
    assert row.version == 2
    do(operators.change, admin, row, same | {"recipients": [people[1]]})
    session.refresh(row)
    assert (row.version, [(p.place, p.name, p.email) for p in row.recipients]) == (
        3, [(1, "担当 二", "t2@example.jp")],
    )  # fmt: skip
    changes = session.scalars(select(AuditEntry.changes).order_by(AuditEntry.id)).all()
    first, second = "担当 一 t1@example.jp", "担当 二 t2@example.jp"
    assert changes == [{"recipients": [[], [first, second]]}, {"recipients": [[first, second], [second]]}]


def test_a_change_of_nothing_changes_nothing(make, do, session):
    row = make.operator("0001")
    do(operators.change, make.staff(), row, OPERATOR_FACTS | {"name": "株式会社0001"})
    session.refresh(row)
    assert row.version == 1
    assert [e.changes for e in session.scalars(select(AuditEntry))] == [{}]


# ---- 退出 ----------------
def test_leaving_ends_every_session_and_refuses_every_sign_in(make, do, session, live, attempt, compared, limits):
    """Like a shut-out account: the password is compared, and the answer is that of a wrong one (COM-024)."""
    people, other = [make.admin(), make.user()], make.user(operator="0002")
    rows, foreign = [live(p) for p in people], live(other)
    row, admin = make.operator("0001"), make.staff()
    do(operators.withdraw, admin, row)
    session.expire_all()
    assert row.is_withdrawn
    assert [r.ending.value for r in rows] == ["shut_out", "shut_out"]
    assert foreign.ended_at is None
    for person in people:
        compared.clear()
        outcome = attempt(person)
        assert (outcome.token, outcome.message_id, len(compared)) == (None, WRONG, 1)
    assert attempt(other).token
    events = session.scalars(select(AuditEntry.event).where(AuditEntry.actor_id == admin.id)).all()
    assert sorted(events) == ["operator:withdraw", "session:shut_out", "session:shut_out"]


def test_a_session_that_escaped_is_due_to_end(make, do, session, live, limits):
    """The second line of defence: every request asks is_shut_out, whatever `withdraw` has ended."""
    row = live(make.user())
    make.operator("0001").withdrawn_at = row.started_at
    session.commit()
    assert sessions.due_ending(row, limits).value == "shut_out"


def test_of_a_withdrawn_operator_nobody_is_registered_reissued_or_replaced(make, do, session, mails):
    staff, leaver, person = make.staff(), make.admin(), make.user()
    new = {"operator_code": "0001", "role": Role.OPERATOR_GENERAL} | SUCCESSOR
    do(operators.withdraw, staff, make.operator("0001"))
    hash_before, count = leaver.password_hash, len(session.scalars(select(User)).all())
    assert message_of(do, users.register, staff, new) == "error.U02.00004"
    assert message_of(do, users.register, staff, new | {"role": Role.OPERATOR_ADMIN}) == "error.U02.00004"
    assert message_of(do, users.reissue, staff, person) == "error.O01.00006"
    assert message_of(do, users.replace_admin, staff, leaver, SUCCESSOR) == "error.O01.00007"
    session.expire_all()
    assert (leaver.password_hash, leaver.is_deleted) == (hash_before, False)
    assert len(session.scalars(select(User)).all()) == count
    assert mails() == []


def test_taking_it_back_brings_its_users_back(make, do, session, attempt):
    """退出取消: the accounts, their passwords and the history were never touched."""
    person, row, staff = make.user(), make.operator("0001"), make.staff()
    do(operators.withdraw, staff, row)
    assert attempt(person).message_id == WRONG
    do(operators.reinstate, staff, row)
    assert attempt(person, PASSWORD).token
    do(users.reissue, staff, person)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.target_table == "operators").order_by(AuditEntry.id)
    ).all()
    assert [(e.event, [*e.changes]) for e in entries] == [
        ("operator:withdraw", ["withdrawn_at"]), ("operator:reinstate", ["withdrawn_at"]),
    ]  # fmt: skip


def test_leaving_twice_and_taking_back_what_did_not_leave_are_refused(make, do):
    row, staff = make.operator("0001"), make.staff()
    assert message_of(do, operators.reinstate, staff, row) == "error.O01.00004"
    do(operators.withdraw, staff, row)
    assert message_of(do, operators.withdraw, staff, row) == "error.O01.00003"


# ---- two at once ----------------
def at_once(app, *calls):
    """Each call in a thread and an app context of its own; what each of them came to."""
    barrier, results = Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        with app.app_context():
            try:
                barrier.wait(10)
                results[number] = call()
            except DomainError as error:
                results[number] = error.message_id
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_who_register_the_same_code_at_once_make_one(app, make, do, session, mails):  # D8
    staff = make.staff().id

    def register():
        actor = db.session.get(Account, staff)
        return do(operators.register, actor, OPERATOR_DATA).code

    results = at_once(app, register, register)
    assert sorted(results) == ["0003", "error.O01.00001"]
    assert len(session.scalars(select(Operator)).all()) == 1
    assert [u.slot for u in session.scalars(select(User).order_by(User.slot))] == [1, 2]
    assert len(mails("OPR-REG")) == 2


def test_two_who_make_it_leave_at_once_do_it_once(app, make, do, session):
    staff, row = make.staff().id, make.operator("0001").id

    def leave():
        actor = db.session.get(Account, staff)
        do(operators.withdraw, actor, db.session.get(Operator, row))
        return "done"

    assert sorted(at_once(app, leave, leave)) == ["done", "error.O01.00003"]
    assert list(session.scalars(select(AuditEntry.event))) == ["operator:withdraw"]


def test_a_sign_in_that_races_the_leaving_never_outlives_it(app, make, do, session, attempt):
    """Either the session is found and ended, or the sign-in sees 退出; nobody stays inside."""
    staff = make.staff().id
    for number in range(5):
        person = make.user(operator=f"10{number:02d}")
        login_id, row = person.login_id, person.operator_id
        session.rollback()

        def leave(row=row):
            do(operators.withdraw, db.session.get(Account, staff), db.session.get(Operator, row))
            return "left"

        def enter(login_id=login_id):
            outcome = attempt(login_id)
            return "in" if outcome.token else outcome.message_id

        results = at_once(app, leave, enter)
        assert results[0] == "left"
        assert results[1] in ("in", WRONG)
        session.rollback()
        assert session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None))).all() == []


def test_a_replacement_that_races_the_leaving_waits_for_it(app, make, do, session):
    """Both hold the operator's row first and the accounts after: no deadlock, no successor left behind unnoticed."""
    staff = make.staff().id
    for number in range(5):
        leaver = make.admin(operator=f"10{number:02d}")
        leaver_id, row = leaver.id, leaver.operator_id
        session.rollback()

        def leave(row=row):
            do(operators.withdraw, db.session.get(Account, staff), db.session.get(Operator, row))
            return "left"

        def replace(leaver_id=leaver_id):
            do(users.replace_admin, db.session.get(Account, staff), db.session.get(User, leaver_id), SUCCESSOR)
            return "replaced"

        results = at_once(app, leave, replace)
        assert results[0] == "left"
        assert results[1] in ("replaced", "error.O01.00007")
