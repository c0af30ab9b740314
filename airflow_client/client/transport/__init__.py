"""What carries a request to a server and its answer back: one adapter per HTTP library."""

from __future__ import annotations

#: What to try, as a message says it, where a connection broke, or what came over it is not what was expected.
BROKEN = "something broke the connection: check Configuration(host=…), its http or https included, and the server"
THROUGH_PROXY = " (the way leads through a proxy)"
NOT_HTTP = "does it speak HTTP there, and not HTTPS? Check Configuration(host=…)"
NOT_HTTPS = "does it speak HTTPS there, and not HTTP? Check Configuration(host=…)"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event
    from typing import Protocol

    from airflow_client.client.timeouts import Timeouts
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
