"""An answer has a largest size, and a value takes no more memory than a few times its own."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from pathlib import Path

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
from tests.support.faults import BODY, ENTRY, IDS, chunked, head, then_close, then_hang
from tests.support.transports import Open
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.checks import fails
from tests.transport.conftest import Read

#: What an answer becomes that is larger than ``Configuration.max_response_size``.
TOO_LARGE = ResponseTooLargeException
SIZE = 100_000
#: More than a client may have read at a time.
MORE = b" " * (4 << 20)


_GZIP = "Content-Encoding: gzip"
_BOMB = gzip.compress(b" " * 100 * SIZE)
#: Who wants to read all of a body before looking at its size waits in vain for the end of most.
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
}


@pytest.mark.parametrize("large", LARGE)
def test_too_large_is_refused_while_it_is_read(client: Open, way: str, wire: WireServer, large: str) -> None:
    wire.answers = [LARGE[large], ENTRY]
    by = client(wire.host, max_response_size=SIZE)
    # aiohttp itself takes a length of 400 digits for no length.
    kind = ProtocolException if (way, large) == ("aiohttp", "by a Content-Length of 400 digits") else TOO_LARGE
    with fails(kind, f"GET {wire.url}") as caught:
        by.call("get_xcom_entry", *IDS, _request_timeout=0.5)
    assert kind is not TOO_LARGE or "max_response_size" in str(caught.value)
    assert by.call("get_xcom_entry", *IDS).value == 1


def test_a_bomb_in_a_bomb(read: Read, wire: WireServer) -> None:
    wire.answers = [then_close(chunked(gzip.compress(_BOMB), headers=("Content-Encoding: gzip, gzip",)))]
    with fails((TOO_LARGE, UnexpectedContentException)):  # who unpacks it once has nothing to read in it
        read(wire.host, max_response_size=SIZE)


@pytest.mark.parametrize("path", ["", "/api/v2", "/api/v1"])
def test_so_are_the_answers_to_a_login_and_to_the_search_for_the_api(read: Read, wire: WireServer, path: str) -> None:
    wire.answers = [LARGE["of no length"]]
    login = "session" if path == "/api/v1" else None
    with fails(TOO_LARGE):
        read(wire.url + path, timeout=0.5, username="u", password="p", login=login, max_response_size=SIZE)


@pytest.mark.parametrize("said", ["plain", "chunked", "gzip"])
def test_an_answer_of_the_size_itself_is_read(read: Read, wire: WireServer, said: str) -> None:
    body = BODY + b" " * (SIZE - len(BODY))
    wire.answers = [
        {
            "plain": answer(body),
            "chunked": then_close(chunked(body[:7], body[7:])),
            "gzip": answer(gzip.compress(body), Content_Encoding="gzip"),
        }[said]
    ]
    assert read(wire.host, max_response_size=SIZE) == 1


def test_one_byte_more_is_not(read: Read, wire: WireServer) -> None:
    wire.answers = [then_close(chunked(BODY, b" " * (SIZE - len(BODY) + 1)))]
    with fails(TOO_LARGE):
        read(wire.host, max_response_size=SIZE)


def test_a_stream_is_as_long_as_the_caller_wants(client: Open, wire: WireServer) -> None:
    wire.answers = [answer(MORE)]
    by = client(wire.host, max_response_size=SIZE)
    assert by.body(by.call("get_xcom_entry", *IDS, _preload_content=False)) == MORE


#: Prints by how many bytes the peak of this process's memory grows while it reads a value.
_READER = """
import contextlib, sys
from tests.support.faults import IDS
from tests.support.transports import opening

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))

way, host, size = sys.argv[1:]
with contextlib.ExitStack() as stack:
    by = opening(way, stack)(host, max_response_size=int(size))
    by.call("get_xcom_entry", *IDS)
    before = peak()
    try:
        by.call("get_xcom_entry", *IDS, _request_timeout=60)
    except Exception as error:
        print(type(error).__name__, end=" ")
    print(peak() - before)
"""


def grown(way: str, host: str, size: int = 1 << 30) -> list[str]:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process's memory is read from /proc, which this system does not have")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _READER, way, host, str(size)]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize("said", ["plain", "gzip"])
def test_a_value_takes_twice_its_size_and_a_packed_one_three_times(way: str, wire: WireServer, said: str) -> None:
    size = 30_000_000
    body = b'{"key": "k", "value": "' + b"x" * size + b'"}'
    large = answer(body) if said == "plain" else answer(gzip.compress(body, 1), Content_Encoding="gzip")
    wire.answers = [ENTRY, large]
    (bytes_more,) = grown(way, wire.host)
    times = 2 if said == "plain" else 3
    assert int(bytes_more) <= times * size + 5_000_000  # and what the interpreter takes meanwhile


def test_so_does_one_in_chunks_of_two_bytes(way: str, wire: WireServer) -> None:
    body = b'{"key": "k", "value": "' + b"x" * 1_000_000 + b'"} '
    pieces = [body[index : index + 2] for index in range(0, len(body), 2)]
    wire.answers = [ENTRY, then_close(chunked(*pieces))]
    (bytes_more,) = grown(way, wire.host)
    assert int(bytes_more) <= 2 * len(body) + 8_000_000  # each chunk by itself would take 60 times the size


#: Unpacks to more than a gigabyte, in some seconds.
_SLOW_BOMB = gzip.compress(b" " * 10_000_000) * 110


@pytest.mark.parametrize("said", [answer(_SLOW_BOMB, Content_Encoding="gzip"), chunked(_SLOW_BOMB, headers=(_GZIP,))])
def test_unpacking_ends_at_the_deadline(read: Read, wire: WireServer, said: bytes) -> None:
    wire.answers = [said]
    start = time.monotonic()
    with fails((TimeoutException, ProtocolException)):  # aiohttp and urllib3 may refuse it for what it is
        read(wire.host, timeout=0.4, max_response_size=1 << 40)
    assert time.monotonic() - start < 2


def test_unpacking_lets_other_tasks_run(wire: WireServer) -> None:
    wire.answers = [answer(_SLOW_BOMB, Content_Encoding="gzip")]

    async def longest_pause() -> float:
        configuration = Configuration(host=wire.host)
        configuration.retries = 0
        async with AsyncApiClient(configuration) as client:
            call = asyncio.ensure_future(AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=1))
            longest, last = 0.0, time.monotonic()
            while not call.done():
                await asyncio.sleep(0)
                now = time.monotonic()
                longest, last = max(longest, now - last), now
            with pytest.raises(TransportException):
                await call
            return longest

    assert asyncio.run(longest_pause()) < 0.4


def test_a_bomb_takes_no_memory(way: str, wire: WireServer) -> None:
    wire.answers = [ENTRY, answer(gzip.compress(b" " * 100_000_000), Content_Encoding="gzip")]
    refused, bytes_more = grown(way, wire.host, SIZE)
    assert refused in (TOO_LARGE.__name__, ProtocolException.__name__)  # aiohttp has come to have a limit of its own
    # urllib3 before release 2 unpacks all that it has read at once, and aiohttp much of it.
    most = 220_000_000 if urllib3.__version__ < "2" else 80_000_000 if way == "aiohttp" else 20_000_000
    assert int(bytes_more) < most
