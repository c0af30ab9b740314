"""Pushed Python values as Airflow stores them.

A pushed value is stored as JSON. What JSON has no word for is wrapped in an *envelope*,
``{"__classname__": …, "__version__": …, "__data__": …}``.

Every rule here was found by pushing values on real servers and reading them back, also the odd
ones: Airflow 2 envelopes a tuple at the top, but makes a plain array of it within a list; inside an
envelope it is enveloped again. Airflow 3 envelopes it everywhere.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import json
import uuid
import zoneinfo
from typing import Any

CLASS, VERSION, DATA = "__classname__", "__version__", "__data__"
OLD_CLASS, OLD_DATA = "__type", "__var"
_RESERVED = (CLASS, "__id__")
_INTEGERS = range(-(2**63), 2**63)


def serialize_v2(value: object) -> str:
    """Give the JSON text that Airflow 2 stores for a pushed value.

    Args:
        value: What a task would push.

    Returns:
        JSON text; ``NaN`` and ``Infinity`` stand bare in it, as Airflow writes them.

    Raises:
        TypeError: Airflow 2 refuses to push this value.
    """
    try:
        if isinstance(value, dict):
            refuse_reserved_keys(value)
        elif isinstance(value, tuple):
            value = envelope(value)
        return json.dumps(value, default=envelope)
    except TypeError:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise TypeError(f"value cannot be pushed: {error}") from error


def serialize_v3(value: object) -> str:
    """Give the JSON text that Airflow 3.3 stores for a pushed value.

    Args:
        value: What a task would push.

    Raises:
        TypeError: Airflow 3.3 refuses to push this value: also ``nan`` and the infinities.
    """
    return _serialize_v3(value, uuids=True)


def serialize_v3_0(value: object) -> str:
    """Give the JSON text that Airflow 3.0 stores for a pushed value.

    Args:
        value: What a task would push.

    Raises:
        TypeError: Airflow 3.0 refuses to push this value: what 3.3 refuses, None and UUIDs.
    """
    if value is None:
        raise TypeError("value cannot be pushed: Airflow 3.0 refuses None")
    return _serialize_v3(value, uuids=False)


def _serialize_v3(value: object, *, uuids: bool) -> str:
    try:
        return json.dumps(as_column(_inside(value, uuids=uuids)), allow_nan=False)
    except (ValueError, OverflowError, RecursionError) as error:
        raise TypeError(f"value cannot be pushed: {error}") from error


def as_column(value: Any) -> Any:
    """Give a decoded JSON value as SQLite keeps it in Airflow 3's column.

    A bare number loses what makes it a float or a big integer: 1.0 becomes 1, 2**70 a float.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value not in _INTEGERS:
        return float(value)
    if isinstance(value, float) and value.is_integer() and int(value) in _INTEGERS:
        return int(value)
    return value


def refuse_reserved_keys(value: dict[Any, Any]) -> None:
    for key in _RESERVED:
        if key in value:
            raise TypeError(f"value cannot be pushed: reserved key {key} in a dict")


def envelope(value: object, *, uuids: bool = False) -> dict[str, Any]:
    """Wrap a value that JSON has no word for.

    Args:
        value: The value.
        uuids: Whether a UUID has an envelope.

    Raises:
        TypeError: There is no envelope for such a value.
    """
    kind = type(value)
    if isinstance(value, (set, frozenset)) and kind in (set, frozenset):
        return _wrap(f"builtins.{kind.__name__}", 1, [_inside(item, uuids=uuids) for item in value])
    if isinstance(value, tuple) and (kind is tuple or _is_namedtuple(value)):
        return _wrap("builtins.tuple", 1, [_inside(item, uuids=uuids) for item in value])
    if isinstance(value, dt.datetime) and kind is dt.datetime:
        aware = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        zone = None if value.tzinfo is None else _wrap("builtins.tuple", 1, _zone(value))
        return _wrap("datetime.datetime", 2, {"timestamp": aware.timestamp(), "tz": zone})
    if isinstance(value, dt.date) and kind is dt.date:
        return _wrap("datetime.date", 2, value.isoformat())
    if isinstance(value, dt.timedelta) and kind is dt.timedelta:
        return _wrap("datetime.timedelta", 2, value.total_seconds())
    if isinstance(value, decimal.Decimal) and kind is decimal.Decimal:
        return _wrap("decimal.Decimal", 1, number(value))
    if isinstance(value, uuid.UUID) and uuids:
        return _wrap("uuid.UUID", 1, str(value))
    if isinstance(value, zoneinfo.ZoneInfo):
        return _wrap("zoneinfo.ZoneInfo", 1, value.key)
    if _has_fields(value):
        name = f"{kind.__module__}.{kind.__qualname__}"
        return _wrap(name, getattr(kind, VERSION, 0), _inside(_unfold(value), uuids=uuids))
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


def _wrap(name: str, version: int, data: object) -> dict[str, Any]:
    return {CLASS: name, VERSION: version, DATA: data}


def _inside(value: object, *, uuids: bool) -> Any:
    """Give a part of an envelope: there tuples are enveloped too, and any key becomes text."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        refuse_reserved_keys(value)
        return {str(key): _inside(item, uuids=uuids) for key, item in value.items()}
    if isinstance(value, list):
        return [_inside(item, uuids=uuids) for item in value]
    return envelope(value, uuids=uuids)


def _zone(value: dt.datetime) -> list[Any]:
    """Name a time zone; a fixed offset other than zero has no name, and Airflow loses it."""
    if isinstance(value.tzinfo, zoneinfo.ZoneInfo):
        return [value.tzinfo.key, "zoneinfo.ZoneInfo", 1, True]
    if isinstance(value.tzinfo, dt.timezone) and not value.utcoffset():
        return ["UTC", "pendulum.tz.timezone.FixedTimezone", 1, True]
    return ["", "", 0, False]


def number(value: decimal.Decimal) -> int | float:
    """Give a decimal as JSON's nearest number."""
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)


def _is_namedtuple(value: object) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields") and hasattr(value, "_asdict")


def _has_fields(value: object) -> bool:
    described = dataclasses.is_dataclass(value) or hasattr(value, "__attrs_attrs__")
    return described and not isinstance(value, type)


def _unfold(value: Any) -> Any:
    """Give a dataclass or attrs instance as a dict; those within it lose their names."""
    if _has_fields(value):
        fields = getattr(value, "__attrs_attrs__", None) or dataclasses.fields(value)
        return {field.name: _unfold(getattr(value, field.name)) for field in fields}
    if _is_namedtuple(value):
        return type(value)(*map(_unfold, value))
    if type(value) in (list, tuple):
        return type(value)(map(_unfold, value))
    if isinstance(value, dict):
        return {key: _unfold(item) for key, item in value.items()}
    return value
