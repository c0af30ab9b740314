"""Values in the responses of ``/api/v1``, which never contain envelopes.

Envelopes are rendered as text, or deserialized to Python objects where the site allows ``deserialize=true``.
"""

from __future__ import annotations

import datetime as dt
import decimal
import zoneinfo
from collections.abc import Callable
from typing import Any

from airflow_client.testing.serialization import CLASS, DATA, OLD_CLASS, OLD_DATA, VERSION, envelope, to_number

_COLLECTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
}

_ZONE, _OFFSET = "pendulum.tz.timezone.Timezone", "pendulum.tz.timezone.FixedTimezone"


class CannotDeserialize(Exception):
    """Stored value on which real servers fail."""


def render(stored: Any, *, closed: bool = True) -> Any:
    """Return a stored value with text such as ``datetime.date@version=2(2024-01-02)`` for each envelope.

    :param closed: whether the text of a list ends with a parenthesis, which Airflow 2.6 and earlier forget.
    """
    if isinstance(stored, list):
        return [render(item, closed=closed) for item in stored]
    if not isinstance(stored, dict):
        return stored
    if OLD_CLASS in stored and OLD_DATA in stored:
        name, data = stored[OLD_CLASS], stored[OLD_DATA]
        if name == "dict" and isinstance(data, dict):
            return {key: render(item, closed=closed) for key, item in data.items()}
        if name == "dict" or not isinstance(name, str):
            raise CannotDeserialize(f"an old envelope of {name!r}")
        return _text(name, 0, data, closed=closed)
    if CLASS in stored and VERSION in stored:
        return _text(stored[CLASS], stored[VERSION], stored.get(DATA), closed=closed)
    return {key: render(item, closed=closed) for key, item in stored.items()}


def _text(name: str, version: Any, data: Any, *, closed: bool) -> str:
    if name in _COLLECTIONS and isinstance(data, list):
        return "(" + ",".join(str(render(item, closed=closed)) for item in data) + ")"
    if isinstance(data, dict):
        inner = ",".join(f"{key}={render(item, closed=closed)}" for key, item in data.items())
    elif isinstance(data, list):
        inner = ",".join(str(render(data, closed=closed)))  # real servers do put commas between the characters
        if not closed:
            return f"{name}@version={version}({inner}"
    else:
        inner = "" if data is None else str(data)
    return f"{name}@version={version}({inner})"


def deserialize(stored: Any) -> Any:
    """Return a stored value with Python objects for its envelopes.

    Real servers fail on users' classes, old envelopes, datetimes with a fixed offset, and sets in sets.
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
    except Exception as error:  # an envelope may contain anything
        raise CannotDeserialize(str(error)) from error


def _object(name: str, data: Any) -> Any:
    if name in _COLLECTIONS:
        items = [deserialize(item) for item in data]
        if name != "builtins.tuple" and any(isinstance(item, frozenset) for item in items):
            raise CannotDeserialize("a set in a set")
        return _COLLECTIONS[name](items)
    if name in ("datetime.datetime", "pendulum.datetime.DateTime"):
        return _datetime(data["timestamp"], data["tz"])
    if name == "datetime.date":
        return dt.date.fromisoformat(data)
    if name == "datetime.timedelta":
        return dt.timedelta(seconds=data)
    if name == "decimal.Decimal":
        return decimal.Decimal(str(data))
    if name == "zoneinfo.ZoneInfo":
        return zoneinfo.ZoneInfo(data)
    if name in (_ZONE, _OFFSET):
        return _PendulumZone(name, data)
    raise CannotDeserialize(name)


class _PendulumZone:
    """Time zone of pendulum, as text and as JSON."""

    def __init__(self, name: str, data: Any) -> None:
        self.stored: dict[str, Any] = {CLASS: name, VERSION: 1, DATA: data}

    def __str__(self) -> str:
        data = self.stored[DATA]
        if self.stored[CLASS] == _ZONE or not isinstance(data, int):
            return str(data)
        return f'FixedTimezone({data}, name="{dt.timezone(dt.timedelta(seconds=data)).tzname(None)[3:]}")'


class _Utc(dt.tzinfo):
    """UTC with the ``repr`` of Airflow's, which is visible in the text of a dict with a datetime."""

    def utcoffset(self, _when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    def dst(self, _when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(0)

    def tzname(self, _when: dt.datetime | None) -> str:
        return "UTC"

    def __repr__(self) -> str:
        return "Timezone('UTC')"


def _datetime(timestamp: float, zone: Any) -> dt.datetime:
    utc = dt.datetime(1970, 1, 1, tzinfo=_Utc()) + dt.timedelta(seconds=timestamp)
    if zone is None:
        return utc.replace(tzinfo=None)
    name, kind, *_ = deserialize(zone)
    if kind == _OFFSET and isinstance(name, int):
        return utc.astimezone(dt.timezone(dt.timedelta(seconds=name)))
    if name != "UTC" and kind in ("zoneinfo.ZoneInfo", _ZONE):
        return utc.astimezone(zoneinfo.ZoneInfo(name))
    if name != "UTC":
        raise CannotDeserialize("a fixed offset")
    return utc


def to_json(value: Any) -> Any:
    """Return a deserialized value as JSON, for ``deserialize=true&stringify=false``."""
    if isinstance(value, _PendulumZone):
        return value.stored
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)).isoformat()
    if isinstance(value, dt.date):
        return f"{value.year}-{value.month:02}-{value.day:02}"  # real servers do not pad the year
    if isinstance(value, decimal.Decimal):
        return to_number(value)
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float)):
        return value
    return envelope(value)
