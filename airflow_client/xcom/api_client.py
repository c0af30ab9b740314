"""Blocking client: runs flows in the caller's thread, and those of bulk reads in threads of its own."""

from __future__ import annotations

import atexit
import os
import threading
import time
import warnings
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from airflow_client.xcom.annotations import RequestsSession, Self
from airflow_client.xcom.configuration import Configuration
from airflow_client.xcom.core import policy
from airflow_client.xcom.core.base_client import BaseClient
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import Options
from airflow_client.xcom.exceptions import ApiValueError, PagingWarning, TimeoutException
from airflow_client.xcom.transport.urllib3 import Urllib3Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.pool import AsyncResult, ThreadPool
    from typing import Optional

    from airflow_client.xcom.core.bulk_writes import BulkWriter, BulkWriteResult
    from airflow_client.xcom.core.listing import Scheduler
    from airflow_client.xcom.core.pace import Job
    from airflow_client.xcom.transport import Transport

T = TypeVar("T")


class ApiClient(BaseClient):
    """Client for an :class:`XComApi`. Share one between all threads of a program.

    :param Configuration configuration: address of the server and settings, default None:
        ``Configuration.get_default_copy()``.
    :param str header_name: name of a header to send with each request, default None.
    :param str header_value: its value.
    :param str cookie: Cookie header to send with each request, default None.
    :param int pool_threads: maximum number of concurrent ``async_req=True`` calls, default 1.
    :param requests.Session session: your own session, with its own authentication, adapters, proxies and certificates,
        default None. Needs the extra ``requests``. The client does not close it.
    :raises ApiTypeError: an argument has the wrong type.

    The first call opens connections; :meth:`close`, or the end of a ``with``, closes them. A forked process opens its
    own. A pickle has no connections, and the secrets that :attr:`Configuration.pickle_secrets` allows.

    :ivar Configuration configuration: the configuration given.
    :ivar Response last_response: most recent response from any thread, including errors but not logins.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
        *,
        session: RequestsSession | None = None,
    ) -> None:
        super().__init__(configuration, header_name, header_value, cookie, pool_threads, session=session)

    def _reset_state(self) -> None:
        super()._reset_state()
        self._locks = {"server": threading.RLock(), "login": threading.RLock()}
        self._transport: Transport | None = None
        self._threads: ThreadPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for ``async_req=True`` calls, close the connections and forget the server's version and the login.

        Closing twice does nothing. A later call starts over, with the configuration as it is then.
        """
        self._check_fork()
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            _join(threads)
        # Last, because a waiting call would have opened new connections.
        with self._lock:
            transport, self._transport = self._transport, None
            self._server = self._auth = None
        if transport is not None:
            transport.close()

    def execute(self, operation: Operation[Any], options: Options) -> Any:
        """Make a call and return its result, as the overloads of :class:`XComApi` describe."""
        if options.async_req:
            return self._submit(operation, options)
        return self.run(self.call_flow(operation, options))

    def get_server_version(self, *, _request_timeout: float | tuple[float, float] | None = None) -> str:
        """Return the server's Airflow release, such as ``"2.11.2"``. The first call sends a request.

        The attribute ``server_version`` is its old name.

        :param _request_timeout: time limits in seconds, as of every call.
        :raises ApiException: the server cannot be reached, or is not Airflow.
        """
        return self.run(self.version_flow(_request_timeout))

    def run(self, steps: policy.Flow[T], stop: threading.Event | None = None) -> T:
        """Run a flow: perform its steps, send their results back, and return its result.

        :param stop: set by another thread to cancel the flow.
        :raises Stopped: the flow was cancelled.
        """
        self._check_fork()
        transport = self._transport or self._open_transport()
        try:
            step = next(steps)
            while True:
                try:
                    result = self._perform(step, transport, stop)
                except BaseException as error:  # a cancellation too, so that the flow can say what goes on
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as stop_iteration:
            return cast(T, stop_iteration.value)

    def _perform(self, step: policy.Step, transport: Transport, stop: threading.Event | None) -> Any:
        if stop is not None and stop.is_set():
            raise Stopped
        if isinstance(step, policy.Send):
            return transport.send(step.request, step.timeouts, step.stream, stop)
        if isinstance(step, policy.Sleep):
            return time.sleep(step.seconds) if stop is None else stop.wait(step.seconds)
        if isinstance(step, (policy.OpenStorage, policy.ReadFile)):
            from airflow_client.xcom.transport import storage  # the extra storage

            if isinstance(step, policy.ReadFile):
                return storage.read_file(step, stop)
            return storage.check_protocols(step.protocols)
        lock = self._locks[step.name]
        if not lock.acquire(timeout=step.seconds):
            raise TimeoutException(0, policy.LOCK_TIMEOUT_MESSAGE)
        try:
            return self.run(step.steps, stop)
        finally:
            lock.release()

    def _reset_after_fork(self) -> None:  # pragma: no cover: forks; tests/client/test_processes.py
        if self._session is not None:
            self._session.close()  # this process's copy, not the parent's
        super()._reset_after_fork()

    def _open_transport(self) -> Transport:
        server = self._get_server()
        with self._lock:
            if self._transport is None:  # pragma: no branch: another thread was first
                if self._session is not None:
                    from airflow_client.xcom.transport.requests import RequestsTransport  # the extra requests

                    self._transport = RequestsTransport(self._session, self.configuration)
                else:
                    self._transport = Urllib3Transport(self.configuration, server.origin)
            return self._transport

    def _submit(self, operation: Operation[Any], options: Options) -> AsyncResult[Any]:
        from multiprocessing.pool import ThreadPool  # a slow import that few programs need

        self._check_fork()
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPool(self.pool_threads)
                close_at_exit(self._threads, _join)
            return self._threads.apply_async(lambda: self.run(self.call_flow(operation, options)))


def _join(threads: ThreadPool) -> None:
    """Wait for the calls submitted to ``threads``."""
    threads.close()
    threads.join()


class Stopped(Exception):
    """A flow was cancelled because its result is not needed any more."""


#: Owners of threads, with their process id and the function that ends their threads.
_owners: WeakKeyDictionary[Any, tuple[int, Callable[[Any], None]]] = WeakKeyDictionary()


def close_at_exit(owner: Any, close: Callable[[Any], None]) -> None:
    """Call ``close(owner)`` at the end of this process if ``owner`` still exists."""
    _owners[owner] = os.getpid(), close
    # Handlers run last in, first out: this one must run before multiprocessing's, which does not end pools cleanly.
    atexit.unregister(_close_all)
    atexit.register(_close_all)


def _close_all() -> None:  # pragma: no cover: at exit; tests/client/test_processes.py
    for owner, (pid, close) in list(_owners.items()):
        if pid == os.getpid():
            close(owner)


class ThreadRunner:
    """Up to ``count`` threads that run jobs, started as needed.

    If no more threads can be started, the existing ones run all jobs, or else the caller's thread does.
    """

    def __init__(self, client: ApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._threads: list[threading.Thread] = []
        self._jobs: SimpleQueue[Optional[Job]] = SimpleQueue()
        self._done: SimpleQueue[Job] = SimpleQueue()
        self._stop = threading.Event()
        self._pid = os.getpid()

    @property
    def is_forked(self) -> bool:
        """True if the threads belong to the parent process."""
        return bool(self._threads) and self._pid != os.getpid()

    def submit(self, job: Job) -> None:
        self._jobs.put(job)
        self.busy += 1

    def start(self) -> None:
        """Start a thread for each submitted job, as far as possible."""
        while len(self._threads) < min(self.busy, self._count):
            thread = threading.Thread(target=self._work, name=f"airflow-xcom-{len(self._threads)}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # too many threads, or the interpreter is shutting down
                self._count = len(self._threads)
                return
            if not self._threads:
                self._pid = os.getpid()
                close_at_exit(self, ThreadRunner.close)
            self._threads.append(thread)

    def wait(self, seconds: float | None) -> Job | None:
        """Wait for a job to end and return it; return None after ``seconds``."""
        if self.busy > 1:  # a single job needs no thread: the caller has nothing else to do
            self.start()
        if self._threads or not self.busy:
            try:
                job = self._done.get(timeout=seconds)
            except Empty:
                return None
        else:
            job = cast("Job", self._jobs.get_nowait())
            run_job(self._client, job, None)
        self.busy -= 1
        return job

    def close(self) -> None:
        """Cancel pending jobs and wait for the threads."""
        if self.is_forked:  # pragma: no cover; the parent's threads may hold the queues' locks
            return
        self._stop.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None or self._stop.is_set():
                return
            run_job(self._client, job, self._stop)
            self._done.put(job)


def read_by_threads(client: ApiClient, scheduler: Scheduler[T], stacklevel: int = 2) -> Generator[T]:
    """Yield the items of a bulk read; ``stacklevel`` is that of the caller, for warnings."""
    threads = ThreadRunner(client, scheduler.workers)
    try:
        while True:
            if threads.is_forked:  # pragma: no cover: forks; tests/client/test_processes.py
                raise ApiValueError(
                    "this process was forked while the list was being read, and the reading threads stayed in the "
                    "parent: call iter_xcoms or iter_xcom_entries again in this process"
                )
            item = scheduler.next_item()  # may make room for jobs even if it returns None
            for job in iter(scheduler.next_job, None):
                threads.submit(job)
            if item is not None:
                threads.start()
                scheduler.pace.hand_over()
                yield item
                continue
            pause = scheduler.pace.pause()
            if not threads.busy and (pause is None or scheduler.is_stopped):
                break
            ended = threads.wait(pause)
            warning = None if ended is None else scheduler.finish_job(ended)
            if warning is not None:
                warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
    finally:
        threads.close()
    warning = scheduler.final_warning()
    if warning is not None:
        warnings.warn(warning, PagingWarning, stacklevel=stacklevel)


def write_by_threads(client: ApiClient, writer: BulkWriter) -> BulkWriteResult:
    """Make the writes of a bulk write and return its result."""
    for _ in read_by_threads(client, writer, stacklevel=4):
        pass  # pragma: no cover: a write yields nothing
    return writer.result()


def run_job(client: ApiClient, job: Job, stop: threading.Event | None) -> None:
    try:
        job.result = client.run(job.attempt(), stop)
    except BaseException as error:  # raised where the result is used
        job.error = error
