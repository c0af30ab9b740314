"""The decoded value of each kind in the dataset."""

from __future__ import annotations

import datetime as dt
import pprint
import sys
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from airflow_client.xcom.values import SerializedObject
from tests.contract import dataset

#: The pushed value itself, of the same class.
PUSHED = object()
#: The text that the server returns.
TEXT = object()
#: Airflow refuses the value, and there is no XCom.
REFUSED = object()


class Decoded(NamedTuple):
    #: Airflow 2, stringify=False: ``decode()`` finds no envelope there and changes nothing.
    native: Any
    #: Airflow 2, by default: ``parse_text(value)``.
    parsed: Any
    #: Airflow 3: ``decode()``. The values that 3.0 refuses and 3.3 does not are in ``dataset.REFUSED_BY_AIRFLOW_3_0``.
    decoded: Any


UTC = dt.timezone.utc
PARIS = ZoneInfo("Europe/Paris")
INDIA = dt.timezone(dt.timedelta(seconds=19800))
_STR_KEYS = {"1": "one", "2": "two"}
_JSON_KEYS = {"true": 1, "null": 2, "1.5": 3}
_LISTS = [[1, 2], [3, 4]]
_WHEN = "datetime.datetime@version=2(timestamp=1704164645.0,tz=(UTC,pendulum.tz.timezone.FixedTimezone,1,True))"
_MIXED = {"when": _WHEN, "t": [1, 2]}
_SPOT = SerializedObject("pushed.Spot", 0, {"x": 1, "label": "in"})
_BEYOND = {"timestamp": 253402300800.0, "tz": ("UTC", "pendulum.tz.timezone.FixedTimezone", 1, True)}

#: key -> the decoded form of ``dataset.KINDS[key]``, or of ``dataset.REFUSED[key]``.
DECODED: dict[str, Decoded] = {
    "str": Decoded(PUSHED, PUSHED, PUSHED),
    "str_empty": Decoded(PUSHED, PUSHED, PUSHED),
    "str_numeric": Decoded(PUSHED, 42, PUSHED),  # its text is that of a number
    "str_date": Decoded(PUSHED, PUSHED, PUSHED),
    "str_quotes": Decoded(PUSHED, PUSHED, PUSHED),
    "str_newline": Decoded(PUSHED, PUSHED, PUSHED),
    "str_unicode": Decoded(PUSHED, PUSHED, PUSHED),
    "str_json": Decoded(PUSHED, PUSHED, PUSHED),
    "str_nul": Decoded(PUSHED, PUSHED, PUSHED),
    "int": Decoded(PUSHED, PUSHED, PUSHED),
    "int_negative": Decoded(PUSHED, PUSHED, PUSHED),
    "int_64_bits": Decoded(PUSHED, PUSHED, PUSHED),
    "int_65_bits": Decoded(PUSHED, PUSHED, 2.0**63),  # SQLite has no such integer
    "int_big": Decoded(PUSHED, PUSHED, 2.0**70),
    "float": Decoded(PUSHED, PUSHED, PUSHED),
    "float_whole": Decoded(PUSHED, PUSHED, 1),  # and no whole float
    "float_tiny": Decoded(PUSHED, PUSHED, PUSHED),
    "float_nan": Decoded(PUSHED, PUSHED, REFUSED),
    "float_inf": Decoded(PUSHED, PUSHED, REFUSED),
    "float_inf_negative": Decoded(PUSHED, PUSHED, REFUSED),
    "bool_true": Decoded(PUSHED, PUSHED, PUSHED),
    "bool_false": Decoded(PUSHED, PUSHED, PUSHED),
    "none": Decoded(PUSHED, PUSHED, PUSHED),
    "enum_str": Decoded("red", "red", "red"),  # an enum is its value
    "enum_int": Decoded(3, 3, 3),
    "list": Decoded(PUSHED, PUSHED, PUSHED),
    "list_empty": Decoded(PUSHED, PUSHED, PUSHED),
    "list_of_numbers": Decoded(PUSHED, PUSHED, PUSHED),
    "list_with_nan": Decoded(PUSHED, PUSHED, REFUSED),
    "dict": Decoded(PUSHED, PUSHED, PUSHED),
    "dict_empty": Decoded(PUSHED, PUSHED, PUSHED),
    "dict_int_keys": Decoded(_STR_KEYS, _STR_KEYS, _STR_KEYS),  # keys become text
    "dict_other_keys": Decoded(_JSON_KEYS, _JSON_KEYS, {"True": 1, "None": 2, "1.5": 3}),
    "dict_tuple_keys": Decoded(REFUSED, REFUSED, {"(1, 2)": 3}),
    "nested": Decoded(PUSHED, PUSHED, PUSHED),
    "nested_mixed": Decoded(_MIXED, _MIXED, PUSHED),
    "datetime_utc": Decoded(TEXT, TEXT, PUSHED),
    "datetime_naive": Decoded(TEXT, TEXT, PUSHED),  # the worker's time zone being UTC
    "datetime_zone": Decoded(TEXT, TEXT, PUSHED),
    "datetime_fold": Decoded(TEXT, TEXT, PUSHED),
    "datetime_offset": Decoded(TEXT, TEXT, dt.datetime(2024, 7, 1, 21, 34, 5, tzinfo=UTC)),  # the offset is lost
    "datetime_before_1970": Decoded(TEXT, TEXT, PUSHED),
    # Airflow rounds it up to the year 10000.
    "datetime_max": Decoded(TEXT, TEXT, SerializedObject("datetime.datetime", 2, _BEYOND)),
    "datetime_pendulum": Decoded(TEXT, TEXT, dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=UTC)),
    "datetime_pendulum_zone": Decoded(TEXT, TEXT, dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=PARIS)),
    "datetime_pendulum_offset": Decoded(TEXT, TEXT, dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=INDIA)),
    "date": Decoded(TEXT, TEXT, PUSHED),
    "date_pendulum": Decoded(REFUSED, REFUSED, dt.date(2024, 1, 2)),
    "timedelta": Decoded(TEXT, TEXT, PUSHED),
    "timedelta_negative": Decoded(TEXT, TEXT, PUSHED),
    "zone": Decoded(TEXT, TEXT, PUSHED),
    "zone_pendulum": Decoded(TEXT, TEXT, PARIS),
    "zone_pendulum_utc": Decoded(TEXT, TEXT, UTC),
    "zone_pendulum_offset": Decoded(TEXT, TEXT, INDIA),
    "decimal": Decoded(TEXT, TEXT, Decimal("12.34")),  # a number is stored: no trailing zeros,
    "decimal_long": Decoded(TEXT, TEXT, Decimal("0.12345678901234568")),  # the digits of a float,
    "decimal_whole": Decoded(TEXT, TEXT, Decimal(1000)),  # and no exponent
    "decimal_nan": Decoded(TEXT, TEXT, REFUSED),
    "uuid": Decoded(REFUSED, REFUSED, PUSHED),
    "set": Decoded(TEXT, TEXT, PUSHED),
    "set_empty": Decoded(TEXT, TEXT, PUSHED),
    "set_of_sets": Decoded(TEXT, TEXT, PUSHED),
    "set_of_tuples": Decoded(TEXT, TEXT, PUSHED),
    "frozenset": Decoded(TEXT, TEXT, PUSHED),
    "tuple": Decoded(TEXT, TEXT, PUSHED),
    "tuple_empty": Decoded(TEXT, TEXT, PUSHED),
    "tuple_of_sets": Decoded(TEXT, TEXT, PUSHED),
    "tuple_in_list": Decoded(_LISTS, _LISTS, PUSHED),
    "namedtuple": Decoded(TEXT, TEXT, (1, "b")),  # the names are lost
    "dataclass": Decoded(TEXT, TEXT, SerializedObject("pushed.Point", 0, {"x": 1, "label": "dc"})),
    # A dataclass within a dataclass is a dict; one of attrs keeps its name.
    "dataclass_nested": Decoded(
        TEXT, TEXT, SerializedObject("pushed.Point", 0, {"x": {"x": 1, "label": "in"}, "label": "out"})
    ),
    "dataclass_of_attrs": Decoded(TEXT, TEXT, SerializedObject("pushed.Point", 0, {"x": _SPOT, "label": "out"})),
    "attrs": Decoded(TEXT, TEXT, SerializedObject("pushed.Spot", 0, {"x": 2, "label": "at"})),
    "attrs_nested": Decoded(TEXT, TEXT, SerializedObject("pushed.Spot", 0, {"x": _SPOT, "label": "out"})),
    "own_serialize": Decoded(
        TEXT, TEXT, SerializedObject("pushed.Celsius", 2, {"degrees": 21.5, "day": dt.date(2024, 1, 2)})
    ),
    "pydantic": Decoded(TEXT, TEXT, SerializedObject("pushed.Model", 1, {"day": "2024-01-02"})),
    "old_set": Decoded(TEXT, TEXT, {1, 2}),  # a dict in the form in which Airflow 2.5 stored a set
    "bytes": Decoded(REFUSED, REFUSED, REFUSED),
    "opaque": Decoded(REFUSED, REFUSED, REFUSED),
    "time": Decoded(REFUSED, REFUSED, REFUSED),
    "timezone": Decoded(REFUSED, REFUSED, REFUSED),
    "complex": Decoded(REFUSED, REFUSED, REFUSED),
}


def expected_value(key: str, cell: Any, text: Any = None) -> Any:
    """Return the value that a cell of the table stands for; ``text`` is what the server returned."""
    if cell is PUSHED:
        return dataset.TASKS["contract"]["kinds"][key]
    return text if cell is TEXT else cell


def rendered(value: Any) -> str:
    """Return text that differs for another class, digit or time zone, but not for another order of keys."""
    if isinstance(value, SerializedObject):  # pprint takes its repr
        return f"SerializedObject({value.classname!r}, {value.version}, {rendered(value.data)})"
    if type(value) is dict:
        return str({key: rendered(value[key]) for key in sorted(value, key=str)})
    return pprint.pformat(value, width=sys.maxsize)
