"""Policy of a DAG that is called like a function, without sockets. `tests/client/test_dag_runs.py` has the rest."""

from __future__ import annotations

import json
from typing import Any

from airflow_client.xcom import ApiClient, Configuration, DAGRunApi
from airflow_client.xcom.core import policy
from airflow_client.xcom.core.dag_call import DagCall
from airflow_client.xcom.core.messages import Response
from airflow_client.xcom.core.options import Options, Polling
from airflow_client.xcom.headers import ResponseHeaders, Secret


def test_a_call_whose_event_loop_is_gone_ends_without_a_warning() -> None:
    """Nobody would be warned: Python discards the coroutine, at any time and place."""
    client = ApiClient(Configuration(host="http://localhost/api/v2"))
    options = Options(DAGRunApi.call_dag, Secret((None, None, {})))
    steps = DagCall(client, "d", None, None, "return_value", Polling(60, 1, None), None, options).steps()
    assert request_of(next(steps)) == "GET /api/v2/dags/d/tasks"
    tasks = json.dumps({"tasks": [{"task_id": "t", "downstream_task_ids": []}]}).encode()
    trigger = steps.send(Response(200, "OK", ResponseHeaders(()), tasks))
    assert request_of(trigger) == "POST /api/v2/dags/d/dagRuns"
    steps.close()


def request_of(step: Any) -> str:
    assert isinstance(step, policy.Send)
    return f"{step.request.method} {step.request.target}"
