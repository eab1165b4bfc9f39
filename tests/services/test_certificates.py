"""クライアント証明書: registry, admission, 未登録証明書, expiry mails (issue 4, item 5; COM-022, COM-023)."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from domain.certificates import Presented
from domain.errors import DomainError, Forbidden
from domain.roles import Role
from models import AuditEntry, ClientCertificate, DueWork, OperatorRecipient, SignInSession, UnregisteredCertificate
from models.sign_in import Ending
from services import admission, certificate_expiry, certificate_file, certificates, due_work, sweep, unregistered
from tests import certificates as real
from tests.factories import ISSUER
from views.transaction import transaction

DAY = timedelta(days=1)


@pytest.fixture
def facts(time):
    """facts(serial="B5") -> what [登録] sends."""

    def data(**other):
        period = {"valid_from": time.now - DAY, "valid_to": time.now + 300 * DAY}
        return {"operator_code": "0001", "issuer": ISSUER, "serial": "B5", "note": "", **period, **other}

    return data


@pytest.fixture
def shown(time):
    """shown("A1B2") -> the certificate of a connection."""
    return lambda serial="A1B2", issuer=ISSUER: Presented(issuer, serial, time.now - DAY, time.now + 99 * DAY)


def refusal(call, *args):
    with pytest.raises(DomainError) as caught:
        call(*args)
    return caught.value.message_id


# ---- the registry ----------------
def test_a_certificate_is_registered_for_an_operator_or_for_the_market_operator(do, make, facts, session):
    staff, operator = make.staff(), make.operator()
    row = do(certificates.register, staff, facts(note="本社"))
    assert (row.operator_id, row.serial, row.note, row.owner) == (operator.id, "B5", "本社", "株式会社0001")
    ours = do(certificates.register, staff, facts(operator_code="OCCTO", serial="B6"))
    assert (ours.operator_id, ours.owner) == (None, "広域機関")
    events = [(e.event, e.target) for e in session.query(AuditEntry).order_by("id")]
    assert events == [("certificate:register", "B5 株式会社0001"), ("certificate:register", "B6 広域機関")]


def test_a_certificate_is_registered_once_until_it_is_withdrawn(do, make, facts):
    staff = make.staff()
    make.operator("0002")
    row = make.certificate(serial="B5")
    assert refusal(do, certificates.register, staff, facts(operator_code="0002")) == "error.K01.00006"
    assert do(certificates.register, staff, facts(issuer="CN=他の認証局")).serial == "B5", "unique per issuer only"
    do(certificates.withdraw, staff, row)
    assert do(certificates.register, staff, facts(operator_code="0002")).operator.code == "0002"


def test_what_cannot_be_registered_says_why(do, make, facts, time):
    staff = make.staff()
    make.operator()
    gone = make.operator("0009")
    gone.withdrawn_at = time.now
    make.session.commit()
    assert refusal(do, certificates.register, staff, facts(operator_code="0008")) == "error.U02.00003"
    assert refusal(do, certificates.register, staff, facts(operator_code="0009")) == "error.K01.00014"
    assert refusal(do, certificates.register, staff, facts(valid_to=time.now)) == "error.K01.00007"


@pytest.mark.parametrize("who", ["reviewer", "admin", "user"])
def test_only_market_administrators_change_the_registry(do, make, facts, who):  # the matrix
    actor, row, seen = getattr(make, who)(), make.certificate(), make.unregistered()
    for call in (
        (certificates.register, actor, facts()),
        (certificates.change, actor, row, facts()),
        (certificates.withdraw, actor, row),
        (certificates.assign, actor, seen, {"operator_code": "0001"}),
    ):
        with pytest.raises(Forbidden):
            do(*call)


def test_operators_see_their_own_and_staff_all(make, session):
    for operator, serial in (("0001", "A1"), ("0002", "A2"), (None, "A3")):
        make.certificate(operator, serial)
    make.unregistered()
    seen = {
        who: sorted(row.serial for row in session.scalars(certificates.visible(actor)))
        for who, actor in {"管理者": make.admin(), "一般": make.user(operator="0002"), "職員": make.reviewer()}.items()
    }
    assert seen == {"管理者": ["A1"], "一般": ["A2"], "職員": ["A1", "A2", "A3"]}
    assert session.scalars(unregistered.visible(make.admin())).all() == []
    assert session.scalars(unregistered.visible(make.reviewer())).all() == []
    assert len(session.scalars(unregistered.visible(make.staff())).all()) == 1


def test_a_search_finds_by_operator_number_issuer_and_state(make, session, time):
    make.certificate("0001", "AB12")
    make.certificate("0002", "CD34", issuer="CN=別の認証局", valid_to=time.now + 30 * DAY)
    make.certificate(None, "EF56", valid_to=time.now)
    make.certificate("0001", "0A", withdrawn_at=time.now)
    make.certificate("0001", "0B", valid_from=time.now + DAY)
    staff = make.staff()

    def found(**criteria):
        rows = session.scalars(certificates.find(staff, criteria)).unique()
        by_state = {row.serial: row.certificate_state for row in rows}
        if states := criteria.get("certificate_state"):
            assert set(by_state.values()) <= set(states), "the SQL and the word agree"
        return set(by_state)

    assert found() == {"AB12", "CD34", "EF56", "0A", "0B"}
    assert found(operator_code="0001") == {"AB12", "0A", "0B"}
    assert found(serial="D3") == {"CD34"}
    assert found(issuer="別の") == {"CD34"}
    expected = {"valid": {"AB12"}, "expiring": {"CD34"}, "expired": {"EF56"}, "withdrawn": {"0A"}, "early": {"0B"}}
    assert {state: found(certificate_state=[state]) for state in expected} == expected
    assert found(certificate_state=["valid", "expired"]) == {"AB12", "EF56"}


def test_a_change_touches_period_and_note_only(do, make, facts, session):
    staff, row = make.staff(), make.certificate()
    do(certificates.change, staff, row, facts(note="予備", serial="FF", operator_code="0002"))
    session.refresh(row)
    assert (row.serial, row.operator.code, row.note) == ("A1B2", "0001", "予備")
    do(certificates.withdraw, staff, row)
    assert refusal(do, certificates.change, staff, row, facts()) == "error.K01.00008"
    assert refusal(do, certificates.withdraw, staff, row) == "error.K01.00008"


def test_a_withdrawal_ends_the_sessions_opened_with_it_at_once(do, make, live, session):
    staff, user, other = make.staff(), make.user(), make.admin()
    row, second = make.certificate(), make.certificate(serial="A1B3")
    for account, certificate in ((user, row), (other, second), (staff, second)):
        live(account).certificate_id = certificate.id
        session.commit()  # the next sign-in begins anew
    do(certificates.withdraw, staff, row)
    session.expire_all()
    endings = {s.account_id: s.ending for s in session.query(SignInSession)}
    assert endings == {user.id: Ending.CERTIFICATE, other.id: None, staff.id: None}
    [entry] = session.query(AuditEntry).filter_by(event="session:certificate")
    assert (entry.target_id, entry.actor_id) == (user.id, staff.id)
    assert refusal(do, certificates.withdraw, staff, second) == "error.K01.00009", "not the own connection's"


# ---- who is let in ----------------
def test_the_registry_admits_the_accounts_of_the_certificates_owner(make, shown, session, time):  # COM-022, COM-023
    make.certificate("0001", "A1")
    make.certificate("0001", "A2", withdrawn_at=time.now)
    make.certificate("0001", "A3", valid_to=time.now)
    make.certificate("0001", "A4", valid_from=time.now + timedelta(seconds=1))
    make.certificate(None, "A5")
    people = {"0001": make.user(), "0002": make.user(operator="0002"), "職員": make.staff(), "nobody": None}
    admitted = {
        (serial, who)
        for serial in ("A1", "A2", "A3", "A4", "A5", "A6")
        for who, account in people.items()
        if admission.admits(session, shown(serial), account)
    }
    assert admitted == {("A1", "0001"), ("A5", "職員")}
    assert admission.admits(session, shown("A1", "CN=他の認証局"), people["0001"]) is None


def test_an_unregistered_certificate_is_one_row_however_often_it_comes(do, shown, session, time):
    do(admission.note_unregistered, shown())
    time.forward(hours=1)
    do(admission.note_unregistered, shown())
    [row] = session.query(UnregisteredCertificate)
    assert (row.serial, row.times, row.seen_at) == ("A1B2", 2, time.now)


def test_a_certificate_that_was_withdrawn_is_not_offered_for_assignment(do, make, shown, session, time):
    make.certificate(withdrawn_at=time.now)
    do(admission.note_unregistered, shown())
    assert session.query(UnregisteredCertificate).count() == 0


def test_unregistered_certificates_are_bounded_and_forgotten_after_30_days(do, make, shown, session, time, limits,
                                                                           monkeypatch):  # fmt: skip
    monkeypatch.setattr(admission, "MOST_UNREGISTERED", 3)
    for serial in ("1", "2", "3", "4"):
        do(admission.note_unregistered, shown(serial))
        time.forward(seconds=1)
    assert {row.serial for row in session.query(UnregisteredCertificate)} == {"2", "3", "4"}
    time.forward(days=30, seconds=-1)
    do(sweep.run, limits)
    assert {row.serial for row in session.query(UnregisteredCertificate)} == {"4"}
    time.forward(seconds=1)
    do(sweep.run, limits)
    assert session.query(UnregisteredCertificate).count() == 0


def test_an_unregistered_certificate_is_assigned_and_no_longer_unregistered(do, make, session):
    staff, seen = make.staff(), make.unregistered("C3D4")
    make.operator()
    assert refusal(do, certificates.assign, staff, seen, {"operator_code": "0007"}) == "error.U02.00003"
    row = do(certificates.assign, staff, seen, {"operator_code": "0001"})
    assert (row.serial, row.issuer, row.operator.code) == ("C3D4", ISSUER, "0001")
    assert (row.valid_from, row.valid_to) == (seen.valid_from, seen.valid_to)
    assert session.query(UnregisteredCertificate).count() == 0
    assert [e.event for e in session.query(AuditEntry)] == ["certificate:assign"]
    ours = do(certificates.assign, staff, make.unregistered("E5"), {"operator_code": "OCCTO"})
    assert ours.operator_id is None


def test_registering_by_hand_clears_the_unregistered_one(do, make, facts, session):
    make.operator()
    make.unregistered("B5")
    do(certificates.register, make.staff(), facts())
    assert session.query(UnregisteredCertificate).count() == 0


# ---- files ----------------


@pytest.mark.parametrize(("name", "write"), [("a.cer", real.der), ("A.CER", real.pem), ("a.pem", real.pem)])
def test_a_certificate_file_says_issuer_number_and_period(name, write):
    found = certificate_file.read(name, write(real.made()))
    assert (found.issuer, found.serial) == ("CN=発行認証局,O=認証株式会社,C=JP", "F3A9000001")
    assert found.valid_from == real.START
    assert found.valid_to == real.START + 365 * DAY


def with_key():
    no = serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"x", real.KEY, real.made(), None, no)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("", b"", "error.K01.00010"),
        ("a.p12", with_key(), "error.K01.00011"),
        ("a.pfx", b"", "error.K01.00011"),
        ("a.cer", with_key(), "error.K01.00011"),  # renamed
        ("a.pem", real.pem(real.made()) + real.key_pem(), "error.K01.00011"),
        ("a.pem", real.key_pem(), "error.K01.00011"),
        ("a.cer", b"", "error.K01.00012"),
        ("a.cer", b"hello", "error.K01.00012"),
        ("a.cer", real.der(real.made())[:-1], "error.K01.00012"),
        ("a.cer", real.der(real.made()) + b"x", "error.K01.00012"),
        ("a.pem", real.pem(real.made()) * 2, "error.K01.00012"),
        ("a.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "error.K01.00012"),
        ("a.txt", real.pem(real.made()), "error.K01.00012"),
        ("a.cer.exe", real.der(real.made()), "error.K01.00012"),
        ("a.cer", b"x" * (100 * 1024 + 1), "error.K01.00013"),
    ],
)
def test_anything_but_one_certificate_is_refused(name, content, message):
    assert refusal(certificate_file.read, name, content) == message


# ---- expiry mails: R-081 ----------------
@pytest.fixture
def work(app, limits):
    """work(): what a worker's look for due work does; twice, as two workers would."""

    def run():
        due_work.run(transaction, limits)
        due_work.run(transaction, limits)

    return run


def test_mails_30_14_and_3_days_ahead_once_each(make, work, mails, time, session):
    row = make.certificate(valid_to=time.now + 40 * DAY, note="本社")
    make.admin(email="one@example.jp")
    make.admin(email="two@example.jp")
    make.user(email="general@example.jp")
    make.admin("0002", email="foreign@example.jp")
    for place, address in ((1, "person@example.jp"), (2, "one@example.jp")):
        session.add(OperatorRecipient(operator_id=row.operator_id, place=place, name="担当", email=address))
    session.commit()
    sent = {}
    for left in range(40, -3, -1):
        before = len(mails("CRT-EXP"))
        work()
        if new := mails("CRT-EXP")[before:]:
            sent[left] = sorted(m.recipient for m in new)
        time.forward(days=1)
    everybody = ["one@example.jp", "person@example.jp", "two@example.jp"]
    assert sent == {30: everybody, 14: everybody, 3: everybody}
    first = mails("CRT-EXP")[0]
    assert first.facts == {
        "事業者コード": "0001", "参加登録申請者名": "株式会社0001", "発行者": ISSUER, "シリアル番号": "A1B2",
        "有効期間（終了）": "2026/12/30 12:00:00", "残り日数": "30日",
        "後継のクライアント証明書": "未登録",
    }  # fmt: skip
    assert first.subject == "【容量市場システム】クライアント証明書の有効期限が近づいています"


def test_a_worker_that_slept_sends_the_last_mail_only(make, work, mails, time):
    make.admin()
    make.certificate(valid_to=time.now + 10 * DAY)
    work()
    assert [m.facts["残り日数"] for m in mails("CRT-EXP")] == ["10日"]
    time.forward(days=6)
    work()
    assert len(mails("CRT-EXP")) == 1
    time.forward(days=1)
    work()
    assert [m.facts["残り日数"] for m in mails("CRT-EXP")] == ["10日", "3日"]


def test_two_workers_that_find_the_same_work_write_one_mail(make, do, mails, time, session):
    make.admin()
    row = make.certificate(valid_to=time.now + 30 * DAY)
    assert do(certificate_expiry.due) == do(certificate_expiry.due) == [(row.id, 30)]
    do(certificate_expiry.warn, row.id, 30)
    do(certificate_expiry.warn, row.id, 30)
    assert len(mails("CRT-EXP")) == 1
    assert session.query(DueWork).filter(DueWork.work.startswith("crt_exp")).count() == 1


def test_a_certificate_that_another_follows_is_warned_of_and_the_mail_says_so(make, work, mails, time):
    make.admin()
    make.certificate(valid_to=time.now + 14 * DAY)
    make.certificate(serial="B7", valid_to=time.now + 400 * DAY)
    make.certificate("0002", serial="B8", valid_to=time.now + 900 * DAY)
    work()
    [found] = mails("CRT-EXP")
    assert found.facts["後継のクライアント証明書"] == "登録済（シリアル番号 B7）"


def test_the_market_operators_certificates_are_its_administrators_business(make, work, mails, time):
    make.certificate(None, valid_to=time.now + 3 * DAY)
    make.staff(email="market@example.jp")
    make.staff(Role.REVIEWER, email="reviewer@example.jp")
    make.staff(email="disabled@example.jp", enabled=False)
    work()
    assert [m.recipient for m in mails("CRT-EXP")] == ["market@example.jp"]
    assert mails("CRT-EXP")[0].facts["参加登録申請者名"] == "広域機関"


def test_withdrawn_and_expired_certificates_and_those_of_operators_who_left_are_silent(make, work, mails, time):
    make.admin()
    make.certificate(serial="1", valid_to=time.now + 3 * DAY, withdrawn_at=time.now)
    make.certificate(serial="2", valid_to=time.now)
    make.admin("0009")
    make.certificate("0009", "3", valid_to=time.now + 3 * DAY)
    make.operator("0009").withdrawn_at = time.now
    make.session.commit()
    work()
    assert mails("CRT-EXP") == []


def test_a_new_end_is_warned_of_anew(make, do, work, mails, time, facts):
    make.admin()
    staff, row = make.staff(), make.certificate(valid_to=time.now + 3 * DAY)
    work()
    do(certificates.change, staff, row, facts(valid_to=time.now + 20 * DAY))
    time.forward(days=6)
    work()
    assert [m.facts["残り日数"] for m in mails("CRT-EXP")] == ["3日", "14日"]


def test_the_first_race_for_a_registration_is_decided_by_the_table(make, session, do, facts, monkeypatch):
    """The look before the write may be too early: the unique index has the last word."""
    staff = make.staff()
    make.certificate(serial="B5")
    monkeypatch.setattr(certificates, "live", lambda *args: None)
    assert refusal(do, certificates.register, staff, facts()) == "error.K01.00006"
    assert session.query(ClientCertificate).count() == 1
