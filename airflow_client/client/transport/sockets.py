"""Sockets to a server within the limits of one request: connecting one, and reading from it.

Python's sockets bound each wait for bytes: a server that sends a byte now and then is waited for without end.
"""

from __future__ import annotations

import io
import select
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from airflow_client.client.transport import Course

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from threading import Event

    from airflow_client.client.configuration import Configuration

#: Seconds between two looks at whether the answer is still wanted.
_LOOK = 0.05
_NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]


class Destination:
    """Where an origin (``https://host:port``) is reached, and how, as ``configuration`` says.

    :ivar host: the name or the address.
    :ivar port: the port.
    :ivar name: the name that the server goes by, in its certificate too.
    :ivar header: the value of the Host header.
    :ivar options: of the sockets, as arguments of ``setsockopt``.
    :ivar context: for TLS; None without.
    """

    __slots__ = ("context", "header", "host", "name", "options", "port")

    def __init__(self, configuration: Configuration, origin: str) -> None:
        url = urlsplit(origin)
        default = 443 if url.scheme == "https" else 80
        self.host, self.port = (url.hostname or "").replace("%25", "%", 1), url.port or default
        # The zone of an IPv6 address, and a dot that makes a name absolute, are for this machine alone.
        self.name = self.host.partition("%")[0].rstrip(".")
        name = f"[{self.name}]" if ":" in self.name else self.name
        self.header = name if self.port == default else f"{name}:{self.port}"
        options = configuration.socket_options
        self.options: Iterable[Any] = _NO_DELAY if options is None else options
        self.context: ssl.SSLContext | None = None
        if url.scheme == "https":
            from airflow_client.client.transport import tls

            self.context = tls.context(configuration)


class Limits(Course):
    """The limits of one request, and how far it got.

    :ivar deadline: the moment of the monotonic clock at which the answer has to be complete.
    :ivar read: seconds to wait for the next bytes.
    :ivar stop: is set by another thread where the answer is not wanted any more.
    """

    __slots__ = ("deadline", "read", "stop")

    def __init__(self, deadline: float, read: float, stop: Event | None = None) -> None:
        super().__init__()
        self.deadline = deadline
        self.read = read
        self.stop = stop

    def to_connect(self, seconds: float, addresses: int = 1) -> float:
        """Of the limit for connecting, what the next of so many ``addresses`` may take, each of which may be silent."""
        return max(min(seconds, (self.deadline - time.monotonic()) / addresses), 0.001)

    def to_send(self) -> float:
        """Seconds in which the request has to be sent."""
        return max(min(self.read, self.deadline - time.monotonic()), 0.001)

    def until(self, now: float) -> float:
        """The moment at which the next bytes have to have come, if they are waited for from ``now`` on."""
        return min(self.deadline, now + self.read)

    def passed(self, now: float) -> socket.timeout:
        """What to raise at that moment."""
        return socket.timeout("the deadline of the call was reached" if now >= self.deadline else "timed out")

    def lift(self) -> None:
        """Leave only the limit of each wait, for an answer that is read at the caller's pace."""
        self.deadline, self.stop = float("inf"), None


def addresses(host: str, port: int, family: int = socket.AF_UNSPEC) -> list[Any]:
    """The addresses of a host, as ``socket.getaddrinfo`` gives them."""
    name: Any = host
    # A name given as text is made ASCII by a codec that takes longer to import than a call takes. Not so one given as
    # bytes; but what somebody put in the place of Python's own getaddrinfo expects text.
    if host.isascii() and getattr(socket.getaddrinfo, "__globals__", None) is vars(socket):
        name = host.encode()
    return socket.getaddrinfo(name, port, family, socket.SOCK_STREAM)


def connected(
    found: list[Any], limits: Limits, seconds: float, source_address: Any, options: Iterable[Any]
) -> socket.socket:
    """A socket that is connected to the first of these addresses that answers.

    :param seconds: the limit for each of them, unless the limits of the request leave less.
    :param options: arguments of ``setsockopt``.
    """
    for index, (family, kind, protocol, _, address) in enumerate(found, 1):
        connection = None
        try:
            connection = socket.socket(family, kind, protocol)
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(limits.to_connect(seconds, len(found) - index + 1))
            if source_address:
                connection.bind(source_address)
            connection.connect(address)
        except OSError:
            if connection is not None:
                connection.close()
            if index == len(found):
                raise
        else:
            connection.settimeout(limits.to_connect(seconds))  # for the TLS handshake
            return connection
    raise OSError("the name has no address")


def is_readable(sock: Any) -> bool:
    """Whether something came, or the end.

    :param sock: what has a ``fileno()``.
    """
    if not hasattr(select, "poll"):
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()  # which takes any number of a descriptor
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class Reader(io.RawIOBase):
    """Reads from a socket, within limits."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._socket = sock
        self._limits = limits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        limits = self._limits
        now = time.monotonic()
        until = limits.until(now)
        while True:
            wait = until - now
            if wait <= 0:
                raise limits.passed(now)
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
