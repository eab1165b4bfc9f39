"""審査, 定型文 and 休業日: search, decision, register and change."""

from typing import Any

from domain import terms
from domain.review import ReviewAction
from domain.terms import CLOSURE, HINT_DATE, HINT_TEXT, PHRASE, REVIEW
from forms.base import InputForm, SearchForm
from forms.fields import (
    CheckField,
    ChoiceField,
    DateField,
    LongTextField,
    NumberField,
    OneOfField,
    TextField,
    VersionField,
)
from forms.validators import Longest, NotBefore, Required

REASON_LENGTH, PHRASE_LENGTH, NAME_LENGTH = 1000, 200, 50  # as models.review and models.board keep them
LARGEST_PLACE = 999


class ReviewSearchForm(SearchForm):
    """The queue is shown without pressing anything: every condition has a meaning when it is empty."""

    state = ChoiceField(REVIEW["state"], choices=terms.REVIEW_STATES, default="")
    kind = ChoiceField(REVIEW["kind"], default="")
    who = ChoiceField(REVIEW["who"], choices=terms.REVIEW_WHO, default="")
    due = ChoiceField(REVIEW["due"], choices=terms.REVIEW_DUE, default="")
    order = ChoiceField(REVIEW["order"], choices=terms.REVIEW_ORDERS, default="due")
    text = TextField(REVIEW["text"], [Longest(100)])

    def offering(self, kinds: dict[str, str]) -> "ReviewSearchForm":
        """kinds: name -> label of those this person decides on."""
        self.kind.choices = {"": "すべて"} | kinds
        return self


class DecisionForm(InputForm):
    action = OneOfField(REVIEW["action"], [Required("error.C00.00010")], choices={})
    reason = LongTextField(REVIEW["reason"], [Longest(REASON_LENGTH)])
    version = VersionField()  # of the record
    place = VersionField()  # of its place in the queue

    def offering(self, actions: list[ReviewAction]) -> "DecisionForm":
        self.action.choices = {a.value: terms.REVIEW_ACTIONS[a] for a in actions}
        if len(actions) == 1 and not self.action.data:
            self.action.data = actions[0].value
        return self

    @property
    def values(self) -> dict[str, Any]:
        return {"action": ReviewAction(self.action.data), "reason": self.reason.data}


class PhraseSearchForm(SearchForm):
    text = TextField(PHRASE["text"], [Longest(PHRASE_LENGTH)], description=HINT_TEXT)


class PhraseForm(InputForm):
    place = NumberField(PHRASE["place"], [Required()], largest=LARGEST_PLACE, description=terms.HINT_PLACE)
    text = TextField(PHRASE["text"], [Required(), Longest(PHRASE_LENGTH)], description=HINT_TEXT, width="")


class PhraseChangeForm(PhraseForm):
    version = VersionField()


class ClosureSearchForm(SearchForm):
    name = TextField(CLOSURE["name"], [Longest(NAME_LENGTH)], description=HINT_TEXT)


class ClosureForm(InputForm):
    name = TextField(CLOSURE["name"], [Required(), Longest(NAME_LENGTH)], description=HINT_TEXT)
    starts_on = DateField(CLOSURE["starts_on"], [Required()], description=HINT_DATE)
    ends_on = DateField(CLOSURE["ends_on"], [Required(), NotBefore("starts_on")], description=HINT_DATE)
    yearly = CheckField(CLOSURE["yearly"])


class ClosureChangeForm(ClosureForm):
    version = VersionField()
