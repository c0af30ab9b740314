"""The default transport: a connection pool of urllib3's, used directly.

Its own retries and redirects are off, because :mod:`airflow_client.client.flow` owns that policy.
"""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

import urllib3
import urllib3.exceptions as errors
from urllib3.util.ssl_ import create_urllib3_context

from airflow_client.client.configuration import without_credentials
from airflow_client.client.exceptions import (
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    ProtocolException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.timeouts import Timeouts
    from airflow_client.client.wire import Request

#: Bytes read between two looks at the clock.
_CHUNK = 1 << 20
_NO_RETRIES = urllib3.Retry(False)


class Urllib3Transport:
    """Sends requests to ``origin`` (``https://host:port``) over kept-alive connections, as ``configuration`` says.

    The configuration is read here once: TLS, client certificate, proxy, pool size and socket options.
    """

    def __init__(self, configuration: Configuration, origin: str) -> None:
        scheme, host = urlsplit(origin).scheme, urlsplit(origin).hostname
        maxsize = configuration.connection_pool_maxsize
        if isinstance(maxsize, bool) or not isinstance(maxsize, int):
            raise ApiTypeError(f"connection_pool_maxsize must be an int, not {type(maxsize).__name__}")
        options: dict[str, Any] = {"maxsize": maxsize}
        if configuration.socket_options is not None:
            options["socket_options"] = configuration.socket_options
        if scheme == "https":
            options["ssl_context"] = _ssl_context(configuration)
            # urllib3 looks at cert_reqs, not at the context, to warn of a connection that is not verified.
            options["cert_reqs"] = "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE"
            if configuration.assert_hostname is not None:
                options["assert_hostname"] = configuration.assert_hostname
        proxy = _proxy_for(configuration, scheme, host or "")
        self._manager = (
            urllib3.PoolManager(**options) if proxy is None else _proxy_manager(proxy, configuration, options)
        )
        try:
            self._pool = self._manager.connection_from_url(origin)
        except errors.HTTPError as error:  # a host name that cannot be one, such as one with a label of 64 letters
            raise ApiValueError(f"host cannot be reached: {error}") from error
        # A proxy of plain http is asked for absolute URLs (RFC 9112, 3.2.2); a tunnel and a server are asked for paths.
        self._absolute = proxy is not None and scheme == "http"

    def send(self, request: Request, timeouts: Timeouts, stream: bool) -> Response:
        deadline = time.monotonic() + timeouts.total
        limits = urllib3.Timeout(total=timeouts.total, connect=timeouts.connect, read=timeouts.read)
        try:
            raw = self._pool.urlopen(
                request.method,
                request.origin + request.target if self._absolute else request.target,
                body=request.body,
                headers=request.headers,
                retries=_NO_RETRIES,
                redirect=False,
                assert_same_host=False,
                timeout=limits,
                preload_content=False,
                enforce_content_length=True,  # not the default before urllib3 2
            )
            if stream and 200 <= raw.status <= 299:
                return Response(raw.status, raw.reason, raw.headers, None, raw)
            data = _read(raw, deadline)
        except (errors.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise _translated(error, request) from error
        return Response(raw.status, raw.reason, raw.headers, data)

    def close(self) -> None:
        self._pool.close()  # the manager's clear() leaves that to the garbage collector
        self._manager.clear()


def _read(raw: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The whole body; a server that goes on sending past the deadline is cut off."""
    chunks = []
    try:
        for chunk in raw.stream(_CHUNK, decode_content=True):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise errors.ReadTimeoutError(None, None, "the deadline of the call was reached")  # type: ignore[arg-type]  # no pool here
        raw.release_conn()
    except BaseException:
        raw.close()  # the connection is in the middle of a body: it cannot serve another call
        raise
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _translated(error: Exception, request: Request) -> TransportException:
    """Our exception for one of the HTTP library's."""
    kind: type[TransportException] = ProtocolException
    hint = None
    cause = error.args[1] if isinstance(error, errors.ProtocolError) and len(error.args) > 1 else error
    if isinstance(error, errors.ProxyError):
        kind, hint = ConnectionException, "the proxy could not be used: check Configuration.proxy and HTTPS_PROXY"
    elif isinstance(error, errors.SSLError):
        kind, hint = TlsException, _tls_hint(error)
    elif isinstance(error, (errors.NewConnectionError, errors.LocationParseError)):
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    elif isinstance(error, errors.ClosedPoolError):
        kind, hint = ConnectionException, "the client was closed before the call was made"
    elif isinstance(error, (errors.TimeoutError, TimeoutError)):
        kind = TimeoutException
    elif isinstance(cause, OSError):  # reset, broken pipe, closed before an answer (http.client.RemoteDisconnected)
        kind = ConnectionException
    reason = f"{type(cause).__name__}: {cause}"
    return kind(0, reason, request=repr(request), hint=hint)


def _tls_hint(error: Exception) -> str:
    """What to change, by the reason OpenSSL gives for not accepting the certificate (X509_V_ERR_…)."""
    code = getattr(error.args[0] if error.args else None, "verify_code", None)
    if code in (62, 64) or "doesn't match" in str(error):
        return "the certificate is for another name: check Configuration(host=…), or set assert_hostname"
    if code == 10:
        return "the certificate has expired (or the clock is wrong)"
    if code is not None:
        return "the certificate's authority is not trusted: set Configuration(ssl_ca_cert=FILE), or SSL_CERT_FILE"
    if "alert" in str(error).lower():
        return "the server refused the handshake: it may require a client certificate (cert_file, key_file)"
    return "check that the server speaks TLS at this port"


def _ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """One context for all connections: reading the authorities' certificates takes tens of milliseconds."""
    import os
    import ssl
    from pathlib import Path

    # urllib3 itself decides who compares the host name, by its release and by assert_hostname.
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    given = configuration.ssl_ca_cert or os.environ.get("REQUESTS_CA_BUNDLE") or None
    try:
        if not configuration.verify_ssl:
            pass
        elif given is None:
            context.load_default_certs()  # the system's, or SSL_CERT_FILE and SSL_CERT_DIR
        elif Path(given).is_dir():
            context.load_verify_locations(capath=given)
        else:
            context.load_verify_locations(cafile=given)
        if configuration.cert_file is not None:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ApiValueError(
            f"a certificate file of the configuration cannot be used (ssl_ca_cert={given!r}, "
            f"cert_file={configuration.cert_file!r}, key_file={configuration.key_file!r}): {error}"
        ) from error
    return context


def _proxy_for(configuration: Configuration, scheme: str, host: str) -> str | None:
    """The proxy's URL: the configuration's, else the environment's (``HTTPS_PROXY``, ``NO_PROXY`` and the like)."""
    # proxy_bypass_environment is undocumented, and what requests uses: typeshed does not know it.
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    proxies = getproxies_environment()
    proxy = configuration.proxy or proxies.get(scheme) or proxies.get("all")
    if configuration.no_proxy is not None:
        proxies = {"no": configuration.no_proxy}
    elif configuration.proxy:
        proxies = {}  # a proxy that was named in the program is not undone from outside
    if not proxy or ("no" in proxies and proxy_bypass_environment(host, proxies)):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_manager(proxy: str, configuration: Configuration, options: dict[str, Any]) -> urllib3.ProxyManager:
    bare, credentials = without_credentials(proxy)  # the environment's has them in it, the configuration's not
    credentials = credentials or configuration.proxy_credentials
    scheme = urlsplit(bare).scheme
    if scheme not in ("http", "https"):
        raise ApiValueError(f"proxy must be an http:// or https:// URL, not {scheme}://…")
    proxy_headers = dict(configuration.proxy_headers or {})
    if credentials is not None:
        proxy_headers.update(urllib3.make_headers(proxy_basic_auth=":".join(credentials)))
    return urllib3.ProxyManager(bare, proxy_headers=proxy_headers, **options)
