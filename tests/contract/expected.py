"""What each release is expected to make of what was pushed."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.client import ApiException, XComApi
from tests.contract import pushed
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server

KINDS = ("contract", RUN_1, "kinds")
MAPPED = ("contract", RUN_1, "mapped")
MANY = ("many", RUN_1, "many")

UTC = "(UTC,pendulum.tz.timezone.FixedTimezone,1,True)"
#: What Airflow 2 makes of the kinds that JSON does not have, whatever it is asked for: text.
TEXT_2: dict[str, Any] = {
    "datetime_utc": f"datetime.datetime@version=2(timestamp=1704164645.678901,tz={UTC})",
    "datetime_naive": "datetime.datetime@version=2(timestamp=1704164645.0,tz=None)",
    "datetime_zone": "datetime.datetime@version=2(timestamp=1719882245.0,tz=(Europe/Paris,zoneinfo.ZoneInfo,1,True))",
    "date": "datetime.date@version=2(2024-01-02)",
    "timedelta": "datetime.timedelta@version=2(86402.5)",
    "decimal": "decimal.Decimal@version=1(12.34)",
    "set": "(1,2,3)",
    "frozenset": "(a)",
    "tuple": "(1,two,3.0)",
    "dataclass": "pushed.Point@version=0(x=1,label=dc)",
    "nested_mixed": {"t": [1, 2], "when": f"datetime.datetime@version=2(timestamp=1704164645.0,tz={UTC})"},
    "tuple_in_list": [[1, 2], [3, 4]],
    "dict_int_keys": {"1": "one", "2": "two"},
    # Airflow 2 sorts the keys of an object in JSON.
    "dict": {"a": 1, "b": "two", "c": None, "d": False},
    "nested": {"d": {"e": {"f": [None]}}, "l": [{"x": [1, 2, {"y": "\u00e9"}]}]},
}


def enveloped(classname: str, version: int, data: Any) -> dict[str, Any]:
    return {"__classname__": classname, "__version__": version, "__data__": data}


def enveloped_datetime(timestamp: float, *zone: Any) -> dict[str, Any]:
    tz = enveloped("builtins.tuple", 1, list(zone)) if zone else None
    return enveloped("datetime.datetime", 2, {"timestamp": timestamp, "tz": tz})


UTC_3 = ("UTC", "pendulum.tz.timezone.FixedTimezone", 1, True)
#: What Airflow 3 makes of them: the envelopes in which they are stored.
JSON_3: dict[str, Any] = {
    "datetime_utc": enveloped_datetime(1704164645.678901, *UTC_3),
    "datetime_naive": enveloped_datetime(1704164645.0),
    "datetime_zone": enveloped_datetime(1719882245.0, "Europe/Paris", "zoneinfo.ZoneInfo", 1, True),
    "date": enveloped("datetime.date", 2, "2024-01-02"),
    "timedelta": enveloped("datetime.timedelta", 2, 86402.5),
    "decimal": enveloped("decimal.Decimal", 1, 12.34),
    "set": enveloped("builtins.set", 1, [1, 2, 3]),
    "frozenset": enveloped("builtins.frozenset", 1, ["a"]),
    "tuple": enveloped("builtins.tuple", 1, [1, "two", 3.0]),
    "dataclass": enveloped("pushed.Point", 0, {"x": 1, "label": "dc"}),
    "uuid": enveloped("uuid.UUID", 1, "12345678-1234-5678-1234-567812345678"),
    "nested_mixed": {"when": enveloped_datetime(1704164645.0, *UTC_3), "t": enveloped("builtins.tuple", 1, [1, 2])},
    "tuple_in_list": [enveloped("builtins.tuple", 1, [1, 2]), enveloped("builtins.tuple", 1, [3, 4])],
    "dict_int_keys": {"1": "one", "2": "two"},
    # SQLite, which these servers store in, has its own numbers.
    "float_whole": 1,
    "int_big": 1.1805916207174113e21,
}


def as_json(server: Server, key: str) -> Any:
    """What comes back with stringify=False."""
    return {**server.kinds, **(TEXT_2 if server.major == 2 else JSON_3)}[key]


def as_text(server: Server, key: str) -> Any:
    """What comes back with stringify=True: Python's str(), the keys in the order of pushing, but None for None."""
    value = as_json(server, key)
    if server.major == 2 and key in ("dict", "nested"):
        value = pushed.KINDS[key]
    if server.major == 2 and key == "nested_mixed":
        value = dict(reversed(list(value.items())))
    return value if value is None or isinstance(value, str) else str(value)


def fields_of_a_row(server: Server) -> list[str]:
    if server.major == 2:
        return ["dag_id", "execution_date", "key", "map_index", "task_id", "timestamp"]
    fields = ["dag_id", "key", "logical_date", "map_index", "run_id", "task_id", "timestamp"]
    if server.version == "3.3.2":
        fields += ["dag_display_name", "run_after", "task_display_name"]
    return sorted(fields)


def keys(api: XComApi, *ids: str, **filters: Any) -> list[str]:
    return [row.key for row in api.get_xcom_entries(*ids, **filters).xcom_entries]


def refused(api: XComApi, *ids: str, **parameters: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        api.get_xcom_entry(*ids, **parameters) if len(ids) == 4 else api.get_xcom_entries(*ids, **parameters)
    return caught.value
