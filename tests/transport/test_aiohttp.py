"""What the transport of asyncio does that those of threads do not: its pool, its look-ups, and what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import sys
import threading
import warnings
from collections.abc import Awaitable
from typing import Any, Callable

import aiohttp
import pytest

from airflow_client.xcom import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ConnectionException,
    NotFoundException,
    ProtocolException,
)
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.options import DEFAULT_TIMEOUTS
from airflow_client.xcom.headers import Headers
from airflow_client.xcom.transport.aiohttp import AiohttpTransport
from tests.support.faults import listener
from tests.support.wire_server import WireServer, answer

ENTRY = answer('{"key": "k", "value": 1}')
IDS = ("d", "r", "t", "k")
TARGET = "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k"


def run(steps: Callable[[AsyncXComApi], Awaitable[Any]], host: str, **attributes: Any) -> Any:
    """What ``steps`` come to, given the calls of a client for ``host``."""

    async def run() -> Any:
        configuration = Configuration(host=host)
        configuration.retries = 0
        for name, value in attributes.items():
            setattr(configuration, name, value)
        async with AsyncApiClient(configuration) as client:
            return await steps(AsyncXComApi(client))

    return asyncio.run(run())


async def values(api: AsyncXComApi, count: int) -> list[Any]:
    return [xcom.value for xcom in await asyncio.gather(*(api.get_xcom_entry(*IDS) for _ in range(count)))]


class TestPool:
    def test_no_more_connections_are_kept_than_there_may_be(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def twice(api: AsyncXComApi) -> None:
            for _ in range(2):
                assert await values(api, 5) == [1] * 5

        run(twice, wire.host, connection_pool_maxsize=2)
        assert wire.connections == 5 + 3

    def test_a_size_that_is_none(self, wire: WireServer) -> None:
        with pytest.raises(ApiTypeError, match="connection_pool_maxsize must be an int"):
            run(lambda api: values(api, 1), wire.host, connection_pool_maxsize=None)

    @pytest.mark.parametrize("unasked", [b"!", ENTRY], ids=["a byte", "an answer"])
    @pytest.mark.parametrize("late", [False, True])
    @pytest.mark.parametrize("blocked", [False, True], ids=["", "the loop is blocked meanwhile"])
    def test_a_connection_that_says_more_than_it_was_asked_is_left(
        self, wire: WireServer, unasked: bytes, late: bool, blocked: bool
    ) -> None:
        answered, sent = threading.Event(), threading.Event()

        def more(connection: Any, head: bytes) -> None:
            connection.sendall(ENTRY if late else ENTRY + unasked)
            if late:
                answered.wait(5)
                connection.sendall(unasked)
            sent.set()
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""

        wire.answers = [more, answer('{"key": "k", "value": 2}')]

        async def twice(api: AsyncXComApi) -> list[Any]:
            try:
                first = await values(api, 1)
            except ProtocolException:  # aiohttp refuses what is no response at once, the one before it included
                assert unasked == b"!"
                assert not late
                first = [1]
            answered.set()
            assert sent.wait(5)  # the loop stands still, and is told nothing,
            if not blocked:
                await asyncio.sleep(0.01)  # and here it is
            return first + await values(api, 1)

        assert run(twice, wire.host) == [1, 2]
        assert wire.connections == 2

    def test_an_answer_before_the_request_is_read(self) -> None:
        """The server says so at once, and reads no further, nor closes."""
        done = threading.Event()

        def refuses(connection: Any) -> None:
            connection.recv(100)
            connection.sendall(answer("{}", "413 Content Too Large"))
            done.wait(10)

        async def write(api: AsyncXComApi) -> None:
            body = {"value": "x" * 16_000_000}
            with pytest.raises(ApiException) as caught:
                await api.api_client.call_api("/dags", "POST", body=body, _request_timeout=5)
            assert caught.value.status == 413

        with listener(refuses) as port:
            run(write, f"http://127.0.0.1:{port}/api/v1")
            done.set()

    def test_what_nobody_closes_ends_with_its_client(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def leave() -> bool:
            client = AsyncApiClient(Configuration(host=wire.host))
            await AsyncXComApi(client).get_xcom_entry(*IDS)
            assert not wire.all_closed(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # by which aiohttp tells of it
                del client
                gc.collect()
            return await asyncio.to_thread(wire.all_closed)

        assert asyncio.run(leave())

    def test_a_closed_transport_sends_nothing(self, wire: WireServer) -> None:
        async def send() -> None:
            transport = AiohttpTransport(Configuration(host=wire.host), wire.url, None)
            await transport.close()
            await transport.send(Request("GET", wire.url, TARGET, Headers(), None), DEFAULT_TIMEOUTS, False)

        with pytest.raises(ConnectionException) as caught:
            asyncio.run(send())
        assert caught.value.hint == "the client was closed before the call was made"
        assert wire.requests == []


def test_headers_of_the_user_s_replace_those_of_aiohttp(wire: WireServer) -> None:
    wire.answers = [ENTRY]

    async def read(api: AsyncXComApi) -> None:
        api.api_client.set_default_header("host", "airflow.example.com")
        assert await values(api, 1) == [1]
        api.api_client.set_default_header("ACCEPT-ENCODING", "gzip")
        assert await values(api, 1) == [1]

    run(read, wire.host)
    sent = [re.findall(b"(?im)^(?:host|accept-encoding): (.*)(?=\r)", request) for request in wire.requests]
    assert sorted(sent[0]) == [b"airflow.example.com", b"identity"]
    assert sorted(sent[1]) == [b"airflow.example.com", b"gzip"]


class TestStreams:
    def test_are_aiohttp_s(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def stream(api: AsyncXComApi) -> None:
            for _ in range(2):
                assert await values(api, 1) == [1]
                raw = await api.get_xcom_entry_without_preload_content(*IDS)
                assert isinstance(raw, aiohttp.ClientResponse)
                assert await raw.json() == {"key": "k", "value": 1}
            wire.answers = [answer("no", "404 Not Found")]
            with pytest.raises(NotFoundException):
                await api.get_xcom_entry_without_preload_content(*IDS)

        run(stream, wire.host)
        assert wire.connections == 1


class TestWithoutAiohttp:
    def test_a_call_says_what_to_install(self, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "aiohttp", None)
        monkeypatch.delitem(sys.modules, "airflow_client.xcom.transport.aiohttp", raising=False)
        with pytest.raises(ApiValueError, match=r"pip install 'airflow-xcom-client\[async\]'"):
            run(lambda api: api.get_xcom_entry(*IDS), wire.host)
        assert wire.requests == []
