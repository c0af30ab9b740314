"""XComs as tables of pandas and pyarrow."""

from __future__ import annotations

import importlib
import json
from datetime import datetime, timezone
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame as DataFrame
else:  # typing.get_type_hints needs the name
    DataFrame = Any

#: Kinds of columns.
_TEXT, _INDEX, _TIME = "text", "index", "time"
#: Columns of rows without values, and their kinds. They are the same on every Airflow release.
ROW_COLUMNS: dict[str, str] = {
    "dag_id": _TEXT,
    "run_id": _TEXT,
    "task_id": _TEXT,
    "map_index": _INDEX,
    "key": _TEXT,
    "timestamp": _TIME,
    "logical_date": _TIME,
    "run_after": _TIME,
}
#: Columns of a history that come from the DAG run, with their names there.
RUN_COLUMNS: dict[str, tuple[str, str]] = {
    "run_state": ("state", _TEXT),
    "run_start_date": ("start_date", _TIME),
    "run_end_date": ("end_date", _TIME),
}
_INSTALL = {"pandas": "pip install 'pandas>=2' 'pyarrow>=14.0.1'", "pyarrow": "pip install 'pyarrow>=14.0.1'"}


def require(library: str) -> Any:
    """Return the imported ``library``.

    :raises ApiValueError: it cannot be imported.
    """
    try:
        return importlib.import_module(library)
    except ImportError as error:
        call = "to_pandas" if library == "pandas" else "to_arrow"
        raise ApiValueError(f"{call}() needs {library}: {_INSTALL[library]} ({error})") from error


def to_pandas(
    rows: Iterable[Any], *, with_values: bool = True, with_runs: bool = False, explode: bool = False
) -> DataFrame:
    """Return a DataFrame of rows.

    :param with_values: add the column ``value``.
    :param with_runs: add the columns of the DAG run, :data:`RUN_COLUMNS`.
    :param explode: add a column ``value.name`` for each key of values that are dicts.
    """
    if not isinstance(explode, bool):
        raise ApiTypeError(f"explode must be a bool, not {type(explode).__name__}")
    pandas = require("pandas")
    rows = list(rows)
    columns = {name: _series(pandas, kind, cells) for name, kind, cells in _columns(rows, with_runs)}
    if with_values:
        values = [row.value for row in rows]
        columns.update(_exploded(pandas, values) if explode else {"value": _values(pandas, values)})
    frame: DataFrame = pandas.DataFrame(columns, copy=False)
    return frame


def to_arrow(rows: Iterable[Any], *, with_values: bool = True, with_runs: bool = False) -> Any:
    """Return a pyarrow Table of rows; a value is JSON text.

    :raises ApiValueError: a value is not JSON.
    """
    pyarrow = require("pyarrow")
    types = {_TEXT: pyarrow.string(), _INDEX: pyarrow.int64(), _TIME: pyarrow.timestamp("us", tz="UTC")}
    rows = list(rows)
    columns = {name: pyarrow.array(cells, types[kind]) for name, kind, cells in _columns(rows, with_runs)}
    if with_values:
        columns["value"] = pyarrow.array([_json(row) for row in rows], pyarrow.large_string())
    return pyarrow.table(columns)


def _columns(rows: Sequence[Any], with_runs: bool) -> Iterable[tuple[str, str, list[Any]]]:
    """Yield the name, the kind and the cells of each column but the values."""
    for name, kind in ROW_COLUMNS.items():
        cells = list(map(attrgetter(name), rows))
        if with_runs and name == "run_after":
            cells = [row.dag_run.run_after if cell is None else cell for row, cell in zip(rows, cells)]
        yield name, kind, cells
    if with_runs:
        for name, (field, kind) in RUN_COLUMNS.items():
            yield name, kind, [getattr(row.dag_run, field) for row in rows]


def _series(pandas: Any, kind: str, cells: list[Any]) -> Any:
    if kind == _INDEX:
        return pandas.Series(cells, dtype="Int64")
    if kind == _TIME:
        # pandas 2.0 takes no datetimes beyond the range of nanoseconds.
        microseconds = importlib.import_module("numpy").array(list(map(_microseconds, cells)), dtype="int64")
        return pandas.DatetimeIndex(microseconds.view("datetime64[us]")).tz_localize("UTC")
    return pandas.Series(cells, dtype=object)


_EPOCH, _NOT_A_TIME = datetime(1970, 1, 1, tzinfo=timezone.utc), -(2**63)


def _microseconds(moment: datetime | None) -> int:
    """Return the microseconds since 1970 as numpy stores them; a naive datetime is UTC."""
    if moment is None:
        return _NOT_A_TIME
    since = (moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


#: dtypes for values of one type, without and with missing ones.
_DTYPES = {int: (None, "Int64"), float: ("float64", "float64"), bool: ("bool", "boolean")}


def _values(pandas: Any, values: list[Any], missing: list[bool] | None = None) -> Any:
    """Return a column of values as they are: as numbers only if all of them have the same type.

    :param missing: True for each position without a value, whose item of ``values`` is None. Default None: no such.
    """
    kinds = set(map(type, values if missing is None else (v for v, gone in zip(values, missing) if not gone)))
    gaps = missing is not None and any(missing)
    dtype = _DTYPES[kinds.pop()][gaps] if len(kinds) == 1 and kinds <= _DTYPES.keys() else "object"
    try:
        return pandas.Series(values, dtype=dtype)
    except OverflowError:  # an int of more than 64 bits
        dtype = "object"
    return pandas.Series(values, dtype=dtype)


def _exploded(pandas: Any, values: list[Any]) -> dict[str, Any]:
    """Return a column for each key of the dicts, and one for the values that are not dicts, if any."""
    columns: dict[str, Any] = {}
    dicts = [isinstance(value, dict) for value in values]
    names = dict.fromkeys(name for value in values if isinstance(value, dict) for name in value)
    if not all(dicts) or not names:
        others = [None if is_dict else value for value, is_dict in zip(values, dicts)]
        columns["value"] = _values(pandas, others, dicts)
    for name in names:
        missing = [not (is_dict and name in value) for value, is_dict in zip(values, dicts)]
        cells = [None if gone else value[name] for value, gone in zip(values, missing)]
        columns[f"value.{name}"] = _values(pandas, cells, missing)
    return columns


def _json(row: Any) -> str:
    try:
        return json.dumps(row.value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ApiValueError(
            f"to_arrow() stores values as JSON; the value of {row.key!r:.200} is not: {error}"
        ) from error
