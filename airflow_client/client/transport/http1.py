"""HTTP/1.1 as bytes (RFC 9112): a request, and the head of an answer. What carries them is elsewhere.

A line of an answer's head that is no header, which http.client takes for the beginning of the body, is refused (RFC
9112, 5.1); and every answer that is only provisional is passed over, not 100 alone.
"""

from __future__ import annotations

from typing import Any

from airflow_client.client.headers import ResponseHeaders
from airflow_client.client.transport import content_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

    from airflow_client.client.wire import Request

#: How many bytes a head may have, and how many headers: http.client's own limits of a line, and of lines.
SIZE, LINES = 65_536, 100
#: Methods of which nobody expects a body; of others it has to be said that there is none (RFC 9110, 8.6).
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
_DIGITS = frozenset("0123456789abcdefABCDEF")


def encoded(request: Request, host: str) -> bytes:
    """A request as bytes (RFC 9112, 3).

    :param host: the value of the Host header.
    :raises ValueError: a header cannot be sent.
    """
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
    """The head of an answer, and by it how the body ends (RFC 9112, 6.3).

    :param lines: the status line, and those of the headers.

    :ivar method: the method of the request.
    :ivar status: the HTTP status.
    :ivar reason: the reason phrase.
    :ivar version: HTTP's version.
    :ivar fields: name and value of each header.
    :ivar headers: the same, as a mapping.
    :ivar is_provisional: whether another answer follows.
    :ivar is_packed: whether the body has a Content-Encoding.
    :ivar is_chunked: whether the body comes in chunks that tell their length.
    :ivar length: how many bytes the body has; None where that is not told.
    :ivar is_last: whether the connection cannot be used again.
    """

    __slots__ = (
        *("fields", "headers", "is_chunked", "is_last", "is_packed", "is_provisional", "length", "method", "reason"),
        *("status", "version"),
    )

    def __init__(self, lines: list[str], method: str) -> None:
        self.method = method
        self.version, self.status, self.reason = _parsed_status(lines[0])
        self.fields = _parsed_fields(lines[1:])
        self.headers = headers = ResponseHeaders(self.fields)
        self.is_provisional = self.status < 200 and self.status != 101
        self.is_packed = headers.get("Content-Encoding") is not None
        self.is_chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.length: int | None = None
        if self.status in (101, 204, 304) or method == "HEAD":
            self.length = 0
        elif not self.is_chunked:
            self.length = content_length(headers.get("Content-Length"))
        ends = self.is_chunked or self.length is not None
        self.is_last = self._closes() or not ends or self.status == 101  # after which it speaks another protocol

    def _closes(self) -> bool:
        """Whether the server says that it closes the connection (RFC 9112, 9.3)."""
        options = self.headers.get("Connection", "").lower()
        if self.version == "HTTP/1.0":
            return not ("keep-alive" in options or "Keep-Alive" in self.headers)
        return "close" in options


def read_head(source: io.BufferedIOBase) -> list[str]:
    """The lines up to the empty one, the status line first."""
    lines: list[str] = []
    size, readline = 0, source.readline
    while True:
        line = readline(SIZE + 1)
        size += len(line)
        if size > SIZE:
            raise error("LineTooLong", "head of an answer")
        if not size:
            raise error("RemoteDisconnected", "Remote end closed connection without response")
        if not line.endswith(b"\n"):
            raise error("BadStatusLine", "the connection was closed in the head of an answer")
        if line in (b"\r\n", b"\n") and lines:
            return lines
        lines.append(line.decode("latin-1"))
        if len(lines) > LINES + 1:
            raise error("HTTPException", f"got more than {LINES} headers")


def chunk_size(line: bytes) -> int:
    """How many bytes the chunk has that begins with this line; none after the last (RFC 9112, 7.1)."""
    if not line:
        raise error("IncompleteRead", line)
    digits = line.partition(b";")[0].strip().decode("latin-1")
    if not digits or len(digits) > 16 or not _DIGITS.issuperset(digits):
        raise error("HTTPException", f"not the size of a chunk: {line[:100]!r}")
    return int(digits, 16)


def error(name: str, *args: Any) -> Exception:
    """An exception of http.client's, which is imported for it alone."""
    import http.client

    made: Exception = getattr(http.client, name)(*args)
    return made


def _parsed_status(line: str) -> tuple[str, int, str]:
    """HTTP's version, the status and the reason of a status line (RFC 9112, 4)."""
    version, status, reason = [*line.split(None, 2), "", "", ""][:3]
    if not version.startswith("HTTP/") or not (len(status) == 3 and status.isdecimal() and status >= "100"):
        raise error("BadStatusLine", line[:100])
    if not version.startswith("HTTP/1."):
        raise error("UnknownProtocol", version)
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
            raise error("HTTPException", f"not a header: {line[:100]!r}")
    return fields
