"""What a list of XComs or of DAG runs may be narrowed down by, as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

Value = Union[str, int]

#: The columns of a list: ``x`` is the XCom, ``r`` its run, ``d`` its DAG. A list of runs has no XCom.
COLUMNS = {
    "id": "x.id",
    "dag_id": "x.dag_id",
    "task_id": "x.task_id",
    "run_id": "x.run_id",
    "map_index": "x.map_index",
    "key": "x.key",
    "timestamp": "x.timestamp",
    "run.id": "r.id",
    "run.dag_id": "r.dag_id",
    "run.run_id": "r.run_id",
    "undated": "r.logical_date IS NULL",
    "logical_date": "r.logical_date",
    "run_after": "r.run_after",
    "dag_display_name": "d.display_name",
}
#: The dates of a run, and how a bound of one is named: ``run_after_gte``.
DATES = ("logical_date", "run_after")
RANGES = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


@dataclass(frozen=True)
class Filter:
    """A condition: SQL, and the values for its question marks."""

    sql: str
    values: tuple[Value, ...] = ()

    @property
    def of_runs(self) -> bool:
        """Whether it asks about more than the XCom itself."""
        return "r." in self.sql or "d." in self.sql


def compares(column: str, operator: str, value: Value) -> Filter:
    """Keep what stands in this relation ("=", "<=" …) to a value; what has no value is left out."""
    return Filter(f"{COLUMNS[column]} {operator} ?", (value,))


def one_of(column: str, values: Sequence[str]) -> Filter:
    """Keep what has one of these values."""
    return Filter(f"{COLUMNS[column]} IN ({', '.join('?' * len(values))})", tuple(values))


def within(asked: Mapping[str, Any]) -> list[Filter]:
    """Keep what is within the bounds of its dates: ``logical_date_gte``, ``run_after_lt`` and the like."""
    bounds = [(date, f"{date}_{end}", operator) for date in DATES for end, operator in RANGES.items()]
    return [compares(date, operator, asked[name]) for date, name, operator in bounds if asked.get(name) is not None]


def contains(column: str, pattern: str) -> Filter:
    """Keep what holds one of the patterns between the bars, whatever the case; ``%`` and ``_`` are wild."""
    patterns = [f"%{part}%" for part in _parts(pattern)]
    sql = " OR ".join(f"lower({COLUMNS[column]}) LIKE lower(?)" for _ in patterns)
    return Filter(f"({sql})", tuple(patterns))


def starts(column: str, pattern: str) -> Filter:
    """Keep what starts with one of the prefixes between the bars; only up to its last letter or digit."""
    filters = [_starts(COLUMNS[column], part) for part in _parts("" if pattern == "~" else pattern)]
    sql = " OR ".join(part.sql for part in filters)
    return Filter(f"({sql})", tuple(value for part in filters for value in part.values))


def _parts(pattern: str) -> list[str]:
    if pattern == "~":
        return ["%"]
    stripped = [part.strip() for part in pattern.split("|")] if "|" in pattern else []
    return [part for part in stripped if part] or [pattern]


def _starts(column: str, prefix: str) -> Filter:
    prefix = _to_last_word_character(prefix)
    if not prefix:
        return Filter("1")
    # The first text behind all those with this prefix; a real server, too, takes the next best one for "z".
    end = prefix
    while end:
        following = chr(min(ord(end[-1]) + 1, 0x10FFFF))
        if following.isalnum():
            return Filter(f"({column} >= ? AND {column} < ?)", (prefix, end[:-1] + following))
        end = _to_last_word_character(end[:-1])
    return Filter(f"{column} >= ?", (prefix,))


def _to_last_word_character(text: str) -> str:
    while text and not text[-1].isalnum():
        text = text[:-1]
    return text
