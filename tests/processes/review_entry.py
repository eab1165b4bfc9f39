"""Test-only: one reviewer among several processes, doing at random what a reviewer does.

`python -m tests.processes.review_entry ACTOR SEED STEPS`: prints what happened, one JSON object. It starts when told to
on its standard input, so that all begin together.
"""

import json
import random
import sys

from sqlalchemy import select

from app import create_app
from domain.errors import DomainError
from domain.review import ReviewAction
from domain.roles import Permission
from models import Account, Review, db
from services import access, desk
from services.desk import Seen
from tests import staff_request
from views.transaction import transaction

ACTIONS = tuple(ReviewAction)


def step(chance, actor, ids):
    """One action on one of these, with what is seen now or with an older look; (outcome, action, id)."""
    session = db.session()
    session.rollback()
    actor = session.get(Account, actor)
    review = session.scalar(select(Review).where(Review.id == chance.choice(ids)))
    seen = desk.versions(session, [review])[review.id]
    if chance.random() < 0.2:
        seen = Seen(seen.place - 1, seen.record)
    may_withdraw = access.allows(actor, Permission.POST_DELETE)
    action = chance.choice([a for a in ACTIONS if may_withdraw or a is not ReviewAction.WITHDRAW])
    number = review.id
    session.rollback()
    try:
        with transaction() as s:
            move = desk.act(s, actor, review, action, reason="理由", seen=seen)
        return {"id": number, "action": action.value, "to": move.target.value}
    except DomainError as error:
        return {"id": number, "action": action.value, "refused": error.message_id}


def main(actor, seed, steps):
    chance = random.Random(seed)
    app = create_app(BCRYPT_COST=4)
    with app.app_context(), staff_request.declared():
        ids = list(db.session.scalars(select(Review.id).order_by(Review.id)))
        db.session.rollback()
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps([step(chance, int(actor), ids) for _ in range(int(steps))]), flush=True)
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
