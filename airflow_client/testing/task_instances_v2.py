"""Task instances of ``/api/v2``: one at a time."""

from __future__ import annotations

import uuid
from typing import Any

from airflow_client.testing import answers_v2 as answers
from airflow_client.testing.answers_v2 import Refusal
from airflow_client.testing.calls_v2 import Call, told_moment
from airflow_client.testing.http1 import Response
from airflow_client.testing.states import FINISHED_TASK_STATES
from airflow_client.testing.store import Store
from airflow_client.testing.validation import integer

_NOT_IN_3_0 = ("dag_display_name", "operator_name")


class TaskInstancesV2:
    """Answers about the task instances of a server.

    :param old: answer as Airflow 3.0.
    :ivar of_task: calls for an unmapped task, by method.
    :ivar of_index: calls for one instance of a mapped task, by method.
    """

    def __init__(self, store: Store, *, old: bool) -> None:
        self._store = store
        self._old = old
        self.of_task: dict[str, Call] = {"GET": Call(self._single)}
        self.of_index: dict[str, Call] = {"GET": Call(self._mapped)}

    def _single(self, ids: dict[str, str], _: dict[str, Any]) -> Response:
        dag_id, run_id, task_id = ids["dag_id"], ids["run_id"], ids["task_id"]
        instances = self._store.task_instances(dag_id, run_id, task_id)
        if not instances:
            ids_text = f"dag_id: `{dag_id}`, run_id: `{run_id}` and task_id: `{task_id}`"
            raise Refusal(404, f"The Task Instance with {ids_text} was not found")
        if instances != [-1]:
            raise Refusal(404, "Task instance is mapped, add the map_index value to the URL")
        return self._told(ids, -1)

    def _mapped(self, ids: dict[str, str], _: dict[str, Any]) -> Response:
        dag_id, run_id, task_id = ids["dag_id"], ids["run_id"], ids["task_id"]
        map_index = integer()(("path", "map_index"), ids["map_index"])
        if map_index not in self._store.task_instances(dag_id, run_id, task_id):
            ids_text = f"dag_id: `{dag_id}`, run_id: `{run_id}`, task_id: `{task_id}`, and map_index: `{map_index}`"
            raise Refusal(404, f"The Mapped Task Instance with {ids_text} was not found")
        return self._told(ids, map_index)

    def _told(self, ids: dict[str, str], map_index: int) -> Response:
        """Give a task instance. When it ran is not known: it took no time at all."""
        key = (ids["dag_id"], ids["run_id"], ids["task_id"], map_index)
        logical_date, run_after = self._store.run(*key[:2]) or (None, "")
        state = self._store.states.task(key)
        is_finished, after = state in FINISHED_TASK_STATES, told_moment(run_after)
        row: dict[str, Any] = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, repr(key))),
            "task_id": key[2],
            "dag_id": key[0],
            "dag_run_id": key[1],
            "map_index": map_index,
            "logical_date": None if logical_date is None else told_moment(logical_date),
            "run_after": after,
            "start_date": None if state is None else after,
            "end_date": after if is_finished else None,
            "duration": 0.0 if is_finished else None,
            "state": state,
            "try_number": 0 if state is None else 1,
            "max_tries": 0,
            "task_display_name": self._store.display_name(key[0], key[2]),
            "dag_display_name": self._store.display_name(key[0]),
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
            "rendered_map_index": None if map_index == -1 else str(map_index),
            "rendered_fields": {},
            "trigger": None,
            "triggerer_job": None,
            "dag_version": None,
        }
        return answers.ok({name: value for name, value in row.items() if not (self._old and name in _NOT_IN_3_0)})
