"""Waiting for a DAG run: polling, reasons why it does not start, and what failed in it."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import dag_runs
from airflow_client.xcom.core.policy import Sleep, is_retryable, monotonic
from airflow_client.xcom.core.polling import CHECK_TIMEOUT, FINISHED_RUN_STATES, RUN_PAUSE_PART, Pauses
from airflow_client.xcom.core.validation import optional_function
from airflow_client.xcom.exceptions import (
    ApiException,
    DagRunFailed,
    DagRunWarning,
    OpenApiException,
    TimeoutException,
    format_seconds,
)
from airflow_client.xcom.model.dag_run import FailedTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.options import Options, Polling
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.dag_run import DAGRun

#: Seconds after which a queued run is worth a warning.
QUEUED_WARNING = 30.0
#: Lines of a log in an exception, the maximum length of each, and the last frames of a traceback to show.
LOG_LINES, LOG_LINE_LENGTH, LOG_FRAMES = 30, 500, 3


class RunMonitor:
    """Poll a DAG run until it has finished.

    :param progress: receives the run after each read; or None.
    :param clock: monotonic time in seconds.
    :ivar run: the run as last read, or its ids.
    """

    def __init__(
        self,
        client: BaseClient,
        run: DAGRun,
        polling: Polling,
        progress: Callable[[DAGRun], object] | None,
        options: Options,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        optional_function("progress", progress, "a DAGRun")
        self.run: DAGRun = run
        self._ids: tuple[str, str] = (run.dag_id, run.dag_run_id)
        self._operation = dag_runs.get_dag_run(*self._ids)
        self._client = client
        self._polling = polling
        self._progress = progress
        self._options = options
        self._clock = clock
        #: Reasons why a queued run may not start, each of which was warned about.
        self._reasons: list[str] = []
        self._queued_checks = 0
        self._unread: list[str] = []

    def wait(self) -> Flow[DAGRun]:
        """Return the run once it has succeeded.

        After the first response, temporary failures are retried until the deadline.

        :raises DagRunFailed: it has failed.
        :raises TimeoutException: it has not finished at the deadline.
        """
        pauses = Pauses(self._polling, self._clock, RUN_PAUSE_PART)
        attempts, last = 0, None
        try:
            while True:
                attempts += 1
                try:
                    run: DAGRun = yield from self._client.call_flow(self._operation, self._options, pauses.remaining())
                except ApiException as error:
                    if self.run.get("state") is None or not is_retryable(error):  # not read yet, nor triggered
                        raise
                    attempted, last = self._clock(), error
                else:
                    attempted, last = self._clock(), None
                    self.run = run
                    if self._progress is not None:
                        self._progress(run)
                    if run.state == "success":
                        return run
                    if run.state in FINISHED_RUN_STATES:
                        raise (yield from self._failure())
                    if run.state == "queued":
                        yield from self._check_queued(attempted - pauses.start)
                pause = pauses.next(attempted, attempts)
                if pause is None:
                    raise self._timed_out(attempts, self._clock() - pauses.start) from last
                yield Sleep(pause)
        except OpenApiException as error:
            error.dag_run = self.run
            raise

    def _timed_out(self, attempts: int, elapsed: float) -> TimeoutException:
        dag_id, run_id = self._ids
        error = TimeoutException(
            0,
            f"DAG run {run_id!r} of DAG {dag_id!r} is still {self.run.state} after {format_seconds(elapsed)} s"
            f"{''.join(f'; {reason}' for reason in self._reasons)}"
            f"{''.join(f'; could not read {reason}' for reason in self._unread)}",
            hint="the run goes on: wait again with wait_for_dag_run, or set a larger timeout",
        )
        error.attempts, error.elapsed = attempts, elapsed
        return error

    def _check_queued(self, elapsed: float) -> Flow[None]:
        """Warn about what can keep the run from starting: at once, and again after some time."""
        if self._queued_checks == 0:
            self._queued_checks = 1
            yield from self._check_dag()
        elif self._queued_checks == 1 and elapsed >= QUEUED_WARNING:
            self._queued_checks = 2
            dag = {} if self._reasons else (yield from self._check_dag())
            if not self._reasons:
                yield from self._check_scheduler(elapsed, dag.get("max_active_runs"))

    def _check_dag(self) -> Flow[dict[str, Any]]:
        """Look for a reason in the DAG, which is returned."""
        dag_id = self._ids[0]
        dag: dict[str, Any] = (yield from self._read("the DAG", dag_runs.get_dag(dag_id))) or {}
        if dag.get("is_paused") is True:
            self._warn(f"DAG {dag_id!r} is paused, so the run does not start until somebody unpauses it")
        if dag.get("has_import_errors") is True:
            answer = yield from self._read("import errors", dag_runs.get_import_errors())
            self._warn(f"DAG {dag_id!r} cannot be imported{_import_error(answer, dag)}")
        return dag

    def _check_scheduler(self, elapsed: float, max_runs: Any) -> Flow[None]:
        health = (yield from self._read("Airflow's health", dag_runs.get_health())) or {}
        scheduler = health.get("scheduler") or {}
        reason = ""
        if scheduler.get("status") != "healthy" and scheduler:
            reason = f": Airflow's scheduler is {scheduler.get('status') or 'not running'}, its last heartbeat was "
            reason += str(scheduler.get("latest_scheduler_heartbeat") or "never")
        elif isinstance(max_runs, int):
            running = dag_runs.get_dag_runs(self._ids[0], {"state": "running", "limit": 1})
            page = yield from self._read("running DAG runs", running)
            if page is not None and (page.total_entries or 0) >= max_runs:
                reason = f": as many runs of the DAG are running as its max_active_runs allows ({max_runs})"
        self._warn(f"DAG run {self._ids[1]!r} has been queued for {format_seconds(elapsed)} s{reason}")

    def _warn(self, reason: str) -> None:
        self._reasons.append(reason)
        warnings.warn(reason, DagRunWarning, stacklevel=caller_level())

    def _failure(self) -> Flow[DagRunFailed]:
        """Return the exception for the failed run, with everything that the user may read of it."""
        api = yield from self._client.api_version_flow()
        dag_id, run_id = self._ids
        error = DagRunFailed(f"DAG run {run_id!r} of DAG {dag_id!r} failed")
        answer = yield from self._read("the failed tasks", dag_runs.get_failed_tasks(dag_id, run_id))
        error.failed_tasks = _failed_tasks(answer)
        failed = next((task for task in error.failed_tasks if task.state == "failed"), None)
        if failed is not None and failed.try_number > 0:
            log = yield from self._read(f"the log of {failed}", dag_runs.get_log(dag_id, run_id, failed))
            try:
                error.log = _tail([] if log is None else api.log_lines(log))
            except (LookupError, TypeError, AttributeError) as problem:
                self._unread.append(f"the log of {failed}: it has an unknown form ({problem!r:.100})")
        error.url = self._client.page_url(api.page_of(dag_id, run_id, failed))
        error.unread = self._unread
        return error

    def _read(self, what: str, operation: Operation[Any]) -> Flow[Any]:
        """Make a call that the caller can do without; return None if it fails, and note the reason."""
        try:
            return (yield from self._client.call_flow(operation, self._options, CHECK_TIMEOUT, is_check=True))
        except ApiException as error:
            hint = f"; {error.hint}" if error.hint and error.status in (401, 403) else ""
            self._unread.append(f"{what}: ({error.status}) {error.reason}{hint}")
            return None


def _failed_tasks(answer: Any) -> list[FailedTask]:
    """Return the tasks of a list of task instances, the first to end first; those that failed by themselves lead."""
    found = answer.get("task_instances") if isinstance(answer, dict) else None
    rows: list[dict[str, Any]] = [row for row in found or () if isinstance(row, dict)]
    rows.sort(key=lambda row: (row.get("state") != "failed", row.get("end_date") or "~"))
    return [
        FailedTask(str(row.get("task_id")), row.get("map_index", -1), str(row.get("state")), row.get("try_number") or 0)
        for row in rows
    ]


def _import_error(answer: Any, dag: dict[str, Any]) -> str:
    """Return the last line of the traceback of the DAG's file, with its name, or nothing."""
    rows = answer.get("import_errors") if isinstance(answer, dict) else None
    file = PurePath(str(dag.get("relative_fileloc") or dag.get("fileloc")))
    for row in rows or ():
        if PurePath(str(row.get("filename"))) in (file, PurePath(str(dag.get("fileloc")))):
            trace = str(row.get("stack_trace")).strip().splitlines() or [""]
            return f": {row.get('filename')}: {trace[-1]}"
    return ""


#: Colors, and other control characters.
_COLOR, _CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]"), re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _tail(lines: list[str]) -> list[str]:
    """Return the last lines of a log as text that a terminal shows safely."""
    ends = [number for number, line in enumerate(lines[:50]) if "::endgroup::" in line]
    if ends and any("Log message source details" in line for line in lines[: ends[0]]):
        lines = lines[ends[0] + 1 :]  # where Airflow has found the log
    lines = _shortened([line for line in lines if line.strip() and "::endgroup::" not in line])[-LOG_LINES:]
    return [_CONTROL.sub("\N{REPLACEMENT CHARACTER}", _COLOR.sub("", line))[:LOG_LINE_LENGTH] for line in lines]


def _shortened(lines: list[str]) -> list[str]:
    """Return the lines with only the last frames of each traceback."""
    shortened: list[str] = []
    frames: list[list[str]] = []
    for line in [*lines, ""]:
        if line.startswith('  File "'):
            frames.append([line])
        elif frames and line.startswith("    "):
            frames[-1] += [] if line.strip(" ^~") == "" else [line]
        else:
            shortened += ["  …"] if len(frames) > LOG_FRAMES else []
            shortened += [part for frame in frames[-LOG_FRAMES:] for part in frame]
            shortened.append(line)
            frames = []
    return shortened[:-1]


def caller_level() -> int:
    """Return the ``stacklevel`` of the code that called this library, for a warning by the caller of this function."""
    level = 1
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]  # as warnings does
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("airflow_client."):
        frame = frame.f_back
        level += 1
    return level
