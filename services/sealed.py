"""Facts a page carries for us and cannot read or change: Fernet under a key made of SECRET_KEY."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken

from domain import clock

LONGEST = 4000  # characters


def seal(secret_key: str, purpose: str, facts: Mapping[str, str]) -> str:
    now = int(clock.now().timestamp())
    return _box(secret_key, purpose).encrypt_at_time(json.dumps(facts).encode(), now).decode()


def unseal(secret_key: str, purpose: str, text: str, good_for: timedelta) -> dict[str, str] | None:
    """The facts, or None: changed, of another purpose, or too old."""
    if not text.isascii() or len(text) > LONGEST:
        return None
    now, seconds = int(clock.now().timestamp()), int(good_for.total_seconds())
    try:
        opened: dict[str, str] = json.loads(
            _box(secret_key, purpose).decrypt_at_time(text, ttl=seconds, current_time=now)
        )
    except InvalidToken:
        return None
    return opened


def _box(secret_key: str, purpose: str) -> Fernet:
    digest = hashlib.sha256(f"{purpose}:{secret_key}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
