"""Loading demo.toml into a database without accounts."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import clock, files
from domain.credentials import BOARD, MARKET, Policy
from domain.notices import NoticeState
from domain.operators import Participation
from domain.review import ReviewState
from domain.roles import AccountKind, Role
from models import Account, Member, Notice, Operator, Registration, Staff, User
from models.operator import OperatorRecipient
from seed import demo_posts
from services import attachments, audit, hashing, passwords

DEPARTMENT = "総合エネルギー事業部"


@cache
def data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("demo.toml").read_text(encoding="utf-8"))


def load(session: Session) -> bool:
    """Add the demo data; False if there are accounts already. The passwords are set, not temporary."""
    if session.scalar(select(func.count()).select_from(Account)):
        return False
    operators = {row["code"]: _operator(row) for row in data()["operators"]}
    session.add_all(operators.values())
    session.flush()
    for row in data()["users"]:
        facts = {k: v for k, v in row.items() if k not in ("operator", "role")}
        operator = operators[row["operator"]]
        _add(session, User(kind=AccountKind.USER, operator_id=operator.id, role=Role(row["role"]),
                           department=DEPARTMENT, **_common(row), **facts))  # fmt: skip
    staff: Staff | None = None
    for row in data()["staff"]:
        facts = {k: v for k, v in row.items() if k != "rights"}
        person = Staff(kind=AccountKind.STAFF, rights=frozenset(map(Role, row["rights"])), **_common(row), **facts)
        _add(session, person)
        staff = staff or person
    assert staff is not None
    _add_notice(session, staff)
    members = {row["login_id"]: _add_member(session, row, operators[row["operator"]]) for row in data()["members"]}
    demo_posts.add(session, data()["posts"], members, person)
    audit.record(session, None, "seed:load")
    return True


def _add_notice(session: Session, author: Staff) -> None:
    """The manual's notice with its file, shown from the loading day for 15 days."""
    facts = data()["notice"]
    start = clock.start_of(clock.today())
    notice = Notice(
        id=facts["id"],
        title=facts["title"],
        body=facts["body"],
        shown_from=start,
        shown_to=start + timedelta(days=15),
        state=NoticeState.PUBLISHED,
    )
    session.add(notice)
    session.flush()
    if session.get_bind().dialect.name == "postgresql":  # the next notice gets the next number
        session.execute(select(func.setval(func.pg_get_serial_sequence("notices", "id"), notice.id)))
    pdf = files.accept(facts["file"], BytesIO(Path(__file__).with_name("attachment.pdf").read_bytes()))
    stored = attachments.store(session, author, "notices", pdf)
    attachments.attach(session, author, notice, [stored.key])


def _add_member(session: Session, row: dict[str, Any], operator: Operator) -> Member:
    """A member of the board, with the approved application it stands on."""
    facts = data()["member"] | {k: v for k, v in row.items() if k != "operator"}
    application = Registration(
        state=ReviewState.APPROVED, login_key=BOARD.key(row["login_id"]), email=f"{row['login_id']}@example.jp",
        company=operator.name, **facts,
    )  # fmt: skip
    session.add(application)
    session.flush()
    member = Member(
        kind=AccountKind.MEMBER,
        registration_id=application.id,
        market_operator_id=operator.id,
        login_id=row["login_id"],
        name=row["name"],
        valid_from=clock.today(),
        **_common(row, BOARD, data()["board_password"]),
    )
    _add(session, member)
    return member


def _operator(row: dict[str, Any]) -> Operator:
    facts = row | {
        "participation": frozenset(map(Participation, row["participation"])),
        "recipients": [OperatorRecipient(place=place, **who) for place, who in enumerate(row["recipients"], start=1)],
    }
    return Operator(**facts)


def _common(row: dict[str, Any], policy: Policy = MARKET, password: str | None = None) -> dict[str, Any]:
    return {
        "login_key": policy.key(row["login_id"]),
        "email": f"{row['login_id'].lower()}@example.jp",
        "password_hash": hashing.make(password or data()["password"]),
    }


def _add(session: Session, account: Account) -> None:
    session.add(account)
    session.flush()
    passwords.remember(session, account, account.password_hash)


def summary() -> Iterator[str]:
    """The demo accounts, for the terminal."""
    yield f"デモ用アカウント（パスワードは {data()['password']}）"
    for row in data()["users"]:
        yield f"  {row['login_id']}  {row['name']}  {row['operator']} {Role(row['role']).label}"
    for row in data()["staff"]:
        yield f"  {row['login_id']}  {row['name']}  {'、'.join(Role(r).label for r in row['rights'])}"
    yield f"情報掲示板 /board/login（パスワードは {data()['board_password']}）"
    for row in data()["members"]:
        yield f"  {row['login_id']}  {row['name']}  {row['operator']}"
