"""Buttons of a list or of 詳細画面, declared in a ResourceView."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.roles import Permission
from forms.base import InputForm


@dataclass(frozen=True)
class Command:
    """Runs one service function after its dialog; button, dialog, route and 完了画面 follow from it."""

    name: str  # in the address
    label: str  # on the button
    permission: Permission
    run: Callable[..., Any]  # (session, actor, row), or (session, actor, rows) if `many`
    confirm: str  # message id of the dialog's question
    complete: str  # message id of the 完了画面; may use {count}
    many: bool = False  # a button of the list, for the selected rows
    # A screen of its own before the dialog: <対象>削除画面 with the row's facts, [戻る] and [実行].
    screen: str | None = None
    check: Callable[..., None] | None = None  # (actor, rows) before that screen; raises DomainError
    when: Callable[[Any], bool] = bool  # offered for this row?
    icon: str | None = None  # in a row of a list: what stands for its label (parts.html)
    form: type[InputForm] | None = None  # fields in its dialog; `run` gets their values last


def removal(permission: Permission, run: Callable[..., Any]) -> Command:
    """[削除] of 詳細画面 for a table whose rows are really removed: (session, actor, row) takes it away."""
    return Command("delete", "削除", permission, run, confirm="info.delete.confirm", complete="info.delete.complete")


@dataclass(frozen=True)
class Link:
    """A button on 詳細画面 that leads to a screen of its own."""

    label: str
    endpoint: str  # of the same view, e.g. ".edit_view"
    permission: Permission
    when: Callable[[Any], bool] = bool  # offered for this row?
