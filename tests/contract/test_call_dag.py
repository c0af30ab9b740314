"""DAGs that are called like functions: real runs on real schedulers, and simulated ones on the embedded server."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom import (
    ApiValueError,
    BadRequestException,
    DAGRun,
    DagRunFailed,
    DagRunWarning,
    FailedTask,
    NotFoundException,
    TimeoutException,
)
from tests.contract import clients, triggered
from tests.contract.conftest import configuration
from tests.contract.servers import Server

#: Seconds that a real scheduler may need; pauses are short, so that the tests are.
WAIT: dict[str, Any] = {"timeout": 90, "poll_interval": 0.1}


@pytest.fixture(scope="session")
def runs(scheduled_client: Any) -> Any:
    return clients.DAGRunApi(scheduled_client)


@pytest.mark.every_client
def test_the_result_is_json(runs: Any) -> None:
    value = {"a": [1, None, "h\u00e4llo"]}
    states: list[str] = []
    result = runs.call_dag(
        triggered.ECHO, {"value": value}, task_id="echo", progress=lambda run: states.append(run.state), **WAIT
    )
    assert result == value
    assert states[-1] == "success"
    assert runs.call_dag(triggered.ECHO, task_id="echo", **WAIT) is None
    assert runs.call_dag(triggered.ECHO, **WAIT) == {}


def test_all_last_tasks_and_mapped_ones(runs: Any) -> None:
    assert runs.call_dag(triggered.LEAVES, **WAIT) == {"left": 4, "right": 9}
    assert runs.call_dag(triggered.MAPPED, **WAIT) == {"square": [1, 4, 9]}
    assert runs.call_dag(triggered.LEAVES, task_id="first", **WAIT) == 1


@pytest.mark.every_client
def test_a_failed_run_says_where_and_why(scheduled_server: Server, runs: Any) -> None:
    with pytest.raises(DagRunFailed) as caught:
        runs.call_dag(triggered.FAILS, **WAIT)
    error = caught.value
    assert isinstance(error.dag_run, DAGRun)
    assert (error.dag_run.state, error.unread) == ("failed", [])
    assert error.failed_tasks == [FailedTask("fail", -1, "failed", 1), FailedTask("after", -1, "upstream_failed", 0)]
    assert any(triggered.LOG_LINE in line for line in error.log), error.log
    assert error.url.startswith(f"{scheduled_server.url}/dags/{triggered.FAILS}/")
    with pytest.raises(DagRunFailed):
        runs.wait_for_dag_run(triggered.FAILS, error.dag_run.dag_run_id, timeout=10)


def test_a_viewer_learns_the_same_of_a_failed_run(scheduled_server: Server, runs: Any) -> None:
    run = runs.trigger_dag_run(triggered.FAILS)
    with clients.ApiClient(configuration(scheduled_server, "viewer", "viewer-pw")) as client:
        with pytest.raises(DagRunFailed) as caught:
            clients.DAGRunApi(client).wait_for_dag_run(triggered.FAILS, run.dag_run_id, **WAIT)
    assert (caught.value.failed_tasks[0].task_id, caught.value.unread) == ("fail", [])


def test_what_is_wrong_is_found_before_anything_runs(runs: Any) -> None:
    before = runs.get_dag_runs(triggered.LEAVES).total_entries
    with pytest.raises(ApiValueError, match=r"has no task 'lft' \(did you mean left\?\)"):
        runs.call_dag(triggered.LEAVES, task_id="lft")
    with pytest.raises(NotFoundException):
        runs.call_dag("nope")
    with pytest.raises(BadRequestException):
        runs.trigger_dag_run(triggered.LEAVES, dag_run_id="scheduled__x")
    assert runs.get_dag_runs(triggered.LEAVES).total_entries == before


def test_a_timeout_and_a_paused_dag(runs: Any) -> None:
    with pytest.warns(DagRunWarning, match=f"DAG '{triggered.PAUSED}' is paused"):
        with pytest.raises(TimeoutException, match="is still queued") as caught:
            runs.call_dag(triggered.PAUSED, timeout=1, poll_interval=0.1)
    assert caught.value.dag_run is not None
    assert runs.get_dag_run(triggered.PAUSED, caught.value.dag_run.dag_run_id).state == "queued"
