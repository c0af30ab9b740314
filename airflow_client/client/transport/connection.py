"""A connection straight to a server: a request is sent in one piece, an answer read at once.

It is for the calls that nearly all calls are. urllib3 and http.client take longer to import than such a call takes, put
a request together header by header, and make two responses, an e-mail and a dictionary of what comes.
"""

from __future__ import annotations

import io

from airflow_client.client.transport.http1 import Head, encoded, error, read_head
from airflow_client.client.transport.sockets import Reader, is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from airflow_client.client.transport import Body
    from airflow_client.client.transport.sockets import Limits
    from airflow_client.client.wire import Request


class Connection:
    """A connection: a request, and its answer, and then the next.

    :ivar is_last: whether nothing more can be sent after the answer that was received.
    :ivar source: what the body of the answer is to be read from.
    """

    __slots__ = ("_socket", "is_last", "source")

    source: io.BufferedReader

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.is_last = False

    def send(self, request: Request, host: str, limits: Limits) -> None:
        """Send ``request``.

        :param host: the value of the Host header.
        """
        self._socket.settimeout(limits.to_send())
        self._socket.sendall(encoded(request, host))

    def receive(self, method: str, limits: Limits) -> Head:
        """The head of the answer to a request of this method; its body is there to be read."""
        self.source = io.BufferedReader(Reader(self._socket, limits))
        while True:
            head = Head(read_head(self.source), method)
            if not head.is_provisional:
                self.is_last = head.is_last
                return head

    def read_into(self, body: Body, head: Head) -> None:
        """Read the body of the answer to its end."""
        source, length = self.source, head.length
        del self.source  # an idle connection needs no buffer
        if length is None or head.is_packed:
            from airflow_client.client.transport.response import response, unpack

            unpack(response(head, source), body)
            return
        body.begin(head.status, length)
        data = source.read(length)
        body.add(data)
        if len(data) < length:
            raise error("IncompleteRead", data, length - len(data))

    def is_dropped(self) -> bool:
        """Whether it was closed since, by either end, or the server sent what nobody asked for."""
        return self._socket.fileno() < 0 or is_readable(self._socket)

    def close(self) -> None:
        self.is_last = True
        self._socket.close()
