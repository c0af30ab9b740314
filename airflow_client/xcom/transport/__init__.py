"""Transports: one adapter per HTTP library, and what they share."""

from __future__ import annotations

import io
import os
import socket
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_client.xcom.core.options import seconds
from airflow_client.xcom.core.policy import METHODS, monotonic
from airflow_client.xcom.exceptions import (
    ApiValueError,
    ConnectionException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
)
from airflow_client.xcom.headers import Headers, Secret, basic_token
from airflow_client.xcom.urls import is_exempt, is_proxy_url, without_credentials

if TYPE_CHECKING:
    from threading import Event
    from typing import Protocol

    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.options import Timeouts
    from airflow_client.xcom.exceptions import TransportException

    class Transport(Protocol):
        """Send requests to one origin, from any number of threads.

        It follows no redirects and does not retry. It raises
        :class:`~airflow_client.xcom.exceptions.TransportException`, chained to the library's error,
        :class:`~airflow_client.xcom.exceptions.ResponseTooLargeException`, or ``ApiValueError`` before it sends.
        """

        def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
            """Send ``request`` and return the response.

            :param stream: leave the body of a successful response in ``Response.raw``.
            :param stop: set by another thread to cancel the request.
            """
            ...

        def close(self) -> None:
            """Close the idle connections; the transport sends nothing more."""
            ...

    class AsyncTransport(Protocol):
        """Transport for asyncio, for any number of tasks of one event loop."""

        async def send(self, request: Request, timeouts: Timeouts, stream: bool) -> Response: ...

        async def close(self) -> None: ...


#: Hints for failed connections and responses that are not HTTP.
BROKEN = "the connection broke: check Configuration(host=…), including http or https, and the server"
CUT_OFF = "the server responded or closed during the upload: the request may be too large for it, or for a proxy"
CLOSED = "the client was closed before the call was made"
NOT_REACHED = "check Configuration(host=…), and that the server is running"
NOT_HTTP = "the server may expect HTTPS, not HTTP: check Configuration(host=…)"
NOT_HTTPS = "the server may expect HTTP, not HTTPS: check Configuration(host=…)"


#: Beginning of a TLS server's answer to plain HTTP, as text and in a repr.
_TLS_ALERT = ("\x15\x03", "\\x15\\x03")

#: Bytes above which a request does not fit the system's buffers, so that the read timeout starts with the response.
UPLOAD_MIN_SIZE = 1 << 16


def is_upload(request: Request) -> bool:
    """Return True if sending ``request`` can take longer than the read timeout."""
    return request.body is not None and len(request.body) > UPLOAD_MIN_SIZE


def load_certificates(context: ssl.SSLContext, configuration: Configuration) -> None:
    """Load the certificates that ``configuration`` and the environment name. This takes tens of milliseconds.

    :raises ApiValueError: a file cannot be used.
    """
    bundle, data, name = configuration.ssl_ca_cert, configuration.ca_cert_data, "ssl_ca_cert"
    if data is None and not bundle and os.environ.get("REQUESTS_CA_BUNDLE"):
        bundle, name = os.environ["REQUESTS_CA_BUNDLE"], "the environment variable REQUESTS_CA_BUNDLE"
    try:
        if configuration.verify_ssl:
            if data is not None:
                if isinstance(data, bytes) and b"-----BEGIN" in data:
                    data = data.decode("ascii", "replace")  # OpenSSL takes PEM as str, and DER as bytes
                context.load_verify_locations(cadata=data)
            elif bundle is None:
                context.load_default_certs()  # the system's, or SSL_CERT_FILE and SSL_CERT_DIR
            if bundle is not None:
                context.load_verify_locations(**{"capath" if Path(bundle).is_dir() else "cafile": bundle})
        if configuration.cert_file is not None:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ValueError) as error:
        raise ApiValueError(
            f"a certificate of the configuration cannot be used ({name}={bundle!r}, "
            f"ca_cert_data={'None' if data is None else '…'}, cert_file={configuration.cert_file!r}, "
            f"key_file={configuration.key_file!r}): {error}"
        ) from error


class Proxy:
    """Proxy on the way to a server.

    :ivar url: without credentials.
    :ivar headers: headers for the proxy, with its credentials.
    :ivar source: the setting that names it: ``Configuration.proxy`` or an environment variable.
    """

    __slots__ = ("headers", "source", "url")

    def __init__(self, url: str, headers: Headers, source: str) -> None:
        self.url: str = url
        self.headers: Headers = headers
        self.source: str = source


def proxy_for(configuration: Configuration, origin: str) -> Proxy | None:
    """Return the proxy to reach ``origin`` through, None for a direct connection.

    :raises ApiValueError: it is not an HTTP proxy.
    """
    if configuration.proxy:  # the environment does not undo a proxy that the program names
        url, source, exempt = Secret(configuration.proxy), "Configuration.proxy", configuration.no_proxy
    elif any(name.lower().endswith("_proxy") for name in os.environ):
        from urllib.request import getproxies_environment  # a slow import

        variables = Secret(getproxies_environment())
        scheme = urlsplit(origin).scheme
        kind = scheme if variables.value.get(scheme) else "all"
        url, source = Secret(variables.value.get(kind, "")), _variable_of(f"{kind}_proxy")
        exempt = configuration.no_proxy if configuration.no_proxy is not None else variables.value.get("no")
    else:
        return None
    if not url.value or (exempt and is_exempt(origin, exempt)):
        return None
    # The environment's has the credentials in it, the configuration's not.
    bare, credentials = without_credentials(url if "://" in url.value else Secret(f"http://{url.value}"))
    if not is_proxy_url(bare):
        bare = ""  # hidden: it may contain a password
        raise ApiValueError(
            f"proxy must be an http:// or https:// URL of a host and a port, such as http://proxy:3128; see {source}"
        )
    if credentials is None and configuration.proxy_credentials is not None:
        credentials = Secret(configuration.proxy_credentials)
    headers = Headers(configuration.proxy_headers)
    if credentials is not None:
        headers["Proxy-Authorization"] = basic_token(*credentials.value)
    return Proxy(bare, headers, source)


def _variable_of(name: str) -> str:
    """Return the environment variable that sets ``name``, which is in lower case; Python prefers lower case."""
    names = [one for one in os.environ if one.lower() == name and os.environ[one]]
    return name if name in names or not names else names[-1]


def proxy_failed(source: str) -> str:
    """Return the hint for a failure of the proxy."""
    return f"the proxy could not be used: check {source}, and that the proxy is running"


def through_proxy(source: str | None) -> str:
    """Return the addition to a hint if a proxy is used."""
    return "" if source is None else f" (the connection uses the proxy of {source})"


def tls_failure(error: object) -> tuple[type[TransportException], str]:
    """Return the exception class and the hint for a TLS error, by OpenSSL's code (X509_V_ERR_…)."""
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return ConnectionException, BROKEN  # the connection ended: not a problem of certificates
    code = getattr(error, "verify_code", None)
    if code in (62, 64) or "doesn't match" in str(error):
        hint = "the certificate is for another host name: check Configuration(host=…), or set assert_hostname"
    elif code == 10:
        hint = "the certificate has expired (or the clock is wrong)"
    elif code is not None:
        hint = "the certificate's authority is not trusted: set Configuration(ssl_ca_cert=FILE), or SSL_CERT_FILE"
    elif "alert" in str(error).lower():
        hint = "the server refused the handshake: it may require a client certificate (cert_file, key_file)"
    else:
        hint = NOT_HTTPS
    return TlsException, hint


def strip_secrets(error: BaseException) -> BaseException:
    """Remove what can hold credentials from ``error`` and its causes: frames, requests, pools and connections.

    Only the traceback inside the HTTP library is lost; the messages remain.
    """
    pending, done = [error], set()
    while pending:
        current = pending.pop()
        if id(current) in done:
            continue
        done.add(id(current))
        current.__traceback__ = None
        for name, value in list(getattr(current, "__dict__", {}).items()):
            if isinstance(value, BaseException):
                pending.append(value)
            elif not isinstance(value, (str, int, float, type(None))):
                setattr(current, name, None)
        args = current.args if isinstance(current.args, tuple) else ()
        causes = (current.__cause__, current.__context__, *args)
        pending += [cause for cause in causes if isinstance(cause, BaseException)]
    return error


#: Load balancers and NAT drop idle connections silently. Seconds of idleness that make a connection doubtful, and the
#: wait for its first byte: a part of the remaining time, and its maximum in seconds.
DOUBTFUL_IDLE, FIRST_BYTE_PART, FIRST_BYTE_MAX = 3.0, 0.25, 10.0


class Idle:
    """Idle connections of a transport that may be used again.

    :ivar limit: seconds after which none may.

    :raises ApiTypeError: ``connection_max_idle`` is no number.
    :raises ApiValueError: it is not positive.
    """

    def __init__(self, configuration: Configuration) -> None:
        limit = configuration.connection_max_idle
        self.limit: float = float("inf") if limit is None else seconds("connection_max_idle", limit)
        self._distrusted = float("-inf")

    def watch(self, trace: ConnectionTrace, request: Request, timeouts: Timeouts) -> None:
        """Set the limits of a request."""
        trace.oldest = max(monotonic() - self.limit, self._distrusted)
        if request.method in METHODS:
            trace.first_byte = min(timeouts.read, timeouts.total * FIRST_BYTE_PART, FIRST_BYTE_MAX)

    def learn(self, error: TransportException, trace: ConnectionTrace) -> None:
        """Distrust all idle connections where one was found to be dropped."""
        if error.is_stale and trace.is_doubtful:
            self._distrusted = monotonic()


def keepalive_options() -> list[tuple[int, int, int]]:
    """Return the socket options of TCP keepalive: a probe after 30 s without traffic, and two more each 10 s."""
    values = {"TCP_KEEPIDLE": 30, "TCP_KEEPALIVE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}  # macOS has the second
    options = [
        (socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in values.items() if hasattr(socket, name)
    ]
    return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *options]


class ConnectionTrace:
    """Progress of a request."""

    #: A new connection was started.
    connecting: bool = False
    #: The new connection is ready, including its tunnel and TLS handshake.
    connected: bool = False
    #: The server responded or closed before the whole request was sent.
    cut_off: bool = False
    #: Bytes of the response arrived.
    response_started: bool = False
    #: Seconds for which the kept-alive connection was idle before.
    idle: float = 0.0
    #: The time of the monotonic clock since which an idle connection may be used again.
    oldest: float = float("-inf")
    #: Seconds to wait for the first byte on a connection that was idle for long, None for no such limit.
    first_byte: float | None = None

    @property
    def unsent(self) -> bool:
        """True if the request was not sent because no connection could be made."""
        return self.connecting and not self.connected

    @property
    def stale(self) -> bool:
        """True if a kept-alive connection was used and no response arrived."""
        return not self.connecting and not self.response_started

    @property
    def is_doubtful(self) -> bool:
        """True while nothing arrives on a connection that was idle so long that it can have been dropped silently."""
        return self.first_byte is not None and self.idle >= DOUBTFUL_IDLE and self.stale


def failure(
    kind: type[TransportException], reason: str, hint: str | None, request: Request, trace: ConnectionTrace
) -> TransportException:
    """Return the exception for a failed ``request``."""
    if kind is TimeoutException:  # the cause has the library's own message
        reason = "no connection was established in time" if trace.unsent else "no complete response arrived in time"
    if kind is ConnectionException and trace.cut_off:
        hint = CUT_OFF
    error = kind(0, reason, request=repr(request), hint=hint)
    error.is_unsent = trace.unsent
    error.is_scheme_doubtful = (
        hint == NOT_HTTPS
        or (hint == BROKEN and not trace.response_started)
        or (hint == NOT_HTTP and any(alert in reason for alert in _TLS_ALERT))
        or (kind is TimeoutException and trace.unsent and request.origin.startswith("https:"))
    )
    error.is_stale = trace.stale if kind is ConnectionException else kind is TimeoutException and trace.is_doubtful
    return error


class Body:
    """Buffer for the body of a response. Raises ResponseTooLargeException above ``limit`` bytes.

    :param length: Content-Length, if any.
    """

    __slots__ = ("_data", "_limit", "_request", "_size", "_status")

    def __init__(self, request: Request, limit: int, status: int, length: int | None) -> None:
        self._request, self._limit, self._status = request, limit, status
        self._data = Secret(io.BytesIO())  # a login's body holds the token
        self._size = 0
        self._check(length or 0)

    def add(self, chunk: bytes) -> None:
        """Append a chunk of the decompressed body."""
        self._size += len(chunk)
        self._check(self._size)
        self._data.value.write(chunk)

    def getvalue(self) -> bytes:
        """Return the body, without a copy."""
        return self._data.value.getvalue()

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise ResponseTooLargeException(
                self._status,
                f"the response has more than {self._limit} bytes",
                request=repr(self._request),
                hint="read less at a time, or set Configuration.max_response_size",
            )


def content_length(text: str | None) -> int | None:
    """Return the value of a Content-Length header, however large, or None.

    It may be repeated. The HTTP libraries refuse a response with different values (RFC 9112, 6.3).
    """
    length = (text or "").partition(",")[0].strip()
    if not (length.isascii() and length.isdigit()):
        return None
    return int(length) if len(length) < 20 else sys.maxsize
