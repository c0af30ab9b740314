"""Requests can be observed: by hooks, by logging, by OpenTelemetry."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
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
from tests.support.wire_server import WireServer, answer

IDS = ("dag", "run", "task", "a-secret-key")
ENTRY_PATH = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}"
ENTRY = answer('{"key": "a-secret-key", "value": "a-secret-value"}', **{"X-Request-ID": "abc"})
BUSY = answer("", "503 Service Unavailable", **{"Retry-After": "0"})
clients = pytest.mark.parametrize("client", ["blocking", "asyncio"])


def read(host: str, client: str, calls: int = 1, headers: Any = None, **attributes: Any) -> Any:
    """Read an XCom with either client, so many times, with these attributes of the configuration."""
    configuration = Configuration(host=host)
    for name, value in attributes.items():
        setattr(configuration, name, value)
    if client == "blocking":
        with ApiClient(configuration) as api_client:
            return [XComApi(api_client).get_xcom_entry(*IDS, _headers=headers) for _ in range(calls)][-1]

    async def run() -> Any:
        async with AsyncApiClient(configuration) as api_client:
            return [await AsyncXComApi(api_client).get_xcom_entry(*IDS, _headers=headers) for _ in range(calls)][-1]

    return asyncio.run(run())


@clients
class TestOnRequest:
    def test_adds_headers_to_each_attempt(self, wire: WireServer, client: str) -> None:
        wire.answers = [BUSY, ENTRY]
        numbers, attempts = iter("12"), list[Attempt]()

        def add(request: OutgoingRequest) -> None:
            assert (len(request.headers), "secret" in repr(request)) == (0, False)
            request.headers["x-request-id"] = next(numbers)
            request.headers["User-Agent"] = f"{request.method} {request.origin}{request.path_template}"

        read(wire.host, client, on_request=add, on_attempt=attempts.append, access_token="t")
        sent = [(header(head, "X-Request-ID"), header(head, "User-Agent")) for head in wire.requests]
        assert sent == [(number, f"GET {wire.url}/api/v1{ENTRY_PATH}") for number in "12"]
        assert [attempt.request_id for attempt in attempts] == ["1", "abc"]
        assert [header(head, "Authorization") for head in wire.requests] == ["Bearer t"] * 2

    def test_is_called_before_discovery_and_login(self, client: str) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.push_xcom(*IDS, 1)
            requests: list[tuple[str, str]] = []
            read(
                *(server.base_url, client),
                on_request=lambda request: requests.append((request.method, request.path_template)),
                username="admin",
                password="pw",
            )
        assert requests == [("GET", "/api/v2/version"), ("POST", "/auth/token"), ("GET", f"/api/v2{ENTRY_PATH}")]

    def test_its_exception_ends_the_call(self, wire: WireServer, client: str) -> None:
        wire.answers = [ENTRY]
        for fails_at in (1, 2):  # the second is a login for a session, whose other failures are ignored
            wire.requests.clear()
            left = iter(range(1, fails_at))

            def fail(request: OutgoingRequest, left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise LookupError("no id")

            with pytest.raises(HookException, match=r"on_request raised LookupError.'no id'. before GET") as caught:
                read(wire.host, client, calls=2, on_request=fail, username="u", password="p")
            assert isinstance(caught.value.__cause__, LookupError)
            assert len(wire.requests) == fails_at - 1

    def test_must_not_be_a_coroutine_function(self, wire: WireServer, client: str) -> None:
        async def add(request: OutgoingRequest) -> None: ...

        with pytest.raises(HookException, match="must be a plain function"):
            read(wire.host, client, on_request=add)
        assert wire.connections == 0


@clients
class TestHeadersOfACall:
    def test_override_those_of_the_client_but_not_credentials(self, wire: WireServer, client: str) -> None:
        wire.answers = [ENTRY]
        headers = {"user-agent": "mine/1", "X-Request-ID": "7", "Authorization": "Bearer mine"}
        read(wire.host, client, access_token="t", headers=headers)
        sent = [header(wire.requests[0], name) for name in ("User-Agent", "X-Request-ID", "Authorization")]
        assert sent == ["mine/1", "7", "Bearer t"]

    def test_are_not_sent_with_discovery_and_login(self, wire: WireServer, client: str) -> None:
        wire.answers = [answer('{"version": "3.3.2"}'), answer('{"access_token": "t"}', "201 Created"), ENTRY, ENTRY]
        read(wire.url, client, username="u", password="p", headers={"X-Request-ID": "7"}, retries=0)
        assert [header(head, "X-Request-ID") for head in wire.requests] == [None, None, "7"]

    def test_of_another_type_are_refused(self, wire: WireServer, client: str) -> None:
        """Those with unusable text: `tests/transport/test_injection.py`."""
        for headers in ({"X": 1}, "X: y"):
            with pytest.raises(ApiTypeError, match="_headers"):
                read(wire.host, client, headers=headers)
        with pytest.raises(ApiValueError, match="_headers"):
            read(wire.host, client, headers={"X": "a\nb"})
        assert wire.connections == 0


def header(request: bytes, name: str) -> Optional[str]:
    """Return the value of a header of a request."""
    match = re.search(rb"(?i)\r\n" + name.encode() + rb": (.*)\r\n", request)
    return match and match[1].decode()


@clients
class TestOnAttempt:
    def test_receives_each_attempt(self, wire: WireServer, client: str) -> None:
        wire.answers = [BUSY, ENTRY]
        attempts: list[Attempt] = []
        read(wire.host, client, on_attempt=attempts.append)
        assert [(attempt.status, attempt.attempt, attempt.request_id) for attempt in attempts] == [
            (503, 1, None),
            (200, 2, "abc"),
        ]
        assert {(attempt.method, attempt.origin, attempt.path_template) for attempt in attempts} == {
            ("GET", wire.url, "/api/v1" + ENTRY_PATH)
        }
        assert all(attempt.duration > 0 and attempt.error is None for attempt in attempts)
        assert repr(attempts[1]).startswith(f"<Attempt 2: GET {wire.url}/api/v1/dags/{{dag_id}}/")
        assert "secret" not in repr(attempts)

    def test_receives_failures(self, client: str) -> None:
        attempts: list[Attempt] = []
        with pytest.raises(ConnectionException) as caught:
            read("http://127.0.0.1:1/api/v1", client, on_attempt=attempts.append, retries=0)
        assert [(attempt.status, attempt.error) for attempt in attempts] == [(0, caught.value)]
        assert "ConnectionException" in repr(attempts[0])

    def test_receives_discovery_and_login(self, client: str) -> None:
        with EmbeddedAirflow("2.11.2", auth="session") as server:
            server.add_user("admin", "pw")
            server.push_xcom(*IDS, 1)
            attempts: list[Attempt] = []
            read(server.base_url, client, on_attempt=attempts.append, username="admin", password="pw", login="session")
        assert [(attempt.method, attempt.path_template, attempt.status) for attempt in attempts] == [
            ("GET", "/api/v2/version", 404),
            ("GET", "/api/v1/version", 200),
            ("GET", "/login/", 200),
            ("POST", "/login/", 302),
            ("GET", "/api/v1" + ENTRY_PATH, 200),
        ]

    def test_its_exception_is_raised_unchanged(self, wire: WireServer, client: str) -> None:
        wire.answers = [ENTRY]

        def fail(attempt: Attempt) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            read(wire.host, client, on_attempt=fail)


@clients
class TestLogger:
    def test_logs_each_attempt_at_debug(self, wire: WireServer, client: str, caplog: pytest.LogCaptureFixture) -> None:
        wire.answers = [BUSY, ENTRY]
        with caplog.at_level(logging.DEBUG, "airflow_client"):
            read(wire.host, client)
        records = [record for record in caplog.records if record.name == "airflow_client"]
        assert [record.levelno for record in records] == [logging.DEBUG] * 2
        assert f"GET {wire.url}/api/v1/dags/{IDS[0]}/" in records[0].getMessage()
        assert " -> 503 Service Unavailable in " in records[0].getMessage()
        assert records[1].getMessage().endswith("(attempt 2, request id abc)")
        assert "a-secret-value" not in str([record.getMessage() for record in records])

    def test_is_silent_by_default(self, wire: WireServer, client: str, capfd: pytest.CaptureFixture[str]) -> None:
        wire.answers = [answer("", "500 Internal Server Error")]
        with pytest.raises(ServiceException):
            read(wire.host, client)
        assert capfd.readouterr() == ("", "")


def test_the_logger_has_no_handler_and_no_level() -> None:
    script = (
        "import logging\n"
        "from airflow_client.xcom.hooks import logger\n"
        "assert (logger.handlers, logger.level, logger.propagate) == ([], logging.NOTSET, True)\n"
        "assert (logging.root.handlers, logging.root.level) == ([], logging.WARNING)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_opentelemetry_instruments_urllib3(wire: WireServer) -> None:
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
    assert wire.header("traceparent") is not None
