"""Nobody reads, counts or changes what is not theirs; hostile input is a message: security.md E, R-054…058."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from models import (
    Attachment,
    AttachmentChunk,
    AuditEntry,
    ClientCertificate,
    Notice,
    OperatorRecipient,
    OutgoingMail,
    db,
)
from tests.factories import NEW_OPERATOR, PASSWORD, SENT_OPERATOR
from tests.pages import Page, plain

CANARY = "カナリア鳥"
HUGE = 10**20
FILE_KEY = "F" * 43


@pytest.fixture
def canary(make, time, session):
    """Another operator with the canary in every text column a page could show, 操作履歴 and mails too; the numbers."""
    make.operator("QZ77", name=f"株式会社{CANARY}")
    people = [
        make.user(
            operator="QZ77",
            name=f"{CANARY} 一郎",
            department=f"{CANARY}部",
            phone=f"03{CANARY}",
            email=f"{CANARY}{n}@example.jp",
            login_id=f"U77700000{n}",
            **more,
        )
        for n, more in enumerate([{}, {"enabled": False}, {"deleted_at": time.now}])
    ]
    people.append(make.admin("QZ77", name=f"{CANARY} 花子", login_id="U777000009", email=f"{CANARY}9@example.jp"))
    for n, person in enumerate(people):
        facts = {"name": [CANARY, f"{CANARY}2"], CANARY: [CANARY, None]}
        session.add(
            AuditEntry(
                actor_id=person.id, actor_login_id=person.login_id, actor_name=CANARY, event="user:change",
                target_table="accounts", target_id=person.id, target=person.label, changes=facts,
                detail={CANARY: CANARY}, address=CANARY, request_no=CANARY,
            )
        )  # fmt: skip
        session.add(
            OutgoingMail(
                message_id=f"<{CANARY}{n}@panel.invalid>", event="USR-CHG", account_id=person.id,
                recipient=person.email, subject=CANARY, body=f"ユーザ名: {CANARY}", last_error=CANARY,
            )
        )  # fmt: skip
    operator = people[0].operator
    operator.short_name, operator.address, operator.contact_name = "カナ_容", f"{CANARY}市", CANARY
    operator.recipients = [OperatorRecipient(place=1, name=CANARY, email=f"{CANARY}.r@example.jp")]
    make.certificate("QZ77", "CA7A21", note=CANARY, issuer=f"CN={CANARY}")
    period = {"shown_from": time.now - timedelta(days=1), "shown_to": time.now + timedelta(days=9)}
    texts = {"title": CANARY, "body": CANARY, "audience": "operators", "operators": [operator], "state": "published"}
    notice = Notice(**period, **texts)
    session.add(notice)
    session.flush()
    session.add(
        Attachment(
            key=FILE_KEY, record_table="notices", record_id=notice.id, place=1, uploader_id=people[-1].id,
            file_name=f"{CANARY}.txt", media_type="text/plain", size=len(CANARY.encode()), sha256="0" * 64,
        )
    )  # fmt: skip
    session.flush()
    [file] = session.query(Attachment)
    session.add(AttachmentChunk(attachment_id=file.id, no=0, data=CANARY.encode()))
    session.commit()
    return [person.id for person in people]


SEARCHES = [
    {}, {"name": "カナリ"}, {"name": "ｶﾅﾘ"}, {"operator_code": "QZ77"}, {"operator_code": ""}, {"login_id": "U777"},
    {"with_deleted": "1"}, {"enabled": ["1", "0"]}, {"name": "%"}, {"name": "' OR '1'='1"}, {"operator_id": "2"},
    {"operator.code": "QZ77"}, {"flt0_0": "QZ77"}, {"flt1_5": "%", "page_size": "1000"}, {"search": "カナリ"},
    {"login_id": "U7' UNION SELECT 1"},
]  # fmt: skip


@pytest.mark.parametrize("role", ["6", "7"])
def test_a_canary_of_another_operator_reaches_no_page(app, make, signed_in, canary, crawl, role):
    own = make.user(role=role)
    browser = signed_in(own)
    pages = crawl(browser, "/portal/", "/portal/users/?searched=1&with_deleted=1")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments:
            for number in (*canary, own.id, own.operator_id + 1):
                pages[rule.rule, number] = browser.page(f"{rule.rule}?id={number}")
    sorts = [{"sort": sort, "desc": desc} for sort in range(-1, 8) for desc in "01"]
    for search in [*SEARCHES, *sorts]:
        query = urlencode(search | {"searched": 1}, doseq=True)
        page = pages[query] = browser.page(f"/portal/users/?{query}")
        assert "全1件" in page.text or not page.rows(), query  # nor are they counted
    assert len(pages) > 150
    assert any("全1件" in page.text for page in pages.values())
    leaks = [key for key, page in pages.items() if CANARY in page.response.text or "U7770000" in page.response.text]
    assert leaks == []
    attributes = re.compile(r'(href|value|action)="[^"]*"')  # what was typed oneself comes back in addresses
    echoed = [key for key, page in pages.items() if "QZ77" in attributes.sub("", page.response.text)]
    assert echoed == []


WHO = "SELECT a.*, u.operator_id, u.role, u.slot, u.department, u.phone FROM accounts a JOIN users u ON u.id = a.id"


def leaks(text):
    return CANARY in text or "U7770000" in text


PHONE = {"市外局番": "03", "市内局番": "1234", "加入者番号": "5678"}
COMMANDS = ["unlock", "reissue", "delete", "bulk_delete", "end_sessions", "resend", "nothing"]
ONCE = ["/login", "/logout", "/password", "/portal/users/password/", "/admin/password/"]  # they count or end things


@pytest.mark.parametrize("role", ["6", "7"])
def test_a_canary_reaches_no_answer_to_a_post_and_no_mail(app, make, signed_in, canary, token, read, mails, role):
    """R-052: every route that takes a POST, with every number of the others."""
    own, colleague = make.user(role=role, email="own@example.jp"), make.user(email="colleague@example.jp")
    make.admin(email="boss@example.jp")
    browser = signed_in(own)
    theirs = f"{WHO} WHERE a.name LIKE :bird ORDER BY a.id"
    kept, queued = read(theirs, bird=f"%{CANARY}%"), len(mails())
    form = {"csrf_token": token(browser), "department": "部", "name": "事業者 新", "email": "new@example.jp"}
    form |= {"operator_code": "QZ77", "role": "7", "enabled": "1", "valid_from": "2020/01/01", "version": "1"}
    form |= {"valid_to": "9999/12/31", "code": "QZ77", "rights": "3", "back": "searched=1&name=カナリ"}
    got = {}  # every answer

    def post(path, more):
        response = browser.post(path, data=form | more | {"ticket": f"{len(got):022d}"}, buffered=True)
        got[path, len(got)] = f"{response.headers}{response.get_data().decode(errors='replace')}"
        if response.status_code == 302:
            where = response.headers["Location"]
            got[where, len(got)] = browser.get(where).text

    routes = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and rule.rule not in ONCE]
    paths = [r.rule.replace("<command_name>", name) for r in routes for name in (COMMANDS if r.arguments else [""])]
    assert len(paths) > 30
    for path in paths:
        assert "<" not in path
        for number in (canary[0], canary[-1], own.operator_id + 1):
            rowid = f"{number}:1" if "bulk" in path else number
            for step in ("confirm", "execute"):
                post(f"{path}?id={number}&searched=1", {"rowid": rowid, "_step": step})
    post("/portal/users/command/bulk_delete/", {"rowid": [f"{colleague.id}:1", f"{canary[0]}:1"]})
    for path in ONCE:
        post(path, {"login_id": "U500000000", "password": "x", "current": "x", "new": "x", "again": "x"})
    assert {path for path, text in got.items() if leaks(text)} == set()
    assert len(got) > 150
    assert read(theirs, bird=f"%{CANARY}%") == kept
    assert read("SELECT deleted_at FROM accounts WHERE id = :id", id=colleague.id) == [(None,)]
    sent = mails()[queued:]
    assert sent == [], "a registration for QZ77 is refused (USR-032)"


@pytest.mark.parametrize("role", ["6", "7"])
def test_a_canary_in_a_notice_a_file_and_a_certificate_reaches_its_own_operator_alone(
    make, signed_in, canary, session, role
):  # issue 4: notices, files, certificates, operators of others are never seen
    other, owner = signed_in(make.user(role=role)), signed_in(make.user(role=role, operator="QZ77"))
    notice, certificate = session.query(Notice).one(), session.query(ClientCertificate).one()
    operator = certificate.operator_id
    for path in (
        f"/portal/notices/details/?id={notice.id}",
        f"/files/{FILE_KEY}",
        f"/portal/certificates/details/?id={certificate.id}",
        f"/portal/operators/details/?id={operator}",
    ):
        assert (path, other.get(path).status_code) == (path, 404)
        with owner.get(path) as answer:
            assert (path, answer.status_code, leaks(answer.get_data(as_text=True))) == (path, 200, True)
    for path in ("/portal/", "/portal/notices/", "/portal/certificates/?searched=1", "/portal/operators/?searched=1"):
        assert (path, leaks(other.get(path).text)) == (path, False)
        assert (path, leaks(owner.get(path).text)) == (path, True)


@pytest.mark.parametrize("role", ["6", "7"])
def test_a_canary_reaches_no_file(make, signed_in, canary, token, role):  # R-052, PRM-06
    own = make.user(role=role)
    browser = signed_in(own)
    form, files = {"csrf_token": token(browser)}, 0
    for search in [*SEARCHES, *({"sort": sort, "desc": desc} for sort in range(-1, 8) for desc in "01")]:
        query = urlencode(search | {"searched": 1}, doseq=True)
        for encoding, codec in (("utf-8", "utf-8-sig"), ("cp932", "cp932")):
            answer = browser.post(f"/portal/users/export/?{query}", data=form | {"encoding": encoding}, buffered=True)
            text = answer.data.decode(codec if answer.status_code == 200 else "utf-8")
            assert not leaks(f"{answer.headers}{text}"), query
            if answer.status_code == 200:
                files += 1
                rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
                assert [(row[0], row[2]) for row in rows] == [(own.login_id, "0001")], query
    assert files > 30


def test_what_staff_do_to_others_reaches_nobody_else_by_mail(make, signed_in, canary, mails):  # R-052, §7
    boss = make.admin(email="boss@example.jp")
    make.user(email="own@example.jp")
    browser, queued = signed_in(make.staff(email="staff@example.jp")), len(mails())
    user, _, _, admin = canary
    page = browser.page(f"/admin/users/edit/?id={user}")
    page.press("確認", ユーザ名=f"{CANARY} 改", メールアドレス="canary@example.jp", **PHONE).press("実行")
    browser.page(f"/admin/users/details/?id={user}").press("パスワード再発行")
    page = browser.page(f"/admin/users/replace/?id={admin}")
    page = page.press("確認", 所属部署=CANARY, ユーザ名=CANARY, メールアドレス="canary@example.jp").press("実行")
    assert page.heading == "ユーザ情報管理者交代完了画面"
    browser.page(f"/admin/users/command/delete/?id={user}").press("実行")
    sent = mails()[queued:]
    assert {mail.event for mail in sent} == {"USR-CHG", "USR-RPW", "USR-DEL", "OPR-CHG", "OPR-END"}
    assert all(leaks(mail.body) for mail in sent)
    others = {"boss@example.jp", "own@example.jp", "staff@example.jp"}
    assert not {mail.recipient for mail in sent} & others
    pages = signed_in(boss)
    for path in ("/portal/", "/portal/users/?searched=1&with_deleted=1"):
        assert not leaks(pages.page(path).response.text)


def test_staff_do_see_the_canary(make, signed_in, canary):  # the test above can fail
    page = signed_in(make.reviewer()).page("/admin/users/?searched=1&with_deleted=1")
    assert page.response.text.count(CANARY) >= 4


def test_the_operator_code_is_filled_in_and_fixed(make, signed_in, canary):  # USR-007
    user = make.user()
    browser = signed_in(user)
    page = browser.page("/portal/users/?searched=1&operator_code=QZ77")
    assert page.value("事業者コード") == "0001"
    assert page.soup.find(id="operator_code").has_attr("readonly")
    assert [row["ユーザID"] for row in page.rows()] == [user.login_id]


# --- 404, and nothing in between (R-055) -------------------------------------------------------------


def test_a_foreign_and_a_missing_row_are_the_same_404(make, signed_in, canary):
    browser = signed_in(make.admin())

    def answer(number):
        response = browser.get(f"/portal/users/details/?id={number}")
        body = re.sub(r"<code>[0-9a-f]{16}</code>", "", response.text)
        body = re.sub(r'name="csrf_token" value="[^"]*"', "", body)
        return response.status_code, [h for h in response.headers if h[0] != "Set-Cookie"], body

    missing = answer(2_000_000)
    assert missing[0] == 404
    for number in canary:
        assert answer(number) == missing


# --- mass assignment (R-054) ---------------------------------------------------------------------------


@pytest.fixture
def every_column(app):
    """Every column of every table and every relationship of the models, with a value that would do harm."""

    def values(number):
        names = {column.name for table in db.metadata.tables.values() for column in table.columns}
        related = {link.key for mapper in db.Model.registry.mappers for link in mapper.relationships}
        assert {"operator", "live_session", "counter"} <= related
        more = {f"{name}{part}" for name in related for part in (".id", "-id", "-0-id", ".code", ".email", "_id")}
        harm = dict.fromkeys(names | related | more | {"__class__", "operator_code", "with_deleted"}, "1")
        harm |= {"id": str(number), "version": "7", "password_hash": "$2b$04$" + "a" * 53, "login_id": "S999999999"}
        harm |= {"login_key": "S999999999", "operator_id": "1", "role": "6", "rights": "2", "kind": "user"}
        harm |= {"deleted_at": "2026-01-01", "locked_at": "2026-01-01", "created_at": "2000-01-01 00:00:00"}
        harm |= {"valid_from": "2000-01-01", "valid_to": "2000-01-01", "temporary_until": "2000-01-01", "code": "EVIL"}
        return harm

    return values


def forged(page, button, harm, **typed):
    """Press the button with every column of the database sent along; fields of the form keep their values."""
    _, path, data = page.data_of(button, **typed)
    return Page(page.browser, page.browser.post(path, data=harm | data, follow_redirects=True))


def test_extra_fields_have_no_effect_on_staff(make, signed_in, every_column, read):
    boss = make.staff()
    browser, harm = signed_in(boss), every_column(777_777)
    typed = {"権限区分": ["3:審査担当"], "ユーザ名": "広域 次郎", "メールアドレス": "jiro@example.jp"}
    page = forged(browser.page("/admin/staff/new/"), "確認", harm, **typed)
    page = forged(page, "実行", harm)
    assert page.heading == "職員情報登録完了画面"
    [made] = read("SELECT a.*, s.rights FROM accounts a JOIN staff s ON s.id = a.id WHERE name = '広域 次郎'")
    assert made.id != 777_777
    assert re.fullmatch(r"S\d{9}", made.login_id)
    assert made.login_id == made.login_key != "S999999999"
    assert (made.kind, made.rights, made.version, made.deleted_at) == ("staff", "3", 1, None)
    assert made.enabled in (True, 1)
    assert (str(made.valid_from), str(made.valid_to)) == ("2026-11-20", "9999-12-31")
    assert made.password_hash.startswith("$2b$04$")
    assert "aaaa" not in made.password_hash
    assert str(made.temporary_until)[:10] == "2026-11-22"  # 2026-11-23 00:00 in Tokyo
    assert str(made.created_at)[:10] == "2026-11-20"

    before = made
    page = forged(browser.page(f"/admin/staff/edit/?id={made.id}"), "確認", harm, ユーザ名="広域 三郎")
    page = forged(page, "実行", harm)
    assert page.heading == "職員情報変更完了画面"
    [after] = read("SELECT a.*, s.rights FROM accounts a JOIN staff s ON s.id = a.id WHERE a.id = :id", id=made.id)
    changed = {k for k, v in after._mapping.items() if v != before._mapping[k]}
    assert changed == {"name", "name_folded", "version", "updated_at"} - (set() if after.updated_at != before.updated_at
                                                                          else {"updated_at"})  # fmt: skip
    assert after.version == 2
    page = browser.page(f"/admin/staff/details/?id={made.id}")
    kept = read("SELECT * FROM accounts ORDER BY id"), read("SELECT * FROM staff ORDER BY id")
    _, path, data = page.data_of("ユーザロック解除")
    browser.post(path, data=harm | data)
    assert (read("SELECT * FROM accounts ORDER BY id"), read("SELECT * FROM staff ORDER BY id")) == kept


@pytest.mark.parametrize("site", ["portal", "admin"])
def test_extra_fields_have_no_effect_on_users(make, signed_in, every_column, read, time, site):
    make.operator("0001")
    actor = make.admin() if site == "portal" else make.staff()
    browser, harm = signed_in(actor), every_column(777_777) | {"role": "7", "operator_code": "0001"}
    harm |= {"slot": "8", "enabled": "0"}
    columns = "a.*, u.operator_id, u.role, u.slot, u.department, u.phone"
    statement = f"SELECT {columns} FROM accounts a JOIN users u ON u.id = a.id WHERE a.name LIKE '事業者 %郎'"
    typed = {"所属部署": "部", "ユーザ名": "事業者 次郎", "メールアドレス": "jiro@example.jp"}
    if site == "admin":
        typed |= {"事業者コード": "0001"}
    page = forged(forged(browser.page(f"/{site}/users/new/"), "確認", harm, **typed), "実行", harm)
    assert page.heading == "ユーザ情報登録完了画面"
    [made] = read(statement)
    assert made.id != 777_777
    assert re.fullmatch(r"U\d{9}", made.login_id)
    assert (made.kind, made.role, made.version, made.deleted_at, made.slot) == ("user", "7", 1, None, 1)
    assert made.enabled in (True, 1)
    assert (str(made.valid_from), str(made.valid_to)) == ("2026-11-20", "9999-12-31")
    assert "aaaa" not in made.password_hash
    time.forward(minutes=1)
    page = forged(browser.page(f"/{site}/users/edit/?id={made.id}"), "確認", harm, ユーザ名="事業者 三郎")
    page = forged(page, "実行", harm)
    assert page.heading == "ユーザ情報変更完了画面"
    [after] = read(statement)
    changed = {k for k, v in after._mapping.items() if v != made._mapping[k]}
    assert changed == {"name", "name_folded", "version", "updated_at"}
    _, path, data = browser.page(f"/{site}/users/details/?id={made.id}").data_of("ユーザロック解除")
    browser.post(path, data=harm | data)
    assert read(statement) == [after]


def changed(before, after):
    return {name for name, value in after._mapping.items() if value != before._mapping[name]}


def test_extra_fields_have_no_effect_on_a_replacement(make, signed_in, every_column, read, time, mails):
    leaver = make.admin(email="leaver@example.jp")
    make.admin(email="other@example.jp")
    foreign = make.operator("0002")
    before = read(f"{WHO} ORDER BY a.id")
    time.forward(minutes=1)
    harm = every_column(777_777) | {"operator_id": str(foreign.id), "operator_code": "0002", "operator.code": "0002"}
    harm |= {"role": "7", "slot": "2", "enabled": "0", "recipient": "evil@example.jp", "operator": str(foreign.id)}
    typed = {"所属部署": "部", "ユーザ名": "事業者 後任", "メールアドレス": "new@example.jp"}
    page = signed_in(make.staff()).page(f"/admin/users/replace/?id={leaver.id}")
    page = forged(forged(page, "確認", harm, **typed), "実行", harm)
    assert page.heading == "ユーザ情報管理者交代完了画面"
    gone, untouched, made = read(f"{WHO} ORDER BY a.id")
    assert changed(before[0], gone) == {"deleted_at", "slot", "version", "updated_at"}
    assert (str(gone.deleted_at)[:16], gone.slot, gone.version) == ("2026-11-20 03:01", None, 2)
    assert untouched == before[1]
    assert (made.kind, made.role, made.slot, made.version) == ("user", "6", 1, 1)
    assert (made.operator_id, made.deleted_at) == (leaver.operator_id, None)
    assert (made.name, made.department, made.phone, made.email) == ("事業者 後任", "部", "", "new@example.jp")
    assert made.enabled in (True, 1)
    assert re.fullmatch(r"U\d{9}", made.login_id)
    assert made.login_id == made.login_key
    assert (made.id != 777_777, "aaaa" in made.password_hash) == (True, False)
    assert (str(made.valid_from), str(made.valid_to)) == ("2026-11-20", "9999-12-31")
    assert str(made.temporary_until)[:10] == "2026-11-22"
    assert {mail.recipient for mail in mails()} == {"leaver@example.jp", "other@example.jp", "new@example.jp"}


def test_extra_fields_have_no_effect_on_commands(make, signed_in, every_column, read, time, mails):
    admin, user, second = make.admin(email="boss@example.jp"), make.user(email="user@example.jp"), make.user()
    bystander = make.user(operator="0002")
    make.locked(user)
    browser = signed_in(make.staff())
    harm = every_column(bystander.id) | {
        "operator_id": "1",
        "role": "6",
        "slot": "2",
        "enabled": "0",
        "email": "e@x.jp",
    }
    time.forward(minutes=1)
    ids = {"user": user.id, "second": second.id, "admin": admin.id, "bystander": bystander.id}

    def rows():
        return {name: read(f"{WHO} WHERE a.id = :id", id=number)[0] for name, number in ids.items()}

    def differences(before, after):
        found = {name: changed(before[name], after[name]) - {"version", "updated_at"} for name in ids}
        return {name: columns for name, columns in found.items() if columns}

    def press(page, button, **expected):
        before = rows()
        assert forged(page, button, harm).heading.endswith("完了画面")
        after = rows()
        assert differences(before, after) == expected
        assert all(after[name].version - before[name].version in (0, 1) for name in ids)
        return after

    gone = {"deleted_at", "slot"}
    details = f"/admin/users/details/?id={user.id}"
    press(browser.page(details), "ユーザロック解除")
    assert read("SELECT locked_at FROM sign_in_counters WHERE locked_at IS NOT NULL") == []
    after = press(browser.page(details), "パスワード再発行",
                  user={"password_hash", "temporary_until"})["user"]  # fmt: skip
    assert (str(after.temporary_until)[:10], "aaaa" in after.password_hash) == ("2026-11-22", False)
    after = press(browser.page(f"/admin/users/command/delete/?id={user.id}"), "実行", user=gone)["user"]
    assert str(after.deleted_at)[:16] == "2026-11-20 03:01"
    page = browser.page("/admin/users/").press("検索", 事業者コード="0001")
    _, path, data = page.data_of("一括削除")
    before = rows()
    picked = {"rowid": [f"{second.id}:{before['second'].version}"]}
    assert Page(browser, browser.post(path, data=harm | data | picked, follow_redirects=True)).status == 200
    after = rows()
    assert differences(before, after) == {"second": gone}
    assert {mail.recipient for mail in mails()} == {"boss@example.jp", "user@example.jp"}

    before, columns = rows(), "event, account_id, recipient, subject, body, has_secret"
    [unlocked] = read(f"SELECT id, {columns} FROM outgoing_mails WHERE event = 'USR-UNL' AND account_id = {user.id}")
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE outgoing_mails SET state = 'dead' WHERE id = {unlocked.id}")
    page = forged(browser.page(f"/admin/mails/details/?id={unlocked.id}"), "再送", harm)
    assert page.heading.endswith("完了画面")
    copy = read(f"SELECT {columns}, state, attempts, message_id FROM outgoing_mails ORDER BY id DESC")[0]
    assert copy[:6] == unlocked[1:]
    assert (copy.state, copy.attempts, copy.message_id != "1") == ("waiting", 0, True)
    page = browser.page("/admin/users/").press("検索", 事業者コード="0002")
    _, path, data = page.data_of("CSV出力")
    answer = browser.post(path, data=harm | data, buffered=True)
    assert [line.split(",")[0] for line in answer.data.decode("utf-8-sig").splitlines()[1:]] == [
        f'"{bystander.login_id}"'
    ]
    assert rows() == before


def test_extra_fields_have_no_effect_on_operators(make, signed_in, every_column, read, time):
    browser, harm = signed_in(make.staff()), every_column(777_777)
    typed = {"事業者コード": "0009", "参加登録申請者名": "株式会社0009"} | NEW_OPERATOR
    page = forged(forged(browser.page("/admin/operators/new/"), "確認", harm, **typed), "実行", harm)
    assert page.heading == "事業者登録完了画面"
    [made] = read("SELECT * FROM operators")
    assert (made.code, made.name, made.name_folded, made.version) == ("0009", "株式会社0009", "株式会社0009", 1)
    assert made.id != 777_777
    assert str(made.created_at)[:10] == "2026-11-20"
    time.forward(minutes=1)
    page = browser.page(f"/admin/operators/edit/?id={made.id}")
    page = forged(forged(page, "確認", harm, 参加登録申請者名="株式会社9"), "実行", harm)
    assert page.heading == "事業者変更完了画面"
    [after] = read("SELECT * FROM operators")
    changed = {k for k, v in after._mapping.items() if v != made._mapping[k]}
    assert changed == {"name", "name_folded", "version", "updated_at"}
    assert after.version == 2


def test_extra_fields_have_no_effect_on_password_sign_in_search(make, app, every_column, read, signed_in):
    user, other = make.user(), make.user()
    harm = every_column(other.id)
    columns = "id, kind, login_id, login_key, name, email, enabled, valid_from, valid_to, deleted_at, version"
    before = read(f"SELECT {columns} FROM accounts ORDER BY id"), read("SELECT * FROM users ORDER BY id")

    browser = app.test_client()
    page = forged(browser.page("/login"), "ログイン", harm, ユーザID=user.login_id, パスワード=PASSWORD)
    assert page.heading == "ポータルトップ"
    assert read("SELECT account_id FROM sessions") == [(user.id,)]

    new = {"新しいパスワード": "Kaede+2026momiji", "新しいパスワード (確認)": "Kaede+2026momiji"}
    own = browser.page("/portal/users/password/")
    page = forged(own, "変更", harm, 現在のパスワード=PASSWORD, **new)
    assert page.heading == "パスワード変更完了画面"
    hashes = dict(map(tuple, read("SELECT id, password_hash FROM accounts")))
    assert hashes[other.id] == other.password_hash
    assert hashes[user.id] != user.password_hash
    assert read("SELECT temporary_until FROM accounts WHERE temporary_until IS NOT NULL") == []

    browser.page("/portal/users/", query_string=harm | {"searched": "1", "operator_code": "0001", "login_id": ""})
    assert (read(f"SELECT {columns} FROM accounts ORDER BY id"), read("SELECT * FROM users ORDER BY id")) == before


# --- what is hidden is refused (R-056) ---------------------------------------------------------------------


@pytest.mark.parametrize("role", ["general", "admin", "reviewer"])
def test_forged_posts_of_operations_nobody_offered_are_refused(make, signed_in, token, snapshot, read, role):
    target, operator = make.staff(), make.operator("0001")
    account = {"general": make.user, "admin": make.admin, "reviewer": make.reviewer}[role]()
    browser = signed_in(account)
    form = {"csrf_token": token(browser), "ticket": "T" * 22, "_step": "execute", "rowid": target.id, "version": "1"}
    staff = {"name": "偽", "email": "x@example.jp", "rights": "2", "enabled": "0"}
    person = {"role": "7", "department": "偽", "name": "偽", "email": "x@example.jp"}
    victim = make.user()
    before = snapshot(but=("audit_entries", "sessions"))
    attempts = [
        ("/admin/staff/new/", staff),
        (f"/admin/staff/edit/?id={target.id}", staff),
        *((f"/admin/staff/command/{name}/", {}) for name in ("unlock", "reissue", "end_sessions", "nothing")),
        ("/admin/operators/new/", {"code": "0009", "name": "偽"} | SENT_OPERATOR),
        (f"/admin/operators/edit/?id={operator.id}", {"name": "偽"} | SENT_OPERATOR),
        *((f"/admin/operators/command/{name}/", {"rowid": operator.id}) for name in ("withdraw", "reinstate")),
        ("/admin/users/new/", person | {"operator_code": "0001"}),
        (f"/admin/users/replace/?id={victim.id}", person),
        ("/admin/mails/command/resend/", {}),
        ("/admin/maintenance/new/", {}),
        ("/admin/maintenance/edit/?id=1", {}),
        ("/admin/maintenance/command/cancel/", {}),
        ("/admin/closures/new/", {}),
        ("/admin/closures/edit/?id=1", {}),
        ("/admin/closures/command/delete/", {}),
        ("/admin/audit/export/?searched=1", {}),
        *((f"/admin/users/command/{name}/", {"rowid": victim.id}) for name in ("unlock", "reissue", "delete")),
        ("/admin/users/command/bulk_delete/", {"rowid": f"{victim.id}:1"}),
    ]
    if role != "admin":
        attempts.append(("/portal/users/new/", person))
        attempts.append((f"/portal/users/edit/?id={victim.id}", person))
        attempts.append(("/portal/users/command/bulk_delete/", {"rowid": f"{victim.id}:1"}))
    for path, more in attempts:
        assert (path, browser.post(path, data=form | more).status_code) == (path, 403)
    assert snapshot(but=("audit_entries", "sessions")) == before
    refused = read("SELECT actor_id, result FROM audit_entries WHERE event = 'access:forbidden'")
    assert refused == [(account.id, "refused")] * len(attempts)
    for path in ("/portal/users/unlock/", "/portal/users/delete/", "/portal/users/replace/", "/portal/mails/"):
        assert browser.post(path, data=form).status_code == 404
        assert browser.get(path).status_code in (403, 404)


def test_nobody_forges_a_change_of_the_own_rights_or_無効(make, signed_in, read):  # R-056, PRM-02 for staff
    boss = make.staff()
    make.staff()  # so the last 市場管理者 is not the reason
    browser = signed_in(boss)
    page = browser.page(f"/admin/staff/edit/?id={boss.id}")
    for name, value, message in [
        ("rights", ["2", "3"], "error.S01.00001 : 自分の権限区分は変更できません。"),
        ("enabled", "0", "error.S01.00002 : 自分の有効/無効は変更できません。"),
    ]:
        _, path, data = page.data_of("確認")
        forged = data | {name: value, "_step": "execute", "ticket": "T" * 22}
        answer = Page(browser, browser.post(path, data=forged))
        assert answer.status == 200
        assert plain(message) in answer.alerts[0]
    assert read("SELECT rights FROM staff WHERE id = :id", id=boss.id) == [("2",)]
    assert browser.page("/admin/").status == 200


# --- searches take text literally (R-057) --------------------------------------------------------------------


@pytest.mark.parametrize("list_", ["users", "staff", "operators"])
def test_percent_underscore_and_backslash_are_searched_literally(make, signed_in, list_):
    names = ["100%", "100円", "a_b", "aXb", "a\\b", "o'brien", 'q"q']
    for number, name in enumerate(names):
        if list_ == "operators":
            make.operator(f"000{number}", name=name)
        elif list_ == "staff":
            make.reviewer(name=name)
        else:
            make.user(name=name)
    browser = signed_in(make.staff(name="広域 太郎"))
    label, column = ("参加登録申請者名",) * 2 if list_ == "operators" else ("ユーザ名",) * 2
    page = browser.page(f"/admin/{list_}/")
    for typed, expected in [
        ("%", ["100%"]), ("100%", ["100%"]), ("100", ["100%", "100円"]), ("_", ["a_b"]), ("a_b", ["a_b"]),
        ("\\", ["a\\b"]), ("a\\b", ["a\\b"]), ("'", ["o'brien"]), ('"', ['q"q']), ("％", ["100%"]), ("\\%", []),
        ("AXB", ["aXb"]), ("' OR 1=1 --", []), ("*", []),
    ]:  # fmt: skip
        found = page.press("検索", **{label: typed})
        assert (typed, sorted(row[column] for row in found.rows())) == (typed, sorted(map(plain, expected)))


def test_a_code_with_percent_is_a_message(make, signed_in):  # R-057, USR-011, USR-012
    browser = signed_in(make.staff())
    for typed in ("%", "_", "U%", "U_", "\\"):
        page = browser.page("/admin/users/").press("検索", ユーザID=typed, 事業者コード=typed)
        assert page.field_error("ユーザID") == plain("error.C00.00002 : ユーザIDは半角英数字で入力してください。")
        assert page.field_error("事業者コード") == plain(
            "error.C00.00002 : 事業者コードは半角英数字で入力してください。"
        )
        assert page.rows() == []


def test_the_audit_search_takes_text_literally(make, signed_in):
    browser = signed_in(make.staff(name="100% 太郎"))
    page = browser.page("/admin/audit/")
    assert len(page.press("検索", 対象="100%").rows()) == 1
    assert page.press("検索", 対象="%太郎").rows() == []
    assert page.press("検索", 対象="_").rows() == []
    assert page.press("検索", 実行者ID="%").field_error("実行者ID").startswith("error.C00.00002:")


# --- hostile ids, pages, sizes (R-058, "Must hold") ----------------------------------------------------------------

IDS = [
    "abc", "1,2", "１", "1 ", " 1", "+1", "-1", "0", "1.0", "1e3", "0x1", "", "%00", "1%00", "%ED%A0%80", "%FF",
    str(2**31), str(2**63), str(HUGE), "9" * 5000, "1;DROP TABLE accounts", "null", "1&id=2", "①", "１２",
]  # fmt: skip


def test_hostile_ids_are_404(make, signed_in):
    browser, user = signed_in(make.staff()), signed_in(make.admin())
    for path in (
        "users/details",
        "staff/details",
        "staff/edit",
        "operators/details",
        "operators/edit",
        "audit/details",
    ):
        for id in IDS:
            status = browser.get(f"/admin/{path}/?id={id}").status_code
            assert (path, id, status) == (path, id, 404) or id == "1&id=2", (path, id, status)
        assert browser.get(f"/admin/{path}/").status_code == 404
    for id in IDS:
        assert user.get(f"/portal/users/details/?id={id}").status_code in (404, 200 if id == "1&id=2" else 404), id
        assert user.get(f"/portal/users/password/?id={id}").status_code in (403, 200 if id == "1&id=2" else 403), id


PAGES = ["-1", "abc", str(HUGE), str(2**63), "", "１", "1,2", "%00", "1e9", "9" * 5000, "0.5", "%ED%A0%80", "None"]
SORTS = ["-1", "999", "abc", str(HUGE), "", "０", "%00", "1,2", "login_id", "password_hash", "None"]


def test_hostile_pages_and_sorts_still_show_the_list(make, signed_in):
    make.user()
    browser = signed_in(make.staff())
    for site_list in ("users", "staff", "operators", "audit"):
        whole = len(browser.page(f"/admin/{site_list}/?searched=1").rows())
        assert whole >= 1
        queries = [f"page={p}" for p in PAGES] + [f"sort={s}" for s in SORTS] + [f"sort=0&desc={s}" for s in SORTS[:4]]
        queries += [
            "page_size=0",
            "page_size=-1",
            f"page_size={HUGE}",
            "page=1&page=2",
            "flt0_0=x",
            "search=%00",
            "lang=x",
        ]
        for query in queries:
            page = browser.page(f"/admin/{site_list}/?searched=1&{query}")
            assert (site_list, query, page.status, len(page.rows())) == (site_list, query, 200, whole)
            assert not page.soup.find(string=re.compile("Traceback|sqlalchemy|psycopg", re.I))


HOSTILE_TEXTS = ["\0", "a\0b", "\x1f", "\u2028", "x" * 1_000_000, "漢" * 5000, "\r\nSet-Cookie: a=b", "{{7*7}}", "%s"]


def test_hostile_search_texts_are_a_message_or_no_hit(make, signed_in):
    browser = signed_in(make.staff())
    for path, fields in [
        ("users", ["operator_code", "login_id", "name", "enabled", "with_deleted"]),
        ("staff", ["login_id", "name", "enabled"]),
        ("operators", ["code", "name", "is_withdrawn"]),
        ("audit", ["day_from", "day_to", "actor_login_id", "event", "target", "request_no"]),
    ]:
        for text in HOSTILE_TEXTS:
            wanted = fields if len(text) < 10_000 else fields[-1:] if path == "audit" else fields[:1]
            page = browser.page(f"/admin/{path}/", query_string={"searched": "1"} | dict.fromkeys(wanted, text))
            assert (path, text[:9], page.status) == (path, text[:9], 200)
            assert page.alerts, (path, text[:9])
            assert page.rows() == []
            assert "49" not in page.alerts[0]
        for raw in ("%ED%A0%80", "%FF%FE", "%C0%80"):
            query = "&".join(f"{field}={raw}" for field in fields)
            assert browser.page(f"/admin/{path}/?searched=1&{query}").status == 200


def test_nothing_typed_is_lost_when_an_input_is_hostile(make, signed_in, read):  # "Must hold": nothing lost
    browser = signed_in(make.staff())
    counts = read("SELECT count(*) FROM accounts"), read("SELECT count(*) FROM operators")
    for text in HOSTILE_TEXTS[:6]:
        page = browser.page("/admin/staff/new/")
        page = page.press("確認", 権限区分=["3:審査担当"], ユーザ名=text, メールアドレス="typed@example.jp")
        assert (page.status, page.heading) == (200, "職員情報登録画面")
        assert page.field_error("ユーザ名")
        assert page.value("メールアドレス") == "typed@example.jp"
        assert page.soup.find("input", attrs={"name": "rights", "value": "3"}).has_attr("checked")
        page = browser.page("/admin/operators/new/").press(
            "確認", 事業者コード="0042", 参加登録申請者名=text, **NEW_OPERATOR
        )
        assert (page.status, page.heading) == (200, "事業者登録画面")
        assert page.value("事業者コード") == "0042"
        assert page.value("参加登録申請者名") != ""
    assert (read("SELECT count(*) FROM accounts"), read("SELECT count(*) FROM operators")) == counts


def test_lone_surrogates_in_a_form_are_a_message(make, signed_in, token):  # "Must hold"
    browser = signed_in(make.staff())
    csrf = token(browser)
    for raw in ("%ED%A0%80", "%ED%B0%80x", "%FF", "%F4%90%80%80"):
        body = f"csrf_token={csrf}&_step=confirm&code=0042&name={raw}".encode()
        answer = browser.post("/admin/operators/new/", data=body, content_type="application/x-www-form-urlencoded")
        assert (raw, answer.status_code) == (raw, 200)
        assert Page(browser, answer).heading in ("事業者登録画面", "事業者登録確認画面")


def test_two_thousand_fields_and_odd_bodies_are_no_500(make, signed_in, token, snapshot):
    browser = signed_in(make.staff())
    csrf = token(browser)
    many = {f"field{n}": "x" for n in range(2000)} | {"csrf_token": csrf, "_step": "confirm", "code": "1", "name": "x"}
    before = snapshot(but=("sessions", "audit_entries"))
    paths = ["/admin/operators/new/", "/admin/staff/new/", "/admin/staff/command/unlock/", "/admin/password/", "/login"]
    for path in paths:
        for body in (
            {"data": many},
            {"data": many, "content_type": "multipart/form-data"},
            {"data": {**many, "code": ["1"] * 500, "rights": ["2"] * 500}},
            {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"},
            {"data": b'{"a": 1}', "content_type": "application/json", "headers": {"X-CSRFToken": csrf}},
            {"data": b"\xff\xfe", "content_type": "application/x-www-form-urlencoded"},
            {"data": b"a=%", "content_type": "text/plain", "headers": {"X-CSRFToken": csrf}},
        ):
            answer = browser.post(path, **body)
            assert answer.status_code < 500, (path, str(body)[:60])
            assert answer.status_code in (200, 302, 400, 404, 413), (path, answer.status_code)
    assert snapshot(but=("sessions", "audit_entries", "sign_in_counters", "sign_in_throttle")) == {
        k: v for k, v in before.items() if k not in ("sign_in_counters", "sign_in_throttle")
    }


def test_a_hostile_way_back_stays_on_the_list(make, signed_in):
    staff = make.staff()
    browser = signed_in(staff)
    backs = [
        "//evil.example",
        "https://evil.example",
        "\0",
        "x" * 100_000,
        "\r\nA: b",
        "a=" * 500,
        "%ED%A0%80",
        "\ud7ff",
    ]
    for back in backs:
        page = browser.page("/admin/staff/details/", query_string={"id": staff.id, "back": back})
        assert (back[:20], page.status) == (back[:20], 200)
        assert page.link("戻る").startswith("/admin/staff/")
        response = page.submit("セッション終了")
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/staff/details/")
        assert browser.page(page.link("戻る")).status == 200


def test_a_page_number_beyond_the_last_shows_the_last(make, signed_in):
    for code in range(8):
        for _ in range(6):
            make.user(operator=f"000{code}")
    page = signed_in(make.staff()).page(f"/admin/users/?searched=1&page={HUGE}")
    assert plain("41 - 48 件 (全48件)") in page.text
    assert len(page.rows()) == 8


def test_a_dead_temporary_row_is_found_by_nobody(make, signed_in, time):  # USR-008, R-052
    gone = make.user(deleted_at=time.now - timedelta(days=1))
    browser = signed_in(make.admin())
    assert gone.login_id not in browser.page("/portal/users/?searched=1").text
    assert gone.login_id in browser.page("/portal/users/?searched=1&with_deleted=1").text
