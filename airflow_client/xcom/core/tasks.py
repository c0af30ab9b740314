"""Carries a bulk reading out by asyncio's tasks: apart from threads, so that blocking programs import no asyncio."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, TypeVar

from airflow_client.xcom.exceptions import PagingWarning

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from airflow_client.xcom.async_api_client import AsyncApiClient
    from airflow_client.xcom.core.listing import Scheduler
    from airflow_client.xcom.core.pace import Job

T = TypeVar("T")


class Tasks:
    """Up to ``count`` tasks, started as they are needed, that carry out the jobs given to them."""

    def __init__(self, client: AsyncApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._tasks: list[asyncio.Task[None]] = []
        self._begun: asyncio.Queue[Job] = asyncio.Queue()
        self._done: asyncio.Queue[Job | None] = asyncio.Queue()

    def begin(self, job: Job) -> None:
        self._begun.put_nowait(job)
        self.busy += 1
        if len(self._tasks) < min(self.busy, self._count):
            self._tasks.append(asyncio.ensure_future(self._work()))

    async def wait(self, seconds: float | None) -> Job | None:
        """Return a job that has ended; None if none ends within ``seconds``."""
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
        """Cancel the jobs that have not ended, and wait for the tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            job = await self._begun.get()
            try:
                job.result = await self._client.run(job.attempt())
            except Exception as error:  # whatever it is, it is raised where the result is wanted
                job.error = error
            self._done.put_nowait(job)


async def read_by_tasks(client: AsyncApiClient, reading: Scheduler[T], stacklevel: int = 2) -> AsyncGenerator[T]:
    """What ``reading`` reads, as it comes.

    :param stacklevel: how far away the caller is whom a warning is to point at.
    """
    tasks = Tasks(client, reading.workers)
    try:
        while True:
            item = reading.take()  # which can make room, even where it gives nothing
            for job in iter(reading.begin, None):
                tasks.begin(job)
            if item is not None:
                reading.pace.hand_over()
                yield item
                continue
            pause = reading.pace.pause()
            if not tasks.busy and pause is None:
                break
            ended = await tasks.wait(pause)
            warning = None if ended is None else reading.end(ended)
            if warning is not None:
                warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
    finally:
        await tasks.close()
    warning = reading.finish()
    if warning is not None:
        warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
