"""Posts of the demo: in every area and state, of both members, as services would have left them (contract.md)."""

import pytest
from sqlalchemy import select

from domain import post_template
from domain.company import company_key
from domain.posts import Area
from domain.review import POST, ReviewState, states_of
from models import Member, Post, PostedArea, Review
from seed import demo
from services import post_search


@pytest.fixture
def loaded(do, session):
    assert do(demo.load)
    return session


def test_there_are_posts_in_every_area_and_state_of_both_members(loaded):
    rows = loaded.scalars(select(Post)).all()
    assert {post.state for post in rows} == set(states_of(POST))
    assert {post.member.login_id for post in rows} == {"board0001", "board0002"}
    approved = [post for post in rows if post.state is ReviewState.APPROVED]
    assert {area for post in approved for area in post.areas} == set(Area)
    assert any(post.is_over for post in approved)


def test_each_stands_in_the_queue_as_it_is(loaded):
    reviews = {review.record_id: review for review in loaded.scalars(select(Review).where(Review.kind == "post"))}
    for post in loaded.scalars(select(Post)):
        review = reviews.pop(post.id)
        assert (review.state, review.applicant_id, review.title) == (post.state, post.member_id, post.title)
        decided = post.state in (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.REVOKED)
        assert (review.decided_by is not None) is decided
        assert review.decided_by is None or review.decided_by.login_id == "S000000002"
        assert bool(post.reason) is (post.state in (ReviewState.REJECTED, ReviewState.REVOKED))
        assert review.applicant_key == company_key(post.member.company)
    assert reviews == {}


def test_their_texts_are_those_of_the_guided_form(loaded):
    for post in loaded.scalars(select(Post)):
        found = post_template.parse(post.body)
        assert found.problems == []
        assert (found.side, found.company, found.areas) == (post.side, post.company, post.areas)
        assert (found.contact, found.remarks) == (post.contact, post.remarks)


def test_every_area_has_its_tab_and_its_bar(loaded):
    member = loaded.scalar(select(Member).where(Member.login_id == "board0001"))
    assert post_search.tabs(loaded) == list(Area)
    assert [row.name for row in post_search.overview(loaded, member)] == [
        "北海道", "東北", "東京", "中部", "北陸", "関西", "中国", "四国", "九州", "沖縄", "エリア指定なし",
    ]  # fmt: skip
    since = dict(loaded.execute(select(PostedArea.area, PostedArea.since)).all())
    for area, day in since.items():
        shown = [p for p in loaded.scalars(select(Post)) if p.state is ReviewState.APPROVED and area in p.areas]
        assert day == min(post.starts_on for post in shown)
