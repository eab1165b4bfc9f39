"""Loading demo.toml into a database without accounts."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.operators import Participation
from domain.roles import AccountKind, Role
from models import Account, Operator, Staff, User
from models.operator import OperatorRecipient
from services import audit, hashing, passwords

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
    for row in data()["staff"]:
        facts = {k: v for k, v in row.items() if k != "rights"}
        _add(session, Staff(kind=AccountKind.STAFF, rights=frozenset(map(Role, row["rights"])),
                            **_common(row), **facts))  # fmt: skip
    audit.record(session, None, "seed:load")
    return True


def _operator(row: dict[str, Any]) -> Operator:
    facts = row | {
        "participation": frozenset(map(Participation, row["participation"])),
        "recipients": [OperatorRecipient(place=place, **who) for place, who in enumerate(row["recipients"], start=1)],
    }
    return Operator(**facts)


def _common(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "login_key": row["login_id"],
        "email": f"{row['login_id'].lower()}@example.jp",
        "password_hash": hashing.make(data()["password"]),
    }


def _add(session: Session, account: Account) -> None:
    session.add(account)
    session.flush()
    passwords.remember(session, account, account.password_hash)


def summary() -> Iterator[str]:
    """The demo accounts, for the terminal."""
    yield f"デモ用アカウント（パスワードはすべて {data()['password']}）"
    for row in data()["users"]:
        yield f"  {row['login_id']}  {row['name']}  {row['operator']} {Role(row['role']).label}"
    for row in data()["staff"]:
        yield f"  {row['login_id']}  {row['name']}  {'、'.join(Role(r).label for r in row['rights'])}"
