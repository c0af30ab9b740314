"""Ways to authenticate a request: small, interchangeable classes. Those that log in first are in ``login.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError
from airflow_client.xcom.headers import Headers, Secret, basic_token, check_header_value, header_name, header_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.policy import CallContext, Flow
    from airflow_client.xcom.core.server import Server


class Auth:
    """Sends no credentials; the base of the ways that do.

    One object serves all threads of a client. Whatever it has to send for itself it does by its flows.

    :cvar name: what an error message calls the credentials.
    :cvar is_proven: False while the server has neither accepted the credentials nor can have counted them as wrong:
        until then they are sent by one call at a time.
    """

    name = "none"
    is_proven: bool = True

    def prepare(self, server: Server, context: CallContext) -> Flow[None]:
        """Obtain what :meth:`sign` needs, if it has to be obtained."""
        return
        yield  # a flow of no steps

    def sign(self, headers: Headers) -> None:
        """Add the credentials to the ``headers`` of a request."""

    def renew(self, request: Request, response: Response, server: Server, context: CallContext) -> Flow[bool]:
        """After ``response`` refused ``request``: obtain other credentials, and tell whether to try once more."""
        return False
        yield  # a flow of no steps

    def accepted(self, request: Request) -> None:
        """Learn that the server accepted the credentials of ``request``."""


class Basic(Auth):
    """User name and password in each request (RFC 7617): Airflow 2 with the ``basic_auth`` backend."""

    name = "Basic"

    def __init__(self, username: str, password: Secret[str]) -> None:
        if ":" in username:
            raise ApiValueError("username must not contain ':' (RFC 7617 ends the name there)")
        self._token = Secret(basic_token(username, password.value))

    def sign(self, headers: Headers) -> None:
        headers["Authorization"] = self._token.value


class Bearer(Auth):
    """A ready token (RFC 6750)."""

    name = "bearer token"

    def __init__(self, access_token: Secret[str]) -> None:
        self._token = bearer_token(access_token)

    def sign(self, headers: Headers) -> None:
        headers["Authorization"] = self._token.value


class Settings(Auth):
    """What the ``_request_auths`` of a call lists, in the form that ``Configuration.auth_settings()`` gives."""

    name = "_request_auths"

    def __init__(self, settings: Secret[Iterable[Mapping[str, Any]]]) -> None:
        self._headers = Headers()
        for setting in map(Secret, settings.value):
            if not hasattr(setting.value, "keys") or not {"in", "key", "value"} <= set(setting.value.keys()):
                raise ApiTypeError("_request_auths must be a list of mappings with 'in', 'key' and 'value'")
            place, name = setting.value["in"], setting.value["key"]
            if place not in ("header", "cookie"):
                raise ApiValueError(f"_request_auths: 'in' must be 'header' or 'cookie', not {place!r}")
            name = "Cookie" if place == "cookie" else header_name("_request_auths", name)
            self._headers[name] = check_header_value("_request_auths", Secret(setting.value["value"]))

    def sign(self, headers: Headers) -> None:
        headers.update(self._headers)


def bearer_token(access_token: Secret[str]) -> Secret[str]:
    """The value of the Authorization header for a token.

    :raises ApiValueError: a header cannot carry it.
    """
    if not isinstance(access_token.value, str):
        raise ApiTypeError(f"access_token must be a str, not {type(access_token.value).__name__}")
    problem = header_problem(access_token.value)
    if problem is not None:
        raise ApiValueError(f"access_token {problem}")
    return Secret(f"Bearer {access_token.value}")
