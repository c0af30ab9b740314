"""Policy without sockets: what a flow asks for, in which order, and when it gives up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Union

import pytest

from airflow_client.xcom import (
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.xcom.core import options, policy
from airflow_client.xcom.core.messages import Request, Response
from airflow_client.xcom.headers import Headers

Outcome = Union[Response, Exception]


class Run:
    """A driver that sends nothing: each attempt takes a second and has the next of the given ``outcomes``."""

    def __init__(
        self, *outcomes: Outcome, method: str = "GET", retries: int = 2, total: float = 120, repeatable: bool = False
    ):
        self.now = 1000.0
        self.budget = policy.Budget()
        self.sleeps: list[float] = []
        self.sends: list[policy.Send] = []
        self.request = Request(method, "http://x", "/y", Headers(), None)
        limits = options.Timeouts(5, 60, total)
        context = policy.CallContext(limits, policy.RetryPolicy(retries), self.budget, lambda: self.now)
        steps = context.send(self.request, repeatable=repeatable)
        pending = list(outcomes)
        try:
            step = next(steps)
            while True:
                if isinstance(step, policy.Sleep):
                    self.sleeps.append(step.seconds)
                    self.now += step.seconds
                    step = next(steps)
                    continue
                assert isinstance(step, policy.Send)
                self.sends.append(step)
                self.now += 1
                outcome = pending.pop(0)
                step = steps.throw(outcome) if isinstance(outcome, Exception) else steps.send(outcome)
        except StopIteration as stop:
            self.result: Response = stop.value
        except TransportException as error:
            context.annotate(error, repr(self.request))
            raise


def said(status: int, **headers: str) -> Response:
    return Response(status, "", {name.replace("_", "-"): value for name, value in headers.items()}, b"")


def test_an_answer_is_returned_whatever_its_status() -> None:
    for status in (200, 404, 500):
        run = Run(said(status))
        assert (run.result.status, len(run.sends), run.sleeps) == (status, 1, [])


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    run = Run(said(status), said(status), said(200))
    assert (run.result.status, len(run.sends)) == (200, 3)
    assert 0 <= run.sleeps[0] <= policy.BACKOFF
    assert 0 <= run.sleeps[1] <= 2 * policy.BACKOFF


def test_the_last_answer_is_returned_when_no_attempt_is_left() -> None:
    run = Run(said(503), said(503), said(502))
    assert (run.result.status, len(run.sends)) == (502, 3)


def test_the_last_failure_is_raised_when_no_attempt_is_left() -> None:
    with pytest.raises(ConnectionException, match="Gave up after 2 attempts in"):
        Run(ConnectionException(), ConnectionException(), retries=1)


def test_a_certificate_is_not_tried_again() -> None:
    with pytest.raises(TlsException, match="Gave up after 1 attempt in 1 s"):
        Run(TlsException(hint="the hint"))


def test_a_post_that_may_be_sent_twice_is_tried_again() -> None:
    assert Run(said(503), said(200), method="POST", repeatable=True).result.status == 200


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_writes_are_sent_once(method: str) -> None:
    assert Run(said(503), method=method).result.status == 503
    with pytest.raises(ConnectionException):
        Run(ConnectionException(), method=method)


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert Run(said(429, Retry_After="7"), said(200)).sleeps == [7.0]
    soon = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=30), usegmt=True)
    assert 28 <= Run(said(503, Retry_After=soon), said(200)).sleeps[0] <= 30
    assert Run(said(503, Retry_After="Mon, 01 Jan 2024 00:00:00 GMT"), said(200)).sleeps == [0]
    by_its_clock = said(503, Retry_After="Mon, 01 Jan 2024 00:00:09 GMT", Date="Mon, 01 Jan 2024 00:00:00 GMT")
    assert Run(by_its_clock, said(200)).sleeps == [9]
    assert 28 <= Run(said(503, Retry_After=soon, Date="not a date"), said(200)).sleeps[0] <= 30
    assert Run(said(503, Retry_After="Mon, 01 Jan 2024 00:00:00 -0000"), said(200)).sleeps == [0]


@pytest.mark.parametrize("text", ["soon", "-1", "1.5", "", "\u0661", "Mon, 99 Jan 2024 00:00:00 GMT"])
def test_a_retry_after_that_is_none_is_passed_over(text: str) -> None:
    assert 0 <= Run(said(503, Retry_After=text), said(200)).sleeps[0] <= policy.BACKOFF


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    run = Run(said(503, Retry_After="119"), said(200))
    assert (run.result.status, run.sleeps) == (503, [])


def test_the_time_left_shrinks_from_attempt_to_attempt() -> None:
    run = Run(said(503, Retry_After="100"), said(503, Retry_After="15"), said(200))
    assert [step.timeouts.total for step in run.sends] == [120, 19, 3]
    assert [step.timeouts.read for step in run.sends] == [60, 19, 3]
    assert [step.timeouts.connect for step in run.sends] == [5, 5, 3]


def test_a_timeout_tells_its_limits() -> None:
    with pytest.raises(TimeoutException, match=r"limits: connect 5 s, read 60 s, call 1.5 s"):
        Run(TimeoutException(), TimeoutException(), total=1.5, retries=0)


def test_backoff_has_a_ceiling() -> None:
    assert max(policy.backoff_delay(ConnectionException(), 50) for _ in range(100)) <= policy.BACKOFF_MAX


class TestRequestTimeout:
    def test_nothing_is_the_default(self) -> None:
        assert options.parse_timeout(None) is options.DEFAULT_TIMEOUTS

    def test_a_number_bounds_the_whole_call(self) -> None:
        limits = options.parse_timeout(7)
        assert (limits.connect, limits.read, limits.total) == (7, 7, 7)

    def test_a_pair_bounds_connecting_and_reading(self) -> None:
        limits = options.parse_timeout((3, 4.5))
        assert (limits.connect, limits.read, limits.total) == (3, 4.5, 120)
        assert options.parse_timeout([3, 600]).total == 603

    @pytest.mark.parametrize("value", ["5", True, {}, (1, "2"), object()])
    def test_what_is_no_number(self, value: Any) -> None:
        with pytest.raises(ApiTypeError, match="_request_timeout must be a number or"):
            options.parse_timeout(value)

    @pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), (1, 0), (1, 2, 3), (1,)])
    def test_what_is_no_limit(self, value: Any) -> None:
        with pytest.raises(ApiValueError, match="_request_timeout must be a"):
            options.parse_timeout(value)
