"""DAGs, their tasks, and import errors of ``/api/v1``."""

from __future__ import annotations

from typing import Any

from airflow_client.testing.airflow2.params import page_size, read_integer, read_natural, read_text
from airflow_client.testing.airflow2.responses import Problem, bad_request, json_object
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.datetimes import now
from airflow_client.testing.run_store import Dag, DagImportError, Task
from airflow_client.testing.since import known
from airflow_client.testing.store import Store

DAG_PARAMETERS = {"fields": read_text}
TASKS_PARAMETERS = {"order_by": read_text}
IMPORT_ERRORS_PARAMETERS = {"limit": read_integer, "offset": read_natural, "order_by": read_text}
_SORTABLE_ERRORS = {"import_error_id": "id", "timestamp": "timestamp", "filename": "filename"}
_NO_FIELDS = ("description", "last_expired", "last_pickled", "pickle_id", "root_dag_id", "schedule_interval")
_NO_DATES = ("next_dagrun", "next_dagrun_create_after", "next_dagrun_data_interval_end")
#: First release with each field that Airflow 2.4 lacks.
_SINCE = {
    **dict.fromkeys(("dag_display_name", "max_consecutive_failed_dag_runs", "task_display_name"), (2, 9)),
    "doc_md": (2, 10),
}
_DETAILS_SINCE = {
    **dict.fromkeys((*_NO_DATES, "next_dagrun_data_interval_start", "last_expired", "last_pickled"), (2, 8)),
    **dict.fromkeys(("has_import_errors", "has_task_concurrency_limits", "last_parsed_time", "root_dag_id"), (2, 8)),
    **dict.fromkeys(("scheduler_lock", "template_searchpath", "timetable_description"), (2, 8)),
    "dataset_expression": (2, 9),
}
_START = "2023-01-01T00:00:00+00:00"


class Dags:
    """DAGs of a server."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def get(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Return a DAG."""
        return _selected(self._known(_dag_row(self._find(ids))), params)

    def get_details(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Return a DAG with what its file says."""
        row = {**self._known(_dag_row(self._find(ids))), **_DETAILS, "last_parsed": now(), "owners": []}
        return _selected(known(row, _DETAILS_SINCE, self._settings.release), params)

    def list_tasks(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List the tasks of a DAG."""
        if not self._store.exists("dag", **ids):
            raise Problem(404, "DAG not found", None, "NotFound")
        column = params.get("order_by", "task_id")
        name = column.lstrip("-")
        rows = [self._known(_task_row(task)) for task in self._store.tasks(ids["dag_id"])]
        if rows and name not in rows[0]:
            raise bad_request(f"'SerializedBaseOperator' object has no attribute {name!r}")
        rows.sort(key=lambda row: str(row[name]), reverse=column.startswith("-"))
        return json_object({"tasks": rows, "total_entries": len(rows)})

    def get_task(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        """Return one task of a DAG."""
        if not self._store.exists("dag", dag_id=ids["dag_id"]):
            raise Problem(404, "DAG not found", None, "NotFound")
        for task in self._store.tasks(ids["dag_id"]):
            if task.task_id == ids["task_id"]:
                return json_object(self._known(_task_row(task)))
        raise Problem(404, "Task not found", None, "NotFound")

    def list_import_errors(self, _ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List the errors of files with DAGs."""
        column = params.get("order_by", "import_error_id")
        name = column.lstrip("-")
        if name not in _SORTABLE_ERRORS:
            raise bad_request(f"Ordering with '{name}' is disallowed or the attribute does not exist on the model")
        total, errors = self._store.list_import_errors(
            limit=page_size(params.get("limit"), self._settings.maximum_page_limit),
            offset=params.get("offset", 0),
            order=[(f"import_error.{_SORTABLE_ERRORS[name]}", column.startswith("-"))],
        )
        return json_object({"import_errors": [_error_row(item) for item in errors], "total_entries": total})

    def _known(self, row: dict[str, Any]) -> dict[str, Any]:
        return known(row, _SINCE, self._settings.release)

    def _find(self, ids: dict[str, str]) -> Dag:
        dag = self._store.dag(**ids)
        if dag is None:
            raise Problem(404, "DAG not found", f"The DAG with dag_id: {ids['dag_id']} was not found", "NotFound")
        return dag


def _selected(row: dict[str, Any], params: dict[str, Any]) -> Response:
    if "fields" in params:
        row = {name: row[name] for name in params["fields"].split(",") if name in row}
    return json_object(row)


def _dag_row(dag: Dag) -> dict[str, Any]:
    return {
        **dict.fromkeys((*_NO_FIELDS, *_NO_DATES, "next_dagrun_data_interval_start", "scheduler_lock")),
        "dag_display_name": dag.dag_id,
        "dag_id": dag.dag_id,
        "default_view": "grid",
        "file_token": "",
        "fileloc": f"/opt/airflow/dags/{dag.dag_id}.py",
        "has_import_errors": False,
        "has_task_concurrency_limits": False,
        "is_active": True,
        "is_paused": dag.is_paused,
        "is_subdag": False,
        "last_parsed_time": now(),
        "max_active_runs": 16,
        "max_active_tasks": 16,
        "max_consecutive_failed_dag_runs": 0,
        "owners": ["airflow"],
        "tags": [],
        "timetable_description": "Never, external triggers only",
    }


_DETAILS: dict[str, Any] = {
    "catchup": False,
    "concurrency": 16,
    "dag_run_timeout": None,
    "dataset_expression": None,
    "doc_md": None,
    "end_date": None,
    "is_paused_upon_creation": None,
    "orientation": "LR",
    "params": {},
    "render_template_as_native_obj": False,
    "start_date": _START,
    "template_searchpath": None,
    "timezone": "UTC",
}


def _task_row(task: Task) -> dict[str, Any]:
    return {
        "class_ref": {"class_name": "PythonOperator", "module_path": "airflow.operators.python"},
        "depends_on_past": False,
        "doc_md": None,
        "downstream_task_ids": sorted(task.downstream),
        "end_date": None,
        "execution_timeout": None,
        "extra_links": [],
        "is_mapped": task.is_mapped,
        "operator_name": "PythonOperator",
        "owner": "airflow",
        "params": {},
        "pool": "default_pool",
        "pool_slots": 1.0,
        "priority_weight": 1.0,
        "queue": "default",
        "retries": 0.0,
        "retry_delay": {"__type": "TimeDelta", "days": 0, "microseconds": 0, "seconds": 300},
        "retry_exponential_backoff": False,
        "start_date": _START,
        "task_display_name": task.task_id,
        "task_id": task.task_id,
        "template_fields": ["templates_dict", "op_args", "op_kwargs"],
        "trigger_rule": "all_success",
        "ui_color": "#ffefeb",
        "ui_fgcolor": "#000",
        "wait_for_downstream": False,
        "weight_rule": "downstream",
    }


def _error_row(item: DagImportError) -> dict[str, Any]:
    return {
        "filename": item.filename,
        "import_error_id": item.id,
        "stack_trace": item.stack_trace,
        "timestamp": item.timestamp,
    }
