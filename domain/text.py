"""Normal forms of what people type: codes, IDs and search words (XC-008, R-068).

Names are stored as typed; only their folded shadow is searched.
"""

import unicodedata

_JOINERS = "\u200c\u200d"  # parts of names in some scripts
LONGEST_FOLD = 18  # characters one typed character may become: U+FDFA
_SPACES = {" ": "半角スペース", "\u3000": "全角スペース"}


def fold_code(text: str) -> str:
    """A code or ID as it is stored: NFKC (full width becomes half width), no spaces, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def fold_search(text: str) -> str:
    """The form in which names are compared: width, kana width, case and runs of spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def strip_invisible(text: str) -> str:
    """`text` without control, format, surrogate and unassigned characters (NUL among them)."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})


def unstorable(text: str, *, multiline: bool = False) -> str | None:
    """The first character no field may hold (control, invisible and direction signs, halves), or None."""
    allowed = "\t\n\r" if multiline else ""
    for c in text:
        kind = unicodedata.category(c)
        if c in allowed or c in _JOINERS:
            continue
        if kind in {"Cc", "Cf", "Cs"} or c in "\u2028\u2029":
            return c
    return None


def sign_name(c: str) -> str:
    """How a message shows one character: itself, or if it cannot be seen its name or its code point."""
    if c in _SPACES:
        return _SPACES[c]
    if c.isspace() or unicodedata.category(c)[0] in "CZ":
        return f"U+{ord(c):04X}"
    return c


def display_width(text: str) -> int:
    """Columns on a screen: full-width characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WFA" else 1
        for c in unicodedata.normalize("NFC", text)
    )
