"""``airflow-xcom list``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Optional

import click

from airflow_client.cli import lookups, terminal
from airflow_client.cli.connection import Airflow, connect, connection_options
from airflow_client.cli.failures import FAILURE, OK, describe_row
from airflow_client.cli.output import Column, fields, output_option, write_rows
from airflow_client.cli.parameters import dag_argument, filter_options, run_argument, task_argument
from airflow_client.cli.runs import resolve_run, with_run_ids
from airflow_client.cli.table import shorten_run_id
from airflow_client.cli.wording import counted
from airflow_client.xcom import OpenApiException

if TYPE_CHECKING:
    from airflow_client.xcom import XComCollectionItem

_PAGE = 100


@click.command("list")
@dag_argument(required=False)
@run_argument(required=False)
@task_argument(required=False)
@filter_options
@click.option(
    "--order-by",
    multiple=True,
    metavar="FIELD",
    help="Sort by key, dag_id, run_id, task_id, map_index, timestamp or run_after; -key is descending. Repeatable. "
    "Airflow 3.2.2+.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_PAGE,
    show_default=True,
    metavar="N",
    help="Maximum number of XComs.",
)
@click.option("--all", "is_all", is_flag=True, help="List all XComs.")
@output_option
@connection_options
def command(
    dag_id: str,
    run: str,
    is_run_id: bool,
    task_id: str,
    filters: dict[str, Any],
    order_by: tuple[str, ...],
    limit: int,
    is_all: bool,
    output: str,
) -> int:
    """List XComs, without their values.

    DAG, RUN and TASK are ids, or ~ for all. RUN may also be latest (the latest successful run), latest:failed,
    latest:running, latest:queued or latest:any. DATE is 2024-01-31, 2024-01-31T08:00:00Z, or 2d for two days ago.

    \b
    airflow-xcom list etl latest
    airflow-xcom list etl ~ load --key rows --all --output csv
    airflow-xcom list --key-prefix report --order-by -timestamp --limit 20
    """
    if order_by:
        filters["order_by"] = list(order_by)
    with connect() as airflow:
        run_id = resolve_run(airflow, dag_id, run, is_run_id)
        ids = (dag_id, run_id, task_id)
        xcoms = _All(airflow, ids, filters) if is_all else _First(airflow, ids, filters, limit)
        rows = with_run_ids(airflow, xcoms, run_id)
        columns = _columns(is_dag_given=dag_id != "~", is_run_given=run not in ("~", "latest") and run_id == run)
        number = write_rows(
            (fields(row, columns) for row in rows),
            columns,
            output,
            on_empty=lambda: lookups.check_ids(airflow, *ids),
        )
    if number < xcoms.total and not is_all:
        terminal.note(f"{number:,} of {counted(xcoms.total, 'XCom')}; --all lists them")
    elif sys.stdout.isatty() or not number:
        terminal.note(counted(number, "XCom") if number else "No XComs")
    for error in xcoms.errors:
        terminal.error(describe_row(error))
    return FAILURE if xcoms.errors else OK


class _First:
    """The first rows of a list.

    :ivar total: number of rows that there are.
    """

    def __init__(self, airflow: Airflow, ids: tuple[str, str, str], filters: dict[str, Any], limit: int) -> None:
        self.total = 0
        self.errors: list[OpenApiException] = []
        self._call = airflow.xcoms.get_xcom_entries
        self._ids = ids
        self._filters = filters
        self._limit = limit

    def __iter__(self) -> Iterator[XComCollectionItem]:
        offset = 0
        while offset < self._limit:
            size = min(self._limit - offset, _PAGE)
            page = self._call(*self._ids, **self._filters, limit=size, offset=offset or None)
            self.total = page.total_entries or 0
            yield from page[:size]
            offset += len(page)
            if not len(page) or offset >= self.total:
                return


class _All:
    """All rows of a list.

    :ivar errors: what is wrong with the rows that the server cannot load.
    """

    total = 0

    def __init__(self, airflow: Airflow, ids: tuple[str, str, str], filters: dict[str, Any]) -> None:
        self.errors: list[OpenApiException] = []
        self._rows: Iterable[Any] = airflow.xcoms.iter_xcom_entries(*ids, on_error="yield", **filters)

    def __iter__(self) -> Iterator[XComCollectionItem]:
        for row in self._rows:
            if isinstance(row, OpenApiException):
                self.errors.append(row)
            else:
                yield row


def _map_index(index: Optional[int]) -> str:
    return "" if index in (None, -1) else str(index)


def _columns(*, is_dag_given: bool, is_run_given: bool) -> tuple[Column, ...]:
    """Return the columns; those that the user gave are left out first on a narrow terminal."""
    return (
        Column("dag_id", "DAG", enough=30, rank=9 if is_dag_given else 0),
        Column("run_id", "RUN", "cyan", shorten=shorten_run_id, enough=40, rank=8 if is_run_given else -1),
        Column("task_id", "TASK", enough=30),
        Column("map_index", "MAP", right=True, text=_map_index, rank=-1),
        Column("key", "KEY", "bold", enough=30),
        Column("timestamp", "WRITTEN", rank=5),
        Column("logical_date", "LOGICAL DATE", rank=6),
        Column("run_after", "RUN AFTER", rank=7),
    )
