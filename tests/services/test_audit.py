"""操作履歴: who, what, before and after; append-only; no secrets; same transaction (XC-010, R-083 – R-085)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from domain import clock, terms
from domain.actors import Console, Origin
from domain.errors import DomainError
from domain.roles import Role
from models import AuditEntry, Operator
from services import audit, hashing, operators, passwords, sessions, staff
from tests.factories import OPERATOR_DATA, OPERATOR_FACTS, PASSWORD
from views.transaction import transaction


@pytest.fixture
def entry(session):
    found = audit.record(session, None, "seed:load")
    session.commit()
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor_name = 'somebody else'",
        "UPDATE audit_entries SET at = at WHERE id = 1",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE id = 1",
    ],
)
def test_nobody_changes_the_audit_trail(statement, entry, session):
    """Issue item 8, R-084: by triggers, on both databases."""
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))
    session.rollback()
    assert [e.actor_name for e in session.scalars(select(AuditEntry))] == ["システム"]


def test_it_cannot_be_replaced_either(entry, session, database):
    """TRUNCATE and INSERT … ON CONFLICT on PostgreSQL, REPLACE on SQLite."""
    columns = [c.name for c in inspect(AuditEntry).columns]
    again = ", ".join("'forged'" if c == "actor_name" else c for c in columns)
    names = ", ".join(columns)
    attacks = {
        "postgresql": [
            "TRUNCATE audit_entries",
            "TRUNCATE audit_entries CASCADE",
            f"INSERT INTO audit_entries ({names}) SELECT {again} FROM audit_entries "
            "ON CONFLICT (id) DO UPDATE SET actor_name = 'forged'",
        ],
        "sqlite": [
            f"INSERT OR REPLACE INTO audit_entries ({names}) SELECT {again} FROM audit_entries",
            f"REPLACE INTO audit_entries ({names}) SELECT {again} FROM audit_entries",
        ],
    }[database[0]]
    for statement in attacks:
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()
    assert [e.actor_name for e in session.scalars(select(AuditEntry))] == ["システム"]


def test_the_orm_cannot_either(entry, session):
    entry.detail = {"forged": True}
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()
    session.rollback()
    session.delete(session.get(AuditEntry, entry.id))
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()
    session.rollback()


def test_new_entries_are_still_welcome(entry, session):
    audit.record(session, None, "seed:load")
    session.commit()
    assert len(session.scalars(select(AuditEntry)).all()) == 2


def test_a_rollback_leaves_no_entry(make, session):
    """R-083: the same transaction as the change."""
    admin = make.staff()

    def broken():
        with transaction() as s:
            operators.register(s, admin, OPERATOR_DATA)
            s.flush()
            raise LookupError

    with pytest.raises(LookupError):
        broken()
    assert session.scalars(select(AuditEntry)).all() == []
    assert session.scalars(select(Operator)).all() == []


def test_a_refused_change_leaves_no_entry(make, do, session):
    make.operator("0001")
    with pytest.raises(DomainError):
        do(operators.register, make.staff(), OPERATOR_DATA | {"code": "0001"})
    assert session.scalars(select(AuditEntry)).all() == []


# ---- who, when, from where ----------------
def test_an_entry_says_who_when_what_and_from_where(make, session, time):
    """Issue item 8."""
    admin, row = make.staff(login_id="S000000001", name="広域 管理"), make.operator("0001")
    session.info["origin"] = Origin(address="192.0.2.1", request_no="0123456789abcdef")
    found = audit.record(session, admin, "operator:change", row, changes={"name": ["a", "b"]}, detail={"x": 1})
    session.commit()
    session.info.pop("origin")
    session.refresh(found)
    assert (found.actor_id, found.actor_login_id, found.actor_name) == (admin.id, "S000000001", "広域 管理")
    assert (found.at, found.at.utcoffset()) == (time.now, timedelta())
    assert (found.event, found.result) == ("operator:change", "ok")
    assert (found.target_table, found.target_id, found.target) == ("operators", row.id, "0001 株式会社0001")
    assert (found.changes, found.detail) == ({"name": ["a", "b"]}, {"x": 1})
    assert (found.address, found.request_no) == ("192.0.2.1", "0123456789abcdef")


def test_the_system_and_the_console_are_named(session, app):
    system, console = audit.record(session, None, "account:lock"), audit.record(session, Console(), "staff:register")
    session.commit()
    assert (system.actor_id, system.actor_name) == (None, "システム")
    assert (console.actor_id, console.actor_login_id) == (None, "console")


def test_every_kind_of_account_is_kept_under_one_table(make, session):
    one, other = audit.record(session, None, "account:lock", make.user()), audit.record(
        session, None, "account:lock", make.staff()
    )  # fmt: skip
    assert (one.target_table, other.target_table) == ("accounts", "accounts")


# ---- before and after ----------------
def test_changes_are_field_by_field(make, session):
    person = make.staff()
    person.name, person.enabled = "広域 花子", False
    person.rights = frozenset({Role.REVIEWER, Role.MARKET_ADMIN})
    person.valid_to = date(2027, 3, 31)
    person.email = person.email
    assert audit.changes_of(person) == {
        "name": ["広域 太郎", "広域 花子"],
        "enabled": [True, False],
        "rights": [["2"], ["2", "3"]],
        "valid_to": ["9999-12-31", "2027-03-31"],
    }


def test_changes_have_no_secrets(make, session):
    person = make.staff()
    person.password_hash = hashing.make("Geheim#2026")
    person.temporary_until = clock.now()
    assert set(audit.changes_of(person)) == {"temporary_until"}


def test_a_field_overwritten_before_it_was_read_keeps_its_before(make, session):
    """A row expires when a transaction begins; what it was is read from the table then."""
    person, row = make.staff(), make.operator("0001")
    session.expire_all()
    person.name, row.name = "広域 花子", "新電力"
    assert audit.changes_of(person) == {"name": ["広域 太郎", "広域 花子"]}
    assert audit.changes_of(row) == {"name": ["株式会社0001", "新電力"]}


def test_an_unchanged_row_has_no_changes(make):
    assert audit.changes_of(make.user()) == {}


# ---- no secrets anywhere ----------------
def test_no_secret_in_any_entry_after_a_full_life(make, do, attempt, change_password, live, session):
    admin = make.staff()
    secrets = {PASSWORD, "Wrong#2026x", "Neues#2026y", "Anderes#2026z"}
    issued = do(
        staff.register, admin, {"name": "広域 次郎", "email": "j@example.jp", "rights": frozenset({Role.REVIEWER})}
    )
    person = issued.account
    secrets.add(issued.password)
    row = live(person, issued.password)
    change_password(row, "Wrong#2026x", "Neues#2026y")
    change_password(row, issued.password, "Neues#2026y")
    for _ in range(5):
        attempt(person, "Wrong#2026x")
    attempt("Wrong#2026x", "x")
    attempt("Neues#2026y", "Wrong#2026x")
    do(staff.unlock, admin, person)
    tokens = set()
    for _ in range(2):
        tokens.add(attempt(person, "Neues#2026y").token)
    row = sessions.find(session, max(tokens, key=lambda t: sessions.find(session, t).id))
    tokens.add(change_password(row, "Neues#2026y", "Anderes#2026z").token)
    secrets.add(do(staff.reissue, admin, person).password)
    secrets.add(do(passwords.reissue, Console(), person).password)
    values = {"name": "x", "email": person.email, "rights": person.rights, "enabled": False}
    do(staff.change, admin, person, values)
    hashes = {h for (h,) in session.execute(text("SELECT password_hash FROM password_generations"))}
    hashes |= {h for (h,) in session.execute(text("SELECT password_hash FROM accounts"))}
    hashes |= {h for (h,) in session.execute(text("SELECT token_hash FROM sessions"))}
    rows = session.execute(text("SELECT * FROM audit_entries")).all()
    assert len(rows) >= 18
    written = "\n".join(str(tuple(r)) for r in rows)
    assert [s for s in secrets | tokens | hashes if s in written] == []
    assert "$2b$" not in written
    assert set(session.scalars(select(AuditEntry.event))) <= set(terms.EVENTS)


# ---- reading it back ----------------
def test_finding_entries(make, session, time):
    admin = make.staff(login_id="S000000001")
    user = make.user(login_id="U280003304", name="事業者 花子")
    midnight = clock.start_of(date(2026, 11, 20))
    for at, actor, event, target in (
        (midnight - timedelta(seconds=1), admin, "account:unlock", user),
        (midnight, user, "sign_in:ok", user),
        (midnight + timedelta(days=1, seconds=-1), None, "account:lock", user),
        (midnight + timedelta(days=1), admin, "operator:register", make.operator("0009", "100%電力　㈱ＡＢＣ")),
    ):
        time.now = at
        audit.record(session, actor, event, target)
        session.flush()
    session.info["origin"] = Origin(request_no="feedbeef")
    audit.record(session, admin, "seed:load")
    session.info.pop("origin")
    session.commit()

    def found(**criteria):
        return [e.id for e in session.scalars(audit.find(admin, criteria).order_by(AuditEntry.id))]

    assert found() == [1, 2, 3, 4, 5]
    assert found(day_from=date(2026, 11, 20)) == [2, 3, 4, 5], "days of Asia/Tokyo, inclusive"
    assert found(day_to=date(2026, 11, 20)) == [1, 2, 3]
    assert found(day_from=date(2026, 11, 20), day_to=date(2026, 11, 20)) == [2, 3]
    assert found(day_from=date.min, day_to=date.max) == [1, 2, 3, 4, 5]
    assert found(actor_login_id="ｓ0000") == [1, 4, 5]
    assert found(actor_login_id="00001") == []
    assert found(event="account:lock") == [3]
    assert found(target="花子") == [1, 2, 3]
    assert found(target="u2800") == [1, 2, 3]
    assert found(target="0%電") == [4]
    assert found(target="0_電") == []
    assert found(target="電力　㈱ＡＢＣ") == [4], "as the screen shows it"
    assert found(target="Ｕ２８") == [1, 2, 3]
    assert found(request_no=" feedbeef ") == [5]


def test_the_last_change_of_a_row_is_known(make, do, session):
    """R-088: who and when, for the conflict message."""
    admin, row = make.staff(), make.operator("0001")
    assert audit.last_change(session, row) is None
    for target, name in ((row, "b"), (row, "c"), (make.operator("0002"), "d")):
        do(operators.change, admin, target, OPERATOR_FACTS | {"name": name})
    last = audit.last_change(session, row)
    assert (last.actor_id, last.changes) == (admin.id, {"name": ["b", "c"]})


def test_naive_instants_never_reach_the_database(make, session):
    user = make.user()
    user.deleted_at = datetime(2026, 11, 20, 12, 0)  # noqa: DTZ001 - on purpose
    with pytest.raises(StatementError, match="naive"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("zone", [clock.TOKYO])
def test_instants_come_back_aware_and_in_utc(zone, make, session):
    user = make.user(deleted_at=datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=zone))
    session.refresh(user)
    assert user.deleted_at.utcoffset() == timedelta()
    assert user.deleted_at.isoformat() == "2026-11-20T00:00:00.123456+00:00"
