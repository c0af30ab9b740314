"""http.client's response, but that its head is read by a regular expression in place of the parser for e-mails.

That parser takes a sixth of the time of a small call. A line that is no header, which it takes for the beginning of the
body, is refused here (RFC 9112, 5.1); and every answer that is only provisional is passed over, not 100 alone.
"""

from __future__ import annotations

import http.client
import re
from typing import Any

from airflow_client.client.transport.body import content_length
from airflow_client.client.transport.timed import TimedResponse

TYPE_CHECKING = False

#: How long a line may be, and how many there may be: http.client's own limits.
_LINE, _LINES = 65_536, 100
_FIELD = re.compile(rb"([!-9;-~]+):[ \t]*([^\r\n]*?)[ \t]*\r?\n")
_FOLDED = re.compile(rb"[ \t]+([^\r\n]*?)[ \t]*\r?\n")


class Response(TimedResponse):
    """Reads the head of an answer, and from it how the body ends (RFC 9112, 6.3)."""

    if TYPE_CHECKING:  # what http.client does not tell of itself
        _method: str | None
        chunk_left: int | None
        headers: Any
        code: int

        def _read_status(self) -> tuple[str, int, str]: ...

        def _check_close(self) -> bool: ...

    def begin(self) -> None:
        if self.headers is not None:  # a tunnel's, which was read already
            return
        while True:
            version, status, reason = self._read_status()
            fields = self._read_fields()
            if status >= 200 or status == 101:
                break
        self.code = self.status = status
        self.reason = reason.strip()
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.version = 10 if version == "HTTP/1.0" else 11
        message: Any = http.client.HTTPMessage()
        message._headers = fields
        self.headers = self.msg = message
        found: dict[str, str] = {}
        for name, value in fields:
            found.setdefault(name.lower(), value)
        self.chunked = found.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = None
        if status in (204, 304) or self._method == "HEAD" or 100 <= status <= 199:
            self.length = 0
        elif not self.chunked:
            self.length = content_length(found.get("content-length"))
        self.will_close = self._check_close() or not (self.chunked or self.length is not None)

    def _read_fields(self) -> list[tuple[str, str]]:
        fields: list[tuple[str, str]] = []
        readline = self.fp.readline
        while True:
            line = readline(_LINE + 1)
            if line in (b"\r\n", b"\n", b""):
                return fields
            if len(line) > _LINE:
                raise http.client.LineTooLong("header line")
            field = _FIELD.fullmatch(line)
            if field is not None:
                fields.append((field[1].decode("ascii"), field[2].decode("latin-1")))
                if len(fields) > _LINES:
                    raise http.client.HTTPException(f"got more than {_LINES} headers")
                continue
            folded = _FOLDED.fullmatch(line)
            if folded is None or not fields:
                raise http.client.HTTPException(f"not a header: {line[:100]!r}")
            name, value = fields[-1]
            fields[-1] = name, f"{value} {folded[1].decode('latin-1')}"
