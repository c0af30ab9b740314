"""The XComs of an embedded server: SQLite in memory, one lock around it."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from dataclasses import dataclass

_SCHEMA = """
CREATE TABLE run (
    dag_id TEXT NOT NULL, run_id TEXT NOT NULL, execution_date TEXT NOT NULL,
    PRIMARY KEY (dag_id, run_id)
) WITHOUT ROWID;
CREATE TABLE xcom (
    dag_id TEXT NOT NULL, task_id TEXT NOT NULL, run_id TEXT NOT NULL, map_index INTEGER NOT NULL,
    key TEXT NOT NULL, timestamp TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (dag_id, task_id, run_id, map_index, key) -- the order of a list: a page is a walk along it
);
"""
_PUT = """
INSERT INTO xcom (dag_id, task_id, run_id, map_index, key, timestamp, value) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (dag_id, task_id, run_id, map_index, key)
DO UPDATE SET timestamp = excluded.timestamp, value = excluded.value
"""
_GET = """
SELECT x.dag_id, r.execution_date, x.key, x.map_index, x.task_id, x.timestamp, x.value
FROM xcom x JOIN run r USING (dag_id, run_id)
WHERE x.dag_id = ? AND x.run_id = ? AND x.task_id = ? AND x.key = ? AND x.map_index = ?
"""
# The page is cut out before its runs are looked up: a row that is skipped costs one step of the index.
_PAGE = """
SELECT x.dag_id, r.execution_date, x.key, x.map_index, x.task_id, x.timestamp
FROM (SELECT dag_id, task_id, run_id, map_index, key, timestamp FROM xcom WHERE {where}
      ORDER BY dag_id, task_id, run_id, map_index, key LIMIT ? OFFSET ?) x
JOIN run r USING (dag_id, run_id)
ORDER BY x.dag_id, x.task_id, x.run_id, x.map_index, x.key
"""


@dataclass(frozen=True)
class Entry:
    """One XCom as the API tells it.

    ``execution_date`` and ``timestamp`` are ISO 8601 text in UTC; ``value`` is the stored JSON
    text, and empty in a list, where no values are read.
    """

    dag_id: str
    execution_date: str
    key: str
    map_index: int
    task_id: str
    timestamp: str
    value: str = ""


class Store:
    """XComs and the execution dates of their runs. Any thread may use it.

    It lives until it is garbage-collected: there is nothing to close.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        weakref.finalize(self, self._db.close)

    def execution_date(self, dag_id: str, run_id: str) -> str | None:
        """Give the execution date of a run, ISO 8601 in UTC; None when the run is unknown."""
        query = "SELECT execution_date FROM run WHERE dag_id = ? AND run_id = ?"
        with self._lock:
            row = self._db.execute(query, (dag_id, run_id)).fetchone()
        return None if row is None else str(row[0])

    def put(self, entry: Entry, run_id: str) -> None:
        """Write an XCom over what was there; the run keeps the execution date of its first XCom."""
        with self._lock:
            self._db.execute(
                "INSERT OR IGNORE INTO run VALUES (?, ?, ?)",
                (entry.dag_id, run_id, entry.execution_date),
            )
            self._db.execute(
                _PUT,
                (
                    entry.dag_id,
                    entry.task_id,
                    run_id,
                    entry.map_index,
                    entry.key,
                    entry.timestamp,
                    entry.value,
                ),
            )

    def delete(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> bool:
        """Remove an XCom; the run keeps its execution date.

        Returns:
            Whether there was one.
        """
        with self._lock:
            cursor = self._db.execute(
                "DELETE FROM xcom WHERE dag_id = ? AND run_id = ? AND task_id = ? AND key = ? AND map_index = ?",
                (dag_id, run_id, task_id, key, map_index),
            )
            return cursor.rowcount > 0

    def get(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> Entry | None:
        """Give one XCom with its value, or None.

        Raises:
            OverflowError: ``map_index`` does not fit 64 bits.
        """
        with self._lock:
            row = self._db.execute(_GET, (dag_id, run_id, task_id, key, map_index)).fetchone()
        return None if row is None else Entry(*row)

    def page(
        self,
        *,
        dag_id: str | None,
        run_id: str | None,
        task_id: str | None,
        key: str | None,
        map_index: int | None,
        limit: int,
        offset: int,
    ) -> tuple[int, list[Entry]]:
        """Give the number of XComs that match, and a page of them without their values.

        A filter that is None matches everything.

        Args:
            dag_id: The DAG.
            run_id: The run.
            task_id: The task.
            key: The key.
            map_index: Which instance of a mapped task.
            limit: The most rows to give.
            offset: How many matching rows to skip.

        Raises:
            OverflowError: ``map_index`` or ``offset`` does not fit 64 bits.
        """
        filters = {
            "dag_id": dag_id,
            "run_id": run_id,
            "task_id": task_id,
            "key": key,
            "map_index": map_index,
        }
        wanted = {name: value for name, value in filters.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in wanted) or "1"
        count = f"SELECT count(*) FROM xcom WHERE {where}"  # noqa: S608 - only names of columns are pasted in
        with self._lock:
            total = self._db.execute(count, tuple(wanted.values())).fetchone()[0]
            rows = self._db.execute(_PAGE.format(where=where), (*wanted.values(), limit, offset)).fetchall()
        return total, [Entry(*row) for row in rows]
