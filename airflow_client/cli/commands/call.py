"""``airflow-xcom call``."""

from __future__ import annotations

from typing import Any, Optional

import click

from airflow_client.cli import completion, lookups
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.json_input import parse_json
from airflow_client.cli.json_text import write_value
from airflow_client.cli.parameters import DURATION, dag_argument
from airflow_client.cli.task_states import RunProgress
from airflow_client.xcom import NotFoundException


@click.command("call")
@dag_argument()
@click.argument("task_id", metavar="[TASK]", required=False, shell_complete=completion.tasks)
@click.option("--conf", metavar="JSON", help="Configuration of the run, a JSON object.")
@click.option("--key", "xcom_key", default="return_value", show_default=True, metavar="KEY", help="Key of the result.")
@click.option(
    "--timeout",
    type=DURATION,
    default="1h",
    show_default=True,
    metavar="TIME",
    help="How long to wait; the run goes on.",
)
@connection_options
def command(dag_id: str, task_id: Optional[str], conf: Optional[str], xcom_key: str, timeout: float) -> None:
    """Trigger a DAG, wait until the run has succeeded, and print its result.

    The result is the value that TASK pushed, a list if it is mapped. Without TASK, it is an object with the values of
    all tasks that no other task follows.

    \b
    Examples:
      airflow-xcom call report summary --conf '{"customer": "Ada"}'
      airflow-xcom call nightly --timeout 2h > result.json
    """
    parsed: Any = None if conf is None else parse_json(conf, "--conf")
    if conf is not None and not isinstance(parsed, dict):
        raise click.UsageError(f"--conf must be a JSON object, such as '{{\"day\": 1}}', not {conf}.")
    with connect() as airflow, RunProgress(airflow) as progress:
        try:
            value = airflow.dag_runs.call_dag(
                dag_id, parsed, task_id=task_id, xcom_key=xcom_key, timeout=timeout, progress=progress
            )
        except NotFoundException:
            lookups.check_dag(airflow, dag_id)
            raise
    write_value(value)
