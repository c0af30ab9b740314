"""Carries a bulk reading out by threads, and ends threads with the program."""

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


#: By what has threads: the process that they are of, and a function that ends them.
_open: WeakKeyDictionary[Any, tuple[int, Callable[[Any], None]]] = WeakKeyDictionary()


def close_at_exit(owner: Any, close: Callable[[Any], None]) -> None:
    """Call ``close(owner)`` at the end of this process, unless ``owner`` is gone by then."""
    _open[owner] = os.getpid(), close
    # The last to be registered is the first to be called: before multiprocessing, which ends only parts of its pools.
    atexit.unregister(_close_all)
    atexit.register(_close_all)


def _close_all() -> None:
    for owner, (pid, close) in list(_open.items()):
        if pid == os.getpid():
            close(owner)


T = TypeVar("T")


class Threads:
    """Up to ``count`` threads, started as they are needed, that carry out the jobs given to them.

    Where the system has no more threads, those that there are carry out all jobs, or else the caller's.
    """

    def __init__(self, client: ApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._threads: list[threading.Thread] = []
        self._begun: SimpleQueue[Optional[Job]] = SimpleQueue()
        self._done: SimpleQueue[Job] = SimpleQueue()
        self._stop = threading.Event()
        self._pid = 0

    @property
    def is_forked(self) -> bool:
        """True if the threads are in the process that this one was forked from."""
        return bool(self._threads) and self._pid != os.getpid()

    def check(self) -> None:
        """Refuse to go on in a forked process.

        :raises ApiValueError: the threads are in another process.
        """
        if self.is_forked:
            raise ApiValueError(
                "this process was forked while the list was being read, and has none of the threads that read it: "
                "call iter_xcoms or iter_xcom_entries again in this process"
            )

    def begin(self, job: Job) -> None:
        self._begun.put(job)
        self.busy += 1
        if len(self._threads) < min(self.busy, self._count):
            self._start()

    def wait(self, seconds: float | None) -> Job | None:
        """Return a job that has ended; None if none ends within ``seconds``."""
        if self._threads or not self.busy:
            try:
                job = self._done.get(timeout=seconds)
            except Empty:
                return None
        else:
            job = cast("Job", self._begun.get_nowait())
            run(self._client, job, None)
        self.busy -= 1
        return job

    def close(self) -> None:
        """Give up the jobs that have not ended, and wait for the threads."""
        if self.is_forked:  # the parent's threads may hold the locks of the queues
            return
        self._stop.set()
        for _ in self._threads:
            self._begun.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name=f"airflow-xcom-{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # there are too many threads, or the interpreter is ending
            self._count = len(self._threads)
            return
        if not self._threads:
            self._pid = os.getpid()
            close_at_exit(self, Threads.close)
        self._threads.append(thread)

    def _work(self) -> None:
        while True:
            job = self._begun.get()
            if job is None or self._stop.is_set():
                return
            run(self._client, job, self._stop)
            self._done.put(job)


def read_by_threads(client: ApiClient, reading: Scheduler[T], stacklevel: int = 2) -> Generator[T]:
    """What ``reading`` reads, as it comes.

    :param stacklevel: how far away the caller is whom a warning is to point at.
    """
    threads = Threads(client, reading.workers)
    try:
        while True:
            threads.check()
            item = reading.take()  # which can make room, even where it gives nothing
            jobs = list(iter(reading.begin, None))
            if item is None and not threads.busy and len(jobs) == 1:
                run(client, jobs[0], None)  # there is nothing else to do meanwhile: no thread for that
                ended: Job | None = jobs[0]
            else:
                for job in jobs:
                    threads.begin(job)
                if item is not None:
                    reading.pace.hand_over()
                    yield item
                    continue
                pause = reading.pace.pause()
                if not threads.busy and pause is None:
                    break
                ended = threads.wait(pause)
            warning = None if ended is None else reading.end(ended)
            if warning is not None:
                warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
    finally:
        threads.close()
    warning = reading.finish()
    if warning is not None:
        warnings.warn(warning, PagingWarning, stacklevel=stacklevel)


def run(client: ApiClient, job: Job, stop: threading.Event | None) -> None:
    try:
        job.result = client.run(job.attempt(), stop)
    except BaseException as error:  # whatever it is, it is raised where the result is wanted
        job.error = error
