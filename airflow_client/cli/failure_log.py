"""XComs that could not be read or written: a file with all of them, and a list of the first few."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO, Optional

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.failures import describe
from airflow_client.cli.records import describe_ids, run_id_of
from airflow_client.cli.wording import counted

_SHOWN = 5


class FailureLog:
    """Failures of a command. Close it, or use it as a context manager.

    :param path: file to write them to as JSON Lines, created with the first one; None for no file.

    :ivar int count: number of failures.
    """

    def __init__(self, path: Optional[Path] = None) -> None:
        self.count: int = 0
        self._path = path
        self._file: Optional[BinaryIO] = None
        self._first: list[str] = []

    def __enter__(self) -> FailureLog:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, fields: Any, error: Exception) -> None:
        """Record a failure.

        :param fields: row or record; None if the server could not load the row.
        """
        self.count += 1
        reason = describe(error) if isinstance(error, xcom.OpenApiException) else str(error)
        if len(self._first) < _SHOWN:
            position = getattr(error, "position", None)
            name = describe_ids(fields) if fields is not None else f"position {position} of the list"
            self._first.append(f"  {name}: {reason.partition(chr(10))[0]}")
        if self._path is not None:
            if self._file is None:
                self._file = self._path.open("wb", buffering=0)
            self._file.write(json.dumps(_entry(fields, error, reason)).encode() + b"\n")

    def show(self, failed: str) -> None:
        """Print the first failures to standard error, if there are any.

        :param failed: such as ``"could not be read"``.
        """
        if not self.count:
            return
        where = "" if self._path is None else f"; all are in {self._path}"
        more = [f"  … and {self.count - _SHOWN:,} more"] if self.count > _SHOWN else []
        terminal.error("\n".join([f"{counted(self.count, 'XCom')} {failed}{where}:", *self._first, *more]))


def _entry(fields: Any, error: Exception, reason: str) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    position = getattr(error, "position", None)
    if fields is not None:
        entry = {name: fields.get(name) for name in ("dag_id", "run_id", "task_id", "map_index", "key")}
        entry["run_id"] = run_id_of(fields)
    elif position is not None:
        entry["position"] = position
    return {**entry, "error": reason, "status": getattr(error, "status", None)}
