"""http.client's response, but that its head is read by regular expressions in place of the parser for e-mails.

That parser takes a quarter of the time of a small call. A line that is no header, which it takes for the beginning of
the body, is refused here (RFC 9112, 5.1); and every answer that is only provisional is passed over, not 100 alone.
"""

from __future__ import annotations

import http.client
import re

from airflow_client.client.headers import ResponseHeaders
from airflow_client.client.transport.body import content_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: How many bytes a head may have, and how many headers: as many as http.client takes in one, and in all.
_HEAD, _LINES = 65_536, 100
_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(r"HTTP/(\S+)[ \t]+([1-9]\d\d)(?:[ \t]+(.*))?\s*")
_FIELDS = re.compile(r"(?m)^([!-9;-~]+):([^\r\n]*)\r?$")
_FOLD = re.compile(r"\r?\n[ \t]+")
#: urllib3 1.26 looks in it for lines that were no headers.
_NO_MESSAGE = http.client.HTTPMessage()


class Answer(http.client.HTTPResponse):
    """An answer whose body is read by http.client, or by the response of urllib3's that it is given to.

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
            status_line, lines = self._read_head()
            version, status, self.reason = _parsed_status(status_line)
            if status >= 200 or status == 101:
                break
        self.code = self.status = status
        self.version, self.version_string = (10 if version == "1.0" else 11), f"HTTP/{version}"
        self.fields = fields = ResponseHeaders(lines)
        self.headers: Any = fields
        self.msg = _NO_MESSAGE
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

    def _read_head(self) -> tuple[str, list[tuple[str, str]]]:
        """The status line, and name and value of each header."""
        status_line, _, text = self._up_to_empty_line().decode("latin-1").partition("\n")
        if "\n " in text or "\n\t" in text:
            text = _FOLD.sub(" ", text)
        fields = _FIELDS.findall(text)
        count = text.count("\n")
        if len(fields) != count:
            wrong = next(line for line in text.split("\n") if not _FIELDS.fullmatch(line))
            raise http.client.HTTPException(f"not a header: {wrong[:100]!r}")
        if count > _LINES:
            raise http.client.HTTPException(f"got more than {_LINES} headers")
        return status_line, [(name, value.strip(" \t")) for name, value in fields]

    def _up_to_empty_line(self) -> bytearray:
        """The bytes up to the empty line that ends a head, without that."""
        head, fp = bytearray(), self.fp
        while True:
            came = fp.peek()
            if not came and head:
                raise http.client.BadStatusLine(f"the connection was closed in the head of an answer: {head[:100]!r}")
            if not came:
                raise http.client.RemoteDisconnected("Remote end closed connection without response")
            before = len(head)
            head += came
            found = _END.search(head, max(before - 3, 0))
            end = len(head) if found is None else found.end()
            if end > _HEAD:
                raise http.client.LineTooLong("head of an answer")
            fp.read(end - before)
            if found is not None:
                return head[: found.start() + 1]


def _parsed_status(line: str) -> tuple[str, int, str]:
    """HTTP's version, the status and the reason of a status line (RFC 9112, 4)."""
    found = _STATUS.fullmatch(line)
    if found is None:
        raise http.client.BadStatusLine(line[:100])
    if not found[1].startswith("1."):
        raise http.client.UnknownProtocol(f"HTTP/{found[1]}")
    return found[1], int(found[2]), (found[3] or "").strip()
