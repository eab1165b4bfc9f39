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
MOST = 20_000
BASES = 1_500  # of the package's list, most common first
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


def main() -> None:
    words = [*OUR_WORDS, *(w for w in FREQUENCY_LISTS["passwords"] if w.isalnum() and w.isascii())]
    found: dict[str, None] = {}
    for word in words[: BASES + len(OUR_WORDS)]:
        for made in variants(word):
            if not MARKET.breaches(made, ""):
                found.setdefault(made.casefold())
    kept = list(found)[:MOST]
    TARGET.write_text("".join(f"{password}\n" for password in sorted(kept)), encoding="ascii")
    print(f"{len(kept)} passwords")


main()
