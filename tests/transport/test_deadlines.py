"""Every call ends: one deadline holds whatever the server does, and for all steps of the call together."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

import pytest
import trustme

from airflow_client.xcom import (
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ServiceException,
    TimeoutException,
    TransportException,
)
from tests.support.cases import check_each
from tests.support.faults import (
    BODY,
    DROPS,
    ENTRY,
    IDS,
    chunked,
    drip,
    flood,
    full_backlog,
    hang,
    head,
    late,
    listener,
    reset,
    then_hang,
    then_reset,
    unused_port,
)
from tests.support.transports import TRANSPORTS, OpenClient, client_opener
from tests.support.wait import wait_until
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.conftest import Read, certified, one_transport

#: The limit of a call, and the seconds after which the limit has certainly not held, on however busy a machine.
LIMIT, BOUND = 0.25, 20.0

_REST = ENTRY.partition(b"\r\n")[2]
_LAST_CHUNK = chunked(BODY).partition(b"\r\n\r\n")[2]
_FORM = answer('<form><input name="csrf_token" value="t"><input name="password"></form>')
#: Correct responses that take longer than the limit: a client that ignores the clock gets the value.
HEADS: dict[str, Answer] = {
    "nothing": hang,
    "half a header": then_hang(ENTRY[:30]),
    "the status line, byte by byte": drip(b"HTTP/1.1 200 ", b"O", b"\r\n" + _REST),
    "a header, byte by byte": drip(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"a", b"\r\n" + _REST),
    "100 Continue, again and again": drip(b"", head(status="100 Continue"), ENTRY),
}
BODIES: dict[str, Answer] = {
    "half a body": then_hang(ENTRY[:-5]),
    "a body of a length, byte by byte": drip(head(f"Content-Length: {DROPS + len(BODY)}"), b" ", BODY),
    "a body without a length, byte by byte": drip(head("Connection: close"), b" ", BODY),
    "chunks, one by one": drip(head("Transfer-Encoding: chunked"), b"1\r\n \r\n", _LAST_CHUNK),
    "the size of a chunk, byte by byte": drip(head("Transfer-Encoding: chunked"), b"0", _LAST_CHUNK),
    "the trailer, byte by byte": drip(chunked(BODY, end=b"0\r\nX: "), b"x", b"\r\n\r\n"),
}


def entry(response: Answer, path: str = "/api/v1", limit: Any = LIMIT, **settings: Any) -> Callable[[OpenClient], Any]:
    """A call with this ``response``."""

    def scenario(open_client: OpenClient) -> Any:
        with WireServer(response) as server:
            return open_client(server.url + path, **settings).call("get_xcom_entry", *IDS, _request_timeout=limit).value

    return scenario


def at(server: Callable[[], Any], scheme: str = "http", **keywords: Any) -> Callable[[OpenClient], Any]:
    """A call to the port of ``server``."""

    def scenario(open_client: OpenClient) -> Any:
        with server() as port:
            client = open_client(f"{scheme}://127.0.0.1:{port}/api/v1")
            return client.call("call_api", "/x", **{"method": "GET", "_request_timeout": LIMIT, **keywords})

    return scenario


#: Set when the scenarios are done.
ended = threading.Event()


def idle() -> Any:
    """A port that accepts connections, and neither reads nor sends anything."""
    return listener(lambda connection: ended.wait(2 * BOUND))


def proxied(response: Answer, scheme: str) -> Callable[[OpenClient], Any]:
    def scenario(open_client: OpenClient) -> Any:
        with WireServer(response) as proxy:
            client = open_client(f"{scheme}://airflow.invalid/api/v1", proxy=proxy.url)
            return client.call("get_xcom_entry", *IDS, _request_timeout=LIMIT)

    return scenario


def streamed(response: Answer) -> Callable[[OpenClient], Any]:
    def scenario(open_client: OpenClient) -> Any:
        with WireServer(response) as server:
            client = open_client(server.host)
            return client.body(client.call("get_xcom_entry", *IDS, _preload_content=False, _request_timeout=LIMIT))

    return scenario


def logging_in(*responses: Answer) -> Callable[[OpenClient], Any]:
    def scenario(open_client: OpenClient) -> Any:
        with WireServer(*responses) as server:
            client = open_client(server.host, username="u", password="p", login="session")
            return client.call("get_xcom_entry", *IDS, _request_timeout=LIMIT)

    return scenario


def a_second_call(open_client: OpenClient) -> Any:
    """With ``login`` "auto" it tries to log in for a session."""
    with WireServer(ENTRY, hang) as server:
        client = open_client(server.host, username="u", password="p")
        client.call("get_xcom_entry", *IDS)
        return client.call("get_xcom_entry", *IDS, _request_timeout=LIMIT)


def waiting_for_a_login(open_client: OpenClient) -> Any:
    """Another call, with more time, is logging in."""
    with WireServer(hang) as server:
        client = open_client(f"{server.url}/api/v2", username="u", password="p")

        def other() -> None:
            with contextlib.suppress(TransportException):
                client.call("get_xcom_entry", *IDS, _request_timeout=2 * BOUND)

        thread = threading.Thread(target=other)
        thread.start()
        try:
            wait_until(lambda: server.requests)
            return client.call("get_xcom_entry", *IDS, _request_timeout=LIMIT)
        finally:
            server.__exit__()
            thread.join()


def waiting_for_an_entry(open_client: OpenClient) -> Any:
    with WireServer(HEADS["a header, byte by byte"]) as server:
        return open_client(server.host).call("wait_for_xcom_entry", *IDS, timeout=LIMIT, poll_interval=0.05)


def several_steps(open_client: OpenClient) -> Any:
    """Each is within the limit, their sum is not."""
    version = answer('{"version": "3.3.2"}', Connection="close")
    with WireServer(late(LIMIT * 0.7, version), late(LIMIT * 0.7)) as server:
        return open_client(server.url).call("get_xcom_entry", *IDS, _request_timeout=LIMIT)


SCENARIOS: dict[str, Callable[[OpenClient], Any]] = {
    **{name: entry(fault, retries=2) for name, fault in {**HEADS, **BODIES}.items()},
    **{f"to a stream, {name}": streamed(fault) for name, fault in HEADS.items()},
    "the body of a redirect, byte by byte": entry(
        drip(head("Location: /x", "Connection: close", status="302 Found"), b" ", b"")
    ),
    "the body of an error, byte by byte": entry(drip(head("Connection: close", status="404 Not Found"), b" ", b"")),
    "nothing, with a limit for each wait": entry(hang, limit=(60, LIMIT)),
    "a port that takes no connection": at(full_backlog),
    "a port that takes no connection, with a limit for each": at(full_backlog, _request_timeout=(LIMIT, 60)),
    "a port that does not shake hands": at(idle, "https"),
    "a port that does not read": at(idle, method="POST", body={"value": "x" * 16_000_000}),
    **{
        f"a proxy for {scheme}: {name}": proxied(HEADS[name], scheme)
        for name in ("nothing", "a header, byte by byte")
        for scheme in ("http", "https")
    },
    "the search for the API: nothing": entry(hang, path=""),
    "the search for the API: a header, byte by byte": entry(HEADS["a header, byte by byte"], path=""),
    "a token: nothing": entry(hang, path="/api/v2", username="u", password="p"),
    "a login form: nothing": logging_in(hang),
    "a login form: half a body": logging_in(then_hang(_FORM[:-5])),
    "a login form: nothing after it": logging_in(_FORM, hang),
    "a login form: nothing, and it is not needed": a_second_call,
    "the login of another call": waiting_for_a_login,
    "waiting for an entry": waiting_for_an_entry,
    "steps that are quick and many": several_steps,
}


def test_the_deadline_holds(open_client: OpenClient) -> None:
    def outcome(scenario: Callable[[OpenClient], Any]) -> tuple[Optional[BaseException], float]:
        start = time.monotonic()
        try:
            scenario(open_client)
        except Exception as error:
            return error, time.monotonic() - start
        return None, time.monotonic() - start

    ended.clear()
    with ThreadPoolExecutor(len(SCENARIOS)) as threads:  # all at once, which saves time
        outcomes = dict(zip(SCENARIOS, threads.map(outcome, SCENARIOS.values())))
    ended.set()

    def check(scenario: str) -> None:
        error, seconds = outcomes[scenario]
        assert isinstance(error, TimeoutException), error
        assert isinstance(error, TimeoutError)
        assert seconds < BOUND
        assert "Request: " in str(error)
        assert scenario == "waiting for an entry" or "_request_timeout" in str(error)
        assert scenario != "the login of another call" or "another call's login" in str(error)

    check_each(SCENARIOS, check)


@contextlib.contextmanager
def ends_in_time(kind: Any) -> Iterator[pytest.ExceptionInfo[Any]]:
    start = time.monotonic()
    with pytest.raises(kind) as caught:
        yield caught
    assert time.monotonic() - start < BOUND


def test_a_flood_ends(read: Read, wire: WireServer) -> None:
    floods: dict[str, tuple[Answer, Any]] = {
        "100 Continue": (flood(b"", head(status="100 Continue") * 100, 2 * BOUND), TransportException),
        "a body": (flood(head("Connection: close"), b" " * 65536, 2 * BOUND), TimeoutException),
    }

    def check(name: str) -> None:
        response, kind = floods[name]
        wire.answers = [response]
        with ends_in_time(kind):
            read(wire.host, timeout=LIMIT)

    check_each(floods, check)


def test_a_stream_that_stalls_ends(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [BODIES["half a body"]]
    client = open_client(wire.host)
    raw = client.call("get_xcom_entry", *IDS, _preload_content=False, _request_timeout=LIMIT)
    with ends_in_time(Exception):  # the library's own: the response is passed on unchanged
        client.body(raw)


@one_transport
def test_retries_end_at_the_deadline(read: Read, wire: WireServer) -> None:
    busy = answer("busy", "503 Service Unavailable", Retry_After="0", Connection="close")
    faults: dict[str, Answer] = {"busy": late(0.01, busy), "reset": reset, "reset in a header": then_reset(ENTRY[:30])}

    def check(fault: str) -> None:
        wire.answers = [faults[fault]]
        with ends_in_time((ServiceException, TransportException)):
            read(wire.host, timeout=LIMIT, retries=10**6)

    check_each(faults, check)
    with ends_in_time(TransportException):
        read(f"http://127.0.0.1:{unused_port()}/api/v1", timeout=LIMIT, retries=10**6)


def test_a_port_that_reads_slowly_over_tls(open_client: OpenClient, issuer: trustme.CA, authority: str) -> None:
    context = certified(issuer)

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10_000)
        with context.wrap_socket(connection, server_side=True) as slow:
            while slow.recv(16_384):
                time.sleep(0.05)

    with listener(serve) as port, ends_in_time(TimeoutException):
        client = open_client(f"https://127.0.0.1:{port}/api/v1", authority=authority)
        client.call("call_api", "/x", "POST", body={"value": "x" * 16_000_000}, _request_timeout=LIMIT)


def test_an_upload_that_makes_progress_may_take_longer_than_the_limit_of_a_wait(
    issuer: trustme.CA, authority: str
) -> None:
    context = certified(issuer)
    size, seconds, limit = 100_000, 1.0, 0.6

    def upload(transport: str, scheme: str) -> float:
        def serve(connection: socket.socket) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10_000)
            if scheme == "https":
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                left = size
                while left > 0:
                    received = len(connection.recv(20_000))
                    if not received:
                        return
                    left -= received
                    time.sleep(seconds * received / size)
                connection.sendall(answer("{}"))
                connection.recv(1)

        with listener(serve) as port, contextlib.ExitStack() as stack:
            open_client = client_opener(transport, stack)
            client = open_client(f"{scheme}://127.0.0.1:{port}/api/v1", authority=authority)
            start = time.monotonic()
            response = client.call("call_api", "/x", "POST", body="x" * size, _request_timeout=(BOUND, limit))
            assert response[1] == 200
            return time.monotonic() - start

    cases = list(itertools.product(TRANSPORTS, ["http", "https"]))
    with ThreadPoolExecutor(len(cases)) as threads:  # all at once, which saves time
        uploads = {case: threads.submit(upload, *case) for case in cases}

    def check(case: tuple[str, str]) -> None:
        assert uploads[case].result() > 1.5 * limit

    check_each(cases, check)


class TestLookUps:
    """The system resolves names, and cannot be interrupted."""

    @pytest.fixture(autouse=True)
    def look_ups_end(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
        resolve, ended = socket.getaddrinfo, threading.Event()

        def hang_or_resolve(host: Any, *args: Any, **options: Any) -> Any:
            if host in ("airflow.test", b"airflow.test"):
                ended.wait(2 * BOUND)
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            return resolve(host, *args, **options)

        monkeypatch.setattr(socket, "getaddrinfo", hang_or_resolve)
        yield ended
        ended.set()

    def test_one_that_hangs_ends_at_the_deadline(self, read: Read) -> None:
        with ends_in_time(TimeoutException):
            read("http://airflow.test/api/v1", timeout=LIMIT)

    def test_one_that_ends_after_its_call_has_no_effect(self, look_ups_end: threading.Event) -> None:
        problems: list[Any] = []

        async def call() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _loop, context: problems.append(context))
            async with AsyncApiClient(Configuration(host="http://airflow.test/api/v1")) as client:
                with pytest.raises(TimeoutException):
                    await AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=LIMIT)
            look_ups_end.set()
            while any(thread.name == "name resolution" for thread in threading.enumerate()):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)

        asyncio.run(call())
        assert problems == []

    def test_many_that_hang_leave_an_event_loop_its_threads(self) -> None:
        async def call(number: int) -> None:
            async with AsyncApiClient(Configuration(host=f"http://airflow.test:{number}/api/v1")) as client:
                with pytest.raises(TimeoutException):
                    await AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=LIMIT)

        async def calls() -> None:
            waiting = asyncio.gather(*map(call, range(1, 41)))
            await asyncio.sleep(LIMIT / 2)
            assert await asyncio.wait_for(asyncio.to_thread(lambda: 1), BOUND) == 1
            await waiting

        start = time.monotonic()
        asyncio.run(calls())  # which waits for the threads of the loop
        assert time.monotonic() - start < BOUND
