"""The library and its extras in the environment of an Airflow, whose task reads another deployment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.support import wheel

HERE = Path(__file__).parents[1] / "support" / "airflow"
#: Airflow 2.6 to 2.9 have aiohttp 3.8 and 3.9; the extra "async" needs a later one.
EXTRAS = ("async", "cli", "requests", "speed", "storage")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by the releases that the command line requests, once each."""
    from tests.support.airflow.releases import RELEASES

    requested = metafunc.config.getoption("--airflow")
    metafunc.parametrize("version", [version for version in RELEASES if version in requested])


def run(command: list[Any], **options: Any) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.mark.airflow("2.", "3.")
def test_a_task_reads_another_deployment(version: str, tmp_path: Path) -> None:
    """The library and its extras are installed into a layer on Airflow's environment, and change nothing in it."""
    from tests.support.airflow.install import provide
    from tests.support.airflow.releases import RELEASES

    release = RELEASES[version]
    python, home, _ = provide(release)
    lock = release.lock.read_text()
    extras = [extra for extra in EXTRAS if extra != "async" or not re.search(r"(?m)^aiohttp==3\.\d\.", lock)]
    layer = tmp_path / "layer"
    run([python, "-m", "venv", "--without-pip", layer])
    (packages,) = layer.glob("lib/*/site-packages")
    (below,) = python.parents[1].glob("lib/*/site-packages")
    (packages / "airflow.pth").write_text(str(below))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    requirement = f"{wheel.build(tmp_path)}[{','.join(extras)}]"
    # Without this checkout in the search path, which may look like an installation.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = [*pip, "--python", layer / "bin/python", "install", "--constraint", release.lock, requirement]
    run(install, env=env, cwd=tmp_path)
    added = {path.name.partition("-")[0].lower() for path in packages.glob("*.dist-info")}
    pins = {line.partition("==")[0].replace("-", "_") for line in lock.splitlines()}
    assert "airflow_xcom_client" in added
    assert not added & pins
    with EmbeddedAirflow("2.11.2" if version.startswith("3.") else "3.3.2") as another:
        another.add_user("admin", "admin")
        another.add_sample_data()
        env = {**release.environment(home, HERE / "beside"), "ANOTHER_AIRFLOW": another.base_url, "EXTRAS": str(extras)}
        printed = run([layer / "bin/python", HERE / "run_beside.py"], env=env, cwd=home)
    ways = ["urllib3", "requests", "cli", *(["aiohttp"] if "async" in extras else [])]
    assert json.loads(printed.splitlines()[-1]) == dict.fromkeys(ways, 1234)
