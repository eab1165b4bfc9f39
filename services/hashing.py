"""bcrypt, and nothing else. Any text at all is a wrong password, never an exception (R-014)."""

import bcrypt

PRODUCTION_COST = 12  # 0.2–0.3 s per hash on a small server
_MOST_BYTES = 72  # bcrypt 5 refuses more
_cost = PRODUCTION_COST


def set_cost(cost: int) -> None:
    """Set how expensive a new hash is: log2 of the rounds. Tests use 4."""
    global _cost
    _cost = cost


def make(password: str) -> str:
    """A salted hash of a password that has passed the policy (60 characters)."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_cost)).decode()


def matches(stored: str | None, typed: str) -> bool:
    """One bcrypt, always: against `stored`, or against a hash nobody has if there is none."""
    candidate = typed.encode("utf-8", "surrogatepass")
    if stored is None or len(candidate) > _MOST_BYTES:
        return _spend()
    try:
        return bcrypt.checkpw(candidate, stored.encode())
    except ValueError:  # the stored value is no hash
        return _spend()


def spend() -> None:
    """The time of one comparison, where the answer must take as long as any other (R-006)."""
    _spend()


def _spend() -> bool:
    nobody = f"$2b${_cost:02d}$" + "." * 22 + "." * 31
    bcrypt.checkpw(b"", nobody.encode())
    return False


def is_weak(stored: str) -> bool:
    """True if `stored` was made with a lower cost than today's."""
    try:
        return int(stored.split("$")[2]) < _cost
    except (IndexError, ValueError):
        return True
