"""Kept-alive connections that something on the way dropped without a word: no byte ever comes over them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from airflow_client import xcom
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ServiceException,
    XComApi,
    transport,
)
from tests.contract import clients
from tests.support.faults import ENTRY, IDS, late
from tests.support.wait import wait_until
from tests.support.wire_server import Answer, WireServer, answer, requests_on


def rest_late(seconds: float) -> Answer:
    """Send the first byte at once, and the rest after so many seconds."""

    def send(connection: socket.socket, head: bytes) -> None:
        connection.sendall(ENTRY[:1])
        late(seconds, ENTRY[1:])(connection, head)

    return send


class Dropping:
    """Answers the first request of each connection, and never the next; ``requests`` has those in turn.

    :param together: the first answers wait until so many connections are open.

    :ivar requests: the number of the connection of each request.
    """

    def __init__(self, together: int = 1) -> None:
        self.together = together
        self.requests: list[int] = []
        self.keepalive: list[int] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.host = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api/v2"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, len(self._open)), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            for count, _ in enumerate(requests_on(connection)):
                self.requests.append(number)
                if count == 0:
                    wait_until(lambda: len(self._open) >= self.together)
                    connection.sendall(ENTRY)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for one in (self._socket, *self._open):
            one.close()


@pytest.fixture(params=clients.CLIENTS)
def side(request: pytest.FixtureRequest) -> Iterator[str]:
    with clients.in_use(request.param):
        yield request.param


@pytest.fixture
def server() -> Iterator[Dropping]:
    made = Dropping()
    yield made
    made.close()


def api(server: Dropping, stack: contextlib.ExitStack, **settings: Any) -> Any:
    return clients.XComApi(
        stack.enter_context(clients.ApiClient(Configuration(host=server.host, retries=0, **settings)))
    )


def test_is_not_used_again_after_the_idle_limit(server: Dropping, side: str) -> None:
    with contextlib.ExitStack() as stack:
        client = api(server, stack, connection_max_idle=0.05)
        assert client.get_xcom_entry(*IDS).value == 1
        time.sleep(0.1)
        assert client.get_xcom_entry(*IDS).value == 1
    assert server.requests == [1, 2]


def test_gives_way_to_a_fresh_one_if_it_was_idle_for_seconds(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that were idle as long are distrusted then."""
    monkeypatch.setattr(transport, "DOUBTFUL_IDLE", 0.1)
    monkeypatch.setattr(transport, "FIRST_BYTE_MAX", 0.2)
    server = Dropping(together=4)
    with contextlib.ExitStack() as stack:
        stack.callback(server.close)
        client = api(server, stack)
        threads = [threading.Thread(target=client.get_xcom_entry, args=IDS) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        del server.requests[:]
        time.sleep(transport.DOUBTFUL_IDLE + 0.1)
        start = time.monotonic()
        assert client.get_xcom_entry(*IDS, _request_timeout=60).value == 1
        assert time.monotonic() - start < 10
    assert len(server.requests) == 2


def test_is_closed_after_a_500(side: str) -> None:
    """uvicorn closes the connection after an unhandled error, but does not say so: a write over it would be lost."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(WireServer(answer("failed", "500 Internal Server Error"), ENTRY))
        with clients.ApiClient(Configuration(host=server.host)) as client:
            with pytest.raises(ServiceException):
                clients.XComApi(client).get_xcom_entry(*IDS)
            clients.XComApi(client).get_xcom_entry(*IDS)
        assert server.connections == 2


def test_is_waited_for_if_it_was_busy(server: Dropping, side: str) -> None:
    """A server that stalls does not get everything twice."""
    with contextlib.ExitStack() as stack:
        client = api(server, stack)
        client.get_xcom_entry(*IDS)
        with pytest.raises(xcom.TimeoutException):
            client.get_xcom_entry(*IDS, _request_timeout=0.3)
    assert server.requests == [1, 1]


def test_nothing_but_a_read_is_sent_twice(server: Dropping, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "DOUBTFUL_IDLE", 0.0)
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(clients.ApiClient(Configuration(host=server.host, retries=0)))
        client.call_api("/x", "GET")
        with pytest.raises(xcom.TimeoutException):
            client.call_api("/x", "POST", body={}, _request_timeout=0.3)
    assert server.requests == [1, 1]


@pytest.mark.parametrize(("limit", "answers"), [(0.1, [late(0.3), late(0.3)]), (0.7, [rest_late(0.9)])])
def test_a_slow_answer_still_has_the_rest_of_the_time(
    side: str, monkeypatch: pytest.MonkeyPatch, limit: float, answers: list[Answer]
) -> None:
    """The first byte of it, on a fresh connection; and all that follows, on an old one."""
    monkeypatch.setattr(transport, "DOUBTFUL_IDLE", 0.0)
    monkeypatch.setattr(transport, "FIRST_BYTE_MAX", limit)
    with WireServer(ENTRY, *answers) as server:
        with clients.ApiClient(Configuration(host=server.host, retries=0)) as client:
            assert clients.XComApi(client).get_xcom_entry(*IDS).value == 1
            assert clients.XComApi(client).get_xcom_entry(*IDS, _request_timeout=60).value == 1
        assert server.connections == len(answers)


def test_a_session_of_the_user_s_keeps_its_own_ways(server: Dropping) -> None:
    with requests.Session() as session:
        configuration = Configuration(host=server.host, retries=0, connection_max_idle=0.05)
        with ApiClient(configuration, session=session) as client:
            XComApi(client).get_xcom_entry(*IDS)
            time.sleep(0.1)
            with pytest.raises(xcom.TimeoutException):
                XComApi(client).get_xcom_entry(*IDS, _request_timeout=0.3)
    assert server.requests == [1, 1]


def test_keepalive_is_on(server: Dropping, side: str) -> None:
    with contextlib.ExitStack() as stack:
        client = api(server, stack)
        client.get_xcom_entry(*IDS)
        if side == "blocking":
            pool = client.api_client._transport._pool.value
            connection = pool._get_conn()
            sock = connection.sock
            pool._put_conn(connection)
        else:
            inner = client.awaited.api_client._transport._session.connector
            sock = next(iter(inner._conns.values()))[0][0].transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30


@pytest.mark.parametrize(("limit", "kind"), [("5", ApiTypeError), (True, ApiTypeError), (0, ApiValueError)])
def test_a_limit_that_is_none_is_refused(server: Dropping, limit: Any, kind: type[Exception]) -> None:
    with ApiClient(Configuration(host=server.host, connection_max_idle=limit)) as client:
        with pytest.raises(kind, match="connection_max_idle must be"):
            XComApi(client).get_xcom_entry(*IDS)
