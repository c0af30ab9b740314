"""One deadline for all that a request by urllib3 takes: connecting, sending, and each read.

Python's sockets bound each wait alone, so a server that sends a byte now and then is waited for without end.
"""

from __future__ import annotations

import contextlib
import contextvars
import errno
import functools
import http.client
import io
import select
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Callable

import urllib3.exceptions as errors

from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.transport import ConnectionTrace

if TYPE_CHECKING:
    from threading import Event

    import urllib3

#: Seconds between two looks at whether the response is still wanted.
_LOOK = 0.05
#: http.client's own limits: the bytes of a line, and the headers of a response.
_LINE, _LINES = 65_536, 100
#: Bytes sent at a time.
_PIECE = 1 << 18
#: Beginnings of responses that leave the rest of the request wanted: provisional ones and successes.
_GOES_ON = (b"HTTP/1.1 1", b"HTTP/1.1 2", b"HTTP/1.0 2")
_PASSED = "the deadline of the call was reached"


class Deadline(ConnectionTrace):
    """The time limits of one request, and how far it got.

    :ivar at: the time of the monotonic clock at which the response has to be complete.
    :ivar read: seconds to wait for the next bytes.
    :ivar stop: set by another thread to cancel the request.
    :ivar upload: the request is so large that only the deadline bounds the waits until the response begins.
    """

    __slots__ = ("at", "read", "stop", "upload")

    def __init__(self, seconds: float, read: float, stop: Event | None = None, upload: bool = False) -> None:
        super().__init__()
        self.upload: bool = upload
        self.at: float = monotonic() + seconds
        self.read: float = read
        self.stop = stop

    def check(self) -> None:
        """Raise a timeout past the deadline, and an error where nobody waits for the response."""
        if monotonic() >= self.at:
            raise socket.timeout(_PASSED)
        if self.stop is not None and self.stop.is_set():
            raise ConnectionAbortedError("the response is not wanted any more")

    def within(self, seconds: float) -> float:
        """Return ``seconds``, or what is left of them."""
        return max(min(seconds, self.at - monotonic()), 0.001)

    @property
    def patience(self) -> float:
        """Seconds to wait for the server before the deadline."""
        if self.upload and not self.response_started:
            return float("inf")
        return min(self.read, self.first_byte or self.read) if self.is_doubtful else self.read

    def reuse(self, connection: Any) -> None:
        """Note that a kept-alive ``connection`` is used again, or close it where it was idle for too long."""
        since = getattr(connection, "_idle_since", None)
        if since is None or getattr(connection, "sock", None) is None:
            return
        if since < self.oldest:
            connection.close()
        else:
            self.idle = monotonic() - since

    def lift(self) -> None:
        """Leave only the limit of each wait, for a response that is read at the caller's pace."""
        self.at, self.stop = float("inf"), None

    def connect(self, connection: Any, steps: Callable[[], Any]) -> None:
        """Carry out ``steps``, which connect ``connection``, and end them at the deadline.

        They run in a thread, as a name look-up cannot be interrupted. One that outlives the deadline is left behind;
        the thread then closes the connection.
        """
        self.connecting = True
        limit = connection.timeout
        connection.timeout = self.within(limit if isinstance(limit, (int, float)) else self.read)
        ended, left_behind = threading.Event(), threading.Event()
        outcome: list[Any] = []

        def attempt() -> None:
            current.deadline = self
            try:
                outcome.append(steps())
            except BaseException as error:
                outcome.append(error)
            ended.set()
            if left_behind.is_set():
                connection.close()

        context = contextvars.copy_context()
        try:
            threading.Thread(target=context.run, args=(attempt,), daemon=True, name="connecting").start()
        except RuntimeError:  # the interpreter is ending, or there are too many threads
            attempt()
        try:
            while not ended.wait(self.within(1e6 if self.stop is None else _LOOK)):
                self.check()
        except BaseException as error:
            left_behind.set()
            if ended.is_set():
                connection.close()
            if isinstance(error, socket.timeout):
                raise errors.ConnectTimeoutError(connection, _PASSED) from error
            raise
        if isinstance(outcome[0], BaseException):
            raise outcome.pop()
        self.connected = True


class _Current(threading.local):
    """The deadline of the request that a thread is making: http.client has no parameter for it.

    :ivar deadline: None for a request of somebody else, whose session we share.
    """

    deadline: Deadline | None = None


current: _Current = _Current()


#: By class of pool, the class that :func:`with_deadline` made of it.
_classes: dict[type[Any], type[Any]] = {}


def with_deadline(pool: type[Any]) -> type[Any]:
    """Make a class of pool like ``pool`` whose connections keep the deadline of the current request.

    It leaves the class of the connections alone, which tracing and recording tools replace.
    """
    if issubclass(pool, _WithDeadline):
        return pool
    if pool not in _classes:  # messages show both names
        _classes[pool] = type(pool.__name__, (_WithDeadline, pool), {"__module__": pool.__module__})
    return _classes[pool]


def keep_deadlines(manager: urllib3.PoolManager) -> None:
    """Have all pools of ``manager`` keep the deadlines of our requests; other requests are made as before."""
    classes = manager.pool_classes_by_scheme
    if not all(issubclass(pool, _WithDeadline) for pool in classes.values()):
        manager.pool_classes_by_scheme = {scheme: with_deadline(pool) for scheme, pool in classes.items()}
        for key in manager.pools.keys():  # noqa: SIM118  # it is no mapping that can be iterated over
            pool: Any = manager.pools.get(key)
            if pool is not None:  # which adds methods, and no state
                pool.__class__ = with_deadline(type(pool))


class _WithDeadline:
    """What pools do beside their own for the request that has a deadline."""

    if TYPE_CHECKING:  # what the class of pool has that this one is combined with

        def __getattr__(self, name: str) -> Any: ...

    def _get_conn(self, *args: Any, **options: Any) -> Any:
        """Take a connection that is not idle for too long."""
        conn = super()._get_conn(*args, **options)  # type: ignore[misc]
        if current.deadline is not None:
            current.deadline.reuse(conn)
        return conn

    def _prepare_proxy(self, conn: Any) -> None:
        """Connect through a tunnel."""
        deadline = current.deadline
        steps = functools.partial(super()._prepare_proxy, conn)  # type: ignore[misc]
        if deadline is None:
            steps()
        else:
            conn.response_class = _Responses()
            deadline.connect(conn, steps)

    def _validate_conn(self, conn: Any) -> None:
        """Connect, unless that is done."""
        deadline = current.deadline
        if deadline is not None:
            if not isinstance(getattr(conn, "response_class", None), _Responses):
                conn.response_class = _Responses()
            if getattr(conn, "sock", None) is None:
                deadline.connect(conn, conn.connect)
            ours = _SOCKETS.get(type(conn.sock))
            if ours is not None:
                conn.sock.__class__ = ours  # which adds a method, and no state
            conn.timeout = deadline.within(deadline.patience)  # to send the request; connecting had another
        super()._validate_conn(conn)  # type: ignore[misc]

    def _put_conn(self, conn: Any) -> None:
        """Retain a connection, unless a part of a response is left on it."""
        responses = getattr(conn, "response_class", None)
        if isinstance(responses, _Responses) and not responses.is_at_end:
            conn.close()
        if conn is not None:
            conn._idle_since = monotonic()
        super()._put_conn(conn)  # type: ignore[misc]


class _Responses:
    """Makes the responses of one connection, in the place of http.client's class."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: _Response | None = None

    def __call__(self, sock: Any, *args: Any, **options: Any) -> _Response:
        self._last = _Response(sock, *args, **options)
        return self._last

    @property
    def is_at_end(self) -> bool:
        """True if nothing is left of the last response, nor behind it."""
        last = self._last
        if last is None or last.reader is None:
            return True
        return last.isclosed() and not last.reader.has_more and not last.reader.deadline.cut_off


class _Response(http.client.HTTPResponse):
    """Reads its response within the deadline of the request that this thread makes."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        self._deadline = current.deadline
        self.reader = None if self._deadline is None else _Reader(sock, self._deadline)
        source: Any = sock if self.reader is None else self.reader
        super().__init__(source, *args, **options)

    def _read_status(self) -> tuple[str, int, str]:
        """Read the next status line past provisional responses, of which http.client passes over 100 alone."""
        while True:
            status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # it is http.client's own
            if not 102 <= status[1] <= 199 or self._deadline is None:
                return status
            for _ in range(_LINES):
                if self.fp.readline(_LINE) in (b"\r\n", b"\n", b""):
                    break


class _Reader(io.RawIOBase):
    """Reads from a socket within a deadline. It leaves the socket to the next request, and open until it is closed.

    :ivar has_more: bytes arrived behind the response.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._socket = sock
        self.deadline = deadline
        self._file = sock.makefile("rb", buffering=0)  # counted by the socket, which stays open until this is closed
        self._is_ended = self.has_more = False

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what http.client wants of a socket."""
        return _Buffer(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._is_ended:
            return 0
        deadline = self.deadline
        now = monotonic()
        until = min(deadline.at, now + deadline.patience)
        while True:
            wait = until - now
            if wait <= 0:
                raise socket.timeout(_PASSED if now >= deadline.at else "timed out")
            if deadline.stop is not None:
                deadline.check()
                wait = min(wait, _LOOK)
            if self._socket.gettimeout() != wait:  # setting it is a call of the operating system
                self._socket.settimeout(wait)
            try:
                count = self._socket.recv_into(buffer)
            except socket.timeout:
                now = monotonic()
                continue
            deadline.response_started = deadline.response_started or count > 0
            return count

    def end(self, buffered: Callable[[], bytes]) -> None:
        """Read nothing more; note whether anything is ``buffered``."""
        self._is_ended = True
        self.has_more = bool(buffered())

    def close(self) -> None:
        if not self.closed:
            if self._socket.gettimeout() != self.deadline.read:
                # The next request on this connection has more time than was left for this response.
                with contextlib.suppress(OSError):
                    self._socket.settimeout(self.deadline.read)
            self._file.close()
        super().close()


class _Buffer(io.BufferedReader):
    """Tells its reader at the end whether it has bytes that nobody read."""

    def close(self) -> None:
        reader = self.raw
        if not self.closed and isinstance(reader, _Reader):
            reader.end(self.peek)
        super().close()


class _Sender:
    """Socket that sends within the deadline: Python's own bounds the whole of a request, and ssl's each record."""

    __slots__ = ()  # or else no socket could become one

    if TYPE_CHECKING:  # what the class of socket has that this one is combined with

        def __getattr__(self, name: str) -> Any: ...

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send ``data``.

        :raises BrokenPipeError: the server answered or closed meanwhile. urllib3 then looks for a response.
        """
        deadline = current.deadline
        with memoryview(data).cast("B") as view:
            sent, seconds = 0, 0.0
            while sent < len(view):
                if deadline is not None:
                    deadline.check()
                    seconds = deadline.within(deadline.patience)
                    self.settimeout(seconds)
                try:
                    if deadline is not None and deadline.upload and self._is_answered(seconds):
                        raise ConnectionAbortedError("the server answered before the request was sent")
                    sent += self.send(view[sent : sent + _PIECE], flags)
                except socket.timeout:
                    raise
                except OSError as error:
                    if deadline is not None:
                        deadline.cut_off = True
                    raise BrokenPipeError(errno.EPIPE, str(error)) from error

    def _is_answered(self, seconds: float) -> bool:
        """Wait until something can be sent; return True if the server refuses the request before that."""
        return False


class _PlainSocket(_Sender, socket.socket):
    __slots__ = ()

    def _is_answered(self, seconds: float) -> bool:
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()  # which takes any number of a descriptor
        poll.register(self, select.POLLIN | select.POLLOUT)
        events = poll.poll(seconds * 1000)
        if not events or not events[0][1] & select.POLLIN:
            return False
        began = self.recv(10, socket.MSG_PEEK)
        if len(began) == 10 and not began.startswith(_GOES_ON):
            return True
        if not events[0][1] & select.POLLOUT:  # it is for send() to wait
            poll.modify(self, select.POLLOUT)
            poll.poll(seconds * 1000)
        return False


class _TlsSocket(_Sender, ssl.SSLSocket):
    """Which cannot be looked into for a response without reading it."""


#: By class of socket, the class that is put in its place.
_SOCKETS: dict[type[Any], type[Any]] = {socket.socket: _PlainSocket, ssl.SSLSocket: _TlsSocket}
