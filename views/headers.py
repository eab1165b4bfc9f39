"""Response headers: strict on every response, whatever its status (security.md G)."""

import re
from typing import Any

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SANDBOX = "; sandbox"  # for a file somebody uploaded: whatever it is, it may do nothing
HSTS = "max-age=63072000; includeSubDomains"


# What may stand in a Host header: a name or address, and a port.
_HOST = re.compile(r"(?:[0-9A-Za-z._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def init_app(app: Flask) -> None:
    https = app.config["BASE_URL"].startswith("https:")
    app.wsgi_app = _only_real_hosts(app.wsgi_app)  # type: ignore[method-assign]

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in FIXED.items():
            response.headers[name] = value
        if request.endpoint == "files.download" and response.status_code == 200:
            response.headers["Content-Security-Policy"] = POLICY + SANDBOX
        if https:
            response.headers["Strict-Transport-Security"] = HSTS
        if request.endpoint == "static" and response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-store"
        return response


def _only_real_hosts(wsgi_app: Any) -> Any:
    """400 for a Host that is none, before anything tries to build an address with it."""

    def checked(environ: dict[str, Any], start_response: Any) -> Any:
        if _HOST.fullmatch(environ.get("HTTP_HOST", "localhost")):
            return wsgi_app(environ, start_response)
        headers = [*FIXED.items(), ("Cache-Control", "no-store"), ("Content-Type", "text/plain; charset=utf-8")]
        start_response("400 Bad Request", headers)
        return [b"Bad Request"]

    return checked
