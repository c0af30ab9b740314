"""Completion by real shells: ids of the server, cached for seconds, and quiet when it is not reached."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import shutil
import stat
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.program import ROOT

RUN = "scheduled__2024-01-01T00:00:00+00:00"
ALONE: dict[str, str | None] = {"AIRFLOW_XCOM_PASSWORD": None}
#: As bash has it.
WORDBREAKS = " \t\n\"'><=;|&(:"


@pytest.fixture
def pipeline(airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow) -> tuple[EmbeddedAirflow, EmbeddedAirflow]:
    for server in (airflow, airflow_2):
        for key in ("rows", "return value", "evil\x1b[2J"):
            server.push_xcom("etl", RUN, "extract", key, 1)
        server.push_xcom("etl", RUN, "load,all", "rows", 1)
        server.push_xcom("other", "manual__1", "task", "rows", 1)
    return airflow, airflow_2


Complete = Callable[..., list[str]]


@pytest.fixture
def complete(run_here: Program) -> Complete:
    """Return what the program suggests to bash for a line."""

    def complete(line: str, at: object = None, env: dict[str, str | None] | None = None) -> list[str]:
        variables = {
            "_AIRFLOW_XCOM_COMPLETE": "bash_complete",
            "COMP_LINE": line,
            "COMP_POINT": str(len(line.encode())),
            "COMP_WORDBREAKS": WORDBREAKS,
        }
        result = run_here(at=at, env={**variables, **(env or {})})
        assert (result.status, result.stderr) == (0, "")
        return [item.partition(",")[2] for item in result.stdout.splitlines() if item]

    return complete


def test_every_argument_is_completed(
    pipeline: tuple[EmbeddedAirflow, EmbeddedAirflow], complete: Complete, tmp_path: Path
) -> None:
    for at in pipeline:
        cases = {
            "airflow-xcom lo": ["load", "login", "logout"],
            "airflow-xcom --ca": ["--ca-cert"],
            "airflow-xcom get e": ["etl"],
            "airflow-xcom runs ": ["etl", "other"],
            "airflow-xcom get etl ": ["latest", "latest:failed", "latest:any", RUN],
            "airflow-xcom get etl latest:f": ["failed"],
            "airflow-xcom get etl scheduled__2024-01-01T00:": ["00:00+00:00"],
            "airflow-xcom get nothing s": [],
            "airflow-xcom get etl latest:any ": ["extract", "load,all"],
            f"airflow-xcom get etl {RUN} extract r": ["'return value'", "rows"],
            f"airflow-xcom get etl {RUN} extract e": [],  # a terminal would act on its control characters
            f"airflow-xcom set etl {RUN} extract r": ["'return value'", "rows"],
            f"airflow-xcom delete etl {RUN} extract ro": ["rows"],
            "airflow-xcom copy etl latest:failed latest:f": ["failed"],
            "airflow-xcom call etl e": ["extract"],
            "airflow-xcom runs etl --state=f": ["failed"],
            "airflow-xcom completion ": ["bash", "zsh", "fish"],
        }
        for line, expected in cases.items():
            assert sorted(complete(line, at)) == sorted(expected), line
    profiles = tmp_path / ".config" / "airflow-xcom" / "profiles.ini"
    profiles.parent.mkdir(parents=True)
    profiles.write_text("[prod]\nhost = http://x\n[test]\nhost = http://y\n")
    assert complete("airflow-xcom --profile ") == ["prod", "test"]


def test_an_answer_is_used_again_for_seconds(
    pipeline: tuple[EmbeddedAirflow, EmbeddedAirflow], complete: Complete, tmp_path: Path
) -> None:
    airflow = pipeline[0]
    assert complete("airflow-xcom get etl latest:any ") == ["extract", "load,all"]
    airflow.requests.clear()
    assert complete("airflow-xcom get etl latest:any l") == ["load,all"]
    assert not airflow.requests
    (cache,) = (tmp_path / ".cache" / "airflow-xcom").iterdir()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert "admin-pw" not in cache.read_text()
    content = json.loads(cache.read_text())
    cache.write_text(json.dumps({**content, "at": content["at"] - 31}))
    complete("airflow-xcom get etl latest:any ")
    assert airflow.requests
    cache.write_text("broken")
    assert complete("airflow-xcom get etl latest:any l") == ["load,all"]
    # Another user, and another Airflow, are asked themselves.
    assert complete("airflow-xcom get etl latest:any l", env={"AIRFLOW_XCOM_USERNAME": "eve"}) == []
    assert complete("airflow-xcom get etl latest:any l", at="http://127.0.0.1:1") == []


def test_a_cached_answer_needs_no_http_library(
    pipeline: tuple[EmbeddedAirflow, EmbeddedAirflow], complete: Complete, environment: Callable[..., dict[str, str]]
) -> None:
    line = "airflow-xcom get etl latest:any "
    complete(line)
    code = (
        "import sys\nfrom airflow_client.cli import program\nprogram.run([])\n"
        "print([name for name in ('urllib3', 'ssl', 'rich', 'keyring') if name in sys.modules])"
    )
    variables = {"_AIRFLOW_XCOM_COMPLETE": "bash_complete", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**environment(), **variables}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["plain,extract", "plain,load,all", "[]"]


def test_it_is_quiet_when_there_is_no_answer(airflow: EmbeddedAirflow, complete: Complete) -> None:
    began = time.monotonic()
    assert complete("airflow-xcom get ", at="http://127.0.0.1:1") == []
    assert complete("airflow-xcom get ", at="http://10.255.255.1") == []
    assert complete("airflow-xcom get ", env={"AIRFLOW_XCOM_PASSWORD": "wrong"}) == []
    assert complete("airflow-xcom get ", env={"AIRFLOW_XCOM_USERNAME": "ada", "AIRFLOW_XCOM_PASSWORD": None}) == []
    assert complete("airflow-xcom get ", env={"AIRFLOW_XCOM_PROFILE": "nowhere"}) == []
    assert time.monotonic() - began < 6
    refused = len(airflow.requests)
    assert complete("airflow-xcom get ", env={"AIRFLOW_XCOM_PASSWORD": "wrong"}) == []
    assert len(airflow.requests) == refused  # a wrong password is not sent at each key


class Shell:
    """An interactive shell on a terminal."""

    def __init__(self, arguments: list[str], env: dict[str, str]) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            # So wide that no line wraps, even if keys are echoed before the prompt.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
            os.execvpe(arguments[0], arguments, env)
        self._screen = pyte.Screen(200, 40)
        self._stream = pyte.ByteStream(self._screen)

    def type(self, keys: str, expected: str) -> None:
        """Type, and wait until the screen shows the text."""
        os.write(self._terminal, keys.encode())
        end = time.monotonic() + 30
        while not any(expected in line for line in self._screen.display):
            assert time.monotonic() < end, "\n".join(line.rstrip() for line in self._screen.display)
            if select.select([self._terminal], [], [], 0.05)[0]:
                self._stream.feed(os.read(self._terminal, 65536))

    def close(self) -> None:
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)


@pytest.fixture
def shell_environment(environment: Callable[..., dict[str, str]], tmp_path: Path) -> dict[str, str]:
    program = tmp_path / "bin" / "airflow-xcom"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from airflow_client.cli.start import main; main()" "$@"\n'
    )
    program.chmod(0o755)
    env = environment(PYTHONPATH=str(ROOT), PS1="> ", PROMPT="> ")
    return {**env, "PATH": f"{program.parent}{os.pathsep}{env['PATH']}"}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_completes(
    shell: str, pipeline: tuple[EmbeddedAirflow, EmbeddedAirflow], shell_environment: dict[str, str]
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    start = {
        "bash": (["bash", "--norc", "-i"], "source <(airflow-xcom completion bash)"),
        "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -D; source <(airflow-xcom completion zsh)"),
    }
    running = Shell(start[shell][0], shell_environment)
    try:
        running.type(f"{start[shell][1]}; echo rea''dy\n", "ready")
        running.type("airflow-xcom get etl scheduled__2024-01-01T00\t", f"get etl {RUN}")
        running.type("extract re\t", "extract return\\ value" if shell == "zsh" else "extract 'return value'")
        running.type("\x15airflow-xcom get et\t", "> airflow-xcom get etl ")
        running.type("\t\t", "latest:failed")
    finally:
        running.close()


def test_fish_completes(pipeline: tuple[EmbeddedAirflow, EmbeddedAirflow], shell_environment: dict[str, str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    code = """
        airflow-xcom completion fish | source
        complete -C "airflow-xcom get etl scheduled__2024-01-01T00:"
        complete -C "airflow-xcom get etl latest:any l"
    """
    done = subprocess.run(["fish", "-c", code], env=shell_environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{RUN}\tsuccess", "load,all"]
