"""HTTP/1.1 over threads, with the manners of gunicorn, which serves a real Airflow 2.

It knows nothing of Airflow: a handler gets a :class:`Request` and gives a :class:`Response`. What
gunicorn refuses before the application sees it (a request line over 4094 bytes, a garbled header)
is refused here with the same HTML, and a handler that raises :class:`Crash` gets gunicorn's 500.
"""

from __future__ import annotations

import contextlib
import html
import io
import logging
import re
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

_LOG = logging.getLogger("airflow_client.testing")
_MAX_LINE = 4094
_MAX_HEADER = 8188
_MAX_HEADERS = 100
_READ = 8192
_METHOD = re.compile(r"[A-Z0-9$\-_.]{3,20}")
_VERSION = re.compile(r"HTTP/(\d)\.(\d)")
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


@dataclass(frozen=True)
class Response:
    """An answer: ``status`` with its reason ("200 OK"), the application's headers, the body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes = b""


class Crash(Exception):
    """The application fails as a real one does: gunicorn answers 500 and closes the connection."""


class _Refused(Exception):
    def __init__(self, status: str, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


Handler = Callable[[Request], Response]


class HttpServer:
    """A listening socket, a thread that accepts, and a thread for each connection.

    Args:
        handler: Answers a request; called from many threads.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.

    Raises:
        OSError: The address cannot be listened on.
    """

    def __init__(self, handler: Handler, host: str, port: int) -> None:
        self._handler = handler
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
        try:
            request = _read_request(stream)
            if request is None:
                return False
            _skip_body(connection, stream, request)
            response = self._handler(request)
        except _Refused as refused:
            _refuse(connection, refused)
            return False
        except Crash:
            _refuse(connection, _Refused("500 Internal Server Error"))
            return False
        except OSError:
            raise
        except Exception:
            _LOG.exception("the embedded server failed to answer")
            _refuse(connection, _Refused("500 Internal Server Error"))
            return False
        keep = _keeps_alive(request)
        connection.sendall(_bytes(request, response, keep=keep))
        return keep


# ------------------------------------------------------------------------------ reading


def _read_request(stream: io.BufferedReader) -> Request | None:
    line = stream.readline(_READ)
    if not line:
        return None
    text = _line(line)
    if len(text) > _MAX_LINE:
        raise _Refused("400 Bad Request", f"Request Line is too large ({len(text)} > {_MAX_LINE})")
    parts = text.split(" ", 2)
    if len(parts) != 3:
        raise _bad("Invalid Request Line", f"Invalid HTTP request line: '{text}'")
    method, target, version = parts
    if not _METHOD.fullmatch(method):
        raise _bad("Invalid Method", f"Invalid HTTP method: '{method}'")
    matched = _VERSION.fullmatch(version)
    if matched is None:
        raise _bad("Invalid HTTP Version", f"Invalid HTTP Version: '{version}'")
    if matched[1] != "1":
        raise _bad("Invalid HTTP Version", f"Invalid HTTP Version: ({matched[1]}, {matched[2]})")
    headers = _read_headers(stream)
    return None if headers is None else Request(method, target, version, headers)


def _read_headers(stream: io.BufferedReader) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    for count in range(_MAX_HEADERS + 1):
        line = stream.readline(_READ + 2)
        if not line.endswith(b"\n") and len(line) <= _MAX_HEADER:
            return None  # the client left in the middle
        text = _line(line)
        if not text:
            return headers
        if len(text) > _MAX_HEADER:
            raise _too_large("limit request headers fields size")
        if count == _MAX_HEADERS:
            break
        name, colon, value = text.partition(":")
        if not colon:
            raise _Refused("400 Bad Request", f"Invalid HTTP Header: '{text}'")
        if not _HEADER_NAME.fullmatch(name):
            raise _Refused("400 Bad Request", f"Invalid HTTP header name: '{name}'")
        headers[name.lower()] = value.strip(" \t")
    raise _too_large("limit request headers fields")


def _line(raw: bytes) -> str:
    return raw.rstrip(b"\n").rstrip(b"\r").decode("latin-1")


def _bad(what: str, detail: str) -> _Refused:
    return _Refused("400 Bad Request", f"{what} '{detail}'")


def _too_large(what: str) -> _Refused:
    return _Refused("431 Request Header Fields Too Large", f"Error parsing headers: '{what}'")


def _skip_body(connection: socket.socket, stream: io.BufferedReader, request: Request) -> None:
    """Read past a body: nothing here is written to, yet the next request starts behind it."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise _Refused("400 Bad Request", "Invalid HTTP Header: 'CONTENT-LENGTH'")
    if request.headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if request.headers.get("transfer-encoding", "").lower() == "chunked":
        _skip_chunks(stream)
    else:
        _skip(stream, int(length))


def _skip(stream: io.BufferedReader, length: int) -> None:
    while length > 0:
        part = stream.read(min(length, 65536))
        if not part:
            raise ConnectionError("the client left in the middle of a body")
        length -= len(part)


def _skip_chunks(stream: io.BufferedReader) -> None:
    while True:
        size = _line(stream.readline(_READ)).partition(";")[0].strip()
        if not re.fullmatch(r"[0-9A-Fa-f]{1,15}", size):
            raise _Refused("400 Bad Request", f"Invalid chunk size: '{size}'")
        if int(size, 16) == 0:
            break
        _skip(stream, int(size, 16) + 2)
    while _line(stream.readline(_READ)):
        pass  # trailers


# ------------------------------------------------------------------------------ writing


def _keeps_alive(request: Request) -> bool:
    wish = request.headers.get("connection", "").lower()
    return wish == "keep-alive" if request.version == "HTTP/1.0" else wish != "close"


def _bytes(request: Request, response: Response, *, keep: bool) -> bytes:
    head = [
        f"{request.version} {response.status}",
        "Server: gunicorn",
        f"Date: {formatdate(usegmt=True)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in response.headers),
        "\r\n",
    ]
    body = b"" if request.method == "HEAD" else response.body
    return "\r\n".join(head).encode("latin-1") + body


def _refuse(connection: socket.socket, refused: _Refused) -> None:
    reason = refused.status.partition(" ")[2]
    body = (
        f"<html>\n  <head>\n    <title>{reason}</title>\n  </head>\n  <body>\n"
        f"    <h1><p>{reason}</p></h1>\n    {html.escape(refused.detail)}\n  </body>\n</html>\n"
    ).encode("latin-1", "replace")
    head = f"HTTP/1.1 {refused.status}\r\nConnection: close\r\nContent-Type: text/html\r\n"
    connection.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    _linger(connection)


def _linger(connection: socket.socket) -> None:
    """Read on for a moment: closed with bytes unread, a connection is reset, its answer lost."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(_LINGER_SECONDS)
    for _ in range(64):
        if not connection.recv(65536):
            return


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # its thread closed it first
        connection.shutdown(socket.SHUT_RDWR)
