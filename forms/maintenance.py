"""メンテナンスの検索・登録・変更画面, and what flask maintenance on takes."""

from domain.terms import HINT_DATE, HINT_INSTANT, HINT_TEXT, MAINTENANCE
from forms.base import InputForm, SearchForm
from forms.fields import DateField, DateTimeField, TextField, VersionField
from forms.validators import InstantFrom, Longest, NotBefore, Required

_LONGEST_TEXT = 500  # as models.maintenance keeps it


class MaintenanceSearchForm(SearchForm):
    day_from = DateField(MAINTENANCE["day_from"], description=HINT_DATE)
    day_to = DateField(MAINTENANCE["day_to"], [NotBefore("day_from")], description=HINT_DATE)
    text = TextField(MAINTENANCE["text"], [Longest(_LONGEST_TEXT)], description=HINT_TEXT)


class MaintenanceRegisterForm(InputForm):
    announced_from = DateTimeField(MAINTENANCE["announced_from"], [Required()], description=HINT_INSTANT)
    starts_at = DateTimeField(
        MAINTENANCE["starts_at"], [Required(), InstantFrom("announced_from")], description=HINT_INSTANT
    )
    ends_at = DateTimeField(
        MAINTENANCE["ends_at"], [Required(), InstantFrom("starts_at", later=True)], description=HINT_INSTANT
    )
    text = TextField(MAINTENANCE["text"], [Longest(_LONGEST_TEXT)], description=HINT_TEXT, width="")


class MaintenanceChangeForm(MaintenanceRegisterForm):
    version = VersionField()


class MaintenanceNowForm(InputForm):
    """It begins at once, so there is nothing to announce; the end may be open."""

    ends_at = DateTimeField(MAINTENANCE["ends_at"])
    text = TextField(MAINTENANCE["text"], [Longest(_LONGEST_TEXT)])
