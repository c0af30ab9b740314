"""Task instances of ``/api/v1``: listed, one at a time, and their logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_client.testing.airflow2.params import read_boolean, read_integer, read_natural, read_text, read_text_list
from airflow_client.testing.airflow2.responses import Problem, bad_request, json_object, text_or_object
from airflow_client.testing.application import InternalServerError, Response, Settings
from airflow_client.testing.database import Order
from airflow_client.testing.filters import Filter, compare, is_in
from airflow_client.testing.logs import render_2
from airflow_client.testing.run_store import TASK_STATES, TaskInstance
from airflow_client.testing.since import known
from airflow_client.testing.store import Store

LIST_PARAMETERS = {"limit": read_integer, "offset": read_natural, "state": read_text_list}
LIST_MAPPED_PARAMETERS = {**LIST_PARAMETERS, "order_by": read_text}
LOG_PARAMETERS = {"full_content": read_boolean, "map_index": read_integer, "token": read_text}
#: First release with each field that Airflow 2.4 lacks.
_SINCE = {
    **dict.fromkeys(("note", "trigger", "triggerer_job"), (2, 5)),
    **dict.fromkeys(("rendered_map_index", "task_display_name"), (2, 9)),
    "executor": (2, 10),
}
_DEFAULT_LIMIT = 100
_ORDER = [("instance.dag_id", False), ("instance.run_id", False), ("instance.id", False)]
_SORTABLE = {
    **{name: f"instance.{name}" for name in ("map_index", "state", "start_date")},
    **dict.fromkeys(("end_date", "duration"), "instance.start_date"),
}
_TOKEN = "eyJlbmRfb2ZfbG9nIjp0cnVlfQ"
_BAD_TOKEN = "Bad Signature. Please use only the tokens provided by the API."


class TaskInstances:
    """Task instances of a server."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._release = settings.release

    def list_all(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List the task instances of a run, or of all."""
        return self._page([compare(f"instance.{name}", "=", text) for name, text in ids.items() if text != "~"], params)

    def list_mapped(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List the instances of a mapped task."""
        dag_id, task_id = ids["dag_id"], ids["task_id"]
        filters = [compare(f"instance.{name}", "=", text) for name, text in ids.items()]
        if not self._store.exists("dag", dag_id=dag_id):
            raise Problem(404, f"DAG {dag_id} not found", None, "NotFound")
        if not self._store.is_mapped(dag_id, task_id):
            exists = self._store.exists("task", dag_id=dag_id, task_id=task_id)
            if not exists and self._release < (2, 8):
                raise InternalServerError("real servers fail on an unknown task")
            raise Problem(404, f"Task id {task_id} {'is not mapped' if exists else 'not found'}", None, "NotFound")
        column = params.get("order_by", "map_index")
        name = column.lstrip("-")
        if name not in _SORTABLE:
            raise bad_request(f"Ordering with '{column}' is not supported")
        order = [(_SORTABLE[name], column.startswith("-")), ("instance.map_index", False)]
        return self._page([*filters, compare("instance.map_index", ">=", 0)], params, order)

    def _page(self, filters: list[Filter], params: dict[str, Any], order: Sequence[Order] = _ORDER) -> Response:
        states = params.get("state")
        if states:
            unknown = [state for state in states if state not in (*TASK_STATES, "none")]
            if unknown and self._release >= (2, 7):
                raise InternalServerError(f"real servers fail on the state {unknown[0]!r}")
            filters.append(is_in("instance.state", states))
        page = {"limit": params.get("limit", _DEFAULT_LIMIT), "offset": params.get("offset", 0)}
        total, instances = self._store.list_task_instances(filters, **page, order=order)
        return json_object({"task_instances": [self._row(item) for item in instances], "total_entries": total})

    def get_log(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Return the log of one attempt of a task instance."""
        try_number = int(ids.pop("try_number"))
        if params.get("token") and not params["token"].startswith(_TOKEN):
            raise Problem(400, _BAD_TOKEN, None, "BadRequest")
        map_index = params.get("map_index", -1)
        for instance in self._store.task_instances(**ids):
            if instance.map_index == map_index:
                host, text = render_2(instance, try_number, is_grouped=self._release >= (2, 10))
                content = {
                    "content": str([(host, text)]),
                    "continuation_token": f"{_TOKEN}.wGNM3XVGfInA0V6DGC1sRm6am1g",
                }
                return text_or_object(params["accept"], f"{host}\n{text}\n", content)
        raise Problem(404, "TaskInstance not found", None, "NotFound")

    def get_unmapped(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        """Return the instance of an unmapped task."""
        instances = self._store.task_instances(**ids)
        if not instances:
            raise _not_found(None)
        if instances[0].map_index != -1:
            raise _not_found("Task instance is mapped, add the map_index value to the URL")
        return json_object(self._row(instances[0]))

    def get_mapped(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        """Return one instance of a mapped task."""
        map_index = int(ids.pop("map_index"))
        for instance in self._store.task_instances(**ids):
            if instance.map_index == map_index:
                return json_object(self._row(instance))
        raise _not_found(None)

    def _row(self, instance: TaskInstance) -> dict[str, Any]:
        """Return the fields of a task instance."""
        row: dict[str, Any] = {
            "dag_id": instance.dag_id,
            "dag_run_id": instance.run_id,
            "duration": instance.duration,
            "end_date": instance.end_date,
            "execution_date": instance.logical_date,
            "executor": None,
            "executor_config": "{}",
            "hostname": "",
            "map_index": instance.map_index,
            "max_tries": 0,
            "note": None,
            "operator": "PythonOperator",
            "pid": None,
            "pool": "default_pool",
            "pool_slots": 1,
            "priority_weight": 1,
            "queue": "default",
            "queued_when": None,
            "rendered_fields": {},
            "rendered_map_index": None,
            "sla_miss": None,
            "start_date": instance.start_date,
            "state": instance.state,
            "task_display_name": instance.task_id,
            "task_id": instance.task_id,
            "trigger": None,
            "triggerer_job": None,
            "try_number": instance.try_number,
            "unixname": "airflow",
        }
        return known(row, _SINCE, self._release)


def _not_found(detail: str | None) -> Problem:
    return Problem(404, "Task instance not found", detail, "NotFound")
