"""Signing in from many places at once (security.md R-002, R-003, R-004, R-037, R-038)."""

import hashlib
import os
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from models import SignInCounter, SignInSession
from tests.factories import PASSWORD
from tests.pages import plain
from tests.processes.servers import at_once

pytestmark = pytest.mark.processes

TIMES = int(os.environ.get("RACES", "1"))  # make audit: 20
WRONG = plain(
    "error.Y05.00001 : ログインIDまたはパスワードが間違っています。"
    "ログインIDまたはパスワードが正しいか、もう一度ご確認ください。"
)
LOCKED = plain(
    "error.Y05.00002 : アカウントがロックされています。事業者の管理者（登録作業者（管理者））へ連絡してください。"
)


def told(answer):
    """Which of the two messages ログイン画面 shows."""
    text = plain(answer.text)
    return [name for name, message in (("wrong", WRONG), ("locked", LOCKED)) if message in text]


def counter_of(read, login_id):
    return read(
        select(SignInCounter.failures, SignInCounter.locked_at.is_not(None)).where(SignInCounter.login_key == login_id)
    )


def live_sessions(read, account):
    return read(
        select(SignInSession.id, SignInSession.token_hash).where(
            SignInSession.account_id == account.id, SignInSession.ended_at.is_(None)
        )
    )


@pytest.fixture
def an_id(request, somebody):
    return somebody().login_id if request.param == "known" else "U999999999"


@pytest.mark.parametrize("an_id", ["known", "unknown"], indirect=True)
def test_of_fifty_wrong_passwords_at_once_exactly_five_are_compared(panel, an_id, read, trail):
    """R-002, R-007: the fifth locks, the other 45 are refused as locked; known and unknown IDs alike."""
    before = len(trail(an_id))
    sent = [visitor.sign_in_later(an_id, f"Wrong#{n:04d}") for n, visitor in enumerate(panel.crowd(50))]

    answers = at_once(sent)

    assert [answer.status_code for answer in answers] == [200] * 50
    assert Counter(word for answer in answers for word in told(answer)) == {"wrong": 4, "locked": 46}
    happened = trail(an_id)[before:]
    assert Counter(event for event, _ in happened) == {"sign_in:failed": 5, "account:lock": 1, "sign_in:locked": 45}
    assert [detail["failures"] for event, detail in happened if event == "sign_in:failed"] == [1, 2, 3, 4, 5]
    assert counter_of(read, an_id) == [(5, True)]


@pytest.mark.parametrize(("wrong", "rounds"), [(49, 1), (9, 2)], ids=["among 49", "among 9"])
def test_a_right_password_never_succeeds_after_the_fifth_failure(panel, somebody, trail, wrong, rounds):
    """R-003. Whoever comes when is chance, so what happened is judged by its order in 操作履歴."""
    for _ in range(rounds * TIMES):
        account = somebody()
        passwords = [f"Wrong#{n:04d}" for n in range(wrong)]
        passwords.insert(wrong // 2, PASSWORD)
        crowd = panel.crowd(wrong + 1)
        sent = [v.sign_in_later(account.login_id, p) for v, p in zip(crowd, passwords, strict=True)]

        answers = at_once(sent)

        assert {answer.status_code for answer in answers} <= {200, 302}
        events = [event for event, _ in trail(account.login_id)]
        assert len([e for e in events if e != "account:lock"]) == wrong + 1  # each attempt left one entry
        in_a_row, locked = 0, False
        for event in events:
            if event == "sign_in:failed":
                assert not locked
                in_a_row += 1
            elif event == "sign_in:ok":
                assert not locked
                assert in_a_row < 5
                in_a_row = 0
            elif event == "account:lock":
                assert in_a_row == 5
                locked = True
        assert locked  # nine wrong ones are five in a row, before or after the right one
        assert events.count("sign_in:ok") == [answer.status_code for answer in answers].count(302)


def test_ten_right_sign_ins_at_once_leave_one_live_session_the_last(panel, somebody, read, trail):
    """R-004, R-037, D5: none is refused, nothing is counted, the others see 多重ログインエラー画面."""
    account = somebody()
    crowd = panel.crowd(10)

    answers = at_once([visitor.sign_in_later(account.login_id, PASSWORD) for visitor in crowd])

    assert [(a.status_code, a.headers["Location"]) for a in answers] == [(302, "/portal/")] * 10
    assert counter_of(read, account.login_id) in ([], [(0, False)])
    started = read(select(SignInSession.id).where(SignInSession.account_id == account.id).order_by(SignInSession.id))
    assert len(started) == 10
    [(live, token_hash)] = live_sessions(read, account)
    assert live == started[-1].id
    assert [event for event, _ in trail(account.login_id) if event == "sign_in:ok"] == ["sign_in:ok"] * 10

    pages = [visitor.get("/portal/") for visitor in crowd]
    assert sorted(page.status_code for page in pages) == [200] + [401] * 9
    assert all(plain("多重ログインエラー画面") in plain(page.text) for page in pages if page.status_code == 401)
    [winner] = [v for v, page in zip(crowd, pages, strict=True) if page.status_code == 200]
    cookie = SecureCookieSessionInterface().get_signing_serializer(panel.app).loads(winner.client.cookies["panel"])
    assert hashlib.sha256(cookie["sid"].encode()).hexdigest() == token_hash


def test_nobody_is_shut_out_by_a_server_that_is_killed(panel, somebody, read):
    """R-038: killed with sign-ins of the account under way, their locks with it."""
    account = somebody()
    doomed, other = panel.servers
    signed_in = panel.visitor(doomed).sign_in(account, PASSWORD)
    sent = [panel.visitor(doomed).sign_in_later(account.login_id, PASSWORD) for _ in range(8)]
    ready = panel.visitor(other).sign_in_later(account.login_id, PASSWORD)

    with ThreadPoolExecutor(len(sent)) as pool:
        under_way = [pool.submit(call) for call in sent]
        wait(under_way, return_when=FIRST_COMPLETED)
        doomed.kill()
        answer = ready()
        failed = [future for future in under_way if future.exception() is not None]

    assert failed  # some were indeed under way
    assert (answer.status_code, answer.headers["Location"]) == (302, "/portal/")
    assert len(live_sessions(read, account)) == 1
    doomed.start()
    [elsewhere] = panel.twins(signed_in, 1)
    assert elsewhere.get("/portal/").status_code == 401  # displaced, not broken
