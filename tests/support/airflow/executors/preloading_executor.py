"""An executor that runs tasks at once: in forks of the scheduler, which has imported what they need.

With SQLite, Airflow 2 offers the SequentialExecutor alone, which starts a Python for each task: 3 s of imports. The
LocalExecutor of Airflow 3 forks, but the first task of each worker imports as much.
"""

# mypy: ignore-errors
from __future__ import annotations

import importlib

import airflow
from airflow.executors.local_executor import LocalExecutor

PRELOADED = {
    "2": (
        "airflow.cli.cli_parser",
        "airflow.cli.commands.task_command",
        "airflow.jobs.local_task_job_runner",
        "airflow.operators.python",
        "airflow.task.task_runner.standard_task_runner",
    ),
    "3": (
        "airflow.providers.standard.operators.python",
        "airflow.sdk.execution_time.supervisor",
        "airflow.sdk.execution_time.task_runner",
    ),
}


class PreloadingExecutor(LocalExecutor):
    """Run each task in a fork."""

    is_single_threaded = True  # what Airflow 2 asks before it accepts SQLite

    def start(self) -> None:
        """Import what each task needs before the first fork."""
        for name in PRELOADED[airflow.__version__.partition(".")[0]]:
            importlib.import_module(name)
        super().start()
