"""What a page costs, as ratios within one run: figures of two machines or two runs compare badly.

    make bench

Nothing here is asserted; what must hold (statements per list, bytes per page) is tested.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import insert

from app import create_app
from config import load
from domain.roles import AccountKind, Role
from domain.text import fold_search
from models import Account, Operator, User, db
from seed import demo
from views.transaction import transaction

ROUNDS = 40  # of every page, in turns, so that a busy moment hits all of them
WARM_UP = 3
FEW, MANY = 10, 10_000


def panel(folder: Path, users: int) -> Flask:
    """A migrated demo with that many users of one operator more."""
    app = create_app(load({"INSTANCE_DIR": str(folder)}), BCRYPT_COST=4)
    with app.app_context():
        upgrade()
        with transaction() as s:
            demo.load(s)
            crowd = Operator(code="9000", name="株式会社9000")
            s.add(crowd)
            s.flush()
            account, profile = [], []
            for n in range(1, users + 1):
                name = f"負荷 {n:05d}郎"
                account.append(
                    {
                        "id": 1_000_000 + n,
                        "kind": AccountKind.USER,
                        "login_id": f"U9{n:08d}",
                        "login_key": f"U9{n:08d}",
                        "name": name,
                        "name_folded": fold_search(name),
                        "email": f"u9{n:08d}@example.jp",
                        "password_hash": "!",
                        "enabled": True,
                        "valid_from": date(2019, 12, 23),
                        "version": 1,
                    }
                )
                profile.append(
                    {
                        "id": 1_000_000 + n,
                        "operator_id": crowd.id,
                        "role": Role.OPERATOR_GENERAL,
                        "slot": None,
                        "department": "総合エネルギー事業部",
                        "phone": "",
                    }
                )
            s.execute(insert(Account.__table__), account)
            s.execute(insert(User.__table__), profile)
        db.session.remove()
    return app


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    [token] = set(re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/login").text))
    typed = {"csrf_token": token, "login_id": "S000000001", "password": demo.data()["password"]}
    assert client.post("/login", data=typed).status_code == 302
    return client


def get(client: FlaskClient, path: str, status: int = 200) -> Callable[[], None]:
    def run() -> None:
        assert client.get(path).status_code == status

    return run


def measure(pages: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Median milliseconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for n in range(WARM_UP + ROUNDS):
        for name, run in pages.items():
            begin = time.perf_counter()
            run()
            if n >= WARM_UP:
                taken[name].append((time.perf_counter() - begin) * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="panel-bench-") as folder:
        few, many = panel(Path(folder, "few"), FEW), panel(Path(folder, "many"), MANY)
        stranger, inside, crowded = few.test_client(), signed_in(few), signed_in(many)
        found = "/admin/users/?searched=1"
        figures = measure(
            {
                "404, signed out": get(stranger, "/no/such/page", 404),
                "ログイン画面": get(stranger, "/login"),
                "ホーム": get(inside, "/admin/"),
                "ユーザ情報詳細画面": get(inside, "/admin/users/details/?id=1"),
                f"ユーザ情報一覧画面, {FEW} users": get(inside, found),
                f"ユーザ情報一覧画面, {MANY} users": get(crowded, found),
                f"… its last page, {MANY} users": get(crowded, f"{found}&page=500"),
                f"… one name of {MANY}": get(crowded, f"{found}&name=07777"),
            }
        )
        for app in (few, many):
            with app.app_context():
                db.engine.dispose()
    base = figures["404, signed out"]
    width = max(len(name.encode("euc_jp", "replace")) for name in figures)  # two columns per kanji
    print(f"{'page':{width}}  {'× 404':>7}  {'ms':>7}")
    for name, value in figures.items():
        gap = " " * (width - len(name.encode("euc_jp", "replace")))
        print(f"{name}{gap}  {value / base:7.1f}  {value:7.2f}")
    lists = [figures[f"ユーザ情報一覧画面, {n} users"] for n in (FEW, MANY)]
    print(f"\nlist at {MANY} : at {FEW} users = {lists[1] / lists[0]:.2f}")


if __name__ == "__main__":
    main()
