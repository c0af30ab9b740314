"""SQLite, in memory or in a file: the tables of an embedded server, and the queries that its stores build on."""

from __future__ import annotations

import sqlite3
import threading
import weakref
import zlib
from collections.abc import Sequence
from typing import Any, Union

from airflow_client.testing.filters import COLUMNS, Filter, Value

_SCHEMA = """
CREATE TABLE dag (
    dag_id TEXT PRIMARY KEY, display_name TEXT NOT NULL, is_paused INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE task (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, task_id TEXT NOT NULL, display_name TEXT NOT NULL,
    downstream TEXT NOT NULL DEFAULT '[]', instances INTEGER, UNIQUE (dag_id, task_id)
);
CREATE TABLE run (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, run_id TEXT NOT NULL,
    logical_date TEXT, run_after TEXT NOT NULL, state TEXT,
    conf TEXT NOT NULL DEFAULT '{}', note TEXT, interval_start TEXT, interval_end TEXT,
    queued_at TEXT, start_date TEXT, end_date TEXT, triggered_by TEXT, UNIQUE (dag_id, run_id)
);
CREATE TABLE task_instance (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, run_id TEXT NOT NULL, task_id TEXT NOT NULL,
    map_index INTEGER NOT NULL, state TEXT DEFAULT 'success', start_date TEXT, end_date TEXT, log TEXT,
    UNIQUE (dag_id, run_id, task_id, map_index)
);
CREATE TABLE import_error (
    id INTEGER PRIMARY KEY, timestamp TEXT NOT NULL, filename TEXT NOT NULL, stack_trace TEXT NOT NULL
);
CREATE TABLE xcom (
    id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, task_id TEXT NOT NULL, run_id TEXT NOT NULL,
    map_index INTEGER NOT NULL, key TEXT NOT NULL, timestamp TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (dag_id, task_id, run_id, map_index, key) -- in the order of a list: its index serves pages
);
"""

#: Column, and whether it descends.
Order = tuple[str, bool]
Row = tuple[Any, ...]


class Database:
    """Tables of a server. Any thread may use it; there is nothing to close.

    :param path: file that holds them; by default, they are in memory. What a method has written survives the end of the
        process.
    :param api: API whose data the file holds.
    :raises OSError: the file cannot be opened.
    :raises ValueError: the file holds something else.

    Methods raise OverflowError for a number of more than 64 bits, as real servers fail on it.
    """

    def __init__(self, path: str = ":memory:", api: str = "") -> None:
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            weakref.finalize(self, self._db.close)
            self._db.execute("PRAGMA synchronous = OFF")  # fast; only a crash of the machine can damage the file
            self._create(f"{path} holds other data than that of {api} in this release: choose another file", api)
        except sqlite3.OperationalError as error:
            raise OSError(f"{path} cannot be opened: {error}") from error
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path} is not a database: choose another file") from error

    def _create(self, problem: str, api: str) -> None:
        """Create the tables, unless they exist."""
        written = self._db.execute("PRAGMA user_version").fetchone()[0]
        version = zlib.crc32(f"{_SCHEMA}{api}".encode()) >> 1  # SQLite stores a signed number
        if written not in (0, version):
            raise ValueError(problem)
        if not written:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {version}; COMMIT")

    def exists(self, table: str, **ids: Value) -> bool:
        """Return whether a table, such as "task_instance", has a row with these ids."""
        where = " AND ".join(f"{name} = ?" for name in ids)
        return self._one(f"SELECT 1 FROM {table} WHERE {where}", *ids.values()) is not None  # noqa: S608 - constants

    def clear(self) -> None:
        """Delete all rows of all tables."""
        with self._lock:
            for (table,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant

    def _execute(self, query: str, *values: Union[Value, None]) -> int:
        with self._lock:
            return self._db.execute(query, values).rowcount

    def _one(self, query: str, *values: Value) -> Row | None:
        with self._lock:
            row: Row | None = self._db.execute(query, values).fetchone()
        return row

    def _all(self, query: str, *values: Value) -> list[Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _count_and_page(
        self, count: str, page: str, values: list[Value], limit: int, offset: int
    ) -> tuple[int, list[Row]]:
        with self._lock:
            total: int = self._db.execute(count, values).fetchone()[0]
            return total, self._db.execute(page, (*values, limit, offset)).fetchall()


def condition(filters: Sequence[Filter]) -> tuple[str, list[Value]]:
    """Return the SQL of a WHERE clause, and the values of its placeholders."""
    return " AND ".join(part.sql for part in filters) or "1", [value for part in filters for value in part.values]


def order_by(order: Sequence[Order]) -> str:
    """Return the SQL of an ORDER BY clause."""
    return ", ".join(f"{COLUMNS[name]} {'DESC' if descending else 'ASC'}" for name, descending in order)
