"""DAGs with their tasks, runs, task instances and import errors in SQLite."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_client.testing.database import Database, Order, condition, order_by
from airflow_client.testing.datetimes import now
from airflow_client.testing.filters import RUN_STATE, Filter, compare

_RUNS = "FROM run r JOIN dag d USING (dag_id)"
_RUN = f"""
r.dag_id, r.run_id, r.logical_date, r.run_after, d.display_name, {RUN_STATE},
r.conf, r.note, r.interval_start, r.interval_end, r.queued_at, r.start_date, r.end_date, r.triggered_by
"""
_TASK_INSTANCES = """
FROM task_instance i JOIN run r USING (dag_id, run_id) JOIN dag d USING (dag_id) JOIN task t USING (dag_id, task_id)
"""
_TASK_INSTANCE = """
i.dag_id, i.run_id, i.task_id, i.map_index, i.state, r.logical_date, r.run_after, d.display_name, t.display_name,
i.start_date, i.end_date, i.log
"""
_THIS_INSTANCE = "dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ?"

RUN_STATES = ("queued", "running", "success", "failed")
FINISHED_TASK_STATES = ("success", "failed", "skipped", "upstream_failed", "removed")
WAITING_TASK_STATES = (None, "scheduled", "queued")
TASK_STATES = (
    *FINISHED_TASK_STATES,
    *("scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred"),
)


@dataclass(frozen=True)
class Dag:
    """One DAG."""

    dag_id: str
    display_name: str
    is_paused: bool


@dataclass(frozen=True)
class Task:
    """One task of a DAG.

    :ivar downstream: ids of the tasks that follow it.
    :ivar instances: number of its instances in a run, if its DAG says so, else None.
    """

    task_id: str
    display_name: str
    downstream: list[str]
    instances: int | None
    is_mapped: bool


@dataclass(frozen=True)
class DagRun:
    """One DAG run; dates are ISO 8601 text in UTC.

    :ivar started_at: date on which it was started, if it was triggered.
    :ivar ended_at: date on which it was finished, if it was triggered.
    :ivar triggered_by: user who triggered it over HTTP, else None.
    """

    dag_id: str
    run_id: str
    logical_date: str | None
    run_after: str
    dag_display_name: str
    state: str
    conf: str = "{}"
    note: str | None = None
    interval_start: str | None = None
    interval_end: str | None = None
    queued_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    triggered_by: str | None = None

    @property
    def start_date(self) -> str | None:
        """Date on which it started, or None."""
        return None if self.state == "queued" else self.started_at or self.run_after

    @property
    def end_date(self) -> str | None:
        """Date on which it finished, or None."""
        return self.ended_at or self.run_after if self.state in ("success", "failed") else None

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None if it has not finished."""
        return _seconds(self.start_date, self.end_date)

    def type(self, types: Iterable[str]) -> str:
        """Return the one of the ``types`` with which the run id begins, "manual" by default."""
        return next((name for name in types if self.run_id.startswith(f"{name}__")), "manual")


@dataclass(frozen=True)
class TaskInstance:
    """One task instance; dates are ISO 8601 text in UTC.

    :ivar state: state, None if the task is not scheduled yet.
    :ivar log: its log, or None.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str | None
    logical_date: str | None
    run_after: str
    dag_display_name: str
    task_display_name: str
    started_at: str | None = None
    ended_at: str | None = None
    log: str | None = None

    @property
    def is_finished(self) -> bool:
        """True if it has finished."""
        return self.state in FINISHED_TASK_STATES

    @property
    def start_date(self) -> str | None:
        """Date on which it started, or None."""
        return None if self.state is None else self.started_at or self.run_after

    @property
    def end_date(self) -> str | None:
        """Date on which it finished, or None."""
        return self.ended_at or self.run_after if self.is_finished else None

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None if it has not finished."""
        return _seconds(self.start_date, self.end_date)

    @property
    def try_number(self) -> int:
        """Number of its attempt; 0 if it has not begun."""
        return 0 if self.state in (*WAITING_TASK_STATES, "upstream_failed", "removed") else 1


def _seconds(start: str | None, end: str | None) -> float | None:
    if start is None or end is None:
        return None
    return (dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).total_seconds()


@dataclass(frozen=True)
class DagImportError:
    """Error of a file with DAGs."""

    id: int
    timestamp: str
    filename: str
    stack_trace: str


class RunStore(Database):
    """DAGs, runs and task instances of a server."""

    def add_dag(self, dag_id: str) -> None:
        """Add a DAG, unless it exists."""
        self._execute("INSERT OR IGNORE INTO dag (dag_id, display_name) VALUES (?, ?)", dag_id, dag_id)

    def pause_dag(self, dag_id: str, is_paused: bool) -> None:
        """Pause a DAG, or unpause it."""
        self._execute("UPDATE dag SET is_paused = ? WHERE dag_id = ?", int(is_paused), dag_id)

    def dag(self, dag_id: str) -> Dag | None:
        """Return a DAG, or None."""
        row = self._one("SELECT dag_id, display_name, is_paused FROM dag WHERE dag_id = ?", dag_id)
        return None if row is None else Dag(row[0], row[1], bool(row[2]))

    def set_task(self, dag_id: str, task_id: str, downstream: Sequence[str], instances: int | None) -> None:
        """Add a task to a DAG, or change it."""
        query = """
        INSERT INTO task (dag_id, task_id, display_name, downstream, instances) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (dag_id, task_id) DO UPDATE SET downstream = excluded.downstream, instances = excluded.instances
        """
        self._execute(query, dag_id, task_id, task_id, json.dumps(list(downstream)), instances)

    def tasks(self, dag_id: str) -> list[Task]:
        """Return the tasks of a DAG in the order in which they were added."""
        query = """
        SELECT task_id, display_name, downstream, instances, EXISTS (
            SELECT 1 FROM task_instance i WHERE i.dag_id = t.dag_id AND i.task_id = t.task_id AND i.map_index > -1
        ) FROM task t WHERE dag_id = ? ORDER BY id
        """
        rows = self._all(query, dag_id)
        return [Task(row[0], row[1], json.loads(row[2]), row[3], row[3] is not None or bool(row[4])) for row in rows]

    def is_mapped(self, dag_id: str, task_id: str) -> bool:
        """Return whether a task is mapped, by its DAG or by an instance of it."""
        query = """
        SELECT 1 FROM task t LEFT JOIN task_instance i USING (dag_id, task_id)
        WHERE dag_id = ? AND task_id = ? AND (t.instances IS NOT NULL OR i.map_index > -1)
        """
        return self._one(query, dag_id, task_id) is not None

    def run_dates(self, dag_id: str, run_id: str) -> tuple[str | None, str] | None:
        """Return the logical date and the ``run_after`` date of a run, or None if it is unknown."""
        row = self._one("SELECT logical_date, run_after FROM run WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        return None if row is None else (row[0], row[1])

    def add_run(self, dag_id: str, run_id: str, logical_date: str | None, run_after: str) -> None:
        """Add a run and its DAG, unless they exist."""
        self.add_dag(dag_id)
        query = "INSERT OR IGNORE INTO run (dag_id, run_id, logical_date, run_after) VALUES (?, ?, ?, ?)"
        self._execute(query, dag_id, run_id, logical_date, run_after)

    def trigger(self, run: DagRun, conf: Mapping[str, Any]) -> bool:
        """Add a queued run with the task instances of its DAG; return False if its id exists already."""
        query = """
        INSERT OR IGNORE INTO run (dag_id, run_id, logical_date, run_after, state, conf, note,
            interval_start, interval_end, queued_at, triggered_by) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)
        """
        values = (run.note, run.interval_start, run.interval_end, now(), run.triggered_by)
        ids = (run.dag_id, run.run_id)
        if not self._execute(query, *ids, run.logical_date, run.run_after, json.dumps(conf), *values):
            return False
        for task in self.tasks(run.dag_id):
            for map_index in (-1,) if task.instances is None else range(task.instances):
                self.add_task_instance(*ids, task.task_id, map_index)
        self._execute("UPDATE task_instance SET state = NULL WHERE dag_id = ? AND run_id = ?", *ids)
        return True

    def add_task_instance(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
        """Add a task instance and its task to a run, unless they exist."""
        query = "INSERT OR IGNORE INTO task (dag_id, task_id, display_name) VALUES (?, ?, ?)"
        self._execute(query, dag_id, task_id, task_id)
        query = "INSERT OR IGNORE INTO task_instance (dag_id, run_id, task_id, map_index) VALUES (?, ?, ?, ?)"
        self._execute(query, dag_id, run_id, task_id, map_index)

    def set_task_state(self, dag_id: str, run_id: str, task_id: str, map_index: int, state: str | None) -> None:
        """Set the state of a task instance."""
        query = f"UPDATE task_instance SET state = ? WHERE {_THIS_INSTANCE}"  # noqa: S608 - constants
        self._execute(query, state, dag_id, run_id, task_id, map_index)

    def set_task_dates(self, dag_id: str, run_id: str, task_id: str, map_index: int, log: str | None) -> None:
        """Set the dates of a task instance after a change of its state, and its log if there is one."""
        done = ", ".join(f"'{state}'" for state in FINISHED_TASK_STATES)
        query = f"""
        UPDATE task_instance SET log = coalesce(?, log),
            start_date = CASE WHEN state IN ('scheduled', 'queued') THEN NULL ELSE coalesce(start_date, ?) END,
            end_date = CASE WHEN state IN ({done}) THEN ? END
        WHERE {_THIS_INSTANCE}
        """  # noqa: S608 - constants
        self._execute(query, log, now(), now(), dag_id, run_id, task_id, map_index)

    def set_run_state(self, dag_id: str, run_id: str, state: str) -> None:
        """Set the state of a run."""
        self._execute("UPDATE run SET state = ? WHERE dag_id = ? AND run_id = ?", state, dag_id, run_id)

    def set_run_dates(self, dag_id: str, run_id: str, state: str) -> None:
        """Set the dates of a run whose state has changed to ``state``."""
        started, ended = (None if state == "queued" else now()), (now() if state in ("success", "failed") else None)
        query = "UPDATE run SET start_date = coalesce(start_date, ?), end_date = ? WHERE dag_id = ? AND run_id = ?"
        self._execute(query, started, ended, dag_id, run_id)

    def set_run_end(self, dag_id: str, run_id: str, end_date: str) -> None:
        """Set the date on which a run finished."""
        self._execute("UPDATE run SET end_date = ? WHERE dag_id = ? AND run_id = ?", end_date, dag_id, run_id)

    def task_instances(self, dag_id: str, run_id: str, task_id: str) -> list[TaskInstance]:
        """Return the instances of a task in a run, by map index."""
        where = [compare(f"instance.{n}", "=", v) for n, v in (("dag_id", dag_id), ("run_id", run_id))]
        where.append(compare("instance.task_id", "=", task_id))
        return self.list_task_instances(where, limit=-1, offset=0, order=[("instance.map_index", False)])[1]

    def run_task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        """Return the task instances of a run in the order in which they were added."""
        where = [compare("instance.dag_id", "=", dag_id), compare("instance.run_id", "=", run_id)]
        return self.list_task_instances(where, limit=-1, offset=0, order=[("instance.id", False)])[1]

    def list_task_instances(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[Order]
    ) -> tuple[int, list[TaskInstance]]:
        """Return the number of task instances that match, and a page of them."""
        where, values = condition(filters)
        count = f"SELECT count(*) {_TASK_INSTANCES} WHERE {where}"
        page = f"SELECT {_TASK_INSTANCE} {_TASK_INSTANCES} WHERE {where} ORDER BY {order_by(order)} LIMIT ? OFFSET ?"
        total, rows = self._count_and_page(count, page, values, limit, offset)
        return total, [TaskInstance(*row) for row in rows]

    def list_runs(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[Order]
    ) -> tuple[int, list[DagRun]]:
        """Return the number of runs that match, and a page of them."""
        where, values = condition(filters)
        count = f"SELECT count(*) {_RUNS} WHERE {where}"
        page = f"SELECT {_RUN} {_RUNS} WHERE {where} ORDER BY {order_by(order)} LIMIT ? OFFSET ?"
        total, rows = self._count_and_page(count, page, values, limit, offset)
        return total, [DagRun(*row) for row in rows]

    def run(self, dag_id: str, run_id: str) -> DagRun | None:
        """Return a run, or None."""
        filters = [compare("run.dag_id", "=", dag_id), compare("run.run_id", "=", run_id)]
        runs = self.list_runs(filters, limit=1, offset=0, order=[("run.id", False)])[1]
        return runs[0] if runs else None

    def add_import_error(self, filename: str, stack_trace: str) -> None:
        """Add an import error."""
        query = "INSERT INTO import_error (timestamp, filename, stack_trace) VALUES (?, ?, ?)"
        self._execute(query, now(), filename, stack_trace)

    def list_import_errors(
        self, *, limit: int, offset: int, order: Sequence[Order]
    ) -> tuple[int, list[DagImportError]]:
        """Return the number of import errors, and a page of them."""
        columns = "SELECT id, timestamp, filename, stack_trace FROM import_error e"
        page = f"{columns} ORDER BY {order_by(order)} LIMIT ? OFFSET ?"
        total, rows = self._count_and_page("SELECT count(*) FROM import_error", page, [], limit, offset)
        return total, [DagImportError(*row) for row in rows]
