"""未登録証明書: certificates that were refused at a sign-in, for staff to assign."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from domain.roles import Permission
from models.certificate import UnregisteredCertificate
from services import access
from services.access import Actor


def visible(actor: Actor) -> Select[UnregisteredCertificate]:
    row = UnregisteredCertificate
    return access.restrict(select(row), actor, Permission.CERTIFICATE_ASSIGN, row)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[UnregisteredCertificate]:
    """未登録証明書一覧. Serial numbers and issuers match anywhere."""
    rows = visible(actor)
    if text := criteria.get("serial"):
        rows = rows.where(UnregisteredCertificate.serial.contains(text, autoescape=True))
    if text := criteria.get("issuer"):
        rows = rows.where(UnregisteredCertificate.issuer.icontains(text, autoescape=True))
    return rows
