"""http.client's connection, but that the whole answer has to come within a deadline.

Python's sockets, and urllib3 with them, bound each wait for bytes: a server that sends a byte now and then is waited
for without end.
"""

from __future__ import annotations

import http.client
import io
import socket
import sys
import threading
import time
from typing import Any

import urllib3.exceptions as errors
from urllib3.util.connection import allowed_gai_family

from airflow_client.client.transport import Course

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.transport import Body

#: Seconds between two looks at whether the answer is still wanted.
_LOOK = 0.05
#: How long a line of a head may be, and how many there may be: http.client's own limits.
LINE, LINES = 65_536, 100


class Limits(Course):
    """The limits of one request, and how far it got.

    :ivar deadline: the moment of the monotonic clock at which the answer has to be complete.
    :ivar read: seconds to wait for the next bytes.
    :ivar stop: is set by another thread where the answer is not wanted any more.
    :ivar body: what the connection is to put the answer's body into; None where others read it from the answer.
    """

    __slots__ = ("body", "deadline", "read", "stop")

    def __init__(
        self, deadline: float, read: float, stop: threading.Event | None = None, body: Body | None = None
    ) -> None:
        super().__init__()
        self.deadline = deadline
        self.read = read
        self.stop = stop
        self.body = body

    def to_connect(self, seconds: float, addresses: int) -> float:
        """Of the limit for connecting, what the next of so many ``addresses`` may take, each of which may be silent."""
        return max(min(seconds, (self.deadline - time.monotonic()) / addresses), 0.001)

    def to_send(self) -> float:
        """Seconds in which the request has to be sent."""
        return max(min(self.read, self.deadline - time.monotonic()), 0.001)

    def lift(self) -> None:
        """Leave only the limit of each wait, for an answer that is read at the caller's pace."""
        self.deadline, self.stop = float("inf"), None


class Current(threading.local):
    """The limits of the request that a thread is making, which http.client offers no way to hand through.

    :ivar limits: None where the request is not ours, but that of somebody whose session we share.
    """

    limits: Limits | None = None


current = Current()


def timed(connection: type[Any]) -> type[Any]:
    """A class of connection like ``connection`` that observes the limits of the request that it makes."""
    connecting = getattr(connection, "_new_conn", None)
    is_plain = getattr(connecting, "__module__", "") == "urllib3.connection"  # not so that through a SOCKS proxy

    class Timed(connection, _Observes):  # type: ignore[misc]  # a base that is made at run time
        timeout: Any
        source_address: Any
        socket_options: Any
        _dns_host: str

        @property
        def response_class(self) -> type[http.client.HTTPResponse]:
            from airflow_client.client.transport.timed_response import TimedResponse

            return TimedResponse  # for who does not read the answer by a Reader at once

        def connect(self) -> None:
            limits = current.limits
            if limits is not None:
                limits.opening = True
                self.timeout = limits.to_connect(self.timeout, 1)
            super().connect()
            if limits is not None:
                limits.opened = True
                self.sock.settimeout(limits.to_send())  # it is not held to the limit for connecting

        def _new_conn(self) -> socket.socket:
            limits, host = current.limits, self._dns_host.strip("[]")
            if limits is None or not is_plain:
                return super()._new_conn()  # type: ignore[no-any-return]  # urllib3's
            sys.audit("http.client.connect", self, self.host, self.port)  # as http.client and urllib3 do
            try:
                return _connected(
                    _addresses(host, self.port), limits, self.timeout, self.source_address, self.socket_options or ()
                )
            except UnicodeError:
                raise errors.LocationParseError(f"{host!r}, label empty or too long") from None
            except socket.timeout as error:
                told = f"Connection to {host} timed out. (connect timeout={self.timeout})"
                raise errors.ConnectTimeoutError(self, told) from error
            except OSError as error:
                told = "resolve the name" if isinstance(error, socket.gaierror) else "establish a new connection"
                raise errors.NewConnectionError(self, f"Failed to {told}: {error}") from error

    Timed.__name__ = connection.__name__  # which error messages show
    return Timed


def _addresses(host: str, port: int) -> list[Any]:
    name: Any = host
    # A name given as text is made ASCII by a codec that takes longer to import than a call takes. Not so one given as
    # bytes; but what somebody put in the place of Python's own getaddrinfo expects text.
    if host.isascii() and getattr(socket.getaddrinfo, "__globals__", None) is vars(socket):
        name = host.encode()
    return socket.getaddrinfo(name, port, allowed_gai_family(), socket.SOCK_STREAM)


def _connected(
    addresses: list[Any], limits: Limits, seconds: float, source_address: Any, socket_options: Any
) -> socket.socket:
    """A socket that is connected to the first of ``addresses`` that answers.

    :param seconds: the limit for each of them, unless the limits of the request leave less.
    """
    for index, (family, kind, protocol, _, address) in enumerate(addresses, 1):
        connection = None
        try:
            connection = socket.socket(family, kind, protocol)
            for option in socket_options:
                connection.setsockopt(*option)
            connection.settimeout(limits.to_connect(seconds, len(addresses) - index + 1))
            if source_address:
                connection.bind(source_address)
            connection.connect(address)
        except OSError:
            if connection is not None:
                connection.close()
            if index == len(addresses):
                raise
        else:
            connection.settimeout(limits.to_connect(seconds, 1))  # for the TLS handshake
            return connection
    raise OSError("the name has no address")


def observe_limits(manager: Any) -> None:
    """Have the pools of an ``urllib3.PoolManager`` make connections that observe the limits of our requests."""
    for scheme, pool in manager.pool_classes_by_scheme.items():
        if not issubclass(pool.ConnectionCls, _Observes):
            timed_pool = type(pool.__name__, (pool,), {"ConnectionCls": timed(pool.ConnectionCls)})
            manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, scheme: timed_pool}


class _Observes:
    """Marks the connections that observe limits."""


class Reader(io.RawIOBase):
    """Reads from a socket, within limits."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._socket = sock
        self._limits = limits

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        limits = self._limits
        now = time.monotonic()
        until = min(limits.deadline, now + limits.read)
        while True:
            wait = until - now
            if wait <= 0:
                raise socket.timeout("the deadline of the call was reached" if now >= limits.deadline else "timed out")
            if limits.stop is not None:
                if limits.stop.is_set():
                    raise ConnectionAbortedError("the answer is not wanted any more")
                wait = min(wait, _LOOK)
            if self._socket.gettimeout() != wait:  # to set it is a call of the operating system
                self._socket.settimeout(wait)
            try:
                count = self._socket.recv_into(buffer)
            except socket.timeout:
                now = time.monotonic()
                continue
            limits.received = limits.received or count > 0
            return count
