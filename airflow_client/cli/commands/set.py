"""``airflow-xcom set``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Optional

import click

from airflow_client.cli import completion, lookups, terminal
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.json_input import parse_json
from airflow_client.cli.parameters import dag_argument, map_index_option, run_argument, task_argument
from airflow_client.cli.runs import resolve_run
from airflow_client.xcom import NotFoundException


@click.command("set")
@dag_argument()
@run_argument()
@task_argument()
@click.argument("xcom_key", metavar="KEY", shell_complete=completion.keys)
@click.argument("value", metavar="[VALUE]", required=False)
@click.option(
    "--file",
    "-f",
    type=click.Path(exists=True, allow_dash=True, dir_okay=False),
    help="Read the value from a file; - is standard input.",
)
@click.option("--text", "is_text", is_flag=True, help="The value is a string, not JSON.")
@map_index_option
@connection_options
def command(
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    xcom_key: str,
    value: Optional[str],
    file: Optional[str],
    is_text: bool,
    map_index: Optional[int],
) -> None:
    """Create an XCom, or replace its value. Needs Airflow 3.2 or later.

    VALUE is JSON: 42, true, null, "text", [1, 2] or {"rows": 3}. A value that begins with - follows --.

    \b
    Examples:
      airflow-xcom set etl latest extract rows 1234
      airflow-xcom set etl latest extract note --text 'checked by hand'
      airflow-xcom set etl latest extract return_value --file files.json
      airflow-xcom set etl latest extract delta -- -5
    """
    if (value is None) == (file is None):
        raise click.UsageError("Give the value either as VALUE or with --file.")
    if file is not None:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        try:
            value = data.decode()
        except UnicodeDecodeError as error:
            raise click.UsageError(f"{file} is not UTF-8 text: {error.reason} at byte {error.start}.") from None
    parsed = value if is_text else parse_json(str(value), "VALUE", "For a string, add --text.")
    with connect() as airflow:
        run_id = resolve_run(airflow, dag_id, run, is_run_id)
        index = -1 if map_index is None else map_index
        try:
            xcom = airflow.xcoms.put_xcom_entry(
                dag_id=dag_id, dag_run_id=run_id, task_id=task_id, xcom_key=xcom_key, value=parsed, map_index=index
            )
        except NotFoundException:
            lookups.check_ids(airflow, dag_id, run_id, task_id)
            raise
    terminal.note(f"Set {xcom_key!r} of task {task_id!r} in run {xcom.run_id!r}.")
