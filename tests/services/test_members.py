"""会員: パスワード再設定, IDの削除, one live member per 事業者 (BBS-080…086, A22)."""

from datetime import date, timedelta

import pytest

from domain.credentials import BOARD
from domain.errors import DomainError, Forbidden
from domain.review import POST, ReviewState
from domain.roles import Permission
from models import AuditEntry, Post, SignInCounter, SignInSession
from services import hashing, members, registrations, reviews, sessions, sign_in
from tests.factories import BOARD_PASSWORD

LIMITS = sessions.Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))


@pytest.fixture
def ready(app, session, time):
    session.info["mail"] = app.config["MAIL_SETTINGS"]
    return session


def freeze(session, member):
    for _ in range(5):
        sign_in.count_failure(session, BOARD, member.login_key)
    session.commit()


# ---- パスワード再設定 ----------------
def test_a_reset_mails_a_temporary_password_that_has_to_be_changed(ready, make, mails):  # BBS-081
    member, staff = make.member(), make.staff()
    issued = members.reissue(ready, staff, member)
    ready.commit()
    assert member.must_change_password
    assert issued.password.isalnum()
    assert not BOARD.problems(issued.password, member.login_id)
    assert hashing.matches(member.password_hash, issued.password)
    [mail] = mails("BBS-RPW")
    assert mail.recipient == member.email
    assert {name: mail.facts[name] for name in ("ID", "お名前", "仮パスワード", "有効期限")} == {
        "ID": "kaiin0001", "お名前": "掲示　一郎", "仮パスワード": issued.password, "有効期限": "2026/11/22",
    }  # fmt: skip
    assert "必ず適切なパスワードに変更" in mail.body
    assert ready.query(AuditEntry).filter_by(event="member:reissue", target_id=member.id).count() == 1


def test_a_reset_ends_the_sessions(ready, make):
    member = make.member()
    sessions.open_for(ready, member, "192.0.2.1", LIMITS)
    members.reissue(ready, make.staff(), member)
    assert ready.query(SignInSession).filter_by(ended_at=None).count() == 0


def test_a_frozen_id_is_not_reset_before_its_24_hours_are_over(ready, make, time):  # BBS-082
    member, staff = make.member(), make.staff()
    freeze(ready, member)
    time.forward(hours=23, minutes=59, seconds=59)
    with pytest.raises(DomainError, match=r"error\.B01\.00005"):
        members.reissue(ready, staff, member)
    ready.rollback()
    assert hashing.matches(member.password_hash, BOARD_PASSWORD)
    time.forward(seconds=1)
    members.reissue(ready, staff, member)
    assert member.must_change_password


def test_a_deleted_member_is_not_reset(ready, make, time):
    member = make.member(deleted_at=time.now, is_live=False)
    with pytest.raises(DomainError, match=r"error\.U06\.00001"):
        members.reissue(ready, make.staff(), member)


# ---- IDの削除 ----------------
def test_deletion_ends_everything_and_is_mailed(ready, make, mails, time):  # BBS-085
    member, staff = make.member(), make.staff()
    sessions.open_for(ready, member, "192.0.2.1", LIMITS)
    members.delete(ready, staff, member)
    ready.commit()
    assert (member.is_deleted, member.is_live, member.is_shut_out) == (True, False, True)
    assert ready.query(SignInSession).filter_by(ended_at=None).count() == 0
    [mail] = mails("BBS-DEL")
    assert (mail.recipient, mail.facts["ID"]) == (member.email, "kaiin0001")
    for spelling in ("kaiin0001", "KAIIN0001", "ｋａｉｉｎ０００１"):
        assert registrations.is_taken(ready, spelling)
    attempt = sign_in.Attempt(BOARD, "kaiin0001", BOARD_PASSWORD)
    assert sign_in.judge(ready, attempt).verdict is sign_in.Verdict.WRONG


def test_what_is_deleted_is_not_deleted_again(ready, make, time):
    member = make.member(deleted_at=time.now, is_live=False)
    with pytest.raises(DomainError, match=r"error\.B03\.00001"):
        members.delete(ready, make.staff(), member)


@pytest.mark.parametrize("run", [members.reissue, members.delete])
def test_only_the_market_administrators_reset_and_delete(ready, make, run):
    member = make.member()
    for actor in (make.reviewer(), make.admin(), make.member("kaiin0002"), member):
        with pytest.raises(Forbidden):
            run(ready, actor, member)
    assert not member.is_deleted
    assert not member.must_change_password


@pytest.mark.parametrize("state", ["applied", "in_review", "approved", "rejected", "revoked"])
def test_the_posts_of_a_deleted_member_are_withdrawn(ready, make, monkeypatch, state):  # BBS-086
    kind = reviews.Kind("post", "掲載", Post, POST, Permission.POST_SEARCH, 3, lambda *_: [], lambda *_: None)
    monkeypatch.setitem(reviews.KINDS, "post", kind)
    own, other = make.member(), make.member("kaiin0002")
    posts = []
    for member in (own, other):
        facts = {"title": "売り希望", "body": "①売", "side": "sell", "company": "株式会社発電一", "contact": "担当"}
        period = {"starts_on": date(2026, 11, 20), "ends_on": date(2027, 11, 19)}
        post = Post(member_id=member.id, state=ReviewState(state), **facts, **period)
        ready.add(post)
        ready.flush()
        about = {"title": "売り希望", "applicant": "株式会社発電一", "applicant_key": "x", "applicant_id": member.id}
        reviews.submit(ready, "post", post, days=3, **about).state = ReviewState(state)
        posts.append(post)
    ready.commit()
    members.delete(ready, make.staff(), own)
    ready.commit()
    assert [post.state for post in posts] == ["withdrawn", state]


# ---- 事業者コード ----------------
def test_a_reviewer_says_which_operator_a_member_is(ready, make):  # A22
    member, reviewer = make.member(), make.reviewer()
    make.operator("0001")
    members.bind_operator(ready, reviewer, member, {"operator_code": "0001"})
    assert member.market_operator.code == "0001"
    members.bind_operator(ready, reviewer, member, {"operator_code": ""})
    assert member.market_operator is None
    changes = [entry.changes for entry in ready.query(AuditEntry).filter_by(event="member:bind").order_by("id")]
    assert changes == [{"operator_code": [None, "0001"]}, {"operator_code": ["0001", None]}]


def test_an_operator_has_one_live_member(ready, make, time):  # BBS-006
    first, second = make.member("kaiin0001", operator="0001"), make.member("kaiin0002")
    with pytest.raises(DomainError, match=r"error\.B03\.00002"):
        members.bind_operator(ready, make.reviewer(), second, {"operator_code": "0001"})
    ready.rollback()
    members.delete(ready, make.staff(), first)
    ready.commit()
    members.bind_operator(ready, make.reviewer(), second, {"operator_code": "0001"})
    assert second.market_operator.code == "0001"


def test_an_unknown_operator_and_a_deleted_member_are_refused(ready, make, time):
    with pytest.raises(DomainError, match=r"error\.U02\.00003"):
        members.bind_operator(ready, make.reviewer(), make.member(), {"operator_code": "0099"})
    gone = make.member("kaiin0002", deleted_at=time.now, is_live=False)
    with pytest.raises(DomainError, match=r"error\.B03\.00001"):
        members.bind_operator(ready, make.reviewer(), gone, {"operator_code": ""})


# ---- the search ----------------
@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"login_id": "KAIIN"}, ["kaiin0001", "kaiin0002"]),
        ({"login_id": "ｋａｉｉｎ０００２"}, ["kaiin0002"]),
        ({"company": "㈱発電一"}, ["kaiin0001"]),
        ({"company": "%"}, []),
        ({"name": "掲示"}, ["kaiin0001", "kaiin0002"]),
        ({"is_deleted": ["1"]}, ["kaiin0002"]),
        ({"is_deleted": ["0"]}, ["kaiin0001"]),
        ({"is_deleted": ["0", "1"]}, ["kaiin0001", "kaiin0002"]),
    ],
)
def test_the_list_finds_members(ready, make, time, criteria, found):
    make.member("kaiin0001", company="株式会社発電一")
    make.member("kaiin0002", company="株式会社発電二", deleted_at=time.now, is_live=False)
    rows = ready.scalars(members.find(make.reviewer(), criteria)).unique()
    assert sorted(row.login_id for row in rows) == found


# ---- the freeze ----------------
def counter(session):
    return session.query(SignInCounter).populate_existing().one()


@pytest.mark.parametrize("what", ["attempts", "sweep", "password change", "reset", "unlock"])
def test_a_freeze_lasts_exactly_24_hours_whatever_happens_meanwhile(ready, make, time, what):  # BBS-031, BBS-033
    from services import passwords, sweep

    member, staff = make.member(), make.staff()
    freeze(ready, member)
    since = counter(ready).locked_at
    for _ in range(23):
        time.forward(hours=1)
        if what == "attempts":
            sign_in.count_failure(ready, BOARD, member.login_key)
        elif what == "sweep":
            sweep.run(ready, LIMITS)
        elif what == "password change":
            sign_in.clear_failures(ready, BOARD, member.login_key)
        elif what == "reset":
            with pytest.raises(DomainError, match=r"error\.B01\.00005"):
                members.reissue(ready, staff, member)
        else:
            with pytest.raises(Forbidden):
                passwords.unlock(ready, staff, member)
        ready.commit()
        assert counter(ready).locked_at == since
    time.forward(minutes=59, seconds=59)
    assert sign_in.is_locked(ready, BOARD, member.login_key)
    time.forward(seconds=1)
    assert not sign_in.is_locked(ready, BOARD, member.login_key)
    assert sign_in.count_failure(ready, BOARD, member.login_key) == 1, "counted anew (BBS-034)"


def test_a_member_is_valid_from_the_day_of_the_approval(ready, make):
    assert make.member(valid_from=date(2026, 11, 20)).is_shut_out is False
