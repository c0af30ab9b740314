"""Values as text or as JSON: the configuration's default, each call's own, and what old servers can do."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Callable, Optional

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiUnsupportedError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    XComApi,
)
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task", "key")


def get(configuration: Configuration, **keywords: Any) -> Any:
    with ApiClient(configuration) as client:
        return XComApi(client).get_xcom_entry(*IDS, **keywords).value


def wait(configuration: Configuration, **keywords: Any) -> Any:
    with ApiClient(configuration) as client:
        return XComApi(client).wait_for_xcom_entry(*IDS, timeout=5, **keywords).value


def wait_awaited(configuration: Configuration, **keywords: Any) -> Any:
    async def run() -> Any:
        async with AsyncApiClient(configuration) as client:
            return (await AsyncXComApi(client).wait_for_xcom_entry(*IDS, timeout=5, **keywords)).value

    return asyncio.run(run())


def read_all(configuration: Configuration, **keywords: Any) -> Any:
    with ApiClient(configuration) as client:
        return next(XComApi(client).iter_xcoms(*IDS[:3], **keywords)).value


CALLS = pytest.mark.parametrize("call", [get, wait, wait_awaited, read_all])
Call = Callable[..., Any]


def old_server(version: str, value: Any) -> WireServer:
    """A server of an old release: a page of one row, or the XCom, by the path."""
    row = {"dag_id": "dag", "execution_date": "2024-01-01T00:00:00+00:00", "task_id": "task", "key": "key"}
    page = json.dumps({"xcom_entries": [row], "total_entries": 1})

    def respond(connection: Any, head: bytes) -> None:
        path = head.split(b" ")[1].partition(b"?")[0]
        is_list = path.endswith(b"/xcomEntries")
        connection.sendall(answer(page if is_list else json.dumps({"key": "key", "value": value})))

    return WireServer(respond, version=version)


class TestConfiguration:
    @CALLS
    @pytest.mark.parametrize("version", ["2.10.5", "2.11.2", "3.0.6", "3.3.2"])
    @pytest.mark.parametrize(("stringify", "value"), [(True, "{'a': 1}"), (False, {"a": 1})])
    def test_is_the_default_of_every_call(self, call: Call, version: str, stringify: bool, value: Any) -> None:
        with EmbeddedAirflow(version) as server:
            server.add_user("admin", "pw")
            server.push_xcom(*IDS, {"a": 1})
            configuration = Configuration(host=server.base_url, username="admin", password="pw", stringify=stringify)
            assert call(configuration) == value
            assert call(configuration, stringify=not stringify) != value

    @CALLS
    def test_false_needs_airflow_2_10(self, call: Call) -> None:
        with old_server("2.9.3", "1") as wire:
            with pytest.raises(ApiUnsupportedError, match=r"stringify=False needs Airflow 2\.10 or later"):
                call(Configuration(host=wire.host, stringify=False))
            assert not [target for target in wire.targets if "/xcomEntries/" in target]

    @CALLS
    @pytest.mark.parametrize("stringify", [None, True])
    def test_text_is_what_an_older_server_sends_anyway(self, call: Call, stringify: Optional[bool]) -> None:
        with old_server("2.9.3", "1") as wire:
            assert call(Configuration(host=wire.host, stringify=stringify)) == "1"
            assert "stringify" not in wire.targets[-1]

    def test_can_change_between_calls(self) -> None:
        with EmbeddedAirflow() as server:
            server.add_user("admin", "pw")
            server.push_xcom(*IDS, 1)
            configuration = Configuration(host=server.base_url, username="admin", password="pw")
            with ApiClient(configuration) as client:
                values = []
                for stringify in (None, False, True):
                    configuration.stringify = stringify
                    values.append(XComApi(client).get_xcom_entry(*IDS).value)
            assert values == ["1", 1, "1"]

    @pytest.mark.parametrize("value", ["false", 0, 1])
    def test_of_another_type(self, value: Any) -> None:
        with pytest.raises(ApiTypeError, match="stringify must be a bool or None, not"):
            Configuration(stringify=value)


class TestDefaults:
    @pytest.mark.parametrize(("call", "value"), [(get, "[1]"), (wait, [1]), (wait_awaited, [1]), (read_all, [1])])
    def test_the_documented_call_keeps_the_server_s(self, call: Call, value: Any) -> None:
        with EmbeddedAirflow("2.11.2") as server:
            server.add_user("admin", "pw")
            server.push_xcom(*IDS, [1])
            assert call(Configuration(host=server.base_url, username="admin", password="pw")) == value

    def test_the_documented_call_makes_one_request(self) -> None:
        with WireServer(answer('{"key": "key", "value": "1"}')) as wire:
            get(Configuration(host=wire.host))
            assert len(wire.requests) == 1

    @pytest.mark.parametrize("call", [wait, wait_awaited])
    def test_a_gateway_that_hides_the_release_costs_the_json_and_not_the_value(self, call: Call) -> None:
        hidden = answer("<h1>404</h1>", "404 Not Found", Content_Type="text/html")
        with WireServer(hidden, answer('{"key": "key", "value": "1"}')) as wire:
            assert call(Configuration(host=wire.host)) == "1"
            assert [target.rpartition("/")[2] for target in wire.targets] == ["version", "key"]


class TestPickling:
    """Airflow 2 with ``[core] enable_xcom_pickling`` sends text, whatever the request says."""

    @pytest.mark.parametrize(
        ("value", "stringified"), [("{'a': 1}", None), (None, None), ({"a": 1}, False), (1, False)]
    )
    def test_counts_claim_json_only_once_a_value_proves_it(self, value: Any, stringified: Optional[bool]) -> None:
        with old_server("2.11.2", value) as wire, ApiClient(Configuration(host=wire.host)) as client:
            xcoms = XComApi(client).iter_xcoms(*IDS[:3])
            assert [xcom.value for xcom in xcoms] == [value]
            assert wire.targets[-1].endswith("?stringify=false")
            assert xcoms.counts.stringified is stringified
