"""HTTP/1.1 server for an application, by ``http.server`` of the standard library."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import selectors
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

from airflow_client.testing.application import InternalServerError, Request, Response, ServerProfile

_LOG = logging.getLogger("airflow_client.testing")
_MAX_CHUNK_HEAD = 8192
_CHUNK = 32 * 1024
_DRAIN_SECONDS = 0.5
_DRAIN_READS = 64
#: Longest pause of a slow response.
_SLOW_SECONDS = 0.05
_RESET_SECONDS = 0.05

Respond = Callable[[Request], Response]


class HttpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listening server with a thread for each connection; all end with :meth:`stop`.

    :param respond: answers a request; called from many threads.
    :param host: address to listen on.
    :param port: port to listen on; 0 for a free one.
    :param profile: traits of the real server.
    :param context: settings of TLS; None for plain HTTP.
    :raises OSError: the address cannot be listened on.
    """

    allow_reuse_address: bool = os.name == "posix"
    request_queue_size: int = 256
    address_family: int = socket.AF_INET

    def __init__(
        self, respond: Respond, host: str, port: int, profile: ServerProfile, context: ssl.SSLContext | None = None
    ) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        self._context = context
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._resets: set[socket.socket] = set()
        super().__init__((host, port), partial(_Handler, respond, profile, "https" if context else "http", self.reset))
        self.port: int = self.server_address[1]
        self._wakeup, self._waker = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name=f"airflow-testing-{self.port}", daemon=True)
        self._acceptor.start()

    def stop(self) -> None:
        """Close the listening socket and every connection, and wait for the threads to end."""
        self._waker.close()
        self._acceptor.join()
        self.server_close()
        with self._lock:
            connections = dict(self._connections)
        for connection in connections.values():
            with contextlib.suppress(OSError):  # its thread closed it first
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            if thread is not threading.current_thread():  # a callback of a request may stop the server
                thread.join()

    def _accept(self) -> None:
        # serve_forever() notices a shutdown only at its next poll; a socket pair wakes this loop at once.
        with selectors.DefaultSelector() as selector, self._wakeup:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._wakeup, selectors.EVENT_READ)
            while self._wakeup not in [key.fileobj for key, _ in selector.select()]:
                with contextlib.suppress(OSError):  # the client left before it was accepted
                    self.process_request(*self.get_request())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread that :meth:`stop` can end."""
        if self._context is not None:
            request = self._context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name=f"{self._acceptor.name}-client",
            daemon=True,
        )
        with self._lock:
            self._connections[thread] = request
        thread.start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, and serve the connection."""
        if self._context is not None:
            request.do_handshake()
        super().finish_request(request, client_address)

    def reset(self, connection: Any) -> None:
        """Let a connection end by a TCP reset."""
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._resets.add(connection)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has ended."""
        if request in self._resets:
            self._resets.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)
        with self._lock:
            self._connections.pop(threading.current_thread(), None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a bug; a client that leaves is none."""
        if not isinstance(sys.exc_info()[1], OSError):
            _LOG.exception("the embedded server failed on a connection")


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests and writes their responses."""

    protocol_version = default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # a buffer sends headers and body together

    def __init__(
        self, respond: Respond, profile: ServerProfile, scheme: str, reset: Callable[[Any], None], *args: Any
    ) -> None:
        self._respond = respond
        self._profile = profile
        self._scheme = scheme
        self._reset = reset
        super().__init__(*args)

    def _serve(self) -> None:
        try:
            body = self._read_body()
        except ValueError:
            self.send_error(400, "Invalid HTTP body")
            return
        length, limit = len(self.requestline), self._profile.max_request_line
        if length > limit:
            self.send_error(400, f"Request Line is too large ({length} > {limit})")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        if any(len(name) + len(value) + 2 > self._profile.max_header_line for name, value in headers.items()):
            self.send_error(431, "Error parsing headers: 'limit request headers fields size'")
            return
        target = self.requestline.split()[1]  # http.server merges the leading slashes of self.path
        try:
            response = self._respond(Request(self.command, target, headers, body, self._scheme))
        except Exception as error:
            if not isinstance(error, InternalServerError):
                _LOG.exception("the embedded server failed to answer")
            self.close_connection = True
            response = self._profile.error_page(500, "")
        self._write(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = _serve  # noqa: N815 - names of http.server

    def _read_body(self) -> bytes:
        """Read a body; ValueError means that its length is invalid."""
        self.wfile.flush()  # "100 Continue", if the client expects it
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._read_chunks())
        length = int(self.headers.get("Content-Length", "0"))
        if length < 0:
            raise ValueError(length)
        return self._read_exactly(length)

    def _read_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(_MAX_CHUNK_HEAD).partition(b";")[0], 16):
            yield self._read_exactly(size)
            self._read_exactly(2)
        while self.rfile.readline(_MAX_CHUNK_HEAD).strip():
            pass  # trailers

    def _read_exactly(self, length: int) -> bytes:
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionError("the client left within a body")
        return data

    def _write(self, response: Response) -> None:
        delivery, output = response.delivery, self.wfile
        if delivery.rate is not None:
            self.wfile = _SlowWriter(output, delivery.rate, delivery.pause)
        try:
            if delivery.raw is None:
                self._write_response(response)
            else:
                self.wfile.write(delivery.raw)
        finally:
            self.wfile = output
        if delivery.end:
            self.close_connection = True
        if delivery.end == "reset":
            self.wfile.flush()
            if delivery.raw != b"":
                delivery.pause(_RESET_SECONDS)  # a reset that overtakes the bytes would delete them
            self._reset(self.connection)

    def _write_response(self, response: Response) -> None:
        chunked = (response.chunked or response.parts is not None) and self.request_version != "HTTP/1.0"
        given = {name.lower() for name, _ in response.headers}
        self.send_response_only(response.status, response.reason or None)
        own = {} if response.is_bare else {"Server": self.version_string(), "Date": self.date_time_string()}
        for name, value in [*(item for item in own.items() if item[0].lower() not in given), *response.headers]:
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif response.parts is not None:
            self.close_connection = True
        elif response.status != 204 and "content-length" not in given:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection and (response.status != 500 or self._profile.announces_crash):
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            is_cut, body = response.delivery.is_cut, response.body
            for part in response.parts or ():
                self.wfile.write(_chunk(part) if chunked else part)
                self.wfile.flush()
                if is_cut:
                    return
            body = body[: len(body) // 2] if is_cut else body
            self.wfile.write(_in_chunks(body) if chunked else body)
            self.wfile.write(_chunk(b"") if chunked and not is_cut else b"")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse an invalid request in the words of the real server, and close the connection."""
        self.close_connection = True
        self._write(self._profile.error_page(code, message or ""))
        self.wfile.flush()
        # Closing with bytes unread would reset the connection, and the client would lose the response.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_DRAIN_SECONDS)
        for _ in range(_DRAIN_READS):
            if not self.rfile.read1(65_536):
                break

    def version_string(self) -> str:
        """Return the ``Server`` header."""
        return self._profile.name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Write no access log."""


class _SlowWriter(io.BufferedIOBase):
    """Writes to a connection so many bytes a second."""

    def __init__(self, output: Any, rate: float, pause: Callable[[float], object]) -> None:
        self._output = output
        self._rate = rate
        self._pause = pause

    def write(self, data: Any) -> int:
        """Write bytes in small pieces, with pauses."""
        size = max(1, int(self._rate * _SLOW_SECONDS))
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._output.write(piece)
            self._output.flush()
            self._pause(len(piece) / self._rate)
        return len(data)


def _in_chunks(body: bytes) -> bytes:
    return b"".join(_chunk(body[start : start + _CHUNK]) for start in range(0, len(body), _CHUNK))


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(part), part)
