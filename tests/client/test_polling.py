"""Waiting for an XCom over sockets; its policy is in `tests/unit/test_polling.py`."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    Configuration,
    TimeoutException,
    UnauthorizedException,
    XCom,
    XComApi,
)
from tests.support.cases import check_each
from tests.support.wait import wait_until
from tests.support.wire_server import WireServer, answer, entry

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task", "key")


@pytest.mark.parametrize("version", ["2.10.5", "2.11.2", "3.0.6", "3.3.2"])
def test_an_xcom_that_is_written_meanwhile(version: str) -> None:
    """The message of a missing XCom differs from release to release."""
    with EmbeddedAirflow(version) as server:
        server.add_user("admin", "pw")
        with ApiClient(Configuration(host=server.base_url, username="admin", password="pw")) as client:
            call = threading.Thread(target=lambda: values.append(wait(client)))
            values: list[Any] = []
            call.start()
            wait_until(lambda: sum("/xcomEntries/" in request.path for request in server.requests) >= 2)
            server.push_xcom(*IDS, [1, 2])
            call.join()
            assert values == [[1, 2]]
            again = XComApi(client).get_xcom_entry(*IDS, stringify=False)
            assert XComApi(client).wait_for_xcom_entry(*IDS, timeout=60) == again


def wait(client: ApiClient) -> Any:
    return XComApi(client).wait_for_xcom_entry(*IDS, timeout=60, poll_interval=0.05).value


def test_the_deadline_holds_against_a_server_that_hangs(wire: WireServer) -> None:
    released = threading.Event()
    missing = answer('{"title": "XCom entry not found"}', "404 NOT FOUND")
    wire.answers = [missing, lambda connection, head: released.wait(60)]
    with ApiClient(Configuration(host=wire.host)) as client:
        with pytest.raises(TimeoutException, match="no such XCom after"):
            XComApi(client).wait_for_xcom_entry(*IDS, timeout=0.4, poll_interval=0.05, stringify=True)
        assert len(wire.requests) >= 2
        released.set()


def test_a_wrong_password_is_raised_at_once() -> None:
    with EmbeddedAirflow("3.3.2") as server:
        with ApiClient(Configuration(host=server.base_url, username="admin", password="wrong")) as client:
            with pytest.raises(UnauthorizedException):
                XComApi(client).wait_for_xcom_entry(*IDS, timeout=60)
        assert [request.target for request in server.requests] == ["/api/v2/version", "/auth/token"]


def test_it_has_the_forms_of_every_call(wire: WireServer, api: XComApi) -> None:
    wire.answers = [entry("key")]
    assert api.wait_for_xcom_entry(*IDS, timeout=5, async_req=True).get(5) == XCom(key="key", value=1)
    assert api.wait_for_xcom_entry(*IDS, timeout=5, _return_http_data_only=False)[1] == 200
    with pytest.raises(ApiValueError, match="does not support _preload_content"):
        api.wait_for_xcom_entry(*IDS, timeout=5, _preload_content=False)


def test_an_unusable_time_is_refused(api: XComApi) -> None:
    def check(name: str) -> None:
        for value in ("5", None, True):
            with pytest.raises(ApiTypeError, match=f"{name} must be a number of seconds"):
                api.wait_for_xcom_entry(*IDS, **{"timeout": 1, name: value})
        for value in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ApiValueError, match=f"{name} must be a positive number of seconds"):
                api.wait_for_xcom_entry(*IDS, **{"timeout": 1, name: value})

    check_each(["timeout", "poll_interval"], check)
