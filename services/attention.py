"""What a 管理者 has to look after, for the home page (issue 4, item 1)."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import clock
from domain.credentials import MARKET
from domain.roles import Permission
from models.account import Account
from models.certificate import ClientCertificate
from models.sign_in import SignInCounter
from models.user import User
from services import access

TEMPORARY_SOON = timedelta(days=1)
CERTIFICATE_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Attention:
    locked: list[User]
    temporary: list[User]  # a 仮パスワード not used yet that expires within a day
    certificates: list[ClientCertificate]  # that expire within 30 days

    def __bool__(self) -> bool:
        return bool(self.locked or self.temporary or self.certificates)


def of_operator(session: Session, actor: Account) -> Attention | None:
    """None for whoever cannot do anything about it."""
    if actor.operator_id is None or not access.allows(actor, Permission.USER_UNLOCK):
        return None
    now = clock.now()
    users = select(User).filter_by(operator_id=actor.operator_id, deleted_at=None).order_by(User.id)
    locked = users.join(SignInCounter, SignInCounter.login_key == User.login_key).where(
        SignInCounter.entrance == MARKET.entrance, SignInCounter.locked_at.is_not(None)
    )
    temporary = users.where(User.temporary_until > now, User.temporary_until <= now + TEMPORARY_SOON)
    certificates = (
        select(ClientCertificate)
        .filter_by(operator_id=actor.operator_id, withdrawn_at=None)
        .where(ClientCertificate.valid_to > now, ClientCertificate.valid_to <= now + CERTIFICATE_SOON)
        .order_by(ClientCertificate.valid_to)
    )
    return Attention(
        list(session.scalars(locked)), list(session.scalars(temporary)), list(session.scalars(certificates))
    )
