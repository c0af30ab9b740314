"""States of task instances and DAG runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Optional

#: (DAG id, run id), and (DAG id, run id, task id, map index).
RunKey = tuple[str, str]
TaskKey = tuple[str, str, str, int]

RUN_STATES = ("queued", "running", "success", "failed")
FINISHED_TASK_STATES = ("success", "failed", "skipped", "upstream_failed", "removed")
TASK_STATES = (
    *FINISHED_TASK_STATES,
    *("scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred"),
)


class States:
    """States that were set, and those that follow from them. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[TaskKey, Optional[str]] = {}
        self._runs: dict[RunKey, str] = {}

    def set_task(self, key: TaskKey, state: str | None) -> None:
        """Set the state of a task instance; None for one that Airflow has not scheduled yet."""
        with self._lock:
            self._tasks[key] = state

    def set_run(self, key: RunKey, state: str) -> None:
        """Set the state of a run."""
        with self._lock:
            self._runs[key] = state

    def note_xcom(self, key: TaskKey) -> None:
        """Let a task that has not been scheduled succeed: it has pushed an XCom."""
        with self._lock:
            if self._tasks.get(key, "success") is None:
                self._tasks[key] = "success"

    def task(self, key: TaskKey) -> str | None:
        """Return the state of a task instance, by default "success"."""
        with self._lock:
            return self._tasks.get(key, "success")

    def run(self, key: RunKey, tasks: Iterable[TaskKey]) -> str:
        """Return the state of a run with these task instances; without any, it is queued."""
        with self._lock:
            if key in self._runs:
                return self._runs[key]
            states = {self._tasks.get(task, "success") for task in tasks}
        if not states:
            return "queued"
        if not states <= set(FINISHED_TASK_STATES):
            return "running"
        return "failed" if states & {"failed", "upstream_failed"} else "success"

    def forget_run(self, key: RunKey) -> None:
        """Forget the states of a run and its tasks."""
        with self._lock:
            self._runs.pop(key, None)
            for task in [task for task in self._tasks if task[:2] == key]:
                del self._tasks[task]
