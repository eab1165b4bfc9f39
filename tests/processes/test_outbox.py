"""Mails on their way through real workers (issue: Outbox; R-089 – R-091): none lost, none twice without need."""

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
from tests.processes.servers import Server, Worker, at_once, environment, flask

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
    """until(condition): looked at in the database again and again, for a minute at most if not told otherwise."""

    def wait(condition, patience=PATIENCE):
        deadline, pause = time.monotonic() + patience, threading.Event()
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


PEOPLE = ("p1", "p2", "p3", "p4", "p5")
# Of one operator, address -> mails of each kind, by requirements §7: 2 registrations, 2 reissues, 2 unlocks,
# 1 deletion, 1 new address, 42 changes of p2, p3 and p4. Whoever of the two 管理者 acts is told as well.
EXPECTED = {
    "USR-REG": {"new1": 1, "new2": 1, "boss1": 2, "boss2": 2},
    "USR-RPW": {"p1": 1, "p2": 1, "boss1": 2, "boss2": 2},
    "USR-UNL": {"p3": 1, "p4": 1, "boss1": 2, "boss2": 2},
    "USR-DEL": {"boss1": 1, "boss2": 1},
    "USR-CHG": {"p1": 1, "moved": 1, "p2": 14, "p3": 14, "p4": 14, "boss1": 43, "boss2": 43},
}


@pytest.fixture
def staffed(make, somebody, lock):
    """staffed("0001"): 管理者 and 一般 of an operator, by name; p1's address is p1.0001@example.jp."""

    def made(code):
        bosses = [
            somebody(role=Role.OPERATOR_ADMIN, operator=code, email=f"{name}.{code}@example.jp")
            for name in ("boss1", "boss2")
        ]
        people = {name: make.user(operator=code, email=f"{name}.{code}@example.jp") for name in PEOPLE}
        lock(people["p3"])
        lock(people["p4"])
        return people | {"boss1": bosses[0], "boss2": bosses[1]}

    return made


def fifty_changes(browser, path, code, ids):
    """Functions, each of which makes one change over HTTP and returns the answer to 実行 or OK."""

    def confirmed(page, **typed):
        return page.press("確認", **typed).submit("実行")

    def register(name):
        typed = {"所属部署": "部", "ユーザ名": "事業者 次郎", "メールアドレス": f"{name}.{code}@example.jp"}
        staff = {"事業者コード": code, "権限区分": "7"} if path.startswith("/admin") else {}
        return confirmed(browser.page(f"{path}/new/"), **typed | staff)

    def details(name):
        return browser.page(f"{path}/details/?id={ids[name]}")

    def command(name, button):
        return details(name).submit(button)

    def change(name, **typed):
        return confirmed(browser.page(f"{path}/edit/?id={ids[name]}"), **typed)

    mixed = [
        lambda: register("new1"), lambda: register("new2"),
        lambda: command("p1", "パスワード再発行"), lambda: command("p2", "パスワード再発行"),
        lambda: command("p3", "ユーザロック解除"), lambda: command("p4", "ユーザロック解除"),
        lambda: browser.page(details("p5").link("削除")).submit("実行"),
        lambda: change("p1", メールアドレス=f"moved.{code}@example.jp"),
    ]  # fmt: skip
    return mixed + [
        lambda n=name, t=turn: change(n, 所属部署=f"第{t}部") for turn in range(14) for name in ("p2", "p3", "p4")
    ]


def test_mails_of_200_changes_wait_while_the_mail_server_is_away(
    panel, post_office, somebody, market_admin, staffed, workers, queue, read, rows, until
):
    """200 changes over HTTP while nobody answers at the port; then the server starts there again (R-090)."""
    first = queue("before@example.jp")
    [worker] = workers()
    until(settled(rows, first))
    post_office.close()
    post_office.received.clear()

    expected, calls = Counter(), []
    for code in ("8001", "8002", "8003", "8004"):  # in each one person makes 50 changes; in the last one, staff
        people = staffed(code)
        for event, addresses in EXPECTED.items():
            expected.update({(event, f"{name}.{code}@example.jp"): times for name, times in addresses.items()})
        path, actor = ("/admin/users", market_admin()) if code == "8004" else ("/portal/users", people["boss1"])
        ids = {name: person.id for name, person in people.items()}
        calls.append(fifty_changes(panel.visitor().sign_in(actor, PASSWORD), path, code, ids))
    assert [len(each) for each in calls] == [50] * 4
    assert expected.total() == 600

    answers = at_once([lambda mine=mine: [call() for call in mine] for mine in calls])

    assert [[a.status_code for a in mine] for mine in answers] == [[302] * 50] * 4
    mine = select(OutgoingMail.state, OutgoingMail.event, OutgoingMail.recipient, OutgoingMail.message_id).where(
        OutgoingMail.message_id.not_in(first)
    )
    tried = mine.where(OutgoingMail.attempts > 0).limit(1)
    until(lambda: read(tried))  # in vain
    waiting = read(mine)
    assert {row.state for row in waiting} == {MailState.WAITING}
    assert Counter((row.event, row.recipient) for row in waiting) == expected
    assert post_office.received == []

    post_office.open()

    unsent = mine.where(OutgoingMail.state != MailState.SENT).limit(1)
    until(lambda: not read(unsent), 5 * PATIENCE)  # a mail may wait about as long again as the server was away
    assert {row.state for row in read(mine)} == {MailState.SENT}
    event_of = {row.message_id: row.event for row in waiting}
    assert len(event_of) == 600
    assert Counter((event_of[mail.message_id], mail.to) for mail in post_office.received) == expected
    assert Counter(mail.message_id for mail in post_office.received) == dict.fromkeys(event_of, 1)
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
    """SIGKILL while the mail server thinks: accepted or not, nobody knows, so it comes again (R-091)."""
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
