"""Signatures of tokens and forms, and base64 for URLs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any


class Secret:
    """Random signing key. Any thread may use it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(64)

    def sign(self, text: str, algorithm: str) -> str:
        """Return ``text`` with a dot and its signature behind it."""
        digest = hmac.new(self._key, text.encode(), getattr(hashlib, algorithm)).digest()
        return f"{text}.{base64url(digest)}"

    def verify(self, signed: str, algorithm: str) -> str | None:
        """Return the text that was signed, or None if the signature is wrong."""
        text = signed.rpartition(".")[0]
        expected = self.sign(text, algorithm).encode()
        return text if hmac.compare_digest(signed.encode("utf-8", "replace"), expected) else None


def base64url(data: bytes | dict[str, Any]) -> str:
    """Return bytes, or a JSON object, as base64 for URLs without padding."""
    if isinstance(data, dict):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_base64url(text: str) -> dict[str, Any]:
    """Return the JSON object that :func:`base64url` encoded."""
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value
