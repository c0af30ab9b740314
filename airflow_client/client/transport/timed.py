"""http.client's connection, as urllib3 and requests use it, but that the whole answer has to come within a deadline."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import sys
import threading
from typing import Any

import urllib3.exceptions as errors
from urllib3.util.connection import allowed_gai_family

from airflow_client.client.transport.http1 import LINES, SIZE
from airflow_client.client.transport.sockets import Limits, Reader, addresses, connected


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
        response_class = _TimedResponse
        timeout: Any
        source_address: Any
        socket_options: Any
        _dns_host: str

        def connect(self) -> None:
            limits = current.limits
            if limits is not None:
                limits.opening = True
                self.timeout = limits.to_connect(self.timeout)
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
                found = addresses(host, self.port, allowed_gai_family())
                return connected(found, limits, self.timeout, self.source_address, self.socket_options or ())
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


def observe_limits(manager: Any) -> None:
    """Have the pools of an ``urllib3.PoolManager`` make connections that observe the limits of our requests."""
    for scheme, pool in manager.pool_classes_by_scheme.items():
        if not issubclass(pool.ConnectionCls, _Observes):
            timed_pool = type(pool.__name__, (pool,), {"ConnectionCls": timed(pool.ConnectionCls)})
            manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, scheme: timed_pool}


class _Observes:
    """Marks the connections that observe limits."""


class _TimedResponse(http.client.HTTPResponse):
    """Reads its answer within the limits of the request that this thread makes."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        limits = current.limits
        source: Any = sock if limits is None else _SharedReader(sock, limits)
        super().__init__(source, *args, **options)

    def _read_status(self) -> tuple[str, int, str]:
        """The next status line, past what is only provisional: of that, http.client passes over 100 alone."""
        while True:
            told: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # it is http.client's own
            if not 102 <= told[1] <= 199 or current.limits is None:
                return told
            for _ in range(LINES):
                if self.fp.readline(SIZE) in (b"\r\n", b"\n", b""):
                    break


class _SharedReader(Reader):
    """One that keeps the socket open, should the connection be closed, and leaves it to the next request."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        super().__init__(sock, limits)
        self._file = sock.makefile("rb", buffering=0)  # counted by the socket, which stays open until this is closed

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def close(self) -> None:
        if not self.closed:
            if self._socket.gettimeout() != self._limits.read:
                # The next request on this connection is not to be sent within what was left for this answer.
                with contextlib.suppress(OSError):
                    self._socket.settimeout(self._limits.read)
            self._file.close()
        super().close()
