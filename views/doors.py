"""The two entrances: /login of the market, /board/login of the board. Each with its policy and its sites."""

from dataclasses import dataclass

from flask import request, session, url_for

from domain import terms
from domain.credentials import BOARD as BOARD_POLICY
from domain.credentials import MARKET as MARKET_POLICY
from domain.credentials import Policy
from domain.roles import Site

_REMEMBERED = "door"  # in the session: through which one this browser came in


@dataclass(frozen=True)
class Door:
    endpoint: str  # of its blueprint
    prefix: str
    policy: Policy
    labels: dict[str, str]
    system: str  # whose screens these are
    sites: frozenset[Site]
    for_staff: bool  # it stays open while a メンテナンス runs
    needs_certificate: bool  # where CLIENT_CERT=required
    guide: str  # endpoint of the ヘルプ that can be read before the sign-in

    def url(self, view: str = "login") -> str:
        return url_for(f"{self.endpoint}.{view}")

    def remember(self) -> None:
        session[_REMEMBERED] = self.endpoint


MARKET = Door(
    "entrance",
    "",
    MARKET_POLICY,
    terms.SIGN_IN,
    terms.SYSTEM,
    frozenset({Site.ADMIN, Site.PORTAL}),
    True,
    True,
    "help.index",
)
BOARD = Door(
    "board_entrance",
    "/board",
    BOARD_POLICY,
    terms.BOARD_SIGN_IN,
    terms.BOARD,
    frozenset({Site.BOARD}),
    False,
    False,
    "board_guide.index",
)
ALL = (MARKET, BOARD)


def of_site(site: Site) -> Door:
    return next(door for door in ALL if site in door.sites)


def here() -> Door:
    """The entrance of the page that was asked for; of a page of both, the one the browser came in through."""
    if request.path == BOARD.prefix or request.path.startswith(f"{BOARD.prefix}/"):
        return BOARD
    if request.endpoint == "entrance.logout" and session.get(_REMEMBERED) == BOARD.endpoint:
        return BOARD
    return MARKET
