"""Task instances of ``/api/v2``: one at a time."""

from __future__ import annotations

import uuid
from typing import Any

from airflow_client.testing.airflow3.calls import Call, format_datetime
from airflow_client.testing.airflow3.params import integer_reader
from airflow_client.testing.airflow3.responses import HttpError, json_response
from airflow_client.testing.application import Response
from airflow_client.testing.store import Store, TaskInstance

_MISSING_IN_3_0 = ("dag_display_name", "operator_name")


class TaskInstances:
    """Task instances of a server, and their calls by method."""

    def __init__(self, store: Store, *, is_3_0: bool) -> None:
        self._store = store
        self._is_3_0 = is_3_0
        self.unmapped_calls: dict[str, Call] = {"GET": Call(self._get_unmapped)}
        self.mapped_calls: dict[str, Call] = {"GET": Call(self._get_mapped)}

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
        """Return the fields of a task instance; a finished one lasted no time."""
        after = format_datetime(instance.run_after)
        row: dict[str, Any] = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, repr(instance))),
            "task_id": instance.task_id,
            "dag_id": instance.dag_id,
            "dag_run_id": instance.run_id,
            "map_index": instance.map_index,
            "logical_date": None if instance.logical_date is None else format_datetime(instance.logical_date),
            "run_after": after,
            "start_date": after if instance.state else None,
            "end_date": after if instance.is_finished else None,
            "duration": 0.0 if instance.is_finished else None,
            "state": instance.state,
            "try_number": 1 if instance.state else 0,
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
            "scheduled_when": None,
            "pid": None,
            "executor": None,
            "executor_config": "{}",
            "note": None,
            "rendered_map_index": None if instance.map_index == -1 else str(instance.map_index),
            "rendered_fields": {},
            "trigger": None,
            "triggerer_job": None,
            "dag_version": None,
        }
        return {name: value for name, value in row.items() if not (self._is_3_0 and name in _MISSING_IN_3_0)}
