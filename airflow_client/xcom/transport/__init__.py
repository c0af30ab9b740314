"""Transports: one adapter per HTTP library, and what they share."""

from __future__ import annotations

import io
import os
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_client.xcom.configuration import without_credentials
from airflow_client.xcom.exceptions import (
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
)
from airflow_client.xcom.headers import Secret

if TYPE_CHECKING:
    from threading import Event
    from typing import Optional, Protocol

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

    #: The URL of a proxy, and the user name and password for it.
    Proxy = tuple[str, Optional[Secret[tuple[str, str]]]]

#: Hints for failed connections and responses that are not HTTP.
BROKEN = "the connection broke: check Configuration(host=…), including http or https, and the server"
CUT_OFF = "the server responded or closed during the upload: the request may be too large for it, or for a proxy"
CLOSED = "the client was closed before the call was made"
NOT_REACHED = "check Configuration(host=…), and that the server is running"
PROXY_FAILED = "the proxy could not be used: check Configuration.proxy and HTTPS_PROXY"
THROUGH_PROXY = " (the connection uses a proxy)"
NOT_HTTP = "the server may expect HTTPS, not HTTP: check Configuration(host=…)"
NOT_HTTPS = "the server may expect HTTP, not HTTPS: check Configuration(host=…)"


#: Bytes above which a request does not fit the system's buffers, so that the read timeout starts with the response.
UPLOAD_MIN_SIZE = 1 << 16


def is_upload(request: Request) -> bool:
    """Return True if sending ``request`` can take longer than the read timeout."""
    return request.body is not None and len(request.body) > UPLOAD_MIN_SIZE


def pool_size(configuration: Configuration) -> int:
    """Return the maximum number of idle connections."""
    size = configuration.connection_pool_maxsize
    if isinstance(size, bool) or not isinstance(size, int):
        raise ApiTypeError(f"connection_pool_maxsize must be an int, not {type(size).__name__}")
    return size


def proxy_for(configuration: Configuration, origin: str) -> Proxy | None:
    """Return the proxy for ``origin``, or None for a direct connection.

    :raises ApiValueError: it is not an HTTP proxy.
    """
    if not configuration.proxy and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    proxy = _choose_proxy(configuration, origin)
    if proxy is None:
        return None
    # The environment's URL includes the credentials, the configuration's does not.
    url, credentials = without_credentials(proxy)
    if not _is_proxy(url):
        url = ""  # tracebacks show it, and it may hold a password
        raise ApiValueError("proxy must be an http:// or https:// URL of a host and a port, such as http://proxy:3128")
    if credentials is None and configuration.proxy_credentials is not None:
        credentials = Secret(configuration.proxy_credentials)
    return url, credentials


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in url
    except ValueError:  # a port that is not a number
        return False


def _choose_proxy(configuration: Configuration, origin: str) -> Secret[str] | None:
    """Return the URL of the proxy, including its credentials."""
    # A slow import. requests uses proxy_bypass_environment too, which typeshed lacks.
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    scheme, host = urlsplit(origin).scheme, urlsplit(origin).hostname or ""
    proxies = getproxies_environment()
    proxy = configuration.proxy or proxies.get(scheme) or proxies.get("all")
    if configuration.no_proxy is not None:
        proxies = {"no": configuration.no_proxy}
    elif configuration.proxy:
        proxies = {}  # the environment does not override the configuration's proxy
    if not proxy or ("no" in proxies and proxy_bypass_environment(host, proxies)):
        return None
    return Secret(proxy if "://" in proxy else f"http://{proxy}")


def load_certificates(context: ssl.SSLContext, configuration: Configuration) -> None:
    """Load the certificates that ``configuration`` and the environment name. This takes tens of milliseconds.

    :raises ApiValueError: a file cannot be used.
    """
    bundle, data = configuration.ssl_ca_cert, configuration.ca_cert_data
    if data is None:
        bundle = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or None
    try:
        if configuration.verify_ssl:
            if data is not None:
                context.load_verify_locations(cadata=_certificates(data))
            elif bundle is None:
                context.load_default_certs()  # the system's, or SSL_CERT_FILE and SSL_CERT_DIR
            if bundle is not None:
                context.load_verify_locations(**{"capath" if Path(bundle).is_dir() else "cafile": bundle})
        if configuration.cert_file is not None:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ValueError) as error:
        raise ApiValueError(
            f"a certificate of the configuration cannot be used (ssl_ca_cert={bundle!r}, "
            f"ca_cert_data={'None' if data is None else '…'}, cert_file={configuration.cert_file!r}, "
            f"key_file={configuration.key_file!r}): {error}"
        ) from error


def _certificates(data: str | bytes) -> str | bytes:
    """Return ``ca_cert_data`` as OpenSSL takes it: PEM as str, DER as bytes."""
    if isinstance(data, bytes) and b"-----BEGIN" in data:
        return data.decode("ascii", "replace")
    if not isinstance(data, (str, bytes)):
        raise ApiTypeError(f"ca_cert_data must be a str or bytes, not {type(data).__name__}")
    return data


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


class ConnectionTrace:
    """Progress of a request.

    :ivar connecting: a new connection was started.
    :ivar connected: the new connection is ready, including its tunnel and TLS handshake.
    :ivar cut_off: the server responded or closed before the whole request was sent.
    :ivar response_started: bytes of the response arrived.
    """

    __slots__ = ("connected", "connecting", "cut_off", "response_started")

    def __init__(self) -> None:
        self.connecting: bool = False
        self.connected: bool = False
        self.response_started: bool = False
        self.cut_off: bool = False

    @property
    def unsent(self) -> bool:
        """True if the request was not sent because no connection could be made."""
        return self.connecting and not self.connected

    @property
    def stale(self) -> bool:
        """True if a kept-alive connection was used and no response arrived."""
        return not self.connecting and not self.response_started


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
    error.is_stale = kind is ConnectionException and trace.stale
    return error


class Body:
    """Buffer for the body of a response. Raises ResponseTooLargeException above ``limit`` bytes."""

    __slots__ = ("_data", "_limit", "_request", "_status", "size")

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit
        self._status = 0
        self._data = Secret(io.BytesIO())  # a login's body holds the token
        self.size: int = 0

    def begin(self, status: int, length: int | None) -> None:
        """Record the status and the Content-Length, if any."""
        self._status = status
        self._check(length or 0)

    def add(self, chunk: bytes) -> None:
        """Append a chunk of the decompressed body."""
        self.size += len(chunk)
        self._check(self.size)
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

    :raises ValueError: it has several different values (RFC 9112, 6.3).
    """
    lengths = {length.strip() for length in (text or "").split(",")}
    if len(lengths) > 1:
        raise ValueError(f"different Content-Lengths: {text!r:.100}")
    length = lengths.pop()
    if not (length.isascii() and length.isdigit()):
        return None
    return int(length) if len(length) < 20 else sys.maxsize
