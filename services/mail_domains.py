"""メールドメイン: which domains nobody registers with, and which the reviewer is told of (BBS-015)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.errors import DomainError
from domain.roles import Permission
from domain.text import fold_search
from models.board import DomainRule, MailDomain
from services import access, small_tables
from services.access import Actor


def visible(actor: Actor) -> Select[MailDomain]:
    return access.restrict(select(MailDomain), actor, Permission.DOMAIN_SEARCH, MailDomain)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[MailDomain]:
    """メールドメイン一覧. The domain matches anywhere."""
    rows = visible(actor)
    if text := criteria.get("domain"):
        rows = rows.where(MailDomain.domain.contains(fold_search(text), autoescape=True))
    if rules := criteria.get("rule"):
        rows = rows.where(MailDomain.rule.in_([DomainRule(rule) for rule in rules]))
    return rows


def rule_of(session: Session, address: str) -> DomainRule | None:
    """What is to be done about a mail address; a domain stands for its subdomains, the nearest one counts."""
    labels = address.rpartition("@")[2].casefold().rstrip(".").split(".")
    names = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    rows = session.scalars(select(MailDomain).where(MailDomain.domain.in_(names)))
    found = {row.domain: row.rule for row in rows}
    return next((found[name] for name in names if name in found), None)


def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> MailDomain:
    """data: domain, rule. Raises DomainError: error.C03.00001, error.B04.00002."""
    check_register(session, actor, data)
    row = MailDomain(domain=data["domain"], rule=DomainRule(data["rule"]))
    small_tables.add(session, actor, Permission.DOMAIN_REGISTER, row, _taken(row.domain))
    return row


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> None:
    """What can be told before anything is written. Raises as `register`."""
    access.require(actor, Permission.DOMAIN_REGISTER)
    if session.scalar(select(MailDomain.id).where(MailDomain.domain == data["domain"])) is not None:
        raise _taken(data["domain"])


def change(session: Session, actor: Actor, row: MailDomain, data: Mapping[str, Any]) -> None:
    """data: domain, rule. Raises DomainError: error.C03.00001, error.B04.00002."""
    values = {"domain": data["domain"], "rule": DomainRule(data["rule"])}
    small_tables.rewrite(session, actor, Permission.DOMAIN_CHANGE, row, values, _taken(data["domain"]))


def delete(session: Session, actor: Actor, row: MailDomain) -> None:
    """Raises DomainError: error.C03.00001."""
    small_tables.remove(session, actor, Permission.DOMAIN_DELETE, row)


def _taken(domain: str) -> DomainError:
    return DomainError("error.B04.00002", field="domain", code=domain)
