"""Decoding of XCom values that JSON cannot represent.

Airflow serializes a set, a date or a DataFrame as an *envelope*, ``{"__classname__": …, "__version__": …,
"__data__": …}`` (before 2.6 ``{"__type": …, "__var": …}``). :func:`decode` opens the envelopes of a fixed table of
classes; all others become a :class:`SerializedObject`. It never imports or calls anything named in the data.

:func:`parse_text` parses the text that Airflow 2 returns for lists, dicts and numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_client.xcom import values_kinds, values_text
from airflow_client.xcom.exceptions import ApiValueError
from airflow_client.xcom.values_text import MAX_DEPTH, SerializedObject, parse_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

__all__ = ["MAX_DEPTH", "MAX_VALUES", "SerializedObject", "decode", "parse_text"]

MAX_VALUES = values_text.MAX_VALUES

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
        self.left = values_text.MAX_VALUES

    def value(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return self.children(value, enumerate(value), depth)
        if not isinstance(value, dict):
            return value
        if len(value) == 3 and value.keys() == _ENVELOPE:
            name, version = value["__classname__"], value["__version__"]
            if isinstance(name, str) and name and type(version) is int:
                return self.open("KINDS", name, version, value["__data__"], depth)
        elif len(value) == 2 and value.keys() == _LEGACY:
            name, data = value["__type"], value["__var"]
            if isinstance(name, str) and name:
                if name == "dict" and isinstance(data, dict):
                    # Its items are values, even if they happen to look like an envelope.
                    return self.children(data, data.items(), depth + 1)
                return self.open("OLD_KINDS", name, 0, data, depth)
        return self.children(value, value.items(), depth)

    def children(self, container: Any, items: Iterable[tuple[Any, Any]], depth: int) -> Any:
        self.check(depth, len(container))
        changed = None
        for key, item in items:
            if isinstance(item, (dict, list)):
                decoded = self.value(item, depth + 1)
                if decoded is not item:
                    if changed is None:
                        changed = list(container) if isinstance(container, list) else dict(container)
                    changed[key] = decoded
        return container if changed is None else changed

    def open(self, table: Literal["KINDS", "OLD_KINDS"], name: str, version: int, data: Any, depth: int) -> Any:
        self.check(depth, 1)
        data = self.value(data, depth + 1)
        kinds = values_kinds.KINDS if table == "KINDS" else values_kinds.OLD_KINDS
        build = kinds.get(name, {}).get(version)
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
            raise ApiValueError(f"the value has more than MAX_VALUES ({values_text.MAX_VALUES}) values")
