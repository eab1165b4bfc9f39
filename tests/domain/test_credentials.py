"""Password policy, temporary passwords and the spellings of an ID (#010 4章, security.md A and B)."""

import math
import os
import re
import time as system_time
from datetime import UTC, datetime

import pytest

from domain import credentials
from domain.clock import TOKYO
from domain.credentials import MARKET, temporary_password, temporary_until

LENGTH, CLASSES, SIGN, OWN_ID = "error.Y06.00003", "error.Y06.00004", "error.Y06.00005", "error.Y06.00007"


def verdict(password, login_id="U280003304"):
    return {message_id for message_id, _ in MARKET.problems(password, login_id)}


# ---- class combinations × lengths. The verdicts are written down, not computed. ----------------------------
# u = 英大文字, l = 英小文字, d = 数字, s = 記号; True: three classes or more.
COMBINATIONS = [
    ("u", False), ("l", False), ("d", False), ("s", False),
    ("ul", False), ("ud", False), ("us", False), ("ld", False), ("ls", False), ("ds", False),
    ("uld", True), ("uls", True), ("uds", True), ("lds", True),
    ("ulds", True),
]  # fmt: skip
LENGTHS = [(7, False), (8, True), (20, True), (21, False)]
_SIGNS = {"u": "ABC", "l": "abc", "d": "123", "s": "!#~"}


@pytest.mark.parametrize(("classes", "enough"), COMBINATIONS)
@pytest.mark.parametrize(("length", "fits"), LENGTHS)
def test_three_of_four_classes_and_8_to_20_characters(classes, enough, length, fits):
    """COM-040, COM-041."""
    pool = [_SIGNS[c][turn] for turn in range(3) for c in classes]
    password = "".join(pool[i % len(pool)] for i in range(length))
    expected = set() if enough else {CLASSES}
    assert verdict(password) == (expected if fits else expected | {LENGTH})


# The 32 signs of #010 4章(3), typed from the manual (its ¥ is 0x5C).
MANUAL_SYMBOLS = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def test_the_manual_lists_32_symbols():
    assert len(MANUAL_SYMBOLS) == len(set(MANUAL_SYMBOLS)) == 32


@pytest.mark.parametrize("symbol", MANUAL_SYMBOLS)
def test_each_of_the_32_symbols_is_a_class_of_its_own(symbol):
    """COM-042: the only symbol makes the third class."""
    assert verdict(f"Abcdefg{symbol}") == set()
    assert verdict("Abcdefgh") == {CLASSES}


@pytest.mark.parametrize(
    ("stranger", "named"),
    [
        (" ", "半角スペース"),
        ("\t", "U+0009"),
        ("\n", "U+000A"),
        ("\0", "U+0000"),
        ("\x7f", "U+007F"),
        ("\u3000", "全角スペース"),
        ("\u200b", "U+200B"),
        ("\ud800", "U+D800"),
        ("é", "é"),
        ("Ａ", "Ａ"),
        ("１", "１"),
        ("！", "！"),
        ("あ", "あ"),
        ("ｱ", "ｱ"),
        ("容", "容"),
        ("😀", "😀"),
        ("٣", "٣"),
        ("¥", "¥"),  # U+00A5 is not the JIS ¥ key
        ("￥", "￥"),  # U+FFE5
    ],
)
def test_any_other_sign_is_refused_and_named(stranger, named):
    """R-016, R-017, COM-042: the message says which sign."""
    assert dict(MARKET.problems(f"Abcdefg1{stranger}", "U280003304")) == {SIGN: {"sign": named}}


@pytest.mark.parametrize("stranger", ["é", "Ａ", "あ", "¥"])
def test_a_foreign_sign_is_no_class(stranger):
    assert verdict(f"Abcdefgh{stranger}") == {SIGN, CLASSES}


def test_0x5c_is_accepted():
    """R-017: what the JIS ¥ key types."""
    assert verdict("Abcdefg\\") == set()


@pytest.mark.parametrize(
    ("password", "login_id", "expected"),
    [
        ("U280003304", "U280003304", {CLASSES, OWN_ID}),
        ("u280003304", "U280003304", {CLASSES, OWN_ID}),
        ("Board#0001", "bOARD#0001", {OWN_ID}),
        ("Board#0001", "board#0002", set()),
        ("U280003304a", "U280003304", set()),
    ],
)
def test_a_password_is_not_the_user_id(password, login_id, expected):
    """R-021, COM-044: in any case."""
    assert verdict(password, login_id) == expected


def test_every_cause_is_told_at_once():
    assert verdict("あ") == {LENGTH, CLASSES, SIGN}
    assert verdict("") == {LENGTH, CLASSES}


@pytest.mark.parametrize(
    ("login_id", "password", "expected"),
    [
        ("U280003304", "x" * 20, False),
        ("U280003304", "x" * 21, True),
        ("U280003304", "容" * 20, False),
        ("x" * 100, "x", False),
        ("x" * 101, "x", True),
        ("", "", False),
    ],
)
def test_over_long_depends_on_the_input_alone(login_id, password, expected):
    """R-015, D2."""
    assert MARKET.too_long(login_id, password) is expected


# ---- spellings of one ID ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    [
        "U280003304",
        "u280003304",
        " U280003304",
        "U280003304 ",
        "U28 0003 304",
        "\tU280003304\r\n",
        "Ｕ２８０００３３０４",
        "ｕ２８０００３３０４",
        "\u3000U280003304\u3000",
        "U280003304\0",
        "\0U280003304\0\0",
        "U280003304\x7f",
        "\ufeffU280003304",
        "U28\u200b0003304",
        "U\u00ad280003304",
        "Ⓤ②⑧⓪⓪⓪③③⓪④",  # NFKC
        "𝐔𝟐𝟖𝟎𝟎𝟎𝟑𝟑𝟎𝟒",  # NFKC
        "U280003304\ud800",
    ],
)
def test_spellings_of_an_id_share_one_key(typed):
    """R-009: case, spaces, full width, trailing NUL, NFKC."""
    assert MARKET.key(typed) == "U280003304"


def test_staff_ids_are_recognised():
    assert MARKET.key("ｓ000000001") == "S000000001"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Yoryo#2026demo",
        "U28000330",
        "U2800033040",
        "A280003304",
        "U28000330x",
        "x" * 100,
        "U280003304" + " " * 91,  # 101 characters
        "U" * 1_000_000,
        "U280003304U280003304",
        "\ud800",
        "U٢٨٠٠٠٣٣٠٤",  # Arabic digits are no digits of an ID
    ],
)
def test_what_is_no_id_is_kept_as_a_digest_only(typed):
    """People type passwords into the wrong box: nothing of it may be stored."""
    key = MARKET.key(typed)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", key)
    assert len(key) <= 80, "the column holds 80 characters"
    if typed:
        assert typed not in key


def test_different_strangers_have_different_keys():
    keys = [MARKET.key(t) for t in ("", "a", "b", "x" * 200, "x" * 201, "x" * 200 + "y")]
    assert len(set(keys)) == len(keys)


# ---- 仮パスワード -------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def samples():
    return [temporary_password() for _ in range(10_000)]


def test_temporary_passwords_obey_the_policy(samples):
    """R-026: 0 policy misses in 10,000."""
    assert [s for s in samples if MARKET.problems(s, "U280003304")] == []


def test_temporary_passwords_have_no_look_alikes(samples):
    assert set("".join(samples)).isdisjoint("0O1lI")


def test_temporary_passwords_have_70_bit_or_more(samples):
    """Counted from what was seen: 16 places, one of each of four classes, the rest free."""
    assert len(set(samples)) == 10_000
    assert {len(s) for s in samples} == {16}
    seen = set("".join(samples))
    sizes = [
        sum(c.isupper() for c in seen),
        sum(c.islower() for c in seen),
        sum(c.isdigit() for c in seen),
        sum(not c.isalnum() for c in seen),
    ]
    # Inclusion-exclusion over the classes that could be missing.
    count = 0
    for missing in range(16):
        kept = sum(size for bit, size in enumerate(sizes) if not missing >> bit & 1)
        count += (-1) ** missing.bit_count() * kept**16
    assert math.log2(count) >= 70
    for place in range(16):
        assert {s[place] for s in samples} == seen, "every place may hold every sign"


def test_temporary_passwords_come_from_the_secrets_module(monkeypatch):
    asked = []
    real = credentials.secrets.choice
    monkeypatch.setattr(credentials.secrets, "choice", lambda signs: asked.append(1) or real(signs))
    temporary_password()
    assert len(asked) >= 16


# ---- 通知日の翌々日まで（暦日） ----------------------------------------------------------------------------
@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/New_York"])
def host_zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    system_time.tzset()
    yield request.param
    monkeypatch.undo()
    system_time.tzset()


EXPIRIES = [
    # issued (Tokyo)                        -> first instant it is refused (Tokyo), 有効期限 as it is written
    ((2026, 12, 30, 0, 0, 0), (2027, 1, 2), "2027/01/01"),
    ((2026, 12, 30, 12, 0, 0), (2027, 1, 2), "2027/01/01"),
    ((2026, 12, 30, 23, 59, 59), (2027, 1, 2), "2027/01/01"),
    ((2026, 12, 31, 0, 0, 0), (2027, 1, 3), "2027/01/02"),
    ((2028, 2, 27, 12, 0, 0), (2028, 3, 1), "2028/02/29"),
    ((2027, 2, 27, 12, 0, 0), (2027, 3, 2), "2027/03/01"),
    ((2026, 11, 20, 8, 59, 59), (2026, 11, 23), "2026/11/22"),  # the day before in UTC
]


@pytest.mark.parametrize(("issued", "refused_from", "last_day"), EXPIRIES)
def test_a_temporary_password_works_until_the_second_next_day(host_zone, issued, refused_from, last_day):
    """R-027, D4: whatever the host's time zone."""
    until = temporary_until(datetime(*issued, tzinfo=TOKYO))
    assert until == datetime(*refused_from, 0, 0, 0, tzinfo=TOKYO)
    assert until.tzinfo is UTC
    assert f"{credentials.last_day(until):%Y/%m/%d}" == last_day


def test_the_zone_of_the_host_really_moves(host_zone):
    """The fixture above is worth something."""
    offset = {"UTC": 0, "Asia/Tokyo": 9, "America/New_York": -5}[host_zone]
    assert system_time.localtime(1_767_225_600).tm_gmtoff == offset * 3600
    assert os.environ["TZ"] == host_zone


@pytest.mark.parametrize("letter", ["U", "S"])
def test_new_ids_are_a_letter_and_nine_random_digits(letter):
    """USR-006, A41."""
    made = [credentials.random_id(letter) for _ in range(1000)]
    assert all(re.fullmatch(rf"{letter}[0-9]{{9}}", m) for m in made)
    assert len(set(made)) > 990
    assert made != sorted(made)
