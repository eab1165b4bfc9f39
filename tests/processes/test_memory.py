"""CSV出力 of 12,000 records costs the web process no memory to speak of (R-062: streaming)."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert

from domain import clock
from domain.roles import AccountKind, Role
from models import Account, Operator, SignInCounter, User, db
from tests.factories import PASSWORD
from tests.processes.conftest import Panel
from tests.processes.servers import Server, environment, flask

pytestmark = pytest.mark.processes

OPERATORS, EACH = 1500, 8  # 8 一般 are the most of one operator: 12,000 users
FEW = 10  # of them are called 検針
ALLOWED = 30 * 1024  # KiB


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request, servers, tmp_path_factory):
    """The panel as `make run` starts it."""
    database = servers(request.param)
    folder = tmp_path_factory.mktemp(f"memory-{request.param}")
    url = database.fresh(folder)
    panel = Panel(folder, url, number=1)
    panel.servers = [Server(environment(**panel.settings), flask("serve", "--with-worker"))]
    try:
        panel.servers[0].start()
        yield panel
    finally:
        panel.servers[0].end()
        with panel.app.app_context():
            db.engine.dispose()
        database.drop(url)


@pytest.fixture
def twelve_thousand(session):
    """12,000 users with texts as long as the screens take them, each with a row of failed sign-ins."""
    now = clock.now()
    operators = [
        {"id": 10_000 + n, "code": f"{n:04d}", "name": f"第{n}エネルギー株式会社".ljust(100, "社"),
         "name_folded": f"第{n}エネルギー株式会社", "created_at": now, "updated_at": now, "version": 1}
        for n in range(OPERATORS)
    ]  # fmt: skip
    numbers = range(OPERATORS * EACH)
    accounts = [
        {"id": 100_000 + n, "kind": AccountKind.USER, "login_id": f"U{n:09d}", "login_key": f"U{n:09d}",
         "name": ("検針" if n < FEW else "事業者").ljust(50, "郎"), "name_folded": "検針" if n < FEW else "事業者",
         "email": f"user{n}@example.jp".rjust(100, "x"), "password_hash": "!", "enabled": True,
         "valid_from": date(2020, 1, 1), "valid_to": date(9999, 12, 31), "created_at": now, "updated_at": now,
         "version": 1}
        for n in numbers
    ]  # fmt: skip
    users = [
        {"id": 100_000 + n, "operator_id": 10_000 + n // EACH, "role": Role.OPERATOR_GENERAL, "slot": n % EACH + 1,
         "department": "総合エネルギー事業部".ljust(100, "部"), "phone": "03-1234-5678"}
        for n in numbers
    ]  # fmt: skip
    counters = [
        {"login_key": f"U{n:09d}", "entrance": "market", "failures": 1, "last_failed_at": now, "locked_at": None}
        for n in numbers
    ]
    for model, rows in ((Operator, operators), (Account, accounts), (User, users), (SignInCounter, counters)):
        session.execute(insert(model.__table__), rows)
    session.commit()


def exported(browser, **criteria):
    """The file of CSV出力, as records."""
    page = browser.page("/admin/users/").press("検索", **criteria)
    _, path, data = page.data_of("CSV出力")
    answer = browser.post(path, data | {"encoding": ["utf-8"]})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def peak(process):
    """The most memory the process ever had resident, in KiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM:")]
    _, number, unit = line.split()
    assert unit == "kB"
    return int(number)


def test_an_export_of_12000_rows_needs_at_most_30_mib_more_than_one_of_10(panel, market_admin, twelve_thousand):
    browser = panel.visitor().sign_in(market_admin(), PASSWORD)
    web = panel.servers[0].process
    few = exported(browser, ユーザ名="検針")
    assert len(few) == 1 + 10
    before = peak(web)

    all_of_them = exported(browser)

    after = peak(web)
    assert len(all_of_them) == 1 + 12_000
    assert {len(record) for record in all_of_them} == {13}
    assert [record[0] for record in all_of_them[1:]] == [f"U{n:09d}" for n in range(12_000)]
    assert web.poll() is None
    print(f"{before} KiB after 10 rows, {after} KiB after 12,000")
    assert after - before <= ALLOWED
