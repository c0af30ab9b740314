"""Decoding of values: Airflow's envelopes become objects of a fixed set of classes, without side effects."""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import importlib.util
import json
import math
import pickle
import subprocess
import sys
import threading
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_client.xcom import ApiValueError, XCom, values
from airflow_client.xcom.values import SerializedObject, decode, parse_text
from tests.contract.decoded import DECODED, expected_value, rendered
from tests.contract.expected import FIXED, JSON_3, NAMED, UTC_3, enveloped, enveloped_datetime, enveloped_pendulum
from tests.support.cases import all_cases, check_each

UTC = dt.timezone.utc
PANDAS = all(importlib.util.find_spec(name) for name in ("pandas", "pyarrow"))


def old(kind: str, data: Any) -> dict[str, Any]:
    return {"__type": kind, "__var": data}


def datetime_1(zone: Any) -> dict[str, Any]:
    return enveloped("datetime.datetime", 1, {"timestamp": 1719882245.0, "tz": zone})


def same(one: Any, other: Any) -> bool:
    """Return True for equal values of equal types at every level, NaN included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return repr(one) == repr(other)
    return bool(one == other)


# ------------------------------------------------------------------------- kinds


def test_values_of_airflow_3_are_decoded() -> None:
    with all_cases() as case:
        for key, value in JSON_3.items():
            with case(key):
                xcom = XCom(key=key, value=value)
                expected = rendered(expected_value(key, DECODED[key].decoded))
                assert rendered(xcom.decode()) == rendered(decode(value)) == expected
                assert xcom.value == value


def test_a_missing_value_decodes_to_none() -> None:
    assert XCom(key="a").decode() is None


PARIS_TIME = dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=ZoneInfo("Europe/Paris"))
#: (the value that 2.11.2 and 3.3.2 store, its datetime, the name of its zone).
ZONES = [
    (enveloped_pendulum(1719889445.0, "UTC", NAMED, 1, True), dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=UTC), "UTC"),
    (enveloped_pendulum(1719882245.0, "Europe/Paris", NAMED, 1, True), PARIS_TIME, "CEST"),
    (
        enveloped_pendulum(1719869645.0, 19800, FIXED, 1, True),
        dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        "UTC+05:30",
    ),
    (
        enveloped_pendulum(1719907445.0, -18000, FIXED, 1, True),
        dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
        "UTC-05:00",
    ),
    (
        enveloped_datetime(1719889445.0, "UTC", "zoneinfo.ZoneInfo", 1, True),
        PARIS_TIME + dt.timedelta(hours=2),
        "UTC",
    ),
    (enveloped_datetime(1719882245.0, "Europe/Paris", "pytz.tzfile.Europe/Paris", 1, True), PARIS_TIME, "CEST"),
    (enveloped_datetime(1719882245.0, "UTC", "pytz.UTC", 1, True), PARIS_TIME, "UTC"),
    (enveloped("datetime.datetime", 2, {"timestamp": 1719882245.0, "tz": ["UTC", FIXED, 1, True]}), PARIS_TIME, "UTC"),
    # A fixed offset of the standard library's, dateutil's or pytz's: Airflow stores the time in UTC.
    (enveloped_datetime(1719882245.0, "", "", 0, False), PARIS_TIME, "UTC"),
    (enveloped_datetime(-62135596800.0, *UTC_3), dt.datetime.min.replace(tzinfo=UTC), "UTC"),
    (enveloped_datetime(0, 0, FIXED, 1, True), dt.datetime(1970, 1, 1, tzinfo=UTC), "UTC"),
    # Airflow 2.6 wrote tzname().
    (datetime_1("UTC"), PARIS_TIME, "UTC"),
    (datetime_1("CEST"), PARIS_TIME, "UTC+02:00"),
    *((datetime_1(f"{zone}DT"), PARIS_TIME, f"UTC-0{hours}:00") for zone, hours in zip("ECMP", range(4, 8))),
    (datetime_1("UTC+02:00"), PARIS_TIME, "UTC+02:00"),
    (datetime_1("-05:30"), PARIS_TIME, "UTC-05:30"),
    (datetime_1("CET"), PARIS_TIME, "CEST"),
    ({**datetime_1("UTC"), "__classname__": "pendulum.datetime.DateTime"}, PARIS_TIME, "UTC"),
    (old("datetime", 1719882245.0), PARIS_TIME, "UTC"),
]


@pytest.mark.parametrize(("stored", "expected", "zone"), ZONES)
def test_datetimes_keep_their_time_zone(stored: Any, expected: dt.datetime, zone: str) -> None:
    decoded = decode(stored)
    assert type(decoded) is dt.datetime
    assert decoded == expected
    assert decoded.tzname() == zone


def test_utc_is_of_the_class_that_was_stored() -> None:
    named = dict.fromkeys(("zoneinfo.ZoneInfo", "backports.zoneinfo.ZoneInfo"), ZoneInfo("UTC"))
    for class_name, zone in {**named, NAMED: UTC, FIXED: UTC, "pytz.UTC": UTC}.items():
        assert decode(enveloped_datetime(0, "UTC", class_name, 1, True)).tzinfo is zone


def test_the_repeated_hour_of_a_clock_change_has_a_fold() -> None:
    stored = [
        enveloped_datetime(stamp, "Europe/Paris", "zoneinfo.ZoneInfo", 1, True) for stamp in (1729989000, 1729992600)
    ]
    first, second = map(decode, stored)
    assert (first.replace(fold=0), first.fold, second.fold) == (second.replace(fold=0), 0, 1)


def test_naive_datetimes_do_not_depend_on_the_local_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    getattr(time, "tzset", lambda: None)()
    try:
        assert decode(JSON_3["datetime_naive"]) == dt.datetime(2024, 1, 2, 3, 4, 5)
    finally:
        monkeypatch.undo()
        getattr(time, "tzset", lambda: None)()


OTHERS: list[tuple[Any, Any]] = [
    (enveloped("datetime.date", 1, "2024-01-02"), dt.date(2024, 1, 2)),
    (enveloped("pendulum.date.Date", 2, "2024-01-02"), dt.date(2024, 1, 2)),
    (enveloped("datetime.timedelta", 1, 60), dt.timedelta(minutes=1)),
    (enveloped("datetime.timedelta", 2, -86399.999999), dt.timedelta(days=-1, microseconds=1)),
    (enveloped("decimal.Decimal", 1, 10**30), decimal.Decimal("1E+30")),
    (enveloped("decimal.Decimal", 1, math.inf), decimal.Decimal("Infinity")),
    (enveloped("zoneinfo.ZoneInfo", 1, "Europe/Paris"), ZoneInfo("Europe/Paris")),
    (enveloped("zoneinfo.ZoneInfo", 1, "UTC"), ZoneInfo("UTC")),
    (enveloped("backports.zoneinfo.ZoneInfo", 1, "Asia/Tokyo"), ZoneInfo("Asia/Tokyo")),
    (enveloped(NAMED, 1, "Europe/Paris"), ZoneInfo("Europe/Paris")),
    (enveloped(NAMED, 1, "UTC"), UTC),
    (enveloped(FIXED, 1, "UTC"), UTC),
    (enveloped(FIXED, 1, 3600), dt.timezone(dt.timedelta(hours=1))),
    (enveloped("numpy.int64", 1, 7), 7),
    (enveloped("numpy.int8", 1, -128), -128),
    (enveloped("numpy.int8", 1, 127), 127),
    (enveloped("numpy.uint8", 1, 0), 0),
    (enveloped("numpy.uint64", 1, 2**64 - 1), 2**64 - 1),
    (enveloped("numpy.float64", 1, 0.5), 0.5),
    (enveloped("numpy.float16", 1, 1), 1.0),
    (enveloped("numpy.float32", 1, math.nan), math.nan),
    (enveloped("numpy.complex64", 1, 2), complex(2)),
    (enveloped("numpy.complex128", 1, 1.5), complex(1.5)),
    (enveloped("numpy.bool_", 1, True), True),
    (enveloped("numpy.bool", 1, False), False),
    (enveloped("builtins.tuple", 1, []), ()),
    (enveloped("builtins.set", 1, []), set()),
    (
        enveloped("builtins.set", 1, [enveloped("builtins.frozenset", 1, [1]), enveloped("builtins.tuple", 1, [1, 2])]),
        {frozenset({1}), (1, 2)},
    ),
    (enveloped("builtins.tuple", 1, [enveloped("builtins.set", 1, [1])]), ({1},)),
    (
        enveloped("builtins.set", 1, [-1, -2, *(2.0**n for n in range(0, 400, 61))]),
        {-1, -2, *(2.0**n for n in range(0, 400, 61))},
    ),
    (enveloped("builtins.set", 1, [2**61 - 1 << n for n in range(8)]), {2**61 - 1 << n for n in range(8)}),
    (old("dict", {"a": old("tuple", [1, old("dict", {})])}), {"a": (1, {})}),
    (old("dict", old("tuple", [1])), old("tuple", [1])),
    (old("set", [1, "a"]), {1, "a"}),
    (old("frozenset", [1]), frozenset({1})),
    (old("timedelta", 60.5), dt.timedelta(seconds=60.5)),
]


@pytest.mark.parametrize(("stored", "expected"), OTHERS)
def test_envelopes_of_known_kinds_are_decoded(stored: Any, expected: Any) -> None:
    before = copy.deepcopy(stored)
    assert same(decode(stored), expected)
    assert same(decode([{"a": stored}]), [{"a": expected}])
    assert same(stored, before)


# ----------------------------------------------------------------------- refusals

BROKEN_FRAME = b"PAR1 broken PAR1".hex()
_UNHASHABLE = [[1], {"a": 1}]
OPAQUE: list[tuple[str, int, Any]] = [
    ("pushed.Point", 0, {"x": 1}),
    ("builtins.list", 1, [1]),
    ("builtins.tuple", 0, [1]),
    ("builtins.tuple", 2, [1]),
    ("builtins.tuple", -1, [1]),
    ("builtins.tuple", 10**30, [1]),
    ("tuple", 0, [1]),
    ("datetime", 0, 1.5),
    ("builtins.tuple", 1, "abc"),
    ("builtins.tuple", 1, {"a": 1}),
    ("builtins.tuple", 1, None),
    ("builtins.set", 1, _UNHASHABLE),
    ("builtins.frozenset", 1, _UNHASHABLE),
    ("builtins.set", 1, [2**61 - 1 << n for n in range(9)]),
    ("datetime.datetime", 3, {"timestamp": 1.0, "tz": None}),
    ("datetime.datetime", 2, {"timestamp": 1.0}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": None, "more": 1}),
    ("datetime.datetime", 2, {"timestamp": "1.0", "tz": None}),
    ("datetime.datetime", 2, {"timestamp": True, "tz": None}),
    ("datetime.datetime", 2, {"timestamp": math.nan, "tz": None}),
    ("datetime.datetime", 2, {"timestamp": math.inf, "tz": None}),
    ("datetime.datetime", 2, {"timestamp": 253402300800.0, "tz": None}),
    ("datetime.datetime", 2, {"timestamp": 10**400, "tz": None}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": "UTC"}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": ["UTC"]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": ["UTC", "os.system", 1, True]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": ["UTC", FIXED, 2, True]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": ["UTC", FIXED, 1, False]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": ["Nowhere/Here", NAMED, 1, True]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": [86400, FIXED, 1, True]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": [None, FIXED, 1, True]}),
    ("datetime.datetime", 2, {"timestamp": 1.0, "tz": [3600, "zoneinfo.ZoneInfo", 1, True]}),
    ("datetime.datetime", 1, {"timestamp": 1.0, "tz": "XYZ"}),
    ("datetime.datetime", 1, {"timestamp": 1.0, "tz": None}),
    ("datetime.datetime", 1, {"timestamp": 1.0, "tz": "+99:00"}),
    ("datetime.datetime", 1, {"timestamp": 1.0, "tz": "+5:30"}),
    ("datetime.datetime", 2, 1.0),
    ("datetime.date", 2, "20240102"),
    ("datetime.date", 2, "2024-02-30"),
    ("datetime.date", 2, 20240102),
    ("datetime.date", 3, "2024-01-02"),
    ("datetime.timedelta", 2, 86400000000000.0),
    ("datetime.timedelta", 2, "60"),
    ("datetime.time", 1, "03:04"),
    ("decimal.Decimal", 1, "1.5"),
    ("decimal.Decimal", 1, True),
    ("uuid.UUID", 1, "{12345678-1234-5678-1234-567812345678}"),
    ("uuid.UUID", 1, "urn:uuid:12345678-1234-5678-1234-567812345678"),
    ("uuid.UUID", 1, 5),
    ("zoneinfo.ZoneInfo", 1, "../../../etc/passwd"),
    ("zoneinfo.ZoneInfo", 1, "/etc/localtime"),
    ("zoneinfo.ZoneInfo", 1, ""),
    ("zoneinfo.ZoneInfo", 1, 3600),
    ("zoneinfo.ZoneInfo", 2, "UTC"),
    (NAMED, 1, "os/path"),
    (FIXED, 1, True),
    (FIXED, 1, 10**10),
    *(("numpy.int8", 1, number) for number in (-129, 128)),
    *(("numpy.uint8", 1, number) for number in (-1, 256)),
    ("numpy.int64", 1, True),
    ("numpy.int64", 1, 1.0),
    ("numpy.float64", 1, "1.0"),
    ("numpy.float64", 1, 10**400),
    ("numpy.bool_", 1, 1),
    ("numpy.ndarray", 1, [1]),
    ("pandas.core.frame.DataFrame", 1, 5),
    ("pandas.core.frame.DataFrame", 1, "xyz"),
    ("pandas.core.frame.DataFrame", 1, "00ff"),
    ("pandas.core.frame.DataFrame", 1, BROKEN_FRAME),
    ("pandas.core.frame.DataFrame", 2, ""),
    ("pydantic.main.BaseModel", 1, {"a": 1}),
    ("airflow.sdk.definitions.asset.Asset", 0, {"uri": "x"}),
]


def test_other_envelopes_stay_opaque() -> None:
    with all_cases() as case:
        for classname, version, data in OPAQUE:
            with case((classname, version, data)):
                assert_opaque(decode(enveloped(classname, version, data)), classname, version, data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [("param", {"a": 1}), ("set", 5), ("set", [[1]]), ("tuple", None), ("dict", [1]), ("datetime", "x"), ("op", None)],
)
def test_other_envelopes_of_airflow_2_5_have_version_0(kind: str, data: Any) -> None:
    assert_opaque(decode(old(kind, data)), kind, 0, data)


def assert_opaque(decoded: Any, classname: str, version: int, data: Any) -> None:
    assert type(decoded) is SerializedObject
    assert (decoded.classname, decoded.version) == (classname, version)
    assert same(decoded.data, data)


def test_data_of_opaque_objects_is_decoded() -> None:
    decoded = decode(enveloped("shop.Order", 3, {"day": JSON_3["date"], "ids": JSON_3["set"]}))
    assert decoded == SerializedObject("shop.Order", 3, {"day": dt.date(2024, 1, 2), "ids": {1, 2, 3}})


NO_ENVELOPES: list[Any] = [
    {"__classname__": "builtins.set", "__version__": 1},
    {"__classname__": "builtins.set", "__data__": [1]},
    {"__version__": 1, "__data__": [1]},
    {**enveloped("builtins.set", 1, [1]), "more": 1},
    {**enveloped("builtins.set", 1, [1]), "__id__": 1},
    {"__classname__": "builtins.set", "__version__": 1, "__DATA__": [1]},
    enveloped("builtins.set", True, [1]),
    enveloped("builtins.set", "1", [1]),
    enveloped("builtins.set", 1.0, [1]),
    enveloped("builtins.set", None, [1]),
    enveloped(None, 1, [1]),
    enveloped(["builtins.set"], 1, [1]),
    enveloped("", 1, [1]),
    {"__type": "set"},
    {"__var": [1]},
    {"__type": "set", "__var": [1], "more": 1},
    {"__type": 5, "__var": [1]},
    {"__type": "", "__var": [1]},
    {},
    "__classname__",
]


def test_similar_dicts_are_not_envelopes() -> None:
    with all_cases() as case:
        for value in NO_ENVELOPES:
            with case(value):
                assert decode(value) is value
                assert decode([value, JSON_3["date"]]) == [value, dt.date(2024, 1, 2)]


def test_values_inside_similar_dicts_are_decoded() -> None:
    assert decode({"__type": "x", "__var": JSON_3["set"], "more": 1})["__var"] == {1, 2, 3}


def test_parts_without_envelopes_are_not_copied() -> None:
    plain = {"a": [1, {"b": None}]}
    decoded = decode({"plain": plain, "set": JSON_3["set"]})
    assert decoded["plain"] is plain
    assert decode(plain) is plain


def test_decoding_twice_changes_nothing() -> None:
    decoded = decode([JSON_3["set"], JSON_3["dataclass"], JSON_3["datetime_utc"]])
    assert decode(decoded) is decoded


# ---------------------------------------------------------------- SerializedObject


def test_opaque_objects_compare_hash_copy_and_pickle() -> None:
    one, equal = (decode(enveloped("a.B", 1, {"x": [1, JSON_3["set"]], "y": {"z": None}})) for _ in range(2))
    assert one == equal
    assert hash(one) == hash(equal)
    assert {one, equal} == {one}
    assert hash(SerializedObject("a.B", 1, [1, True])) == hash(SerializedObject("a.B", 1, [1.0, 1]))
    others = [("a.C", 1, one.data), ("a.B", 2, one.data), ("a.B", 1, {})]
    assert all(one != SerializedObject(*other) for other in others)
    assert one != ("a.B", 1, one.data)
    assert (
        repr(SerializedObject("a.B", 1, {"x": "y"})) == "SerializedObject(classname='a.B', version=1, data={'x': 'y'})"
    )
    assert eval(repr(one)) == one
    for same_again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert same_again == one


def test_opaque_objects_may_be_in_sets() -> None:
    points = [enveloped("a.Point", 0, {"x": x}) for x in (-1, -2, 5)]
    assert decode(enveloped("builtins.set", 1, points)) == {
        SerializedObject("a.Point", 0, {"x": x}) for x in (-1, -2, 5)
    }


@pytest.mark.parametrize("name", ["classname", "version", "data", "other"])
def test_opaque_objects_are_read_only(name: str) -> None:
    opaque = SerializedObject("a.B", 1, None)
    with pytest.raises(AttributeError, match=name):
        setattr(opaque, name, 1)
    with pytest.raises(AttributeError, match=name):
        delattr(opaque, name)


# ------------------------------------------------------------------------- bounds


def nested(depth: int, of: Any = None) -> Any:
    value: Any = [] if of is None else of
    for _ in range(depth - 1):
        value = [value]
    return value


def test_depth_is_limited() -> None:
    deepest = nested(values.MAX_DEPTH)
    assert decode(deepest) is deepest
    deepest = 1
    for _ in range(values.MAX_DEPTH // 2):  # an old dict is an envelope and a dict
        deepest = old("dict", {"a": deepest})
    assert decode(deepest)
    for too_deep in (nested(values.MAX_DEPTH + 1), nested(100_000), nested(values.MAX_DEPTH, of=JSON_3["set"])):
        with pytest.raises(ApiValueError, match=r"MAX_DEPTH \(100\)"):
            decode(too_deep)
    for wrap in (lambda value: enveloped("a.B", 1, value), lambda value: old("dict", {"a": value})):
        value: Any = 1
        for _ in range(values.MAX_DEPTH + 1):
            value = wrap(value)
        with pytest.raises(ApiValueError, match="MAX_DEPTH"):
            decode(value)


def test_deep_objects_compare_hash_and_have_a_repr() -> None:
    value: Any = 1
    for _ in range(values.MAX_DEPTH - 1):
        value = enveloped("a.B", 1, value)
    one, other = decode(value), decode(value)
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one).count("SerializedObject") == values.MAX_DEPTH - 1


def test_a_list_that_contains_itself_is_too_deep() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ApiValueError, match="MAX_DEPTH"):
        decode(endless)


def test_a_deep_stack_raises_no_recursion_error() -> None:
    limit = sys.getrecursionlimit()
    outcome: list[Exception] = []
    depth = 0
    frame: Any = sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back
    sys.setrecursionlimit(depth + 40)
    try:
        decode(nested(values.MAX_DEPTH))
    except Exception as error:
        outcome.append(error)
    finally:
        sys.setrecursionlimit(limit)
    assert [type(error) for error in outcome] == [ApiValueError]
    assert str(outcome[0]) == "decode() ran out of stack: raise sys.setrecursionlimit()"


def test_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MAX_VALUES", 100)
    assert decode([0] * 100) == [0] * 100
    assert len(decode([enveloped("a.B", 1, None)] * 50)) == 50  # an envelope counts as one
    wide: Any = [1]
    for _ in range(50):
        wide = [wide, wide]
    for too_large in ([0] * 101, dict.fromkeys(map(str, range(101))), [[0] * 50] * 2, wide):
        with pytest.raises(ApiValueError, match=r"MAX_VALUES \(100\)"):
            decode(too_large)


@pytest.mark.parametrize(
    "value",
    [
        enveloped("builtins.set", 1, [(2**61 - 1) * n for n in range(30_000)]),
        enveloped("builtins.set", 1, [enveloped("a.B", 1, {"x": n}) for n in range(10_000)]),
        enveloped("builtins.set", 1, [enveloped("a.B", 1, {"x": (2**61 - 1) * n}) for n in range(10_000)]),
        enveloped("builtins.set", 1, [enveloped("builtins.tuple", 1, [(2**61 - 1) * n]) for n in range(10_000)]),
    ],
)
def test_colliding_hashes_take_no_quadratic_time(value: Any) -> None:
    started = time.thread_time()
    decode(value)
    assert time.thread_time() - started < 5  # a quadratic time would be minutes


def test_sets_of_sets_with_colliding_hashes_stay_opaque() -> None:
    def frozen(*members: Any) -> Any:
        return enveloped("builtins.frozenset", 1, list(members))

    assert decode(enveloped("builtins.set", 1, [frozen(-1), frozen(-2)])) == {frozenset({-1}), frozenset({-2})}
    doubly = [frozen(frozen(-1)), frozen(frozen(-2))]
    for members in doubly, [enveloped("a.B", 1, {"x": [one]}) for one in doubly]:
        assert type(decode(enveloped("builtins.set", 1, members))) is SerializedObject
    assert decode(enveloped("builtins.set", 1, [-1, -2, doubly[0]])) == {-1, -2, frozenset({frozenset({-1})})}
    empty = SerializedObject("a.B", 1, {})
    assert decode(enveloped("builtins.set", 1, [frozen()] * 2)) == {frozenset()}
    assert decode(enveloped("builtins.set", 1, [frozen(enveloped("a.B", 1, {}))] * 2)) == {frozenset({empty})}
    assert decode(enveloped("builtins.set", 1, [frozen(frozen(1)), frozen(frozen(2))])) == {
        frozenset({frozenset({1})}),
        frozenset({frozenset({2})}),
    }


# ------------------------------------------------------------------ hostile values

HOSTILE = [
    "os.system",
    "builtins.eval",
    "builtins.exec",
    "builtins.__import__",
    "subprocess.Popen",
    "antigravity",
    "this.s",
    "airflow_client.xcom.values.decode",
    "datetime.datetime.__class__",
    "datetime.datetime; import antigravity",
    "__main__.x",
    "__class__",
    "__reduce__",
    "..",
    "numpy.int64\0",
    "numpy.lib.npyio.load",
    "pandas.io.pickle.read_pickle",
    "pytz.os.system",
    "tzdata.zoneinfo.Europe",
]

_HOSTILE_PROGRAM = """
import json, sys
from airflow_client.xcom import XCom, values
import zoneinfo, uuid, decimal
values._zone_names()
values.decode(json.loads('''%s'''))  # loads what every first value loads
envelopes = json.loads(sys.stdin.read())
before, events = set(sys.modules), []
def hook(event, arguments):
    if event in ("import", "exec", "compile", "open", "code.__new__", "marshal.loads", "pickle.find_class") or (
        event.partition(".")[0] in ("os", "subprocess", "socket", "ctypes")
    ):
        events.append((event, str(arguments)))
sys.addaudithook(hook)
for envelope in envelopes:
    values.decode(envelope)
    values.parse_text(str(envelope))
found = list(events)
assert not found, found
assert set(sys.modules) == before, set(sys.modules) - before
"""


def test_hostile_names_import_open_and_run_nothing() -> None:
    envelopes: list[Any] = []
    for name in HOSTILE:
        for version in (0, 1, 2):
            for data in ("print(1)", ["id"], {"args": ["id"], "__class__": "x"}, None):
                envelopes.append(enveloped(name, version, data))
        envelopes += [old(name, ["id"]), [old("dict", {"__class__": name, "__init__": "x"})]]
        envelopes += [enveloped(zone, 1, name) for zone in (NAMED, FIXED, "zoneinfo.ZoneInfo")]
        envelopes += [enveloped_datetime(1.0, "UTC", name, 1, True), enveloped_datetime(1.0, name, NAMED, 1, True)]
        envelopes += [enveloped_datetime(1.0, name, f"pytz.{name}", 1, True), datetime_1(name), datetime_1(f"x/{name}")]
        envelopes += [enveloped(kind, 1, name) for kind in values.KINDS]
    done = subprocess.run(
        [sys.executable, "-c", _HOSTILE_PROGRAM % json.dumps(list(JSON_3.values()))],
        input=json.dumps(envelopes),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_hostile_names_stay_opaque() -> None:
    with all_cases() as case:
        for name in HOSTILE:
            with case(name):
                assert decode(enveloped(name, 1, ["id"])) == SerializedObject(name, 1, ["id"])


def test_plain_values_load_no_modules() -> None:
    program = (
        "import sys; from airflow_client.xcom import XCom; XCom(value=1).value;"
        "XCom(value={'a': [1]}).decode();"
        "loaded = {'zoneinfo', 'decimal', 'uuid', 'ast', 'numpy', 'pandas'};"
        "assert not loaded & set(sys.modules), loaded & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# --------------------------------------------------------------------- DataFrames

#: A DataFrame in Parquet, cut short: nothing can read it.
NO_FRAME = "504152311504152015244C1504150012" + "50415231"


def test_data_frames_stay_opaque_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    envelope = enveloped("pandas.core.frame.DataFrame", 1, NO_FRAME)
    assert decode(envelope) == SerializedObject("pandas.core.frame.DataFrame", 1, NO_FRAME)


def test_unreadable_data_frames_stay_opaque() -> None:
    decoded = decode({"frame": enveloped("pandas.DataFrame", 1, NO_FRAME)})
    assert decoded == {"frame": SerializedObject("pandas.DataFrame", 1, NO_FRAME)}


@pytest.fixture
def frame() -> tuple[Any, str]:
    if not PANDAS:
        pytest.skip("pandas and pyarrow, of the extra pandas, are not installed")
    import io

    import pandas

    frame = pandas.DataFrame(
        {"a": [1, 2], "b": ["x", None], "c": pandas.to_datetime(["2024-01-02"] * 2)}, index=["r", "s"]
    )
    file = io.BytesIO()
    frame.to_parquet(file, engine="pyarrow", compression="snappy")
    return frame, file.getvalue().hex()


@pytest.mark.parametrize("classname", ["pandas.core.frame.DataFrame", "pandas.DataFrame"])
def test_data_frames_are_decoded(frame: tuple[Any, str], classname: str) -> None:
    expected, data = frame
    decoded = decode({"frame": enveloped(classname, 1, data)})["frame"]
    assert decoded.equals(expected)
    assert list(decoded.index) == ["r", "s"]
    assert type(decode(enveloped(classname, 2, data))) is SerializedObject
    holders = [decode(enveloped("a.B", 1, {"frame": enveloped(classname, 1, data)})) for _ in range(2)]
    assert holders[0] != holders[1]
    assert len({*holders, holders[0]}) == 2
    assert type(decode(enveloped("builtins.set", 1, [enveloped(classname, 1, data)]))) is SerializedObject


def test_size_of_data_frames_is_limited(frame: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MAX_VALUES", 5)
    with pytest.raises(ApiValueError, match=r"MAX_VALUES \(5\) cells"):
        decode(enveloped("pandas.DataFrame", 1, frame[1]))
    monkeypatch.setattr(values, "MAX_VALUES", 8)  # two rows of an index and three columns
    assert decode(enveloped("pandas.DataFrame", 1, frame[1])).equals(frame[0])


def test_vulnerable_pyarrow_is_not_used(frame: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow

    def check(case: tuple[str, bool]) -> None:
        version, is_safe = case
        monkeypatch.setattr(pyarrow, "__version__", version)
        decoded = decode(enveloped("pandas.DataFrame", 1, frame[1]))
        assert type(decoded) is (type(frame[0]) if is_safe else SerializedObject)

    check_each(
        [("9.0.0", False), ("14.0.0", False), ("14.0.0.dev7", False), ("14.0.1", True), ("14.0.1.dev7", True)], check
    )


# --------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': 1}", {"a": 1}),
        ("[1, 'two', 3.0, None, True]", [1, "two", 3.0, None, True]),
        ("42", 42),
        ("-1", -1),
        ("0", 0),
        ("-0.0", -0.0),
        ("1180591620717411303424", 2**70),
        ("3.5", 3.5),
        ("1e-300", 1e-300),
        ("1.5e+300", 1.5e300),
        ("1e+16", 1e16),
        ("nan", math.nan),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("[nan, -inf]", [math.nan, -math.inf]),
        ("True", True),
        ("False", False),
        ("None", None),
        ("[]", []),
        ("{}", {}),
        ("[[], {}, [{}]]", [[], {}, [{}]]),
        ("[\"it's\", '\"', '\\'\"']", ["it's", '"', "'\""]),
        (
            r"['\\', '\n\t\r', '\x00', '\u200d', '\U0010ffff', '\ud800']",
            ["\\", "\n\t\r", "\0", "\u200d", "\U0010ffff", "\ud800"],
        ),
        ("{'': {'b': [1]}, 'c d': 2}", {"": {"b": [1]}, "c d": 2}),
        (str(JSON_3["nested_mixed"]), JSON_3["nested_mixed"]),
    ],
)
def test_text_of_str_is_parsed(text: str, value: Any) -> None:
    assert same(parse_text(text), value)
    assert same(parse_text(f"[{text}]"), [value])


TEXTS = [
    "",
    "hello",
    "2020-01-01",
    "1.2.3",
    "'quoted'",
    '"quoted"',
    '{"a": 1,}',
    '{"a":1}',
    '{"a": 1}',
    '["two"]',
    "['it\\'s']",
    '["\\""]',
    "[1,2]",
    "[1,  2]",
    "[1, 2",
    "[1, 2]]",
    "[1, ]",
    "[, 1]",
    "[1 2]",
    " 42",
    "42 ",
    "42\n",
    "4_2",
    "042",
    "007",
    "-0",
    "+1",
    "0x10",
    "1e5",
    "1E5",
    "1.50",
    ".5",
    "5.",
    "1e400",
    "١",
    "1j",
    "-nan",
    "NaN",
    "Infinity",
    "true",
    "null",
    "Nonesuch",
    "(1, 2)",
    "{1, 2}",
    "{1: 'one'}",
    "{'a': 1, 'a': 2}",
    "{'a'}",
    "{'a': }",
    "{'a', 'b'}",
    "set()",
    "b'x'",
    "[b'x']",
    "[u'x']",
    "['a' 'b']",
    "['a\\d']",
    "['\\N{DIGIT ONE}']",
    "['\\U00110000']",
    "['a\nb']",
    "['open]",
    "['" + "a" * 100_000,
    "['" + "\\n" * 100_000,
    "__import__('os').system('id')",
    "[__import__('os')]",
    "[x for x in ()]",
    "[1] * 10",
    "[1, *[2]]",
    "(1,2,3)",
    "datetime.date@version=2(2024-01-02)",
    "[" * 100_000,
    "[" * 100_000 + "]" * 100_000,
    "[" * 101 + "]" * 101,
    "{'a': " * 100_000,
    "9" * 4301,
    "-" * 100_000 + "1",
    "1" + "+1" * 100_000,
    "\ud800",
    "\0",
]


def test_other_text_stays_text() -> None:
    with all_cases() as case:
        for text in TEXTS:
            with case(ascii(text[:20])):
                assert parse_text(text) is text


def test_size_and_depth_of_text_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    deepest = "[" * values.MAX_DEPTH + "]" * values.MAX_DEPTH
    assert parse_text(deepest) == nested(values.MAX_DEPTH)
    assert parse_text("9" * 4300) == int("9" * 4300)
    monkeypatch.setattr("airflow_client.xcom.values_text.MAX_TEXT", 5)
    assert parse_text("[1, 2]") == "[1, 2]"
    assert parse_text("12345") == 12345


@pytest.mark.parametrize("value", [None, 42, [1], {"a": 1}, b"42"])
def test_other_values_are_returned_as_they_are(value: Any) -> None:
    assert parse_text(value) is value


# --------------------------------------------------------------------- any value

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_KEYS = st.text().filter(lambda key: not key.startswith("__"))


def _json(keys: st.SearchStrategy[str], more: Any = lambda inner: st.nothing()) -> st.SearchStrategy[Any]:
    return st.recursive(
        _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | more(inner), max_leaves=20
    )


_NAMES = st.sampled_from([*values.KINDS, *HOSTILE, "pushed.Point"]) | st.text() | st.none()
_VERSIONS = st.sampled_from([0, 1, 2, 3, True, None, "1"]) | st.integers()
_OLD_NAMES = st.sampled_from([*values.OLD_KINDS, "dict", "param"]) | st.text()
_TZ = st.none() | st.lists(
    st.sampled_from(["UTC", "Europe/Paris", FIXED, NAMED, "", 0, 1, 3600, True, False]), max_size=4
)


def _envelopes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    times = st.fixed_dictionaries({"timestamp": inner, "tz": inner | _TZ})
    return (
        st.builds(enveloped, _NAMES, _VERSIONS, inner | times)
        | st.builds(old, _OLD_NAMES, inner)
        | st.dictionaries(st.sampled_from(["__classname__", "__version__", "__data__", "__type", "__var"]), inner)
    )


@given(_json(_KEYS))
def test_any_value_without_envelopes_is_returned_itself(value: Any) -> None:
    assert decode(value) is value


#: The audit events of the decoder's thread; None while no test looks at them.
_events: list[str] | None = None
_thread = threading.get_ident()


def _record_event(event: str, arguments: tuple[Any, ...]) -> None:
    if _events is None or threading.get_ident() != _thread:
        return
    if event in ("import", "compile", "exec", "open", "os.system", "subprocess.Popen"):
        _events.append(f"{event} {arguments[0]!r:.100}")


@pytest.fixture(scope="module")
def audit_hook() -> None:
    sys.addaudithook(_record_event)  # a hook cannot be removed
    zone = {"__classname__": "builtins.tuple", "__version__": 1, "__data__": ["UTC", "zoneinfo.ZoneInfo", 1, True]}
    for kind in values.KINDS:  # each kind loads what it needs with its first value
        decode(
            [
                enveloped(kind, version, data)
                for version in (1, 2)
                for data in ("1", BROKEN_FRAME, {"timestamp": 1.5, "tz": zone})
            ]
        )
    decode([enveloped_datetime(1.5, name, of, 1, True) for name in ("UTC", "Europe/Paris") for of in (FIXED, NAMED)])


def decode_without_side_effects(value: Any) -> Any:
    """Decode ``value``, and assert that nothing is imported, opened or run."""
    global _events
    _events = events = []
    try:
        decoded = decode(value)
    finally:
        _events = None
    assert events == []
    return decoded


@settings(max_examples=200)
@given(_json(st.text(), _envelopes))
def test_any_value_is_decoded_without_side_effects(audit_hook: None, value: Any) -> None:
    before = repr(value)
    repr(decode_without_side_effects(value))
    assert repr(value) == before


def test_an_unknown_time_zone_is_looked_for_in_no_file(audit_hook: None) -> None:
    assert type(decode_without_side_effects(enveloped("zoneinfo.ZoneInfo", 1, "Europe/Nowhere"))) is SerializedObject


@given(_json(st.text()))
def test_any_value_is_parsed_from_its_text(value: Any) -> None:
    if not isinstance(value, str):
        assert same(parse_text(str(value)), value)


@given(st.text() | st.text(alphabet="[]{}'\\, :01-.enaifTrue"))
def test_any_text_is_parsed_or_returned_itself(text: str) -> None:
    value = parse_text(text)
    assert isinstance(value, str) or same(parse_text(str(value)), value)
