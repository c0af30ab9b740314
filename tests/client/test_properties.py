"""Properties that hold for any value, id and response."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    OpenApiException,
    XComApi,
)
from airflow_client.xcom.core.validation import can_change_path
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"

printable = st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"])
keys = st.text(printable, min_size=1, max_size=50)
ids = st.text(printable.filter(lambda char: char != "/"), min_size=1, max_size=50).filter(lambda text: text != "~")
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
# Airflow refuses objects with its own reserved keys.
names = st.text(st.characters(codec="utf-8")).filter(lambda name: not name.startswith("__"))
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "pw", "Admin")
        server.push_xcom("dag", RUN, "task", "first", 1)
        yield server


@pytest.fixture(scope="module")
def api(server: EmbeddedAirflow) -> Iterator[XComApi]:
    with ApiClient(Configuration(host=server.host, username="admin", password="pw")) as client:
        yield XComApi(client)


@given(values)
def test_any_written_value_is_read_back(api: XComApi, value: Any) -> None:
    where: Any = {"dag_id": "dag", "dag_run_id": RUN, "task_id": "task", "xcom_key": "written"}
    # In a list: SQLite changes some numbers.
    api.create_xcom_entry(**where, value=[value])
    try:
        assert repr(api.get_xcom_entry("dag", RUN, "task", "written").value) == repr([value])
    finally:
        api.delete_xcom_entry(**where)


@given(ids, ids, ids, keys, scalars)
def test_any_ids_and_key_return_their_own_entry(
    server: EmbeddedAirflow, api: XComApi, dag_id: str, run_id: str, task_id: str, key: str, value: Any
) -> None:
    assume(not any(map(can_change_path, (dag_id, run_id, task_id))))
    server.push_xcom(dag_id, run_id, task_id, key, [value])
    try:
        xcom = api.get_xcom_entry(dag_id, run_id, task_id, key)
        assert (xcom.dag_id, xcom.run_id, xcom.task_id, xcom.key) == (dag_id, run_id, task_id, key)
        assert repr(xcom.value) == repr([value])
    finally:
        server.delete_xcom(dag_id, run_id, task_id, key)


ENTRY = answer('{"key": "k", "value": {"a": [1, 2.5, null, "\\u00e9"]}}', Vary="Accept-Encoding")
fragments = st.sampled_from(
    [
        *(b"\r\n", b"\r\n\r\n", b"\n", b"\0", b"HTTP/1.1 ", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n"),
        *(b"Content-Encoding: gzip\r\n", b"-1", b"{", b'"', b"NaN", b"\xff\xfe", b":", b" ", b"204", b"999999"),
        b"100 Continue\r\n\r\n",
    ]
)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """A response with some bytes removed, changed, doubled or inserted."""
    response = bytearray(ENTRY)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(response)))
        end = min(len(response), start + draw(st.integers(0, 12)))
        response[start:end] = draw(st.binary(max_size=8) | fragments | st.just(bytes(response[start:end]) * 2))
    return bytes(response)


def read_with_urllib3(host: str) -> Any:
    with ApiClient(configuration(host)) as client:
        return XComApi(client).get_xcom_entry("d", "r", "t", "k").to_dict()


def read_with_requests(host: str) -> Any:
    with requests.Session() as session, ApiClient(configuration(host), session=session) as client:
        return XComApi(client).get_xcom_entry("d", "r", "t", "k").to_dict()


def read_with_aiohttp(host: str) -> Any:
    async def read() -> Any:
        async with AsyncApiClient(configuration(host)) as client:
            return (await AsyncXComApi(client).get_xcom_entry("d", "r", "t", "k", _request_timeout=2.0)).to_dict()

    return asyncio.run(read())


def configuration(host: str) -> Configuration:
    configuration = Configuration(host=host)
    configuration.retries = 0
    return configuration


@pytest.mark.parametrize("read", [read_with_urllib3, read_with_requests, read_with_aiohttp])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(response=responses())
def test_any_response_is_an_entry_or_an_exception_of_the_library(
    wire: WireServer, read: Callable[[str], Any], response: bytes
) -> None:
    def respond(connection: Any, head: bytes) -> None:
        connection.sendall(response)

    wire.answers = [respond]
    with contextlib.suppress(OpenApiException):  # and no other exception
        entry = read(wire.host)
        assert "key" in entry
        json.dumps(entry)
