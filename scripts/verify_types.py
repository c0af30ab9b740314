"""Check with ``pyright --verifytypes`` that every public symbol of the installed package has a known type.

Pyright needs a regular package with ``py.typed``, but ``airflow_client`` is a namespace package. It checks a copy that
has both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import airflow_client.xcom


def main() -> int:
    installed = Path(airflow_client.xcom.__file__).parents[1]
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory, "airflow_client")
        shutil.copytree(installed, copy)
        (copy / "__init__.py").touch()
        (copy / "py.typed").touch()
        command = [
            "basedpyright",
            "--pythonpath",
            sys.executable,
            "--verifytypes",
            "airflow_client",
            "--ignoreexternal",
        ]
        environment = {**os.environ, "PYTHONPATH": directory}
        # In the checkout, pyright would find the checkout's own airflow_client first.
        return subprocess.run(command, cwd=directory, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
