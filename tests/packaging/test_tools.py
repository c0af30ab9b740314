"""Tools that trace or record requests of urllib3, requests and aiohttp, switched on at different times."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from airflow_client.xcom import ApiClient, Configuration, NotFoundException, XComApi
from tests.support.wire_server import WireServer, answer

ROOT = Path(__file__).parents[2]
ENTRY = answer('{"key": "k", "value": 1}')
IDS = ("d", "r", "t", "k")
PATH = "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k"
LIBRARIES = ("urllib3", "requests", "aiohttp")
TIMES = ("before the import", "after the import", "after a call")

#: Create a client for each HTTP library: ``readers`` has a function for each that reads an XCom. ``switch_on()`` is
#: the function of the tool.
_SCRIPT = """
import asyncio, sys
host, time, *libraries = sys.argv[1:]
if time == "before the import":
    switch_on()
from airflow_client.xcom import *
if time == "after the import":
    switch_on()
configuration = Configuration(host=host)
configuration.retries = 0
readers, closers = {}, []
if "urllib3" in libraries:
    client = ApiClient(configuration)
    readers["urllib3"] = lambda client=client: XComApi(client).get_xcom_entry("d", "r", "t", "k").value
    closers.append(client.close)
if "requests" in libraries:
    import requests
    client = ApiClient(configuration, session=requests.Session())
    readers["requests"] = lambda client=client: XComApi(client).get_xcom_entry("d", "r", "t", "k").value
    closers.append(client.close)
if "aiohttp" in libraries:
    loop = asyncio.new_event_loop()
    async def opened():
        return AsyncApiClient(configuration)
    aio = loop.run_until_complete(opened())
    readers["aiohttp"] = lambda: loop.run_until_complete(AsyncXComApi(aio).get_xcom_entry("d", "r", "t", "k")).value
    closers.append(lambda: loop.run_until_complete(aio.close()))
if time == "after a call":
    for read in readers.values():
        assert read() == 1
    switch_on()
"""
_END = """
for close in closers:
    close()
"""


def output(tool: str, script: str, *arguments: str) -> list[str]:
    """Run a script and return the lines of its output; skip the test where ``tool`` is not installed."""
    if importlib.util.find_spec(tool.partition(".")[0]) is None or importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed: tox installs it for one of the Pythons")
    command = [sys.executable, "-W", "ignore", "-c", script, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


_OPENTELEMETRY = """
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
def switch_on():
    from opentelemetry.instrumentation.{module} import {name}
    {name}().instrument(tracer_provider=provider)
"""


@pytest.mark.parametrize(
    ("libraries", "module", "name"),
    [
        (("urllib3", "requests"), "urllib3", "URLLib3Instrumentor"),
        (("requests",), "requests", "RequestsInstrumentor"),
        (("aiohttp",), "aiohttp_client", "AioHttpClientInstrumentor"),
    ],
)
@pytest.mark.parametrize("time", TIMES)
def test_opentelemetry_traces_requests(
    wire: WireServer, libraries: tuple[str, ...], module: str, name: str, time: str
) -> None:
    if (libraries, time) == (("aiohttp",), "after a call"):
        pytest.skip("OpenTelemetry traces only the sessions of aiohttp that are created after it")
    wire.answers = [ENTRY]
    script = _OPENTELEMETRY.format(module=module, name=name) + _SCRIPT
    script += """
for library, read in readers.items():
    assert read() == 1
    print(library, *(span.name for span in exporter.get_finished_spans()))
    exporter.clear()
"""
    lines = output(f"opentelemetry.instrumentation.{module}", script + _END, wire.host, time, *libraries)
    assert lines == [f"{library} GET" for library in libraries]
    for request in range(-len(libraries), 0):
        assert wire.header("traceparent", request) is not None


_DDTRACE = """
import os
os.environ.update(DD_TRACE_ENABLED="true", DD_INSTRUMENTATION_TELEMETRY_ENABLED="false")
os.environ.update(DD_REMOTE_CONFIGURATION_ENABLED="false", DD_TRACE_STARTUP_LOGS="false")
from ddtrace.trace import tracer, TraceFilter
spans = []
class Keep(TraceFilter):
    def process_trace(self, trace):
        spans.extend(trace)
        return None
tracer.configure(trace_processors=[Keep()])
def switch_on():
    import ddtrace
    ddtrace.patch(urllib3=True, requests=True, aiohttp=True)
"""


@pytest.mark.parametrize("time", TIMES)
def test_datadog_traces_requests(wire: WireServer, time: str) -> None:
    wire.answers = [ENTRY]
    script = _DDTRACE + _SCRIPT
    script += """
for library, read in readers.items():
    spans.clear()
    assert read() == 1
    print(library, *(span.name for span in spans))
"""
    names = {
        line.split()[0]: line.split()[1:] for line in output("ddtrace", script + _END, wire.host, time, *LIBRARIES)
    }
    assert names.keys() == set(LIBRARIES)
    for number, library in enumerate(LIBRARIES, -len(LIBRARIES)):
        assert f"{library}.request" in names[library]
        assert wire.header("x-datadog-trace-id", number) is not None


_VCR = """
import tempfile
def switch_on():
    import vcr
    global cassette
    folder = tempfile.mkdtemp()
    cassette = lambda library: vcr.use_cassette(f"{folder}/{library}.yaml")
"""


@pytest.mark.parametrize("time", TIMES)
def test_vcrpy_records_and_replays_requests(wire: WireServer, time: str) -> None:
    wire.answers = [ENTRY]
    script = _VCR + _SCRIPT
    script += """
for library, read in readers.items():
    for _ in range(2):
        with cassette(library) as tape:
            assert read() == 1
            print(library, len(tape), tape.play_count)
    assert read() == 1
"""
    lines = output("vcr", script + _END, wire.host, time, *LIBRARIES)
    assert lines == [f"{library} {counts}" for library in LIBRARIES for counts in ("1 0", "1 1")]
    # For each library, one request is recorded, and one is sent without a cassette.
    assert len(wire.requests) == len(LIBRARIES) * (2 + (time == "after a call"))


def api(session: requests.Session) -> XComApi:
    configuration = Configuration(host="http://airflow.invalid/api/v1")
    configuration.retries = 0
    return XComApi(ApiClient(configuration, session=session))


def test_requests_mock_answers_requests() -> None:
    mock = pytest.importorskip("requests_mock", reason="requests-mock is not installed: tox installs it for one Python")
    adapter: Any = mock.Adapter()
    adapter.register_uri(
        "GET",
        f"http://airflow.invalid{PATH}",
        [{"json": {"key": "k", "value": 1}}, {"status_code": 404, "json": {"title": "XCom entry not found"}}],
    )
    with requests.Session() as session:
        session.mount("http://", adapter)
        assert api(session).get_xcom_entry(*IDS).value == 1
        with pytest.raises(NotFoundException):
            api(session).get_xcom_entry(*IDS)
    assert adapter.call_count == 2
