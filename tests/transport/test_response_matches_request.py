"""A response belongs to its request, or is refused: proxies rewrite paths, and connections get out of step."""

from __future__ import annotations

import itertools
import json
import socket
from typing import Any

import pytest

from airflow_client.xcom import UnexpectedContentException, XCom
from tests.support.cases import check_each
from tests.support.transports import OpenClient
from tests.support.wire_server import WireServer, answer, entry, requests_on
from tests.transport.conftest import one_transport

IDS = ("d", "r", "t")
FIELDS = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "key": "k"}
ROW = {**FIELDS, "timestamp": "2024-01-01T00:00:00Z"}
DIFFERENT = {"key": "K", "dag_id": "D", "run_id": "R", "task_id": "T", "map_index": 0}


def xcom(**changes: Any) -> bytes:
    """The response with an XCom whose fields have these changes."""
    return answer(json.dumps({**FIELDS, "value": "of-another-xcom", **changes}))


def page(**changes: Any) -> bytes:
    return answer(json.dumps({"xcom_entries": [ROW, {**ROW, **changes}], "total_entries": 2}))


def refused(client: Any, name: str, *arguments: Any, **keywords: Any) -> UnexpectedContentException:
    with pytest.raises(UnexpectedContentException, match="the response does not match the request") as caught:
        client.call(name, *arguments, **keywords)
    assert caught.value.body is None
    assert "of-another-xcom" not in f"{caught.value} {vars(caught.value)}"
    assert "a proxy may have rewritten the path" in str(caught.value)
    return caught.value


def test_another_xcom_is_refused_and_its_connection_closed(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)

    def check(field: str) -> None:
        wire.answers = [xcom(**{field: DIFFERENT[field]}), xcom()]
        connections = wire.connections
        error = refused(client, "get_xcom_entry", *IDS, "k")
        assert f"requested {field}={FIELDS[field]!r}, received {DIFFERENT[field]!r}" in str(error)
        assert client.call("get_xcom_entry", *IDS, "k").value == "of-another-xcom"
        assert wire.connections - connections == (2 if field == "key" else 1)  # the first case opens one more

    check_each(DIFFERENT, check)


@one_transport
def test_an_entry_without_a_key_is_refused(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)

    def check(body: str) -> None:
        wire.answers = [answer(body)]
        refused(client, "get_xcom_entry", *IDS, "k")

    check_each(['{"value": 1}', '{"version": "3.3.2"}', "{}", '{"key": null}', '{"pools": []}'], check)


@one_transport
def test_each_form_of_a_call_checks(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [xcom(key="other")]
    client = open_client(wire.host)
    refused(client, "get_xcom_entry", *IDS, "k", _return_http_data_only=False)
    refused(client, "get_xcom_entry", *IDS, "k", map_index=0)
    refused(client, "get_xcom_entry_with_http_info", *IDS, "k")
    refused(client, "wait_for_xcom_entry", *IDS, "k", timeout=5.0)


@one_transport
def test_null_or_missing_fields_match(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [entry("k"), answer('{"key": "k", "dag_id": null, "map_index": null, "run_id": null}')]
    client = open_client(wire.host)
    assert client.call("get_xcom_entry", *IDS, "k") == XCom(key="k", value=1)
    assert client.call("get_xcom_entry", *IDS, "k", map_index=3).map_index is None


@one_transport
def test_the_response_to_a_write_is_checked(open_client: OpenClient, wire: WireServer) -> None:
    wire.version = "3.3.2"
    client = open_client(f"{wire.url}/api/v2")
    ids = {"dag_id": "d", "dag_run_id": "r", "task_id": "t", "xcom_key": "k"}

    def check(case: tuple[str, str]) -> None:
        call, field = case
        wire.answers = [xcom(**{field: DIFFERENT[field]})]
        refused(client, call, **ids, value=1)

    check_each(itertools.product(["create_xcom_entry", "update_xcom_entry"], DIFFERENT), check)


@one_transport
def test_a_row_of_another_list_is_refused(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)

    def check(field: str) -> None:
        wire.answers = [page(**{field: DIFFERENT[field]})]
        refused(client, "get_xcom_entries", *IDS)
        assert len(client.call("get_xcom_entries", "~", "~", "~").xcom_entries) == 2

    check_each(["dag_id", "run_id", "task_id"], check)


@one_transport
def test_a_row_that_the_filters_exclude_is_refused(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [page(key="other", map_index=1)]
    client = open_client(wire.host)
    refused(client, "get_xcom_entries", *IDS, xcom_key="k")
    refused(client, "get_xcom_entries", *IDS, map_index=-1)
    assert len(client.call("get_xcom_entries", *IDS).xcom_entries) == 2


@one_transport
def test_the_list_of_another_endpoint_is_refused(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [answer('{"pools": ["of-another-xcom"], "total_entries": 1}')]
    assert "'pools', 'total_entries'" in str(refused(open_client(wire.host), "get_xcom_entries", *IDS))


def entry_of(head: bytes) -> bytes:
    """An entry whose key and value are the requested key."""
    key = head.split(b" ")[1].rpartition(b"/")[2].decode()
    return entry(key, key)


def out_of_step(connection: socket.socket, head: bytes) -> None:
    """Answer four requests; from the fifth on, each gets the answer of the one before it."""
    before = head
    for count, now in enumerate(itertools.chain([head], requests_on(connection))):
        connection.sendall(entry_of(now if count < 4 else before))
        before = now


def test_a_connection_out_of_step_gives_no_wrong_value(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [out_of_step]
    client = open_client(wire.host)
    keys, refusals = [f"k{index}" for index in range(50)], 0
    for key in keys:
        try:
            assert client.call("get_xcom_entry", *IDS, key).value == key
        except UnexpectedContentException:
            refusals += 1
    assert refusals == wire.connections == 10
