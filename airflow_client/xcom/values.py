"""What Airflow stores for values that JSON does not have, back to Python objects.

Airflow writes a set, a date, a DataFrame as an *envelope*, ``{"__classname__": …, "__version__": …, "__data__": …}``
(before 2.6 ``{"__type": …, "__var": …}``). :func:`decode` opens the envelopes of a fixed table of kinds; every other
one becomes a :class:`SerializedObject`. No module, class or function is ever looked up by a name in the data.

:func:`parse_text` reads the text that Airflow 2 makes of lists, dicts and numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_client.xcom.exceptions import ApiAttributeError, ApiValueError
from airflow_client.xcom.values_text import MAX_DEPTH, parse_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

__all__ = ["MAX_DEPTH", "MAX_VALUES", "SerializedObject", "decode", "parse_text"]

#: How many values (members of lists and dicts, cells of DataFrames) one call of :func:`decode` looks at.
MAX_VALUES = 10_000_000

_ENVELOPE = {"__classname__", "__version__", "__data__"}
_LEGACY = {"__type", "__var"}


class SerializedObject:
    """An object in Airflow's envelope that is not opened: its class is not one of :func:`decode`'s, or the envelope
    is of an unknown version, or malformed.

    Two are equal when their three attributes are. It is immutable and can be hashed, as long as what is inside of
    ``data`` is left alone.

    >>> SerializedObject("shop.Point", 0, {"x": 1})
    SerializedObject(classname='shop.Point', version=0, data={'x': 1})

    :param classname: the class's name as Airflow wrote it (str); a claim of the data, nothing to import blindly.
    :param version: the version of the envelope (int); 0 for the old ``__type`` form.
    :param data: what the envelope holds, decoded itself.
    """

    __slots__ = ("_classname", "_data", "_hash", "_version")
    __match_args__ = ("classname", "version", "data")
    _classname: str
    _version: int
    _data: Any
    _hash: int | None

    def __init__(self, classname: str, version: int, data: Any) -> None:
        for name, value in (("_classname", classname), ("_version", version), ("_data", data), ("_hash", None)):
            object.__setattr__(self, name, value)

    @property
    def classname(self) -> str:
        """The class's name as Airflow wrote it, such as ``"shop.Point"``."""
        return self._classname

    @property
    def version(self) -> int:
        """The version of the envelope; 0 for the old ``__type`` form."""
        return self._version

    @property
    def data(self) -> Any:
        """What the envelope holds; envelopes within it are decoded."""
        return self._data

    def __setattr__(self, name: str, value: object) -> None:
        raise ApiAttributeError(f"SerializedObject.{name} cannot be set: it is read-only")

    def __delattr__(self, name: str) -> None:
        raise ApiAttributeError(f"SerializedObject.{name} cannot be deleted: it is read-only")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SerializedObject):
            return NotImplemented
        if (self._classname, self._version) != (other._classname, other._version):
            return False
        try:
            return bool(self._data == other._data)
        except ValueError:  # there is a DataFrame within, which does not compare to a boolean
            return False

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self._classname, self._version, _hashable(self._data))))
        assert self._hash is not None  # noqa: S101  # for type checkers: it was just set
        return self._hash

    def __repr__(self) -> str:
        return f"SerializedObject(classname={self._classname!r}, version={self._version!r}, data={self._data!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return SerializedObject, (self._classname, self._version, self._data)


def _hashable(value: Any) -> Any:
    """Something that is the same for equal values, and can be hashed."""
    if isinstance(value, dict):
        return frozenset([(key, _hashable(item)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return tuple([_hashable(item) for item in value])
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    try:
        hash(value)
    except TypeError:  # a DataFrame
        return type(value).__name__
    return value


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
        self.left = MAX_VALUES

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
        from airflow_client.xcom import values_kinds

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
            raise ApiValueError(f"the value has more than MAX_VALUES, {MAX_VALUES}, values")
