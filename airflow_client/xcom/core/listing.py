"""Paging: next page, duplicate rows, and the warning at the end."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

from airflow_client.xcom.core import operations
from airflow_client.xcom.core.options import PAGE_SIZE
from airflow_client.xcom.core.validation import positive
from airflow_client.xcom.exceptions import ApiException
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeAlias

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.x_com_collection import XComCollection

    #: The ids of a DAG and of a run of it.
    Run: TypeAlias = tuple[str, str]
    #: The rows of a page, and a warning to emit, or None.
    Batch: TypeAlias = tuple[list[XComCollectionItem], Optional[str]]


T = TypeVar("T")


class Job:
    """One request of a bulk read.

    :ivar steps: flow to run.
    :ivar row: row whose value it reads; None for a page.
    """

    __slots__ = ("ended", "error", "result", "row", "steps")

    def __init__(self, steps: Flow[Any], row: Any = None) -> None:
        self.steps: Flow[Any] = steps
        self.row: Any = row
        self.ended: bool = False
        self.result: Any = None
        self.error: Optional[BaseException] = None


class Scheduler(Generic[T]):
    """Scheduler of a bulk read. One thread or task uses it; only the flows of its jobs run elsewhere.

    :ivar int workers: number of jobs that may run at once.
    """

    workers: int

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


#: Recent rows to remember for the detection of duplicates.
DEDUPLICATED_ROWS = 2_000
#: Rows of a list that cost the time of one page of a run (docs/benchmarks.md), and minimum of rows to read run by run.
RUN_BY_RUN_COST, RUN_BY_RUN_MIN = 24_000, 3_000


class RowCounts:
    """Counts of the expected and the received rows of a list."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int = 0
        self.received = self.duplicates = 0

    def count(self, page: XComCollection) -> None:
        """Record the server's current number of rows."""
        self.last = page.total_entries or 0
        if self.first is None:
            self.first = self.last

    def warning(self) -> str | None:
        """Return a warning if the list changed while it was read, else None."""
        if not self.duplicates and self.first == self.last == self.received:
            return None
        return (
            f"XComs were written or deleted while they were listed: received {self.received} rows, of {self.last} "
            f"at the end and {self.first} at the beginning; duplicates dropped: {self.duplicates}. Some may be missing"
        )


class PageCursor:
    """Position in a list. It advances by the rows received, since servers cap pages silently.

    :ivar int offset: offset of the next page.
    :ivar bool has_more: True if there is a next page.
    """

    def __init__(self, row_counts: RowCounts) -> None:
        self.offset: int = 0
        self.has_more: bool = True
        self._row_counts = row_counts
        self._recent: deque[bytes] = deque(maxlen=DEDUPLICATED_ROWS)
        self._hashes: set[bytes] = set()

    def take(self, page: XComCollection) -> list[XComCollectionItem]:
        """Advance past ``page`` and return its rows without duplicates."""
        rows = page.xcom_entries
        self.offset += len(rows)
        self.has_more = bool(rows) and self.offset < (page.total_entries or 0)
        new = [row for row in rows if self._is_new(row)]
        self._row_counts.received += len(new)
        self._row_counts.duplicates += len(rows) - len(new)
        return new

    def _is_new(self, row: XComCollectionItem) -> bool:
        row_hash = _row_hash(row)
        if row_hash in self._hashes:
            return False
        if len(self._recent) == DEDUPLICATED_ROWS:
            self._hashes.discard(self._recent[0])
        self._recent.append(row_hash)
        self._hashes.add(row_hash)
        return True


def _row_hash(row: XComCollectionItem) -> bytes:
    """Return a short hash of the fields that identify a row."""
    run = row.run_id or row.get("execution_date")
    names = (row.get("dag_id"), run, row.get("task_id"), row.get("map_index"), row.get("key"))
    return blake2b(ascii(names).encode(), digest_size=16).digest()


class Listing(Scheduler[XComCollectionItem]):
    """Schedule the reads of all pages. The next page is fetched while the caller works on one.

    A long list of all runs is read run by run if that is cheaper for the server.

    :param fetcher: fetches the pages.
    :param page: fetches a page of a run at an offset in place of ``fetcher.page``, and may add to its rows.
    """

    workers = 1

    def __init__(
        self, fetcher: PageFetcher, page: Callable[[Run | None, int], Flow[XComCollection]] | None = None
    ) -> None:
        self.ready: deque[XComCollectionItem] = deque()
        self.row_counts: RowCounts = RowCounts()
        self._fetcher = fetcher
        self._fetch_page = page or fetcher.page
        self._cursor = PageCursor(self.row_counts)
        #: Remaining runs and the current one, if the list is read run by run.
        self._runs: Runs | None = None
        self._run: Run | None = None
        self._has_more = True
        self._fetching = False
        self._page_size = 0
        self._error: BaseException | None = None

    def next_job(self) -> Job | None:
        if self._fetching or self._error or not self._has_more or len(self.ready) > self._page_size:
            return None
        self._fetching = True
        return Job(self._next_page() if self._runs is None else self._next_run_page(self._runs))

    def finish_job(self, job: Job) -> str | None:
        self._fetching, self._error = False, job.error
        if job.error is not None:
            return None
        warning: str | None
        rows, warning = job.result
        self._page_size = len(rows)
        self.ready.extend(rows)
        return warning

    def next_item(self) -> XComCollectionItem | None:
        if self.ready:
            return self.ready.popleft()
        if self._error is not None:
            raise self._error
        return None

    def final_warning(self) -> str | None:
        return self.row_counts.warning()

    # Only one of these flows runs at a time, so they can share state.

    def _next_page(self) -> Flow[Batch]:
        """Fetch the next page of the whole list. The first decides whether to continue run by run."""
        first, warning = self._cursor.offset == 0, None
        page = yield from self._fetch_page(None, self._cursor.offset)
        self.row_counts.count(page)
        rows = self._cursor.take(page)
        self._has_more = self._cursor.has_more
        if first and self._has_more:
            warning = yield from self._fetcher.order_warning()
            if self._fetcher.is_all_runs and self.row_counts.last >= RUN_BY_RUN_MIN:
                runs = Runs(self._fetcher)
                yield from runs.fetch()
                if runs.is_cheaper_for(self.row_counts.last):
                    self._runs, rows = runs, []  # the runs repeat these rows
                    self._cursor.has_more = False
                    self.row_counts.received = self.row_counts.duplicates = 0
        return rows, warning

    def _next_run_page(self, runs: Runs) -> Flow[Batch]:
        """Fetch the next page of a run; after the last run, the current number of rows."""
        if not self._cursor.has_more:
            self._run, self._cursor = (yield from runs.next()), PageCursor(self.row_counts)
        if self._run is None:
            self.row_counts.count((yield from self._fetcher.page(None, 0)))
            self._has_more = False
            return [], None
        page = yield from self._fetch_page(self._run, self._cursor.offset)
        return self._cursor.take(page), None


class Runs:
    """DAG runs of a list, page by page, in order of creation."""

    def __init__(self, fetcher: PageFetcher) -> None:
        self._fetcher = fetcher
        self._fetched: deque[Run] = deque()
        self._offset = 0
        self._total: int | None = None

    def fetch(self) -> Flow[None]:
        """Fetch the next runs; on an error with the first page, continue without runs."""
        try:
            response = yield from self._fetcher.runs(self._offset)
            received = [(run["dag_id"], run["dag_run_id"]) for run in response["dag_runs"]]
            self._total = response["total_entries"] if received else self._offset
        except (ApiException, LookupError, TypeError):
            if self._offset:
                raise
            return
        self._offset += len(received)
        self._fetched.extend(received)

    def is_cheaper_for(self, rows: int) -> bool:
        """Return True if the server lists ``rows`` rows faster run by run."""
        return self._total is not None and 0 < self._total < rows / PAGE_SIZE * rows / RUN_BY_RUN_COST

    def next(self) -> Flow[Run | None]:
        """Return the next run, or None after the last."""
        if not self._fetched and self._total is not None and self._offset < self._total:
            yield from self.fetch()
        return self._fetched.popleft() if self._fetched else None


class PageFetcher:
    """Fetch the pages of a list, and its DAG runs.

    :ivar bool is_all_runs: True for a list of all runs in the server's own order.
    """

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
        self.order_warning: Callable[[], Flow[str | None]] = client.order_warning_flow
        self.is_all_runs: bool = dag_run_id == "~" and filters.get("order_by") is None
        self._client = client
        self._run = dag_id, dag_run_id
        self._task_id = task_id
        self._filters = {**filters, "limit": positive("page_size", page_size)}
        operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)  # validates the parameters
        self._options = options

    def page(self, run: Run | None, offset: int) -> Flow[XComCollection]:
        """Fetch the page at an offset, of one run or of the whole list."""
        filters = {**self._filters, "offset": offset} if offset else self._filters
        operation = operations.get_xcom_entries(*(run or self._run), self._task_id, filters)
        return self._client.call_flow(operation, self._options)

    def runs(self, offset: int) -> Flow[Any]:
        """Fetch the DAG runs from an offset on, as decoded JSON."""
        return self._client.call_flow(operations.get_dag_runs(self._run[0], PAGE_SIZE, offset), self._options)
