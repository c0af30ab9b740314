"""The blocking and the asyncio side have the same calls; what a call does by asyncio that it does not by threads."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
import warnings
from typing import Any
from unittest import mock

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    AsyncApiClient,
    AsyncXComApi,
    AsyncXComs,
    Configuration,
    TimeoutException,
    UnauthorizedException,
    ValueChangedWarning,
    XComApi,
    XComs,
)
from tests.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
ENTRY = answer('{"key": "k", "value": 1}')


def public(cls: type) -> dict[str, Any]:
    return {name: member for name, member in inspect.getmembers(cls) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("blocking", "awaited"), [(XComApi, AsyncXComApi), (ApiClient, AsyncApiClient), (XComs, AsyncXComs)]
)
def test_each_public_method_of_one_side_is_on_the_other_with_the_same_signature(blocking: type, awaited: type) -> None:
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
    ("api", "client", "other"), [(XComApi, ApiClient, "AsyncXComApi"), (AsyncXComApi, AsyncApiClient, "XComApi")]
)
def test_the_calls_of_a_side_take_its_client_alone(api: Any, client: Any, other: str) -> None:
    class Mine(client):  # type: ignore[misc]
        pass

    for fit in (client(), Mine(), mock.create_autospec(client, instance=True), mock.Mock(spec=client)):
        assert api(fit).api_client is fit
    for unfit in (Configuration(), AsyncApiClient() if client is ApiClient else ApiClient(), "http://x", client, 0):
        with pytest.raises(ApiTypeError, match=rf"takes an {client.__name__}, not {type(unfit).__name__}; .*{other}$"):
            api(unfit)


@pytest.mark.parametrize("client", [ApiClient, AsyncApiClient])
def test_who_looks_at_a_client_sends_nothing(wire: WireServer, client: Any) -> None:
    """Debuggers, autospec and inspect read all that dir() lists; server_version, the old name, sends a request."""
    by = client(Configuration(host=wire.host))
    assert "server_version" not in {*dir(by), *dict(inspect.getmembers(by))}
    assert not hasattr(mock.create_autospec(by, instance=True), "server_version")
    assert not hasattr(by, "server_versions")
    assert wire.requests == []


def test_the_old_name_of_the_release(wire: WireServer) -> None:
    wire.version = "3.3.2"
    with ApiClient(Configuration(host=f"{wire.url}/api/v2")) as client:
        assert client.server_version == "3.3.2"  # type: ignore[attr-defined]

    async def by_asyncio() -> Any:
        async with AsyncApiClient(Configuration(host=f"{wire.url}/api/v2")) as client:
            return await client.server_version  # type: ignore[attr-defined]

    assert asyncio.run(by_asyncio()) == "3.3.2"


class TestAsyncio:
    def test_makes_calls_at_the_same_time(self, wire: WireServer) -> None:
        def slow(connection: Any, head: bytes) -> None:
            time.sleep(0.2)
            connection.sendall(ENTRY)

        wire.answers = [slow]

        async def run() -> list[Any]:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                api = AsyncXComApi(client)
                entries = await asyncio.gather(*(api.get_xcom_entry(*IDS) for _ in range(20)))
            return [entry.value for entry in entries]

        started = time.monotonic()
        assert asyncio.run(run()) == [1] * 20
        assert time.monotonic() - started < 3  # one after the other they would take 4

    def test_keeps_its_connections(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def run() -> None:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                for _ in range(5):
                    await AsyncXComApi(client).get_xcom_entry(*IDS)

        asyncio.run(run())
        assert wire.connections == 1

    def test_a_call_that_is_cancelled_closes_its_connection(self, wire: WireServer) -> None:
        closed = threading.Event()

        def stall(connection: Any, head: bytes) -> None:
            if not connection.recv(1):
                closed.set()

        wire.answers = [stall, ENTRY]

        async def run() -> Any:
            async with AsyncApiClient(Configuration(host=wire.host)) as client:
                api = AsyncXComApi(client)
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(api.get_xcom_entry(*IDS), 0.2)
                assert await asyncio.to_thread(closed.wait, 5)
                return (await api.get_xcom_entry(*IDS)).value

        assert asyncio.run(run()) == 1

    def test_a_login_that_is_cancelled_leaves_the_others_theirs(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.add_xcom(*IDS, 1)

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
            logins = [target for method, target in server.requests if target == "/auth/token"]
            assert 1 <= len(logins) <= 2

    def test_a_login_is_waited_for_within_the_limits_of_the_call(self, wire: WireServer) -> None:
        wire.answers = [lambda connection, head: time.sleep(3)]

        async def run() -> list[Any]:
            configuration = Configuration(host=wire.url + "/api/v2", username="admin", password="pw")
            async with AsyncApiClient(configuration) as client:
                api = AsyncXComApi(client)
                calls = [api.get_xcom_entry(*IDS, _request_timeout=limit) for limit in (2.0, 0.3)]
                return await asyncio.gather(*calls, return_exceptions=True)

        _, impatient = asyncio.run(run())
        assert isinstance(impatient, TimeoutException)
        assert "another call's login" in str(impatient)

    def test_waits_for_an_xcom(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.add_run("d", "r")

            async def run() -> Any:
                configuration = Configuration(host=server.host, username="admin", password="pw")
                async with AsyncApiClient(configuration) as client:
                    api = AsyncXComApi(client)
                    waiting = asyncio.create_task(api.wait_for_xcom_entry(*IDS, timeout=30, poll_interval=0.05))
                    await asyncio.sleep(0.2)
                    assert not waiting.done()
                    server.add_xcom(*IDS, {"a": 1})
                    with pytest.raises(TimeoutError):
                        await api.wait_for_xcom_entry("d", "not yet", "t", "other", timeout=0.3, poll_interval=0.05)
                    return (await waiting).value

            assert asyncio.run(run()) == {"a": 1}

    def test_a_wrong_password_fails_at_once(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:

            async def run() -> None:
                configuration = Configuration(host=server.host, username="admin", password="pw")
                async with AsyncApiClient(configuration) as client:
                    await AsyncXComApi(client).wait_for_xcom_entry(*IDS, timeout=60)

            with pytest.raises(UnauthorizedException):
                asyncio.run(run())

    def test_warnings_point_at_the_caller(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw", "Admin")
            server.add_xcom(*IDS, 1)

            async def run() -> None:
                configuration = Configuration(host=server.host, username="admin", password="pw")
                async with AsyncApiClient(configuration) as client:
                    await AsyncXComApi(client).create_xcom_entry(
                        dag_id="d", dag_run_id="r", task_id="t", xcom_key="new", value=1.0
                    )

            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                asyncio.run(run())
            assert [(warning.category, warning.filename) for warning in told] == [(ValueChangedWarning, __file__)]

    def test_the_release_is_awaited(self) -> None:
        with EmbeddedAirflow("2.11.2") as server:

            async def run() -> str:
                async with AsyncApiClient(Configuration(host=server.base_url)) as client:
                    return await client.get_server_version()

            assert asyncio.run(run()) == "2.11.2"
