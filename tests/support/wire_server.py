"""A server on loopback that says exactly the bytes it is told to, whatever it is asked."""

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

Answer = Union[bytes, Callable[[socket.socket, bytes], None]]


class WireServer:
    """Speaks raw sockets: ``answers`` are given in turn, the last one from then on, one per request.

    An answer is the bytes to send (an answer without ``Content-Length`` ends with the connection), or a function of
    the connection and the request's head. ``requests`` holds the heads (and bodies) of the requests as they came.
    With a ``version``, a request for a path that ends with ``/version`` is answered with it, and not counted.
    """

    def __init__(self, *answers: Answer, context: ssl.SSLContext | None = None, version: str = "") -> None:
        self.version = version
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
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
        """The request targets, as they came."""
        return [head.split(b" ")[1].decode("ascii") for head in self.requests]

    def is_left(self, seconds: float = 5) -> bool:
        """Whether no connection is open any more, or is not within so many seconds."""
        end = time.monotonic() + seconds
        while self._open and time.monotonic() < end:
            time.sleep(0.01)
        return not self._open

    def header(self, name: str, request: int = -1) -> str | None:
        """The value of a header of a request; None when it was not sent."""
        found = re.search(rf"(?im)^{name}: (.*?)\r$", self.requests[request].decode("latin-1"))
        return found[1] if found else None

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
            for head in requests_on(connection):
                if self.version and head.split(b" ")[1].endswith(b"/version"):
                    connection.sendall(answer(f'{{"version": "{self.version}"}}'))
                    continue
                self.requests.append(head)
                said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if callable(said):
                    said(connection, head)
                    return
                connection.sendall(said)
                if b"content-length" not in said.lower():
                    return


def requests_on(connection: socket.socket) -> Iterator[bytes]:
    """The requests that come over a connection, head and body."""
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received:
                return
            data += received
        head, _, data = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
        while length and len(data) < int(length[1]):
            data += connection.recv(65536)
        size = int(length[1]) if length else 0
        yield head + b"\r\n\r\n" + data[:size]
        data = data[size:]


def entry(key: str, value: Any = 1) -> bytes:
    """The bytes of an HTTP answer that holds an XCom."""
    return answer(json.dumps({"key": key, "value": value}))


def answer(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    """The bytes of an HTTP answer; ``_`` in a header's name stands for ``-``."""
    content = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + content
