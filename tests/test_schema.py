"""The migrated schema and the models are one and the same, CHECKs included (R-099); constraints bite."""

import re
from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain import clock
from domain.roles import AccountKind, Role
from models import Account, Operator, SignInCounter, SignInSession, SignInThrottle, Staff, User, db
from models.sign_in import Ending
from services import audit

TABLES = {
    "accounts", "users", "staff", "operators", "password_generations", "sign_in_counters", "sign_in_throttle",
    "sessions", "tickets", "audit_entries", "outgoing_mails", "due_work",
    "notices", "notice_operators", "notice_reads", "attachments", "attachment_chunks", "operator_recipients",
    "client_certificates", "unregistered_certificates", "maintenance",
    "members", "registrations", "posts", "post_areas", "posted_areas", "reviews", "phrases", "closures", "mail_domains",
    "challenges",
}  # fmt: skip
CHECKS = {
    ("accounts", "ck_accounts_kind"),
    ("accounts", "ck_accounts_valid_period"),
    ("audit_entries", "ck_audit_entries_result"),
    ("attachments", "ck_attachments_attached_or_expires"),
    ("attachments", "ck_attachments_attached_with_place"),
    ("client_certificates", "ck_client_certificates_period"),
    ("closures", "ck_closures_period"),
    ("mail_domains", "ck_mail_domains_rule"),
    ("post_areas", "ck_post_areas_area"),
    ("posted_areas", "ck_posted_areas_area"),
    ("posts", "ck_posts_period"),
    ("posts", "ck_posts_side"),
    ("posts", "ck_posts_state"),
    ("registrations", "ck_registrations_password"),
    ("registrations", "ck_registrations_state"),
    ("reviews", "ck_reviews_claimed"),
    ("reviews", "ck_reviews_decided"),
    ("reviews", "ck_reviews_state"),
    ("maintenance", "ck_maintenance_announced"),
    ("maintenance", "ck_maintenance_period"),
    ("notices", "ck_notices_audience"),
    ("notices", "ck_notices_audience_role"),
    ("notices", "ck_notices_period"),
    ("notices", "ck_notices_role"),
    ("notices", "ck_notices_state"),
    ("operator_recipients", "ck_operator_recipients_place"),
    ("operators", "ck_operators_area"),
    ("operators", "ck_operators_code_length"),
    ("operators", "ck_operators_licence"),
    ("outgoing_mails", "ck_outgoing_mails_sent"),
    ("outgoing_mails", "ck_outgoing_mails_state"),
    ("sessions", "ck_sessions_ended"),
    ("sessions", "ck_sessions_ending"),
    ("sign_in_counters", "ck_sign_in_counters_failures"),
    ("sign_in_counters", "ck_sign_in_counters_locked"),
    ("staff", "ck_staff_rights"),
    ("users", "ck_users_role"),
    ("users", "ck_users_slot"),
}

TRIGRAMS = "ix_posts_title_trigrams"  # needs an extension: made by migration 0004 where there is one, in no model


def squeezed(sql):
    return re.sub(r"\s+", "", str(sql)).lower()


def facts_of(engine):
    """Everything the inspector tells, as plain sorted values."""
    found = {}
    seen = inspect(engine)
    for table in set(seen.get_table_names()) - {"alembic_version"}:
        found[table, "columns"] = {
            c["name"]: (str(c["type"]), c["nullable"], c["default"], c.get("autoincrement"))
            for c in seen.get_columns(table)
        }
        primary = seen.get_pk_constraint(table)
        found[table, "primary key"] = (primary["name"], tuple(primary["constrained_columns"]))
        found[table, "foreign keys"] = {
            f["name"]: (f["constrained_columns"], f["referred_table"], f["referred_columns"], f["options"])
            for f in seen.get_foreign_keys(table)
        }
        found[table, "uniques"] = {u["name"]: u["column_names"] for u in seen.get_unique_constraints(table)}
        found[table, "checks"] = {c["name"]: squeezed(c["sqltext"]) for c in seen.get_check_constraints(table)}
        found[table, "indexes"] = {
            i["name"]: (i["column_names"], bool(i["unique"]), {k: squeezed(v) for k, v in i["dialect_options"].items()})
            for i in seen.get_indexes(table)
            if i["name"] != TRIGRAMS
        }
    return found


@pytest.fixture
def engine(app, session):
    session.rollback()
    return db.engine


@pytest.fixture
def from_models(engine, tmp_path):
    """facts_of() of a schema made from the models alone, on the same kind of database."""

    def facts():
        if engine.dialect.name == "sqlite":
            fresh = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
            db.metadata.create_all(fresh)
            found = facts_of(fresh)
            fresh.dispose()
            return found
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        db.metadata.create_all(engine)
        return facts_of(engine)

    return facts


def test_models_equal_the_migrated_schema(engine, from_models):
    """R-099: tables, columns, types, keys, uniques, indexes with their conditions, and CHECKs."""
    migrated = facts_of(engine)
    assert {table for table, _ in migrated} == TABLES
    modelled = from_models()
    assert migrated.keys() == modelled.keys()
    assert {k: (migrated[k], modelled[k]) for k in migrated if migrated[k] != modelled[k]} == {}


def test_every_check_is_there_by_name(engine):
    found = facts_of(engine)
    assert {(t, name) for (t, what), checks in found.items() if what == "checks" for name in checks} == CHECKS


def test_the_conditions_of_partial_indexes_are_compared(engine):
    """The comparison above is worth something: these two decide races (R-037, D8)."""
    found = facts_of(engine)
    where = f"{engine.dialect.name}_where"
    live = found["sessions", "indexes"]["uq_sessions_live_account"]
    slot = found["users", "indexes"]["uq_users_operator_id_role_slot"]
    assert live[:2] == (["account_id"], True)
    assert squeezed(live[2][where]).strip("()") == "ended_atisnull"
    assert slot[:2] == (["operator_id", "role", "slot"], True)
    assert squeezed(slot[2][where]).strip("()") == "slotisnotnull"


OPTIONS = {
    "compare_type": True,
    "render_as_batch": True,
    "include_name": lambda name, kind, parents: name != TRIGRAMS,
}


def test_titles_have_a_trigram_index_on_postgresql(engine):
    found = {i["name"] for i in inspect(engine).get_indexes("posts")}
    assert (TRIGRAMS in found) == (engine.dialect.name == "postgresql")


def test_alembic_would_change_nothing(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=OPTIONS)
        assert compare_metadata(context, db.metadata) == []


def test_going_down_and_up_again(engine, session):
    """R-099: downgrade runs; what it drops is named in its docstring."""
    before = facts_of(engine)
    session.remove()
    downgrade(revision="base")
    left = set(inspect(db.engine).get_table_names())
    assert left == {"alembic_version"}
    session.remove()
    upgrade()
    session.remove()
    assert facts_of(db.engine) == before
    audit.record(session, None, "seed:load")
    session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE audit_entries SET event = ''"))
    session.rollback()


def test_every_downgrade_says_what_it_drops():
    import importlib.util
    from pathlib import Path

    for path in sorted((Path(__file__).parents[1] / "migrations" / "versions").glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert "rop" in (module.downgrade.__doc__ or ""), path.name


# ---- both databases are opened as promised ----------------
def test_sqlite_has_wal_foreign_keys_and_a_busy_timeout(engine):
    """R-092; on PostgreSQL there is nothing to switch on."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            assert int(connection.exec_driver_sql("SHOW server_version_num").scalar()) >= 150000
            return
        pragmas = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "foreign_keys")}
        assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 5000


# ---- constraints bite, whatever the code above them does ----------------
def bitten(session, row):
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        return True
    finally:
        session.rollback()
    return False


def user(operator, **values):
    facts = {
        "kind": AccountKind.USER, "login_id": "U000000001", "login_key": "U000000001", "name": "x", "email": "x",
        "password_hash": "!", "valid_from": date(2026, 1, 1), "department": "x", "operator_id": operator.id,
        "role": Role.OPERATOR_GENERAL, "slot": 1,
    }  # fmt: skip
    return User(**facts | values)


def staff(rights):
    return Staff(
        kind=AccountKind.STAFF, login_id="S000000001", login_key="S000000001", name="x", email="x",
        password_hash="!", valid_from=date(2026, 1, 1), rights=rights,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "slot", "fits"),
    [
        (Role.OPERATOR_ADMIN, 0, False), (Role.OPERATOR_ADMIN, 1, True), (Role.OPERATOR_ADMIN, 2, True),
        (Role.OPERATOR_ADMIN, 3, False), (Role.OPERATOR_GENERAL, 0, False), (Role.OPERATOR_GENERAL, 1, True),
        (Role.OPERATOR_GENERAL, 8, True), (Role.OPERATOR_GENERAL, 9, False), (Role.OPERATOR_GENERAL, None, True),
        (Role.MARKET_ADMIN, None, False), (Role.REVIEWER, 1, False),
    ],
)  # fmt: skip
def test_places_per_role(role, slot, fits, make, session):
    """D8, USR-003, USR-004: two 管理者, eight 一般."""
    assert bitten(session, user(make.operator(), role=role, slot=slot)) is not fits


def test_a_place_is_taken_once_and_given_back_by_deletion(make, session):
    first = make.user()
    owner = make.operator()
    assert bitten(session, user(owner, slot=first.slot))
    first.slot, first.deleted_at = None, clock.now()
    session.commit()
    assert not bitten(session, user(owner, slot=1))
    assert not bitten(session, user(owner, slot=None))
    make.user(login_id="U000000009")
    assert not bitten(session, user(make.operator("0002"), slot=1)), "another operator's place"


@pytest.mark.parametrize(
    ("rights", "fits"),
    [
        ({Role.MARKET_ADMIN}, True), ({Role.REVIEWER}, True), ({Role.REVIEWER, Role.MARKET_ADMIN}, True),
        ({Role.OPERATOR_ADMIN}, False), ({Role.MARKET_ADMIN, Role.OPERATOR_GENERAL}, False), (set(), False),
    ],
)  # fmt: skip
def test_rights_are_a_non_empty_set_of_the_two(rights, fits, session, app):
    assert bitten(session, staff(frozenset(rights))) is not fits


@pytest.mark.parametrize(
    ("failures", "locked", "fits"),
    [(0, False, True), (4, False, True), (5, True, True), (5, False, False), (4, True, False), (0, True, False),
     (6, True, False), (6, False, False), (-1, False, False)],
)  # fmt: skip
def test_a_counter_is_locked_at_five_and_only_then(failures, locked, fits, session, app):
    row = SignInCounter(login_key="x", entrance="market", failures=failures, locked_at=clock.now() if locked else None)
    assert bitten(session, row) is not fits


@pytest.mark.parametrize(
    ("ended", "ending", "fits"),
    [(False, None, True), (True, "logout", True), (True, None, False), (False, "logout", False)],
)
def test_a_session_has_ended_for_a_reason(ended, ending, fits, make, session):
    row = SignInSession(
        account_id=make.user().id,
        token_hash="x" * 64,
        ended_at=clock.now() if ended else None,
        ending=Ending(ending) if ending else None,
    )
    assert bitten(session, row) is not fits


def test_one_live_session_per_account(make, session):
    """R-037."""
    account = make.user()
    session.add(SignInSession(account_id=account.id, token_hash="a" * 64))
    session.commit()
    assert bitten(session, SignInSession(account_id=account.id, token_hash="b" * 64))
    assert not bitten(session, SignInSession(account_id=make.user().id, token_hash="b" * 64))
    assert bitten(session, SignInSession(account_id=make.user().id, token_hash="a" * 64)), "a token is nobody else's"


def test_ids_are_unique_for_ever_within_their_kind(make, session):
    """D7, contract: IDs are unique within their kind; deleted rows keep theirs."""
    make.user(login_id="U000000001", deleted_at=clock.now())
    assert bitten(session, user(make.operator(), slot=None))
    assert not bitten(session, user(make.operator(), slot=None, login_id="U000000002", login_key="U000000002"))


@pytest.mark.parametrize(("start", "end", "fits"), [(1, 1, True), (1, 2, True), (2, 1, False)])
def test_a_period_does_not_end_before_it_starts(start, end, fits, make, session):
    row = user(make.operator(), valid_from=date(2026, 1, start), valid_to=date(2026, 1, end))
    assert bitten(session, row) is not fits


@pytest.mark.parametrize(("code", "fits"), [("0001", True), ("001", False), ("", False)])
def test_an_operators_code_has_four_characters(code, fits, session, app):
    assert bitten(session, Operator(code=code, name="x")) is not fits


def test_references_are_enforced(make, session):
    """PRAGMA foreign_keys on SQLite."""
    assert bitten(session, SignInSession(account_id=999, token_hash="x" * 64))
    assert bitten(session, user(make.operator(), operator_id=999))


def test_the_kind_of_an_account_is_one_of_three(session, app):
    row = (
        "INSERT INTO accounts (kind, login_id, login_key, name, name_folded, email, password_hash, enabled, "
        "valid_from, valid_to, created_at, updated_at, version) "
        "VALUES (:kind, 'x', 'x', 'x', 'x', 'x', '!', :yes, '2026-01-01', '2026-01-01', "
        "'2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)"
    )
    for kind in ("user", "staff", "member"):
        session.execute(text(row), {"kind": kind, "yes": True})
        session.rollback()
    with pytest.raises(IntegrityError):
        session.execute(text(row), {"kind": "robot", "yes": True})
    session.rollback()


def test_throttle_minutes_are_one_row_each(session, app):
    now = clock.now()
    session.add(SignInThrottle(address="192.0.2.1", minute=now, failures=1))
    session.flush()
    session.expunge_all()
    assert bitten(session, SignInThrottle(address="192.0.2.1", minute=now, failures=1))


def test_accounts_of_all_kinds_share_one_table(make, session):
    """Issue item 3: one credential engine; members come later without new tables."""
    make.user()
    make.staff()
    assert {type(a) for a in session.query(Account)} == {User, Staff}
    assert [k.value for k in AccountKind] == ["user", "staff", "member"]
