"""Deadline of a request with urllib3: connecting, sending and reading.

Sockets only limit each wait, so a server that sends a byte now and then could block a request forever.
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

#: Seconds between checks for a cancellation.
_STOP_CHECK_INTERVAL = 0.05
#: Limits of http.client: bytes of a line, and headers of a response.
_MAX_LINE, _MAX_HEADERS = 65_536, 100
#: Bytes sent at a time.
_SEND_SIZE = 1 << 18
#: Responses after which the upload continues: provisional and successful ones.
_CONTINUING = (b"HTTP/1.1 1", b"HTTP/1.1 2", b"HTTP/1.0 2")
_DEADLINE_MESSAGE = "the deadline of the call was reached"


class Deadline(ConnectionTrace):
    """Time limits of one request, and its progress.

    :ivar at: monotonic time at which the response must be complete.
    :ivar read: seconds to wait for the next bytes.
    :ivar stop: set by another thread to cancel the request.
    :ivar upload: the request is so large that only the deadline applies until the response starts.
    """

    def __init__(self, seconds: float, read: float, stop: Event | None = None, upload: bool = False) -> None:
        self.at: float = monotonic() + seconds
        self.read: float = read
        self.stop: Event | None = stop
        self.upload: bool = upload

    def check(self) -> float:
        """Return the remaining seconds.

        :raises socket.timeout: the deadline was reached.
        :raises ConnectionAbortedError: the request was cancelled.
        """
        remaining = self.at - monotonic()
        if remaining <= 0:
            raise socket.timeout(_DEADLINE_MESSAGE)
        if self.stop is not None and self.stop.is_set():
            raise ConnectionAbortedError("the request was cancelled")
        return remaining

    def within(self, seconds: float) -> float:
        """Return ``seconds``, capped by the deadline."""
        return max(min(seconds, self.at - monotonic()), 0.001)

    @property
    def wait_timeout(self) -> float:
        """Seconds to wait for the server before the deadline."""
        if self.upload and not self.response_started:
            return float("inf")
        return min(self.read, self.first_byte or self.read) if self.is_doubtful else self.read

    def reuse(self, connection: Any) -> None:
        """Note that a kept-alive ``connection`` is used again, or close it where it was idle for too long."""
        since = getattr(connection, "_idle_since", None)
        if since is None or getattr(connection, "sock", None) is None:
            return
        if since <= self.oldest:
            connection.close()
        else:
            self.idle: float = monotonic() - since

    def lift(self) -> None:
        """Remove the deadline and keep the read timeout, for a response that the caller reads."""
        self.at, self.stop = float("inf"), None

    def connect(self, connection: Any, steps: Callable[[], Any]) -> None:
        """Run ``steps``, which connect ``connection``, until the deadline.

        They run in a thread, as a name look-up cannot be interrupted. If they outlive the deadline, the thread closes
        the connection.
        """
        self.connecting = True
        limit = connection.timeout
        connection.timeout = self.within(limit if isinstance(limit, (int, float)) else self.read)
        ended, abandoned = threading.Event(), threading.Event()
        outcome: list[Any] = []

        def attempt() -> None:
            current.deadline = self
            try:
                outcome.append(steps())
            except BaseException as error:
                outcome.append(error)
            ended.set()
            if abandoned.is_set():
                connection.close()

        context = contextvars.copy_context()
        try:
            threading.Thread(target=context.run, args=(attempt,), daemon=True, name="connecting").start()
        except RuntimeError:  # pragma: no cover; the interpreter is shutting down, or too many threads
            attempt()
        try:
            while not ended.wait(self.within(1e6 if self.stop is None else _STOP_CHECK_INTERVAL)):
                self.check()
        except BaseException as error:
            abandoned.set()
            if ended.is_set():  # pragma: no cover: a race
                connection.close()
            if isinstance(error, socket.timeout):
                raise errors.ConnectTimeoutError(connection, _DEADLINE_MESSAGE) from error
            raise
        if isinstance(outcome[0], BaseException):
            raise outcome.pop()
        self.connected = True


class _Current(threading.local):
    """Deadline of the thread's current request, as http.client has no parameter for it.

    :ivar deadline: None for requests that the user makes with the same session.
    """

    deadline: Deadline | None = None


current: _Current = _Current()


@functools.cache
def with_deadline(pool: Any) -> Any:
    """Return a subclass of ``pool`` whose connections enforce the current request's deadline.

    It keeps the class of the connections, which tracing and recording tools replace.
    """
    if issubclass(pool, _WithDeadline):
        return pool
    return type(pool.__name__, (_WithDeadline, pool), {"__module__": pool.__module__})  # error messages show the name


def keep_deadlines(manager: urllib3.PoolManager) -> None:
    """Make all pools of ``manager`` enforce our requests' deadlines; other requests are not affected."""
    classes: dict[str, Any] = manager.pool_classes_by_scheme
    if not all(issubclass(pool, _WithDeadline) for pool in classes.values()):
        manager.pool_classes_by_scheme = {scheme: with_deadline(pool) for scheme, pool in classes.items()}
        for key in manager.pools.keys():  # noqa: SIM118  # cannot be iterated over
            pool: Any = manager.pools.get(key)
            if pool is not None:  # pragma: no branch: another thread was first
                pool.__class__ = with_deadline(pool.__class__)  # safe: it only adds methods


class _WithDeadline:
    """Mixin of a pool that enforces the deadline."""

    if TYPE_CHECKING:  # attributes of the pool

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
        """Connect if necessary."""
        deadline = current.deadline
        if deadline is not None:
            if not isinstance(getattr(conn, "response_class", None), _Responses):
                conn.response_class = _Responses()
            if getattr(conn, "sock", None) is None:
                deadline.connect(conn, conn.connect)
            replacement = _SOCKETS.get(type(conn.sock))
            if replacement is not None:
                conn.sock.__class__ = replacement  # safe: it only adds a method
            conn.timeout = deadline.within(deadline.wait_timeout)  # for sending; connecting has its own
        super()._validate_conn(conn)  # type: ignore[misc]

    def _put_conn(self, conn: Any) -> None:
        """Retain a connection, or close it after a 500, or if a part of a response is left on it."""
        responses = getattr(conn, "response_class", None)
        if isinstance(responses, _Responses) and not responses.is_reusable:
            conn.close()
        if conn is not None:
            conn._idle_since = monotonic()
        super()._put_conn(conn)  # type: ignore[misc]


def discard(connection: Any) -> None:
    """Have a pooled ``connection``, if any, closed before its next use: another thread may be using it already."""
    if connection is not None:
        connection._idle_since = float("-inf")


class _Responses:
    """Factory of one connection's responses, used as its ``response_class``."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: _Response | None = None

    def __call__(self, sock: Any, *args: Any, **options: Any) -> _Response:
        self._last = _Response(sock, *args, **options)
        return self._last

    @property
    def is_reusable(self) -> bool:
        """True if the last response was read, nothing follows it, and it is no 500.

        After an unhandled error, uvicorn closes the connection, but does not say so.
        """
        last = self._last
        if last is None or last.reader is None:
            return True
        return last.status != 500 and last.isclosed() and not last.reader.has_more and not last.reader.deadline.cut_off


class _Response(http.client.HTTPResponse):
    """Response that is read within the current request's deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        self._deadline = current.deadline
        self.reader = None if self._deadline is None else _Reader(sock, self._deadline)
        source: Any = sock if self.reader is None else self.reader
        super().__init__(source, *args, **options)

    def _read_status(self) -> tuple[str, int, str]:
        """Skip all provisional responses; http.client skips only 100."""
        while True:
            status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # private in http.client
            if not 102 <= status[1] <= 199 or self._deadline is None:
                return status
            for _ in range(_MAX_HEADERS):
                if self.fp.readline(_MAX_LINE) in (b"\r\n", b"\n", b""):
                    break


class _Reader(io.RawIOBase):
    """Reader of a socket with a deadline. It does not close the socket.

    :ivar has_more: bytes arrived after the response.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._socket = sock
        self.deadline = deadline
        self._file = sock.makefile("rb", buffering=0)  # keeps the socket open until this is closed
        self._is_ended = self.has_more = False

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the buffered reader that http.client needs."""
        return _Buffer(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._is_ended:
            return 0
        deadline = self.deadline
        now = monotonic()
        until = min(deadline.at, now + deadline.wait_timeout)
        while True:
            wait = until - now
            if wait <= 0:
                raise socket.timeout(_DEADLINE_MESSAGE if now >= deadline.at else "timed out")
            if deadline.stop is not None:
                deadline.check()
                wait = min(wait, _STOP_CHECK_INTERVAL)
            if self._socket.gettimeout() != wait:  # a system call
                self._socket.settimeout(wait)
            try:
                count = self._socket.recv_into(buffer)
            except socket.timeout:
                now = monotonic()
                continue
            deadline.response_started = deadline.response_started or count > 0
            return count

    def end(self, buffered: Callable[[], bytes]) -> None:
        """Stop reading; record whether anything is ``buffered``."""
        self._is_ended = True
        self.has_more = bool(buffered())

    def close(self) -> None:
        if self._socket.gettimeout() != self.deadline.read:
            # The next request must not inherit the remaining time of this one, as with urllib3 before 2.
            with contextlib.suppress(OSError):
                self._socket.settimeout(self.deadline.read)
        self._file.close()
        super().close()


class _Buffer(io.BufferedReader):
    """Buffer that tells its reader about unread bytes when it is closed."""

    def close(self) -> None:
        reader: Any = self.raw
        reader.end(self.peek)
        super().close()


class _Sender:
    """Socket mixin that sends within the deadline: Python limits the whole request, and ssl each record."""

    __slots__ = ()  # required for setting a socket's __class__

    if TYPE_CHECKING:  # attributes of the socket

        def __getattr__(self, name: str) -> Any: ...

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send ``data``.

        :raises BrokenPipeError: the server responded or closed. urllib3 then reads the response.
        """
        deadline = current.deadline
        if deadline is None:  # a request of the user's, with the same session
            super().sendall(data, flags)  # type: ignore[misc]
            return
        with memoryview(data).cast("B") as view:
            sent = 0
            while sent < len(view):
                seconds = min(deadline.check(), deadline.wait_timeout)
                if self.gettimeout() != seconds:  # a system call
                    self.settimeout(seconds)
                try:
                    if deadline.upload and self._is_refused(seconds):
                        raise ConnectionAbortedError("the server responded before the request was sent")
                    sent += self.send(view[sent : sent + _SEND_SIZE], flags)
                except socket.timeout:
                    raise
                except OSError as error:
                    deadline.cut_off = True
                    raise BrokenPipeError(errno.EPIPE, str(error)) from error

    def _is_refused(self, seconds: float) -> bool:
        """Wait until data can be sent; return True if the server refuses the request first."""
        return False


class _PlainSocket(_Sender, socket.socket):
    __slots__ = ()

    def _is_refused(self, seconds: float) -> bool:
        if not hasattr(select, "poll"):  # pragma: no cover: Windows
            return False
        poll = select.poll()  # unlike select(), not limited to 1024 descriptors
        poll.register(self, select.POLLIN | select.POLLOUT)
        events = poll.poll(seconds * 1000)
        if not events or not events[0][1] & select.POLLIN:
            return False
        start = self.recv(10, socket.MSG_PEEK)
        if len(start) == 10 and not start.startswith(_CONTINUING):
            return True
        if not events[0][1] & select.POLLOUT:  # pragma: no cover: the kernel decides; wait as send() would
            poll.modify(self, select.POLLOUT)
            poll.poll(seconds * 1000)
        return False


class _TlsSocket(_Sender, ssl.SSLSocket):
    """TLS socket, which cannot be peeked for a response."""


#: Replacements of the socket classes.
_SOCKETS: dict[type[Any], type[Any]] = {socket.socket: _PlainSocket, ssl.SSLSocket: _TlsSocket}
