"""``airflow-xcom delete``."""

from __future__ import annotations

from typing import Any, Optional

import click

from airflow_client import xcom
from airflow_client.cli import completion, lookups, terminal
from airflow_client.cli.connection import Airflow, connect, connection_options
from airflow_client.cli.failures import FAILURE, OK, USAGE, Failure, describe
from airflow_client.cli.output import Column, fields, output_option, write_rows
from airflow_client.cli.parameters import dag_argument, filter_options, run_argument, task_argument
from airflow_client.cli.records import describe_ids
from airflow_client.cli.runs import resolve_run
from airflow_client.cli.wording import counted

_COLUMNS = (
    Column("run_id", "RUN", "cyan"),
    Column("task_id", "TASK"),
    Column("map_index", "MAP", right=True),
    Column("key", "KEY"),
)
_MAX_SHOWN = 20


@click.command("delete")
@dag_argument()
@run_argument()
@task_argument(required=False)
@click.argument("key", metavar="[KEY]", required=False, shell_complete=completion.keys)
@filter_options
@click.option("--dry-run", is_flag=True, help="Show what would be deleted.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@output_option
@connection_options
def command(
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    key: Optional[str],
    filters: dict[str, Any],
    dry_run: bool,
    yes: bool,
    output: str,
) -> int:
    """Delete an XCom, or all XComs that match the filters. Needs Airflow 3.2 or later.

    RUN and TASK may be ~, for all runs and all tasks of the DAG. Without a terminal to ask on, --yes is required.

    \b
    Examples:
      airflow-xcom delete etl latest extract rows
      airflow-xcom delete etl '~' --key-prefix debug_ --dry-run
      airflow-xcom delete etl latest load --map-index 3 --yes
    """
    if key is not None:
        if "xcom_key" in filters:
            raise click.UsageError("Give the key either as KEY or with --key.")
        filters["xcom_key"] = key
    if not (yes or dry_run or terminal.is_interactive()):
        raise Failure("There is no terminal to ask on: add --yes to delete, or --dry-run to look.", USAGE)
    with connect() as airflow:
        ids = {"dag_id": dag_id, "dag_run_id": resolve_run(airflow, dag_id, run, is_run_id), "task_id": task_id}
        selection: dict[str, Any] = {**ids, **filters}
        if not yes:
            plan = airflow.xcoms.delete_xcom_entries(**selection, dry_run=True)
            _check_found(airflow, plan, selection)
            write_rows((fields(row, _COLUMNS) for row in plan.entries), _COLUMNS, output)
            if dry_run or not plan.entries:
                terminal.note(f"{counted(plan.total, 'XCom')} would be deleted.")
                return OK
            click.confirm(f"Delete {counted(plan.total, 'XCom')}?", abort=True, err=True)
        result = airflow.xcoms.delete_xcom_entries(**selection, on_error="skip")
        _check_found(airflow, result, selection)
    for error in result.errors[:_MAX_SHOWN]:
        terminal.error(_describe_failed(error))
    terminal.note(
        f"Deleted {counted(len(result.entries), 'XCom')}{f'; {len(result.errors)} failed' if result.errors else ''}."
    )
    return FAILURE if result.errors else OK


def _check_found(airflow: Airflow, result: xcom.BulkWriteResult, selection: dict[str, Any]) -> None:
    """Raise Failure if the run, the task or the one XCom that the user named does not exist."""
    ids = (selection["dag_id"], selection["dag_run_id"], selection["task_id"])
    if result.total:
        return
    if "~" in ids or "xcom_key" not in selection:
        lookups.check_ids(airflow, *ids)
        return
    key, map_index = selection["xcom_key"], selection.get("map_index")
    try:
        airflow.xcoms.get_xcom_entry(*ids, key, map_index=map_index)
    except xcom.NotFoundException as error:
        lookups.raise_missing(airflow, error, *ids, key, map_index)


def _describe_failed(error: xcom.OpenApiException) -> str:
    entry = error.entry
    name = "" if entry is None else f"{describe_ids(entry)}: "
    return f"{name}{describe(error)}"
