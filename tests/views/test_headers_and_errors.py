"""Response headers, error screens, log, health: #010 7章, security.md G."""

import json
import re
from pathlib import Path

import pytest

from app import create_app
from models import db
from tests import databases
from tests.factories import NEW_OPERATOR, PASSWORD
from tests.pages import Page, plain

DIRECTIVES = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
}  # fmt: skip
HERE = re.escape(str(Path(__file__).parents[2]))
INSIDE = re.compile(
    r"Traceback|sqlalchemy|psycopg|sqlite|[Ww]erkzeug|site-packages|File \"|SELECT |OperationalError|Flask/|" + HERE
)


def is_strict(headers):
    """The headers every response has (R-069, R-070)."""
    csp = headers["Content-Security-Policy"]
    assert set(csp.split("; ")) >= DIRECTIVES
    assert "unsafe" not in csp
    assert "*" not in csp
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in ("same-origin", "strict-origin", "no-referrer")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"]
    assert "Server" not in headers
    assert "X-Powered-By" not in headers
    return True


def has_no_inline(page):
    """True if the page needs neither unsafe-inline nor another host."""
    for tag in page.soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name == "style"], tag
        for name in ("href", "src", "action", "formaction"):
            value = tag.get(name, "")
            assert not re.match(r"\s*(javascript|data|https?|//)", value, re.I), tag
    assert page.soup.find_all("style") == []
    assert all(script.get("src") and not script.get_text() for script in page.soup.find_all("script"))
    return True


@pytest.fixture
def broken(app, session):
    """broken("operators"): that table is gone until the test ends."""
    gone = []

    def rename(table):
        session.rollback()
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_gone")
        gone.append(table)

    return rename


# --- headers (R-069, R-070, R-071) -----------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "user", "staff"])
def test_every_page_is_strict_and_without_inline_code(app, make, signed_in, crawl, who):  # R-069…071
    browser = app.test_client() if who == "stranger" else signed_in(make.user() if who == "user" else make.staff())
    starts = {
        "stranger": ["/login"],
        "user": ["/portal/", "/portal/users/?searched=1"],
        "staff": ["/admin/", *(f"/admin/{name}/?searched=1" for name in ("users", "staff", "audit"))],
    }
    make.user()
    pages = crawl(browser, *starts[who])
    assert len(pages) >= {"stranger": 1, "user": 7, "staff": 15}[who]
    for address, page in pages.items():
        assert is_strict(page.response.headers), address
        assert has_no_inline(page), address
        assert page.response.headers["Cache-Control"] == "no-store", address
        assert page.soup.html["lang"] == "ja"


def test_every_status_is_strict(app, browser, make, signed_in, broken, token):
    user, staff = make.user(), make.staff()
    inside, boss = signed_in(user), signed_in(staff)
    displaced = signed_in(user)
    signed_in(user)
    csrf = token(browser)
    app.config["SIGN_IN_FAILURES_PER_MINUTE"] = 0
    found = {
        200: browser.get("/login"),
        302: browser.get("/portal/"),
        400: browser.post("/login"),
        401: inside.get("/portal/"),
        403: boss.get("/portal/"),
        404: browser.get("/nothing"),
        405: browser.get("/logout"),
        413: browser.post("/login", data={"csrf_token": csrf, "password": "x" * 3_000_000}),
        429: browser.post("/login", data={"csrf_token": csrf, "login_id": "U1", "password": "x"}),
    }
    typed = {"事業者コード": "0009", "参加登録申請者名": "株式会社0009"} | NEW_OPERATOR
    page = boss.page("/admin/operators/new/").press("確認", **typed)
    found[2001] = page.response
    found[4011] = displaced.get("/portal/")
    broken("audit_entries")
    found[500] = boss.get("/admin/audit/?searched=1")
    for status, response in found.items():
        assert (status, response.status_code) == (status, int(str(status)[:3]))
        assert is_strict(response.headers), status
        assert response.headers["Cache-Control"] == "no-store", status
        assert has_no_inline(Page(None, response)), status
    for path in ("/healthz", "/readyz", "/static/css/panel.css", "/static/none.css"):
        response = browser.get(path, buffered=True)
        assert is_strict(response.headers), path


def test_static_files_may_be_kept_because_their_address_changes(browser):  # issue, 9
    page = browser.page("/login")
    addresses = [page.soup.find("link", rel="stylesheet")["href"], page.soup.script["src"]]
    for address in addresses:
        assert re.search(r"\?v=[0-9a-f]{8,}$", address)
        response = browser.get(address, buffered=True)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers
    for path in ("/static/../config.py", "/static/%2e%2e/config.py", "/static//etc/passwd", "/static/.."):
        assert browser.get(path, buffered=True).status_code == 404


def test_hsts_is_sent_over_https_alone(app, database, tmp_path, browser):
    assert "Strict-Transport-Security" not in browser.get("/login").headers
    settings = databases.settings(tmp_path, database[1], BASE_URL="https://panel.example.jp")
    https = create_app(settings, TESTING=True, BCRYPT_COST=4)
    for path in ("/login", "/nothing", "/healthz"):
        hsts = https.test_client().get(path, buffered=True).headers["Strict-Transport-Security"]
        assert int(re.match(r"max-age=(\d+)", hsts)[1]) >= 31_536_000
    with https.app_context():
        db.session.remove()
        db.engine.dispose()


# --- error screens (COM-071, 080, 083…085, XC-004) ------------------------------------------------------

# status -> 画面名, the whole message
SCREENS = {
    400: ("リクエストエラー画面", "error.C01.00003 : 画面の有効期限が切れたため、操作を受け付けられませんでした。"
          "元の画面を開き直してから、もう一度操作してください。"),
    403: ("権限エラー画面", "error.C03.00001 : この操作を行う権限がありません。"),
    404: ("404エラー画面", "error.C02.00001 : お探しのページは存在しません。"
          "アクセス先のURLが正しいかを確認してください。"),
    405: ("操作方法エラー画面", "error.C02.00002 : この操作方法は受け付けていません。"
          "画面のボタンまたはリンクから操作してください。"),
    500: ("システムエラー画面", "error.C02.00005 : システムエラーが発生しました。"
          "解消した後、再度ログインしてください。"),
}  # fmt: skip


def test_every_error_screen_has_its_name_message_number_and_close(make, signed_in, broken):  # COM-071, COM-080, COM-084
    browser = signed_in(make.staff())
    answers = {
        400: lambda: browser.post("/logout"),
        403: lambda: browser.get("/portal/"),
        404: lambda: browser.get("/nothing"),
        405: lambda: browser.get("/logout"),
        500: lambda: broken("audit_entries") or browser.get("/admin/audit/?searched=1"),
    }
    numbers = set()
    for status, (name, message) in SCREENS.items():
        page = Page(browser, answers[status]())
        assert (page.status, page.heading) == (status, name)
        assert page.alerts == [plain(message)]
        assert page.controls() == ["閉じる"]
        assert name in page.soup.title.get_text()
        numbers.add(page.soup.code.get_text())
        assert not INSIDE.search(page.response.text)
        assert "Copyright" in page.soup.footer.get_text()
    assert len(numbers) == len(SCREENS)
    assert all(re.fullmatch(r"[0-9a-f]{16}", number) for number in numbers)


def test_a_system_error_is_in_the_log_under_the_number_on_the_screen(app, make, signed_in, broken):
    browser = signed_in(make.staff())
    broken("audit_entries")
    page = browser.page("/admin/audit/?searched=1&target=himitsu")
    lines = log_of(app)
    [line] = [entry for entry in lines if entry.get("status") == 500]
    assert line["request_no"] == page.soup.code.get_text()
    assert any(entry["level"] == "ERROR" and "Traceback" in entry.get("trace", "") for entry in lines)
    assert "himitsu" not in json.dumps(lines)


def test_what_cannot_be_recorded_is_refused(make, signed_in, broken):  # XC-010: fail closed, also for a 403
    browser = signed_in(make.staff())
    broken("audit_entries")
    assert Page(browser, browser.get("/portal/")).heading == "システムエラー画面"


def test_json_is_answered_with_json(browser, make, signed_in, broken):
    boss = signed_in(make.staff())
    wanted = {"Accept": "application/json"}
    answers = [(browser.get("/nothing", headers=wanted), 404), (boss.get("/portal/", headers=wanted), 403)]
    broken("audit_entries")
    answers.append((boss.get("/admin/audit/?searched=1", headers=wanted), 500))
    for response, status in answers:
        assert (response.status_code, response.mimetype) == (status, "application/json")
        assert set(response.json) == {"error", "request_no"}
        assert not INSIDE.search(response.text)


DOWN = {
    "postgresql": "postgresql+psycopg://panel@/panel?host=/nonexistent/socket",
    "sqlite": "sqlite:////nonexistent/folder/panel.db",
}


def test_while_the_database_is_down_there_is_the_error_screen(app, database, tmp_path, make, signed_in, token):
    cookie = signed_in(make.staff()).get_cookie("panel").value
    settings = databases.settings(tmp_path, DOWN[database[0]], SECRET_KEY=app.config["SECRET_KEY"])
    down = create_app(settings, TESTING=True, BCRYPT_COST=4, PROPAGATE_EXCEPTIONS=False)
    down.test_client_class = app.test_client_class
    stranger, staff = down.test_client(), down.test_client()
    staff.set_cookie("panel", cookie)
    csrf = token(stranger)  # the sign-in page asks the database nothing
    form = {"csrf_token": csrf, "login_id": "U280003303", "password": PASSWORD}
    answers = [
        stranger.post("/login", data=form),
        staff.get("/admin/"),
        staff.get("/admin/users/?searched=1"),
        staff.get("/"),
        staff.get("/login"),
    ]
    for response in answers:
        page = Page(None, response)
        assert (page.status, page.heading) == (500, "システムエラー画面")
        assert re.fullmatch(r"[0-9a-f]{16}", page.soup.code.get_text())
        assert not INSIDE.search(response.text)
        assert is_strict(response.headers)
    assert stranger.get("/nothing").status_code == 404
    assert stranger.get("/healthz").status_code == 200
    ready = stranger.get("/readyz")
    assert (ready.status_code, ready.json) == (503, {"status": "unavailable"})
    with down.app_context():
        db.session.remove()
        db.engine.dispose()


def test_an_error_in_one_request_leaves_nothing_half_written(make, signed_in, broken, read):  # R-072, XC-010
    """The audit entry cannot be written: the change is refused as a whole."""
    browser = signed_in(make.staff())
    typed = {"事業者コード": "0009", "参加登録申請者名": "株式会社0009"} | NEW_OPERATOR
    page = browser.page("/admin/operators/new/").press("確認", **typed)
    broken("audit_entries")
    answer = page.press("実行")
    assert (answer.status, answer.heading) == (500, "システムエラー画面")
    assert read("SELECT count(*) FROM operators") == [(0,)]
    assert read("SELECT count(*) FROM tickets") == [(0,)]


# --- health (contract "Health") ------------------------------------------------------------------------------


def test_health_needs_no_sign_in_and_tells_no_detail(browser):
    for path in ("/healthz", "/readyz"):
        response = browser.get(path)
        assert (response.status_code, response.mimetype, response.json) == (200, "application/json", {"status": "ok"})
        assert "Set-Cookie" not in response.headers


def test_ready_means_migrated(browser, broken):
    broken("alembic_version")
    response = browser.get("/readyz")
    assert (response.status_code, response.json) == (503, {"status": "unavailable"})
    assert browser.get("/healthz").status_code == 200


def test_an_older_schema_is_not_ready(browser, write):
    write("UPDATE alembic_version SET version_num = '0000'")
    assert browser.get("/readyz").status_code == 503


# --- the log (R-074, R-085) --------------------------------------------------------------------------------------


def log_of(app):
    text = (Path(app.config["INSTANCE_DIR"]) / "log" / "panel.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_log_holds_no_queries_passwords_names_or_tokens(
    app, make, signed_in, enter, broken, token, mails
):
    person = make.staff(name="広域 秘密", email="himitsu@example.jp")
    browser = signed_in(person)
    cookie, csrf = browser.get_cookie("panel").value, token(browser)
    sid = app.session_interface.get_signing_serializer(app).loads(cookie)["sid"]
    browser.get("/admin/users/?searched=1&name=himitsu&login_id=U280003304")
    enter(app.test_client(), "U280003304", "Himitsu#2026")
    enter(app.test_client(), 'Himitsu#2026\r\n{"level": "forged"}', "x")
    page = browser.page("/admin/staff/new/")
    page = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域 秘密", メールアドレス="himitsu@example.jp")
    page.press("実行")
    issued = mails("STF-REG")[0].facts["仮パスワード"]
    browser.get("/admin/staff/command/himitsu%0d%0aX/")
    typed = {"事業者コード": "0009", "参加登録申請者名": "株式会社himitsu"} | NEW_OPERATOR
    page = browser.page("/admin/operators/new/").press("確認", **typed)
    broken("audit_entries")
    assert page.submit("実行").status_code == 500
    entries = log_of(app)  # every line is JSON of its own
    assert {"request", "unexpected error"} <= {entry["message"] for entry in entries}
    text = json.dumps(entries, ensure_ascii=False)
    for word in ("秘密", "himitsu@", "Himitsu", "株式会社", "searched", "?", "U280003304", person.login_id,
                 PASSWORD, issued, sid, csrf, cookie):  # fmt: skip
        found = [entry for entry in entries if word in json.dumps({k: v for k, v in entry.items() if k != "trace"},
                                                                  ensure_ascii=False)]  # fmt: skip
        assert (word, found) == (word, [])
    for word in ("秘密", "himitsu@", "株式会社himitsu", PASSWORD, issued, sid, csrf, cookie):
        assert word not in text, word  # not in a trace either
    assert not [entry for entry in entries if entry["level"] == "forged"]


def test_a_line_of_the_log_names_request_account_and_status(app, make, signed_in):
    staff = make.staff()
    browser = signed_in(staff)
    page = browser.page("/nothing")
    line = log_of(app)[-1]
    assert line["request_no"] == page.soup.code.get_text()
    assert {k: line[k] for k in ("method", "path", "status", "address")} == {
        "method": "GET", "path": "/nothing", "status": 404, "address": "127.0.0.1",
    }  # fmt: skip
    browser.get("/admin/users/?searched=1")
    line = log_of(app)[-1]
    assert (line["path"], line["status"], line["account"]) == ("/admin/users/", 200, staff.id)


def test_the_audit_keeps_no_secret(app, make, signed_in, enter, read, mails):  # XC-010, R-085
    browser = signed_in(make.staff())
    page = browser.page("/admin/staff/new/")
    page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域 次郎", メールアドレス="a@example.jp").press("実行")
    facts = mails("STF-REG")[0].facts
    issued, login_id = facts["仮パスワード"], facts["ユーザID"]
    fresh = app.test_client()
    forced = fresh.follow(fresh.follow(enter(fresh, login_id, issued).response).response)
    new = "Kaede+2026momiji"
    forced.press("変更", 現在のパスワード=issued, 新しいパスワード=new, **{"新しいパスワード (確認)": new})
    enter(app.test_client(), login_id, "Wrong#2026password")
    stored = str(read("SELECT * FROM audit_entries")) + str(read("SELECT * FROM tickets"))
    for secret in (issued, new, "Wrong#2026password", "$2b$"):
        assert secret not in stored
    everything = str(read("SELECT * FROM accounts")) + str(read("SELECT * FROM password_generations"))
    assert issued not in everything
