"""urllib3's response: of an answer that is packed, in chunks or of a length that is not told, or the caller's to read.

http.client takes the chunks apart, and urllib3 unpacks what they hold.
"""

from __future__ import annotations

import http.client
import io
from types import SimpleNamespace
from typing import Any

import urllib3
from urllib3._collections import HTTPHeaderDict  # urllib3.HTTPHeaderDict since 2.0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.transport import Body
    from airflow_client.client.transport.http1 import Head

#: Bytes read at a time.
_CHUNK = 1 << 20


def response(head: Head, source: io.BufferedIOBase, **options: Any) -> urllib3.HTTPResponse:
    """What urllib3 makes of an answer whose body is not yet read.

    :param source: what the body is to be read from.
    :param options: what it is to know besides, such as the connection, and the pool to give it back to.
    """
    answer = _Answer(head, source)
    headers = HTTPHeaderDict()
    for name, value in head.fields:
        headers.add(name, value)
    return urllib3.HTTPResponse(
        body=answer,
        headers=headers,
        status=head.status,
        version=10 if head.version == "HTTP/1.0" else 11,
        reason=head.reason,
        preload_content=False,
        original_response=answer,
        enforce_content_length=True,  # not the default before urllib3 2
        request_method=head.method,
        **options,
    )


def unpack(raw: urllib3.BaseHTTPResponse, body: Body) -> None:
    """Read a response of urllib3's to its end."""
    try:
        body.begin(raw.status, raw.length_remaining)
        for chunk in raw.stream(_CHUNK, decode_content=True):
            body.add(chunk)
    except BaseException:
        raw.close()  # the connection is in the middle of a body: it cannot serve another call
        raise


def unpacked(head: Head, data: bytes, body: Body) -> bytes:
    """What a body holds that was read as it came: ``data``. ``body`` takes it in."""
    headers = {"Content-Encoding": head.headers["Content-Encoding"]}
    unpack(urllib3.HTTPResponse(io.BytesIO(data), headers, head.status, preload_content=False), body)
    return body.whole()


class _Answer(http.client.HTTPResponse):
    """http.client's response, for its reading of a body; the head was read already."""

    if TYPE_CHECKING:  # what http.client does not tell of itself
        chunk_left: int | None

    def __init__(self, head: Head, source: io.BufferedIOBase) -> None:
        def makefile(_mode: str) -> io.BufferedIOBase:
            return source

        sock: Any = SimpleNamespace(makefile=makefile)  # what is asked of a socket
        super().__init__(sock, method=head.method)
        self.chunked, self.chunk_left = head.is_chunked, None
        self.length = head.length
        self.will_close = head.is_last
