"""Stored values as ``/api/v1`` tells them.

It never shows envelopes as they are: it writes them out as text (:func:`describe`), or makes Python
objects of them again when its site allows ``deserialize=true`` (:func:`deserialize`).
"""

from __future__ import annotations

import datetime as dt
import decimal
import zoneinfo
from collections.abc import Callable
from typing import Any

from airflow_client.testing.serialization import CLASS, DATA, OLD_CLASS, OLD_DATA, VERSION, envelope, number

_COLLECTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
}


class CannotDeserialize(Exception):
    """The stored value is of a kind on which a real server's ``deserialize=true`` fails."""


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
    if OLD_CLASS in stored and OLD_DATA in stored:
        return _describe_old(stored[OLD_CLASS], stored[OLD_DATA])
    if CLASS in stored and VERSION in stored:
        return _text(stored[CLASS], stored[VERSION], stored.get(DATA))
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
    if OLD_CLASS in stored and OLD_DATA in stored:
        if stored[OLD_CLASS] != "dict" or not isinstance(stored[OLD_DATA], dict):
            raise CannotDeserialize("an old envelope")
        return {key: deserialize(item) for key, item in stored[OLD_DATA].items()}
    if not (CLASS in stored and VERSION in stored):
        return {key: deserialize(item) for key, item in stored.items()}
    try:
        return _object(stored[CLASS], stored.get(DATA))
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
        return number(value)
    if isinstance(value, (list, tuple)):
        return [native(item) for item in value]
    if isinstance(value, dict):
        return {key: native(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float)):
        return value
    return envelope(value)
