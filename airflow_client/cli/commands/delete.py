"""``airflow-xcom delete``."""

from __future__ import annotations

import sys
from typing import Any, Optional

import click

from airflow_client.cli import terminal
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.failures import FAILURE, OK, USAGE, Failure
from airflow_client.cli.output import Column, write_rows
from airflow_client.cli.parameters import dag_argument, filter_options, run_argument, task_argument
from airflow_client.cli.runs import resolve_run

_COLUMNS = (
    Column("run_id", "RUN", "cyan"),
    Column("task_id", "TASK"),
    Column("map_index", "INDEX", right=True),
    Column("key", "KEY"),
)
_MAX_SHOWN = 20


@click.command("delete")
@dag_argument()
@run_argument()
@task_argument(required=False)
@click.argument("xcom_key", metavar="[KEY]", required=False)
@filter_options
@click.option("--dry-run", is_flag=True, help="Show what would be deleted.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@connection_options
def command(
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    xcom_key: Optional[str],
    dry_run: bool,
    yes: bool,
    **filters: Any,
) -> int:
    """Delete an XCom, or all XComs that match the filters. Needs Airflow 3.2 or later.

    RUN and TASK may be ~, for all runs and all tasks of the DAG. Without a terminal to ask on, --yes is required.

    \b
    Examples:
      airflow-xcom delete etl latest extract rows
      airflow-xcom delete etl '~' --key-prefix debug_ --dry-run
      airflow-xcom delete etl latest load --map-index 3 --yes
    """
    if xcom_key is not None:
        filters["xcom_key"] = xcom_key
    if not (yes or dry_run or terminal.is_interactive()):
        raise Failure("There is no terminal to ask on: add --yes to delete, or --dry-run to look.", USAGE)
    with connect() as airflow:
        ids = {"dag_id": dag_id, "dag_run_id": resolve_run(airflow, dag_id, run, is_run_id), "task_id": task_id}
        if not yes:
            plan = airflow.xcoms.delete_xcom_entries(**ids, **filters, dry_run=True)
            _show(plan.entries)
            if dry_run or not plan.entries:
                terminal.note(f"{plan.total} XComs match{'; nothing was deleted' if dry_run else ''}.")
                return OK
            click.confirm(f"Delete {plan.total} XCom{'s' * (plan.total != 1)}?", abort=True, err=True)
        result = airflow.xcoms.delete_xcom_entries(**ids, **filters, on_error="skip")
    ...
