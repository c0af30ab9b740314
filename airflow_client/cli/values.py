"""Values as the commands show them: with their JSON types, or decoded so that a person can read them."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any, Callable, TypeVar

import click

from airflow_client.cli import terminal
from airflow_client.cli.connection import Airflow
from airflow_client.cli.json_text import to_json

F = TypeVar("F", bound=Callable[..., Any])


def decode_option(command: F) -> F:
    """Add the option ``--decode``: ``decode``."""
    return click.option(
        "--decode",
        is_flag=True,
        help="Show what Airflow wraps (dates, sets, decimals, DataFrames) as plain JSON. On Airflow before 2.10, "
        "also parse numbers, lists and dicts from text.",
    )(command)


def json_parameter(airflow: Airflow) -> dict[str, Any]:
    """Return the keyword with which the server sends values as JSON, if it can."""
    chosen = airflow.client.configuration.stringify
    return {"stringify": airflow.api_version.choose_stringify(chosen, airflow.client.get_server_version())}


def sends_json(airflow: Airflow, *, is_noted: bool = True) -> bool:
    """Return whether the server can send values as JSON; note on standard error if it cannot."""
    version = airflow.client.get_server_version()
    can = airflow.api_version.sends_json(version)
    if not can and is_noted:
        terminal.note(f"Airflow {version} sends every value as text, as Python's str() writes it. See --decode")
    return can


def readable(value: Any, *, is_text: bool = False) -> Any:
    """Return a value with Airflow's envelopes opened, as JSON types.

    A datetime becomes ISO 8601 text, a set a sorted list, a decimal a number, a DataFrame a list of its rows.

    :param is_text: the server sent the value as text.
    """
    from airflow_client.xcom import values

    return _plain(values.decode(values.parse_text(value) if is_text else value))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(_plain, value), key=lambda item: (isinstance(item, str), _sort_key(item)))
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return _iso_duration(value)
    if isinstance(value, complex):
        return value.real  # Airflow stores no more
    return _plain_object(value)


def _sort_key(value: Any) -> Any:
    is_number = isinstance(value, (int, float))
    return (not is_number, value if is_number else 0, to_json(value))


def _plain_object(value: Any) -> Any:
    """Return an object of a class that is imported only where a value has it."""
    from decimal import Decimal

    from airflow_client.xcom.values import SerializedObject

    if isinstance(value, SerializedObject):
        if value.classname.startswith("pandas."):
            terminal.note("To decode a DataFrame: pip install 'pandas>=2' 'pyarrow>=14.0.1'")
        return {"__classname__": value.classname, "__version__": value.version, "__data__": _plain(value.data)}
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if type(value).__name__ == "DataFrame":
        return _rows_of(value)
    return str(value)  # a UUID, a time zone


def _rows_of(frame: Any) -> list[Any]:
    """Return the rows of a DataFrame, with its index if it is more than a count."""
    pd = import_module("pandas")

    frame = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    return [
        {str(name): _plain_cell(cell, pd) for name, cell in zip(frame.columns, row)}
        for row in frame.itertuples(index=False, name=None)
    ]


def _plain_cell(cell: Any, pd: Any) -> Any:
    if hasattr(cell, "tolist") and not isinstance(cell, (pd.Timestamp, pd.Timedelta)):
        cell = cell.tolist()  # of numpy
    if cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return None
    return _plain(cell)


def _iso_duration(delta: dt.timedelta) -> str:
    """Return ISO 8601 text of a duration, such as ``P1DT2.5S``."""
    if delta < dt.timedelta(0):
        return f"-{_iso_duration(-delta)}"
    hours, rest = divmod(delta.seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    second = f"{seconds}.{delta.microseconds:06}".rstrip("0").rstrip(".")
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{second}S" if second != "0" else "")
    return "P" + (f"{delta.days}D" if delta.days else "") + (f"T{time}" if time else "" if delta.days else "T0S")
