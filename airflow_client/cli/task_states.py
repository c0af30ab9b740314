"""Tasks of a DAG run while it runs: their states, and the lines that show how they change."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Optional

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.connection import Airflow
from airflow_client.cli.output import state_style
from airflow_client.cli.wording import task_label

if TYPE_CHECKING:
    from rich.status import Status

_PAGE = 100
_FINISHED = ("success", "failed", "upstream_failed", "skipped", "removed")


class RunProgress:
    """Show a run on standard error: a line for each task that ends, and on a terminal the state below.

    Use it as a context manager, and call it with each :class:`DAGRun` that is read.
    """

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._start = time.monotonic()
        self._ended: set[tuple[str, int]] = set()
        self._run_state: Optional[str] = None
        self._can_read_tasks = True
        self._status: Optional[Status] = None

    def __enter__(self) -> RunProgress:
        if sys.stderr.isatty():
            self._status = terminal.console(sys.stderr).status("triggering")
            self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, run: xcom.DAGRun) -> None:
        if self._run_state is None:
            self._say(f"Run {run.dag_run_id}")
        if self._run_state != run.state and run.state == "queued":
            self._say("queued")
        self._run_state = run.state
        tasks = self._read_tasks(run)
        for task in tasks:
            name = (str(task.get("task_id")), task.get("map_index", -1))
            if task.get("state") in _FINISHED and name not in self._ended:
                self._ended.add(name)
                self._say_end(task)
        if self._status is not None:
            states = Counter(str(task.get("state") or "not scheduled") for task in tasks)
            counts = ", ".join(f"{count} {state}" for state, count in states.items())
            self._status.update(f"{run.state} · {counts}" if counts else str(run.state))

    def _read_tasks(self, run: xcom.DAGRun) -> list[dict[str, Any]]:
        """Return the task instances; none if the user may not read them, or if reading fails just now."""
        tasks: list[dict[str, Any]] = []
        ids = {"dag_id": run.dag_id, "dag_run_id": run.dag_run_id}
        path = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances"
        while self._can_read_tasks:
            parameters = {"limit": _PAGE, "offset": len(tasks)}
            try:
                page = self._airflow.client.call_api(path, "GET", ids, parameters, _return_http_data_only=True)
            except xcom.ApiException as error:
                self._can_read_tasks = error.status not in (401, 403)
                return []
            rows = page.get("task_instances") or []
            tasks += rows
            if not rows or len(tasks) >= page.get("total_entries", 0):
                break
        return tasks

    def _say_end(self, task: dict[str, Any]) -> None:
        took = task.get("duration")
        self._say(
            task_label(task["task_id"], task.get("map_index")),
            str(task["state"]),
            f"{took:.1f} s" if isinstance(took, (int, float)) else "",
        )

    def _say(self, what: str, state: str = "", took: str = "") -> None:
        line = f"{time.monotonic() - self._start:6.1f} s  {terminal.printable(what)}"
        if state:
            line += f"  {terminal.styled(terminal.printable(state), state_style(state), sys.stderr)}  {took}"
        print(line.rstrip(), file=sys.stderr, flush=True)
