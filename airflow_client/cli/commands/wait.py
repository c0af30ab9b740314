"""``airflow-xcom wait``."""

from __future__ import annotations

from typing import Optional

import click

from airflow_client import xcom
from airflow_client.cli import lookups
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.failures import NOT_FOUND, Failure, in_options, sentence
from airflow_client.cli.json_text import write_value
from airflow_client.cli.parameters import (
    DURATION,
    dag_argument,
    key_argument,
    map_index_option,
    run_argument,
    task_argument,
)
from airflow_client.cli.runs import resolve_run

#: Seconds that a run, or the task in it, may take to appear after its trigger.
_MISSING_RUN_TIMEOUT = 5.0


@click.command("wait")
@dag_argument()
@run_argument()
@task_argument()
@key_argument
@map_index_option
@click.option("--timeout", type=DURATION, default="10m", show_default=True, metavar="TIME", help="How long to wait.")
@click.option("--raw", is_flag=True, help="Print a string without quotes.")
@connection_options
def command(
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    xcom_key: str,
    map_index: Optional[int],
    timeout: float,
    raw: bool,
) -> None:
    """Wait until a task has pushed an XCom, and print its value.

    It ends with status 4 as soon as the XCom cannot appear any more: the task or the run has finished without it, or
    the run or the task does not exist. RUN may be latest:running.

    \b
    Examples:
      airflow-xcom wait etl latest:running load --timeout 30m
      airflow-xcom wait etl manual__2024-01-31 extract rows
    """
    with connect() as airflow:
        run_id = resolve_run(airflow, dag_id, run, is_run_id)
        try:
            found = airflow.xcoms.wait_for_xcom_entry(
                dag_id,
                run_id,
                task_id,
                xcom_key,
                timeout=timeout,
                missing_run_timeout=_MISSING_RUN_TIMEOUT,
                map_index=map_index,
            )
        except (xcom.TimeoutException, xcom.XComNotProducedException) as error:
            lookups.check_run(airflow, dag_id, run_id)
            hint = f"\n{sentence(in_options(error.hint))}" if error.hint else ""
            raise Failure(f"{xcom_key!r} of task {task_id!r}: {error.reason}.{hint}", NOT_FOUND) from error
    write_value(found.value, raw=raw)
