"""Passwords many people choose although (or because) a policy asks for three classes (R-022).

The list is made by tools/common_passwords.py.
"""

from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("common_passwords.txt")


@cache
def _known() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="ascii").split())


def is_common(password: str) -> bool:
    """True if `password`, in whatever case, is on the list."""
    return password.casefold() in _known()
