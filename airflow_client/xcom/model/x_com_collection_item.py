"""One row of a list of XComs."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from airflow_client.xcom.model.base import Field, Model, Moment


class XComCollectionItem(Model):
    """One row of a list of XComs: what names the entry, and when it was written, without its value.

    >>> row = XComCollectionItem(key="return_value", timestamp="2024-01-01T00:00:00+00:00")
    >>> row.timestamp
    datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> row["timestamp"]
    '2024-01-01T00:00:00+00:00'
    """

    __slots__ = ()

    key: Field[str] = Field("The XCom's key; ``return_value`` for what a task returned.")
    timestamp: Moment[datetime] = Moment("When the XCom was written, an aware datetime.")
    logical_date: Moment[Optional[datetime]] = Moment(
        "The logical date of the DAG run, an aware datetime; None for a run without one, which Airflow 3 has.",
        other="execution_date",
    )
    execution_date: Moment[Optional[datetime]] = Moment(
        "The same as ``logical_date``, by its name in Airflow 2.", other="logical_date"
    )
    map_index: Field[Optional[int]] = Field(
        "The index of the mapped task instance, -1 when the task is not mapped. Since Airflow 2.7."
    )
    task_id: Field[str] = Field("The task's id.")
    dag_id: Field[str] = Field("The DAG's id.")
    run_id: Field[Optional[str]] = Field("The DAG run's id. Since Airflow 3.0; Airflow 2 does not send it.")
    run_after: Moment[Optional[datetime]] = Moment(
        "From when on the run could start, an aware datetime. Since Airflow 3.1.8."
    )
    dag_display_name: Field[Optional[str]] = Field("The DAG's name for people. Since Airflow 3.1.")
    task_display_name: Field[Optional[str]] = Field("The task's name for people. Since Airflow 3.1.")
