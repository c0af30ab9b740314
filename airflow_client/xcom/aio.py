"""The asyncio client: it carries the flow of each call out in the task that makes the call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_client.xcom import flow
from airflow_client.xcom.annotations import AiohttpSession, Self
from airflow_client.xcom.base_client import BaseClient
from airflow_client.xcom.configuration import Configuration
from airflow_client.xcom.exceptions import ApiException, ApiTypeError, TimeoutException
from airflow_client.xcom.operations import Operation
from airflow_client.xcom.options import Options
from airflow_client.xcom.transport import open_async_transport

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

    A session, a proxy, ``verify_ssl=False``, ``assert_hostname`` and ``_preload_content=False`` need aiohttp (the extra
    ``async``); where it is not installed, calls raise :class:`ApiValueError`.

    Connections are opened by the first call and closed by awaiting :meth:`close`, or at the end of an ``async with``.
    They belong to the event loop that runs then; in another loop, or a forked process, the client opens others. A call
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

    def _begin(self) -> None:
        super()._begin()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transport: AsyncTransport | None = None
        #: The tasks of the flows that are alone, and their ends, by name.
        self._alone: dict[str, tuple[asyncio.Task[Any] | None, asyncio.Future[None]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections and forget what was found out.

        Closing twice does nothing. A call after that starts afresh, with the configuration as it is then.
        """
        transport, of_this_loop = self._transport, self._loop is asyncio.get_running_loop()
        self._transport = self._server = self._auth = None
        if transport is not None and of_this_loop:
            await transport.close()

    async def execute(self, operation: Operation[Any], options: Options) -> Any:
        """Make a call and return its result, as the overloads of :class:`AsyncXComApi` say."""
        if options.async_req:
            raise ApiTypeError("async_req is for threads: with asyncio, asyncio.create_task() lets a call run on")
        return await self._carry_out(self._steps(operation, options))

    @property
    def server_version(self) -> Awaitable[str]:
        """The release of Airflow that the server runs, such as ``"2.11.2"``, to be awaited; asked for once.

        :raises ApiException: the server is not reached, or is no Airflow.
        """
        return self._carry_out(self._version_steps())

    async def _carry_out(self, steps: flow.Flow[T]) -> T:
        """Carry a flow out: do what it asks for, tell it what came of it, and return what it returns."""
        transport = self._transport
        if transport is None or self._loop is not asyncio.get_running_loop():
            transport = self._open_transport()
        try:
            step = next(steps)
            while True:
                try:
                    result = await self._do(step, transport)
                except ApiException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as end:
            return cast(T, end.value)

    async def _do(self, step: flow.Step, transport: AsyncTransport) -> Any:
        if isinstance(step, flow.Send):
            return await transport.send(step.request, step.timeouts, step.stream)
        if isinstance(step, flow.Sleep):
            return await asyncio.sleep(step.seconds)
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        until = loop.time() + step.seconds
        while step.name in self._alone:  # who waits first is not first: they all find done what they waited for
            owner, end = self._alone[step.name]
            if owner is task:
                return await self._carry_out(step.steps)
            # Not wait_for(), which can take a cancellation for its own (until Python 3.12).
            done, _ = await asyncio.wait([end], timeout=until - loop.time())
            if not done:
                raise TimeoutException(0, flow.NOT_ALONE)
        end = loop.create_future()
        self._alone[step.name] = task, end
        try:
            return await self._carry_out(step.steps)
        finally:
            del self._alone[step.name]
            end.set_result(None)

    def _open_transport(self) -> AsyncTransport:
        # What a dead loop, or the process that this one was forked of, has open is left to it: it is not ours to close.
        self._left = self._transport
        self._unless_forked()
        self._loop = asyncio.get_running_loop()
        self._transport = open_async_transport(self.configuration, self._find_server().origin, self._session)
        return self._transport
