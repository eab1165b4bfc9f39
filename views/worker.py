"""flask worker: sends the outbox and does the day's due work. Any number may run."""

import logging
import os
import signal
import smtplib
import threading
from datetime import timedelta
from email.header import Header
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask_mailman import EmailMessage
from flask_mailman.backends.smtp import EmailBackend
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from domain import clock
from domain.mails import is_of_board
from models.base import db
from models.mail import OutgoingMail
from services import due_work, mail, outbox
from views.guard import limits
from views.transaction import transaction

log = logging.getLogger("panel")
IDLE = 1.0  # seconds between two looks at an empty outbox
DUE_WORK = timedelta(minutes=1)  # between two looks for due work


@click.command("worker")
@click.option("--parent", type=int, hidden=True, help="End as soon as this process has gone.")
def worker(parent: int | None) -> None:
    """Send mails and do due work until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    due_work_at = clock.now()
    while not stop.is_set():
        try:
            if clock.now() >= due_work_at:
                due_work.run(transaction, limits())
                due_work_at = clock.now() + DUE_WORK
            busy = step()
        except SQLAlchemyError as error:  # the database is away: it may come back
            log.warning("the worker cannot reach the database", exc_info=error)
            db.session.remove()
            busy = False
        if parent is not None and os.getppid() != parent:
            return  # the server that started us is gone
        if not busy:
            stop.wait(IDLE)


def step() -> bool:
    """Send at most one mail. False: there was none to send."""
    waiting = outbox.is_waiting(db.session())
    db.session.rollback()
    if not waiting:
        return False
    with transaction() as s:
        row = outbox.claim(s)
        row_id = row.id if row else None
    if row_id is None:
        return False
    deliver(row_id)
    return True


def deliver(row_id: int) -> None:
    """Send one claimed mail and write down how it went."""
    settings: Settings = current_app.config["SETTINGS"]
    row = db.session.get(OutgoingMail, row_id)
    if row is None:
        return
    error, for_good = "", False
    try:
        body = mail.text_of(row, settings.outbox_key)
        sender = settings.board_mail_from if is_of_board(row.event) else settings.mail_from
        message = Message(row.subject, body, sender, [row.recipient], headers={"Message-ID": row.message_id})
        db.session.rollback()  # no transaction is held while a mail server takes its time
        post(message, settings)
    except Exception as problem:  # whatever it is: the mail waits, and the worker goes on
        error, for_good = _what_happened(problem)
    with transaction() as s:
        row = s.get(OutgoingMail, row_id, populate_existing=True)
        if row is None or row.sent_at is not None:
            return
        if error:
            outbox.failed(row, error, settings.mail_retry, for_good=for_good)
        else:
            outbox.sent(row)


class Message(EmailMessage):
    """Its subject is folded so that the header's name fits too; else a space would stand in front of it."""

    def message(self) -> Any:
        message = super().message()
        folded = Header(self.subject, "utf-8", header_name="Subject").encode()
        message.replace_header("Subject", folded)
        return message


def _what_happened(problem: Exception) -> tuple[str, bool]:
    """(what メール送信履歴 says, whether trying again is useless): only answers about this very mail are final."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(problem.recipients.values()))
        return f"{code} {_words(text)}", code >= 500
    if isinstance(problem, smtplib.SMTPResponseException):
        final = isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= 500
        return f"{problem.smtp_code} {_words(problem.smtp_error)}", final
    if isinstance(problem, (mail.SecretGone, mail.SecretUnreadable)):
        return str(problem), isinstance(problem, mail.SecretGone)
    if isinstance(problem, (OSError, smtplib.SMTPException)):
        return f"メールサーバに接続できないか、接続が切れました（{type(problem).__name__}: {problem}）", False
    log.error("a mail could not be made or sent", exc_info=problem)
    return f"メールを作成または送信できませんでした（{type(problem).__name__}）", isinstance(problem, ValueError)


def post(message: EmailMessage, settings: Settings) -> None:
    """Hand one message over: to the mail server, or into INSTANCE_DIR/mail."""
    if settings.mail.host is None:
        _write(message, settings.instance_dir / "mail")
        return
    backend: Any = EmailBackend(
        host=settings.mail.host,
        port=settings.mail.port,
        username=settings.mail.username,
        password=settings.mail.password,
        use_ssl=settings.mail.tls,
        use_tls=False,
        timeout=settings.mail_timeout.total_seconds(),
    )
    backend.open()
    try:
        backend.send_messages([message])
    finally:
        try:
            backend.close()
        except (OSError, smtplib.SMTPException):  # it has been accepted or refused already
            log.info("the mail server did not say goodbye")


def _write(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    name = message.extra_headers["Message-ID"].strip("<>").split("@")[0]
    draft = folder / f".{name}.tmp"
    draft.touch(mode=0o600)
    draft.write_bytes(message.message().as_bytes())
    draft.rename(folder / f"{name}.eml")


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
