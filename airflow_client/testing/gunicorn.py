"""The manners of gunicorn, which serves a real Airflow 2."""

from __future__ import annotations

import html
import re
from email.utils import formatdate

from airflow_client.testing.http1 import Manners, Refused, Request, Response

_METHOD = re.compile(r"[A-Z0-9$\-_.]{3,20}")
_VERSION = re.compile(r"HTTP/(\d)\.(\d)")


class Gunicorn(Manners):
    """It refuses a request line of more than 4094 bytes, and its errors are HTML."""

    max_line = 4094
    max_header = 8188
    max_headers = 100
    read = 8192

    def check(self, method: str, target: str, version: str) -> None:
        """Raise :class:`Refused` if a request line is wrong."""
        if not _METHOD.fullmatch(method):
            raise _bad("Invalid Method", f"Invalid HTTP method: '{method}'")
        matched = _VERSION.fullmatch(version)
        if matched is None:
            raise _bad("Invalid HTTP Version", f"Invalid HTTP Version: '{version}'")
        if matched[1] != "1":
            raise _bad("Invalid HTTP Version", f"Invalid HTTP Version: ({matched[1]}, {matched[2]})")

    def keeps_alive(self, request: Request) -> bool:
        """Tell whether the connection may carry another request."""
        wish = request.headers.get("connection", "").lower()
        return wish == "keep-alive" if request.version == "HTTP/1.0" else wish != "close"

    def response(self, request: Request, response: Response, *, keep: bool) -> bytes:
        """Give the bytes of an answer."""
        head = [
            f"{request.version} {response.status}",
            "Server: gunicorn",
            f"Date: {formatdate(usegmt=True)}",
            f"Connection: {'keep-alive' if keep else 'close'}",
            *(f"{name}: {value}" for name, value in response.headers),
            "\r\n",
        ]
        body = b"" if request.method == "HEAD" else response.body
        return "\r\n".join(head).encode("latin-1") + body

    def refusal(self, refused: Refused) -> bytes:
        """Give the bytes of a refusal."""
        reason = refused.status.partition(" ")[2]
        body = (
            f"<html>\n  <head>\n    <title>{reason}</title>\n  </head>\n  <body>\n"
            f"    <h1><p>{reason}</p></h1>\n    {html.escape(refused.detail)}\n  </body>\n</html>\n"
        ).encode("latin-1", "replace")
        head = f"HTTP/1.1 {refused.status}\r\nConnection: close\r\nContent-Type: text/html\r\n"
        return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body

    def crash(self) -> bytes:
        """Give the bytes for an application that failed."""
        return self.refusal(Refused("500 Internal Server Error"))


def _bad(what: str, detail: str) -> Refused:
    return Refused("400 Bad Request", f"{what} '{detail}'")
