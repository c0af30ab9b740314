"""The tokens of Airflow 3: JSON web tokens, as ``POST /auth/token`` gives them."""

from __future__ import annotations

import hmac
import time
import uuid
from typing import Any

from airflow_client.testing.signing import Secret, decoded, encoded
from airflow_client.testing.users import User, Users

_ALGORITHM = "HS512"
_AUDIENCE = "apache-airflow"
_COMMAND_LINE_LIFETIME = 3600
#: A lifetime below this is kept to the fraction of a second; real ones are whole seconds.
_SHORT = 60


class InvalidToken(Exception):
    """A token that this server never gave, or gave before its secret changed."""


class ExpiredToken(Exception):
    """A token whose time is over."""


class Tokens:
    """Gives and checks tokens. Any thread may use it.

    Args:
        users: Whose tokens they are.
        numbered: Whether they name the user by number, as the FAB auth manager does.
        lifetime: How long they are valid, in seconds.
        old: Whether they have the claims of Airflow 3.0.
    """

    def __init__(self, users: Users, *, numbered: bool, lifetime: float, old: bool) -> None:
        self._users = users
        self._numbered = numbered
        self._lifetime = lifetime
        self._old = old
        self._secret = Secret()

    def give(self, user: User, *, command_line: bool = False) -> str:
        """Give a token for a user; one for the command line lives an hour at most."""
        now = time.time()
        lifetime = min(self._lifetime, _COMMAND_LINE_LIFETIME) if command_line else self._lifetime
        claims: dict[str, Any] = {"sub": str(user.number) if self._numbered else user.name}
        if not self._numbered:
            claims["role"] = None if user.role == "Public" else user.role.lower()
        if self._old:
            claims["iss"] = []
        else:
            claims.update({} if self._numbered else {"teams": []})
            claims["jti"] = uuid.uuid4().hex
        claims.update(aud=_AUDIENCE, nbf=int(now), exp=now + lifetime, iat=int(now))
        if lifetime >= _SHORT:
            claims["exp"] = int(claims["exp"])
        header = {"alg": _ALGORITHM, **({} if self._old else {"kid": "not-used"}), "typ": "JWT"}
        text = f"{encoded(header)}.{encoded(claims)}"
        return f"{text}.{self._secret.signature(text, 'sha512')}"

    def user(self, token: str) -> User:
        """Give the user whom a token proves.

        Raises:
            InvalidToken: The token was never given here, or before :meth:`revoke`.
            ExpiredToken: Its time is over. Real servers grant ten seconds more.
        """
        text, _, signature = token.rpartition(".")
        expected = self._secret.signature(text, "sha512")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
            raise InvalidToken
        claims = decoded(text.partition(".")[2]) or {}
        if claims["exp"] <= time.time():
            raise ExpiredToken
        found = self._users.numbered(int(claims["sub"])) if self._numbered else self._users.find(claims["sub"])
        if found is None:
            raise InvalidToken
        return found

    def revoke(self) -> None:
        """Make all tokens that were given so far invalid."""
        self._secret.change()
