"""メンテナンス: who may schedule it, what may change, which one counts (COM-081)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.actors import Console
from domain.errors import DomainError, Forbidden
from models import AuditEntry, Maintenance
from services import maintenance


@pytest.fixture
def plan(session, time):
    """plan(told, start, end): a row, in hours from now; end None is open."""

    def add(told, start, end, text="", **more):
        at = [None if h is None else time.now + timedelta(hours=h) for h in (told, start, end)]
        row = Maintenance(announced_from=at[0], starts_at=at[1], ends_at=at[2], text=text, **more)
        session.add(row)
        session.commit()
        return row

    return add


def data(time, told=0, start=1, end=2, text="お知らせ"):
    at = [time.now + timedelta(hours=h) for h in (told, start, end)]
    return {"announced_from": at[0], "starts_at": at[1], "ends_at": at[2], "text": text}


def refused(run, *arguments):
    with pytest.raises(DomainError) as error:
        run(*arguments)
    return error.value.message_id, error.value.field


def test_nothing_is_told_when_nothing_is_planned(session, plan, time):
    assert maintenance.current(session) is None
    plan(1, 2, 3)
    plan(-3, -2, -1)
    plan(-3, -2, 5, cancelled_at=time.now)
    assert maintenance.current(session) is None


def test_the_one_that_runs_counts_before_the_one_that_is_announced(session, plan):
    plan(-1, 1, 9, "later")
    plan(-1, 0.5, 9, "sooner")
    found = maintenance.current(session)
    assert (found.text, found.is_running) == ("sooner", False)
    plan(-1, -0.5, 1, "runs")
    plan(-1, -0.2, 2, "ends last")
    found = maintenance.current(session)
    assert (found.text, found.is_running, found.seconds_left) == ("ends last", True, 7200)
    plan(-1, -0.1, None, "open")
    found = maintenance.current(session)
    assert (found.text, found.ends_at, found.seconds_left) == ("open", None, 3600)


def test_what_is_told_needs_no_database_afterwards(session, plan):
    plan(-1, -0.5, 1, "文")
    found = maintenance.current(session)
    session.rollback()
    session.close()
    assert (found.text, found.is_running, found.seconds_left) == ("文", True, 3600)


def test_every_step_is_in_the_audit(session, make, time):
    boss = make.staff()
    row = maintenance.register(session, boss, data(time))
    session.commit()
    maintenance.change(session, boss, row, data(time, text="変えた"))
    session.commit()
    maintenance.cancel(session, boss, row)
    session.commit()
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.event, e.actor_login_id, e.target) for e in entries] == [
        (event, boss.login_id, "2026/11/20 13:00")
        for event in ("maintenance:register", "maintenance:change", "maintenance:cancel")
    ]
    assert entries[0].changes["starts_at"] == [None, "2026-11-20T04:00:00+00:00"]
    assert entries[1].changes == {"text": ["お知らせ", "変えた"]}
    assert entries[2].changes == {"cancelled_at": [None, "2026-11-20T03:00:00+00:00"]}


def test_only_市場管理者_may(session, make, plan, time):
    row = plan(1, 2, 3)
    for actor in (make.reviewer(), make.admin(), make.user()):
        for run, arguments in [
            (maintenance.register, (data(time),)),
            (maintenance.change, (row, data(time))),
            (maintenance.cancel, (row,)),
            (maintenance.begin, (None, "")),
            (maintenance.end_running, ()),
        ]:
            with pytest.raises(Forbidden):
                run(session, actor, *arguments)
    assert session.scalars(maintenance.visible(make.admin())).all() == []
    assert session.scalars(maintenance.visible(make.reviewer())).all() == [row]


def test_the_end_must_still_come(session, make, plan, time):
    boss, row = make.staff(), plan(1, 2, 3)
    past = data(time, -3, -2, 0)
    assert refused(maintenance.register, session, boss, past) == ("error.W01.00001", "ends_at")
    assert refused(maintenance.check_register, session, boss, past) == ("error.W01.00001", "ends_at")
    assert refused(maintenance.change, session, boss, row, past) == ("error.W01.00001", "ends_at")
    assert refused(maintenance.begin, session, boss, time.now, "") == ("error.W01.00001", "ends_at")
    maintenance.register(session, boss, data(time, -3, -2, 0.001))  # a start in the past begins at once


def test_what_runs_keeps_its_start_and_may_end_sooner_or_later(session, make, plan, time):
    boss, row = make.staff(), plan(-2, -1, 1)
    assert refused(maintenance.change, session, boss, row, data(time, -2, 1, 2)) == ("error.W01.00005", "starts_at")
    assert refused(maintenance.change, session, boss, row, data(time, -3, -1, 2)) == (
        "error.W01.00005", "announced_from",
    )  # fmt: skip
    maintenance.change(session, boss, row, data(time, -2, -1, 5))
    session.commit()
    assert maintenance.current(session).seconds_left == 5 * 3600


def test_one_begun_at_the_console_in_mid_minute_can_be_changed_on_the_screen(session, make, time):
    time.forward(seconds=42, microseconds=7)
    row = maintenance.begin(session, Console(), None, "")
    session.commit()
    seen = time.now.replace(second=0, microsecond=0)  # the screen shows minutes
    typed = {"announced_from": seen, "starts_at": seen, "ends_at": seen + timedelta(hours=1), "text": "x"}
    maintenance.change(session, make.staff(), row, typed)
    session.commit()
    assert (row.starts_at, row.ends_at) == (time.now, seen + timedelta(hours=1))


@pytest.mark.parametrize("over", [{"end": -1}, {"end": 5, "cancelled": True}])
def test_what_is_over_stays_as_it_is(session, make, plan, time, over):
    row = plan(-3, -2, over["end"], cancelled_at=time.now if over.get("cancelled") else None)
    boss = make.staff()
    assert refused(maintenance.change, session, boss, row, data(time)) == ("error.W01.00002", None)
    assert refused(maintenance.check_change, session, boss, row, None) == ("error.W01.00002", None)
    assert refused(maintenance.cancel, session, boss, row) == ("error.W01.00003", None)


def test_off_ends_all_that_run_and_nothing_else(session, plan):
    running, open_, later = plan(-1, -1, 1), plan(-1, -1, None), plan(-1, 1, 2)
    assert maintenance.end_running(session, Console()) == 2
    session.commit()
    assert (running.phase, open_.phase, later.phase) == ("over", "over", "announced")
    assert not maintenance.current(session).is_running
    assert refused(maintenance.end_running, session, Console()) == ("error.W01.00004", None)


def test_the_list_is_searched_by_day_and_text(session, make, plan, time):
    noon, next_day = plan(0, 0, 1, "50%の停止"), plan(0, 12, 13, "点検")  # 12:00 and 24:00 in Tokyo
    boss, day = make.staff(), time.now.date()
    for criteria, expected in [
        ({}, {noon, next_day}),
        ({"day_from": day, "day_to": day}, {noon}),
        ({"day_from": day + timedelta(days=1)}, {next_day}),
        ({"text": "%"}, {noon}),
        ({"text": "点検"}, {next_day}),
    ]:
        assert set(session.scalars(maintenance.find(boss, criteria))) == expected
