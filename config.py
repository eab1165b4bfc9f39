"""Settings from the environment (contract.md). What cannot work stops the start with one sentence."""

import base64
import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SHORTEST_SECRET = 32  # characters
KNOWN_SECRETS = {"dev", "dev-only", "changeme", "change-me", "secret", "secret-key", "secretkey"}
COPYRIGHT = "Capacity Market Panel contributors"


class SettingError(Exception):
    """One sentence that names the setting."""


@dataclass(frozen=True)
class Settings:
    host: str
    port: int
    base_url: str
    instance_dir: Path
    database_url: str
    demo: bool
    secret_key: str
    session_idle: timedelta
    session_absolute: timedelta
    sign_in_failures_per_minute: int
    copyright: str

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https:")

    @property
    def embedded(self) -> bool:
        """True if the database is the SQLite file in INSTANCE_DIR."""
        return self.database_url.startswith("sqlite")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting; makes INSTANCE_DIR and, for the demo, its keys. Raises SettingError."""

    def get(name: str, default: str) -> str:
        return environ.get(name, "").strip() or default

    host, port = get("HOST", "127.0.0.1"), _number(get("PORT", "8000"), "PORT", 1, 65535)
    base_url = get("BASE_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}").rstrip("/")
    parts = _origin(base_url)

    instance_dir = Path(get("INSTANCE_DIR", str(Path(__file__).parent / "instance"))).absolute()
    _make_folder(instance_dir)
    database_url = _database_url(get("DATABASE_URL", f"sqlite:///{instance_dir / 'panel.db'}"))
    embedded = database_url.startswith("sqlite")
    demo = _switch(get("DEMO", "on" if embedded and is_loopback(host) else "off"), "DEMO")
    if not demo and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise SettingError(
            f"BASE_URL must begin with https:// outside the demo, because sign-in cookies need TLS; it is {base_url!r}."
        )
    if environ.get("FLASK_DEBUG", "").lower() in ("1", "true", "on") and not demo:
        raise SettingError("FLASK_DEBUG must not be set with DEMO=off: it shows source code to visitors.")
    _secret("OUTBOX_KEY", environ, instance_dir, demo)
    return Settings(
        host=host,
        port=port,
        base_url=base_url,
        instance_dir=instance_dir,
        database_url=database_url,
        demo=demo,
        secret_key=_secret("SECRET_KEY", environ, instance_dir, demo),
        session_idle=timedelta(minutes=_number(get("SESSION_IDLE_MINUTES", "30"), "SESSION_IDLE_MINUTES", 1, 24 * 60)),
        session_absolute=timedelta(hours=_number(get("SESSION_HOURS", "12"), "SESSION_HOURS", 1, 7 * 24)),
        sign_in_failures_per_minute=_number(
            get("SIGN_IN_FAILURES_PER_MINUTE", "30"), "SIGN_IN_FAILURES_PER_MINUTE", 1, 10**9
        ),
        copyright=get("COPYRIGHT", COPYRIGHT),
    )


def _origin(base_url: str) -> SplitResult:
    """BASE_URL in parts: scheme, host and port, and nothing else."""
    try:
        parts = urlsplit(base_url)
        bare = base_url == f"{parts.scheme}://{parts.netloc}" and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # no port number, or half an IPv6 address
        bare = False
    if not bare or parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(f"BASE_URL must be an address such as https://panel.example.jp, not {base_url!r}.")
    return parts


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _number(text: str, name: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, not {text!r}.") from None
    if not least <= number <= most:
        raise SettingError(f"{name} must be between {least} and {most}, not {number}.")
    return number


def _switch(text: str, name: str) -> bool:
    if text not in ("on", "off"):
        raise SettingError(f"{name} must be on or off, not {text!r}.")
    return text == "on"


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter: a port that is no number
        raise SettingError("DATABASE_URL is no database address.") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingError("DATABASE_URL must name a file, such as sqlite:////srv/panel/panel.db.")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise SettingError(f"DATABASE_URL must begin with postgresql+psycopg:// or sqlite:///, not {url.drivername}.")
    return url.render_as_string(hide_password=False)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"INSTANCE_DIR {folder} cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.W_OK):
        raise SettingError(f"INSTANCE_DIR {folder} cannot be written to.")


def _secret(name: str, environ: Mapping[str, str], folder: Path, demo: bool) -> str:
    """From the environment, or from its file in INSTANCE_DIR; the demo makes that file."""
    path = folder / name.lower()
    value = environ.get(name, "")
    if not value and demo and not path.exists():
        made = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(made, encoding="ascii")
        try:
            os.link(draft, path)  # whoever is first wins, and nobody reads half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if not value and path.exists():
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingError(f"{name} cannot be read from {path}.") from None
    if not value:
        raise SettingError(f"{name} must be set, or present as {path}, when DEMO is off.")
    if len(value) < SHORTEST_SECRET or value.lower() in KNOWN_SECRETS or len(set(value)) < 10:
        raise SettingError(f"{name} must be {SHORTEST_SECRET} random characters or more.")
    return value
