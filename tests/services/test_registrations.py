"""利用申込: who may apply with which ID, what the reviewer sees, what a decision sets off (BBS-001…026, A22)."""

import pytest

from domain.errors import DomainError, Forbidden
from domain.review import ReviewAction
from models import AuditEntry, Member, PasswordGeneration, Registration, Review
from services import hashing, registrations, reviews
from services.mail import Settings
from tests.factories import BOARD_PASSWORD

APPLIED = {
    "login_id": "Hatsuden01", "email": "Taro@hatsuden-ichi.co.jp", "email2": "", "postal_code": "1350061",
    "prefecture": "東京都", "address": "江東区豊洲６丁目", "building": "", "phone": "03-1234-5678", "fax": "",
    "mobile": "", "name": "発電　太郎", "kana": "ハツデン　タロウ", "company": "株式会社発電一",
    "company_address": "同上", "company_phone": "",
}  # fmt: skip


@pytest.fixture
def ready(app, session, time):
    session.info["mail"] = app.config["MAIL_SETTINGS"]
    assert isinstance(session.info["mail"], Settings)
    return session


@pytest.fixture
def apply(ready):
    """apply(login_id=…) -> the stored application."""

    def run(**changes):
        row = registrations.submit(ready, APPLIED | changes, hashing.make(BOARD_PASSWORD))
        ready.commit()
        return row

    return run


@pytest.fixture
def decide(ready, make):
    """decide(row, "approve") by a reviewer."""
    reviewer = make.reviewer()

    def run(row, action, reason=""):
        reviews.act(ready, reviewer, reviews.KINDS["registration"], row, ReviewAction(action), reason=reason)
        ready.commit()

    return run


# ---- applying ----------------
def test_an_application_waits_in_the_queue_and_the_applicant_gets_a_receipt(apply, session, mails):  # BBS-024, 026
    row = apply()
    assert (row.state, row.login_id, row.login_key) == ("applied", "Hatsuden01", "HATSUDEN01")
    assert hashing.matches(row.password_hash, BOARD_PASSWORD)
    [review] = session.query(Review)
    assert (review.kind, review.record_id, review.applicant, review.applicant_id) == (
        "registration", row.id, "株式会社発電一", None,
    )  # fmt: skip
    assert review.due_on.isoformat() == "2026-11-26", "three business days after a Friday; the 23rd is a holiday"
    [mail] = mails()
    assert (mail.event, mail.recipient, mail.facts["お名前"]) == ("BBS-RCV", "Taro@hatsuden-ichi.co.jp", "発電　太郎")
    assert mail.subject.startswith("【発電設備等の情報掲示板】")
    assert BOARD_PASSWORD not in mail.body
    [entry] = session.query(AuditEntry)
    assert (entry.event, entry.actor_id, entry.target) == ("registration:submit", None, "Hatsuden01 株式会社発電一")
    assert BOARD_PASSWORD not in f"{entry.changes}{entry.detail}"


@pytest.mark.parametrize("spelling", ["Hatsuden01", "hatsuden01", "HATSUDEN01", "ｈａｔｓｕｄｅｎ０１", " hatsuden01 "])
@pytest.mark.parametrize("holder", ["applied", "in review", "member", "deleted member"])
def test_an_id_in_use_or_once_deleted_is_refused_in_any_case_and_width(
    apply, ready, make, time, holder, spelling
):  # BBS-004, R-009
    if holder.endswith("member"):
        gone = {"deleted_at": time.now, "is_live": False} if holder == "deleted member" else {}
        make.member("Hatsuden01", **gone)
    else:
        make.registration("Hatsuden01", state=holder.replace(" ", "_"), password_hash="x")
    time.forward(days=4000)
    with pytest.raises(DomainError, match=r"error\.B02\.00005") as refused:
        apply(login_id=spelling)
    assert refused.value.field == "login_id"


def test_the_id_of_a_rejected_application_is_free_again(apply, make):
    make.registration("Hatsuden01", state="rejected")
    assert apply().state == "applied"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "taro@gmail.com"}, "email"),
        ({"email": "taro@sub.gmail.com"}, "email"),
        ({"email": "taro@0-mail.com"}, "email"),
        ({"email2": "taro@yahoo.co.jp"}, "email2"),
    ],
)
def test_free_and_disposable_mail_is_refused(apply, changes, field):  # BBS-015
    with pytest.raises(DomainError, match=r"error\.B02\.00007") as refused:
        apply(**changes)
    assert refused.value.field == field


@pytest.mark.parametrize(("email", "flagged"), [("taro@docomo.ne.jp", True), ("taro@hatsuden-ichi.co.jp", False)])
def test_mail_of_a_carrier_is_only_shown_to_the_reviewer(apply, session, email, flagged):
    row = apply(email=email)
    assert row.mail_flagged is flagged
    assert [text for text in registrations.remarks(session, row) if "docomo.ne.jp" in text] == (
        ["メールアドレスが携帯電話会社またはプロバイダのものです。（docomo.ne.jp）"] if flagged else []
    )


# ---- what the reviewer sees ----------------
@pytest.mark.parametrize(
    ("earlier", "shared"),
    [
        ({"company": "㈱発電一"}, "勤務先会社名"),
        ({"company": "（株）　発電一"}, "勤務先会社名"),
        ({"name": "発電太郎"}, "お名前"),
        ({"name": "発電 太郎"}, "お名前"),
        ({"email": "TARO@hatsuden-ichi.co.jp"}, "メールアドレス"),
        ({"name": "発電　太郎", "company": "発電一株式会社"}, "勤務先会社名、お名前"),
    ],
)
def test_equal_company_person_or_mail_is_told(apply, session, make, earlier, shared):  # BBS-006, BBS-007, A22
    other = {"company": "株式会社他社", "name": "別人　一", "email": "other@example.co.jp"}
    found = make.registration("Mae000001", **other | earlier, state="rejected")
    assert registrations.remarks(session, apply()) == [
        f"{shared}が同じ申込があります。（ID: Mae000001、{found.company}、{found.name}、否認、2026/11/20申込）"
    ]


@pytest.mark.parametrize(("deleted", "word"), [(False, "会員"), (True, "削除済みの会員")])
def test_members_and_those_deleted_are_told_as_such(apply, session, make, time, deleted, word):
    make.member("Mae000001", company="株式会社発電一", deleted_at=time.now if deleted else None, is_live=not deleted)
    [told] = registrations.remarks(session, apply())
    assert f"、{word}、" in told


def test_nothing_is_told_of_strangers(apply, session, make):
    make.registration("Mae000001", company="株式会社他社", name="別人　一")
    assert registrations.remarks(session, apply()) == []


def test_the_facts_stand_in_the_forms_order(apply, session):
    facts = registrations.facts(session, apply(fax="03-1234-5679"))
    assert [name for name, _ in facts] == [
        "ID", "メールアドレス", "郵便番号", "都道府県", "住所", "電話番号", "FAX番号", "お名前", "フリガナ",
        "勤務先会社名", "勤務先住所", "同意した規約の版", "申込日時",
    ]  # fmt: skip
    assert "2019-04-11" in dict(facts).values()


# ---- the decision ----------------
def test_approval_makes_the_member_with_the_password_it_has_chosen(apply, decide, session, mails):  # BBS-025
    row = apply()
    decide(row, "approve")
    member = session.query(Member).one()
    assert (row.state, row.password_hash) == ("approved", None)
    assert (member.login_id, member.name, member.email, member.must_change_password) == (
        "Hatsuden01", "発電　太郎", "Taro@hatsuden-ichi.co.jp", False,
    )  # fmt: skip
    assert hashing.matches(member.password_hash, BOARD_PASSWORD)
    assert session.query(PasswordGeneration).filter_by(account_id=member.id).count() == 1
    [mail] = mails("BBS-APR")
    assert (mail.recipient, mail.facts["お名前"], mail.facts["ID"]) == (member.email, "発電　太郎", "Hatsuden01")


def test_refusal_is_mailed_with_its_reason_and_the_secret_goes(apply, decide, session, mails):
    row = apply()
    decide(row, "reject", "利用資格を確認できませんでした。")
    assert (row.state, row.password_hash, session.query(Member).count()) == ("rejected", None, 0)
    [mail] = mails("BBS-REJ")
    assert mail.facts["否認の理由"] == "利用資格を確認できませんでした。"


def test_a_reason_of_several_lines_is_one_line_of_the_mail(apply, decide, mails):  # contract: each fact on its own line
    row = apply()
    decide(row, "reject", "書類を確認できません。\nID: Another01\n再度申請してください。")
    [mail] = mails("BBS-REJ")
    assert mail.facts["否認の理由"] == "書類を確認できません。 ID: Another01 再度申請してください。"
    assert "ID" not in mail.facts


def test_looking_at_it_sends_nothing(apply, decide, session, mails):
    row = apply()
    decide(row, "claim")
    assert row.state == "in_review"
    assert row.password_hash
    assert [mail.event for mail in mails()] == ["BBS-RCV"]


def test_who_administers_does_not_decide(apply, ready, make):  # issue 5, item 7
    row = apply()
    for actor in (make.staff(), make.admin(), make.member()):
        with pytest.raises(Forbidden):
            reviews.act(ready, actor, reviews.KINDS["registration"], row, ReviewAction.APPROVE)
    assert ready.query(Registration).filter_by(login_id="Hatsuden01").one().state == "applied"
