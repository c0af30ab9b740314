"""The XComs and DAG runs of an embedded server: SQLite in memory, one lock around it."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow_client.testing.filters import COLUMNS, Filter, Value
from airflow_client.testing.states import States

_SCHEMA = """
CREATE TABLE dag (dag_id TEXT PRIMARY KEY, display_name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE task (
    dag_id TEXT NOT NULL, task_id TEXT NOT NULL, display_name TEXT NOT NULL, PRIMARY KEY (dag_id, task_id)
) WITHOUT ROWID;
CREATE TABLE run (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, run_id TEXT NOT NULL,
    logical_date TEXT, run_after TEXT NOT NULL, UNIQUE (dag_id, run_id)
);
CREATE TABLE task_instance (
    dag_id TEXT NOT NULL, run_id TEXT NOT NULL, task_id TEXT NOT NULL, map_index INTEGER NOT NULL,
    PRIMARY KEY (dag_id, run_id, task_id, map_index)
) WITHOUT ROWID;
CREATE TABLE xcom (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, task_id TEXT NOT NULL, run_id TEXT NOT NULL,
    map_index INTEGER NOT NULL, key TEXT NOT NULL, timestamp TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (dag_id, task_id, run_id, map_index, key) -- the order of a list: a page is a walk along it
);
"""
_PUT_NEW = """
INSERT INTO xcom (dag_id, task_id, run_id, map_index, key, timestamp, value) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (dag_id, task_id, run_id, map_index, key) DO NOTHING
"""
_PUT = """
INSERT INTO xcom (dag_id, task_id, run_id, map_index, key, timestamp, value) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (dag_id, task_id, run_id, map_index, key)
DO UPDATE SET timestamp = excluded.timestamp, value = excluded.value
"""
_ONE = "dag_id = ? AND run_id = ? AND task_id = ? AND key = ? AND map_index = ?"
_ROW = """
x.dag_id, x.run_id, x.task_id, x.map_index, x.key, x.timestamp,
r.logical_date, r.run_after, d.display_name, t.display_name
"""
_ABOUT = "JOIN run r USING (dag_id, run_id) JOIN dag d USING (dag_id)"
_TASKS = "JOIN task t USING (dag_id, task_id)"
# The page is cut out before its runs are looked up: a row that is skipped costs one step of the index.
_PAGE = f"""
SELECT {_ROW} FROM (
    SELECT x.id, x.dag_id, x.task_id, x.run_id, x.map_index, x.key, x.timestamp FROM xcom x {{about}}
    WHERE {{where}} ORDER BY {{order}} LIMIT ? OFFSET ?
) x {_ABOUT} {_TASKS} ORDER BY {{order}}
"""  # noqa: S608 - only names of columns are pasted in
_ORDER = ("dag_id", "task_id", "run_id", "map_index", "key")
_RUNS = "FROM run r JOIN dag d USING (dag_id)"
_RUN = "r.dag_id, r.run_id, r.logical_date, r.run_after, d.display_name"


@dataclass(frozen=True)
class Entry:
    """One XCom as the API tells it.

    The moments are ISO 8601 text in UTC; ``value`` is the stored JSON text, and empty in a list,
    where no values are read.
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
class Run:
    """One DAG run as the API tells it; the moments are ISO 8601 text in UTC."""

    dag_id: str
    run_id: str
    logical_date: str | None
    run_after: str
    dag_display_name: str


class Store:
    """XComs, their runs and tasks. Any thread may use it.

    It lives until it is garbage-collected: there is nothing to close.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        weakref.finalize(self, self._db.close)
        self.states: States = States()

    # ------------------------------------------------------------------ what XComs belong to

    def run(self, dag_id: str, run_id: str) -> tuple[str | None, str] | None:
        """Give the logical date of a run and the date after which it ran; None when it is unknown."""
        row = self._one("SELECT logical_date, run_after FROM run WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        return None if row is None else (row[0], row[1])

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether there is such a DAG."""
        return self._one("SELECT 1 FROM dag WHERE dag_id = ?", dag_id) is not None

    def has_task(self, dag_id: str, task_id: str) -> bool:
        """Tell whether a DAG has such a task."""
        return self._one("SELECT 1 FROM task WHERE dag_id = ? AND task_id = ?", dag_id, task_id) is not None

    def has_instance(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> bool:
        """Tell whether a task was part of a run."""
        query = "SELECT 1 FROM task_instance WHERE dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ?"
        return self._one(query, dag_id, run_id, task_id, map_index) is not None

    def add_run(self, dag_id: str, run_id: str, logical_date: str | None, run_after: str) -> None:
        """Add a run, and its DAG; one that is known stays as it is."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO dag VALUES (?, ?)", (dag_id, dag_id))
            self._db.execute(
                "INSERT OR IGNORE INTO run (dag_id, run_id, logical_date, run_after) VALUES (?, ?, ?, ?)",
                (dag_id, run_id, logical_date, run_after),
            )

    def add_instance(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
        """Add a task to a run that is known, unless it is there already."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO task VALUES (?, ?, ?)", (dag_id, task_id, task_id))
            self._db.execute(
                "INSERT OR IGNORE INTO task_instance VALUES (?, ?, ?, ?)", (dag_id, run_id, task_id, map_index)
            )

    def rename(self, dag_id: str, task_id: str | None, display_name: str) -> bool:
        """Give a DAG, or a task of it, another display name; tell whether it is known."""
        query, of = "UPDATE dag SET display_name = ? WHERE dag_id = ?", [dag_id]
        if task_id is not None:
            query, of = "UPDATE task SET display_name = ? WHERE dag_id = ? AND task_id = ?", [dag_id, task_id]
        with self._lock:
            return self._db.execute(query, (display_name, *of)).rowcount > 0

    def task_instances(self, dag_id: str, run_id: str, task_id: str) -> list[int]:
        """Return the map indexes of a task in a run, -1 for an unmapped task."""
        query = "SELECT map_index FROM task_instance WHERE dag_id = ? AND run_id = ? AND task_id = ? ORDER BY map_index"
        with self._lock:
            return [row[0] for row in self._db.execute(query, (dag_id, run_id, task_id))]

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run."""
        query = "SELECT dag_id, run_id, task_id, map_index FROM task_instance WHERE dag_id = ? AND run_id = ?"
        with self._lock:
            tasks = self._db.execute(query, (dag_id, run_id)).fetchall()
        return self.states.run((dag_id, run_id), tasks)

    def display_name(self, dag_id: str, task_id: str | None = None) -> str:
        """Return the display name of a DAG, or of a task of it; empty if there is none."""
        query, of = "SELECT display_name FROM dag WHERE dag_id = ?", [dag_id]
        if task_id is not None:
            query, of = "SELECT display_name FROM task WHERE dag_id = ? AND task_id = ?", [dag_id, task_id]
        row = self._one(query, *of)
        return "" if row is None else str(row[0])

    def delete_run(self, dag_id: str, run_id: str) -> bool:
        """Delete a run with its task instances and XComs; return whether it existed."""
        with self._lock:
            counts = [
                self._db.execute(f"DELETE FROM {table} WHERE dag_id = ? AND run_id = ?", (dag_id, run_id)).rowcount  # noqa: S608 - constants
                for table in ("xcom", "task_instance", "run")
            ]
        self.states.forget_run((dag_id, run_id))
        return counts[-1] > 0

    # ------------------------------------------------------------------ XComs

    def put(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, *, timestamp: str, value: str
    ) -> None:
        """Write an XCom over what was there; its run must be known."""
        self.add_instance(dag_id, run_id, task_id, map_index)
        with self._lock:
            self._db.execute(_PUT, (dag_id, task_id, run_id, map_index, key, timestamp, value))

    def put_new(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, *, timestamp: str, value: str
    ) -> bool:
        """Write an XCom unless there is one; tell whether there was none. Its task instance must be known."""
        with self._lock:
            row = (dag_id, task_id, run_id, map_index, key, timestamp, value)
            return self._db.execute(_PUT_NEW, row).rowcount > 0

    def delete(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> bool:
        """Remove an XCom; its run stays.

        Returns:
            Whether there was one.

        Raises:
            OverflowError: ``map_index`` does not fit 64 bits.
        """
        query = f"DELETE FROM xcom WHERE {_ONE}"  # noqa: S608 - a constant is pasted in
        with self._lock:
            return self._db.execute(query, (dag_id, run_id, task_id, key, map_index)).rowcount > 0

    def get(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> Entry | None:
        """Give one XCom with its value, or None.

        Raises:
            OverflowError: ``map_index`` does not fit 64 bits.
        """
        where = "x.dag_id = ? AND x.run_id = ? AND x.task_id = ? AND x.key = ? AND x.map_index = ?"
        query = f"SELECT {_ROW}, x.value FROM xcom x {_ABOUT} {_TASKS} WHERE {where}"  # noqa: S608 - constants
        row = self._one(query, dag_id, run_id, task_id, key, map_index)
        return None if row is None else Entry(*row)

    def page(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[tuple[str, bool]] = ()
    ) -> tuple[int, list[Entry]]:
        """Give the number of XComs that match, and a page of them without their values.

        Args:
            filters: What they must match.
            limit: The most rows to give.
            offset: How many matching rows to skip.
            order: Columns, and whether each descends, instead of the usual order.

        Raises:
            OverflowError: A number does not fit 64 bits.
        """
        where, values = _condition(filters)
        by = _sorting(order or [(name, False) for name in _ORDER])
        about = _ABOUT if order or any(part.of_runs for part in filters) else ""
        count = f"SELECT count(*) FROM xcom x {about} WHERE {where}"  # noqa: S608 - only names of columns
        page = _PAGE.format(about=about, where=where, order=by)
        with self._lock:
            total = self._db.execute(count, values).fetchone()[0]
            rows = self._db.execute(page, (*values, limit, offset)).fetchall()
        return total, [Entry(*row) for row in rows]

    def runs(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[tuple[str, bool]]
    ) -> tuple[int, list[Run]]:
        """Give the number of DAG runs that match, and a page of them.

        Args:
            filters: What they must match.
            limit: The most rows to give.
            offset: How many matching rows to skip.
            order: Columns, and whether each descends.

        Raises:
            OverflowError: A number does not fit 64 bits.
        """
        where, values = _condition(filters)
        count = f"SELECT count(*) {_RUNS} WHERE {where}"
        page = f"SELECT {_RUN} {_RUNS} WHERE {where} ORDER BY {_sorting(order)} LIMIT ? OFFSET ?"
        with self._lock:
            total = self._db.execute(count, values).fetchone()[0]
            rows = self._db.execute(page, (*values, limit, offset)).fetchall()
        return total, [Run(*row) for row in rows]

    def _one(self, query: str, *values: Value) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row


def _condition(filters: Sequence[Filter]) -> tuple[str, list[Value]]:
    return " AND ".join(part.sql for part in filters) or "1", [value for part in filters for value in part.values]


def _sorting(order: Sequence[tuple[str, bool]]) -> str:
    return ", ".join(f"{COLUMNS[name]} {'DESC' if descends else 'ASC'}" for name, descends in order)
