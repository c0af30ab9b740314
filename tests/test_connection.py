"""An answer is read as http.client reads it, by connections of our own: of threads, and of an event loop."""

from __future__ import annotations

import asyncio
import http.client
import io
import socket
import time
from typing import Any, Callable, cast

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from airflow_client.client.exceptions import ResponseTooLargeException
from airflow_client.client.headers import ResponseHeaders
from airflow_client.client.transport import Body
from airflow_client.client.transport.async_connection import AsyncConnection
from airflow_client.client.transport.connection import Connection
from airflow_client.client.transport.sockets import Limits
from airflow_client.client.wire import Request

#: All that is known of an answer, and its body.
Told = tuple[Any, ...]
Ours = Callable[..., Told]


def told(head: Any, version: str, headers: ResponseHeaders) -> Told:
    fields = [(name, " ".join(value.split())) for name, value in headers.items()]
    return head.status, head.reason, version, fields, headers.get("content-type"), head.length


def asked(method: str) -> tuple[Request, Body, Limits]:
    request = Request(method, "http://airflow", "/", {}, None)
    return request, Body(request, 1000), Limits(time.monotonic() + 10, 10)


def by_threads(said: bytes, method: str = "GET") -> Told:
    request, body, limits = asked(method)
    client, server = socket.socketpair()
    with client, server:
        connection = Connection(client)
        connection.send(request, "airflow", limits)
        server.sendall(said)
        server.shutdown(socket.SHUT_WR)
        head = connection.receive(method, limits)
        connection.read_into(body, head)
    return (*told(head, head.version, head.headers), head.is_chunked, head.is_last, body.whole())


def by_asyncio(said: bytes, method: str = "GET", size: int = 1 << 20) -> Told:
    """:param size: how many bytes come at once."""

    async def read() -> Told:
        request, body, limits = asked(method)
        client, server = socket.socketpair()
        loop, connection = asyncio.get_running_loop(), AsyncConnection()
        with client, server:
            await loop.create_connection(lambda: connection, sock=client)
            connection.send(request, "airflow", limits)
            sending = asyncio.ensure_future(send(server))
            try:
                head = await connection.receive(method)
                await connection.read_into(body, head)
            finally:
                connection.close()
                sending.cancel()
                await asyncio.sleep(0)
        return (*told(head, head.version, head.headers), head.is_chunked, head.is_last, body.whole())

    async def send(server: socket.socket) -> None:
        for start in range(0, len(said), size):
            server.sendall(said[start : start + size])
            await asyncio.sleep(0)
        server.shutdown(socket.SHUT_WR)

    return asyncio.run(read())


def byte_by_byte(said: bytes, method: str = "GET") -> Told:
    return by_asyncio(said, method, 1)


def theirs(said: bytes, method: str = "GET") -> Told:
    """The same by http.client."""

    class Said:
        def makefile(self, mode: str) -> io.BufferedReader:
            return io.BufferedReader(io.BytesIO(said))  # type: ignore[arg-type]

    answer = http.client.HTTPResponse(cast(socket.socket, Said()), method=method)
    answer.begin()
    version = {10: "HTTP/1.0", 11: "HTTP/1.1"}[answer.version]
    headers = ResponseHeaders(answer.headers.items())
    return (*told(answer, version, headers), bool(answer.chunked), answer.will_close, answer.read())


each_way = pytest.mark.parametrize("ours", [by_threads, by_asyncio])
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabcdef",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 99\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nup to the end",
    b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 304 Not Modified\r\n\r\nabc",
    b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    b"HTTP/1.1 200 OK\r\ncontent-length:3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: \t 3 \t \r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nX: one\r\n two\r\n\tthree\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nX: h\xe9llo\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nX:\r\nContent-Length: 3\r\n\r\nabc",
]


@pytest.mark.parametrize("ours", [by_threads, by_asyncio, byte_by_byte])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("said", ANSWERS, ids=repr)
def test_an_answer_is_read_as_by_http_client(said: bytes, method: str, ours: Ours) -> None:
    assert ours(said, method) == theirs(said, method)


names = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-length", "transfer-encoding", "connection")
)
texts = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f\x85\xa0"), max_size=30)


@each_way
@given(st.lists(st.tuples(names, texts), max_size=20), st.binary(max_size=50))
def test_any_headers_are_read_as_by_http_client(ours: Ours, fields: list[tuple[str, str]], body: bytes) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")
    said = b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert ours(said) == theirs(said)


@each_way
@given(st.sampled_from(ANSWERS), st.data())
def test_damaged_answers_are_read_or_refused(ours: Ours, said: bytes, data: Any) -> None:
    damaged = bytearray(said)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        status = ours(bytes(damaged))[0]
    except (http.client.HTTPException, urllib3.exceptions.HTTPError, ResponseTooLargeException, ValueError):
        return  # urllib3's: of a chunk; ValueError: of a Content-Length
    assert status >= 101


@each_way
@pytest.mark.parametrize(
    "line",
    [b"no colon", b": no name", b"with space : x", b"\xff: x", b" folded at once", b"X: " + b"x" * 65_536],
    ids=lambda line: repr(line[:20]),
)
def test_what_is_no_header_is_refused(ours: Ours, line: bytes) -> None:
    with pytest.raises(http.client.HTTPException):
        ours(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 3\r\n\r\nabc")


@each_way
def test_more_headers_than_a_hundred_are_refused(ours: Ours) -> None:
    with pytest.raises(http.client.HTTPException, match="got more than 100 headers"):
        ours(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n")


@each_way
@pytest.mark.parametrize(
    "said",
    [
        *(b"HTTP/2.0 200 OK\r\n\r\n", b"HTTP/1.1 99 OK\r\n\r\n", b"", b"Good morning\r\n\r\n"),
        *(b"HTTP/1.1 1_0 OK\r\n\r\n" + ANSWERS[0], b"HTTP/1.1 2\xb20 OK\r\n\r\n", b"HTTP/1.1\r\n\r\n"),
    ],
)
def test_a_status_line_that_is_none_is_refused(ours: Ours, said: bytes) -> None:
    with pytest.raises(http.client.HTTPException):
        ours(said)


@each_way
def test_what_is_provisional_is_passed_over(ours: Ours) -> None:
    said = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ANSWERS[0]
    assert ours(said) == ours(ANSWERS[0])
