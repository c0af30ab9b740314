"""A table that fits the terminal."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, NamedTuple, Optional, Union

from airflow_client.cli import terminal
from airflow_client.cli.json_text import to_json

Row = Mapping[str, Any]

#: Rows that decide on the widths of the columns; the rest of a long table is written row by row.
_SAMPLE = 200
_GAP = "  "
#: Width of a column that has room to be shortened further if the terminal is too narrow for every column.
_SMALLEST = 3
_DATED_RUN = re.compile(r"(.*?__)([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})")


class Column(NamedTuple):
    """Column of a table.

    :ivar name: field of the row, and header in CSV.
    :ivar header: header in a table.
    :ivar style: style of :func:`terminal.styled`, or a function that returns it for a value.
    :ivar right: align to the right.
    :ivar text: returns the text of a value on a terminal; by default :func:`cell`. A pipe gets :func:`cell`.
    :ivar is_json: the value is JSON: in CSV it is JSON text, in a table compact JSON.
    :ivar shorten: shortens a text to a width; by default the end of JSON, and the middle of other texts.
    :ivar enough: width down to which the column is shortened while there are others to leave out; 0 for its full width.
    :ivar rank: columns with the highest rank are left out first on a narrow terminal. 0 for never, -1 for only if the
        column is empty, as those with a rank are.
    """

    name: str
    header: str
    style: Union[str, Callable[[Any], str]] = ""
    right: bool = False
    text: Optional[Callable[[Any], str]] = None
    is_json: bool = False
    shorten: Optional[Callable[[str, int], str]] = None
    enough: int = 0
    rank: int = 0


def cell(value: Any) -> str:
    """Return a field as the text of a table's cell: nothing for None, ISO 8601 for a datetime, in UTC on a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, dt.datetime):
        return str(value)
    if not sys.stdout.isatty():
        return value.isoformat()
    utc = value.astimezone(dt.timezone.utc).replace(tzinfo=None)
    return f"{utc.isoformat(sep=' ', timespec='seconds')}Z"


def shorten_run_id(run_id: str, width: int) -> str:
    """Return a run id that takes up to ``width`` columns; the date in it is what tells runs apart."""
    found = _DATED_RUN.match(run_id)
    dots = "…" if terminal.is_unicode() else "..."
    room = width - len(found[0]) - len(dots) if found else 0
    if found is None or not run_id.isascii() or width < len(found[2]) + 2 * len(dots):
        return terminal.fitted(run_id, width)
    if room >= 0:
        return run_id[: width - len(dots)] + dots
    prefix = found[1][: width - len(found[2]) - 2 * len(dots)]
    return prefix + dots + found[2] + dots


def value_text(row: Row, column: Column) -> str:
    """Return the full text of a field, nothing if the row has no such field."""
    if not column.is_json or column.name not in row:
        return cell(row.get(column.name))
    return to_json(row[column.name], is_ascii=not terminal.is_unicode())


def write_screen(rows: Iterator[Row], columns: Sequence[Column]) -> None:
    """Write a table that is as wide as the terminal at most: no line wraps."""
    width = terminal.columns()
    sample = [_cells(row, columns, width) for row in itertools.islice(rows, _SAMPLE)]
    if not sample:
        return
    more = next(rows, None)
    natural: dict[int, int] = {}
    for number, column in enumerate(columns):
        longest = max(terminal.width(cells[number]) for cells in sample)
        if longest or not column.rank or more is not None:
            natural[number] = max(longest, len(column.header))
    widths = _fit_columns(natural, columns, width)
    header = [column.header for column in columns]
    sys.stdout.write(_line(header, columns, widths, ["bold"] * len(columns)))
    for cells in sample:
        sys.stdout.write(_line(cells, columns, widths, cells.styles))
    for row in itertools.chain([] if more is None else [more], rows):
        cells = _cells(row, columns, width)
        sys.stdout.write(_line(cells, columns, widths, cells.styles))


class _Cells(list[str]):
    """Texts of a row, with their styles."""

    styles: list[str]


def _cells(row: Row, columns: Sequence[Column], width: int) -> _Cells:
    cells = _Cells()
    cells.styles = []
    for column in columns:
        value = row.get(column.name)
        text = column.text(value) if column.text else value_text(row, column)
        if len(text) > 2 * width:  # whatever the layout, the middle is not shown
            text = text[:width] + "…" + text[-width:]
        cells.append(terminal.printable(text))
        cells.styles.append(column.style(value) if callable(column.style) else column.style)
    return cells


def _fit_columns(natural: Mapping[int, int], columns: Sequence[Column], width: int) -> dict[int, int]:
    """Return the widths of the columns that are shown, by their positions.

    :param natural: widths that the columns need.
    """
    widths = dict(natural)
    enough = {number: min(natural[number], columns[number].enough or natural[number]) for number in natural}

    def excess(by: Mapping[int, int]) -> int:
        return sum(by[number] for number in widths) + len(_GAP) * (len(widths) - 1) - width

    while excess(enough) > 0:
        number = max(widths, key=lambda number: columns[number].rank)
        if columns[number].rank <= 0:
            break
        del widths[number]
    _shrink(widths, enough if excess(enough) <= 0 else dict.fromkeys(widths, _SMALLEST), excess(widths))
    return widths


def _shrink(widths: dict[int, int], least: Mapping[int, int], excess: int) -> None:
    """Shorten the widest columns until nothing is in excess, or all have their least widths."""
    for _ in range(excess):
        number = max(widths, key=lambda number: widths[number] if widths[number] > least[number] else 0)
        if widths[number] <= least[number]:
            return
        widths[number] -= 1


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Mapping[int, int], styles: Sequence[str]) -> str:
    parts: list[str] = []
    for number, width in widths.items():
        column = columns[number]
        if column.shorten and terminal.width(cells[number]) > width:
            text = column.shorten(cells[number], width)
        else:
            text = terminal.fitted(cells[number], width, at_end=column.is_json)
        space = " " * (width - terminal.width(text))
        shown = terminal.styled(text, styles[number], sys.stdout)
        parts.append(space + shown if column.right else shown + space)
    return _GAP.join(parts).rstrip() + "\n"
