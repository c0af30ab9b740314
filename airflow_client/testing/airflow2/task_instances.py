"""Task instances of ``/api/v1``: one at a time."""

from __future__ import annotations

from typing import Any

from airflow_client.testing.airflow2.responses import Problem, json_object
from airflow_client.testing.application import Response
from airflow_client.testing.store import Store, TaskInstance


class TaskInstances:
    """Task instances of a server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_unmapped(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        """Return the instance of an unmapped task."""
        instances = self._store.task_instances(**ids)
        if not instances:
            raise _not_found(None)
        if instances[0].map_index != -1:
            raise _not_found("Task instance is mapped, add the map_index value to the URL")
        return json_object(_row(instances[0]))

    def get_mapped(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        """Return one instance of a mapped task."""
        map_index = int(ids.pop("map_index"))
        for instance in self._store.task_instances(**ids):
            if instance.map_index == map_index:
                return json_object(_row(instance))
        raise _not_found(None)


def _not_found(detail: str | None) -> Problem:
    return Problem(404, "Task instance not found", detail, "NotFound")


def _row(instance: TaskInstance) -> dict[str, Any]:
    """Return the fields of a task instance; a finished one lasted no time."""
    return {
        "dag_id": instance.dag_id,
        "dag_run_id": instance.run_id,
        "duration": 0.0 if instance.is_finished else None,
        "end_date": instance.run_after if instance.is_finished else None,
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
        "start_date": instance.run_after if instance.state else None,
        "state": instance.state,
        "task_display_name": instance.task_id,
        "task_id": instance.task_id,
        "trigger": None,
        "triggerer_job": None,
        "try_number": 1 if instance.state else 0,
        "unixname": "airflow",
    }
