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
)
from airflow_client.xcom.core import policy
from airflow_client.xcom.core.options import Polling
from airflow_client.xcom.core.polling import wait_for
from airflow_client.xcom.core.server import Server
from airflow_client.xcom.model.error import Error
from tests.support.cases import check_each

MISSING = NotFoundException(404, error=Error(title="XCom entry not found"), request="GET x")


class Run:
    """Driver that sends nothing: each attempt takes a second and has the next of the ``outcomes``."""

    def __init__(self, *outcomes: Union[str, ApiException], timeout: float = 60, poll_interval: float = 2) -> None:
        self.now, self.sleeps, self.lefts, pending = 0.0, [], [], list(outcomes)

        def attempt(left: float) -> Any:
            self.lefts.append(left)
            self.now += 1
            outcome = pending.pop(0) if len(pending) > 1 else pending[0]
            if isinstance(outcome, ApiException):
                raise outcome
            return outcome
            yield  # a flow without steps

        server = Server("http://x/api/v1", {})
        steps = wait_for(attempt, server, Polling(timeout, poll_interval, None), lambda: self.now)
        try:
            step = next(steps)
            while True:
                assert isinstance(step, policy.Sleep)
                self.sleeps.append(step.seconds)
                self.now += step.seconds
                step = next(steps)
        except StopIteration as stop:
            self.result = stop.value


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
