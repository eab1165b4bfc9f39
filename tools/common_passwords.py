"""Makes domain/common_passwords.txt: common passwords in the shapes our policy forces them into.

The source is the password list of the PyPI package zxcvbn (see requirements-dev.in). Few of its
entries satisfy #010 4章(3) as they stand, so each is varied the way people do when a policy makes
them: a capital first letter, look-alike signs, a year, a few digits, an exclamation mark.

    .venv/bin/python tools/common_passwords.py
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from domain.credentials import MARKET  # noqa: E402

TARGET = ROOT / "domain" / "common_passwords.txt"
BASES = 150  # of the package's list, most common first: each makes hundreds of variants
OUR_WORDS = ("occto", "yoryo", "capacity", "youryou", "denryoku", "kanri", "shijou", "koiki", "tokyo", "nippon")
YEARS = [str(year) for year in range(2019, 2031)]
ENDINGS = ["", "!", "1", "1!", "!1", "12", "123", "123!", "@123", "#1", "01", "01!", "1234", "@1"]
ENDINGS += [year + sign for year in YEARS for sign in ("", "!", "#", "@")]
LOOK_ALIKES = tuple(
    str.maketrans(plain, like) for plain, like in (("", ""), ("ao", "@0"), ("o", "0"), ("aeios", "@3105"))
)


def variants(word: str) -> Iterator[str]:
    for table in LOOK_ALIKES:
        for shaped in (word.capitalize().translate(table), word.translate(table)):
            for ending in ENDINGS:
                yield shaped + ending


def candidates() -> Iterator[str]:
    """Most tempting first: entries that satisfy the policy as they are, or with one capital; then the variants."""
    listed = [word for word in FREQUENCY_LISTS["passwords"] if word.isascii()]
    yield from listed
    yield from (word.capitalize() for word in listed)
    for word in [*OUR_WORDS, *(w for w in listed if w.isalnum())][:BASES]:
        yield from variants(word)


def main() -> None:
    found: dict[str, None] = {}
    for made in candidates():
        if not MARKET.breaches(made, ""):
            found.setdefault(made.casefold())
    TARGET.write_text("".join(f"{password}\n" for password in sorted(found)), encoding="ascii")
    print(f"{len(found)} passwords")


main()
