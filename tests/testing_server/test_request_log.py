"""Requests that the embedded server records."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.support.wait import wait_until
from tests.testing_server.client import JSON, TASK_3, basic, credentials, filled, get, request, send


def test_requests_are_recorded_as_sent(airflow_2: EmbeddedAirflow) -> None:
    for target in ("//a//b/../%2F%C3%A4?a=%20+b&c=&a=2", "http://elsewhere/x"):
        send(airflow_2, f"GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    first, second = airflow_2.requests
    assert (first.method, first.target) == ("GET", "//a//b/../%2F%C3%A4?a=%20+b&c=&a=2")
    assert (first.path, first.query) == ("//a//b/..//ä", "a=%20+b&c=&a=2")
    assert first.params == {"a": ["  b", "2"], "c": [""]}
    assert repr(second) == "<GET http://elsewhere/x: 404>"
    assert (second.path, second.params) == ("/x", {})


def test_headers_body_status_and_time_are_recorded(airflow_3: EmbeddedAirflow) -> None:
    headers = {**credentials(airflow_3), **JSON, "X-Request-ID": "7"}
    airflow_3.requests.clear()
    before = dt.datetime.now(dt.timezone.utc)
    request(airflow_3, "POST", TASK_3, {"key": "new", "value": [1, "ä"]}, headers)
    request(airflow_3, "POST", f"{TASK_3}?map_index=x", "no JSON", headers)
    get(airflow_3, f"{TASK_3}?offset={2**63}", headers)
    created, invalid, crashed = airflow_3.requests
    assert (created.headers["x-request-id"], created.headers["X-Request-ID"]) == ("7", "7")
    assert ("Content-Type" in created.headers, created.headers.get("X-Nope")) == (True, None)
    assert created.json() == json.loads(created.body) == {"key": "new", "value": [1, "ä"]}
    assert (created.status, invalid.status, crashed.status) == (201, 422, 500)
    with pytest.raises(ValueError, match="Expecting value"):
        invalid.json()
    assert before <= created.started_at <= invalid.started_at <= dt.datetime.now(dt.timezone.utc)
    assert created.duration is not None
    assert 0 < created.duration < 60


@pytest.mark.parametrize("shown", [False, True])
def test_credentials_are_recorded_only_on_demand(shown: bool) -> None:
    with filled("3.3.2", record_credentials=shown) as airflow:
        bearer = credentials(airflow)["Authorization"]
        get(airflow, TASK_3, {"Authorization": bearer, "Cookie": "session=s3cret"})
        get(airflow, TASK_3, {"Authorization": "t0ken"})
        get(airflow, TASK_3, basic("admin", "admin-pw"))
        login, read, bare, plain = airflow.requests
    assert login.body == (b'{"username": "admin", "password": "admin-pw"}' if shown else b"<hidden>")
    assert read.headers["Authorization"] == (bearer if shown else "Bearer <hidden>")
    assert read.headers["Cookie"] == ("session=s3cret" if shown else "<hidden>")
    assert bare.headers["Authorization"] == ("t0ken" if shown else "<hidden>")
    assert plain.headers["Authorization"] == (
        basic("admin", "admin-pw")["Authorization"] if shown else "Basic <hidden>"
    )
    assert ("s3cret" in repr(read.headers)) == shown


def test_a_login_with_a_wrong_path_is_hidden_too(airflow: EmbeddedAirflow) -> None:
    for path in ("/login", "/auth/token/", "//auth/token"):
        request(airflow, "POST", path, "username=ada&password=s3cret", {})
    assert [recorded.body for recorded in airflow.requests] == [b"<hidden>"] * 3


def test_a_request_is_recorded_before_it_is_answered(airflow_3: EmbeddedAirflow) -> None:
    airflow_3.add_dag("d", {"t": []})
    answer = threading.Event()
    airflow_3.on_trigger("d", lambda run: answer.wait(60) and None)
    headers = credentials(airflow_3)
    target = "/api/v2/dags/d/dagRuns"
    client = threading.Thread(target=request, args=(airflow_3, "POST", target, {"logical_date": None}, headers))
    client.start()
    wait_until(lambda: airflow_3.requests[-1].path == target)
    pending = airflow_3.requests[-1]
    assert (pending.status, pending.duration) == (None, None)
    assert repr(pending) == f"<POST {target}: no response yet>"
    answer.set()
    client.join()
    assert pending.status == 200
