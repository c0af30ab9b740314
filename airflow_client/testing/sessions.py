"""The sessions of Airflow 2's web interface: a cookie each, some of them logged in."""

from __future__ import annotations

import hmac
import secrets
import threading
import uuid
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from airflow_client.testing.http1 import Request
from airflow_client.testing.signing import Secret, encoded


class CsrfError(Exception):
    """A form came without the token that was sent with it; the message is what a real server says."""


@dataclass
class Session:
    """One session: its cookie's value, the name of who is logged in, the secret of its forms."""

    cookie: str
    username: str | None = None
    form: str | None = None


class Sessions:
    """The sessions of a server. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secret = Secret()
        self._known: dict[str, Session] = {}

    def find(self, request: Request) -> Session | None:
        """Give the session whose cookie a request brings; None without one, or when it is dead."""
        try:
            cookie = SimpleCookie(request.headers.get("cookie", "")).get("session")
        except CookieError:
            return None
        with self._lock:
            return self._known.get(cookie.value) if cookie else None

    def start(self, username: str | None = None) -> Session:
        """Start a session, logged in or not."""
        session = Session(self.new_cookie(), username)
        with self._lock:
            self._known[session.cookie] = session
        return session

    def new_cookie(self) -> str:
        """Give a cookie's value for a session that is not worth remembering."""
        return f"{uuid.uuid4()}.{secrets.token_urlsafe(20)}"

    def end(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            self._known.pop(session.cookie, None)

    def expire(self) -> None:
        """End all sessions."""
        with self._lock:
            self._known.clear()

    def form_token(self, session: Session) -> str:
        """Give the token that a form of this session must bring back."""
        session.form = session.form or secrets.token_hex(20)
        text = f"{encoded(session.form.encode())}.{secrets.token_urlsafe(4)}"
        return f"{text}.{self._secret.signature(text)}"

    def check_form(self, session: Session | None, token: str) -> None:
        """Check the token that a form brought.

        Raises:
            CsrfError: It is not the one that was sent with the form.
        """
        if not token:
            raise CsrfError("The CSRF token is missing.")
        if session is None or session.form is None:
            raise CsrfError("The CSRF session token is missing.")
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._secret.signature(text).encode()):
            raise CsrfError("The CSRF token is invalid.")
        if text.partition(".")[0] != encoded(session.form.encode()):
            raise CsrfError("The CSRF tokens do not match.")
