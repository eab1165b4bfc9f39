"""What may be attached, by name and content: R-064, R-065. The table is tests/uploads.csv."""

import io
import re
import tracemalloc

import pytest

from domain import files, plain_files
from domain.errors import DomainError
from domain.messages import ids
from tests import corpus

LINES = corpus.lines()
MEMORY = 4 * 1024 * 1024  # bytes while a file of 20 MiB, or a bomb, is judged


def outcome(name, content):
    try:
        accepted = files.accept(name, io.BytesIO(content))
    except DomainError as error:
        return error.message_id
    assert accepted.name == name
    assert accepted.stream.tell() == 0
    assert accepted.size == len(content)
    assert accepted.media_type.split(";")[0] == corpus.MEDIA[name.rpartition(".")[2].lower()]
    return "stored"


def test_the_table_is_whole():
    assert len(LINES) >= 40
    assert {made for _, made, _ in LINES} == set(corpus.MADE)
    outcomes = {expected for *_, expected in LINES}
    # The others are about how many and how large together, or about a lost connection.
    about_a_file = {i for i in ids() if re.fullmatch(r"error\.F01\.0000[1-9]|error\.F01\.000(10|16)", i)}
    assert outcomes == about_a_file | {"stored"}


@pytest.mark.parametrize(("name", "made", "expected"), LINES, ids=[f"{m}-{n[:20]}" for n, m, _ in LINES])
def test_a_file_is_accepted_or_refused_as_the_table_says(name, made, expected):
    assert outcome(name, corpus.MADE[made]()) == expected


@pytest.mark.parametrize(
    "made",
    [
        "text of 20 MiB",
        "xlsx that unpacks to 201 MiB",
        "docx with 5000 parts",
        "xlsx that declares 1 KiB and unpacks to 201 MiB",
    ],
)
def test_judging_needs_no_memory_to_speak_of(made):
    name = {"t": "a.txt", "x": "a.xlsx", "d": "a.docx"}[made[0]]
    stream = io.BytesIO(corpus.MADE[made]())
    tracemalloc.start()
    try:
        files.accept(name, stream)
    except DomainError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY


def test_a_scan_of_a_jpeg_may_end_anywhere_in_a_block():
    for more in range(65_530, 65_545):  # around the size of one read
        content = corpus.jpeg().replace(b"\x56" * 70_000, b"\x56" * more)
        assert outcome("a.jpg", content) == "stored", more
        assert outcome("a.jpg", content + b"x") == "error.F01.00016", more


def test_a_letter_may_stand_on_the_border_of_two_blocks():
    for shift in range(4):
        text = "a" * (64 * 1024 - shift) + "漢字" * 10
        assert outcome("a.txt", text.encode()) == "stored"
        assert outcome("a.txt", text.encode("cp932")) == "stored"


@pytest.mark.parametrize("damage", range(0, 900, 7))
def test_a_damaged_file_is_a_message_and_never_an_error(damage):
    """Every kind with a few bytes overwritten: accepted or refused, no exception."""
    for name, made in [("a.pdf", "pdf"), ("a.png", "png"), ("a.jpg", "jpeg"), ("a.xlsx", "xlsx"), ("a.docx", "docx")]:
        content = bytearray(corpus.MADE[made]())
        at = damage % len(content)
        for value in (0x00, 0xFF, content[at] ^ 0x55):
            content[at : at + 2] = bytes((value, value))
            assert outcome(name, bytes(content)).startswith(("stored", "error.F01."))


def test_the_encoding_of_a_text_is_told():
    for made, charset in [("csv utf-8", "utf-8"), ("csv utf-8 with bom", "utf-8"), ("csv cp932", "Shift_JIS")]:
        accepted = files.accept("a.csv", io.BytesIO(corpus.MADE[made]()))
        assert accepted.media_type == f"text/csv; charset={charset}"


@pytest.mark.parametrize("byte", [0x80, 0xA0, 0xFD, 0xFE, 0xFF])
def test_bytes_without_a_letter_in_cp932_are_refused(byte):
    assert outcome("a.csv", b"a,b\r\n\x82\xa0" + bytes((byte,)) + b"\x82\xa0") == "error.F01.00010"


def test_a_picture_with_very_many_chunks_is_given_up():
    many = corpus.png(*[corpus.chunk(b"tEXt", b"")] * (plain_files._MOST_CHUNKS + 1))
    assert outcome("a.png", many) == "error.F01.00002"
