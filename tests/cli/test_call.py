"""``airflow-xcom call``."""

from __future__ import annotations

import json

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.runs import Run
from tests.cli.conftest import Program


@pytest.fixture
def report(airflow: EmbeddedAirflow) -> EmbeddedAirflow:
    """A DAG of two tasks in a row and a mapped one, that fails for nobody."""
    airflow.add_dag("report", {"query": ["summary", "mail"], "summary": [], "mail": []}, mapped={"mail": 2})

    def run(run: Run) -> None:
        run.start()
        run.push("query", 1234)
        if run.conf.get("customer") == "nobody":
            run.set_task("summary", "failed", log="ERROR - no such customer: \x1b[31mnobody")
        else:
            run.push("summary", {"conf": run.conf})
            for index in range(2):
                run.push("mail", f"sent {index}", map_index=index)
        run.finish()

    airflow.on_trigger("report", run)
    return airflow


def test_a_pipe_gets_the_result_and_standard_error_the_tasks(report: EmbeddedAirflow, airflow_xcom: Program) -> None:
    result = airflow_xcom("call", "report", "--conf", '{"day": 1.0}')
    assert result.status == 0, result.stderr
    assert json.loads(result.stdout) == {"summary": {"conf": {"day": 1.0}}, "mail": ["sent 0", "sent 1"]}
    assert result.stdout.count("\n") == 1
    first, *tasks = [line.partition(" s  ")[2] for line in result.stderr.splitlines()]
    assert first.startswith("Run manual__")
    assert sorted(task.partition("  success")[0] for task in tasks) == ["mail[0]", "mail[1]", "query", "summary"]


def test_a_terminal_shows_the_tasks_and_the_result_of_one(report: EmbeddedAirflow, airflow_xcom: Program) -> None:
    result = airflow_xcom("call", "report", "mail", tty=True, columns=60)
    assert result.status == 0
    assert "mail[1]  success" in result.screen
    assert result.screen.endswith('[\n  "sent 0",\n  "sent 1"\n]')


def test_a_failed_run_says_which_task_failed_and_why(report: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here("call", "report", "--conf", '{"customer": "nobody"}')
    assert (result.status, result.stdout) == (1, "")
    assert "Tasks in state failed: 'summary'" in result.stderr
    assert "no such customer" in result.stderr
    assert "\x1b" not in result.stderr


def test_nothing_is_triggered_by_a_wrong_argument(report: EmbeddedAirflow, run_here: Program) -> None:
    for arguments, problem in (
        (["--conf", "[1]"], "--conf must be a JSON object"),
        (["--conf", "{'a': 1}"], "--conf is not JSON"),
        (["--timeout", "soon"], "'soon' is not a duration"),
        (["sumary"], "did you mean summary?"),
    ):
        result = run_here("call", "report", *arguments)
        assert result.status == 2, arguments
        assert problem in result.stderr
    assert not [request for request in report.requests if request.method == "POST" and "dagRuns" in request.path]


def test_an_unknown_dag_is_status_4_with_a_similar_one(report: EmbeddedAirflow, run_here: Program) -> None:
    report.add_run("report", "manual__1")
    result = run_here("call", "raport")
    assert result.status == 4
    assert "Did you mean 'report'?" in result.stderr


def test_a_run_that_takes_too_long_is_status_4(airflow: EmbeddedAirflow, run_here: Program) -> None:
    airflow.add_dag("slow", {"work": []}, is_paused=True)
    result = run_here("call", "slow", "--timeout", "0.2s")
    assert result.status == 4
    assert "DAG 'slow' is paused" in result.stderr
    assert "still queued after" in result.stderr
