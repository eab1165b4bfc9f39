"""What changed between two texts, word by word: a reviewer sees at once what is new."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

# Japanese has no spaces: a word is a run of one script. Each other character stands alone.
_WORD = re.compile(r"[0-9０-９]+|[A-Za-zＡ-Ｚａ-ｚ]+|[一-鿿々〆ヶ]+|[ぁ-ゖゝゞー]+|[ァ-ヺー・]+|[ｦ-ﾟ]+|\s+|.", re.DOTALL)
_MOST_WORDS = 3000  # in both together; longer texts are compared as a whole
_LEAST_ALIKE = 0.3  # less in common than this is no change but another text


class Piece(NamedTuple):
    text: str
    changed: bool


def compare(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """`old` and `new` in pieces; those the other one lacks are marked."""
    if old == new:
        return [Piece(old, False)], [Piece(new, False)]
    before, after = _WORD.findall(old), _WORD.findall(new)
    if not old or not new or len(before) + len(after) > _MOST_WORDS:
        return _whole(old), _whole(new)
    found = SequenceMatcher(None, before, after, autojunk=False)
    if found.ratio() < _LEAST_ALIKE:
        return _whole(old), _whole(new)
    left, right = [], []
    for what, i, j, k, m in found.get_opcodes():
        left += _piece(before[i:j], what != "equal")
        right += _piece(after[k:m], what != "equal")
    return left, right


def _whole(text: str) -> list[Piece]:
    return [Piece(text, True)] if text else []


def _piece(words: list[str], changed: bool) -> list[Piece]:
    return [Piece("".join(words), changed)] if words else []
