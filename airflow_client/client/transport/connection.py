"""The default transport's connection: urllib3's, but that it sends a request in one piece and reads the answer at once.

urllib3 and http.client put a request together header by header, and make two responses, an e-mail and a dictionary of
what comes: more than half of the time of a small call. They still do where the caller is to read the body himself.
"""

from __future__ import annotations

from typing import Any

import urllib3

from airflow_client.client.transport.answer import Answer
from airflow_client.client.transport.timed import Reader, current, timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_client.client.transport.body import Body

#: Bytes read at a time of a body that is packed, or does not tell its length.
_CHUNK = 1 << 20
#: Methods of which nobody expects a body; of others it has to be said that there is none (RFC 9110, 8.6).
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


def direct(connection: type[Any], host: str) -> type[Any]:
    """A class of connection like ``connection``, which is urllib3's, that makes requests of ours directly.

    :param host: the value of the Host header.
    """

    class Direct(timed(connection)):  # type: ignore[misc]
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
    if body is not None or method not in _BODILESS:
        lines.append(f"Content-Length: {len(body or b'')}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise ValueError("a header has a line break in it")
    return f"{head}\r\n\r\n".encode("latin-1") + (body or b"")


def _read(answer: Answer, body: Body) -> None:
    """Read the body of an answer to its end."""
    body.begin(answer.status, answer.length)
    if answer.length is not None and "Content-Encoding" not in answer.fields:
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
    for chunk in raw.stream(_CHUNK, decode_content=True):
        body.add(chunk)
