"""The manners of uvicorn, which serves a real Airflow 3."""

from __future__ import annotations

import gzip
import re
from email.utils import formatdate

from airflow_client.testing.http1 import Manners, Refused, Request, Response

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
_VERSION = re.compile(r"HTTP/\d\.\d")
_LEVEL = 5
_CHUNK = 32 * 1024


class Uvicorn(Manners):
    """It takes long lines, tells all garbled requests the same, and packs every body when asked.

    Args:
        silent: Whether it closes after an answer to HTTP/1.0 without saying so, as that of Airflow 3.0.
    """

    max_line = 65_536
    max_header = 1 << 20
    max_headers = 10_000
    read = 1 << 17

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    def check(self, method: str, target: str, version: str) -> None:
        """Raise :class:`Refused` if a request line is wrong."""
        if method not in _METHODS or not target.isascii() or not _VERSION.fullmatch(version):
            raise Refused("400 Bad Request")

    def keeps_alive(self, request: Request) -> bool:
        """Tell whether the connection may carry another request; never with HTTP/1.0."""
        return request.version == "HTTP/1.1" and request.headers.get("connection", "").lower() != "close"

    def response(self, request: Request, response: Response, *, keep: bool) -> bytes:
        """Give the bytes of an answer; its body is packed and chunked for who takes gzip."""
        headers = response.headers
        body = response.body
        packs = "gzip" in request.headers.get("accept-encoding", "")
        if not response.status.startswith("204"):
            headers = [*headers, ("vary", ", ".join([*response.varies_by, "Accept-Encoding"]))]
            if packs:
                headers = [header for header in headers if header[0] != "content-length"]
                headers += [("content-encoding", "gzip"), ("transfer-encoding", "chunked")]
                body = _chunks(gzip.compress(body, _LEVEL))
        if not keep and not (self._silent and request.version == "HTTP/1.0"):
            headers = [*headers, ("connection", "close")]
        return _head(response.status, headers) + (b"" if request.method == "HEAD" else body)

    def refusal(self, refused: Refused) -> bytes:
        """Give the bytes of a refusal."""
        body = b"Invalid HTTP request received."
        about = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body)))]
        return _head("400 Bad Request", [*about, ("connection", "close")]) + body

    def crash(self) -> bytes:
        """Give the bytes for an application that failed: nothing in them says that the connection is closed."""
        body = b"Internal Server Error"
        about = [("content-length", str(len(body))), ("content-type", "text/plain; charset=utf-8")]
        return _head("500 Internal Server Error", about) + body


def _head(status: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"date: {formatdate(usegmt=True)}", "server: uvicorn"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "\r\n"]).encode("latin-1")


def _chunks(body: bytes) -> bytes:
    parts = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])
