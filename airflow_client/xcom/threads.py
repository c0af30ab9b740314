"""Carries a reading out by threads."""

from __future__ import annotations

import threading
import warnings
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from airflow_client.xcom.exceptions import PagingWarning

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Optional

    from airflow_client.xcom.api_client import ApiClient
    from airflow_client.xcom.reading import Job, Reading

T = TypeVar("T")


class Threads:
    """Up to ``count`` threads, started as they are needed, that carry out the jobs given to them."""

    def __init__(self, client: ApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._threads: list[threading.Thread] = []
        self._begun: SimpleQueue[Optional[Job]] = SimpleQueue()
        self._done: SimpleQueue[Job] = SimpleQueue()
        self._stop = threading.Event()

    def begin(self, job: Job) -> None:
        self._begun.put(job)
        self.busy += 1
        if len(self._threads) < min(self.busy, self._count):
            name = f"airflow-xcom-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait(self) -> Job:
        """A job that has ended."""
        job = self._done.get()
        self.busy -= 1
        return job

    def close(self) -> None:
        """Give up the jobs that have not ended, and wait for the threads."""
        self._stop.set()
        for _ in self._threads:
            self._begun.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            job = self._begun.get()
            if job is None or self._stop.is_set():
                return
            _carry_out(self._client, job, self._stop)
            self._done.put(job)


def read(client: ApiClient, reading: Reading[T], stacklevel: int = 2) -> Generator[T]:
    """What ``reading`` reads, as it comes.

    :param stacklevel: how far away the caller is whom a warning is to point at.
    """
    threads = Threads(client, reading.workers)
    try:
        while True:
            item = reading.take()  # which can make room, even where it gives nothing
            jobs = list(iter(reading.begin, None))
            if item is None and not threads.busy and len(jobs) == 1:
                _carry_out(client, jobs[0], None)  # there is nothing else to do meanwhile: no thread for that
                told = reading.end(jobs[0])
            else:
                for job in jobs:
                    threads.begin(job)
                if item is not None:
                    yield item
                    continue
                if not threads.busy:
                    break
                told = reading.end(threads.wait())
            if told is not None:
                warnings.warn(told, PagingWarning, stacklevel=stacklevel)
    finally:
        threads.close()
    told = reading.finish()
    if told is not None:
        warnings.warn(told, PagingWarning, stacklevel=stacklevel)


def _carry_out(client: ApiClient, job: Job, stop: threading.Event | None) -> None:
    try:
        job.result = client._carry_out(job.steps, stop)
    except BaseException as error:  # whatever it is, it is raised where the result is wanted
        job.error = error
