"""SIGKILL at every step: a change is there whole, with its 操作履歴 and its mails, or not at all (R-068)."""

import json
import secrets
import subprocess
import sys

import pytest

from tests.processes.servers import ROOT, environment

pytestmark = pytest.mark.processes


@pytest.fixture
def crash(database, tmp_path):
    """crash(what): what tests.processes.crash_entry counted, per step."""

    def run(what):
        environ = environment(
            INSTANCE_DIR=str(tmp_path), DATABASE_URL=database[1], DEMO="off", SECRET_KEY=secrets.token_urlsafe(32),
            OUTBOX_KEY=secrets.token_urlsafe(32), SIGN_IN_FAILURES_PER_MINUTE="1000",
        )  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "tests.processes.crash_entry", what], cwd=ROOT, env=environ,
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_a_registration_killed_at_any_step_leaves_all_or_nothing(crash):
    """Each set: user, entry, three mails (target and both 管理者). The same 実行 afterwards makes it exactly one."""
    steps = crash("register")
    assert len(steps) > 10
    assert [step["killed"] for step in steps] == [True] * (len(steps) - 1) + [False]
    assert all(step["after"] in ([0, 0, 0], [1, 1, 3]) for step in steps), steps
    done = [step["after"] == [1, 1, 3] for step in steps]
    assert done == sorted(done)  # nothing before its COMMIT, everything from then on
    assert done[0] is False
    assert done[-2] is True  # killed after COMMIT, before the answer
    assert [step["again"] for step in steps] == [[1, 1, 3]] * len(steps)


def test_a_worker_killed_at_any_step_loses_no_mail(crash):
    """Also between the mail server's 250 and the COMMIT."""
    steps = crash("worker")
    assert [step["killed"] for step in steps] == [True] * (len(steps) - 1) + [False]
    arrived = [step["arrived"] for step in steps]
    assert arrived == sorted(arrived)
    assert arrived.count(True) > 2  # killed after sending, before it was written down
    assert [step["again"] for step in steps] == [[True, 0]] * len(steps)
