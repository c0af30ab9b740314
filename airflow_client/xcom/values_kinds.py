"""Constructors for the envelopes that :func:`airflow_client.xcom.values.decode` opens.

Each takes the decoded data of the envelope. If it raises ValueError, TypeError, OverflowError or KeyError, the
envelope becomes a SerializedObject.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow_client.xcom import values_text
from airflow_client.xcom.exceptions import ApiValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[Any], Any]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
#: Maximum number of set members with the same hash. Crafted numbers with equal hashes make sets slow.
_MAX_COLLISIONS = 8


def _expect(data: Any, *kinds: type) -> Any:
    """Return ``data`` if it has one of these JSON types. A bool is not an int."""
    if type(data) not in kinds:
        raise TypeError(type(data))
    return data


# ------------------------------------------------------------------- collections


def _tuple(data: Any) -> Any:
    return tuple(_expect(data, list))


def _set(data: Any) -> Any:
    return set(_members(data))


def _frozenset(data: Any) -> Any:
    return frozenset(_members(data))


def _members(data: Any) -> list[Any]:
    """Return the members of a set if they are hashable, and comparable in linear time."""
    members: list[Any] = _expect(data, list)
    hashes = [hash(member) for member in members]
    if len(set(hashes)) < len(hashes):
        counts = Counter(hashes)
        if max(counts.values()) > _MAX_COLLISIONS:
            raise ValueError("members with the same hash")
        if any(counts[number] > 1 and _set_depth(member) > 1 for number, member in zip(hashes, members)):
            raise ValueError("sets of sets with the same hash")
    return members


def _set_depth(value: Any) -> int:
    """Return how deeply sets are nested in ``value``."""
    if isinstance(value, values_text.SerializedObject):
        return _set_depth(value.data)
    if isinstance(value, dict):
        return max(map(_set_depth, value.values()), default=0)
    if isinstance(value, (list, tuple, set, frozenset)):
        return max(map(_set_depth, value), default=0) + isinstance(value, (set, frozenset))
    return 0


# -------------------------------------------------------------- dates and times

#: Abbreviations that Airflow 2.6 stores, but the time zone database lacks: hours from UTC.
_ABBREVIATIONS = {"EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7, "CEST": 2}
_OFFSET = re.compile(r"(?:UTC)?([+-])([0-9]{2}):([0-9]{2})")
_ZONE_CLASSES = {
    "pendulum.tz.timezone.FixedTimezone",
    "pendulum.tz.timezone.Timezone",
    "zoneinfo.ZoneInfo",
    "backports.zoneinfo.ZoneInfo",
}
#: Encoding of a time zone that Airflow cannot name.
_UNNAMED_ZONE = ("", "", 0, False)


@functools.cache
def _zone_names() -> frozenset[str]:
    """Return the time zones of this machine. Checking names against them avoids opening files by names in the data."""
    import zoneinfo

    return frozenset(zoneinfo.available_timezones())


def _zone_from(name: Any) -> dt.tzinfo:
    """Return the zone of a name, or of an offset in seconds."""
    if name == "UTC" or (type(name) is int and name == 0):
        return dt.timezone.utc
    if type(name) is int:
        return dt.timezone(dt.timedelta(seconds=name))
    if not isinstance(name, str) or name not in _zone_names():
        raise ValueError("unknown time zone")
    import zoneinfo

    return zoneinfo.ZoneInfo(name)


def _zone_info(data: Any) -> dt.tzinfo:
    if data == "UTC" and "UTC" in _zone_names():
        import zoneinfo

        return zoneinfo.ZoneInfo("UTC")
    return _zone_from(_expect(data, str))


def _zone(data: Any) -> dt.tzinfo:
    return _zone_from(data)


def _encoded_zone(encoded: Any) -> dt.tzinfo:
    """Return the zone in a datetime's envelope: name or offset, class, version, and True if Airflow could name it."""
    name, class_name, version, is_named = _expect(encoded, tuple, list)
    if (name, class_name, version, is_named) == _UNNAMED_ZONE:
        return dt.timezone.utc
    if _expect(class_name, str) not in _ZONE_CLASSES and not class_name.startswith("pytz."):
        raise ValueError("not a time zone class")
    if _expect(version, int) != 1 or is_named is not True:
        raise ValueError("unknown version")
    return _zone_info(name) if class_name.endswith("zoneinfo.ZoneInfo") else _zone_from(name)


def _abbreviated_zone(name: str) -> dt.tzinfo:
    """Return the zone whose ``tzname()`` Airflow 2.6 stored."""
    if name in _ABBREVIATIONS:
        return dt.timezone(dt.timedelta(hours=_ABBREVIATIONS[name]))
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return _zone_from(name)
    seconds = int(offset[2]) * 3600 + int(offset[3]) * 60
    return _zone_from(-seconds if offset[1] == "-" else seconds)


def _from_timestamp(timestamp: Any) -> dt.datetime:
    # fromtimestamp() differs between platforms.
    return _EPOCH + _timedelta(timestamp)


def _timestamp_and_zone(data: Any) -> tuple[dt.datetime, Any]:
    if _expect(data, dict).keys() != {"timestamp", "tz"}:
        raise ValueError("not a form that Airflow writes")
    return _from_timestamp(data["timestamp"]), data["tz"]


def _datetime_1(data: Any) -> dt.datetime:
    utc, zone = _timestamp_and_zone(data)
    return utc.astimezone(_abbreviated_zone(_expect(zone, str)))


def _datetime_2(data: Any) -> dt.datetime:
    utc, zone = _timestamp_and_zone(data)
    if zone is None:
        return utc.replace(tzinfo=None)
    return utc.astimezone(_encoded_zone(zone))


def _date(data: Any) -> dt.date:
    date = dt.date.fromisoformat(_expect(data, str))
    if date.isoformat() != data:  # Python 3.11 and later accept more formats
        raise ValueError("not a form that Airflow writes")
    return date


def _timedelta(data: Any) -> dt.timedelta:
    return dt.timedelta(seconds=_expect(data, int, float))


# ---------------------------------------------------------------------- numbers


def _decimal(data: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(_expect(data, int, float)))


def _uuid(data: Any) -> Any:
    from uuid import UUID

    uuid = UUID(_expect(data, str))
    if str(uuid) != data:
        raise ValueError("not a form that Airflow writes")
    return uuid


def _numpy_integer(signed: bool, bits: int) -> Build:
    least, beyond = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

    def build(data: Any) -> int:
        if not least <= _expect(data, int) < beyond:
            raise ValueError("out of range")
        return int(data)

    return build


def _numpy_float(data: Any) -> float:
    return float(_expect(data, int, float))


def _numpy_complex(data: Any) -> complex:
    # Airflow stores only the real part.
    return complex(_expect(data, int, float))


def _bool(data: Any) -> bool:
    return bool(_expect(data, bool))


# ------------------------------------------------------------------- DataFrames

#: Older versions can execute code in a file (CVE-2023-47248).
_SAFE_PYARROW = (14, 0, 1)


def _data_frame(data: Any) -> Any:
    file = bytes.fromhex(_expect(data, str))
    if not file.startswith(b"PAR1"):
        raise ValueError("not a Parquet file")
    try:
        pyarrow, _, parquet = (import_module(name) for name in ("pyarrow", "pandas", "pyarrow.parquet"))
    except ImportError as error:
        raise ValueError("pandas or pyarrow is not installed") from error
    if tuple(int(part) for part in re.findall("[0-9]+", pyarrow.__version__)[:3]) < _SAFE_PYARROW:
        raise ValueError("unsafe pyarrow version")
    try:
        from io import BytesIO

        stored = parquet.ParquetFile(BytesIO(file))
        if stored.metadata.num_rows * stored.metadata.num_columns > values_text.MAX_VALUES:
            raise ApiValueError(f"the DataFrame has more than MAX_VALUES ({values_text.MAX_VALUES}) cells")
        return stored.read().to_pandas()
    except ApiValueError:
        raise
    except Exception as error:  # pyarrow raises many types for a broken file
        raise ValueError("not a Parquet file") from error


#: Class name → version → constructor.
KINDS: dict[str, dict[int, Build]] = {
    "builtins.tuple": {1: _tuple},
    "builtins.set": {1: _set},
    "builtins.frozenset": {1: _frozenset},
    "datetime.datetime": {1: _datetime_1, 2: _datetime_2},
    "pendulum.datetime.DateTime": {1: _datetime_1, 2: _datetime_2},
    "datetime.date": {1: _date, 2: _date},
    "pendulum.date.Date": {1: _date, 2: _date},
    "datetime.timedelta": {1: _timedelta, 2: _timedelta},
    "decimal.Decimal": {1: _decimal},
    "uuid.UUID": {1: _uuid},
    "zoneinfo.ZoneInfo": {1: _zone_info},
    "backports.zoneinfo.ZoneInfo": {1: _zone_info},
    "pendulum.tz.timezone.Timezone": {1: _zone},
    "pendulum.tz.timezone.FixedTimezone": {1: _zone},
    **{f"numpy.int{bits}": {1: _numpy_integer(True, bits)} for bits in (8, 16, 32, 64)},
    **{f"numpy.uint{bits}": {1: _numpy_integer(False, bits)} for bits in (8, 16, 32, 64)},
    **{f"numpy.float{bits}": {1: _numpy_float} for bits in (16, 32, 64)},
    **{f"numpy.complex{bits}": {1: _numpy_complex} for bits in (64, 128)},
    "numpy.bool": {1: _bool},
    "numpy.bool_": {1: _bool},
    "pandas.core.frame.DataFrame": {1: _data_frame},
    "pandas.DataFrame": {1: _data_frame},
}
#: The same for ``{"__type": …, "__var": …}`` of Airflow up to 2.5.
OLD_KINDS: dict[str, dict[int, Build]] = {
    "tuple": {0: _tuple},
    "set": {0: _set},
    "frozenset": {0: _frozenset},
    "datetime": {0: _from_timestamp},
    "timedelta": {0: _timedelta},
}
