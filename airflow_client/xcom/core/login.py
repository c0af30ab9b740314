"""Choice of the login, and logins with tokens."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

from airflow_client.xcom.core.auth import (
    Auth,
    CachedCredentials,
    Password,
    login_unavailable,
    mark_refused,
    too_many_logins,
)
from airflow_client.xcom.core.web_login import PasswordLogin, SessionLogin
from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, UnauthorizedException
from airflow_client.xcom.headers import Headers, Secret, header_problem
from airflow_client.xcom.model.error import Error
from airflow_client.xcom.session_file import SessionFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.policy import CallContext, Flow
    from airflow_client.xcom.core.server import Server

#: Statuses of a refused login.
_REFUSALS = frozenset({400, 401, 403, 422, 429})


def auth_for(configuration: Configuration, api_version: ApiVersion | None) -> Auth:
    """Return the authentication for ``configuration``: a token, else user name and password, else none.

    :param api_version: the server's; None while unknown, when no login with a password is possible.
    """
    # Tracebacks show the variables of this function: none of them may hold a credential.
    if callable(configuration.access_token):
        return SuppliedToken(configuration.access_token)
    if configuration.access_token is not None:
        return bearer(Secret(configuration.access_token))
    if api_version is None or configuration.username is None or configuration.password is None:
        return Auth()
    method = configuration.login or api_version.login_methods[0]
    if method not in api_version.login_methods:
        accepted = ", ".join(map(repr, api_version.login_methods))
        raise ApiValueError(f"login must be None or one of {accepted} on {api_version.airflow}, not {method!r}")
    username, password = configuration.username, Password(Secret(configuration.password))
    shared = None if configuration.session_file is None else SessionFile(configuration.session_file)
    if method == "token":
        return TokenLogin(username, password, shared)
    if method == "session":
        return SessionLogin(username, password, shared)
    return PasswordLogin(username, password, uses_sessions=method == "auto", shared=shared)


def bearer(access_token: Secret[str]) -> Auth:
    """Return a fixed token (RFC 6750)."""
    return Auth("bearer token", Headers({"Authorization": bearer_token(access_token).value}))


def bearer_token(access_token: Secret[str]) -> Secret[str]:
    """Return the Authorization header's value for a token."""
    if not isinstance(access_token.value, str):
        raise ApiTypeError(f"access_token must be a str, not {type(access_token.value).__name__}")
    problem = header_problem(access_token.value)
    if access_token.value[:7].lower() == "bearer ":
        problem = "begins with 'Bearer ', which would be sent twice: pass the token alone"
    if problem is not None:
        raise ApiValueError(f"access_token {problem}")
    return Secret(f"Bearer {access_token.value}")


class SuppliedToken(CachedCredentials):
    """Token from the user's function, which is called again when the token expires or is refused."""

    name = "supplied token"
    refused_seconds: float = 1.0  # covers calls that waited for the failed one; later calls try again

    def __init__(self, supply: Callable[[], str]) -> None:
        super().__init__()
        self._supply = supply

    def _fetch(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        try:
            return _bearer(Secret(self._supply()))
        except Exception as error:
            failure = UnauthorizedException(0, f"access_token() failed: {type(error).__name__}: {error}")
            raise mark_refused(failure) from error
        yield  # makes this a generator


class TokenLogin(CachedCredentials):
    """Token from Airflow 3's login for user name and password (``POST /auth/token``; simple and FAB auth managers)."""

    name = "token login"
    kind = "token"

    def __init__(self, username: str, password: Password, shared: SessionFile | None = None) -> None:
        super().__init__(username, shared)
        self._password = password

    def _fetch(self, server: Server, context: CallContext) -> Flow[tuple[Secret[str], float | None]]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        body = Secret(json.dumps({"username": self._username, "password": self._password.reveal().value}))
        request = server.request("POST", "/auth/token", headers, body.value.encode())
        response = yield from context.send(request, repeatable=True)
        if response.status in (200, 201):
            try:
                token = _bearer(Secret(json.loads(response.data or b"")["access_token"]))
            except (ValueError, RecursionError, LookupError, TypeError) as error:
                raise login_unavailable(request, response, "the response has no token") from error
            self.proof = self.proof or "login"
            return token
        if response.status in (404, 405) or 300 <= response.status <= 399:
            raise login_unavailable(request, response, "the server has no /auth/token")
        if response.status == 429:
            raise too_many_logins(request, response)
        self.proof = None
        failure = server.failure(request, response, self)
        if failure.error is not None:
            # The error echoes the request: no exception may hold the password.
            failure.error = Error(detail=failure.error.text)
        failure.body = failure.raw_data = None
        raise mark_refused(failure) if response.status in _REFUSALS else failure


def _bearer(token: Secret[str]) -> tuple[Secret[str], float | None]:
    return bearer_token(token), token_life(token.value)


def token_life(token: str) -> float | None:
    """Return the lifetime of a JSON Web Token in seconds, by its own claims (RFC 7519, 4.1), or None."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        lifetime = float(claims["exp"] - claims["iat"])
    except (ValueError, RecursionError, LookupError, TypeError, OverflowError):
        return None
    return lifetime if lifetime > 0 else None
