"""An executor of Airflow 2 that runs tasks at once with SQLite: in forks of the scheduler.

The SequentialExecutor, the only one of Airflow 2 that accepts SQLite, starts a Python for each task: 3 s of imports.
"""

# mypy: ignore-errors
from __future__ import annotations

import importlib

from airflow.executors.local_executor import LocalExecutor

PRELOADED = (
    "airflow.cli.cli_parser",
    "airflow.cli.commands.task_command",
    "airflow.jobs.local_task_job_runner",
    "airflow.operators.python",
    "airflow.task.task_runner.standard_task_runner",
)


class PreloadingExecutor(LocalExecutor):
    """Run each task in a fork that has imported what tasks need."""

    is_single_threaded = True  # what Airflow asks before it accepts SQLite

    def start(self) -> None:
        """Import it before the first fork."""
        for name in PRELOADED:
            importlib.import_module(name)
        super().start()
