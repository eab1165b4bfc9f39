"""The mail catalogue (requirements §7): what is sent, and to whom, as a table."""

import random
from datetime import timedelta
from enum import Enum
from typing import NamedTuple

SECRET_MARK = "\x1a"  # noqa: S105 - what the secret replaces; no field can hold it, so nobody types it
GIVE_UP = timedelta(days=1)  # after it a mail is a dead letter …
FEWEST_ATTEMPTS = 5  # … but not before so many attempts: the worker may have been away
LONGEST_WAIT = timedelta(hours=1)


class Gets(Enum):
    """What one kind of recipient gets."""

    NOTHING = 0
    NOTICE = 1
    SECRET = 2  # the notice with the 仮パスワード


class Rule(NamedTuple):
    """Who gets the mail of one event. Acting staff never get one."""

    target: Gets
    acting_admin: Gets  # the operator's 管理者 who did it
    other_admins: Gets


_N, _I, _S = Gets.NOTHING, Gets.NOTICE, Gets.SECRET

# fmt: off
RULES = {                    # target, acting 管理者, other 管理者
    "USR-REG": Rule(_S, _S, _I),  # 001 4章⑥
    "USR-CHG": Rule(_I, _I, _I),  # 001 5章⑧
    "USR-DEL": Rule(_N, _I, _I),
    "USR-UNL": Rule(_I, _I, _I),  # 001 8章⑦
    "USR-RPW": Rule(_S, _S, _I),  # 001 9章⑦
    "STF-REG": Rule(_S, _N, _N),
    "STF-RPW": Rule(_S, _N, _N),
    "OPR-REG": Rule(_S, _N, _N),  # 000 4章(1): each of the two 管理者 the own one
    "OPR-CHG": Rule(_S, _N, _I),  # 管理者交代: the successor; the leaver is told apart
    "OPR-END": Rule(_I, _N, _N),  # 管理者交代: the leaver
    "BBS-RPW": Rule(_S, _N, _N),  # 003 5.1: members have no 管理者
    "BBS-DEL": Rule(_I, _N, _N),  # 003 5.2
}
# fmt: on
# About no account: the service that sends them names the recipients.
PLAIN = ("NOT-PUB", "CRT-EXP", "BBS-RCV", "BBS-APR", "BBS-REJ", "BBS-PAP", "BBS-PRJ", "BBS-EXP")


def is_of_board(event: str) -> bool:
    """Mails of the board have a sender, an address and a signature of their own (BBS-092)."""
    return event.startswith("BBS-")


def wait_after(attempts: int, first: timedelta) -> timedelta:
    """How long to wait after the nth failed attempt: doubling from `first`, at most an hour, ±20 %."""
    doubled = min(first * 2 ** min(attempts - 1, 20), max(LONGEST_WAIT, first))
    return doubled * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret
