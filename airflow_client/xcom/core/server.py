"""The server at the configured host, and discovery of its API version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_client.xcom.core import decoding, hints
from airflow_client.xcom.core.api_version import API_VERSIONS, ApiVersion
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.policy import Exclusive
from airflow_client.xcom.exceptions import UnexpectedContentException
from airflow_client.xcom.urls import origin_and_path, root_of_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.policy import AuthFor, CallContext, Flow
    from airflow_client.xcom.exceptions import ApiException
    from airflow_client.xcom.headers import Headers


class Server:
    """The server at the configured ``host``.

    :ivar str origin: scheme, host and port.
    :ivar str root: path of Airflow at the origin, such as ``/team-a/airflow``, or empty.
    :ivar ApiVersion api_version: version of the server's API; None until known.
    :ivar str version: Airflow's release, such as ``2.11.2``; None until known.
    :ivar headers: returns the client's default headers, for requests outside the API.
    :ivar other: a hint if the server has another version of the API than the host names.
    :ivar is_reached: the server has answered a request.
    :ivar is_found: the server has answered a call with success.
    """

    __slots__ = (
        "api_version",
        "headers",
        "is_found",
        "is_other_asked",
        "is_reached",
        "is_scheme_checked",
        "origin",
        "other",
        "root",
        "version",
    )

    def __init__(self, host: str, headers: Callable[[], Headers]) -> None:
        self.origin: str
        self.origin, path = origin_and_path(host)
        self.api_version: ApiVersion | None = None
        self.version: str | None = None
        self.headers: Callable[[], Headers] = headers
        self.other: str | None = None
        self.is_other_asked: bool = False
        self.is_reached: bool = False
        self.is_found: bool = False
        self.is_scheme_checked: bool = False
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

    def ask_version(
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
            request, response, version = yield from self.ask_version(api_version, auth_for, context)
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
