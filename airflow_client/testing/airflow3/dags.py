"""DAGs, their tasks, and import errors of ``/api/v2``."""

from __future__ import annotations

from typing import Any

from airflow_client.testing.airflow3.calls import (
    PAGE,
    START_DATE,
    Call,
    dag_version,
    format_datetime,
    page_size,
    read_order,
)
from airflow_client.testing.airflow3.params import read_any
from airflow_client.testing.airflow3.responses import HttpError, json_response
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.datetimes import now
from airflow_client.testing.run_store import Dag, Task
from airflow_client.testing.since import known
from airflow_client.testing.store import Store

_SORTABLE_ERRORS = {
    "id": "id",
    "import_error_id": "id",
    "timestamp": "timestamp",
    "filename": "filename",
}
#: First release with each field that Airflow 3.0 lacks.
_SINCE = {
    **dict.fromkeys(("last_parse_duration", "default_args", "is_favorite"), (3, 1)),
    **dict.fromkeys(("timetable_partitioned", "allowed_run_types", "active_runs_count"), (3, 2)),
    **dict.fromkeys(("timetable_periodic", "is_backfillable", "rerun_with_latest_version"), (3, 3)),
}


class Dags:
    """DAGs of a server, and their calls by method."""

    def __init__(self, store: Store, settings: Settings, *, is_3_0: bool) -> None:
        self._store = store
        self._settings = settings
        self._is_3_0 = is_3_0
        self.dag_calls: dict[str, Call] = {"GET": Call(self._get)}
        self.details_calls: dict[str, Call] = {"GET": Call(self._get_details)}
        self.tasks_calls: dict[str, Call] = {"GET": Call(self._list_tasks, {"order_by": (read_any, "task_id")})}
        self.task_calls: dict[str, Call] = {"GET": Call(self._get_task)}
        order: Any = "id" if is_3_0 else []
        self.import_errors_calls: dict[str, Call] = {
            "GET": Call(self._list_import_errors, {**PAGE, "order_by": (read_any, order)})
        }

    def _get(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        return self._response(_dag_row(self._find(ids)))

    def _get_details(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        row = _dag_row(self._find(ids))
        version = dag_version(row["dag_id"], row["dag_display_name"], self._settings.release)
        last = {name: row.pop(name) for name in ("is_backfillable", "file_token")}
        return self._response({**row, **_details(), **last, "concurrency": 16, "latest_dag_version": version})

    def _response(self, row: dict[str, Any]) -> Response:
        return json_response(known(row, _SINCE, self._settings.release))

    def _find(self, ids: dict[str, str]) -> Dag:
        dag = self._store.dag(**ids)
        if dag is None:
            dag_id = ids["dag_id"]
            text = (
                f"Dag with id {dag_id} was not found" if self._is_3_0 else f"The Dag with ID: `{dag_id}` was not found"
            )
            raise HttpError(404, text)
        return dag

    def _list_tasks(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        self._find(ids)
        column = params["order_by"]
        name = column.lstrip("-")
        rows = [self._task_row(task) for task in self._store.tasks(ids["dag_id"])]
        if rows and name not in rows[0]:
            detail = f"Ordering with '{name}' is disallowed or the attribute does not exist on the model"
            if self._is_3_0:
                detail = f"'SerializedBaseOperator' object has no attribute {name!r}"
            raise HttpError(400, detail)
        rows.sort(key=lambda row: str(row[name]), reverse=column.startswith("-"))
        return json_response({"tasks": rows, "total_entries": len(rows)})

    def _get_task(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        self._find({"dag_id": ids["dag_id"]})
        for task in self._store.tasks(ids["dag_id"]):
            if task.task_id == ids["task_id"]:
                return json_response(self._task_row(task))
        raise HttpError(404, f"Task with id {ids['task_id']} was not found")

    def _list_import_errors(self, _ids: dict[str, str], params: dict[str, Any]) -> Response:
        columns = params["order_by"] or ["id"]
        order = read_order([columns] if isinstance(columns, str) else columns, _SORTABLE_ERRORS)
        limit = page_size(params, self._settings)
        total, errors = self._store.list_import_errors(
            limit=limit,
            offset=params["offset"],
            order=[(f"import_error.{_SORTABLE_ERRORS[name]}", descends) for name, descends in order],
        )
        rows = [
            {
                "import_error_id": item.id,
                "timestamp": format_datetime(item.timestamp),
                "filename": item.filename,
                "bundle_name": "dags-folder",
                "stack_trace": item.stack_trace,
            }
            for item in errors
        ]
        return json_response({"import_errors": rows, "total_entries": total})

    def _task_row(self, task: Task) -> dict[str, Any]:
        return {
            "task_id": task.task_id,
            "task_display_name": task.display_name,
            "owner": "airflow",
            "start_date": START_DATE,
            "end_date": None,
            "trigger_rule": "all_success",
            "depends_on_past": False,
            "wait_for_downstream": False,
            "retries": 0.0,
            "queue": "default",
            "pool": "default_pool",
            "pool_slots": 1.0,
            "execution_timeout": None,
            "retry_delay": {"__type": "TimeDelta", "days": 0, "seconds": 300, "microseconds": 0},
            "retry_exponential_backoff": False if self._is_3_0 else 0.0,
            "priority_weight": 1.0,
            "weight_rule": "downstream",
            "ui_color": "#ffefeb",
            "ui_fgcolor": "#000",
            "template_fields": ["templates_dict", "op_args", "op_kwargs"],
            "downstream_task_ids": sorted(task.downstream),
            "doc_md": None,
            "operator_name": "PythonOperator",
            "params": {},
            "class_ref": {
                "module_path": "airflow.providers.standard.operators.python",
                "class_name": "PythonOperator",
            },
            "is_mapped": task.is_mapped,
            "extra_links": [],
        }


def _dag_row(dag: Dag) -> dict[str, Any]:
    next_dates = ("logical_date", "data_interval_start", "data_interval_end", "run_after")
    return {
        "dag_id": dag.dag_id,
        "dag_display_name": dag.display_name,
        "is_paused": dag.is_paused,
        "is_stale": False,
        "last_parsed_time": format_datetime(now()),
        "last_parse_duration": 0.1,
        "last_expired": None,
        "bundle_name": "dags-folder",
        "bundle_version": None,
        "relative_fileloc": f"{dag.dag_id}.py",
        "fileloc": f"/opt/airflow/dags/{dag.dag_id}.py",
        "description": None,
        "timetable_summary": None,
        "timetable_description": "Never, external triggers only",
        "timetable_partitioned": False,
        "timetable_periodic": False,
        "tags": [],
        "max_active_tasks": 16,
        "max_active_runs": 16,
        "max_consecutive_failed_dag_runs": 0,
        "has_task_concurrency_limits": False,
        "has_import_errors": False,
        **{f"next_dagrun_{name}": None for name in next_dates},
        "allowed_run_types": None,
        "owners": ["airflow"],
        "is_backfillable": False,
        "file_token": "",
    }


def _details() -> dict[str, Any]:
    return {
        "catchup": False,
        "dag_run_timeout": None,
        "asset_expression": None,
        "doc_md": None,
        "start_date": START_DATE,
        "end_date": None,
        "is_paused_upon_creation": None,
        "params": {},
        "render_template_as_native_obj": False,
        "template_search_path": None,
        "timezone": "UTC",
        "last_parsed": format_datetime(now()),
        "default_args": {},
        "rerun_with_latest_version": None,
        "owner_links": {},
        "is_favorite": False,
        "active_runs_count": 0,
    }
