"""Bulk reads in asyncio tasks. A separate module, so that blocking programs do not import asyncio."""

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
            if not tasks.busy and pause is None:
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
