"""Integers and bools of numpy's as arguments: a loop over an array passes them."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom import ApiTypeError, Configuration, XComApi
from tests.support.wire_server import WireServer, answer

numpy: Any = pytest.importorskip("numpy")
IDS = ("d", "r", "t")


def test_they_are_sent_as_python_s_own(api: XComApi, wire: WireServer) -> None:
    wire.answers = [answer('{"key": "k", "value": 1, "map_index": 2}')]
    api.get_xcom_entry(*IDS, "k", map_index=numpy.int64(2), stringify=numpy.bool_(False))
    api.api_client.call_api("/dags", "GET", query_params={"only_active": numpy.bool_(True), "limit": numpy.uint8(3)})
    sent = [target.partition("?")[2] for target in wire.targets]
    assert sent == ["map_index=2&stringify=false", "only_active=true&limit=3"]


def test_they_are_written_as_json(wire: WireServer) -> None:
    wire.version = "3.3.2"
    wire.answers = [answer('{"key": "k", "value": 1, "map_index": 2}', "201 Created")]
    api = XComApi()
    api.api_client.configuration = Configuration(host=f"{wire.url}/api/v2")
    with api.api_client:
        api.create_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="k", value=1, map_index=numpy.int8(2))
    assert b'"map_index": 2' in wire.requests[0]


def test_they_are_taken_as_settings_and_limits(wire: WireServer) -> None:
    wire.answers = [answer('{"xcom_entries": [], "total_entries": 0}')]
    configuration = Configuration(
        host=wire.host,
        retries=numpy.int64(0),
        connection_pool_maxsize=numpy.int16(2),
        max_response_size=numpy.int64(999),
    )
    api = XComApi()
    api.api_client.configuration = configuration
    with api.api_client:
        assert list(api.iter_xcom_entries(page_size=numpy.int64(5), _request_timeout=numpy.int32(9))) == []
    assert "limit=5" in wire.targets[0]


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [("map_index", "bool_", "an int"), ("stringify", "int64", "a bool"), ("map_index", "float64", "an int")],
)
def test_one_of_the_wrong_type_is_named_as_numpy_s(api: XComApi, name: str, value: str, wanted: str) -> None:
    wrong: Any = {name: getattr(numpy, value)(1)}
    with pytest.raises(ApiTypeError, match=f"{name} must be {wanted}, not numpy.{type(wrong[name]).__name__}"):
        api.get_xcom_entry(*IDS, "k", **wrong)
