"""The two base forms. CSRF is not theirs: one guard checks every POST (views.guard)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import Form
from wtforms.fields import Field

from forms.fields import VersionField


class _Form(Form):
    class Meta:
        locales = ("ja",)

    def add_error(self, message: str, field: str | None = None) -> None:
        """Put a service's message beside the field it is about, or on top of the screen."""
        if field in self._fields:
            self[field].errors = [*self[field].errors, message]
        else:
            self.form_errors.append(message)

    @property
    def problems(self) -> list[tuple[Field | None, str]]:
        """(field, message) for the summary; field is None for messages about the whole screen."""
        whole: list[tuple[Field | None, str]] = [(None, message) for message in self.form_errors]
        return whole + [(f, message) for f in self for message in f.errors]


@dataclass(frozen=True)
class Upload:
    """A file that fills the fields in; read at once, not kept. It needs no script."""

    name: str
    label: str
    hint: str
    button: str
    accept: str
    most: int  # bytes
    done: str  # message id


class InputForm(_Form):
    """A form that changes something. `values` is what the service gets: declared fields only."""

    fixed: tuple[str, ...] = ()  # columns of the row, read-only above the fields
    headings: tuple[str, str] | None = None  # above these, and above the fields, if they tell of two people
    sections: Mapping[str, str] = {}  # name of a field -> the heading above it

    upload: Upload | None = None

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values in place of what was typed there."""
        for name, value in values.items():
            field = self[name]
            field.data, field.raw_data, field.errors = value, None, []

    def for_actor(self, actor: Any, row: Any = None) -> "InputForm":
        """Adapt to who fills it in, and for which row; a hook for subclasses."""
        return self

    @property
    def values(self) -> dict[str, Any]:
        return {f.name: f.data for f in self if not isinstance(f, VersionField)}

    def assist(self, name: str) -> None:
        """The button beside field `name`: fill in what follows from what was typed. Raises DomainError."""
        raise NotImplementedError

    @property
    def assistants(self) -> list[str]:
        """Names of the fields with such a button."""
        return [f.name for f in self if getattr(f, "assist", None)]

    def value_of(self, name: str) -> Any:
        """What the service gets for field `name`, or what was typed if it gets that in another shape."""
        return self.values.get(name, self[name].data)

    def of_row(self, row: Any, name: str) -> Any:
        """The same of `row`; a hook for fields that are no column."""
        return getattr(row, name)

    @property
    def seen_version(self) -> int | None:
        found = next((f for f in self if isinstance(f, VersionField)), None)
        return found.data if found else None


class SearchForm(_Form):
    """検索条件, sent by GET so that a result can be paged and sorted."""

    def for_actor(self, actor: Any) -> "SearchForm":
        """Adapt to who searches; a hook for subclasses."""
        return self

    @property
    def values(self) -> dict[str, Any]:
        return self.data
