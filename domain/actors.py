"""Who acts when nobody is signed in."""

from dataclasses import dataclass

from domain.roles import Role


@dataclass(frozen=True)
class Origin:
    """Where a request came from, for the audit trail."""

    address: str = ""
    request_no: str = ""


@dataclass(frozen=True)
class Console:
    """Somebody with a shell on the server: flask staff create, flask account …."""

    id: None = None
    login_id: str = "console"
    name: str = "サーバ上のコマンド"
    roles: frozenset[Role] = frozenset({Role.MARKET_ADMIN})
    operator_id: None = None
