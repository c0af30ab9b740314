"""The kinds of envelopes that :func:`airflow_client.xcom.values.decode` opens, and how each is read.

A function here gets the envelope's data, decoded already. What it refuses with a ValueError,
TypeError, OverflowError or KeyError stays a SerializedObject.
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
#: How many members of a set may have one hash. Numbers with equal hashes are easily made, and make sets slow.
_MAX_COLLISIONS = 8


def _is(data: Any, *kinds: type) -> Any:
    """``data``, if it is of one of these JSON types; a boolean is no number."""
    if type(data) not in kinds:
        raise TypeError(type(data))
    return data


# ------------------------------------------------------------------- collections


def _tuple(data: Any) -> Any:
    return tuple(_is(data, list))


def _set(data: Any) -> Any:
    return set(_members(data))


def _frozenset(data: Any) -> Any:
    return frozenset(_members(data))


def _members(data: Any) -> list[Any]:
    """The members of a set, if they can be hashed, and compared in time linear in their size."""
    members: list[Any] = _is(data, list)
    hashes = [hash(member) for member in members]
    if len(set(hashes)) < len(hashes):
        counted = Counter(hashes)
        if max(counted.values()) > _MAX_COLLISIONS:
            raise ValueError("members with the same hash")
        if any(counted[number] > 1 and _sets_within(member) > 1 for number, member in zip(hashes, members)):
            raise ValueError("sets of sets with the same hash")
    return members


def _sets_within(value: Any) -> int:
    """How deeply sets are nested in ``value``."""
    if isinstance(value, values_text.SerializedObject):
        return _sets_within(value.data)
    if isinstance(value, dict):
        return max(map(_sets_within, value.values()), default=0)
    if isinstance(value, (list, tuple, set, frozenset)):
        return max(map(_sets_within, value), default=0) + isinstance(value, (set, frozenset))
    return 0


# -------------------------------------------------------------- dates and times

#: The zones whose names Airflow 2.6 took for abbreviations that the time zone database does not have.
_ABBREVIATIONS = {"EDT": -4, "CDT": -5, "MDT": -6, "PDT": -7, "CEST": 2}
_OFFSET = re.compile(r"(?:UTC)?([+-])([0-9]{2}):([0-9]{2})")
_ZONE_CLASSES = {
    "pendulum.tz.timezone.FixedTimezone",
    "pendulum.tz.timezone.Timezone",
    "zoneinfo.ZoneInfo",
    "backports.zoneinfo.ZoneInfo",
}
#: What Airflow writes for a zone that it cannot name.
_LOST = ("", "", 0, False)


@functools.cache
def _zone_names() -> frozenset[str]:
    """The zones of this machine: to look a name up in a list opens no file, and imports no package, by that name."""
    import zoneinfo

    return frozenset(zoneinfo.available_timezones())


def _zone_of(name: Any) -> dt.tzinfo:
    """The zone of a name, or of an offset in seconds."""
    if name == "UTC" or (type(name) is int and name == 0):
        return dt.timezone.utc
    if type(name) is int:
        return dt.timezone(dt.timedelta(seconds=name))
    if not isinstance(name, str) or name not in _zone_names():
        raise ValueError("no such time zone here")
    import zoneinfo

    return zoneinfo.ZoneInfo(name)


def _zone_info(data: Any) -> dt.tzinfo:
    if data == "UTC" and "UTC" in _zone_names():
        import zoneinfo

        return zoneinfo.ZoneInfo("UTC")
    return _zone_of(_is(data, str))


def _zone(data: Any) -> dt.tzinfo:
    return _zone_of(data)


def _written_zone(written: Any) -> dt.tzinfo:
    """The zone within a datetime: its name or offset, its class, the version, and whether Airflow could tell."""
    name, of_class, version, told = _is(written, tuple, list)
    if (name, of_class, version, told) == _LOST:
        return dt.timezone.utc
    if _is(of_class, str) not in _ZONE_CLASSES and not of_class.startswith("pytz."):
        raise ValueError("not a class of time zones")
    if _is(version, int) != 1 or told is not True:
        raise ValueError("an unknown version")
    return _zone_info(name) if of_class.endswith("zoneinfo.ZoneInfo") else _zone_of(name)


def _abbreviated_zone(name: str) -> dt.tzinfo:
    """The zone that Airflow 2.6 told by ``tzname()``."""
    if name in _ABBREVIATIONS:
        return dt.timezone(dt.timedelta(hours=_ABBREVIATIONS[name]))
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return _zone_of(name)
    seconds = int(offset[2]) * 3600 + int(offset[3]) * 60
    return _zone_of(-seconds if offset[1] == "-" else seconds)


def _moment(timestamp: Any) -> dt.datetime:
    # Unlike fromtimestamp, the same on every platform.
    return _EPOCH + _timedelta(timestamp)


def _timestamp_and_zone(data: Any) -> tuple[dt.datetime, Any]:
    if _is(data, dict).keys() != {"timestamp", "tz"}:
        raise ValueError("not what Airflow writes")
    return _moment(data["timestamp"]), data["tz"]


def _datetime_1(data: Any) -> dt.datetime:
    moment, zone = _timestamp_and_zone(data)
    return moment.astimezone(_abbreviated_zone(_is(zone, str)))


def _datetime_2(data: Any) -> dt.datetime:
    moment, zone = _timestamp_and_zone(data)
    if zone is None:
        return moment.replace(tzinfo=None)
    return moment.astimezone(_written_zone(zone))


def _date(data: Any) -> dt.date:
    date = dt.date.fromisoformat(_is(data, str))
    if date.isoformat() != data:  # Python 3.11 and later read other forms
        raise ValueError("not what Airflow writes")
    return date


def _timedelta(data: Any) -> dt.timedelta:
    return dt.timedelta(seconds=_is(data, int, float))


# ---------------------------------------------------------------------- numbers


def _decimal(data: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(_is(data, int, float)))


def _uuid(data: Any) -> Any:
    from uuid import UUID

    found = UUID(_is(data, str))
    if str(found) != data:
        raise ValueError("not what Airflow writes")
    return found


def _numpy_integer(signed: bool, bits: int) -> Build:
    least, beyond = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

    def build(data: Any) -> int:
        if not least <= _is(data, int) < beyond:
            raise ValueError("out of range")
        return int(data)

    return build


def _numpy_float(data: Any) -> float:
    return float(_is(data, int, float))


def _numpy_complex(data: Any) -> complex:
    # Airflow writes the real part alone.
    return complex(_is(data, int, float))


def _bool(data: Any) -> bool:
    return bool(_is(data, bool))


# ------------------------------------------------------------------- DataFrames

#: Before this one, a file could make pyarrow execute what is in it (CVE-2023-47248).
_SAFE_PYARROW = (14, 0, 1)


def _data_frame(data: Any) -> Any:
    file = bytes.fromhex(_is(data, str))
    if not file.startswith(b"PAR1"):
        raise ValueError("no Parquet file")
    try:
        pyarrow, _, parquet = (import_module(name) for name in ("pyarrow", "pandas", "pyarrow.parquet"))
    except ImportError as error:
        raise ValueError("the extra pandas is not installed") from error
    if tuple(int(part) for part in re.findall("[0-9]+", pyarrow.__version__)[:3]) < _SAFE_PYARROW:
        raise ValueError("an unsafe pyarrow")
    try:
        from io import BytesIO

        stored = parquet.ParquetFile(BytesIO(file))
        if stored.metadata.num_rows * stored.metadata.num_columns > values_text.MAX_VALUES:
            raise ApiValueError(f"the DataFrame has more than MAX_VALUES, {values_text.MAX_VALUES}, cells")
        return stored.read().to_pandas()
    except ApiValueError:
        raise
    except Exception as error:  # a broken file, in whatever way: pyarrow raises all kinds
        raise ValueError("no Parquet file") from error


#: Class name → version → what reads it.
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
#: The same for what Airflow up to 2.5 wrote as ``{"__type": …, "__var": …}``.
OLD_KINDS: dict[str, dict[int, Build]] = {
    "tuple": {0: _tuple},
    "set": {0: _set},
    "frozenset": {0: _frozenset},
    "datetime": {0: _moment},
    "timedelta": {0: _timedelta},
}
