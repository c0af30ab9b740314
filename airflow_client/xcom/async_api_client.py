"""Asyncio client: runs flows in the caller's task, and those of bulk reads in tasks of its own."""

from __future__ import annotations

import asyncio
import threading
import warnings
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_client.xcom.annotations import AiohttpSession, Self
from airflow_client.xcom.configuration import Configuration
from airflow_client.xcom.core import policy, stored_values
from airflow_client.xcom.core.base_client import BaseClient
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import Options
from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, PagingWarning, TimeoutException

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from airflow_client.xcom.core.bulk_writes import BulkWriter, BulkWriteResult
    from airflow_client.xcom.core.listing import Scheduler
    from airflow_client.xcom.core.pace import Job
    from airflow_client.xcom.transport import AsyncTransport

T = TypeVar("T")


class AsyncApiClient(BaseClient):
    """Client for an :class:`AsyncXComApi`. Share one between all tasks of a program.

    :param Configuration configuration: address of the server and settings, default None:
        ``Configuration.get_default_copy()``.
    :param str header_name: name of a header to send with each request, default None.
    :param str header_value: its value.
    :param str cookie: Cookie header to send with each request, default None.
    :param int pool_threads: accepted, without effect.
    :param aiohttp.ClientSession session: your own session, with its own connector and headers, default None. The client
        does not close it.
    :raises ApiTypeError: an argument has the wrong type.

    It needs aiohttp (the extra ``async``); without it, calls raise :class:`ApiValueError`.

    The first call opens connections; awaiting :meth:`close`, or the end of an ``async with``, closes them. They belong
    to the running event loop. After that loop has ended, or in a forked process, the client opens new ones; in a second
    loop, while the first one runs, it raises :class:`ApiValueError`: make one client per event loop. A cancelled call
    closes its connection.

    :ivar Configuration configuration: the configuration given.
    :ivar Response last_response: most recent response from any task, including errors but not logins.
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
        #: Event loop of the transport, and the name of its thread.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = ""
        self._transport: AsyncTransport | None = None
        #: Owner of each lock, and a future that ends when it is released.
        self._locks: dict[str, tuple[asyncio.Task[Any] | None, asyncio.Future[None]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections and forget the server's version and the login.

        Closing twice does nothing. A later call starts over, with the configuration as it is then.

        :raises ApiValueError: the client is in use in another running event loop.
        """
        self._check_loop()
        transport, is_current_loop = self._transport, self._loop is asyncio.get_running_loop()
        self._transport = self._server = self._auth = None
        if transport is not None and is_current_loop:
            await transport.close()

    async def execute(self, operation: Operation[Any], options: Options) -> Any:
        """Make a call and return its result, as the overloads of :class:`AsyncXComApi` describe."""
        if options.async_req:
            raise ApiTypeError("async_req uses threads: with asyncio, use asyncio.create_task()")
        return await self.run(self.call_flow(operation, options))

    async def get_server_version(self, *, _request_timeout: float | tuple[float, float] | None = None) -> str:
        """Return the server's Airflow release, such as ``"2.11.2"``. The first call sends a request.

        The attribute ``server_version`` is its old name.

        :param _request_timeout: time limits in seconds, as of every call.
        :raises ApiException: the server cannot be reached, or is not Airflow.
        """
        return await self.run(self.version_flow(_request_timeout))

    async def run(self, steps: policy.Flow[T]) -> T:
        """Run a flow: perform its steps, send their results back, and return its result."""
        transport = self._transport
        if transport is None or self._loop is not asyncio.get_running_loop():
            transport = self._open_transport()
        try:
            step = next(steps)
            while True:
                try:
                    result = await self._perform(step, transport)
                except BaseException as error:  # a cancellation too, so that the flow can say what goes on
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
        if isinstance(step, (policy.OpenStorage, policy.ReadFile)):
            return await _use_storage(step)
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        deadline = loop.time() + step.seconds
        while step.name in self._locks:  # in any order: all waiters find the work done
            owner, end = self._locks[step.name]
            if owner is task:
                return await self.run(step.steps)
            # Not wait_for(), which can swallow a cancellation before Python 3.12.
            done, _ = await asyncio.wait([end], timeout=deadline - loop.time())
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
        """Refuse to serve two running event loops, as connections, locks and tasks belong to one."""
        self._check_fork()  # in a child, the parent's loop seems to run
        mine, loop = self._loop, asyncio.get_running_loop()
        if self._transport is not None and mine is not None and mine is not loop and mine.is_running():
            raise ApiValueError(
                f"this AsyncApiClient is in use in the event loop of the thread {self._thread!r} ({mine!r}), "
                f"and was called in that of the thread {threading.current_thread().name!r} ({loop!r}): "
                "make one AsyncApiClient per event loop"
            )

    def _open_transport(self) -> AsyncTransport:
        self._check_fork()
        server = self._get_server()
        with self._lock:
            self._check_loop()
            # Retained: the connections of an ended loop cannot be closed in this one.
            self._abandoned = self._transport
            self._loop, self._thread = asyncio.get_running_loop(), threading.current_thread().name
            try:
                from airflow_client.xcom.transport.aiohttp import AiohttpTransport  # the extra async
            except ModuleNotFoundError as error:
                raise ApiValueError(f"AsyncApiClient needs aiohttp: pip install 'aiohttp>=3.11' ({error})") from error
            self._transport = AiohttpTransport(self.configuration, server.origin, self._session)
            return self._transport


async def _use_storage(step: policy.OpenStorage | policy.ReadFile) -> bytes | None:
    """Perform ``step`` in a thread, because fsspec blocks. A cancelled or late read ends as soon as fsspec allows."""
    from airflow_client.xcom.transport import storage  # the extra storage

    if isinstance(step, policy.OpenStorage):
        return await asyncio.to_thread(storage.check_protocols, step.protocols)
    stop = threading.Event()
    read = asyncio.ensure_future(asyncio.to_thread(storage.read_file, step, stop))
    try:
        done, _ = await asyncio.wait([read], timeout=step.seconds + storage.STOP_CHECK_INTERVAL)
    finally:
        stop.set()
        read.cancel()  # no effect on a read that has ended
    if not done:
        raise stored_values.timed_out(step.file, step.seconds)
    return read.result()


class TaskRunner:
    """Up to ``count`` tasks that run jobs, started as needed."""

    def __init__(self, client: AsyncApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._tasks: list[asyncio.Task[None]] = []
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._done: asyncio.Queue[Job | None] = asyncio.Queue()

    def submit(self, job: Job) -> None:
        self._jobs.put_nowait(job)
        self.busy += 1
        if len(self._tasks) < min(self.busy, self._count):
            self._tasks.append(asyncio.ensure_future(self._work()))

    async def wait(self, seconds: float | None) -> Job | None:
        """Wait for a job to end and return it; return None after ``seconds``."""
        timer = None
        if seconds is not None:  # wait_for() could lose a job that ends at the same time
            timer = asyncio.get_running_loop().call_later(seconds, self._done.put_nowait, None)
        try:
            job = await self._done.get()
        finally:
            if timer is not None:
                timer.cancel()
        self.busy -= job is not None
        return job

    async def close(self) -> None:
        """Cancel pending jobs and wait for the tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                job.result = await self._client.run(job.attempt())
            except Exception as error:  # raised where the result is used
                job.error = error
            self._done.put_nowait(job)


async def read_by_tasks(client: AsyncApiClient, scheduler: Scheduler[T], stacklevel: int = 2) -> AsyncGenerator[T]:
    """Yield the items of a bulk read; ``stacklevel`` is that of the caller, for warnings."""
    tasks = TaskRunner(client, scheduler.workers)
    try:
        while True:
            item = scheduler.next_item()  # may make room for jobs even if it returns None
            for job in iter(scheduler.next_job, None):
                tasks.submit(job)
            if item is not None:
                scheduler.pace.hand_over()
                yield item
                continue
            pause = scheduler.pace.pause()
            if not tasks.busy and (pause is None or scheduler.is_stopped):
                break
            ended = await tasks.wait(pause)
            warning = None if ended is None else scheduler.finish_job(ended)
            if warning is not None:
                warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
    finally:
        await tasks.close()
    warning = scheduler.final_warning()
    if warning is not None:
        warnings.warn(warning, PagingWarning, stacklevel=stacklevel)


async def write_by_tasks(client: AsyncApiClient, writer: BulkWriter) -> BulkWriteResult:
    """Make the writes of a bulk write and return its result."""
    async for _ in read_by_tasks(client, writer, stacklevel=4):
        pass  # pragma: no cover: a write yields nothing
    return writer.result()
