"""Settings from the environment (contract.md). What cannot work stops the start with one sentence."""

import base64
import hashlib
import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SHORTEST_SECRET = 32  # characters
KNOWN_SECRETS = {"dev", "dev-only", "changeme", "change-me", "secret", "secret-key", "secretkey"}
COPYRIGHT = "Capacity Market Panel contributors"
CONTACTS = {  # setting -> a neutral address; the service's own is set by whoever runs it
    "CONTACT_MAIL": "contact@example.jp",
    "BOARD_CONTACT_MAIL": "board-contact@example.jp",
    "CODE_CONTACT_MAIL": "code-contact@example.jp",
}


class SettingError(Exception):
    """One sentence that names the setting."""


@dataclass(frozen=True)
class MailServer:
    """MAIL_URL. Without a host mails are written to INSTANCE_DIR/mail."""

    host: str | None = None
    port: int = 25
    username: str | None = None
    password: str | None = None
    tls: bool = False


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
    outbox_key: str  # as cryptography.Fernet wants it
    mail: "MailServer"
    mail_from: str
    board_mail_from: str  # of the board's own mails (BBS-092)
    mail_retry: timedelta
    mail_timeout: timedelta
    client_cert_required: bool  # CLIENT_CERT
    front_secret: str
    board_base_url: str
    temp_password_to_actor: bool
    contact_mail: str
    board_contact_mail: str
    code_contact_mail: str
    system_manual_url: str  # "": help says whom to ask instead
    business_manual_url: str
    terms_url: str
    image_challenge: bool  # 画像認証 of the board's 新規登録 (A24)

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
    outbox_key = _secret("OUTBOX_KEY", environ, instance_dir, demo)
    required = _choice(get("CLIENT_CERT", "off"), "CLIENT_CERT", ("off", "required")) == "required"
    board_base_url = get("BOARD_BASE_URL", base_url).rstrip("/")
    board = _origin(board_base_url, "BOARD_BASE_URL")
    if required and not demo and board.scheme == "http" and not is_loopback(board.hostname or ""):
        raise SettingError(f"BOARD_BASE_URL must begin with https:// outside the demo; it is {board_base_url!r}.")
    if required and board.hostname == parts.hostname:
        raise SettingError(
            "BOARD_BASE_URL must name another host than BASE_URL when CLIENT_CERT is required: "
            "the board is open to people without a certificate."
        )
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
        outbox_key=base64.urlsafe_b64encode(hashlib.sha256(outbox_key.encode()).digest()).decode(),
        mail=_mail_server(get("MAIL_URL", "file:")),
        mail_from=_mail_from(get("MAIL_FROM", "容量市場システム <panel@localhost>"), "MAIL_FROM"),
        board_mail_from=_mail_from(
            get("BOARD_MAIL_FROM", "発電設備等の情報掲示板 <board@localhost>"), "BOARD_MAIL_FROM"
        ),
        mail_retry=timedelta(seconds=_number(get("MAIL_RETRY_SECONDS", "60"), "MAIL_RETRY_SECONDS", 1, 3600)),
        mail_timeout=timedelta(seconds=_number(get("MAIL_TIMEOUT_SECONDS", "20"), "MAIL_TIMEOUT_SECONDS", 1, 25)),
        client_cert_required=required,
        front_secret=_front_secret(get("FRONT_SECRET", "")) if required else "",
        board_base_url=board_base_url,
        temp_password_to_actor=_switch(get("TEMP_PASSWORD_TO_ACTOR", "on"), "TEMP_PASSWORD_TO_ACTOR"),
        **{name.lower(): _contact(get(name, default), name) for name, default in CONTACTS.items()},
        system_manual_url=_page(get("SYSTEM_MANUAL_URL", ""), "SYSTEM_MANUAL_URL"),
        business_manual_url=_page(get("BUSINESS_MANUAL_URL", ""), "BUSINESS_MANUAL_URL"),
        terms_url=_page(get("TERMS_URL", ""), "TERMS_URL"),
        image_challenge=_image_challenge(get("IMAGE_CHALLENGE", "on"), demo),
    )


def _image_challenge(text: str, demo: bool) -> bool:
    """Off only where nobody real registers: robots would fill the reviewers' queue."""
    wanted = _switch(text, "IMAGE_CHALLENGE")
    if not wanted and not demo:
        raise SettingError("IMAGE_CHALLENGE must be on when DEMO is off.")
    return wanted


def _front_secret(text: str) -> str:
    """What the front proves itself with; a header carries it as it is."""
    if len(text) < SHORTEST_SECRET or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingError(
            f"FRONT_SECRET must be {SHORTEST_SECRET} random ASCII characters or more when CLIENT_CERT is required."
        )
    return text


def _origin(base_url: str, name: str = "BASE_URL") -> SplitResult:
    """An address in parts: scheme, host and port, and nothing else."""
    try:
        parts = urlsplit(base_url)
        bare = base_url == f"{parts.scheme}://{parts.netloc}" and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # no port number, or half an IPv6 address
        bare = False
    if not bare or parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(f"{name} must be an address such as https://panel.example.jp, not {base_url!r}.")
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


def _choice(text: str, name: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise SettingError(f"{name} must be {' or '.join(choices)}, not {text!r}.")
    return text


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


def _mail_server(text: str) -> MailServer:
    if text == "file:":
        return MailServer()
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        url, port = urlsplit(""), None
    if url.scheme not in ("smtp", "smtps") or not url.hostname or url.path.strip("/"):
        raise SettingError("MAIL_URL must be file:, smtp://host:port or smtps://user:password@host:port.")
    tls = url.scheme == "smtps"
    username = unquote(url.username) if url.username else None
    password = unquote(url.password) if url.password else None
    return MailServer(url.hostname, port or (465 if tls else 25), username, password, tls)


def _mail_from(text: str, name: str) -> str:
    _, address = parseaddr(text)
    if "@" not in address or any(c in text for c in "\r\n"):
        raise SettingError(f"{name} must be one mail address, with or without a name.")
    return text


def _contact(text: str, name: str) -> str:
    """A bare mail address: help prints it as it is."""
    local, _, domain = text.partition("@")
    if not (local and domain) or parseaddr(text)[1] != text or any(c.isspace() for c in text):
        raise SettingError(f"{name} must be one mail address without a name, not {text!r}.")
    return text


def _page(text: str, name: str) -> str:
    """The address of a page help leads to, or nothing."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in text)
    except ValueError:  # half an IPv6 address
        good = False
    if text and not good:
        raise SettingError(f"{name} must be an address such as https://www.example.jp/manual, not {text!r}.")
    return text


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
