"""Message catalogue: the only place where an id becomes Japanese text (COM-018)."""

import re
import tomllib
from functools import cache
from pathlib import Path

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
