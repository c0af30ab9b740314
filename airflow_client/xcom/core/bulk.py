"""Bulk reads of XComs: prefetching, order and error handling."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_client.xcom.core import dag_runs, operations
from airflow_client.xcom.core.listing import Listing, PageFetcher, Scheduler, new_pace
from airflow_client.xcom.core.pace import Job, Pace, PacedJobs, is_fatal
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.core.validation import optional_function, positive
from airflow_client.xcom.core.xcoms import Counts
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiValueError,
    ForbiddenException,
    NotFoundException,
    OpenApiException,
    StalledException,
    UnexpectedContentException,
)
from airflow_client.xcom.model import as_datetime
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection_item import add_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from airflow_client.xcom.core.listing import Run
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.page import Page
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

    DatedRun = tuple[str, datetime]


T = TypeVar("T")
#: Values per worker that are requested or waiting for the caller.
PREFETCH = 2


class Bulk(Scheduler[T]):
    """Schedule the reads of all rows' values.

    Memory use depends neither on the length of the list nor on the caller's speed: two pages of rows, and
    :data:`PREFETCH` values per worker. See :meth:`XComApi.iter_xcoms` for the arguments.

    :param fetcher: fetches the pages of rows.
    :param parameters: ``deserialize`` and ``stringify``.
    :param where: returns False for a row whose value is not to be read.
    """

    def __init__(
        self,
        fetcher: PageFetcher,
        parameters: dict[str, Any],
        *,
        max_workers: int,
        stall_timeout: float,
        on_error: str,
        ordered: bool = True,
        progress: Callable[[int, int], object] | None = None,
        where: Callable[[XComCollectionItem], object] | None = None,
    ) -> None:
        self.workers: int = positive("max_workers", max_workers)
        optional_function("progress", progress, "(done, total)")
        optional_function("where", where, "(row)")
        self.counts: Counts = Counts()
        self.pace: Pace = new_pace(fetcher.client, self.workers, stall_timeout)
        operations.get_xcom_entry("dag", "run", "task", "key", parameters)  # validates the parameters
        self._parameters = parameters
        self._is_stringify_chosen = False
        self._client = fetcher.client
        self._fetcher = fetcher
        self._listing = Listing(fetcher, self.pace, on_error, self._fetch_page)
        self._run_ids = RunIdResolver(fetcher.call)
        self._ordered = ordered
        self._on_error = on_error
        self._progress = progress
        self._where = where
        #: Started jobs in list order, or else finished ones in order of completion.
        self._window: deque[Job] = deque()
        self._jobs = PacedJobs(self.pace)
        self._pending = 0
        self._stalled: StalledException | None = None

    def stop(self) -> None:
        """Start no more jobs."""
        self.is_stopped = True

    def next_job(self) -> Job | None:
        job = self._next_job()
        self.counts.running = self._jobs.running
        return job

    def _next_job(self) -> Job | None:
        if self.is_stopped or self._stalled is not None or (self._listing.is_exclusive and self._jobs.running):
            return None
        page = self._listing.next_job()
        if page is not None or self._listing.is_exclusive:
            return page
        # ``where`` may use up the page.
        return self._jobs.start(self._next_xcom) or self._listing.next_job()

    def _next_xcom(self) -> Job | None:
        """Return the job of the next row; None if there is no row, or enough are pending."""
        while self._listing.ready and self._pending < PREFETCH * self.workers:
            row = self._listing.ready.popleft()
            if self._where is not None and not isinstance(row, ApiException) and not self._where(row):
                self.counts.skipped += 1
                self._count()
                continue
            self._pending += 1
            if isinstance(row, ApiException):  # the server cannot load it
                job = Job(_no_request, monotonic)
                job.error = row
                self._window.append(job)
                self._record(job)
                continue
            job = Job(partial(self._fetch_xcom, row), monotonic, row)
            if self._ordered:
                self._window.append(job)
            return job
        return None

    def finish_job(self, job: Job) -> str | None:
        if job.row is None:
            warning = self._listing.finish_job(job)
            self.counts.total = self._listing.row_counts.last
            return warning
        try:
            if not self._jobs.finish(job):
                return None
        except StalledException as stalled:
            self._stalled = stalled
            return None
        if not self._ordered:
            self._window.append(job)
        self._record(job)
        return None

    def _record(self, job: Job) -> None:
        """Count a job whose outcome is final."""
        job.ended = True
        if isinstance(job.error, OpenApiException):
            job.error.entry = job.row
            self.counts.failed += 1
        elif job.result is None:
            self.counts.deleted += 1
        self._count()

    def _count(self) -> None:
        self.counts.done += 1
        if self._progress is not None:
            self._progress(self.counts.done, self.counts.total)

    def next_item(self) -> T | None:
        while self._window and self._window[0].ended:
            job = self._window.popleft()
            self._pending -= 1
            if job.error is not None:
                if self._on_error == "raise" or is_fatal(job.error):
                    raise job.error
                if self._on_error == "yield":
                    return cast(T, job.error)
            elif job.result is not None:
                return cast(T, job.result)
        try:
            if self._stalled is not None:
                raise self._stalled
            if not self._pending and not self._listing.ready and not self.is_stopped:
                self._listing.next_item()  # raises the error that ended the list, if any
        except StalledException as stalled:
            stalled.counts = self.counts
            stalled.reason = f"{self.counts.done} of {self.counts.total} XComs were read, then {stalled.reason}"
            raise
        return None

    def final_warning(self) -> str | None:
        return None if self.is_stopped else self._listing.final_warning()

    def _fetch_page(self, run: Run | None, offset: int, size: int) -> Flow[Page[Any]]:
        page = yield from self._fetcher.page(run, offset, size)
        if not self._is_stringify_chosen:
            yield from self._choose_stringify()
        rows = list(page)
        known = run[1] if run else self._fetcher.run_id
        run_ids = [row.run_id or known for row in rows]
        if None in run_ids:
            run_ids = yield from self._run_ids.find(rows)
        for row, run_id in zip(rows, run_ids):
            add_run_id(row, run_id)
        return page

    def _choose_stringify(self) -> Flow[None]:
        """Request values as JSON if the server supports it and neither the caller nor the configuration chose."""
        api = yield from self._client.api_version_flow()
        if self._parameters.get("stringify") is None:
            version = "" if api.json_since is None else (yield from self._client.version_flow())
            stringify = api.choose_stringify(self._client.configuration.stringify, version)
            self._parameters["stringify"] = stringify
            is_text = not api.sends_json(version) if stringify is None else stringify
        else:
            is_text = self._parameters["stringify"]
        if is_text or api.json_since is None:
            self.counts.stringified = is_text
        self._is_stringify_chosen = True

    def _fetch_xcom(self, row: XComCollectionItem) -> Flow[XCom | None]:
        """Return the XCom of a row, or None if it was deleted in the meantime."""
        run_id = row.run_id
        if run_id is None:  # the run was deleted with its XComs
            return None
        for name, value in (("dag_id", row.dag_id), ("dag_run_id", run_id), ("task_id", row.task_id)):
            if value == "~":
                raise ApiValueError(f"Airflow's REST API cannot address this XCom: its {name} is '~', which means all")
        parameters = self._parameters.copy()
        if row.map_index not in (None, -1):
            parameters["map_index"] = row.map_index
        operation = operations.get_xcom_entry(row.dag_id, run_id, row.task_id, row.key, parameters)
        try:
            xcom: XCom = yield from self._fetcher.call(operation)
        except NotFoundException as error:
            if self._client.is_xcom_missing(error):
                return None
            raise
        add_run_id(xcom, run_id)
        if self.counts.stringified is None and not isinstance(xcom.get("value"), (str, type(None))):
            self.counts.stringified = False  # a server with [core] enable_xcom_pickling would have sent text
        return xcom


def _no_request() -> Flow[None]:
    """Stand for the request of a job that never starts."""
    raise NotImplementedError


#: Runs to cache: lists are ordered by task, so the same runs recur.
CACHED_RUNS = 10_000


class RunIdResolver:
    """Find run ids by DAG and logical date, which is unique per DAG on Airflow 2.

    :param call: makes a call and returns its decoded JSON.
    """

    def __init__(self, call: Callable[[Operation[Any]], Flow[Any]]) -> None:
        self._call = call
        self._cache: dict[DatedRun, str] = {}

    def find(self, rows: Iterable[XComCollectionItem]) -> Flow[list[str | None]]:
        """Return the run id of each row, None for a deleted run.

        :raises ForbiddenException: the user may not read DAG runs.
        """
        runs = [(row.dag_id, as_datetime(row["execution_date"])) for row in rows]
        unknown = sorted(set(runs) - self._cache.keys())
        if unknown:
            yield from self._look_up(unknown)
        run_ids = [self._cache.get(run) for run in runs]
        while len(self._cache) > CACHED_RUNS:
            del self._cache[next(iter(self._cache))]
        return run_ids

    def _look_up(self, runs: list[DatedRun]) -> Flow[None]:
        """Look up the sorted ``runs`` with one request; split the range if the response is incomplete."""
        dates = [date for _, date in runs]
        response = yield from self._list_runs(sorted({dag_id for dag_id, _ in runs}), min(dates), max(dates))
        try:
            dag_runs, total = response["dag_runs"], response["total_entries"]
            for run in dag_runs:
                self._cache[run["dag_id"], as_datetime(run["execution_date"])] = run["dag_run_id"]
        except (LookupError, TypeError, ValueError) as error:
            raise UnexpectedContentException(200, f"not a list of DAG runs: {response!r:.200}") from error
        missing = [run for run in runs if run not in self._cache]
        if missing and len(runs) > 1 and len(dag_runs) < total:
            half = (len(missing) + 1) // 2
            for part in (missing[:half], missing[half:]):
                if part:
                    yield from self._look_up(part)

    def _list_runs(self, dag_ids: list[str], first: datetime, last: datetime) -> Flow[Any]:
        try:
            return (yield from self._call(dag_runs.list_dag_runs(dag_ids, first, last)))
        except ForbiddenException as error:
            error.hint = (
                "with '~' as the run, Airflow 2 sends no run ids: the client looks them up in the DAG runs, which this "
                "user may not read. Pass a dag_run_id, or grant permission to read DAG runs"
            )
            raise
