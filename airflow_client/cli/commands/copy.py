"""``airflow-xcom copy``."""

from __future__ import annotations

from typing import Any

import click

from airflow_client.cli import completion, lookups, terminal
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.failure_log import FailureLog
from airflow_client.cli.failures import FAILURE, OK
from airflow_client.cli.output import Column, output_option, write_rows
from airflow_client.cli.parameters import dag_argument, run_filter_options
from airflow_client.cli.progress import Progress
from airflow_client.cli.runs import resolve_run
from airflow_client.cli.wording import counted

_COLUMNS = (
    Column("task_id", "TASK"),
    Column("map_index", "MAP", right=True),
    Column("key", "KEY"),
)


@click.command("copy")
@dag_argument()
@click.argument("from_run", metavar="RUN_A", shell_complete=completion.runs)
@click.argument("to_run", metavar="RUN_B", shell_complete=completion.runs)
@click.option("--run-id", "is_run_id", is_flag=True, help="RUN_A and RUN_B are ids, even if one is 'latest'.")
@click.option("--task", "task_id", default="~", metavar="TASK", help="Only XComs of this task.")
@run_filter_options
@click.option("--overwrite", is_flag=True, help="Replace XComs that exist in RUN_B; otherwise they stay as they are.")
@click.option("--dry-run", is_flag=True, help="List what would be copied, and copy nothing.")
@output_option
@connection_options
def command(
    dag_id: str,
    from_run: str,
    to_run: str,
    is_run_id: bool,
    task_id: str,
    filters: dict[str, Any],
    overwrite: bool,
    dry_run: bool,
    output: str,
) -> int:
    """Copy the XComs of a run to another run of the DAG. Needs Airflow 3.2 or later.

    For tasks that you mark as successful by hand: RUN_B must have the task instances. Values are copied exactly as they
    are stored. A value that Airflow does not accept, such as a datetime in Airflow's envelope, is a failure.

    \b
    Examples:
      airflow-xcom copy etl latest manual__2024-01-31T08:00:00+00:00
      airflow-xcom copy etl latest latest:failed --task extract --dry-run
    """
    with connect() as airflow, FailureLog() as log:
        airflow.client.run(airflow.client.support_flow("copy_xcom_entries"))
        ids: dict[str, Any] = {
            "dag_id": dag_id,
            "from_run": resolve_run(airflow, dag_id, from_run, is_run_id),
            "to_run": resolve_run(airflow, dag_id, to_run, is_run_id),
            "task_id": task_id,
        }
        lookups.check_run(airflow, dag_id, ids["to_run"])
        with Progress("Copying") as progress:

            def show(done: int, total: int) -> None:
                progress.done, progress.total = done, total
                progress.update()

            result = airflow.xcoms.copy_xcom_entries(
                **ids, **filters, overwrite=overwrite, dry_run=dry_run, on_error="skip", progress=show
            )
        if not result.total:
            lookups.check_run(airflow, dag_id, ids["from_run"])
        if dry_run:
            rows = ({column.name: row.get(column.name) for column in _COLUMNS} for row in result.entries)
            write_rows(rows, _COLUMNS, output)
        verb = "Would copy" if dry_run else "Copied"
        skipped = f"; {len(result.skipped):,} exist there (--overwrite replaces them)" if result.skipped else ""
        terminal.note(f"{verb} {counted(len(result.entries), 'XCom')} to run {ids['to_run']!r}{skipped}.")
        for error in result.errors:
            log.add(getattr(error, "entry", None), error)
        log.show("cannot be copied" if dry_run else "could not be copied")
        return FAILURE if log.count else OK
