"""The transport for asyncio, by aiohttp (the extra ``async``).

It keeps every promise of the default transport: no redirect, no retry, the limits of time and size, our exceptions.
"""

from __future__ import annotations

import asyncio
import ssl
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

from airflow_client.client.auth import basic_token
from airflow_client.client.exceptions import (
    ApiValueError,
    ConnectionException,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.client.headers import Headers, ResponseHeaders, Secret
from airflow_client.client.transport import (
    BROKEN,
    NOT_HTTP,
    THROUGH_PROXY,
    Body,
    Course,
    content_length,
    failure,
    proxy_for,
    tls,
    without_secrets,
)
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.configuration import Configuration
    from airflow_client.client.options import Timeouts
    from airflow_client.client.wire import Request

#: The longest header, in bytes, as http.client has it.
_LONGEST = 65_536


class AiohttpTransport:
    """Sends requests to ``origin`` (``https://host:port``) over kept-alive connections, as ``configuration`` says.

    :param session: a session of the user's that does it instead, by its own connector; it is not closed.
    """

    #: Whether the headers for a proxy go to it alone, before a tunnel is opened.
    _is_tunnelled = False

    def __init__(self, configuration: Configuration, origin: str, session: aiohttp.ClientSession | None) -> None:
        self._max_size = configuration.max_response_size
        self._theirs = session is not None
        #: yarl encodes a name of other letters than ASCII's, though a target that is encoded already not once more.
        self._origin = origin if origin.isascii() else str(URL(origin).origin())
        self._options: dict[str, Any] = {}
        self._headers = Headers()
        self._configuration = configuration
        if session is not None:
            self._own = Secret(session)
            return
        verify: ssl.SSLContext | bool = True
        if origin.startswith("https:"):
            verify = tls.context(configuration)
            if isinstance(configuration.assert_hostname, str):
                self._options["server_hostname"] = configuration.assert_hostname
        proxy = proxy_for(configuration, origin)
        if proxy is not None:
            url, credentials = proxy
            self._options["proxy"] = url
            self._is_tunnelled = origin.startswith("https:")
            self._headers.update(configuration.proxy_headers or {})
            if credentials is not None:
                self._headers["Proxy-Authorization"] = basic_token(*credentials.value)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=verify, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=_LONGEST,
            max_field_size=_LONGEST,
            trace_configs=[_tracing()],
        )
        # aiohttp sends what is idempotent again by itself, DELETE included; what is tried again is decided by the flow.
        session._retry_connection = False
        self._own = Secret(session)

    @property
    def _session(self) -> aiohttp.ClientSession:
        return self._own.value

    async def send(self, request: Request, timeouts: Timeouts, stream: bool) -> Response:
        course = Course()
        try:
            return await self._send(request, timeouts, stream, course)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the library's request
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            if isinstance(error, ApiValueError):
                raise
            failed, cause = _translated(error, request, course, "proxy" in self._options), _bare(error)
            if self._theirs:  # which is not traced: nothing is known of the connection
                failed._stale = False
        raise failed from cause  # out here, where the error itself is not its context

    async def _send(self, request: Request, timeouts: Timeouts, stream: bool, course: Course) -> Response:
        headers, options = request.headers.copy(), self._options
        if not self._is_tunnelled:
            headers.update(self._headers)
        headers.setdefault("Accept-Encoding", "identity")
        if self._theirs and self._session.trust_env and self._configuration.has_credentials:
            options = {**options, "middlewares": self._without_netrc(headers.pop("Authorization", None))}
        answer = await self._session.request(
            request.method,
            URL(self._origin + request.target, encoded=True),
            data=None if request.body is None else BytesIO(request.body),
            headers=headers.to_dict(),
            proxy_headers=self._headers.to_dict() if self._is_tunnelled else None,
            allow_redirects=False,
            raise_for_status=False,
            timeout=aiohttp.ClientTimeout(timeouts.total, timeouts.connect, timeouts.read),
            trace_request_ctx=None if self._theirs else course,
            **options,
        )
        course.received = True
        fields = ResponseHeaders(answer.headers.items())
        if stream and 200 <= answer.status <= 299:
            return Response(answer.status, answer.reason, fields, None, answer)
        # Not answer.connection: an answer that came whole has given its connection back by now.
        opened = getattr(getattr(answer, "_protocol", None), "transport", None)
        data = await self._read(answer, request)
        return Response(answer.status, answer.reason, fields, data, discard=opened and opened.close)

    def _without_netrc(self, authorization: str | None) -> tuple[Any, ...]:
        """Middlewares by which a request has our Authorization header alone.

        A session with ``trust_env`` adds what ``.netrc`` has, and refuses a request that has the header already.

        :raises ApiValueError: this release of aiohttp has no middlewares.
        """
        if not hasattr(aiohttp, "ClientMiddlewareType"):
            raise ApiValueError(
                "aiohttp before 3.12 sends the credentials of .netrc where a session has trust_env=True: update "
                "aiohttp, or use a session without it"
            )
        secret = Secret(authorization)

        async def exactly(request: aiohttp.ClientRequest, handler: Any) -> Any:
            request.headers.popall("Authorization", None)
            if secret.value is not None:
                request.headers["Authorization"] = secret.value
            return await handler(request)

        return (*getattr(self._session, "_middlewares", ()), exactly)

    async def close(self) -> None:
        if not self._theirs:
            await self._session.close()
            await asyncio.sleep(0)  # the event loop closes the sockets on its next round

    async def _read(self, answer: aiohttp.ClientResponse, request: Request) -> bytes:
        """The whole body, if it is no larger than it may be."""
        try:
            length = content_length(answer.headers.get("Content-Length"))
            body = Body(request, self._max_size)
            body.begin(answer.status, length)
            async for chunk in answer.content.iter_any():
                body.add(chunk)
            await answer.read()  # that is at its end, and gives the connection back
        except BaseException:
            answer.close()  # the connection is in the middle of a body: it cannot serve another call
            raise
        return body.whole()


def _tracing() -> aiohttp.TraceConfig:
    """Notes in the :class:`Course` of a request that a connection is opened for it."""

    async def opening(_session: aiohttp.ClientSession, context: Any, _parameters: Any) -> None:
        context.trace_request_ctx.opening = True

    async def opened(_session: aiohttp.ClientSession, context: Any, _parameters: Any) -> None:
        context.trace_request_ctx.opened = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(opening)
    config.on_connection_create_end.append(opened)
    return config


def _bare(error: Exception) -> BaseException:
    """``error`` as a cause that shows no credential: some errors of aiohttp's hold the headers of the request."""
    if isinstance(error, aiohttp.ClientResponseError):
        return aiohttp.ClientError(f"{type(error).__name__}: {error.status} {error.message}")
    if isinstance(error, aiohttp.ClientConnectorError):  # whose text is of what it was to connect to
        target = SimpleNamespace(host=error.host, port=error.port, ssl=error.ssl, is_ssl=bool(error.ssl))
        without_secrets(error)._conn_key = target  # type: ignore[attr-defined]  # it holds the proxy's credentials
        return error
    return without_secrets(error)


def _translated(error: Exception, request: Request, course: Course, proxied: bool) -> TransportException:
    """Our exception for one of the HTTP library's."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = NOT_HTTP
    reason = f"{type(error).__name__}: {error}"
    through = THROUGH_PROXY if proxied else ""
    if isinstance(error, asyncio.TimeoutError):
        kind, hint = TimeoutException, None
    elif isinstance(error, aiohttp.ClientConnectorCertificateError):
        kind, hint = TlsException, tls.hint(error.certificate_error) + through
    elif isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        kind, hint = TlsException, tls.hint(error) + through
    elif isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)) or (
        proxied and course.unsent
    ):
        kind, hint = ConnectionException, "the proxy could not be used: check Configuration.proxy and HTTPS_PROXY"
        reason = str(_bare(error))
    elif isinstance(error, aiohttp.ClientConnectorError):
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    elif isinstance(error, (aiohttp.ServerDisconnectedError, OSError)) or "ConnectionResetError(" in reason:
        kind, hint = ConnectionException, BROKEN
    elif isinstance(error, aiohttp.ClientResponseError):
        reason = str(_bare(error))
    return failure(kind, reason, hint, request, course)
