"""The server at the configured host: discovery of its API version, and of wrong settings of the host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_client.xcom.core import decoding, hints
from airflow_client.xcom.core.api_version import API_VERSIONS, ApiVersion
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.policy import Exclusive
from airflow_client.xcom.exceptions import ApiException, TlsException, TransportException, UnexpectedContentException
from airflow_client.xcom.headers import Headers
from airflow_client.xcom.urls import origin_and_path, root_of_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.policy import AuthFor, CallContext, Flow

#: Timeouts in seconds of the requests for the other API, and with the other scheme.
_ASK, _PROBE = 5.0, 1.0


class Server:
    """The server at the configured ``host``.

    :ivar str origin: scheme, host and port.
    :ivar str root: path of Airflow at the origin, such as ``/team-a/airflow``, or empty.
    :ivar ApiVersion api_version: version of the server's API; None until known.
    :ivar str version: Airflow's release, such as ``2.11.2``; None until known.
    :ivar headers: returns the client's default headers, for requests outside the API.
    :ivar is_scheme_known: the server has answered a call, or the other of http and https was tried.
    """

    __slots__ = ("_is_found", "_other", "api_version", "headers", "is_scheme_known", "origin", "root", "version")

    def __init__(self, host: str, headers: Callable[[], Headers]) -> None:
        self.origin: str
        self.origin, path = origin_and_path(host)
        self.api_version: ApiVersion | None = None
        self.version: str | None = None
        self.headers: Callable[[], Headers] = headers
        #: A hint if the server has another version of the API than the host names; None until it was looked for.
        self._other: str | None = None
        self._is_found = False  # no call has succeeded
        self.is_scheme_known: bool = False
        self.root: str = path
        for api_version in API_VERSIONS:
            if path.endswith(api_version.prefix):
                self.api_version, self.root = api_version, path[: -len(api_version.prefix)]

    def request(self, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes | None = None) -> Request:
        """Return a request outside the API, such as a login, to a path below Airflow's root."""
        merged = self.headers().copy()
        merged.update(headers)
        return Request(method, self.origin, self.root + path, merged, body)

    def failure(self, request: Request, response: Response, auth: Auth) -> ApiException:
        """Return the exception for an error response to such a request."""
        return decoding.failure(request, response, self.api_version or API_VERSIONS[0], auth)

    def is_xcom_missing(self, error: ApiException) -> bool:
        """Return True if ``error`` means that the XCom, and not the path, does not exist."""
        return self.api_version is not None and self.api_version.is_xcom_not_found(error.status, error.error)

    def discover(self, auth_for: AuthFor, context: CallContext) -> Flow[ApiVersion]:
        """Find the server's API version, once for all waiting calls."""
        yield Exclusive("server", self._probe(API_VERSIONS, auth_for, context), context.remaining())
        assert self.api_version is not None  # noqa: S101  # or _probe has raised
        return self.api_version

    def find_version(self, auth_for: AuthFor, context: CallContext) -> Flow[str]:
        """Find the server's Airflow release, once for all waiting calls."""
        api_versions = API_VERSIONS if self.api_version is None else (self.api_version,)
        yield Exclusive("server", self._probe(api_versions, auth_for, context), context.remaining())
        assert self.version is not None  # noqa: S101  # or _probe has raised
        return self.version

    def responded(self, response: Response) -> None:
        """Record the response to a call."""
        self.is_scheme_known = True
        self._is_found = self._is_found or response.status < 300

    def diagnose(self, error: ApiException, auth_for: AuthFor, context: CallContext) -> Flow[None]:
        """If a call failed because the host names the API of the other Airflow, say so in the hint of ``error``."""
        if self.api_version is not None and self.version is None and self._has_neither(self.api_version, error):
            if self._other is None:
                self._other = ""  # no other call needs to look too
                self._other = yield from self._ask_for_other(auth_for, context)
            error.hint = self._other or error.hint

    def _has_neither(self, api_version: ApiVersion, error: ApiException) -> bool:
        """Return True if the server seems to have neither the API nor its login."""
        if isinstance(error, UnexpectedContentException):
            is_login = (error.reason or "").startswith("cannot log in")
            return error.status == 0 or (is_login and not 300 <= error.status <= 399)
        return not self._is_found and api_version.is_path_not_found(error.status, error.error)

    def _ask_for_other(self, auth_for: AuthFor, context: CallContext) -> Flow[str]:
        """Look for another version of the API than the host names; return a hint, or "" if there is none."""
        for api_version in API_VERSIONS:
            if api_version is self.api_version:
                continue
            try:
                version = (yield from self._ask_version(api_version, auth_for, context.aside(_ASK)))[2]
            except ApiException:
                continue
            if version is not None:
                return (
                    f"this server is Airflow {version}, whose API is {api_version.prefix}: set "
                    f"Configuration(host={self.origin + self.root + api_version.prefix!r}), or leave the API out of it"
                )
        return ""

    def check_scheme(self, error: TransportException, context: CallContext) -> Flow[None]:
        """Try the other of http and https after the first request to the server failed, once per client.

        :raises TlsException: the server speaks the other one.
        """
        if self.is_scheme_known or not error.is_scheme_doubtful:
            return
        self.is_scheme_known = True
        scheme, _, address = self.origin.partition("://")
        other = "http" if scheme == "https" else "https"
        # Without the user's headers: they may be secrets, and must not be sent unencrypted.
        headers = Headers({"Accept": "*/*", "Connection": "close"})
        aside = context.aside(min(_PROBE, context.remaining() / 4))
        aside.on_request = None
        try:
            yield from aside.send(Request("GET", f"{other}://{address}", f"{self.root}/", headers, None))
        except TransportException as failure:
            # An untrusted certificate shows that the server speaks TLS.
            if not isinstance(failure, TlsException) or failure.is_scheme_doubtful:
                return
        raise TlsException(
            0,
            f"the server speaks {other} at this port, and not {scheme}",
            request=error.request,
            hint=f"set Configuration(host={f'{other}://{address}{self.root}'!r})",
        ) from error.__cause__

    def _ask_version(
        self, api_version: ApiVersion, auth_for: AuthFor, context: CallContext
    ) -> Flow[tuple[Request, Response, str | None]]:
        """Request Airflow's release by ``api_version``; it is None if the server has another."""
        request = self.request("GET", f"{api_version.prefix}/version")
        # Airflow needs no credentials here, but a proxy in front of it may require a token.
        auth = auth_for(None)
        yield from auth.prepare(self, context)
        auth.sign(request.headers)
        response = yield from context.send(request)
        return request, response, _version(response)

    def _probe(self, api_versions: tuple[ApiVersion, ...], auth_for: AuthFor, context: CallContext) -> Flow[None]:
        attempts, refusal = [], None
        hint: str | None = None
        for api_version in api_versions:
            if self.version is not None:  # another call found it
                return
            auth = auth_for(None)
            request, response, version = yield from self._ask_version(api_version, auth_for, context)
            if version is not None:
                self.api_version, self.version = api_version, version
                return
            if response.status == 429 or response.status >= 500:
                raise self.failure(request, response, auth)
            if response.status in (401, 403):  # from a proxy, which may allow the other path
                refusal = refusal or self.failure(request, response, auth)
                refusal.hint = (
                    f"something in front of Airflow refused this ({auth.name}), as Airflow itself tells its version to "
                    "anybody: it may want a token (access_token), a header (default_headers) or a session of your own"
                )
            what = str(response.status)
            if 300 <= response.status <= 399:
                target, redirect = hints.redirect(request, response)
                what, hint = f"{what} to {target}", hint or redirect
            if hints.is_plain_http_refused(response.status, response.data):
                hint = hint or hints.HTTPS_PORT
            attempts.append(f"{request!r} → {what}")
        if refusal is not None:
            raise refusal
        page = root_of_page(self.root)
        if page is not None and hint is None:
            hint = (
                "host must be the root of Airflow's web server, and this looks like a page of its user interface: set "
                f"Configuration(host={self.origin + page!r})"
            )
        raise UnexpectedContentException(
            0,
            f"no Airflow API was found ({'; '.join(attempts)})",
            request=f"GET {self.origin}{self.root}",
            hint=hint
            or "host must be the root of Airflow's web server, such as http://localhost:8080 or "
            "https://proxy/team-a/airflow, with or without /api/v1 (Airflow 2) or /api/v2 (Airflow 3)",
        )


def _version(response: Response) -> str | None:
    """Return the release in a response to /version, or None if it has none."""
    if response.status != 200:
        return None
    try:
        version = json.loads(response.data or b"")["version"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return version if isinstance(version, str) else None
