"""A connection straight to a server, of an event loop: a request is sent in one piece, its answer read as it comes."""

from __future__ import annotations

import asyncio
import io
import re
import time
from typing import cast

from airflow_client.client.transport.http1 import LINES, SIZE, Head, chunk_size, encoded, error, read_head
from airflow_client.client.transport.sockets import is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.transport import Body
    from airflow_client.client.transport.sockets import Limits
    from airflow_client.client.wire import Request

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_END_OF_LINE = (b"\r\n", b"\n", b"")  # or that of the connection


class AsyncConnection(asyncio.Protocol):
    """A connection: a request, and its answer, and then the next.

    :ivar is_last: whether nothing more can be sent.
    """

    def __init__(self) -> None:
        self.is_last = False
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        #: Whether no request is under way.
        self._is_idle = True
        #: What was received last, and how much of it was taken.
        self._data, self._at = b"", 0
        self._is_ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    #: Of the request that is or was under way, and when bytes have to have come.
    _limits: Limits
    _until: float

    def send(self, request: Request, host: str, limits: Limits) -> None:
        """Send ``request``; the event loop goes on with what the socket does not take at once.

        :param host: the value of the Host header.
        """
        assert self._transport is not None  # noqa: S101  # it was opened
        self._limits, self._is_idle = limits, False
        self._transport.write(encoded(request, host))

    async def receive(self, method: str) -> Head:
        """The head of the answer to a request of this method; its body is there to be read."""
        while True:
            head = Head(read_head(io.BytesIO(await self._head())), method)
            if not head.is_provisional:
                self.is_last = self.is_last or head.is_last
                return head

    async def read_into(self, body: Body, head: Head) -> None:
        """Read the body of the answer to its end."""
        body.begin(head.status, head.length)
        if head.length is None and head.is_chunked:
            while size := chunk_size(await self._line()):
                await self._pass(size, body)
                if await self._line() not in _END_OF_LINE:
                    raise error("HTTPException", "a chunk is longer than it said")
            for _ in range(LINES + 1):
                if await self._line() in _END_OF_LINE:
                    return
            raise error("HTTPException", f"got more than {LINES} trailers")
        await self._pass(head.length, body)

    def finish(self) -> None:
        """End the exchange of a request and its answer."""
        if self._left or self._transport is None or self._transport.get_write_buffer_size():
            self.is_last = True  # the server sent more than the answer, or did not want all of the request
        self._is_idle = True

    def is_dropped(self) -> bool:
        """Whether the server has closed it since, or sent what nobody asked for, be it not yet told by the loop."""
        return self.is_last or self._transport is None or is_readable(self._transport.get_extra_info("socket"))

    def close(self) -> None:
        self.is_last = True
        if self._transport is not None:
            self._transport.abort()  # close() would wait for the end of TLS, and of a request that nobody reads

    async def _head(self) -> bytes:
        """All up to an empty line; or less, and more than there may be, which reading it tells."""
        while True:
            end = _END_OF_HEAD.search(self._data, self._at)
            if end is not None:
                return self._taken(end.end() - self._at)
            if self._left > SIZE or not await self._more():
                return self._taken(self._left)

    async def _line(self) -> bytes:
        """The next line of a body in chunks; nothing at the end of the connection."""
        while (end := self._data.find(b"\n", self._at)) < 0:
            if self._left > SIZE:
                raise error("LineTooLong", "line of a body in chunks")
            if not await self._more():
                return self._taken(self._left)
        return self._taken(end + 1 - self._at)

    async def _pass(self, length: int | None, body: Body) -> None:
        """Pass so many bytes on; for None all up to the end of the connection."""
        while length != 0:
            if not self._left and not await self._more():
                if length is None:
                    return
                raise error("IncompleteRead", b"", length)
            data = self._taken(self._left if length is None else min(length, self._left))
            body.add(data)
            if length is not None:
                length -= len(data)

    @property
    def _left(self) -> int:
        """How many bytes were received and not taken."""
        return len(self._data) - self._at

    def _taken(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]  # where that is all, it is the same object
        self._at += count
        if not self._left:
            self._data, self._at = b"", 0
        return taken

    async def _more(self) -> bool:
        """Wait for more bytes; returns False at the end of the connection."""
        had = self._left
        self._extend()
        while self._left == had:
            if self._error is not None:
                raise self._error
            if self._is_ended:
                return False
            now = time.monotonic()
            if now >= self._until:
                raise self._limits.passed(now)
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(self._until - now, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
        return True

    def _extend(self) -> None:
        """Wait from now on for as long as one may."""
        self._until = self._limits.until(time.monotonic())

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(0)  # resume_writing() is to tell when all is sent

    def data_received(self, data: bytes) -> None:
        if self._is_idle:  # nobody asked
            self.close()
            return
        self._limits.received = True
        self._data, self._at = self._data[self._at :] + data if self._left else data, 0
        self._wake()

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_ended:
            self._error = exc
        self.is_last = self._is_ended = True
        self._wake()

    def resume_writing(self) -> None:
        self._extend()
        self._wake()
