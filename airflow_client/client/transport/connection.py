"""The default transport's connection: urllib3's, but that it sends a request in one piece and reads the answer at once.

urllib3 and http.client put a request together header by header, and make two responses, an e-mail and a dictionary of
what comes: more than half of the time of a small call. They still do where the caller is to read the body himself.

A line of an answer's head that is no header, which http.client takes for the beginning of the body, is refused (RFC
9112, 5.1); and every answer that is only provisional is passed over, not 100 alone.
"""

from __future__ import annotations

import http.client
from typing import Any

import urllib3

from airflow_client.client.headers import ResponseHeaders
from airflow_client.client.transport import Body, content_length
from airflow_client.client.transport.timed import LINE, LINES, Reader, current, timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Whether this is urllib3 1.26, whose pool makes its response of http.client's.
IS_1 = hasattr(urllib3.HTTPResponse, "from_httplib")
#: Bytes read at a time of a body that is packed, or does not tell its length.
_CHUNK = 1 << 20
#: Methods of which nobody expects a body; of others it has to be said that there is none (RFC 9110, 8.6).
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


def direct(connection: type[Any], host: str) -> type[Any]:
    """A class of connection like ``connection``, which is urllib3's, that makes requests of ours directly.

    :param host: the value of the Host header.
    """

    class Direct(timed(connection)):  # type: ignore[misc]  # a base that is made at run time
        _method: str

        def request(
            self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] = {}, **options: Any
        ) -> None:
            limits = current.limits
            if limits is None or limits.body is None:
                super().request(method, url, body=body, headers=headers, **options)
                return
            if self.sock is None:
                self.connect()
            sock: Any = self.sock
            sock.settimeout(limits.to_send())
            self._method = method
            sock.sendall(_encoded(method, url, body, headers, host))

        def getresponse(self) -> Any:
            limits = current.limits
            if limits is None or limits.body is None:
                return super().getresponse()
            answer = Answer(Reader(self.sock, limits), self._method)
            answer.begin()
            _read(answer, limits.body)
            if answer.will_close:
                self.close()
            return answer

    Direct.__name__ = connection.__name__  # which error messages show
    return Direct


def _encoded(method: str, url: str, body: bytes | None, headers: Mapping[str, str], host: str) -> bytes:
    """A request as bytes (RFC 9112, 3)."""
    names = [name.lower() for name in headers]
    lines = [f"{method} {url} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    if "accept-encoding" not in names:
        lines.append("Accept-Encoding: identity")
    if (body is not None or method not in _BODILESS) and "content-length" not in names:
        lines.append(f"Content-Length: {len(body or b'')}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise ValueError("a header has a line break in it")
    if not head.isascii() and max(head) > "\xff":  # the encoder's own error would hold the head, with the credentials
        raise ValueError("a header has characters that it cannot carry (outside ISO 8859-1)")
    return f"{head}\r\n\r\n".encode("latin-1") + (body or b"")


def _read(answer: Answer, body: Body) -> None:
    """Read the body of an answer to its end."""
    if answer.length is not None and answer.fields.get("Content-Encoding") is None:
        body.begin(answer.status, answer.length)
        body.add(answer.read())
    else:
        raw: Any = answer  # it is http.client's by inheritance, but for the type of its headers
        unpack(
            urllib3.HTTPResponse(
                body=raw,
                headers=answer.fields,
                status=answer.status,
                preload_content=False,
                original_response=raw,
                enforce_content_length=True,
                request_method=answer.method,
            ),
            body,
        )
    answer.close()


def unpack(raw: urllib3.BaseHTTPResponse, body: Body) -> None:
    """Read a body that is packed, or does not tell its length, to its end."""
    try:
        body.begin(raw.status, raw.length_remaining)
        for chunk in raw.stream(_CHUNK, decode_content=True):
            body.add(chunk)
    except BaseException:
        raw.close()  # the connection is in the middle of a body: it cannot serve another call
        raise


class Answer(http.client.HTTPResponse):
    """An answer whose head is read here, and its body by http.client or by urllib3's response.

    :ivar fields: the headers.
    :ivar method: the method of the request.
    """

    fields: ResponseHeaders
    version_string: str
    # What urllib3's pool notes in an answer.
    retries: Any = None
    _connection: Any = None
    _pool: Any = None

    if TYPE_CHECKING:  # what http.client does not tell of itself
        chunk_left: int | None
        code: int

    def __init__(self, source: Any, method: str) -> None:
        """:param source: has a ``makefile("rb")`` that gives a buffered reader, as a socket has."""
        super().__init__(source, method=method)
        self.method = method

    def begin(self) -> None:
        """Read the head, and from it how the body ends (RFC 9112, 6.3)."""
        while True:
            status_line, *lines = self._read_head()
            version, status, self.reason = _parsed_status(status_line)
            if status >= 200 or status == 101:
                break
        self.code = self.status = status
        self.version, self.version_string = (10 if version == "HTTP/1.0" else 11), version
        self.fields = fields = ResponseHeaders(_parsed_fields(lines))
        self.headers: Any = fields
        if IS_1:
            self.msg = http.client.HTTPMessage()  # urllib3 1.26 looks in it for lines that were no headers
        self.chunked = fields.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = self.length = None
        if status in (101, 204, 304) or self.method == "HEAD":
            self.length = 0
        elif not self.chunked:
            self.length = content_length(fields.get("Content-Length"))
        self.will_close = self._is_last() or not (self.chunked or self.length is not None)

    @property
    def length_remaining(self) -> int | None:
        """By urllib3's name for it."""
        return self.length

    def _is_last(self) -> bool:
        """Whether the connection cannot be used again (RFC 9112, 9.3)."""
        options = self.fields.get("Connection", "").lower()
        if self.version == 11:
            return "close" in options
        return not ("keep-alive" in options or "Keep-Alive" in self.fields)

    def _read_head(self) -> list[str]:
        """The lines up to the empty one, the status line first."""
        lines: list[str] = []
        size, readline = 0, self.fp.readline
        while True:
            line = readline(LINE + 1)
            size += len(line)
            if size > LINE:  # of the whole head
                raise http.client.LineTooLong("head of an answer")
            if not size:
                raise http.client.RemoteDisconnected("Remote end closed connection without response")
            if not line.endswith(b"\n"):
                raise http.client.BadStatusLine("the connection was closed in the head of an answer")
            if line in (b"\r\n", b"\n") and lines:
                return lines
            lines.append(line.decode("latin-1"))
            if len(lines) > LINES + 1:
                raise http.client.HTTPException(f"got more than {LINES} headers")


def _parsed_status(line: str) -> tuple[str, int, str]:
    """HTTP's version, the status and the reason of a status line (RFC 9112, 4)."""
    version, status, reason = [*line.split(None, 2), "", "", ""][:3]
    if not version.startswith("HTTP/") or not (len(status) == 3 and status.isdecimal() and status >= "100"):
        raise http.client.BadStatusLine(line[:100])
    if not version.startswith("HTTP/1."):
        raise http.client.UnknownProtocol(version)
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
            raise http.client.HTTPException(f"not a header: {line[:100]!r}")
    return fields
