"""Authentication of ``/api/v1``: HTTP Basic, or a session of the web interface with the CSRF token of its form."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
import uuid
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from airflow_client.testing.application import Request
from airflow_client.testing.signing import Secret, base64url
from airflow_client.testing.users import User, Users

_ALGORITHM = "sha1"


class CsrfError(Exception):
    """Form without a valid CSRF token; the message is that of a real server."""


@dataclass
class Session:
    """Session with its cookie, its user if logged in, and the secret of its forms."""

    cookie: str
    username: str | None = None
    form_secret: str | None = None


class Sessions:
    """Sessions of a server. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secret = Secret()
        self._sessions: dict[str, Session] = {}

    def find(self, request: Request) -> Session | None:
        """Return the live session of a request's cookie, or None."""
        try:
            cookie = SimpleCookie(request.headers.get("cookie", "")).get("session")
        except CookieError:
            return None
        with self._lock:
            return self._sessions.get(cookie.value) if cookie else None

    def create(self, username: str | None = None) -> Session:
        """Start a session, logged in or not."""
        session = Session(self.new_cookie(), username)
        with self._lock:
            self._sessions[session.cookie] = session
        return session

    def new_cookie(self) -> str:
        """Return the cookie of a session that nobody needs to find again."""
        return f"{uuid.uuid4()}.{secrets.token_urlsafe(20)}"

    def end(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(session.cookie, None)

    def end_all(self) -> None:
        """End all sessions."""
        with self._lock:
            self._sessions.clear()

    def csrf_token(self, session: Session) -> str:
        """Return a CSRF token for a form of a session."""
        session.form_secret = session.form_secret or secrets.token_hex(20)
        text = f"{base64url(session.form_secret.encode())}.{secrets.token_urlsafe(4)}"
        return self._secret.sign(text, _ALGORITHM)

    def check_csrf_token(self, session: Session | None, token: str) -> None:
        """Raise :class:`CsrfError` unless a token is one of this session."""
        if not token:
            raise CsrfError("The CSRF token is missing.")
        if session is None or session.form_secret is None:
            raise CsrfError("The CSRF session token is missing.")
        text = self._secret.verify(token, _ALGORITHM)
        if text is None:
            raise CsrfError("The CSRF token is invalid.")
        if text.partition(".")[0] != base64url(session.form_secret.encode()):
            raise CsrfError("The CSRF tokens do not match.")


class Authentication:
    """Authentication by sessions, which every backend accepts, and by HTTP Basic where it is on."""

    def __init__(self, users: Users, sessions: Sessions, *, takes_basic: bool) -> None:
        self._users = users
        self._sessions = sessions
        self._takes_basic = takes_basic

    def user(self, request: Request) -> User | None:
        """Return the user of a request, or None if it is anonymous."""
        session = self._sessions.find(request)
        if session and session.username is not None:
            return self._users.find(session.username)
        if self._takes_basic:
            return self._users.authenticate(*_basic_credentials(request.headers.get("authorization", "")))
        return None


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "", ""
    username, _, password = decoded.partition(":")
    return username, password
