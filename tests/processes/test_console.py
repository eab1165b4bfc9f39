"""flask staff create, flask account unlock|reissue: for whoever has a shell on the server."""

import re
import subprocess

import pytest
from sqlalchemy import select

from models import Account, AuditEntry, SignInCounter, Staff
from tests.factories import PASSWORD
from tests.pages import plain
from tests.processes.servers import ROOT, environment, flask

pytestmark = pytest.mark.processes

NEW = "Neues#2026kennwort"


@pytest.fixture
def console(panel):
    """console("account", "unlock", ID): (exit code, what was printed)."""

    def run(*arguments):
        done = subprocess.run(
            flask(*arguments),
            cwd=ROOT,
            env=environment(**panel.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode, done.stdout

    return run


def issued(printed):
    """The three lines, as 項目名 -> value."""
    found = dict(re.findall(r"^(.+?): (.+)$", printed, re.MULTILINE))
    assert list(found) == ["ユーザID", "仮パスワード", "有効期限"], printed
    assert re.fullmatch(r"\d{4}/\d{2}/\d{2}", found["有効期限"])
    return found


def by_console(read, event, login_id):
    """(実行者ID, 実行者名) of this operation on this account."""
    return read(
        select(AuditEntry.actor_login_id, AuditEntry.actor_name).where(
            AuditEntry.event == event, AuditEntry.target.startswith(f"{login_id} ")
        )
    )


def changes_the_temporary_password(browser, login_id, temporary):
    """Signs in with 仮パスワード, is stopped by パスワード変更画面, and signs in again with the new one."""
    page = browser.page("/login").press("ログイン", ユーザID=login_id, パスワード=temporary)
    assert page.heading == "パスワード変更画面"
    done = page.press(
        "変更",
        **{"現在のパスワード": temporary, "新しいパスワード": NEW, "新しいパスワード (確認)": NEW},
    )
    assert done.heading == "パスワード変更完了画面"
    again = browser.page("/login").press("ログイン", ユーザID=login_id, パスワード=NEW)
    assert again.status == 200
    return again


def test_staff_create_prints_a_password_that_leads_to_the_forced_change(panel, console, read):
    code, printed = console("staff", "create", "--name", "広域 三郎", "--email", "saburo@example.jp")
    assert code == 0, printed
    facts = issued(printed)
    assert re.fullmatch(r"S\d{9}", facts["ユーザID"])
    assert by_console(read, "staff:register", facts["ユーザID"]) == [("console", "サーバ上のコマンド")]
    assert facts["仮パスワード"] not in panel.output()

    home = changes_the_temporary_password(panel.visitor(), facts["ユーザID"], facts["仮パスワード"])
    assert home.browser.get("/admin/staff/").status_code == 200  # 市場管理者 without further words


def test_staff_create_with_the_right_of_a_reviewer(panel, console, read):
    code, printed = console("staff", "create", "--name", "審査 四郎", "--email", "s@example.jp", "--right", "3")
    assert code == 0, printed
    [(rights,)] = read(select(Staff.rights).where(Staff.login_id == issued(printed)["ユーザID"]))
    assert {right.value for right in rights} == {"3"}


def test_staff_create_names_what_is_wrong_and_registers_nobody(console, read):
    before = read(select(Staff.id))
    code, printed = console("staff", "create", "--name", "広域 五郎", "--email", "no address")
    assert code != 0
    assert "error.C00.00006" in printed
    code, printed = console("staff", "create", "--name", "  ", "--email", "goro@example.jp")
    assert code != 0
    assert "error.C00.00001" in printed
    assert read(select(Staff.id)) == before


@pytest.mark.parametrize("kind", ["user", "staff"])
def test_account_unlock(panel, console, read, lock, somebody, market_admin, kind):
    """The password stays; failures begin anew. The ID may be typed as people type it."""
    account = somebody() if kind == "user" else market_admin()
    lock(account)
    refused = panel.visitor().sign_in_later(account.login_id, PASSWORD)()
    assert "error.Y05.00002" in refused.text

    code, printed = console("account", "unlock", f" {account.login_id.lower()} ")
    assert (code, printed) == (0, "ユーザロックを解除しました。\n")
    assert by_console(read, "account:unlock", account.login_id) == [("console", "サーバ上のコマンド")]
    counter = read(
        select(SignInCounter.failures, SignInCounter.locked_at).where(SignInCounter.login_key == account.login_id)
    )
    assert counter == [(0, None)]
    panel.visitor().sign_in(account, PASSWORD)

    code, printed = console("account", "unlock", account.login_id)
    assert code != 0
    assert plain(printed) == plain("error.U05.00001 : ユーザはロックされていません。")


@pytest.mark.parametrize("kind", ["user", "staff"])
def test_account_reissue_unlocks_ends_sessions_and_forces_a_change(
    panel, console, read, lock, somebody, market_admin, kind
):
    account = somebody() if kind == "user" else market_admin()
    inside = panel.visitor().sign_in(account, PASSWORD)
    lock(account)

    code, printed = console("account", "reissue", account.login_id)
    assert code == 0, printed
    facts = issued(printed)
    assert facts["ユーザID"] == account.login_id
    assert by_console(read, "account:reissue", account.login_id) == [("console", "サーバ上のコマンド")]
    assert inside.get("/portal/" if kind == "user" else "/admin/").status_code == 401
    assert panel.visitor().sign_in_later(account.login_id, PASSWORD)().status_code == 200  # the old one is void
    changes_the_temporary_password(panel.visitor(), account.login_id, facts["仮パスワード"])


@pytest.mark.parametrize("command", ["unlock", "reissue"])
def test_an_id_nobody_has_is_one_sentence(console, read, command):
    before = read(select(Account.id, Account.password_hash)), read(select(AuditEntry.id))
    for wrong in ("U999999998", "nobody"):
        code, printed = console("account", command, wrong)
        assert code != 0
        assert printed == f"ユーザID {wrong} のアカウントはありません。\n"
    assert (read(select(Account.id, Account.password_hash)), read(select(AuditEntry.id))) == before
