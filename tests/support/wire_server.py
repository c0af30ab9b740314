"""HTTP server for tests that sends exactly the given bytes, whatever the request."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Union

#: The first bytes of a TLS handshake.
_HANDSHAKE = b"\x16\x03"
Answer = Union[bytes, Callable[[socket.socket, bytes], None]]


class WireServer:
    """Server on loopback that sends ``answers`` in turn, one per request, and repeats the last one.

    An answer is the bytes to send (without ``Content-Length``, the connection is closed after them), or a function
    that receives the connection and the request's head. ``requests`` holds head and body of each request.
    With a ``version``, requests for a path that ends with ``/version`` are answered with it, and not recorded.
    Without a ``context``, a TLS handshake ends its connection, as most servers do; gunicorn ``ignores_handshakes``.
    """

    def __init__(self, *answers: Answer, context: ssl.SSLContext | None = None, version: str = "") -> None:
        self.version = version
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.ignores_handshakes = False
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.port = self._socket.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.host = f"{self.url}/api/v1"

    def __enter__(self) -> WireServer:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        # shutdown() wakes the thread that waits in accept(); close() alone does not.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    @property
    def targets(self) -> list[str]:
        """The requests' targets, as sent."""
        return [head.split(b" ")[1].decode("ascii") for head in self.requests]

    def all_closed(self, seconds: float = 30) -> bool:
        """Wait until no connection is open, for so many seconds at most; return whether that is so."""
        end = time.monotonic() + seconds
        while self._open and time.monotonic() < end:
            time.sleep(0.005)
        return not self._open

    def header(self, name: str, request: int = -1) -> str | None:
        """Return the value of a header of a request, or None if it was not sent."""
        match = re.search(rf"(?im)^{name}: (.*?)\r$", self.requests[request].decode("latin-1"))
        return match[1] if match else None

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            self._open.add(connection)
            stack.callback(self._open.discard, connection)
            self.connections += 1
            stack.enter_context(connection)
            if self._context is not None:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            for head in requests_on(connection, self.ignores_handshakes):
                if self.version and head.split(b" ")[1].endswith(b"/version"):
                    connection.sendall(answer(f'{{"version": "{self.version}"}}'))
                    continue
                self.requests.append(head)
                response = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if callable(response):
                    response(connection, head)
                    return
                connection.sendall(response)
                if b"content-length" not in response.lower():
                    return


def requests_on(connection: socket.socket, ignores_handshakes: bool = False) -> Iterator[bytes]:
    """Yield the requests on a connection, head and body."""
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received or (received.startswith(_HANDSHAKE) and not ignores_handshakes):
                return
            data += received
        head, _, data = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
        while length and len(data) < int(length[1]):
            received = connection.recv(65536)
            if not received:
                return
            data += received
        size = int(length[1]) if length else 0
        yield head + b"\r\n\r\n" + data[:size]
        data = data[size:]


def entry(key: str, value: Any = 1) -> bytes:
    """Return the bytes of an HTTP response with an XCom."""
    return answer(json.dumps({"key": key, "value": value}))


def answer(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    """Return the bytes of an HTTP response; ``_`` in a header's name stands for ``-``."""
    content = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + content
