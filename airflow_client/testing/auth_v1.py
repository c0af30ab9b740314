"""Who asks ``/api/v1``: HTTP Basic, or the session of the web interface."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection

from airflow_client.testing.http1 import Request
from airflow_client.testing.sessions import Sessions
from airflow_client.testing.users import User, Users


class AuthV1:
    """The authentication backends of a server.

    Args:
        users: Who may log in.
        sessions: Who is logged in.
        backends: "basic", "session" or both.
    """

    def __init__(self, users: Users, sessions: Sessions, backends: Collection[str]) -> None:
        self._users = users
        self._sessions = sessions
        self._backends = backends

    def user(self, request: Request) -> User | None:
        """Give the user whom a request proves, or None."""
        if "session" in self._backends:
            session = self._sessions.find(request)
            if session and session.username is not None:
                return self._users.find(session.username)
        if "basic" in self._backends:
            return self._users.check(*_basic(request.headers.get("authorization", "")))
        return None


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
