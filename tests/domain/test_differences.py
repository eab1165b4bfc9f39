"""前回と今回: what changed is marked, nothing is lost (features.md 1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.differences import compare


def marked(pieces):
    return "".join(f"[{p.text}]" if p.changed else p.text for p in pieces)


@pytest.mark.parametrize(
    ("old", "new", "left", "right"),
    [
        ("同じ", "同じ", "同じ", "同じ"),
        ("", "新しい", "", "[新しい]"),
        ("古い", "", "[古い]", ""),
        ("東都電力株式会社", "東都エナジー株式会社", "[東都電力株式会社]", "[東都エナジー株式会社]"),
        ("11月20日に休みます。", "11月21日に休みます。", "11月[20]日に休みます。", "11月[21]日に休みます。"),
        ("江東区豊洲6-2-15", "江東区豊洲5-6-36 豊洲ビル", "江東区豊洲[6-2-15]", "江東区豊洲[5-6-36 豊洲ビル]"),
        ("①売\n②会社A\n③担当", "①買\n②会社A\n③担当", "①[売]\n②会社A\n③担当", "①[買]\n②会社A\n③担当"),
        ("abc def", "まったく別の文", "[abc def]", "[まったく別の文]"),
    ],
)  # fmt: skip
def test_what_changed_is_marked_word_by_word(old, new, left, right):
    before, after = compare(old, new)
    assert (marked(before), marked(after)) == (left, right)


WORDS = st.text(st.sampled_from("東京都1234-abあいアイ、。\n ①②＜<&"), max_size=60)


@given(WORDS, WORDS)
def test_nothing_is_lost_and_what_is_not_marked_is_the_same_on_both_sides(old, new):
    before, after = compare(old, new)
    assert "".join(p.text for p in before) == old
    assert "".join(p.text for p in after) == new
    assert "".join(p.text for p in before if not p.changed) == "".join(p.text for p in after if not p.changed)
    assert (old == new) == (not any(p.changed for p in (*before, *after)))


def test_a_very_long_text_is_compared_as_a_whole():
    before, after = compare("あ1" * 2000, "あ2" * 2000)
    assert [p.changed for p in (*before, *after)] == [True, True]
