"""Model of a row of a list of XComs."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, TypeVar

from airflow_client.xcom.model import DateTimeField, Field, Record

R = TypeVar("R", bound="XComCollectionItem")


class XComCollectionItem(Record):
    """Row of a list of XComs: ids, key and timestamps, without the value.

    >>> row = XComCollectionItem(key="return_value", timestamp="2024-01-01T00:00:00+00:00")
    >>> row.timestamp
    datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> row["timestamp"]
    '2024-01-01T00:00:00+00:00'
    """

    #: Run id that the library looked up, so it is not among the server's fields.
    __slots__ = ("_run_id",)
    _run_id: str | None

    key: Field[str] = Field("XCom key; ``return_value`` for a task's return value.")
    timestamp: DateTimeField[datetime] = DateTimeField("Time of writing, an aware datetime.")
    logical_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "Logical date of the DAG run, an aware datetime; None for runs without one (Airflow 3).",
        alias="execution_date",
    )
    execution_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "``logical_date`` under its Airflow 2 name.", alias="logical_date"
    )
    map_index: Field[Optional[int]] = Field(
        "Index of the mapped task instance, -1 for unmapped tasks. Since Airflow 2.7."
    )
    task_id: Field[str] = Field("Task id.")
    dag_id: Field[str] = Field("DAG id.")
    run_after: DateTimeField[Optional[datetime]] = DateTimeField(
        "Earliest start time of the run, an aware datetime. Since Airflow 3.1.8."
    )
    dag_display_name: Field[Optional[str]] = Field("Display name of the DAG. Since Airflow 3.1.")
    task_display_name: Field[Optional[str]] = Field("Display name of the task. Since Airflow 3.1.")

    @property
    def run_id(self) -> str | None:
        """DAG run id. Since Airflow 3.0. Airflow 2 does not send it; :meth:`XComApi.iter_xcoms` looks it up.

        A run id that was looked up is only an attribute: not an item, and not in ``to_dict()``.
        """
        run_id: str | None = self._data.get("run_id")
        return getattr(self, "_run_id", None) if run_id is None else run_id

    @run_id.setter
    def run_id(self, run_id: str | None) -> None:
        self["run_id"] = run_id

    def __copy__(self: R) -> R:
        duplicate = super().__copy__()
        duplicate._run_id = getattr(self, "_run_id", None)
        return duplicate


def add_run_id(row: XComCollectionItem, run_id: str | None) -> None:
    """Set the run id of a row without changing the server's fields."""
    object.__setattr__(row, "_run_id", run_id)
