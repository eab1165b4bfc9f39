"""メールドメイン: free and disposable mail is refused, providers are shown to the reviewer (BBS-015)."""

import pytest

from domain.errors import DomainError, Forbidden
from models import AuditEntry, MailDomain
from services import mail_domains


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("taro@gmail.com", "free"),
        ("taro@GMAIL.com", "free"),
        ("taro@mail.gmail.com", "free"),
        ("taro@yahoo.co.jp", "free"),
        ("taro@icloud.com", "free"),
        ("taro@0-mail.com", "disposable"),
        ("taro@a.b.0-mail.com", "disposable"),
        ("taro@docomo.ne.jp", "flagged"),
        ("taro@ezweb.ne.jp", "flagged"),
        ("taro@i.softbank.jp", "flagged"),
        ("taro@abc.biglobe.ne.jp", "flagged"),
        ("taro@nifty.com", "flagged"),
        ("taro@ocn.ne.jp", "flagged"),
        ("taro@denki-ichi.co.jp", None),
        ("taro@notgmail.com", None),
        ("taro@gmail.com.denki-ichi.co.jp", None),
        ("taro@ne.jp", None),
        ("gmail.com@denki-ichi.co.jp", None),
    ],
)
def test_the_table_is_loaded_and_counts_for_subdomains(session, address, rule):
    assert mail_domains.rule_of(session, address) == rule


def test_no_rule_stands_for_a_whole_country_or_kind_of_company(session):
    wide = ["jp", "com", "co.jp", "ne.jp", "or.jp", "go.jp", "ac.jp", "ed.jp", "lg.jp"]
    assert session.query(MailDomain).filter(MailDomain.domain.in_(wide)).count() == 0
    assert session.query(MailDomain).count() > 14_000


def test_the_nearest_domain_counts(session, make):
    staff = make.staff()
    mail_domains.register(session, staff, {"domain": "office.gmail.com", "rule": "flagged"})
    assert mail_domains.rule_of(session, "taro@office.gmail.com") == "flagged"
    assert mail_domains.rule_of(session, "taro@other.gmail.com") == "free"


def test_staff_register_change_and_delete(session, make):
    staff = make.staff()
    row = mail_domains.register(session, staff, {"domain": "freemail.example.net", "rule": "free"})
    assert mail_domains.rule_of(session, "a@freemail.example.net") == "free"
    mail_domains.change(session, staff, row, {"domain": "freemail.example.net", "rule": "flagged"})
    assert mail_domains.rule_of(session, "a@freemail.example.net") == "flagged"
    mail_domains.delete(session, staff, row)
    assert mail_domains.rule_of(session, "a@freemail.example.net") is None
    events = [(e.event, e.target) for e in session.query(AuditEntry).order_by("id")]
    assert events == [(f"domain:{verb}", "freemail.example.net") for verb in ("register", "change", "delete")]


def test_a_domain_stands_once(session, make):
    staff = make.staff()
    with pytest.raises(DomainError, match=r"error\.B04\.00002"):
        mail_domains.register(session, staff, {"domain": "gmail.com", "rule": "flagged"})
    row = mail_domains.register(session, staff, {"domain": "a.example.net", "rule": "free"})
    with pytest.raises(DomainError, match=r"error\.B04\.00002"):
        mail_domains.change(session, staff, row, {"domain": "gmail.com", "rule": "free"})


@pytest.mark.parametrize("who", ["reviewer", "admin", "member"])
def test_others_may_not(session, make, who):
    actor = getattr(make, who)()
    row = session.query(MailDomain).first()
    for run in (
        lambda: mail_domains.register(session, actor, {"domain": "x.example.net", "rule": "free"}),
        lambda: mail_domains.change(session, actor, row, {"domain": "x.example.net", "rule": "free"}),
        lambda: mail_domains.delete(session, actor, row),
    ):
        with pytest.raises(Forbidden):
            run()
