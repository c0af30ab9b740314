"""Requests, responses, and the application that answers them: an embedded server without its sockets."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """HTTP request.

    :ivar target: request target as sent, one character for each byte.
    :ivar headers: headers with names in lower case.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"

    @property
    def origin(self) -> str:
        """Scheme and host to which the request was sent, for redirects."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    @property
    def path(self) -> str:
        """Path with its escapes decoded, so that ``%2F`` separates segments as it does on real servers."""
        raw = self._origin_form.partition("?")[0]
        return unquote_to_bytes(raw.encode("latin-1")).decode("utf-8", "replace")

    @property
    def query(self) -> str:
        """Query as sent, without the question mark."""
        return self._origin_form.partition("?")[2]

    @property
    def _origin_form(self) -> str:
        return re.sub("^https?://[^/?#]*", "", self.target).partition("#")[0]

    def media_type(self, default: str = "") -> str:
        """Return the content type in lower case, without parameters."""
        return self.headers.get("content-type", default).partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Delivery:
    """Faults of the connection that sends a response.

    :ivar raw: bytes to send instead of the response; None for the response.
    :ivar is_cut: whether to stop in the middle of the body.
    :ivar end: "" to keep the connection open, "close" or "reset" to end it without notice.
    :ivar rate: bytes a second; None without a limit.
    :ivar pause: waits for so many seconds.
    """

    raw: bytes | None = None
    is_cut: bool = False
    end: str = ""
    rate: float | None = None
    pause: Callable[[float], object] = time.sleep


@dataclass(frozen=True)
class Response:
    """HTTP response; the HTTP server adds ``Server``, ``Date``, the length and headers about the connection.

    :ivar reason: reason phrase; empty for the usual one.
    :ivar chunked: send the body in chunks, without its length.
    :ivar parts: yields the chunks of the body, each of which is sent at once; None if ``body`` is the body.
    :ivar delivery: faults of the connection.
    :ivar is_bare: send it without the headers ``Server`` and ``Date``.
    """

    status: int
    headers: Headers
    body: bytes = b""
    reason: str = ""
    chunked: bool = False
    parts: Iterator[bytes] | None = None
    delivery: Delivery = field(default_factory=Delivery)
    is_bare: bool = False


class InternalServerError(Exception):
    """Failure that real servers answer with the HTTP server's own page and a closed connection."""


@dataclass(frozen=True)
class ServerProfile:
    """Traits of a real HTTP server that clients notice.

    :ivar name: value of the ``Server`` header.
    :ivar error_page: returns the response for a status and a detail, when the application gives none.
    :ivar max_request_line: most bytes in a request line.
    :ivar max_header_line: most bytes in a header line.
    :ivar announces_crash: whether it sends ``Connection: close`` before it closes a connection after a crash.
    """

    name: str
    error_page: Callable[[int, str], Response]
    max_request_line: int = 65_536
    max_header_line: int = 65_536
    announces_crash: bool = True


@dataclass(frozen=True)
class Settings:
    """Settings of an embedded server; :class:`EmbeddedAirflow` documents them."""

    #: Numbers of the release.
    release: tuple[int, ...]
    auth: str
    maximum_page_limit: int
    deserialize_support: bool
    token_lifetime: float
    #: Set while the server stops: a response that takes long must end.
    stopped: threading.Event = field(default_factory=threading.Event)
    #: Called with the ids of a DAG and a run that a request has triggered.
    triggered: Callable[[str, str], None] = lambda _dag_id, _run_id: None


class Application:
    """API of one release of Airflow. Any thread may use it."""

    def respond(self, request: Request) -> Response:
        """Answer a request.

        :raises InternalServerError: a real server fails on this request.
        """
        raise NotImplementedError

    def revoke_tokens(self) -> None:
        """Invalidate every token, where the release has tokens."""

    def expire_tokens(self) -> None:
        """Let every token expire, where the release has tokens."""

    def expire_sessions(self) -> None:
        """End every session, where the release has sessions."""
