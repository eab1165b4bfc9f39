"""実行 from many places at once (security.md R-050, R-020; 職員情報管理)."""

import os
from itertools import count

import pytest
from sqlalchemy import select, update

from domain.roles import AccountKind, Role
from models import Account, AuditEntry, OutgoingMail, PasswordGeneration, Staff, Ticket
from services import hashing
from tests.factories import PASSWORD
from tests.pages import plain
from tests.processes.servers import at_once

pytestmark = pytest.mark.processes

TIMES = int(os.environ.get("RACES", "1"))  # make audit: 20
_number = count(1)


def events_of(read, target_id, event):
    return read(select(AuditEntry.id).where(AuditEntry.target_id == target_id, AuditEntry.event == event))


def test_the_same_registration_sent_twenty_times_registers_once(panel, market_admin, read):
    """R-050: one row, one 操作履歴, one mail with a 仮パスワード, over both servers."""
    browser = panel.visitor().sign_in(market_admin(), PASSWORD)
    mail = f"race{next(_number)}@example.jp"
    confirm = browser.page("/admin/staff/new/").press(
        "確認", ユーザ名="広域 次郎", メールアドレス=mail, 権限区分=["2:市場管理者"]
    )
    assert confirm.heading == plain("職員情報登録確認画面")
    _, path, data = confirm.data_of("実行")
    tickets = len(read(select(Ticket.ticket)))

    answers = at_once([lambda v=v: v.post(path, data) for v in panel.twins(browser, 20)])

    assert {(a.status_code, a.headers["Location"]) for a in answers} == {(302, "/admin/staff/complete/")}
    [(row_id, login_id)] = read(select(Staff.id, Staff.login_id).where(Staff.email == mail))
    assert len(events_of(read, row_id, "staff:register")) == 1
    assert len(read(select(Ticket.ticket))) == tickets + 1
    mails = select(OutgoingMail.event, OutgoingMail.body).where(OutgoingMail.recipient == mail)
    [(event, body)] = read(mails)
    assert event == "STF-REG"
    assert f"ユーザID: {login_id}" in body


def test_the_same_reissue_sent_twenty_times_reissues_once(panel, market_admin, read):
    """R-050 for a command: one new password, one mail about it."""
    browser, person = panel.visitor().sign_in(market_admin(), PASSWORD), market_admin()
    _, path, data = browser.page(f"/admin/staff/details/?id={person.id}").data_of("パスワード再発行")

    answers = at_once([lambda v=v: v.post(path, data) for v in panel.twins(browser, 20)])

    assert [answer.status_code for answer in answers] == [302] * 20
    assert len(events_of(read, person.id, "account:reissue")) == 1
    [(stored,)] = read(select(Account.password_hash).where(Account.id == person.id))
    assert not hashing.matches(stored, PASSWORD)
    assert len(read(select(OutgoingMail.id).where(OutgoingMail.recipient == person.email))) == 1


def test_two_market_admins_who_disable_each_other_leave_one(panel, market_admin, session, read):
    """The last active 市場管理者 cannot be disabled, however close the two are."""
    pair = [market_admin(), market_admin()]
    others = update(Account).where(Account.kind == AccountKind.STAFF, Account.id.not_in([p.id for p in pair]))
    session.execute(others.values(enabled=False))
    session.commit()
    active = select(Staff.id, Staff.rights).where(Staff.enabled, Staff.deleted_at.is_(None))
    for _ in range(10 * TIMES):
        session.execute(update(Account).where(Account.id.in_([p.id for p in pair])).values(enabled=True))
        session.commit()
        sent = []
        for own, other, server in zip(pair, reversed(pair), panel.servers, strict=True):
            browser = panel.visitor(server).sign_in(own, PASSWORD)
            page = browser.page(f"/admin/staff/edit/?id={other.id}")
            confirm = page.press("確認", **{"有効/無効": "無効"})
            assert confirm.heading == plain("職員情報変更確認画面")
            _, path, data = confirm.data_of("実行")
            sent.append(lambda b=browser, p=path, d=data: b.post(p, d))

        answers = at_once(sent)

        # The slower one is told so, or finds the own session ended.
        assert sorted(answer.status_code for answer in answers) in ([200, 302], [302, 401])
        for answer in answers:
            if answer.status_code == 200:
                assert "error.S01.00003" in answer.text
        left = read(active)
        assert len(left) == 1
        assert Role.MARKET_ADMIN in left[0].rights


def test_of_two_new_passwords_at_once_the_one_that_was_told_is_set(panel, somebody, read):
    """R-020: history and current password stay consistent; the other one never becomes valid."""
    account, current = somebody(), PASSWORD
    for number in range(4 * TIMES):  # four generations, then the first one leaves
        browser = panel.visitor().sign_in(account, current)
        wanted = [f"Neu#{number:04d}abc", f"Alt#{number:04d}xyz"]
        pages = [window.page("/portal/users/password/") for window in panel.twins(browser, 2)]
        sent = []
        for page, new in zip(pages, wanted, strict=True):
            typed = {"現在のパスワード": current, "新しいパスワード": new, "新しいパスワード (確認)": new}
            _, path, data = page.data_of("変更", **typed)
            sent.append(lambda b=page.browser, p=path, d=data: b.post(p, d))

        answers = at_once(sent)

        # The slower one had the wrong 現在のパスワード, or a session whose ID has changed.
        assert sorted(answer.status_code for answer in answers) in ([200, 302], [302, 401])
        assert all("error.Y06.00001" in answer.text for answer in answers if answer.status_code == 200)
        told = wanted[[answer.status_code for answer in answers].index(302)]
        [(stored,)] = read(select(Account.password_hash).where(Account.id == account.id))
        assert hashing.matches(stored, told)
        kept = read(
            select(PasswordGeneration.password_hash)
            .where(PasswordGeneration.account_id == account.id)
            .order_by(PasswordGeneration.id)
        )
        assert len(kept) == min(number + 2, 4)
        assert kept[-1].password_hash == stored
        current = told
    panel.visitor().sign_in(account, current)


@pytest.mark.parametrize(("command", "event", "sent"), [("unlock", "account:unlock", 3), ("delete", "user:delete", 2)])
def test_of_many_who_do_the_same_to_one_user_one_does_it(panel, somebody, make, lock, read, command, event, sent):
    """R-012, R-088: every one with a ticket of his own; the others are told, nobody gets a 500."""
    boss = somebody(role=Role.OPERATOR_ADMIN)
    user = make.user(operator=boss.operator.code)
    somebody(role=Role.OPERATOR_ADMIN, operator=boss.operator.code)
    lock(user)
    browser = panel.visitor().sign_in(boss, PASSWORD)
    _, _, data = browser.page(f"/portal/users/details/?id={user.id}").data_of("パスワード再発行")
    tickets = [{"ticket": [f"{n:022d}"]} for n in range(12)]

    answers = at_once(
        [
            lambda v=v, t=t: v.post(f"/portal/users/command/{command}/", data | t)
            for v, t in zip(panel.twins(browser, 12), tickets, strict=True)
        ]
    )

    assert [answer.status_code for answer in answers] == [302] * 12
    assert sorted("/complete/" in answer.headers["Location"] for answer in answers) == [False] * 11 + [True]
    assert len(events_of(read, user.id, event)) == 1
    about = f"%ユーザID: {user.login_id}%"
    assert len(read(select(OutgoingMail.id).where(OutgoingMail.body.like(about)))) == sent
