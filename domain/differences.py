"""What changed between two texts, word by word: a reviewer sees at once what is new."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

# Japanese has no spaces: a word is a run of one script. Each other character stands alone.
_WORD = re.compile(r"[0-9０-９]+|[A-Za-zＡ-Ｚａ-ｚ]+|[一-鿿々〆ヶ]+|[ぁ-ゖゝゞー]+|[ァ-ヺー・]+|[ｦ-ﾟ]+|\s+|.", re.DOTALL)
_LEAST_KEPT = 3  # characters; fewer between two changes belong to them
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
    left: list[Piece] = []
    right: list[Piece] = []
    steps = found.get_opcodes()
    for n, (what, i, j, k, m) in enumerate(steps):
        same, kept = what == "equal", "".join(before[i:j])
        alone = 0 < n < len(steps) - 1 and len(kept) < _LEAST_KEPT and "\n" not in kept
        changed = not same or alone
        _join(left, kept, changed)
        _join(right, "".join(after[k:m]), changed)
    return left, right


def _whole(text: str) -> list[Piece]:
    return [Piece(text, True)] if text else []


def _join(pieces: list[Piece], text: str, changed: bool) -> None:
    if not text:
        return
    if pieces and pieces[-1].changed == changed:
        text = pieces.pop().text + text
    pieces.append(Piece(text, changed))
