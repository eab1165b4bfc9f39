"""The error screen for when nothing can be drawn: one fixed page, no template, no query, no asset looked up."""

from pathlib import Path
from string import Template

from flask import current_app
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

# Read once, at the start: later the disk may be the trouble.
_PAGE = Template((Path(__file__).parent.parent / "templates" / "fallback.html").read_text(encoding="utf-8"))
_LINK = '<a class="button primary" href="/login">閉じる</a>'
_FORM = (
    '<form method="post" action="/logout"><input type="hidden" name="csrf_token" value="{}">'
    '<button class="button primary">閉じる</button></form>'
)


def page(title: str, message: str, request_no: str, closing: bool) -> str:
    """closing: [閉じる] has a session or a cookie to end."""
    return _PAGE.substitute(
        title=escape(title),
        message=escape(message),
        request_no=escape(request_no),
        close=_FORM.format(escape(generate_csrf())) if closing else _LINK,
        copyright=escape(current_app.config["SETTINGS"].copyright),
    )
