"""Posts of demo.toml: in every area and state, as services would have left them."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain import clock, post_template
from domain.company import company_key
from domain.posts import Area, Side
from domain.review import ReviewState
from models import Member, Post, PostedArea, Review, Staff
from services import reviews

_DECIDED = (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.REVOKED)


def add(session: Session, rows: list[dict[str, Any]], members: dict[str, Member], reviewer: Staff) -> None:
    opened: dict[Area, Any] = {}
    for row in rows:
        member = members[row["member"]]
        post = _post(row, member)
        session.add(post)
        session.flush()
        review = reviews.submit(
            session, "post", post, days=3, title=post.title, applicant=member.company,
            applicant_key=company_key(member.company), applicant_id=member.id,
        )  # fmt: skip
        _decide(review, post, row, reviewer)
        if post.state is ReviewState.APPROVED:
            opened |= {area: min(opened.get(area, post.starts_on), post.starts_on) for area in post.areas}
    session.add_all(PostedArea(area=area, since=since) for area, since in sorted(opened.items()))


def _post(row: dict[str, Any], member: Member) -> Post:
    side, areas = Side(row["side"]), [Area(code) for code in row["areas"]]
    phone = member.registration.phone
    post = Post(
        member_id=member.id, state=ReviewState(row["state"]), title=row["title"], side=side, company=member.company,
        contact=post_template.contact(member.name, member.email, phone), remarks=row["remarks"],
        body=post_template.write(side, member.company, member.name, member.email, phone, areas, row["remarks"]),
        starts_on=clock.today() + timedelta(days=row["starts"]), ends_on=clock.today() + timedelta(days=row["ends"]),
        reason=row.get("reason", ""),
    )  # fmt: skip
    post.areas = areas
    return post


def _decide(review: Review, post: Post, row: dict[str, Any], reviewer: Staff) -> None:
    review.state = post.state
    if post.state is ReviewState.IN_REVIEW or post.state in _DECIDED:
        review.claimed_by_id, review.claimed_at = reviewer.id, clock.now()
    if post.state in _DECIDED:
        review.decided_by_id, review.decided_at, review.reason = reviewer.id, clock.now(), post.reason
