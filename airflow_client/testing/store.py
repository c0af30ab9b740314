"""XComs and DAG runs in SQLite, in memory."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_client.testing.filters import COLUMNS, Filter, Value

_SCHEMA = """
CREATE TABLE dag (dag_id TEXT PRIMARY KEY, display_name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE task (
    dag_id TEXT NOT NULL, task_id TEXT NOT NULL, display_name TEXT NOT NULL, PRIMARY KEY (dag_id, task_id)
) WITHOUT ROWID;
CREATE TABLE run (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, run_id TEXT NOT NULL,
    logical_date TEXT, run_after TEXT NOT NULL, state TEXT, UNIQUE (dag_id, run_id)
);
CREATE TABLE task_instance (
    dag_id TEXT NOT NULL, run_id TEXT NOT NULL, task_id TEXT NOT NULL, map_index INTEGER NOT NULL,
    state TEXT DEFAULT 'success', PRIMARY KEY (dag_id, run_id, task_id, map_index)
) WITHOUT ROWID;
CREATE TABLE xcom (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, task_id TEXT NOT NULL, run_id TEXT NOT NULL,
    map_index INTEGER NOT NULL, key TEXT NOT NULL, timestamp TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (dag_id, task_id, run_id, map_index, key) -- in the order of a list: its index serves pages
);
"""
_INSERT = """
INSERT INTO xcom (dag_id, task_id, run_id, map_index, key, timestamp, value) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (dag_id, task_id, run_id, map_index, key)
"""
_UPDATE = "DO UPDATE SET timestamp = excluded.timestamp, value = excluded.value"
_ROW = """
x.dag_id, x.run_id, x.task_id, x.map_index, x.key, x.timestamp,
r.logical_date, r.run_after, d.display_name, t.display_name
"""
_JOINS = "JOIN run r USING (dag_id, run_id) JOIN dag d USING (dag_id)"
_TASKS = "JOIN task t USING (dag_id, task_id)"
# The page is cut before the joins, so a skipped row costs one step in the index.
_PAGE = f"""
SELECT {_ROW} FROM (
    SELECT x.id, x.dag_id, x.task_id, x.run_id, x.map_index, x.key, x.timestamp FROM xcom x {{joins}}
    WHERE {{where}} ORDER BY {{order}} LIMIT ? OFFSET ?
) x {_JOINS} {_TASKS} ORDER BY {{order}}
"""  # noqa: S608 - only column names are inserted
_GET = f"""
SELECT {_ROW}, x.value FROM xcom x {_JOINS} {_TASKS}
WHERE x.dag_id = ? AND x.run_id = ? AND x.task_id = ? AND x.key = ? AND x.map_index = ?
"""  # noqa: S608 - only column names are inserted
_DEFAULT_ORDER = ("dag_id", "task_id", "run_id", "map_index", "key")
_RUNS = "FROM run r JOIN dag d USING (dag_id)"
# A run without a state of its own has the one that follows from its tasks.
_RUN_STATE = """
coalesce(r.state, (
    SELECT CASE
        WHEN count(*) = 0 THEN 'queued'
        WHEN sum(coalesce(i.state, '') NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed'))
        THEN 'running'
        WHEN sum(i.state IN ('failed', 'upstream_failed')) THEN 'failed'
        ELSE 'success'
    END FROM task_instance i WHERE i.dag_id = r.dag_id AND i.run_id = r.run_id
))
"""
_RUN = f"r.dag_id, r.run_id, r.logical_date, r.run_after, d.display_name, {_RUN_STATE}"
_TASK_INSTANCES = """
SELECT i.dag_id, i.run_id, i.task_id, i.map_index, i.state, r.logical_date, r.run_after, d.display_name, t.display_name
FROM task_instance i JOIN run r USING (dag_id, run_id) JOIN dag d USING (dag_id) JOIN task t USING (dag_id, task_id)
WHERE i.dag_id = ? AND i.run_id = ? AND i.task_id = ? ORDER BY i.map_index
"""

RUN_STATES = ("queued", "running", "success", "failed")
FINISHED_TASK_STATES = ("success", "failed", "skipped", "upstream_failed", "removed")
TASK_STATES = (
    *FINISHED_TASK_STATES,
    *("scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred"),
)

#: Column, and whether it descends.
Order = tuple[str, bool]


@dataclass(frozen=True)
class XCom:
    """One XCom; dates are ISO 8601 text in UTC.

    :ivar value: stored JSON text; empty in a list.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    key: str
    timestamp: str
    logical_date: str | None
    run_after: str
    dag_display_name: str
    task_display_name: str
    value: str = ""


@dataclass(frozen=True)
class DagRun:
    """One DAG run; dates are ISO 8601 text in UTC."""

    dag_id: str
    run_id: str
    logical_date: str | None
    run_after: str
    dag_display_name: str
    state: str

    @property
    def start_date(self) -> str | None:
        """Date on which it started, or None."""
        return None if self.state == "queued" else self.run_after

    @property
    def end_date(self) -> str | None:
        """Date on which it finished, or None."""
        return self.run_after if self.state in ("success", "failed") else None

    def type(self, types: Iterable[str]) -> str:
        """Return the one of the ``types`` with which the run id begins, "manual" by default."""
        return next((name for name in types if self.run_id.startswith(f"{name}__")), "manual")


@dataclass(frozen=True)
class TaskInstance:
    """One task instance; dates are ISO 8601 text in UTC.

    :ivar state: state, None if the task is not scheduled yet.
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

    @property
    def is_finished(self) -> bool:
        """True if it has finished."""
        return self.state in FINISHED_TASK_STATES


class Store:
    """XComs with their DAGs, runs and tasks. Any thread may use it; there is nothing to close.

    Methods raise OverflowError for a number of more than 64 bits, as real servers fail on it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        weakref.finalize(self, self._db.close)

    def run_dates(self, dag_id: str, run_id: str) -> tuple[str | None, str] | None:
        """Return the logical date and the ``run_after`` date of a run, or None if it is unknown."""
        row = self._one("SELECT logical_date, run_after FROM run WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        return None if row is None else (row[0], row[1])

    def exists(self, table: str, **ids: Value) -> bool:
        """Return whether a table, such as "task_instance", has a row with these ids."""
        where = " AND ".join(f"{name} = ?" for name in ids)
        return self._one(f"SELECT 1 FROM {table} WHERE {where}", *ids.values()) is not None  # noqa: S608 - constants

    def add_run(self, dag_id: str, run_id: str, logical_date: str | None, run_after: str) -> None:
        """Add a run and its DAG, unless they exist."""
        self._execute("INSERT OR IGNORE INTO dag VALUES (?, ?)", dag_id, dag_id)
        query = "INSERT OR IGNORE INTO run (dag_id, run_id, logical_date, run_after) VALUES (?, ?, ?, ?)"
        self._execute(query, dag_id, run_id, logical_date, run_after)

    def add_task_instance(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
        """Add a task instance and its task to a run, unless they exist."""
        self._execute("INSERT OR IGNORE INTO task VALUES (?, ?, ?)", dag_id, task_id, task_id)
        query = "INSERT OR IGNORE INTO task_instance (dag_id, run_id, task_id, map_index) VALUES (?, ?, ?, ?)"
        self._execute(query, dag_id, run_id, task_id, map_index)

    def set_task_state(self, dag_id: str, run_id: str, task_id: str, map_index: int, state: str | None) -> None:
        """Set the state of a task instance."""
        query = "UPDATE task_instance SET state = ? WHERE dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ?"
        self._execute(query, state, dag_id, run_id, task_id, map_index)

    def set_run_state(self, dag_id: str, run_id: str, state: str) -> None:
        """Set the state of a run."""
        self._execute("UPDATE run SET state = ? WHERE dag_id = ? AND run_id = ?", state, dag_id, run_id)

    def task_instances(self, dag_id: str, run_id: str, task_id: str) -> list[TaskInstance]:
        """Return the instances of a task in a run, by map index."""
        with self._lock:
            return [TaskInstance(*row) for row in self._db.execute(_TASK_INSTANCES, (dag_id, run_id, task_id))]

    def delete_run(self, dag_id: str, run_id: str) -> bool:
        """Delete a run with its task instances and XComs; return whether it existed."""
        for table in ("xcom", "task_instance"):
            self._execute(f"DELETE FROM {table} WHERE dag_id = ? AND run_id = ?", dag_id, run_id)  # noqa: S608 - constants
        return self._execute("DELETE FROM run WHERE dag_id = ? AND run_id = ?", dag_id, run_id) > 0

    def set_display_name(self, dag_id: str, task_id: str | None, display_name: str) -> bool:
        """Rename a DAG, or a task of it; return whether it exists."""
        if task_id is None:
            return self._execute("UPDATE dag SET display_name = ? WHERE dag_id = ?", display_name, dag_id) > 0
        query = "UPDATE task SET display_name = ? WHERE dag_id = ? AND task_id = ?"
        return self._execute(query, display_name, dag_id, task_id) > 0

    def list_runs(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[Order]
    ) -> tuple[int, list[DagRun]]:
        """Return the number of runs that match, and a page of them."""
        where, values = _condition(filters)
        count = f"SELECT count(*) {_RUNS} WHERE {where}"
        page = f"SELECT {_RUN} {_RUNS} WHERE {where} ORDER BY {_order_by(order)} LIMIT ? OFFSET ?"
        total, rows = self._count_and_page(count, page, values, limit, offset)
        return total, [DagRun(*row) for row in rows]

    def upsert(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, *, timestamp: str, value: str
    ) -> None:
        """Add or replace an XCom of an existing run."""
        self.add_task_instance(dag_id, run_id, task_id, map_index)
        self._execute(_INSERT + _UPDATE, dag_id, task_id, run_id, map_index, key, timestamp, value)
        pushed = "state IS NULL AND dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ?"
        query = f"UPDATE task_instance SET state = 'success' WHERE {pushed}"  # noqa: S608 - a constant
        self._execute(query, dag_id, run_id, task_id, map_index)

    def insert(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, *, timestamp: str, value: str
    ) -> bool:
        """Add an XCom of an existing task instance; return False if it exists already."""
        return self._execute(f"{_INSERT} DO NOTHING", dag_id, task_id, run_id, map_index, key, timestamp, value) > 0

    def delete(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> bool:
        """Delete an XCom; return whether it existed."""
        query = "DELETE FROM xcom WHERE dag_id = ? AND run_id = ? AND task_id = ? AND key = ? AND map_index = ?"
        return self._execute(query, dag_id, run_id, task_id, key, map_index) > 0

    def get(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> XCom | None:
        """Return an XCom with its value, or None."""
        row = self._one(_GET, dag_id, run_id, task_id, key, map_index)
        return None if row is None else XCom(*row)

    def list_xcoms(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[Order] = ()
    ) -> tuple[int, list[XCom]]:
        """Return the number of XComs that match, and a page of them without values."""
        where, values = _condition(filters)
        joins = _JOINS if order or any(part.needs_run for part in filters) else ""
        count = f"SELECT count(*) FROM xcom x {joins} WHERE {where}"  # noqa: S608 - only column names are inserted
        order_by = _order_by(order or [(name, False) for name in _DEFAULT_ORDER])
        page = _PAGE.format(joins=joins, where=where, order=order_by)
        total, rows = self._count_and_page(count, page, values, limit, offset)
        return total, [XCom(*row) for row in rows]

    def _execute(self, query: str, *values: Value | None) -> int:
        with self._lock:
            return self._db.execute(query, values).rowcount

    def _one(self, query: str, *values: Value) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row

    def _count_and_page(
        self, count: str, page: str, values: list[Value], limit: int, offset: int
    ) -> tuple[int, list[tuple[Any, ...]]]:
        with self._lock:
            total: int = self._db.execute(count, values).fetchone()[0]
            return total, self._db.execute(page, (*values, limit, offset)).fetchall()


def _condition(filters: Sequence[Filter]) -> tuple[str, list[Value]]:
    return " AND ".join(part.sql for part in filters) or "1", [value for part in filters for value in part.values]


def _order_by(order: Sequence[Order]) -> str:
    return ", ".join(f"{COLUMNS[name]} {'DESC' if descending else 'ASC'}" for name, descending in order)
