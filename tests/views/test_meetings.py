"""What happens when two things meet: found by a reviewer, held here."""

from threading import Barrier, Thread

from sqlalchemy import select, text

from models import AuditEntry, SignInSession
from models.sign_in import Ending
from services import passwords, sessions
from tests.conftest import Browser
from tests.factories import PASSWORD
from tests.pages import Page
from views.guard import limits
from views.transaction import transaction

NEW = "Neu-2026-pass"


def side_by_side(app, *jobs):
    """Run the jobs in threads that start together; their results."""
    barrier, results = Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        barrier.wait()
        results[number] = job()

    threads = [Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def ready(app, account):
    """A browser at the sign-in page, filled in; call the result to press [ログイン]."""
    browser = Browser(app, app.response_class)
    page = Page(browser, browser.get("/login"))
    _, path, data = page.data_of("ログイン", ユーザID=account.login_id, パスワード=PASSWORD)
    return lambda: browser.post(path, data=data).status_code


def test_two_people_with_timed_out_sessions_sign_in_at_once(app, make, session, signed_in, time):
    """R-004: none refused. The sweep of others' sessions is no part of a sign-in's transaction."""
    people = [make.admin(), make.user(), make.staff(), make.reviewer()]
    for _ in range(3):
        for person in people:
            signed_in(person)
        time.forward(hours=13)
        session.rollback()
        assert side_by_side(app, *(ready(app, p) for p in people)) == [302] * len(people)


def test_two_browsers_swap_their_accounts(app, make, session):
    """One account per browser; ending the other browser's session waits for nobody."""
    one, two = make.admin(), make.user()
    session.rollback()
    for _ in range(3):
        jobs = []
        for now, then in ((one, two), (two, one)):
            browser = Browser(app, app.response_class)
            Page(browser, browser.get("/login")).submit("ログイン", ユーザID=now.login_id, パスワード=PASSWORD)
            _, path, data = Page(browser, browser.get("/login")).data_of(
                "ログイン", ユーザID=then.login_id, パスワード=PASSWORD
            )
            jobs.append(lambda b=browser, p=path, d=data: b.post(p, data=d).status_code)
        assert side_by_side(app, *jobs) == [302, 302]


def change_settled_late(account, session, meanwhile):
    """A パスワード変更 judged right, then `meanwhile` happens, then it is settled."""
    row = session.scalar(select(SignInSession).filter_by(account_id=account.id, ended_at=None))
    change = passwords.judge_change(session, account, PASSWORD, NEW)
    meanwhile()
    with transaction() as s:
        return passwords.settle_change(s, s.get(SignInSession, row.id), change, "192.0.2.1")


def test_a_displaced_session_changes_no_password(app, make, session, signed_in):
    """D5, R-024: whoever signed in later has won, also over a change that was under way."""
    account = make.user()
    before = account.password_hash
    signed_in(account)

    def later_sign_in():
        with transaction() as s:
            sessions.open_for(s, account, "192.0.2.2", limits())

    outcome = change_settled_late(account, session, later_sign_in)
    assert (outcome.ended, outcome.message_id) == (True, "error.Y07.00002")
    session.refresh(account)
    assert account.password_hash == before
    live = session.scalars(select(SignInSession).filter_by(account_id=account.id, ended_at=None)).all()
    assert [row.address for row in live] == ["192.0.2.2"]


def test_a_disabled_account_changes_no_password(app, make, session, signed_in):
    """R-039."""
    account = make.user()
    before = account.password_hash
    signed_in(account)

    def disable():
        with transaction() as s:
            s.execute(text("UPDATE accounts SET enabled = :no WHERE id = :id"), {"no": False, "id": account.id})

    outcome = change_settled_late(account, session, disable)
    assert (outcome.ended, outcome.message_id) == (True, "error.Y07.00001")
    session.refresh(account)
    assert account.password_hash == before


def test_a_session_ends_once(make, session, signed_in):
    """Who comes second neither overwrites the reason nor writes a second entry."""
    account = make.user()
    signed_in(account)
    row = session.scalar(select(SignInSession).filter_by(account_id=account.id, ended_at=None))
    with transaction() as s:
        sessions.end(s, s.get(SignInSession, row.id), Ending.IDLE)
    with transaction() as s:
        sessions.end(s, s.get(SignInSession, row.id), Ending.LOGOUT)
    session.refresh(row)
    assert row.ending is Ending.IDLE
    events = session.scalars(select(AuditEntry.event).where(AuditEntry.event.like("session:%"))).all()
    assert events == ["session:idle"]


def test_signing_in_again_in_the_same_browser_is_no_other_account(make, session, signed_in):
    account = make.user()
    browser = signed_in(account)
    browser.page("/login").submit("ログイン", ユーザID=account.login_id, パスワード=PASSWORD)
    session.rollback()
    events = session.scalars(select(AuditEntry.event).where(AuditEntry.event.like("session:%"))).all()
    assert events == ["session:displaced"]


def test_an_origin_that_is_no_address_is_another_site(browser):
    page = browser.page("/login")
    _, path, data = page.data_of("ログイン", ユーザID="U280003303", パスワード=PASSWORD)
    assert browser.post(path, data=data, headers={"Origin": "http://[evil"}).status_code == 403


def test_a_host_that_is_none_is_refused_with_all_headers(browser):
    """R-070 also before any view: 300 letters, and signs no host has."""
    for host in ("a" * 300, "evil host", "ev/il"):
        response = browser.get("/login", headers={"Host": host})
        assert response.status_code == 400
        assert "script-src" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"


def test_a_long_address_does_not_fill_the_audit_trail(make, session, signed_in):
    browser = signed_in(make.user())
    token = browser.page("/portal/").soup.find("input", attrs={"name": "csrf_token"})["value"]
    assert browser.post(f"/admin/staff/command/{'x' * 60_000}/", data={"csrf_token": token}).status_code == 403
    session.rollback()
    entry = session.scalar(select(AuditEntry).filter_by(event="access:forbidden"))
    assert len(entry.detail["path"]) == 200


def test_both_rights_read_in_one_order(make, signed_in):
    from domain.roles import Role

    both = make.staff(Role.MARKET_ADMIN, Role.REVIEWER)
    browser = signed_in(both)
    assert browser.page("/admin/").facts()["権限区分"] == "市場管理者、審査担当"
    assert browser.page(f"/admin/staff/details/?id={both.id}").facts()["権限区分"] == "市場管理者、審査担当"


def test_an_invisible_name_is_no_name(make, signed_in):
    page = signed_in(make.staff()).page("/admin/staff/new/")
    told = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="\u200d\u200d", メールアドレス="a@example.jp")
    assert told.field_error("ユーザ名") == "error.C00.00001:ユーザ名を入力してください。"
    told = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域\u202e太郎", メールアドレス="a@例え.jp")
    assert told.field_error("ユーザ名").startswith("error.C00.00005")
    assert told.field_error("メールアドレス").startswith("error.C00.00006")


def test_a_refused_condition_does_not_say_that_nothing_was_found(make, signed_in):
    page = signed_in(make.staff()).page("/admin/users/?searched=1&login_id=あ")
    assert "該当する情報はありません" not in page.text
    assert page.alerts
