"""メール送信履歴 over HTTP (issue 3, item 3): state, recipient, error, 再送, and what replaces it for a secret."""

from datetime import timedelta

import pytest

from domain.mails import SECRET_MARK
from models import OutgoingMail
from models.mail import MailState
from tests.pages import Page, plain


@pytest.fixture
def boss(make):
    return make.staff()


@pytest.fixture
def browser(signed_in, boss):
    return signed_in(boss)


@pytest.fixture
def queue(session, time):
    """queue(state=…): one mail in the outbox."""

    def add(**values):
        number = session.query(OutgoingMail).count()
        row = OutgoingMail(
            message_id=f"<{number}@x>",
            event="USR-CHG",
            recipient="hanako@example.jp",
            subject="【容量市場システム】お知らせ",
            body="ユーザID: U280003304\n",
        )
        for name, value in values.items():
            setattr(row, name, value)
        if row.state is MailState.SENT:
            row.sent_at = time.now
        session.add(row)
        session.commit()
        return row

    return add


def buttons(page):
    return [c for c in page.controls() if c in ("再送", "パスワード再発行")]


def test_the_list_tells_state_recipient_and_error(browser, queue, time):
    queue(state=MailState.DEAD, attempts=1, last_error="550 5.1.1 User unknown")
    time.forward(minutes=1)
    queue(state=MailState.SENT, recipient="taro@example.jp", attempts=2)
    time.forward(minutes=1)
    queue(state=MailState.WAITING, attempts=3, last_error="421 try later", due_at=time.now + timedelta(minutes=5))
    page = browser.page("/admin/mails/").press("検索")
    assert page.headers_of_list() == [
        "登録日時", "メール種別", "宛先", "件名", "送信状態", "送信回数", "エラー内容",
    ]  # fmt: skip
    assert {r["メール種別"] for r in page.rows()} == {plain("USR-CHG ユーザ情報の変更")}
    assert [(r["宛先"], r["送信状態"], r["送信回数"], r["エラー内容"]) for r in page.rows()] == [
        ("hanako@example.jp", "送信待ち", "3", plain("421 try later")),
        ("taro@example.jp", "送信済", "2", ""),
        ("hanako@example.jp", "送信不可", "1", plain("550 5.1.1 User unknown")),
    ]


def test_a_mail_without_a_secret_is_sent_again(browser, queue, mails, read):
    queue(state=MailState.DEAD, last_error="550")
    page = browser.page("/admin/mails/").press("検索").click("2026/11/20 12:00:00")
    assert buttons(page) == ["再送"]
    done = page.press("再送")
    assert (done.heading, done.statuses) == (
        "メール送信履歴再送完了画面", [plain("info.resend.complete : メールの再送を受け付けました。")],
    )  # fmt: skip
    assert page.press("再送").heading == "メール送信履歴再送完了画面"  # once, however often it is sent
    first, second = mails()
    assert first == second
    assert read("SELECT count(DISTINCT message_id), count(*) FROM outgoing_mails") == [(2, 2)]
    assert read("SELECT state FROM outgoing_mails ORDER BY id") == [("dead",), ("waiting",)]
    assert len(read("SELECT id FROM audit_entries WHERE event = 'mail:resend'")) == 1


def test_the_address_is_found_in_any_width(browser, queue):
    queue(recipient="kounin@example.jp")
    for typed in ("kounin", "ＫＯＵＮＩＮ", "Kounin@"):
        assert [r["宛先"] for r in browser.page("/admin/mails/").press("検索", 宛先=typed).rows()] == [
            "kounin@example.jp"
        ]
    assert browser.page("/admin/mails/").press("検索", 宛先="taro").rows() == []


def test_a_waiting_mail_is_not_sent_twice(browser, queue, mails):
    queue()
    page = browser.page("/admin/mails/").press("検索").click("2026/11/20 12:00:00").press("再送")
    assert page.alerts == [plain("error.M01.00002 : 送信待ちのメールは再送できません。")]
    assert len(mails()) == 1


@pytest.mark.parametrize("kind", ["user", "staff"])
def test_a_mail_with_a_secret_offers_a_new_password_instead(browser, make, queue, mails, kind):
    account = make.user() if kind == "user" else make.staff()
    reader = make.admin()  # the copy for whoever acted leads to whom it tells of, not to its reader
    mail = queue(
        state=MailState.SENT,
        has_secret=True,
        account_id=reader.id,
        about_id=account.id,
        body=f"仮パスワード: {SECRET_MARK}\n",
    )
    page = browser.page("/admin/mails/").press("検索").click("2026/11/20 12:00:00")
    assert buttons(page) == ["パスワード再発行"]
    assert plain("仮パスワード: （表示できません）") in page.facts()["本文"]
    account_page = page.click("パスワード再発行")
    assert account_page.facts()["ユーザID"] == account.login_id
    done = account_page.press("パスワード再発行")
    assert "パスワード再発行完了画面" in done.heading
    new = [m for m in mails() if m.recipient == account.email]
    assert len(new[0].facts["仮パスワード"]) >= 8
    # Pressed all the same, by address: refused, nothing queued.
    _, _, data = account_page.data_of("パスワード再発行")
    before = len(mails())
    forged = browser.post("/admin/mails/command/resend/", data=data | {"rowid": [str(mail.id)]}, follow_redirects=True)
    assert Page(browser, forged).alerts == [
        plain("error.M01.00001 : 仮パスワードを含むメールは再送できません。パスワード再発行を行ってください。")
    ]
    assert len(mails()) == before
