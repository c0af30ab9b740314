"""Connections of aiohttp: keep-alive, name resolution and socket options."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import select
import socket
import threading
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler

from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.transport import ConnectionTrace

#: How far the request of a task got.
current_trace: ContextVar[ConnectionTrace | None] = ContextVar("current_trace", default=None)


class _Protocol(ResponseHandler):
    """Close the connection on bytes between two requests, which the next request would take for its response."""

    _is_idle = False
    _idle_since = 0.0
    _doubt: tuple[ConnectionTrace, float | None] | None = None
    _poll: Any = None

    def __init__(self, options: list[Any], **keywords: Any) -> None:
        super().__init__(**keywords)
        self._options = options

    def connection_made(self, transport: Any) -> None:
        connection = transport.get_extra_info("socket")
        for option in self._options:
            with contextlib.suppress(AttributeError, OSError):  # there is no socket of the system's, or no such option
                connection.setsockopt(*option)
        super().connection_made(transport)

    def set_response_params(self, **params: Any) -> None:
        trace = current_trace.get()
        self._doubt = None
        if trace is not None and self._is_idle:
            trace.idle = monotonic() - self._idle_since
            if trace.is_doubtful:
                self._doubt = trace, params.get("read_timeout")
                params["read_timeout"] = trace.first_byte
        self._is_idle = False
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if self._doubt is not None and data:
            (trace, self.read_timeout), self._doubt = self._doubt, None
            trace.first_byte = None
        if not self._is_idle:
            super().data_received(data)
        elif data:  # pragma: no branch: aiohttp passes b"" when it resumes reading, which depends on its buffers
            self.close()

    def connection_lost(self, exc: Any) -> None:
        if exc is not None:
            self._read_rest()
        super().connection_lost(exc)

    def _read_rest(self) -> None:
        """Read what the server sent before it closed: asyncio stops reading once it cannot send."""
        if self.transport is None or self.transport.get_extra_info("sslcontext") is not None:
            return
        connection = self.transport.get_extra_info("socket")
        with contextlib.suppress(AttributeError, OSError):  # nothing left, or not a system socket
            while data := os.read(connection.fileno(), 1 << 16):
                super().data_received(data)

    def retain(self) -> None:
        """Mark the connection as idle."""
        self._is_idle, self._idle_since = True, monotonic()

    def is_usable(self, oldest: float) -> bool:
        """Return True if nothing arrived since the last response, read or unread.

        :param oldest: the time since which the connection may have been idle.
        """
        if self.transport is None or self.should_close or self._idle_since < oldest:
            return False
        connection = self.transport.get_extra_info("socket")
        if not hasattr(select, "poll"):  # pragma: no cover: Windows
            return not select.select([connection], [], [], 0)[0]
        if self._poll is None:
            self._poll = select.poll()  # unlike select(), not limited to 1024 descriptors
            self._poll.register(connection, select.POLLIN)
        return not self._poll.poll(0)


class Connector(aiohttp.TCPConnector):
    """Cap the idle connections and check them before reuse; aiohttp itself only caps open connections."""

    def __init__(self, max_idle: int, keepalive: list[Any], **options: Any) -> None:
        super().__init__(resolver=Resolver(), **options)
        self._factory: Any = functools.partial(_Protocol, keepalive, loop=asyncio.get_running_loop())
        self._max_idle = max_idle

    def _get(self, key: Any, *args: Any, **options: Any) -> Any:
        idle: Any = self._conns.get(key, ())  # made by _factory
        trace = current_trace.get()
        oldest = float("-inf") if trace is None else trace.oldest
        for order in (idle, reversed(idle)):  # aiohttp takes the first or the last, depending on its release
            for protocol, _ in order:
                if protocol.is_usable(oldest):
                    break
                protocol.close()
        return super()._get(key, *args, **options)

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        trace = current_trace.get() or ConnectionTrace()
        trace.connecting = True
        protocol = await super()._create_connection(req, traces, timeout)
        trace.connected = True
        return protocol

    def _release(self, key: Any, protocol: Any, *, should_close: bool = False) -> None:
        idle = sum(map(len, self._conns.values()))
        super()._release(key, protocol, should_close=should_close or idle >= self._max_idle)
        protocol.retain()


class Resolver(AbstractResolver):
    """Resolve each name in a new daemon thread.

    A look-up cannot be interrupted. In the event loop's executor, one that hangs would block other calls and the end of
    the program.
    """

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[Any]:
        loop = asyncio.get_running_loop()
        resolved: asyncio.Future[list[Any] | Exception] = loop.create_future()

        def deliver(result: list[Any] | Exception) -> None:
            if not resolved.done():  # the request may have been cancelled
                resolved.set_result(result)

        def resolve_name() -> None:
            result: list[Any] | Exception
            try:
                result = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
            except Exception as error:
                result = error
            with contextlib.suppress(RuntimeError):  # the event loop has ended
                loop.call_soon_threadsafe(deliver, result)

        try:
            threading.Thread(target=resolve_name, daemon=True, name="name resolution").start()
        except RuntimeError:  # pragma: no cover; too many threads
            resolve_name()
        addresses = await resolved
        if isinstance(addresses, Exception):
            raise addresses
        return [
            {
                "hostname": host,
                "host": f"{address[0]}%{address[3]}" if len(address) > 3 and address[3] else address[0],
                "port": address[1],
                "family": kind,
                "proto": protocol,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for kind, _, protocol, _, address in addresses
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def socket_factory(options: list[Any]) -> Any:
    def create(address: Any) -> socket.socket:
        sock = socket.socket(*address[:3])
        try:
            for option in options:
                sock.setsockopt(*option)
        except BaseException:
            sock.close()
            raise
        return sock

    return create
