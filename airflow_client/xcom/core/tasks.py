"""Bulk reads in asyncio tasks. A separate module, so that blocking programs do not import asyncio."""

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


class TaskRunner:
    """Up to ``count`` tasks that run jobs, started as needed."""

    def __init__(self, client: AsyncApiClient, count: int) -> None:
        self.busy: int = 0
        self._client = client
        self._count = count
        self._tasks: list[asyncio.Task[None]] = []
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._done: asyncio.Queue[Job] = asyncio.Queue()

    def submit(self, job: Job) -> None:
        self._jobs.put_nowait(job)
        self.busy += 1
        if len(self._tasks) < min(self.busy, self._count):
            self._tasks.append(asyncio.ensure_future(self._work()))

    async def wait(self) -> Job:
        """Wait for a job to end and return it."""
        job = await self._done.get()
        self.busy -= 1
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
                job.result = await self._client.run(job.steps)
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
                yield item
                continue
            if not tasks.busy:
                break
            warning = scheduler.finish_job(await tasks.wait())
            if warning is not None:
                warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
    finally:
        await tasks.close()
    warning = scheduler.final_warning()
    if warning is not None:
        warnings.warn(warning, PagingWarning, stacklevel=stacklevel)
