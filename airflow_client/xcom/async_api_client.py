"""The asyncio client: it carries the flow of each call out in the task that makes the call."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_client.xcom.annotations import AiohttpSession, Self
from airflow_client.xcom.configuration import Configuration
from airflow_client.xcom.core import policy
from airflow_client.xcom.core.base_client import BaseClient
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import Options
from airflow_client.xcom.exceptions import ApiException, ApiTypeError, ApiValueError, TimeoutException

if TYPE_CHECKING:
    from airflow_client.xcom.transport import AsyncTransport

T = TypeVar("T")


class AsyncApiClient(BaseClient):
    """Makes the calls of an :class:`AsyncXComApi`: one for a program, shared by its tasks.

    :param Configuration configuration: where the server is, default None: ``Configuration.get_default_copy()``.
    :param str header_name: name of a header to send with each request, default None.
    :param str header_value: its value.
    :param str cookie: value of a Cookie header to send with each request, default None.
    :param int pool_threads: accepted, without effect: there are no threads.
    :param aiohttp.ClientSession session: a session of yours that makes the requests, with its own connector and
        headers, default None: the client makes them. It is not closed.
    :raises ApiTypeError: an argument is of the wrong type.

    It needs aiohttp (the extra ``async``); where that is not installed, calls raise :class:`ApiValueError`.

    Connections are opened by the first call and closed by awaiting :meth:`close`, or at the end of an ``async with``.
    They belong to the event loop that runs then; after it has ended, or in a forked process, the client opens others.
    In another loop, while the first one runs, it raises :class:`ApiValueError`: make one client per event loop. A call
    that is cancelled closes the connection that it used.

    :ivar Configuration configuration: the configuration given.
    :ivar Response last_response: status, reason and headers of the answer that came last, of whatever task.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
        *,
        session: AiohttpSession | None = None,
    ) -> None:
        super().__init__(configuration, header_name, header_value, cookie, pool_threads, session=session)

    def _reset_state(self) -> None:
        super()._reset_state()
        #: The event loop that the transport belongs to, and the name of the thread that runs it.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = ""
        self._transport: AsyncTransport | None = None
        #: The tasks of the flows that are alone, and their ends, by name.
        self._locks: dict[str, tuple[asyncio.Task[Any] | None, asyncio.Future[None]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections and forget what was found out.

        Closing twice does nothing. A call after that starts afresh, with the configuration as it is then.

        :raises ApiValueError: the client is in use in another event loop, which runs.
        """
        self._check_loop()
        transport, of_this_loop = self._transport, self._loop is asyncio.get_running_loop()
        self._transport = self._server = self._auth = None
        if transport is not None and of_this_loop:
            await transport.close()

    async def execute(self, operation: Operation[Any], options: Options) -> Any:
        """Make a call and return its result, as the overloads of :class:`AsyncXComApi` say."""
        if options.async_req:
            raise ApiTypeError("async_req is for threads: with asyncio, asyncio.create_task() lets a call run on")
        return await self.run(self.call_flow(operation, options))

    async def get_server_version(self) -> str:
        """Return the release of Airflow that the server runs, such as ``"2.11.2"``. The first call sends a request.

        :raises ApiException: the server is not reached, or is no Airflow.
        """
        return await self.run(self.version_flow())

    async def run(self, steps: policy.Flow[T]) -> T:
        """Carry a flow out: do what it asks for, tell it what came of it, and return what it returns."""
        transport = self._transport
        if transport is None or self._loop is not asyncio.get_running_loop():
            transport = self._open_transport()
        try:
            step = next(steps)
            while True:
                try:
                    result = await self._perform(step, transport)
                except ApiException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as end:
            return cast(T, end.value)

    async def _perform(self, step: policy.Step, transport: AsyncTransport) -> Any:
        if isinstance(step, policy.Send):
            return await transport.send(step.request, step.timeouts, step.stream)
        if isinstance(step, policy.Sleep):
            return await asyncio.sleep(step.seconds)
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        until = loop.time() + step.seconds
        while step.name in self._locks:  # who waits first is not first: they all find done what they waited for
            owner, end = self._locks[step.name]
            if owner is task:
                return await self.run(step.steps)
            # Not wait_for(), which can take a cancellation for its own (until Python 3.12).
            done, _ = await asyncio.wait([end], timeout=until - loop.time())
            if not done:
                raise TimeoutException(0, policy.LOCK_TIMEOUT_MESSAGE)
        end = loop.create_future()
        self._locks[step.name] = task, end
        try:
            return await self.run(step.steps)
        finally:
            del self._locks[step.name]
            end.set_result(None)

    def _check_loop(self) -> None:
        """Refuse to serve two event loops at once: connections, locks and tasks belong to one of them."""
        self._unless_forked()  # the parent's loop seems to run in this process too
        mine, loop = self._loop, asyncio.get_running_loop()
        if self._transport is not None and mine is not None and mine is not loop and mine.is_running():
            raise ApiValueError(
                f"this AsyncApiClient is in use in the event loop of the thread {self._thread!r} ({mine!r}), "
                f"which runs, and was called in that of the thread {threading.current_thread().name!r} ({loop!r}): "
                "make one AsyncApiClient per event loop"
            )

    def _open_transport(self) -> AsyncTransport:
        self._unless_forked()
        server = self._find_server()
        with self._lock:
            self._check_loop()
            # What a loop that has ended has open is left to it: it is not ours to close.
            self._left = self._transport
            self._loop, self._thread = asyncio.get_running_loop(), threading.current_thread().name
            self._transport = _open_transport(self.configuration, server.origin, self._session)
            return self._transport


def _open_transport(configuration: Configuration, origin: str, session: Any) -> AsyncTransport:
    """Open a transport to ``origin``.

    :param session: the user's own session, which sends the requests.
    :raises ApiValueError: aiohttp is not installed, or a setting cannot be used.
    """
    try:
        from airflow_client.xcom.transport.aiohttp import AiohttpTransport  # the extra async
    except ModuleNotFoundError as error:
        raise ApiValueError(
            f"AsyncApiClient needs aiohttp: pip install 'airflow-xcom-client[async]' ({error})"
        ) from error
    return AiohttpTransport(configuration, origin, session)
