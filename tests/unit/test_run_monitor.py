"""Policy of waiting for a DAG run, without sockets: pauses, warnings about a queued run, what a failed run tells."""

from __future__ import annotations

import warnings
from typing import Any, Union

from airflow_client.xcom import (
    ApiException,
    ConnectionException,
    DAGRun,
    DagRunFailed,
    DagRunWarning,
    FailedTask,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    TimeoutException,
)
from airflow_client.xcom.core.api_version import V1, V2, ApiVersion
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import Polling
from airflow_client.xcom.core.run_monitor import RunMonitor
from airflow_client.xcom.model.dag_run_collection import DAGRunCollection
from tests.support.cases import all_cases
from tests.support.flows import run_sleeping

HEALTHY = {"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "now"}}
FORBIDDEN = ForbiddenException(403, "Forbidden", hint="it lacks a permission")

TASKS = {
    "task_instances": [
        {"task_id": "after", "map_index": -1, "state": "upstream_failed", "try_number": 0, "end_date": "1"},
        {"task_id": "late", "map_index": 3, "state": "failed", "try_number": 1, "end_date": "3"},
        {"task_id": "bad", "map_index": -1, "state": "failed", "try_number": 2, "end_date": "2"},
    ]
}


class Waiting:
    """Driver that sends nothing: each read of the run takes a second and has the next of the ``states``.

    :param answers: responses to other calls, by the last segment of their path.
    """

    def __init__(
        self,
        *states: Union[str, ApiException],
        timeout: float = 600,
        api: ApiVersion = V2,
        **answers: Any,
    ) -> None:
        self.now, self.pending, self.answers, self.api = 0.0, list(states), answers, api
        self.sleeps: list[float] = []
        self.calls: list[str] = []
        self.seen: list[str] = []
        run = DAGRun(dag_id="d", dag_run_id="r")
        client: Any = self
        self.monitor = RunMonitor(
            *(client, run, Polling(timeout, 1, None), lambda run: self.seen.append(run.state), client),
            clock=lambda: self.now,
        )
        with warnings.catch_warnings(record=True) as self.caught:
            warnings.simplefilter("always")
            self.result = self._drive()

    def _drive(self) -> Any:
        try:
            return run_sleeping(self.monitor.wait(), self._sleep)
        except Exception as error:
            return error

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    @property
    def warned(self) -> list[str]:
        assert {warning.category for warning in self.caught} <= {DagRunWarning}
        return [str(warning.message) for warning in self.caught]

    def call_flow(self, operation: Operation[Any], options: Any, seconds: float, *, is_check: bool = False) -> Any:
        name = operation.path_template.rpartition("/")[2].strip("{}")
        if name != "dag_run_id":
            assert is_check
            self.calls.append(name)
            answer = self.answers.get(name, {})
            if isinstance(answer, ApiException):
                raise answer
            return answer
        self.now += 1
        state = self.pending.pop(0) if len(self.pending) > 1 else self.pending[0]
        if isinstance(state, ApiException):
            raise state
        return DAGRun(dag_id="d", dag_run_id="r", state=state)
        yield  # a flow without steps

    def api_version_flow(self) -> Any:
        return self.api
        yield

    def page_url(self, path: str) -> str:
        return f"http://airflow{path}"


def test_a_run_that_has_succeeded_is_returned_at_once() -> None:
    waiting = Waiting("success")
    assert (waiting.result.state, waiting.sleeps, waiting.seen, waiting.calls) == ("success", [], ["success"], [])


def test_pauses_grow_with_the_length_of_the_wait() -> None:
    waiting = Waiting("running", timeout=3600)
    assert 0.8 <= waiting.sleeps[0] <= 1
    assert max(waiting.sleeps[:20]) <= 1.9
    assert 40 < max(waiting.sleeps) <= 0.02 * 3600
    assert len(waiting.sleeps) < 300


def test_the_timeout_names_state_and_reason() -> None:
    waiting = Waiting("queued", timeout=20, dag_id={"is_paused": True})
    error = waiting.result
    assert isinstance(error, TimeoutException)
    assert "DAG run 'r' of DAG 'd' is still queued after" in str(error)
    assert "; DAG 'd' is paused, so the run does not start" in str(error)
    assert "the run goes on" in str(error)
    assert error.dag_run.state == "queued"


def test_temporary_failures_are_retried_after_the_first_response() -> None:
    for failure in (ConnectionException(0, "broken"), ServiceException(503)):
        assert Waiting("running", failure, "success").result.state == "success"
        waiting = Waiting(failure)
        assert waiting.result is failure
        assert waiting.result.dag_run == DAGRun(dag_id="d", dag_run_id="r")
    missing = NotFoundException(404)
    assert Waiting("running", missing, "success").result is missing


class TestQueued:
    def test_a_paused_dag_is_said_at_once_and_once(self) -> None:
        waiting = Waiting(*["queued"] * 40, "success", dag_id={"is_paused": True})
        assert waiting.warned == ["DAG 'd' is paused, so the run does not start until somebody unpauses it"]
        assert waiting.calls == ["dag_id"]

    def test_an_import_error_is_said_at_once_with_its_text(self) -> None:
        dag = {"has_import_errors": True, "relative_fileloc": "x/dag.py", "fileloc": "/dags/x/dag.py"}
        rows = [
            {"filename": "/dags/dag.py", "stack_trace": "another file"},
            {"filename": "x/dag.py", "stack_trace": "Traceback:\n  File\nNameError: name 'x'\n"},
        ]
        with all_cases() as case:
            for errors, end in (
                ({"import_errors": rows}, ": x/dag.py: NameError: name 'x'"),
                ({"import_errors": rows[:1]}, ""),
                (FORBIDDEN, ""),
            ):
                with case(end):
                    waiting = Waiting("queued", "success", dag_id=dag, importErrors=errors)
                    assert waiting.warned == [f"DAG 'd' cannot be imported{end}"]

    def test_what_cannot_be_read_is_said_at_the_timeout(self) -> None:
        error = Waiting("queued", timeout=5, dag_id=FORBIDDEN).result
        assert "; could not read the DAG: (403) Forbidden; it lacks a permission" in str(error)

    def test_a_run_that_stays_queued_is_said_with_the_likely_reason(self) -> None:
        down = {"scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "yesterday"}}
        dag = {"is_paused": False, "max_active_runs": 1}
        busy = DAGRunCollection(dag_runs=[{}], total_entries=1)
        with all_cases() as case:
            for answers, reason in (
                ({"health": down}, ": Airflow's scheduler is unhealthy, its last heartbeat was yesterday"),
                (
                    {"health": HEALTHY, "dag_id": dag, "dagRuns": busy},
                    ": as many runs of the DAG are running as its max_active_runs allows (1)",
                ),
                ({"health": HEALTHY, "dag_id": dag, "dagRuns": FORBIDDEN}, ""),
                ({"health": FORBIDDEN, "dag_id": FORBIDDEN}, ""),
            ):
                with case(reason):
                    waiting = Waiting(*["queued"] * 40, "success", **answers)
                    (warning,) = waiting.warned
                    assert warning.startswith("DAG run 'r' has been queued for 3")
                    assert warning.endswith(f" s{reason}")
                    assert waiting.result.state == "success"


class TestFailed:
    def failed(self, api: ApiVersion = V2, **answers: Any) -> DagRunFailed:
        error = Waiting("running", "failed", api=api, **{"taskInstances": TASKS, **answers}).result
        assert isinstance(error, DagRunFailed)
        assert error.dag_run is not None
        assert error.dag_run.state == "failed"
        return error

    def test_it_has_the_tasks_the_first_failure_first(self) -> None:
        error = self.failed()
        assert error.failed_tasks == [
            FailedTask("bad", -1, "failed", 2),
            FailedTask("late", 3, "failed", 1),
            FailedTask("after", -1, "upstream_failed", 0),
        ]
        assert "Tasks in state failed: 'bad', 'late'[3]\nTasks in state upstream_failed: 'after'" in str(error)

    def test_it_has_the_end_of_a_log_of_each_api(self) -> None:
        detail = [
            {
                "exc_type": "ValueError",
                "exc_value": "no rows",
                "frames": [{"filename": "d.py", "lineno": 3, "name": "f"}],
            }
        ]
        events = [{"event": f"line {number}"} for number in range(40)]
        events += [{"timestamp": "T", "level": "error", "event": "\x1b[31mfailed\x1b[0m\x07", "error_detail": detail}]
        expected = ["T error failed\N{REPLACEMENT CHARACTER}", '  File "d.py", line 3, in f', "ValueError: no rows"]
        error = self.failed(try_number={"content": events})
        assert (error.log[-3:], len(error.log)) == (expected, 30)
        assert str(error).endswith('\n    File "d.py", line 3, in f\n  ValueError: no rows')
        assert self.failed(try_number={"content": ["old\n", "form"]}).log == ["old", "form"]
        traceback = ['  File "x.py", line 1, in f', "    f()", "    ^^^"]
        text = "\n".join(["Traceback:", *traceback * 5, "ValueError: no"])
        frames = ["  …", *traceback[:2] * 3]
        assert self.failed(V1, try_number=text).log == ["Traceback:", *frames, "ValueError: no"]
        source = "host\n INFO - ::group::Log message source details\n*** Found\n INFO - ::endgroup::\n"
        assert self.failed(V1, try_number=f"{source}one\n").log == ["one"]
        assert self.failed(V1, try_number="one\n\ntwo\n").log == ["one", "two"]

    def test_it_links_to_the_page_of_the_task(self) -> None:
        assert self.failed().url == "http://airflow/dags/d/runs/r/tasks/bad"
        assert self.failed(V1).url == "http://airflow/dags/d/grid?dag_run_id=r&task_id=bad&tab=logs"
        assert self.failed(taskInstances=FORBIDDEN).url == "http://airflow/dags/d/runs/r"
        assert self.failed(V1, taskInstances=FORBIDDEN).url == "http://airflow/dags/d/grid?dag_run_id=r"

    def test_what_cannot_be_read_is_said_and_the_rest_is_there(self) -> None:
        error = self.failed(try_number=FORBIDDEN)
        assert error.failed_tasks
        assert error.unread == ["the log of 'bad': (403) Forbidden; it lacks a permission"]
        assert "Could not read the log of 'bad': (403) Forbidden; it lacks a permission" in str(error)
        error = self.failed(taskInstances=FORBIDDEN)
        assert (error.failed_tasks, error.log) == ([], [])
        assert error.unread == ["the failed tasks: (403) Forbidden; it lacks a permission"]
        for odd in ({"content": None}, [], {"content": [{"error_detail": [{}]}]}):
            assert "it has an unknown form" in self.failed(try_number=odd).unread[0]
