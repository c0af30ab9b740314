"""Policy without sockets: what a flow asks its driver for, in which order, and when it gives up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Union

import pytest
from urllib3 import Retry

from airflow_client.xcom import (
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    HookException,
    ServiceException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.xcom.core import options, policy
from airflow_client.xcom.core.messages import Request, Response
from airflow_client.xcom.headers import Headers
from airflow_client.xcom.hooks import Attempt, OutgoingRequest
from tests.support.cases import check_each

Outcome = Union[Response, Exception]


class Run:
    """A driver that sends nothing: each attempt takes a second and has the next of the given ``outcomes``."""

    def __init__(
        self,
        *outcomes: Outcome,
        method: str = "GET",
        retries: int = 2,
        total: float = 120,
        repeatable: bool = False,
        budget: policy.Budget | None = None,
        hook: Callable[[Attempt], object] | None = None,
        on_request: Callable[[OutgoingRequest], object] | None = None,
        on_unreached: Callable[..., Any] | None = None,
        origin: str = "http://x",
        body: bytes | None = None,
    ):
        self.now = 1000.0
        self.budget = budget or policy.Budget()
        self.sleeps: list[float] = []
        self.sends: list[policy.Send] = []
        self.request = Request(method, origin, "/y", Headers({"a": "1"}), body)
        limits = options.Timeouts(5, 60, total)
        context = policy.CallContext(
            limits, policy.RetryPolicy(retries), self.budget, lambda: self.now, hook, on_request=on_request
        )
        if on_unreached is not None:
            context.on_unreached = on_unreached
        self.context = context
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


def response(status: int, data: bytes = b"", **headers: str) -> Response:
    return Response(status, "", {name.replace("_", "-"): value for name, value in headers.items()}, data)


def unsent(kind: type[TransportException] = ConnectionException) -> TransportException:
    error = kind()
    error.is_unsent = True
    return error


def stale() -> ConnectionException:
    error = ConnectionException()
    error.is_stale = True
    return error


def test_other_statuses_are_returned_at_once() -> None:
    def check(status: int) -> None:
        run = Run(response(status))
        assert (run.result.status, len(run.sends), run.sleeps) == (status, 1, [])

    check_each([200, 201, 302, 400, 401, 403, 404, 408, 409, 500, 501, 505], check)


def test_statuses_that_may_pass_are_retried() -> None:
    def check(status: int) -> None:
        run = Run(response(status), response(status), response(200))
        assert (run.result.status, len(run.sends)) == (200, 3)
        assert 0 <= run.sleeps[0] <= policy.BACKOFF
        assert 0 <= run.sleeps[1] <= 2 * policy.BACKOFF

    check_each([429, 502, 503, 504], check)


def test_the_last_response_is_returned_when_no_attempt_is_left() -> None:
    run = Run(response(503), response(503), response(502))
    assert (run.result.status, len(run.sends)) == (502, 3)


def test_the_last_failure_is_raised_when_no_attempt_is_left() -> None:
    with pytest.raises(ConnectionException, match="Gave up after 2 attempts in"):
        Run(ConnectionException(), ConnectionException(), retries=1)


def test_a_tls_failure_is_not_retried() -> None:
    with pytest.raises(TlsException, match="Gave up after 1 attempt in 1 s"):
        Run(TlsException(hint="the hint"))


def test_a_repeatable_post_is_retried() -> None:
    assert Run(response(503), response(200), method="POST", repeatable=True).result.status == 200


def test_a_write_that_did_not_leave_is_retried() -> None:
    run = Run(unsent(), unsent(TimeoutException), response(200), method="POST")
    assert (run.result.status, len(run.sends), len(run.sleeps)) == (200, 3, 2)


def test_a_connection_that_the_server_closed_while_idle_is_replaced_at_once() -> None:
    run = Run(stale(), response(503), response(200), retries=1)
    assert (run.result.status, len(run.sends), len(run.sleeps)) == (200, 3, 1)  # it is no retry
    run = Run(response(503), stale(), response(200))
    assert (run.result.status, len(run.sleeps)) == (200, 2)  # a new connection is not idle
    with pytest.raises(ConnectionException, match="1 attempt "):
        Run(stale(), method="POST")


def test_writes_are_sent_once() -> None:
    def check(method: str) -> None:
        assert Run(response(503), method=method).result.status == 503
        with pytest.raises(ConnectionException):
            Run(ConnectionException(), method=method)

    check_each(["POST", "PATCH", "DELETE", "PUT"], check)


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert Run(response(429, Retry_After="7"), response(200)).sleeps == [7.0]
    assert Run(response(429, Retry_After=" 7 "), response(200)).sleeps == [7.0]
    assert Run(response(429, Retry_After="0"), response(200)).sleeps == [0]
    soon = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=30), usegmt=True)
    assert 28 <= Run(response(503, Retry_After=soon), response(200)).sleeps[0] <= 30
    assert Run(response(503, Retry_After="Mon, 01 Jan 2024 00:00:00 GMT"), response(200)).sleeps == [0]
    by_its_clock = response(503, Retry_After="Mon, 01 Jan 2024 00:00:09 GMT", Date="Mon, 01 Jan 2024 00:00:00 GMT")
    assert Run(by_its_clock, response(200)).sleeps == [9]
    in_another_zone = response(503, Retry_After="Mon, 01 Jan 2024 02:00:09 +0200", Date="Mon, 01 Jan 2024 00:00:00 GMT")
    assert Run(in_another_zone, response(200)).sleeps == [9]
    in_no_zone = response(503, Retry_After="Mon, 01 Jan 2024 00:00:09 -0000", Date="Mon, 01 Jan 2024 00:00:00 GMT")
    assert Run(in_no_zone, response(200)).sleeps == [9]
    assert 28 <= Run(response(503, Retry_After=soon, Date="not a date"), response(200)).sleeps[0] <= 30


#: Retry-After headers without a meaning.
UNUSABLE = [
    *("", "soon", "-1", "-5", "1.5", "1e9", "0x10", "NaN", "inf", "\u0661", "\xb2\xb3"),
    *("Mon, 99 Jan 2024 00:00:00 GMT", "Wed, 99 Oct 2015 99:99:99 GMT", "Wed, 21 Oct 99999 07:28:00 GMT"),
    *("21 Oct 2015 99999999999999999999:00:00 GMT", "21 Oct 2015 07:28:00 +99999999999999999999"),
    "Wed, 21 Oct 2015 07:28:00 +9999",
]


def test_an_unusable_retry_after_is_ignored() -> None:
    def check(text: str) -> None:
        assert 0 <= Run(response(503, Retry_After=text), response(200)).sleeps[0] <= policy.BACKOFF

    check_each(UNUSABLE, check)


def test_a_retry_after_in_the_past_is_no_pause() -> None:
    def check(text: str) -> None:
        assert Run(response(503, Retry_After=text), response(200)).sleeps == [0]

    check_each(["0" * 5000, "1 Jan 1 00:00:00 +2300"], check)


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    def check(text: str) -> None:
        run = Run(response(503, Retry_After=text), response(200))
        assert (run.result.status, run.sleeps) == (503, [])

    check_each(["119", "Wed, 21 Oct 2122 07:28:00 GMT", "9" * 400], check)


def test_the_time_left_shrinks_from_attempt_to_attempt() -> None:
    run = Run(response(503, Retry_After="100"), response(503, Retry_After="15"), response(200))
    assert [step.timeouts.total for step in run.sends] == [120, 19, 3]
    assert [step.timeouts.read for step in run.sends] == [60, 19, 3]
    assert [step.timeouts.connect for step in run.sends] == [5, 5, 3]


def test_a_timeout_tells_its_limits() -> None:
    with pytest.raises(TimeoutException, match=r"limits: connect 5 s, read 60 s, call 1.5 s"):
        Run(TimeoutException(), TimeoutException(), total=1.5, retries=0)


def test_a_timeout_tells_which_limit_was_reached() -> None:
    def check(case: tuple[str, TimeoutException, float]) -> None:
        reached, error, elapsed = case
        now = 1000.0
        context = policy.CallContext(options.Timeouts(5, 60, 100), policy.RetryPolicy(0), policy.Budget(), lambda: now)
        now += elapsed
        context.annotate(error, "GET http://x/y")
        assert error.elapsed == elapsed
        assert error.hint == (
            f"the limit of {reached} was reached; limits: connect 5 s, read 60 s, call 100 s; set others with "
            "_request_timeout=…"
        )

    connect = unsent(TimeoutException)
    check_each(
        [
            ("connect", connect, 5),
            ("read", TimeoutException(), 60),
            ("read", TimeoutException(), 98),
            ("call", TimeoutException(), 99),
            ("call", connect, 101),
        ],
        check,
    )


def test_an_error_has_the_attempts_of_its_own_request() -> None:
    first = Run(response(503), response(200)).context
    refused = ServiceException(401, request="POST http://x/auth/token")
    first.annotate(refused, "GET http://x/y")
    assert (refused.request, refused.attempts, refused.hint) == ("POST http://x/auth/token", None, None)
    for request in (None, "GET http://x/y"):
        failed = ServiceException(500, request=request)
        first.annotate(failed, "GET http://x/y")
        assert (failed.request, failed.attempts) == ("GET http://x/y", 2)
    unsent_yet = policy.CallContext(options.DEFAULT_TIMEOUTS, policy.RetryPolicy(0), policy.Budget(), lambda: 0)
    unsent_yet.annotate(error := ServiceException(500), "GET http://x/y")
    assert (error.request, error.attempts) == ("GET http://x/y", 0)


def test_a_failure_has_the_last_answer() -> None:
    problem = b'{"title": "No database"}'
    with pytest.raises(ConnectionException) as caught:
        Run(response(502), response(503, problem), ConnectionException())
    answer = caught.value.last_answer
    assert isinstance(answer, ServiceException)
    assert (answer.status, answer.request, answer.raw_data) == (503, "GET http://x/y", problem)
    assert answer.error is not None
    with pytest.raises(ConnectionException) as caught:  # a login: its answer may repeat the password
        Run(response(503, problem), ConnectionException(), method="POST", repeatable=True, retries=1, body=b"pa55")
    answer = caught.value.last_answer
    assert answer is not None
    assert (answer.status, answer.body, answer.raw_data, answer.error) == (503, None, None, None)
    with pytest.raises(ConnectionException) as caught:
        Run(ConnectionException(), retries=0)
    assert caught.value.last_answer is None


def test_each_attempt_is_observed() -> None:
    attempts: list[Attempt] = []
    failure = ConnectionException()
    Run(failure, response(503), response(200), hook=attempts.append)
    assert [(one.attempt, one.status, one.error, one.duration) for one in attempts] == [
        (1, 0, failure, 1),
        (2, 503, None, 1),
        (3, 200, None, 1),
    ]
    assert {(one.method, one.origin, one.path_template) for one in attempts} == {("GET", "http://x", "/y")}


def test_each_attempt_has_the_headers_that_the_hook_adds_to_it() -> None:
    names = iter(["first", "second"])

    def on_request(outgoing: OutgoingRequest) -> None:
        outgoing.headers[next(names)] = "2"

    run = Run(response(503), response(200), on_request=on_request)
    assert [dict(step.request.headers) for step in run.sends] == [
        {"a": "1", "first": "2"},
        {"a": "1", "second": "2"},
    ]
    assert run.context.latest == (run.sends[-1].request, 2)


def test_a_request_is_sent_as_it_is_and_its_body_read() -> None:
    run = Run(response(200))
    assert (run.sends[0].request, run.sends[0].stream) == (run.request, False)
    steps = run.context.send(Request("POST", "http://x", "/y", Headers(), None), stream=True)
    sent = next(steps)
    assert isinstance(sent, policy.Send)
    assert (sent.timeouts, sent.stream) == ((5, 60, 119), True)
    with pytest.raises(StopIteration) as stopped:  # a write is not repeated by default
        steps.send(response(503))
    assert stopped.value.value.status == 503


class TestUnreached:
    """The first failure of a client's first call is looked into, as it may have another cause."""

    def test_is_looked_into_once(self) -> None:
        calls: list[Any] = []

        def on_unreached(*arguments: object) -> policy.Flow[None]:
            calls.append(arguments)
            yield policy.Sleep(7)

        failure = unsent()
        run = Run(failure, unsent(), response(200), on_unreached=on_unreached)
        assert calls == [(failure, run.context)]
        assert (len(run.sends), run.sleeps[0], len(run.sleeps)) == (3, 7, 3)
        calls.clear()
        Run(response(503), unsent(), response(200), on_unreached=on_unreached)
        assert calls == []  # the server was reached

    def test_may_raise_a_better_known_one(self) -> None:
        def on_unreached(error: TransportException, context: policy.CallContext) -> policy.Flow[None]:
            raise TlsException(reason="it speaks https")
            yield

        with pytest.raises(TlsException, match="it speaks https"):
            Run(unsent(), on_unreached=on_unreached)

    def test_first_handshake_with_https_is_short(self) -> None:
        def nothing(error: TransportException, context: policy.CallContext) -> policy.Flow[None]:
            yield from ()

        def check(case: tuple[list[float], float, dict[str, Any]]) -> None:
            connects, total, settings = case
            attempts = [unsent(TimeoutException)] * (len(connects) - 1)
            run = Run(*attempts, response(200), total=total, retries=0, **settings)
            assert [step.timeouts.connect for step in run.sends] == connects
            assert run.sleeps == []

        https = {"on_unreached": nothing, "origin": "https://x"}
        check_each(
            [
                ([2, 5], 120, https),  # it had less time than the limits say, so it has another try
                ([5, 5], 120, {**https, "origin": "http://x"}),
                ([5], 120, {"origin": "https://x"}),
                ([1.5], 1.5, https),
            ],
            check,
        )
        for outcome, total in ((unsent(TimeoutException), 3), (TimeoutException(), 120), (unsent(), 120)):
            with pytest.raises(type(outcome), match="1 attempt "):
                Run(outcome, total=total, retries=0, **https)


class TestChildContexts:
    """Parts of a call that have a part of its time, and share what else it has."""

    def test_have_a_part_of_the_time_that_is_left(self) -> None:
        now = 1000.0
        attempts: list[Attempt] = []

        def on_request(outgoing: OutgoingRequest) -> None:
            outgoing.headers["b"] = "2"

        retries, budget = policy.RetryPolicy(1), policy.Budget()
        context = policy.CallContext(
            options.Timeouts(5, 60, 120), retries, budget, lambda: now, attempts.append, on_request=on_request
        )
        now += 20
        for child, limits, count in (
            (context.with_half_time(), (5, 50, 50), 1),
            (context.aside(2), (2, 2, 2), 0),
            (context.aside(500), (5, 60, 100), 0),
        ):
            assert (child.timeouts, child.retries.count, child.budget) == (limits, count, budget)
            assert child.remaining() == child.timeouts.total
            assert (child.hook, child.on_request) == (context.hook, on_request)
        half = context.with_half_time()
        now += 10
        assert (half.remaining(), context.remaining()) == (40, 90)
        now += 200
        assert 0 < half.remaining() < 0.01  # the last attempt times out by itself


def test_backoff_has_a_ceiling() -> None:
    for retry in (50, 10_000):
        assert max(policy.backoff_delay(ConnectionException(), retry) for _ in range(100)) <= policy.BACKOFF_MAX


def test_the_pause_doubles_up_to_its_ceiling() -> None:
    for retry, most in ((0, 0.5), (1, 1), (2, 2), (5, 16), (6, 20), (10_000, 20)):
        pauses = [policy.backoff_delay(ConnectionException(), retry) for _ in range(300)]
        assert 0 <= min(pauses) < most / 4
        assert most * 0.75 < max(pauses) <= most


class TestRetryPolicy:
    def test_is_a_number_of_retries(self) -> None:
        counts = [policy.RetryPolicy(retries).count for retries in (None, False, 0, 1, 7, Retry(4), Retry(False))]
        assert counts == [2, 0, 0, 1, 7, 4, 0]

    def test_allows_writes_only_by_a_retry_of_urllib3(self) -> None:
        for retries, allowed in (
            (3, "GET HEAD OPTIONS"),
            (Retry(3), "GET HEAD OPTIONS"),
            (Retry(3, allowed_methods=["GET", "POST"]), "GET POST"),
            (Retry(3, allowed_methods=None), "GET HEAD OPTIONS POST PATCH DELETE PUT"),
        ):
            methods = ["GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE", "PUT"]
            assert " ".join(filter(policy.RetryPolicy(retries).allows, methods)) == allowed

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(ApiTypeError, match=r"^retries must be an int, False, None or an urllib3\.Retry, not str$"):
            policy.RetryPolicy("3")
        with pytest.raises(ApiTypeError, match=r"not bool$"):
            policy.RetryPolicy(True)
        with pytest.raises(ApiValueError, match=r"^retries must not be negative, got -1$"):
            policy.RetryPolicy(-1)


class TestAddedHeaders:
    """The hook Configuration.on_request adds headers to a copy of the request."""

    request = Request("POST", "http://x", "/y", Headers({"A": "1", "B": "2"}), b"body", "/{y}")

    def test_replace_those_of_the_request(self) -> None:
        def hook(outgoing: OutgoingRequest) -> None:
            outgoing.headers["b"] = "3"
            outgoing.headers["C"] = "4"

        sent = policy.with_added_headers(hook, self.request)
        assert sent.headers == {"A": "1", "b": "3", "C": "4"}
        assert self.request.headers == {"A": "1", "B": "2"}
        for name in ("method", "origin", "target", "body", "path_template"):
            assert getattr(sent, name) == getattr(self.request, name)
        assert policy.with_added_headers(lambda outgoing: None, self.request) is self.request

    def test_a_hook_that_fails_is_named_and_chained(self) -> None:
        def hook(outgoing: OutgoingRequest) -> None:
            raise ZeroDivisionError("oops")

        with pytest.raises(HookException, match=r"^Configuration\.on_request raised ZeroDivisionError") as caught:
            policy.with_added_headers(hook, self.request)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert "before POST http://x/y" in str(caught.value)

    def test_a_coroutine_function_is_refused_and_leaves_no_warning(self) -> None:
        async def hook(outgoing: OutgoingRequest) -> None: ...

        message = "Configuration.on_request must be a plain function, not a coroutine function, even with asyncio"
        with pytest.raises(HookException, match=f"^{re.escape(message)}$"):
            policy.with_added_headers(hook, self.request)


class TestBudget:
    """Calls share a budget of retries, so that an outage is not multiplied."""

    def attempts(self, budget: policy.Budget) -> int:
        return len(Run(*[response(503)] * 3, budget=budget).sends)

    def test_is_enough_for_a_single_call(self) -> None:
        assert self.attempts(policy.Budget()) == 3

    def test_that_is_used_up_is_named_in_the_error(self) -> None:
        run = Run(*[response(503)] * 3, budget=policy.Budget(1))
        error = ServiceException(503)
        run.context.annotate(error, "GET http://airflow")
        assert (len(run.sends), run.result.status) == (2, 503)
        spent = "not retried, as the client's calls used up their 1 retries together (Configuration.retry_budget)"
        assert error.hint == spent
        run.context.annotate(error := ServiceException(503, hint="the hint"), "GET http://airflow")
        assert error.hint == f"{spent}; the hint"

    def test_gets_a_tenth_of_a_retry_from_each_call(self) -> None:
        budget = policy.Budget(3)
        for calls in (0, 1000):
            for _ in range(calls):
                budget.deposit()
            assert [budget.try_spend() for _ in range(4)] == [True, True, True, False]
        for _ in range(11):
            budget.deposit()
        assert [budget.try_spend(), budget.try_spend()] == [True, False]

    def test_may_be_unlimited(self) -> None:
        budget = policy.Budget(None)
        assert {self.attempts(budget) for _ in range(100)} == {3}

    def test_ends_in_an_outage(self) -> None:
        budget = policy.Budget()
        count = [self.attempts(budget) for _ in range(400)]
        assert 400 <= sum(count) <= 600
        assert 1 in count[-10:]

    def test_is_there_again_after_an_outage(self) -> None:
        budget = policy.Budget()
        while self.attempts(budget) > 1:
            pass
        for _ in range(100):
            Run(response(200), budget=budget)
        assert self.attempts(budget) == 3


class TestRequestTimeout:
    def test_none_is_the_default(self) -> None:
        assert options.parse_timeout(None) is options.DEFAULT_TIMEOUTS

    def test_a_number_bounds_the_whole_call(self) -> None:
        limits = options.parse_timeout(7)
        assert (limits.connect, limits.read, limits.total) == (7, 7, 7)

    def test_a_pair_bounds_connecting_and_reading(self) -> None:
        limits = options.parse_timeout((3, 4.5))
        assert (limits.connect, limits.read, limits.total) == (3, 4.5, 120)
        assert options.parse_timeout([3, 600]).total == 603

    def test_another_type_is_refused(self) -> None:
        def check(value: Any) -> None:
            with pytest.raises(ApiTypeError, match="_request_timeout must be a number or"):
                options.parse_timeout(value)

        check_each(["5", True, {}, (1, "2"), object()], check)

    def test_a_number_that_is_no_limit_is_refused(self) -> None:
        def check(value: Any) -> None:
            with pytest.raises(ApiValueError, match="_request_timeout must be a"):
                options.parse_timeout(value)

        check_each([0, -1, float("nan"), float("inf"), (1, 0), (1, 2, 3), (1,)], check)
