"""Partial file of an export: JSON Lines that an interrupted export leaves, and that ``--resume`` continues.

Its first line describes the export. Each record is written with one system call, so that even a killed program leaves
whole lines, except for the last.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Optional

from airflow_client import xcom
from airflow_client.cli import export_formats
from airflow_client.cli.failures import USAGE, Failure
from airflow_client.cli.records import STRINGIFIED, Record, datetime_text, identity, scalar_kind, to_line

_VERSION = "airflow_xcom_export"


class PartialExport:
    """Partial file that is being written. Close it, or use it as a context manager.

    :ivar Path path: its path.
    :ivar dict description: first line: ``options`` and ``selection``.
    :ivar int count: number of records.
    :ivar bool stringified: some values are text that Airflow 2 made of them.
    """

    def __init__(self, path: Path, file: BinaryIO, description: dict[str, Any]) -> None:
        self.path = path
        self.description = description
        self.count: int = 0
        self.stringified: bool = False
        self._file = file
        self._kinds: set[str] = set()
        self._index: Optional[_Index] = None

    @classmethod
    def create(cls, path: Path, options: dict[str, Any], selection: dict[str, Any]) -> PartialExport:
        """Create the file.

        :param options: options of the export, to compare when it is resumed.
        :param selection: what the options select, such as the run that ``latest`` is now.
        """
        description = {_VERSION: 1, "options": options, "selection": selection}
        try:
            file = path.open("xb", buffering=0)
        except FileExistsError as error:
            raise Failure(f"{path} exists: another export writes it.", USAGE) from error
        file.write(json.dumps(description).encode() + b"\n")
        return cls(path, file, description)

    @classmethod
    def resume(cls, path: Path, options: dict[str, Any]) -> PartialExport:
        """Open the file of an interrupted export, drop a torn last line and index the records.

        :raises Failure: it is of an export with other options.
        """
        file = path.open("r+b", buffering=0)
        try:
            with path.open("rb") as lines:
                description = _parse_description(path, lines.readline())
                _check_options(path, description["options"], options)
                partial = cls(path, file, description)
                partial._index = _Index()
                end = lines.tell()
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    try:
                        record = export_formats.parse_line(line)
                        partial._note(record)
                    except (ValueError, TypeError, AttributeError, KeyError):
                        break
                    end += len(line)
            file.truncate(end)
            file.seek(end)
        except BaseException:
            file.close()
            raise
        return partial

    def __enter__(self) -> PartialExport:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._index is not None:
            self._index.close()

    def contains(self, row: xcom.XComCollectionItem) -> bool:
        """Return True if the file has the XCom of a row, and the XCom was not pushed again since."""
        return self._index is not None and self._index.timestamp(row) == (datetime_text(row, "timestamp"),)

    def add(self, record: Record) -> None:
        """Write a record.

        :raises ValueError: its value is not JSON, or nested too deeply.
        """
        try:
            line = memoryview(to_line(record))
        except RecursionError as error:
            raise ValueError("its value is nested too deeply") from error
        while line:
            line = line[self._file.write(line) :]
        self._note(record)

    def discard(self) -> None:
        """Close and delete the file."""
        self.close()
        self.path.unlink()

    def finish(self, path: Path) -> None:
        """Write the complete file, which appears at once, and delete this one.

        :param path: path of the complete file; its suffix says the format.
        """
        os.fsync(self._file.fileno())
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        kind = export_formats.format_of(path)
        columns = export_formats.Columns(self._scalar_kind(), self.stringified)
        try:
            export_formats.write(kind, self._lines(), temporary, columns)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        self.discard()

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines of the records, without those that a later one replaces."""
        replaced = set() if self._index is None else self._index.replaced
        with self.path.open("rb") as lines:
            lines.readline()
            if not replaced:
                yield from lines
                return
            for line in lines:
                record = export_formats.parse_line(line)
                if (identity(record), record["timestamp"]) not in replaced:
                    yield line

    def _note(self, record: Record) -> None:
        if self._index is not None:
            self._index.add(record)
        self.count += 1
        self.stringified = self.stringified or STRINGIFIED in record
        if record["value"] is not None:
            self._kinds.add(scalar_kind(record["value"]))

    def _scalar_kind(self) -> Optional[str]:
        return next(iter(self._kinds)) if len(self._kinds) == 1 and "other" not in self._kinds else None


class _Index:
    """XComs of a file and their timestamps, in a temporary database: memory does not grow with the file.

    :ivar set replaced: identities and timestamps of records that a later one replaces.
    """

    def __init__(self) -> None:
        self.replaced: set[tuple[bytes, Optional[str]]] = set()
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE xcoms (id BLOB PRIMARY KEY, timestamp TEXT) WITHOUT ROWID")

    def close(self) -> None:
        self._database.close()

    def timestamp(self, fields: Any) -> Any:
        """Return the timestamp of an XCom in a tuple, None if the file lacks it."""
        return self._database.execute("SELECT timestamp FROM xcoms WHERE id = ?", (identity(fields),)).fetchone()

    def add(self, record: Record) -> None:
        known = self.timestamp(record)
        if known is not None and known[0] != record["timestamp"]:
            self.replaced.add((identity(record), known[0]))
        row = (identity(record), record["timestamp"])
        self._database.execute("INSERT OR REPLACE INTO xcoms VALUES (?, ?)", row)


def _parse_description(path: Path, line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        description = export_formats.parse_line(line)
        if isinstance(description, dict) and description.get(_VERSION) == 1:
            return description
    raise Failure(f"{path} is not the file of an interrupted export. Delete it, or write to another file.", USAGE)


def _check_options(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if names:
        changes = ", ".join(f"{name} was {_shown(before.get(name))}, now {_shown(now.get(name))}" for name in names)
        raise Failure(
            f"{path} is of an export with other options: {changes}. Repeat those options, or start anew with --force "
            "instead of --resume.",
            USAGE,
        )


def _shown(value: Any) -> str:
    return "not given" if value is None else repr(value)
