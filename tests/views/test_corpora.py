"""What people type reaches pages, mails and files as text and nothing else: R-060, R-061, R-063, XC-014."""

import csv
import io
import re
from dataclasses import replace
from email import message_from_bytes, policy
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup, Comment
from flask import request, request_finished

from config import MailServer
from tests.factories import NEW_OPERATOR
from tests.pages import Page, plain
from tests.processes.servers import free_port
from views import worker

# --- mail headers (R-063) ------------------------------------------------------------------------------
# what is typed into a text field -> what is stored; None: refused beside the field.
TEXTS = [
    ("a\rBcc: b@y.jp", None), ("a\nBcc: b@y.jp", None), ("a\r\nBcc: b@y.jp", None), ("a\r\n\r\nb", None),
    ("a\u2028Bcc: b@y.jp", None), ("a\u2029Bcc: b@y.jp", None), ("a\0b", None), ("\0", None), ("a\x0bb", None),
    ("a\x85b", None), ("a\tb", None), ("a\x1b[2Jb", None), ("a\u202eb", None), ("a\u200bb", None), ("\r\n", None),
    ("a,b", "a,b"), ("a;b", "a;b"), ("a@x.jp, b@y.jp", "a@x.jp, b@y.jp"), ("a@x.jp;b@y.jp", "a@x.jp;b@y.jp"),
    ('"a b"@x.jp', '"a b"@x.jp'), ("<a@x.jp>", "<a@x.jp>"), ("Bcc: b@y.jp", "Bcc: b@y.jp"),
    ("=?utf-8?q?a=0D=0ABcc:_b=40y.jp?=", "=?utf-8?q?a=0D=0ABcc:_b=40y.jp?="), ("%0d%0aBcc: b@y.jp",) * 2,
    ("\\r\\nBcc: b@y.jp",) * 2, ("  山田 太郎  ", "山田 太郎"), ("a\n", "a"), ("a\u2028", "a"), ("a\r\n \r\n", "a"),
    (".", "."), ("From a", "From a"), ("仮パスワード: x", "仮パスワード: x"), ("{{7*7}}%s{0}", "{{7*7}}%s{0}"),
    ("□□□", "□□□"), ("𠮷" * 50, "𠮷" * 50),
]  # fmt: skip
# what is typed as メールアドレス -> what is stored; None: refused beside the field.
ADDRESSES = [
    ("a\r@x.jp", None), ("a\n@x.jp", None), ("a@x.jp\nBcc: b@y.jp", None), ("a@x.jp\r\nBcc: b@y.jp", None),
    ("a@x.jp\r\n\r\nb", None), ("a@x.jp\u2028Bcc: b@y.jp", None), ("a@x.jp\u2029b@y.jp", None), ("a\0@x.jp", None),
    ("a@x.jp\0", None), ("a@x.jp, b@y.jp", None), ("a@x.jp,b@y.jp", None), ("a@x.jp，b@y.jp", None),
    ("a@x.jp;b@y.jp", None), ("a@x.jp；b@y.jp", None), ("a@x.jp b@y.jp", None), ("a,b@x.jp", None), ("a;b@x.jp", None),
    ('"a b"@x.jp', None), ('"a"@x.jp', None), ('"a@y.jp,"@x.jp', None), ("<a@x.jp>", None), ("＜a@x.jp＞", None),
    ("A <a@x.jp>", None), ("a@x.jp (b)", None), ("a(b@y.jp)@x.jp", None), ("a@x.jp>, <b@y.jp", None),
    ("g:a@x.jp;", None),
    ("=?utf-8?q?a?=@x.jp", None), ("=?utf-8?q?a=40y.jp=2C?=@x.jp", None), ("=?utf-8?b?YUB5LmpwLA==?=@x.jp", None),
    ("=?utf-8?q?a=0D=0ABcc:?=@x.jp", None), ("＝？utf-8？q？a？＝＠x.jp", None), ("a@=?utf-8?q?y.jp?=", None),
    ("山田@x.jp", None), ("é@x.jp", None), ("a@日本.jp", None), ("a@x", None), ("a@@x.jp", None), ("a@x..jp", None),
    (".a@x.jp", None), ("a@[127.0.0.1]", None), ("a\\@x.jp", None), ("a\t@x.jp", None), ("a\u200b@x.jp", None),
    ("a@x.jp", "a@x.jp"), ("  a@x.jp  ", "a@x.jp"), ("a@x.jp\n", "a@x.jp"), ("a@x.jp\r\n\u2028", "a@x.jp"),
    ("a@x.jp\u3000", "a@x.jp"), ("ａ＠ｘ．ｊｐ", "a@x.jp"), ("a@X.JP", "a@X.JP"), ("a+b@x.jp",) * 2,
    ("-a@x.jp",) * 2,
    ("=1@x.jp", "=1@x.jp"), ("o'hara@x.jp", "o'hara@x.jp"), ("a%b!c@x.jp", "a%b!c@x.jp"), ("{{7*7}}@x.jp",) * 2,
    ("a@xn--wgv71a.jp", "a@xn--wgv71a.jp"), ("a" * 64 + "@x.jp", "a" * 64 + "@x.jp"),
]  # fmt: skip
HEADERS = [
    "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
]  # fmt: skip
SUBJECTS = {
    "USR-REG": "【容量市場システム】ユーザ情報の登録が完了しました",
    "USR-CHG": "【容量市場システム】ユーザ情報の変更が完了しました",
    "OPR-CHG": "【容量市場システム】登録作業者(管理者)の交代が完了しました",
    "OPR-END": "【容量市場システム】登録作業者(管理者)の交代が完了しました",
    "STF-REG": "【容量市場システム】職員情報の登録が完了しました",
}


class Posted(NamedTuple):
    """What the mail server was given: RCPT TO, and the message after DATA."""

    recipients: list
    message: object


class Sink:
    def __init__(self):
        self.posted = []

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.posted.append(Posted(list(envelope.rcpt_tos), message))
        return "250 OK"


@pytest.fixture
def posted(app):
    """posted() -> every mail of the outbox, as the worker itself hands it to a mail server."""
    sink = Sink()
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    where = {"mail": MailServer("127.0.0.1", port), "mail_from": "panel@example.jp"}
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **where)

    def send():
        while worker.step():
            pass
        return sink.posted

    yield send
    controller.stop()


class Screen(NamedTuple):
    """An input screen that leads to mails."""

    who: str
    address: str
    heading: str
    fields: list  # the text fields
    typed: dict  # what else has to be there
    stored: str  # reads the columns of `fields`, メールアドレス last, of the newest person with that address
    events: set  # of the mails that follow


USERS = "SELECT u.department, a.name, a.email FROM accounts a JOIN users u ON u.id = a.id WHERE a.id = {} "
STAFF = "SELECT name, email FROM accounts WHERE id = {}"
NEWEST = "(SELECT max(id) FROM accounts)"
BOTH = ["department", "name"]
NEW_USER = {"role": "7", "operator_code": "0001", "phone-area": "03", "phone-exchange": "1234"}
NEW_USER |= {"phone-subscriber": "5678"}
SCREENS = {
    "portal-register": Screen("admin", "/portal/users/new/", "ユーザ情報登録", BOTH, NEW_USER, USERS.format(NEWEST),
                          {"USR-REG"}),
    "admin-register": Screen("staff", "/admin/users/new/", "ユーザ情報登録", BOTH, NEW_USER, USERS.format(NEWEST),
                         {"USR-REG"}),
    "portal-change": Screen("admin", "/portal/users/edit/?id={user}", "ユーザ情報変更", BOTH, {}, USERS.format(":user"),
                          {"USR-CHG"}),
    "admin-change": Screen("staff", "/admin/users/edit/?id={user}", "ユーザ情報変更", BOTH, {}, USERS.format(":user"),
                         {"USR-CHG"}),
    "replace": Screen("staff", "/admin/users/replace/?id={leaver}", "ユーザ情報管理者交代", BOTH, {},
                         USERS.format(NEWEST), {"OPR-CHG", "OPR-END"}),
    "staff-register": Screen("staff", "/admin/staff/new/", "職員情報登録", ["name"], {"rights": "3"},
                             STAFF.format(NEWEST), {"STF-REG"}),
    "staff-change": Screen("staff", "/admin/staff/edit/?id={colleague}", "職員情報変更", ["name"], {},
                        STAFF.format(":colleague"), set()),
}  # fmt: skip


@pytest.fixture(params=list(SCREENS))
def screen(request, make, signed_in, read):
    """The screen, its people, and open() -> (address, what a browser would send from it)."""
    shape = SCREENS[request.param]
    people = {"user": make.user(email="old@example.jp").id, "colleague": make.reviewer(email="old@example.jp").id}
    admin = make.admin(email="boss@example.jp")
    browser = signed_in(admin if shape.who == "admin" else make.staff(email="boss@example.jp"))

    def opened():
        # 管理者交代: the successor of the last one is the next to leave.
        [leaver] = read("SELECT max(id) FROM users WHERE role = '6' AND slot IS NOT NULL")
        path = shape.address.format(leaver=leaver[0], **people)
        _, _, data = browser.page(path).data_of("確認")
        return path, data | shape.typed

    return shape, browser, opened, {k: v for k, v in people.items() if f":{k}" in shape.stored}


def error_beside(name, html):
    found = re.search(f'<div class="field-error" id="error-{name}"><p>(error.C00.000[0-9]{{2}})', html)
    return found and found[1]


def test_hostile_texts_and_addresses_are_refused_beside_their_field(screen, snapshot):
    shape, browser, opened, _ = screen
    path, data = opened()
    good = data | dict.fromkeys(shape.fields, "良い名前") | {"email": "good@example.jp"}
    before = snapshot(but=("sessions",))
    hostile = [(name, text) for name in shape.fields for text, stored in TEXTS if stored is None]
    hostile += [("email", text) for text, stored in ADDRESSES if stored is None]
    for number, (name, text) in enumerate(hostile):
        steps = [{"_step": "confirm"}, {"_step": "execute", "ticket": f"{number:022d}"}]
        for step in steps:  # 実行 alone as well: nobody is bound to press 確認
            answer = browser.post(path, data=good | step | {name: text})
            beside = error_beside(name, answer.text)
            assert (name, text, answer.status_code, beside is not None) == (name, text, 200, True)
            assert f"<h1>{shape.heading}画面</h1>" in answer.text
    assert snapshot(but=("sessions",)) == before
    everywhere = dict.fromkeys([*shape.fields, "email"], "a@x.jp\r\nBcc: b@y.jp") | {"_step": "confirm"}
    page = Page(browser, browser.post(path, data=good | everywhere))
    assert [error_beside(name, page.response.text) for name in everywhere if name != "_step"] == (
        ["error.C00.00005"] * (len(shape.fields) + 1)
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # what is asked does not depend on it
def test_every_mail_has_one_recipient_and_our_headers(screen, posted, read, write):
    shape, browser, opened, ids = screen
    texts = [pair for pair in TEXTS if pair[1] is not None]
    addresses = [pair for pair in ADDRESSES if pair[1] is not None]
    told = {}  # address -> names in the mails it got
    for n in range(max(len(texts), len(addresses))):
        (text, name), (typed, address) = texts[n % len(texts)], addresses[n % len(addresses)]
        path, data = opened()
        answer = browser.post(
            path, data=data | dict.fromkeys(shape.fields, text) | {"email": typed, "_step": "confirm"}
        )
        confirm = Page(browser, answer)
        assert (text, typed, confirm.heading) == (text, typed, f"{shape.heading}確認画面")
        assert confirm.facts()["ユーザ名"] == plain(name)
        assert confirm.press("実行").heading == f"{shape.heading}完了画面"
        assert read(shape.stored, **ids) == [(*[name] * len(shape.fields), address)]
        told.setdefault(address, []).append(name)
        if "登録" in shape.heading:  # the place is free again
            write("UPDATE users SET slot = NULL WHERE role = '7'")
    rows = read("SELECT message_id, event, recipient, subject FROM outgoing_mails ORDER BY id")
    assert {row.event for row in rows} == shape.events
    sent = posted()
    assert read("SELECT recipient, last_error FROM outgoing_mails WHERE state <> 'sent'") == []
    assert len(sent) == len(rows)
    known = {"boss@example.jp", "old@example.jp"} | set(told)
    by_id = {row.message_id: row for row in rows}
    for recipients, message in sent:
        row = by_id.pop(message["Message-ID"])
        assert recipients == [row.recipient]
        assert row.recipient in known
        assert sorted(message.keys()) == HEADERS
        assert [address.addr_spec for address in message["To"].addresses] == [row.recipient]
        assert message["Subject"] == row.subject == SUBJECTS[row.event]
        assert [address.addr_spec for address in message["From"].addresses] == ["panel@example.jp"]
        assert not message.is_multipart()
        lines = message.get_content().splitlines()
        [name] = [line.removeprefix("ユーザ名: ") for line in lines if line.startswith("ユーザ名: ")]
        assert name in [name for names in told.values() for name in names] or row.event == "OPR-END"
        assert sum(line.startswith("仮パスワード: ") for line in lines) <= 1
        assert not any(line.startswith("Bcc:") for line in lines)
    if shape.events:
        assert set(told) <= {row.recipient for row in rows}


# --- scripts (R-060) -------------------------------------------------------------------------------------
SCRIPTS = [  # at most 50 characters: ユーザ名 holds no more
    "<script>xss()</script>", '"><img src=x onerror=xss()>', "'><svg/onload=xss()><!--",
    '" autofocus onfocus="xss()" x="', "' autofocus onfocus='xss()' x='",
    "</title></textarea></option><script>xss()</script>", "<a href=javascript:xss()></td></table><style>x{}",
    "&lt;img onerror=xss()&gt;&#60;svg&#62;{{7*191}}{%x",
]  # fmt: skip
SCRIPT_ADDRESS = "'onfocus='xss`1`&lt@x.jp"  # what an address may hold of it
# What our own templates are made of. Whatever else stands in a page came from the data.
# fmt: off
ELEMENTS = {
    "html", "head", "meta", "title", "link", "script", "body", "header", "footer", "main", "nav", "section", "div", "p",
    "span", "b", "strong", "code", "h1", "h2", "ul", "ol", "li", "a", "table", "caption", "thead", "tbody", "tr", "th",
    "td", "form", "fieldset", "legend", "label", "input", "select", "option", "button", "dialog", "del", "ins",
}
ATTRIBUTES = {
    "lang", "charset", "name", "content", "rel", "href", "type", "src", "defer", "class", "id", "role", "tabindex",
    "for", "value", "hidden", "selected", "checked", "disabled", "readonly", "method", "action", "form", "formaction",
    "novalidate", "autocomplete", "autocapitalize", "spellcheck", "inputmode", "scope", "data-theme-choice",
    "data-menu", "data-dialog", "data-close", "data-closes", "data-once", "data-focus", "data-busy", "data-keys",
    "data-select-all", "data-label", "data-icon", "data-asks", "aria-label", "aria-labelledby", "aria-describedby",
    "aria-invalid", "aria-required", "aria-expanded", "aria-controls", "aria-current", "aria-sort", "aria-hidden",
}
# fmt: on


def planted(html):
    """Everything in a page that our templates do not hold."""
    soup = BeautifulSoup(html, "html.parser")
    found = [str(e) for e in soup.find_all(string=lambda text: isinstance(text, Comment))]
    for e in soup.find_all(True):
        if e.name not in ELEMENTS or set(e.attrs) - ATTRIBUTES:
            found.append(str(e)[:200])
        for link in ("href", "src", "action", "formaction"):
            own = "/static/" if e.name in ("script", "link") else ("/", "#")
            if e.has_attr(link) and (not e[link].startswith(own) or e[link].startswith("//")):
                found.append(str(e)[:200])
        if e.name == "script" and e.get_text():
            found.append(str(e)[:200])
    return found


@pytest.fixture
def answers(app):
    """Every HTML answer of the panel, as (method, address, html), in order."""
    seen = []

    def note(sender, response, **_):
        if response.mimetype == "text/html":
            seen.append((request.method, request.full_path, response.get_data(as_text=True)))

    with request_finished.connected_to(note, app):
        yield seen


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", SCRIPTS, ids=[f"script-{n}" for n in range(len(SCRIPTS))])
def test_scripts_in_every_field_are_text_on_every_screen(make, signed_in, answers, read, write, text):
    shown = plain(text)
    boss = make.staff(name=text)  # his name stands on every page, in every 操作履歴
    browser = signed_in(boss)

    # 事業者
    page = browser.page("/admin/operators/new/").press("確認", 事業者コード=text, 参加登録申請者名=text, **NEW_OPERATOR)
    assert page.value("事業者コード") == page.value("参加登録申請者名") == text
    page = page.press("確認", 事業者コード="0001")
    assert page.facts()["参加登録申請者名"] == shown
    assert page.press("実行").heading == "事業者登録完了画面"
    [listed] = browser.page("/admin/operators/?searched=1").rows()
    assert listed["参加登録申請者名"] == shown
    page = browser.page("/admin/operators/").press("検索", 事業者コード=text, 参加登録申請者名=text)
    assert page.value("参加登録申請者名") == text
    page = browser.page("/admin/operators/").press("検索", 参加登録申請者名=text).click("0001")
    assert page.facts()["参加登録申請者名"] == shown
    page = page.click("変更").press("確認", 参加登録申請者名=f"{text[:48]}2", 住所=text, 担当者1氏名=text,
                                    担当者1メールアドレス="t@example.jp").press("実行")  # fmt: skip
    assert page.heading == "事業者変更完了画面"
    page = browser.page("/admin/operators/").press("検索").click("0001")
    assert shown in plain(page.soup.select_one(".history").get_text())
    page.click("変更").press("確認", 参加登録申請者名=text).press("実行")

    # ユーザ情報: 登録, 変更, 管理者交代
    write("UPDATE users SET slot = NULL")  # the two 管理者 of the registration make room
    admin = make.admin(name=text, department=text, email=SCRIPT_ADDRESS)
    typed = {"所属部署": text, "ユーザ名": text, "メールアドレス": text, "事業者コード": text}
    page = browser.page("/admin/users/new/").press("確認", **typed, 市外局番=text, 市内局番=text, 加入者番号=text)
    assert [page.value(name) for name in (*typed, "市外局番", "加入者番号")] == [text] * 6
    good = {"事業者コード": "0001", "メールアドレス": SCRIPT_ADDRESS}
    phone = {"市外局番": "03", "市内局番": "1234", "加入者番号": "5678"}
    page = page.press("確認", **good, **phone)
    facts = {"所属部署": shown, "ユーザ名": shown, "メールアドレス": plain(SCRIPT_ADDRESS)}
    assert page.facts() == page.facts() | facts | {"参加登録申請者名": shown}
    assert page.press("戻る").value("ユーザ名") == text
    assert page.press("実行").heading == "ユーザ情報登録完了画面"
    [user] = read("SELECT max(id) AS id FROM users")
    page = browser.page("/admin/users/").press("検索", ユーザ名=text)
    assert [row["ユーザ名"] for row in page.rows()] == [row["参加登録申請者名"] for row in page.rows()] == [shown] * 2
    page = browser.page(f"/admin/users/details/?id={user.id}")
    assert page.facts() == page.facts() | facts
    edit = page.click("変更")
    confirm = edit.press("確認", ユーザ名=f"{text}"[:49] + "2", 所属部署=f"{text}2")
    late = edit.press("確認", ユーザ名="x", 所属部署="x")
    assert confirm.facts()["所属部署"] == f"{shown}2"
    assert confirm.press("実行").heading == "ユーザ情報変更完了画面"
    conflict = late.press("実行")
    assert f"{shown}2" in conflict.text
    assert shown in conflict.alerts[0]  # who was faster
    page = browser.page(f"/admin/users/details/?id={user.id}")
    assert page.text.count(f"変更後:{shown}2") >= 1
    page = page.click("削除")
    assert page.facts()["所属部署"] == f"{shown}2"
    page = browser.page(f"/admin/users/details/?id={admin.id}").click("管理者交代")
    assert page.facts()["ユーザ名"] == shown
    page = page.press("確認", 所属部署=text, ユーザ名=text, メールアドレス=text)
    page = page.press("確認", メールアドレス=SCRIPT_ADDRESS)
    assert page.text.count(shown) >= 4
    assert page.press("実行").heading == "ユーザ情報管理者交代完了画面"

    # 職員情報
    page = browser.page("/admin/staff/new/").press("確認", 権限区分=["3:審査担当"], ユーザ名=text, メールアドレス=text)
    assert page.value("メールアドレス") == text
    page = page.press("確認", メールアドレス=SCRIPT_ADDRESS)
    assert page.press("実行").heading == "職員情報登録完了画面"
    page = browser.page("/admin/staff/").press("検索", ユーザ名=text)
    assert [row["ユーザ名"] for row in page.rows()] == [shown] * 2
    assert browser.page(f"/admin/staff/details/?id={boss.id}").click("変更").value("ユーザ名") == text

    # 操作履歴, メール送信履歴: every row
    browser.post("/login", data=browser.page("/login").data_of("ログイン", ユーザID=text, パスワード=text)[2])
    browser = signed_in(boss)
    found = browser.page("/admin/audit/?searched=1")
    assert {row["実行者名"] for row in found.rows()} <= {shown, "システム"}
    assert browser.page("/admin/audit/").press("検索", 対象=text).value("対象") == text
    for [number] in read("SELECT id FROM audit_entries"):
        assert shown in browser.page(f"/admin/audit/details/?id={number}").text
    assert plain(SCRIPT_ADDRESS) in browser.page("/admin/mails/?searched=1").text
    assert browser.page("/admin/mails/").press("検索", 宛先=text).value("宛先") == text
    for [number] in read("SELECT id FROM outgoing_mails"):
        assert shown in browser.page(f"/admin/mails/details/?id={number}").text

    # the portal, as somebody with such a name
    other = make.admin(name=text, department=text, email=SCRIPT_ADDRESS)
    portal = signed_in(other)
    assert shown in portal.page("/portal/").text
    assert len(portal.page("/portal/users/?searched=1").rows()) == 5  # and the two of the registration
    page = portal.page(f"/portal/users/details/?id={user.id}")
    assert page.facts()["所属部署"] == f"{shown}2"
    assert page.click("変更").value("所属部署") == f"{text}2"
    page.click("削除")
    portal.page("/portal/users/password/")
    for query in ({"name": text, "login_id": text}, {"back": text, "sort": text}, {"enabled": text, text: text}):
        portal.page(f"/portal/users/?{urlencode({'searched': 1} | query)}")
        portal.page(f"/portal/users/details/?{urlencode({'id': user.id} | query)}")
    portal.page(f"/login?{urlencode({'next': text})}")

    strange = {(method, address): planted(html) for method, address, html in answers}
    assert {key: found for key, found in strange.items() if found} == {}
    assert len(answers) > 80


# --- formulas (R-061, XC-014) -----------------------------------------------------------------------------
# what is typed -> the cell, in both encodings
FORMULAS = {
    "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(1)": "'@SUM(1)", "＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1",
    "＠x": "'＠x", "\t=1": "'=1", "\r=1": "'=1", "\r\n=1": "'=1", "  =1": "'=1", "　＝1": "'＝1", '"=1': "'\"=1",
    "'=1": "''=1", "' =1": "'' =1", '" ＝1': "'\" ＝1", '="a",1': "'=\"a\",1",
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    '=HYPERLINK("//y.jp";1)': "'=HYPERLINK(\"//y.jp\";1)", ";=1": ";=1", ",=1": ",=1", "a=1": "a=1",
}  # fmt: skip
ADDRESS_FORMULAS = {"=1@x.jp": "'=1@x.jp", "+1@x.jp": "'+1@x.jp", "-1@x.jp": "'-1@x.jp", "'=1@x.jp": "''=1@x.jp"}
LIVE = "=+-@＝＋－＠\t\r\0"


def lives(cell):
    """Would a spreadsheet run it? The apostrophe in front is ours: it makes text of the cell."""
    return cell.lstrip(' \u3000"')[:1] in LIVE and cell.strip() != ""


def exported(page, encoding):
    _, path, data = page.data_of("CSV出力")
    answer = page.browser.post(path, data=data | {"encoding": encoding}, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    text = answer.data.decode("utf-8-sig" if encoding == "utf-8" else "cp932")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_what_a_spreadsheet_would_run_is_recognised():  # or the tests below would prove nothing
    assert [cell for cell in ("=1", " ＝1", '"=1', "\t=1", "@x", "－1") if not lives(cell)] == []
    assert [cell for cell in ("'=1", "a=1", "", "03-1234", "''=1") if lives(cell)] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # what is asked does not depend on it
def test_formulas_typed_into_every_field_are_text_in_every_file(make, signed_in, read, enter, app):
    expected = []
    for number, (text, cell) in enumerate(FORMULAS.items()):
        browser = signed_in(make.staff(name=text))  # the actor of what follows
        code = f"F{number:03d}"
        page = browser.page("/admin/operators/new/").press(
            "確認", 事業者コード=code, 参加登録申請者名=text, **NEW_OPERATOR
        )
        assert page.press("実行").heading == "事業者登録完了画面"
        address, address_cell = list(ADDRESS_FORMULAS.items())[number % len(ADDRESS_FORMULAS)]
        typed = {"事業者コード": code, "所属部署": text, "ユーザ名": text, "メールアドレス": address}
        page = browser.page("/admin/users/new/").press("確認", **typed)
        assert page.press("実行").heading == "ユーザ情報登録完了画面"
        expected.append([cell, cell, cell, address_cell])
        [user] = read("SELECT max(id) AS id FROM users")
        page = browser.page(f"/admin/users/edit/?id={user.id}").press("確認", 所属部署=f"{text}2").press("実行")
        browser.page(f"/admin/users/edit/?id={user.id}").press("確認", 所属部署=text).press("実行")
        enter(app.test_client(), text, "Wrong#2026word")
    admin = signed_in(make.admin(operator="F000"))
    own = exported(admin.page("/portal/users/?searched=1"), "utf-8")
    assert [[row[3], row[4], row[5], row[7]] for row in own if "'=1+1" in row[4]] == expected[:1]
    actors = set()
    for encoding in ("utf-8", "cp932"):
        listed = exported(browser.page("/admin/users/?searched=1&sort=0"), encoding)[1:]
        by_code = {row[2]: [row[3], row[4], row[5], row[7]] for row in listed if row[1] == "登録作業者(一般)"}
        assert [by_code[f"F{number:03d}"] for number in range(len(expected))] == expected
        history = exported(browser.page("/admin/audit/?searched=1"), encoding)
        actors |= {row[2] for row in history}
        assert [cell for row in [*own, *listed, *history] for cell in row if lives(cell)] == []
        assert len(history) >= 6 * len(FORMULAS)
    assert set(FORMULAS.values()) <= actors | {"'=1", "'＝1"}
