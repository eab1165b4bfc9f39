"""事業者の検索・登録・変更画面."""

from domain.terms import HINT_ALNUM, HINT_TEXT, OPERATOR
from forms.base import InputForm, SearchForm
from forms.fields import CodeField, TextField, VersionField
from forms.validators import Alnum, Exactly, Longest, Required


class OperatorSearchForm(SearchForm):
    code = CodeField(OPERATOR["code"], [Alnum(), Longest(4)], description=HINT_ALNUM)
    name = TextField(OPERATOR["name"], [Longest(100)], description=HINT_TEXT)


class OperatorRegisterForm(InputForm):
    code = CodeField(OPERATOR["code"], [Required(), Alnum(), Exactly(4)], description=HINT_ALNUM)
    name = TextField(OPERATOR["name"], [Required(), Longest(100)], description=HINT_TEXT)


class OperatorChangeForm(InputForm):
    fixed = ("code",)
    name = TextField(OPERATOR["name"], [Required(), Longest(100)], description=HINT_TEXT)
    version = VersionField()
