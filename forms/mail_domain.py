"""メールドメインの検索・登録・変更画面 (BBS-015)."""

import unicodedata
from typing import Any

from domain import terms
from domain.terms import MAIL_DOMAIN as D
from forms.base import InputForm, SearchForm
from forms.fields import ChecksField, ChoiceField, TextField, VersionField
from forms.validators import DomainName, Longest, Required

RULES: dict[str, str] = {str(rule): status.word for rule, status in terms.STATUS["rule"].items()}


class DomainField(TextField):
    """Stored in lower case and half width, without the @ people copy along."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = unicodedata.normalize("NFKC", valuelist[0]) if valuelist else ""
        self.data = typed.strip().casefold().removeprefix("@").rstrip(".")


class MailDomainSearchForm(SearchForm):
    domain = TextField(D["domain"], [Longest(253)], description=terms.HINT_TEXT)
    rule = ChecksField(D["rule"], choices=RULES)


class MailDomainForm(InputForm):
    domain = DomainField(D["domain"], [Required(), Longest(253), DomainName()], description=terms.HINT_DOMAIN)
    rule = ChoiceField(D["rule"], [Required("error.C00.00010")], choices=RULES, description=terms.HINT_RULE)


class MailDomainChangeForm(MailDomainForm):
    version = VersionField()
