"""Tools that trace or record the requests of urllib3, requests and aiohttp see ours, whenever they were switched on."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from airflow_client.xcom import ApiClient, Configuration, NotFoundException, XComApi
from tests.wire_server import WireServer, answer

ROOT = Path(__file__).parents[2]
ENTRY = answer('{"key": "k", "value": 1}')
IDS = ("d", "r", "t", "k")
PATH = "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k"
MOMENTS = ("before the import", "after the import", "after a call")

#: Makes a client of each kind. ``read(side)`` reads an XCom by it, ``switch_on()`` is the tool's.
_SCRIPT = """
import asyncio, sys
host, moment, side = sys.argv[1:]
if moment == "before the import":
    switch_on()
from airflow_client.xcom import *
if moment == "after the import":
    switch_on()
configuration = Configuration(host=host)
configuration.retries = 0
if side == "asyncio":
    loop = asyncio.new_event_loop()
    async def opened():
        return AsyncApiClient(configuration)
    client = loop.run_until_complete(opened())
    def read():
        return loop.run_until_complete(AsyncXComApi(client).get_xcom_entry("d", "r", "t", "k")).value
else:
    session = None
    if side == "requests":
        import requests
        session = requests.Session()
    client = ApiClient(configuration, session=session)
    def read():
        return XComApi(client).get_xcom_entry("d", "r", "t", "k").value
if moment == "after a call":
    assert read() == 1
    switch_on()
"""
_END = """
if side == "asyncio":
    loop.run_until_complete(client.close())
else:
    client.close()
"""


def outcome(tool: str, script: str, *arguments: str) -> list[str]:
    """Run a script and return the lines that it prints; the test is skipped where ``tool`` is not installed."""
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
    ("side", "module", "name"),
    [
        ("urllib3", "urllib3", "URLLib3Instrumentor"),
        ("requests", "requests", "RequestsInstrumentor"),
        ("requests", "urllib3", "URLLib3Instrumentor"),
        ("asyncio", "aiohttp_client", "AioHttpClientInstrumentor"),
    ],
)
@pytest.mark.parametrize("moment", MOMENTS)
def test_opentelemetry(wire: WireServer, side: str, module: str, name: str, moment: str) -> None:
    if (side, moment) == ("asyncio", "after a call"):
        pytest.skip("OpenTelemetry instruments the sessions of aiohttp that are made after it, and no others")
    wire.answers = [ENTRY]
    script = _OPENTELEMETRY.format(module=module, name=name) + _SCRIPT
    script += "assert read() == 1\nfor span in exporter.get_finished_spans(): print(span.name)" + _END
    assert outcome(f"opentelemetry.instrumentation.{module}", script, wire.host, moment, side) == ["GET"]
    assert wire.header("traceparent") is not None


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


@pytest.mark.parametrize("side", ["urllib3", "requests", "asyncio"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_datadog(wire: WireServer, side: str, moment: str) -> None:
    wire.answers = [ENTRY]
    script = _DDTRACE + _SCRIPT + "assert read() == 1\nfor span in spans: print(span.name)" + _END
    names = outcome("ddtrace", script, wire.host, moment, side)
    assert {"urllib3": "urllib3.request", "requests": "requests.request", "asyncio": "aiohttp.request"}[side] in names
    assert wire.header("x-datadog-trace-id") is not None


_VCR = """
import tempfile
def switch_on():
    import vcr
    global cassette
    path = tempfile.mkdtemp() + "/cassette.yaml"
    cassette = lambda: vcr.use_cassette(path)
"""
_RECORD = """
for _ in range(2):
    with cassette() as tape:
        assert read() == 1
        print(len(tape), tape.play_count)
assert read() == 1
"""


@pytest.mark.parametrize("side", ["urllib3", "requests", "asyncio"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_vcrpy(wire: WireServer, side: str, moment: str) -> None:
    wire.answers = [ENTRY]
    script = _VCR + _SCRIPT + _RECORD + _END
    assert outcome("vcr", script, wire.host, moment, side) == ["1 0", "1 1"]
    assert len(wire.requests) == 2 + (moment == "after a call")  # one is recorded, one is made without a cassette


def api(session: requests.Session) -> XComApi:
    configuration = Configuration(host="http://airflow.invalid/api/v1")
    configuration.retries = 0
    return XComApi(ApiClient(configuration, session=session))


def test_requests_mock() -> None:
    mock = pytest.importorskip("requests_mock", reason="requests-mock is not installed: tox installs it for one Python")
    adapter: Any = mock.Adapter()
    adapter.register_uri(
        "GET", f"http://airflow.invalid{PATH}", [{"json": {"key": "k", "value": 1}}, {"status_code": 404}]
    )
    with requests.Session() as session:
        session.mount("http://", adapter)
        assert api(session).get_xcom_entry(*IDS).value == 1
        with pytest.raises(NotFoundException):
            api(session).get_xcom_entry(*IDS)
    assert adapter.call_count == 2
