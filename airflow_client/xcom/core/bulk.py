"""Reads XComs in bulk: which values to fetch when, in which order they come, and what becomes of those that fail."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from airflow_client.xcom.annotations import Self
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.listing import Listing, PageFetcher, Scheduler, new_pace
from airflow_client.xcom.core.options import Options
from airflow_client.xcom.core.pace import Job
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.core.validation import positive
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    ForbiddenException,
    NotFoundException,
    OpenApiException,
    StalledException,
    UnauthorizedException,
    UnexpectedContentException,
)
from airflow_client.xcom.model import as_datetime
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection_item import add_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.listing import Run
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.x_com_collection import XComCollection
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

    DatedRun = tuple[str, datetime]


T = TypeVar("T")
#: How many values are on their way, or wait for the caller, for each worker.
AHEAD = 2


class Bulk(Scheduler[T]):
    """Reads the values of all rows of a list.

    What is in memory depends neither on the length of the list nor on how slow the caller is: two pages of rows, and
    :data:`AHEAD` values for each worker. :meth:`XComApi.iter_xcoms` tells the arguments.

    :param parameters: ``deserialize`` and ``stringify``.
    """

    def __init__(
        self,
        client: BaseClient,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        max_workers: int,
        ordered: bool,
        on_error: str,
        progress: Callable[[int, int], object] | None,
        page_size: int,
        stall_timeout: float,
        parameters: dict[str, Any],
        filters: dict[str, Any],
        options: Options,
    ) -> None:
        self.workers: int = positive("max_workers", max_workers)
        if progress is not None and not callable(progress):
            raise ApiTypeError(f"progress must be a function of (done, total) or None, not {type(progress).__name__}")
        self.counts: Counts = Counts()
        self.pace = new_pace(client, self.workers, stall_timeout)
        self._client = client
        self._parameters = parameters
        operations.get_xcom_entry("dag", "run", "task", "key", parameters)  # refuses what cannot be sent
        self._options = options
        self._dag_run_id = dag_run_id
        self._lists = PageFetcher(client, dag_id, dag_run_id, task_id, page_size, filters, options)
        self._rows = Listing(self._lists, self.pace, on_error, self._page)
        self._run_ids = RunIdResolver(lambda operation: client.call_flow(operation, self._options))
        self._ordered = ordered
        self._on_error = on_error
        self._progress = progress
        #: What was begun, in list order; or what has ended, in the order of its coming.
        self._window: deque[Job] = deque()
        #: What is to be repeated.
        self._again: deque[Job] = deque()
        self._open = self._running = 0
        self._fatal: BaseException | None = None

    def begin(self) -> Job | None:
        if self._fatal is not None or (self._rows.alone and self._running):
            return None
        page = self._rows.begin()
        if page is not None:
            return page
        if self._rows.alone or not self.pace.may_begin(self._running):
            return None
        job = self._again.popleft() if self._again else self._next_value()
        if job is None:
            self.pace.idle()
        else:
            self._running += 1
        return job

    def _next_value(self) -> Job | None:
        """Return the job of the next row, None where there is none, or enough is begun."""
        while self._rows.ready and self._open < AHEAD * self.workers:
            row = self._rows.ready.popleft()
            self._open += 1
            if isinstance(row, ApiException):  # the server cannot load it
                job = Job(_no_attempt, monotonic)
                job.error = row
                self._window.append(job)
                self._ended(job)
                continue
            job = Job(partial(self._value, row), monotonic, row)
            if self._ordered:
                self._window.append(job)
            return job
        return None

    def end(self, job: Job) -> str | None:
        if job.about is None:
            warning = self._rows.end(job)
            self.counts.total = self._rows.tally.last
            return warning
        self._running -= 1
        try:
            if self.pace.may_repeat(job):
                self._again.append(job)
                return None
        except StalledException as stalled:
            self._fatal, stalled.counts = stalled, self.counts
            return None
        if job.error is None or _is_answer(job.error):
            self.pace.succeeded()
        if not self._ordered:
            self._window.append(job)
        self._ended(job)
        return None

    def _ended(self, job: Job) -> None:
        """Count a job whose outcome is final."""
        job.ended = True
        if isinstance(job.error, OpenApiException):
            job.error.entry = job.about
            self.counts.failed += 1
        elif job.result is None:
            self.counts.deleted += 1
        self.counts.done += 1
        if self._progress is not None:
            self._progress(self.counts.done, self.counts.total)

    def take(self) -> T | None:
        while self._window and self._window[0].ended:
            job = self._window.popleft()
            self._open -= 1
            if job.error is not None:
                if self._on_error == "raise" or _ends(job.error):
                    raise job.error
                if self._on_error == "yield":
                    return cast(T, job.error)
            elif job.result is not None:
                return cast(T, job.result)
        if self._fatal is not None:
            raise self._fatal
        if not self._open and not self._rows.ready:
            try:
                self._rows.take()  # raises what ended the list, if anything did
            except StalledException as stalled:
                stalled.counts = self.counts
                raise
        return None

    def finish(self) -> str | None:
        return self._rows.finish()

    def _page(self, run: Run | None, offset: int, size: int) -> Flow[XComCollection]:
        page = yield from self._lists.page(run, offset, size)
        if self.counts.stringified is None:
            yield from self._choose_form()
        rows = page.xcom_entries
        named = run[1] if run else None if self._dag_run_id == "~" else self._dag_run_id
        found = [row.run_id or named for row in rows]
        if None in found:
            found = yield from self._run_ids.find(rows)
        for row, run_id in zip(rows, found):
            add_run_id(row, run_id)
        return page

    def _choose_form(self) -> Flow[None]:
        """Ask for values as JSON where the server can send them so, unless the caller said how they are to come."""
        asked = self._parameters.get("stringify")
        if asked is None:
            api = yield from self._client.api_version_flow()
            asked = False
            if api.json_since is not None:
                asked = not api.sends_json((yield from self._client.version_flow()))
                if not asked:
                    self._parameters["stringify"] = False
        self.counts.stringified = asked

    def _value(self, row: XComCollectionItem) -> Flow[XCom | None]:
        """The XCom of a row, None when it was deleted meanwhile."""
        run_id = row.run_id
        if run_id is None:  # the run is not there any more, and its XComs are gone with it
            return None
        for name, value in (("dag_id", row.dag_id), ("dag_run_id", run_id), ("task_id", row.task_id)):
            if value == "~":
                raise ApiValueError(
                    f"{name} is '~', which Airflow's REST API takes for all: no path leads to this XCom"
                )
        parameters = self._parameters.copy()
        if row.map_index not in (None, -1):
            parameters["map_index"] = row.map_index
        operation = operations.get_xcom_entry(row.dag_id, run_id, row.task_id, row.key, parameters)
        try:
            xcom: XCom = yield from self._client.call_flow(operation, self._options)
        except NotFoundException as error:
            api = yield from self._client.api_version_flow()
            if api.is_xcom_not_found(error.status, error.error):
                return None
            raise
        add_run_id(xcom, run_id)
        return xcom


def _no_attempt() -> Flow[None]:
    """Make no request."""
    return
    yield


def _is_answer(error: BaseException) -> bool:
    """Return True if the server answered as usual: it says that this XCom cannot be read."""
    return isinstance(error, ApiException) and 400 <= error.status <= 500 and error.status != 429


def _ends(error: BaseException) -> bool:
    """Whether ``error`` ends the reading whatever ``on_error`` says: no other value would fare better."""
    is_refused = isinstance(error, UnauthorizedException) or getattr(error, "is_login_refusal", False)
    return is_refused or not isinstance(error, OpenApiException)


class Counts:
    """How far a bulk reading is.

    :ivar int total: how many rows there are, as the server counted last.
    :ivar int done: how many are done, whatever came of them.
    :ivar int deleted: how many of these were deleted after they had been listed.
    :ivar int failed: how many of these could not be read.
    :ivar stringified: whether the values are the server's text for them, rather than JSON; None while not known.
    """

    __slots__ = ("deleted", "done", "failed", "stringified", "total")

    def __init__(self) -> None:
        self.total: int = 0
        self.done: int = 0
        self.deleted: int = 0
        self.failed: int = 0
        self.stringified: bool | None = None

    def __repr__(self) -> str:
        return f"Counts({', '.join(f'{name}={getattr(self, name)!r}' for name in sorted(self.__slots__))})"


#: How many runs are remembered; the rows of a list come task by task, so that the same runs come again.
REMEMBERED = 10_000


class RunIdResolver:
    """Finds run ids by DAG and logical date, which Airflow 2 has once each, to the microsecond.

    :param call: makes a call and returns its decoded JSON.
    """

    def __init__(self, call: Callable[[Operation[Any]], Flow[Any]]) -> None:
        self._call = call
        self._known: dict[DatedRun, str] = {}

    def find(self, rows: Iterable[XComCollectionItem]) -> Flow[list[str | None]]:
        """The run id of each row, None for a run that is not there any more.

        :raises ForbiddenException: the user may not read DAG runs.
        """
        runs = [(row.dag_id, as_datetime(row["execution_date"])) for row in rows]
        unknown = sorted(set(runs) - self._known.keys())
        if unknown:
            yield from self._look_up(unknown)
        found = [self._known.get(run) for run in runs]
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return found

    def _look_up(self, runs: list[DatedRun]) -> Flow[None]:
        """Ask for all ``runs`` at once, which are sorted; and where that gives too many, for each half of them."""
        dates = [date for _, date in runs]
        answer = yield from self._ask(sorted({dag_id for dag_id, _ in runs}), min(dates), max(dates))
        try:
            came, total = answer["dag_runs"], answer["total_entries"]
            for run in came:
                self._known[run["dag_id"], as_datetime(run["execution_date"])] = run["dag_run_id"]
        except (LookupError, TypeError, ValueError) as error:
            raise UnexpectedContentException(200, f"not a list of DAG runs: {answer!r:.200}") from error
        missing = [run for run in runs if run not in self._known]
        if missing and len(runs) > 1 and len(came) < total:
            half = (len(missing) + 1) // 2
            for part in (missing[:half], missing[half:]):
                if part:
                    yield from self._look_up(part)

    def _ask(self, dag_ids: list[str], first: datetime, last: datetime) -> Flow[Any]:
        try:
            return (yield from self._call(operations.list_dag_runs(dag_ids, first, last)))
        except ForbiddenException as error:
            error.hint = (
                "with '~' as the run, Airflow 2 tells no run ids: they are looked up among the DAG runs, which this "
                "user may not read. Name the dag_run_id, or let the user read DAG runs"
            )
            raise


class XComs(Generic[T]):
    """An iterator over XComs with their values. Closing it, by :meth:`close` or ``with``, stops the reading; so does
    dropping it, as a ``for`` loop that is left early does.

    :ivar Counts counts: how many rows there are, are done, were deleted meanwhile, could not be read; and whether the
        values are text.
    """

    def __init__(self, xcoms: Generator[T], counts: Counts) -> None:
        self.counts = counts
        self._xcoms = xcoms

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return next(self._xcoms)

    def close(self) -> None:
        """Stop the reading: requests on their way are given up, and no thread is left. Closing twice does nothing."""
        self._xcoms.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class AsyncXComs(Generic[T]):
    """An asynchronous iterator over XComs with their values. Leave it by ``async with``, or await :meth:`close`, to
    stop the reading at once; a loop that is left early stops it when the event loop finalizes it.

    :ivar Counts counts: how many rows there are, are done, were deleted meanwhile, could not be read; and whether the
        values are text.
    """

    def __init__(self, xcoms: AsyncGenerator[T], counts: Counts) -> None:
        self.counts = counts
        self._xcoms = xcoms

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await self._xcoms.__anext__()

    async def close(self) -> None:
        """Stop the reading: requests on their way are cancelled, and no task is left. Closing twice does nothing."""
        await self._xcoms.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
