"""One row of a list of XComs."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, TypeVar

from airflow_client.xcom.model import DateTimeField, Field, Record

R = TypeVar("R", bound="XComCollectionItem")


class XComCollectionItem(Record):
    """One row of a list of XComs: what names the entry, and when it was written, without its value.

    >>> row = XComCollectionItem(key="return_value", timestamp="2024-01-01T00:00:00+00:00")
    >>> row.timestamp
    datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> row["timestamp"]
    '2024-01-01T00:00:00+00:00'
    """

    #: The run's id where the library found it out: beside the wire's fields, as the server did not send it.
    __slots__ = ("_run_id",)
    _run_id: str | None

    key: Field[str] = Field("The XCom's key; ``return_value`` for what a task returned.")
    timestamp: DateTimeField[datetime] = DateTimeField("When the XCom was written, an aware datetime.")
    logical_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "The logical date of the DAG run, an aware datetime; None for a run without one, which Airflow 3 has.",
        other="execution_date",
    )
    execution_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "The same as ``logical_date``, by its name in Airflow 2.", other="logical_date"
    )
    map_index: Field[Optional[int]] = Field(
        "The index of the mapped task instance, -1 when the task is not mapped. Since Airflow 2.7."
    )
    task_id: Field[str] = Field("The task's id.")
    dag_id: Field[str] = Field("The DAG's id.")
    run_after: DateTimeField[Optional[datetime]] = DateTimeField(
        "From when on the run could start, an aware datetime. Since Airflow 3.1.8."
    )
    dag_display_name: Field[Optional[str]] = Field("The DAG's name for people. Since Airflow 3.1.")
    task_display_name: Field[Optional[str]] = Field("The task's name for people. Since Airflow 3.1.")

    @property
    def run_id(self) -> str | None:
        """The DAG run's id. Airflow 2 does not send it; ``iter_xcoms`` finds it out and adds it beside the fields."""
        run_id: str | None = self._data.get("run_id")
        return getattr(self, "_run_id", None) if run_id is None else run_id

    @run_id.setter
    def run_id(self, run_id: str | None) -> None:
        self["run_id"] = run_id

    def __copy__(self: R) -> R:
        twin = super().__copy__()
        twin._run_id = getattr(self, "_run_id", None)
        return twin


def add_run_id(row: XComCollectionItem, run_id: str | None) -> None:
    """Add a run id that the server did not send, beside the fields that it sent."""
    object.__setattr__(row, "_run_id", run_id)
