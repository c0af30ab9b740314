"""A connection straight to a server, and HTTP/1.1 over it: a request is sent in one piece, an answer read at once.

It is for the calls that nearly all calls are. urllib3 and http.client take longer to import than such a call takes, put
a request together header by header, and make two responses, an e-mail and a dictionary of what comes.

A line of an answer's head that is no header, which http.client takes for the beginning of the body, is refused (RFC
9112, 5.1); and every answer that is only provisional is passed over, not 100 alone.
"""

from __future__ import annotations

import io
import select
from typing import Any

from airflow_client.client.headers import ResponseHeaders
from airflow_client.client.transport import content_length
from airflow_client.client.transport.sockets import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from airflow_client.client.transport import Body
    from airflow_client.client.transport.sockets import Limits
    from airflow_client.client.wire import Request

#: How many bytes a head may have, and how many headers: http.client's own limits of a line, and of lines.
SIZE, LINES = 65_536, 100
#: Methods of which nobody expects a body; of others it has to be said that there is none (RFC 9110, 8.6).
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


class Connection:
    """A connection: a request, and its answer, and then the next.

    :ivar is_last: whether nothing more can be sent after the answer that was received.
    """

    __slots__ = ("_socket", "is_last")

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.is_last = False

    def send(self, request: Request, host: str, limits: Limits) -> None:
        """Send ``request``.

        :param host: the value of the Host header.
        """
        self._socket.settimeout(limits.to_send())
        self._socket.sendall(_encoded(request, host))

    def receive(self, method: str, limits: Limits) -> Head:
        """The head of the answer to a request of this method; its body is there to be read."""
        head = Head(io.BufferedReader(Reader(self._socket, limits)), method)
        self.is_last = head.is_last
        return head

    def is_dropped(self) -> bool:
        """Whether the server has closed it since, or sent what nobody asked for."""
        if not hasattr(select, "poll"):
            return bool(select.select([self._socket], [], [], 0)[0])
        poll = select.poll()  # which takes any number of a descriptor
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        self._socket.close()


def _encoded(request: Request, host: str) -> bytes:
    """A request as bytes (RFC 9112, 3)."""
    body, names = request.body, [name.lower() for name in request.headers]
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    if "accept-encoding" not in names:
        lines.append("Accept-Encoding: identity")
    if (body is not None or request.method not in _BODILESS) and "content-length" not in names:
        lines.append(f"Content-Length: {len(body or b'')}")
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise ValueError("a header has a line break in it")
    if not head.isascii() and max(head) > "\xff":  # the encoder's own error would hold the head, with the credentials
        raise ValueError("a header has characters that it cannot carry (outside ISO 8859-1)")
    return f"{head}\r\n\r\n".encode("latin-1") + (body or b"")


class Head:
    """The head of an answer, read from ``source``, and by it how the body ends (RFC 9112, 6.3).

    :ivar source: what the body is to be read from.
    :ivar method: the method of the request.
    :ivar status: the HTTP status.
    :ivar reason: the reason phrase.
    :ivar version: HTTP's version.
    :ivar fields: name and value of each header.
    :ivar headers: the same, as a mapping.
    :ivar is_chunked: whether the body comes in chunks that tell their length.
    :ivar length: how many bytes the body has; None where that is not told.
    :ivar is_last: whether the connection cannot be used again.
    """

    __slots__ = (
        "fields",
        "headers",
        "is_chunked",
        "is_last",
        "length",
        "method",
        "reason",
        "source",
        "status",
        "version",
    )

    def __init__(self, source: io.BufferedReader, method: str) -> None:
        self.source = source
        self.method = method
        while True:
            status_line, *lines = _read_head(source)
            self.version, self.status, self.reason = _parsed_status(status_line)
            if self.status >= 200 or self.status == 101:
                break  # all else is provisional
        self.fields = _parsed_fields(lines)
        self.headers = headers = ResponseHeaders(self.fields)
        self.is_chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.length: int | None = None
        if self.status in (101, 204, 304) or method == "HEAD":
            self.length = 0
        elif not self.is_chunked:
            self.length = content_length(headers.get("Content-Length"))
        self.is_last = self._closes() or not (self.is_chunked or self.length is not None)

    def read_into(self, body: Body) -> None:
        """Read the body to its end."""
        length = self.length
        if length is None or self.headers.get("Content-Encoding") is not None:
            from airflow_client.client.transport.response import response, unpack

            unpack(response(self), body)
            return
        body.begin(self.status, length)
        data = self.source.read(length)
        body.add(data)
        if len(data) < length:
            raise _error("IncompleteRead", data, length - len(data))

    def _closes(self) -> bool:
        """Whether the server says that it closes the connection (RFC 9112, 9.3)."""
        options = self.headers.get("Connection", "").lower()
        if self.version == "HTTP/1.0":
            return not ("keep-alive" in options or "Keep-Alive" in self.headers)
        return "close" in options


def _read_head(source: io.BufferedReader) -> list[str]:
    """The lines up to the empty one, the status line first."""
    lines: list[str] = []
    size, readline = 0, source.readline
    while True:
        line = readline(SIZE + 1)
        size += len(line)
        if size > SIZE:
            raise _error("LineTooLong", "head of an answer")
        if not size:
            raise _error("RemoteDisconnected", "Remote end closed connection without response")
        if not line.endswith(b"\n"):
            raise _error("BadStatusLine", "the connection was closed in the head of an answer")
        if line in (b"\r\n", b"\n") and lines:
            return lines
        lines.append(line.decode("latin-1"))
        if len(lines) > LINES + 1:
            raise _error("HTTPException", f"got more than {LINES} headers")


def _parsed_status(line: str) -> tuple[str, int, str]:
    """HTTP's version, the status and the reason of a status line (RFC 9112, 4)."""
    version, status, reason = [*line.split(None, 2), "", "", ""][:3]
    if not version.startswith("HTTP/") or not (len(status) == 3 and status.isdecimal() and status >= "100"):
        raise _error("BadStatusLine", line[:100])
    if not version.startswith("HTTP/1."):
        raise _error("UnknownProtocol", version)
    return version, int(status), reason.strip()


def _parsed_fields(lines: list[str]) -> list[tuple[str, str]]:
    """Name and value of each header (RFC 9112, 5)."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        value = value.strip(" \t\r\n")
        if line[0] in " \t" and fields:  # goes on with the line before
            fields[-1] = fields[-1][0], f"{fields[-1][1]} {line.strip()}"
        elif colon and name.isascii() and name.isprintable() and " " not in name and name and "\r" not in value:
            fields.append((name, value))
        else:
            raise _error("HTTPException", f"not a header: {line[:100]!r}")
    return fields


def _error(name: str, *args: Any) -> Exception:
    """An exception of http.client's, which is imported for it alone."""
    import http.client

    error: Exception = getattr(http.client, name)(*args)
    return error
