"""BBS-EXP: the poster of an ended post is asked to delete it, the day after 終了日 and 30 days later ((2)c, (2)d)."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import clock, terms
from domain.review import ReviewState
from models.post import Post
from services import mail

REMINDERS = (1, 31)  # days after 終了日
CLEANED_AFTER = REMINDERS[-1] + 30  # from then on it is offered to staff for 削除


def due(session: Session) -> list[int]:
    """Numbers of the posts whose poster is to be asked now."""
    today = clock.today()
    ended = select(Post.id).where(Post.state == ReviewState.APPROVED, Post.reminded < len(REMINDERS))
    # Compared as days, so that the index on 終了日 serves both.
    ended = ended.where(Post.ends_on <= today - timedelta(days=REMINDERS[0]))
    again = Post.ends_on <= today - timedelta(days=REMINDERS[1])
    return list(session.scalars(ended.where((Post.reminded == 0) | again).order_by(Post.id)))


def remind(session: Session, number: int) -> None:
    """One mail, unless another worker has written it. Of two that are due – nobody worked for weeks – only one."""
    today = clock.today()
    post = session.get(Post, number, populate_existing=True)
    if post is None:
        return
    reached = sum(post.ends_on <= today - timedelta(days=days) for days in REMINDERS)
    first = (
        update(Post)
        .where(Post.id == number, Post.state == ReviewState.APPROVED, Post.reminded < reached)
        # No change of the post: what a reviewer or its poster has on the screen stays valid.
        .values(reminded=reached, updated_at=Post.updated_at)
        .returning(Post.id)
    )
    if session.scalar(first, execution_options={"synchronize_session": False}) is None:
        return
    facts = {terms.POST["title"]: post.title, terms.POST["ends_on"]: f"{post.ends_on:%Y/%m/%d}"}
    mail.plain(session, "BBS-EXP", [post.member.email], facts)
