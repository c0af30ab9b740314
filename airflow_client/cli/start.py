"""Start of the program ``airflow-xcom``."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the program with the arguments of the command line, and exit with its status."""
    try:
        from airflow_client.cli import program
    except ModuleNotFoundError as error:
        # click and rich are in an extra.
        if (error.name or "").startswith("airflow_client"):
            raise
        sys.exit(f"airflow-xcom needs {error.name}. Install the extra: pip install 'airflow-xcom-client[cli]'")
    sys.exit(program.run(sys.argv[1:]))
