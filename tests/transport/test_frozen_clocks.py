"""Every wait ends even if a tool has frozen the clock, as in a user's tests."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import check_each

#: Freezes the clock with a tool, then makes each call that has a timeout.
_SCRIPT = """
import asyncio, datetime, importlib, sys, threading, time

tool, imported = sys.argv[1:]
if imported == "before the tool":
    from airflow_client.xcom import *
    importlib.import_module("airflow_client.xcom").preload(asyncio=True)
start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
if tool == "freezegun":
    import freezegun
    frozen = freezegun.freeze_time(start, real_asyncio=True)
else:
    import time_machine
    frozen = time_machine.travel(start, tick=False)
if imported == "after the tool":
    from airflow_client.xcom import *
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")

def drip(connection, head):
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10000\\r\\n\\r\\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.02)

async def in_asyncio(host, steps):
    async with AsyncApiClient(Configuration(host=host)) as client:
        await steps(AsyncXComApi(client))

def ends(steps, response):
    with WireServer(response) as server, ApiClient(Configuration(host=server.host)) as client:
        for call in (lambda: steps(XComApi(client)), lambda: asyncio.run(in_asyncio(server.host, steps))):
            try:
                call()
            except TimeoutException as error:
                assert error.elapsed > 0
            else:
                raise AssertionError("no error")

with frozen:
    assert time.time() == start.timestamp()
    if imported == "while it is frozen":
        from airflow_client.xcom import *
    ends(
        lambda api: api.wait_for_xcom_entry(*IDS, timeout=0.05, poll_interval=0.02),
        answer('{"title": "XCom entry not found"}', "404 NOT FOUND"),
    )
    ends(lambda api: api.get_xcom_entry(*IDS, _request_timeout=0.05), drip)
"""


@pytest.mark.parametrize("tool", ["freezegun", "time_machine"])
def test_waits_and_calls_end(tool: str) -> None:
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed: tox installs it on Python 3.11")
    root = Path(__file__).parents[2]
    cases = ["before the tool", "after the tool", "while it is frozen"]
    with contextlib.ExitStack() as stack:  # all at once, which saves time
        processes = {
            imported: stack.enter_context(subprocess.Popen([sys.executable, "-c", _SCRIPT, tool, imported], cwd=root))
            for imported in cases
        }

        def check(imported: str) -> None:
            assert processes[imported].wait(120) == 0

        check_each(cases, check)
