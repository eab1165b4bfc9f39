"""Mails on their way through real workers (issue: Outbox; XC-010): none lost, none twice without need."""

import os
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain import clock
from domain.roles import Role
from models import OutgoingMail, db
from models.mail import MailState
from tests.factories import PASSWORD
from tests.processes.conftest import Panel
from tests.processes.post_office import PATIENCE, PostOffice
from tests.processes.servers import Server, Worker, environment, flask

pytestmark = pytest.mark.processes

_number = count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request, servers, tmp_path_factory):
    """One server without a worker; its mails go to `running.post_office`."""
    database = servers(request.param)
    folder = tmp_path_factory.mktemp(f"outbox-{request.param}")
    url = database.fresh(folder)
    post_office = PostOffice()
    panel = Panel(folder, url, number=1, MAIL_URL=f"smtp://127.0.0.1:{post_office.port}", MAIL_RETRY_SECONDS="1")
    panel.post_office = post_office
    try:
        panel.servers[0].start()
        yield panel
    finally:
        panel.servers[0].kill()
        with panel.app.app_context():
            db.engine.dispose()
        database.drop(url)


@pytest.fixture
def post_office(panel):
    office = panel.post_office
    office.__init__(office.port)
    yield office.open()
    office.close()


@pytest.fixture
def workers(panel):
    """workers(2): so many `flask worker` processes."""
    started = []

    def start(number=1):
        started.extend(Worker(environment(**panel.settings)).start() for _ in range(number))
        return started

    yield start
    for worker in started:
        assert worker.end() == 0, worker.output
        assert "Traceback" not in worker.output


@pytest.fixture
def queue(session):
    """queue(address, …): a mail to each, in the outbox; their Message-IDs."""

    def queued(*addresses):
        rows = [
            OutgoingMail(
                message_id=f"<test-{next(_number)}@panel.invalid>", event="USR-CHG", recipient=address,
                subject="件名", body="本文\n",
            )
            for address in addresses
        ]  # fmt: skip
        session.add_all(rows)
        session.commit()
        return [row.message_id for row in rows]

    return queued


@pytest.fixture
def until(session):
    """until(condition): looked at in the database again and again, for a minute at most."""

    def wait(condition):
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while not condition():
            assert time.monotonic() < deadline
            pause.wait(0.05)
            session.rollback()

    return wait


@pytest.fixture
def rows(read):
    """rows(message_ids): (state, attempts, last_error) of each, in the order of the outbox."""

    def found(ids):
        statement = select(OutgoingMail.state, OutgoingMail.attempts, OutgoingMail.last_error)
        return [tuple(row) for row in read(statement.where(OutgoingMail.message_id.in_(ids)).order_by(OutgoingMail.id))]

    return found


def settled(rows, ids):
    return lambda: all(state is not MailState.WAITING for state, _, _ in rows(ids))


def test_mails_wait_while_the_mail_server_is_away(panel, somebody, make, workers, read, until):
    """40 changes over HTTP while nobody answers at the port; then the server starts there."""
    admins = [somebody(role=Role.OPERATOR_ADMIN)]
    code = admins[0].operator.code
    admins.append(somebody(role=Role.OPERATOR_ADMIN, operator=code))
    people = [make.user(operator=code) for _ in range(8)]
    expected = {person.email: 5 for person in people} | {admin.email: 40 for admin in admins}
    [worker] = workers()
    browser = panel.visitor().sign_in(admins[0], PASSWORD)
    for turn in range(5):
        for person in people:
            page = browser.page(f"/portal/users/edit/?id={person.id}")
            _, path, data = page.press("確認", 所属部署=f"第{turn}部").data_of("実行")
            assert browser.post(path, data).status_code == 302
    mine = select(OutgoingMail.state, OutgoingMail.message_id, OutgoingMail.attempts).where(
        OutgoingMail.recipient.in_(list(expected))
    )
    until(lambda: any(attempts for _, _, attempts in read(mine)))  # it was tried indeed
    waiting = read(mine)
    assert {state for state, _, _ in waiting} == {MailState.WAITING}
    assert len(waiting) == 120

    office = panel.post_office
    office.__init__(office.port)
    office.open()
    try:
        until(lambda: {row.state for row in read(mine)} == {MailState.SENT})
    finally:
        office.close()
    assert office.count() == expected
    assert Counter(mail.message_id for mail in office.received) == dict.fromkeys([row.message_id for row in waiting], 1)
    assert worker.process.poll() is None


def test_a_refused_address_is_given_up_with_the_reason_and_hurts_nobody(post_office, workers, queue, rows, until):
    """550 → dead letter; 450 → again; everybody else at once."""
    post_office.refused = {"gone@example.jp"}
    post_office.greylisted = {"grey@example.jp"}
    ids = queue("gone@example.jp", "grey@example.jp", "a@example.jp", "b@example.jp")
    workers()
    until(settled(rows, ids))
    assert rows(ids) == [
        (MailState.DEAD, 1, "550 5.1.1 no such user"),
        (MailState.SENT, 2, ""),
        (MailState.SENT, 1, ""),
        (MailState.SENT, 1, ""),
    ]
    assert [mail.to for mail in post_office.received] == ["a@example.jp", "b@example.jp", "grey@example.jp"]


def test_a_slow_mail_server_delays_only_the_mail_it_is_slow_with(post_office, workers, queue, rows, until):
    post_office.slow = {"slow@example.jp"}
    ids = queue("slow@example.jp", *[f"quick{n}@example.jp" for n in range(10)])
    workers(2)
    post_office.wait_for(lambda received: len(received) == 11)
    until(settled(rows, ids[1:]))
    assert rows(ids[:1]) == [(MailState.WAITING, 1, "")]
    post_office.released.set()
    until(settled(rows, ids))
    assert Counter(mail.message_id for mail in post_office.received) == dict.fromkeys(ids, 1)


def test_a_connection_that_is_cut_after_data_loses_nothing(post_office, workers, queue, rows, until):
    """Nobody can know whether it was accepted: it comes again, with the same Message-ID, and only it."""
    post_office.hung_up_on = {"cut@example.jp"}
    ids = queue("a@example.jp", "cut@example.jp", "b@example.jp")
    workers()
    until(settled(rows, ids))
    assert [(state, attempts) for state, attempts, _ in rows(ids)] == [
        (MailState.SENT, 1), (MailState.SENT, 2), (MailState.SENT, 1),
    ]  # fmt: skip
    assert Counter(mail.message_id for mail in post_office.received) == {ids[0]: 1, ids[1]: 2, ids[2]: 1}


def test_two_workers_share_the_work_and_send_nothing_twice(post_office, workers, queue, rows, until):
    post_office.together = threading.Barrier(2)  # each delivery waits for one of the other worker
    ids = queue(*[f"shared{n}@example.jp" for n in range(40)])
    pair = workers(2)
    until(settled(rows, ids))
    assert Counter(mail.message_id for mail in post_office.received) == dict.fromkeys(ids, 1)
    assert {attempts for _, attempts, _ in rows(ids)} == {1}
    assert [worker.process.poll() for worker in pair] == [None, None]


@contextmanager
def served(panel):
    """`flask serve --with-worker`, as make run starts it."""
    server = Server(environment(**panel.settings), flask("serve", "--with-worker"))
    try:
        yield server.start()
    finally:
        if server.process.poll() is None:
            server.end()


def children(server):
    """Process ids of the workers that live."""
    pids = []
    for task in Path(f"/proc/{server.process.pid}/task").iterdir():
        pids += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if alive(pid)]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_worker_is_started_again_and_its_mail_is_not_lost(panel, post_office, session, queue, rows, until):
    """SIGKILL while the mail server thinks: accepted or not, nobody knows, so it comes again (R-068)."""
    panel.foreseen = ["the worker ended with -9 and is started again"]
    post_office.slow = {"slow@example.jp"}
    with served(panel) as server:
        [slow] = queue("slow@example.jp")
        post_office.wait_for(lambda received: len(received) == 1)
        [first] = children(server)
        os.kill(first, signal.SIGKILL)
        post_office.slow.clear()
        post_office.released.set()
        others = queue("a@example.jp", "b@example.jp")
        until(settled(rows, others))  # by the next worker
        [second] = children(server)
        assert second != first
        assert rows([slow]) == [(MailState.WAITING, 1, "")]
        # The claim of the dead worker runs out.
        over = clock.now() - timedelta(seconds=1)
        session.execute(update(OutgoingMail).where(OutgoingMail.message_id == slow).values(claimed_until=over))
        session.commit()
        until(settled(rows, [slow]))
        assert server.end() == 0
        assert not alive(second)
    assert Counter(mail.message_id for mail in post_office.received) == {slow: 2, others[0]: 1, others[1]: 1}
    assert "Traceback" not in server.output


def test_no_worker_outlives_its_server(panel, until):
    with served(panel) as server:
        until(lambda: children(server))
        [worker] = children(server)
        server.kill()
        until(lambda: not alive(worker))
