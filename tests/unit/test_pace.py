"""Pace of a bulk reading, by a clock of the test's own: no sockets, threads or waiting."""

from __future__ import annotations

import pytest

from airflow_client.xcom import ApiException, ServiceException, StalledException, TlsException
from airflow_client.xcom.core.pace import FIRST, HOLD, PAUSE_MAX, SLOW, Job, Pace
from airflow_client.xcom.exceptions import ConnectionException, TimeoutException


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Server:
    """A pace, and a server with so many workers, each of which takes a second for a request."""

    def __init__(self, limit: int, workers: int) -> None:
        self.clock = Clock()
        self.pace = Pace(limit, 120.0, 2, self.clock)
        self._workers = workers

    def serve(self, requests: int) -> list[int]:
        """Answer so many requests; return the numbers of requests at once that were tried."""
        numbers = []
        for _ in range(requests):
            self.pace.begun()
            self.clock.now += 1 / min(self.pace.allowed, self._workers)
            self.pace.succeeded()
            numbers.append(self.pace.allowed)
        return numbers

    def fail(self, error: ApiException, duration: float = 0.0) -> bool:
        """Fail a request that begins now; return whether it is to be repeated."""
        return self.pace.may_repeat(self.failed(error, duration))

    def failed(self, error: ApiException, duration: float = 0.0) -> Job:
        job = Job(lambda: iter(()), self.clock)  # type: ignore[arg-type, return-value]
        job.error, job.began, job.duration = error, self.clock.now, duration
        self.clock.now += duration
        return job


def busy(**headers: str) -> ApiException:
    return ApiException(429, "Too Many Requests", headers={name.replace("_", "-"): headers[name] for name in headers})


def test_the_number_doubles_while_that_is_faster() -> None:
    server = Server(limit=50, workers=100)
    assert server.pace.allowed == FIRST
    numbers = server.serve(200)
    assert list(dict.fromkeys(numbers)) == [2, 4, 8, 16, 32, 50]


def test_the_number_stays_where_more_is_no_faster() -> None:
    server = Server(limit=50, workers=8)
    numbers = server.serve(1000)
    assert max(numbers) == 16
    assert numbers.count(8) > 0.7 * len(numbers)


def test_a_server_with_one_worker_gets_few_requests() -> None:
    numbers = Server(limit=50, workers=1).serve(1000)
    assert max(numbers) == 2 * FIRST
    assert numbers.count(FIRST) > 0.8 * len(numbers)


def test_more_than_16_need_a_steep_gain() -> None:
    assert max(Server(limit=50, workers=11).serve(5000)) == 16
    assert max(Server(limit=50, workers=16).serve(5000)) == 32


def test_more_is_tried_again_later() -> None:
    server = Server(limit=16, workers=4)
    assert max(server.serve(100)) == 8
    server._workers = 100
    server.serve(4 * 64 * 16)
    assert server.pace.allowed == 16


def test_a_caller_that_is_slow_gets_no_more_requests_at_once() -> None:
    server = Server(limit=16, workers=100)
    for _ in range(50):
        server.serve(FIRST - 1)
        server.pace.idle()
    assert server.pace.allowed == FIRST


def test_an_overload_halves_the_number_once() -> None:
    server = Server(limit=16, workers=100)
    server.serve(100)
    together = [server.failed(busy()) for _ in range(16)]
    server.clock.now += 0.1
    assert all(server.pace.may_repeat(job) for job in together)
    assert server.pace.allowed == 8
    server.clock.now += PAUSE_MAX
    assert server.fail(busy())
    assert server.pace.allowed == 4


def test_the_number_grows_again_after_an_overload() -> None:
    server = Server(limit=16, workers=100)
    server.serve(100)
    server.fail(busy())
    assert set(server.serve(HOLD * 8 - 1)) == {8}
    server.serve(100)
    assert server.pace.allowed == 16


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "7"}])
def test_nothing_begins_before_the_pause_ends(headers: dict[str, str]) -> None:
    server = Server(limit=4, workers=4)
    server.fail(busy(**headers))
    pause = server.pace.pause()
    assert pause is not None
    assert pause == (7 if headers else pytest.approx(0.375, abs=0.125))
    assert not server.pace.may_begin(0)
    server.clock.now += pause
    assert server.pace.may_begin(0)
    assert server.pace.pause() is None


@pytest.mark.parametrize(
    ("error", "duration", "is_overload"),
    [
        (ApiException(429), 0, True),
        (ServiceException(503), 0, True),
        (ServiceException(500), 0, False),
        (ServiceException(500), SLOW, True),
        (ApiException(404), SLOW, False),
        (ConnectionException(0, "refused"), 0, True),
        (TimeoutException(0, "late"), 60, True),
        (TlsException(0, "a certificate"), 0, False),
    ],
)
def test_signs_of_overload(error: ApiException, duration: float, is_overload: bool) -> None:
    assert Server(4, 4).fail(error, duration) is is_overload


def test_a_request_that_alone_fails_is_given_up() -> None:
    server = Server(limit=4, workers=4)
    job = server.failed(ServiceException(504))
    repeated = []
    for _ in range(4):
        repeated.append(server.pace.may_repeat(job))
        server.serve(1)
    assert repeated == [True, True, False, False]


def test_a_request_that_is_one_too_many_is_never_given_up() -> None:
    server = Server(limit=4, workers=4)
    job = server.failed(busy())
    for _ in range(20):
        assert server.pace.may_repeat(job)
        server.serve(1)


def test_without_retries_nothing_is_repeated() -> None:
    assert not Pace(4, 120.0, 0, Clock()).may_repeat(Server(4, 4).failed(busy()))


class TestStall:
    def test_ends_the_reading_after_its_limit(self) -> None:
        server = Server(limit=4, workers=4)
        last = ServiceException(503, "Service Unavailable")
        for _ in range(4):
            assert server.fail(last, 29)
        with pytest.raises(StalledException) as caught:
            server.fail(last, 4)
        assert caught.value.stall_timeout == 120
        assert caught.value.__cause__ is last
        assert "no response for 120.0 s" in str(caught.value)
        assert "(503) Service Unavailable" in str(caught.value)
        assert "stall_timeout" in str(caught.value.hint)

    def test_does_not_count_the_caller_s_time(self) -> None:
        server = Server(limit=4, workers=4)
        server.pace.hand_over()
        server.clock.now += 1000
        assert server.pace.may_begin(0)
        assert server.fail(busy())

    def test_ends_it_at_once_where_the_server_asks_for_a_longer_pause(self) -> None:
        with pytest.raises(StalledException, match="a pause of 3600 s, and stall_timeout is 120 s"):
            Server(4, 4).fail(busy(Retry_After="3600"))
