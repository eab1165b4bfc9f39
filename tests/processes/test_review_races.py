"""審査 by several processes at once (issue 5: never an undeclared state; R-059), and rows that are removed twice."""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import count

import pytest
from sqlalchemy import select

from domain.review import ReviewState as S
from domain.roles import Role
from models import AuditEntry, OutgoingMail, Phrase, Review
from tests import staff_request
from tests.factories import PASSWORD
from tests.processes.conftest import production_hash
from tests.processes.servers import ROOT, START, at_once, environment
from tests.staff_request import StaffRequest

pytestmark = pytest.mark.processes

TIMES = int(os.environ.get("RACES", "1"))  # make audit: 20
STEPS, RECORDS = 40, 3
_number = count(1)
# From where each action leads where, typed from the manual (tests/services/test_reviews.py has the whole table).
LEGAL = {
    ("claim", S.APPLIED, S.IN_REVIEW), ("claim", S.IN_REVIEW, S.IN_REVIEW),
    ("approve", S.APPLIED, S.APPROVED), ("approve", S.IN_REVIEW, S.APPROVED),
    ("reject", S.APPLIED, S.REJECTED), ("reject", S.IN_REVIEW, S.REJECTED), ("reject", S.APPROVED, S.REVOKED),
    *(("withdraw", state, S.WITHDRAWN) for state in S if state is not S.WITHDRAWN),
}  # fmt: skip
EVENT = {"claim": "claim", "approve": "approve", "reject": "reject", "withdraw": "delete"}


@pytest.fixture
def empty(app, session):
    """The tests' own table, and nothing in the queue."""
    with staff_request.declared():
        staff_request.make_table()
        for model in (Review, StaffRequest):
            session.query(model).delete()
        session.commit()
        yield session


def several(panel, actors, steps):
    """One process per actor, all started together; everything they say they did, and were refused."""
    command = [sys.executable, "-m", "tests.processes.review_entry"]
    started = [
        subprocess.Popen(
            [*command, str(actor.id), str(next(_number)), str(steps)], cwd=ROOT, env=environment(**panel.settings),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for actor in actors
    ]  # fmt: skip
    for process in started:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in started:  # and now all of them
        process.stdin.write("\n")
        process.stdin.flush()
    found = [process.communicate(timeout=START) for process in started]
    assert [(p.returncode, e) for p, (_, e) in zip(started, found, strict=True)] == [(0, "")] * len(started)
    return [step for out, _ in found for step in json.loads(out)]


def test_random_actions_of_several_processes_never_leave_the_table(panel, empty, make, read):
    """Exactly the moves of the table, one after the other; entries and mails are those of what happened."""
    session = empty
    both = [make.staff(Role.REVIEWER, Role.MARKET_ADMIN) for _ in range(2)]
    reviewers = [make.reviewer() for _ in range(2)]
    for _ in range(TIMES):
        places = [staff_request.submit(session, None, f"届出{n}") for n in range(RECORDS)]
        numbers = {p.id: p.record_id for p in places}
        before = len(read(select(OutgoingMail.id)))

        said = [s for s in several(panel, [*both, *reviewers], STEPS) if s["id"] in numbers]

        done = [s for s in said if "to" in s]
        assert {s["refused"] for s in said if "refused" in s} <= {"error.R01.00001", "error.R01.00003"}
        for place_id, record_id in numbers.items():
            entries = read(
                select(AuditEntry.event, AuditEntry.changes)
                .where(AuditEntry.target_table == "staff_requests", AuditEntry.target_id == record_id)
                .where(AuditEntry.changes.is_not(None))
                .order_by(AuditEntry.id)
            )
            # The chain of the trail is the life of the record, from the beginning to what it is now.
            state = S.APPLIED
            for event, changes in entries[-_moves(done, place_id) :] if _moves(done, place_id) else []:
                source, target = changes["review_state"]
                assert source == state
                action = next(a for a, e in EVENT.items() if event == f"request:{e}")
                assert (action, S(source), S(target)) in LEGAL
                state = S(target)
            [(place_state, record_state)] = read(
                select(Review.state, StaffRequest.state)
                .join(StaffRequest, StaffRequest.id == Review.record_id)
                .where(Review.id == place_id)
            )
            assert place_state == record_state == state
            mine = Counter(s["action"] for s in done if s["id"] == place_id)
            assert mine["approve"] <= 1
            assert mine["reject"] <= 1
            assert mine["withdraw"] <= 1
        decisions = sum(s["action"] in ("approve", "reject") for s in done)
        assert len(read(select(OutgoingMail.id))) - before == decisions
        assert decisions > 0, "something was decided at all"
        session.rollback()


def _moves(done, place_id):
    return sum(s["id"] == place_id for s in done)


def test_of_many_reviewers_at_the_same_instant_one_decides(panel, empty, make, read):
    """Exactly one decision counts, whichever of 承認 and 否認 it is."""
    session, reviewers = empty, [make.reviewer() for _ in range(4)]
    for _ in range(TIMES):
        place = staff_request.submit(session, None)
        said = [s for s in several(panel, reviewers, 12) if s["id"] == place.id]
        decided = [s for s in said if s.get("to") in ("approved", "rejected")]
        assert len(decided) == 1
        session.rollback()
        session.query(Review).delete()
        session.commit()


def test_a_row_removed_by_many_is_removed_once(panel, make, session, read):
    """The frame's 削除: whoever comes too late finds no such row; no 500."""
    reviewer = make.reviewer(password_hash=production_hash())
    phrase = Phrase(text=f"消す文{next(_number)}")
    session.add(phrase)
    session.commit()
    browser = panel.visitor().sign_in(reviewer, PASSWORD)
    _, path, data = browser.page(f"/admin/phrases/details/?id={phrase.id}").data_of("削除")
    tickets = [{"ticket": [f"{n:022d}"]} for n in range(8)]

    answers = at_once(
        [
            lambda v=v, t=t: v.post(path, data | t)
            for v, t in zip(panel.twins(browser, 8), tickets, strict=True)
        ]
    )  # fmt: skip

    assert sorted(answer.status_code for answer in answers) == [302, *[404] * 7]
    assert read(select(Phrase.id).where(Phrase.id == phrase.id)) == []
    deleted = select(AuditEntry.id).where(AuditEntry.event == "phrase:delete", AuditEntry.target_id == phrase.id)
    assert len(read(deleted)) == 1


def test_a_row_that_is_removed_while_somebody_changes_it_is_not_found(panel, make, session, read):
    reviewer = make.reviewer(password_hash=production_hash())
    for _ in range(3 * TIMES):
        phrase = Phrase(text=f"変わる文{next(_number)}")
        session.add(phrase)
        session.commit()
        browser = panel.visitor().sign_in(reviewer, PASSWORD)
        confirm = browser.page(f"/admin/phrases/edit/?id={phrase.id}").press("確認", 定型文=f"別の文{next(_number)}")
        _, change, changed = confirm.data_of("実行")
        _, remove, removed = browser.page(f"/admin/phrases/details/?id={phrase.id}").data_of("削除")
        first, second = panel.twins(browser, 2)
        answers = at_once(
            [
                lambda v=first, p=change, d=changed: v.post(p, d),
                lambda v=second, p=remove, d=removed: v.post(p, d),
            ]
        )
        assert answers[1].status_code in (302, 409)
        assert answers[0].status_code in (302, 404)
