"""掲載: from 新規ニュース作成 to 削除, who may read what, and which mails follow (BBS-040…076, 086, §9-A25…A27)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain import post_template
from domain.errors import DomainError, Forbidden
from domain.posts import Area, Side
from domain.review import ReviewAction, ReviewState
from models import AuditEntry, Post, PostedArea, Review
from services import due_work, members, post_expiry, post_search, posts, reviews
from services.posts import KIND
from views.transaction import transaction

TODAY = date(2026, 11, 20)  # tests.conftest.NOON
DAY = timedelta(days=1)
TOKYO, KANSAI = Area.TOKYO, Area.KANSAI


def facts(**more):
    values = {"starts_on": TODAY, "ends_on": TODAY + 100 * DAY, "title": "発電設備の売り希望（東京エリア）",
              "side": Side.SELL, "company": "株式会社発電一", "areas": [TOKYO], "remarks": ""} | more  # fmt: skip
    body = post_template.write(values["side"], values["company"], "掲示", "a@example.jp", "", values["areas"])
    return {"body": body, "contact": post_template.contact("掲示", "a@example.jp", "")} | values


@pytest.fixture
def poster(make):
    return make.member()


@pytest.fixture
def reader(make):
    return make.member("kaiin0002", company="株式会社発電二")


@pytest.fixture
def reviewer(make):
    return make.reviewer()


@pytest.fixture
def submit(poster, do):
    return lambda member=poster, **more: do(posts.submit, member, facts(**more))


@pytest.fixture
def act(reviewer, do):
    """act(post, "approve"): by the reviewer."""

    def run(post, action, reason="", actor=reviewer):
        return do(reviews.act, actor, KIND, post, ReviewAction(action), reason=reason)

    return run


@pytest.fixture
def read(session):
    """read(member, …): titles of 発電設備等の情報, by the conditions."""

    def found(member, **criteria):
        session.rollback()
        return [post.title for post in session.scalars(post_search.browse(member, criteria).order_by(Post.id))]

    return found


@pytest.fixture
def opens(session):
    """opens(member, post): does its address open?"""

    def found(member, post):
        session.rollback()
        return session.scalar(posts.readable(member).where(Post.id == post.id)) is not None

    return found


@pytest.fixture
def tabs(session):
    def read():
        session.rollback()
        return [area.label for area in post_search.tabs(session)]

    return read


def refused(run, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        run(*args, **kwargs)
    return caught.value.message_id, caught.value.field


# ---- 新規ニュース作成 -----------------------------------------------------------------------------------------
def test_bbs_052_a_new_post_waits_in_the_queue_and_only_its_poster_has_it(
    submit, poster, reader, read, opens, session, mails
):
    post = submit()
    assert (post.state, post.areas, post.member_id) == (ReviewState.APPLIED, [TOKYO], poster.id)
    assert (read(reader), read(poster), opens(reader, post)) == ([], [], False)
    assert [p.id for p in session.scalars(posts.own(poster))] == [post.id]
    assert list(session.scalars(posts.own(reader))) == []
    review = session.scalar(select(Review))
    assert (review.kind, review.record_id, review.applicant, review.applicant_id) == (
        "post", post.id, "株式会社発電一", poster.id,
    )  # fmt: skip
    assert review.due_on == date(2026, 11, 26)  # Friday, three 営業日, one 祝日 (11/23) between
    assert session.scalar(select(AuditEntry.event).where(AuditEntry.target_table == "posts")) == "post:submit"
    assert mails() == []


def test_bbs_042_the_period_begins_today_or_later_and_may_be_longer_than_a_year(submit):
    assert refused(submit, starts_on=TODAY - DAY) == ("error.B06.00001", "starts_on")
    assert submit(starts_on=TODAY, ends_on=TODAY).period == "2026/11/20 ~ 2026/11/20"
    assert not posts.is_long(submit(ends_on=TODAY + 365 * DAY))
    assert posts.is_long(submit(ends_on=TODAY + 730 * DAY))


def test_bbs_043_the_end_is_not_before_the_start(submit):
    assert refused(submit, starts_on=TODAY + 2 * DAY, ends_on=TODAY + DAY) == ("error.B06.00002", "ends_on")


def test_today_is_the_day_in_tokyo(submit, time):
    time.now = time.now.replace(hour=15, minute=0)  # 00:00 of the 21st
    assert refused(submit, starts_on=TODAY) == ("error.B06.00001", "starts_on")


def test_only_members_post(make, do):
    for actor in (make.staff(), make.reviewer(), make.user(), make.admin()):
        with pytest.raises(Forbidden):
            do(posts.submit, actor, facts())


# ---- 審査 ------------------------------------------------------------------------------------------------------
def test_bbs_053_an_approved_post_is_everybodys_and_its_poster_gets_a_mail(
    submit, act, reader, poster, read, opens, mails
):
    post = submit()
    act(post, "approve")
    assert (read(reader), read(poster), opens(reader, post)) == ([post.title], [post.title], True)
    [mail] = mails()
    assert (mail.event, mail.recipient) == ("BBS-PAP", poster.email)
    assert mail.facts["タイトル"] == post.title


def test_bbs_054_a_rejected_post_keeps_its_reason_and_its_mail_has_the_manuals_subject(
    submit, act, reader, opens, mails, session
):
    post = submit()
    assert refused(act, post, "reject", " ") == ("error.R01.00002", "reason")
    act(post, "reject", "事業者名が略称です。\n正式名称を記載してください。")
    assert (post.state, opens(reader, post)) == (ReviewState.REJECTED, False)
    assert session.get(Post, post.id).reason == "事業者名が略称です。\n正式名称を記載してください。"
    [mail] = mails()
    assert mail.subject == "【発電設備等の情報掲示板】発電設備等情報への掲載が承認されませんでした"
    assert mail.facts["否認理由"] == "事業者名が略称です。 正式名称を記載してください。"
    assert refused(act, post, "approve") == ("error.R01.00001", None)


def test_bbs_055_an_approved_post_is_rejected_later(submit, act, reader, read, opens, mails, tabs):
    post = submit()
    act(post, "approve")
    act(post, "reject", "不適切な内容です。")
    assert (post.state, read(reader), opens(reader, post)) == (ReviewState.REVOKED, [], False)
    assert [mail.event for mail in mails()] == ["BBS-PAP", "BBS-PRJ"]
    assert tabs() == ["東京"]  # it was shown once (BBS-071)


@pytest.mark.parametrize("state", ["applied", "in_review", "rejected", "revoked", "withdrawn"])
def test_what_is_not_approved_is_nobody_elses(make, poster, reader, read, opens, state):
    post = make.post(poster, state=ReviewState(state))
    for member in (reader, poster):
        assert (read(member, with_ended=True), opens(member, post)) == ([], False)


def test_bbs_058_an_old_post_is_copied_by_its_poster_alone(submit, act, do, poster, reader):
    old = submit()
    act(old, "reject", "x")
    assert do(posts.submit, poster, facts(), copied_from=old).copied_from_id == old.id
    with pytest.raises(Forbidden):
        do(posts.submit, reader, facts(), copied_from=old)


def test_the_reviewer_is_told_of_a_long_period_and_another_company(submit, session):
    assert posts.remarks(session, submit(company="㈱発電 一")) == []
    told = posts.remarks(session, submit(company="株式会社別", ends_on=TODAY + 800 * DAY))
    assert told == [
        "掲載期間が1年を超えています。", "事業者名が、会員の勤務先会社名（株式会社発電一）と異なります。",
    ]  # fmt: skip


def test_the_reviewer_is_told_that_the_period_ended_while_it_waited(submit, session, time):
    post = submit(ends_on=TODAY + DAY)
    time.forward(days=1)
    assert posts.remarks(session, post) == []
    time.forward(days=1)
    [told] = posts.remarks(session, post)
    assert told.startswith("掲載期間が終了しています。")


# ---- 削除 --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["applied", "in_review", "approved", "rejected", "revoked"])
def test_bbs_061_a_deleted_post_is_gone_for_everybody(make, do, poster, reader, read, opens, session, state):
    post = make.post(poster, state=ReviewState(state))
    do(posts.delete, poster, post)
    assert (post.state, list(session.scalars(posts.own(poster)))) == (ReviewState.WITHDRAWN, [])
    assert (read(reader, with_ended=True), opens(reader, post), opens(poster, post)) == ([], False, False)
    assert session.scalar(select(Review)).state is ReviewState.WITHDRAWN
    assert [e.event for e in session.scalars(select(AuditEntry))] == ["post:delete"]
    assert refused(do, posts.delete, poster, post) == ("error.R01.00001", None)


def test_bbs_062_only_the_own_ones_and_staff_clean_up(make, do, poster, reader):
    post = make.post(poster, state=ReviewState.APPROVED)
    for actor in (reader, make.reviewer(), make.user()):
        with pytest.raises(Forbidden):
            do(posts.delete, actor, post)
    do(posts.delete, make.staff(), post)
    assert post.state is ReviewState.WITHDRAWN


def test_bbs_086_the_posts_of_a_deleted_id_go_with_it(make, do, poster, reader, read):
    made = [make.post(poster, state=ReviewState(s)) for s in ("approved", "applied", "rejected", "withdrawn")]
    other = make.post(reader, state=ReviewState.APPROVED, title="残る")
    do(posts.withdraw_all, make.staff(), poster)
    assert {post.state for post in made} == {ReviewState.WITHDRAWN}
    assert read(reader) == [other.title]


# ---- 参照 --------------------------------------------------------------------------------------------------------
def test_a25_before_the_start_nobody_sees_it_after_the_end_only_who_asks(make, poster, reader, read, opens, time):
    post = make.post(poster, state=ReviewState.APPROVED, starts_on=TODAY + DAY, ends_on=TODAY + 2 * DAY)
    seen = []
    for _ in range(4):
        seen.append((bool(read(reader)), bool(read(reader, with_ended=True)), opens(reader, post), post.is_over))
        time.forward(days=1)
    assert seen == [
        (False, False, False, False),
        (True, True, True, False),
        (True, True, True, False),
        (False, True, True, True),
    ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("希望", True), ("売り希望", True), ("ＬＮＧ", True), ("lng", True), ("ﾌﾟﾗﾝﾄ", True), ("プラント", True),
        ("1%増", False), ("_", False), ("買い", False), ("10%", True), ("１０％", True), ("　LNG ", True),
    ],
)  # fmt: skip
def test_bbs_073_titles_are_found_anywhere_whatever_their_width(make, poster, reader, read, typed, found):
    make.post(poster, state=ReviewState.APPROVED, title="LNGプラントの売り希望（10%増）")
    make.post(poster, state=ReviewState.APPROVED, title="他")
    assert (read(reader, title=typed) == ["LNGプラントの売り希望（10%増）"]) is found


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "found"),
    [
        (None, None, True),
        (TODAY + 20 * DAY, None, True),  # 終了日 itself
        (TODAY + 21 * DAY, None, False),
        (None, TODAY, True),  # 開始日 itself
        (None, TODAY - DAY, False),
        (TODAY + 5 * DAY, TODAY + 6 * DAY, True),
        (TODAY - 9 * DAY, TODAY + 90 * DAY, True),
        (TODAY + 30 * DAY, TODAY + 40 * DAY, False),
    ],
)
def test_a26_periods_that_overlap_are_found_either_bound_may_be_missing(
    make, poster, reader, read, starts_on, ends_on, found
):
    make.post(poster, state=ReviewState.APPROVED, starts_on=TODAY, ends_on=TODAY + 20 * DAY)
    assert bool(read(reader, starts_on=starts_on, ends_on=ends_on)) is found


def test_bbs_070_all_has_every_area_and_none_a_tab_its_own(make, poster, reader, read):
    for title, areas in (("東京", ["03"]), ("東京と関西", ["03", "06"]), ("なし", [])):
        make.post(poster, state=ReviewState.APPROVED, title=title, areas=areas)
    assert read(reader) == ["東京", "東京と関西", "なし"]
    assert read(reader, area="03") == ["東京", "東京と関西"]
    assert read(reader, area="06") == ["東京と関西"]
    assert read(reader, area="01") == []


def test_bbs_071_a_tab_appears_with_the_first_post_and_stays(submit, act, do, poster, tabs, time):
    assert tabs() == []
    waiting = submit(areas=[KANSAI])
    post = submit(areas=[TOKYO], starts_on=TODAY + DAY)
    act(post, "approve")
    assert tabs() == []  # not shown yet
    time.forward(days=1)
    assert tabs() == ["東京"]
    do(posts.delete, poster, post)
    do(posts.delete, poster, waiting)
    assert tabs() == ["東京"]


def test_bbs_071_a_post_gone_before_its_start_leaves_no_tab(submit, act, do, poster, tabs, time, session):
    early, late = (submit(areas=[TOKYO], starts_on=TODAY + n * DAY) for n in (2, 5))
    act(late, "approve")
    act(early, "approve")
    do(posts.delete, poster, early)
    time.forward(days=3)
    assert tabs() == []
    time.forward(days=2)
    assert tabs() == ["東京"]
    assert session.get(PostedArea, TOKYO).since == TODAY + 5 * DAY


def test_the_overview_counts_what_is_open(make, poster, reader, session):
    for side, areas, more in (
        (Side.SELL, ["03"], {}), (Side.SELL, ["03", "06"], {}), (Side.BUY, ["06"], {}), (Side.BUY, [], {}),
        (Side.SELL, ["01"], {"starts_on": TODAY - 9 * DAY, "ends_on": TODAY - DAY}),
        (Side.SELL, ["02"], {"starts_on": TODAY + DAY}),
        (Side.SELL, ["09"], {"state": ReviewState.APPLIED}),
    ):  # fmt: skip
        make.post(poster, side=side, areas=areas, **{"state": ReviewState.APPROVED} | more)
    rows = post_search.overview(session, reader)
    assert [(row.name, row.sell, row.buy) for row in rows] == [
        ("北海道", 0, 0), ("東京", 2, 0), ("関西", 1, 1), ("エリア指定なし", 0, 1),
    ]  # fmt: skip
    assert post_search.largest(rows) == 2


# ---- 掲載期間の終了 -----------------------------------------------------------------------------------------------
@pytest.fixture
def work(app, limits):
    """Everything that is due now, as the worker does it."""
    return lambda: due_work.run(transaction, limits)


def test_bbs_exp_is_sent_the_day_after_the_end_and_thirty_days_later(make, poster, work, mails, time):
    make.post(poster, state=ReviewState.APPROVED, ends_on=TODAY)
    sent = {}
    for day in range(70):
        before = len(mails("BBS-EXP"))
        work()
        work()
        if len(mails("BBS-EXP")) > before:
            sent[day] = mails("BBS-EXP")[before:]
        time.forward(days=1)
    assert {day: len(found) for day, found in sent.items()} == {1: 1, 31: 1}
    [mail] = sent[1]
    assert (mail.recipient, mail.facts["終了日"]) == (poster.email, "2026/11/20")
    assert mail.subject.startswith("【発電設備等の情報掲示板】")


@pytest.mark.parametrize("state", ["applied", "in_review", "rejected", "revoked", "withdrawn"])
def test_bbs_exp_is_about_approved_posts_only(make, poster, work, mails, time, state):
    make.post(poster, state=ReviewState(state), ends_on=TODAY)
    time.forward(days=40)
    work()
    assert mails() == []


def test_bbs_exp_after_weeks_without_a_worker_only_one_mail(make, poster, work, mails, time):
    make.post(poster, state=ReviewState.APPROVED, ends_on=TODAY)
    time.forward(days=50)
    work()
    time.forward(days=50)
    work()
    assert len(mails("BBS-EXP")) == 1


def test_a_reminder_is_no_change_of_the_post(make, poster, do, session, time):
    post = make.post(poster, state=ReviewState.APPROVED, ends_on=TODAY)
    time.forward(days=1)
    before = (post.version, post.updated_at)
    do(post_expiry.remind, post.id)
    do(post_expiry.remind, post.id)
    session.refresh(post)
    assert ((post.version, post.updated_at), post.reminded) == (before, 1)


def test_bbs_064_staff_are_offered_what_nobody_deleted(make, poster, work, session, time):
    staff = make.staff()
    post = make.post(poster, state=ReviewState.APPROVED, ends_on=TODAY)
    make.post(poster, state=ReviewState.APPROVED, ends_on=TODAY + 500 * DAY, title="掲載中")
    offered = {}
    for day in range(64):
        work()
        for phase in ("open", "over", "cleanup"):
            found = session.scalars(post_search.find(staff, {"phase": phase})).all()
            if post in found:
                offered.setdefault(phase, day)
        time.forward(days=1)
    assert offered == {"open": 0, "over": 1, "cleanup": 61}  # 30 days after the second mail


# ---- 掲載情報 of staff ----------------------------------------------------------------------------------------------
def test_staff_find_posts_by_member_state_area_and_title(make, poster, reader, session):
    staff = make.staff()
    mine = make.post(poster, title="一", areas=["03"])
    other = make.post(reader, title="二", areas=["06"], state=ReviewState.WITHDRAWN)

    def found(**criteria):
        return [post.title for post in session.scalars(post_search.find(staff, criteria).order_by(Post.id))]

    assert found() == ["一", "二"]
    assert found(login_id="KAIIN0001") == [mine.title]
    assert found(login_id="kaiin") == ["一", "二"]
    assert found(login_id="%") == []
    assert found(review_state=["withdrawn"]) == [other.title]
    assert found(area="06") == ["二"]
    assert found(title="一") == ["一"]
    assert session.scalars(posts.visible(make.user())).all() == []


def test_facts_of_a_post_are_those_of_the_form(submit, session):
    names = [name for name, _ in posts.facts(session, submit())]
    assert names == ["開始日", "終了日", "タイトル", "希望の区分", "事業者名", "問合せ先", "電源所在エリア",
                     "任意記載事項", "電源情報 (本文)"]  # fmt: skip


def test_bbs_086_deleting_the_id_takes_its_posts_from_the_board(make, do, poster, reader, read):
    make.post(poster, state=ReviewState.APPROVED)
    do(members.delete, make.staff(), poster)
    assert read(reader, with_ended=True) == []


def test_a_reviewer_compares_a_post_with_the_one_it_was_copied_from_or_the_last_rejected_one(submit, act, do, session):
    """複製して再申請 (BBS-058); another plant of the same company is no former submission."""
    other = submit(title="別の設備")
    act(other, "approve")
    first = submit(title="一回目")
    assert posts.previous(session, first) is None
    act(first, "reject", "理由")
    second = submit(title="書き直し")
    assert posts.previous(session, second).id == first.id
    copy = do(posts.submit, second.member, facts(title="複製"), other)
    assert posts.previous(session, copy).id == other.id
