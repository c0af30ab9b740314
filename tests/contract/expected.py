"""The values that each release returns for the dataset."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_client.xcom import ApiException, XComApi
from tests.contract import dataset
from tests.contract.dataset import RUN_1
from tests.contract.servers import Server

KINDS = ("contract", RUN_1, "kinds")
MAPPED = ("contract", RUN_1, "mapped")
MANY = ("many", RUN_1, "many")

UTC = "(UTC,pendulum.tz.timezone.FixedTimezone,1,True)"
PARIS = "(Europe/Paris,zoneinfo.ZoneInfo,1,True)"


def datetime_text(timestamp: float, zone: str, of_class: str = "datetime.datetime") -> str:
    return f"{of_class}@version=2(timestamp={timestamp},tz={zone})"


#: Kinds without a JSON form: Airflow 2 stores text, and returns it for each ``stringify``.
TEXT_2: dict[str, Any] = {
    "dict_int_keys": {"1": "one", "2": "two"},
    "dict_other_keys": {"true": 1, "null": 2, "1.5": 3},
    "nested_mixed": {"when": datetime_text(1704164645.0, UTC), "t": [1, 2]},
    "datetime_utc": datetime_text(1704164645.678901, UTC),
    "datetime_naive": datetime_text(1704164645.0, "None"),
    "datetime_zone": datetime_text(1719882245.0, PARIS),
    "datetime_fold": datetime_text(1729992600.0, PARIS),
    "datetime_offset": datetime_text(1719869645.0, "(,,0,False)"),
    "datetime_before_1970": datetime_text(-315619199.999999, UTC),
    "datetime_max": datetime_text(253402300800.0, UTC),
    "datetime_pendulum": datetime_text(
        1719889445.0, "(UTC,pendulum.tz.timezone.Timezone,1,True)", "pendulum.datetime.DateTime"
    ),
    "datetime_pendulum_zone": datetime_text(
        1719882245.0, "(Europe/Paris,pendulum.tz.timezone.Timezone,1,True)", "pendulum.datetime.DateTime"
    ),
    "datetime_pendulum_offset": datetime_text(
        1719869645.0, "(19800,pendulum.tz.timezone.FixedTimezone,1,True)", "pendulum.datetime.DateTime"
    ),
    "zone": "zoneinfo.ZoneInfo@version=1(Europe/Paris)",
    "zone_pendulum": "pendulum.tz.timezone.Timezone@version=1(Europe/Paris)",
    "zone_pendulum_utc": "pendulum.tz.timezone.Timezone@version=1(UTC)",
    "zone_pendulum_offset": "pendulum.tz.timezone.FixedTimezone@version=1(19800)",
    "date": "datetime.date@version=2(2024-01-02)",
    "timedelta": "datetime.timedelta@version=2(86402.5)",
    "timedelta_negative": "datetime.timedelta@version=2(-86399.999999)",
    "decimal": "decimal.Decimal@version=1(12.34)",
    "decimal_long": "decimal.Decimal@version=1(0.12345678901234568)",
    "decimal_whole": "decimal.Decimal@version=1(1000)",
    "decimal_nan": "decimal.Decimal@version=1(nan)",
    "set": "(1,2,3)",
    "set_empty": "()",
    "set_of_sets": "((1))",
    "set_of_tuples": "((1,2))",
    "frozenset": "(a)",
    "tuple": "(1,two,3.0)",
    "tuple_empty": "()",
    "tuple_of_sets": "((1))",
    "tuple_in_list": [[1, 2], [3, 4]],
    "namedtuple": "(1,b)",
    "enum_str": "red",
    "enum_int": 3,
    "dataclass": "pushed.Point@version=0(x=1,label=dc)",
    "dataclass_nested": "pushed.Point@version=0(x={'x': 1, 'label': 'in'},label=out)",
    "dataclass_of_attrs": "pushed.Point@version=0(x=pushed.Spot@version=0(x=1,label=in),label=out)",
    "attrs": "pushed.Spot@version=0(x=2,label=at)",
    "attrs_nested": "pushed.Spot@version=0(x=pushed.Spot@version=0(x=1,label=in),label=out)",
    "own_serialize": "pushed.Celsius@version=2(degrees=21.5,day=datetime.date@version=2(2024-01-02))",
    "pydantic": "pushed.Model@version=0(day=datetime.date@version=2(2024-01-02))",
    # Every character of the list, a comma between any two.
    "old_set": "set@version=0([,1,,, ,2,])",
}


def old_datetime(timestamp: float, zone: str, of_class: str = "datetime.datetime") -> str:
    return f"{of_class}@version=1(timestamp={timestamp},tz={zone})"


#: Release -> the texts of earlier releases that differ. Before 2.7, a time zone is the name of its offset.
TEXT_BEFORE: dict[tuple[int, ...], dict[str, Any]] = {
    (2, 7): {
        "nested_mixed": {"when": old_datetime(1704164645.0, "UTC"), "t": [1, 2]},
        "datetime_utc": old_datetime(1704164645.678901, "UTC"),
        "datetime_naive": old_datetime(1704164645.0, "UTC"),
        "datetime_zone": old_datetime(1719882245.0, "CEST"),
        "datetime_fold": old_datetime(1729992600.0, "CET"),
        "datetime_offset": old_datetime(1719869645.0, "UTC+05:30"),
        "datetime_before_1970": old_datetime(-315619199.999999, "UTC"),
        "datetime_max": old_datetime(253402300800.0, "UTC"),
        "datetime_pendulum": old_datetime(1719889445.0, "UTC", "pendulum.datetime.DateTime"),
        "datetime_pendulum_zone": old_datetime(1719882245.0, "CEST", "pendulum.datetime.DateTime"),
        "datetime_pendulum_offset": old_datetime(1719869645.0, "+05:30", "pendulum.datetime.DateTime"),
        "date": "datetime.date@version=1(2024-01-02)",
        "timedelta": "datetime.timedelta@version=1(86402.5)",
        "timedelta_negative": "datetime.timedelta@version=1(-86399.999999)",
        "own_serialize": "pushed.Celsius@version=2(degrees=21.5,day=datetime.date@version=1(2024-01-02))",
        "old_set": "set@version=0([,1,,, ,2,]",
    },
    (2, 8): {
        "datetime_naive": datetime_text(1704164645.0, UTC),
        "datetime_pendulum": datetime_text(1719889445.0, UTC, "pendulum.datetime.DateTime"),
        "zone_pendulum_utc": "pendulum.tz.timezone.FixedTimezone@version=1(UTC)",
    },
    (2, 9): {"attrs_nested": "pushed.Spot@version=0(x={'x': 1, 'label': 'in'},label=out)"},
}


def enveloped(classname: str, version: int, data: Any) -> dict[str, Any]:
    return {"__classname__": classname, "__version__": version, "__data__": data}


def enveloped_datetime(timestamp: float, *zone: Any) -> dict[str, Any]:
    tz = enveloped("builtins.tuple", 1, list(zone)) if zone else None
    return enveloped("datetime.datetime", 2, {"timestamp": timestamp, "tz": tz})


def enveloped_pendulum(timestamp: float, *zone: Any) -> dict[str, Any]:
    return {**enveloped_datetime(timestamp, *zone), "__classname__": "pendulum.datetime.DateTime"}


NAMED, FIXED = "pendulum.tz.timezone.Timezone", "pendulum.tz.timezone.FixedTimezone"
UTC_3 = ("UTC", FIXED, 1, True)
PARIS_3 = ("Europe/Paris", "zoneinfo.ZoneInfo", 1, True)
_SPOT = enveloped("pushed.Spot", 0, {"x": 1, "label": "in"})
_DATE = enveloped("datetime.date", 2, "2024-01-02")
#: The same kinds on Airflow 3: the envelopes in which they are stored.
JSON_3: dict[str, Any] = {
    "dict_int_keys": {"1": "one", "2": "two"},
    "dict_other_keys": {"True": 1, "None": 2, "1.5": 3},
    "dict_tuple_keys": {"(1, 2)": 3},
    "nested_mixed": {"when": enveloped_datetime(1704164645.0, *UTC_3), "t": enveloped("builtins.tuple", 1, [1, 2])},
    "datetime_utc": enveloped_datetime(1704164645.678901, *UTC_3),
    "datetime_naive": enveloped_datetime(1704164645.0),
    "datetime_zone": enveloped_datetime(1719882245.0, *PARIS_3),
    "datetime_fold": enveloped_datetime(1729992600.0, *PARIS_3),
    "datetime_offset": enveloped_datetime(1719869645.0, "", "", 0, False),
    "datetime_before_1970": enveloped_datetime(-315619199.999999, *UTC_3),
    "datetime_max": enveloped_datetime(253402300800.0, *UTC_3),
    "datetime_pendulum": enveloped_pendulum(1719889445.0, "UTC", NAMED, 1, True),
    "datetime_pendulum_zone": enveloped_pendulum(1719882245.0, "Europe/Paris", NAMED, 1, True),
    "datetime_pendulum_offset": enveloped_pendulum(1719869645.0, 19800, FIXED, 1, True),
    "zone": enveloped("zoneinfo.ZoneInfo", 1, "Europe/Paris"),
    "zone_pendulum": enveloped(NAMED, 1, "Europe/Paris"),
    "zone_pendulum_utc": enveloped(NAMED, 1, "UTC"),
    "zone_pendulum_offset": enveloped(FIXED, 1, 19800),
    "date": _DATE,
    "date_pendulum": enveloped("pendulum.date.Date", 2, "2024-01-02"),
    "timedelta": enveloped("datetime.timedelta", 2, 86402.5),
    "timedelta_negative": enveloped("datetime.timedelta", 2, -86399.999999),
    "decimal": enveloped("decimal.Decimal", 1, 12.34),
    "decimal_long": enveloped("decimal.Decimal", 1, 0.12345678901234568),
    "decimal_whole": enveloped("decimal.Decimal", 1, 1000),
    "uuid": enveloped("uuid.UUID", 1, "12345678-1234-5678-1234-567812345678"),
    "set": enveloped("builtins.set", 1, [1, 2, 3]),
    "set_empty": enveloped("builtins.set", 1, []),
    "set_of_sets": enveloped("builtins.set", 1, [enveloped("builtins.frozenset", 1, [1])]),
    "set_of_tuples": enveloped("builtins.set", 1, [enveloped("builtins.tuple", 1, [1, 2])]),
    "frozenset": enveloped("builtins.frozenset", 1, ["a"]),
    "tuple": enveloped("builtins.tuple", 1, [1, "two", 3.0]),
    "tuple_empty": enveloped("builtins.tuple", 1, []),
    "tuple_of_sets": enveloped("builtins.tuple", 1, [enveloped("builtins.set", 1, [1])]),
    "tuple_in_list": [enveloped("builtins.tuple", 1, [1, 2]), enveloped("builtins.tuple", 1, [3, 4])],
    "namedtuple": enveloped("builtins.tuple", 1, [1, "b"]),
    "enum_str": "red",
    "enum_int": 3,
    "dataclass": enveloped("pushed.Point", 0, {"x": 1, "label": "dc"}),
    "dataclass_nested": enveloped("pushed.Point", 0, {"x": {"x": 1, "label": "in"}, "label": "out"}),
    "dataclass_of_attrs": enveloped("pushed.Point", 0, {"x": _SPOT, "label": "out"}),
    "attrs": enveloped("pushed.Spot", 0, {"x": 2, "label": "at"}),
    "attrs_nested": enveloped("pushed.Spot", 0, {"x": _SPOT, "label": "out"}),
    "own_serialize": enveloped("pushed.Celsius", 2, {"degrees": 21.5, "day": _DATE}),
    "pydantic": enveloped("pushed.Model", 1, {"day": "2024-01-02"}),
}
#: SQLite has its own numbers.
JSON_3_SQLITE: dict[str, Any] = {
    "float_whole": 1,
    "int_65_bits": 9.223372036854776e18,
    "int_big": 1.1805916207174113e21,
}


def as_json(server: Server, key: str) -> Any:
    """Return the value with stringify=False; Airflow 2 sorts the keys of objects."""
    value = _stored(server, key)
    return json.loads(json.dumps(value, sort_keys=True)) if server.major == 2 else value


def in_its_order(server: Server, value: Any) -> Any:
    """Return the value with the keys of objects in the order in which Airflow 3 returns them.

    PostgreSQL's JSONB sorts them, short ones first.
    """
    if server.database == "postgresql" and isinstance(value, list):
        return [in_its_order(server, item) for item in value]
    if server.database == "postgresql" and isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: in_its_order(server, value[key]) for key in keys}
    return value


def as_text(server: Server, key: str) -> Any:
    """Return the value with stringify=True: Python's str(), keys in the order of pushing, but None for None."""
    value = _stored(server, key)
    return value if value is None or isinstance(value, str) else str(value)


def _stored(server: Server, key: str) -> Any:
    if server.major == 3:
        by_database = JSON_3_SQLITE if server.database == "sqlite" else {}
        return in_its_order(server, {**server.kinds, **JSON_3, **by_database}[key])
    value = {**server.kinds, **TEXT_2}[key]
    if server.release < (2, 5):  # JSON without envelopes: a tuple is a list
        kept = dataset.KINDS[key]
        return list(kept) if isinstance(kept, tuple) else kept if key == "old_set" else value
    for since, texts in TEXT_BEFORE.items():
        if server.release < since and key in texts:
            return texts[key]
    return value


def row_fields(server: Server) -> list[str]:
    if server.major == 2:
        fields = ["dag_id", "execution_date", "key", "task_id", "timestamp"]
        return sorted([*fields, "map_index"] if server.knows_map_index else fields)
    fields = ["dag_id", "key", "logical_date", "map_index", "run_id", "task_id", "timestamp"]
    if server.release >= (3, 1):
        fields += ["dag_display_name", "run_after", "task_display_name"]
    return sorted(fields)


def keys(api: XComApi, *ids: str, **filters: Any) -> list[str]:
    """Return the keys of the first page of a list."""
    return [row.key for row in api.get_xcom_entries(*ids, **filters).xcom_entries]


def error_of(api: XComApi, *ids: str, **parameters: Any) -> ApiException:
    """Return the exception of a call: of an entry for four ids, of a list otherwise."""
    with pytest.raises(ApiException) as caught:
        api.get_xcom_entry(*ids, **parameters) if len(ids) == 4 else api.get_xcom_entries(*ids, **parameters)
    return caught.value
