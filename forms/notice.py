"""お知らせの検索・登録・変更画面 (#010 5章(1)③: the fields; COM-058)."""

import re
from typing import Any

from domain import messages
from domain.roles import USER_ROLES, Role
from domain.terms import (
    AUDIENCES,
    HINT_ALNUM,
    HINT_BODY,
    HINT_CODES,
    HINT_DATE,
    HINT_HOUR,
    HINT_TEXT,
    NOTICE,
    NOTICE_STATES,
)
from domain.text import fold_code
from forms.base import InputForm, SearchForm
from forms.fields import (
    CheckField,
    ChecksField,
    ChoiceField,
    CodeField,
    DateField,
    DateTimeField,
    FilesField,
    LongTextField,
    TextField,
    VersionField,
)
from forms.validators import Alnum, InstantFrom, Longest, Required

NO_ROLE = {"": "（指定なし）"}


class NoticeSearchForm(SearchForm):
    number = CodeField(NOTICE["number"], [Alnum(), Longest(10)], description=HINT_ALNUM)
    title = TextField(NOTICE["title"], [Longest(100)], description=HINT_TEXT)
    day = DateField(NOTICE["day"], description=HINT_DATE)
    state = ChecksField(NOTICE["state"], choices=NOTICE_STATES)


class NoticeForm(InputForm):
    sections = {"audience": NOTICE["to_whom"], "files": NOTICE["files"]}

    title = TextField(NOTICE["title"], [Required(), Longest(100)], description=HINT_TEXT, width="")
    body = LongTextField(NOTICE["body"], [Required(), Longest(20_000)], description=HINT_BODY, assist="プレビュー")
    shown_from = DateTimeField(NOTICE["shown_from"], [Required()], description=HINT_HOUR, hourly=True)
    shown_to = DateTimeField(
        NOTICE["shown_to"], [Required(), InstantFrom("shown_from", later=True)], description=HINT_HOUR, hourly=True
    )
    pinned = CheckField(NOTICE["pinned"])
    audience = ChoiceField(NOTICE["audience"], choices=AUDIENCES)
    operator_codes = TextField(NOTICE["operator_codes"], [Longest(2_000)], description=HINT_CODES, width="")
    role = ChoiceField(NOTICE["role"], choices=NO_ROLE | {role.value: role.label for role in USER_ROLES})
    by_mail = CheckField(NOTICE["by_mail"])
    files = FilesField(NOTICE["files"], record_table="notices")

    def assist(self, name: str) -> None:
        """プレビュー of 本文."""
        if self.body.validate(self):
            self.body.preview = True

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for audience, needed in (("operators", self.operator_codes), ("role", self.role)):
            if self.audience.data == audience and not needed.data:
                needed.errors = [*needed.errors, messages.text("error.C00.00001", label=needed.label.text)]
                valid = False
        if self.audience.data == "operators":
            self.operator_codes.data = " ".join(self.values["operator_codes"])  # 確認画面 shows what will be stored
        return valid

    @property
    def values(self) -> dict[str, Any]:
        """What does not belong to the chosen 公開先 is left out."""
        typed, audience = super().values, self.audience.data
        codes = re.split(r"[\s,、，]+", typed["operator_codes"] or "") if audience == "operators" else []
        return typed | {
            "operator_codes": sorted({fold_code(code) for code in codes if code}),
            "role": Role(typed["role"]) if audience == "role" and typed["role"] else None,
        }


class NoticeChangeForm(NoticeForm):
    fixed = ("number",)
    version = VersionField()

    def for_actor(self, actor: Any, row: Any = None) -> "NoticeChangeForm":
        if row is not None and self.operator_codes.raw_data is None:
            self.operator_codes.data = " ".join(row.operator_codes)
        return self
