"""お知らせ: who may read which, when, and what happens to it (#010 5章(1); COM-053…058)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain.errors import DomainError, Forbidden
from domain.notices import NoticeState
from domain.roles import Role
from models import AuditEntry, Notice, OperatorRecipient, OutgoingMail
from models.mail import MailState
from services import notices, operators
from tests.conftest import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def facts(**more):
    return {
        "title": "お知らせ", "body": "本文", "shown_from": NOON, "shown_to": NOON + DAY, "audience": "everyone",
        "role": None, "pinned": False, "by_mail": False, "operator_codes": [], "files": [],
    } | more  # fmt: skip


@pytest.fixture
def boss(make):
    return make.staff()


@pytest.fixture
def publish(boss, do):
    """publish(title=…): a published notice."""

    def run(**more):
        row = do(notices.register, boss, facts(**more))
        do(notices.publish, boss, row)
        return row

    return run


@pytest.fixture
def titles(session):
    """titles(account): what stands in the account's お知らせ一覧, in order."""

    def read(account):
        session.rollback()
        return [line.notice.title for line in notices.lines(session, account, limit=100)[1]]

    return read


def refused(do, run, *args):
    with pytest.raises(DomainError) as caught:
        do(run, *args)
    return caught.value.message_id


# ---- who reads what ----------------------------------------------------------------------------------------
def test_the_audience_decides_who_reads(make, publish, titles):  # COM-057
    people = {
        "管理者 of 0001": make.admin("0001"), "一般 of 0001": make.user(operator="0001"),
        "管理者 of 0002": make.admin("0002"), "一般 of 0002": make.user(operator="0002"),
        "審査担当": make.reviewer(), "市場管理者": make.staff(),
    }  # fmt: skip
    publish(title="all")
    publish(title="one", audience="operators", operator_codes=["0001"])
    publish(title="admins", audience="role", role=Role.OPERATOR_ADMIN)
    publish(title="general", audience="role", role=Role.OPERATOR_GENERAL)
    assert {who: set(titles(account)) for who, account in people.items()} == {
        "管理者 of 0001": {"all", "one", "admins"},
        "一般 of 0001": {"all", "one", "general"},
        "管理者 of 0002": {"all", "admins"},
        "一般 of 0002": {"all", "general"},
        "審査担当": {"all", "one", "admins", "general"},
        "市場管理者": {"all", "one", "admins", "general"},
    }


@pytest.mark.parametrize(
    ("moment", "shown"),
    [(-1, False), (0, True), (86_399, True), (86_400, False)],
)
def test_it_is_shown_from_the_first_second_to_the_last(make, publish, titles, time, moment, shown):  # A42
    publish()
    time.now = NOON + timedelta(seconds=moment)
    assert (titles(make.user()) == ["お知らせ"]) is shown


def test_a_draft_and_a_withdrawn_one_are_shown_to_nobody(make, boss, do, publish, titles):
    do(notices.register, boss, facts(title="draft"))
    gone = publish(title="gone")
    do(notices.withdraw, boss, gone)
    assert titles(make.user()) == titles(boss) == []


def test_pinned_ones_come_first_then_the_newest(make, publish, titles):  # COM-053
    publish(title="old", shown_from=NOON - 3 * DAY)
    publish(title="pinned", shown_from=NOON - 9 * DAY, pinned=True)
    publish(title="new", shown_from=NOON - DAY)
    publish(title="same day, later number", shown_from=NOON - DAY)
    assert titles(make.user()) == ["pinned", "same day, later number", "new", "old"]


def test_unread_is_per_account_and_new_lasts_a_week(make, publish, session, do, time):
    one, other = make.user(), make.user()
    row = publish(shown_to=NOON + 30 * DAY)

    def marks(account):
        session.rollback()
        [line] = notices.lines(session, account, limit=10)[1]
        return line.is_new, line.is_unread

    assert marks(one) == marks(other) == (True, True)
    do(notices.mark_read, one, row)
    do(notices.mark_read, one, row)
    assert (marks(one), marks(other)) == ((True, False), (True, True))
    time.now = NOON + timedelta(days=7)
    assert marks(other) == (False, True)


# ---- transitions -------------------------------------------------------------------------------------------
def test_the_states_follow_the_table(make, boss, do, session):
    row = do(notices.register, boss, facts())
    assert row.state is NoticeState.DRAFT
    assert refused(do, notices.withdraw, boss, row) == "error.N01.00001"
    do(notices.publish, boss, row)
    assert refused(do, notices.publish, boss, row) == "error.N01.00001"
    do(notices.withdraw, boss, row)
    do(notices.publish, boss, row)  # 取下げ can be taken back
    assert row.state is NoticeState.PUBLISHED
    events = list(session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))
    assert events == ["notice:register", "notice:publish", "notice:withdraw", "notice:publish"]


def test_what_is_over_is_not_published(boss, do):
    row = do(notices.register, boss, facts(shown_from=NOON - DAY, shown_to=NOON))
    assert refused(do, notices.publish, boss, row) == "error.N01.00002"


def test_unknown_operators_are_named(boss, do, make, session):
    make.operator("0001")
    with pytest.raises(DomainError) as caught:
        do(notices.register, boss, facts(audience="operators", operator_codes=["0001", "9998", "9999"]))
    error = caught.value
    assert (error.message_id, error.field, error.params) == (
        "error.N01.00003", "operator_codes", {"codes": "9998、9999"},
    )  # fmt: skip
    assert session.scalars(select(Notice)).all() == []


def test_a_change_of_the_operators_alone_is_a_change(boss, do, make, session):
    for code in ("0001", "0002"):
        make.operator(code)
    row = do(notices.register, boss, facts(audience="operators", operator_codes=["0001"]))
    version = row.version
    do(notices.change, boss, row, facts(audience="operators", operator_codes=["0002"]))
    session.refresh(row)
    assert row.version > version
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.event == "notice:change"))
    assert entry.changes["operator_codes"] == [["0001"], ["0002"]]


@pytest.mark.parametrize("kind", ["reviewer", "admin", "user"])
def test_only_市場管理者_write(kind, make, boss, do):
    other, row = getattr(make, kind)(), do(notices.register, boss, facts())
    for run, args in [
        (notices.register, (facts(),)), (notices.change, (row, facts())), (notices.publish, (row,)),
        (notices.withdraw, (row,)),
    ]:  # fmt: skip
        with pytest.raises(Forbidden):
            do(run, other, *args)


# ---- mails -------------------------------------------------------------------------------------------------
def test_mails_go_to_担当者情報_and_管理者_of_the_audience_once(make, boss, publish, mails, session, time):  # 001 2章※2
    one = make.admin("0001", email="admin1@example.jp")
    make.user(operator="0001", email="general1@example.jp")
    make.admin("0002", email="admin2@example.jp")
    make.admin("0001", email="gone@example.jp", deleted_at=time.now)
    make.admin("0003", email="left@example.jp").operator.withdrawn_at = time.now
    session.add(OperatorRecipient(operator_id=one.operator_id, place=1, name="担当", email="tantou@example.jp"))
    session.add(OperatorRecipient(operator_id=one.operator_id, place=2, name="同じ", email="admin1@example.jp"))
    session.commit()
    publish(title="no mail")
    assert mails() == []
    publish(title="all", by_mail=True)
    assert sorted(m.recipient for m in mails()) == ["admin1@example.jp", "admin2@example.jp", "tantou@example.jp"]
    publish(title="one", by_mail=True, audience="operators", operator_codes=["0001"])
    assert sorted(m.recipient for m in mails()[3:]) == ["admin1@example.jp", "tantou@example.jp"]
    publish(title="role", by_mail=True, audience="role", role=Role.OPERATOR_GENERAL)
    assert [m.recipient for m in mails()[5:]] == ["general1@example.jp"]
    assert mails()[-1].facts == {
        "お知らせID": "0000000004", "タイトル": "role", "表示期間": "2026年11月20日 12時 ~ 2026年11月21日 12時",
    }  # fmt: skip


def test_a_mail_is_not_sent_before_the_notice_is_shown_nor_after_it_is_withdrawn(make, boss, do, publish, session):
    make.admin("0001")
    row = publish(by_mail=True, shown_from=NOON + HOUR)
    [mail] = session.scalars(select(OutgoingMail))
    assert mail.due_at == NOON + HOUR
    do(notices.withdraw, boss, row)
    session.expire_all()
    [mail] = session.scalars(select(OutgoingMail))
    assert (mail.state, mail.last_error) == ("dead", "お知らせの取下げ")


def waiting(session):
    session.expire_all()
    rows = session.scalars(select(OutgoingMail).where(OutgoingMail.state == "waiting").order_by(OutgoingMail.id))
    return [(row.recipient, row.due_at, "新しい題名" in row.body) for row in rows]


def test_waiting_mails_are_not_sent_to_an_operator_that_has_left(make, boss, do, publish, session):
    one = make.admin("0001", email="one@example.jp")
    make.admin("0002", email="both@example.jp")
    for operator, address in [(one.operator, "tantou1@example.jp"), (one.operator, "both@example.jp")]:
        place = len(operator.recipients) + 1
        operator.recipients.append(OperatorRecipient(place=place, name="担当", email=address))
    session.commit()
    publish(by_mail=True, title="now")
    publish(by_mail=True, title="soon", shown_from=NOON + HOUR)
    now = select(OutgoingMail).where(OutgoingMail.due_at == NOON)
    for mail in session.scalars(now):
        mail.state, mail.sent_at = MailState.SENT, NOON
    session.commit()
    do(operators.withdraw, boss, one.operator)
    session.rollback()
    later = select(OutgoingMail).where(OutgoingMail.due_at > NOON).order_by(OutgoingMail.recipient)
    assert [(m.recipient, m.state, m.last_error) for m in session.scalars(later)] == [
        ("both@example.jp", "waiting", ""),  # of 0002 as well
        ("one@example.jp", "dead", "事業者の退出"),
        ("tantou1@example.jp", "dead", "事業者の退出"),
    ]
    assert {m.state for m in session.scalars(now)} == {"sent"}


def test_waiting_mails_follow_a_change_of_audience_period_and_title(make, boss, do, publish, session):
    make.admin("0001", email="one@example.jp")
    make.admin("0002", email="two@example.jp")
    chosen = {"by_mail": True, "audience": "operators", "shown_to": NOON + 9 * DAY}
    row = publish(**chosen, operator_codes=["0001"], shown_from=NOON + DAY)
    assert waiting(session) == [("one@example.jp", NOON + DAY, False)]
    later = facts(**chosen, operator_codes=["0002"], shown_from=NOON + 3 * DAY, title="新しい題名")
    do(notices.change, boss, row, later)
    assert waiting(session) == [("two@example.jp", NOON + 3 * DAY, True)]


def test_nobody_gets_a_second_mail_of_one_notice(make, boss, do, publish, session, mails):
    make.admin("0001", email="one@example.jp")
    row = publish(by_mail=True)
    for mail in session.scalars(select(OutgoingMail)):
        mail.state, mail.sent_at = "sent", NOON
    session.commit()
    do(notices.withdraw, boss, row)
    do(notices.publish, boss, row)
    do(notices.change, boss, row, facts(by_mail=True, title="新しい題名"))
    assert len(mails()) == 1
    make.admin("0002", email="two@example.jp")
    do(notices.change, boss, row, facts(by_mail=True, title="また新しい題名"))
    assert [m.recipient for m in mails()] == ["one@example.jp", "two@example.jp"]


def test_withdrawing_one_notice_leaves_the_mails_of_others_alone(make, boss, do, publish, session):
    make.admin("0001", email="one@example.jp")
    first = publish(title="一番")
    publish(title=f"訂正 お知らせID: {first.number}", by_mail=True)
    do(notices.withdraw, boss, first)
    assert [recipient for recipient, *_ in waiting(session)] == ["one@example.jp"]


def test_who_cannot_sign_in_gets_no_mail(make, publish, mails, time):
    make.admin("0001", email="off@example.jp", enabled=False)
    make.admin("0001", email="later@example.jp", valid_from=date(2026, 11, 21))
    publish(by_mail=True)
    assert mails() == []
