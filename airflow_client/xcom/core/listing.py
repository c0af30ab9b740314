"""Paging: next page, duplicate rows, and the warning at the end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, cast

from airflow_client.xcom.core import dag_runs, operations
from airflow_client.xcom.core.options import PAGE_SIZE, seconds
from airflow_client.xcom.core.pace import SLOW, Job, Pace
from airflow_client.xcom.core.page_cursor import PageCursor, RowCounts
from airflow_client.xcom.core.policy import RetryPolicy, is_retryable, monotonic
from airflow_client.xcom.core.validation import is_addressable, one_of, positive
from airflow_client.xcom.exceptions import (
    ApiException,
    ServiceException,
    UnexpectedContentException,
)
from airflow_client.xcom.model import as_datetime
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeAlias

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.page_cursor import Entry
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.dag_run_collection import DAGRunCollection
    from airflow_client.xcom.model.page import Page

    #: The ids of a DAG and of a run of it.
    Run: TypeAlias = tuple[str, str]
    #: The entries of a page, and a warning to emit, or None.
    Batch: TypeAlias = tuple[list[Entry], Optional[str]]


T = TypeVar("T")


class Scheduler(Generic[T]):
    """Scheduler of a bulk read. One thread or task uses it; only the flows of its jobs run elsewhere.

    :ivar int workers: the largest number of jobs at once.
    :ivar pace: the current number, and pauses.
    :ivar bool is_stopped: True if no more jobs start: the read ends after the running ones.
    """

    workers: int
    pace: Pace
    is_stopped: bool = False

    def next_job(self) -> Job | None:
        """Return the next job to start, or None if there is none yet."""
        raise NotImplementedError

    def finish_job(self, job: Job) -> str | None:
        """Record a finished job; return a warning to emit, or None."""
        raise NotImplementedError

    def next_item(self) -> T | None:
        """Return the next item for the caller, or None if there is none yet.

        :raises OpenApiException: the next item is an error.
        """
        raise NotImplementedError

    def final_warning(self) -> str | None:
        """Return a warning to emit at the end, or None."""
        raise NotImplementedError


#: Rows of a list that cost the time of one page of a run (docs/benchmarks.md), and minimum of rows to read run by run.
RUN_BY_RUN_COST, RUN_BY_RUN_MIN = 24_000, 3_000
#: Unreadable rows in a row after which a list is given up if no page could be read at all.
UNREADABLE_MAX = 10


def new_pace(client: BaseClient, limit: int, stall_timeout: float) -> Pace:
    """Return the pace of a read with up to ``limit`` requests at once; the client's configuration sets the retries."""
    retries = RetryPolicy(client.configuration.retries).count
    return Pace(limit, seconds("stall_timeout", stall_timeout), retries, monotonic)


class Listing(Scheduler[Any]):
    """Schedule the reads of all pages. The next page is fetched while the caller works on one.

    A long list of all runs is read run by run if that is cheaper for the server. A page with a row that the server
    cannot load is read in parts.

    :param fetcher: fetches the pages.
    :param pace: when to send requests, and which to repeat.
    :param on_error: how to report rows that the server cannot load.
    :param page: fetches a page in place of ``fetcher.page``, and may add to its rows.
    :ivar bool is_exclusive: True if the next page must be fetched while no other request runs.
    """

    workers = 1

    def __init__(
        self,
        fetcher: PageFetcher,
        pace: Pace,
        on_error: str = "raise",
        page: Callable[[Run | None, int, int], Flow[Page[Any]]] | None = None,
    ) -> None:
        one_of("on_error", on_error, "raise", "skip", "yield")
        self.ready: deque[Entry] = deque()
        self.row_counts: RowCounts = RowCounts(fetcher.noun)
        self.pace: Pace = pace
        self.is_exclusive: bool = False
        self._on_error = on_error
        self._fetcher = fetcher
        self._fetch_page = page or fetcher.page
        self._cursor = PageCursor(self.row_counts)
        #: Remaining runs and the current one, if the list is read run by run.
        self._runs: Runs | None = None
        self._run: Run | None = None
        self._is_last_pass = False
        self._runs_have_failed = False
        self._has_more = True
        self._fetching = False
        self._retry: Job | None = None
        self._page_size = 0
        self._error: BaseException | None = None

    def next_job(self) -> Job | None:
        if self._fetching or self._error or not self._has_more or len(self.ready) > self._page_size:
            return None
        if not self.pace.may_begin(0):
            return None
        self._fetching = True
        return self._retry or Job(self._next_batch, monotonic)

    def finish_job(self, job: Job) -> str | None:
        self._fetching, self._retry = False, None
        if job.error is not None:
            self._handle_failure(job)
            return None
        self.pace.responded()
        self.is_exclusive = False
        warning: str | None
        rows, warning = job.result
        self._page_size = len(rows)
        self.ready.extend(rows)
        return warning

    def _handle_failure(self, job: Job) -> None:
        """Read the page again, in parts if it is a 500 again; repeat it later; or end the list."""
        if getattr(job.error, "status", None) == 500 and job.duration < SLOW and not self.is_exclusive:
            self.is_exclusive = True  # either the server was overloaded, or it cannot load a row of the page
            return
        try:
            self._retry = job if self.pace.may_repeat(job) else None
        except ApiException as stalled:
            job.error = stalled
        if self._retry is None:
            self._error = job.error

    @property
    def is_finished(self) -> bool:
        """True after the last page, or the error that ended the list."""
        return not self._fetching and self._retry is None and (not self._has_more or self._error is not None)

    def next_item(self) -> Any:
        while self.ready:
            entry = self.ready.popleft()
            if not isinstance(entry, ApiException) or self._on_error == "yield":
                return entry
            if self._on_error == "raise":
                raise entry
        if self._error is not None:
            raise self._error
        return None

    def final_warning(self) -> str | None:
        return self.row_counts.warning()

    # Only one of these flows runs at a time. Each changes state after its last request, since it may be repeated.

    def _next_batch(self) -> Flow[Batch]:
        return (yield from self._next_page() if self._runs is None else self._next_run_page(self._runs))

    def _next_page(self) -> Flow[Batch]:
        """Fetch the next page of the whole list. The first decides whether to continue run by run."""
        parts = yield from self._fetch_parts(None)
        pages = [part for part in parts if not isinstance(part, ApiException)]
        total = (pages[-1].total_entries or 0) if pages else 0
        warning, runs = None, None
        if self._cursor.offset == 0 and total > sum(map(len, pages)):
            warning = yield from self._fetcher.order_warning()
            if self._fetcher.is_all_runs and total >= RUN_BY_RUN_MIN:
                runs = yield from self._cheaper_runs(total)
        if pages:  # else the server can load none of these rows
            self.row_counts.count(pages[-1])
        if runs is not None:  # the runs repeat these rows
            self._runs, self._cursor.has_more = runs, False
            return [], warning
        rows = self._cursor.take(parts)
        self._has_more = self._cursor.has_more
        return rows, warning

    def _cheaper_runs(self, total: int) -> Flow[Runs | None]:
        """Return the runs of the list if the server lists ``total`` rows faster run by run, else None."""
        runs = Runs(self._fetcher)
        try:
            yield from runs.fetch()
        except ApiException as error:
            if is_retryable(error) and not self._runs_have_failed:
                self._runs_have_failed = True
                raise
            return None  # the user may not read DAG runs
        return runs if runs.is_cheaper_for(total) else None

    def _next_run_page(self, runs: Runs) -> Flow[Batch]:
        """Fetch the next page of a run; after the last run, the rows of unreachable runs, then the number of rows."""
        if not self._cursor.has_more and not self._is_last_pass:
            self._run = yield from runs.next()
            self._is_last_pass = self._run is None and bool(runs.unreachable)
            self._cursor = PageCursor(self.row_counts, runs.is_unreachable if self._is_last_pass else None)
        if self._run is None and not (self._is_last_pass and self._cursor.has_more):
            yield from self._count_rows()
            self._has_more = False
            return [], None
        return self._cursor.take((yield from self._fetch_parts(self._run))), None

    def _count_rows(self) -> Flow[None]:
        try:
            self.row_counts.count((yield from self._fetcher.page(None, self.row_counts.last, 1)))
        except ServiceException as error:
            if error.status != 500:  # a new row that the server cannot load
                raise

    def _fetch_parts(self, run: Run | None) -> Flow[list[Page[Any] | ApiException]]:
        """Fetch the next page; if it has been a 500, repeat it, and halve it down to the rows that the server can load.

        :returns: pages that together make up the page, and an error for each unreadable row.
        """
        offset, size, total = self._cursor.offset, self._fetcher.page_size, self._cursor.total
        if not self.is_exclusive:
            return [(yield from self._fetch_page(run, offset, size))]
        end = offset + size
        parts: list[Page[Any] | ApiException] = []
        while offset < end and (total is None or offset < total):
            size, start = min(size, end - offset), monotonic()
            try:
                page = yield from self._fetch_page(run, offset, size)
            except ServiceException as error:
                if error.status != 500 or monotonic() - start >= SLOW:
                    raise
                if size > 1:
                    size = (size + 1) // 2
                    continue
                if total is None and len(parts) >= UNREADABLE_MAX:
                    raise  # no page can be read, so it is not about single rows
                parts.append(_unreadable(error, self._fetcher.noun, run, offset))
                offset += 1
            else:
                parts.append(page)
                offset, size, total = offset + len(page), 2 * size, page.total_entries or 0
                if not len(page):
                    break
        if total is None:
            raise cast("ApiException", parts[0])
        return parts


def _unreadable(error: ServiceException, noun: str, run: Run | None, offset: int) -> ServiceException:
    """Add the position and a hint to the error of a row that the server cannot load."""
    error.position = offset
    where = "the list" if run is None else f"the list of DAG run {run[1]!r}"
    error.hint = (
        f"the server cannot load the {noun[:-1]} at position {offset} of {where}: it may be pickled, or of a class "
        "that the server no longer has. Skip it with on_error='skip'"
    )
    return error


class Runs:
    """DAG runs of a list, page by page, in order of creation.

    :ivar unreachable: ids of the runs that no path reaches, as ``(dag_id, dag_run_id)``; on Airflow 2, also
        ``(dag_id, logical_date)``.
    """

    def __init__(self, fetcher: PageFetcher) -> None:
        self.unreachable: set[tuple[str, object]] = set()
        self._fetcher = fetcher
        self._fetched: deque[Run] = deque()
        self._offset = 0
        self._total: int | None = None

    def fetch(self) -> Flow[None]:
        """Fetch the next runs.

        :raises ApiException: the server does not list them.
        """
        response = yield from self._fetcher.runs(self._offset)
        try:
            received = [(run["dag_id"], run["dag_run_id"]) for run in response["dag_runs"]]
            dates = [run.get("execution_date") for run in response["dag_runs"]]
            self._total = response["total_entries"] if received else self._offset
        except (LookupError, TypeError) as error:
            raise UnexpectedContentException(200, f"not a list of DAG runs: {response!r:.200}") from error
        self._offset += len(received)
        for run, date in zip(received, dates):
            if all(map(is_addressable, run)):
                self._fetched.append(run)
            else:
                self.unreachable |= {run} if date is None else {run, (run[0], as_datetime(date))}

    def is_cheaper_for(self, rows: int) -> bool:
        """Return True if the server lists ``rows`` rows faster run by run."""
        return self._total is not None and 0 < self._total < rows / PAGE_SIZE * rows / RUN_BY_RUN_COST

    def next(self) -> Flow[Run | None]:
        """Return the next run that a path reaches, or None after the last."""
        while not self._fetched and self._total is not None and self._offset < self._total:
            yield from self.fetch()
        return self._fetched.popleft() if self._fetched else None

    def is_unreachable(self, row: XComCollectionItem) -> bool:
        """Return True if the row's run is one that no path reaches."""
        return (row.dag_id, row.run_id or row.execution_date) in self.unreachable


class PageFetcher:
    """Fetch the pages of a list, and its DAG runs.

    :ivar noun: plural of the rows' name.
    :ivar bool is_all_runs: True for a list of the XComs of all runs in the server's own order.
    :ivar run_id: run of all rows, None for several runs.
    :ivar int page_size: rows to request per page.
    """

    noun: str = "XComs"

    def __init__(
        self,
        client: BaseClient,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        page_size: int,
        filters: dict[str, Any],
        options: Options,
    ) -> None:
        self.client: BaseClient = client
        self.page_size: int = positive("page_size", page_size)
        self._options = options
        self._options.is_paced = True
        self.is_all_runs: bool = dag_run_id == "~" and filters.get("order_by") is None
        self.run_id: str | None = None if dag_run_id == "~" else dag_run_id
        self._run = dag_id, dag_run_id
        self._task_id = task_id
        self._filters = filters
        operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)  # validates the parameters

    def call(self, operation: Operation[T]) -> Flow[T]:
        """Make a call with the options of the read."""
        return self.client.call_flow(operation, self._options)

    def order_warning(self) -> Flow[str | None]:
        """Return a warning if the list has no stable order, else None."""
        return self.client.order_warning_flow()

    def page(self, run: Run | None, offset: int, size: int) -> Flow[Page[Any]]:
        """Fetch up to ``size`` rows at an offset, of one run or of the whole list."""
        filters = {**self._filters, "limit": size, **({"offset": offset} if offset else {})}
        operation = operations.get_xcom_entries(*(run or self._run), self._task_id, filters)
        return self.call(operation)

    def runs(self, offset: int) -> Flow[DAGRunCollection]:
        """Fetch the DAG runs from an offset on, by creation, so that new runs do not shift the pages."""
        parameters = {"limit": PAGE_SIZE, "offset": offset, "order_by": "id"}
        return self.call(dag_runs.get_dag_runs(self._run[0], parameters))
