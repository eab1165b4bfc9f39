"""Message catalogue: the only place where an id becomes Japanese text (COM-018)."""

import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter

from domain import guides
from domain.text import fold_search

CATALOGUE = Path(__file__).parent.parent / "messages" / "ja.toml"
SHAPE = re.compile(r"error\.[A-Z]\d{2}\.\d{5}|info\.[a-z_]+\.[a-z_]+")


@cache
def _catalogue() -> dict[str, str]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def ids() -> frozenset[str]:
    return frozenset(_catalogue())


def sentence(message_id: str, **params: object) -> str:
    """The text alone. KeyError if the id is unknown."""
    return _catalogue()[message_id].format(**params)


def text(message_id: str, **params: object) -> str:
    """ "id : 本文", the form the manual's screens print. KeyError if the id is unknown."""
    return f"{message_id} : {sentence(message_id, **params)}"


class _Named(dict[str, str]):
    """Every placeholder as 〔項目名〕, known or not."""

    def __missing__(self, name: str) -> str:
        return f"〔{guides.PLACEHOLDERS.get(name, '値')}〕"


def general(message_id: str) -> str:
    """The text as メッセージ一覧 prints it: 〔項目名〕 where a value of the moment stands."""
    return _catalogue()[message_id].format_map(_Named())


def find(typed: str) -> list[tuple[str, str]]:
    """(id, general text) of the messages `typed` finds, by id; all of them if nothing is typed.

    It may be the beginning of an id, a whole message as a screen printed it, or any words of one.
    Width and case do not matter.
    """
    wanted = fold_search(typed)
    by_id = {fold_search(message_id): message_id for message_id in sorted(ids())}
    named = next((by_id[word] for word in re.findall(r"[a-z0-9_.]+", wanted) if word in by_id), None)
    found = [named] if named else [i for i in by_id.values() if _matches(i, wanted)]
    return [(message_id, general(message_id)) for message_id in found]


def _matches(message_id: str, wanted: str) -> bool:
    text = fold_search(f"{message_id} : {general(message_id)}")
    return all(word in text for word in wanted.split()) or bool(_printed(message_id).search(wanted))


@cache
def _printed(message_id: str) -> re.Pattern[str]:
    """The message as a screen may have printed it, folded: anything may stand for a placeholder."""
    parts = [(fold_search(fixed), name) for fixed, name, _, _ in Formatter().parse(_catalogue()[message_id])]
    return re.compile("".join(re.escape(fixed) + (".{1,60}?" if name else "") for fixed, name in parts))
