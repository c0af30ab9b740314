"""File with XComs, as ``airflow-xcom export`` writes it: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Union

PathLike = Union[str, os.PathLike[str]]
Row = dict[str, Any]
_REQUIRED = ("dag_id", "run_id", "task_id", "key", "value")
_MAX_PROBLEMS = 5


def load(path: PathLike, add: Callable[[Row], None]) -> int:
    """Call a function with each row of a file, and return their number. Empty lines are ignored.

    :param add: raises TypeError or ValueError if the row is invalid.
    :raises OSError: the file cannot be read.
    :raises ValueError: lines are invalid. The message names them; the rows of the other lines were added.
    """
    count = 0
    problems: list[str] = []
    with Path(path).open("rb") as file:  # not text: an invalid line must not end the loop
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                add(_row(line))
                count += 1
            except (TypeError, ValueError) as error:
                problems.append(f"line {number}: {error}")
    if problems:
        more = f"\n… and {len(problems) - _MAX_PROBLEMS} more" if len(problems) > _MAX_PROBLEMS else ""
        shown = "\n".join(problems[:_MAX_PROBLEMS])
        raise ValueError(f"{os.fspath(path)} has invalid lines; the other {count} were loaded:\n{shown}{more}")
    return count


def _row(line: bytes) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("it is not a JSON object")
    missing = [name for name in _REQUIRED if name not in row]
    if missing:
        raise ValueError(f"it has no {', '.join(missing)}")
    return row
