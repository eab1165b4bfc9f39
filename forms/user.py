"""ユーザ情報の検索画面 (#020 3章②)."""

from typing import Any

from domain.terms import ENABLED_CHOICES, HINT_ALNUM, HINT_ENABLED_SEARCH, HINT_TEXT, USER
from forms.base import SearchForm
from forms.fields import CheckField, ChecksField, CodeField, TextField
from forms.validators import Alnum, Longest


class UserSearchForm(SearchForm):
    operator_code = CodeField(USER["operator_code"], [Alnum(), Longest(4)], description=HINT_ALNUM)
    login_id = CodeField(USER["login_id"], [Alnum(), Longest(10)], description=HINT_ALNUM)
    name = TextField(USER["name"], [Longest(50)], description=HINT_TEXT)
    enabled = ChecksField(USER["enabled"], choices=ENABLED_CHOICES, description=HINT_ENABLED_SEARCH)
    with_deleted = CheckField(USER["with_deleted"])

    def for_actor(self, actor: Any) -> "UserSearchForm":
        """Operators' users see their own 事業者コード, filled in and fixed (USR-007)."""
        if actor.operator_id is not None:
            self.operator_code.data = actor.operator.code
            self.operator_code.raw_data = None
            self.operator_code.errors = []
            self.operator_code.render_kw = {"readonly": True}
        return self
