"""JSON text that Airflow stores for a pushed value.

Airflow wraps values that JSON lacks in an envelope, ``{"__classname__": …, "__version__": …, "__data__": …}``.
The rules, with their irregularities, were found by pushing values on real servers. Classes of other libraries
(pendulum, attrs, pydantic, numpy, pandas) are recognized by name, so none needs to be installed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import json
import uuid
from functools import partial
from importlib import import_module
from typing import Any

from airflow_client.testing.since import Numbers

CLASS, VERSION, DATA = "__classname__", "__version__", "__data__"
OLD_CLASS, OLD_DATA = "__type", "__var"
RESERVED = (CLASS, "__id__")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_DATETIMES = ("datetime.datetime", "pendulum.datetime.DateTime")
_FIXED_OFFSET = "pendulum.tz.timezone.FixedTimezone"
_ZONES = ("zoneinfo.ZoneInfo", "pendulum.tz.timezone.Timezone", _FIXED_OFFSET)
_2, _3_1, _3_2, _3_3 = (2, 11), (3, 1), (3, 2), (3, 3)
_NUMPY_INTEGERS = tuple(f"numpy.{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_NUMPY_FLOATS = ("numpy.float16", "numpy.float64", "numpy.complex64", "numpy.complex128")
_NUMPY_BOOLS = ("numpy.bool", "numpy.bool_")
_DATA_FRAMES = ("pandas.DataFrame", "pandas.core.frame.DataFrame")


@dataclasses.dataclass(frozen=True)
class Encoded:
    """Pushed value as a server has sent it: JSON, in which envelopes are possible."""

    value: Any


def serialize_2(value: object, *, release: Numbers = _2) -> str:
    """Return the JSON text that a release of Airflow 2 stores, with bare ``NaN`` and ``Infinity``.

    :raises TypeError: the release refuses the value.
    """
    try:
        if isinstance(value, Encoded):
            value = value.value
        elif release < (2, 5):
            return json.dumps(value)
        elif isinstance(value, dict):
            _refuse_reserved_keys(value)
        elif isinstance(value, tuple):
            value = envelope(value, release)  # only at the top: a tuple in a list becomes a plain array
        return json.dumps(value, default=partial(envelope, release=release))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise TypeError(f"value cannot be pushed: {error}") from error


def serialize_3(value: object, *, release: Numbers = _3_3) -> str:
    """Return the JSON text that a release of Airflow 3 stores.

    :raises TypeError: the release refuses the value: also ``nan``, the infinities, and on 3.0 None and models.
    """
    if release < _3_1 and value is None:
        raise TypeError("value cannot be pushed: Airflow 3.0 refuses None")
    try:
        # A value that a server has sent stays as it is: with PostgreSQL, 1.0 and 2**70 are exact.
        stored = value.value if isinstance(value, Encoded) else as_json_column(_nested(value, release))
        return json.dumps(stored, allow_nan=False)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise TypeError(f"value cannot be pushed: {error}") from error


def as_json_column(value: Any) -> Any:
    """Return a JSON value as SQLite stores it for Airflow 3: at the top, 1.0 becomes 1, and 2**70 a float."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and not _INT64_MIN <= value <= _INT64_MAX:
        return float(value)
    if isinstance(value, float) and value.is_integer() and _INT64_MIN <= int(value) <= _INT64_MAX:
        return int(value)
    return value


def envelope(value: object, release: Numbers = _2) -> dict[str, Any]:
    """Return the envelope of a value that JSON lacks.

    :raises TypeError: the release refuses the value.
    """
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, (set, frozenset)) and kind in (set, frozenset):
        return _envelope(name, 1, [_nested(item, release) for item in value])
    is_named = hasattr(value, "_fields") and hasattr(value, "_asdict") and release >= (2, 8)
    if isinstance(value, tuple) and (kind is tuple or is_named):
        return _envelope("builtins.tuple", 1, [_nested(item, release) for item in value])
    if isinstance(value, dt.datetime) and name in _DATETIMES:
        return _datetime_envelope(value, name, release)
    if isinstance(value, dt.date) and (kind is dt.date or (name == "pendulum.date.Date" and release >= _3_1)):
        return _envelope(name, _version_of_dates(release), value.isoformat())
    if isinstance(value, dt.timedelta) and kind is dt.timedelta:
        return _envelope(name, _version_of_dates(release), value.total_seconds())
    if isinstance(value, decimal.Decimal) and kind is decimal.Decimal:
        return _envelope(name, 1, to_number(value))
    if isinstance(value, uuid.UUID) and release >= _3_2:
        return _envelope(name, 1, str(value))
    if isinstance(value, dt.tzinfo) and name in (_ZONES if release >= (2, 7) else _ZONES[1:]):
        found, of_class, *_ = _zone(value, release)
        return _envelope(of_class, 1, found)
    return _library_envelope(value, name, release) or _object_envelope(value, name, release)


def _version_of_dates(release: Numbers) -> int:
    return 2 if release >= (2, 7) else 1


def _datetime_envelope(value: dt.datetime, name: str, release: Numbers) -> dict[str, Any]:
    aware = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
    zone: Any = None
    if release < (2, 7):
        zone = aware.tzname()
    elif value.tzinfo is not None or release < (2, 8):
        zone = _envelope("builtins.tuple", 1, _zone(aware.tzinfo, release))
    return _envelope(name, _version_of_dates(release), {"timestamp": aware.timestamp(), "tz": zone})


def _library_envelope(value: Any, name: str, release: Numbers) -> dict[str, Any] | None:
    """Return the envelope of a number of numpy or a DataFrame, else None."""
    if name in _NUMPY_INTEGERS:
        return _envelope(name, 1, int(value))
    if name in _NUMPY_FLOATS or (name == "numpy.float32" and release >= _3_3):
        return _envelope(name, 1, float(value.real))
    if name in _NUMPY_BOOLS:  # before 3.3, Airflow stores true for false, and knows only the name of numpy 1
        return _envelope(name, 1, bool(value)) if release >= _3_3 else _envelope("numpy.bool_", 1, True)
    if name in _DATA_FRAMES:
        return _envelope(name if release >= _3_3 else _DATA_FRAMES[1], 1, _parquet(value))
    return None


def _parquet(frame: Any) -> str:
    try:
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError("value is a DataFrame: install pyarrow to push it") from error
    buffer = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.Table.from_pandas(frame), buffer, compression="snappy")
    text: str = buffer.getvalue().to_pybytes().hex().upper()
    return text


def _object_envelope(value: Any, name: str, release: Numbers) -> dict[str, Any]:
    kind = type(value)
    version = getattr(kind, "__version__", 0)
    is_model = hasattr(kind, "model_dump") and hasattr(kind, "__pydantic_validator__")
    if is_model and ((2, 10) <= release < (3,) or release >= _3_1):
        if release >= _3_1:
            return _envelope(name, 1, _nested(value.model_dump(mode="json"), release))
        return _envelope(name, version, _nested(value.model_dump(), release))
    if hasattr(value, "serialize"):
        data = value.serialize()
        return _envelope(name, version, _nested(data, release) if isinstance(data, dict) else data)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _envelope(name, version, _nested(dataclasses.asdict(value), release))
    if hasattr(value, "__attrs_attrs__") and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in value.__attrs_attrs__ if field.init}
        if release < (2, 9):
            fields = {key: _plain_fields(item) for key, item in fields.items()}
        return _envelope(name, version, _nested(fields, release))
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


def _plain_fields(value: Any) -> Any:
    """Return the fields of an object of attrs as a dict, and any other value itself."""
    if not hasattr(value, "__attrs_attrs__"):
        return value
    return {field.name: _plain_fields(getattr(value, field.name)) for field in value.__attrs_attrs__ if field.init}


def _envelope(name: str, version: int, data: object) -> dict[str, Any]:
    return {CLASS: name, VERSION: version, DATA: data}


def _nested(value: object, release: Numbers) -> Any:
    """Return a value within an envelope: tuples have envelopes there, and dict keys become text."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        _refuse_reserved_keys(value)
        return {str(key): _nested(item, release) for key, item in value.items()}
    if isinstance(value, list):
        return [_nested(item, release) for item in value]
    return envelope(value, release)


def _zone(zone: Any, release: Numbers) -> list[Any]:
    """Return the data of a time zone; Airflow loses fixed offsets that are not pendulum's."""
    kind = type(zone)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name == _FIXED_OFFSET:
        return [zone.offset or "UTC", name, 1, True]
    for attribute in ("key", "name", "zone"):  # zoneinfo and pendulum 3, pendulum 2, pytz
        if getattr(zone, attribute, None) is not None:
            found = getattr(zone, attribute)
            is_utc = found == "UTC" and release < (2, 8)  # of pendulum 2
            return [found, _FIXED_OFFSET if is_utc else name, 1, True]
    is_utc = zone.utcoffset(None) == dt.timedelta(0)
    return ["UTC", _FIXED_OFFSET, 1, True] if is_utc else ["", "", 0, False]


def _refuse_reserved_keys(value: dict[Any, Any]) -> None:
    for key in RESERVED:
        if key in value:
            raise TypeError(f"reserved key {key} in a dict")


def to_number(value: decimal.Decimal) -> int | float:
    """Return a decimal as the nearest JSON number."""
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)
