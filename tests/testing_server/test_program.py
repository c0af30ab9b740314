"""``python -m airflow_client.testing``."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, Configuration, DAGRunApi, DagRunFailed, XComApi
from tests.support.cases import all_cases
from tests.testing_server.client import basic

ROOT = Path(__file__).resolve().parents[2]
SET = {"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}
ROW = {"dag_id": "etl", "run_id": "a", "task_id": "extract", "key": "rows", "value": SET}


class Program:
    """Program that runs.

    :ivar greeting: its first line of output; empty if it cannot start.
    """

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "airflow_client.testing", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "error", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        self.url = self.greeting.rpartition(" ")[2].strip()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal, and return the exit status with the rest of the output and the errors."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        """Wait for the end, and return the exit status with the rest of the output and the errors."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        return self.process.wait(60), self.process.stdout.read(), self.process.stderr.read()

    def values(self, username: str = "admin") -> list[Any]:
        """Return the values of the first XComs."""
        with ApiClient(Configuration(host=self.url, username=username, password=username)) as client:
            return [xcom.value for xcom in XComApi(client).iter_xcoms("daily_sales", task_id="report")]


Run = Callable[..., Program]


@pytest.fixture
def run() -> Iterator[Run]:
    programs: list[Program] = []

    def start(*arguments: str, **environment: str) -> Program:
        programs.append(Program(*arguments, **environment))
        return programs[-1]

    yield start
    for program in programs:
        with program.process:  # closes its pipes
            program.process.kill()


def test_it_runs_until_it_is_interrupted(run: Run) -> None:
    program = run("--version", "2.10")
    matched = re.search(r"Airflow 2\.10\.5 .* http://(\S+)/api/v1$", program.greeting)
    assert matched, program.greeting
    connection = http.client.HTTPConnection(matched[1], timeout=60)
    everything = "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
    connection.request("GET", everything, headers=basic("admin", "admin"))
    assert connection.getresponse().status == 200
    status, snippet, errors = program.end()
    connection.close()
    assert (status, errors) == (0, "")
    compile(snippet.split("\n\n", 1)[1], "snippet", "exec")


def test_data_in_a_file_survives_a_kill(run: Run, tmp_path: Path) -> None:
    export, database = tmp_path / "export.jsonl", str(tmp_path / "airflow.db")
    export.write_text(json.dumps(ROW))
    first = run("--version", "3.3", "--seed-demo", "--load", str(export), "--database", database)
    values = first.values()
    assert len(values) == 13
    first.end(signal.SIGKILL)
    second = run("--version", "3.3", "--database", database)
    assert second.values() == values
    with ApiClient(Configuration(host=second.url, username="admin", password="admin")) as client:
        assert XComApi(client).get_xcom_entry("etl", "a", "extract", "rows").value == SET
    assert second.end(signal.SIGTERM)[0::2] == (143, "")


def test_a_real_server_is_recorded(run: Run) -> None:
    with EmbeddedAirflow("3.0") as airflow:
        url = airflow.base_url
        airflow.add_user("ada", "secret", role="Viewer")
        airflow.push_xcom("etl", "a", "extract", "rows", {1})
        airflow.push_xcom("daily_sales", "a", "report", "rows", 5)
        airflow.add_run("etl", "without tasks", state="failed")
        login = {"AIRFLOW_XCOM_USERNAME": "ada", "AIRFLOW_XCOM_PASSWORD": "secret"}
        all_dags = run("--record", url, **login)
        one_dag = run("--record", url, "--dag", "etl", "--version", "3.3", **login)
        refused = run("--record", url, **{**login, "AIRFLOW_XCOM_PASSWORD": "wrong"})
    assert "Airflow 3.0.6 " in all_dags.greeting
    assert "Airflow 3.3.2 " in one_dag.greeting
    assert (all_dags.values(), one_dag.values()) == ([5], [])
    with ApiClient(Configuration(host=one_dag.url, username="admin", password="admin")) as client:
        assert DAGRunApi(client).get_dag_run("etl", "without tasks").state == "failed"
        assert XComApi(client).get_xcom_entry("etl", "a", "extract", "rows").value == SET
    assert one_dag.end()[2] == "recorded 2 DAG runs and 1 XComs\n"
    status, output, errors = refused.ended()
    assert (status, output) == (1, "")
    assert errors.startswith(f"cannot start: {url} cannot be recorded: ")
    assert "wrong" not in errors


@pytest.mark.parametrize("version", ["2.10", "3.0"])
def test_the_demo_has_a_failed_run_and_runs_what_is_triggered(run: Run, version: str) -> None:
    program = run("--seed-demo", "--version", version)
    with ApiClient(Configuration(host=program.url, username="admin", password="admin")) as client:
        runs = [(run.state, run.dag_run_id) for run in DAGRunApi(client).iter_dag_runs("daily_sales", state="failed")]
        assert runs == [("failed", "scheduled__2024-03-10T06:00:00+00:00")]
        history = XComApi(client).history("daily_sales", "report", "return_value")
        assert len({xcom.value["orders"] for xcom in history}) == len(history) == 13
        assert len(XComApi(client).get_xcom_entries("daily_sales", runs[0][1], "fetch")) == 3
        assert len(DAGRunApi(client).call_dag("forecast", conf={"days": 2})["predict"]) == 2
        with pytest.raises(DagRunFailed, match="days must be a positive number, not 'x'"):
            DAGRunApi(client).call_dag("forecast", conf={"days": "x"})


def test_it_says_why_it_cannot_start(run: Run, tmp_path: Path) -> None:
    none, bad = str(tmp_path / "none"), str(tmp_path / "bad.jsonl")
    Path(bad).write_text("{")
    with EmbeddedAirflow() as airflow, all_cases() as case:
        port = airflow.base_url.rpartition(":")[2]
        for arguments, message in {
            ("--port", port): f"port {port} of 127.0.0.1 is in use. Choose another --port",
            ("--load", none): f"{none}: No such file or directory",
            ("--load", bad): f"{bad} has invalid lines; the other 0 were loaded:\nline 1: it is not JSON",
            ("--database", str(tmp_path)): f"{tmp_path} cannot be opened: unable to open database file",
            ("--record", "http://127.0.0.1:1"): "http://127.0.0.1:1 cannot be recorded: ConnectionRefused…\nHint: ",
        }.items():
            with case(arguments):
                program = run(*arguments)
                status, output, errors = program.ended()
                assert (status, program.greeting + output) == (1, "")
                assert [part for part in f"cannot start: {message}".split("…") if part not in errors] == [], errors


def test_a_file_with_other_data_is_refused(tmp_path: Path) -> None:
    text, database = tmp_path / "text", tmp_path / "2.db"
    text.write_text("no database")
    EmbeddedAirflow("2.11", database=database).add_sample_data()
    assert len(EmbeddedAirflow("2.10", database=str(database)).xcoms) > 100
    with pytest.raises(ValueError, match="text is not a database: choose another file"):
        EmbeddedAirflow(database=text)
    with pytest.raises(ValueError, match=r"2.db holds other data than that of /api/v2 in this release: choose another"):
        EmbeddedAirflow("3.3", database=database)
    for name, call in (("database", lambda: EmbeddedAirflow(database="")), ("host", lambda: EmbeddedAirflow(host=""))):
        with pytest.raises(ValueError, match=f"^{name} must not be empty"):
            call()
    with pytest.raises(TypeError, match="database must be a path, not int"):
        EmbeddedAirflow(database=1)  # type: ignore[arg-type]
