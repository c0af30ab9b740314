"""Operations on DAG runs, and the filters of their lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core.operations import JSON, RUN_PATH, Operation, make_query
from airflow_client.xcom.core.validation import (
    check_round_trip,
    identifier,
    iso_datetime,
    json_body,
    not_negative,
    text,
)
from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, did_you_mean, type_name
from airflow_client.xcom.model.dag_run import DAGRun, FailedTask
from airflow_client.xcom.model.dag_run_collection import DAGRunCollection
from airflow_client.xcom.model.page import note_first_page

if TYPE_CHECKING:
    from collections.abc import Callable


_LIST_PATH = "/dags/{dag_id}/dagRuns"
#: States of a DAG run. Airflow 2 returns an empty list for any other.
STATES = ("queued", "running", "success", "failed")


def run_state(name: str, value: str) -> str:
    if text(name, value) not in STATES:
        accepted = ", ".join(map(repr, STATES))
        raise ApiValueError(f"{name} must be one of {accepted}, not {value!r:.100}{did_you_mean(value, STATES)}")
    return value


#: Query parameters of a list of DAG runs, with the function that converts each to text.
FILTERS: dict[str, Callable[[str, Any], str]] = {
    "limit": not_negative,
    "offset": not_negative,
    **{
        f"{name}_{bound}": iso_datetime
        for name in ("execution_date", "logical_date", "run_after", "start_date", "end_date", "updated_at")
        for bound in ("gte", "lte")
    },
    "state": run_state,
    "order_by": text,
    "fields": text,
}


def get_dag_runs(dag_id: str, parameters: Mapping[str, Any]) -> Operation[DAGRunCollection]:
    """Return the operation of :meth:`DAGRunApi.get_dag_runs`, with parameters from :data:`FILTERS`."""
    path = _LIST_PATH.format(dag_id=identifier("dag_id", dag_id))
    query = make_query(FILTERS, parameters)
    names = dict(query).keys()
    expected = {} if dag_id == "~" else {"dag_id": dag_id}
    check = None if {"limit", "offset"} & names else note_first_page
    return Operation("get_dag_runs", "GET", path, _LIST_PATH, query, DAGRunCollection, expected=expected, check=check)


def get_dag_run(dag_id: str, dag_run_id: str, fields: str | list[str] | None = None) -> Operation[DAGRun]:
    """Return the operation of :meth:`DAGRunApi.get_dag_run`."""
    ids = {"dag_id": dag_id, "dag_run_id": dag_run_id}
    path = RUN_PATH.format(**{name: identifier(name, value) for name, value in ids.items()})
    query = make_query({"fields": text}, {"fields": fields})
    expected = ids if fields is None else {name: value for name, value in ids.items() if name in fields}
    return Operation("get_dag_run", "GET", path, RUN_PATH, query, DAGRun, expected=expected)


def post_dag_run(dag_id: str, dag_run: DAGRun | Mapping[str, Any]) -> Operation[DAGRun]:
    """Return the operation of :meth:`DAGRunApi.post_dag_run`."""
    if not isinstance(dag_run, Mapping):
        raise ApiTypeError(f"dag_run must be a DAGRun or a mapping of its fields, not {type_name(dag_run)}")
    fields = {
        name: iso_datetime(f"dag_run[{name!r}]", value) if isinstance(value, datetime) else value
        for name, value in dag_run.items()
    }
    check_round_trip("dag_run", fields)
    expected = {"dag_id": dag_id}
    if fields.get("dag_run_id") is not None:
        identifier("dag_run_id", fields["dag_run_id"])
        expected["dag_run_id"] = fields["dag_run_id"]
    path = _LIST_PATH.format(dag_id=identifier("dag_id", dag_id))
    return Operation(
        *("post_dag_run", "POST", path, _LIST_PATH, [], DAGRun), headers=JSON, expected=expected, fields=fields
    )


def run_fields(
    conf: Mapping[str, Any] | None, logical_date: datetime | None, dag_run_id: str, note: str | None
) -> dict[str, Any]:
    """Return the fields of a run to trigger; those that are None are left to the server."""
    if conf is not None and not isinstance(conf, Mapping):
        raise ApiTypeError(f"conf must be a dict or None, not {type_name(conf)}")
    fields: dict[str, Any] = {"dag_run_id": dag_run_id}
    if conf is not None:
        fields["conf"] = dict(conf)
        check_round_trip("conf", fields["conf"])
    if logical_date is not None:
        fields["logical_date"] = iso_datetime("logical_date", logical_date)
    if note is not None:
        fields["note"] = text("note", note)
    return fields


def get_dag(dag_id: str) -> Operation[Any]:
    """Return the operation that reads a DAG: whether it is paused or has import errors, and its limits."""
    return _read("/dags/{dag_id}", dag_id=dag_id)


def get_tasks(dag_id: str) -> Operation[Any]:
    """Return the operation that lists a DAG's tasks."""
    return _read("/dags/{dag_id}/tasks", dag_id=dag_id)


def get_failed_tasks(dag_id: str, dag_run_id: str) -> Operation[Any]:
    """Return the operation that lists the task instances that failed or did not run for that reason."""
    operation = _read(RUN_PATH + "/taskInstances", dag_id=dag_id, dag_run_id=dag_run_id)
    operation.query = [("state", "failed"), ("state", "upstream_failed"), ("limit", "100")]
    return operation


def get_mapped_tasks(dag_id: str, dag_run_id: str, task_id: str) -> Operation[Any]:
    """Return the operation that counts the instances of a mapped task."""
    path = RUN_PATH + "/taskInstances/{task_id}/listMapped"
    operation = _read(path, dag_id=dag_id, dag_run_id=dag_run_id, task_id=task_id)
    operation.query = [("limit", "1")]
    return operation


def get_log(dag_id: str, dag_run_id: str, task: FailedTask) -> Operation[Any]:
    """Return the operation that reads the log of a task's last attempt."""
    path = RUN_PATH + "/taskInstances/{task_id}/logs/{try_number}"
    number = str(task.try_number)
    operation = _read(path, dag_id=dag_id, dag_run_id=dag_run_id, task_id=task.task_id, try_number=number)
    operation.name = "get_log"
    operation.query = [("map_index", str(task.map_index))] if task.map_index >= 0 else []
    return operation


def get_import_errors() -> Operation[Any]:
    """Return the operation that lists the files of DAGs that cannot be imported."""
    operation = _read("/importErrors")
    operation.query = [("limit", "100")]
    return operation


def get_health() -> Operation[Any]:
    """Return the operation that reads the state of Airflow's components. It needs no permission."""
    operation = _read("/health")
    operation.name = "get_health"
    return operation


def _read(path: str, **ids: str) -> Operation[Any]:
    encoded = {name: identifier(name, value) for name, value in ids.items()}
    return Operation(None, "GET", path.format(**encoded), path, [], None)


def list_dag_runs(dag_ids: list[str], first: datetime, last: datetime) -> Operation[Any]:
    """Return Airflow 2's operation that lists DAG runs by logical date, from ``first`` to ``last`` inclusive."""
    body = {
        "dag_ids": dag_ids,
        "execution_date_gte": first.isoformat(),
        "execution_date_lte": last.isoformat(),
        "page_limit": 100,
    }
    path, content = "/dags/~/dagRuns/list", json_body("dag_ids", body)
    return Operation(None, "POST", path, path, [], None, headers=JSON, body=content, repeatable=True)
