"""主メニュー, メニュー and パンくず, read from Flask-Admin's menu."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_admin import Admin
from flask_admin.menu import MenuCategory

TOP = "TOP"
Crumb = tuple[str, str | None]  # text and address; the last has none


@dataclass(frozen=True)
class Item:
    text: str
    url: str
    explanation: str
    waiting: int = 0  # how much there is to do


@dataclass(frozen=True)
class Section:
    """One tab: its link screen – or its first function – and what this person may use behind it; a page has nothing."""

    text: str
    url: str
    items: list[Item]

    @property
    def waiting(self) -> int:
        return sum(item.waiting for item in self.items)


def sections(admin: Admin) -> list[Section]:
    """The tabs after ホーム. A tab appears when something is behind it for this person."""
    return list(_sections(admin))


def _sections(admin: Admin) -> Iterator[Section]:
    links = {view.name: view for view in admin._views if getattr(view, "is_link_screen", False)}
    for category in admin.menu():
        if not isinstance(category, MenuCategory):
            if category.is_visible() and category.is_accessible() and _view_of(category) is not admin.index_view:
                yield Section(category.name, category.get_url(), [])
            continue
        items = [_item(child) for child in category.get_children()]
        if items:
            link = links.get(category.name)
            yield Section(category.name, url_for(f"{link.endpoint}.index") if link else items[0].url, items)


def _item(child: Any) -> Item:
    view = _view_of(child)
    return Item(child.name, child.get_url(), view.explained, view.waiting())


def _view_of(menu_item: Any) -> Any:
    return menu_item._view


def trail(admin: Admin, *crumbs: Crumb) -> list[Crumb]:
    """TOP > … > this screen."""
    return [(TOP, url_for(f"{admin.endpoint}.index")), *crumbs]
