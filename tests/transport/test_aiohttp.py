"""What only the asyncio transport does: its pool, its streams, and its error without aiohttp."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import re
import socket
import sys
import threading
import warnings
from collections.abc import Awaitable
from typing import Any, Callable

import aiohttp
import pytest

from airflow_client.xcom import (
    ApiException,
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
from tests.support.cases import check_each
from tests.support.faults import ENTRY, IDS, TARGET, listener, reset
from tests.support.wire_server import WireServer, answer


def run(steps: Callable[[AsyncXComApi], Awaitable[Any]], host: str, **attributes: Any) -> Any:
    """Run ``steps`` with the calls of a client for ``host``."""

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
    def test_retains_at_most_connection_pool_maxsize_connections(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def twice(api: AsyncXComApi) -> None:
            for _ in range(2):
                assert await values(api, 5) == [1] * 5

        run(twice, wire.host, connection_pool_maxsize=2)
        assert wire.connections == 5 + 3

    @pytest.mark.parametrize("blocked", [False, True], ids=["", "the loop is blocked meanwhile"])
    def test_a_connection_that_sends_more_than_the_response_is_not_used_again(self, blocked: bool) -> None:
        def check(case: tuple[bytes, bool]) -> None:
            more, late = case
            answered, sent = threading.Event(), threading.Event()

            def send(connection: Any, head: bytes) -> None:
                connection.sendall(ENTRY if late else ENTRY + more)
                if late:
                    answered.wait(30)
                    connection.sendall(more)
                sent.set()
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(1) == b""

            async def twice(api: AsyncXComApi) -> list[Any]:
                try:
                    first = await values(api, 1)
                except ProtocolException:  # aiohttp refuses what is no response at once, and the response before it
                    assert more == b"!"
                    assert not late
                    first = [1]
                answered.set()
                assert sent.wait(30)  # blocks the loop, which learns of nothing
                if not blocked:
                    await asyncio.sleep(0.01)
                return first + await values(api, 1)

            with WireServer(send, answer('{"key": "k", "value": 2}')) as server:
                assert run(twice, server.host) == [1, 2]
                assert server.connections == 2

        check_each(itertools.product([b"!", ENTRY], [False, True]), check)

    def test_a_client_that_is_not_closed_closes_its_connections_when_it_is_collected(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

        async def leave() -> bool:
            client = AsyncApiClient(Configuration(host=wire.host))
            await AsyncXComApi(client).get_xcom_entry(*IDS)
            assert not wire.all_closed(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # aiohttp's own
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


def test_a_response_that_arrives_before_a_write_fails_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio stops reading once it cannot send."""
    headers_sent, closed = threading.Event(), threading.Event()

    def serve(connection: socket.socket) -> None:
        assert headers_sent.wait(30)
        connection.sendall(answer("", "413 Content Too Large"))
        reset(connection, b"")
        connection.close()
        closed.set()

    async def block_the_loop(*_arguments: Any) -> None:
        headers_sent.set()
        assert closed.wait(30)

    traces = aiohttp.TraceConfig()
    traces.on_request_headers_sent.append(block_the_loop)
    monkeypatch.setattr(aiohttp, "ClientSession", functools.partial(aiohttp.ClientSession, trace_configs=[traces]))
    with listener(serve) as port, pytest.raises(ApiException) as caught:
        run(lambda api: api.api_client.call_api("/x", "POST", body={}), f"http://127.0.0.1:{port}/api/v1")
    assert caught.value.status == 413


def test_two_names_of_the_server_are_refused(wire: WireServer) -> None:
    """The blocking client sends one and expects the other."""
    host = wire.host.replace("http:", "https:")
    with pytest.raises(ApiValueError, match="set tls_server_name or assert_hostname, not both"):
        run(lambda api: api.get_xcom_entry(*IDS), host, tls_server_name="a.test", assert_hostname="b.test")
    assert wire.connections == 0


def test_headers_of_the_user_replace_those_of_aiohttp(wire: WireServer) -> None:
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


def test_a_streamed_response_is_one_of_aiohttp(wire: WireServer) -> None:
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


def test_without_aiohttp_a_call_says_what_to_install(wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "airflow_client.xcom.transport.aiohttp", raising=False)
    with pytest.raises(ApiValueError, match=r"pip install 'aiohttp>=3.11'"):
        run(lambda api: api.get_xcom_entry(*IDS), wire.host)
    assert wire.requests == []
