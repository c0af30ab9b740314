"""Waiting for an XCom: when it asks, what it waits out, and when it gives up."""

from __future__ import annotations

import threading
import time
from typing import Any, Union

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ConnectionException,
    NotFoundException,
    ServiceException,
    TimeoutException,
    UnauthorizedException,
    XCom,
    XComApi,
)
from airflow_client.xcom.core import policy
from airflow_client.xcom.core.options import Polling
from airflow_client.xcom.core.polling import wait_for
from airflow_client.xcom.core.server import Server
from airflow_client.xcom.model.error import Error
from tests.wire_server import WireServer, answer, entry

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task", "key")
MISSING = NotFoundException(404, error=Error(title="XCom entry not found"), request="GET x")


class Run:
    """A driver that sends nothing: each attempt takes a second and has the next of the ``outcomes``."""

    def __init__(self, *outcomes: Union[str, ApiException], timeout: float = 60, poll_interval: float = 2) -> None:
        self.now, self.sleeps, self.lefts, pending = 0.0, [], [], list(outcomes)

        def attempt(left: float) -> Any:
            self.lefts.append(left)
            self.now += 1
            outcome = pending.pop(0) if len(pending) > 1 else pending[0]
            if isinstance(outcome, ApiException):
                raise outcome
            return outcome
            yield  # a flow of no steps

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


def test_what_is_there_is_returned_at_once() -> None:
    run = Run("there")
    assert (run.result, run.sleeps, run.lefts) == ("there", [], [60])


def test_pauses_grow_and_vary() -> None:
    run = Run(*[MISSING] * 12, "there", timeout=10_000)
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


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedException(401),
        NotFoundException(404),
        NotFoundException(404, error=Error(title="Not Found", detail="The requested URL was not found")),
        ServiceException(500),
        ConnectionException(),
        ServiceException(503),
    ],
)
def test_what_waiting_does_not_put_right_is_raised_at_once(error: ApiException) -> None:
    with pytest.raises(type(error)) as caught:
        Run(error)
    assert caught.value is error


@pytest.mark.parametrize("error", [ConnectionException(), TimeoutException(), ServiceException(503)])
def test_a_server_that_has_answered_may_be_away_for_a_while(error: ApiException) -> None:
    assert Run(MISSING, error, error, MISSING, "there").result == "there"
    with pytest.raises(TimeoutException) as caught:
        Run(MISSING, error)
    assert caught.value.__cause__ is error


def test_a_session_that_ends_is_raised_all_the_same() -> None:
    with pytest.raises(UnauthorizedException):
        Run(MISSING, MISSING, UnauthorizedException(401))


@pytest.mark.parametrize("version", ["2.10.5", "2.11.2", "3.0.6", "3.3.2"])
def test_an_xcom_that_is_written_meanwhile(version: str) -> None:
    with EmbeddedAirflow(version) as server:
        server.add_user("admin", "pw")
        with ApiClient(Configuration(host=server.base_url, username="admin", password="pw")) as client:
            writer = threading.Timer(0.3, server.add_xcom, (*IDS, [1, 2]))
            writer.start()
            start = time.monotonic()
            xcom = XComApi(client).wait_for_xcom_entry(*IDS, timeout=20, poll_interval=0.05)
            assert xcom.value == [1, 2]
            assert 0.2 < time.monotonic() - start < 10
            writer.join()
            again = XComApi(client).get_xcom_entry(*IDS, stringify=False)
            assert XComApi(client).wait_for_xcom_entry(*IDS, timeout=1) == again


def test_the_deadline_holds_against_a_server_that_hangs(wire: WireServer) -> None:
    released = threading.Event()
    missing = answer('{"title": "XCom entry not found"}', "404 NOT FOUND")
    wire.answers = [missing, lambda connection, head: released.wait(10)]
    with ApiClient(Configuration(host=wire.host)) as client:
        start = time.monotonic()
        with pytest.raises(TimeoutException, match="no such XCom after"):
            XComApi(client).wait_for_xcom_entry(*IDS, timeout=0.8, poll_interval=0.05, stringify=True)
        assert time.monotonic() - start < 5
        released.set()


def test_a_wrong_password_is_raised_at_once() -> None:
    with EmbeddedAirflow("3.3.2") as server:
        with ApiClient(Configuration(host=server.base_url, username="admin", password="wrong")) as client:
            start = time.monotonic()
            with pytest.raises(UnauthorizedException):
                XComApi(client).wait_for_xcom_entry(*IDS, timeout=60)
            assert time.monotonic() - start < 10


def test_the_forms_of_every_call(wire: WireServer, api: XComApi) -> None:
    wire.answers = [entry("key")]
    assert api.wait_for_xcom_entry(*IDS, timeout=5, async_req=True).get(5) == XCom(key="key", value=1)
    assert api.wait_for_xcom_entry(*IDS, timeout=5, _return_http_data_only=False)[1] == 200
    with pytest.raises(ApiValueError, match="does not support _preload_content"):
        api.wait_for_xcom_entry(*IDS, timeout=5, _preload_content=False)


@pytest.mark.parametrize("name", ["timeout", "poll_interval"])
def test_what_is_no_time_is_refused(api: XComApi, name: str) -> None:
    for value in ("5", None, True):
        with pytest.raises(ApiTypeError, match=f"{name} must be a number of seconds"):
            api.wait_for_xcom_entry(*IDS, **{"timeout": 1, name: value})
    for value in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ApiValueError, match=f"{name} must be a positive number of seconds"):
            api.wait_for_xcom_entry(*IDS, **{"timeout": 1, name: value})
