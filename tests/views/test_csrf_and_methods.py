"""CSRF, methods, double submit: security.md D; XC-011."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select

from models import Closure, MailDomain, Maintenance, Notice, OutgoingMail, Phrase
from services import challenges
from tests import staff_request
from tests.factories import BOARD_PASSWORD, NEW_OPERATOR, PASSWORD, SENT_OPERATOR, SENT_REGISTRATION
from tests.pages import Page, plain

NEW = "Kaede+2026momiji"
TICKET = "T" * 22
EXPIRED = plain(
    "error.C01.00003 : 画面の有効期限が切れたため、操作を受け付けられませんでした。"
    "元の画面を開き直してから、もう一度操作してください。"
)
AT_ONCE = 20
PERIOD = {"announced_from": "2026/12/01 00:00", "starts_at": "2026/12/02 00:00", "ends_at": "2026/12/03 00:00"}


NOTICE = {
    "title": "新しい題名", "body": "本文", "shown_from": "2026/11/20 10:00", "shown_to": "2026/12/20 10:00",
    "audience": "everyone", "operator_codes": "", "role": "",
}  # fmt: skip
POST = {
    "starts_on": "2026/11/20", "ends_on": "2027/11/19", "title": "発電設備の売り希望（東京エリア）", "side": "sell",
    "company": "株式会社発電一", "person": "掲示 一郎", "email": "baibai@example.jp", "areas": "03",
}  # fmt: skip
CERTIFICATE = {
    "operator_code": "0001", "issuer": "CN=Test CA,C=JP",
    "valid_from": "2026/11/01 00:00:00", "valid_to": "2028/11/01 00:00:00",
}  # fmt: skip


CLOSURE = {"name": "年末年始", "starts_on": date(2026, 12, 29), "ends_on": date(2027, 1, 3)}


@pytest.fixture(autouse=True)
def kinds(app):
    with staff_request.declared():
        staff_request.make_table()
        yield


@pytest.fixture
def operations(app, make, signed_in, time, token, session):
    """(name, browser, address, fields) of a request that would work, for every POST route."""
    operator, boss, other, user = make.operator("0001"), make.staff(), make.staff(), make.user()
    manager, leaver, second, third = make.admin(), make.admin("0002"), make.user(), make.user(operator="0002")
    mail = OutgoingMail(message_id="<x@x>", event="USR-CHG", recipient="x@example.jp", subject="x", body="x")
    mail.state, mail.sent_at = "sent", time.now
    instants = [time.now.replace(month=12, day=day) for day in (1, 2, 3)]
    maintenance = Maintenance(**dict(zip(PERIOD, instants, strict=True)), text="")
    notice = Notice(title="お知らせ", body="本文", shown_from=time.now, shown_to=instants[2])
    session.add_all([mail, maintenance, notice])
    session.commit()
    certificate, unregistered = make.certificate(), make.unregistered()
    member, forced_member = (
        make.member("kaiin0001"),
        make.member("kaiin0002", temporary_until=time.now.replace(year=2027)),
    )
    challenge = challenges.new(session, solved=True).key
    session.commit()
    applying = SENT_REGISTRATION | {"password": "Denki2026x", "challenge_key": challenge, "_step": "execute"}
    board, must_board, stranger = signed_in(member), signed_in(forced_member), app.test_client()
    board_change = {"current": BOARD_PASSWORD, "new": "Kaede2026momiji", "again": "Kaede2026momiji"}
    domain = session.scalar(select(MailDomain).limit(1))
    forced = make.user(temporary_until=time.now.replace(year=2027))
    admin, portal, must, admins = signed_in(boss), signed_in(user), signed_in(forced), signed_in(manager)
    signed_in(other)
    member = make.member("kaiin0004")
    on_board = signed_in(member)
    change = {"current": PASSWORD, "new": NEW, "again": NEW}
    staff = {"name": "広域 次郎", "email": "jiro@example.jp", "rights": "3", "enabled": "1", "version": "1"}
    rename = SENT_OPERATOR | {"name": "新しい名前", "version": "1"}
    run = {"_step": "execute", "ticket": TICKET}
    person = {"department": "部", "name": "事業者 次郎", "email": "jiro@example.jp", "role": "7"}
    changed = person | {"enabled": "1", "valid_from": "2026/01/01", "valid_to": "9999/12/31", "version": "1"}
    ticket = {"rowid": other.id, "ticket": TICKET}
    found = [
        ("/login", portal, "/login", {"login_id": other.login_id, "password": PASSWORD}),
        ("/logout", portal, "/logout", {}),
        ("/password", must, "/password", change),
        ("/board/login", board, "/board/login", {"login_id": member.login_id, "password": BOARD_PASSWORD}),
        ("/board/password", must_board, "/board/password", board_change),
        ("/board/password/", board, "/board/password/", board_change),
        ("/board/register", stranger, "/board/register", applying),
        (
            "/admin/members/command/<command_name>/",
            admin,
            "/admin/members/command/delete/",
            {"rowid": make.member("kaiin0003").id, "ticket": TICKET},
        ),
        ("/admin/mail-domains/new/", admin, "/admin/mail-domains/new/", {"domain": "a.jp", "rule": "free"} | run),
        (
            "/admin/mail-domains/edit/",
            admin,
            f"/admin/mail-domains/edit/?id={domain.id}",
            {"domain": "b.jp", "rule": "free", "version": "1"} | run,
        ),
        (
            "/admin/mail-domains/command/<command_name>/",
            admin,
            "/admin/mail-domains/command/delete/",
            {"rowid": domain.id, "ticket": TICKET},
        ),
        ("/portal/users/password/", portal, "/portal/users/password/", change),
        ("/admin/password/", admin, "/admin/password/", change),
        (
            "/admin/operators/new/",
            admin,
            "/admin/operators/new/",
            {"code": "0009", "name": "株式会社0009"} | SENT_OPERATOR | run,
        ),
        ("/admin/operators/edit/", admin, f"/admin/operators/edit/?id={operator.id}", rename | run),
        (
            "/admin/operators/command/<command_name>/",
            admin,
            "/admin/operators/command/withdraw/",
            {"rowid": make.operator("0007").id, "ticket": TICKET},
        ),
        ("/admin/staff/new/", admin, "/admin/staff/new/", staff | run),
        ("/admin/staff/edit/", admin, f"/admin/staff/edit/?id={other.id}", staff | run),
        ("/admin/staff/command/<command_name>/", admin, "/admin/staff/command/end_sessions/", ticket),
        ("/admin/staff/command/<command_name>/", admin, "/admin/staff/command/reissue/", ticket),
        ("/portal/users/new/", admins, "/portal/users/new/", person | run),
        ("/portal/users/edit/", admins, f"/portal/users/edit/?id={second.id}", changed | run),
        ("/portal/users/export/", admins, "/portal/users/export/?searched=1", {"encoding": "utf-8"}),
        (
            "/portal/users/command/<command_name>/",
            admins,
            "/portal/users/command/reissue/",
            {"rowid": second.id, "ticket": TICKET},
        ),
        ("/admin/users/new/", admin, "/admin/users/new/", person | {"operator_code": "0001"} | run),
        ("/admin/users/edit/", admin, f"/admin/users/edit/?id={third.id}", changed | run),
        ("/admin/users/replace/", admin, f"/admin/users/replace/?id={leaver.id}", person | {"version": "1"} | run),
        ("/admin/users/export/", admin, "/admin/users/export/?searched=1", {"encoding": "cp932"}),
        (
            "/admin/users/command/<command_name>/",
            admin,
            "/admin/users/command/bulk_delete/",
            {"rowid": f"{third.id}:2", "ticket": TICKET},
        ),
        (
            "/admin/mails/command/<command_name>/",
            admin,
            "/admin/mails/command/resend/",
            {"rowid": mail.id, "ticket": TICKET},
        ),
        ("/admin/maintenance/new/", admin, "/admin/maintenance/new/", PERIOD | run),
        (
            "/admin/maintenance/edit/",
            admin,
            f"/admin/maintenance/edit/?id={maintenance.id}",
            PERIOD | {"version": "1", "text": "変更"} | run,
        ),
        (
            "/admin/maintenance/command/<command_name>/",
            admin,
            "/admin/maintenance/command/cancel/",
            {"rowid": maintenance.id, "ticket": TICKET},
        ),
        ("/admin/audit/export/", admin, "/admin/audit/export/?searched=1", {"encoding": "utf-8"}),
        ("/admin/notices/new/", admin, "/admin/notices/new/", NOTICE | run),
        ("/admin/notices/edit/", admin, f"/admin/notices/edit/?id={notice.id}", NOTICE | {"version": "1"} | run),
        (
            "/admin/notices/command/<command_name>/",
            admin,
            "/admin/notices/command/publish/",
            {"rowid": notice.id, "ticket": TICKET},
        ),
        ("/admin/certificates/new/", admin, "/admin/certificates/new/", CERTIFICATE | {"serial": "A1B9"} | run),
        (
            "/admin/certificates/edit/",
            admin,
            f"/admin/certificates/edit/?id={certificate.id}",
            CERTIFICATE | {"version": "1", "note": "変更"} | run,
        ),
        (
            "/admin/certificates/command/<command_name>/",
            admin,
            "/admin/certificates/command/withdraw/",
            {"rowid": certificate.id, "ticket": TICKET},
        ),
        (
            "/admin/unregistered/command/<command_name>/",
            admin,
            "/admin/unregistered/command/assign/",
            {"rowid": unregistered.id, "ticket": TICKET, "operator_code": "0001"},
        ),
        ("/board/news/new/", on_board, "/board/news/new/", POST | run),
        (
            "/board/news/command/<command_name>/",
            on_board,
            "/board/news/command/delete/",
            {"rowid": make.post(member).id, "ticket": TICKET},
        ),
        (
            "/admin/posts/command/<command_name>/",
            admin,
            "/admin/posts/command/delete/",
            {"rowid": make.post(member).id, "ticket": TICKET},
        ),
    ]
    phrase, closure = Phrase(text="消される文"), Closure(**CLOSURE)
    session.add_all([phrase, closure])
    session.commit()
    desk = signed_in(make.reviewer())
    places = [staff_request.submit(session, None, f"届出{n}") for n in range(2)]
    decision = {"action": "approve", "reason": "", "version": "1", "place": "1"}
    kept = CLOSURE | {"starts_on": "2026/12/29", "ends_on": "2027/01/03", "yearly": "1"}
    found += [
        ("/admin/reviews/details/", desk, f"/admin/reviews/details/?id={places[0].id}", decision | run),
        ("/admin/reviews/approve/", desk, "/admin/reviews/approve/", {"rowid": f"{places[1].id}:1:1"} | run),
        ("/admin/phrases/new/", desk, "/admin/phrases/new/", {"place": "1", "text": "文"} | run),
        ("/admin/phrases/edit/", desk, f"/admin/phrases/edit/?id={phrase.id}",
         {"place": "2", "text": "別の文", "version": "1"} | run),
        ("/admin/phrases/command/<command_name>/", desk, "/admin/phrases/command/delete/",
         {"rowid": phrase.id, "ticket": TICKET}),
        ("/admin/closures/new/", admin, "/admin/closures/new/", kept | run),
        ("/admin/closures/edit/", admin, f"/admin/closures/edit/?id={closure.id}",
         kept | {"name": "別の名称", "version": "1"} | run),
        ("/admin/closures/command/<command_name>/", admin, "/admin/closures/command/delete/",
         {"rowid": closure.id, "ticket": TICKET}),
    ]  # fmt: skip
    return [(rule, browser, path, fields | {"csrf_token": token(browser)}) for rule, browser, path, fields in found]


def test_every_post_route_refuses_a_missing_or_foreign_token(
    app, make, operations, snapshot, token, signed_in
):
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.methods - {"GET", "HEAD", "OPTIONS"}}
    assert rules == {rule for rule, *_ in operations}
    stranger, other_session = token(app.test_client()), token(signed_in(make.staff()))
    before = snapshot()
    for _, browser, path, fields in operations:
        own = fields["csrf_token"]
        altered = own[:-9] + ("A" if own[-9] != "A" else "B") + own[-8:]
        for wrong in (None, "", "x", stranger, other_session, altered, own * 2):
            sent = fields | {"csrf_token": wrong}
            if wrong is None:
                del sent["csrf_token"]
            page = Page(browser, browser.post(path, data=sent))
            assert (path, wrong, page.status, page.alerts) == (path, wrong, 400, [EXPIRED])
    assert snapshot() == before


def test_every_post_route_refuses_other_sites_even_with_the_token(operations, snapshot):
    before = snapshot()
    for _, browser, path, fields in operations:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost.evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        ):
            page = Page(browser, browser.post(path, data=fields, headers=headers))
            assert (path, headers, page.status) == (path, headers, 403)
            assert page.alerts[0].startswith("error.C02.00006:")
    assert snapshot() == before


def test_the_same_requests_work_with_their_token(operations, snapshot, token):  # the tests above can fail
    """In an order in which none spoils another: what ends or changes a session last."""
    order = ["/admin/staff/command/<command_name>/", "/admin/staff/edit/", "/admin/password/",
             "/portal/users/password/", "/board/login", "/board/password/", "/board/password", "/password", "/logout",
             "/login"]  # fmt: skip
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    operations.sort(key=lambda operation: order.index(operation[0]) if operation[0] in order else -1)
    for number, (rule, browser, path, fields) in enumerate(operations):
        if rule in ("/login", "/board/password/"):  # the browser has logged out, or in, before: a new token
            fields["csrf_token"] = token(browser)
        if "ticket" in fields:
            fields["ticket"] = f"{number:022d}"
        written = ("audit_entries",) if "/export/" not in path else ()  # CSV出力 leaves only its entry
        before = snapshot(but=written)
        answer = browser.post(path, data=fields, headers=headers, buffered=True)
        assert answer.status_code in (200, 302), (path, answer.text)
        after = snapshot(but=written)
        changed = {name for name in after if after[name] != before[name]}
        assert changed - {"tickets"}, path


def test_get_and_head_change_nothing(app, make, signed_in, snapshot, crawl):
    people = [make.staff(), make.admin(), make.locked(make.user()), make.user(operator="0002")]
    browsers = [signed_in(person) for person in people[:2]]
    ids = [p.id for p in people] + [people[1].operator_id, 10**6]
    addresses = [
        f"{rule.rule}?{query}"
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments
        for query in [f"id={id}&rowid={id}" for id in ids] + ["searched=1&_step=execute&ticket=" + TICKET]
    ]
    passing = ("sessions", "audit_entries", "challenges")  # 新規登録画面 shows a new 画像認証
    before = snapshot(but=passing)
    for browser in browsers:
        for address in addresses:
            assert browser.get(address).status_code < 500, address
        for address in addresses[:: len(ids) + 1]:
            browser.head(address)
    for browser, start in zip(browsers, ["/admin/", "/portal/"], strict=True):
        crawl(browser, start)
    assert snapshot(but=passing) == before


def test_a_head_request_with_a_form_is_no_sign_in_attempt(browser, make, read):
    """HEAD carries no CSRF token; it must not count, lock or sign in."""
    user = make.user()
    for password in (PASSWORD, "Wrong#2026password"):
        browser.head("/login", data={"login_id": user.login_id, "password": password})
    assert read("SELECT count(*) FROM sign_in_counters WHERE failures > 0") == [(0,)]
    assert read("SELECT count(*) FROM sessions") == [(0,)]


def test_logging_out_or_a_command_by_get_is_refused(make, signed_in):
    staff = make.staff()
    browser = signed_in(staff)
    for path in ("/logout", f"/admin/staff/command/reissue/?rowid={staff.id}&ticket={TICKET}"):
        page = browser.page(path)
        assert (path, page.status, page.heading) == (path, 405, "操作方法エラー画面")
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize("who", ["stranger", "staff"])
def test_unknown_methods_are_405(app, browser, make, signed_in, token, who, snapshot):
    visitor = browser if who == "stranger" else signed_in(make.staff())
    headers = {"X-CSRFToken": token(visitor)}
    before = snapshot()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<path:filename>", "css/panel.css").replace("<command_name>", "unlock")
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "CONNECT", "X" * 500):
            answer = visitor.open(path, method=method, headers=headers, buffered=True)
            assert (path, method[:9], answer.status_code) == (path, method[:9], 405)
            assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]
    after = snapshot()
    assert {k: v for k, v in after.items() if k != "sessions"} == {k: v for k, v in before.items() if k != "sessions"}


def test_an_unknown_address_is_404_and_a_post_without_a_token_400(browser, make, signed_in, token):  # contract
    for visitor in (browser, signed_in(make.user())):
        page = visitor.page("/no/such/page")
        assert (page.status, page.heading) == (404, "404エラー画面")
        assert Page(visitor, visitor.post("/no/such/page")).status == 400
        assert Page(visitor, visitor.post("/no/such/page", data={"csrf_token": token(visitor)})).status == 404


# --- 確認 cannot be skipped or altered (R-049) ------------------------------------------------------------


def test_run_without_a_confirmation_shows_the_confirmation(make, signed_in, token, read):
    browser = signed_in(make.staff())
    csrf = token(browser)
    for ticket in ({}, {"ticket": ""}, {"ticket": "short"}, {"ticket": "漢" * 22}):
        fields = (
            {"csrf_token": csrf, "_step": "execute", "code": "0009", "name": "株式会社0009"} | SENT_OPERATOR | ticket
        )
        page = Page(browser, browser.post("/admin/operators/new/", data=fields))
        assert (ticket, page.heading) == (ticket, "事業者登録確認画面")
    assert read("SELECT count(*) FROM operators") == [(0,)]


def test_fields_altered_after_the_confirmation_are_checked_again(make, signed_in, read):
    browser = signed_in(make.staff())
    page = browser.page("/admin/operators/new/").press(
        "確認", 事業者コード="0009", 参加登録申請者名="株式会社0009", **NEW_OPERATOR
    )
    _, path, data = page.data_of("実行")
    for altered, message in [
        ({"code": "00090"}, "error.C00.00008 : 事業者コードは4文字で入力してください。"),
        ({"code": ""}, "error.C00.00001 : 事業者コードを入力してください。"),
        ({"name": "x" * 101}, "error.C00.00004 : 参加登録申請者名は100文字以内で入力してください。"),
    ]:
        answer = Page(browser, browser.post(path, data=data | altered))
        assert answer.heading == "事業者登録画面"
        assert plain(message) in answer.alerts[0]
    assert read("SELECT count(*) FROM operators") == [(0,)]
    page = browser.page("/admin/staff/new/")
    page = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域 次郎", メールアドレス="a@example.jp")
    _, path, data = page.data_of("実行")
    for altered in ({"rights": ["6"]}, {"rights": ["1"]}, {"rights": []}, {"rights": ["2,3"]}, {"email": "a@x, b@y"}):
        answer = Page(browser, browser.post(path, data=data | altered))
        assert (altered, answer.heading) == (altered, "職員情報登録画面")
        assert answer.alerts
    assert read("SELECT count(*) FROM staff") == [(1,)]


# --- double submit (R-050) -------------------------------------------------------------------------------------


def prepared(kind, browser, make):
    """A confirmed operation: (address, data, a count that is 1 afterwards, its event)."""
    if kind == "operator":
        page = browser.page("/admin/operators/new/").press(
            "確認", 事業者コード="0009", 参加登録申請者名="株式会社0009", **NEW_OPERATOR
        )
        count = "SELECT count(*) FROM operators WHERE code = '0009'"
        return *page.data_of("実行")[1:], count, "operator:register"
    if kind == "staff":
        page = browser.page("/admin/staff/new/")
        page = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域 次郎", メールアドレス="a@example.jp")
        return *page.data_of("実行")[1:], "SELECT count(*) FROM accounts WHERE name = '広域 次郎'", "staff:register"
    if kind == "change":
        operator = make.operator("0008")
        page = browser.page(f"/admin/operators/edit/?id={operator.id}").press("確認", 参加登録申請者名="新しい名前")
        count = "SELECT version - 1 FROM operators WHERE code = '0008'"
        return *page.data_of("実行")[1:], count, "operator:change"
    if kind == "user":
        make.operator("0001")
        page = browser.page("/admin/users/new/")
        page = page.press("確認", 権限区分="7", 事業者コード="0001", 所属部署="部", ユーザ名="事業者 次郎",
                          メールアドレス="a@example.jp")  # fmt: skip
        return *page.data_of("実行")[1:], "SELECT count(*) FROM users", "user:register"
    person = make.staff()
    page = browser.page(f"/admin/staff/details/?id={person.id}")
    count = f"SELECT count(*) - 1 FROM password_generations WHERE account_id = {person.id}"
    return *page.data_of("パスワード再発行")[1:], count, "account:reissue"


KINDS = ["operator", "staff", "user", "change", "reissue"]
MAILS = {"operator": 2, "staff": 1, "user": 1, "change": 0, "reissue": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_run_twenty_times_has_one_effect(make, signed_in, read, kind):  # R-050, XC-011
    browser = signed_in(make.staff())
    path, data, count, event = prepared(kind, browser, make)
    answers = []
    for _ in range(AT_ONCE):
        response = browser.post(path, data=data)
        answers.append(Page(browser, response) if response.status_code == 200 else browser.follow(response))
    assert {page.heading[-4:] for page in answers} == {"完了画面"}
    assert read(count) == [(1,)]
    assert read("SELECT count(*) FROM audit_entries WHERE event = :event", event=event) == [(1,)]
    assert read("SELECT count(*) FROM outgoing_mails") == [(MAILS[kind],)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.meeting
def test_the_same_run_in_twenty_threads_has_one_effect(app, make, signed_in, read, kind, session):
    browser = signed_in(make.staff())
    path, data, count, event = prepared(kind, browser, make)
    session.rollback()
    cookie, start = browser.get_cookie("panel").value, Barrier(AT_ONCE)

    def send(_):
        client = app.test_client()
        client.set_cookie("panel", cookie)
        start.wait()
        response = client.post(path, data=data)
        return response.status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert answers == [302] * AT_ONCE
    assert read("SELECT count(*) FROM outgoing_mails") == [(MAILS[kind],)]
    assert read(count) == [(1,)]
    assert read("SELECT count(*) FROM audit_entries WHERE event = :event", event=event) == [(1,)]


def test_two_confirmations_are_two_operations(make, signed_in, read):  # a ticket, not the content, is used up
    browser = signed_in(make.staff())
    for expected in (1, 2):
        page = browser.page("/admin/staff/new/")
        page = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域 次郎", メールアドレス="a@example.jp")
        assert page.press("実行").heading == "職員情報登録完了画面"
        assert read("SELECT count(*) FROM accounts WHERE name = '広域 次郎'") == [(expected,)]


def test_a_ticket_of_another_person_is_not_used_up(make, signed_in, read):
    first, second = signed_in(make.staff()), signed_in(make.staff())
    codes = []
    for browser, code in [(first, "0001"), (second, "0002")]:
        page = browser.page("/admin/operators/new/").press(
            "確認", 事業者コード=code, 参加登録申請者名="x", **NEW_OPERATOR
        )
        _, path, data = page.data_of("実行")
        browser.post(path, data=data | {"ticket": TICKET})
        codes.append(code)
    assert [row.code for row in read("SELECT code FROM operators ORDER BY code")] == codes
