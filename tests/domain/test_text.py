"""Normal forms of what people type (XC-008, R-068)."""

import pytest

from domain.text import fold_code, fold_search, sign_name, strip_invisible, unstorable


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0001", "0001"),
        ("０００１", "0001"),
        (" 0c01 ", "0C01"),
        ("０ｃ０１", "0C01"),
        ("\u300000 01\u3000", "0001"),
        ("ｱ", "ア"),
        ("%_", "%_"),
        ("", ""),
        (" \u3000 ", ""),
    ],
)
def test_codes_are_stored_half_width_upper_case_without_spaces(typed, stored):
    assert fold_code(typed) == stored


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("事業者 花子", "事業者　花子"),
        ("事業者  花子", " 事業者 花子 "),
        ("ｶﾞｽ", "ガス"),
        ("カ\u3099ス", "ガス"),  # combining mark
        ("ABC", "ａｂｃ"),
        ("㈱電力", "(株)電力"),
        ("Straße", "STRASSE"),
    ],
)
def test_names_are_compared_without_width_and_case(one, other):
    assert fold_search(one) == fold_search(other)


@pytest.mark.parametrize(("one", "other"), [("はなこ", "ハナコ"), ("花子", "太郎"), ("髙橋", "高橋"), ("ハ", "バ")])
def test_different_names_stay_different(one, other):
    assert fold_search(one) != fold_search(other)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("U280003304\0", "U280003304"),
        ("a\u200bb\u200dc\ufeffd", "abcd"),
        ("a\ud800b", "ab"),
        ("a\x7fb\x1bc", "abc"),
        ("a\U000e0fffb", "ab"),  # unassigned
        ("あ い", "あ い"),
    ],
)
def test_invisible_characters_are_stripped(typed, left):
    assert strip_invisible(typed) == left


@pytest.mark.parametrize(
    ("text", "multiline", "found"),
    [
        ("株式会社0001 髙﨑・−〜😀", False, None),
        ("葛\U000e0100城", False, None),  # IVS
        ("👩\u200d💻", False, None),  # ZWJ
        ("a\0b", False, "\0"),
        ("a\x1bb", False, "\x1b"),
        ("a\x7fb", False, "\x7f"),
        ("a\x85b", False, "\x85"),
        ("a\ud800b", False, "\ud800"),
        ("\udfff", True, "\udfff"),
        ("a\u2028b", False, "\u2028"),
        ("a\u2029b", True, "\u2029"),
        ("a\nb", False, "\n"),
        ("a\tb", False, "\t"),
        ("a\r\n\tb", True, None),
        ("a\0b", True, "\0"),
    ],
)
def test_control_characters_and_broken_ones_cannot_be_stored(text, multiline, found):
    assert unstorable(text, multiline=multiline) == found


@pytest.mark.parametrize(
    ("sign", "shown"),
    [("¥", "¥"), ("あ", "あ"), (" ", "半角スペース"), ("\u3000", "全角スペース"), ("\xa0", "U+00A0"),
     ("\0", "U+0000"), ("\ud800", "U+D800"),
     ("\u200b", "U+200B"), ("\x7f", "U+007F"), ("😀", "😀"), ("<", "<")],
)  # fmt: skip
def test_a_sign_that_cannot_be_seen_is_named_in_words_or_by_its_code_point(sign, shown):
    assert sign_name(sign) == shown
