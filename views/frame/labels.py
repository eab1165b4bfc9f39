"""How values look on every screen: one set of formatters for lists, details and 確認画面."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from wtforms.fields import Field

from domain import clock, terms
from domain.markdown import to_html
from domain.roles import Role


def instant(view: Any, value: datetime, name: str = "") -> str:
    """2026/11/21 09:36:05, Asia/Tokyo."""
    return f"{value.astimezone(clock.TOKYO):%Y/%m/%d %H:%M:%S}"


def day(view: Any, value: date, name: str = "") -> str:
    """2019/12/23"""
    return f"{value.year:04d}/{value.month:02d}/{value.day:02d}"


def role(view: Any, value: Role, name: str = "") -> str:
    return value.label


def roles(view: Any, value: Iterable[Role], name: str = "") -> str:
    return "、".join(r.label for r in sorted(value))


def nothing(view: Any, value: None, name: str = "") -> str:
    return ""


# First match wins: a datetime is a date, so it comes first.
FORMATTERS = {type(None): nothing, Role: role, frozenset: roles, datetime: instant, date: day}


def status(field: str, value: Any) -> Markup | None:
    """The status word of `value` with its icon and tint, or None if `field` is no status."""
    found = terms.STATUS.get(field, {}).get(value)
    if found is None:
        return None
    # The icon is drawn by the style sheet: the text of the cell is the word alone.
    return Markup('<span class="status {}" data-icon="{}">{}</span>').format(found.tone.value, found.icon, found.word)


def of_field(field: Field) -> str:
    """What was entered, as 確認画面 shows it."""
    kind = getattr(field, "kind", "text")
    if kind == "radio":
        return field.shown()
    if kind == "check":
        return "する" if field.data else "しない"
    if kind == "long":
        return prose(field.data)
    if kind == "secret":
        return terms.SECRET_SHOWN
    if kind == "fixed":
        return str(field.data)
    if kind == "checks":
        return "、".join(_choice(field, value) for value in field.data or [])
    if kind == "files":
        return "、".join(row.file_name for row in field.rows)
    if kind == "select":
        return _choice(field, field.data)
    if getattr(field, "seconds", False) and field.data:
        return instant(None, field.data)
    return field._value() if not hasattr(field, "typed") else shown_text(field.data)


def prose(text: str) -> Markup:
    """Markdown as it will be read."""
    return Markup('<div class="prose">{}</div>').format(Markup(to_html(text)))  # noqa: S704 - cleaned there


def period(text: str) -> Markup:
    """A 表示期間 that breaks, if it has to, between start and end."""
    start, end = text.split(" ~ ")
    return Markup('<span><span class="nowrap">{} ~</span> <span class="nowrap">{}</span></span>').format(start, end)


def minute(view: Any, value: datetime | None, name: str = "") -> str:
    """2026/11/21 09:36, for instants that are typed."""
    return clock.minute(value) if value else ""


def size(count: int) -> str:
    """Bytes as people read them: 812 B, 34.5 KiB, 1.2 MiB."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"


def shown_text(value: Any) -> str:
    if isinstance(value, datetime):  # it is a date too
        return instant(None, value) if value.second else clock.minute(value)
    return day(None, value) if isinstance(value, date) else str(value or "")


def _choice(field: Field, value: Any) -> str:
    """The words of an option, without the code in front: 登録作業者(一般)."""
    text = str(dict(field.choices).get(value, value))
    return Role(value).label if text.startswith(f"{value}:") else text


def stored(field: str, value: Any) -> str:
    """A value as 操作履歴 keeps it (JSON), in the words of the screens."""
    if (word := terms.word(field, value)) is not None:
        return word
    if field.endswith(("_at", "_from", "_to", "_on")) and isinstance(value, str):
        return instant(None, datetime.fromisoformat(value)) if "T" in value else day(None, date.fromisoformat(value))
    if isinstance(value, list):
        return "、".join(stored(field, v) for v in value)
    if field in ("role", "rights") and value in {r.value for r in Role}:
        return Role(value).label
    return "" if value is None else str(value)


def changed_fields(entry: Any) -> list[tuple[str, str, str]]:
    """(項目名, before, after) of an audit entry, in the words of the screens."""
    words = {"files": terms.STORED["files"], **terms.OF_TABLE.get(entry.target_table, {})}
    order = terms.ORDER if entry.target_table == "accounts" else tuple(words)
    shown = [name for name in entry.changes if name not in terms.INTERNAL]
    shown.sort(key=lambda name: order.index(name) if name in order else len(order))
    return [(words.get(name, name), *(stored(name, value) for value in entry.changes[name])) for name in shown]


def changes(entry: Any) -> Markup:
    """項目: before → after, a line per field; removed and added are said, not only coloured."""
    lines = []
    for name, old, new in changed_fields(entry):
        removed = Markup('<del><span class="hidden">変更前: </span>{}</del> → ').format(old) if old else ""
        added = Markup('<ins><span class="hidden">変更後: </span>{}</ins>').format(new)
        lines.append(Markup("<div>{}: {}{}</div>").format(name, removed, added))
    return Markup("").join(lines)
