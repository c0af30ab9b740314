"""JSON web tokens of Airflow 3."""

from __future__ import annotations

import time
import uuid
from typing import Any

from airflow_client.testing.signing import Secret, base64url, parse_base64url
from airflow_client.testing.users import User, Users

_ALGORITHM = "sha512"
_AUDIENCE = "apache-airflow"
_LEEWAY = 10
_CLI_LIFETIME = 3600
#: Tokens with a shorter lifetime expire at a fraction of a second; real ones at whole seconds.
_SHORT_LIFETIME = 60


class InvalidToken(Exception):
    """Token with another signature, or of an unknown user."""


class ExpiredToken(Exception):
    """Token that has expired."""


class Tokens:
    """Issuer and verifier of tokens. Any thread may use it.

    :param names_user_by_id: whether the subject is the user's id, as the FAB auth manager has it.
    """

    def __init__(self, users: Users, *, names_user_by_id: bool, lifetime: float, is_3_0: bool) -> None:
        self._users = users
        self._names_user_by_id = names_user_by_id
        self._lifetime = lifetime
        self._is_3_0 = is_3_0
        self._secret = Secret()
        self._expired: list[Secret] = []

    def issue(self, user: User, *, cli: bool = False) -> str:
        """Return a token of a user; one for the command line lives at most an hour."""
        now = time.time()
        lifetime = min(self._lifetime, _CLI_LIFETIME) if cli else self._lifetime
        claims: dict[str, Any] = {"sub": str(user.id) if self._names_user_by_id else user.name}
        if not self._names_user_by_id:
            claims["role"] = None if user.role == "Public" else user.role.lower()
        if self._is_3_0:
            claims["iss"] = []
        else:
            claims.update({} if self._names_user_by_id else {"teams": []})
            claims["jti"] = uuid.uuid4().hex
        expires = now + lifetime
        claims.update(
            aud=_AUDIENCE, nbf=int(now), exp=expires if lifetime < _SHORT_LIFETIME else int(expires), iat=int(now)
        )
        header = {"alg": "HS512", **({} if self._is_3_0 else {"kid": "not-used"}), "typ": "JWT"}
        return self._secret.sign(f"{base64url(header)}.{base64url(claims)}", _ALGORITHM)

    def user(self, token: str) -> User:
        """Return the user of a token, unless it is invalid or expired; real servers grant ten more seconds."""
        text = self._secret.verify(token, _ALGORITHM)
        if text is None:
            expired = any(secret.verify(token, _ALGORITHM) for secret in list(self._expired))
            raise ExpiredToken if expired else InvalidToken
        claims, now = parse_base64url(text.partition(".")[2]), time.time()
        if claims.get("aud") != _AUDIENCE or claims.get("nbf", 0) > now + _LEEWAY or "exp" not in claims:
            raise InvalidToken
        if claims["exp"] <= now:
            raise ExpiredToken
        subject = claims["sub"]
        if not self._names_user_by_id:  # like a real server, it trusts the token
            return User(0, subject, "", (claims.get("role") or "public").capitalize())
        user = self._users.find_by_id(int(subject))
        if user is None:
            raise InvalidToken
        return user

    def revoke(self) -> None:
        """Invalidate every token."""
        self._expired.clear()
        self._secret = Secret()

    def expire(self) -> None:
        """Let every token expire."""
        self._expired.append(self._secret)
        self._secret = Secret()
