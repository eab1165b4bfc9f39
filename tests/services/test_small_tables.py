"""定型文 and メールドメイン: what somebody else has just written is told, not thrown (R-088, house-style §5)."""

import pytest

from domain.errors import DomainError
from domain.roles import Permission
from models import MailDomain, Phrase
from services import mail_domains, phrases, small_tables


@pytest.fixture
def staff(app, session, make):
    return make.staff()


def test_of_two_with_the_same_text_the_second_is_told(session, staff, monkeypatch):
    phrases.register(session, staff, {"place": 1, "text": "理由"})
    session.commit()
    monkeypatch.setattr(phrases, "_not_twice", lambda *rest: None)  # both have looked before either has written
    with pytest.raises(DomainError) as refused:
        phrases.register(session, staff, {"place": 2, "text": "理由"})
    session.rollback()
    assert (refused.value.message_id, refused.value.field) == ("error.R02.00001", "text")
    other = phrases.register(session, staff, {"place": 2, "text": "別の理由"})
    session.commit()
    with pytest.raises(DomainError) as refused:
        phrases.change(session, staff, other, {"place": 2, "text": "理由"})
    session.rollback()
    assert refused.value.message_id == "error.R02.00001"
    assert session.query(Phrase).count() == 2


def test_the_same_of_a_domain(session, staff):
    row = mail_domains.register(session, staff, {"domain": "example.net", "rule": "free"})
    session.commit()
    with pytest.raises(DomainError) as refused:
        small_tables.add(
            session, staff, Permission.DOMAIN_REGISTER, MailDomain(domain="example.net", rule="free"),
            mail_domains._taken("example.net"),
        )  # fmt: skip
    session.rollback()
    assert refused.value.params == {"code": "example.net"}
    assert session.query(MailDomain).filter_by(domain="example.net").one().id == row.id
