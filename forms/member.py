"""会員の検索画面, and the dialog that says which 事業者 a member is."""

from domain import terms
from domain.terms import MEMBER as M
from forms.base import InputForm, SearchForm
from forms.fields import ChecksField, CodeField, TextField
from forms.validators import Alnum, Exactly, Longest


class MemberSearchForm(SearchForm):
    login_id = TextField(M["login_id"], [Alnum(), Longest(32)], description=terms.HINT_ALNUM)
    name = TextField(M["name"], [Longest(50)], description=terms.HINT_TEXT)
    company = TextField(M["company"], [Longest(100)], description=terms.HINT_TEXT)
    is_deleted = ChecksField(
        M["is_deleted"],
        choices={"0": terms.STATUS["is_deleted"][False].word, "1": terms.STATUS["is_deleted"][True].word},
    )


class BindOperatorForm(InputForm):
    operator_code = CodeField(M["operator_code"], [Alnum(), Exactly(4)], description=terms.HINT_ALNUM)
