"""Default transport: a connection pool of urllib3, without its retries and redirects."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3
import urllib3.exceptions as errors
from urllib3.util.ssl_ import create_urllib3_context

from airflow_client.xcom import transport
from airflow_client.xcom.core.messages import Response
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
from airflow_client.xcom.transport.deadline import Deadline, current, discard, keep_deadlines

if TYPE_CHECKING:
    from threading import Event

    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.messages import Request
    from airflow_client.xcom.core.options import Timeouts

_NO_RETRIES = urllib3.Retry(False)
#: Bytes to read at a time; fewer if compressed, because urllib3 before 2.6 decompresses them to any size.
CHUNK, COMPRESSED_CHUNK = 1 << 20, 1 << 14


class Urllib3Transport:
    """Send requests to ``origin`` (``https://host:port``) over kept-alive connections.

    The configuration's TLS, proxy, pool size and socket options are read once, here.
    """

    def __init__(self, configuration: Configuration, origin: str) -> None:
        self._max_size = configuration.max_response_size
        self._idle = transport.Idle(configuration)
        options: dict[str, Any] = {
            "maxsize": whole("connection_pool_maxsize", configuration.connection_pool_maxsize),
            "socket_options": configuration.socket_options,
        }
        if configuration.socket_options is None:
            options["socket_options"] = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), *transport.keepalive_options()]
        if origin.startswith("https:"):
            options["ssl_context"] = _ssl_context(configuration)
            # urllib3 takes its warning about unverified connections from cert_reqs, not from the context.
            options["cert_reqs"] = "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE"
            if configuration.assert_hostname is not None:
                options["assert_hostname"] = configuration.assert_hostname
            if configuration.tls_server_name is not None:
                options["server_hostname"] = configuration.tls_server_name
        proxy = transport.proxy_for(configuration, origin)
        try:
            if proxy is None:
                manager = urllib3.PoolManager(**options)
            else:
                manager = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers.to_dict(), **options)
            keep_deadlines(manager)
            self._origin = origin
            self._pool = Secret(manager.connection_from_url(origin))  # holds the proxy's credentials
        except errors.HTTPError as error:  # an invalid host name, such as one with a label of 64 letters
            raise ApiValueError(f"host is invalid: {error}") from error
        # At the latest at the end of the program; urllib3 before 2 leaves that to the garbage collector.
        weakref.finalize(self, self._pool.value.close)
        # The zone of an IPv6 address is local, but http.client sends it before Python 3.12.
        self._host = re.sub(r"%[^\]]*", "", urlsplit(origin).netloc) if "%" in origin else None
        self._proxied = None if proxy is None else proxy.source
        # A plain HTTP proxy needs absolute URLs (RFC 9112, 3.2.2); a tunnel and a server need paths.
        self._absolute = proxy is not None and urlsplit(origin).scheme == "http"

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        current.deadline = deadline = Deadline(timeouts.total, timeouts.read, stop, transport.is_upload(request))
        self._idle.watch(deadline, request, timeouts)
        try:
            if request.origin != self._origin:
                return self._send_to_other(request, timeouts, deadline)
            return self._send(self._pool.value, request, timeouts, stream, deadline)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the library's request
        except (errors.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            failed = map_error(error, request, deadline, self._proxied)
            self._idle.learn(failed, deadline)
            raise failed from transport.strip_secrets(error)
        finally:
            current.deadline = None

    def _send_to_other(self, request: Request, timeouts: Timeouts, deadline: Deadline) -> Response:
        """Send a request that finds out whether the port speaks the other of http and https."""
        if self._proxied is not None:
            raise transport.failure(ConnectionException, "a proxy is in between", None, request, deadline)
        with urllib3.PoolManager() as manager:
            keep_deadlines(manager)
            return self._send(manager.connection_from_url(request.origin), request, timeouts, False, deadline)

    def _send(
        self, pool: urllib3.HTTPConnectionPool, request: Request, timeouts: Timeouts, stream: bool, deadline: Deadline
    ) -> Response:
        headers = request.headers.to_dict()
        if self._host is not None and "Host" not in request.headers:
            headers["Host"] = self._host
        raw: Any = pool.urlopen(
            request.method,
            request.origin + request.target if self._absolute else request.target,
            body=request.body,
            headers=headers,
            retries=_NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=timeouts.connect, read=timeouts.read),
            preload_content=False,
            enforce_content_length=True,  # not the default before urllib3 2
        )
        received = ResponseHeaders(raw.headers.items())
        if stream and 200 <= raw.status <= 299:
            deadline.lift()
            return Response(raw.status, raw.reason, received, None, raw)
        connection = getattr(raw, "connection", None)  # missing in the responses of recording tools
        data = self._read(raw, request, deadline)
        return Response(raw.status, raw.reason, received, data, discard=partial(discard, connection))

    def _read(self, raw: Any, request: Request, deadline: Deadline) -> bytes:
        """Read the whole body and return the connection to the pool."""
        try:
            length, is_encoded = raw.length_remaining, "Content-Encoding" in raw.headers
            if length is not None and length <= min(CHUNK, self._max_size) and not is_encoded:
                data: bytes = raw.read()
            else:
                body = transport.Body(request, self._max_size, raw.status, length)
                for chunk in raw.stream(COMPRESSED_CHUNK if is_encoded else CHUNK, decode_content=True):
                    body.add(chunk)
                    deadline.check()
                data = body.getvalue()
            raw.release_conn()
        except BaseException:
            raw.close()  # an unread body makes the connection unusable
            raise
        return data

    def close(self) -> None:
        self._pool.value.close()


def unwrap(error: BaseException) -> list[BaseException]:
    """Return ``error`` and the errors that it wraps, the one of http.client or the socket last."""
    inner: Any = None
    if isinstance(error, errors.NewConnectionError):
        inner = error.__cause__ or error.__context__
    elif isinstance(error, errors.MaxRetryError):
        inner = error.reason
    elif not isinstance(error, errors.DecodeError):  # its own text says more
        inner = next((argument for argument in error.args if isinstance(argument, Exception)), None)
    return [error, *unwrap(inner)] if isinstance(inner, Exception) else [error]


def map_error(
    error: Exception, request: Request, deadline: Deadline, proxied: str | None, otherwise: str = transport.NOT_HTTP
) -> TransportException:
    """Return our exception for an error of urllib3.

    :param proxied: the setting that names the proxy, None if none is used.
    :param otherwise: the hint for an error of no known kind.
    """
    chain = unwrap(error)
    cause = chain[-1]

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    kind: type[TransportException] = ProtocolException
    hint: str | None = otherwise
    # NewConnectionError inherits from urllib3's timeouts, but is none.
    if isinstance(cause, (errors.TimeoutError, socket.timeout)) and not isinstance(cause, errors.NewConnectionError):
        kind, hint = TimeoutException, None
    elif has(errors.SSLError, ssl.SSLError):
        kind, hint = transport.tls_failure(cause)
        hint += transport.through_proxy(proxied)
    elif proxied is not None and (has(errors.ProxyError) or deadline.unsent):
        kind, hint = ConnectionException, transport.proxy_failed(proxied)
    elif has(errors.NewConnectionError, errors.LocationParseError):
        kind, hint = ConnectionException, transport.NOT_REACHED
    elif has(errors.ClosedPoolError):
        kind, hint = ConnectionException, transport.CLOSED
    elif isinstance(cause, OSError):  # reset, broken pipe, closed before a response (http.client.RemoteDisconnected)
        kind, hint = ConnectionException, transport.BROKEN
    return transport.failure(kind, f"{type(cause).__name__}: {cause}", hint, request, deadline)


def _ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """Return urllib3's SSL context. The host name is checked by urllib3, with assert_hostname."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    transport.load_certificates(context, configuration)
    return context
