"""The real program with pipes and terminals: what the reading commands write, and how they end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from airflow_client.cli import terminal
from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.program import COMMAND, ROOT, started

RUN = "manual__2024-01-01T00:00:00+00:00"
EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\r\n"


def test_a_terminal_shows_columns_and_a_pipe_gets_tabs(
    airflow: EmbeddedAirflow, airflow_xcom: Program, run_here: Program
) -> None:
    airflow.add_sample_data()
    piped = airflow_xcom("list", "etl", "latest")
    assert (piped.status, piped.stderr) == (0, "")
    assert piped.stdout.splitlines()[1].split("\t")[:3] == ["etl", "scheduled__2024-01-02T00:00:00+00:00", "extract"]
    shown = airflow_xcom("list", "etl", "latest", tty=True, columns=100)
    assert shown.status == 0
    assert "\x1b[1mRUN\x1b[0m" in shown.terminal
    assert shown.screen.splitlines()[-1] == "6 XComs"
    for variable in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = run_here("get", "kinds", "latest", "push", "dict", tty=True, env=variable)
        assert plain.terminal.replace("\r\n", "\n") == json.dumps({"a": 1, "b": [2, 3]}, indent=2) + "\n"
    mixed = airflow_xcom("get", "kinds", "latest", "push", "dict", tty=["stdin", "stderr"])
    assert mixed.stdout == '{"a": 1, "b": [2, 3]}\n'


def test_no_control_sequence_of_a_server_reaches_a_terminal(airflow: EmbeddedAirflow, run_here: Program) -> None:
    airflow.push_xcom("etl", RUN, EVIL, EVIL, 1)
    airflow.push_xcom("etl", RUN, "t", "k", {EVIL: [EVIL, 1]})
    airflow.push_xcom("etl", "manual__2024-01-02T00:00:00+00:00", "t", "k", EVIL)
    commands: list[list[str]] = [
        *(["list", "etl", "--output", form] for form in ("table", "json", "jsonl", "csv", "yaml")),
        *(["get", "etl", RUN, "t", "k", "--output", form] for form in ("table", "json", "jsonl", "csv", "yaml")),
        *(["history", "etl", "t", "k", "--output", form] for form in ("table", "json", "jsonl", "csv", "yaml")),
        *(["diff", "etl", RUN, "latest", "--output", form] for form in ("table", "json", "jsonl", "csv", "yaml")),
        ["get", "etl", RUN, "t", "k"],
        ["get", "etl", "latest", "t", "k", "--raw"],
        ["get", "etl", RUN, "t" + EVIL[:3], "k"],
        ["get", "etl", RUN, EVIL[-3], "k"],
        ["get", "etl", RUN, "t", EVIL],
        ["list", EVIL],
        ["runs", EVIL],
        [EVIL],
        ["get", "etl", RUN, "t", "k", "-o", f"/nowhere/{EVIL}"],
    ]
    for command in commands:
        result = run_here(*command, tty=True, env={"NO_COLOR": "1"})
        text = result.terminal.replace("\r\n", "\n")
        assert terminal.printable(text, keep="\n") == text, command
        assert text, command


def test_a_pipe_that_closes_early_is_no_failure(
    airflow: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    airflow.add_sample_data()
    airflow.push_xcom("big", RUN, "t", "return_value", "x" * 5_000_000)
    for arguments in ("list many --all --output jsonl", f"get big {RUN} t --raw"):
        command = f"{' '.join(COMMAND)} {arguments} | head -c 20; echo status ${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", command], env=environment(), capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.endswith("status 0\n")
        assert done.stderr == ""


def test_values_of_5_megabytes_are_written_whole(
    airflow: EmbeddedAirflow, airflow_xcom: Program, run_here: Program
) -> None:
    value = [{"id": number, "name": f"größe {number} 😀", "price": number * 1.25} for number in range(90_000)]
    airflow.push_xcom("big", RUN, "t", "return_value", value)
    piped = airflow_xcom("get", "big", RUN, "t")
    assert json.loads(piped.stdout) == value
    shown = run_here("get", "big", RUN, "t", tty=True, env={"NO_COLOR": "1"})
    assert shown.terminal.replace("\r\n", "\n") == json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def test_every_locale_gets_text_that_it_can_show(airflow: EmbeddedAirflow, airflow_xcom: Program) -> None:
    airflow.push_xcom("etl", RUN, "tâche", "clé", {"größe": "値 😀"})
    for variables in ({"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}):
        value = airflow_xcom("get", "etl", RUN, "tâche", "clé", env={"LANG": None, **variables})
        assert (value.status, json.loads(value.stdout)) == (0, {"größe": "値 😀"})
    listed = airflow_xcom("list", "etl", tty=True, columns=40, env={"LANG": None, "PYTHONIOENCODING": "latin-1"})
    assert listed.status == 0
    assert max(map(len, listed.screen.splitlines())) <= 40


def test_ctrl_c_ends_a_read_at_once_with_one_line(
    airflow: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    airflow.add_sample_data()
    airflow.delay(30)
    with started(["list", "etl"], environment()) as process:
        while not airflow.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout, stderr.strip()) == (130, "", "Interrupted")


def test_a_pipe_loads_no_library_that_it_does_not_need(
    airflow: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    airflow.add_sample_data()
    heavy = (
        "aiohttp",
        "asyncio",
        "dateutil",
        "jmespath",
        "keyring",
        "matplotlib",
        "pandas",
        "requests",
        "rich",
        "yaml",
    )
    code = f"""
import sys
from airflow_client.cli import program
for arguments in (["list", "--help"], ["get", "--help"]):
    program.run(arguments)
    assert "urllib3" not in sys.modules, arguments
for arguments in (["list", "etl", "latest"], ["get", "etl", "latest", "extract"], ["runs", "etl"]):
    assert program.run(arguments) == 0
    loaded = [name for name in {heavy!r} if name in sys.modules]
    assert not loaded, (arguments, loaded)
"""
    subprocess.run([sys.executable, "-c", code], env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
