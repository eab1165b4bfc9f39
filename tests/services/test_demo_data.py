"""The people of the manuals' screens, exactly as contract.md lists them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.credentials import MARKET
from domain.postal import address_of
from models import Account, Attachment, AuditEntry, Notice, Operator, Staff, User
from seed import demo
from services import notices
from tests.conftest import NOON

PASSWORD = "Yoryo#2026demo"
PEOPLE = [  # contract.md, Demo data
    ("U280003303", "0001", "株式会社0001", "事業者 太郎", "登録作業者(管理者)"),
    ("U280003304", "0001", "株式会社0001", "事業者 花子", "登録作業者(管理者)"),
    ("U520008303", "0001", "株式会社0001", "事業者 一郎", "登録作業者(一般)"),
    ("U040008304", "0001", "株式会社0001", "事業者 二郎", "登録作業者(一般)"),
    ("U110000001", "0002", "株式会社0002", None, "登録作業者(管理者)"),
    ("U110000002", "0002", "株式会社0002", None, "登録作業者(管理者)"),
    ("U110000003", "0002", "株式会社0002", None, "登録作業者(一般)"),
]
STAFF = [("S000000001", "広域 管理", ["市場管理者"]), ("S000000002", "広域 審査", ["審査担当"])]


@pytest.fixture
def loaded(do, session):
    assert do(demo.load)
    return session


def test_the_users_are_those_of_the_manuals(loaded):
    rows = loaded.scalars(select(User).order_by(User.id)).all()
    assert [(u.login_id, u.operator.code, u.operator.name, u.role.label) for u in rows] == [
        (login_id, code, owner, role) for login_id, code, owner, _, role in PEOPLE
    ]
    assert [u.name for u in rows[:4]] == [name for _, _, _, name, _ in PEOPLE[:4]]
    assert all(u.name.strip() for u in rows[4:])
    assert [o.code for o in loaded.scalars(select(Operator).order_by(Operator.code))] == ["0001", "0002"]


def test_the_operators_have_everything_their_screen_asks_for(loaded):  # issue 4, item 4
    facts = (
        "code", "short_name", "long_code", "licence", "postal_code", "address",
        "contact_name", "contact_phone", "contact_email",
    )  # fmt: skip
    rows = loaded.scalars(select(Operator).order_by(Operator.code)).all()
    assert [tuple(getattr(o, name) for name in facts) for o in rows] == [
        ("0001", "株一_容", "00013", "generation", "1350061", "東京都江東区豊洲6丁目1番1号",
         "連絡 太郎", "03-1234-5678", "renraku.0001@example.jp"),
        ("0002", "株二_容", "00026", "retail", "5300005", "大阪府大阪市北区中之島3丁目1番1号",
         "連絡 花子", "06-1234-5678", "renraku.0002@example.jp"),
    ]  # fmt: skip
    assert [sorted(p.label for p in o.participation) for o in rows] == [
        ["変動電源（単独）", "安定電源"], ["発動指令電源（DR）", "発動指令電源（電源）"],
    ]  # fmt: skip
    assert [[(p.place, p.name, p.email) for p in o.recipients] for o in rows] == [
        [(1, "担当 一郎", "tantou.0001@example.jp")], [(1, "担当 二郎", "tantou.0002@example.jp")],
    ]  # fmt: skip
    for operator in rows:  # the address is what 住所自動入力 gives, and the house beside it
        assert operator.address.startswith(address_of(operator.postal_code))


def test_the_staff_are_those_of_the_contract(loaded):
    rows = loaded.scalars(select(Staff).order_by(Staff.login_id)).all()
    assert [(s.login_id, s.name, [r.label for r in s.rights]) for s in rows] == STAFF


def test_everybody_can_sign_in_with_a_set_password(loaded, attempt):
    assert MARKET.problems(PASSWORD, "") == []
    for login_id, *_ in PEOPLE + STAFF:
        outcome = attempt(login_id, PASSWORD)
        assert outcome.token, login_id
        assert not outcome.account.must_change_password


def test_everybody_has_an_own_address(loaded):
    for account in loaded.scalars(select(Account)):
        assert account.email == f"{account.login_id.lower()}@example.jp"
        assert account.valid_to.isoformat() == "9999-12-31"


def test_the_demo_password_is_the_first_generation(loaded):
    from models import PasswordGeneration

    generations = {g.account_id: g.password_hash for g in loaded.scalars(select(PasswordGeneration))}
    assert generations == {a.id: a.password_hash for a in loaded.scalars(select(Account))}


def test_it_is_loaded_once(loaded, do):
    assert not do(demo.load)
    assert len(loaded.scalars(select(Account)).all()) == 11
    assert list(loaded.scalars(select(AuditEntry.event).order_by(AuditEntry.id))) == ["file:upload", "seed:load"]


def test_the_notice_of_the_manual_is_shown_for_fifteen_days_with_its_file(loaded, time):  # contract.md, Demo data
    [notice] = loaded.scalars(select(Notice))
    assert (notice.number, notice.title, notice.body) == ("0000007301", "お知らせ", "お知らせ本文XXXXXX")
    assert (notice.state, notice.audience) == ("published", "everyone")
    midnight = datetime(2026, 11, 19, 15, tzinfo=UTC)  # of the loading day in Tokyo
    assert (notice.shown_from, notice.shown_to) == (midnight, midnight + timedelta(days=15))
    [file] = loaded.scalars(select(Attachment))
    assert (file.record_table, file.record_id, file.place) == ("notices", 7301, 1)
    assert (file.file_name, file.media_type, file.expires_at) == ("添付ファイル.pdf", "application/pdf", None)


def test_the_next_notice_has_the_next_number(loaded, do, make):
    author = loaded.scalar(select(Staff))
    later = do(notices.register, author, {
        "title": "次", "body": "本文", "shown_from": NOON, "shown_to": NOON + timedelta(hours=1),
        "audience": "everyone", "role": None, "pinned": False, "by_mail": False, "operator_codes": [], "files": [],
    })  # fmt: skip
    assert later.number == "0000007302"


def test_it_is_not_loaded_beside_other_accounts(make, do, session):
    make.staff()
    assert not do(demo.load)
    assert len(session.scalars(select(Account)).all()) == 1


def test_the_terminal_lists_every_demo_account():
    printed = "\n".join(demo.summary())
    assert PASSWORD in printed
    for login_id, *_ in PEOPLE + STAFF:
        assert login_id in printed
