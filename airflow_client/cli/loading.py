"""Writing of the records of an export back to Airflow."""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from airflow_client import xcom
from airflow_client.cli import export_formats
from airflow_client.cli.connection import Airflow
from airflow_client.cli.differences import exact_text
from airflow_client.cli.failure_log import FailureLog
from airflow_client.cli.failures import USAGE, Failure
from airflow_client.cli.interruptions import Interruptions
from airflow_client.cli.progress import Progress
from airflow_client.cli.records import STRINGIFIED, Record
from airflow_client.cli.wording import counted

_NAMES = ("dag_id", "run_id", "task_id", "key")
_PROBLEMS = 5
#: XComs that wait for each worker beside the first.
_QUEUED = 2

T = TypeVar("T")
RunKey = tuple[str, str]


class Target(NamedTuple):
    """Ids to write to in place of the records' own; None for those."""

    dag_id: Optional[str]
    run_id: Optional[str]
    task_id: Optional[str]

    def apply(self, record: Record) -> Record:
        """Return the record with the ids to write to."""
        return {**record, **{name: value for name, value in self._asdict().items() if value is not None}}


class Source:
    """File with the records of an export.

    :param path: its path; a format of :data:`export_formats.FORMATS`.
    :param name: its name in messages.

    :ivar int count: number of records.
    :ivar dags, runs, tasks: the distinct ids; a run with its DAG.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.count: int = 0
        self.dags: dict[str, None] = {}
        self.runs: dict[RunKey, None] = {}
        self.tasks: dict[str, None] = {}
        self._path = path
        self._name = name
        self._format = export_formats.format_of(path)
        self._check()

    def __iter__(self) -> Iterator[Record]:
        return (record for _, record in export_formats.read(self._format, self._path))

    def _check(self) -> None:
        """Read the file once.

        :raises Failure: a record is invalid; nothing is to be written then.
        """
        problems: list[str] = []
        for number, record in export_formats.read(self._format, self._path):
            problem = _problem(record)
            if problem is not None:
                problems.append(f"  {'line' if self._format == 'jsonl' else 'row'} {number}: {problem}")
                if len(problems) == _PROBLEMS:
                    break
                continue
            self.count += 1
            self.dags[record["dag_id"]] = None
            self.runs[record["dag_id"], record["run_id"]] = None
            self.tasks[record["task_id"]] = None
        if problems:
            raise Failure("\n".join([f"{self._name} is not an export. Nothing was written:", *problems]))

    def check_target(self, target: Target) -> None:
        """Raise Failure (status 2) if the XComs of several runs or tasks would be written over each other."""
        for option, ids, is_given in (
            ("--dag", [*self.dags], target.dag_id is not None),
            ("--run", [run_id for _, run_id in self.runs], target.run_id is not None),
            ("--task", [*self.tasks], target.task_id is not None),
        ):
            if is_given and len(ids) > 1:
                raise Failure(
                    f"{self._name} has XComs of {len(ids)} {option[2:]}s ({ids[0]}, {ids[1]}, …), and {option} would "
                    "merge them. Export one of them.",
                    USAGE,
                )


@contextmanager
def open_source(path: str) -> Generator[Source]:
    """Open a file, or JSON Lines on standard input for ``-``, which are stored in a temporary file."""
    if path != "-":
        yield Source(Path(path), path)
        return
    with tempfile.TemporaryDirectory(prefix="airflow-xcom-") as folder:
        copy = Path(folder, "stdin.jsonl")
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield Source(copy, "standard input")


def count_existing(airflow: Airflow, source: Source, target: Target) -> int:
    """Return how many XComs of the source exist where they are to be written."""
    existing: dict[RunKey, set[tuple[Any, ...]]] = {}
    count = 0
    for record in map(target.apply, source):
        run = record["dag_id"], record["run_id"]
        if run not in existing:
            rows = airflow.xcoms.iter_xcom_entries(*run, on_error="skip")
            existing[run] = {(row.task_id, row.map_index, row.key) for row in rows}
        count += (record["task_id"], _index(record), record["key"]) in existing[run]
    return count


class _SameThread(Executor):
    """Executor that needs no thread, so that a second Ctrl-C ends the request in progress."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Load:
    """Writing of records.

    :param overwrite: replace existing XComs.
    :param workers: number of writes at once.
    :param log: receives the records that cannot be written.
    :param signals: a signal ends the writing after the requests in progress.

    :ivar int written: number of XComs written.
    :ivar int skipped: number of XComs that existed.
    """

    def __init__(
        self, airflow: Airflow, overwrite: bool, workers: int, log: FailureLog, signals: Interruptions
    ) -> None:
        self.written: int = 0
        self.skipped: int = 0
        self._xcoms = airflow.xcoms
        self._overwrite = overwrite
        self._workers = workers
        self._log = log
        self._signals = signals

    def write(self, source: Source, target: Target) -> None:
        """Write the records.

        :raises OpenApiException: no more XComs can be written.
        """
        warnings.simplefilter("ignore", xcom.ValueChangedWarning)  # it is a failure here
        pending: deque[tuple[Record, Future[bool]]] = deque()
        self._signals.stop = bool  # it only sets ``happened``
        try:
            with Progress("Loading", self._workers) as progress, self._executor() as pool:
                progress.total = source.count
                try:
                    for record in map(target.apply, source):
                        if self._signals.happened:
                            break
                        pending.append((record, pool.submit(self._write, record)))
                        if len(pending) > _QUEUED * (self._workers - 1):
                            self._finish(*pending.popleft(), progress)
                    while pending:
                        if self._signals.happened:
                            for _, future in pending:
                                future.cancel()
                        self._finish(*pending.popleft(), progress)
                finally:
                    for _, future in pending:
                        future.cancel()
        finally:
            self._signals.stop = None

    def _executor(self) -> Executor:
        return ThreadPoolExecutor(self._workers) if self._workers > 1 else _SameThread()

    def _finish(self, record: Record, future: Future[bool], progress: Progress) -> None:
        """Wait for a write and count it."""
        if future.cancelled():
            return
        try:
            if future.result():
                self.written += 1
            else:
                self.skipped += 1
        except (xcom.UnauthorizedException, xcom.ApiUnsupportedError, xcom.TransportException):
            raise
        except xcom.OpenApiException as error:
            if isinstance(error, xcom.ForbiddenException) and not progress.done:
                raise
            self._log.add(record, error)
        progress.done += 1
        progress.failed, progress.running = self._log.count, min(self._workers, (progress.total or 0) - progress.done)
        progress.update()

    def _write(self, record: Record) -> bool:
        """Write an XCom; return False if it exists and is not to be replaced."""
        value = record["value"]
        if record.get(STRINGIFIED):
            raise xcom.ApiValueError("the value is only text that Airflow 2 made of it, not JSON")
        ids = {name: record[name] for name in ("dag_id", "task_id")}
        ids = {**ids, "dag_run_id": record["run_id"], "xcom_key": record["key"]}
        index = _index(record)
        if self._overwrite:
            stored = self._xcoms.put_xcom_entry(**ids, map_index=index, value=value)
        else:
            try:
                stored = self._xcoms.create_xcom_entry(**ids, map_index=index, value=value)
            except xcom.ConflictException:
                return False
        if exact_text(stored.value) != exact_text(value):
            raise xcom.ApiValueError(f"the database changed the value: {value!r:.60} is stored as {stored.value!r:.60}")
        return True


def left_over(load: Load) -> str:
    """Return what a user reads about a load that did not reach the end."""
    return f"{counted(load.written, 'XCom')} were written before. Run the command again to write the others."


def _index(record: Record) -> int:
    index: Optional[int] = record.get("map_index")
    return -1 if index is None else index


def _problem(record: Any) -> Optional[str]:
    """Return what is wrong with a record, or None."""
    if not isinstance(record, dict):
        return "it is not a JSON object"
    if "airflow_xcom_export" in record:
        return "the file is of an interrupted export: complete it with airflow-xcom export --resume"
    wrong = [name for name in _NAMES if not isinstance(record.get(name), str) or not record[name]]
    if wrong or "value" not in record:
        return f"it has no {', '.join(wrong or ['value'])}"
    index = record.get("map_index")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool) or index < -1):
        return f"map_index is {index!r:.50}"
    return None
