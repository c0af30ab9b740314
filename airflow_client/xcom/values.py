"""What Airflow stores for values that JSON does not have, back to Python objects.

Airflow writes a set, a date, a DataFrame as an *envelope*, ``{"__classname__": …, "__version__": …, "__data__": …}``
(before 2.6 ``{"__type": …, "__var": …}``). :func:`decode` opens the envelopes of a fixed table of kinds; every other
one becomes a :class:`SerializedObject`. No module, class or function is ever looked up by a name in the data.

:func:`parse_text` reads the text that Airflow 2 makes of lists, dicts and numbers.
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
    """Open Airflow's envelopes in ``value``, wherever in its lists and dicts they are.

    =====================================================  ====================================================
    Class in the envelope                                  Becomes
    =====================================================  ====================================================
    builtins.tuple, .set, .frozenset                       tuple, set, frozenset
    datetime.datetime, pendulum.datetime.DateTime          datetime: aware if a zone was written, naive if none
    datetime.date, pendulum.date.Date; datetime.timedelta  date; timedelta
    decimal.Decimal; uuid.UUID                             Decimal; UUID
    zoneinfo.ZoneInfo, pendulum.tz.timezone.Timezone       ZoneInfo (timezone.utc for pendulum's UTC)
    pendulum.tz.timezone.FixedTimezone                     datetime.timezone
    numpy.int8 … numpy.uint64; .float16 … .float64         int; float
    numpy.complex64, .complex128; .bool, .bool\\_           complex; bool
    pandas.core.frame.DataFrame, pandas.DataFrame          DataFrame, where pandas and pyarrow are installed
    =====================================================  ====================================================

    Every other class, an unknown version, and an envelope whose data is not what Airflow writes become a
    :class:`SerializedObject`: so does a set with members that cannot be hashed, and a named time zone that this
    machine does not know. A dict that is not exactly an envelope stays a dict.

    - A *naive* datetime is as it was pushed if the worker's time zone was UTC: Airflow keeps no more than the moment
      that it stood for there.
    - A *fixed offset* survives only in pendulum's datetimes; of ``datetime.timezone`` and dateutil's zones (not UTC)
      Airflow loses the offset. The moment is right and comes in UTC.
    - Airflow 2.6 wrote a zone's abbreviation; one that stands for no zone keeps the envelope unopened.

    Airflow 3 gives envelopes in its JSON; Airflow 2 gives them as text only, which cannot be decoded.

    >>> decode({"when": {"__classname__": "datetime.date", "__version__": 2, "__data__": "2024-01-02"}})
    {'when': datetime.date(2024, 1, 2)}

    :param value: decoded JSON. It is not changed; whatever in it holds no envelope is given back itself, not copied.
    :return: ``value``, or the same with objects in place of envelopes.
    :raises ApiValueError: it is nested deeper than ``MAX_DEPTH``, or has more than ``MAX_VALUES`` values.
    """
    try:
        return _Decoder().value(value, 1)
    except RecursionError as error:  # the caller was deep in the stack already
        raise ApiValueError(f"a value nested up to MAX_DEPTH ({MAX_DEPTH}) needs more of Python's stack") from error


class _Decoder:
    """One call of decode: counts what it looks at."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = values_text.MAX_VALUES

    def value(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return self.inside(value, enumerate(value), depth)
        if not isinstance(value, dict):
            return value
        if len(value) == 3 and value.keys() == _ENVELOPE:
            name, version = value["__classname__"], value["__version__"]
            if isinstance(name, str) and name and type(version) is int:
                return self.opened("KINDS", name, version, value["__data__"], depth)
        elif len(value) == 2 and value.keys() == _LEGACY:
            name, held = value["__type"], value["__var"]
            if isinstance(name, str) and name:
                if name == "dict" and isinstance(held, dict):
                    # Its items are values; that it looks like an envelope itself would be chance.
                    return self.inside(held, held.items(), depth + 1)
                return self.opened("OLD_KINDS", name, 0, held, depth)
        return self.inside(value, value.items(), depth)

    def inside(self, container: Any, items: Iterable[tuple[Any, Any]], depth: int) -> Any:
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

    def opened(self, table: Literal["KINDS", "OLD_KINDS"], name: str, version: int, data: Any, depth: int) -> Any:
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
            raise ApiValueError(f"the value is nested deeper than MAX_DEPTH, {MAX_DEPTH}")
        self.left -= size
        if self.left < 0:
            raise ApiValueError(f"the value has more than MAX_VALUES, {values_text.MAX_VALUES}, values")
