"""Rows in the formats of ``--output``."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, NamedTuple, Optional, TypeVar

import click

from airflow_client.cli import terminal

F = TypeVar("F", bound=Callable[..., Any])
Row = Mapping[str, Any]

FORMATS = ("table", "json", "jsonl", "csv", "yaml")


class Column(NamedTuple):
    """Column of a table.

    :ivar name: field of the row, and header in CSV.
    :ivar header: header in a table.
    :ivar style: style of rich, such as ``"cyan"``.
    :ivar right: align to the right.
    :ivar text: returns the text of a value in a table; by default :func:`cell`.
    :ivar is_json: the value is JSON: in CSV it is JSON text, in a table compact JSON.
    """

    name: str
    header: str
    style: str = ""
    right: bool = False
    text: Optional[Callable[[Any], str]] = None
    is_json: bool = False


def output_option(command: F) -> F:
    """Add the option ``--output``: ``output``."""
    return click.option(
        "--output", type=click.Choice(FORMATS), default="table", show_default=True, help="Format of the output."
    )(command)


def to_json(value: Any, indent: Optional[int] = None) -> str:
    """Return a value as JSON text, on one line unless ``indent`` is set; datetimes are ISO 8601 text."""
    separators = (",", ": ") if indent else (", ", ": ")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=_plain)


def cell(value: Any) -> str:
    """Return a field as the text of a table's cell: nothing for None, local ISO 8601 for a datetime."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def write_rows(rows: Iterable[Row], columns: Sequence[Column], output: str) -> int:
    """Write rows to standard output in one of :data:`FORMATS`. All but tables on a terminal are written row by row.

    :returns: number of rows.
    """
    counter = _Counter(rows)
    _WRITERS[output](counter, columns)
    sys.stdout.flush()
    return counter.count


class _Counter:
    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Any:
        for row in self._rows:
            self.count += 1
            yield row


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _write(text: str) -> None:
    """Write JSON text to standard output."""
    sys.stdout.write(terminal.printable_json(text) if sys.stdout.isatty() else text)


def _write_json(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    before = "[\n  "
    for row in rows:
        _write(before + to_json(row, 2).replace("\n", "\n  "))
        before = ",\n  "
    _write("[]\n" if before[0] == "[" else "\n]\n")


def _write_jsonl(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    for row in rows:
        _write(to_json(row) + "\n")


def _write_csv(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_csv_field(row.get(column.name), column) for column in columns])
        _flush(buffer)
    _flush(buffer)


def _csv_field(value: Any, column: Column) -> Any:
    if column.is_json:
        return to_json(value)
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _flush(buffer: io.StringIO) -> None:
    text = buffer.getvalue()
    sys.stdout.write(terminal.printable(text, keep="\n") if sys.stdout.isatty() else text)
    buffer.seek(0)
    buffer.truncate()


def _write_yaml(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    import yaml

    empty = True
    for row in rows:
        plain = json.loads(to_json(row))
        sys.stdout.write(yaml.safe_dump([plain], allow_unicode=not sys.stdout.isatty(), sort_keys=False, width=10_000))
        empty = False
    if empty:
        sys.stdout.write("[]\n")


def _write_table(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    if sys.stdout.isatty():
        _write_rich_table(rows, columns)
        return
    sys.stdout.write("\t".join(column.header for column in columns) + "\n")
    for row in rows:
        sys.stdout.write("\t".join(_text(row.get(column.name), column) for column in columns) + "\n")


def _write_rich_table(rows: Iterable[Row], columns: Sequence[Column]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.header, justify="right" if column.right else "left", overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(_text(row.get(column.name), column), column.style) for column in columns))
    if table.row_count:
        terminal.console().print(table)


def _text(value: Any, column: Column) -> str:
    text = column.text(value) if column.text else to_json(value) if column.is_json else cell(value)
    return terminal.printable(text)


_WRITERS: dict[str, Callable[[Iterable[Row], Sequence[Column]], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "yaml": _write_yaml,
}
