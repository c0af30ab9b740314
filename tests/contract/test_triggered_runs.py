"""Runs that a client triggers and a scheduler runs: on real servers, and as the embedded server simulates them."""

from __future__ import annotations

import json
import time
from typing import Any, Callable

import pytest

from airflow_client.xcom import ApiClient
from tests.contract import triggered
from tests.contract.servers import Server

RUNS = "/dags/{dag_id}/dagRuns"
RUN = RUNS + "/{run_id}"
SECONDS = 60.0


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "the condition did not become true"
        time.sleep(0.03)  # a request for each look: the scheduler needs the CPU, too


class Trigger:
    """Triggers runs of a server."""

    def __init__(self, server: Server, client: ApiClient) -> None:
        self._client = client
        self._date = {} if server.major == 2 else {"logical_date": None}

    def get(self, path: str, query: Any = (), **ids: Any) -> Any:
        return self._client.call_api(path, "GET", ids, query, _return_http_data_only=True)

    def post(self, dag_id: str, **body: Any) -> Any:
        body = {**self._date, **body}
        return self._client.call_api(RUNS, "POST", {"dag_id": dag_id}, body=body, _return_http_data_only=True)

    def run(self, dag_id: str, **body: Any) -> Any:
        """Trigger a run, wait for its end, and return it."""
        run_id = self.post(dag_id, **body)["dag_run_id"]
        ids = {"dag_id": dag_id, "run_id": run_id}
        wait_until(lambda: self.get(RUN, **ids)["state"] in ("success", "failed"))
        return self.get(RUN, **ids)

    def task_instances(self, run: Any, query: Any = ()) -> list[Any]:
        path = RUN + "/taskInstances"
        instances: list[Any] = self.get(path, query, dag_id=run["dag_id"], run_id=run["dag_run_id"])["task_instances"]
        return instances

    def values(self, run: Any, task_id: str) -> list[Any]:
        """Return the results of the instances of a task in the order of their map indexes."""
        path = RUN + "/taskInstances/{task_id}/xcomEntries"
        ids = {"dag_id": run["dag_id"], "run_id": run["dag_run_id"], "task_id": task_id}
        rows = sorted(self.get(path, **ids)["xcom_entries"], key=lambda row: int(row["map_index"]))
        found = []
        for row in rows:
            query = [("map_index", row["map_index"]), ("stringify", "false")]
            found.append(self.get(path + "/return_value", query, **ids)["value"])
        return found


@pytest.fixture
def trigger(scheduled_server: Server, scheduled_client: ApiClient) -> Trigger:
    return Trigger(scheduled_server, scheduled_client)


def test_a_run_begins_queued_and_returns_its_conf(trigger: Trigger) -> None:
    conf = {"value": {"a": [1, None]}}
    queued = trigger.post(triggered.ECHO, dag_run_id="echoes", conf=conf, note="a note")
    assert (queued["state"], queued["start_date"], queued["conf"], queued["note"]) == ("queued", None, conf, "a note")
    wait_until(lambda: trigger.get(RUN, dag_id=triggered.ECHO, run_id="echoes")["state"] == "success")
    run = trigger.get(RUN, dag_id=triggered.ECHO, run_id="echoes")
    assert run["start_date"] <= run["end_date"]
    assert trigger.values(run, "echo") == [{"a": [1, None]}]


def test_a_run_is_running_meanwhile(trigger: Trigger) -> None:
    run = trigger.post(triggered.ECHO, conf={"seconds": 1})
    ids = {"dag_id": triggered.ECHO, "run_id": run["dag_run_id"]}
    wait_until(lambda: trigger.task_instances(run)[0]["state"] == "running")
    row = trigger.get(RUN, **ids)
    assert (row["state"], row["end_date"]) == ("running", None)
    wait_until(lambda: trigger.get(RUN, **ids)["state"] == "success")
    assert trigger.values(run, "echo") == []


def test_a_task_fails_with_its_log(scheduled_server: Server, scheduled_client: ApiClient, trigger: Trigger) -> None:
    run = trigger.run(triggered.FAILS)
    assert run["state"] == "failed"
    states = {instance["task_id"]: instance["state"] for instance in trigger.task_instances(run)}
    assert states == {"before": "success", "fail": "failed", "after": "upstream_failed"}
    failed = trigger.task_instances(run, [("state", "failed")])
    assert [(instance["task_id"], instance["try_number"]) for instance in failed] == [("fail", 1)]
    ids = {"dag_id": triggered.FAILS, "run_id": run["dag_run_id"]}
    content = trigger.get(RUN + "/taskInstances/fail/logs/1", **ids)["content"]
    if scheduled_server.major == 2:
        assert f"ERROR - {triggered.LOG_LINE}\\n" in content
    else:
        line = next(event for event in content if event["event"] == triggered.LOG_LINE)
        assert (line["level"], line["timestamp"][:2]) == ("error", "20")


def test_mapped_instances_have_a_result_each(trigger: Trigger) -> None:
    run = trigger.run(triggered.MAPPED)
    # Airflow 2 does not order them.
    assert sorted(instance["map_index"] for instance in trigger.task_instances(run)) == [0, 1, 2]
    ids = {"dag_id": triggered.MAPPED, "run_id": run["dag_run_id"]}
    mapped = trigger.get(RUN + "/taskInstances/square/listMapped", **ids)
    assert mapped["total_entries"] == 3
    assert trigger.values(run, "square") == [1, 4, 9]


def test_leaves_have_no_downstream_tasks(trigger: Trigger) -> None:
    tasks = trigger.get("/dags/{dag_id}/tasks", dag_id=triggered.LEAVES)["tasks"]
    downstream = {task["task_id"]: sorted(task["downstream_task_ids"]) for task in tasks}
    assert downstream == {"first": ["left", "right", "silent"], "left": [], "right": [], "silent": []}
    run = trigger.run(triggered.LEAVES)
    assert [trigger.values(run, task_id) for task_id in downstream] == [[1], [4], [9], []]


def test_a_run_of_a_paused_dag_stays_queued(trigger: Trigger) -> None:
    assert trigger.get("/dags/{dag_id}", dag_id=triggered.PAUSED)["is_paused"] is True
    run = trigger.post(triggered.PAUSED)
    trigger.run(triggered.ECHO)  # the scheduler has worked in the meantime
    assert trigger.get(RUN, dag_id=triggered.PAUSED, run_id=run["dag_run_id"])["state"] == "queued"
    assert {instance["state"] for instance in trigger.task_instances(run)} == {None}
    assert json.dumps(run["conf"]) == "{}"
