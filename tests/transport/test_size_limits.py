"""Response size is capped, and reading a value needs at most a few times its size in memory."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import aiohttp
import pytest
import urllib3

from airflow_client.xcom import (
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TransportException,
    UnexpectedContentException,
)
from tests.support.cases import check_each
from tests.support.faults import BODY, ENTRY, IDS, chunked, head, then_close, then_hang
from tests.support.transports import OpenClient
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.checks import HANGS, fails
from tests.transport.conftest import Read, one_transport

#: The error for a response larger than ``Configuration.max_response_size``.
TOO_LARGE = ResponseTooLargeException
SIZE = 100_000
#: More than a client may read ahead.
MORE = b" " * (4 << 20)


_GZIP = "Content-Encoding: gzip"
_BOMB = gzip.compress(b" " * 100 * SIZE)
#: Most of these never end: a client that reads the whole body before it checks the size would wait in vain.
LARGE: dict[str, Answer] = {
    "by Content-Length alone": then_hang(head(f"Content-Length: {SIZE + 1}")),
    "by a Content-Length of 400 digits": then_hang(head("Content-Length: " + "9" * 400)),
    "of a Content-Length": then_hang(head(f"Content-Length: {2 * len(MORE)}") + MORE),
    "of no length": then_hang(head("Connection: close") + MORE),
    "in chunks": then_hang(chunked(MORE[:SIZE], MORE, end=b"")),
    "in a chunk": then_hang(chunked(end=b"%x\r\n" % (2 * len(MORE)) + MORE)),
    "in small chunks": then_hang(chunked(*[b" " * 100] * (len(MORE) // 100), end=b"")),
    "by its expanded size": then_close(head(_GZIP, f"Content-Length: {len(_BOMB)}") + _BOMB),
    "by its expanded size, in chunks": then_close(chunked(_BOMB, headers=(_GZIP,))),
    "of an error": then_hang(head("Connection: close", status="500 Internal Server Error") + MORE),
    "of a redirect": then_hang(head("Connection: close", "Location: /x", status="302 Found") + MORE),
    "compressed twice": then_close(chunked(gzip.compress(_BOMB), headers=("Content-Encoding: gzip, gzip",))),
}


def test_a_response_that_is_too_large_is_refused_while_it_is_read(
    open_client: OpenClient, transport: str, wire: WireServer
) -> None:
    client = open_client(wire.host, max_response_size=SIZE)

    def check(large: str) -> None:
        wire.answers = [LARGE[large], ENTRY]
        kind: Any = TOO_LARGE
        if (transport, large) == ("aiohttp", "by a Content-Length of 400 digits"):
            kind = ProtocolException  # aiohttp itself refuses such a length
        elif large == "compressed twice":  # a transport that decompresses it once has nothing to read in it
            kind = (TOO_LARGE, UnexpectedContentException)
        with fails(kind, f"GET {wire.url}") as caught:
            client.call("get_xcom_entry", *IDS, _request_timeout=HANGS)
        assert kind is not TOO_LARGE or "max_response_size" in str(caught.value)
        assert client.call("get_xcom_entry", *IDS).value == 1

    check_each(LARGE, check)


@one_transport
def test_responses_to_discovery_and_login_are_limited(read: Read, wire: WireServer) -> None:
    def check(path: str) -> None:
        wire.answers = [LARGE["of no length"]]
        login = "session" if path == "/api/v1" else None
        with fails(TOO_LARGE):
            read(wire.url + path, username="u", password="p", login=login, max_response_size=SIZE)

    check_each(["", "/api/v2", "/api/v1"], check)


def test_a_response_of_exactly_the_limit_is_read(read: Read, wire: WireServer) -> None:
    body = BODY + b" " * (SIZE - len(BODY))
    responses: dict[str, Answer] = {
        "plain": answer(body),
        "chunked": then_close(chunked(body[:7], body[7:])),
        "gzip": answer(gzip.compress(body), Content_Encoding="gzip"),
    }

    def check(form: str) -> None:
        wire.answers = [responses[form]]
        assert read(wire.host, max_response_size=SIZE) == 1

    check_each(responses, check)
    wire.answers = [then_close(chunked(body, b" "))]
    with fails(TOO_LARGE):
        read(wire.host, max_response_size=SIZE)


def test_a_stream_has_no_limit(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [answer(MORE)]
    client = open_client(wire.host, max_response_size=SIZE)
    assert client.body(client.call("get_xcom_entry", *IDS, _preload_content=False)) == MORE


#: Prints by how many bytes the peak memory of this process has grown after each value that it reads.
_READER = """
import contextlib, sys
from tests.support.faults import IDS
from tests.support.transports import client_opener

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))

transport, host, size, count = sys.argv[1:]
with contextlib.ExitStack() as stack:
    client = client_opener(transport, stack)(host, max_response_size=int(size))
    client.call("get_xcom_entry", *IDS)
    before = peak()
    for _ in range(int(count)):
        try:
            client.call("get_xcom_entry", *IDS, _request_timeout=60)
        except Exception as error:
            print(type(error).__name__, end=" ")
        print(peak() - before)
"""


def memory_growth(transport: str, host: str, *, size: int = 1 << 30, count: int = 1) -> list[str]:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak memory of a process is read from /proc, which this system does not have")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _READER, transport, host, str(size), str(count)]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split()


def _value(size: int) -> bytes:
    return b'{"key": "k", "value": "' + b"x" * size + b'"}'


def _in_pieces(body: bytes) -> Answer:
    return then_close(chunked(*(body[index : index + 2] for index in range(0, len(body), 2))))


def _packed(body: bytes) -> Answer:
    return answer(gzip.compress(body, 1), Content_Encoding="gzip")


#: Size of a value, the response, and how many times the size reading it may take, beside what the interpreter takes;
#: in the order of what they take, as a peak never falls.
_VALUES: dict[str, tuple[int, Callable[[bytes], Answer], int]] = {
    # If each chunk were retained by itself, it would take 60 times the size.
    "chunks of two bytes": (500_000, _in_pieces, 2),
    "plain": (20_000_000, answer, 2),
    "gzip": (20_000_000, _packed, 3),
}


@pytest.fixture(scope="module")
def values() -> list[Answer]:
    return [response(_value(size)) for size, response, _ in _VALUES.values()]


def test_reading_a_value_takes_a_few_times_its_size(transport: str, wire: WireServer, values: list[Answer]) -> None:
    wire.answers = [ENTRY, *values]
    growth = dict(zip(_VALUES, memory_growth(transport, wire.host, count=len(_VALUES))))

    # aiohttp 3.11 retains a little more.
    beside = 12_000_000 if transport == "aiohttp" and not hasattr(aiohttp, "ClientMiddlewareType") else 10_000_000

    def check(form: str) -> None:
        size, _, times = _VALUES[form]
        assert int(growth[form]) <= times * size + beside

    check_each(_VALUES, check)


#: Decompresses to more than two gigabytes, in some seconds.
_SLOW_BOMB = gzip.compress(b" " * 10_000_000) * 220


def test_decompression_ends_at_the_deadline(read: Read, wire: WireServer) -> None:
    responses = {
        "gzip": answer(_SLOW_BOMB, Content_Encoding="gzip"),
        "gzip in chunks": chunked(_SLOW_BOMB, headers=(_GZIP,)),
    }

    def check(form: str) -> None:
        wire.answers = [responses[form]]
        start = time.process_time()
        with fails((TimeoutException, ProtocolException)):  # aiohttp and urllib3 may refuse such a response
            read(wire.host, timeout=0.2, max_response_size=1 << 40)
        assert time.process_time() - start < 1.5  # CPU time: to decompress all of it takes more

    check_each(responses, check)


def test_decompression_lets_other_tasks_run(wire: WireServer) -> None:
    wire.answers = [answer(_SLOW_BOMB, Content_Encoding="gzip")]

    async def turns() -> int:
        configuration = Configuration(host=wire.host)
        configuration.retries = 0
        async with AsyncApiClient(configuration) as client:
            call = asyncio.ensure_future(AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=0.5))
            count = 0
            while not call.done():
                await asyncio.sleep(0)
                count += 1
            with pytest.raises(TransportException):
                await call
            return count

    assert asyncio.run(turns()) > 5  # were the loop blocked, it would be 1 or 2


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return answer(gzip.compress(b" " * 100_000_000), Content_Encoding="gzip")


def test_a_decompression_bomb_takes_no_memory(transport: str, wire: WireServer, bomb: bytes) -> None:
    wire.answers = [ENTRY, bomb]
    refused, growth = memory_growth(transport, wire.host, size=SIZE)
    assert refused in (TOO_LARGE.__name__, ProtocolException.__name__)  # newer aiohttp has its own limit
    # urllib3 before release 2 decompresses all that it has read at once, and aiohttp much of it.
    most = 220_000_000 if urllib3.__version__ < "2" else 80_000_000 if transport == "aiohttp" else 20_000_000
    assert int(growth) < most
