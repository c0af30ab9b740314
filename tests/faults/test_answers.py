"""An answer is that of its request, or is refused: proxies rewrite paths, and connections get out of step."""

from __future__ import annotations

import itertools
import json
import socket
from typing import Any

import pytest

from airflow_client.xcom import UnexpectedContentException, XCom
from tests.faults.ways import Open
from tests.wire_server import WireServer, answer, entry, requests_on

IDS = ("d", "r", "t")
FIELDS = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "key": "k"}
ROW = {**FIELDS, "timestamp": "2024-01-01T00:00:00Z"}


def said(**changes: Any) -> bytes:
    """An entry that says this of itself; a field that is None is left out."""
    fields = {**FIELDS, "value": "of-somebody-else", **changes}
    return answer(json.dumps({name: value for name, value in fields.items() if value is not None}))


def page(**changes: Any) -> bytes:
    return answer(json.dumps({"xcom_entries": [ROW, {**ROW, **changes}], "total_entries": 2}))


DIFFERENT = {"key": "K", "dag_id": "D", "run_id": "R", "task_id": "T", "map_index": 0}


def refused(by: Any, name: str, *arguments: Any, **keywords: Any) -> UnexpectedContentException:
    with pytest.raises(UnexpectedContentException, match="the response does not match the request") as caught:
        by.call(name, *arguments, **keywords)
    assert caught.value.body is None
    assert "of-somebody-else" not in f"{caught.value} {vars(caught.value)}"
    assert "a proxy may have rewritten the path" in str(caught.value)
    return caught.value


@pytest.mark.parametrize("field", DIFFERENT)
def test_an_entry_of_another_name(client: Open, wire: WireServer, field: str) -> None:
    wire.answers = [said(**{field: DIFFERENT[field]}), said()]
    by = client(wire.host)
    error = refused(by, "get_xcom_entry", *IDS, "k")
    assert f"requested {field}={FIELDS[field]!r}, received {DIFFERENT[field]!r}" in str(error)
    assert by.call("get_xcom_entry", *IDS, "k").value == "of-somebody-else"
    assert wire.connections == 2  # the first is not used again


@pytest.mark.parametrize("body", ['{"value": 1}', '{"version": "3.3.2"}', "{}", '{"key": null}', '{"pools": []}'])
def test_an_entry_without_a_key(client: Open, wire: WireServer, body: str) -> None:
    wire.answers = [answer(body)]
    refused(client(wire.host), "get_xcom_entry", *IDS, "k")


@pytest.mark.parametrize("keywords", [{"_return_http_data_only": False}, {"map_index": 0}])
def test_each_form_of_a_call(client: Open, wire: WireServer, keywords: dict[str, Any]) -> None:
    wire.answers = [said(key="other")]
    by = client(wire.host)
    refused(by, "get_xcom_entry", *IDS, "k", **keywords)
    refused(by, "get_xcom_entry_with_http_info", *IDS, "k")
    refused(by, "wait_for_xcom_entry", *IDS, "k", timeout=5.0)


def test_fields_that_are_null_or_missing_say_nothing(client: Open, wire: WireServer) -> None:
    wire.answers = [entry("k"), answer('{"key": "k", "dag_id": null, "map_index": null, "run_id": null}')]
    by = client(wire.host)
    assert by.call("get_xcom_entry", *IDS, "k") == XCom(key="k", value=1)
    assert by.call("get_xcom_entry", *IDS, "k", map_index=3).map_index is None


@pytest.mark.parametrize("call", ["create_xcom_entry", "update_xcom_entry"])
@pytest.mark.parametrize("field", DIFFERENT)
def test_what_is_written(client: Open, wire: WireServer, call: str, field: str) -> None:
    wire.answers = [answer('{"version": "3.3.2"}'), said(**{field: DIFFERENT[field]})]
    ids = {"dag_id": "d", "dag_run_id": "r", "task_id": "t", "xcom_key": "k"}
    refused(client(f"{wire.url}/api/v2"), call, **ids, value=1)


@pytest.mark.parametrize("field", ["dag_id", "run_id", "task_id"])
def test_a_row_of_another_list(client: Open, wire: WireServer, field: str) -> None:
    wire.answers = [page(**{field: DIFFERENT[field]})]
    by = client(wire.host)
    refused(by, "get_xcom_entries", *IDS)
    assert len(by.call("get_xcom_entries", "~", "~", "~").xcom_entries) == 2


def test_a_row_that_a_filter_leaves_out(client: Open, wire: WireServer) -> None:
    wire.answers = [page(key="other", map_index=1)]
    by = client(wire.host)
    refused(by, "get_xcom_entries", *IDS, xcom_key="k")
    refused(by, "get_xcom_entries", *IDS, map_index=-1)
    assert len(by.call("get_xcom_entries", *IDS).xcom_entries) == 2


def test_a_list_that_is_another_endpoint_s(client: Open, wire: WireServer) -> None:
    wire.answers = [answer('{"pools": ["of-somebody-else"], "total_entries": 1}')]
    assert "'pools', 'total_entries'" in str(refused(client(wire.host), "get_xcom_entries", *IDS))


def said_to(head: bytes) -> bytes:
    """An entry whose key and value are the key that was asked for."""
    key = head.split(b" ")[1].rpartition(b"/")[2].decode()
    return entry(key, key)


def out_of_step(connection: socket.socket, head: bytes) -> None:
    """Answer four requests; from the fifth on, each gets the answer of the one before it."""
    before = head
    for count, now in enumerate(itertools.chain([head], requests_on(connection))):
        connection.sendall(said_to(now if count < 4 else before))
        before = now


def test_a_connection_out_of_step_gives_no_wrong_value(client: Open, wire: WireServer) -> None:
    wire.answers = [out_of_step]
    by = client(wire.host)
    keys, refusals = [f"k{index}" for index in range(50)], 0
    for key in keys:
        try:
            assert by.call("get_xcom_entry", *IDS, key).value == key
        except UnexpectedContentException:
            refusals += 1
    assert refusals == wire.connections == 10
