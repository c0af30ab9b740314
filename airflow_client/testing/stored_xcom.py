"""XCom as an embedded server stores it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StoredXCom:
    """XCom that the server stores, whether your test or a client wrote it.

    :ivar dag_id: id of the DAG.
    :ivar run_id: id of the DAG run.
    :ivar task_id: id of the task.
    :ivar map_index: index of a mapped task instance; -1 for a task that is not mapped.
    :ivar key: key.
    :ivar value: JSON value as Airflow stores it: a datetime, for example, is a dict with ``__classname__``.
    :ivar timestamp: time of the last write, in UTC.
    :ivar logical_date: logical date of the run in UTC, or None.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    key: str
    value: Any
    timestamp: dt.datetime
    logical_date: dt.datetime | None


def stored_xcom(
    dag_id: str,
    run_id: str,
    task_id: str,
    map_index: int,
    key: str,
    value: str,
    timestamp: str,
    logical_date: str | None,
) -> StoredXCom:
    """Return an XCom whose value is JSON text, and whose dates are ISO 8601 text."""
    pushed_at = dt.datetime.fromisoformat(timestamp)
    date = None if logical_date is None else dt.datetime.fromisoformat(logical_date)
    return StoredXCom(dag_id, run_id, task_id, map_index, key, json.loads(value), pushed_at, date)
