"""The programs in ``examples/``, on the embedded server and on real ones that run what is triggered."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.contract import triggered
from tests.contract.clients import DAGRunApi, XComApi
from tests.contract.conftest import configuration
from tests.contract.servers import Server
from tests.support.commands import output_of

EXAMPLES = Path(__file__).parents[2] / "examples"
TASK = (triggered.ECHO, "echo")
WAIT: dict[str, Any] = {"timeout": 90, "poll_interval": 0.1}


def load(name: str) -> ModuleType:
    """Import an example, anew for each test."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def environment(scheduled_server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The Airflow of the programs, and nothing of the developer's own settings."""
    variables = {"HOST": scheduled_server.url, "USERNAME": "admin", "PASSWORD": "admin-pw"}
    for name, value in variables.items():
        monkeypatch.setenv(f"AIRFLOW_XCOM_{name}", value)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def run(scheduled_client: Any) -> Callable[..., list[str]]:
    """A function that runs a DAG for each value, and returns the ids of the runs."""
    api = DAGRunApi(scheduled_client)

    def run(*values: object) -> list[str]:
        runs = [api.trigger_dag_run(triggered.ECHO, conf={"value": value}) for value in values]
        return [api.wait_for_dag_run(triggered.ECHO, run.dag_run_id, **WAIT).dag_run_id for run in runs]

    return run


def test_ci_gate(run: Callable[..., list[str]], scheduled_client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gate = load("ci_gate").main
    number, text = run(1234, "many")
    dag_id, task_id = TASK
    assert gate([dag_id, number, task_id, "--min", "1000", "--max", "5000"]) == 0
    assert gate([dag_id, number, task_id, "--max", "1000"]) == 1
    assert gate([dag_id, text, task_id]) == 2
    failed = DAGRunApi(scheduled_client).trigger_dag_run(triggered.FAILS)
    assert gate([triggered.FAILS, failed.dag_run_id, "fail", "--timeout", "90"]) == 2
    output = capsys.readouterr()
    assert output.out == "1,234 rows: in bounds\n1,234 rows: OUT OF BOUNDS\n"
    assert "is 'many'" in output.err
    # Of the task, or of the run if both ended between two looks at them.
    assert "finished with state 'failed', without this XCom" in output.err


def test_nightly_export(run: Callable[..., list[str]], tmp_path: Path) -> None:
    export = load("nightly_export").main
    (run_id,) = run({"a": [1, None]})
    assert export([triggered.ECHO, str(tmp_path / "xcoms.jsonl")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "xcoms.jsonl").read_text().splitlines()]
    assert [line["value"] for line in lines if line["run_id"] == run_id] == [{"a": [1, None]}]
    assert export(["contract", str(tmp_path / "old.jsonl"), "--hours", "0"]) == 0
    assert (tmp_path / "old.jsonl").read_text() == ""
    parquet = pytest.importorskip("pyarrow.parquet")
    assert export([triggered.ECHO, str(tmp_path / "xcoms.parquet")]) == 0
    rows = parquet.read_table(tmp_path / "xcoms.parquet").to_pylist()
    assert [json.loads(row["value"]) for row in rows if row["run_id"] == run_id] == [{"a": [1, None]}]
    assert sorted(path.suffix for path in tmp_path.glob("xcoms.*")) == [".jsonl", ".parquet"]


def test_metric_report(run: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    report = load("metric_report").main
    run(100, 110, 105)
    assert report([*TASK, "--last", "3"]) == 0
    run(300)
    assert report([*TASK, "--last", "4"]) == 1
    (empty,) = run(None)
    assert report([*TASK, "--last", "5"]) == 1
    alerts = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("OK", "ALERT"))]
    assert alerts == [
        "OK",
        "ALERT: 300 in the latest run, usually 105",
        f"ALERT: no value in the latest run, {empty}",
    ]


def test_dag_service(scheduled_server: Server) -> None:
    web = pytest.importorskip("aiohttp.web")
    aiohttp = pytest.importorskip("aiohttp")
    make_app = load("dag_service").make_app

    async def post(dag_id: str, task_id: str, *bodies: str, timeout: float = 90) -> list[tuple[int, Any]]:
        runner = web.AppRunner(make_app(configuration(scheduled_server), dag_id, task_id, timeout))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        answers = []
        async with aiohttp.ClientSession() as session:
            for body in bodies:
                async with session.post(f"http://127.0.0.1:{runner.addresses[0][1]}/", data=body) as response:
                    answers.append((response.status, await response.json()))
        await runner.cleanup()
        return answers

    good, *bad = asyncio.run(post(*TASK, '{"value": {"rows": 7}}', "{", "[]"))
    assert good == (200, {"result": {"rows": 7}})
    assert [status for status, _ in bad] == [400, 400]
    ((status, failed),) = asyncio.run(post(triggered.FAILS, "fail", ""))
    assert (status, triggered.LOG_LINE in " ".join(failed["log"])) == (500, True)
    assert [status for status, _ in asyncio.run(post("nope", "fail", "{}"))] == [502]
    assert [status for status, _ in asyncio.run(post(*TASK, '{"seconds": 1}', timeout=0.2))] == [504]


@pytest.mark.airflow("3.3.2")
def test_repair_run(run: Callable[..., list[str]], scheduled_client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    repair = load("repair_run").main
    good, broken = run({"rows": 1234}, None)
    arguments = [triggered.ECHO, good, broken, "--set", 'echo:note="by hand"']
    assert repair(arguments) == 0
    api = XComApi(scheduled_client)
    ids = {"dag_id": triggered.ECHO, "dag_run_id": broken, "task_id": "echo"}
    assert api.get_xcom_entries(**ids).total_entries == 0
    for _ in range(2):
        assert repair([*arguments, "--apply"]) == 0
        values = {xcom.key: xcom.value for xcom in api.iter_xcoms(**ids)}
        assert values == {"return_value": {"rows": 1234}, "note": "by hand"}
    planned, written, nothing = capsys.readouterr().out.split('set echo note = "by hand"\n')[1:]
    assert planned == "copy echo return_value\n1 copied, 0 exist; nothing written\n"
    assert written == planned.replace("; nothing written", "")
    assert nothing == "0 copied, 1 exist\n"


def test_warehouse_sdk() -> None:
    sdk = load("warehouse_sdk")
    with sdk.Warehouse(dag_id=triggered.ECHO, task_id="echo") as warehouse:
        assert warehouse.load("2024-01-01", timeout=90, value=1234) == sdk.Load("2024-01-01", 1234)
        with pytest.raises(sdk.LoadUnfinished):
            warehouse.load("2024-01-01", timeout=0.1, seconds=1)
    with sdk.Warehouse(dag_id=triggered.FAILS, task_id="fail") as warehouse:
        with pytest.raises(sdk.LoadFailed) as caught:
            warehouse.load("2024-01-01", timeout=90)
    assert caught.value.url
    with sdk.Warehouse(dag_id="nope") as warehouse, pytest.raises(sdk.WarehouseError):
        warehouse.load("2024-01-01")


@pytest.mark.airflow("3.3.2")
def test_the_tests_of_the_sdk_pass(scheduled_server: Server) -> None:
    if scheduled_server.embedded is None:
        pytest.skip("they start a server of their own")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_warehouse_sdk.py"]
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    assert "4 passed" in output_of(command, cwd=EXAMPLES, env=environment)
