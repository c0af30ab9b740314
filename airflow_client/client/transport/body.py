"""The body of an answer as it is read: no more of it than it may have."""

from __future__ import annotations

import sys

from airflow_client.client.exceptions import ResponseTooLargeException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.wire import Request


class Body:
    """Collects the chunks of the answer to ``request``.

    :param length: how many bytes the answer says that it has, None where it does not.
    :param limit: how many bytes it may have.
    :raises ResponseTooLargeException: it says that it has more.
    """

    def __init__(self, status: int, request: Request, length: int | None, limit: int) -> None:
        self._status = status
        self._request = request
        self._limit = limit
        self._chunks: list[bytes] = []
        self._size = 0
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
    """The number that a Content-Length holds, however large; None where there is none."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) < 20 else sys.maxsize
