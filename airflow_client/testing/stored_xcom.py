"""XCom as an embedded server stores it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from airflow_client.testing.store import XCom


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


def stored_xcom(row: XCom) -> StoredXCom:
    """Return an XCom of the store with its value and dates decoded."""
    return StoredXCom(
        row.dag_id,
        row.run_id,
        row.task_id,
        row.map_index,
        row.key,
        json.loads(row.value),
        dt.datetime.fromisoformat(row.timestamp),
        None if row.logical_date is None else dt.datetime.fromisoformat(row.logical_date),
    )
