"""``airflow-xcom watch``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Optional

import click

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.connection import Airflow, connect, connection_options
from airflow_client.cli.failures import describe
from airflow_client.cli.new_xcoms import NewXComs, watch
from airflow_client.cli.output import Column, output_option, to_json, write_rows
from airflow_client.cli.parameters import DURATION, dag_argument
from airflow_client.cli.values import json_parameter
from airflow_client.cli.wording import task_label

_COLUMNS = (
    Column("timestamp", "TIME"),
    Column("dag_id", "DAG"),
    Column("run_id", "RUN"),
    Column("task_id", "TASK"),
    Column("map_index", "MAP"),
    Column("key", "KEY"),
    Column("value", "VALUE", is_json=True),
)


@click.command("watch")
@dag_argument(required=False)
@click.option("--key", "xcom_key", metavar="KEY", help="Only XComs with this key.")
@click.option("--interval", type=DURATION, default="2s", show_default=True, metavar="TIME", help="Time between polls.")
@output_option
@connection_options
def command(dag_id: str, xcom_key: Optional[str], interval: float, output: str) -> None:
    """Print new XComs as tasks push them, one line each, until Ctrl-C.

    \b
    Examples:
      airflow-xcom watch
      airflow-xcom watch etl --key rows --output jsonl >> rows.jsonl
    """
    if interval < 0.1:
        raise click.UsageError("--interval must be at least 0.1 s.")
    with connect() as airflow:
        rows = _new_xcoms(airflow, dag_id, xcom_key, interval)
        if output == "table" and sys.stdout.isatty():
            for row in rows:
                _print_line(row)
        else:
            write_rows(rows, _COLUMNS, output)


def _new_xcoms(airflow: Airflow, dag_id: str, xcom_key: Optional[str], interval: float) -> Iterator[dict[str, Any]]:
    for entry in watch(NewXComs(airflow, dag_id, xcom_key), interval):
        row = {column.name: getattr(entry, column.name, None) for column in _COLUMNS}
        try:
            row["value"] = airflow.xcoms.get_xcom_entry(
                entry.dag_id,
                str(entry.run_id),
                entry.task_id,
                entry.key,
                map_index=entry.map_index,
                **json_parameter(airflow),
            ).value
        except xcom.OpenApiException as error:
            if isinstance(error, xcom.ApiException) and error.status in (401, 403):
                raise
            reason = describe(error).partition("\n")[0]
            terminal.warn(f"Cannot read {entry.key!r} of task {entry.task_id!r} in run {entry.run_id!r}: {reason}")
            continue
        yield row
        sys.stdout.flush()


def _print_line(row: dict[str, Any]) -> None:
    time = row["timestamp"].astimezone().strftime("%H:%M:%S") if row["timestamp"] else ""
    name = f"{row['dag_id']}  {row['run_id']}  {task_label(row['task_id'], row['map_index'])}  {row['key']}"
    terminal.console().print(
        f"{time}  {terminal.printable(name)}  {terminal.printable(to_json(row['value']))}",
        overflow="ellipsis",
        no_wrap=True,
        soft_wrap=False,
    )
