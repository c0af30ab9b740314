"""Faults as answers of a :class:`WireServer`, and servers that fail before they receive a request."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any, Callable

from tests.support.transports import TransportClient
from tests.support.wire_server import Answer, WireServer, answer

IDS = ("d", "r", "t", "k")
TARGET = "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k"
BODY = b'{"key": "k", "value": 1}'
ENTRY = answer(BODY)

#: A slow server sends so many pieces with so many seconds between them; then its response is complete, and right.
DROPS, PAUSE = 30, 0.1


def hang(connection: socket.socket, head: bytes) -> None:
    while connection.recv(65536):  # until either side hangs up
        pass


def close(connection: socket.socket, head: bytes) -> None:
    pass


def reset(connection: socket.socket, head: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def then_hang(data: bytes) -> Answer:
    def fault(connection: socket.socket, head: bytes) -> None:
        connection.sendall(data)
        hang(connection, head)

    return fault


def then_close(data: bytes) -> Answer:
    """Send ``data`` and close the connection, whatever its Content-Length."""
    return lambda connection, head: connection.sendall(data)


def then_reset(data: bytes) -> Answer:
    def fault(connection: socket.socket, head: bytes) -> None:
        connection.sendall(data)
        time.sleep(0.05)  # a reset that overtakes the bytes would be another fault
        reset(connection, head)

    return fault


def drip(before: bytes, drop: bytes, after: bytes) -> Answer:
    """Send ``before``, then ``drop`` with each of ``DROPS`` pauses, then ``after``."""

    def fault(connection: socket.socket, head: bytes) -> None:
        connection.sendall(before)
        for _ in range(DROPS):
            connection.sendall(drop)
            time.sleep(PAUSE)
        connection.sendall(after)

    return fault


def flood(before: bytes, drop: bytes, seconds: float) -> Answer:
    """Send ``before``, then ``drop`` again and again without a pause."""

    def fault(connection: socket.socket, head: bytes) -> None:
        connection.sendall(before)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            connection.sendall(drop)

    return fault


def late(seconds: float, data: bytes = ENTRY) -> Answer:
    def fault(connection: socket.socket, head: bytes) -> None:
        time.sleep(seconds)
        connection.sendall(data)

    return fault


def head(*lines: str, status: str = "200 OK") -> bytes:
    """Return the head of a response: the status line and no headers but ``lines``."""
    return "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *lines, "")).encode("latin-1")


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", headers: tuple[str, ...] = ()) -> bytes:
    """Return a response in chunks, the last of its connection."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head("Transfer-Encoding: chunked", "Connection: close", *headers) + body + end


@contextlib.contextmanager
def listener(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Open a port that passes each connection to ``serve``, in a thread, before anything is read from it."""
    opened: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                opened.append(connection)
                threading.Thread(target=attend, args=(connection,), daemon=True).start()

    def attend(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            for one in (server, *opened):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """Open a port that neither accepts nor refuses a connection, like a port behind a firewall that drops packets."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = server.getsockname()[1]
        for _ in range(8):  # more than the system queues
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(("127.0.0.1", port))
        yield port


def write(client: TransportClient, name: str, value: Any = 1, **keywords: Any) -> Any:
    """Make the call ``name``, which changes an entry."""
    given = dict(zip(("dag_id", "dag_run_id", "task_id", "xcom_key"), IDS))
    if name != "delete_xcom_entry":
        given["value"] = value
    return client.call(name, **given, **keywords)


def unused_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Proxy(WireServer):
    """Forward proxy: passes plain requests on without the headers for itself, and opens tunnels for CONNECT."""

    def __init__(self, *, refuse: Answer | None = None) -> None:
        super().__init__(self._pass_on if refuse is None else refuse)

    @staticmethod
    def _pass_on(connection: socket.socket, request: bytes) -> None:
        method, target, _ = request.split(b"\r\n")[0].split(b" ")
        authority = target if method == b"CONNECT" else target.split(b"/")[2]
        host, _, port = authority.decode().rpartition(":")
        with socket.create_connection((host, int(port)), 5) as origin:
            if method == b"CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                lines = request.replace(b"http://" + authority, b"", 1).split(b"\r\n")
                forwarded = [line for line in lines if not line.lower().startswith(b"proxy-")]
                origin.sendall(b"\r\n".join(forwarded))
            back = threading.Thread(target=_pump, args=(origin, connection))
            back.start()
            _pump(connection, origin)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
