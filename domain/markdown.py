"""Markdown of お知らせ as harmless HTML: rendered by markdown-it-py, cleaned by nh3 (R-060)."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

from domain.terms import TABLE

# What may stay. No images, no raw HTML, no styles, nothing that loads anything.
TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
    "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
SCHEMES = {"https", "http", "mailto"}

_SCROLL = f'<div class="table" role="group" tabindex="0" aria-label="{TABLE}">'


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """Safe to print as it is. Headings follow the screen's h1 without leaving out a level; tables can scroll."""
    tokens, last = _parser().parse(text), 1
    for token in tokens:
        if token.type == "heading_open":
            last = min(int(token.tag[1]) + 1, last + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes={"a": {"href", "title"}}, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )
    # Text is escaped and tables keep no attribute: what reads <table> here is one.
    return clean.replace("<table>", f"{_SCROLL}<table>").replace("</table>", "</table></div>")
