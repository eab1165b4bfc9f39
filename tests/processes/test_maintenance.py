"""flask maintenance on|off|status in real processes: the switch holds at once on every server (COM-081)."""

import re
import subprocess
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain import clock
from models import AuditEntry, Maintenance
from tests.factories import PASSWORD
from tests.pages import plain
from tests.processes.servers import ROOT, environment, flask

pytestmark = pytest.mark.processes


@pytest.fixture
def switch(panel, session):
    """switch("on", …): (exit code, what was printed). Afterwards nothing runs."""

    def run(*arguments):
        done = subprocess.run(
            flask("maintenance", *arguments), cwd=ROOT, env=environment(**panel.settings), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, timeout=60,
        )  # fmt: skip
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode, done.stdout

    yield run
    session.rollback()
    session.execute(update(Maintenance).values(cancelled_at=clock.now()))
    session.commit()


def statuses(panel, path="/portal/"):
    return [server.get(path).status_code for server in panel.servers]


def test_on_and_off_hold_at_once_on_every_server(panel, switch, somebody, market_admin, read):
    user, staff = somebody(), market_admin()
    working = [panel.visitor(server).sign_in(user, PASSWORD) for server in panel.servers[:1]]
    boss = panel.visitor(panel.servers[1]).sign_in(staff, PASSWORD)
    late = panel.visitor().sign_in_later(user.login_id, PASSWORD)
    assert statuses(panel) == [302, 302]
    assert switch("status") == (0, "実施中または予告中のメンテナンスはありません。\n")

    until = clock.minute(clock.now() + timedelta(hours=2))
    code, printed = switch("on", "--until", until, "--text", "緊急の点検です。")
    assert (code, printed.splitlines()[0]) == (0, f"メンテナンス中です。終了予定日時は{until}です。"), printed
    assert statuses(panel) == [503, 503]
    page = working[0].page("/portal/")
    assert (page.status, page.heading) == (503, "メンテナンス画面")
    assert plain("緊急の点検です。") in page.text
    assert 7000 < int(page.response.headers["Retry-After"]) <= 7200
    assert late().status_code == 503
    failed = select(AuditEntry.id).where(AuditEntry.event == "sign_in:failed", AuditEntry.target_id == user.id)
    assert read(failed) == []  # other tests share the servers
    assert boss.get("/admin/").status_code == 200
    assert panel.visitor().page("/login").status == 200
    assert [server.get("/healthz").status_code for server in panel.servers] == [200, 200]
    assert [server.get("/readyz").status_code for server in panel.servers] == [200, 200]
    code, printed = switch("status")
    assert code == 0
    assert re.findall("^(.+): (.+)$", printed, re.MULTILINE)[1:] == [
        ("終了予定日時", until),
        ("お知らせ文", "緊急の点検です。"),
    ]

    code, printed = switch("off")
    assert (code, printed) == (0, "実施中または予告中のメンテナンスはありません。\n")
    assert statuses(panel) == [302, 302]
    assert working[0].get("/portal/").status_code == 200
    events = read(
        select(AuditEntry.event, AuditEntry.actor_name)
        .where(AuditEntry.event.startswith("maintenance:")).order_by(AuditEntry.id)
    )  # fmt: skip
    assert events[-2:] == [
        ("maintenance:register", "サーバ上のコマンド"), ("maintenance:cancel", "サーバ上のコマンド"),
    ]  # fmt: skip


def test_without_until_the_end_is_open(panel, switch):
    code, printed = switch("on")
    assert code == 0
    assert "終了予定日時: 未定" in printed
    page = panel.visitor().page("/portal/")
    assert (page.status, page.response.headers["Retry-After"]) == (503, "3600")
    assert switch("off")[0] == 0


def test_what_cannot_work_is_said_and_switches_nothing(panel, switch):
    for arguments, message in [
        (("on", "--until", "morgen"), "error.C00.00020 : 終了予定日時は"),
        (("on", "--until", "2026/01/01 00:00"), "error.W01.00001"),
        (("on", "--text", "x" * 501), "error.C00.00004 : お知らせ文は500文字以内"),
        (("off",), "error.W01.00004"),
    ]:
        code, printed = switch(*arguments)
        assert code != 0, printed
        assert message in printed
        assert statuses(panel) == [302, 302]


def test_a_second_one_in_an_emergency_is_always_possible_and_off_ends_both(panel, switch):
    assert switch("on", "--until", clock.minute(clock.now() + timedelta(hours=1)))[0] == 0
    assert switch("on")[0] == 0
    assert switch("off")[0] == 0
    assert statuses(panel) == [302, 302]
