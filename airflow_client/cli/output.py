"""Rows in the formats of ``--output``."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, Optional, TypeVar

import click

from airflow_client.cli import terminal
from airflow_client.cli.json_text import to_json as to_json
from airflow_client.cli.json_text import write_json
from airflow_client.cli.table import Column as Column
from airflow_client.cli.table import Row as Row
from airflow_client.cli.table import cell as cell
from airflow_client.cli.table import value_text, write_screen

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "json", "jsonl", "csv", "yaml")
_STATE_STYLES = {
    **dict.fromkeys(("success",), "green"),
    **dict.fromkeys(("failed", "upstream_failed", "removed"), "red"),
    **dict.fromkeys(("running", "restarting"), "cyan"),
    **dict.fromkeys(("queued", "scheduled", "deferred", "up_for_retry", "up_for_reschedule"), "yellow"),
}


def output_option(command: F) -> F:
    """Add the option ``--output``: ``output``."""
    return format_option(default="table", help="Format of the output")(command)


def format_option(*, default: Optional[str], help: str) -> Callable[[F], F]:  # noqa: A002 - click's name
    """Return the option ``--output`` with another help or default."""
    return click.option(
        "--output",
        type=click.Choice(FORMATS),
        metavar="FORMAT",
        default=default,
        show_default=default is not None,
        help=f"{help}: {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.",
    )


def state_style(state: Any) -> str:
    """Return the style of a state of a run or a task."""
    return _STATE_STYLES.get(state, "")


def fields(item: Any, columns: Sequence[Column]) -> Row:
    """Return the attributes of an item that the columns show."""
    return {column.name: getattr(item, column.name) for column in columns}


def write_rows(
    rows: Iterable[Row], columns: Sequence[Column], output: str, on_empty: Optional[Callable[[], object]] = None
) -> int:
    """Write rows to standard output in one of :data:`FORMATS`, row by row.

    :param on_empty: is called before anything is written if there are no rows; it may raise.
    :returns: number of rows.
    """
    rows = iter(rows)
    first = list(itertools.islice(rows, 1))  # nothing is written if it fails
    if not first and on_empty is not None:
        on_empty()
    counter = _Counter(itertools.chain(first, rows))
    _WRITERS[output](counter, columns)
    sys.stdout.flush()
    return counter.count


def write_row(row: Row, columns: Sequence[Column], output: str) -> None:
    """Write one object to standard output: as JSON and YAML without a list around it."""
    if output == "json":
        write_json(row, indent=True)
        sys.stdout.write("\n")
    elif output == "yaml":
        _write_yaml_value(dict(row))
    else:
        _WRITERS[output]([row], columns)
    sys.stdout.flush()


class _Counter:
    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_json(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    before = "[\n  "
    for row in rows:
        write_json(row, indent=True, before=before, prefix="  ")
        before = ",\n  "
    sys.stdout.write("[]\n" if before[0] == "[" else "\n]\n")


def _write_jsonl(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    for row in rows:
        write_json(row, indent=False)
        sys.stdout.write("\n")


def _write_csv(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_csv_field(row, column) for column in columns])
        _flush(buffer)
    _flush(buffer)


def _csv_field(row: Row, column: Column) -> Any:
    value = row.get(column.name)
    if column.is_json or isinstance(value, bool):
        return value_text(row, column)
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _flush(buffer: io.StringIO) -> None:
    text = buffer.getvalue()
    sys.stdout.write(terminal.printable(text, keep="\n") if sys.stdout.isatty() else text)
    buffer.seek(0)
    buffer.truncate()


def _write_yaml(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    empty = True
    for row in rows:
        _write_yaml_value([dict(row)])
        empty = False
    if empty:
        sys.stdout.write("[]\n")


def _write_yaml_value(value: Any) -> None:
    from airflow_client.cli.yaml_text import to_yaml

    text = to_yaml(value, is_ascii=not terminal.is_unicode())
    if sys.stdout.isatty() and terminal.printable(text, keep="\n") != text:
        text = to_yaml(value, is_ascii=True)
    sys.stdout.write(text)


def _write_table(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    if sys.stdout.isatty():
        write_screen(iter(rows), columns)
        return
    sys.stdout.write("\t".join(column.header for column in columns) + "\n")
    for row in rows:
        cells = (value_text(row, column) for column in columns)
        sys.stdout.write("\t".join(map(terminal.printable, cells)) + "\n")


_WRITERS: dict[str, Callable[[Iterable[Row], Sequence[Column]], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "yaml": _write_yaml,
}
