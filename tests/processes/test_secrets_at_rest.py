"""R-029: 仮パスワード stand nowhere in the clear, before and after their mails have been delivered."""

import re
import subprocess

import pytest
from sqlalchemy import select, text

from domain.roles import Role
from models import OutgoingMail, db
from models.mail import MailState
from tests.factories import PASSWORD
from tests.pages import plain
from tests.processes.conftest import Panel
from tests.processes.post_office import PostOffice
from tests.processes.servers import Worker, environment

pytestmark = pytest.mark.processes

PERSON = {"所属部署": "総合エネルギー事業部", "ユーザ名": "事業者 次郎"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request, servers, tmp_path_factory):
    """One server; its mails go to `running.post_office` as soon as there is a worker."""
    database = servers(request.param)
    folder = tmp_path_factory.mktemp(f"secrets-{request.param}")
    url = database.fresh(folder)
    office = PostOffice().open()
    panel = Panel(folder, url, number=1, MAIL_URL=f"smtp://127.0.0.1:{office.port}", MAIL_RETRY_SECONDS="1")
    panel.post_office, panel.database = office, database
    try:
        panel.servers[0].start()
        yield panel
    finally:
        panel.servers[0].kill()
        office.close()
        with panel.app.app_context():
            db.engine.dispose()
        database.drop(url)


@pytest.fixture
def at_rest(panel, session):
    """at_rest(): name -> bytes of everything the panel keeps: the database, the log, what was printed."""

    def kept():
        places = {str(p.relative_to(panel.folder)): p.read_bytes() for p in panel.folder.rglob("*") if p.is_file()}
        places["stdout"] = panel.output().encode()
        if panel.database.name == "postgresql":
            address = panel.settings["DATABASE_URL"].replace("+psycopg", "")
            dump = [panel.database.bin / "pg_dump", "--dbname", address]
            places["dump"] = subprocess.run(dump, check=True, stdout=subprocess.PIPE, timeout=60).stdout
            # The files themselves too, with what has been overwritten; the write-ahead log and the server's own log.
            oid = session.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
            session.execute(text("CHECKPOINT"))
            folder = panel.database.folder
            for path in [*folder.glob(f"data/base/{oid}/*"), *folder.glob("data/pg_wal/*"), folder / "log"]:
                if path.is_file():
                    places[str(path.relative_to(folder))] = path.read_bytes()
        return places

    return kept


def run(page, **typed):
    """確認 and 実行; 完了画面."""
    confirm = page.press("確認", **typed)
    done = confirm.press("実行")
    assert done.heading.endswith("完了画面"), done.text
    return done


def reissue(browser, path, person):
    done = browser.page(f"{path}/details/?id={person.id}").press("パスワード再発行")
    assert done.heading.endswith("完了画面"), done.text
    return done


def facts(mail):
    return dict(line.split(": ", 1) for line in mail.text.splitlines() if ": " in line)


def test_a_temporary_password_is_nowhere_in_the_clear(panel, somebody, market_admin, make, read, at_rest):
    """Of every kind: registered and reissued, user and staff, and a successor. Read from the received mails."""
    admin = somebody(role=Role.OPERATOR_ADMIN, email="acting@example.jp")
    code = admin.operator.code
    leaver = somebody(role=Role.OPERATOR_ADMIN, operator=code, email="leaver@example.jp")
    person, clerk = make.user(operator=code, email="person@example.jp"), make.staff(email="clerk@example.jp")
    office = panel.post_office
    portal, staff = panel.visitor().sign_in(admin, PASSWORD), panel.visitor().sign_in(market_admin(), PASSWORD)

    shown = [
        run(portal.page("/portal/users/new/"), **PERSON, メールアドレス="new@example.jp"),
        reissue(staff, "/admin/users", person),
        run(staff.page("/admin/staff/new/"), ユーザ名="広域 次郎", メールアドレス="recruit@example.jp",
            権限区分=["2:市場管理者"]),
        reissue(staff, "/admin/staff", clerk),
        run(staff.page(f"/admin/users/replace/?id={leaver.id}"), **PERSON, メールアドレス="successor@example.jp"),
    ]  # fmt: skip
    queued = select(OutgoingMail.state, OutgoingMail.has_secret, OutgoingMail.secret)
    waiting = read(queued)
    assert {state for state, _, _ in waiting} == {MailState.WAITING}
    assert [has for _, has, _ in waiting].count(True) == 6  # new and acting, then one each
    assert [secret is None for _, has, secret in waiting if has] == [False] * 6
    before = at_rest()

    worker = Worker(environment(**panel.settings)).start()
    try:
        office.wait_for(lambda received: len(received) == len(waiting))
    finally:
        assert worker.end() == 0  # what is in hand is finished
    found = {mail.to: facts(mail) for mail in office.received if "仮パスワード" in facts(mail)}
    assert sorted(found) == [
        "acting@example.jp", "clerk@example.jp", "new@example.jp", "person@example.jp", "recruit@example.jp",
        "successor@example.jp",
    ]  # fmt: skip
    assert found["acting@example.jp"]["仮パスワード"] == found["new@example.jp"]["仮パスワード"]
    secrets = {each["仮パスワード"] for each in found.values()}
    assert len(secrets) == 5
    assert all(re.fullmatch(r"\S{16}", secret) for secret in secrets)
    assert {(row.state, row.secret) for row in read(queued)} == {(MailState.SENT, None)}
    # What is looked for is what people type: it leads to パスワード変更, whatever the log keeps of that.
    for to in ("new@example.jp", "person@example.jp", "successor@example.jp"):
        typed = {"ユーザID": found[to]["ユーザID"], "パスワード": found[to]["仮パスワード"]}
        forced = panel.visitor().page("/login").press("ログイン", **typed)
        assert forced.heading == plain("パスワード変更画面")
        assert panel.visitor().page("/login").press("ログイン", **typed | {"ユーザID": "U999999999"}).alerts
    after = at_rest()
    after["stdout of the worker"] = worker.output.encode()

    shown = "".join(page.response.text for page in shown)
    assert [secret for secret in secrets if secret in shown] == []
    for places in (before, after):
        database = "dump" if panel.database.name == "postgresql" else "panel.db"
        stored = b"".join(content for name, content in places.items() if name.startswith(database))
        assert found["new@example.jp"]["ユーザID"].encode() in stored, "we look where it would be"
        assert b"/portal/users/new/" in places["log/panel.log"]
        hits = [name for name, content in places.items() for secret in secrets if secret.encode() in content]
        assert hits == []
