"""Task instances of ``/api/v2``: listed, one at a time, and their logs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from airflow_client.testing.airflow3.calls import (
    PAGE,
    Call,
    cursors,
    dag_version,
    format_datetime,
    page_size,
    read_order,
    state_filter,
)
from airflow_client.testing.airflow3.params import Optionals, integer_reader, read_any, read_boolean
from airflow_client.testing.airflow3.responses import HttpError, json_lines, json_response
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.filters import Filter, compare
from airflow_client.testing.logs import render_3
from airflow_client.testing.run_store import TaskInstance
from airflow_client.testing.since import Numbers, known
from airflow_client.testing.store import Store

_STATES_3_0 = (
    *("removed", "scheduled", "queued", "running", "success", "restarting", "failed"),
    *("up_for_retry", "up_for_reschedule", "upstream_failed", "skipped", "deferred"),
)
_SORTABLE = {
    **{name: f"instance.{name}" for name in ("id", "state", "map_index")},
    **dict.fromkeys(("run_after", "logical_date"), "run_after"),
    **dict.fromkeys(("start_date", "end_date", "duration"), "instance.start_date"),
}
_LOG: Optionals = {
    "full_content": (read_boolean, False),
    "map_index": (integer_reader(), -1),
    "token": (read_any, None),
}
_LOG_TYPES = ("application/json", "application/x-ndjson")
_CONTINUATION = ("airflow-continuation-token", "eyJkb3dubG9hZF9sb2dzIjpmYWxzZX0.wGNM3XVGfInA0V6DGC1sRm6am1g")
#: First release with each field that Airflow 3.0 lacks.
_SINCE: dict[str, Numbers] = dict.fromkeys(("dag_display_name", "operator_name"), (3, 1))


class TaskInstances:
    """Task instances of a server, and their calls by method."""

    def __init__(self, store: Store, settings: Settings, *, is_3_0: bool) -> None:
        self._store = store
        self._settings = settings
        self._is_3_0 = is_3_0
        order: Any = "map_index" if is_3_0 else []
        parameters: Optionals = {**PAGE, "state": (read_any, []), "order_by": (read_any, order)}
        by_task: Optionals = {} if is_3_0 else {"map_index": (integer_reader(), None)}
        self.list_calls: dict[str, Call] = {
            "GET": Call(self._list, {**parameters, "task_id": (read_any, None), **by_task})
        }
        self.list_mapped_calls: dict[str, Call] = {"GET": Call(self._list_mapped, {**parameters, **by_task})}
        self.log_calls: dict[str, Call] = {"GET": Call(self._get_log, _LOG, add=_accept)}
        self.unmapped_calls: dict[str, Call] = {"GET": Call(self._get_unmapped)}
        self.mapped_calls: dict[str, Call] = {"GET": Call(self._get_mapped)}

    def _list(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        dag_id, run_id = ids["dag_id"], ids["run_id"]
        if dag_id != "~" and (self._is_3_0 or run_id == "~") and not self._store.exists("dag", dag_id=dag_id):
            raise HttpError(404, f"DAG with dag_id: `{dag_id}` was not found") if self._is_3_0 else _no_such_dag(dag_id)
        if run_id != "~" and not self._store.exists("run", dag_id=dag_id, run_id=run_id):
            names = f"run_id: `{run_id}`" if self._is_3_0 else f"dag_id: `{dag_id}` and run_id: `{run_id}`"
            raise HttpError(404, f"DagRun with {names} was not found")
        filters = [compare(f"instance.{name}", "=", text) for name, text in ids.items() if text != "~"]
        if params["task_id"] is not None:
            filters.append(compare("instance.task_id", "=", params["task_id"]))
        return self._page(filters, params)

    def _list_mapped(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        dag_id, task_id = ids["dag_id"], ids["task_id"]
        if not self._store.exists("dag", dag_id=dag_id):
            raise HttpError(404, f"DAG {dag_id} not found") if self._is_3_0 else _no_such_dag(dag_id)
        if not self._store.is_mapped(dag_id, task_id):
            known = self._store.exists("task", dag_id=dag_id, task_id=task_id)
            raise HttpError(404, f"Task id {task_id} {'is not mapped' if known else 'not found'}")
        filters = [compare(f"instance.{name}", "=", text) for name, text in ids.items()]
        return self._page([*filters, compare("instance.map_index", ">=", 0)], params)

    def _page(self, filters: list[Filter], params: dict[str, Any]) -> Response:
        states = _STATES_3_0 if self._settings.release < (3, 3) else (*_STATES_3_0, "awaiting_input")
        filters += state_filter("instance.state", params["state"], states, none=True)
        if params.get("map_index") is not None:
            filters.append(compare("instance.map_index", "=", params["map_index"]))
        limit = page_size(params, self._settings)
        columns = params["order_by"] or ["map_index"]
        order = read_order([columns] if isinstance(columns, str) else columns, _SORTABLE)
        total, instances = self._store.list_task_instances(
            filters,
            limit=limit,
            offset=params["offset"],
            order=[*((_SORTABLE[name], descends) for name, descends in order), ("instance.id", order[0][1])],
        )
        rows = [self._row(instance) for instance in instances]
        return json_response({"task_instances": rows, "total_entries": total, **cursors(self._settings.release)})

    def _get_log(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        if params["accept"] not in (*_LOG_TYPES, "*/*"):
            raise HttpError(406, f"Only {' or '.join(_LOG_TYPES)} is supported")
        try_number = integer_reader(0)(("path", "try_number"), ids.pop("try_number"))
        if params["token"]:
            raise HttpError(400, "Bad Signature. Please use only the tokens provided by the API.")
        for instance in self._store.task_instances(**ids):
            if instance.map_index == params["map_index"] and instance.try_number == try_number > 0:
                events = render_3(instance, is_3_0=self._is_3_0)
                if params["accept"] == "application/x-ndjson":
                    return json_lines([{"timestamp": None, **event} for event in events], _CONTINUATION)
                return json_response({"content": events, "continuation_token": None})
        raise HttpError(404, "TaskInstance not found")

    def _get_unmapped(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        instances = self._store.task_instances(**ids)
        if not instances:
            names = "dag_id: `{dag_id}`, run_id: `{run_id}` and task_id: `{task_id}`".format_map(ids)
            raise HttpError(404, f"The Task Instance with {names} was not found")
        if instances[0].map_index != -1:
            raise HttpError(404, "Task instance is mapped, add the map_index value to the URL")
        return json_response(self._row(instances[0]))

    def _get_mapped(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        map_index = integer_reader()(("path", "map_index"), ids.pop("map_index"))
        for instance in self._store.task_instances(**ids):
            if instance.map_index == map_index:
                return json_response(self._row(instance))
        names = "dag_id: `{dag_id}`, run_id: `{run_id}`, task_id: `{task_id}`".format_map(ids)
        raise HttpError(404, f"The Mapped Task Instance with {names}, and map_index: `{map_index}` was not found")

    def _row(self, instance: TaskInstance) -> dict[str, Any]:
        """Return the fields of a task instance."""
        row: dict[str, Any] = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, repr(instance))),
            "task_id": instance.task_id,
            "dag_id": instance.dag_id,
            "dag_run_id": instance.run_id,
            "map_index": instance.map_index,
            "logical_date": _format(instance.logical_date),
            "run_after": format_datetime(instance.run_after),
            "start_date": _format(instance.start_date),
            "end_date": _format(instance.end_date),
            "duration": instance.duration,
            "state": instance.state,
            "try_number": instance.try_number,
            "max_tries": 0,
            "task_display_name": instance.task_display_name,
            "dag_display_name": instance.dag_display_name,
            "hostname": "",
            "unixname": "airflow",
            "pool": "default_pool",
            "pool_slots": 1,
            "queue": "default",
            "priority_weight": 1,
            "operator": "PythonOperator",
            "operator_name": "PythonOperator",
            "queued_when": None,
            "scheduled_when": _format(instance.start_date),
            "pid": None,
            "executor": None,
            "executor_config": "{}",
            "note": None,
            "rendered_map_index": None if instance.map_index == -1 else str(instance.map_index),
            "rendered_fields": {},
            "trigger": None,
            "triggerer_job": None,
            "dag_version": dag_version(instance.dag_id, instance.dag_display_name, self._settings.release),
        }
        return known(row, _SINCE, self._settings.release)


def _no_such_dag(dag_id: str) -> HttpError:
    return HttpError(404, f"The Dag with ID: `{dag_id}` was not found")


def _accept(headers: Mapping[str, str], _username: str) -> dict[str, Any]:
    return {"accept": headers.get("accept", "*/*")}


def _format(date: str | None) -> str | None:
    return None if date is None else format_datetime(date)
