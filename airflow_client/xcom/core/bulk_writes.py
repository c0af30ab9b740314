"""Bulk writes: delete or copy all XComs that match the filters."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import operations
from airflow_client.xcom.core.call import create_or_update
from airflow_client.xcom.core.listing import Listing, PageFetcher, Scheduler, new_pace
from airflow_client.xcom.core.pace import Job, Pace, PacedJobs, is_fatal
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.core.validation import check_single, is_addressable, one_of, optional_function, positive
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    ConflictException,
    NotFoundException,
    OpenApiException,
    StalledException,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.annotations import Never
    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.listing import Run
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.page import Page
    from airflow_client.xcom.model.x_com import XCom
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem


class BulkWriteResult:
    """Result of :meth:`XComApi.delete_xcom_entries` and :meth:`XComApi.copy_xcom_entries`, in the list's order.

    :ivar int total: number of XComs that match the filters.
    :ivar list entries: rows (:class:`XComCollectionItem`) of the XComs that were deleted or copied; with
        ``dry_run=True``, of those that would be.
    :ivar list skipped: rows that needed no write: their XCom was gone, or existed already in the run to copy to.
    :ivar list errors: exceptions of the XComs that could not be written, each with its row in ``entry``.
    :ivar bool dry_run: True if nothing was written.
    """

    __slots__ = ("dry_run", "entries", "errors", "skipped", "total")

    def __init__(self, total: int, *, dry_run: bool) -> None:
        self.total: int = total
        self.entries: list[XComCollectionItem] = []
        self.skipped: list[XComCollectionItem] = []
        self.errors: list[OpenApiException] = []
        self.dry_run: bool = dry_run

    def __repr__(self) -> str:
        return (
            f"BulkWriteResult(total={self.total}, entries={len(self.entries)}, skipped={len(self.skipped)}, "
            f"errors={len(self.errors)}, dry_run={self.dry_run})"
        )


class Write:
    """Write of one XCom.

    :ivar row: the row of the list; None for an XCom that the server cannot load.
    :ivar is_doubtful: True if an attempt failed and may have succeeded all the same.
    :ivar outcome: True for a write, False if none was needed, the exception of a failure, None until known.
    """

    __slots__ = ("is_doubtful", "outcome", "row")

    def __init__(self, row: XComCollectionItem | None) -> None:
        self.row: Any = row
        self.is_doubtful: bool = False
        self.outcome: bool | BaseException | None = None


class BulkWriter(Scheduler["Never"]):
    """Schedule the writes of all rows of a list. A subclass makes them.

    It collects the rows before the first write, since a deletion moves the rows of later pages. After a failure that
    ends the work, it waits for the running requests, so that the result is complete.

    :param call: name of the call, for its required release.
    :param run: id of the run to list, or ``"~"``.
    """

    def __init__(
        self,
        call: str,
        client: BaseClient,
        dag_id: str,
        run: str,
        task_id: str,
        *,
        max_workers: int,
        on_error: str,
        progress: Callable[[int, int], object] | None,
        dry_run: bool,
        page_size: int,
        stall_timeout: float,
        filters: dict[str, Any],
        options: Options,
    ) -> None:
        self.workers: int = positive("max_workers", max_workers)
        one_of("on_error", on_error, "raise", "skip")
        optional_function("progress", progress, "(done, total)")
        if not isinstance(dry_run, bool):  # a text such as "false" must not decide what is deleted
            raise ApiTypeError(f"dry_run must be a bool, not {type(dry_run).__name__}")
        check_single("dag_id", dag_id, "the id of one DAG")
        self.pace: Pace = new_pace(client, self.workers, stall_timeout)
        self._call_name = call
        self._client = client
        self._options = options
        self._on_error = on_error
        self._progress = progress
        self._dry_run = dry_run
        self._is_supported = False
        #: Airflow matches a prefix only up to its last letter or digit: "debug_" is "debug" to it.
        names = {"key": "xcom_key", "task_id": "task_id", "run_id": "run_id"}
        self._prefixes = {field: filters.get(f"{name}_prefix_pattern") for field, name in names.items()}
        self._fetcher = PageFetcher(client, dag_id, run, task_id, page_size, filters, options)
        #: Lists to read, the one to write first.
        self._listings: deque[Listing] = deque([Listing(self._fetcher, self.pace, "yield", self._fetch_page)])
        self._source = self._listings[0]
        self._writes: list[Write] = []
        self._waiting: deque[Write] = deque()
        self._jobs = PacedJobs(self.pace)
        self._done = 0
        self._error: BaseException | None = None

    def next_job(self) -> Job | None:
        if self._error is not None:
            return None
        if self._listings:
            return self._listings[0].next_job()
        return self._jobs.start(self._next_write)

    def _next_write(self) -> Job | None:
        if not self._waiting:
            return None
        write = self._waiting.popleft()
        return Job(partial(self._attempt, write), monotonic, write)

    def finish_job(self, job: Job) -> str | None:
        if job.row is None:
            return self._listings[0].finish_job(job)
        try:
            if not self._jobs.finish(job, may_repeat=self._error is None):
                return None
        except StalledException as stalled:
            self._error = stalled
        self._record(job.row, job.result if job.error is None else job.error)
        return None

    def next_item(self) -> Never | None:
        while self._listings and self._error is None:
            try:
                self._collect(self._listings[0])
            except OpenApiException as error:
                self._error = error
                break
            if not self._listings[0].is_finished:
                break
            self._listings.popleft()
            if not self._listings:
                self._plan()
        if self._error is not None and not self._jobs.running:
            if isinstance(self._error, OpenApiException):
                self._error.result = self.result()
            if isinstance(self._error, StalledException):
                done = f"{self._done} of {len(self._writes)} XComs were processed"
                self._error.reason = f"{done}, then {self._error.reason}"
            raise self._error
        return None

    def final_warning(self) -> str | None:
        return self._source.final_warning()

    def result(self) -> BulkWriteResult:
        """Return the outcomes so far."""
        result = BulkWriteResult(len(self._writes), dry_run=self._dry_run)
        for write in self._writes:
            if isinstance(write.outcome, OpenApiException):
                result.errors.append(write.outcome)
            elif write.outcome is False:
                result.skipped.append(write.row)
            elif write.outcome is True:
                result.entries.append(write.row)
        return result

    def _collect(self, listing: Listing) -> None:
        """Take the rows that a listing has received."""
        for row in iter(listing.next_item, None):
            if isinstance(row, ApiException):  # the server cannot load it
                self._writes.append(Write(None))
                self._record(self._writes[-1], row)
            elif all(_begins(row.get(name), prefix) for name, prefix in self._prefixes.items()):
                self._writes.append(Write(row))

    def _plan(self) -> None:
        """Find the rows to write, and check them all before the first write."""
        for write in self._writes:
            if write.outcome is None:
                try:
                    self._check(write)
                except OpenApiException as error:
                    self._record(write, error)
            if write.outcome is None and self._dry_run:
                write.outcome = True
        self._waiting.extend(write for write in self._writes if write.outcome is None)

    def _record(self, write: Write, outcome: bool | BaseException) -> None:
        """Record an outcome that is final."""
        write.outcome = outcome
        if isinstance(outcome, OpenApiException):
            outcome.entry = write.row
        if self._error is None and isinstance(outcome, BaseException):
            self._error = outcome if self._on_error == "raise" or is_fatal(outcome) else None
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, len(self._writes))

    def _fetch_page(self, run: Run | None, offset: int, size: int) -> Flow[Page[Any]]:
        if not self._is_supported:
            yield from self._client.support_flow(self._call_name)
            self._is_supported = True
        return (yield from self._fetcher.page(run, offset, size))

    def _attempt(self, write: Write) -> Flow[bool]:
        try:
            return (yield from self._write(write))
        except ApiException as error:
            write.is_doubtful = write.is_doubtful or not getattr(error, "is_unsent", False)
            raise

    def _check(self, write: Write) -> None:
        """Raise an error if no request can make this write; set ``outcome`` if none is needed."""
        raise NotImplementedError

    def _write(self, write: Write) -> Flow[bool]:
        """Write an XCom; return False if there is nothing to write."""
        raise NotImplementedError

    def _call(self, operation: Operation[Any]) -> Flow[Any]:
        """Make a call that may be sent twice."""
        operation.repeatable = True
        return self._client.call_flow(operation, self._options)


class Deletion(BulkWriter):
    """Schedule the deletion of all XComs that match the filters."""

    def _check(self, write: Write) -> None:
        _delete(write.row)

    def _write(self, write: Write) -> Flow[bool]:
        try:
            yield from self._call(_delete(write.row))
        except NotFoundException as error:
            if not self._client.is_xcom_missing(error):
                raise
            return write.is_doubtful or (error.attempts or 1) > 1
        return True


class Copying(BulkWriter):
    """Schedule the copies of a run's XComs to another run of the DAG.

    :param overwrite: replace existing XComs.
    """

    def __init__(
        self,
        call: str,
        client: BaseClient,
        dag_id: str,
        from_run: str,
        to_run: str,
        task_id: str,
        *,
        overwrite: bool,
        **settings: Any,
    ) -> None:
        if not isinstance(overwrite, bool):
            raise ApiTypeError(f"overwrite must be a bool, not {type(overwrite).__name__}")
        for name, run in (("from_run", from_run), ("to_run", to_run)):
            check_single(name, run, "the id of one DAG run")
        if from_run == to_run:
            raise ApiValueError(f"from_run and to_run must be different runs, got {from_run!r} for both")
        super().__init__(call, client, dag_id, from_run, task_id, **settings)
        self._to_run = to_run
        self._overwrite = overwrite
        target = PageFetcher(
            client, dag_id, to_run, task_id, settings["page_size"], settings["filters"], settings["options"]
        )
        self._listings.append(Listing(target, self.pace, "skip"))
        self._existing: set[tuple[Any, ...]] = set()

    def _collect(self, listing: Listing) -> None:
        if listing is self._source:
            super()._collect(listing)
        else:
            self._existing.update(map(_identity, iter(listing.next_item, None)))

    def _check(self, write: Write) -> None:
        _read(write.row)
        self._operations(write.row, None)
        if not self._overwrite and _identity(write.row) in self._existing:
            self._record(write, False)

    def _write(self, write: Write) -> Flow[bool]:
        row = write.row
        try:
            xcom: XCom = yield from self._call(_read(row))
        except NotFoundException as error:
            if not self._client.is_xcom_missing(error):
                raise
            return False
        create, update = self._operations(row, xcom.value)
        if self._overwrite:
            exists = _identity(row) in self._existing
            stored = yield from create_or_update(self._call, create, update, exists=exists)
        else:
            try:
                stored = yield from self._call(create)
            except ConflictException as error:
                if not write.is_doubtful and (error.attempts or 1) == 1:
                    return False
                # An earlier attempt may have created it.
                stored = yield from self._call(_read(row, self._to_run))
                return operations.is_same(stored.value, xcom.value)
        if not operations.is_same(stored.value, xcom.value):
            raise ApiValueError(f"the copy differs: {operations.value_changed(stored, xcom.value)}")
        return True

    def _operations(self, row: XComCollectionItem, value: Any) -> tuple[Operation[XCom], Operation[XCom]]:
        ids = (row.dag_id, self._to_run, row.task_id, row.key, value, -1 if row.map_index is None else row.map_index)
        create, update = operations.create_xcom_entry(*ids), operations.update_xcom_entry(*ids)
        create.check = update.check = None  # a changed value is a failed copy
        return create, update


def _delete(row: XComCollectionItem) -> Operation[None]:
    index = -1 if row.map_index is None else row.map_index
    return operations.delete_xcom_entry(row.dag_id, _addressable_run(row), row.task_id, row.key, index)


def _read(row: XComCollectionItem, run: str | None = None) -> Operation[XCom]:
    """Return the operation that reads the value as stored."""
    parameters = {"map_index": row.map_index, "stringify": False}
    return operations.get_xcom_entry(row.dag_id, run or _addressable_run(row), row.task_id, row.key, parameters)


def _addressable_run(row: XComCollectionItem) -> str:
    """Return the row's run id.

    :raises ApiValueError: no path names the row's run or task.
    """
    for name, value in (("dag_run_id", row.run_id), ("task_id", row.task_id)):
        if value is None or not is_addressable(value):
            raise ApiValueError(f"Airflow's REST API cannot address this XCom: its {name} is {value!r:.200}")
    return str(row.run_id)


def _begins(text: str | None, prefixes: str | None) -> bool:
    """Return True if a text begins with a prefix, or one of those that ``|`` separates."""
    if prefixes in (None, "~") or text is None:
        return True
    parts = [part.strip() for part in str(prefixes).split("|")] if "|" in str(prefixes) else []
    return text.startswith(tuple(filter(None, parts)) or str(prefixes))


def _identity(row: XComCollectionItem) -> tuple[Any, ...]:
    """Return what identifies an XCom in its run."""
    return row.task_id, row.map_index, row.key
