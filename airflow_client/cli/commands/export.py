"""``airflow-xcom export``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Optional

import click

from airflow_client.cli import export_formats, lookups
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.exporting import Export, StandardOutput, kept_for_resume
from airflow_client.cli.failure_log import FailureLog
from airflow_client.cli.failures import FAILURE, OK, USAGE, Failure
from airflow_client.cli.interruptions import interruptions
from airflow_client.cli.parameters import DATETIME, dag_argument, filter_options, run_argument, task_argument
from airflow_client.cli.partial_export import PartialExport
from airflow_client.cli.selection import SelectingCommand, Selection, typed_options

_WORKERS = 8
#: Parameters that do not select XComs.
_OTHER_PARAMETERS = {"out", "workers", "resume", "force"}


@click.command("export", cls=SelectingCommand)
@dag_argument(required=False)
@run_argument(required=False)
@task_argument(required=False)
@click.option(
    "--out",
    "-o",
    required=True,
    metavar="FILE",
    help="File to write: .jsonl, .csv, .parquet or .sqlite; - for JSON Lines on standard output.",
)
@click.option("--since", type=DATETIME, metavar="DATE", help="Only XComs written at DATE or later; 2d: two days ago.")
@click.option("--last-runs", type=click.IntRange(min=1), metavar="N", help="Only the last N runs of each DAG.")
@filter_options
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=64),
    default=_WORKERS,
    show_default=True,
    metavar="N",
    help="Maximum number of requests at once; fewer if the server is slow.",
)
@click.option("--resume", is_flag=True, help="Continue an interrupted export.")
@click.option("--force", is_flag=True, help="Replace existing files.")
@connection_options
@click.pass_context
def command(
    ctx: click.Context,
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    filters: dict[str, Any],
    out: str,
    since: Optional[dt.datetime],
    last_runs: Optional[int],
    workers: int,
    resume: bool,
    force: bool,
) -> int:
    """Write all XComs with their values to a file.

    Without RUN, the file has the XComs of all runs; without DAG, those of all DAGs. Its column "value" is JSON, which
    is exact. CSV, SQLite and Parquet have another column, such as value_integer, if all values are of one scalar type.

    An interrupted export leaves FILE.partial, and --resume continues it. XComs that cannot be read are listed in a file
    beside, such as out.errors.jsonl, and the exit status is 1.

    \b
    Examples:
      airflow-xcom export etl -o etl.parquet
      airflow-xcom export etl latest -o - | jq .value
      airflow-xcom export --since 7d --key return_value -o week.sqlite
      airflow-xcom export etl --last-runs 3 -o etl.jsonl --resume
    """
    if last_runs is not None and run != "~":
        raise click.UsageError("--last-runs selects the runs: leave out RUN.")
    target = None if out == "-" else _Target(Path(out))
    if target is None and (resume or force):
        raise click.UsageError("--resume and --force need a file: standard output has no past.")
    if target is not None:
        target.check(resume=resume, force=force)
    with connect() as airflow, interruptions() as signals:
        options = typed_options(ctx, airflow, _OTHER_PARAMETERS)

        def resolve() -> Selection:
            return Selection.resolve(airflow, dag_id, run, is_run_id, task_id, filters, since, last_runs)

        if target is None:
            with FailureLog() as log:
                export = Export(airflow, resolve(), workers, StandardOutput(), log, signals)
                export.read()
                signals.check()
                export.note_text()
                return _end(log)
        if resume and target.partial.exists():
            partial = PartialExport.resume(target.partial, options)
            target.errors.unlink(missing_ok=True)  # those XComs are read again
            selection = Selection(**partial.description["selection"])
        else:
            selection = resolve()
            target.delete_old()
            partial = PartialExport.create(target.partial, options, selection._asdict())
        with partial, FailureLog(target.errors) as log:
            export = Export(airflow, selection, workers, partial, log, signals)
            resumed = partial.count
            with kept_for_resume(partial):
                export.read()
                signals.check()
                if not (partial.count or export.total):
                    lookups.check_run(airflow, selection.dag_id, selection.run_id)
                partial.finish(target.path)
            export.note_text()
            export.summarize(target.path, resumed)
            return _end(log)


def _end(log: FailureLog) -> int:
    log.show("could not be read")
    return FAILURE if log.count else OK


class _Target:
    """File to write, and those beside it."""

    def __init__(self, path: Path) -> None:
        export_formats.format_of(path)
        self.path = path
        self.partial = path.with_name(f"{path.name}.partial")
        self.errors = path.with_name(f"{path.stem}.errors.jsonl")

    def check(self, *, resume: bool, force: bool) -> None:
        """Raise Failure (status 2) if a file would be replaced that the user wants to keep."""
        if force:
            return
        if self.path.exists():
            raise Failure(f"{self.path} exists. Write to another file, or replace it with --force.", USAGE)
        if resume:
            return
        if self.partial.exists():
            raise Failure(
                f"{self.partial} is of an interrupted export. Continue it with --resume, or start anew with --force.",
                USAGE,
            )
        if self.errors.exists():
            raise Failure(f"{self.errors} exists. Write to another file, or replace it with --force.", USAGE)

    def delete_old(self) -> None:
        """Delete what an earlier export left, except for its complete file."""
        for path in (self.partial, self.errors):
            path.unlink(missing_ok=True)
