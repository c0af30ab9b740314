"""Faults on demand, as a client meets them."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow, RecordedRequest
from tests.support.cases import all_cases
from tests.support.wait import wait_until
from tests.testing_server.client import RUN, TASK_3, connect, credentials, filled, get, request, send

#: Without types, to pass it wrong arguments.
Untyped: Any = EmbeddedAirflow
VERSION = "/api/v2/version"


@contextlib.contextmanager
def connection_to(airflow: EmbeddedAirflow) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)) as connection:
        yield connection


def ask(connection: http.client.HTTPConnection, target: str = VERSION, **headers: str) -> http.client.HTTPResponse:
    connection.request("GET", target, headers=headers)
    return connection.getresponse()


def statuses(airflow: EmbeddedAirflow, *targets: str, method: str = "GET") -> list[int]:
    return [request(airflow, method, target, headers={}).status for target in targets]


# ------------------------------------------------------------------------- which requests


def test_a_fault_strikes_the_requests_that_it_names() -> None:
    entry = f"{TASK_3}/str"
    with all_cases() as case, filled("3.3.2") as airflow:
        for path, method, struck in (
            (None, None, {VERSION, entry, "/auth/token", "/api/v1/version"}),
            ("*", "get", {VERSION, entry, "/auth/token", "/api/v1/version"}),
            ("/version", None, {VERSION}),
            ("/api/v2/version", None, {VERSION}),
            ("*/version", None, {VERSION, "/api/v1/version"}),
            ("/auth/*", None, {"/auth/token"}),
            ("/dags/lab/*/xcomEntries/str", "GET", {entry}),
            (f"/dags/lab/dagRuns/{RUN}/*", "GET", {entry}),  # decoded
            ("*/xcomEntries", None, set()),
            ("/dags/l.b/*", None, set()),
            (None, "POST", set()),
        ):
            with case((path, method)), airflow.fail(path, method=method) as fault:
                targets = (VERSION, f"{VERSION}?a=/auth/b", entry, "/auth/token", "/api/v1/version")
                found = {t for t, status in zip(targets, statuses(airflow, *targets)) if status == 503}
                assert {target.partition("?")[0] for target in found} == struck
                assert fault.count == len(found)
        assert statuses(airflow, VERSION) == [200]


def test_faults_strike_a_number_of_times_in_the_order_of_their_addition(airflow_3: EmbeddedAirflow) -> None:
    first, second = airflow_3.fail(times=2, status=500), airflow_3.fail("*/version", times=1, status=502)
    third = airflow_3.fail("*/nope")
    assert statuses(airflow_3, *[VERSION] * 4) == [500, 500, 502, 200]
    assert (first.count, second.count, third.count) == (2, 1, 0)
    assert repr(first) == "<Fault that struck 2 requests>"


def test_faults_end_when_they_are_removed(airflow_3: EmbeddedAirflow) -> None:
    fault, other = airflow_3.fail(), airflow_3.fail(status=500)
    fault.remove()
    fault.remove()
    assert statuses(airflow_3, VERSION) == [500]
    airflow_3.reset()
    assert statuses(airflow_3, VERSION) == [200]
    assert (fault.count, other.count) == (0, 1)


def test_a_fault_strikes_exactly_so_many_times_in_threads(airflow_3: EmbeddedAirflow) -> None:
    fault, found = airflow_3.fail(times=50), []

    def work() -> None:
        with connection_to(airflow_3) as connection:
            for _ in range(10):
                response = ask(connection)
                response.read()
                found.append(response.status)

    in_threads(16, work)
    assert (found.count(503), found.count(200), fault.count) == (50, 110, 50)


def in_threads(number: int, work: Any) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# ------------------------------------------------------------------------- failures


def test_failures_have_a_status_headers_and_a_body(airflow_3: EmbeddedAirflow) -> None:
    nginx = {"Server": "nginx", "Content-Type": "a/b"}
    with connection_to(airflow_3) as connection:
        connection.connect()
        first = connection.sock
        for arguments, status, reason, headers, body in (
            ({}, 503, "Service Unavailable", {"Content-Type": "text/html", "Retry-After": None}, "<h1>503 Serv"),
            ({"retry_after": 7}, 503, "Service Unavailable", {"Retry-After": "7"}, "<h1>503"),
            ({"status": 599, "body": "oh"}, 599, "", {"Content-Type": "text/html"}, "oh"),
            ({"status": 404, "body": {"a": 1}}, 404, "Not Found", {"Content-Type": "application/json"}, '{"a": 1}'),
            ({"headers": {"server": "nginx", "content-type": "a/b"}}, 503, "Service Unavailable", nginx, "<h1>503"),
            ({"status": 200, "body": b"ok"}, 200, "OK", {"Content-Length": "2"}, "ok"),
            ({"status": 302, "headers": {"Location": "/sso"}}, 302, "Found", {"Location": "/sso"}, "302 Found"),
        ):
            fault = airflow_3.fail(times=1, **arguments)  # type: ignore[arg-type]
            response = ask(connection)
            assert (response.status, response.reason, fault.count) == (status, reason, 1)
            assert {name: response.getheader(name) for name in headers} == headers
            assert body in response.read().decode()
            assert connection.sock is first
        assert [record.status for record in airflow_3.requests] == [503, 503, 599, 404, 503, 200, 302]


def test_a_request_can_be_carried_out_although_its_response_is_lost(airflow_3: EmbeddedAirflow) -> None:
    headers = credentials(airflow_3)
    airflow_3.fail(method="POST", times=1, status=504)
    airflow_3.fail(method="POST", times=1, status=504, handled=True)
    airflow_3.drop(method="POST", times=1)
    airflow_3.drop(method="POST", times=1, handled=True)
    written = []
    for key in ("failed", "failed and handled", "dropped", "dropped and handled"):
        with contextlib.suppress(http.client.RemoteDisconnected):
            assert request(airflow_3, "POST", TASK_3, {"key": key, "value": 1}, headers).status == 504
        written.append(key in [xcom.key for xcom in airflow_3.xcoms])
    assert written == [False, True, False, True]
    assert [record.status for record in airflow_3.requests[1:]] == [504, 504, None, None]


# ------------------------------------------------------------------------- connections


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_connection_breaks_before_in_the_middle_of_and_after_a_response(reset: bool) -> None:
    broken = ConnectionResetError if reset else http.client.RemoteDisconnected
    incomplete = ConnectionResetError if reset else http.client.IncompleteRead
    with filled("3.3.2") as airflow:
        airflow.push_xcom("lab", RUN, "kinds", "big", "x" * 100_000)
        auth = credentials(airflow)["Authorization"]
        fault = airflow.drop("before", reset=reset, times=1)
        with connection_to(airflow) as connection, pytest.raises(broken):
            ask(connection)
        airflow.drop("middle", reset=reset, times=1)
        with connection_to(airflow) as connection:
            response = ask(connection, f"{TASK_3}/big", Authorization=auth)
            assert int(response.headers["Content-Length"]) > 100_000
            with pytest.raises(incomplete):
                response.read()
        airflow.drop("middle", reset=reset, times=1)
        with connection_to(airflow) as connection:
            response = ask(connection, f"{TASK_3}/big", Authorization=auth, Accept_Encoding="gzip")
            with pytest.raises(incomplete):
                response.read()
        airflow.drop("middle", "*/xcomEntries/*", method="DELETE", reset=reset)  # a response without a body
        with pytest.raises(ConnectionError if reset else http.client.HTTPException):
            request(airflow, "DELETE", f"{TASK_3}/big", headers={"Authorization": auth})
        airflow.drop("after", reset=reset, times=1)
        with connection_to(airflow) as connection:
            response = ask(connection)
            assert (response.status, response.headers["Connection"]) == (200, None)
            assert response.read().startswith(b'{"version"')
            with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
                ask(connection)
        assert statuses(airflow, VERSION) == [200]
        assert fault.count == 1


def test_a_stream_breaks_after_its_first_part(airflow_3: EmbeddedAirflow) -> None:
    airflow_3.add_run("d", "r", logical_date="2024-01-01T00:00:00Z", state="running")
    airflow_3.drop("middle")
    with connection_to(airflow_3) as connection, pytest.raises(http.client.IncompleteRead):
        ask(connection, "/api/v2/dags/d/dagRuns/r/wait?interval=0.01", **credentials_of(airflow_3)).read()


def credentials_of(airflow: EmbeddedAirflow) -> dict[str, str]:
    faults, airflow._faults.active = airflow._faults.active, []
    headers = credentials(airflow)
    airflow._faults.active = faults
    return headers


def test_a_pipelined_request_behind_a_broken_one_is_not_answered(airflow_3: EmbeddedAirflow) -> None:
    airflow_3.drop("after", times=1)
    requests = f"GET {VERSION} HTTP/1.1\r\n\r\n".encode() * 2
    with connect(airflow_3) as other:
        assert send(airflow_3, requests).count(b"HTTP/1.1 200") == 1
        other.sendall(requests)
        received = b""
        while received.count(b"HTTP/1.1 200") < 2:
            received += other.recv(65536)
    assert len(airflow_3.requests) == 3


def test_truncated_bodies_have_a_matching_length(airflow_3: EmbeddedAirflow) -> None:
    whole = get(airflow_3, VERSION, {}).body
    airflow_3.truncate(times=1)
    airflow_3.truncate(length=5, times=1)
    with connection_to(airflow_3) as connection:
        for expected in (whole[: len(whole) // 2], whole[:5], whole):
            response = ask(connection)
            assert (response.status, response.headers["Content-Length"]) == (200, str(len(expected)))
            assert response.read().decode() == expected


def test_garbage_is_no_http(airflow_3: EmbeddedAirflow) -> None:
    airflow_3.garbage(times=1)
    airflow_3.garbage(times=1, data=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    with pytest.raises(http.client.BadStatusLine):
        get(airflow_3, VERSION, {})
    with pytest.raises(http.client.IncompleteRead):
        get(airflow_3, VERSION, {})
    assert [record.status for record in airflow_3.requests] == [None, None]


def test_a_function_is_called_before_a_request_is_handled(airflow_3: EmbeddedAirflow) -> None:
    headers = credentials(airflow_3)
    seen = []

    def push(request: RecordedRequest) -> None:
        seen.append((request.method, request.path.rpartition("/")[2], request.headers["Authorization"]))
        airflow_3.push_xcom("lab", RUN, "kinds", "new", 1)

    fault = airflow_3.on_request(push, "*/new", times=1)
    airflow_3.fail("*/new", status=500, times=1)
    assert [get(airflow_3, f"{TASK_3}/new", headers).status for _ in range(2)] == [500, 200]
    assert (seen, fault.count) == ([("GET", "new", "Bearer <hidden>")], 1)


def test_a_callback_can_stop_the_server(airflow_3: EmbeddedAirflow, caplog: pytest.LogCaptureFixture) -> None:
    stopped: list[bool] = []
    airflow_3.on_request(lambda _: stopped.append(airflow_3.stop() is None), times=1)
    with pytest.raises(ConnectionError):
        statuses(airflow_3, VERSION)
    wait_until(lambda: stopped)
    airflow_3.start()
    assert statuses(airflow_3, VERSION) == [200]
    assert caplog.records == []


# ------------------------------------------------------------------------- time


def test_a_delay_holds_requests_up(airflow_3: EmbeddedAirflow) -> None:
    fault = airflow_3.delay(0.1)
    began = time.monotonic()
    assert statuses(airflow_3, VERSION) == [200]
    assert time.monotonic() - began >= 0.1
    duration = airflow_3.requests[0].duration
    assert duration is not None
    assert duration >= 0.1
    assert fault.count == 1


@pytest.mark.parametrize("end", ["remove", "reset", "stop"])
def test_a_delay_ends_with_its_fault_and_with_the_server(airflow_3: EmbeddedAirflow, end: str) -> None:
    fault, results = airflow_3.delay(600), []

    def work() -> None:
        with contextlib.suppress(http.client.HTTPException, OSError):
            results.extend(statuses(airflow_3, VERSION))

    waiting = threading.Thread(target=work)
    waiting.start()
    wait_until(lambda: fault.count)
    getattr(fault if end == "remove" else airflow_3, end)()
    waiting.join(30)
    assert not waiting.is_alive()
    assert results == [200] or end == "stop"


def test_slow_responses_arrive_at_their_rate(airflow_3: EmbeddedAirflow) -> None:
    airflow_3.push_xcom("lab", RUN, "kinds", "big", "x" * 20_000)
    headers = credentials(airflow_3)
    fault = airflow_3.slow(100_000, "*/big", times=1)
    began = time.monotonic()
    assert len(get(airflow_3, f"{TASK_3}/big", headers).json["value"]) == 20_000
    assert 0.15 < time.monotonic() - began < 5
    assert fault.count == 1
    fault = airflow_3.slow(1000)
    with connect(airflow_3) as connection:
        connection.sendall(f"GET {VERSION} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        first = connection.recv(65536)
        assert 1 <= len(first) <= 100
        fault.remove()  # the rest is sent at once
        rest = b"".join(iter(lambda: connection.recv(65536), b""))
        assert (first + rest).endswith(b"}")


# ------------------------------------------------------------------------- arguments


def test_wrong_arguments_are_named() -> None:
    airflow = Untyped("3.3.2")
    xcom = airflow.push_xcom("lab", RUN, "kinds", "bad", 1)
    airflow.reset()
    with all_cases() as case:
        for call, error, message in (
            (lambda: airflow.fail(1), TypeError, "path must be a str"),
            (lambda: airflow.fail(method=1), TypeError, "method must be a str"),
            (lambda: airflow.fail(times=0), ValueError, "times must be from 1"),
            (lambda: airflow.fail(status=99), ValueError, "status must be from 200"),
            (lambda: airflow.fail(retry_after=1.5), TypeError, "retry_after must be an int"),
            (lambda: airflow.fail(body=1), TypeError, "body must be a str, bytes, a dict or a list, not int"),
            (lambda: airflow.fail(headers={"a": 1}), TypeError, r"headers\['a'\] must be a str"),
            (lambda: airflow.fail(headers=["a"]), TypeError, "headers must be a dict, not list"),
            (lambda: airflow.fail(headers={"a": "b\r\nc: d"}), ValueError, r"headers\['a'\] must be Latin-1 without"),
            (lambda: airflow.fail(body={"a": {1}}), TypeError, "body must be JSON: Object of type set"),
            (lambda: airflow.fail(handled=1), TypeError, "handled must be a bool"),
            (lambda: airflow.delay("1"), TypeError, "seconds must be a number"),
            (lambda: airflow.delay(-1), ValueError, "seconds must be a finite number of at least 0, not -1"),
            (lambda: airflow.on_request(1), TypeError, "callback must be callable, not int"),
            (lambda: airflow.drop("later"), ValueError, "when must be one of before, middle, after"),
            (lambda: airflow.drop(reset=1), TypeError, "reset must be a bool"),
            (lambda: airflow.truncate(length=-1), ValueError, "length must be from 0"),
            (lambda: airflow.garbage(data="x"), TypeError, "data must be bytes"),
            (lambda: airflow.slow(0), ValueError, "bytes_per_second must be a finite number above 0"),
            (lambda: airflow.limit_rate(0), ValueError, "requests must be from 1"),
            (lambda: airflow.limit_rate(1, seconds=0), ValueError, "seconds must be"),
            (lambda: airflow.max_concurrent(0), ValueError, "requests must be from 1"),
            (lambda: airflow.max_concurrent(timeout=float("nan")), ValueError, "timeout must be"),
            (lambda: airflow.unreadable("bad"), TypeError, "xcom must be a StoredXCom"),
            (lambda: airflow.unreadable(xcom), ValueError, "xcom is not stored"),
        ):
            with case(message), pytest.raises(error, match=f"^{message}"):
                call()
        assert airflow._faults.active == []
