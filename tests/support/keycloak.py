"""A stub of Keycloak's token endpoint for clients with a secret. It is not Keycloak: it knows this request alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any, Callable

from tests.support.front import Front, Received, Reply

PATH = "/realms/company/protocol/openid-connect/token"
CLIENT_ID, CLIENT_SECRET = "reports", "client-secret"


class KeycloakStub:
    """A server on loopback that answers ``PATH``.

    :param issue: returns a token and its lifetime in seconds.
    :ivar url: its root.
    :ivar issued: number of tokens.
    """

    def __init__(self, issue: Callable[[], tuple[str, int]]) -> None:
        self.issued = 0
        self._issue = issue
        self._front = Front("http://unused", self._answer)
        self.url = self._front.url

    def __enter__(self) -> KeycloakStub:
        self._front.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._front.__exit__(*exc_info)

    def _answer(self, request: Received) -> Reply:
        expected = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"}
        if (request.method, request.path) != ("POST", PATH) or request.form() != expected:
            return Reply(401, {"error": "unauthorized_client"})
        token, seconds = self._issue()
        self.issued += 1
        return Reply(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


def signed_jwt(secret: str, seconds: int, **claims: Any) -> str:
    """Return a token signed with HS512, valid from now on."""
    now = int(time.time())
    claims = {"iat": now, "nbf": now, "exp": now + seconds, **claims}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS512", "typ": "JWT"}, claims)
    ]
    signature = hmac.new(secret.encode(), b".".join(parts), hashlib.sha512).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
