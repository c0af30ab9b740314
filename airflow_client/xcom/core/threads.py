"""Bulk reads in threads, and cleanup of threads at exit."""

from __future__ import annotations

import atexit
import os
import threading
import warnings
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from airflow_client.xcom.exceptions import ApiValueError, PagingWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Optional

    from airflow_client.xcom.api_client import ApiClient
    from airflow_client.xcom.core.listing import Scheduler
    from airflow_client.xcom.core.pace import Job


#: Owners of threads, with their process id and the function that ends their threads.
_owners: WeakKeyDictionary[Any, tuple[int, Callable[[Any], None]]] = WeakKeyDictionary()


def close_at_exit(owner: Any, close: Callable[[Any], None]) -> None:
    """Call ``close(owner)`` at the end of this process if ``owner`` still exists."""
    _owners[owner] = os.getpid(), close
    # Handlers run last in, first out: this one must run before multiprocessing's, which does not end pools cleanly.
    atexit.unregister(_close_all)
    atexit.register(_close_all)


def _close_all() -> None:
    for owner, (pid, close) in list(_owners.items()):
        if pid == os.getpid():
            close(owner)


T = TypeVar("T")


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
        self._pid = 0

    @property
    def is_forked(self) -> bool:
        """True if the threads belong to the parent process."""
        return bool(self._threads) and self._pid != os.getpid()

    def check(self) -> None:
        """Raise ApiValueError in a forked process."""
        if self.is_forked:
            raise ApiValueError(
                "this process was forked while the list was being read, and the reading threads stayed in the parent: "
                "call iter_xcoms or iter_xcom_entries again in this process"
            )

    def submit(self, job: Job) -> None:
        self._jobs.put(job)
        self.busy += 1
        if len(self._threads) < min(self.busy, self._count):
            self._start()

    def wait(self, seconds: float | None) -> Job | None:
        """Wait for a job to end and return it; return None after ``seconds``."""
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
        if self.is_forked:  # the parent's threads may hold the queues' locks
            return
        self._stop.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
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
            threads.check()
            item = scheduler.next_item()  # may make room for jobs even if it returns None
            jobs = list(iter(scheduler.next_job, None))
            if item is None and not threads.busy and len(jobs) == 1:
                run_job(client, jobs[0], None)  # nothing else to do meanwhile, so no thread is needed
                ended: Job | None = jobs[0]
            else:
                for job in jobs:
                    threads.submit(job)
                if item is not None:
                    scheduler.pace.hand_over()
                    yield item
                    continue
                pause = scheduler.pace.pause()
                if not threads.busy and pause is None:
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


def run_job(client: ApiClient, job: Job, stop: threading.Event | None) -> None:
    try:
        job.result = client.run(job.attempt(), stop)
    except BaseException as error:  # raised where the result is used
        job.error = error
