"""What a list costs the database: the same few statements for 10 rows and for 10,000."""

from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import event, func, insert, select

from domain import clock
from domain.roles import AccountKind, Role
from domain.text import fold_search
from models import Account, AuditEntry, Operator, Staff, User, db

MOST_OF_ONE = 7  # of one detail: lock, session and 履歴 are asked for by themselves
MOST = 5  # SELECT, INSERT, UPDATE, DELETE of one list page; session and account included
FEW, MANY = 10, 10_000
OPERATORS = 20
NEVER = "!"  # no hash: nobody signs in with it


@contextmanager
def counted(engine):
    """The data statements sent inside the block."""
    sent = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if statement.lstrip().split(None, 1)[0].upper() in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Crowd:
    """Adds rows with Core, many at a time; `size` is how many of each there are."""

    def __init__(self, session):
        self.session, self.size = session, 0
        self.session.execute(
            insert(Operator),
            [
                {"code": f"C{n:03d}", "name": f"株式会社C{n:03d}", "name_folded": f"株式会社c{n:03d}", "version": 1}
                for n in range(OPERATORS)
            ],
        )
        self.session.commit()
        self.operator_ids = list(session.scalars(select(Operator.id).order_by(Operator.id)))

    def grow(self, size):
        self.session.rollback()  # nothing read earlier may be in the way of writing
        numbers = range(self.size, size)
        first = self.session.scalar(select(func.max(Account.id))) + 1
        users = [first + 2 * n for n, _ in enumerate(numbers)]
        staff = [number + 1 for number in users]
        t = Account.__table__
        self.session.execute(insert(t), [account(i, AccountKind.USER, "U") for i in users])
        self.session.execute(insert(t), [account(i, AccountKind.STAFF, "S") for i in staff])
        self.session.execute(insert(User.__table__), [self.user(i) for i in users])
        self.session.execute(insert(Staff.__table__), [{"id": i, "rights": frozenset({Role.REVIEWER})} for i in staff])
        self.session.execute(
            insert(Operator),
            [{"code": f"{0x4000 + n:04X}", "name": str(n), "name_folded": str(n), "version": 1}
             for n in numbers],
        )  # fmt: skip
        self.session.execute(
            insert(AuditEntry),
            [{"event": "sign_in:ok", "actor_name": str(n), "actor_id": users[0], "target": str(n)} for n in numbers],
        )
        self.session.commit()
        self.size = size

    def user(self, number):
        return {
            "id": number,
            "operator_id": self.operator_ids[number % len(self.operator_ids)],
            "role": Role.OPERATOR_GENERAL,
            "slot": None,
            "department": "総合エネルギー事業部",
            "phone": "03-1234-5678",
        }


def account(number, kind, letter):
    name, login_id = f"電力 {number}", f"{letter}{700000000 + number}"
    return {
        "id": number,
        "kind": kind,
        "login_id": login_id,
        "login_key": login_id,
        "name": name,
        "name_folded": fold_search(name),
        "email": f"{login_id.lower()}@example.test",
        "password_hash": NEVER,
        "valid_from": date(2019, 12, 23),
        "enabled": True,
        "created_at": clock.now(),
        "updated_at": clock.now(),
        "version": 1,
    }


LISTS = [
    ("portal", "/portal/users/?searched=1"),
    ("portal", "/portal/users/?searched=1&name=電力&enabled=1&with_deleted=1&sort=4"),
    ("admin", "/admin/users/?searched=1"),
    ("admin", "/admin/users/?searched=1&operator_code=C&name=電力&sort=4&page=1"),
    ("admin", "/admin/staff/?searched=1"),
    ("admin", "/admin/staff/?searched=1&name=電力&sort=1&sort_desc=1"),
    ("admin", "/admin/operators/?searched=1"),
    ("admin", "/admin/audit/?searched=1"),
    ("admin", "/admin/audit/?searched=1&event=sign_in:ok&day_from=2026/11/01&sort=1"),
]


@pytest.fixture
def people(make, signed_in, session):
    """A crowd, and one person of each site looking at it."""
    admin = make.admin("0001")
    market_admin = make.staff()
    crowd = Crowd(session)
    return crowd, {"portal": signed_in(admin), "admin": signed_in(market_admin)}


def cost(browser, address):
    """(statements, rows shown) of a list page."""
    db.session.remove()
    with counted(db.engine) as sent:
        page = browser.page(address)
    assert page.status == 200
    return sent, page.rows(), page


def test_a_list_costs_the_same_few_statements_for_ten_rows_and_ten_thousand(people):
    crowd, browsers = people
    crowd.grow(FEW)
    few = {address: cost(browsers[site], address) for site, address in LISTS}
    crowd.grow(MANY)
    for site, address in LISTS:
        sent, rows, _ = cost(browsers[site], address)
        assert len(rows) == 20, address  # a full page, or the count would prove nothing
        assert few[address][1], address
        assert any(statement.startswith("SELECT count") for statement in sent), sent  # the counting sees them
        assert len(sent) <= MOST, "\n".join([address, *sent])
        assert len(sent) == len(few[address][0]), "\n".join([address, *sent])


def test_the_count_is_of_everything_and_the_rows_are_of_one_page(people):
    crowd, browsers = people
    crowd.grow(FEW)
    _, rows, page = cost(browsers["admin"], "/admin/users/?searched=1")
    assert len(rows) == FEW + 1  # and 0001's 管理者
    assert "(全11件)" in page.text
    crowd.grow(MANY)
    _, rows, page = cost(browsers["admin"], "/admin/users/?searched=1")
    assert len(rows) == 20
    assert "1-20件(全10001件)" in page.text


@pytest.mark.parametrize(
    ("site", "address"),
    [("portal", "/portal/users/"), ("admin", "/admin/staff/"), ("admin", "/admin/audit/"), ("portal", "/portal/")],
)
def test_a_page_without_a_search_costs_no_more(people, site, address):
    _, browsers = people
    sent, _, _ = cost(browsers[site], address)
    # The home page of a 管理者 also counts and lists notices and looks for locks, 仮パスワード and certificates.
    assert len(sent) <= (MOST + 4 if address == "/portal/" else MOST), "\n".join(sent)


def test_a_detail_and_a_form_cost_as_little(people, session):
    crowd, browsers = people
    crowd.grow(FEW)
    user = session.scalar(select(func.max(User.id)))
    person = session.scalar(select(func.max(Staff.id)))
    for address in (
        f"/admin/users/details/?id={user}",
        f"/admin/staff/details/?id={person}",
        f"/admin/staff/edit/?id={person}",
        "/admin/operators/new/",
    ):
        sent, _, _ = cost(browsers["admin"], address)
        assert len(sent) <= MOST_OF_ONE, "\n".join([address, *sent])


def test_a_csv_of_many_users_does_not_ask_once_per_row(people):
    crowd, browsers = people
    browser = browsers["admin"]

    def sent_for():
        _, path, data = browser.page("/admin/users/?searched=1").data_of("CSV出力")
        db.session.remove()
        with counted(db.engine) as sent, browser.post(path, data=data) as response:
            return sent, len(response.data.splitlines())

    crowd.grow(FEW)
    few, lines = sent_for()
    assert lines == 1 + 1 + FEW
    crowd.grow(150)  # within one portion of what is fetched at once
    many, lines = sent_for()
    assert lines == 1 + 1 + 150
    assert len(many) == len(few), "\n".join(many)
