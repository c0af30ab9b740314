"""The modules that the package imports."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiValueError, preload
from tests.support.wire_server import WireServer, answer

ROOT = Path(__file__).parents[2]


#: Calls ``preload``, then makes all kinds of calls, and prints the modules that these imported.
_AFTER_PRELOAD = """
import sys
import airflow_client.xcom

host, is_asyncio = sys.argv[1], sys.argv[2] == "True"
airflow_client.xcom.preload(asyncio=is_asyncio)
before = set(sys.modules)
from airflow_client.xcom import *

def ignore(attempt):
    repr(attempt)

def call_blocking(name, *ids, **keywords):
    with ApiClient(configuration) as client:
        result = getattr(XComApi(client), name)("d", *ids, **keywords)
        return list(result) if name.startswith("iter") else result

def call_asyncio(name, *ids, **keywords):
    async def steps():
        async with AsyncApiClient(configuration) as client:
            result = getattr(AsyncXComApi(client), name)("d", *ids, **keywords)
            return [item async for item in result] if name.startswith("iter") else await result

    return sys.modules["asyncio"].run(steps())

call = call_asyncio if is_asyncio else call_blocking

def failure(*arguments, **keywords):
    try:
        call(*arguments, **keywords)
    except OpenApiException as error:
        return repr(error), str(error)
    raise AssertionError("no error")

configuration = Configuration(host=host, username="u", password="p")
configuration.on_attempt, configuration.retries = ignore, 1
xcom = call("get_xcom_entry", "r", "t", "k")
assert xcom.decode().year == 1970
xcom.timestamp, str(xcom), repr(xcom), configuration.to_debug_report(), AsyncXComApi
failure("get_xcom_entry", "r", "t", "none")
failure("wait_for_xcom_entry", "r", "t", "none", timeout=0.01)
call("get_xcom_entry_with_http_info", "r", "t", "k").data
assert len(call("iter_xcoms", "~", "t")) == len(call("iter_xcom_entries", "~", "t")) == 1
if not is_asyncio:
    with ApiClient(configuration) as client:
        XComApi(client).get_xcom_entry("d", "r", "t", "k", async_req=True).get()
configuration = Configuration(host="https://localhost:1/api/v1", username="u", password="p")
failure("get_xcom_entry", "r", "t", "k", _request_timeout=0.1)
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("asyncio", [False, True])
def test_calls_import_nothing_after_preload(asyncio: bool) -> None:
    """A forked process or a chroot may have no files to import from."""
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("u", "p")
        server.push_xcom("d", "r", "t", "k", datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
        command = [sys.executable, "-c", _AFTER_PRELOAD, server.base_url, str(asyncio)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, cwd=ROOT)
    assert (ended.stdout, ended.stderr) == ("\n", "")


def test_preload_needs_only_what_the_program_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("aiohttp", "requests"):
        monkeypatch.setitem(sys.modules, library, None)
        monkeypatch.delitem(sys.modules, f"airflow_client.xcom.transport.{library}", raising=False)
    preload()
    with pytest.raises(ApiValueError, match=r"asyncio=True needs aiohttp: pip install 'aiohttp>=3.11'"):
        preload(asyncio=True)
    monkeypatch.setitem(sys.modules, "airflow_client.xcom.urls", None)
    with pytest.raises(ModuleNotFoundError):  # a broken installation
        preload()


def test_calls_load_no_library_of_an_extra() -> None:
    script = """
import sys
from airflow_client.xcom import ApiClient, Configuration, XComApi
with ApiClient(Configuration(host=sys.argv[1], access_token="token")) as client:
    assert XComApi(client).get_xcom_entry("d", "r", "t", "k").value == 1
print(*sys.modules)
"""
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with WireServer(answer('{"key": "k", "value": 1}')) as server:
        command = [sys.executable, "-c", script, f"{server.url}/api/v2"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert {"urllib3", "airflow_client.xcom.api.x_com_api"} <= loaded
    assert not loaded & {"aiohttp", "requests", "msgspec", "pandas", "pyarrow", "numpy"}
