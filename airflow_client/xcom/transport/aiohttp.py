"""Transport for asyncio with aiohttp (the extra ``async``).

Like the default transport, it follows no redirects, does not retry, enforces timeouts and the size limit, and raises
our exceptions.
"""

from __future__ import annotations

import asyncio
import ssl
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import urllib3
from multidict import CIMultiDict
from yarl import URL

from airflow_client.xcom import transport
from airflow_client.xcom.core.messages import Response
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.core.validation import whole
from airflow_client.xcom.exceptions import (
    ApiValueError,
    ConnectionException,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TransportException,
)
from airflow_client.xcom.headers import ResponseHeaders, Secret
from airflow_client.xcom.transport.aiohttp_connector import Connector, current_trace, socket_factory

if TYPE_CHECKING:
    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.messages import Request
    from airflow_client.xcom.core.options import Timeouts

#: Maximum size of a header, as in http.client.
_MAX_HEADER_SIZE = 65_536
#: Bytes to decompress at a time, and seconds between pauses for other tasks.
_COMPRESSED_CHUNK, _YIELD_INTERVAL = 1 << 14, 0.005


class AiohttpTransport:
    """Send requests to ``origin`` (``https://host:port``) over kept-alive connections.

    The configuration's certificates, proxy, pool size and socket options are read once, here.

    :param session: the user's own session, which is not closed.
    """

    def __init__(self, configuration: Configuration, origin: str, session: aiohttp.ClientSession | None) -> None:
        self._configuration = configuration
        self._request_origin = origin
        # yarl encodes non-ASCII host names, but not with encoded=True, which the target needs.
        self._origin = origin.lower() if origin.isascii() else str(URL(origin).origin())
        self._is_user_session = session is not None
        self._idle = transport.Idle(configuration)
        self._server_name: str | None = None
        self._proxy: transport.Proxy | None = None
        if session is None:
            session = self._open_session(configuration, origin)
        self._hidden_session = Secret(session)

    def _open_session(self, configuration: Configuration, origin: str) -> aiohttp.ClientSession:
        self._proxy = transport.proxy_for(configuration, origin)
        options: dict[str, Any] = {}
        if origin.startswith("https:"):
            options["ssl"] = _ssl_context(configuration)
            self._server_name = _server_name(configuration)
        if configuration.socket_options is not None and hasattr(aiohttp, "SocketFactoryType"):  # since 3.12
            options["socket_factory"] = socket_factory(list(configuration.socket_options))
        session = aiohttp.ClientSession(
            connector=Connector(
                whole("connection_pool_maxsize", configuration.connection_pool_maxsize),
                transport.keepalive_options() if configuration.socket_options is None else [],
                limit=0,
                keepalive_timeout=min(self._idle.limit, 1e6),
                **options,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=_MAX_HEADER_SIZE,
            max_field_size=_MAX_HEADER_SIZE,
        )
        # aiohttp retries idempotent requests, even DELETE; here the flow decides.
        session._retry_connection = False  # pyright: ignore[reportPrivateUsage]  # there is no public option
        return session

    @property
    def _session(self) -> aiohttp.ClientSession:
        return self._hidden_session.value

    async def send(self, request: Request, timeouts: Timeouts, stream: bool) -> Response:
        trace = transport.ConnectionTrace()
        if self._session.closed:
            raise transport.failure(ConnectionException, "the session is closed", transport.CLOSED, request, trace)
        if self._proxy is not None and request.origin != self._request_origin:
            raise transport.failure(ConnectionException, "a proxy is in between", None, request, trace)
        middlewares: tuple[Any, ...] | None = None
        if self._is_user_session and self._session.trust_env and self._configuration.has_credentials:
            middlewares = self._without_netrc(Secret(request.headers.get("Authorization")))
        self._idle.watch(trace, request, timeouts)
        current_trace.set(trace)
        try:
            return await self._send(request, timeouts, stream, trace, middlewares)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the library's request
        except (aiohttp.ClientError, urllib3.exceptions.HTTPError, asyncio.TimeoutError, OSError, ValueError) as error:
            proxied = None if self._proxy is None else self._proxy.source
            failed, cause = _map_error(error, request, trace, proxied), _safe_cause(error)
            failed.is_stale = failed.is_stale and not self._is_user_session  # which has no trace
            self._idle.learn(failed, trace)
        raise failed from cause  # outside the except block, so that the error is not its context

    async def _send(
        self, request: Request, timeouts: Timeouts, stream: bool, trace: transport.ConnectionTrace, middlewares: Any
    ) -> Response:
        deadline = monotonic() + timeouts.total
        options: dict[str, Any] = {}
        headers = CIMultiDict({"Accept-Encoding": "identity"})
        headers.update(request.headers.to_dict())
        if middlewares is not None:
            options["middlewares"] = middlewares
            headers.popall("Authorization", None)  # a middleware sets it
        origin = request.origin
        if origin == self._request_origin or self._is_user_session:
            origin, options["server_hostname"] = self._origin, self._server_name
        if self._proxy is not None:
            options["proxy"] = self._proxy.url
            if origin.startswith("https:"):
                options["proxy_headers"] = self._proxy.headers.to_dict()  # to open a tunnel
            else:
                headers.update(self._proxy.headers.to_dict())
        response = await self._session.request(
            request.method,
            URL(origin + request.target, encoded=True),
            data=None if request.body is None else BytesIO(request.body),
            headers=headers,
            allow_redirects=False,
            raise_for_status=False,
            auto_decompress=stream,
            # aiohttp starts the read timeout when the request is in the system's buffers, not sent.
            timeout=aiohttp.ClientTimeout(
                timeouts.total, timeouts.connect, None if transport.is_upload(request) else timeouts.read
            ),
            **options,
        )
        trace.response_started = True
        received = ResponseHeaders(response.headers.items())
        if stream and 200 <= response.status <= 299:
            return Response(response.status, response.reason, received, None, response)
        # response.connection is None once the whole response arrived.
        connection = getattr(getattr(response, "_protocol", None), "transport", None)
        data = await self._read(response, request)
        if response.status == 500 and connection:
            connection.close()  # after an unhandled error, uvicorn closes it, but does not say so
        encoding = received.get("Content-Encoding")
        if encoding is not None and not stream:
            body = transport.Body(request, self._configuration.max_response_size, response.status, None)
            data = await _decompress(data, encoding, body, deadline)
        return Response(response.status, response.reason, received, data, discard=connection and connection.close)

    def _without_netrc(self, authorization: Secret[Any]) -> tuple[Any, ...]:
        """Return middlewares that make our Authorization header the only one.

        A session with ``trust_env`` adds credentials from ``.netrc``, and rejects requests that already have the
        header.

        :raises ApiValueError: this release of aiohttp has no middlewares.
        """
        if not hasattr(aiohttp, "ClientMiddlewareType"):
            raise ApiValueError(
                "with trust_env=True, aiohttp before 3.12 sends credentials from .netrc: update aiohttp, or use a "
                "session without trust_env"
            )

        async def set_authorization(request: aiohttp.ClientRequest, handler: Any) -> Any:
            request.headers.popall("Authorization", None)
            if authorization.value is not None:
                request.headers["Authorization"] = authorization.value
            return await handler(request)

        return (*getattr(self._session, "_middlewares", ()), set_authorization)

    async def close(self) -> None:
        if not self._is_user_session:
            await self._session.close()
            await asyncio.sleep(0)  # the event loop closes the sockets on its next round

    async def _read(self, response: aiohttp.ClientResponse, request: Request) -> bytes:
        """Read the whole body, up to the size limit."""
        try:
            length = transport.content_length(response.headers.get("Content-Length"))
            body = transport.Body(request, self._configuration.max_response_size, response.status, length)
            async for chunk in response.content.iter_any():
                body.add(chunk)
            response.release()
        except BaseException:
            response.close()  # an unread body makes the connection unusable
            raise
        return body.getvalue()


def _ssl_context(configuration: Configuration) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = configuration.verify_ssl and configuration.assert_hostname is not False
    context.verify_mode = ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    transport.load_certificates(context, configuration)
    return context


def _server_name(configuration: Configuration) -> str | None:
    """Return the host name for TLS, or None for the URL's.

    :raises ApiValueError: the configuration has two, but aiohttp takes one.
    """
    expected, sent = configuration.assert_hostname, configuration.tls_server_name
    if not isinstance(expected, str) or expected == sent:
        return sent
    if sent is not None:
        raise ApiValueError("with asyncio, set tls_server_name or assert_hostname, not both: aiohttp takes one name")
    return expected


async def _decompress(data: bytes, encoding: str, body: transport.Body, deadline: float) -> bytes:
    """Decompress a body in small steps with urllib3, and let other tasks run in between.

    aiohttp decompresses a whole read at once, to any size.
    """
    raw = urllib3.HTTPResponse(BytesIO(data), {"Content-Encoding": encoding}, preload_content=False)
    last_yield = monotonic()
    for chunk in raw.stream(_COMPRESSED_CHUNK, decode_content=True):
        body.add(chunk)
        now = monotonic()
        if now >= deadline:
            raise asyncio.TimeoutError("the deadline of the call was reached")
        if now - last_yield >= _YIELD_INTERVAL:
            await asyncio.sleep(0)
            last_yield = monotonic()
    return body.getvalue()


def _safe_cause(error: Exception) -> BaseException:
    """Return ``error`` without credentials: some errors of aiohttp hold the request's headers."""
    if isinstance(error, aiohttp.ClientResponseError):
        return aiohttp.ClientError(f"{type(error).__name__}: {error.status} {error.message}")
    if isinstance(error, aiohttp.ClientConnectorError):  # its text names the target
        target = SimpleNamespace(host=error.host, port=error.port, ssl=error.ssl, is_ssl=bool(error.ssl))
        # The error's own key holds the proxy's credentials.
        transport.strip_secrets(error)._conn_key = target  # type: ignore[attr-defined]
        return error
    return transport.strip_secrets(error)


def _map_error(
    error: Exception, request: Request, trace: transport.ConnectionTrace, proxied: str | None
) -> TransportException:
    """Return our exception for an error of aiohttp."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = transport.NOT_HTTP
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, asyncio.TimeoutError):
        kind, hint = TimeoutException, None
    elif isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError)):
        cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
        kind, hint = transport.tls_failure(cause)
        hint += transport.through_proxy(proxied)
    elif isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)) or (
        proxied is not None and trace.unsent
    ):
        kind, hint = ConnectionException, transport.proxy_failed(proxied or "the session")
        reason = str(_safe_cause(error))
    elif isinstance(error, aiohttp.ClientConnectorError):
        ended = isinstance(error.os_error, (ConnectionResetError, ConnectionAbortedError))  # in the TLS handshake
        kind, hint = ConnectionException, transport.BROKEN if ended else transport.NOT_REACHED
    elif isinstance(error, (aiohttp.ServerDisconnectedError, OSError)) or "ConnectionResetError(" in reason:
        kind, hint = ConnectionException, transport.BROKEN
        trace.cut_off = transport.is_upload(request) and not trace.unsent and not trace.response_started
    elif isinstance(error, aiohttp.ClientResponseError):
        reason = str(_safe_cause(error))
    return transport.failure(kind, reason, hint, request, trace)
