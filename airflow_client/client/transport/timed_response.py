"""http.client's response, but that the whole answer has to come within the limits of its request.

It is that of answers which others read: of a session of the user's, and of those that are streamed.
"""

from __future__ import annotations

import contextlib
import http.client
from typing import Any

from airflow_client.client.transport.timed import LINE, LINES, Limits, Reader, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket


class TimedResponse(http.client.HTTPResponse):
    """Reads its answer within the limits of the request that this thread makes."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        limits = current.limits
        source: Any = sock if limits is None else _SharedReader(sock, limits)
        super().__init__(source, *args, **options)

    def _read_status(self) -> tuple[str, int, str]:
        """The next status line, past what is only provisional: of that, http.client passes over 100 alone."""
        while True:
            told: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # it is http.client's own
            if not 102 <= told[1] <= 199 or current.limits is None:
                return told
            for _ in range(LINES):
                if self.fp.readline(LINE) in (b"\r\n", b"\n", b""):
                    break


class _SharedReader(Reader):
    """One that keeps the socket open, should the connection be closed, and leaves it to the next request."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        super().__init__(sock, limits)
        self._file = sock.makefile("rb", buffering=0)  # counted by the socket, which stays open until this is closed

    def close(self) -> None:
        if not self.closed:
            if self._socket.gettimeout() != self._limits.read:
                # The next request on this connection is not to be sent within what was left for this answer.
                with contextlib.suppress(OSError):
                    self._socket.settimeout(self._limits.read)
            self._file.close()
        super().close()
