"""Carries a bulk reading out by asyncio's tasks: apart from threads, so that blocking programs import no asyncio."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, TypeVar

from airflow_client.xcom.exceptions import PagingWarning

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from airflow_client.xcom.async_api_client import AsyncApiClient
    from airflow_client.xcom.core.listing import Job, Scheduler

T = TypeVar("T")


class Tasks:
    """Up to ``count`` tasks, started as they are needed, that carry out the jobs given to them."""

    def __init__(self, client: AsyncApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._tasks: list[asyncio.Task[None]] = []
        self._begun: asyncio.Queue[Job] = asyncio.Queue()
        self._done: asyncio.Queue[Job] = asyncio.Queue()

    def begin(self, job: Job) -> None:
        self._begun.put_nowait(job)
        self.busy += 1
        if len(self._tasks) < min(self.busy, self._count):
            self._tasks.append(asyncio.ensure_future(self._work()))

    async def wait(self) -> Job:
        """A job that has ended."""
        job = await self._done.get()
        self.busy -= 1
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
                job.result = await self._client.run(job.steps)
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
                yield item
                continue
            if not tasks.busy:
                break
            warning = reading.end(await tasks.wait())
            if warning is not None:
                warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
    finally:
        await tasks.close()
    warning = reading.finish()
    if warning is not None:
        warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
