"""Common passwords (R-022, issue 3 item 6)."""

from pathlib import Path

import pytest

from domain.common_passwords import is_common
from domain.credentials import MARKET, temporary_password

LIST = Path(__file__).parents[2] / "domain" / "common_passwords.txt"
ID = "U280003304"


def test_at_least_5000_entries_satisfy_the_policy_as_people_would_type_them():
    """Stored folded; with a capital letter in front, or as they are, none breaks #010 4章(3)."""
    entries = LIST.read_text(encoding="ascii").split()
    assert len(entries) == len(set(entries)) >= 5000
    assert entries == [entry.casefold() for entry in entries]
    useless = [e for e in entries if MARKET.breaches(e.capitalize(), ID) and MARKET.breaches(e, ID)]
    assert useless == []


@pytest.mark.parametrize(
    "password",
    [
        "Passw0rd!",
        "Occto2026!",
        "PASSW0RD!",
        "passw0rd!",
        "occto2026!",
        "1qaz@WSX",
        "!QAZ2wsx",
        "Pa$$w0rd",
        "Abcd1234",
        "Qwer1234",
        "Zaq12wsx",
        "Asdf1234",
        "Michael1",
        "Q1w2e3r4",
    ],
)
def test_a_common_password_is_refused_with_the_reason(password):
    assert MARKET.problems(password, ID) == [("error.Y06.00008", {})]


def test_a_password_that_breaks_the_policy_is_told_so_and_nothing_else():
    assert [i for i, _ in MARKET.problems("password", ID)] == ["error.Y06.00004"]


@pytest.mark.parametrize("password", ["Yoryo#2026demo", "Yoryo#2026test", "Kaede+2026momiji"])
def test_the_demo_passwords_are_not_refused(password):
    assert MARKET.problems(password, ID) == []


def test_ten_thousand_temporary_passwords_are_not_refused():
    assert [p for p in (temporary_password() for _ in range(10_000)) if is_common(p) or MARKET.breaches(p, ID)] == []
