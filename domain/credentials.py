"""One credential engine, one policy object per kind of account (security.md D1–D6).

A policy says how an ID is recognised, how many failures lock it and what a password may be.
The rules return message ids; they never raise and never touch the database.
"""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain import clock
from domain.common_passwords import is_common
from domain.roles import AccountKind
from domain.text import fold_code, sign_name, strip_invisible

MAX_FAILURES = 5  # consecutive wrong passwords that lock an ID (#020 1章)
GENERATIONS = 4  # the last four passwords, the current one among them (A4)
LONGEST_ID = 100  # characters; anything longer is no ID of ours
TEMPORARY_LENGTH = 16
SYMBOLS = string.punctuation  # exactly the 32 signs of #010 4章(3); ¥ there is 0x5C (A3)
CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)

# No look-alikes (0 O 1 l I), and only signs that survive mail, paper and telephone.
_TEMPORARY_CLASSES = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", "#%+=?@")


class Refusals(NamedTuple):
    """Message ids of one entrance."""

    wrong: str = "error.Y05.00001"
    locked: str = "error.Y05.00002"
    expired: str = "error.Y05.00003"
    length: str = "error.Y06.00003"
    classes: str = "error.Y06.00004"
    stranger: str = "error.Y06.00005"
    same_as_id: str = "error.Y06.00007"


_REFUSALS = Refusals()


@dataclass(frozen=True)
class Policy:
    """What one entrance asks of IDs and passwords."""

    entrance: str  # failures are counted per entrance and ID
    kinds: tuple[AccountKind, ...]
    id_shape: re.Pattern[str]
    shortest: int  # characters
    longest: int
    needed: int  # of the classes of characters, how many a password has to use
    classes: tuple[str, ...] = CLASSES
    frozen_for: timedelta | None = None  # how long MAX_FAILURES lock an ID; None: until somebody lifts it
    issued: tuple[str, ...] = _TEMPORARY_CLASSES  # the signs of a 仮パスワード, by class
    refusals: Refusals = _REFUSALS

    def key(self, typed: str) -> str:
        """The normal form under which failures of `typed` are counted (R-009).

        Width, case, spaces and invisible characters make no difference. What is not shaped
        like an ID is kept as a digest only: people type passwords into the wrong box.
        """
        folded = fold_code(strip_invisible(typed[: LONGEST_ID * 2]))
        if len(typed) <= LONGEST_ID and self.id_shape.fullmatch(folded):
            return folded
        digest = hashlib.sha256(typed.encode("utf-8", "surrogatepass")).hexdigest()
        return f"sha256:{digest}"

    def is_in_force(self, locked_at: datetime | None) -> bool:
        """Does a lock of then still hold?"""
        if locked_at is None:
            return False
        return self.frozen_for is None or clock.now() < locked_at + self.frozen_for

    def too_long(self, typed_id: str, typed_password: str) -> bool:
        """True if the attempt is refused without any hashing; depends on the input alone."""
        return len(typed_password) > self.longest or len(typed_id) > LONGEST_ID

    def problems(self, password: str, login_id: str) -> list[tuple[str, dict[str, object]]]:
        """Why `password` may not be set, as (message id, parameters); empty if it may.

        The four generations need the database: see services.passwords.
        """
        found = self.breaches(password, login_id)
        if not found and is_common(password):
            found.append(("error.Y06.00008", {}))
        return found

    def breaches(self, password: str, login_id: str) -> list[tuple[str, dict[str, object]]]:
        """Every way `password` breaks #010 4章(3)."""
        found: list[tuple[str, dict[str, object]]] = []
        if not self.shortest <= len(password) <= self.longest:
            found.append((self.refusals.length, {"shortest": self.shortest, "longest": self.longest}))
        stranger = next((c for c in password if not any(c in chars for chars in self.classes)), None)
        if stranger is not None:
            found.append((self.refusals.stranger, {"sign": sign_name(stranger)}))
        used = sum(any(c in chars for c in password) for chars in self.classes)
        if used < self.needed:
            found.append((self.refusals.classes, {"classes": self.needed} if self.needed != len(self.classes) else {}))
        if password.casefold() == login_id.casefold():
            found.append((self.refusals.same_as_id, {}))
        return found


MARKET = Policy(
    entrance="market",
    kinds=(AccountKind.USER, AccountKind.STAFF),
    id_shape=re.compile(r"[US][0-9]{9}"),
    shortest=8,
    longest=20,
    needed=3,
)
BOARD = Policy(
    entrance="board",
    kinds=(AccountKind.MEMBER,),
    id_shape=re.compile(r"(?![US][0-9]{9}$)[0-9A-Z]{8,32}"),  # BBS-003; never one of the market's
    shortest=8,
    longest=64,
    needed=2,
    classes=(string.ascii_letters, string.digits),  # BBS-005 半角英数字の組み合わせ
    frozen_for=timedelta(hours=24),  # BBS-031
    issued=_TEMPORARY_CLASSES[:3],
    refusals=Refusals(
        locked="error.B01.00001",
        expired="error.B01.00002",
        stranger="error.B01.00004",
        classes="error.B01.00003",
        length="error.B02.00001",
        same_as_id="error.B02.00002",
    ),
)
STAFF_LETTER = "S"
POLICY_OF_KIND = {kind: policy for policy in (MARKET, BOARD) for kind in policy.kinds}


def is_staff_id(key: str) -> bool:
    """True for the normal form of an ID of 広域機関, whether or not anybody has it."""
    return key.startswith(STAFF_LETTER)


def temporary_password(policy: Policy = MARKET) -> str:
    """A random 仮パスワード: 16 of 63 signs (95 bit; the board's 57 signs: 93), one of each class at least (R-026)."""
    signs = "".join(policy.issued)
    while True:
        made = "".join(secrets.choice(signs) for _ in range(TEMPORARY_LENGTH))
        if all(any(c in chars for c in made) for chars in policy.issued):
            return made


def temporary_until(issued: datetime) -> datetime:
    """When a 仮パスワード issued at `issued` stops working (exclusive).

    通知日の翌々日まで（暦日）: the start of the third day after, in Asia/Tokyo (D4).
    """
    return clock.start_of(clock.day_of(issued) + timedelta(days=3))


def last_day(until: datetime) -> date:
    """有効期限: the last calendar day a 仮パスワード with this exclusive end works."""
    return clock.day_of(until - timedelta(seconds=1))


def random_id(letter: str) -> str:
    """A new ID such as U280003303. Random: a sequence would tell how many people there are."""
    return f"{letter}{secrets.randbelow(10**9):09d}"
