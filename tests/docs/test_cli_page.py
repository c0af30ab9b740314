"""docs/guides/cli.md is what the commands say, and every example in their help is a valid command."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from airflow_client.cli.program import SECTIONS, program
from tests.support.cases import all_cases

#: Files of the examples, which some options require to exist.
FILES = (".json", ".jsonl", ".csv", ".parquet", ".sqlite", ".txt", ".pem")
ROOT = Path(__file__).parents[2]


def test_the_page_and_its_picture_are_up_to_date() -> None:
    written_with = re.match(
        r"<!-- .* click (\S+) -->", (ROOT / "docs" / "guides" / "cli.md").read_text(encoding="utf-8")
    )
    assert written_with
    if version("click") != written_with[1]:
        pytest.skip(f"the help of click {version('click')} is laid out differently")
    command = [sys.executable, str(ROOT / "scripts" / "cli_docs.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_examples_of_all_commands_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = program.make_context("airflow-xcom", [], resilient_parsing=True)
    count = 0
    with all_cases() as case:
        for name in [name for commands in SECTIONS.values() for name in commands]:
            command = program.get_command(root, name)
            assert command is not None
            for line in re.findall(r"(?m)^ +(airflow-xcom .+)$", command.help or ""):
                for part in re.findall(r"airflow-xcom ([^|<>&]+)", line):
                    count += 1
                    with case(part):
                        _check(root, shlex.split(part))
    assert count > 30


def _check(root: click.Context, arguments: list[str]) -> None:
    for word in arguments:
        if Path(word).suffix in FILES:
            Path(word).touch()
    command = program.get_command(root, arguments[0])
    assert command is not None
    command.make_context(arguments[0], arguments[1:], parent=click.Context(program))
