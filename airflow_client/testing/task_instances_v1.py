"""Task instances of ``/api/v1``: one at a time."""

from __future__ import annotations

from typing import Any

from airflow_client.testing import answers_v1 as answers
from airflow_client.testing.http1 import Response
from airflow_client.testing.query_v1 import Problem
from airflow_client.testing.states import FINISHED_TASK_STATES
from airflow_client.testing.store import Store


class TaskInstancesV1:
    """Answers about the task instances of a server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def single(self, ids: dict[str, str], _: dict[str, Any]) -> Response:
        """Answer about an unmapped task."""
        if self._store.task_instances(ids["dag_id"], ids["run_id"], ids["task_id"]) not in ([], [-1]):
            detail = "Task instance is mapped, add the map_index value to the URL"
            raise Problem("404 NOT FOUND", "Task instance not found", detail, "NotFound")
        return self._told(ids, -1)

    def mapped(self, ids: dict[str, str], _: dict[str, Any]) -> Response:
        """Answer about one instance of a mapped task."""
        return self._told(ids, int(ids["map_index"]))

    def _told(self, ids: dict[str, str], map_index: int) -> Response:
        """Give a task instance. When it ran is not known: it took no time at all."""
        dag_id, run_id, task_id = ids["dag_id"], ids["run_id"], ids["task_id"]
        dates = self._store.run(dag_id, run_id)
        if dates is None or not self._store.has_instance(dag_id, run_id, task_id, map_index):
            raise Problem("404 NOT FOUND", "Task instance not found", None, "NotFound")
        state = self._store.states.task((dag_id, run_id, task_id, map_index))
        row: dict[str, Any] = {
            "dag_id": dag_id,
            "dag_run_id": run_id,
            "duration": 0.0 if state in FINISHED_TASK_STATES else None,
            "end_date": dates[1] if state in FINISHED_TASK_STATES else None,
            "execution_date": dates[0],
            "executor": None,
            "executor_config": "{}",
            "hostname": "",
            "map_index": map_index,
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
            "start_date": None if state is None else dates[1],
            "state": state,
            "task_display_name": task_id,
            "task_id": task_id,
            "trigger": None,
            "triggerer_job": None,
            "try_number": 0 if state is None else 1,
            "unixname": "airflow",
        }
        return answers.ok(row)
