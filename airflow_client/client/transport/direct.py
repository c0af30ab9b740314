"""The default transport: connections straight to the server, kept alive.

What is not as plain as that goes by urllib3: see :func:`~airflow_client.client.transport.plain.is_plain`.
"""

from __future__ import annotations

import sys
import time

from airflow_client.client.transport import Body, pool_size, without_secrets
from airflow_client.client.transport.connection import Connection
from airflow_client.client.transport.errors import closed, is_known, translated
from airflow_client.client.transport.sockets import Destination, Limits, addresses, connected
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.options import Timeouts
    from airflow_client.client.wire import Request


class DirectTransport:
    """Sends requests to ``origin`` (``https://host:port``) over kept-alive connections, as ``configuration`` says.

    The configuration is read here once: certificates, pool size and socket options.
    """

    def __init__(self, configuration: Configuration, origin: str) -> None:
        self._idle: list[Connection] = []
        self._is_closed = False
        self._to = Destination(configuration, origin)
        self._max_size = configuration.max_response_size
        self._pool_size = pool_size(configuration)

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        if self._is_closed:
            raise closed(request)
        body = Body(request, self._max_size)
        limits = Limits(time.monotonic() + timeouts.total, timeouts.read, stop)
        connection = None
        try:
            connection = self._reused() or self._opened(limits, timeouts.connect)
            connection.send(request, self._to.header, limits)
            head = connection.receive(request.method, limits)
            if stream and 200 <= head.status <= 299:
                from airflow_client.client.transport.response import response

                limits.lift()
                told = {"connection": connection, "pool": self, "request_url": request.target}
                raw = response(head, connection.source, **told)
                return Response(head.status, head.reason, head.headers, None, raw)
            connection.read_into(body, head)
        except BaseException as error:
            if connection is not None:
                connection.close()  # it may be in the middle of a request or of an answer
            if not is_known(error):
                raise
            raise translated(error, request, limits) from without_secrets(error)
        self._put_conn(connection)
        return Response(head.status, head.reason, head.headers, body.whole(), discard=connection.close)

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
        host, port = self._to.host, self._to.port
        sys.audit("http.client.connect", self, host, port)  # as http.client and urllib3 do
        sock = connected(addresses(host, port), limits, seconds, None, self._to.options)
        if self._to.context is not None:
            try:
                sock = self._to.context.wrap_socket(sock, server_hostname=self._to.name)
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
