"""States of DAG runs and tasks: those that a test sets, and those that follow."""

from __future__ import annotations

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import get


def run_state(airflow: EmbeddedAirflow) -> str:
    return str(get(airflow, f"{airflow.host[len(airflow.base_url) :]}/dags/d/dagRuns/r").json["state"])


def test_the_state_of_a_run_follows_from_its_tasks(airflow: EmbeddedAirflow) -> None:
    airflow.add_run("d", "r", logical_date="2024-01-01T00:00:00Z")
    states = [run_state(airflow)]
    for task_state in (None, "up_for_retry", "success", "upstream_failed", "skipped"):
        airflow.add_task("d", "r", "t", state=task_state)
        states.append(run_state(airflow))
    assert states == ["queued", "running", "running", "success", "failed", "success"]
    airflow.add_run("d", "r", state="failed", logical_date="2024-01-01T00:00:00Z")
    assert run_state(airflow) == "failed"


def test_a_finished_run_has_the_end_that_a_test_gives_it(airflow: EmbeddedAirflow) -> None:
    dates = {"logical_date": "2024-01-01T00:00:00Z", "end_date": "2024-01-01T01:10:30+01:00"}
    airflow.add_run("d", "r", state="success", **dates)
    run = get(airflow, f"{airflow.host[len(airflow.base_url) :]}/dags/d/dagRuns/r").json
    ended = {run[name].replace("+00:00", "Z") for name in ("start_date", "end_date")}
    assert ended == {"2024-01-01T00:00:00Z", "2024-01-01T00:10:30Z"}


def test_a_push_lets_a_task_without_a_state_succeed(airflow: EmbeddedAirflow) -> None:
    path = f"{airflow.host[len(airflow.base_url) :]}/dags/d/dagRuns/r/taskInstances"
    for task_id, state in (("waits", None), ("runs", "running")):
        airflow.add_task("d", "r", task_id, state=state)
    for task_id in ("waits", "runs", "new"):
        airflow.push_xcom("d", "r", task_id, "key", 1)
    states = {task_id: get(airflow, f"{path}/{task_id}").json["state"] for task_id in ("waits", "runs", "new")}
    assert states == {"waits": "success", "runs": "running", "new": "success"}


def test_a_deleted_run_takes_its_xcoms_with_it(airflow: EmbeddedAirflow) -> None:
    airflow.push_xcom("d", "r", "t", "key", 1)
    assert airflow.delete_run("d", "r")
    assert not airflow.delete_run("d", "r")
    prefix = airflow.host[len(airflow.base_url) :]
    assert get(airflow, f"{prefix}/dags/d/dagRuns/r/taskInstances/t/xcomEntries").json["total_entries"] == 0
    assert get(airflow, f"{prefix}/dags/d/dagRuns/r").status == 404


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^state must be one of queued, running, success, failed, not 'done'"):
        EmbeddedAirflow("3.3.2").add_run("d", "r", state="done")
    with pytest.raises(ValueError, match=r"^state must be one of success"):
        EmbeddedAirflow().add_task("d", "r", "t", state="none")


def test_a_run_that_was_added_is_moved_on(airflow: EmbeddedAirflow) -> None:
    run = airflow.add_run("d", "r", logical_date="2024-01-01T00:00:00Z", state="queued")
    airflow.add_task("d", "r", "waits")
    run.start()
    assert run_state(airflow) == run.state == "running"
    run.push("extract", 1)
    run.finish("failed")
    assert run_state(airflow) == airflow.get_run("d").state == "failed"
    prefix = airflow.host[len(airflow.base_url) :]
    instance = get(airflow, f"{prefix}/dags/d/dagRuns/r/taskInstances/waits").json
    assert (instance["state"], instance["end_date"] is None) == ("upstream_failed", False)
    assert get(airflow, f"{prefix}/dags/d/dagRuns/r").json["end_date"] > "2026"
