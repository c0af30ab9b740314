"""The wheel of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(folder: Path) -> Path:
    """Build the wheel in ``folder`` and return its path."""
    # Of a copy: building leaves files beside the sources.
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "airflow_client", folder / "source" / "airflow_client", ignore=ignored)
    for name in ("LICENSE", "README.md", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, folder / "source")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(folder / "source")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, check=True, env=environment, cwd=folder)
    return next(folder.glob("*.whl"))
