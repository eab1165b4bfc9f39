"""Fills in deploy/nginx/ for one site, from the settings the panel itself reads.

    python -m tools.front render FOLDER     write the configuration into FOLDER (docs/front.md)

Settings (environment): BASE_URL, BOARD_BASE_URL, FRONT_SECRET, HOST and PORT as the panel has them;
FRONT_CERTS (folder with server.crt, server.key, issuing.crt, chain.crt, crl.pem), FRONT_LISTEN (443),
FRONT_USER (www-data).
"""

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

SOURCE = Path(__file__).parent.parent / "deploy/nginx"
SHORTEST_SECRET = 32  # characters, as config.py asks
NEEDED = ("server.crt", "server.key", "issuing.crt", "chain.crt", "crl.pem")
_FRAME = "frame.html"  # what all our own pages have around them
_PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class SettingError(Exception):
    """One sentence that names the setting."""


def values(environ: Mapping[str, str]) -> dict[str, str]:
    """What the ${NAMES} of the templates stand for. Raises SettingError."""
    portal, portal_authority = _origin(environ, "BASE_URL")
    board, board_authority = _origin(environ, "BOARD_BASE_URL")
    if portal == board:
        raise SettingError("BOARD_BASE_URL must have another host name than BASE_URL: it asks for no certificate.")
    upstream = f"{environ.get('HOST') or '127.0.0.1'}:{environ.get('PORT') or '8000'}"
    return {
        "PORTAL_HOST": portal,
        "PORTAL_AUTHORITY": portal_authority,
        "BOARD_HOST": board,
        "BOARD_AUTHORITY": board_authority,
        "HELP_ADDRESS": f"https://{board_authority}",  # without a certificate help is read there only
        "UPSTREAM": _shaped("HOST and PORT", upstream, r"[A-Za-z0-9.:\[\]-]+:[0-9]+"),
        "FRONT_LISTEN": _shaped("FRONT_LISTEN", environ.get("FRONT_LISTEN") or "443", r"[0-9A-Fa-f.:\[\]*]+"),
        "FRONT_USER": _shaped("FRONT_USER", environ.get("FRONT_USER") or "www-data", r"[A-Za-z0-9_-]+"),
        "FRONT_CERTS": _certs(environ.get("FRONT_CERTS", "")),
        "FRONT_SECRET": _secret(environ.get("FRONT_SECRET", "")),
    }


def render(folder: Path, environ: Mapping[str, str]) -> None:
    """Write nginx.conf and what it includes; run/ and logs/ beside it. Raises SettingError."""
    known = values(environ)
    secret = known.pop("FRONT_SECRET")
    for name in ("pages", "run", "logs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for source in sorted(SOURCE.glob("*.*")):
        (folder / source.name).write_text(_filled(source.read_text(encoding="utf-8"), known), encoding="utf-8")
    for source in sorted((SOURCE / "pages").iterdir()):
        if source.name != _FRAME:
            text = source.read_text(encoding="utf-8")
            made = _page(text, known) if source.suffix == ".html" else text
            (folder / "pages" / source.name).write_text(made, encoding="utf-8")
    path = folder / "secret.inc"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(f'map "" $front_secret {{ default "{secret}"; }}\n', encoding="ascii")


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: known[found[1]], text)


def _page(main: str, known: Mapping[str, str]) -> str:
    """A whole page around its own part, which begins with the name of the screen."""
    frame = (SOURCE / "pages" / _FRAME).read_text(encoding="utf-8")
    title = main.partition("<h1>")[2].partition("</h1>")[0]
    own = _filled(main, known).strip().replace("\n", "\n    ")
    return _filled(frame, {"TITLE": title, "MAIN": own})


def _origin(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """Host name, and host name with port if there is one."""
    parts = urlsplit(environ.get(name, "").rstrip("/"))
    host = parts.hostname or ""
    if parts.scheme != "https" or not _HOST.fullmatch(host) or parts.path or parts.query or "@" in parts.netloc:
        raise SettingError(f"{name} must be an address such as https://portal.example.jp.")
    return host, parts.netloc.lower()


def _certs(text: str) -> str:
    folder = Path(text).absolute()
    missing = [name for name in NEEDED if not (folder / name).is_file()] if text else ["everything"]
    if missing:
        raise SettingError(f"FRONT_CERTS must be a folder with {', '.join(NEEDED)}; missing: {', '.join(missing)}.")
    return _shaped("FRONT_CERTS", str(folder), r"[A-Za-z0-9._/@+-]+")


def _secret(text: str) -> str:
    if len(text) < SHORTEST_SECRET:
        raise SettingError(f"FRONT_SECRET must be {SHORTEST_SECRET} random characters or more.")
    return _shaped("FRONT_SECRET", text, r"[A-Za-z0-9._~+/=-]+")


def _shaped(name: str, text: str, pattern: str) -> str:
    """`text`, which goes into the configuration as it is. Raises SettingError."""
    if not re.fullmatch(pattern, text):
        raise SettingError(f"{name} holds characters that cannot stand in a configuration: {pattern} is allowed.")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.front", description="Fills in deploy/nginx for one site.")
    parser.add_argument("command", choices=("render",))
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.absolute()
    try:
        render(folder, os.environ)
    except SettingError as error:
        sys.exit(str(error))
    print(f"Written. Check it with: nginx -t -p {folder}/ -c {folder}/nginx.conf")


if __name__ == "__main__":
    main()
