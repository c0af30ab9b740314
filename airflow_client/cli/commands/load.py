"""``airflow-xcom load``."""

from __future__ import annotations

from typing import Optional

import click

from airflow_client import xcom
from airflow_client.cli import lookups, terminal
from airflow_client.cli.connection import connect, connection_options, given
from airflow_client.cli.failure_log import FailureLog
from airflow_client.cli.failures import FAILURE, OK, Failure, describe, exit_status
from airflow_client.cli.interruptions import interruptions
from airflow_client.cli.loading import Load, Target, count_existing, left_over, open_source
from airflow_client.cli.runs import resolve_run
from airflow_client.cli.wording import counted

#: Existing XComs from which a person is asked before they are replaced.
_MANY = 10


@click.command("load")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--dag", "dag_id", metavar="DAG", help="Write to this DAG.")
@click.option("--run", metavar="RUN", help="Write to this run, such as latest.")
@click.option("--run-id", "is_run_id", is_flag=True, help="RUN is an id, even if it is 'latest'.")
@click.option("--task", "task_id", metavar="TASK", help="Write to this task.")
@click.option("--overwrite", is_flag=True, help="Replace XComs that exist; otherwise they stay as they are.")
@click.option("--dry-run", is_flag=True, help="Count what would be written, and write nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=64),
    default=1,
    show_default=True,
    metavar="N",
    help="Writes at once. More are faster with PostgreSQL and MySQL; SQLite takes one.",
)
@connection_options
def command(
    file: str,
    dag_id: Optional[str],
    run: Optional[str],
    is_run_id: bool,
    task_id: Optional[str],
    overwrite: bool,
    dry_run: bool,
    yes: bool,
    workers: int,
) -> int:
    """Write the XComs of an export back. Needs Airflow 3.2 or later.

    FILE is what airflow-xcom export wrote: .jsonl, .csv, .parquet or .sqlite; - for JSON Lines on standard input. The
    runs and their task instances must exist. Each XCom keeps its key, its map index and its value.

    \b
    Examples:
      airflow-xcom load etl.jsonl --dry-run
      airflow-xcom load etl.jsonl --run latest:any --overwrite
      airflow-xcom export etl latest -o - | airflow-xcom load - --dag etl_copy --run test_1
    """
    if file == "-" and (given("password_stdin") or given("token_stdin")):
        raise click.UsageError("Standard input is either the XComs or the secret: write the XComs to a file.")
    with open_source(file) as source, connect() as airflow, interruptions() as signals:
        airflow.client.run(airflow.client.support_flow("put_xcom_entry"))
        source.check_target(Target(dag_id, run, task_id))
        if run is not None and source.count:
            to_dag = dag_id or next(iter(source.dags))
            run = resolve_run(airflow, to_dag, run, is_run_id)
            lookups.check_run(airflow, to_dag, run)
        target = Target(dag_id, run, task_id)
        if dry_run or (overwrite and not yes and terminal.is_interactive()):
            existing = count_existing(airflow, source, target)
            if dry_run:
                terminal.note(_plan(source.count, existing, overwrite))
                return OK
            if existing >= _MANY:
                click.confirm(f"Replace {counted(existing, 'existing XCom')}?", abort=True, err=True)
        with FailureLog() as log:
            load = Load(airflow, overwrite, workers, log, signals)
            try:
                load.write(source, target)
            except xcom.OpenApiException as error:
                if not load.written:
                    raise
                raise Failure(f"{describe(error)}\n{left_over(load)}", exit_status(error)) from error
            if signals.happened:
                terminal.note(left_over(load))
            signals.check()
            terminal.note(_summary(load))
            log.show("could not be written")
            return FAILURE if log.count else OK


def _plan(count: int, existing: int, overwrite: bool) -> str:
    if overwrite:
        return f"Would write {counted(count, 'XCom')}; {existing:,} of them exist and would be replaced."
    return f"Would write {counted(count - existing, 'XCom')}; {existing:,} exist and would stay as they are."


def _summary(load: Load) -> str:
    skipped = f"; {load.skipped:,} existed and are as they were (--overwrite replaces them)" if load.skipped else ""
    return f"Wrote {counted(load.written, 'XCom')}{skipped}."
