"""Who gets which mail, and what stands in it: requirements §7, PRM-18, R-026."""

from datetime import date, timedelta

import pytest
from flask import current_app

from domain import clock
from domain.mails import RULES
from domain.roles import Role
from models import OutgoingMail
from models.mail import MailState
from services import mail, outbox, staff, users

FACTS = {"department": "部", "name": "事業者 次郎", "phone": "", "email": "new@example.jp"}
GENERAL = FACTS | {"role": Role.OPERATOR_GENERAL, "operator_code": "0001"}


@pytest.fixture
def people(make):
    """Operator 0001 with its two 管理者 and a user, and somebody of another operator."""
    found = {
        "acting": make.admin(email="acting@example.jp"),
        "other": make.admin(email="other@example.jp"),
        "target": make.user(email="target@example.jp"),
        "staff": make.staff(email="staff@example.jp"),
    }
    make.admin("0002", email="foreign@example.jp")
    make.user(email="colleague@example.jp")
    make.user(email="gone@example.jp", deleted_at=clock.now())
    return found


def unchanged(user, **values):
    names = ("department", "name", "phone", "email", "enabled", "valid_from", "valid_to")
    return {name: getattr(user, name) for name in names} | values


OPERATIONS = {
    "USR-REG": lambda do, actor, target: do(users.register, actor, GENERAL),
    "USR-CHG": lambda do, actor, target: do(users.change, actor, target, unchanged(target, name="改")),
    "USR-DEL": lambda do, actor, target: do(users.delete, actor, [target]),
    "USR-UNL": lambda do, actor, target: do(users.unlock, actor, target),
    "USR-RPW": lambda do, actor, target: do(users.reissue, actor, target),
}
# event, who acts -> {address: with the 仮パスワード?}; typed from the table of requirements §7.
RECIPIENTS = [
    ("USR-REG", "acting", {"new": True, "acting": True, "other": False}),
    ("USR-REG", "staff", {"new": True, "acting": False, "other": False}),
    ("USR-CHG", "acting", {"target": False, "acting": False, "other": False}),
    ("USR-CHG", "staff", {"target": False, "acting": False, "other": False}),
    ("USR-DEL", "acting", {"acting": False, "other": False}),
    ("USR-DEL", "staff", {"acting": False, "other": False}),
    ("USR-UNL", "acting", {"target": False, "acting": False, "other": False}),
    ("USR-UNL", "staff", {"target": False, "acting": False, "other": False}),
    ("USR-RPW", "acting", {"target": True, "acting": True, "other": False}),
    ("USR-RPW", "staff", {"target": True, "acting": False, "other": False}),
]


def sent_to(found):
    """{first part of the address: with a 仮パスワード?}; an address twice is an error."""
    addresses = [m.recipient.split("@")[0] for m in found]
    assert len(addresses) == len(set(addresses)), addresses
    return {m.recipient.split("@")[0]: "仮パスワード" in m.facts for m in found}


@pytest.mark.parametrize(("event", "actor", "expected"), RECIPIENTS)
def test_the_recipients_are_those_of_the_table(event, actor, expected, people, do, make, mails):
    """§7: the target and both 管理者 (A14); acting staff get none."""
    if event == "USR-UNL":
        make.locked(people["target"])
    OPERATIONS[event](do, people[actor], people["target"])
    assert {m.event for m in mails()} == {event}
    assert sent_to(mails()) == expected


@pytest.mark.parametrize("event", ["USR-REG", "USR-RPW"])
def test_the_actor_gets_no_secret_if_the_setting_is_off(event, people, do, mails, app):
    """TEMP_PASSWORD_TO_ACTOR=off (D3): a notice only; the target still gets it."""
    settings = app.config["MAIL_SETTINGS"]
    app.config["MAIL_SETTINGS"] = mail.Settings(settings.outbox_key, settings.base_url, to_actor=False)
    OPERATIONS[event](do, people["acting"], people["target"])
    target = "new" if event == "USR-REG" else "target"
    assert sent_to(mails()) == {target: True, "acting": False, "other": False}


def test_an_own_reissue_is_one_mail_with_the_secret(people, do, mails):
    """USR-098: the target is the actor; each account gets a mail once."""
    do(users.reissue, people["acting"], people["acting"])
    assert sent_to(mails()) == {"acting": True, "other": False}


def test_a_changed_admin_gets_one_mail(people, do, mails):
    do(users.change, people["acting"], people["other"], unchanged(people["other"], name="改"))
    assert sent_to(mails()) == {"acting": False, "other": False}


def test_a_new_address_is_told_at_both(people, do, mails):
    """USR-060."""
    do(users.change, people["acting"], people["target"], unchanged(people["target"], email="moved@example.jp"))
    assert sent_to(mails()) == {"moved": False, "target": False, "acting": False, "other": False}


def test_staff_mails_go_to_the_staff_member_alone(people, do, mails):
    """STF-REG, STF-RPW."""
    data = {"name": "広域 次郎", "email": "new@example.jp", "rights": frozenset({Role.REVIEWER})}
    issued = do(staff.register, people["staff"], data)
    do(staff.reissue, people["staff"], issued.account)
    assert [(m.event, m.recipient) for m in mails()] == [("STF-REG", "new@example.jp"), ("STF-RPW", "new@example.jp")]
    assert all("仮パスワード" in m.facts for m in mails())


def test_a_refused_operation_queues_nothing(people, do, mails):
    """Rows in the same transaction as the change."""
    with pytest.raises(Exception, match=r"error\.U04"):
        do(users.delete, people["acting"], [people["target"], people["other"]])
    assert mails() == []


# ---- what stands in it ----------------
def test_facts_stand_one_per_line(people, do, mails):
    """項目名: 値; USR-042."""
    issued = do(users.register, people["acting"], GENERAL)
    found = {m.recipient: m for m in mails()}
    lines = [
        f"ユーザID: {issued.account.login_id}", "ユーザ名: 事業者 次郎",
        f"仮パスワード: {issued.password}", "有効期限: 2026/11/22",
    ]  # fmt: skip
    for recipient, expected in [
        ("new@example.jp", lines),
        ("acting@example.jp", lines),
        ("other@example.jp", lines[:2]),
    ]:
        body = found[recipient].body.splitlines()
        start = body.index(expected[0])
        assert body[start : start + len(expected)] == expected
        assert body[start + len(expected)] == ""
    assert issued.password not in found["other@example.jp"].body


@pytest.mark.parametrize("event", list(RULES))
def test_every_event_has_a_japanese_subject_of_one_line(event, people, do, session):
    for rule_has_secret in (False, True):
        secret = mail.Secret("x", clock.now()) if rule_has_secret else None
        do(mail.about_user, event, people["target"], people["staff"], secret=secret)
    for row in session.query(OutgoingMail):
        board = event.startswith("BBS-")
        assert row.subject.startswith("【発電設備等の情報掲示板】" if board else "【容量市場システム】")
        assert "\n" not in row.subject
        assert row.subject.endswith("しました")
        assert f"{'ID' if board else 'ユーザID'}: {people['target'].login_id}\n" in row.body
        assert "{" not in row.body


def test_a_name_with_line_breaks_of_its_own_adds_no_fact(people, do, make, mails):
    """R-060…: whatever a name holds stays on its line; forms refuse line breaks already."""
    user = make.user(name="x 仮パスワード: {{7*7}} %s")
    do(users.change, people["staff"], user, unchanged(user))
    [found] = [m for m in mails() if m.recipient == user.email]
    assert found.facts["ユーザ名"] == "x 仮パスワード: {{7*7}} %s"


# ---- the secret ----------------
def test_the_secret_is_encrypted_and_wiped_after_sending(people, do, session):
    issued = do(users.register, people["acting"], GENERAL)
    rows = session.query(OutgoingMail).order_by("id").all()
    for row in rows:
        assert issued.password not in f"{row.body}{row.subject}{row.secret}{row.last_error}"
    key = current_app.config["MAIL_SETTINGS"].outbox_key
    assert issued.password in mail.text_of(rows[0], key)
    with pytest.raises(mail.SecretUnreadable, match="OUTBOX_KEY"):
        mail.text_of(rows[0], "A" * 43 + "=")
    do(lambda s: outbox.sent(rows[0]))
    assert (rows[0].state, rows[0].secret, rows[0].has_secret) == (MailState.SENT, None, True)
    with pytest.raises(mail.SecretGone, match="有効期限"):
        mail.text_of(rows[0], key)


def test_the_secret_is_wiped_when_it_expires(people, do, session, time):
    """The start of the third day after, in Asia/Tokyo; to the second."""
    issued = do(users.register, people["acting"], GENERAL)
    for moment, left in [(issued.until - timedelta(seconds=1), 2), (issued.until, 0)]:
        time.now = moment
        do(outbox.wipe_expired)
        session.expire_all()
        assert session.query(OutgoingMail).filter(OutgoingMail.secret.is_not(None)).count() == left
    dead = session.query(OutgoingMail).filter_by(state=MailState.DEAD).all()
    assert sorted(row.recipient for row in dead) == ["acting@example.jp", "new@example.jp"]
    assert clock.day_of(issued.until) == date(2026, 11, 23)
