"""The blocking and the asyncio client have the same calls; what only the asyncio client does."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import warnings
from typing import Any
from unittest import mock

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    AsyncApiClient,
    AsyncDAGRunApi,
    AsyncXComApi,
    AsyncXComs,
    Configuration,
    DAGRunApi,
    ValueChangedWarning,
    XComApi,
    XComs,
)
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
ENTRY = answer('{"key": "k", "value": 1}')


def public(cls: type) -> dict[str, Any]:
    return {name: member for name, member in inspect.getmembers(cls) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("blocking", "awaited"), [(XComApi, AsyncXComApi), (ApiClient, AsyncApiClient), (XComs, AsyncXComs)]
)
def test_both_clients_have_the_same_methods_with_the_same_signatures(blocking: type, awaited: type) -> None:
    assert public(blocking).keys() == public(awaited).keys()
    for name, member in [("__init__", blocking.__init__), *public(blocking).items()]:
        twin = getattr(awaited, name)
        assert name == "__init__" or twin.__doc__
        if not callable(member):
            assert isinstance(twin, type(member))
        elif (name != "__init__" or blocking is not XComs) and name != "run":  # a driver's own
            mine, its = inspect.signature(member), inspect.signature(twin)
            assert [(p.name, p.kind, p.default) for p in mine.parameters.values()] == [
                (p.name, p.kind, p.default) for p in its.parameters.values()
            ], name


@pytest.mark.parametrize(
    ("api", "client", "other"),
    [
        (XComApi, ApiClient, "AsyncXComApi"),
        (AsyncXComApi, AsyncApiClient, "XComApi"),
        (DAGRunApi, ApiClient, "AsyncDAGRunApi"),
        (AsyncDAGRunApi, AsyncApiClient, "DAGRunApi"),
    ],
)
def test_an_api_takes_only_its_own_client(api: Any, client: Any, other: str) -> None:
    class Mine(client):  # type: ignore[misc]
        pass

    for right in (client(), Mine(), mock.create_autospec(client, instance=True), mock.Mock(spec=client)):
        assert api(right).api_client is right
    for wrong in (Configuration(), AsyncApiClient() if client is ApiClient else ApiClient(), "http://x", client, 0):
        with pytest.raises(ApiTypeError, match=rf"takes an {client.__name__}, not {type(wrong).__name__}; .*{other}$"):
            api(wrong)


@pytest.mark.parametrize("client", [ApiClient, AsyncApiClient])
def test_inspecting_a_client_sends_nothing(wire: WireServer, client: Any) -> None:
    """Debuggers, autospec and inspect read all that dir() lists; server_version, the old name, sends a request."""
    instance = client(Configuration(host=wire.host))
    assert "server_version" not in {*dir(instance), *dict(inspect.getmembers(instance))}
    assert not hasattr(mock.create_autospec(instance, instance=True), "server_version")
    assert not hasattr(instance, "server_versions")
    assert wire.requests == []


def test_server_version_is_the_old_name_of_get_server_version(wire: WireServer) -> None:
    wire.version = "3.3.2"
    with ApiClient(Configuration(host=f"{wire.url}/api/v2")) as client:
        assert client.server_version == "3.3.2"  # type: ignore[attr-defined]

    async def by_asyncio() -> Any:
        async with AsyncApiClient(Configuration(host=f"{wire.url}/api/v2")) as client:
            return await client.server_version  # type: ignore[attr-defined]

    assert asyncio.run(by_asyncio()) == "3.3.2"


class TestAsyncio:
    def test_makes_calls_at_the_same_time(self, wire: WireServer) -> None:
        together = threading.Barrier(20)

        def respond(connection: Any, head: bytes) -> None:
            together.wait(60)  # until all requests have arrived
            connection.sendall(ENTRY)

        wire.answers = [respond]

        async def run() -> list[Any]:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                api = AsyncXComApi(client)
                entries = await asyncio.gather(*(api.get_xcom_entry(*IDS) for _ in range(20)))
            return [entry.value for entry in entries]

        assert asyncio.run(run()) == [1] * 20

    def test_reuses_connections(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def run() -> None:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                for _ in range(5):
                    await AsyncXComApi(client).get_xcom_entry(*IDS)

        asyncio.run(run())
        assert wire.connections == 1

    def test_a_cancelled_call_closes_its_connection(self, wire: WireServer) -> None:
        arrived, closed = threading.Event(), threading.Event()

        def stall(connection: Any, head: bytes) -> None:
            arrived.set()
            if not connection.recv(1):
                closed.set()

        wire.answers = [stall, ENTRY]

        async def run() -> Any:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                api = AsyncXComApi(client)
                call = asyncio.create_task(api.get_xcom_entry(*IDS))
                assert await asyncio.to_thread(arrived.wait, 60)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                assert await asyncio.to_thread(closed.wait, 60)
                return (await api.get_xcom_entry(*IDS)).value

        assert asyncio.run(run()) == 1

    def test_a_cancelled_login_does_not_affect_other_calls(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.push_xcom(*IDS, 1)

            async def run() -> list[Any]:
                configuration = Configuration(host=server.host, username="admin", password="pw")
                async with AsyncApiClient(configuration) as client:
                    api = AsyncXComApi(client)
                    tasks = [asyncio.create_task(api.get_xcom_entry(*IDS)) for _ in range(5)]
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
                    tasks[0].cancel()
                    return await asyncio.gather(*tasks, return_exceptions=True)

            first, *others = asyncio.run(run())
            assert isinstance(first, asyncio.CancelledError)
            assert [entry.value for entry in others] == [1] * 4
            assert 1 <= sum(request.path == "/auth/token" for request in server.requests) <= 2

    def test_waits_for_an_xcom(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.add_run("d", "r")

            async def run() -> Any:
                configuration = Configuration(host=server.host, username="admin", password="pw")
                async with AsyncApiClient(configuration) as client:
                    api = AsyncXComApi(client)
                    waiting = asyncio.create_task(api.wait_for_xcom_entry(*IDS, timeout=60, poll_interval=0.05))
                    with pytest.raises(TimeoutError):
                        await api.wait_for_xcom_entry("d", "not yet", "t", "other", timeout=0.3, poll_interval=0.05)
                    assert not waiting.done()
                    server.push_xcom(*IDS, {"a": 1})
                    return (await waiting).value

            assert asyncio.run(run()) == {"a": 1}

    def test_warnings_point_at_the_caller(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw", "Admin")
            server.push_xcom(*IDS, 1)

            async def run() -> None:
                configuration = Configuration(host=server.host, username="admin", password="pw")
                async with AsyncApiClient(configuration) as client:
                    await AsyncXComApi(client).create_xcom_entry(
                        dag_id="d", dag_run_id="r", task_id="t", xcom_key="new", value=1.0
                    )

            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                asyncio.run(run())
            assert [(warning.category, warning.filename) for warning in caught] == [(ValueChangedWarning, __file__)]

    def test_responses_without_preloaded_content_are_aiohttp_s(self, wire: WireServer) -> None:
        async def run() -> list[Any]:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                api = AsyncXComApi(client)
                entry = await api.get_xcom_entry_without_preload_content(*IDS)
                entries = await api.get_xcom_entries_without_preload_content(*IDS[:3], limit=1)
                return [await response.json() for response in (entry, entries)]

        bodies: list[Any] = [{"key": "k"}, {"xcom_entries": [], "total_entries": 0}]
        wire.answers = [answer(json.dumps(body)) for body in bodies]
        assert asyncio.run(run()) == bodies

    def test_get_server_version_is_a_coroutine(self) -> None:
        with EmbeddedAirflow("2.11.2") as server:

            async def run() -> str:
                async with AsyncApiClient(Configuration(host=server.base_url)) as client:
                    return await client.get_server_version()

            assert asyncio.run(run()) == "2.11.2"
