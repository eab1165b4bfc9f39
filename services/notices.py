"""お知らせ: published by staff, read by whoever it is for (#010 5章(1)). Visibility is a query: no job moves it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from domain import clock, terms
from domain.errors import DomainError
from domain.notices import NoticeAction, NoticeState, target_of
from domain.roles import Permission, Role
from domain.text import fold_code, fold_search
from models.account import Account
from models.mail import MailState, OutgoingMail
from models.notice import Audience, Notice, NoticeOperator, NoticeRead
from models.operator import Operator, OperatorRecipient
from models.user import User
from services import access, attachments, audit, id_lock, mail
from services.access import Actor

_CHANGED = ("title", "body", "shown_from", "shown_to", "role", "pinned", "by_mail")
NEW_FOR = timedelta(days=7)  # 新着
LARGEST_ID = 2**31 - 1


class Line(NamedTuple):
    """One line of お知らせ一覧."""

    notice: Notice
    is_new: bool
    is_unread: bool

    @property
    def day(self) -> str:
        """2020/09/28, Asia/Tokyo."""
        return f"{self.notice.shown_from.astimezone(clock.TOKYO):%Y/%m/%d}"


# ---- reading -----------------------------------------------------------------------------------------------
def readable(actor: Actor) -> Select[Notice]:
    """What is published, inside its 表示期間 and for this account; staff read whatever is shown to anybody."""
    now = clock.now()
    shown = select(Notice).where(Notice.state == NoticeState.PUBLISHED, Notice.shown_from <= now, Notice.shown_to > now)
    if access.allows(actor, Permission.NOTICE_SEARCH):
        return shown
    if not access.allows(actor, Permission.NOTICE_READ) or actor.operator_id is None:
        return shown.where(false())
    chosen = select(NoticeOperator.notice_id).where(NoticeOperator.operator_id == actor.operator_id)
    return shown.where(
        or_(
            Notice.audience == Audience.EVERYONE,
            and_(Notice.audience == Audience.ROLE, Notice.role.in_(actor.roles)),
            and_(Notice.audience == Audience.OPERATORS, Notice.id.in_(chosen)),
        )
    )


def reachable(actor: Actor) -> Select[Notice]:
    """Whose files this account may open: every notice for staff, the readable ones for others."""
    if access.allows(actor, Permission.NOTICE_SEARCH):
        return select(Notice)
    return readable(actor)


def lines(session: Session, actor: Account, *, limit: int, offset: int = 0) -> tuple[int, list[Line]]:
    """(how many there are, some of お知らせ一覧): pinned ones first, then the newest."""
    found = readable(actor)
    count = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    read = and_(NoticeRead.notice_id == Notice.id, NoticeRead.account_id == actor.id)
    order = (Notice.pinned.desc(), Notice.shown_from.desc(), Notice.id.desc())
    rows = session.execute(
        found.add_columns(NoticeRead.read_at).outerjoin(NoticeRead, read).order_by(*order).limit(limit).offset(offset)
    )
    fresh = clock.now() - NEW_FOR
    return count, [Line(notice, notice.shown_from > fresh, read_at is None) for notice, read_at in rows]


def mark_read(session: Session, actor: Account, notice: Notice) -> None:
    """This account has opened it; the first time counts."""
    dialect: Any = postgresql if id_lock.is_server(session) else sqlite
    values = {"account_id": actor.id, "notice_id": notice.id, "read_at": clock.now()}
    session.execute(dialect.insert(NoticeRead).values(values).on_conflict_do_nothing())


def visible(actor: Actor) -> Select[Notice]:
    """お知らせ管理."""
    return access.restrict(select(Notice), actor, Permission.NOTICE_SEARCH, Notice)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Notice]:
    """お知らせ一覧 of お知らせ管理. The number matches with or without its zeros; the title anywhere."""
    rows = visible(actor)
    if text := criteria.get("number"):
        number = fold_code(text)
        is_number = number.isdecimal() and int(number) <= LARGEST_ID
        rows = rows.where(Notice.id == int(number)) if is_number else rows.where(false())
    if text := criteria.get("title"):
        rows = rows.where(Notice.title_folded.contains(fold_search(text), autoescape=True))
    if states := criteria.get("state"):
        rows = rows.where(Notice.state.in_([NoticeState(s) for s in states]))
    if day := criteria.get("day"):
        start, end = clock.start_of(day), clock.start_of(day) + timedelta(days=1)
        rows = rows.where(Notice.shown_from < end, Notice.shown_to > start)
    return rows


# ---- writing -----------------------------------------------------------------------------------------------
def register(session: Session, actor: Actor, data: Mapping[str, Any]) -> Notice:
    """お知らせの登録, as 下書き.

    data: the columns of `_CHANGED`, operator_codes [code…], files [key…].
    Raises DomainError: error.C03.00001, error.N01.00003; those of attachments.attach.
    """
    check_register(session, actor, data)
    notice = Notice(state=NoticeState.DRAFT)
    session.add(notice)
    changes = _write(session, actor, notice, data)
    audit.record(session, actor, Permission.NOTICE_REGISTER, notice, changes=changes)
    return notice


def check_register(session: Session, actor: Actor, data: Mapping[str, Any]) -> None:
    access.require(actor, Permission.NOTICE_REGISTER)
    _operators(session, data["operator_codes"])


def change(session: Session, actor: Actor, notice: Notice, data: Mapping[str, Any]) -> None:
    """お知らせの変更; of a published one it shows at once. Nobody gets a second mail. Raises as `register`."""
    check_change(session, actor, notice, data)
    changes = _write(session, actor, notice, data)
    audit.record(session, actor, Permission.NOTICE_CHANGE, notice, changes=changes)
    if notice.state is NoticeState.PUBLISHED:  # what waits still tells of the old one
        _recall(session, notice, "お知らせの変更")
        _queue(session, notice)


def check_change(session: Session, actor: Actor, notice: Notice, data: Mapping[str, Any] | None) -> None:
    access.require(actor, Permission.NOTICE_CHANGE, notice)
    if data is not None:
        _operators(session, data["operator_codes"])


def _write(session: Session, actor: Actor, notice: Notice, data: Mapping[str, Any]) -> dict[str, list[Any]]:
    before = notice.operator_codes
    with session.no_autoflush:  # changes_of sees what is not yet flushed
        chosen = _operators(session, data["operator_codes"])
    for name in _CHANGED:
        setattr(notice, name, data[name])
    notice.audience = Audience(data["audience"])
    changes = audit.changes_of(notice)
    notice.operators = chosen
    if before != data["operator_codes"]:
        changes["operator_codes"] = [before, data["operator_codes"]]
        notice.updated_at = clock.now()
        flag_modified(notice, "updated_at")  # the version moves also if nothing else has changed
    session.flush()
    return changes | attachments.attach(session, actor, notice, data["files"])


def _operators(session: Session, codes: list[str]) -> list[Operator]:
    found = list(session.scalars(select(Operator).where(Operator.code.in_(codes)).order_by(Operator.code)))
    if missing := [code for code in codes if code not in {operator.code for operator in found}]:
        raise DomainError("error.N01.00003", field="operator_codes", codes="、".join(missing))
    return found


def with_names(session: Session, codes: list[str]) -> list[str]:
    """0001 株式会社…, for whoever checks 公開先; a code nobody has stands alone."""
    found = session.scalars(select(Operator).where(Operator.code.in_(codes)))
    names = {operator.code: operator.name for operator in found}
    return [f"{code} {names.get(code, '')}".strip() for code in codes]


def publish(session: Session, actor: Actor, notice: Notice) -> None:
    """公開. With by_mail the audience gets NOT-PUB, not before the 表示期間 begins.

    Raises DomainError: error.C03.00001, error.N01.00001–2.
    """
    access.require(actor, Permission.NOTICE_PUBLISH, notice)
    target = target_of(NoticeAction.PUBLISH, notice.state)
    if notice.shown_to <= clock.now():
        raise DomainError("error.N01.00002")
    notice.state = target
    audit.record(session, actor, Permission.NOTICE_PUBLISH, notice, changes=audit.changes_of(notice))
    _queue(session, notice)


def withdraw(session: Session, actor: Actor, notice: Notice) -> None:
    """取下げ: nobody sees it any more; mails of it that still wait are not sent.

    Raises DomainError: error.C03.00001, error.N01.00001.
    """
    access.require(actor, Permission.NOTICE_PUBLISH, notice)
    notice.state = target_of(NoticeAction.WITHDRAW, notice.state)
    audit.record(session, actor, "notice:withdraw", notice, changes=audit.changes_of(notice))
    _recall(session, notice, "お知らせの取下げ")


def _queue(session: Session, notice: Notice) -> None:
    """The mails of a published notice: to whom it is for now, nobody twice, and not before it is shown."""
    if not notice.by_mail:
        return
    told = select(OutgoingMail.recipient).where(
        OutgoingMail.notice_id == notice.id, OutgoingMail.state != MailState.DEAD
    )
    had = set(session.scalars(told))
    new = [address for address in recipients_of(session, notice) if address not in had]
    due = max(clock.now(), notice.shown_from)
    mail.plain(session, "NOT-PUB", new, _facts(notice), due_at=due, notice_id=notice.id)


def recall_from_leavers(session: Session) -> None:
    """Mails that wait for their 表示期間 are not sent to who would not be told today any more (退出)."""
    waiting = select(OutgoingMail.notice_id).where(
        OutgoingMail.notice_id.is_not(None), OutgoingMail.state == MailState.WAITING
    )
    for notice in session.scalars(select(Notice).where(Notice.id.in_(waiting)).order_by(Notice.id)).all():
        _recall(session, notice, "事業者の退出", keep=recipients_of(session, notice))


def _recall(session: Session, notice: Notice, reason: str, keep: Sequence[str] = ()) -> None:
    """Mails of it that no worker has in hand yet are not sent; those to `keep` are."""
    session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.notice_id == notice.id, OutgoingMail.state == MailState.WAITING)
        .where(OutgoingMail.claimed_until.is_(None), OutgoingMail.recipient.not_in(keep))
        .values(state=MailState.DEAD, last_error=reason),
        execution_options={"synchronize_session": False},
    )


def recipients_of(session: Session, notice: Notice) -> list[str]:
    """Notices that are not about users go to 担当者情報 and the 管理者 (#020 2章※2); one for a role to its users."""
    live: Any = Operator.withdrawn_at.is_(None)
    if notice.audience is Audience.OPERATORS:
        live = and_(live, Operator.id.in_([operator.id for operator in notice.operators]))
    roles = [notice.role] if notice.role else [Role.OPERATOR_ADMIN]
    users = select(User.email).join(User.operator).where(live, User.role.in_(roles), User.is_active_on(clock.today()))
    found = list(session.scalars(users.order_by(User.id)))
    if notice.audience is not Audience.ROLE:
        named = select(OperatorRecipient.email).join(Operator, Operator.id == OperatorRecipient.operator_id).where(live)
        found += session.scalars(named.order_by(OperatorRecipient.operator_id, OperatorRecipient.place))
    return found


def _facts(notice: Notice) -> dict[str, str]:
    return {
        terms.NOTICE["number"]: notice.number,
        terms.NOTICE["title"]: notice.title,
        terms.NOTICE["period"]: notice.period,
    }
