"""メール送信履歴の検索画面."""

from domain.terms import HINT_DATE, HINT_TEXT, MAIL, MAIL_EVENTS, MAIL_STATES
from forms.base import SearchForm
from forms.fields import ChecksField, ChoiceField, DateField, TextField
from forms.validators import Longest, NotBefore


class MailSearchForm(SearchForm):
    day_from = DateField(MAIL["day_from"], description=HINT_DATE)
    day_to = DateField(MAIL["day_to"], [NotBefore("day_from")], description=HINT_DATE)
    recipient = TextField(MAIL["recipient"], [Longest(254)], description=HINT_TEXT)
    event = ChoiceField(
        MAIL["event"], choices={"": "すべて"} | {event: f"{event} {word}" for event, word in MAIL_EVENTS.items()}
    )
    state = ChecksField(MAIL["state"], choices=MAIL_STATES)
