"""The server that a host names: where it is, and which version of the API it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airflow_client.xcom.configuration import origin_and_path, root_of_page
from airflow_client.xcom.core import decoding, hints
from airflow_client.xcom.core.api_version import API_VERSIONS, ApiVersion
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.policy import Exclusive
from airflow_client.xcom.exceptions import UnexpectedContentException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.policy import AuthFor, CallContext, Flow
    from airflow_client.xcom.exceptions import ApiException
    from airflow_client.xcom.headers import Headers


class Server:
    """The server that ``host`` names.

    :ivar str origin: scheme, host and port.
    :ivar str root: the path of Airflow at the origin, such as ``/team-a/airflow``; empty for none.
    :ivar ApiVersion api_version: the version of the API that it has; None while that is not known.
    :ivar str version: Airflow's release, such as ``2.11.2``; None while that is not known.
    :ivar headers: gives what to send with requests that are no operation of the API: the client's, as they are then.
    :ivar other: a hint where the server has another version of the API than the host names.
    :ivar is_reached: the server has answered a request.
    :ivar is_found: the server has answered a call with success.
    """

    __slots__ = (
        *(
            "api_version",
            "headers",
            "is_found",
            "is_other_asked",
            "is_reached",
            "is_scheme_checked",
            "origin",
            "other",
            "root",
        ),
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
        """A request to a path below Airflow's root that is no operation of the API, such as a login."""
        sent = self.headers().copy()
        sent.update(headers)
        return Request(method, self.origin, self.root + path, sent, body)

    def failure(self, request: Request, response: Response, auth: Auth) -> ApiException:
        """The exception for an answer to such a request that is no success."""
        return decoding.failure(request, response, self.api_version or API_VERSIONS[0], auth)

    def discover(self, auth_for: AuthFor, context: CallContext) -> Flow[ApiVersion]:
        """Find out which API the server has, once for all the calls that wait for it.

        :raises UnexpectedContentException: there is no Airflow.
        """
        yield Exclusive("server", self._look_for(API_VERSIONS, auth_for, context), context.left())
        assert self.api_version is not None  # noqa: S101  # or _look_for has raised
        return self.api_version

    def find_version(self, auth_for: AuthFor, context: CallContext) -> Flow[str]:
        """Find out which release of Airflow the server runs, once for all the calls that wait for it.

        :raises UnexpectedContentException: there is no Airflow.
        """
        api_versions = API_VERSIONS if self.api_version is None else (self.api_version,)
        yield Exclusive("server", self._look_for(api_versions, auth_for, context), context.left())
        assert self.version is not None  # noqa: S101  # or _look_for has raised
        return self.version

    def ask_version(
        self, api_version: ApiVersion, auth_for: AuthFor, context: CallContext
    ) -> Flow[tuple[Request, Response, str | None]]:
        """Ask for the release of Airflow by ``api_version``; it is None where that is not the server's."""
        request = self.request("GET", f"{api_version.prefix}/version")
        # Airflow tells anybody, but there are proxies in front of it that want a token.
        auth = auth_for(None)
        yield from auth.prepare(self, context)
        auth.sign(request.headers)
        response = yield from context.send(request)
        return request, response, _version(response)

    def _look_for(self, api_versions: tuple[ApiVersion, ...], auth_for: AuthFor, context: CallContext) -> Flow[None]:
        tried, refusal = [], None
        hint: str | None = None
        for api_version in api_versions:
            if self.version is not None:  # another call has found it meanwhile
                return
            auth = auth_for(None)
            request, response, version = yield from self.ask_version(api_version, auth_for, context)
            if version is not None:
                self.api_version, self.version = api_version, version
                return
            if response.status == 429 or response.status >= 500:
                raise self.failure(request, response, auth)
            if response.status in (401, 403):  # by a proxy, which may let the other path pass
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
            tried.append(f"{request!r} → {what}")
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
            f"no Airflow API was found ({'; '.join(tried)})",
            request=f"GET {self.origin}{self.root}",
            hint=hint
            or "host must be the root of Airflow's web server, such as http://localhost:8080 or "
            "https://proxy/team-a/airflow, with or without /api/v1 (Airflow 2) or /api/v2 (Airflow 3)",
        )


def _version(response: Response) -> str | None:
    """The release that an answer to /version names; None when it is no such answer."""
    if response.status != 200:
        return None
    try:
        version = json.loads(response.data or b"")["version"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return version if isinstance(version, str) else None
