"""Clients in other processes, threads and event loops: forked, pickled, copied, shared."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ForbiddenException,
    XComApi,
)
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task", "key")
ENTRY = answer('{"key": "key", "value": 1}')
SECRETS = ("pass-word", "the-token", "the-cookie", "proxy-word", "the-key")


@pytest.fixture
def server() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("2.11.2", auth="basic,session") as server:
        server.add_user("admin", "pass-word")
        server.push_xcom(*IDS, 1)
        yield server


def client_of(server: EmbeddedAirflow) -> ApiClient:
    return ApiClient(Configuration(host=server.base_url, username="admin", password="pass-word"))


def read(client: ApiClient) -> Any:
    return XComApi(client).get_xcom_entry(*IDS, stringify=False).value


def in_a_fork(call: Callable[[], None]) -> int:
    """Fork a process that makes ``call``; return its exit code, 0 if it raised nothing."""
    child = os.fork()
    if child == 0:
        try:
            call()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
class TestFork:
    def test_has_its_own_connections(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host)) as client:
            assert [read(client), read(client)] == [1, 1]
            assert wire.connections == 1
            assert in_a_fork(lambda: [read(client) for _ in range(3)] and None) == 0
            assert wire.connections == 2
            assert read(client) == 1  # the parent's connection still works
            assert wire.connections == 2

    def test_with_a_session_has_its_own_connections_too(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with requests.Session() as session, ApiClient(Configuration(host=wire.host), session=session) as client:
            assert read(client) == 1
            assert in_a_fork(lambda: read(client)) == 0
            assert wire.connections == 2
            assert read(client) == 1
            assert wire.connections == 2

    def test_while_other_threads_hold_the_locks(self, server: EmbeddedAirflow) -> None:
        with client_of(server) as client:
            assert read(client) == 1
            with client._lock, client._locks["login"], client._locks["server"]:
                assert in_a_fork(lambda: read(client)) == 0

    def test_with_asyncio_has_its_own_connections_too(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        client = AsyncApiClient(Configuration(host=wire.host))

        async def call() -> Any:
            return (await AsyncXComApi(client).get_xcom_entry(*IDS)).value

        async def parent() -> None:
            assert await call() == 1
            assert await asyncio.to_thread(in_a_fork, lambda: asyncio.run(call())) == 0
            assert wire.connections == 2
            assert await call() == 1
            assert wire.connections == 2
            await client.close()

        asyncio.run(parent())

    def test_workers_of_a_pool(self, server: EmbeddedAirflow) -> None:
        with client_of(server) as client:
            client.configuration.pickle_secrets = True
            assert read(client) == 1
            context = multiprocessing.get_context("spawn")
            with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
                assert list(pool.map(read, [client] * 4)) == [1] * 4

    def test_during_a_list_starts_the_list_anew(self, server: EmbeddedAirflow) -> None:
        for key in range(200):
            server.push_xcom("dag", RUN, "many", f"{key:03}", key)
        with client_of(server) as client:
            with XComApi(client).iter_xcoms("dag", RUN, "many", stringify=False) as xcoms:
                assert next(xcoms).value == 0

                def go_on() -> None:
                    with pytest.raises(ApiValueError, match="call iter_xcoms or iter_xcom_entries again"):
                        next(xcoms)
                    xcoms.close()
                    assert len(list(XComApi(client).iter_xcoms("dag", RUN, "many"))) == 200

                assert in_a_fork(go_on) == 0
                assert in_a_fork(xcoms.close) == 0
                assert [xcom.value for xcom in xcoms] == list(range(1, 200))


ROOT = Path(__file__).parents[2]


def command(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-X", "dev", "-c", script, *arguments]


def in_a_process(script: str, *arguments: str) -> str:
    """Run ``script`` in a Python process, which has to end by itself; return its output."""
    ended = subprocess.run(
        command(script, *arguments), cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


class TestExit:
    def test_waits_for_calls_in_other_threads(self, wire: WireServer) -> None:
        exiting, received = threading.Event(), []

        def respond_when_exiting(connection: Any, head: bytes) -> None:
            exiting.wait(60)
            connection.sendall(ENTRY)
            received.append(connection.recv(1))  # nothing: the client reads the response and closes the connection

        wire.answers = [respond_when_exiting]
        script = """if True:
            import atexit, sys
            from airflow_client.xcom import *

            api = XComApi(ApiClient(Configuration(host=sys.argv[1]), pool_threads=2))
            api.get_xcom_entry("d", "r", "t", "k", async_req=True)
            result = api.get_xcom_entry("d", "r", "t", "k", async_req=True)
            atexit.register(lambda: print(result.ready(), flush=True))
        """
        with subprocess.Popen(
            command(script, wire.host), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "False\n"
            exiting.set()
            assert (process.communicate(timeout=120)[1], process.returncode) == ("", 0)
        assert wire.all_closed()
        assert received == [b"", b""]

    def test_cancels_a_list(self, server: EmbeddedAirflow) -> None:
        for key in range(200):
            server.push_xcom("dag", RUN, "many", f"{key:03}", key)
        script = """if True:
            import sys, warnings
            from airflow_client.xcom import *

            warnings.simplefilter("ignore", ResourceWarning)  # urllib3 1.26 leaves sockets open
            client = ApiClient(Configuration(host=sys.argv[1], username="admin", password="pass-word"))
            xcoms = XComApi(client).iter_xcoms("dag", sys.argv[2], "many")
            print(next(xcoms).key)
        """
        assert in_a_process(script, server.base_url, RUN) == "000\n"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the size of a process from /proc")
@pytest.mark.parametrize("count", [0, 3])
def test_a_bulk_read_needs_no_more_threads_than_the_system_allows(server: EmbeddedAirflow, count: int) -> None:
    for key in range(200):
        server.push_xcom("dag", RUN, "many", f"{key:03}", key)
    script = """if True:
        import resource, sys, threading
        from airflow_client.xcom import *

        host, run, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
        client = ApiClient(Configuration(host=host, username="admin", password="pass-word"))
        api = XComApi(client)
        api.get_xcom_entries("dag", run, "many")  # which imports what it needs
        with open("/proc/self/statm") as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        stack = threading.stack_size(1 << 28) or 1 << 28
        resource.setrlimit(resource.RLIMIT_AS, (size + (2 * count + 1) * (stack >> 1),) * 2)
        values, names = [], set()
        for xcom in api.iter_xcoms("dag", run, "many", max_workers=16, stringify=False):
            values.append(xcom.value)
            names |= {thread.name for thread in threading.enumerate() if thread.name.startswith("airflow")}
        client.close()
        assert values == list(range(200)), values
        print(len(names))
    """
    assert int(in_a_process(script, server.base_url, RUN, str(count))) <= count


class TestPickle:
    @pytest.fixture
    def client(self) -> Iterator[ApiClient]:
        configuration = Configuration(host="http://localhost:1", username="admin", password="pass-word")
        configuration.access_token = "the-token"
        configuration.proxy = "http://user:proxy-word@localhost:2"
        with ApiClient(configuration, "X-Api-Key", "the-key", "the-cookie") as client:
            client.user_agent = "mine/1"
            yield client

    def test_has_no_secrets(self, client: ApiClient) -> None:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            for pickled in (client, client.configuration, XComApi(client)):
                data = pickle.dumps(pickled, protocol)
                assert [secret for secret in SECRETS if secret.encode() in data] == []
            twin = pickle.loads(pickle.dumps(client, protocol))
            assert (twin.configuration.host, twin.configuration.username) == ("http://localhost:1", "admin")
            assert (twin.configuration.password, twin.configuration.access_token) == (None, None)
            assert twin.default_headers == {"Accept": "application/json", "User-Agent": "mine/1"}

    def test_has_secrets_with_pickle_secrets(self, client: ApiClient) -> None:
        client.configuration.pickle_secrets = True
        twin = pickle.loads(pickle.dumps(client))
        assert twin.configuration.password == "pass-word"
        assert twin.configuration.access_token == "the-token"
        assert twin.configuration.proxy_credentials == ("user", "proxy-word")
        assert twin.default_headers == client.default_headers
        assert twin.configuration.pickle_secrets

    def test_has_no_connections(self, server: EmbeddedAirflow) -> None:
        with client_of(server) as client:
            assert read(client) == 1
            twin = pickle.loads(pickle.dumps(client))
            with twin, pytest.raises(ForbiddenException, match="no credentials were sent"):
                read(twin)
            twin.configuration.password = "pass-word"  # as a worker gets it from its environment
            with twin:
                assert read(twin) == 1

    def test_with_a_session_needs_pickle_secrets(self) -> None:
        with requests.Session() as session:
            session.headers["X-Mine"] = "1"
            client = ApiClient(Configuration(), session=session)
            with pytest.raises(ApiTypeError, match="pickle_secrets"):
                pickle.dumps(client)
            client.configuration.pickle_secrets = True
            assert pickle.loads(pickle.dumps(client))._session.headers["X-Mine"] == "1"

    def test_of_an_asyncio_client_works(self) -> None:
        twin = pickle.loads(pickle.dumps(AsyncApiClient(Configuration(host="http://localhost:1"))))
        assert twin.configuration.host == "http://localhost:1"

    def test_copies_have_the_secrets(self, client: ApiClient) -> None:
        for twin in (copy.copy(client), copy.deepcopy(client)):
            assert twin.configuration.password == "pass-word"
            assert twin.default_headers == client.default_headers
            assert twin.default_headers is not client.default_headers
        assert copy.copy(client).configuration is client.configuration
        assert copy.deepcopy(client).configuration is not client.configuration


class TestLoops:
    def test_a_client_works_in_one_loop_after_another(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        client = AsyncApiClient(Configuration(host=wire.host))

        async def call(close: bool) -> Any:
            value = (await AsyncXComApi(client).get_xcom_entry(*IDS)).value
            if close:
                await client.close()
            return value

        assert [asyncio.run(call(close=True)) for _ in range(2)] == [1, 1]

    def test_a_client_refuses_a_second_loop_at_the_same_time(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        client = AsyncApiClient(Configuration(host=wire.host))

        async def call() -> Any:
            return (await AsyncXComApi(client).get_xcom_entry(*IDS)).value

        async def first() -> None:
            assert await call() == 1
            for steps in (call, client.close):
                with pytest.raises(ApiValueError, match="one AsyncApiClient per event loop") as caught:
                    await asyncio.to_thread(asyncio.run, steps())  # type: ignore[arg-type]
                assert "the thread 'MainThread'" in str(caught.value)
            assert await call() == 1  # it still works
            assert wire.connections == 1
            await client.close()
            assert await asyncio.to_thread(asyncio.run, second()) == 1

        async def second() -> Any:
            async with client:
                return await call()

        asyncio.run(first())
