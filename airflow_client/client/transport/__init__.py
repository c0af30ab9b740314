"""What carries a request to a server and its answer back: one adapter per HTTP library, and what they share."""

from __future__ import annotations

import os
import sys

from airflow_client.client.exceptions import (
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    ResponseTooLargeException,
)
from airflow_client.client.headers import Secret
from airflow_client.client.transport import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event
    from typing import Optional, Protocol

    import aiohttp

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.exceptions import TransportException
    from airflow_client.client.options import Timeouts
    from airflow_client.client.wire import Request, Response

    class Transport(Protocol):
        """Sends requests to one origin, from any number of threads.

        It follows no redirect, retries nothing, and raises nothing but
        :class:`~airflow_client.client.exceptions.TransportException`, chained to the library's own error, and
        :class:`~airflow_client.client.exceptions.ResponseTooLargeException`.
        """

        def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
            """The answer to ``request``.

            :param stream: leave the body of a successful answer in ``Response.raw``.
            :param stop: is set by another thread where the answer is not wanted any more.
            """
            ...

        def close(self) -> None:
            """Close the connections that are kept alive; the transport sends nothing more."""
            ...

    class AsyncTransport(Protocol):
        """The same for asyncio: of one event loop, for any number of its tasks."""

        async def send(self, request: Request, timeouts: Timeouts, stream: bool) -> Response: ...

        async def close(self) -> None: ...

    #: The URL of a proxy, and the user name and password for it.
    Proxy = tuple[str, Optional[Secret[tuple[str, str]]]]

#: What to try, as a message says it, where a connection broke, or what came over it is not what was expected.
BROKEN = "something broke the connection: check Configuration(host=…), its http or https included, and the server"
THROUGH_PROXY = " (the way leads through a proxy)"
NOT_HTTP = "does it speak HTTP there, and not HTTPS? Check Configuration(host=…)"
NOT_HTTPS = "does it speak HTTPS there, and not HTTP? Check Configuration(host=…)"
_AIOHTTP = (
    "with asyncio a proxy, verify_ssl=False, assert_hostname, a session and _preload_content=False need aiohttp: "
    "pip install 'airflow-xcom-client[async]'"
)


def open_transport(configuration: Configuration, origin: str) -> Transport:
    """A transport to ``origin`` (``https://host:port``), as ``configuration`` says.

    :raises ApiTypeError: a setting is of the wrong type.
    :raises ApiValueError: a setting cannot be used.
    """
    proxy = proxy_for(configuration, origin)
    if proxy is None and plain.is_plain(configuration, origin, plain.URLLIB3):
        from airflow_client.client.transport.direct import DirectTransport

        return DirectTransport(configuration, origin)
    from airflow_client.client.transport.urllib3 import Urllib3Transport

    return Urllib3Transport(configuration, origin, proxy)


def open_async_transport(
    configuration: Configuration, origin: str, session: aiohttp.ClientSession | None
) -> AsyncTransport:
    """The same for asyncio.

    :param session: the user's own, which is to send the requests.
    """
    proxy = session is None and proxy_for(configuration, origin)
    if proxy is None and plain.is_plain(configuration, origin, plain.AIOHTTP):
        from airflow_client.client.transport.asyncio import AsyncioTransport

        return AsyncioTransport(configuration, origin)
    return by_aiohttp(configuration, origin, session)


def by_aiohttp(
    configuration: Configuration, origin: str, session: aiohttp.ClientSession | None = None
) -> AsyncTransport:
    """A transport for what is less plain.

    :raises ApiValueError: aiohttp is not installed.
    """
    try:
        from airflow_client.client.transport.aiohttp import AiohttpTransport
    except ModuleNotFoundError as error:
        raise ApiValueError(f"{_AIOHTTP} ({error})") from error
    return AiohttpTransport(configuration, origin, session)


def pool_size(configuration: Configuration) -> int:
    """How many idle connections are kept.

    :raises ApiTypeError: the configuration has no number for it.
    """
    size = configuration.connection_pool_maxsize
    if isinstance(size, bool) or not isinstance(size, int):
        raise ApiTypeError(f"connection_pool_maxsize must be an int, not {type(size).__name__}")
    return size


def proxy_for(configuration: Configuration, origin: str) -> Proxy | None:
    """The proxy to go through to ``origin``, None for a direct way.

    :raises ApiValueError: it is no proxy for HTTP.
    """
    if not configuration.proxy and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from airflow_client.client.transport import proxies

    return proxies.find(configuration, origin)


def without_secrets(error: BaseException) -> BaseException:
    """``error``, and what it came of, without the frames they passed and the requests, pools and connections that they
    hold: these have headers, and URLs of proxies, in them.

    What is lost is where in an HTTP library it happened; what happened is in the messages.
    """
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = None
        for name, value in list(getattr(one, "__dict__", {}).items()):
            if isinstance(value, BaseException):
                waiting.append(value)
            elif not isinstance(value, (str, int, float, type(None))):
                setattr(one, name, None)
        args = one.args if isinstance(one.args, tuple) else ()
        waiting += [came for came in (one.__cause__, one.__context__, *args) if isinstance(came, BaseException)]
    return error


class Course:
    """How far a request got.

    :ivar opening: a new connection was begun.
    :ivar opened: it was established.
    :ivar received: bytes of the answer came.
    """

    __slots__ = ("opened", "opening", "received")

    def __init__(self) -> None:
        self.opening = self.opened = self.received = False

    @property
    def unsent(self) -> bool:
        """Whether the request certainly never left: no connection was to be had for it."""
        return self.opening and not self.opened

    @property
    def stale(self) -> bool:
        """Whether a kept-alive connection was used, on which no answer came."""
        return not self.opening and not self.received


def failure(
    kind: type[TransportException], reason: str, hint: str | None, request: Request, course: Course
) -> TransportException:
    """The exception of a ``request`` that got as far as ``course`` tells."""
    made = kind(0, reason, request=repr(request), hint=hint)
    made._unsent = course.unsent
    made._stale = kind is ConnectionException and course.stale
    return made


class Body:
    """Collects the chunks of the answer to ``request``.

    :param limit: how many bytes it may have.
    """

    __slots__ = ("_chunks", "_limit", "_request", "_size", "_status")

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit
        self._status = 0
        self._chunks = Secret[list[bytes]]([])  # of a login, they hold the token
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
        self._chunks.value.append(chunk)
        self._size += len(chunk)
        self._check(self._size)

    def whole(self) -> bytes:
        """All that came."""
        return b"".join(self._chunks.value)  # of a single chunk, that one itself

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
