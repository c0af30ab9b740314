"""A secret that signs what a server hands out: tokens, sessions, forms."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any, Union


class Secret:
    """A random secret. Any thread may use it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(64)

    def signature(self, text: str, algorithm: str = "sha1") -> str:
        """Give the signature of a text: base64 for URLs, without padding."""
        return encoded(hmac.new(self._key, text.encode(), getattr(hashlib, algorithm)).digest())

    def change(self) -> None:
        """Take another secret: nothing that was signed so far is valid any longer."""
        self._key = secrets.token_bytes(64)


def encoded(data: Union[bytes, dict[str, Any]]) -> str:
    """Give bytes, or a JSON object, as base64 for URLs, without padding."""
    if isinstance(data, dict):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> dict[str, Any] | None:
    """Give the JSON object that :func:`encoded` wrote, or None."""
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
    return value if isinstance(value, dict) else None
