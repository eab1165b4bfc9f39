"""メール送信履歴: reading the outbox, and sending again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain import clock
from domain.errors import DomainError
from domain.roles import Permission
from domain.text import fold_search
from models.mail import MailState, OutgoingMail
from services import access, audit, mail
from services.access import Actor


def visible(actor: Actor) -> Select[OutgoingMail]:
    return access.restrict(select(OutgoingMail), actor, Permission.MAIL_SEARCH, OutgoingMail)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[OutgoingMail]:
    """メール送信履歴一覧. Days are inclusive Asia/Tokyo days; the address matches anywhere."""
    rows = visible(actor)
    if day := criteria.get("day_from"):
        rows = rows.where(OutgoingMail.created_at >= clock.start_of(day))
    if (day := criteria.get("day_to")) and day.year < 9999:
        rows = rows.where(OutgoingMail.created_at < clock.start_of(day + timedelta(days=1)))
    if text := criteria.get("recipient"):
        rows = rows.where(OutgoingMail.recipient.icontains(fold_search(text), autoescape=True))
    if event := criteria.get("event"):
        rows = rows.where(OutgoingMail.event == event)
    if states := criteria.get("state"):
        rows = rows.where(OutgoingMail.state.in_([MailState(s) for s in states]))
    return rows


def resend(session: Session, actor: Actor, row: OutgoingMail) -> None:
    """再送: a new mail with the same text. Raises DomainError: error.C03.00001, error.M01.00001–2."""
    access.require(actor, Permission.MAIL_RESEND)
    if row.has_secret:
        raise DomainError("error.M01.00001")
    if row.state is MailState.WAITING:
        raise DomainError("error.M01.00002")
    mail.again(session, row)
    audit.record(session, actor, Permission.MAIL_RESEND, row)
