"""XComs that an export has: options, and what they stand for now."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

import click

from airflow_client import xcom
from airflow_client.cli import lookups
from airflow_client.cli.connection import Airflow
from airflow_client.cli.parameters import DATETIME
from airflow_client.cli.runs import resolve_run

_RAW = "airflow_client.cli.selection"


class SelectingCommand(click.Command):
    """Command that remembers its options as they were typed: ``2d`` is another date when an export is resumed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_RAW] = self.make_parser(ctx).parse_args(list(args))[0]
        return super().parse_args(ctx, args)


def typed_options(ctx: click.Context, airflow: Airflow, leave_out: set[str]) -> dict[str, Any]:
    """Return the options that select XComs, as they were typed, and the host.

    :param leave_out: names of other parameters.
    """
    options: dict[str, Any] = {"host": airflow.client.configuration.host}
    for parameter in ctx.command.params:
        value = ctx.meta[_RAW].get(parameter.name)
        if parameter.name not in leave_out and parameter.expose_value and isinstance(value, (str, bool, list, tuple)):
            options[parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name] = value
    return options


class Selection(NamedTuple):
    """XComs to read.

    :ivar dag_id: DAG id, or ``"~"``.
    :ivar run_id: id of the run, or ``"~"``.
    :ivar task_id: task id, or ``"~"``.
    :ivar filters: keywords of ``iter_xcoms``; datetimes are ISO 8601 text.
    :ivar since: earliest time of writing, ISO 8601 text; or None.
    :ivar runs: ``[dag_id, run_id]`` of each run to read; None for ``run_id``.
    """

    dag_id: str
    run_id: str
    task_id: str
    filters: dict[str, Any]
    since: Optional[str]
    runs: Optional[list[list[str]]]

    @classmethod
    def resolve(
        cls,
        airflow: Airflow,
        dag_id: str,
        run: str,
        is_run_id: bool,
        task_id: str,
        filters: dict[str, Any],
        since: Optional[dt.datetime],
        last_runs: Optional[int],
    ) -> Selection:
        """Return what the options stand for now.

        :raises Failure: a run or DAG does not exist.
        """
        texts = {
            name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in filters.items()
        }
        runs = None if last_runs is None else [list(each) for each in _last_runs(airflow, dag_id, last_runs)]
        run_id = resolve_run(airflow, dag_id, run, is_run_id)
        return cls(dag_id, run_id, task_id, texts, None if since is None else since.isoformat(), runs)

    @property
    def reads(self) -> list[dict[str, Any]]:
        """Ids and filters of each ``iter_xcoms`` that reads a part of the XComs."""
        filters = {name: _parsed(name, value) for name, value in self.filters.items()}
        runs = [[self.dag_id, self.run_id]] if self.runs is None else self.runs
        return [{"dag_id": dag_id, "dag_run_id": run_id, "task_id": self.task_id, **filters} for dag_id, run_id in runs]

    def is_written_in_time(self, row: xcom.XComCollectionItem) -> bool:
        """Return True if ``since`` does not leave a row out."""
        return self.since is None or row.timestamp >= dt.datetime.fromisoformat(self.since)


def _parsed(name: str, value: Any) -> Any:
    is_date = name.startswith(("logical_date", "run_after"))
    return DATETIME.convert(value, None, None) if is_date else value


def _last_runs(airflow: Airflow, dag_id: str, last: int) -> Iterator[tuple[str, str]]:
    counts: Counter[str] = Counter()
    for run in lookups.last_runs(airflow, dag_id, last if dag_id != "~" else sys.maxsize):
        counts[run.dag_id] += 1
        if counts[run.dag_id] <= last:
            yield run.dag_id, run.dag_run_id
