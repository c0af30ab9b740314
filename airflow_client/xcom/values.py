"""Decoding of XCom values that JSON cannot represent.

Airflow serializes a set, a date or a DataFrame as an *envelope*, ``{"__classname__": …, "__version__": …,
"__data__": …}`` (before 2.6 ``{"__type": …, "__var": …}``). :func:`decode` opens the envelopes of a fixed table of
classes; all others become a :class:`SerializedObject`. It never imports or calls anything named in the data.

:func:`parse_text` parses the text that Airflow 2 returns for lists, dicts and numbers.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.exceptions import ApiValueError
from airflow_client.xcom.values_text import MAX_DEPTH, SerializedObject, parse_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    #: Constructor: takes the decoded data of an envelope. If it raises ValueError, TypeError, OverflowError or
    #: KeyError, the envelope becomes a SerializedObject.
    Build = Callable[[Any], Any]

__all__ = ["MAX_DEPTH", "MAX_VALUES", "SerializedObject", "decode", "parse_text"]

#: Maximum number of values (members of lists and dicts, cells of DataFrames) that one :func:`decode` call visits.
MAX_VALUES = 10_000_000

_ENVELOPE = {"__classname__", "__version__", "__data__"}
_LEGACY = {"__type", "__var"}


def decode(value: Any) -> Any:
    """Open Airflow's envelopes in ``value`` and its nested lists and dicts.

    =====================================================  ====================================================
    Class in the envelope                                  Becomes
    =====================================================  ====================================================
    builtins.tuple, .set, .frozenset                       tuple, set, frozenset
    datetime.datetime, pendulum.datetime.DateTime          datetime, aware if the envelope has a zone
    datetime.date, pendulum.date.Date; datetime.timedelta  date; timedelta
    decimal.Decimal; uuid.UUID                             Decimal; UUID
    zoneinfo.ZoneInfo, pendulum.tz.timezone.Timezone       ZoneInfo (timezone.utc for pendulum's UTC)
    pendulum.tz.timezone.FixedTimezone                     datetime.timezone
    numpy.int8 … numpy.uint64; .float16 … .float64         int; float
    numpy.complex64, .complex128; .bool, .bool\\_           complex; bool
    pandas.core.frame.DataFrame, pandas.DataFrame          DataFrame, if pandas and pyarrow are installed
    =====================================================  ====================================================

    Other classes, unknown versions and malformed envelopes become a :class:`SerializedObject`, and so do sets with
    unhashable members and time zones unknown to this machine. A dict that is not exactly an envelope stays a dict.

    - *Naive datetimes* are exact if the worker's time zone was UTC, because Airflow stores them as UTC timestamps.
    - *Fixed offsets* are restored for pendulum's datetimes only. Airflow loses the offset of ``datetime.timezone`` and
      of dateutil's zones other than UTC: the result is the same instant in UTC.
    - *Time zone abbreviations*, which Airflow 2.6 stores, leave the envelope closed if they name no time zone.

    Airflow 3 returns envelopes as JSON. Airflow 2 returns them as text, which cannot be decoded.

    >>> decode({"when": {"__classname__": "datetime.date", "__version__": 2, "__data__": "2024-01-02"}})
    {'when': datetime.date(2024, 1, 2)}

    :param value: decoded JSON. It is not modified, and parts without envelopes are not copied.
    :returns: ``value`` with its envelopes replaced by objects.
    :raises ApiValueError: ``value`` is nested deeper than ``MAX_DEPTH``, or has more than ``MAX_VALUES`` values.
    """
    try:
        return _Decoder().value(value, 1)
    except RecursionError as error:  # the caller's stack was deep already
        raise ApiValueError("decode() ran out of stack: raise sys.setrecursionlimit()") from error


class _Decoder:
    """State of one :func:`decode` call: the number of values that it may still visit."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def value(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return self.children(value, enumerate(value), depth)
        if not isinstance(value, dict):
            return value
        if len(value) == 3 and value.keys() == _ENVELOPE:
            name, version = value["__classname__"], value["__version__"]
            if isinstance(name, str) and name and type(version) is int:
                return self.open(KINDS.get(name, {}).get(version), name, version, value["__data__"], depth)
        elif len(value) == 2 and value.keys() == _LEGACY:
            name, data = value["__type"], value["__var"]
            if name == "dict" and isinstance(data, dict):
                # Its items are values, even if they happen to look like an envelope.
                return self.children(data, data.items(), depth + 1)
            if isinstance(name, str) and name:
                return self.open(OLD_KINDS.get(name), name, 0, data, depth)
        return self.children(value, value.items(), depth)

    def children(self, container: Any, items: Iterable[tuple[Any, Any]], depth: int) -> Any:
        self.check(depth, len(container))
        changed = None
        for key, item in items:
            if isinstance(item, (dict, list)):
                decoded = self.value(item, depth + 1)
                if decoded is not item:
                    changed = container.copy() if changed is None else changed
                    changed[key] = decoded
        return container if changed is None else changed

    def open(self, build: Build | None, name: str, version: int, data: Any, depth: int) -> Any:
        self.check(depth, 1)
        data = self.value(data, depth + 1)
        if build is not None:
            try:
                return build(data)
            except ApiValueError:
                raise
            except (ValueError, TypeError, OverflowError, KeyError):
                pass
        return SerializedObject(name, version, data)

    def check(self, depth: int, size: int) -> None:
        if depth > MAX_DEPTH:
            raise ApiValueError(f"the value is nested deeper than MAX_DEPTH ({MAX_DEPTH})")
        self.left -= size
        if self.left < 0:
            raise ApiValueError(f"the value has more than MAX_VALUES ({MAX_VALUES}) values")


def _expect(data: Any, *kinds: type) -> Any:
    """Return ``data`` if it has one of these JSON types. A bool is not an int."""
    if type(data) not in kinds:
        raise TypeError(type(data))
    return data


def _same_text(value: Any, text: str) -> Any:
    """Return ``value`` if ``text`` is its only form: constructors accept more forms than Airflow writes."""
    if str(value) != text:
        raise ValueError("not a form that Airflow writes")
    return value


def _construct(kind: Callable[[Any], Any], types: tuple[type, ...], data: Any) -> Any:
    return kind(_expect(data, *types))


# ------------------------------------------------------------------------- sets

#: Maximum number of set members with the same hash. Crafted numbers with equal hashes make sets slow.
_MAX_COLLISIONS = 8


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
    if isinstance(value, SerializedObject):
        return _set_depth(value.data)
    if isinstance(value, dict):
        return max(map(_set_depth, value.values()), default=0)
    if isinstance(value, (list, tuple, set, frozenset)):
        return max(map(_set_depth, value), default=0) + isinstance(value, (set, frozenset))
    return 0


# -------------------------------------------------------------- dates and times

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
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

# zoneinfo, decimal and uuid are imported by the few values that need them: each takes milliseconds to import.


@cache
def _zone_names() -> frozenset[str]:
    """Return the time zones of this machine. Checking names against them avoids opening files by names in the data."""
    import zoneinfo

    return frozenset(zoneinfo.available_timezones())


def _zone_from(name: Any) -> dt.tzinfo:
    """Return the zone of a name, or of an offset in seconds."""
    if type(name) is int:
        return dt.timezone(dt.timedelta(seconds=name))
    return dt.timezone.utc if name == "UTC" else _zone_info(name)


def _zone_info(name: Any) -> dt.tzinfo:
    if not isinstance(name, str) or name not in _zone_names():
        raise ValueError("unknown time zone")
    import zoneinfo

    return zoneinfo.ZoneInfo(name)


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


def _timedelta(data: Any) -> dt.timedelta:
    return dt.timedelta(seconds=_expect(data, int, float))


def _from_timestamp(timestamp: Any) -> dt.datetime:
    return _EPOCH + _timedelta(timestamp)  # fromtimestamp() differs between platforms


def _timestamp_and_zone(data: Any) -> tuple[dt.datetime, Any]:
    if _expect(data, dict).keys() != {"timestamp", "tz"}:
        raise ValueError("not a form that Airflow writes")
    return _from_timestamp(data["timestamp"]), data["tz"]


def _datetime_1(data: Any) -> dt.datetime:
    utc, zone = _timestamp_and_zone(data)
    return utc.astimezone(_abbreviated_zone(_expect(zone, str)))


def _datetime_2(data: Any) -> dt.datetime:
    utc, zone = _timestamp_and_zone(data)
    return utc.replace(tzinfo=None) if zone is None else utc.astimezone(_encoded_zone(zone))


def _date(data: Any) -> dt.date:
    date: dt.date = _same_text(dt.date.fromisoformat(_expect(data, str)), data)
    return date


# --------------------------------------------------- numbers, UUIDs, DataFrames


def _decimal(data: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(_expect(data, int, float)))


def _uuid(data: Any) -> Any:
    from uuid import UUID

    return _same_text(UUID(_expect(data, str)), data)


def _integer(least: int, most: int, data: Any) -> int:
    number: int = _expect(data, int)
    if not least <= number <= most:
        raise ValueError("out of range")
    return number


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
    if tuple(int(part) for part in re.findall("[0-9]+", pyarrow.__version__)) < _SAFE_PYARROW:
        raise ValueError("unsafe pyarrow version")
    try:
        stored = parquet.ParquetFile(io.BytesIO(file))
        if stored.metadata.num_rows * stored.metadata.num_columns > MAX_VALUES:
            raise ApiValueError(f"the DataFrame has more than MAX_VALUES ({MAX_VALUES}) cells")
        return stored.read().to_pandas()
    except ApiValueError:
        raise
    except Exception as error:  # pyarrow raises many types for a broken file
        raise ValueError("not a Parquet file") from error


#: Class name → version → constructor.
KINDS: dict[str, dict[int, Build]] = {
    "builtins.tuple": {1: partial(_construct, tuple, (list,))},
    "builtins.set": {1: lambda data: set(_members(data))},
    "builtins.frozenset": {1: lambda data: frozenset(_members(data))},
    "datetime.datetime": {1: _datetime_1, 2: _datetime_2},
    "pendulum.datetime.DateTime": {1: _datetime_1, 2: _datetime_2},
    "datetime.date": {1: _date, 2: _date},
    "pendulum.date.Date": {1: _date, 2: _date},
    "datetime.timedelta": {1: _timedelta, 2: _timedelta},
    "decimal.Decimal": {1: _decimal},
    "uuid.UUID": {1: _uuid},
    "zoneinfo.ZoneInfo": {1: _zone_info},
    "backports.zoneinfo.ZoneInfo": {1: _zone_info},
    "pendulum.tz.timezone.Timezone": {1: _zone_from},
    "pendulum.tz.timezone.FixedTimezone": {1: _zone_from},
    **{f"numpy.int{bits}": {1: partial(_integer, -(1 << bits - 1), (1 << bits - 1) - 1)} for bits in (8, 16, 32, 64)},
    **{f"numpy.uint{bits}": {1: partial(_integer, 0, (1 << bits) - 1)} for bits in (8, 16, 32, 64)},
    **{f"numpy.float{bits}": {1: partial(_construct, float, (int, float))} for bits in (16, 32, 64)},
    # Airflow stores only the real part.
    **{f"numpy.complex{bits}": {1: partial(_construct, complex, (int, float))} for bits in (64, 128)},
    "numpy.bool": {1: partial(_construct, bool, (bool,))},
    "numpy.bool_": {1: partial(_construct, bool, (bool,))},
    "pandas.core.frame.DataFrame": {1: _data_frame},
    "pandas.DataFrame": {1: _data_frame},
}
#: The same for ``{"__type": …, "__var": …}`` of Airflow up to 2.5: name → constructor.
OLD_KINDS: dict[str, Build] = {
    "tuple": partial(_construct, tuple, (list,)),
    "set": lambda data: set(_members(data)),
    "frozenset": lambda data: frozenset(_members(data)),
    "datetime": _from_timestamp,
    "timedelta": _timedelta,
}
