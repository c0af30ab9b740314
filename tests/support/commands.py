"""Commands that tests run."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Union


def output_of(command: Sequence[str], *, cwd: Union[str, Path], env: Mapping[str, str], about: object = "") -> str:
    """Run a command, assert that it succeeds, and return its output; ``about`` begins the message of a failure."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{about or command} exits with {done.returncode}:\n{done.stdout}"
    return done.stdout
