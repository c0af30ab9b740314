"""Ways to authenticate a request: small, interchangeable classes. Those that log in first are in ``login.py``."""

from __future__ import annotations

from airflow_client.client.exceptions import ApiTypeError, ApiValueError
from airflow_client.client.headers import Headers, header_name, put, sendable, unsendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, NoReturn

    from airflow_client.client.flow import Exchange, Flow
    from airflow_client.client.server import Server
    from airflow_client.client.wire import Request, Response


class Secret:
    """Holds a credential, so that the variables and attributes that lead to it can be shown."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential is not pickled")


class Auth:
    """Sends no credentials; the base of the ways that do.

    One object serves all threads of a client. Whatever it has to send for itself it does by its flows.

    :cvar name: what an error message calls the credentials.
    """

    name = "none"

    def prepare(self, server: Server, exchange: Exchange) -> Flow[None]:
        """Obtain what :meth:`sign` needs, if it has to be obtained."""
        return
        yield  # a flow of no steps

    def sign(self, headers: dict[str, str]) -> None:
        """Add the credentials to the ``headers`` of a request."""

    def renew(self, request: Request, response: Response, server: Server, exchange: Exchange) -> Flow[bool]:
        """After ``response`` refused ``request``: obtain other credentials, and tell whether to try once more."""
        return False
        yield  # a flow of no steps

    def accepted(self, request: Request) -> None:
        """Learn that the server accepted the credentials of ``request``."""


class Basic(Auth):
    """User name and password in each request (RFC 7617): Airflow 2 with the ``basic_auth`` backend."""

    name = "Basic"

    def __init__(self, username: str, password: Secret) -> None:
        if ":" in username:
            raise ApiValueError("username must not contain ':' (RFC 7617 ends the name there)")
        self._token = Secret(basic_token(username, password.text))

    def sign(self, headers: dict[str, str]) -> None:
        put(headers, "Authorization", self._token.text)


class Bearer(Auth):
    """A ready token (RFC 6750)."""

    name = "bearer token"

    def __init__(self, access_token: Secret) -> None:
        self._token = bearer_token(access_token)

    def sign(self, headers: dict[str, str]) -> None:
        put(headers, "Authorization", self._token.text)


class Settings(Auth):
    """What the ``_request_auths`` of a call lists, in the form that ``Configuration.auth_settings()`` gives."""

    name = "_request_auths"

    def __init__(self, settings: Iterable[Mapping[str, Any]]) -> None:
        self._headers = Headers()
        for setting in settings:
            if not hasattr(setting, "keys") or not {"in", "key", "value"} <= set(setting.keys()):
                raise ApiTypeError("_request_auths must be a list of mappings with 'in', 'key' and 'value'")
            place, key, value = setting["in"], setting["key"], sendable("_request_auths", setting["value"])
            if place == "cookie":
                self._headers["Cookie"] = value
            elif place == "header":
                self._headers[header_name("_request_auths", key)] = value
            else:
                raise ApiValueError(f"_request_auths: 'in' must be 'header' or 'cookie', not {place!r}")

    def sign(self, headers: dict[str, str]) -> None:
        for name, value in self._headers.items():
            put(headers, name, value)


def basic_token(username: str, password: str) -> str:
    """The value of the Authorization header for a user name and a password, in UTF-8 as Airflow reads it."""
    from base64 import b64encode

    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")


def bearer_token(access_token: Secret) -> Secret:
    """The value of the Authorization header for a token.

    :raises ApiValueError: a header cannot carry it.
    """
    if not isinstance(access_token.text, str):
        raise ApiTypeError(f"access_token must be a str, not {type(access_token.text).__name__}")
    problem = unsendable(access_token.text)
    if problem is not None:
        raise ApiValueError(f"access_token {problem}")
    return Secret(f"Bearer {access_token.text}")
