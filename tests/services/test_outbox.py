"""The outbox: order, back-off, lease, dead letters, and the day's due work (issue 3, item 3)."""

from datetime import date, timedelta

import pytest

from domain import clock
from domain.mails import wait_after
from models import OutgoingMail
from models.due_work import DueWork
from models.mail import MailState
from services import due_work, mail, outbox
from views.transaction import transaction

MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(session):
    """queue(n, …) saves a mail; n makes its Message-ID."""

    def save(n, **values):
        facts = {"event": "USR-CHG", "recipient": "x@example.jp", "subject": "x", "body": "x"}
        row = OutgoingMail(message_id=f"<{n}@x>", **facts | values)
        session.add(row)
        session.commit()
        return row

    return save


@pytest.fixture
def claim(do, session):
    """claim() -> the number of the mail a worker takes, or None."""

    def take():
        row = do(outbox.claim)
        return int(row.message_id.strip("<>").split("@")[0]) if row else None

    return take


def test_what_has_been_due_longest_is_sent_first(queue, claim, time):
    queue(1, due_at=time.now - 2 * MINUTE)
    queue(2, due_at=time.now - 3 * MINUTE)
    queue(3, due_at=time.now)
    queue(4, due_at=time.now + timedelta(seconds=1))
    queue(5, due_at=time.now - 9 * MINUTE, state=MailState.DEAD)
    queue(6, due_at=time.now - 9 * MINUTE, state=MailState.SENT, sent_at=time.now)
    assert [claim(), claim(), claim(), claim()] == [2, 1, 3, None]
    time.forward(seconds=1)
    assert claim() == 4


def test_a_claimed_mail_is_left_alone_until_its_lease_ends(queue, claim, time, session):
    """Killed between 250 and COMMIT: another worker tries again, with the same Message-ID."""
    row = queue(1)
    assert claim() == 1
    assert (row.attempts, row.claimed_until) == (1, time.now + outbox.LEASE)
    time.now += outbox.LEASE - timedelta(seconds=1)
    assert claim() is None
    time.forward(seconds=1)
    assert claim() == 1
    assert (row.attempts, row.message_id) == (2, "<1@x>")


def test_a_mail_in_back_off_delays_nobody(queue, claim, do, time):
    first = queue(1, due_at=time.now - MINUTE)
    queue(2)
    assert claim() == 1
    do(lambda s: outbox.failed(first, "450 later", MINUTE))
    assert claim() == 2
    assert claim() is None
    assert first.state is MailState.WAITING
    assert first.last_error == "450 later"


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (8, 3600), (500, 3600)],
)
def test_the_wait_doubles_up_to_an_hour_with_jitter(attempts, seconds):
    waits = {wait_after(attempts, MINUTE).total_seconds() for _ in range(200)}
    assert seconds * 0.8 <= min(waits) < seconds * 0.95
    assert seconds * 1.05 < max(waits) <= seconds * 1.2
    assert len(waits) > 100


def test_the_first_wait_is_the_setting(queue, claim, do, time):
    row = queue(1)
    claim()
    do(lambda s: outbox.failed(row, "x", timedelta(seconds=1)))
    assert timedelta(seconds=0.8) <= row.due_at - time.now <= timedelta(seconds=1.2)
    assert row.claimed_until is None


def test_refused_for_good_is_a_dead_letter_at_once(queue, claim, do):
    row = queue(1, has_secret=True, secret="x", secret_until=clock.now() + timedelta(days=2))
    claim()
    do(lambda s: outbox.failed(row, "550 no such user", MINUTE, for_good=True))
    assert (row.state, row.secret, row.last_error) == (MailState.DEAD, None, "550 no such user")
    assert claim() is None


def test_a_day_of_failures_makes_a_dead_letter(queue, claim, do, time):
    row, start = queue(1), time.now
    for moment, attempts, state in [
        (timedelta(hours=23, minutes=59, seconds=59), 30, MailState.WAITING),
        (timedelta(days=3), 4, MailState.WAITING),  # the worker was away: hardly anything was tried
        (timedelta(days=1), 5, MailState.DEAD),
    ]:
        time.now = start + moment

        def fail(s, attempts=attempts):
            row.attempts = attempts
            outbox.failed(row, "x" * 1000, timedelta(seconds=1))

        do(fail)
        assert row.state is state
    assert len(row.last_error) == 300


def test_a_failure_after_the_secret_expired_is_the_last(queue, do, time):
    row = queue(1, has_secret=True, secret="x", secret_until=time.now)
    do(lambda s: outbox.failed(row, "x", MINUTE))
    assert (row.state, row.secret) == (MailState.DEAD, None)


def test_a_sent_mail_is_done(queue, claim, do, time):
    row = queue(1, last_error="450 later")
    claim()
    do(lambda s: outbox.sent(row))
    assert (row.state, row.sent_at, row.last_error, row.claimed_until) == (MailState.SENT, time.now, "", None)
    assert not do(lambda s: outbox.is_waiting(s))


def test_a_resent_mail_is_a_new_one(queue, do, session):
    """再送 keeps the text, not the Message-ID."""
    row = queue(1, state=MailState.SENT, sent_at=clock.now(), attempts=3)
    do(mail.again, row)
    copy = session.query(OutgoingMail).filter(OutgoingMail.id != row.id).one()
    assert (copy.recipient, copy.subject, copy.body, copy.state) == ("x@example.jp", "x", "x", MailState.WAITING)
    assert copy.message_id != row.message_id
    assert copy.attempts == 0


def test_every_mail_has_a_message_id_of_its_own(make, do, session):
    admin = make.admin()
    for _ in range(20):
        do(mail.about_user, "USR-CHG", admin, admin)
    assert len({row.message_id for row in session.query(OutgoingMail)}) == 20


# ---- due work ----------------
def test_due_work_is_done_once_a_day_by_whoever_is_first(app, limits, session, time, monkeypatch):
    runs = []
    monkeypatch.setattr(due_work.sweep, "run", lambda s, limits: runs.append(clock.today()))
    for hours in (0, 0, 5, 0, 7):  # 12:00, 12:00, 17:00, 17:00, 00:00 in Tokyo
        time.forward(hours=hours)
        due_work.run(transaction, limits)
    assert runs == [date(2026, 11, 20), date(2026, 11, 21)]
    assert [(w.work, w.day) for w in session.query(DueWork).order_by("day")] == [
        ("sweep", date(2026, 11, 20)), ("sweep", date(2026, 11, 21)),
    ]  # fmt: skip


def test_due_work_that_fails_is_tried_again(app, limits, session, monkeypatch):
    """The key goes with the work's own transaction."""

    def fail(s, limits):
        raise RuntimeError("no")

    monkeypatch.setattr(due_work.sweep, "run", fail)
    with pytest.raises(RuntimeError):
        due_work.run(transaction, limits)
    session.rollback()
    assert session.query(DueWork).count() == 0


def test_due_work_wipes_expired_secrets_every_time(app, queue, limits, time, session):
    due_work.run(transaction, limits)
    row = queue(1, has_secret=True, secret="x", secret_until=time.now + MINUTE)
    due_work.run(transaction, limits)
    session.refresh(row)
    assert row.secret == "x"
    time.now += MINUTE
    due_work.run(transaction, limits)
    session.refresh(row)
    assert (row.secret, row.state) == (None, MailState.DEAD)
