"""ユーザ情報の登録 from many places at once (USR-004, USR-045; security.md R-050)."""

from itertools import count

import pytest
from sqlalchemy import func, select

from domain.roles import Role
from models import AuditEntry, OutgoingMail, Ticket, User
from tests.factories import PASSWORD
from tests.pages import Page, plain
from tests.processes.servers import at_once

pytestmark = pytest.mark.processes

FULL = plain("error.U02.00001 : 登録作業者（一般）は最大8ユーザまでです。")
_number = count(1)


@pytest.fixture
def two_admins(make, somebody):
    """The two 管理者 of an operator of their own, with `general` 一般 beside them."""

    def made(general):
        first = somebody(role=Role.OPERATOR_ADMIN)
        code = first.operator.code
        second = somebody(role=Role.OPERATOR_ADMIN, operator=code)
        for _ in range(general):
            make.user(operator=code)
        return first, second

    return made


def confirm(browser, address):
    """(address of the form, data) that 実行 would send."""
    page = browser.page("/portal/users/new/").press(
        "確認", 所属部署="総合エネルギー事業部", ユーザ名="事業者 三郎", メールアドレス=address
    )
    assert page.heading == plain("ユーザ情報登録確認画面"), page.text
    _, path, data = page.data_of("実行")
    return path, data


def mails_of(read, addresses):
    """{address: number of USR-REG mails}."""
    statement = select(OutgoingMail.recipient, func.count()).where(
        OutgoingMail.event == "USR-REG", OutgoingMail.recipient.in_(addresses)
    )
    return dict(tuple(row) for row in read(statement.group_by(OutgoingMail.recipient)))


def registered(read, ids):
    return read(select(AuditEntry.target_id).where(AuditEntry.event == "user:register", AuditEntry.target_id.in_(ids)))


def test_of_twenty_registrations_for_the_last_place_one_wins(panel, two_admins, read):
    """USR-004: at 7 一般, twenty different people at once; both 管理者, both servers; no 500."""
    first, second = two_admins(general=7)
    operator_id, admins = first.operator_id, [first.email, second.email]
    addresses = [f"race{next(_number)}@example.jp" for _ in range(20)]
    browsers = [panel.visitor(s).sign_in(a, PASSWORD) for s, a in zip(panel.servers, (first, second), strict=True)]
    windows = [window for browser in browsers for window in panel.twins(browser, 10)]
    ready = [confirm(window, address) for window, address in zip(windows, addresses, strict=True)]

    answers = at_once([lambda w=w, r=r: w.post(*r) for w, r in zip(windows, ready, strict=True)])

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [302]
    for answer in answers:
        if answer.status_code == 200:
            page = Page(None, answer)
            assert page.heading == plain("ユーザ情報登録画面")
            assert any(FULL in message for message in page.alerts)
            assert page.value("ユーザ名") == "事業者 三郎"  # what was typed stays
    general = select(User.slot, User.id, User.email).where(
        User.operator_id == operator_id, User.role == Role.OPERATOR_GENERAL
    )
    found = read(general.order_by(User.slot))
    assert [row.slot for row in found] == [1, 2, 3, 4, 5, 6, 7, 8]
    [winner] = [row for row in found if row.email in addresses]
    assert winner.email == addresses[[answer.status_code for answer in answers].index(302)]
    assert registered(read, [row.id for row in found]) == [(winner.id,)]
    assert mails_of(read, [*addresses, *admins]) == dict.fromkeys([winner.email, *admins], 1)


def test_the_same_registration_sent_twenty_times_registers_one_user(panel, two_admins, read):
    """USR-045, R-050: one user, one 操作履歴, one set of mails."""
    first, second = two_admins(general=0)
    address = f"race{next(_number)}@example.jp"
    browser = panel.visitor().sign_in(first, PASSWORD)
    expected = dict.fromkeys([address, first.email, second.email], 1)
    path, data = confirm(browser, address)
    tickets = len(read(select(Ticket.ticket)))

    answers = at_once([lambda v=v: v.post(path, data) for v in panel.twins(browser, 20)])

    assert {(a.status_code, a.headers["Location"]) for a in answers} == {(302, "/portal/users/complete/")}
    [(row_id,)] = read(select(User.id).where(User.email == address))
    assert registered(read, [row_id]) == [(row_id,)]
    assert mails_of(read, list(expected)) == expected
    assert len(read(select(Ticket.ticket))) == tickets + 1
