"""Files of an export: JSON Lines, CSV, SQLite and Parquet, written in constant memory.

Each has a column ``value`` with JSON, which is exact for every value. If all values are of one scalar type, or null, a
column such as ``value_integer`` holds them as they are.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from airflow_client.cli.failures import Failure
from airflow_client.cli.records import FIELDS, STRINGIFIED, Record, json_column
from airflow_client.xcom.model import as_datetime

FORMATS = ("jsonl", "csv", "parquet", "sqlite")

#: Records and characters of values of a row group, whichever is reached first.
_GROUP_RECORDS, _GROUP_CHARACTERS = 10_000, 16_000_000
_SQL_TYPES = {"map_index": "INTEGER", "integer": "INTEGER", "float": "REAL", "boolean": "BOOLEAN", "text": "TEXT"}


class Columns(NamedTuple):
    """Columns besides :data:`FIELDS`.

    :ivar kind: scalar type of all values (``integer``, ``float``, ``boolean`` or ``text``), or None.
    :ivar stringified: some values are text that Airflow 2 made of them.
    """

    kind: Optional[str]
    stringified: bool

    @property
    def names(self) -> tuple[str, ...]:
        typed = () if self.kind is None else (f"value_{self.kind}",)
        return (*FIELDS, *typed, *((STRINGIFIED,) if self.stringified else ()))

    def cells(self, record: Record) -> list[Any]:
        """Return the record's cells; the one of ``value`` is JSON text."""
        cells = [record.get(name) for name in FIELDS]
        cells[FIELDS.index("value")] = json_column(record["value"])
        if self.kind is not None:
            cells.append(record["value"])
        if self.stringified:
            cells.append(bool(record.get(STRINGIFIED)))
        return cells


def format_of(path: Path) -> str:
    """Return the format that a file's name says.

    :raises Failure: it says none of :data:`FORMATS`, or the format needs a package that is not installed.
    """
    kind = path.suffix[1:].lower()
    if kind not in FORMATS:
        raise Failure(f"The name of a file must end with .{', .'.join(FORMATS)}, not {path.name!r}.", 2)
    if kind == "parquet":
        _pyarrow()
    return kind


def write(kind: str, lines: Iterable[bytes], path: Path, columns: Columns) -> None:
    """Write a file.

    :param kind: one of :data:`FORMATS`.
    :param lines: lines of JSON Lines, each with a record.
    """
    if kind == "jsonl":
        with path.open("wb") as file:
            file.writelines(lines)
    else:
        _WRITERS[kind](map(parse_line, lines), path, columns)


def read(kind: str, path: Path) -> Iterator[tuple[int, Record]]:
    """Yield the records of a file that :func:`write` wrote, with their numbers from 1 (in JSON Lines, of the line).

    :raises Failure: the file has another form.
    """
    try:
        yield from _READERS[kind](path)
    except (sqlite3.Error, csv.Error, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read as {kind}: {error}.") from error


def parse_line(line: bytes) -> Any:
    """Return the JSON of a line.

    :raises ValueError: it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _pyarrow() -> Any:
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise Failure(f"Parquet needs pyarrow: pip install 'pyarrow>=14.0.1' ({error}).") from error


def _read_jsonl(path: Path) -> Iterator[tuple[int, Record]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    record = parse_line(line)
                except ValueError as error:
                    raise Failure(f"{path}, line {number}: not JSON ({error}).") from error
                yield number, record


def _write_csv(records: Iterable[Record], path: Path, columns: Columns) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.names)
        for record in records:
            writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in columns.cells(record)])


def _read_csv(path: Path) -> Iterator[tuple[int, Record]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        names = next(reader, [])
        for number, cells in enumerate(reader, start=1):
            yield number, _record(path, number, dict(zip(names, (cell or None for cell in cells))))


def _write_sqlite(records: Iterable[Record], path: Path, columns: Columns) -> None:
    names = columns.names
    types = [_SQL_TYPES.get(name.replace("value_", ""), "TEXT") for name in names]
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")  # the file gets its name when it is complete
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        database.execute(f"CREATE TABLE xcoms ({', '.join(f'{name} {kind}' for name, kind in zip(names, types))})")
        insert = f"INSERT INTO xcoms VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - question marks alone
        database.executemany(insert, map(columns.cells, records))
        database.execute("CREATE INDEX xcoms_ids ON xcoms (dag_id, run_id, task_id, key)")
        database.execute("COMMIT")


def _read_sqlite(path: Path) -> Iterator[tuple[int, Record]]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        for number, row in enumerate(database.execute("SELECT * FROM xcoms ORDER BY rowid"), start=1):
            yield number, _record(path, number, dict(row))


def _write_parquet(records: Iterable[Record], path: Path, columns: Columns) -> None:
    pyarrow = _pyarrow()
    time, types = pyarrow.timestamp("us", tz="UTC"), {"integer": "int64", "float": "float64", "boolean": "bool_"}
    typed = () if columns.kind is None else (getattr(pyarrow, types.get(columns.kind, "large_string"))(),)
    kinds = {
        "map_index": pyarrow.int64(),
        "value": pyarrow.large_string(),
        "timestamp": time,
        "logical_date": time,
        STRINGIFIED: pyarrow.bool_(),
        **dict(zip(columns.names[len(FIELDS) :], typed)),
    }
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in columns.names])
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for group in _groups(records, columns):
            arrays = [_array(pyarrow, cells, field.type) for cells, field in zip(zip(*group), schema)]
            writer.write_table(pyarrow.table(arrays, schema=schema))


def _groups(records: Iterable[Record], columns: Columns) -> Iterator[list[list[Any]]]:
    group: list[list[Any]] = []
    characters, value = 0, FIELDS.index("value")
    for record in records:
        group.append(columns.cells(record))
        characters += len(group[-1][value])
        if len(group) >= _GROUP_RECORDS or characters >= _GROUP_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _array(pyarrow: Any, cells: tuple[Any, ...], kind: Any) -> Any:
    return pyarrow.array(map(_datetime, cells) if pyarrow.types.is_timestamp(kind) else cells, kind)


def _datetime(text: Optional[str]) -> Optional[dt.datetime]:
    try:
        return None if text is None else as_datetime(text)
    except ValueError:  # the server sent another form, which JSON Lines have
        return None


def _read_parquet(path: Path) -> Iterator[tuple[int, Record]]:
    pyarrow = _pyarrow()
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(1_000):
                for row in batch.to_pylist():
                    number += 1
                    yield number, _record(path, number, row)
    except pyarrow.ArrowException as error:
        raise Failure(f"{path} cannot be read as Parquet: {error}.") from error


def _record(path: Path, number: int, row: dict[str, Any]) -> Record:
    """Return the record of a row whose value is JSON text."""
    record = {name: row.get(name) for name in FIELDS}
    try:
        record["value"] = parse_line((row.get("value") or "").encode())
        record["map_index"] = None if record["map_index"] is None else int(record["map_index"])
    except (ValueError, AttributeError) as error:
        raise Failure(f"{path}, row {number}: the columns are not those of an export ({error}).") from error
    if row.get(STRINGIFIED) in (True, 1, "true"):
        record[STRINGIFIED] = True
    return record


_WRITERS: dict[str, Callable[[Iterable[Record], Path, Columns], None]] = {
    "csv": _write_csv,
    "sqlite": _write_sqlite,
    "parquet": _write_parquet,
}
_READERS: dict[str, Callable[[Path], Iterator[tuple[int, Record]]]] = {
    "jsonl": _read_jsonl,
    "csv": _read_csv,
    "sqlite": _read_sqlite,
    "parquet": _read_parquet,
}
