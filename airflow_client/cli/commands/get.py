"""``airflow-xcom get``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Optional

import click

from airflow_client.cli import lookups
from airflow_client.cli.connection import Airflow, connect, connection_options
from airflow_client.cli.json_text import write_value
from airflow_client.cli.output import Column, fields, format_option, write_row
from airflow_client.cli.parameters import dag_argument, key_argument, map_index_option, run_argument, task_argument
from airflow_client.cli.runs import resolve_run
from airflow_client.cli.values import decode_option, json_parameter, readable, sends_json
from airflow_client.xcom import NotFoundException

if TYPE_CHECKING:
    from airflow_client.xcom import XCom

_COLUMNS = (
    Column("dag_id", "DAG", enough=30, rank=4),
    Column("run_id", "RUN", "cyan", enough=40, rank=3),
    Column("task_id", "TASK", enough=30, rank=2),
    Column("map_index", "MAP", right=True, rank=-1),
    Column("key", "KEY", enough=30),
    Column("timestamp", "WRITTEN", rank=5),
    Column("logical_date", "LOGICAL DATE", rank=7),
    Column("run_after", "RUN AFTER", rank=6),
    Column("value", "VALUE", is_json=True, enough=40),
)


@click.command("get")
@dag_argument()
@run_argument()
@task_argument()
@key_argument
@map_index_option
@click.option("-r", "--raw", is_flag=True, help="Print a string without quotes, as jq -r does.")
@decode_option
@click.option("--deserialize", is_flag=True, help="Let Airflow load the value from its own XCom backend.")
@click.option("--json", "as_json", is_flag=True, help="Print the XCom with its metadata: --output json.")
@format_option(default=None, help="Print the XCom with its metadata, as")
@click.option(
    "-o",
    "--file",
    "path",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write to a file. With --raw, it holds exactly the string.",
)
@connection_options
def command(
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    xcom_key: str,
    map_index: Optional[int],
    raw: bool,
    decode: bool,
    deserialize: bool,
    as_json: bool,
    output: Optional[str],
    path: Optional[str],
) -> None:
    """Print the value of an XCom as JSON.

    KEY is return_value by default. RUN is a run id, or latest (the latest successful run), latest:failed,
    latest:running, latest:queued or latest:any.

    A terminal shows JSON on several lines and in colors; a pipe gets it on one line.

    \b
    airflow-xcom get etl latest extract
    airflow-xcom get etl latest load rows --map-index 2
    airflow-xcom get etl latest:failed report --raw > report.txt
    """
    if raw and (as_json or output):
        raise click.UsageError("--raw prints a value, --output and --json a whole XCom: use one of them.")
    with connect() as airflow:
        xcom = _read(
            airflow, dag_id, resolve_run(airflow, dag_id, run, is_run_id), task_id, xcom_key, map_index, deserialize
        )
        is_text = not sends_json(airflow, is_noted=not decode)
        value = readable(xcom.value, is_text=is_text) if decode else xcom.value
    with contextlib.ExitStack() as stack:
        if path not in (None, "-"):
            from airflow_client.cli.files import atomic_file

            stack.enter_context(contextlib.redirect_stdout(stack.enter_context(atomic_file(str(path)))))
        if as_json or output:
            write_row(_row(xcom, value), _COLUMNS, output or "json")
        else:
            raw = raw or (is_text and not decode)
            write_value(value, raw=raw, ends_line=not raw or path in (None, "-"))


def _read(
    airflow: Airflow,
    dag_id: str,
    run_id: str,
    task_id: str,
    xcom_key: str,
    map_index: Optional[int],
    deserialize: bool,
) -> XCom:
    try:
        xcom: XCom = airflow.xcoms.get_xcom_entry(
            dag_id,
            run_id,
            task_id,
            xcom_key,
            map_index=map_index,
            deserialize=deserialize or None,
            resolve=bool(airflow.client.configuration.xcom_storage),
            **json_parameter(airflow),
        )
    except NotFoundException as error:
        lookups.raise_missing(airflow, error, dag_id, run_id, task_id, xcom_key, map_index)
    if xcom.run_id is None:  # Airflow 2 does not send it
        xcom.run_id = run_id
    return xcom


def _row(xcom: XCom, value: Any) -> dict[str, Any]:
    return {**fields(xcom, _COLUMNS), "value": value}
