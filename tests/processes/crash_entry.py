"""Test-only: a process that is killed in the middle of its work, at one step after the other.

Run as `python -m tests.processes.crash_entry register|worker` with the panel's settings in the environment. A step is
each statement and, around it, each COMMIT. For n = 1, 2, … a child is killed with SIGKILL at its nth step, until one
comes through. Prints what was counted: one JSON object per n.
"""

import json
import os
import signal
import sys
from datetime import date, timedelta
from itertools import count

from sqlalchemy import event, func, select, update

from app import create_app
from config import load
from domain import clock
from domain.roles import AccountKind, Role
from models import AuditEntry, Operator, OutgoingMail, User, db
from models.mail import MailState
from services import hashing
from tests.conftest import Browser
from tests.factories import PASSWORD
from tests.pages import plain
from views import worker


def die_at(number):
    """From now on: SIGKILL at step `number`."""
    steps = count(1)
    dialect = db.engine.dialect
    do_commit = dialect.do_commit

    def step(*_):
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def commit(connection):
        step()
        do_commit(connection)
        step()

    event.listen(db.engine, "before_cursor_execute", step)
    dialect.do_commit = commit


def killed_at(number, run):
    """Run in a child; True if it was killed, False if it came to its end."""
    db.session.remove()
    db.engine.dispose()
    pid = os.fork()
    if pid == 0:
        try:
            die_at(number)
            run()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed"
    return False


def managers(number):
    """An operator with its two 管理者; the operator's id and who signs in."""
    operator = Operator(code=f"{number:04d}", name="株式会社")
    people = [
        User(
            kind=AccountKind.USER, operator=operator, role=Role.OPERATOR_ADMIN, slot=slot, department="部署", phone="",
            login_id=f"U{number:08d}{slot}", login_key=f"U{number:08d}{slot}", name="管理 者",
            email=f"admin{slot}@example.jp", password_hash=hashing.make(PASSWORD), valid_from=date(2020, 1, 1),
        )
        for slot in (1, 2)
    ]  # fmt: skip
    db.session.add_all(people)
    db.session.commit()
    return operator.id, people[0].login_id


def register(app):
    """ユーザ情報の登録, and the same 実行 again after the crash."""
    for number in count(1):
        operator_id, login_id = managers(number)
        browser = app.test_client()
        response = browser.page("/login").submit("ログイン", ユーザID=login_id, パスワード=PASSWORD)
        assert response.status_code == 302
        address = f"crash{number}@example.jp"
        page = browser.page("/portal/users/new/").press(
            "確認", 所属部署="部署", ユーザ名="事業者 三郎", メールアドレス=address
        )
        assert page.heading == plain("ユーザ情報登録確認画面"), page.text
        _, path, data = page.data_of("実行")
        killed = killed_at(number, lambda b=browser, p=path, d=data: b.post(p, data=d))
        after = counted(operator_id)
        assert browser.post(path, data=data).status_code == 302
        print(json.dumps({"killed": killed, "after": after, "again": counted(operator_id)}), flush=True)
        if not killed:
            return


def counted(operator_id):
    """(users, 操作履歴, mails) of the operator's 一般."""
    db.session.rollback()
    ids = list(
        db.session.scalars(select(User.id).where(User.operator_id == operator_id, User.role == Role.OPERATOR_GENERAL))
    )
    code = db.session.get(Operator, operator_id).code
    login_ids = list(db.session.scalars(select(User.login_id).where(User.id.in_(ids))))
    audited = select(func.count()).where(AuditEntry.event == "user:register", AuditEntry.request_no != "")
    mails = select(OutgoingMail.body)
    marks = [f"U{int(code):08d}1"]
    entries = db.session.scalar(audited.where(AuditEntry.actor_login_id.in_(marks)))
    sent = sum(any(i in body for i in login_ids) for body in db.session.scalars(mails))
    return [len(ids), entries, sent]


def send(app):
    """One mail per n; after the crash and the end of its claim another worker goes on."""
    folder = app.config["SETTINGS"].instance_dir / "mail"
    for number in count(1):
        name = f"crash{number}"
        db.session.add(
            OutgoingMail(
                message_id=f"<{name}@panel.invalid>", event="USR-CHG", recipient="a@example.jp",
                subject="件名", body="本文\n",
            )
        )  # fmt: skip
        db.session.commit()
        killed = killed_at(number, worker.step)
        arrived = (folder / f"{name}.eml").exists()
        db.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.claimed_until.is_not(None))
            .values(claimed_until=clock.now() - timedelta(seconds=1))
        )
        db.session.commit()
        while worker.step():
            pass
        waiting = db.session.scalar(select(func.count()).where(OutgoingMail.state != MailState.SENT))
        left = [(folder / f"{name}.eml").exists(), waiting]
        print(json.dumps({"killed": killed, "arrived": arrived, "again": left}), flush=True)
        if not killed:
            return


if __name__ == "__main__":
    made = create_app(load(), BCRYPT_COST=4)
    made.test_client_class = Browser
    with made.app_context():
        {"register": register, "worker": send}[sys.argv[1]](made)
