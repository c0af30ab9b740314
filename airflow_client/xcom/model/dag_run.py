"""Model of a DAG run, and of a task that failed in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, Optional

from airflow_client.xcom.model import DateTimeField, Field, Record


class DAGRun(Record):
    """DAG run, exactly as the server sent it.

    >>> run = DAGRun(dag_run_id="manual__1", state="success", logical_date="2024-01-01T00:00:00Z")
    >>> run.execution_date
    datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> run["logical_date"]
    '2024-01-01T00:00:00Z'
    """

    __slots__ = ()

    dag_id: Field[str] = Field("DAG id.")
    dag_run_id: Field[str] = Field("DAG run id.")
    state: Field[str] = Field("``queued``, ``running``, ``success`` or ``failed``.")
    run_type: Field[str] = Field(
        "``manual``, ``scheduled``, ``backfill``, ``dataset_triggered`` (Airflow 2) or ``asset_triggered`` (Airflow 3)."
    )
    conf: Field[Optional[dict[str, Any]]] = Field("Configuration that the run was triggered with.")
    note: Field[Optional[str]] = Field("Note of a user. Since Airflow 2.5.")
    logical_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "Logical date, an aware datetime; None for runs without one (Airflow 3).", alias="execution_date"
    )
    execution_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "``logical_date`` under its Airflow 2 name.", alias="logical_date"
    )
    run_after: DateTimeField[Optional[datetime]] = DateTimeField(
        "Earliest start time of the run, an aware datetime. Since Airflow 3.0."
    )
    queued_at: DateTimeField[Optional[datetime]] = DateTimeField(
        "Time of queueing, an aware datetime. Since Airflow 3.0."
    )
    start_date: DateTimeField[Optional[datetime]] = DateTimeField(
        "Start time, an aware datetime; None before the start."
    )
    end_date: DateTimeField[Optional[datetime]] = DateTimeField("End time, an aware datetime; None before the end.")
    duration: Field[Optional[float]] = Field("Seconds from start to end. Since Airflow 3.1.")
    data_interval_start: DateTimeField[Optional[datetime]] = DateTimeField(
        "Start of the data interval, an aware datetime; None for runs without a logical date. Since Airflow 2.3."
    )
    data_interval_end: DateTimeField[Optional[datetime]] = DateTimeField("End of the data interval. Since Airflow 2.3.")
    last_scheduling_decision: DateTimeField[Optional[datetime]] = DateTimeField(
        "Time when the scheduler last looked at the run, an aware datetime. Since Airflow 2.3."
    )
    external_trigger: Field[Optional[bool]] = Field("True if the run was not created by the scheduler. Airflow 2 only.")
    triggered_by: Field[Optional[str]] = Field("What created the run, such as ``rest_api``. Since Airflow 3.0.")
    triggering_user_name: Field[Optional[str]] = Field("Name of the user who triggered the run. Since Airflow 3.1.")
    dag_display_name: Field[Optional[str]] = Field("Display name of the DAG. Since Airflow 3.1.")
    dag_versions: Field[Optional[list[dict[str, Any]]]] = Field(
        "Versions of the DAG that the run used. Since Airflow 3.0."
    )
    bundle_version: Field[Optional[str]] = Field("Version of the DAG bundle. Since Airflow 3.0.")
    partition_key: Field[Optional[str]] = Field("Key of the run's partition. Since Airflow 3.2.")
    partition_date: DateTimeField[Optional[datetime]] = DateTimeField("Date of the run's partition. Since Airflow 3.3.")


class FailedTask(NamedTuple):
    """Task instance that failed, or did not run because another one failed.

    :ivar str task_id: task id.
    :ivar int map_index: index of the mapped task instance, -1 for unmapped tasks.
    :ivar str state: ``failed`` or ``upstream_failed``.
    :ivar int try_number: number of its last attempt, 0 if there was none.
    """

    task_id: str
    map_index: int
    state: str
    try_number: int

    def __str__(self) -> str:
        return repr(self.task_id) if self.map_index < 0 else f"{self.task_id!r}[{self.map_index}]"
