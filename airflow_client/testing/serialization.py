"""Python values as Airflow 2 stores them, and stored values as its REST API tells them.

A pushed value is stored as JSON. What JSON has no word for is wrapped in an *envelope*,
``{"__classname__": …, "__version__": …, "__data__": …}``. ``/api/v1`` never shows envelopes as they
are: it writes them out as text (:func:`describe`), or makes Python objects of them again when its
site allows ``deserialize=true`` (:func:`deserialize`).

Every rule here was found by pushing values on real servers and reading them back, also the odd
ones: a tuple is enveloped at the top, but a plain array within a list; inside an envelope it is
enveloped again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import json
import zoneinfo
from collections.abc import Callable
from typing import Any

_CLASS, _VERSION, _DATA = "__classname__", "__version__", "__data__"
_OLD_CLASS, _OLD_DATA = "__type", "__var"
_RESERVED = (_CLASS, "__id__")
_COLLECTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
}


class CannotDeserialize(Exception):
    """The stored value is of a kind on which a real server's ``deserialize=true`` fails."""


# ---------------------------------------------------------- pushed value -> stored JSON


def serialize(value: object) -> str:
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
            _refuse_reserved_keys(value)
        elif isinstance(value, tuple):
            value = _envelope(value)
        return json.dumps(value, default=_envelope)
    except TypeError:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise TypeError(f"value cannot be pushed: {error}") from error


def _refuse_reserved_keys(value: dict[Any, Any]) -> None:
    for key in _RESERVED:
        if key in value:
            raise TypeError(f"value cannot be pushed: reserved key {key} in a dict")


def _envelope(value: object) -> dict[str, Any]:
    kind = type(value)
    if isinstance(value, (set, frozenset)) and kind in (set, frozenset):
        return _wrap(f"builtins.{kind.__name__}", 1, [_inside(item) for item in value])
    if isinstance(value, tuple) and (kind is tuple or _is_namedtuple(value)):
        return _wrap("builtins.tuple", 1, [_inside(item) for item in value])
    if isinstance(value, dt.datetime) and kind is dt.datetime:
        aware = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        zone = None if value.tzinfo is None else _wrap("builtins.tuple", 1, _zone(value))
        return _wrap("datetime.datetime", 2, {"timestamp": aware.timestamp(), "tz": zone})
    if isinstance(value, dt.date) and kind is dt.date:
        return _wrap("datetime.date", 2, value.isoformat())
    if isinstance(value, dt.timedelta) and kind is dt.timedelta:
        return _wrap("datetime.timedelta", 2, value.total_seconds())
    if isinstance(value, decimal.Decimal) and kind is decimal.Decimal:
        return _wrap("decimal.Decimal", 1, _number(value))
    if isinstance(value, zoneinfo.ZoneInfo):
        return _wrap("zoneinfo.ZoneInfo", 1, value.key)
    if _has_fields(value):
        name = f"{kind.__module__}.{kind.__qualname__}"
        return _wrap(name, getattr(kind, _VERSION, 0), _inside(_unfold(value)))
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


def _wrap(name: str, version: int, data: object) -> dict[str, Any]:
    return {_CLASS: name, _VERSION: version, _DATA: data}


def _inside(value: object) -> Any:
    """Give a part of an envelope: there tuples are enveloped too, and any key becomes text."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        _refuse_reserved_keys(value)
        return {str(key): _inside(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_inside(item) for item in value]
    return _envelope(value)


def _zone(value: dt.datetime) -> list[Any]:
    """Name a time zone; a fixed offset other than zero has no name, and Airflow loses it."""
    if isinstance(value.tzinfo, zoneinfo.ZoneInfo):
        return [value.tzinfo.key, "zoneinfo.ZoneInfo", 1, True]
    if isinstance(value.tzinfo, dt.timezone) and not value.utcoffset():
        return ["UTC", "pendulum.tz.timezone.FixedTimezone", 1, True]
    return ["", "", 0, False]


def _number(value: decimal.Decimal) -> int | float:
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


# ---------------------------------------------------- stored JSON -> what the API tells


def describe(stored: Any) -> Any:
    """Write the envelopes in a stored value out as text, as v1 does unless it deserializes.

    Args:
        stored: The decoded JSON of a stored value.

    Returns:
        The same, with a text such as ``datetime.date@version=2(2024-01-02)`` for each envelope.

    Raises:
        CannotDeserialize: An old envelope that a real server cannot tell either.
    """
    if isinstance(stored, list):
        return [describe(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    if _OLD_CLASS in stored and _OLD_DATA in stored:
        return _describe_old(stored[_OLD_CLASS], stored[_OLD_DATA])
    if _CLASS in stored and _VERSION in stored:
        return _text(stored[_CLASS], stored[_VERSION], stored.get(_DATA))
    return {key: describe(item) for key, item in stored.items()}


def _describe_old(name: Any, data: Any) -> Any:
    if name == "dict" and isinstance(data, dict):
        return {key: describe(item) for key, item in data.items()}
    if name == "dict" or not isinstance(name, str):
        raise CannotDeserialize(f"an old envelope of {name!r}")
    return _text(name, 0, data)


def _text(name: str, version: Any, data: Any) -> str:
    if name in _COLLECTIONS and isinstance(data, list):
        return "(" + ",".join(str(describe(item)) for item in data) + ")"
    if isinstance(data, dict):
        inner = ",".join(f"{key}={describe(item)}" for key, item in data.items())
    elif isinstance(data, list):
        # No slip: real servers put a comma between the characters of the list's text.
        inner = ",".join(str(describe(data)))
    else:
        inner = "" if data is None else str(data)
    return f"{name}@version={version}({inner})"


class _Utc(dt.tzinfo):
    """UTC with the ``repr`` of Airflow's own: it shows in the text of a dict with a datetime."""

    def utcoffset(self, _when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    def dst(self, _when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    def tzname(self, _when: dt.datetime | None) -> str:
        return "UTC"

    def __repr__(self) -> str:
        return "Timezone('UTC')"


def deserialize(stored: Any) -> Any:
    """Make Python objects of the envelopes in a stored value, as v1 does for ``deserialize=true``.

    Args:
        stored: The decoded JSON of a stored value.

    Raises:
        CannotDeserialize: A real server answers 500 here: classes of one's own, old envelopes,
            datetimes with a fixed offset, sets in sets.
    """
    if isinstance(stored, list):
        return [deserialize(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    if _OLD_CLASS in stored and _OLD_DATA in stored:
        if stored[_OLD_CLASS] != "dict" or not isinstance(stored[_OLD_DATA], dict):
            raise CannotDeserialize("an old envelope")
        return {key: deserialize(item) for key, item in stored[_OLD_DATA].items()}
    if not (_CLASS in stored and _VERSION in stored):
        return {key: deserialize(item) for key, item in stored.items()}
    try:
        return _object(stored[_CLASS], stored.get(_DATA))
    except CannotDeserialize:
        raise
    except Exception as error:  # whatever a broken envelope leads to
        raise CannotDeserialize(str(error)) from error


def _object(name: str, data: Any) -> Any:
    if name in _COLLECTIONS:
        items = [deserialize(item) for item in data]
        if name != "builtins.tuple" and any(isinstance(item, frozenset) for item in items):
            raise CannotDeserialize("a set in a set")
        return _COLLECTIONS[name](items)
    if name == "datetime.datetime":
        return _moment(data["timestamp"], data["tz"])
    if name == "datetime.date":
        return dt.date.fromisoformat(data)
    if name == "datetime.timedelta":
        return dt.timedelta(seconds=data)
    if name == "decimal.Decimal":
        return decimal.Decimal(str(data))
    if name == "zoneinfo.ZoneInfo":
        return zoneinfo.ZoneInfo(data)
    raise CannotDeserialize(name)


def _moment(timestamp: float, zone: Any) -> dt.datetime:
    utc = dt.datetime(1970, 1, 1, tzinfo=_Utc()) + dt.timedelta(seconds=timestamp)
    if zone is None:
        return utc.replace(tzinfo=None)
    name, kind, *_ = deserialize(zone)
    if kind == "zoneinfo.ZoneInfo":
        return utc.astimezone(zoneinfo.ZoneInfo(name))
    if name != "UTC":
        raise CannotDeserialize("a fixed offset")
    return utc


def native(value: Any) -> Any:
    """Give a deserialized value as JSON can hold it.

    That is what ``deserialize=true&stringify=false`` answers.

    Args:
        value: The result of :func:`deserialize`.
    """
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)).isoformat()
    if isinstance(value, dt.date):
        return f"{value.year}-{value.month:02}-{value.day:02}"  # real servers do not pad the year
    if isinstance(value, decimal.Decimal):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return [native(item) for item in value]
    if isinstance(value, dict):
        return {key: native(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float)):
        return value
    return _envelope(value)
