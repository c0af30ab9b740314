"""``python -m airflow_client.testing``."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import basic

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "airflow_client.testing", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_runs_until_it_is_interrupted() -> None:
    with run("--version", "2.10.5") as process:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        matched = re.search(r"Airflow 2\.10\.5 .* http://(\S+)/api/v1$", greeting)
        assert matched, greeting
        connection = http.client.HTTPConnection(matched[1], timeout=60)
        everything = "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
        connection.request("GET", everything, headers=basic("admin", "admin"))
        assert connection.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        connection.close()
        snippet = process.stdout.read()
        assert process.stderr is not None
        assert (process.wait(timeout=60), process.stderr.read()) == (0, "")
    compile(snippet.split("\n\n", 1)[1], "snippet", "exec")


def test_it_says_so_when_the_port_is_taken() -> None:
    with EmbeddedAirflow() as airflow, run("--port", airflow.base_url.rpartition(":")[2]) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert re.fullmatch("cannot start: .*in use.*\n", errors)
