"""利用申込: applying for an ID of the board, and what a decision on it sets off (掲示板 2.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import clock, messages, terms
from domain.company import company_key
from domain.credentials import BOARD
from domain.errors import DomainError
from domain.review import OPEN, ReviewState, Transition
from domain.roles import AccountKind, Permission
from domain.text import fold_code, fold_search
from models.account import Account
from models.board import DomainRule
from models.member import Member, Registration
from services import access, audit, mail, mail_domains, passwords, reviews
from services.access import Actor

TERMS_VERSION = "2019-04-11"  # of the 利用規約 on /board/terms
KIND = "registration"
DAYS = 3  # 通常３営業日程度
_HOLD_THE_ID = [*OPEN, ReviewState.APPROVED]
_MOST_REMARKS = 20
# The form's order; what a reviewer reads.
FACTS = (
    "login_id", "email", "email2", "postal_code", "prefecture", "address", "building", "phone", "fax", "mobile",
    "name", "kana", "company", "company_address", "company_phone", "terms_version", "applied_at",
)  # fmt: skip
# What two applications may have in common -> what the screens call it (BBS-006, BBS-007).
_SHARED = {"company_key": "company", "name_key": "name", "email_key": "email"}


def visible(actor: Actor) -> Select[Registration]:
    return access.restrict(select(Registration), actor, Permission.REGISTRATION_SEARCH, Registration)


def find(actor: Actor, criteria: Mapping[str, Any]) -> Select[Registration]:
    """利用申込一覧. The ID matches from the start, names anywhere; 株式会社 makes no difference."""
    rows = visible(actor)
    if text := criteria.get("login_id"):
        rows = rows.where(Registration.login_key.startswith(fold_code(text), autoescape=True))
    if text := criteria.get("name"):
        key = fold_search(text).replace(" ", "")
        rows = rows.where(Registration.name_key.contains(key, autoescape=True))
    if text := criteria.get("company"):
        rows = rows.where(Registration.company_key.contains(company_key(text), autoescape=True))
    if states := criteria.get("state"):
        rows = rows.where(Registration.state.in_([ReviewState(state) for state in states]))
    return rows


def is_taken(session: Session, login_id: str) -> bool:
    """登録済み, applied for, or once deleted – in whatever case and width (BBS-004)."""
    key = BOARD.key(login_id)
    held = select(Registration.id).where(Registration.login_key == key, Registration.state.in_(_HOLD_THE_ID))
    member = select(Account.id).where(Account.kind == AccountKind.MEMBER, Account.login_key == key)
    return any(session.scalar(found.limit(1)) is not None for found in (held, member))


def check_id(session: Session, login_id: str) -> None:
    """Raises DomainError: error.B02.00005."""
    if is_taken(session, login_id):
        raise _taken()


def check_mail(session: Session, data: Mapping[str, Any]) -> None:
    """フリーメールのアドレスは不可 (BBS-015). Raises DomainError: error.B02.00007."""
    for field in ("email", "email2"):
        rule = mail_domains.rule_of(session, data[field]) if data[field] else None
        if rule in (DomainRule.FREE, DomainRule.DISPOSABLE):
            raise DomainError("error.B02.00007", field=field, code=data[field].rpartition("@")[2])


def submit(session: Session, data: Mapping[str, Any], password_hash: str) -> Registration:
    """登録受付: the application waits for its decision, the applicant gets the receipt (BBS-024).

    data: the columns of a Registration the form asks for. Nobody is signed in.
    Raises DomainError: error.B02.00005, error.B02.00007.
    """
    check_mail(session, data)
    check_id(session, data["login_id"])
    flagged = mail_domains.rule_of(session, data["email"]) is DomainRule.FLAGGED
    row = Registration(
        state=ReviewState.APPLIED,
        login_key=BOARD.key(data["login_id"]),
        password_hash=password_hash,
        terms_version=TERMS_VERSION,
        mail_flagged=flagged,
        **data,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody was faster with the same ID
        raise _taken() from error
    reviews.submit(
        session,
        KIND,
        row,
        days=DAYS,
        title=f"{row.login_id} {row.name}",
        applicant=row.company,
        applicant_key=row.company_key,
        applicant_id=None,
    )
    audit.record(session, None, "registration:submit", row)  # nobody changes the row: it tells itself
    mail.plain(session, "BBS-RCV", [row.email], {terms.REGISTRATION["name"]: row.name})
    return row


def decided(session: Session, actor: Actor, record: Registration, move: Transition, reason: str) -> None:
    """What a move of the review desk sets off: the account and its mail, or the refusal's mail (BBS-025)."""
    if move.target is ReviewState.APPROVED:
        _let_in(session, record)
        facts = {terms.REGISTRATION["name"]: record.name, terms.REGISTRATION["login_id"]: record.login_id}
        mail.plain(session, "BBS-APR", [record.email], facts)
    elif move.target is ReviewState.REJECTED:
        record.password_hash = None
        facts = {terms.REGISTRATION["name"]: record.name, terms.REASON: reason}
        mail.plain(session, "BBS-REJ", [record.email], facts)


def _let_in(session: Session, record: Registration) -> None:
    """The application becomes an account, with the password its applicant has chosen."""
    chosen, record.password_hash = record.password_hash, None
    assert chosen is not None, "an open application has its password"
    session.flush()
    member = Member(
        kind=AccountKind.MEMBER,
        registration_id=record.id,
        login_id=record.login_id,
        login_key=record.login_key,
        name=record.name,
        email=record.email,
        password_hash=chosen,
        valid_from=clock.today(),
    )
    session.add(member)
    session.flush()
    passwords.remember(session, member, chosen)


def facts(session: Session, record: Registration) -> Sequence[reviews.Fact]:
    """What was submitted, as the form asked for it; what was left empty is left out."""
    return [(terms.REGISTRATION[name], value) for name in FACTS if (value := getattr(record, name)) not in (None, "")]


def remarks(session: Session, record: Registration) -> Sequence[str]:
    """What a reviewer looks at first: one ID per company and per person; whose mail it is (BBS-006, BBS-007)."""
    alike = [getattr(Registration, key) == getattr(record, key) for key in _SHARED]
    found = (
        select(Registration, Member)
        .outerjoin(Member, Member.registration_id == Registration.id)
        .where(Registration.id != record.id, or_(*alike))
        .order_by(Registration.id.desc())
        .limit(_MOST_REMARKS)
    )
    told = [_alike(record, other, member) for other, member in session.execute(found).all()]
    if record.mail_flagged:
        told.append(messages.sentence("info.remark.mail", code=record.email.rpartition("@")[2]))
    return told


def _alike(record: Registration, other: Registration, member: Member | None) -> str:
    shared = [terms.REGISTRATION[name] for key, name in _SHARED.items() if getattr(record, key) == getattr(other, key)]
    state = terms.STATUS["review_state"][other.state].word
    if member is not None:
        state = terms.DELETED_MEMBER if member.is_deleted else terms.LIVE_MEMBER
    return messages.sentence(
        "info.remark.equal",
        what="、".join(shared),
        id=other.login_id,
        company=other.company,
        name=other.name,
        state=state,
        day=f"{clock.day_of(other.applied_at):%Y/%m/%d}",
    )


def _taken() -> DomainError:
    return DomainError("error.B02.00005", field="login_id")
