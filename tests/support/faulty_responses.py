"""Faulty responses, each with the exception that it causes, and odd responses."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from airflow_client.xcom import (
    ApiException,
    BadRequestException,
    ConnectionException,
    ForbiddenException,
    NotFoundException,
    ProtocolException,
    ServiceException,
    UnauthorizedException,
    UnexpectedContentException,
)
from tests.support.faults import BODY, ENTRY, chunked, close, head, reset, then_close, then_reset
from tests.support.wire_server import Answer, answer

DEEP = 100_000
_PACKED = gzip.compress(BODY)
OTHER = answer('{"key": "k", "value": 2}')


def length(value: str, body: bytes = BODY) -> bytes:
    """A response with a Content-Length of ``value``, which ends with its connection."""
    return head(f"Content-Length: {value}", "Connection: close") + body


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return answer(body, Content_Encoding=encoding)


#: The connection breaks.
CONNECTION: dict[str, Answer] = {
    "closed before the status line": close,
    "reset before the status line": reset,
    "reset in the status line": then_reset(b"HTTP/1.1 20"),
    "reset in the headers": then_reset(ENTRY[:30]),
    "reset in the body": then_reset(ENTRY[:-5]),
    "reset in the chunks": then_reset(chunked(BODY, end=b"5\r\nab")),
}
#: The response is not HTTP.
PROTOCOL: dict[str, Answer] = {
    "a body shorter than its Content-Length": then_close(length("100")),
    "no body at all": then_close(length("100", b"")),
    "a chunk size that is not a number": then_close(chunked(BODY, end=b"zz\r\n\r\n")),
    "a negative chunk size": then_close(chunked(end=b"-18\r\n" + BODY + b"\r\n0\r\n\r\n")),
    "a huge chunk size": then_close(chunked(end=b"f" * 5000 + b"\r\n" + BODY)),
    "a truncated chunk": then_close(chunked(end=b"100\r\n" + BODY)),
    "no last chunk": then_close(chunked(BODY, end=b"")),
    "invalid gzip": packed(b"\x1f\x8bnot gzip"),
    "gzip with a wrong checksum": packed(_PACKED[:-8] + bytes(8)),
    "invalid deflate": packed(b"neither zlib nor deflate", "deflate"),
    "a garbled status line": then_close(b"\x00\xff\xfe garbage\r\n\r\n"),
    "a status that is not a number": then_close(b"HTTP/1.1 OK 200\r\n\r\n" + BODY),
    "a status of two digits": then_close(b"HTTP/1.1 20 OK\r\n\r\n" + BODY),
    "a status of four digits": then_close(b"HTTP/1.1 2000 OK\r\n\r\n" + BODY),
    "a negative status": then_close(b"HTTP/1.1 -200 OK\r\n\r\n" + BODY),
    "another protocol": then_close(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "HTTP/0.9": then_close(BODY + b"\n"),
    "HTTP/2": then_close(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
    "a TLS alert": then_close(b"\x15\x03\x01\x00\x02\x02\x50"),
    "an endless status line": then_close(b"HTTP/1.1 200 " + b"O" * 200_000),
    "a header of 100 KB": answer(BODY, X_Long="x" * 100_000),
    "two Content-Lengths": then_close(head("Content-Length: 24", "Content-Length: 5", "Connection: close") + BODY),
    "two Content-Lengths in one line": then_close(length("24, 5")),
}
#: The response is HTTP with a status of success, but not Airflow's.
CONTENT: dict[str, Answer] = {
    "truncated gzip": packed(_PACKED[:20]),  # no HTTP library notices; the JSON is cut too
    "an empty 200": answer(""),
    "a 204": head("Connection: close", status="204 No Content"),
    "a 206": answer(BODY[:10], "206 Partial Content", Content_Range="bytes 0-9/24"),
    "a login page": answer("<html><title>Sign in</title><form>…</form></html>", Content_Type="text/html"),
    "a proxy's page": answer("<h1>Blocked by policy</h1>" * 10_000, Content_Type="text/html"),
    "truncated JSON": answer(BODY[:-2]),
    "two JSON documents": answer(BODY + BODY),
    "JSON with a NUL": answer(BODY + b"\0"),
    "brackets, 100,000 deep": answer("[" * DEEP),
    "lists nested 100,000 deep": answer("[" * DEEP + "]" * DEEP),
    "a value nested 100,000 deep": answer('{"key": "k", "value": ' + '{"a":' * DEEP + "1" + "}" * (DEEP + 1)),
    "a number of 100,000 digits": answer('{"key": "k", "value": ' + "9" * 100_000 + "}"),
    "invalid UTF-8": answer(b'{"key": "k", "value": "\xff\xfe"}'),
    "Latin-1": answer('{"key": "k", "value": "ä"}'.encode("latin-1"), Content_Type="application/json; charset=latin-1"),
    "UTF-8 that is cut": answer('{"key": "k", "value": "ä'.encode()[:-1]),
    "an unknown encoding": packed(bytes(range(256)), "rot13"),
    **{f"the JSON {text}": answer(text) for text in ("null", "true", "1", '"k"', "[]", "{}", '{"value": 1}', "NaN")},
    "a list of entries": answer(b"[" + BODY + b"]"),
}
#: An error status, or what HTTP libraries treat in different ways.
STATUS: dict[str, tuple[Answer, Any]] = {
    "headers that are cut": (
        then_close(b"HTTP/1.1 200 OK\r\nContent-Ty"),
        (ConnectionException, ProtocolException, UnexpectedContentException),
    ),
    "an encoding that nobody asked for": (
        packed(b"\x0b\x02\x80" + BODY, "br"),
        (ProtocolException, UnexpectedContentException),
    ),
    "a proxy's 502": (answer("<html><body><h1>Bad Gateway</h1></body></html>", "502 Bad Gateway"), ServiceException),
    "an empty 500": (answer("", "500 Internal Server Error"), ServiceException),
    "a 500 in invalid UTF-8": (answer(b"\xff\xfe\x00", "500 Internal Server Error"), ServiceException),
    "a 404 that is not Airflow's": (answer("[]", "404 Not Found"), NotFoundException),
    "a 404 nested 100,000 deep": (answer("[" * DEEP, "404 Not Found"), NotFoundException),
    "a 403 of a lone surrogate": (answer(r'{"detail": "\ud800"}', "403 Forbidden"), ForbiddenException),
    "a 404 whose detail is lists, 700 deep": (
        answer('{"detail": ' + "[" * 700 + '"no XCom"' + "]" * 700 + "}", "404 Not Found"),
        NotFoundException,
    ),
    "a 404 whose detail is objects, 400 deep": (
        answer('{"detail": ' + '{"a":' * 400 + "1" + "}" * 401, "404 Not Found"),
        NotFoundException,
    ),
    "a 401 with a detail of 1 MB": (
        answer(json.dumps({"detail": "x" * 10**6}), "401 Unauthorized"),
        UnauthorizedException,
    ),
    "a 400 of numbers": (
        answer('{"title": 5, "detail": [1, null, {"loc": 5, "msg": {}}]}', "400 Bad Request"),
        BadRequestException,
    ),
    "a 599": (answer("", "599 Whatever"), ServiceException),
    "a 999": (answer("", "999 Request Denied"), ApiException),
    "a redirect to nowhere": (answer("", "302 Found", Location="http://["), (ApiException, ProtocolException)),
    "a 304": (head("Connection: close", status="304 Not Modified"), ApiException),
    "a 407": (answer("", "407 Proxy Authentication Required"), ApiException),
    "a reason of control characters": (answer("", "500 \x1b[31m\x00\x07\xff"), ServiceException),
}
FAULTS: dict[str, tuple[Answer, Any]] = {
    **{fault: (response, ConnectionException) for fault, response in CONNECTION.items()},
    **{fault: (response, ProtocolException) for fault, response in PROTOCOL.items()},
    "closed in the status line": (then_close(b"HTTP/1.1 20"), (ProtocolException, ConnectionException)),
    **{fault: (response, UnexpectedContentException) for fault, response in CONTENT.items()},
    **STATUS,
}
#: The names of the faults by kind.
BY_KIND = {
    "connection": list(CONNECTION),
    "protocol": [*PROTOCOL, "closed in the status line"],
    "content": list(CONTENT),
    "status": list(STATUS),
}


#: Odd, but the value can be read: a client returns exactly this value, or raises one of our exceptions.
ODD: dict[str, Answer] = {
    "a charset that JSON does not have": answer(BODY, Content_Type="application/json; charset=utf-7"),
    "a charset that nobody knows": answer(BODY, Content_Type="application/json; charset=\xff\xfe"),
    "UTF-16": answer(BODY.decode().encode("utf-16"), Content_Type="application/json; charset=utf-16"),
    "a byte order mark": answer(b"\xef\xbb\xbf" + BODY),
    "no Content-Type": head("Content-Length: 24") + BODY,
    "a Content-Length that is negative": then_close(length("-1")),
    "a Content-Length that is no number": then_close(length("many")),
    "a Content-Length in hexadecimal": then_close(length("0x18")),
    "a Content-Length with a sign": then_close(length("+24")),
    "a Content-Length of 400 digits": then_close(length("9" * 400)),
    "an empty Content-Length": then_close(length("")),
    "the same Content-Length twice": head("Content-Length: 24", "Content-Length: 24") + BODY,
    "the same Content-Length twice in one line": head("Content-Length: 24, 24") + BODY,
    "Content-Length and chunks": chunked(BODY, headers=("Content-Length: 5",)),
    "chunks, twice": then_close(chunked(BODY, headers=("Transfer-Encoding: chunked",))),
    "a Transfer-Encoding that nobody knows": then_close(head("Transfer-Encoding: cow") + BODY),
    "a body longer than its Content-Length": ENTRY + b"and more",
    "a body longer than its Content-Length, by a whole answer": ENTRY + answer('{"key": "k", "value": "wrong"}'),
    "a chunk size without an end": then_close(chunked(end=b"0" * 200_000)),
    "a chunk with an extension": chunked(end=b"18;a=b\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "chunks with a trailer": chunked(BODY, end=b"0\r\nX-Trailer: x\r\n\r\n"),
    "a last chunk that is cut": then_close(chunked(BODY, end=b"0\r\n")),
    "gzip in two parts": packed(gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])),
    "gzip with garbage behind": packed(_PACKED + b"garbage"),
    "gzip without its checksum": packed(_PACKED[:-8]),
    "gzip, twice": packed(gzip.compress(_PACKED), "gzip, gzip"),
    "gzip, 100 times": packed(BODY, ", ".join(["gzip"] * 100)),
    "deflate": packed(zlib.compress(BODY), "deflate"),
    "header lines that end in LF": ENTRY.replace(b"\r\n", b"\n"),
    "a header without a name": head(": value", "Content-Length: 24") + BODY,
    "a header without a colon": head("Content-Length: 24", "what is this") + BODY,
    "a header that is folded": head("X-Folded: a", " b", "Content-Length: 24") + BODY,
    "a header of NULs": head("X-Nul: a\0b", "Content-Length: 24") + BODY,
    "empty lines before the status line": then_close(b"\r\n\r\n\r\n\r\n" + ENTRY),
    "HTTP/1.0": BODY.join([b"HTTP/1.0 200 OK\r\n\r\n", b""]),
    "HTTP/3.7": then_close(b"HTTP/3.7 200 OK\r\n\r\n" + BODY),
    "a provisional response of 200 headers": head(*["Link: </x>"] * 200, status="103 Early Hints") + ENTRY,
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 24\r\n\r\n" + BODY,
    "200 headers": answer(BODY, **{f"X_{number}": "x" for number in range(200)}),
    "90 headers": answer(BODY, **{f"X_{number}": "x" * 100 for number in range(90)}),
    "a 201": answer(BODY, "201 Created"),
    "a 299": answer(BODY, "299 Whatever"),
    "100 Continue, 50 times": head(status="100 Continue") * 50 + ENTRY,
    "102 Processing": head(status="102 Processing") + ENTRY,
    "103 Early Hints": head("Link: </style.css>", status="103 Early Hints") + ENTRY,
    "101 Switching Protocols": head("Upgrade: tls", status="101 Switching Protocols") + ENTRY,
    "a 204 with a body": head("Content-Length: 24", status="204 No Content") + BODY,
    "a 204 with an answer for a body": head(status="204 No Content") + answer('{"key": "k", "value": "wrong"}'),
    "a 304 with a body": head("Content-Length: 24", status="304 Not Modified") + BODY,
    "a 500 with an answer behind": answer("", "500 Oh") + answer('{"key": "k", "value": "wrong"}'),
}
