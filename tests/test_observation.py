"""What can be seen of the requests: by logging, by a function of the user's, by OpenTelemetry."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
from typing import Any, Optional

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ConnectionException,
    HookException,
    ServiceException,
    XComApi,
)
from airflow_client.xcom.hooks import Attempt, OutgoingRequest
from tests.wire_server import WireServer, answer

IDS = ("dag", "run", "task", "a-secret-key")
ENTRY_PATH = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}"
ENTRY = answer('{"key": "a-secret-key", "value": "a-secret-value"}', **{"X-Request-ID": "abc"})
BUSY = answer("", "503 Service Unavailable", **{"Retry-After": "0"})


def read(host: str, side: str, calls: int = 1, headers: Any = None, **attributes: Any) -> Any:
    """Read an XCom by either side, so many times, with a configuration of these attributes."""
    configuration = Configuration(host=host)
    for name, value in attributes.items():
        setattr(configuration, name, value)
    if side == "blocking":
        with ApiClient(configuration) as client:
            return [XComApi(client).get_xcom_entry(*IDS, _headers=headers) for _ in range(calls)][-1]

    async def run() -> Any:
        async with AsyncApiClient(configuration) as client:
            return [await AsyncXComApi(client).get_xcom_entry(*IDS, _headers=headers) for _ in range(calls)][-1]

    return asyncio.run(run())


@pytest.mark.parametrize("side", ["blocking", "asyncio"])
class TestHookOfRequests:
    def test_adds_headers_to_each_attempt(self, wire: WireServer, side: str) -> None:
        wire.answers = [BUSY, ENTRY]
        numbers, seen = iter("12"), list[Attempt]()

        def add(request: OutgoingRequest) -> None:
            assert (len(request.headers), "secret" in repr(request)) == (0, False)
            request.headers["x-request-id"] = next(numbers)
            request.headers["User-Agent"] = f"{request.method} {request.origin}{request.path_template}"

        read(wire.host, side, on_request=add, on_attempt=seen.append, access_token="t")
        sent = [(header(head, "X-Request-ID"), header(head, "User-Agent")) for head in wire.requests]
        assert sent == [(number, f"GET {wire.url}/api/v1{ENTRY_PATH}") for number in "12"]
        assert [attempt.request_id for attempt in seen] == ["1", "abc"]
        assert [header(head, "Authorization") for head in wire.requests] == ["Bearer t"] * 2

    def test_is_called_before_the_search_for_the_api_and_the_login(self, side: str) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.add_xcom(*IDS, 1)
            seen: list[tuple[str, str]] = []
            read(
                *(server.base_url, side),
                on_request=lambda request: seen.append((request.method, request.path_template)),
                username="admin",
                password="pw",
            )
        assert seen == [("GET", "/api/v2/version"), ("POST", "/auth/token"), ("GET", f"/api/v2{ENTRY_PATH}")]

    @pytest.mark.parametrize("fails_at", [1, 2])  # a session is optional: its failures are else passed over
    def test_what_it_raises_is_an_error_of_the_call(self, wire: WireServer, side: str, fails_at: int) -> None:
        wire.answers = [ENTRY]
        left = iter(range(1, fails_at))

        def fail(request: OutgoingRequest) -> None:
            if next(left, None) is None:
                raise LookupError("no id")

        with pytest.raises(HookException, match=r"on_request raised LookupError.'no id'. before GET") as caught:
            read(wire.host, side, calls=2, on_request=fail, username="u", password="p")
        assert isinstance(caught.value.__cause__, LookupError)
        assert len(wire.requests) == fails_at - 1

    def test_must_not_be_awaited(self, wire: WireServer, side: str) -> None:
        async def add(request: OutgoingRequest) -> None: ...

        with pytest.raises(HookException, match="must be a plain function"):
            read(wire.host, side, on_request=add)
        assert wire.connections == 0


@pytest.mark.parametrize("side", ["blocking", "asyncio"])
class TestHeadersOfACall:
    def test_win_over_the_client_s_and_not_over_credentials(self, wire: WireServer, side: str) -> None:
        wire.answers = [ENTRY]
        mine = {"user-agent": "mine/1", "X-Request-ID": "7", "Authorization": "Bearer mine"}
        read(wire.host, side, access_token="t", headers=mine)
        sent = [header(wire.requests[0], name) for name in ("User-Agent", "X-Request-ID", "Authorization")]
        assert sent == ["mine/1", "7", "Bearer t"]

    def test_are_of_the_call_s_own_requests(self, wire: WireServer, side: str) -> None:
        wire.answers = [answer('{"version": "3.3.2"}'), answer('{"access_token": "t"}', "201 Created"), ENTRY, ENTRY]
        read(wire.url, side, username="u", password="p", headers={"X-Request-ID": "7"}, retries=0)
        assert [header(head, "X-Request-ID") for head in wire.requests] == [None, None, "7"]

    @pytest.mark.parametrize(
        ("headers", "error"),
        [
            ({"X": "a\nb"}, ApiValueError),
            ({"X Y": "a"}, ApiValueError),
            ({"X": 1}, ApiTypeError),
            ("X: y", ApiTypeError),
        ],
    )
    def test_that_cannot_be_sent(self, wire: WireServer, side: str, headers: Any, error: type[Exception]) -> None:
        with pytest.raises(error, match="_headers"):
            read(wire.host, side, headers=headers)
        assert wire.connections == 0


def header(request: bytes, name: str) -> Optional[str]:
    """The value of a header of a request."""
    found = re.search(rb"(?i)\r\n" + name.encode() + rb": (.*)\r\n", request)
    return found and found[1].decode()


@pytest.mark.parametrize("side", ["blocking", "asyncio"])
class TestHook:
    def test_sees_each_attempt(self, wire: WireServer, side: str) -> None:
        wire.answers = [BUSY, ENTRY]
        seen: list[Attempt] = []
        read(wire.host, side, on_attempt=seen.append)
        assert [(attempt.status, attempt.attempt, attempt.request_id) for attempt in seen] == [
            (503, 1, None),
            (200, 2, "abc"),
        ]
        assert {(attempt.method, attempt.origin, attempt.path_template) for attempt in seen} == {
            ("GET", wire.url, "/api/v1" + ENTRY_PATH)
        }
        assert all(0 < attempt.duration < 10 and attempt.error is None for attempt in seen)
        assert repr(seen[1]).startswith(f"<Attempt 2: GET {wire.url}/api/v1/dags/{{dag_id}}/")
        assert "secret" not in repr(seen)

    def test_sees_what_was_not_answered(self, side: str) -> None:
        seen: list[Attempt] = []
        with pytest.raises(ConnectionException) as caught:
            read("http://127.0.0.1:1/api/v1", side, on_attempt=seen.append, retries=0)
        assert [(attempt.status, attempt.error) for attempt in seen] == [(0, caught.value)]
        assert "ConnectionException" in repr(seen[0])

    def test_sees_the_search_for_the_api_and_the_login(self, side: str) -> None:
        with EmbeddedAirflow("2.11.2", auth="session") as server:
            server.add_user("admin", "pw")
            server.add_xcom(*IDS, 1)
            seen: list[Attempt] = []
            read(server.base_url, side, on_attempt=seen.append, username="admin", password="pw", login="session")
        assert [(attempt.method, attempt.path_template, attempt.status) for attempt in seen] == [
            ("GET", "/api/v2/version", 404),
            ("GET", "/api/v1/version", 200),
            ("GET", "/login/", 200),
            ("POST", "/login/", 302),
            ("GET", "/api/v1" + ENTRY_PATH, 200),
        ]

    def test_that_raises_ends_the_call(self, wire: WireServer, side: str) -> None:
        wire.answers = [ENTRY]

        def fail(attempt: Attempt) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            read(wire.host, side, on_attempt=fail)


@pytest.mark.parametrize("side", ["blocking", "asyncio"])
class TestLogger:
    def test_tells_each_attempt_at_debug(self, wire: WireServer, side: str, caplog: pytest.LogCaptureFixture) -> None:
        wire.answers = [BUSY, ENTRY]
        with caplog.at_level(logging.DEBUG, "airflow_client"):
            read(wire.host, side)
        told = [record for record in caplog.records if record.name == "airflow_client"]
        assert [record.levelno for record in told] == [logging.DEBUG] * 2
        assert f"GET {wire.url}/api/v1{ENTRY_PATH} -> 503 in " in told[0].getMessage()
        assert told[1].getMessage().endswith("(attempt 2, request id abc)")
        assert "secret" not in str([record.getMessage() for record in told])

    def test_is_silent_unless_told_otherwise(
        self, wire: WireServer, side: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        wire.answers = [answer("", "500 Internal Server Error")]
        with pytest.raises(ServiceException):
            read(wire.host, side)
        assert capfd.readouterr() == ("", "")


def test_the_logger_has_no_handler_and_no_level() -> None:
    script = (
        "import logging\n"
        "from airflow_client.xcom.hooks import logger\n"
        "assert (logger.handlers, logger.level, logger.propagate) == ([], logging.NOTSET, True)\n"
        "assert (logging.root.handlers, logging.root.level) == ([], logging.WARNING)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_opentelemetry_s_instrumentation_of_urllib3_makes_spans(wire: WireServer) -> None:
    reason = "tox installs opentelemetry-instrumentation-urllib3 for one of the Pythons"
    instrumentation = pytest.importorskip("opentelemetry.instrumentation.urllib3", reason=reason)
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = instrumentation.URLLib3Instrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        wire.answers = [BUSY, ENTRY]
        assert read(wire.host, "blocking").value == "a-secret-value"
    finally:
        instrumentor.uninstrument()
    spans = exporter.get_finished_spans()
    assert [dict(span.attributes or {})["http.status_code"] for span in spans] == [503, 200]
    assert wire.header("traceparent") is not None  # the server can tell to which trace it belongs
