"""Markdown of お知らせ: the order of its headings, its tables, and nothing that does harm (R-060)."""

import re

import pytest

from domain.markdown import to_html


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# a", ["h2"]),
        ("## a", ["h2"]),
        ("###### a", ["h2"]),
        ("# a\n## b\n### c", ["h2", "h3", "h4"]),
        ("# a\n#### b\n## c\n# d", ["h2", "h3", "h3", "h2"]),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", ["h2", "h3", "h4", "h5", "h6", "h6"]),
    ],
)
def test_headings_follow_the_screens_name_and_leave_no_level_out(text, levels):  # XC-017
    assert re.findall(r"<(h\d)>", to_html(text)) == levels
    assert re.findall(r"</(h\d)>", to_html(text)) == levels


def test_a_table_is_in_a_box_that_scrolls_and_takes_the_focus():
    html = to_html("|a|b|\n|-|-|\n|1|2|\n\n|c|\n|-|\n|3|")
    box = '<div class="table" role="group" tabindex="0" aria-label="表"><table>'
    assert (html.count(box), html.count("</table></div>"), html.count("<table>")) == (2, 2, 2)


def test_a_table_that_was_only_written_stays_a_text():
    for text in ("<table>x</table>", "`<table>`", '<div class="table">', '<p tabindex="0">x</p>'):
        html = to_html(text)
        assert "<table" not in html
        assert "<div" not in html
        assert "tabindex" not in re.sub("&lt;.*?&gt;", "", html)
