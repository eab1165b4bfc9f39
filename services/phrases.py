"""定型文: reasons for 否認 that reviewers use again and again (house-style §5)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.errors import DomainError
from domain.roles import Permission
from models.review import Phrase
from services import access, small_tables
from services.access import Actor


def visible(actor: Actor) -> Select[Phrase]:
    return access.restrict(select(Phrase), actor, Permission.PHRASE_SEARCH, Phrase)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Phrase]:
    """定型文一覧. The text matches anywhere."""
    rows = visible(actor)
    if text := criteria.get("text"):
        rows = rows.where(Phrase.text.icontains(text, autoescape=True))
    return rows


def offered(session: Session, actor: Actor) -> list[Phrase]:
    """As the desk offers them."""
    return list(session.scalars(visible(actor).order_by(Phrase.place, Phrase.id)))


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Phrase:
    """定型文の登録. Raises DomainError: error.C03.00001, error.R02.00001."""
    check_register(session, actor, data)
    row = Phrase(**data)
    small_tables.add(session, actor, Permission.PHRASE_REGISTER, row, _taken())
    return row


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> None:
    access.require(actor, Permission.PHRASE_REGISTER)
    _not_twice(session, data["text"], None)


def change(session: Session, actor: Actor, row: Phrase, data: Mapping[str, Any]) -> None:
    """定型文の変更. Raises DomainError: error.C03.00001, error.R02.00001."""
    check_change(session, actor, row, data)
    small_tables.rewrite(session, actor, Permission.PHRASE_CHANGE, row, data, _taken())


def check_change(session: Session, actor: Actor, row: Phrase, data: Mapping[str, Any] | None) -> None:
    access.require(actor, Permission.PHRASE_CHANGE, row)
    if data is not None:
        _not_twice(session, data["text"], row.id)


def delete(session: Session, actor: Actor, row: Phrase) -> None:
    """定型文の削除; reasons it was used in keep it. Raises DomainError: error.C03.00001."""
    small_tables.remove(session, actor, Permission.PHRASE_DELETE, row)


def _not_twice(session: Session, text: str, own_id: int | None) -> None:
    with session.no_autoflush:
        found = session.scalar(select(Phrase.id).where(Phrase.text == text))
    if found not in (None, own_id):
        raise _taken()


def _taken() -> DomainError:
    return DomainError("error.R02.00001", field="text")
