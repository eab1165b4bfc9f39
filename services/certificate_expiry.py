"""CRT-EXP: mails 30, 14 and 3 days before a クライアント証明書 expires, once each (R-081)."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import clock
from domain.roles import Permission, Role
from models.certificate import ClientCertificate
from models.due_work import DueWork
from models.operator import OperatorRecipient
from models.staff import Staff
from models.user import User
from services import access, mail
from services.once import first

DAYS_AHEAD = (30, 14, 3)


def due(session: Session) -> list[tuple[int, int]]:
    """(number of the certificate, days ahead) of the mails to write now.

    Of several that are due – nobody worked for weeks, or it was registered late – only the last is written.
    """
    now, row = clock.now(), ClientCertificate
    soon = select(row).where(
        row.withdrawn_at.is_(None), row.valid_to > now, row.valid_to < now + timedelta(days=DAYS_AHEAD[0] + 1)
    )
    wanted = {}
    for certificate in session.scalars(soon.order_by(row.id)):
        left = _days_left(certificate)
        reached = [ahead for ahead in DAYS_AHEAD if left <= ahead]
        if reached and not (certificate.operator and certificate.operator.is_withdrawn):
            wanted[_key(certificate, min(reached))] = (certificate.id, min(reached))
    done = select(DueWork.work, DueWork.day).where(DueWork.work.in_([work for work, _ in wanted]))
    for work, day in session.execute(done).all():
        wanted.pop((work, day), None)
    return list(wanted.values())


def warn(session: Session, row_id: int, ahead: int) -> None:
    """Write the mails of one certificate, unless another worker has. A certificate that another one
    follows is warned of as well: the mail says which, so that it is installed in time."""
    row = session.get(ClientCertificate, row_id, populate_existing=True)
    if row is None or row.withdrawn_at is not None or not first(session, *_key(row, ahead)):
        return
    mail.plain(session, "CRT-EXP", _recipients(session, row), _facts(session, row))


def _key(row: ClientCertificate, ahead: int) -> tuple[str, date]:
    """By its last day: a period that was changed is warned of anew."""
    return f"crt_exp:{row.id}:{ahead}", clock.day_of(row.valid_to)


def _days_left(row: ClientCertificate) -> int:
    return (clock.day_of(row.valid_to) - clock.today()).days


def _recipients(session: Session, row: ClientCertificate) -> list[str]:
    """The operator's 管理者 and 担当者情報; for 広域機関's certificates the 市場管理者."""
    if row.operator_id is None:
        staff = session.scalars(select(Staff).where(Staff.deleted_at.is_(None), Staff.enabled).order_by(Staff.id))
        return [person.email for person in staff if access.allows(person, Permission.CERTIFICATE_REGISTER)]
    admins = (
        select(User.email)
        .filter_by(operator_id=row.operator_id, role=Role.OPERATOR_ADMIN)
        .where(User.is_active_on(clock.today()))
    )
    named = select(OperatorRecipient.email).filter_by(operator_id=row.operator_id)
    return [
        *session.scalars(admins.order_by(User.id)),
        *session.scalars(named.order_by(OperatorRecipient.place)),
    ]


def _facts(session: Session, row: ClientCertificate) -> Mapping[str, str]:
    successor = session.scalar(
        select(ClientCertificate)
        .filter_by(operator_id=row.operator_id, withdrawn_at=None)
        .where(ClientCertificate.valid_to > row.valid_to, ClientCertificate.valid_from <= row.valid_to)
        .order_by(ClientCertificate.valid_to.desc(), ClientCertificate.id)
        .limit(1)
    )
    return {
        "事業者コード": row.operator.code if row.operator else "",
        "参加登録申請者名": row.owner,
        "発行者": row.issuer,
        "シリアル番号": row.serial,
        "有効期間（終了）": f"{row.valid_to.astimezone(clock.TOKYO):%Y/%m/%d %H:%M:%S}",
        "残り日数": f"{_days_left(row)}日",
        "後継のクライアント証明書": f"登録済（シリアル番号 {successor.serial}）" if successor else "未登録",
    }
