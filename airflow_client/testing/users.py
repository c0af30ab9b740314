"""Who may ask an embedded server, and how HTTP Basic says who asks."""

from __future__ import annotations

import base64
import binascii

#: Whether a role may read XComs. The names are Airflow's own.
ROLES = {"Admin": True, "Op": True, "User": True, "Viewer": True, "Public": False}


class Users:
    """The users of a server. Any thread may use it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def add(self, username: str, password: str, role: str) -> None:
        """Add a user, or change one; user names differ by more than case, as in Airflow."""
        self._known[username.lower()] = (password, role)

    def role(self, authorization: str | None) -> str | None:
        """Give the role of the user whom an ``Authorization`` header proves, or None.

        Args:
            authorization: The header's value as it came, or None.
        """
        username, password = _basic(authorization or "")
        known = self._known.get(username.lower())
        return known[1] if known and password and known[0] == password else None


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "", ""
    username, _, password = decoded.partition(":")
    return username, password
