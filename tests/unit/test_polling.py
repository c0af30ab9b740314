"""Policy of waiting for an XCom, without sockets: pauses, which errors it survives, and when it gives up."""

from __future__ import annotations

from typing import Any, Union

import pytest

from airflow_client.xcom import (
    ApiException,
    ConnectionException,
    NotFoundException,
    ServiceException,
    TimeoutException,
    UnauthorizedException,
    XComNotProducedException,
)
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import Polling
from airflow_client.xcom.core.polling import FINISHED_TASK_STATES, TaskMonitor, wait_for
from airflow_client.xcom.core.server import Server
from airflow_client.xcom.model.error import Error
from tests.support.cases import check_each
from tests.support.flows import run_sleeping

MISSING = NotFoundException(404, error=Error(title="XCom entry not found"), request="GET x")


class Run:
    """Driver that sends nothing: each attempt takes a second and has the next of the ``outcomes``."""

    def __init__(
        self,
        *outcomes: Union[str, ApiException],
        timeout: float = 60,
        poll_interval: float = 2,
        state: Union[str, ApiException, None] = None,
    ) -> None:
        self.now, self.sleeps, self.lefts, pending = 0.0, [], [], list(outcomes)
        self.checks: list[str] = []

        def attempt(left: float) -> Any:
            self.lefts.append(left)
            self.now += 1
            outcome = pending.pop(0) if len(pending) > 1 else pending[0]
            if isinstance(outcome, ApiException):
                raise outcome
            return outcome
            yield  # a flow without steps

        def check(operation: Operation[Any], left: float) -> Any:
            self.checks.append(operation.path_template.rpartition("/")[2])
            if isinstance(state, ApiException):
                raise state
            is_run = self.checks[-1] == "{dag_run_id}"
            return {"dag_run_id": "r", "state": "running" if is_run else state}
            yield  # a flow without steps

        def clock() -> float:
            return self.now

        server = Server("http://x/api/v1", {})
        ids = {"dag_id": "d", "run_id": "r", "task_id": "t", "key": "k", "map_index": -1}
        monitor = TaskMonitor(check, server, ids, None, clock)
        steps = wait_for(attempt, server, Polling(timeout, poll_interval, None), clock, monitor)
        self.result = run_sleeping(steps, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def test_an_existing_xcom_is_returned_at_once() -> None:
    run = Run("value")
    assert (run.result, run.sleeps, run.lefts) == ("value", [], [60])


def test_pauses_grow_and_vary() -> None:
    run = Run(*[MISSING] * 12, "value", timeout=10_000)
    for i, pause in enumerate(run.sleeps):
        assert 0.8 <= pause / min(2 * 1.5**i, 3.8) <= 1
    assert len({round(pause, 6) for pause in run.sleeps}) == 12


def test_gives_up_at_the_deadline_and_not_before() -> None:
    for timeout in (1, 5, 60, 1000):
        run: Any = None
        with pytest.raises(TimeoutError, match=rf"no such XCom after .* s \(timeout {timeout} s\)") as caught:
            run = Run(MISSING, timeout=timeout)
        assert run is None
        assert isinstance(caught.value, TimeoutException)
        assert caught.value.__cause__ is MISSING
        assert caught.value.elapsed is not None
        assert caught.value.elapsed > timeout * 0.9


def test_an_error_that_waiting_does_not_solve_is_raised_at_once() -> None:
    def check(error: ApiException) -> None:
        with pytest.raises(type(error)) as caught:
            Run(error)
        assert caught.value is error

    check_each(
        [
            UnauthorizedException(401),
            NotFoundException(404),
            NotFoundException(404, error=Error(title="Not Found", detail="The requested URL was not found")),
            ServiceException(500),
            ConnectionException(),
            ServiceException(503),
        ],
        check,
    )


def test_a_server_that_has_responded_may_be_down_for_a_while() -> None:
    def check(error: ApiException) -> None:
        assert Run(MISSING, error, error, MISSING, "value").result == "value"
        with pytest.raises(TimeoutException) as caught:
            Run(MISSING, error)
        assert caught.value.__cause__ is error

    check_each([ConnectionException(), TimeoutException(), ServiceException(503)], check)


def test_refused_credentials_are_raised_at_any_time() -> None:
    with pytest.raises(UnauthorizedException):
        Run(MISSING, MISSING, UnauthorizedException(401))


class TestTask:
    def test_that_finished_ends_the_wait(self) -> None:
        def check(state: str) -> None:
            with pytest.raises(XComNotProducedException) as caught:
                Run(MISSING, state=state)
            assert (caught.value.task_state, caught.value.attempts) == (state, 2)

        check_each(["success", "failed", "skipped", "upstream_failed", "removed"], check)

    def test_that_has_not_finished_is_waited_for(self) -> None:
        states = {"scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred"}
        assert not states & FINISHED_TASK_STATES
        for state in (None, *states):
            known = f"; state of the task: {state}" if state else "; state of the DAG run: running"
            with pytest.raises(TimeoutException, match=f"attempts{known}"):
                Run(MISSING, state=state)

    def test_and_its_run_are_checked_in_turn_while_it_does_not_run(self) -> None:
        run = Run(*[MISSING] * 20, "value", state="queued", timeout=1000)
        assert run.checks[:6] == ["{task_id}", "{dag_run_id}"] * 3

    def test_alone_is_checked_while_it_runs(self) -> None:
        assert set(Run(*[MISSING] * 20, "value", state="running", timeout=1000).checks) == {"{task_id}"}

    def test_checks_are_fewer_than_reads(self) -> None:
        run = Run(*[MISSING] * 99, "value", state="running", poll_interval=1, timeout=1000)
        assert 20 < len(run.checks) < 60

    def test_is_not_checked_again_after_a_response_that_is_not_airflow_s(self) -> None:
        odd: Any = {"is": "odd"}
        assert Run(*[MISSING] * 20, "value", state=odd, timeout=1000).checks.count("{task_id}") == 1

    def test_checks_that_keep_failing_stop(self) -> None:
        run = Run(*[MISSING] * 99, "value", state=ServiceException(503), timeout=1000)
        assert run.checks == ["{task_id}"] * 3 + ["{dag_run_id}"]


def test_an_xcom_is_found_within_two_seconds_by_default() -> None:
    run = Run(*[MISSING] * 99, "value", state="running", poll_interval=1, timeout=1000)
    assert max(run.sleeps) < 2
