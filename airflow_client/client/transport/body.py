"""The body of an answer as it is read: no more of it than it may have."""

from __future__ import annotations

import sys

from airflow_client.client.exceptions import ResponseTooLargeException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.wire import Request


class Body:
    """Collects the chunks of the answer to ``request``.

    :param limit: how many bytes it may have.
    """

    __slots__ = ("_chunks", "_limit", "_request", "_size", "_status")

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit
        self._status = 0
        self._chunks: list[bytes] = []
        self._size = 0

    def begin(self, status: int, length: int | None) -> None:
        """Take the answer's status, and how many bytes it says that its body has, None where it does not.

        :raises ResponseTooLargeException: it says that it has more than there may be.
        """
        self._status = status
        self._check(length or 0)

    def add(self, chunk: bytes) -> None:
        """Take the next chunk, unpacked.

        :raises ResponseTooLargeException: that is more than there may be.
        """
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._check(self._size)

    def whole(self) -> bytes:
        """All that came."""
        return b"".join(self._chunks)  # of a single chunk, that one itself

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise ResponseTooLargeException(
                self._status,
                f"the answer has more than {self._limit} bytes",
                request=repr(self._request),
                hint="read less at a time, or set Configuration.max_response_size",
            )


def content_length(text: str | None) -> int | None:
    """The number that a Content-Length holds, however large; None where there is none.

    :raises ValueError: it holds several that differ (RFC 9112, 6.3).
    """
    lengths = {length.strip() for length in (text or "").split(",")}
    if len(lengths) > 1:
        raise ValueError(f"several Content-Lengths that differ: {text!r:.100}")
    length = lengths.pop()
    if not (length.isascii() and length.isdigit()):
        return None
    return int(length) if len(length) < 20 else sys.maxsize
