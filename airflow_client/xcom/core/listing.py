"""Reads a list page by page: which page is next, which rows are new, and what to tell at the end."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, Union, cast

from airflow_client.xcom.core import operations
from airflow_client.xcom.core.options import PAGE_SIZE, seconds
from airflow_client.xcom.core.pace import SLOW, Job, Pace, is_overload
from airflow_client.xcom.core.policy import RetryPolicy, monotonic
from airflow_client.xcom.core.validation import is_addressable, positive
from airflow_client.xcom.exceptions import ApiException, ApiValueError, ServiceException
from airflow_client.xcom.model import as_datetime
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import TypeAlias

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.x_com_collection import XComCollection

    #: The ids of a DAG and of a run of it.
    Run: TypeAlias = tuple[str, str]
    #: A row, or the error of one that the server cannot load.
    Entry: TypeAlias = Union[XComCollectionItem, ApiException]
    #: What a page gives, and a warning to emit, or None.
    Batch: TypeAlias = tuple[list[Entry], Optional[str]]


T = TypeVar("T")


class Scheduler(Generic[T]):
    """The policy of a reading. It is used by one thread or task; only the flows of its jobs run elsewhere.

    :ivar int workers: how many jobs may run at once.
    :ivar pace: how many run at once at the moment.
    """

    workers: int
    pace: Pace

    def begin(self) -> Job | None:
        """The next job to begin, None while there is none to begin."""
        raise NotImplementedError

    def end(self, job: Job) -> str | None:
        """Record a finished job; return a warning to emit, or None."""
        raise NotImplementedError

    def take(self) -> T | None:
        """The next thing for the caller, None while there is none.

        :raises OpenApiException: it is an error that is the next thing.
        """
        raise NotImplementedError

    def finish(self) -> str | None:
        """Return a warning to emit at the end, or None."""
        raise NotImplementedError


#: How many of the rows that came last are remembered, to tell one that comes twice: the memory of two pages.
REMEMBERED = 2_000
#: A server sorts the whole list for each page. For each so many rows, a page of it takes as much longer as a page of a
#: single run takes (docs/benchmarks.md). Lists of fewer rows than RUN_BY_RUN_MIN are not worth asking for their runs.
RUN_BY_RUN_COST, RUN_BY_RUN_MIN = 24_000, 3_000
#: Rows in sequence that the server cannot load, after which a list of which no page could be read is given up.
UNREADABLE_MAX = 10


def check_on_error(on_error: object) -> None:
    """Refuse what is no way to handle errors.

    :raises ApiValueError: ``on_error`` has another value than those documented.
    """
    if on_error not in ("raise", "skip", "yield"):
        raise ApiValueError(f"on_error must be 'raise', 'skip' or 'yield', not {on_error!r}")


def new_pace(client: BaseClient, limit: int, stall_timeout: float) -> Pace:
    """Make the pace of a reading by ``client``, whose calls it repeats as often as the configuration allows."""
    repeats = RetryPolicy(client.configuration.retries).count
    return Pace(limit, seconds("stall_timeout", stall_timeout), repeats, monotonic)


class RowCounts:
    """How many rows there were to come, and how many came."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int = 0
        self.came = self.repeated = 0

    def count(self, page: XComCollection) -> None:
        """Note how many rows there are, as the server counts now."""
        self.last = page.total_entries or 0
        if self.first is None:
            self.first = self.last

    def warning(self) -> str | None:
        """Return the warning about the whole list, None where it did not change while it was read."""
        if not self.repeated and self.first == self.last == self.came:
            return None
        return (
            f"XComs were written or deleted while they were listed: {self.came} rows came, of {self.last} at the end "
            f"and {self.first} at the beginning; {self.repeated} came again and were left out. Some may be missing"
        )


class PageCursor:
    """Position in a list while it is read. It advances by the rows received: servers cap pages silently.

    :param wanted: tells which rows are wanted, None for all.
    :ivar int offset: where the next page begins.
    :ivar bool more: whether there is a next page.
    :ivar total: how many rows there are, None before the first page.
    """

    def __init__(self, tally: RowCounts, wanted: Callable[[XComCollectionItem], bool] | None = None) -> None:
        self.offset: int = 0
        self.more: bool = True
        self.total: int | None = None
        self._tally = tally
        self._wanted = wanted
        self._recent: deque[bytes] = deque(maxlen=REMEMBERED)
        self._known: set[bytes] = set()

    def take(self, parts: Sequence[XComCollection | ApiException]) -> list[Entry]:
        """Advance past the parts of a page; return the rows that are wanted and did not come before."""
        new: list[Entry] = []
        before = self.offset
        for part in parts:
            if isinstance(part, ApiException):
                self.offset += 1
                if self._wanted is None:  # of which run it is cannot be told
                    self._tally.came += 1
                    new.append(part)
                continue
            self.offset += len(part.xcom_entries)
            self.total = part.total_entries or 0
            for row in part.xcom_entries:
                if self._wanted is not None and not self._wanted(row):
                    continue
                if self._is_new(row):
                    self._tally.came += 1
                    new.append(row)
                else:
                    self._tally.repeated += 1
        self.more = before < self.offset < (self.total or 0)
        return new

    def _is_new(self, row: XComCollectionItem) -> bool:
        identity = _identity(row)
        if identity in self._known:
            return False
        if len(self._recent) == REMEMBERED:
            self._known.discard(self._recent[0])
        self._recent.append(identity)
        self._known.add(identity)
        return True


def _identity(row: XComCollectionItem) -> bytes:
    """What a row has in common with no other, in few bytes."""
    run = row.run_id or row.get("execution_date")
    names = (row.get("dag_id"), run, row.get("task_id"), row.get("map_index"), row.get("key"))
    return blake2b(ascii(names).encode(), digest_size=16).digest()


class Listing(Scheduler[Any]):
    """Reads the rows of all pages. The next page is fetched while the caller works on one, and no more than that.

    A long list of all runs is read run by run, where that takes the server less time. A page with a row that the server
    cannot load is read in parts.

    :param lists: fetches the pages.
    :param on_error: how to report rows that the server cannot load.
    :param page: fetches a page in place of ``lists.page``, and may add to the rows.
    :ivar bool alone: True if the next page is to be fetched while no other request runs.
    """

    workers = 1

    def __init__(
        self,
        lists: PageFetcher,
        pace: Pace,
        on_error: str = "raise",
        page: Callable[[Run | None, int, int], Flow[XComCollection]] | None = None,
    ) -> None:
        check_on_error(on_error)
        self.ready: deque[Entry] = deque()
        self.tally: RowCounts = RowCounts()
        self.pace: Pace = pace
        self.alone: bool = False
        self._on_error = on_error
        self._lists = lists
        self._page = page or lists.page
        self._pages = PageCursor(self.tally)
        #: The runs whose rows are to come, once the list is read run by run, and the one whose rows are coming.
        self._runs: Runs | None = None
        self._run: Run | None = None
        self._reads_rest = False
        self._has_looked = False
        self._more = True
        self._fetching = False
        self._again: Job | None = None
        self._size = 0
        self._error: BaseException | None = None

    def begin(self) -> Job | None:
        if self._fetching or self._error or not self._more or len(self.ready) > self._size:
            return None
        if not self.pace.may_begin(0):
            return None
        self._fetching = True
        return self._again or Job(self._next, monotonic)

    def end(self, job: Job) -> str | None:
        self._fetching, self._again = False, None
        if job.error is not None:
            self._failed(job)
            return None
        self.pace.responded()
        self.alone = False
        warning: str | None
        rows, warning = job.result
        self._size = len(rows)
        self.ready.extend(rows)
        return warning

    def _failed(self, job: Job) -> None:
        """Choose between reading the page in parts, repeating it, and ending the list."""
        if getattr(job.error, "status", None) == 500 and job.duration < SLOW and not self.alone:
            self.alone = True  # either it was load, or a row of the page cannot be loaded
            return
        try:
            self._again = job if self.pace.may_repeat(job) else None
        except ApiException as stalled:
            job.error = stalled
        if self._again is None:
            self._error = job.error

    def take(self) -> Any:
        while self.ready:
            entry = self.ready.popleft()
            if isinstance(entry, ApiException) and self._on_error != "yield":
                if self._on_error == "raise":
                    raise entry
                continue
            return entry
        if self._error is not None:
            raise self._error
        return None

    def finish(self) -> str | None:
        return self.tally.warning()

    # One of these flows runs at a time. They change the state after their last request: any of them may be repeated.

    def _next(self) -> Flow[Batch]:
        return (yield from self._next_of_all() if self._runs is None else self._next_of_runs(self._runs))

    def _next_of_all(self) -> Flow[Batch]:
        """Read the next page of the list as a whole. The first decides whether to go on run by run."""
        parts = yield from self._parts(None)
        pages = [part for part in parts if not isinstance(part, ApiException)]
        is_first, total = self._pages.offset == 0, (pages[-1].total_entries or 0) if pages else 0
        warning, runs = None, None
        if is_first and total > sum(len(page) for page in pages):
            warning = yield from self._lists.unstable()
            if self._lists.of_all_runs and total >= RUN_BY_RUN_MIN:
                runs = yield from self._few_runs(total)
        if pages:  # or else the server can load none of these rows
            self.tally.count(pages[-1])
        if runs is not None:  # its rows come again with their runs
            self._runs, self._pages.more = runs, False
            return [], warning
        rows = self._pages.take(parts)
        self._more = self._pages.more
        return rows, warning

    def _few_runs(self, total: int) -> Flow[Runs | None]:
        """Return the runs of the list, if reading so many rows run by run takes the server less time."""
        runs = Runs(self._lists)
        try:
            yield from runs.look()
        except ApiException as error:
            if is_overload(error) and not self._has_looked:
                self._has_looked = True
                raise
            return None  # the user may not read DAG runs
        return runs if runs.are_few_for(total) else None

    def _next_of_runs(self, runs: Runs) -> Flow[Batch]:
        """Read the next page of a run; after the last run, the rows of runs that no path reaches, and the total."""
        if not self._pages.more and not self._reads_rest:
            self._run = yield from runs.next()
            self._reads_rest = self._run is None and bool(runs.unreachable)
            self._pages = PageCursor(self.tally, runs.is_unreachable if self._reads_rest else None)
        if self._run is None and not (self._reads_rest and self._pages.more):
            yield from self._count_again()
            self._more = False
            return [], None
        return self._pages.take((yield from self._parts(self._run))), None

    def _count_again(self) -> Flow[None]:
        try:
            self.tally.count((yield from self._lists.page(None, self.tally.last, 1)))
        except ServiceException as error:
            if error.status != 500:  # the row there cannot be loaded: the count stays as it was
                raise

    def _parts(self, run: Run | None) -> Flow[list[XComCollection | ApiException]]:
        """Read the next page; of one that the server answers with 500, the parts that it can load.

        :returns: pages that together make the page up, and an error for each row that the server cannot load.
        """
        offset, size, total = self._pages.offset, self._lists.size, self._pages.total
        if not self.alone:
            return [(yield from self._page(run, offset, size))]
        end, parts = offset + size, cast("list[Union[XComCollection, ApiException]]", [])
        while offset < end and (total is None or offset < total):
            size, began = min(size, end - offset), monotonic()
            try:
                page = yield from self._page(run, offset, size)
            except ServiceException as error:
                if error.status != 500 or monotonic() - began >= SLOW:
                    raise
                if size > 1:
                    size = (size + 1) // 2
                    continue
                if total is None and len(parts) >= UNREADABLE_MAX:
                    raise  # it is not about single rows
                parts.append(_unreadable(error, run, offset))
                offset += 1
            else:
                parts.append(page)
                offset, size, total = offset + len(page), 2 * size, page.total_entries or 0
                if not len(page):
                    break
        if total is None:
            raise cast("ApiException", parts[0])
        return parts


def _unreadable(error: ServiceException, run: Run | None, offset: int) -> ServiceException:
    """Complete the error of a row that the server cannot load."""
    error.position = offset
    where = "the list" if run is None else f"the list of the DAG run {run[1]!r}"
    error.hint = (
        f"the server cannot load the XCom at position {offset} of {where}: it may have been pickled, or be of a class "
        "that the server no longer has; on_error='skip' leaves it out"
    )
    return error


class Runs:
    """The DAG runs of a list, page by page, in the order in which they were created.

    :ivar unreachable: DAG id and run id, and on Airflow 2 also DAG id and logical date, of each run whose rows no path
        reaches; ``~`` is all runs, and ids with ``/`` are no path segment.
    """

    def __init__(self, lists: PageFetcher) -> None:
        self.unreachable: set[tuple[str, object]] = set()
        self._lists = lists
        self._ahead: deque[Run] = deque()
        self._offset = 0
        self._total: int | None = None

    def look(self) -> Flow[None]:
        """Fetch the next runs.

        :raises ApiException: the server does not list them.
        """
        answer = yield from self._lists.runs(self._offset)
        try:
            came = [(run["dag_id"], run["dag_run_id"]) for run in answer["dag_runs"]]
            dates = [run.get("execution_date") for run in answer["dag_runs"]]
            self._total = answer["total_entries"] if came else self._offset
        except (LookupError, TypeError) as error:
            raise ApiException(200, f"not a list of DAG runs: {answer!r:.200}") from error
        self._offset += len(came)
        for run, date in zip(came, dates):
            if is_addressable(run[0]) and is_addressable(run[1]):
                self._ahead.append(run)
            else:
                self.unreachable |= {run} if date is None else {run, (run[0], as_datetime(date))}

    def are_few_for(self, rows: int) -> bool:
        """Return True if listing so many rows takes the server less time run by run than all at once."""
        return self._total is not None and 0 < self._total < rows / PAGE_SIZE * rows / RUN_BY_RUN_COST

    def next(self) -> Flow[Run | None]:
        """Return the next run that a path reaches, None after the last."""
        while not self._ahead and self._total is not None and self._offset < self._total:
            yield from self.look()
        return self._ahead.popleft() if self._ahead else None

    def is_unreachable(self, row: XComCollectionItem) -> bool:
        """Return True if the row is of a run that no path reaches."""
        date = row.execution_date if row.run_id is None else None
        return (row.dag_id, row.run_id or date) in self.unreachable


class PageFetcher:
    """Fetches the pages of a list, and the runs it is of.

    :ivar bool of_all_runs: whether it is of all runs, in the order of the server's choice.
    :ivar int size: rows of a page.
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
        self.unstable: Callable[[], Flow[str | None]] = client.order_warning_flow
        self.of_all_runs: bool = dag_run_id == "~" and filters.get("order_by") is None
        self._client = client
        self._run = dag_id, dag_run_id
        self._task_id = task_id
        self._filters = filters
        self.size: int = positive("page_size", page_size)
        operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)  # refuses what cannot be sent
        self._options = options
        self._options.is_paced = True

    def page(self, run: Run | None, offset: int, size: int) -> Flow[XComCollection]:
        """Fetch the page of a run, or of the whole list, that begins at an offset and has up to ``size`` rows."""
        filters = {**self._filters, "limit": size, **({"offset": offset} if offset else {})}
        operation = operations.get_xcom_entries(*(run or self._run), self._task_id, filters)
        return self._client.call_flow(operation, self._options)

    def runs(self, offset: int) -> Flow[Any]:
        """The DAG runs from an offset on, as the server sends them."""
        return self._client.call_flow(operations.get_dag_runs(self._run[0], PAGE_SIZE, offset), self._options)
