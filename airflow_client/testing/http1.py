"""HTTP/1.1 over threads, with the manners of the server that serves a real Airflow.

It knows nothing of Airflow: a handler gets a :class:`Request` and gives a :class:`Response`. What
the real server refuses before the application sees it (a request line that is too long, a garbled
header) is refused here, too, and in the words of its :class:`Manners`.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import selectors
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

_LOG = logging.getLogger("airflow_client.testing")
_CHUNK_LINE = 8192
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_LINGER_SECONDS = 0.5


@dataclass(frozen=True)
class Request:
    """A request as it came.

    ``target`` is what stood in the request line, one character for each byte. Header names are in
    lower case.
    """

    method: str
    target: str
    version: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An answer: ``status`` with its reason ("200 OK"), the application's headers, the body.

    ``varies_by`` is what it depends on, where the server words the header about that.
    """

    status: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    varies_by: tuple[str, ...] = ()


class Crash(Exception):
    """The application fails as a real one does: the server answers 500 and closes the connection."""


class Refused(Exception):
    """The server refuses a request before the application sees it: the status, and why."""

    def __init__(self, status: str, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


Handler = Callable[[Request], Response]


class Manners(ABC):
    """How a real server of HTTP words what it says, and what it refuses."""

    max_line: int  #: bytes in a request line
    max_header: int  #: bytes in a line of a header
    max_headers: int
    read: int  #: a line that is longer is cut here

    @abstractmethod
    def check(self, method: str, target: str, version: str) -> None:
        """Raise :class:`Refused` if a request line is wrong."""

    @abstractmethod
    def keeps_alive(self, request: Request) -> bool:
        """Tell whether the connection may carry another request."""

    @abstractmethod
    def response(self, request: Request, response: Response, *, keep: bool) -> bytes:
        """Give the bytes of an answer."""

    @abstractmethod
    def refusal(self, refused: Refused) -> bytes:
        """Give the bytes of a refusal."""

    @abstractmethod
    def crash(self) -> bytes:
        """Give the bytes for an application that failed."""


class HttpServer:
    """A listening socket, a thread that accepts, and a thread for each connection.

    Args:
        handler: Answers a request; called from many threads.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        manners: How it speaks.

    Raises:
        OSError: The address cannot be listened on.
    """

    def __init__(self, handler: Handler, host: str, port: int, manners: Manners) -> None:
        self._handler = handler
        self._manners = manners
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._stopping = False
        self._listener = socket.create_server((host, port), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._wake, self._waker = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name=f"airflow-testing-{self.port}", daemon=True)
        self._acceptor.start()

    def stop(self) -> None:
        """Close the listening socket and every connection, and wait for the threads to end."""
        self._stopping = True
        self._waker.close()
        self._acceptor.join()
        with self._lock:
            open_now = dict(self._connections)
        for connection in open_now.values():
            _shut(connection)
        for thread in open_now:
            thread.join()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector, self._listener, self._wake:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._stopping:
                selector.select()
                if self._stopping:
                    return
                try:
                    connection, _ = self._listener.accept()
                except OSError:  # the client was gone before it was accepted
                    continue
                self._serve_in_thread(connection)

    def _serve_in_thread(self, connection: socket.socket) -> None:
        thread = threading.Thread(
            target=self._serve,
            args=(connection,),
            name=f"{self._acceptor.name}-client",
            daemon=True,
        )
        with self._lock:
            self._connections[thread] = connection
        thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while not self._stopping and self._exchange(connection, stream):
                    pass
        except OSError:
            pass  # the client went away, or stop() closed the connection
        finally:
            with self._lock:
                del self._connections[threading.current_thread()]

    def _exchange(self, connection: socket.socket, stream: io.BufferedReader) -> bool:
        """Answer one request; tell whether the connection may carry another."""
        manners = self._manners
        try:
            request = _read_request(connection, stream, manners)
            if request is None:
                return False
            response = self._handler(request)
        except Refused as refused:
            return _end(connection, manners.refusal(refused))
        except Crash:
            return _end(connection, manners.crash())
        except OSError:
            raise
        except Exception:  # as a real server does: a bug of ours is a 500 to the client, and told in the log
            _LOG.exception("the embedded server failed to answer")
            return _end(connection, manners.crash())
        keep = manners.keeps_alive(request)
        connection.sendall(manners.response(request, response, keep=keep))
        return keep


# ------------------------------------------------------------------------------ reading


def _read_request(connection: socket.socket, stream: io.BufferedReader, manners: Manners) -> Request | None:
    line = stream.readline(manners.read)
    if not line:
        return None
    text = _line(line)
    if len(text) > manners.max_line:
        raise Refused("400 Bad Request", f"Request Line is too large ({len(text)} > {manners.max_line})")
    parts = text.split(" ", 2)
    if len(parts) != 3:
        raise Refused("400 Bad Request", f"Invalid Request Line 'Invalid HTTP request line: '{text}''")
    method, target, version = parts
    manners.check(method, target, version)
    headers = _read_headers(stream, manners)
    if headers is None:
        return None
    return Request(method, target, version, headers, _read_body(connection, stream, headers))


def _read_headers(stream: io.BufferedReader, manners: Manners) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    for count in range(manners.max_headers + 1):
        line = stream.readline(manners.max_header + 6)
        if not line.endswith(b"\n") and len(line) <= manners.max_header:
            return None  # the client left in the middle
        text = _line(line)
        if not text:
            return headers
        if len(text) > manners.max_header:
            raise _too_large("limit request headers fields size")
        if count == manners.max_headers:
            break
        name, colon, value = text.partition(":")
        if not colon:
            raise Refused("400 Bad Request", f"Invalid HTTP Header: '{text}'")
        if not _HEADER_NAME.fullmatch(name):
            raise Refused("400 Bad Request", f"Invalid HTTP header name: '{name}'")
        headers[name.lower()] = value.strip(" \t")
    raise _too_large("limit request headers fields")


def _line(raw: bytes) -> str:
    return raw.rstrip(b"\n").rstrip(b"\r").decode("latin-1")


def _too_large(what: str) -> Refused:
    return Refused("431 Request Header Fields Too Large", f"Error parsing headers: '{what}'")


def _read_body(connection: socket.socket, stream: io.BufferedReader, headers: dict[str, str]) -> bytes:
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Refused("400 Bad Request", "Invalid HTTP Header: 'CONTENT-LENGTH'")
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _read_chunks(stream)
    return _read_exactly(stream, int(length))


def _read_exactly(stream: io.BufferedReader, length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise ConnectionError("the client left in the middle of a body")
    return body


def _read_chunks(stream: io.BufferedReader) -> bytes:
    body = bytearray()
    while True:
        size = _line(stream.readline(_CHUNK_LINE)).partition(";")[0].strip()
        if not re.fullmatch(r"[0-9A-Fa-f]{1,15}", size):
            raise Refused("400 Bad Request", f"Invalid chunk size: '{size}'")
        if int(size, 16) == 0:
            break
        body += _read_exactly(stream, int(size, 16))
        _read_exactly(stream, 2)
    while _line(stream.readline(_CHUNK_LINE)):
        pass  # trailers
    return bytes(body)


# ------------------------------------------------------------------------------ ending


def _end(connection: socket.socket, answer: bytes) -> bool:
    """Give the last answer of a connection.

    Closed with bytes unread, a connection is reset and its answer lost: so read on for a moment.
    """
    connection.sendall(answer)
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(_LINGER_SECONDS)
    for _ in range(64):
        if not connection.recv(65536):
            break
    return False


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # its thread closed it first
        connection.shutdown(socket.SHUT_RDWR)
