"""Start of the program ``airflow-xcom``."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the program with the arguments of the command line, and exit with its status."""
    try:
        from airflow_client.cli import program
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("airflow_client"):
            raise
        # The extra cli, by its packages: it has to be installed wherever this package comes from.
        sys.exit(
            f"airflow-xcom needs {error.name}: pip install 'click>=8.1.3' 'rich>=12.6' 'pyyaml>=6' 'jmespath>=1.0.1'"
        )
    sys.exit(program.run(sys.argv[1:]))
