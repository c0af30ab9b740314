"""The sdist and the wheel of the checkout."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.support.commands import output_of

ROOT = Path(__file__).parents[2]
#: What tools leave in a checkout.
_LEFT = (".airflow", ".environments", ".git", ".hypothesis", ".tox", ".venv", ".*_cache", ".coverage*", "__pycache__")


def copy_of_project(folder: Path) -> Path:
    """Copy the files of the checkout to ``folder``: building leaves files beside the sources."""
    ignored = shutil.ignore_patterns(*_LEFT, "*.egg-info", "build", "dist", "site")
    return Path(shutil.copytree(ROOT, folder, ignore=ignored))


def build(folder: Path) -> Path:
    """Build the wheel in ``folder`` from the copy ``folder / "source"``, and return its path."""
    build_here(copy_of_project(folder / "source"), folder, "--wheel")
    return next(folder.glob("*.whl"))


def build_here(source: Path, folder: Path, *options: str, **variables: str) -> None:
    """Build the project in ``source`` into ``folder`` with the tools of this environment."""
    command = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", str(folder), str(source)]
    output_of(command, cwd=folder, env={**os.environ, **variables})
