"""The default transport for asyncio: connections straight to the server, by the event loop itself, kept alive.

What is not as plain as that goes by aiohttp: see :func:`~airflow_client.client.transport.plain.is_plain`. A request
by aiohttp takes several times as much of the CPU.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any, TypeVar

from airflow_client.client.transport import Body, by_aiohttp, pool_size, without_secrets
from airflow_client.client.transport.async_connection import AsyncConnection
from airflow_client.client.transport.errors import closed, is_known, translated
from airflow_client.client.transport.sockets import Destination, Limits, addresses
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.options import Timeouts
    from airflow_client.client.transport import AsyncTransport
    from airflow_client.client.wire import Request

T = TypeVar("T")


class AsyncioTransport:
    """Sends requests to ``origin`` (``https://host:port``) over kept-alive connections, as ``configuration`` says.

    The configuration is read here once: certificates, pool size and socket options; for answers that the caller reads,
    when the first of these is asked for.
    """

    def __init__(self, configuration: Configuration, origin: str) -> None:
        self._idle: list[AsyncConnection] = []
        self._is_closed = False
        self._loop = asyncio.get_running_loop()
        self._configuration, self._origin = configuration, origin
        self._streaming: AsyncTransport | None = None
        self._to = Destination(configuration, origin)
        self._max_size = configuration.max_response_size
        self._pool_size = pool_size(configuration)

    async def send(self, request: Request, timeouts: Timeouts, stream: bool) -> Response:
        if self._is_closed:
            raise closed(request)
        if stream:  # what the caller gets is aiohttp's response
            self._streaming = self._streaming or by_aiohttp(self._configuration, self._origin)
            return await self._streaming.send(request, timeouts, stream)
        body = Body(request, self._max_size)
        limits = Limits(time.monotonic() + timeouts.total, timeouts.read)
        connection = None
        try:
            connection = self._reused() or await self._opened(limits, timeouts.connect)
            connection.send(request, self._to.header, limits)
            head = await connection.receive(request.method)
            await connection.read_into(body, head)
            data = body.whole()
            if head.is_packed:
                from airflow_client.client.transport.response import unpacked

                data = unpacked(head, data, Body(request, self._max_size))
        except BaseException as error:
            if connection is not None:
                connection.close()  # it may be in the middle of a request or of an answer
            if not is_known(error):
                raise
            raise translated(error, request, limits) from without_secrets(error)
        self._give_back(connection)
        return Response(head.status, head.reason, head.headers, data, discard=connection.close)

    async def close(self) -> None:
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()
        if self._streaming is not None:
            await self._streaming.close()
        await asyncio.sleep(0)  # the event loop closes the sockets on its next round

    def __del__(self) -> None:  # of a client that nobody closed; in any thread
        if self._idle and not self._loop.is_closed():
            for connection in self._idle:
                self._loop.call_soon_threadsafe(connection.close)

    def _reused(self) -> AsyncConnection | None:
        """An idle connection that is still good, of these the one that was used last."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_dropped():
                return connection
            connection.close()
        return None

    def _give_back(self, connection: AsyncConnection) -> None:
        """Keep a connection for the next request."""
        connection.finish()
        if connection.is_last or len(self._idle) >= self._pool_size or self._is_closed:
            connection.close()
        else:
            self._idle.append(connection)

    async def _opened(self, limits: Limits, seconds: float) -> AsyncConnection:
        """A new connection, which is to be had within so many seconds."""
        limits.opening = True
        sys.audit("http.client.connect", self, self._to.host, self._to.port)  # as http.client and urllib3 do
        sock, connection = await self._connected(limits, seconds), AsyncConnection()
        wait = limits.to_connect(seconds)
        tls: dict[str, Any] = {}
        if self._to.context is not None:  # asyncio's own limit is not to be the one that ends the wait
            tls = {"ssl": self._to.context, "server_hostname": self._to.name, "ssl_handshake_timeout": wait + 1}
        try:
            await _within(self._loop.create_connection(lambda: connection, sock=sock, **tls), wait)
        except BaseException:
            connection.close()
            sock.close()
            raise
        limits.opened = True
        return connection

    async def _connected(self, limits: Limits, seconds: float) -> socket.socket:
        """A socket that is connected to the first address of the host that answers."""
        found = await self._addresses(limits.to_connect(seconds))
        for index, (family, kind, protocol, _, address) in enumerate(found, 1):
            connection = None
            try:
                connection = socket.socket(family, kind, protocol)
                connection.setblocking(False)
                for option in self._to.options:
                    connection.setsockopt(*option)
                wait = limits.to_connect(seconds, len(found) - index + 1)
                await _within(self._loop.sock_connect(connection, address), wait)
            except BaseException as error:
                if connection is not None:
                    connection.close()
                if index == len(found) or not isinstance(error, OSError):
                    raise
            else:
                return connection
        raise OSError("the name has no address")

    async def _addresses(self, seconds: float) -> list[Any]:
        host, port = self._to.host, self._to.port
        if _is_address(host):  # nobody has to be asked
            return addresses(host, port)
        return await _within(self._loop.run_in_executor(None, addresses, host, port), seconds)


def _is_address(host: str) -> bool:
    try:
        return ":" in host or bool(socket.inet_aton(host))
    except OSError:
        return False


async def _within(steps: Awaitable[T], seconds: float) -> T:
    """What ``steps`` come to within so many seconds.

    Not asyncio.wait_for(), which can take a cancellation for its own (until Python 3.12).
    """
    task = asyncio.ensure_future(steps)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
    if task.cancelled():
        raise socket.timeout("timed out")
    return task.result()
