"""The data of the servers that were recorded, as far as the recordings show it, for the embedded server."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any
from urllib.parse import unquote

import attrs

from airflow_client.testing import EmbeddedAirflow
from tests.contract import dataset
from tests.recorded.recordings import Recording

RUNS = (dataset.RUN_1, dataset.RUN_2)
#: Release -> the run without a logical date, whose id ends at random.
WITHOUT_DATE = {
    "3.0.6": "manual__2024-03-01T00:00:00+00:00_DLFl7reY",
    "3.3.2": "manual__2024-03-01T00:00:00+00:00_7CsiIA4P",
}
#: name -> (password, role) of the users.
USERS = {**dataset.USERS, "user": ("user-pw", "User")}


@dataclasses.dataclass
class DataPoint:
    x: int
    label: str


@attrs.define
class AttrPoint:
    x: int
    label: str


DataPoint.__module__ = AttrPoint.__module__ = "labtypes"

#: The values of the task ``kinds``: its names differ from those of the contract suite, or its classes do.
_SAME = """
bool_false bool_true date datetime_naive datetime_utc datetime_zone decimal dict_empty float float_inf float_nan
float_tiny float_whole frozenset int int_big list list_empty nested nested_mixed none set str str_empty str_json
str_newline str_numeric str_quotes timedelta tuple tuple_in_list uuid
"""
_KINDS: dict[str, Any] = {
    **{key: {**dataset.KINDS, **dataset.REFUSED}[key] for key in _SAME.split()},
    "return_value": "x",
    "str_emoji": dataset.KINDS["str_unicode"],
    "int_neg": dataset.KINDS["int_negative"],
    "dict": {"a": 1, "b": "two", "c": None, "d": False},
    "dict_intkeys": dataset.KINDS["dict_int_keys"],
    "dataclass": DataPoint(1, "dc"),
    "attrs": AttrPoint(2, "at"),
}
#: Keys that no task of 3.0.6 can push.
_NOT_PUSHED = {"/leading", "trailing/", "with/slash", "with/two/slashes", "with%2Fencoded", "with?question", "..", "."}
_NOT_PUSHED |= {"with#hash", "\u043a\u043b\u044e\u0447", "\u952e", "emoji\U0001f600", "e\u0301 combining"}
_ENTRY = re.compile(r"/api/v[12]/dags/([^/]+)/dagRuns/([^/]+)/taskInstances/([^/]+)/xcomEntries(?:/([^?]+))?(?:\?.*)?")


def fill(airflow: EmbeddedAirflow, version: str, auth: str) -> None:
    """Add the users, and the XComs that the tasks of the recorded servers pushed."""
    for name, (password, role) in USERS.items():
        if (name, auth) != ("odd", "simple"):
            airflow.add_user(name, password, role)
    for run_id in RUNS:
        for key, value in _KINDS.items():
            _push(airflow, "xcom_lab", run_id, "kinds", key, value)
        for key in dataset.ODD_KEYS:
            if version != "3.0.6" or key not in _NOT_PUSHED:
                _push(airflow, "xcom_lab", run_id, "weird_keys", key, f"value of {key[:40]}")
        for index in range(5):
            for key, value in dataset.MAPPED["contract"]["mapped"][index].items():
                airflow.push_xcom("xcom_lab", run_id, "mapped", key, value, map_index=index)
        _push(airflow, "xcom_lab", run_id, "grp.inner", "return_value", "in group")
        _push(airflow, "xcom_lab", run_id, "big", "return_value", "x")
    for number in range(250):
        _push(airflow, "xcom_many", dataset.RUN_1, "many", f"k{number:04d}", number)
    _push(airflow, "xcom_other", dataset.RUN_1, "one", "return_value", "other")
    if version.startswith("3."):
        airflow.add_run("xcom_other", WITHOUT_DATE[version], logical_date=None, run_after=dataset.RUN_AFTER)
        _push(airflow, "xcom_other", WITHOUT_DATE[version], "one", "return_value", "other")


def _push(airflow: EmbeddedAirflow, dag_id: str, run_id: str, task_id: str, key: str, value: Any) -> None:
    try:
        airflow.push_xcom(dag_id, run_id, task_id, key, value)
    except TypeError:
        assert value is _KINDS[key]  # the release refuses it


def prepare(airflow: EmbeddedAirflow, recording: Recording) -> None:
    """Do what an earlier request did whose exchange is not stored; the keys of such XComs begin with "p_"."""
    path = _ENTRY.fullmatch(recording.target)
    if path is None or not (path[4] or "").startswith("p_"):
        return
    dag_id, run_id, task_id, key = map(unquote, path.groups())
    if recording.name.endswith("DELETE-again-404"):
        airflow.delete_xcom(dag_id, run_id, task_id, key)
    elif recording.method == "GET" and recording.status == 200:
        airflow.push_xcom(dag_id, run_id, task_id, key, json.loads(recording.body)["value"])
