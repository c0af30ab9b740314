"""``python -m benchmarks.server``: the loopback server, in a process of its own: one thread, epoll, answers made once.

It prints its port, and ends when its standard input does. ``GET /counts`` tells how many answers were spoilt, and how.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import re
import select
import socket
import struct
import sys
import time
from typing import Optional, Union

from .answers import Answer, answer_to, http
from .faults import Faults

#: So many answers are kept; but the pages of long lists are made anew each time.
_KEPT_ANSWERS = 5000


class Connection:
    """What came on a connection and is not answered, and what is not sent yet."""

    def __init__(self, client: socket.socket) -> None:
        self.socket = client
        self.received = b""
        self.unsent: Union[bytes, memoryview] = b""
        self.ending = ""


class Server:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._poll = select.epoll()
        self._poll.register(listener, select.EPOLLIN)
        self._poll.register(sys.stdin, select.EPOLLIN)
        self._connections: dict[int, Connection] = {}
        self._kept: dict[str, Answer] = {}
        self._due: list[tuple[float, int, Connection, Answer]] = []
        self._number = itertools.count()
        self._faults = Faults(seed=1)

    def run(self) -> None:
        while True:
            patience = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            select.select([self._poll], [], [], patience)  # to the microsecond; poll() rounds up to milliseconds
            for descriptor, _ in self._poll.poll(0):
                if descriptor == self._listener.fileno():
                    self._accept()
                elif descriptor == sys.stdin.fileno():
                    return
                elif descriptor in self._connections:
                    connection = self._connections[descriptor]
                    if connection.unsent:
                        self._send(connection)
                    else:
                        self._receive(connection)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, connection, answer = heapq.heappop(self._due)
                self._say(connection, answer)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll.register(client, select.EPOLLIN)
        self._connections[client.fileno()] = Connection(client)

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        connection.received += data
        if connection.received.endswith(b"\r\n\r\n"):  # one request at a time, without a body
            target = connection.received[4 : connection.received.index(b" ", 4)].decode("ascii")
            connection.received = b""
            answer = self._answer(target)
            if answer.seconds:
                due = time.monotonic() + answer.seconds
                heapq.heappush(self._due, (due, next(self._number), connection, answer))
            else:
                self._say(connection, answer)

    def _answer(self, target: str) -> Answer:
        if target == "/counts":
            return Answer(http("200 OK", "v2", json.dumps(self._faults.counts).encode()))
        answer = self._kept.get(target)
        if answer is None:
            answer = answer_to(target)
            if len(self._kept) < _KEPT_ANSWERS and not re.search("offset=[1-9]", target):
                self._kept[target] = answer
        return self._faults.spoil(answer) if target.startswith("/faults/") else answer

    def _say(self, connection: Connection, answer: Answer) -> None:
        connection.unsent, connection.ending = answer.data, answer.ending
        self._send(connection, first=True)

    def _send(self, connection: Connection, first: bool = False) -> None:
        try:
            sent = connection.socket.send(connection.unsent) if connection.unsent else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(connection)
            return
        if sent < len(connection.unsent):
            connection.unsent = memoryview(connection.unsent)[sent:]
            if first:
                self._poll.modify(connection.socket, select.EPOLLOUT)
            return
        connection.unsent = b""
        if connection.ending:
            if connection.ending == "reset":
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._close(connection)
        elif not first:
            self._poll.modify(connection.socket, select.EPOLLIN)

    def _close(self, connection: Connection) -> None:
        with contextlib.suppress(KeyError):  # an answer that was due later finds it closed already
            del self._connections[connection.socket.fileno()]
        connection.socket.close()


def main(port: Optional[str] = None) -> None:
    with socket.create_server(("127.0.0.1", int(port or 0)), backlog=512) as listener:
        print(listener.getsockname()[1], flush=True)
        Server(listener).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
