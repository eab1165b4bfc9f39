"""What people type reaches pages, mails and files as text and nothing else: R-060, R-061, R-063, XC-014."""

import csv
import io
import re
from dataclasses import replace
from email import message_from_bytes, policy
from itertools import count
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from bs4 import BeautifulSoup, Comment
from flask import request_finished

from config import MailServer
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
    ("A <a@x.jp>", None), ("a@x.jp (b)", None), ("a(b@y.jp)@x.jp", None), ("a@x.jp>, <b@y.jp", None), ("g:a@x.jp;", None),
    ("=?utf-8?q?a?=@x.jp", None), ("=?utf-8?q?a=40y.jp=2C?=@x.jp", None), ("=?utf-8?b?YUB5LmpwLA==?=@x.jp", None),
    ("=?utf-8?q?a=0D=0ABcc:?=@x.jp", None), ("＝？utf-8？q？a？＝＠x.jp", None), ("a@=?utf-8?q?y.jp?=", None),
    ("山田@x.jp", None), ("é@x.jp", None), ("a@日本.jp", None), ("a@x", None), ("a@@x.jp", None), ("a@x..jp", None),
    (".a@x.jp", None), ("a@[127.0.0.1]", None), ("a\\@x.jp", None), ("a\t@x.jp", None), ("a\u200b@x.jp", None),
    ("a@x.jp", "a@x.jp"), ("  a@x.jp  ", "a@x.jp"), ("a@x.jp\n", "a@x.jp"), ("a@x.jp\r\n\u2028", "a@x.jp"),
    ("a@x.jp\u3000", "a@x.jp"), ("ａ＠ｘ．ｊｐ", "a@x.jp"), ("a@X.JP", "a@X.JP"), ("a+b@x.jp", "a+b@x.jp"), ("-a@x.jp",) * 2,
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
    "staff-register": Screen("staff", "/admin/staff/new/", "職員情報登録", ["name"], {"rights": "3"}, STAFF.format(NEWEST),
                        {"STF-REG"}),
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
