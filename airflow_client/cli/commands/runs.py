"""``airflow-xcom runs``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from airflow_client.cli import lookups, terminal
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.output import Column, fields, output_option, state_style, write_rows
from airflow_client.cli.parameters import dag_argument, state_option
from airflow_client.cli.table import shorten_run_id
from airflow_client.cli.wording import duration

if TYPE_CHECKING:
    from airflow_client.xcom import DAGRun

_COLUMNS = (
    Column("dag_run_id", "RUN", "cyan", shorten=shorten_run_id, enough=40),
    Column("state", "STATE", state_style),
    Column("run_type", "TYPE", rank=4),
    Column("logical_date", "LOGICAL DATE", rank=3),
    Column("run_after", "RUN AFTER", rank=5),
    Column("start_date", "STARTED", rank=1),
    Column("end_date", "ENDED", rank=2),
    Column("duration", "DURATION", right=True, text=duration),
)


@click.command("runs")
@dag_argument()
@click.option("--last", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Number of runs.")
@state_option
@output_option
@connection_options
def command(dag_id: str, last: int, state: tuple[str, ...], output: str) -> None:
    """List the last runs of a DAG, the latest first.

    Other commands call the first of all runs latest:any, and the first successful one latest.

    \b
    airflow-xcom runs etl
    airflow-xcom runs etl --state failed --last 3
    """
    with connect() as airflow:
        runs = lookups.last_runs(airflow, dag_id, last, list(state) or None)
        if not write_rows(map(_row, runs), _COLUMNS, output, lambda: lookups.check_dag(airflow, dag_id)):
            terminal.note(f"DAG {dag_id!r} has no {' or '.join(state)}{' ' * bool(state)}runs.")


def _row(run: DAGRun) -> dict[str, Any]:
    row = dict(fields(run, _COLUMNS))
    if row["duration"] is None and run.start_date is not None and run.end_date is not None:
        row["duration"] = (run.end_date - run.start_date) / dt.timedelta(seconds=1)
    return row
