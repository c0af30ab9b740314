"""Pushed Python values as Airflow stores them.

A pushed value is stored as JSON. What JSON has no word for is wrapped in an *envelope*,
``{"__classname__": …, "__version__": …, "__data__": …}``.

Every rule here was found by pushing values on real servers and reading them back, also the odd
ones: Airflow 2 envelopes a tuple at the top, but makes a plain array of it within a list; inside an
envelope it is enveloped again. Airflow 3 envelopes it everywhere.

What belongs to a library (pendulum, attrs, pydantic) is known by its names, so that none is needed here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import json
import uuid
from typing import Any

CLASS, VERSION, DATA = "__classname__", "__version__", "__data__"
OLD_CLASS, OLD_DATA = "__type", "__var"
_RESERVED = (CLASS, "__id__")
_LEAST, _MOST = -(2**63), 2**63 - 1
_DATETIMES = ("datetime.datetime", "pendulum.datetime.DateTime")
_FIXED_OFFSET = "pendulum.tz.timezone.FixedTimezone"
_ZONES = ("zoneinfo.ZoneInfo", "pendulum.tz.timezone.Timezone", _FIXED_OFFSET)
_2, _3_0, _3_3 = (2,), (3, 0), (3, 3)


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
    return _serialize_v3(value, _3_3)


def serialize_v3_0(value: object) -> str:
    """Give the JSON text that Airflow 3.0 stores for a pushed value.

    Args:
        value: What a task would push.

    Raises:
        TypeError: Airflow 3.0 refuses to push this value: what 3.3 refuses, None, UUIDs, pendulum's
            dates and pydantic's models.
    """
    if value is None:
        raise TypeError("value cannot be pushed: Airflow 3.0 refuses None")
    return _serialize_v3(value, _3_0)


def _serialize_v3(value: object, release: tuple[int, ...]) -> str:
    try:
        return json.dumps(as_column(_inside(value, release)), allow_nan=False)
    except (ValueError, OverflowError, RecursionError) as error:
        raise TypeError(f"value cannot be pushed: {error}") from error


def as_column(value: Any) -> Any:
    """Give a decoded JSON value as SQLite keeps it in Airflow 3's column.

    A bare number loses what makes it a float or a big integer: 1.0 becomes 1, 2**70 a float.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and not _LEAST <= value <= _MOST:
        return float(value)
    if isinstance(value, float) and value.is_integer() and _LEAST <= int(value) <= _MOST:
        return int(value)
    return value


def refuse_reserved_keys(value: dict[Any, Any]) -> None:
    for key in _RESERVED:
        if key in value:
            raise TypeError(f"value cannot be pushed: reserved key {key} in a dict")


def envelope(value: object, release: tuple[int, ...] = _2) -> dict[str, Any]:
    """Wrap a value that JSON has no word for.

    Args:
        value: The value.
        release: The release of Airflow.

    Raises:
        TypeError: There is no envelope for such a value.
    """
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, (set, frozenset)) and kind in (set, frozenset):
        return _wrap(name, 1, [_inside(item, release) for item in value])
    if isinstance(value, tuple) and (kind is tuple or _is_namedtuple(value)):
        return _wrap("builtins.tuple", 1, [_inside(item, release) for item in value])
    if isinstance(value, dt.datetime) and name in _DATETIMES:
        aware = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        zone = None if value.tzinfo is None else _wrap("builtins.tuple", 1, _zone(value.tzinfo))
        return _wrap(name, 2, {"timestamp": aware.timestamp(), "tz": zone})
    if isinstance(value, dt.date) and (kind is dt.date or (name == "pendulum.date.Date" and release == _3_3)):
        return _wrap(name, 2, value.isoformat())
    if isinstance(value, dt.timedelta) and kind is dt.timedelta:
        return _wrap(name, 2, value.total_seconds())
    if isinstance(value, decimal.Decimal) and kind is decimal.Decimal:
        return _wrap(name, 1, number(value))
    if isinstance(value, uuid.UUID) and release == _3_3:
        return _wrap(name, 1, str(value))
    if isinstance(value, dt.tzinfo) and name in _ZONES:
        return _wrap(name, 1, _zone(value)[0])
    return _object(value, name, release)


def _object(value: Any, name: str, release: tuple[int, ...]) -> dict[str, Any]:
    """Wrap an object of a class that says what is in it."""
    kind = type(value)
    version = getattr(kind, "__version__", 0)
    if hasattr(kind, "model_dump") and hasattr(kind, "__pydantic_validator__") and release != _3_0:
        if release == _3_3:
            return _wrap(name, 1, _inside(value.model_dump(mode="json"), release))
        return _wrap(name, version, _inside(value.model_dump(), release))
    if hasattr(value, "serialize"):
        data = value.serialize()
        return _wrap(name, version, _inside(data, release) if isinstance(data, dict) else data)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _wrap(name, version, _inside(dataclasses.asdict(value), release))
    if hasattr(value, "__attrs_attrs__") and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in value.__attrs_attrs__ if field.init}
        return _wrap(name, version, _inside(fields, release))
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


def _wrap(name: str, version: int, data: object) -> dict[str, Any]:
    return {CLASS: name, VERSION: version, DATA: data}


def _inside(value: object, release: tuple[int, ...]) -> Any:
    """Give a part of an envelope: there tuples are enveloped too, and any key becomes text."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        refuse_reserved_keys(value)
        return {str(key): _inside(item, release) for key, item in value.items()}
    if isinstance(value, list):
        return [_inside(item, release) for item in value]
    return envelope(value, release)


def _zone(zone: Any) -> list[Any]:
    """Name a time zone and its class; a fixed offset that is not pendulum's has no name, and Airflow loses it."""
    kind = type(zone)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name == _FIXED_OFFSET:
        return [zone.offset or "UTC", name, 1, True]
    # As zoneinfo and pendulum 3, pendulum 2, and pytz call it.
    for attribute in ("key", "name", "zone"):
        if getattr(zone, attribute, None) is not None:
            return [getattr(zone, attribute), name, 1, True]
    is_utc = zone.utcoffset(None) == dt.timedelta(0)
    return ["UTC", _FIXED_OFFSET, 1, True] if is_utc else ["", "", 0, False]


def number(value: decimal.Decimal) -> int | float:
    """Give a decimal as JSON's nearest number."""
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)


def _is_namedtuple(value: object) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields") and hasattr(value, "_asdict")
