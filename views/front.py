"""The front (nginx with mutual TLS): what its identity headers say, and whether they are its own (R-077).

Without CLIENT_CERT=required no header of this file is read at all. With it they count only beside the
right FRONT_SECRET; missing, doubled ("A,B") or malformed ones are as good as none.
"""

import hmac
from ipaddress import ip_address

from flask import current_app, request

from domain.certificates import Presented, instant, normal_issuer, normal_serial
from domain.errors import DomainError

# Pages that are shown to nobody without a certificate of our CA. /password is what a sign-in may lead to.
_DEMANDING = ("/login", "/password", "/portal", "/admin")
_ON_THE_BOARDS_HOST = ("/board", "/help", "/logout", "/healthz", "/readyz", "/static")


def is_required() -> bool:
    """CLIENT_CERT=required?"""
    return bool(current_app.config["CLIENT_CERT_REQUIRED"])


def is_trusted() -> bool:
    """Does the request come from the front? Compared in constant time, on bytes."""
    sent = request.headers.get("X-Front-Auth", "").encode("latin-1", "replace")
    return is_required() and hmac.compare_digest(sent, current_app.config["FRONT_SECRET"].encode())


def presented() -> Presented | None:
    """The client certificate of this connection, checked by the front; None without one."""
    if not is_trusted() or request.headers.get("X-SSL-Client-Verify") != "SUCCESS":
        return None
    try:
        return Presented(
            issuer=normal_issuer(request.headers.get("X-SSL-Client-I-DN", "")),
            serial=normal_serial(request.headers.get("X-SSL-Client-Serial", "")),
            valid_from=instant(request.headers.get("X-SSL-Client-V-Start", "")),
            valid_to=instant(request.headers.get("X-SSL-Client-V-End", "")),
        )
    except (DomainError, ValueError):
        return None


def address() -> str:
    """Where the request comes from: the front's word for it, or the peer's address."""
    peer = request.remote_addr or ""
    if not is_trusted():
        return peer
    try:
        return str(ip_address(request.headers.get("X-Real-IP", "")))
    except ValueError:
        return peer


def demands_certificate() -> bool:
    """Is this a page that is not shown without a certificate?"""
    return is_required() and _is_below(request.path, _DEMANDING)


def is_elsewhere() -> bool:
    """True on the board's own host for what does not live there (BOARD_BASE_URL)."""
    if not is_required() or _host(request.host) != current_app.config["BOARD_HOST"]:
        return False
    return not _is_below(request.path, _ON_THE_BOARDS_HOST)


def _is_below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def _host(text: str) -> str:
    """The name in a Host header, without its port."""
    name = text.rpartition(":")[0] if text.rpartition(":")[2].isdigit() else text
    return name.strip("[]").rstrip(".").lower()
