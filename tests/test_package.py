"""The package as it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.wire_server import WireServer, answer

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    pytest.importorskip(
        "build.__main__", reason="the wheel is built where 'build' is installed: the tox environments have it"
    )
    folder = tmp_path_factory.mktemp("wheel")
    # Of a copy: building leaves files beside the sources, where the suites of other Pythons build at the same time.
    source = folder / "source"
    shutil.copytree(ROOT / "airflow_client", source / "airflow_client", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_library_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "airflow_client").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == there
    # `airflow_client` is a namespace package: type checkers look for the marker in each package below it.
    assert {name for name in names if name.endswith("py.typed")} == {
        f"airflow_client/{package}/py.typed" for package in ("client", "testing", "xcom")
    }
    assert "airflow_client/__init__.py" not in names
    assert all(name.endswith((".py", "py.typed")) for name in names)


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    metadata = next(wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/METADATA"))
    lines = metadata.splitlines()
    assert "Name: airflow-xcom-client" in lines
    assert "License-Expression: Apache-2.0" in lines or "License: Apache-2.0" in lines
    required = [line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert sorted(line.split()[1].partition("<")[0].partition(">")[0] for line in required) == [
        "python-dateutil",
        "urllib3",
    ]
    assert any(name.endswith("/LICENSE") for name in wheel.namelist())


def test_a_first_call_loads_no_more_than_it_needs() -> None:
    script = """
import sys
from airflow_client.xcom import ApiClient, Configuration, XComApi
with ApiClient(Configuration(host=sys.argv[1], access_token="token")) as client:
    assert XComApi(client).get_xcom_entry("d", "r", "t", "k").value == 1
print(*(name.partition("airflow_client.xcom.")[2] or name for name in sys.modules))
"""
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with WireServer(answer('{"key": "k", "value": 1}')) as server:
        command = [sys.executable, "-c", script, f"{server.url}/api/v2"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env=variables, cwd=ROOT)
    loaded = set(told.stdout.split())
    assert {"wire", "flow", "transport.urllib3", "model.x_com"} <= loaded
    assert not loaded & {
        *("login", "speed", "tasks", "values", "waiting", "aio", "api.async_x_com_api"),
        "model.error",
        *("transport.aiohttp", "transport.requests", "aiohttp", "dateutil", "msgspec", "requests"),
    }
