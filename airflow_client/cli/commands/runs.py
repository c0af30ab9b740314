"""``airflow-xcom runs``."""

from __future__ import annotations

import itertools

import click

from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.output import Column, output_option, write_rows
from airflow_client.cli.parameters import RUN_STATES, dag_argument

_COLUMNS = (
    Column("dag_run_id", "RUN", "cyan"),
    Column("state", "STATE"),
    Column("logical_date", "LOGICAL DATE"),
    Column("start_date", "STARTED"),
    Column("end_date", "ENDED"),
)


@click.command("runs")
@dag_argument()
@click.option("--last", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Number of runs.")
@click.option("--state", multiple=True, type=click.Choice(RUN_STATES), help="Only runs in this state.")
@output_option
@connection_options
def command(dag_id: str, last: int, state: tuple[str, ...], output: str) -> None:
    """List the last runs of a DAG, the latest first."""
    with connect() as airflow:
        runs = airflow.dag_runs.iter_dag_runs(dag_id, state=list(state) or None, order_by="-logical_date")
        write_rows(
            ({column.name: getattr(run, column.name) for column in _COLUMNS} for run in itertools.islice(runs, last)),
            _COLUMNS,
            output,
        )
