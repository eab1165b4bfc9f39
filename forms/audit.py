"""操作履歴の検索画面."""

from domain.terms import AUDIT, EVENTS, HINT_ALNUM, HINT_DATE, HINT_TEXT
from forms.base import SearchForm
from forms.fields import ChoiceField, CodeField, DateField, TextField
from forms.validators import Alnum, Longest, NotBefore


class AuditSearchForm(SearchForm):
    day_from = DateField(AUDIT["day_from"], description=HINT_DATE)
    day_to = DateField(AUDIT["day_to"], [NotBefore("day_from")], description=HINT_DATE)
    actor_login_id = CodeField(AUDIT["actor_login_id"], [Alnum(), Longest(32)], description=HINT_ALNUM)
    event = ChoiceField(AUDIT["event"], choices={"": "すべて"} | EVENTS)
    target = TextField(AUDIT["target"], [Longest(200)], description=HINT_TEXT)
    request_no = TextField(AUDIT["request_no"], [Alnum(), Longest(32)], description=HINT_ALNUM, width="s")
