"""ヘルプ of both sites, and the part of it that can be read before the sign-in (COM-002…009, COM-018, SYS-007…009).

What a person sees is a matter of the matrix: pages, steps and pictures of functions they lack are left out.
The public part asks neither session nor database: somebody without a certificate, or a stopped database, still has it.
"""

import struct
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask_admin import expose
from flask_login import current_user

from config import Settings
from domain import credentials, guides, messages, roles, terms
from domain.guides import Topic
from domain.posts import AREAS
from domain.roles import Permission, Site
from services import access, attention, certificate_expiry, notices, registrations
from views import doors
from views.frame.page import Page

NAME = "ヘルプ"
LONGEST_SEARCH = 200  # characters
Contents = dict[str, list[Topic]]

blueprint = Blueprint("help", __name__, url_prefix="/help")
board_blueprint = Blueprint("board_guide", __name__, url_prefix="/board")


def _contents(shown: Callable[[Topic], bool]) -> Contents:
    """Heading -> its topics, as far as somebody may read them."""
    chosen = {heading: [t for t in topics if shown(t)] for heading, topics in guides.CONTENTS.items()}
    return {heading: topics for heading, topics in chosen.items() if topics}


def _topic(contents: Contents, slug: str) -> Topic:
    """404 for a page that is none, or not theirs."""
    return next((t for topics in contents.values() for t in topics if t.slug == slug), None) or abort(404)


@cache
def _size(name: str) -> tuple[int, int]:
    """Width and height of a picture, from the head of its PNG: the page keeps its place while it loads."""
    head = (Path(current_app.static_folder or "") / "help" / f"{name}.png").read_bytes()[16:24]
    width, height = struct.unpack(">II", head)
    return width, height


def _shared(policy: credentials.Policy = credentials.MARKET) -> dict[str, Any]:
    settings: Settings = current_app.config["SETTINGS"]
    return {
        "settings": settings,
        "size_of": _size,
        "base_url": current_app.config["BASE_URL"],
        "policy": policy,
        "terms_version": registrations.TERMS_VERSION,
        "board_url": f"{settings.board_base_url}{doors.BOARD.prefix}/login",
        "areas": list(AREAS.values()),
        "symbols": credentials.SYMBOLS,
        "generations": credentials.GENERATIONS,
        "failures": credentials.MAX_FAILURES,
        "idle_minutes": int(settings.session_idle.total_seconds() // 60),
    }


# ---- before the sign-in ---------------------------------------------------------------------------


def _public(sites: frozenset[Site] = guides.BOTH) -> Contents:
    return _contents(lambda topic: topic.public and bool(topic.sites & sites))


def _public_url(slug: str = "") -> str:
    return url_for("help.topic", topic=slug) if slug else url_for("help.index")


@blueprint.get("/")
def index() -> str:
    return render_template("help/public_index.html", title=NAME, contents=_public(), help_url=_public_url)


@blueprint.get("/<topic>/")
def topic(topic: str) -> str:
    found = _topic(_public(), topic)
    more: dict[str, Any] = {"may": lambda permission: False, "site": "", "seen_by": ""}
    return render_template(
        "help/public_topic.html", title=found.title, topic=found, help_url=_public_url, **_shared(), **more
    )


# ---- the same of the board ------------------------------------------------------------------------
BOARD = frozenset({Site.BOARD})


def _board_url(slug: str = "") -> str:
    return url_for("board_guide.topic", topic=slug) if slug else url_for("board_guide.index")


@board_blueprint.get("/guide/", endpoint="index")
def board_index() -> str:
    return render_template("help/public_index.html", title=NAME, contents=_public(BOARD), help_url=_board_url)


@board_blueprint.get("/guide/<topic>/", endpoint="topic")
def board_topic(topic: str) -> str:
    found = _topic(_public(BOARD), topic)
    more = _shared(credentials.BOARD)
    return render_template("help/public_topic.html", title=found.title, topic=found, help_url=_board_url, **more)


@board_blueprint.get("/terms", endpoint="terms")
def board_terms() -> str:
    """利用規約 of the board (BBS-001, BBS-021)."""
    return render_template(
        "board/terms.html", title="利用規約", help_url=_board_url, terms_version=registrations.TERMS_VERSION
    )


# ---- signed in ------------------------------------------------------------------------------------


class HelpView(Page):
    def __init__(self, site: Site) -> None:
        super().__init__(NAME, endpoint=f"{site}_help", url="help")
        self.site = site

    def is_visible(self) -> bool:
        return self.site is Site.BOARD  # a tab there (BBS-090); elsewhere the header leads here

    def is_accessible(self) -> bool:
        return current_user.is_authenticated

    def _mine(self) -> Contents:
        return _contents(self._shown)

    def _shown(self, topic: Topic) -> bool:
        return self.site in topic.sites and (topic.permission is None or access.allows(current_user, topic.permission))

    def address(self, slug: str = "") -> str:
        return url_for(".topic", topic=slug) if slug else url_for(".index")

    @expose("/")
    def index(self) -> str:
        return self.render(
            "help/index.html", title=NAME, contents=self._mine(), help_url=self.address, crumbs=[(NAME, None)]
        )

    @expose("/<topic>/")
    def topic(self, topic: str) -> str:
        found = _topic(self._mine(), topic)
        more = _MORE[found.slug](self.site) if found.slug in _MORE else {}
        full = access.allows(current_user, Permission.USER_REGISTER)
        return self.render(
            "help/topic.html",
            title=found.title,
            topic=found,
            help_url=self.address,
            may=lambda permission: access.allows(current_user, Permission(permission)),
            site=self.site.value,
            seen_by=f"{self.site}-{'full' if full else 'read'}",  # whose pictures
            crumbs=[(NAME, self.address()), (found.title, None)],
            **_shared(doors.of_site(self.site).policy),
            **more,
        )


def _permissions(site: Site) -> dict[str, Any]:
    """権限一覧: the matrix itself; operators see their columns, and the rows with something in them."""
    shown = guides.roles_of(site)
    rows = [
        (guides.name_of(permission), [guides.SCOPES[row[role]] for role in shown])
        for permission, row in roles.matrix().items()
        if any(row[role] for role in shown)
    ]
    return {"headings": [role.label for role in shown], "rows": rows}


def _messages(site: Site) -> dict[str, Any]:
    typed = request.args.get("q", "")[:LONGEST_SEARCH]
    return {"typed": typed, "found": [line for line in messages.find(typed) if guides.concerns(line[0], site)]}


def _changes(site: Site) -> dict[str, Any]:
    return {"headings": guides.REVISION_HEADINGS, "revisions": guides.REVISIONS}


def _notice(site: Site) -> dict[str, Any]:
    return {
        "new_days": notices.NEW_FOR.days,
        "temporary_hours": attention.TEMPORARY_SOON // timedelta(hours=1),
        "certificate_days": attention.CERTIFICATE_SOON.days,
    }


def _certificates(site: Site) -> dict[str, Any]:
    words = terms.STATUS["certificate_state"]
    states = [(words[state].word, meaning) for state, meaning in guides.CERTIFICATE_STATES.items()]
    return {"certificate_states": states, "mails_ahead": certificate_expiry.DAYS_AHEAD}


# Page -> what its text needs beside what all need.
_MORE: dict[str, Callable[[Site], dict[str, Any]]] = {
    "permissions": _permissions,
    "messages": _messages,
    "changes": _changes,
    "notice": _notice,
    "certificates": _certificates,
}
