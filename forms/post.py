"""新規ニュース作成画面 and the searches of 掲載 (発電設備等の情報掲示板利用マニュアル 3.1③, 4.1②)."""

from collections.abc import Mapping
from typing import Any

from domain import clock, messages, post_template
from domain.post_template import Item, Parsed
from domain.posts import AREAS, SIDES, Area, Side
from domain.terms import (
    HINT_ALNUM,
    HINT_AREAS,
    HINT_COMPANY,
    HINT_CONTACT,
    HINT_DATE,
    HINT_DIGITS,
    HINT_ENDS_ON,
    HINT_PERSON,
    HINT_POST_BODY,
    HINT_POST_TITLE,
    HINT_REMARKS,
    HINT_STARTS_ON,
    HINT_TEXT,
    POST,
    POST_PHASES,
    STATUS,
)
from forms.base import InputForm, SearchForm
from forms.fields import (
    CheckField,
    ChecksField,
    ChoiceField,
    CodeField,
    DateField,
    LongTextField,
    MailField,
    OneOfField,
    PhoneField,
    TextField,
)
from forms.validators import Alnum, Longest, MailAddress, NotBefore, Phone, Required

LONGEST_TITLE, LONGEST_COMPANY, LONGEST_PERSON = 100, 100, 50
LONGEST_REMARKS, LONGEST_CONTACT, LONGEST_BODY = 2000, 500, 4000
_AREA_CHOICES = {area.value: name for area, name in AREAS.items()}
_SIDE_CHOICES = {side.value: word for side, word in SIDES.items()}


class PostForm(InputForm):
    """Two ways to say the same: the guided fields ① to ⑤, or the template typed into 電源情報.

    What stands in the guided fields wins; only where all of them are empty the text is read.
    """

    sections = {"side": "電源情報を項目ごとに入力する", "body": "電源情報を文章で入力する"}

    starts_on = DateField(POST["starts_on"], [Required()], description=HINT_STARTS_ON, calendar=True)
    ends_on = DateField(POST["ends_on"], [Required(), NotBefore("starts_on")], description=HINT_ENDS_ON, calendar=True)
    title = TextField(POST["title"], [Required(), Longest(LONGEST_TITLE)], description=HINT_POST_TITLE, width="")
    side = OneOfField(POST["side"], choices=_SIDE_CHOICES)
    company = TextField(POST["company"], [Longest(LONGEST_COMPANY)], description=HINT_COMPANY)
    person = TextField(POST["person"], [Longest(LONGEST_PERSON)], description=HINT_PERSON)
    email = MailField(POST["email"], [Longest(254), MailAddress()], description=HINT_CONTACT)
    phone = PhoneField(POST["phone"], [Phone()], description=HINT_DIGITS)
    areas = ChecksField(POST["areas"], choices=_AREA_CHOICES, description=HINT_AREAS)
    remarks = LongTextField(POST["remarks"], [Longest(LONGEST_REMARKS)], description=HINT_REMARKS, rows=4)
    body = LongTextField(POST["body"], [Longest(LONGEST_BODY)], description=HINT_POST_BODY)

    parsed: Parsed | None = None

    def _is_typed(self) -> bool:
        """電源情報 speaks: it holds text, and none of the guided fields does."""
        guided = (self.side, self.company, self.person, self.email, self.phone, self.areas, self.remarks)
        return bool((self.body.data or "").strip()) and not any(field.data for field in guided)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        return (self._read() if self._is_typed() else self._has_all()) and valid

    def _has_all(self) -> bool:
        """①, ② and ③ are mandatory; ③ is a name with a mail address or a telephone number."""
        missing = [field for field in (self.side, self.company, self.person) if not field.data and not field.errors]
        for field in missing:
            choose = "error.C00.00010" if field is self.side else "error.C00.00001"
            self.add_error(messages.text(choose, label=field.label.text), field.name)
        if missing and (self.body.data or "").strip():
            self.add_error(messages.text("error.B05.00009"), "body")
        if not self.email.data and not self.phone.data and not self.email.errors and not self.phone.errors:
            self.add_error(messages.text("error.B05.00007"), "email")
            return False
        return not missing

    def _read(self) -> bool:
        self.parsed = post_template.parse(self.body.data)
        limits = (
            (Item.COMPANY, self.parsed.company, LONGEST_COMPANY),
            (Item.CONTACT, self.parsed.contact, LONGEST_CONTACT),
            (Item.REMARKS, self.parsed.remarks, LONGEST_REMARKS),
        )
        problems = [*self.parsed.problems, *post_template.too_long(self.parsed, limits)]
        for problem in problems:
            self.add_error(messages.text(problem.message_id, **problem.params), "body")
        return not problems

    @property
    def values(self) -> dict[str, Any]:
        """What services.posts.submit gets: 本文 and its five items."""
        typed = {name: self[name].data for name in ("starts_on", "ends_on", "title")}
        if self.parsed is not None:
            items, body = self.parsed, post_template.tidy(self.body.data)
        else:
            items = Parsed(
                Side(self.side.data), self.company.data, self.person.data, self.email.data, self.phone.data,
                [Area(code) for code in self.areas.data], post_template.tidy(self.remarks.data),
            )  # fmt: skip
            body = post_template.write(
                Side(self.side.data), items.company, items.person, items.email, items.phone, items.areas, items.remarks
            )
        facts = {name: getattr(items, name) for name in ("side", "company", "contact", "areas", "remarks")}
        return typed | facts | {"body": body}


def copied(post: Any) -> Mapping[str, Any]:
    """複製して再申請: the fields of a new form. Days that have passed are left to be chosen anew."""
    today = clock.today()
    items = post_template.parse(post.body)
    facts: dict[str, Any] = {
        "starts_on": max(post.starts_on, today),
        "ends_on": post.ends_on if post.ends_on >= today else None,
        "title": post.title,
    }
    if items.problems or (items.phone and items.phone.count("-") != 2):  # what the fields could not hold
        return facts | {"body": post.body}
    return facts | {
        "side": post.side.value,
        "company": items.company,
        "person": items.person,
        "email": items.email,
        "phone": items.phone,
        "areas": [area.value for area in items.areas],
        "remarks": items.remarks,
    }


class BoardSearchForm(SearchForm):
    """検索条件 of 発電設備等の情報; the area is the tab's."""

    title = TextField(POST["title"], [Longest(LONGEST_TITLE)], description=HINT_TEXT)
    starts_on = DateField(POST["starts_on"], description=HINT_DATE, calendar=True)
    ends_on = DateField(POST["ends_on"], [NotBefore("starts_on")], description=HINT_DATE, calendar=True)
    with_ended = CheckField(POST["with_ended"])
    area = ChoiceField(POST["area"], choices={"": "All"} | _AREA_CHOICES)

    def for_actor(self, actor: Any) -> "BoardSearchForm":
        """The tabs choose the area: the form only carries it."""
        self.area.kind = "hidden"
        return self


class NoSearchForm(SearchForm):
    """A list without 検索条件."""


class PostSearchForm(SearchForm):
    """掲載情報 of staff."""

    title = TextField(POST["title"], [Longest(LONGEST_TITLE)], description=HINT_TEXT)
    login_id = CodeField(POST["login_id"], [Alnum(), Longest(32)], description=HINT_ALNUM)
    area = ChoiceField(POST["area"], choices={"": "（指定なし）"} | _AREA_CHOICES)
    phase = ChoiceField(POST["phase"], choices=POST_PHASES)
    review_state = ChecksField(
        POST["review_state"], choices={str(state): status.word for state, status in STATUS["review_state"].items()}
    )
