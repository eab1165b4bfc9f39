"""A button on 詳細画面 that runs one service function, after its dialog."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.roles import Permission


@dataclass(frozen=True)
class Command:
    """Declared in a ResourceView; the button, the dialog, the route and the 完了画面 follow from it."""

    name: str  # in the address
    label: str  # on the button
    permission: Permission
    run: Callable[..., Any]  # (session, actor, row)
    confirm: str  # message id of the dialog's question
    complete: str  # message id of the 完了画面
    # What the result shows once and never again, as (項目名, value); nothing if None.
    once: Callable[[Any], list[tuple[str, str]]] | None = None


@dataclass(frozen=True)
class Link:
    """A button on 詳細画面 that leads to a screen of its own."""

    label: str
    endpoint: str  # of the same view, e.g. ".edit_view"
    permission: Permission
