"""Polling until an XCom exists, or until it is certain that it will not."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_client.xcom.core import dag_runs, operations
from airflow_client.xcom.core.policy import Sleep, is_retryable
from airflow_client.xcom.exceptions import ApiException, TimeoutException, XComNotProducedException, format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.options import Polling
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.core.server import Server

#: Growth of the pauses, and their maximum as a multiple of the first; each is up to JITTER shorter at random.
GROWTH, GROWTH_MAX, JITTER = 1.5, 1.9, 0.2
#: Maximum time between two checks of the task, as a multiple of the first pause.
CHECK_GROWTH_MAX = 5.0
#: Timeout in seconds of a request for a state, so that it does not delay the next read of the XCom for long.
CHECK_TIMEOUT = 5.0
#: Consecutive temporary failures of checks after which they stop: reads succeed meanwhile.
MAX_FAILURES = 3
#: Time left for the last attempt: seconds, and at most this part of the timeout.
LAST_ATTEMPT_TIME, LAST_ATTEMPT_PART = 0.5, 0.1

#: Largest pause between reads of a DAG run, as a part of the time that the run has taken.
RUN_PAUSE_PART = 0.02

#: States after which Airflow does nothing more by itself. A task that is up for retry has not finished.
FINISHED_TASK_STATES = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
FINISHED_RUN_STATES = frozenset({"success", "failed"})


class Verdict(NamedTuple):
    """Reason why an XCom will not appear, and a hint."""

    reason: str
    hint: str


class TaskMonitor:
    """Check whether a task can still push an XCom, with one request at a time.

    It reads the task instance, and the DAG run while the task is missing or waits. It stops reading what the user may
    not read.

    :param send: makes a call with a timeout in seconds, and returns the decoded response.
    :param ids: ids of the XCom.
    :param missing_run_timeout: seconds until a missing run or task counts as an error; None for never.
    :param clock: monotonic time in seconds.

    :ivar task_state: last known state of the task; None if unknown, or if Airflow has not scheduled the task.
    :ivar run_state: last known state of the DAG run; None if unknown.
    """

    def __init__(
        self,
        send: Callable[[Operation[Any], float], Flow[Any]],
        server: Server,
        ids: Mapping[str, Any],
        missing_run_timeout: float | None,
        clock: Callable[[], float],
    ) -> None:
        self.task_state: str | None = None
        self.run_state: str | None = None
        self._send = send
        self._server = server
        self._run_ids: tuple[str, str] = (ids["dag_id"], ids["run_id"])
        self._task_id: str = ids["task_id"]
        self._map_index: int | None = None if ids["map_index"] == -1 else ids["map_index"]
        self._missing_run_timeout = missing_run_timeout
        self._clock = clock
        self._is_first = True
        #: Resource of the next request: "task", "unmapped" (the task without its map_index), "run", or "" for none.
        self._next = "task"
        self._failures = 0
        self._refused: set[str] = set()
        self._unreadable: set[str] = set()
        #: What does not exist ("task" or "run", "" for nothing), and since when.
        self._missing = ""
        self._missing_since = 0.0

    def check(self, timeout: float) -> Flow[Verdict | None]:
        """Make a request, and up to three at first; return why the XCom will not appear, or None if it may.

        :param timeout: seconds for all requests.
        """
        requests, self._is_first = (3 if self._is_first else 1), False
        deadline = self._clock() + timeout
        while requests and self._next:
            requests -= 1
            step = self._check_run if self._next == "run" else self._check_task
            verdict, is_open = yield from step(max(deadline - self._clock(), 0.001))
            if verdict is not None or not is_open:
                return verdict
        return None

    @property
    def summary(self) -> str:
        """Last known states, as the end of a sentence."""
        if self._missing == "run":
            return "; the DAG run does not exist"
        if self._missing == "task":
            return f"; {self._run} has no {self._task}"
        states = (("task", self.task_state), ("DAG run", self.run_state))
        return "".join(f"; state of the {name}: {state}" for name, state in states if state is not None)

    @property
    def _task(self) -> str:
        return f"task {self._task_id!r}" + ("" if self._map_index is None else f" with map_index {self._map_index}")

    @property
    def _run(self) -> str:
        return f"DAG run {self._run_ids[1]!r}"

    def _check_task(self, timeout: float) -> Flow[tuple[Verdict | None, bool]]:
        """Check the task instance; or, if it does not exist, whether Airflow has not expanded the mapped task yet."""
        is_unmapped = self._next == "unmapped"
        index = None if is_unmapped else self._map_index
        operation = operations.get_task_instance(*self._run_ids, self._task_id, index)
        outcome, state = yield from self._read("task", operation, timeout)
        if outcome == "mapped" and is_unmapped:
            return Verdict(
                f"mapped task {self._task_id!r} has no map_index {self._map_index}",
                "list the existing XComs with get_xcom_entries; map_index counts from 0",
            ), False
        if outcome == "mapped":
            return Verdict(
                f"task {self._task_id!r} is mapped, and each of its instances has its own XComs",
                "set map_index, which counts from 0",
            ), False
        if outcome == "missing":
            self.task_state = None
            if index is None:
                return self._no_task()
            self._next = "unmapped"
            return None, True
        if outcome == "found":
            self._missing, self.task_state = "", state
            if state in FINISHED_TASK_STATES:
                if is_unmapped:
                    lacking = f"task {self._task_id!r} finished with state {state!r} and has no map_index"
                    return _finished(f"{lacking} {self._map_index}", state), False
                return _finished(f"{self._task} finished with state {state!r}, without this XCom", state), False
            if is_unmapped or state != "running":
                self._go_to("run")
        return None, outcome == "unreadable"

    def _check_run(self, timeout: float) -> Flow[tuple[Verdict | None, bool]]:
        outcome, state = yield from self._read("run", dag_runs.get_dag_run(*self._run_ids), timeout)
        if outcome == "missing":
            self.run_state = None
            self._note_missing("run")
            return self._overdue(f"DAG {self._run_ids[0]!r} has no run {self._run_ids[1]!r}"), False
        if outcome == "found":
            self.run_state = state
            self._go_to("task")
            if self._missing == "run":  # it has just appeared: the task says more
                self._missing = ""
            elif state in FINISHED_RUN_STATES:
                return _finished(self._run_finished(), state), False
            elif self._missing:
                return self._overdue(f"{self._run} has no {self._task}"), False
        return None, False

    def _run_finished(self) -> str:
        reason = f"{self._run} finished with state {self.run_state!r}"
        if self._missing:
            return f"{reason} and has no {self._task}"
        if "task" in self._unreadable:
            return f"{reason}, without this XCom"
        return f"{reason}, without this XCom; state of {self._task}: {self.task_state}"

    def _no_task(self) -> tuple[Verdict | None, bool]:
        """Note that the task is missing, and continue with the run, which may be missing too."""
        self._note_missing("task")
        if "run" in self._unreadable:
            return self._overdue(f"DAG {self._run_ids[0]!r} has no run {self._run_ids[1]!r} with {self._task}"), False
        self._next = "run"
        return None, True

    def _note_missing(self, resource: str) -> None:
        if self._missing != resource:
            self._missing, self._missing_since = resource, self._clock()

    def _overdue(self, reason: str) -> Verdict | None:
        """Return the verdict on a missing run or task; None while it may still appear."""
        limit = self._missing_run_timeout
        if limit is None or self._clock() - self._missing_since < limit:
            return None
        return Verdict(
            f"{reason} (checked for {format_seconds(limit)} s)",
            "check the ids, or set missing_run_timeout if the DAG run is created later",
        )

    def _go_to(self, resource: str) -> None:
        """Choose the next request."""
        other = "task" if resource == "run" else "run"
        self._next = resource if resource not in self._unreadable else other if other not in self._unreadable else ""

    def _read(self, resource: str, operation: Operation[Any], timeout: float) -> Flow[tuple[str, str | None]]:
        """Return an outcome and a state.

        The outcome is "found", "missing", "mapped" (its map_index is needed), "unreadable", or "unknown" after a
        temporary failure.
        """
        try:
            row = yield from self._send(operation, timeout)
        except ApiException as error:
            api = self._server.api_version
            if api is not None and api.is_task_or_run_not_found(error.status, error.error):
                self._failures = 0
                return "mapped" if api.is_task_mapped(error.status, error.error) else "missing", None
            self._failures += 1
            if is_retryable(error) and self._failures < MAX_FAILURES:
                return "unknown", None
            if error.status in (401, 403) and resource not in self._refused:
                self._refused.add(resource)  # perhaps the session has expired; the next read of the XCom renews it
                return "unknown", None
        else:
            self._failures = 0
            state = (
                row.get("state", ()) if isinstance(row, Mapping) and row.get("dag_run_id") == self._run_ids[1] else ()
            )
            if state is None or isinstance(state, str):  # a gateway may answer anything
                return "found", state
        self._unreadable.add(resource)
        self._go_to("run" if resource == "task" else "task")
        return "unreadable", None


def _finished(reason: str, state: str | None) -> Verdict:
    if state == "success":
        return Verdict(reason, "list the existing XComs with get_xcom_entries: ids and keys must match exactly")
    return Verdict(reason, "see the task's log in Airflow; clear the task to run it again")


class Pauses:
    """Growing pauses of polling, until a deadline.

    :param patience: largest pause as a part of the elapsed time, if that is longer than usual.
    :ivar float start: when polling began.
    """

    def __init__(self, polling: Polling, clock: Callable[[], float], patience: float = 0.0) -> None:
        self.start: float = clock()
        self._clock = clock
        self._deadline = self.start + polling.timeout
        self._last_attempt_time = min(LAST_ATTEMPT_TIME, polling.timeout * LAST_ATTEMPT_PART)
        self._interval = self._delay = polling.interval
        self._patience = patience

    def remaining(self) -> float:
        """Return the seconds until the deadline, never 0, so that the last attempt times out by itself."""
        return max(self._deadline - self._clock(), 0.001)

    def next(self, attempted: float, attempts: int) -> float | None:
        """Return the seconds to wait after an attempt, which checks until now are a part of; None at the deadline."""
        now = self._clock()
        remaining = self._deadline - now
        if remaining <= 0 or (attempts > 1 and remaining < self._last_attempt_time / 2):
            return None
        pause = self._delay * random.uniform(1 - JITTER, 1)
        pause = max(pause - (now - attempted), pause / 2)
        limit = max(self._interval * GROWTH_MAX, self._patience * (now - self.start))
        self._delay = min(self._delay * GROWTH, limit)
        return min(pause, max(remaining - self._last_attempt_time, remaining / 2))


def wait_for(
    attempt: Callable[[float], Flow[tuple[Any, Response]]],
    server: Server,
    polling: Polling,
    clock: Callable[[], float],
    monitor: TaskMonitor,
) -> Flow[tuple[Any, Response]]:
    """Repeat ``attempt``, which takes a timeout in seconds, until the XCom exists; check its task in between.

    Once the server has responded, temporary failures are retried too. All others are raised: waiting does not fix a
    wrong address or wrong credentials.

    :raises XComNotProducedException: the XCom will not appear; its cause is the last error.
    :raises TimeoutException: the XCom does not exist at the deadline; its cause is the last error.
    """
    pauses = Pauses(polling, clock)
    check_delay = polling.interval
    next_check, attempts = pauses.start, 0
    verdict: Verdict | None = None
    failure: ApiException
    while True:
        attempts += 1
        try:
            return (yield from attempt(pauses.remaining()))
        except ApiException as error:
            missing = server.is_xcom_missing(error)
            if not missing and (attempts == 1 or not is_retryable(error)):
                raise
            last = error
        attempted, remaining = clock(), pauses.remaining()
        if verdict is not None and missing:
            failure = _not_produced(verdict, last, monitor)
            break
        if verdict is None and missing and next_check <= attempted and remaining > 0.001:
            verdict = yield from monitor.check(min(CHECK_TIMEOUT, remaining / 2))
            if verdict is not None:
                continue  # it may have been pushed in the meantime
            next_check = clock() + check_delay
            check_delay = min(check_delay * GROWTH, polling.interval * CHECK_GROWTH_MAX)
        pause = pauses.next(attempted, attempts)
        if pause is None:
            failure = TimeoutException(
                0,
                f"no such XCom after {format_seconds(clock() - pauses.start)} s (timeout "
                f"{format_seconds(polling.timeout)} s) and {attempts} attempt{'s' * (attempts != 1)}{monitor.summary}",
                request=last.request,
                hint="check that the task finishes in time, and that the ids and the key are exact",
            )
            break
        yield Sleep(pause)
    failure.attempts, failure.elapsed = attempts, clock() - pauses.start
    raise failure from last


def _not_produced(verdict: Verdict, last: ApiException, monitor: TaskMonitor) -> XComNotProducedException:
    error = XComNotProducedException(
        last.status,
        verdict.reason,
        body=last.body,
        headers=last.headers,
        error=last.error,
        request=last.request,
        hint=verdict.hint,
    )
    error.task_state, error.run_state = monitor.task_state, monitor.run_state
    return error
