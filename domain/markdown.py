"""Markdown of お知らせ as harmless HTML: rendered by markdown-it-py, cleaned by nh3 (R-060)."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

# What may stay. No images, no raw HTML, no styles, nothing that loads anything.
TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
    "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
SCHEMES = {"https", "http", "mailto"}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """Safe to print as it is. Headings begin at h3: h1 and h2 are the screen's."""
    tokens = _parser().parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    return nh3.clean(
        html, tags=TAGS, attributes={"a": {"href", "title"}}, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )
