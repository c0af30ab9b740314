"""The transport for what is not as plain as :mod:`direct` has it, such as a proxy: a connection pool of urllib3's.

Its own retries and redirects are off, because :mod:`airflow_client.client.flow` owns that policy.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import urllib3
import urllib3.exceptions as errors
from urllib3.util.ssl_ import create_urllib3_context

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
    failure,
    pool_size,
    tls,
    without_secrets,
)
from airflow_client.client.transport.response import unpack
from airflow_client.client.transport.sockets import Limits
from airflow_client.client.transport.timed import current, timed
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.options import Timeouts
    from airflow_client.client.transport import Proxy
    from airflow_client.client.wire import Request

_NO_RETRIES = urllib3.Retry(False)


class Urllib3Transport:
    """Sends requests to ``origin`` (``https://host:port``) over kept-alive connections, as ``configuration`` says.

    :param proxy: what to go through, None for nothing.

    The configuration is read here once: TLS, client certificate, pool size and socket options.
    """

    def __init__(self, configuration: Configuration, origin: str, proxy: Proxy | None) -> None:
        self._max_size = configuration.max_response_size
        options: dict[str, Any] = {"maxsize": pool_size(configuration)}
        if configuration.socket_options is not None:
            options["socket_options"] = configuration.socket_options
        if origin.startswith("https:"):
            options["ssl_context"] = _ssl_context(configuration)
            # urllib3 looks at cert_reqs, not at the context, to warn of a connection that is not verified.
            options["cert_reqs"] = "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE"
            if configuration.assert_hostname is not None:
                options["assert_hostname"] = configuration.assert_hostname
        try:
            if proxy is None:
                pool = urllib3.connection_from_url(origin, **options)
            else:
                url, credentials = proxy
                headers = Headers(configuration.proxy_headers)
                if credentials is not None:
                    headers.update(urllib3.make_headers(proxy_basic_auth=":".join(credentials.value)))
                options["proxy_headers"] = headers.to_dict()
                pool = urllib3.ProxyManager(url, **options).connection_from_url(origin)
        except errors.HTTPError as error:  # a host name that cannot be one, such as one with a label of 64 letters
            raise ApiValueError(f"host cannot be reached: {error}") from error
        # One that somebody put in the place of urllib3's, as to record what is sent, stays what it is.
        if pool.ConnectionCls.__module__ == "urllib3.connection":
            pool.ConnectionCls = timed(pool.ConnectionCls)
        self._pool = Secret(pool)  # it has the headers for the proxy in it
        # A proxy of plain http is asked for absolute URLs (RFC 9112, 3.2.2); a tunnel and a server are asked for paths.
        self._proxied = proxy is not None
        self._absolute = proxy is not None and urlsplit(origin).scheme == "http"

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        limits = Limits(time.monotonic() + timeouts.total, timeouts.read, stop)
        try:
            current.limits = limits
            return self._send(request, timeouts, stream, limits)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the library's request
        except (errors.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise _translated(error, request, limits, self._proxied) from without_secrets(error)
        finally:
            current.limits = None

    def _send(self, request: Request, timeouts: Timeouts, stream: bool, limits: Limits) -> Response:
        body = Body(request, self._max_size)
        raw: Any = self._pool.value.urlopen(
            request.method,
            request.origin + request.target if self._absolute else request.target,
            body=request.body,
            headers=request.headers.to_dict(),
            retries=_NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=timeouts.connect, read=timeouts.read),
            preload_content=False,
            enforce_content_length=True,  # not the default before urllib3 2
        )
        headers = ResponseHeaders(raw.headers.items())
        if stream and 200 <= raw.status <= 299:
            limits.lift()
            return Response(raw.status, raw.reason, headers, None, raw)
        connection = raw.connection
        unpack(raw, body)
        raw.release_conn()
        return Response(raw.status, raw.reason, headers, body.whole(), discard=connection and connection.close)

    def close(self) -> None:
        self._pool.value.close()


def _translated(error: Exception, request: Request, limits: Limits, proxied: bool) -> TransportException:
    """Our exception for one of the HTTP library's."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = NOT_HTTP
    cause = error.args[1] if isinstance(error, errors.ProtocolError) and len(error.args) > 1 else error
    inner = error.args[1] if isinstance(error, errors.ProxyError) and len(error.args) > 1 else cause
    # A NewConnectionError is one of urllib3's time limits by inheritance alone.
    if isinstance(inner, (errors.TimeoutError, socket.timeout)) and not isinstance(inner, errors.NewConnectionError):
        kind, hint = TimeoutException, None
    elif isinstance(error, errors.SSLError):
        kind, hint = TlsException, tls.hint(error.args[0] if error.args else error) + (THROUGH_PROXY if proxied else "")
    elif isinstance(error, errors.ProxyError) or (proxied and limits.unsent):
        kind, hint = ConnectionException, "the proxy could not be used: check Configuration.proxy and HTTPS_PROXY"
    elif isinstance(error, (errors.NewConnectionError, errors.LocationParseError)):
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    elif isinstance(error, errors.ClosedPoolError):
        kind, hint = ConnectionException, "the client was closed before the call was made"
    elif isinstance(cause, OSError):  # reset, broken pipe, closed before an answer (http.client.RemoteDisconnected)
        kind, hint = ConnectionException, BROKEN
    return failure(kind, f"{type(cause).__name__}: {cause}", hint, request, limits)


def _ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """One context for all connections: urllib3's, which compares the host name by its release and assert_hostname."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    tls.load_certificates(context, configuration)
    return context
