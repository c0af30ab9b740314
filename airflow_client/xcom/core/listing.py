"""Reads a list page by page: which page is next, which rows are new, and what to tell at the end."""

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
    """One request of a reading: the flow to carry out, and then what came of it."""

    __slots__ = ("about", "ended", "error", "result", "steps")

    def __init__(self, steps: Flow[Any], about: Any = None) -> None:
        self.steps: Flow[Any] = steps
        self.about: Any = about
        self.ended: bool = False
        self.result: Any = None
        self.error: Optional[BaseException] = None


class Scheduler(Generic[T]):
    """The policy of a reading. It is used by one thread or task; only the flows of its jobs run elsewhere.

    :ivar int workers: how many jobs may run at once.
    """

    workers: int

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
    """What is known of a list while it is read. It advances by the rows received: servers cap pages silently.

    :ivar int offset: where the next page begins.
    :ivar bool more: whether there is a next page.
    """

    def __init__(self, tally: RowCounts) -> None:
        self.offset: int = 0
        self.more: bool = True
        self._tally = tally
        self._recent: deque[bytes] = deque(maxlen=REMEMBERED)
        self._known: set[bytes] = set()

    def take(self, page: XComCollection) -> list[XComCollectionItem]:
        """The rows of the next page that did not come before."""
        rows = page.xcom_entries
        self.offset += len(rows)
        self.more = bool(rows) and self.offset < (page.total_entries or 0)
        new = [row for row in rows if self._is_new(row)]
        self._tally.came += len(new)
        self._tally.repeated += len(rows) - len(new)
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


class Listing(Scheduler[XComCollectionItem]):
    """Reads the rows of all pages. The next page is fetched while the caller works on one, and no more than that.

    A long list of all runs is read run by run, where that takes the server less time.

    :param lists: fetches the pages.
    :param page: fetches a page of a run at an offset in place of ``lists.page``, and may add to the rows.
    """

    workers = 1

    def __init__(
        self, lists: PageFetcher, page: Callable[[Run | None, int], Flow[XComCollection]] | None = None
    ) -> None:
        self.ready: deque[XComCollectionItem] = deque()
        self.tally: RowCounts = RowCounts()
        self._lists = lists
        self._page = page or lists.page
        self._pages = PageCursor(self.tally)
        #: The runs whose rows are to come, once the list is read run by run, and the one whose rows are coming.
        self._runs: Runs | None = None
        self._run: Run | None = None
        self._more = True
        self._fetching = False
        self._size = 0
        self._error: BaseException | None = None

    def begin(self) -> Job | None:
        if self._fetching or self._error or not self._more or len(self.ready) > self._size:
            return None
        self._fetching = True
        return Job(self._next_of_all() if self._runs is None else self._next_of_runs(self._runs))

    def end(self, job: Job) -> str | None:
        self._fetching, self._error = False, job.error
        if job.error is not None:
            return None
        warning: str | None
        rows, warning = job.result
        self._size = len(rows)
        self.ready.extend(rows)
        return warning

    def take(self) -> XComCollectionItem | None:
        if self.ready:
            return self.ready.popleft()
        if self._error is not None:
            raise self._error
        return None

    def finish(self) -> str | None:
        return self.tally.warning()

    # One of these flows runs at a time: the state that they share is theirs alone meanwhile.

    def _next_of_all(self) -> Flow[Batch]:
        """The next page of the list as a whole. The first tells whether to go on run by run."""
        first, warning = self._pages.offset == 0, None
        page = yield from self._page(None, self._pages.offset)
        self.tally.count(page)
        rows = self._pages.take(page)
        self._more = self._pages.more
        if first and self._more:
            warning = yield from self._lists.unstable()
            if self._lists.of_all_runs and self.tally.last >= RUN_BY_RUN_MIN:
                runs = Runs(self._lists)
                yield from runs.look()
                if runs.are_few_for(self.tally.last):
                    self._runs, rows = runs, []  # these come again with their runs
                    self._pages.more = False
                    self.tally.came = self.tally.repeated = 0
        return rows, warning

    def _next_of_runs(self, runs: Runs) -> Flow[Batch]:
        """The next page of a run; and after the last, how many rows there are by now."""
        if not self._pages.more:
            self._run, self._pages = (yield from runs.next()), PageCursor(self.tally)
        if self._run is None:
            self.tally.count((yield from self._lists.page(None, 0)))
            self._more = False
            return [], None
        page = yield from self._page(self._run, self._pages.offset)
        return self._pages.take(page), None


class Runs:
    """The DAG runs of a list, page by page, in the order in which they were created."""

    def __init__(self, lists: PageFetcher) -> None:
        self._lists = lists
        self._ahead: deque[Run] = deque()
        self._offset = 0
        self._total: int | None = None

    def look(self) -> Flow[None]:
        """Fetch the next runs. Who cannot read DAG runs, for whatever reason, is left with none."""
        try:
            answer = yield from self._lists.runs(self._offset)
            came = [(run["dag_id"], run["dag_run_id"]) for run in answer["dag_runs"]]
            self._total = answer["total_entries"] if came else self._offset
        except (ApiException, LookupError, TypeError):
            if self._offset:
                raise
            return
        self._offset += len(came)
        self._ahead.extend(came)

    def are_few_for(self, rows: int) -> bool:
        """Whether to list so many rows takes the server less time run by run than all at once."""
        return self._total is not None and 0 < self._total < rows / PAGE_SIZE * rows / RUN_BY_RUN_COST

    def next(self) -> Flow[Run | None]:
        """The next run, None after the last."""
        if not self._ahead and self._total is not None and self._offset < self._total:
            yield from self.look()
        return self._ahead.popleft() if self._ahead else None


class PageFetcher:
    """Fetches the pages of a list, and the runs it is of.

    :ivar bool of_all_runs: whether it is of all runs, in the order of the server's choice.
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
        self._filters = {**filters, "limit": positive("page_size", page_size)}
        operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)  # refuses what cannot be sent
        self._options = options

    def page(self, run: Run | None, offset: int) -> Flow[XComCollection]:
        """The page of a run, or of the whole list, that begins at an offset."""
        filters = {**self._filters, "offset": offset} if offset else self._filters
        operation = operations.get_xcom_entries(*(run or self._run), self._task_id, filters)
        return self._client.call_flow(operation, self._options)

    def runs(self, offset: int) -> Flow[Any]:
        """The DAG runs from an offset on, as the server sends them."""
        return self._client.call_flow(operations.get_dag_runs(self._run[0], PAGE_SIZE, offset), self._options)
