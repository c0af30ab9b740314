"""XComs in SQLite, beside their DAGs and runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Union

from airflow_client.testing.database import Order, condition, order_by
from airflow_client.testing.filters import Filter
from airflow_client.testing.run_store import RunStore

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
_WITH_VALUE = f"SELECT {_ROW}, x.value FROM xcom x {_JOINS} {_TASKS}"  # noqa: S608 - only column names are inserted
_GET = f"""
{_WITH_VALUE} WHERE x.dag_id = ? AND x.run_id = ? AND x.task_id = ? AND x.key = ? AND x.map_index = ?
"""
_DEFAULT_ORDER = ("dag_id", "task_id", "run_id", "map_index", "key")


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


class UnreadableXCom(Exception):
    """XCom that the server cannot load."""


class Store(RunStore):
    """XComs with their DAGs, runs and tasks. Any thread may use it; there is nothing to close.

    Methods raise OverflowError for a number of more than 64 bits, as real servers fail on it.

    :param path: file of the database; by default, it is in memory.
    :param api: API whose data the file holds.
    """

    def __init__(self, path: str = ":memory:", api: str = "") -> None:
        super().__init__(path, api)
        self._unreadable: dict[tuple[Union[str, int], ...], Callable[[], bool]] = {}

    def clear(self) -> None:
        """Delete all rows of all tables."""
        super().clear()
        self._unreadable.clear()

    def make_unreadable(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, strikes: Callable[[], bool]
    ) -> bool:
        """Let reads of an XCom raise :class:`UnreadableXCom` while ``strikes()`` is true; return whether it exists."""
        ids = (dag_id, run_id, task_id, key, map_index)
        exists = self._one(_GET, *ids) is not None
        if exists:
            self._unreadable[ids] = strikes
        return exists

    def delete_run(self, dag_id: str, run_id: str) -> bool:
        """Delete a run with its task instances and XComs; return whether it existed."""
        for ids in [ids for ids in self._unreadable if ids[:2] == (dag_id, run_id)]:
            del self._unreadable[ids]
        for table in ("xcom", "task_instance"):
            self._execute(f"DELETE FROM {table} WHERE dag_id = ? AND run_id = ?", dag_id, run_id)  # noqa: S608 - constants
        return self._execute("DELETE FROM run WHERE dag_id = ? AND run_id = ?", dag_id, run_id) > 0

    def set_display_name(self, dag_id: str, task_id: str | None, display_name: str) -> bool:
        """Rename a DAG, or a task of it; return whether it exists."""
        if task_id is None:
            return self._execute("UPDATE dag SET display_name = ? WHERE dag_id = ?", display_name, dag_id) > 0
        query = "UPDATE task SET display_name = ? WHERE dag_id = ? AND task_id = ?"
        return self._execute(query, display_name, dag_id, task_id) > 0

    def upsert(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, *, timestamp: str, value: str
    ) -> None:
        """Add or replace an XCom of an existing run."""
        self.add_task_instance(dag_id, run_id, task_id, map_index)
        self._unreadable.pop((dag_id, run_id, task_id, key, map_index), None)
        self._execute(_INSERT + _UPDATE, dag_id, task_id, run_id, map_index, key, timestamp, value)
        pushed = "state IS NULL AND dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ?"
        query = f"UPDATE task_instance SET state = 'success' WHERE {pushed}"  # noqa: S608 - a constant
        self._execute(query, dag_id, run_id, task_id, map_index)

    def insert(
        self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int, *, timestamp: str, value: str
    ) -> bool:
        """Add an XCom of an existing task instance; return False if it exists already."""
        self._check_readable(dag_id, run_id, task_id, key, map_index)
        return self._execute(f"{_INSERT} DO NOTHING", dag_id, task_id, run_id, map_index, key, timestamp, value) > 0

    def delete(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> bool:
        """Delete an XCom; return whether it existed."""
        self._unreadable.pop((dag_id, run_id, task_id, key, map_index), None)
        query = "DELETE FROM xcom WHERE dag_id = ? AND run_id = ? AND task_id = ? AND key = ? AND map_index = ?"
        return self._execute(query, dag_id, run_id, task_id, key, map_index) > 0

    def get(self, dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> XCom | None:
        """Return an XCom with its value, or None."""
        self._check_readable(dag_id, run_id, task_id, key, map_index)
        row = self._one(_GET, dag_id, run_id, task_id, key, map_index)
        return None if row is None else XCom(*row)

    def all_xcoms(self) -> list[XCom]:
        """Return all XComs with their values, in the order of a list."""
        columns = order_by([(name, False) for name in _DEFAULT_ORDER])
        return [XCom(*row) for row in self._all(f"{_WITH_VALUE} ORDER BY {columns}")]

    def list_xcoms(
        self, filters: Sequence[Filter], *, limit: int, offset: int, order: Sequence[Order] = ()
    ) -> tuple[int, list[XCom]]:
        """Return the number of XComs that match, and a page of them without values."""
        where, values = condition(filters)
        joins = _JOINS if order or any(part.needs_run for part in filters) else ""
        count = f"SELECT count(*) FROM xcom x {joins} WHERE {where}"  # noqa: S608 - only column names are inserted
        columns = order_by(order or [(name, False) for name in _DEFAULT_ORDER])
        page = _PAGE.format(joins=joins, where=where, order=columns)
        total, rows = self._count_and_page(count, page, values, limit, offset)
        xcoms = [XCom(*row) for row in rows]
        if self._unreadable:
            for xcom in xcoms:
                self._check_readable(xcom.dag_id, xcom.run_id, xcom.task_id, xcom.key, xcom.map_index)
        return total, xcoms

    def _check_readable(self, *ids: Union[str, int]) -> None:
        strikes = self._unreadable.get(ids)
        if strikes is not None and strikes():
            raise UnreadableXCom(ids)
