"""services.reviews.act and services.desk: the one way a record changes its state (house-style §5, R-059, XC-015)."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import DomainError, Forbidden
from domain.review import ReviewAction as A
from domain.review import ReviewState as S
from domain.roles import Role
from models import AuditEntry, Review
from services import closures, desk, reviews
from services.desk import Order, Seen
from tests import staff_request
from tests.staff_request import KIND, OTHER, record_of


@pytest.fixture(autouse=True)
def kinds(app):
    with staff_request.declared():
        staff_request.make_table()
        yield


@pytest.fixture
def reviewer(make):
    return make.reviewer()


@pytest.fixture
def submit(session, make):
    author = make.staff(Role.REVIEWER)
    return lambda subject="届出", **values: staff_request.submit(
        session, values.pop("author", author), subject, **values
    )


@pytest.fixture
def act(do, session):
    def run(actor, queued, action, reason="", **seen):
        kind = reviews.KINDS[queued.kind]
        return do(reviews.act, actor, kind, session.get(kind.model, queued.record_id), action, reason=reason, **seen)

    return run


@pytest.fixture
def put(session):
    """put(place, state): as an earlier decision would have left both."""

    def run(place, state):
        place.state = record_of(session, place).state = state
        session.commit()

    return run


def state_of(session, place):
    session.rollback()
    return session.get(Review, place.id, populate_existing=True).state, record_of(session, place).state


REFUSED = "error.R01.00001"
# Typed from the manual: 2.1 (approve, deny), 3.1⑤⑥ with ※ (an approved post may be denied later), 3.3, (2)d.
POSTS = {  # state -> (claim, approve, reject, withdraw)
    S.APPLIED:   (S.IN_REVIEW, S.APPROVED, S.REJECTED, S.WITHDRAWN),
    S.IN_REVIEW: (S.IN_REVIEW, S.APPROVED, S.REJECTED, S.WITHDRAWN),
    S.APPROVED:  (REFUSED, REFUSED, S.REVOKED, S.WITHDRAWN),
    S.REJECTED:  (REFUSED, REFUSED, REFUSED, S.WITHDRAWN),
    S.REVOKED:   (REFUSED, REFUSED, REFUSED, S.WITHDRAWN),
    S.WITHDRAWN: (REFUSED, REFUSED, REFUSED, REFUSED),
}  # fmt: skip
REGISTRATIONS = {
    S.APPLIED:   (S.IN_REVIEW, S.APPROVED, S.REJECTED, REFUSED),
    S.IN_REVIEW: (S.IN_REVIEW, S.APPROVED, S.REJECTED, REFUSED),
    S.APPROVED:  (REFUSED, REFUSED, REFUSED, REFUSED),
    S.REJECTED:  (REFUSED, REFUSED, REFUSED, REFUSED),
}  # fmt: skip
CELLS = [
    (kind, state, action, target)
    for kind, table in ((KIND, POSTS), (OTHER, REGISTRATIONS))
    for state, row in table.items()
    for action, target in zip((A.CLAIM, A.APPROVE, A.REJECT, A.WITHDRAW), row, strict=True)
]


@pytest.mark.parametrize(
    ("kind", "state", "action", "target"),
    CELLS,
    ids=[f"{kind.name}-{state}-{action}" for kind, state, action, _ in CELLS],
)
def test_every_move_of_both_tables(make, session, act, submit, put, kind, state, action, target):
    both = make.staff(Role.REVIEWER, Role.MARKET_ADMIN)
    place = submit(kind=kind)
    put(place, state)
    if target is REFUSED:
        with pytest.raises(DomainError) as refused:
            act(both, place, action, "理由")
        assert refused.value.message_id == REFUSED
        assert state_of(session, place) == (state, state)
    else:
        act(both, place, action, "理由")
        assert state_of(session, place) == (target, target)


def test_the_place_in_the_queue_tells_who_has_it_and_who_decided(session, act, submit, make, time):
    place, first, second = submit(), make.reviewer(), make.reviewer()
    assert (place.claimed_by_id, place.decided_by_id) == (None, None)
    act(first, place, A.CLAIM)
    claimed = time.now
    assert (place.claimed_by_id, place.claimed_at, place.decided_by_id) == (first.id, claimed, None)
    time.forward(minutes=1)
    act(second, place, A.CLAIM)  # 引き継ぎ
    assert (place.claimed_by_id, place.claimed_at) == (second.id, time.now)
    time.forward(minutes=1)
    act(first, place, A.REJECT, "  理由  ")
    assert (place.claimed_by_id, place.decided_by_id, place.decided_at) == (first.id, first.id, time.now)
    assert place.reason == "理由"


def test_a_decision_claims_by_itself(act, submit, reviewer):  # claiming is optional
    place = submit()
    act(reviewer, place, A.APPROVE)
    assert place.claimed_by_id == reviewer.id


def test_a_rejection_without_a_reason_is_refused_and_says_where(act, submit, reviewer, session, mails):
    place = submit()
    for reason in ("", " \n\t　"):
        with pytest.raises(DomainError) as refused:
            act(reviewer, place, A.REJECT, reason)
        assert (refused.value.message_id, refused.value.field) == ("error.R01.00002", "reason")
    assert state_of(session, place) == (S.APPLIED, S.APPLIED)
    assert mails() == []


@pytest.mark.parametrize("stale", [{"version": 99}, {"place": 99}, {"version": 99, "place": 99}])
def test_only_the_version_that_was_seen_is_decided_on(act, submit, reviewer, session, stale):
    place = submit()
    for action in (A.CLAIM, A.APPROVE, A.REJECT):
        with pytest.raises(DomainError) as refused:
            act(reviewer, place, action, "理由", **stale)
        assert refused.value.message_id == "error.R01.00003"
    assert state_of(session, place) == (S.APPLIED, S.APPLIED)
    act(reviewer, place, A.APPROVE, version=record_of(session, place).version, place=place.version)


@pytest.mark.parametrize("action", [A.CLAIM, A.APPROVE, A.REJECT])
def test_nobody_decides_on_the_own_whatever_roles_he_has(act, submit, make, session, action, mails):
    both = make.staff(Role.REVIEWER, Role.MARKET_ADMIN)
    place = submit(author=both)
    with pytest.raises(DomainError) as refused:
        act(both, place, action, "理由")
    assert refused.value.message_id == "error.R01.00004"
    assert state_of(session, place) == (S.APPLIED, S.APPLIED)
    assert mails() == []
    act(both, place, A.WITHDRAW)  # taking it back is no decision


@pytest.mark.parametrize("who", ["staff", "admin", "user", "member"])
@pytest.mark.parametrize("action", [A.CLAIM, A.APPROVE, A.REJECT])
def test_only_reviewers_decide(act, submit, make, session, who, action):  # issue 5, item 7
    place = submit()
    with pytest.raises(Forbidden):
        act(getattr(make, who)(), place, action, "理由")
    assert state_of(session, place) == (S.APPLIED, S.APPLIED)


def test_too_late_is_never_reported_as_forbidden(act, submit, make, put):  # house-style §5
    place = submit()
    put(place, S.WITHDRAWN)
    with pytest.raises(DomainError) as refused:
        act(make.staff(), place, A.APPROVE)
    assert refused.value.message_id == REFUSED


def test_every_move_leaves_one_entry_with_both_states(act, submit, reviewer, make, session):
    place = submit()
    for actor, action in ((reviewer, A.CLAIM), (reviewer, A.APPROVE), (reviewer, A.REJECT), (make.staff(), A.WITHDRAW)):
        act(actor, place, action, "理由")
    rows = session.query(AuditEntry).filter_by(target_table="staff_requests").order_by(AuditEntry.id).all()
    assert [(row.event, row.changes["review_state"], row.detail) for row in rows] == [
        ("request:claim", ["applied", "in_review"], {}),
        ("request:approve", ["in_review", "approved"], {}),
        ("request:reject", ["approved", "revoked"], {"reason": "理由"}),
        ("request:delete", ["revoked", "withdrawn"], {}),
    ]


def test_if_the_publication_fails_nothing_has_happened(act, submit, reviewer, session, mails, monkeypatch):
    """One transaction: decision, publication, audit and mail."""
    place = submit()

    def fails(session, actor, record, move, reason):
        staff_request.decided(session, actor, record, move, reason)
        session.flush()
        raise RuntimeError("publication")

    monkeypatch.setitem(reviews.KINDS, "request", replace(KIND, decided=fails))
    with pytest.raises(RuntimeError):
        act(reviewer, place, A.APPROVE)
    assert state_of(session, place) == (S.APPLIED, S.APPLIED)
    assert record_of(session, place).published_at is None
    assert mails() == []
    assert session.query(AuditEntry).filter_by(target_table="staff_requests").count() == 0


def test_a_rehearsal_tells_the_mails_and_leaves_nothing_once_undone(app, session, submit, reviewer, mails):
    place = submit()
    seen = Seen(place.version, record_of(session, place).version)
    session.info["mail"] = app.config["MAIL_SETTINGS"]
    told = desk.rehearse(session(), reviewer, place, A.REJECT, "理由", seen)
    session.rollback()
    assert [(m.recipient, "理由: 理由" in m.body) for m in told] == [(staff_request.ADDRESS, True)]
    assert mails() == []
    assert state_of(session, place) == (S.APPLIED, S.APPLIED)
    assert "rehearsed" not in session.info


def test_neighbours_and_rank_follow_the_order_also_of_one_that_is_gone(session, submit, reviewer, act):
    places = [submit(f"{n}") for n in range(4)]
    rows = desk.find(session, reviewer, {})
    ids = [p.id for p in places]
    assert desk.position(session, rows, Order.DUE, places[0]) == (0, None, ids[1])
    assert desk.position(session, rows, Order.DUE, places[2]) == (2, ids[1], ids[3])
    assert desk.position(session, rows, Order.NEWEST, places[2]) == (1, ids[3], ids[1])
    act(reviewer, places[2], A.APPROVE)
    assert desk.position(session, rows, Order.DUE, places[2]) == (2, ids[1], ids[3])


# ---- the calendar ------------------------------------------------------------------------------------------


def data(**values):
    return {"name": "臨時", "starts_on": date(2026, 11, 24), "ends_on": date(2026, 11, 24), "yearly": False} | values


def test_a_change_of_the_calendar_moves_the_deadlines_of_what_waits(do, make, session, submit, act, reviewer):
    boss, waits, decided = make.staff(), submit(), submit()
    act(reviewer, decided, A.APPROVE)
    assert waits.due_on == decided.due_on == date(2026, 11, 26)
    version = waits.version

    def due():
        session.rollback()
        return session.get(Review, waits.id, populate_existing=True).due_on

    closed = do(closures.register, boss, data())
    assert due() == date(2026, 11, 27)
    do(closures.change, boss, closed, data(ends_on=date(2026, 11, 25)))
    assert due() == date(2026, 11, 30)
    do(closures.delete, boss, closed)
    assert due() == date(2026, 11, 26)
    assert session.get(Review, decided.id).due_on == date(2026, 11, 26)
    assert session.get(Review, waits.id).version == version, "no reviewer is refused because of the calendar"


def test_a_new_submission_counts_with_the_closures(do, make, submit):
    do(closures.register, make.staff(), data())
    assert submit().due_on == date(2026, 11, 27)


def test_removed_rows_stand_in_the_trail_with_what_they_said(do, make, session):
    boss = make.staff()
    closed = do(closures.register, boss, data())
    number = closed.id
    do(closures.delete, boss, closed)
    entry = session.query(AuditEntry).filter_by(event="closure:delete").one()
    assert (entry.target_id, entry.target) == (number, "臨時 2026/11/24")
    assert entry.changes["name"] == ["臨時", None]
    assert entry.changes["starts_on"] == ["2026-11-24", None]


def test_a_closure_is_no_longer_than_sixty_days_and_never_everything(do, make):
    boss = make.staff()
    with pytest.raises(DomainError) as refused:
        do(closures.register, boss, data(ends_on=date(2027, 1, 23)))
    assert (refused.value.message_id, refused.value.field) == ("error.R03.00001", "ends_on")
    do(closures.register, boss, data(ends_on=date(2027, 1, 22)))  # the sixtieth day
    do(closures.register, boss, data(starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 20)))
    with pytest.raises(DomainError) as refused:
        do(closures.register, boss, data(starts_on=date(2027, 1, 23), ends_on=date(2027, 2, 28)))
    assert refused.value.message_id == "error.R03.00002"


@pytest.mark.parametrize("who", ["reviewer", "admin", "user", "member"])
def test_only_market_admins_keep_the_calendar(do, make, who):  # issue 5, item 7
    with pytest.raises(Forbidden):
        do(closures.register, getattr(make, who)(), data())
