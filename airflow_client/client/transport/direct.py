"""The default transport: connections straight to the server, kept alive.

What is not as plain as that goes by urllib3: see :func:`suits`.
"""

from __future__ import annotations

import socket
import sys
import time
from types import FunctionType
from urllib.parse import urlsplit

from airflow_client.client.exceptions import (
    ConnectionException,
    ProtocolException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.client.transport import BROKEN, NOT_HTTP, Body, failure, pool_size, without_tracebacks
from airflow_client.client.transport.connection import Connection
from airflow_client.client.transport.sockets import Limits, addresses, connected
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.options import Timeouts
    from airflow_client.client.wire import Request

_NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
#: Where exceptions are defined that are raised here and are no OSError and no ValueError.
_THEIRS = ("http.client", "urllib3.exceptions")
#: The letters of host names, and of addresses.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:")


class DirectTransport:
    """Sends requests to ``origin`` (``https://host:port``) over kept-alive connections, as ``configuration`` says.

    The configuration is read here once: certificates, pool size and socket options.
    """

    def __init__(self, configuration: Configuration, origin: str) -> None:
        self._idle: list[Connection] = []
        self._is_closed = False
        url = urlsplit(origin)
        default = 443 if url.scheme == "https" else 80
        self._host, self._port = (url.hostname or "").replace("%25", "%", 1), url.port or default
        # The zone of an IPv6 address, and a dot that makes a name absolute, are for this machine alone.
        self._name = self._host.partition("%")[0].rstrip(".")
        name = f"[{self._name}]" if ":" in self._name else self._name
        self._host_header = name if self._port == default else f"{name}:{self._port}"
        self._max_size = configuration.max_response_size
        options = configuration.socket_options
        self._socket_options = _NO_DELAY if options is None else options
        self._context = None
        if url.scheme == "https":
            from airflow_client.client.transport import tls

            self._context = tls.context(configuration)
        self._pool_size = pool_size(configuration)

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        if self._is_closed:
            hint = "the client was closed before the call was made"
            raise ConnectionException(0, "the transport is closed", request=repr(request), hint=hint)
        body = Body(request, self._max_size)
        limits = Limits(time.monotonic() + timeouts.total, timeouts.read, stop)
        connection = None
        try:
            connection = self._reused() or self._opened(limits, timeouts.connect)
            connection.send(request, self._host_header, limits)
            head = connection.receive(request.method, limits)
            if stream and 200 <= head.status <= 299:
                from airflow_client.client.transport.response import response

                limits.lift()
                raw = response(head, connection=connection, pool=self, request_url=request.target)
                return Response(head.status, head.reason, head.headers, None, raw)
            head.read_into(body)
        except BaseException as error:
            if connection is not None:
                connection.close()  # it may be in the middle of a request or of an answer
            if not isinstance(error, (OSError, ValueError)) and type(error).__module__ not in _THEIRS:
                raise
            raise _translated(error, request, limits) from without_tracebacks(error)
        self._put_conn(connection)
        return Response(head.status, head.reason, head.headers, body.whole())

    def close(self) -> None:
        self._is_closed = True
        while (connection := self._taken()) is not None:
            connection.close()

    __del__ = close  # of a client that nobody closed

    def _taken(self) -> Connection | None:
        """The idle connection that was used last."""
        try:
            return self._idle.pop()
        except IndexError:  # there is none, or another thread was faster
            return None

    def _reused(self) -> Connection | None:
        """An idle connection that is still good."""
        while (connection := self._taken()) is not None:
            if not connection.is_dropped():
                return connection
            connection.close()
        return None

    def _opened(self, limits: Limits, seconds: float) -> Connection:
        """A new connection, which is to be had within so many seconds."""
        limits.opening = True
        sys.audit("http.client.connect", self, self._host, self._port)  # as http.client and urllib3 do
        sock = connected(addresses(self._host, self._port), limits, seconds, None, self._socket_options)
        if self._context is not None:
            try:
                sock = self._context.wrap_socket(sock, server_hostname=self._name)
            except BaseException:
                sock.close()
                raise
        limits.opened = True
        return Connection(sock)

    def _put_conn(self, connection: Connection) -> None:
        """Keep a connection for the next request; by urllib3's name for it, whose responses give theirs back."""
        if connection.is_last or len(self._idle) >= self._pool_size:
            connection.close()
            return
        self._idle.append(connection)
        if self._is_closed:  # meanwhile
            self.close()


def suits(configuration: Configuration, origin: str) -> bool:
    """Whether a way without a proxy to ``origin`` is one for :class:`DirectTransport`.

    Not so where the host is no plain name or address, where certificates are not to be compared with the host as
    usual, and where somebody sees or answers requests by something in the place of what urllib3 and http.client are
    made of, as OpenTelemetry's instrumentation and vcrpy do.
    """
    if origin.startswith("https:") and not (configuration.verify_ssl and configuration.assert_hostname is None):
        return False
    host = urlsplit(origin).hostname or ""
    return _PLAIN.issuperset(host.partition("%")[0] if ":" in host else host) and not _replaced()


#: The functions that a request by urllib3 passes: their modules and classes.
_PASSED = (
    ("urllib3.connectionpool", "HTTPConnectionPool", ("urlopen", "_make_request")),
    ("urllib3.connectionpool", "HTTPSConnectionPool", ()),
    ("urllib3.connection", "HTTPConnection", ("request", "getresponse", "connect")),
    ("urllib3.connection", "HTTPSConnection", ("connect",)),
    ("http.client", "HTTPConnection", ("request", "putrequest", "endheaders", "send", "getresponse", "connect")),
)


def _replaced() -> bool:
    """Whether one of them, or the class of connection that a pool of urllib3's makes, is not what it was."""
    for module_name, class_name, names in _PASSED:
        module = sys.modules.get(module_name)
        kind = getattr(module, class_name, None)  # of a module that another thread is importing
        for name in names if kind else ():
            function = vars(kind).get(name)
            if function is not None and not (type(function) is FunctionType and function.__globals__ is vars(module)):
                return True
        made = getattr(kind, "ConnectionCls", None)
        if made is not None and made.__module__ != "urllib3.connection":
            return True
    return False


def _translated(error: BaseException, request: Request, limits: Limits) -> TransportException:
    """Our exception for what a socket, ssl or http.client raised, inside of what urllib3 made of it."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = NOT_HTTP
    cause = error
    if type(error).__module__ == "urllib3.exceptions":
        cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, socket.timeout):
        kind, hint = TimeoutException, None
    elif _is_ssl_error(cause):
        from airflow_client.client.transport import tls

        kind, hint = TlsException, tls.hint(cause)
    elif limits.unsent:
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    elif isinstance(cause, OSError):  # reset, broken pipe, closed before an answer (http.client.RemoteDisconnected)
        kind, hint = ConnectionException, BROKEN
    return failure(kind, f"{type(cause).__name__}: {cause}", hint, request, limits)


def _is_ssl_error(error: BaseException) -> bool:
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(error, ssl.SSLError)
