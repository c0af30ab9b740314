"""SQL conditions for lists of XComs and DAG runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from airflow_client.testing.since import Numbers

Value = Union[str, int]

# A run without a state of its own has the one that follows from its tasks.
RUN_STATE = """
coalesce(r.state, (
    SELECT CASE
        WHEN count(*) = 0 THEN 'queued'
        WHEN sum(coalesce(i.state, '') NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed'))
        THEN 'running'
        WHEN sum(i.state IN ('failed', 'upstream_failed')) THEN 'failed'
        ELSE 'success'
    END FROM task_instance i WHERE i.dag_id = r.dag_id AND i.run_id = r.run_id
))
"""
_START_DATE = f"CASE WHEN {RUN_STATE} != 'queued' THEN coalesce(r.start_date, r.run_after) END"
_END_DATE = f"CASE WHEN {RUN_STATE} IN ('success', 'failed') THEN coalesce(r.end_date, r.run_after) END"
_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
#: Columns: ``x`` is the XCom, ``r`` its run, ``d`` its DAG, ``i`` a task instance, ``e`` an import error.
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
    "state": RUN_STATE,
    "run.conf": "r.conf",
    "run.triggered_by": "r.triggered_by IS NOT NULL",
    "run.start_date": _START_DATE,
    "run.end_date": _END_DATE,
    "run.updated_at": f"coalesce({_END_DATE}, {_START_DATE}, r.queued_at, r.run_after)",
    # Airflow 3 takes a missing date for the current time when it filters.
    "run.start_date or now": f"coalesce({_START_DATE}, {_NOW})",
    "run.end_date or now": f"coalesce({_END_DATE}, {_NOW})",
    "instance.id": "i.id",
    "instance.dag_id": "i.dag_id",
    "instance.run_id": "i.run_id",
    "instance.task_id": "i.task_id",
    "instance.map_index": "i.map_index",
    "instance.start_date": "i.start_date",
    "instance.state": "coalesce(i.state, 'none')",
    "import_error.id": "e.id",
    "import_error.timestamp": "e.timestamp",
    "import_error.filename": "e.filename",
}
#: Columns of dates by which XComs and runs are filtered, and the suffixes of their bounds, as in ``run_after_gte``.
DATES = {name: name for name in ("logical_date", "run_after")}
RUN_DATES = {
    **DATES,
    "start_date": "run.start_date or now",
    "end_date": "run.end_date or now",
    "updated_at": "run.updated_at",
}
BOUNDS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


@dataclass(frozen=True)
class Filter:
    """Condition: SQL, and the values of its placeholders."""

    sql: str
    values: tuple[Value, ...] = ()

    @property
    def needs_run(self) -> bool:
        """Use of columns beyond those of the XCom itself."""
        return "r." in self.sql or "d." in self.sql


def compare(column: str, operator: str, value: Value) -> Filter:
    """Match rows whose column compares to a value; NULL never does."""
    return Filter(f"{COLUMNS[column]} {operator} ?", (value,))


def is_in(column: str, values: Sequence[str]) -> Filter:
    """Match rows whose column has one of the values."""
    return Filter(f"{COLUMNS[column]} IN ({', '.join('?' * len(values))})", tuple(values))


def date_ranges(params: Mapping[str, Any], dates: Mapping[str, str] = DATES) -> list[Filter]:
    """Return the filters of parameters such as ``logical_date_gte``."""
    bounds = [(dates[date], f"{date}_{suffix}", operator) for date in dates for suffix, operator in BOUNDS.items()]
    return [compare(date, operator, params[name]) for date, name, operator in bounds if params.get(name) is not None]


def patterns(params: Mapping[str, Any], columns: Mapping[str, str], release: Numbers) -> list[Filter]:
    """Return the filters of parameters such as ``run_id_pattern`` and ``run_id_prefix_pattern``.

    :param columns: column of each pattern's name.
    :param release: before 3.2, ``|`` separates no alternatives.
    """
    found = []
    for name, column in columns.items():
        if params.get(f"{name}_pattern") is not None:
            pattern = params[f"{name}_pattern"]
            parts = _alternatives(pattern) if release >= (3, 2) or pattern == "~" else [pattern]
            found.append(_any(_contains(COLUMNS[column], part) for part in parts))
        prefixes = params.get(f"{name}_prefix_pattern")
        if prefixes is not None:
            parts = _alternatives("" if prefixes == "~" else prefixes)
            found.append(_any(_starts(COLUMNS[column], part) for part in parts))
    return found


def _any(filters: Any) -> Filter:
    parts: list[Filter] = list(filters)
    return Filter(f"({' OR '.join(part.sql for part in parts)})", tuple(v for part in parts for v in part.values))


def _alternatives(pattern: str) -> list[str]:
    if pattern == "~":
        return ["%"]
    stripped = [part.strip() for part in pattern.split("|")] if "|" in pattern else []
    return [part for part in stripped if part] or [pattern]


def _contains(column: str, part: str) -> Filter:
    return Filter(f"lower({column}) LIKE lower(?)", (f"%{part}%",))


def _starts(column: str, prefix: str) -> Filter:
    """Match a prefix up to its last letter or digit, as a range that an index can serve."""
    prefix = _to_last_alphanumeric(prefix)
    if not prefix:
        return Filter("1")
    # The range ends at the next text without this prefix; like real servers, "z" carries over to the letter before.
    end = prefix
    while end:
        following = chr(min(ord(end[-1]) + 1, 0x10FFFF))
        if following.isalnum():
            return Filter(f"({column} >= ? AND {column} < ?)", (prefix, end[:-1] + following))
        end = _to_last_alphanumeric(end[:-1])
    return Filter(f"{column} >= ?", (prefix,))


def _to_last_alphanumeric(text: str) -> str:
    while text and not text[-1].isalnum():
        text = text[:-1]
    return text
