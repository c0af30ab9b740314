"""What the contract suite cannot see of the embedded server: its bytes, its life, its patience.

The expected bytes were recorded from real servers.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow

RUN = "manual__2024-01-01T00:00:00+00:00"
TASK = "/api/v1/dags/lab/dagRuns/manual__2024-01-01T00%3A00%3A00%2B00%3A00/taskInstances/kinds"
DOCS = "https://airflow.apache.org/docs/apache-airflow"


def basic(username: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


ADMIN = basic("admin", "admin-pw")


def filled(version: str = "2.11.2", **settings: Any) -> EmbeddedAirflow:
    airflow = EmbeddedAirflow(version, **settings)
    airflow.add_user("admin", "admin-pw")
    airflow.add_user("odd", "p:\u00e4ss w\u00f6rd", role="Viewer")
    airflow.add_user("nobody", "nobody-pw", role="Public")
    airflow.add_xcom("lab", RUN, "kinds", "str", "hello", timestamp="2026-11-22T06:09:26.833597Z")
    return airflow


@pytest.fixture(params=["2.10.5", "2.11.2"])
def airflow(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with filled(request.param) as server:
        yield server


def connect(airflow: EmbeddedAirflow) -> socket.socket:
    host, port = airflow.base_url[len("http://") :].rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def send(airflow: EmbeddedAirflow, data: bytes) -> str:
    """Send bytes on a connection of their own, and give all that comes back until it is closed."""
    with connect(airflow) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode("latin-1")


def get(airflow: EmbeddedAirflow, target: str, headers: dict[str, str] = ADMIN, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    try:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def value(airflow: EmbeddedAirflow, key: str = "str", query: str = "") -> str:
    status, body = get(airflow, f"{TASK}/xcomEntries/{key}{query}")
    matched = re.search(r'"value": (.*)\n}\n\Z', body, re.DOTALL)
    return matched[1] if matched else f"{status} {body}"


# ------------------------------------------------------------------------- bytes on the wire


def test_an_entry_is_told_byte_for_byte_as_recorded() -> None:
    with filled() as airflow:
        auth = f"Authorization: {ADMIN['Authorization']}\r\n"
        got = send(
            airflow,
            f"GET {TASK}/xcomEntries/str HTTP/1.1\r\n{auth}Connection: close\r\n\r\n".encode(),
        )
    assert re.sub("Date: .* GMT", "Date: D", got).replace("\r\n", "\n") == (
        "HTTP/1.1 200 OK\nServer: gunicorn\nDate: D\nConnection: close\n"
        "Content-Type: application/json\nContent-Length: 199\nCache-Control: no-store\n"
        'X-Robots-Tag: noindex, nofollow\n\n{\n  "dag_id": "lab",\n'
        '  "execution_date": "2024-01-01T00:00:00+00:00",\n  "key": "str",\n  "map_index": -1,\n'
        '  "task_id": "kinds",\n  "timestamp": "2026-11-22T06:09:26.833597+00:00",\n'
        '  "value": "hello"\n}\n'
    )


def test_a_list_is_written_as_the_json_module_would(airflow: EmbeddedAirflow) -> None:
    airflow.add_xcom("lab", RUN, "kinds", 'q"\u952e\U0001f600', 1, timestamp="2026-11-22T07:00Z")
    assert get(airflow, f"{TASK}/xcomEntries?limit=1")[1] == (
        '{\n  "total_entries": 2,\n  "xcom_entries": [\n    {\n      "dag_id": "lab",\n'
        '      "execution_date": "2024-01-01T00:00:00+00:00",\n'
        '      "key": "q\\"\\u952e\\ud83d\\ude00",\n      "map_index": -1,\n'
        '      "task_id": "kinds",\n      "timestamp": "2026-11-22T07:00:00+00:00"\n'
        "    }\n  ]\n}\n"
    )
    empty = '{\n  "total_entries": 0,\n  "xcom_entries": []\n}\n'
    assert get(airflow, f"{TASK}/xcomEntries?xcom_key=no") == (200, empty)


def problem(status: int, title: str, detail: str, kind: str) -> tuple[int, str]:
    return status, (f'{{\n  "detail": {detail},\n  "status": {status},\n  "title": {title},\n  "type": "{kind}"\n}}\n')


@pytest.mark.parametrize(
    ("query", "title", "detail"),
    [
        ("limit=-1", '"Page limit must be a positive integer"', "null"),
        ("foo=1&limit=a", "null", '"Extra query parameter(s) foo not in spec"'),
        ("=1", "null", '"Extra query parameter(s)  not in spec"'),
        (
            "offset=a&limit=2.5",
            '"Bad Request"',
            "\"Wrong type, expected 'integer' for query parameter 'limit'\"",
        ),
        (
            "limit=1&limit=",
            '"Bad Request"',
            "\"Wrong type, expected 'integer' for query parameter 'limit'\"",
        ),
        (
            "offset=-5",
            '"Bad Request"',
            "\"-5 is less than the minimum of 0\\n\\nFailed validating 'minimum' in schema:\\n"
            "    {'type': 'integer', 'minimum': 0}\\n\\nOn instance:\\n    -5\"",
        ),
    ],
)
def test_refused_queries(query: str, title: str, detail: str) -> None:
    kind = f"{DOCS}/2.11.2/stable-rest-api-ref.html#section/Errors/BadRequest"
    with filled() as airflow:
        assert get(airflow, f"{TASK}/xcomEntries?{query}") == problem(400, title, detail, kind)


@pytest.mark.parametrize("query", ["limit=a&limit=2", "limit=%201_0%20", "&&offset=-0", "limit=0"])
def test_queries_taken_as_leniently_as_real_ones(airflow: EmbeddedAirflow, query: str) -> None:
    assert get(airflow, f"{TASK}/xcomEntries?{query}")[0] == 200


def test_what_strangers_are_told_differs_by_release() -> None:
    where = f"{TASK}/xcomEntries"
    for version, status, title, kind in (
        ("2.10.5", 401, '"Unauthorized"', "Unauthenticated"),
        ("2.11.2", 403, '"Forbidden"', "PermissionDenied"),
    ):
        docs = f"{DOCS}/{version}/stable-rest-api-ref.html#section/Errors"
        with filled(version) as airflow:
            refused = problem(status, title, "null", f"{docs}/{kind}")
            strangers: tuple[dict[str, str], ...] = (
                {},
                basic("admin", ""),
                basic("who", "x"),
                {"Authorization": "Basic !"},
            )
            assert [get(airflow, where, headers) for headers in strangers] == [refused] * 4
            forbidden = problem(403, '"Forbidden"', "null", f"{docs}/PermissionDenied")
            assert get(airflow, where, basic("nobody", "nobody-pw")) == forbidden


def test_who_is_let_in(airflow: EmbeddedAirflow) -> None:
    for headers in (
        basic("ADMIN", "admin-pw"),
        basic("odd", "p:\u00e4ss w\u00f6rd"),
        {"Authorization": ADMIN["Authorization"].replace("Basic ", "bAsIc  ")},
    ):
        assert get(airflow, f"{TASK}/xcomEntries", headers)[0] == 200


def test_the_order_of_the_checks(airflow: EmbeddedAirflow) -> None:
    stranger = 401 if "2.10.5" in get(airflow, "/api/v1/version")[1] else 403
    for target, method, status in (
        ("/api/v1/nope", "GET", 404),
        (f"{TASK}/xcomEntries", "POST", 405),
        (f"{TASK}/xcomEntries//k", "GET", 308),
        (f"{TASK}/xcomEntries?limit=a", "GET", 400),
        (f"{TASK}/xcomEntries?limit=-1", "GET", stranger),
        (f"{TASK}/xcomEntries?offset={2**63}", "GET", stranger),
        (f"{TASK}/xcomEntries/str?deserialize=true", "GET", stranger),
        ("/api/v1/version", "GET", 200),
    ):
        assert get(airflow, target, {}, method)[0] == status, target


def test_a_path_is_decoded_before_it_is_routed(airflow: EmbeddedAirflow) -> None:
    for crafted in (TASK.replace("/dagRuns/", "%2FdagRuns%2F"), f"/{TASK}", TASK[1:]):
        assert get(airflow, f"{crafted}%2FxcomEntries%2Fstr")[0] == 200
    for key in ("a/b", "a//b", "trailing/", "..", "+", "%2F", "\nb"):
        airflow.add_xcom("lab", RUN, "kinds", key, key)
        quoted = "".join(f"%{byte:02X}" for byte in key.encode())
        assert value(airflow, quoted) == '"' + key.replace("\n", "\\n") + '"'
    for lost in ("%2F", "a%0Ab", ""):
        assert value(airflow, lost).startswith('404 {\n  "detail": "The requested URL')
    assert value(airflow, "%FF").startswith('404 {\n  "detail": null')


@pytest.mark.parametrize(
    ("version", "doubled", "where"),
    [
        ("2.11.2", "//a&=///b%20%7C", "/a&=/b%20%7C"),
        ("2.10.5", "//a&=//b%20%7C", "/a%26%3D/b%20|"),
        ("2.10.5", "///a", None),
    ],
)
def test_redirects_of_doubled_slashes(version: str, doubled: str, where: str | None) -> None:
    with filled(version) as airflow:
        target = f"/api/v1/dags/a/dagRuns/b/taskInstances/c/xcomEntries{doubled}?x=%2f"
        got = send(airflow, f"GET {target} HTTP/1.0\r\nHost: h:1\r\n\r\n".encode())
    status, _, rest = got.partition("\r\n")
    if where is None:
        assert status == "HTTP/1.0 404 NOT FOUND"
        return
    assert status == "HTTP/1.0 308 PERMANENT REDIRECT"
    url = f"http://h:1/api/v1/dags/a/dagRuns/b/taskInstances/c/xcomEntries{where}?x=%2f"
    assert f"\r\nLocation: {url}\r\n" in rest
    assert ("\r\nVary: Cookie\r\n" in rest) == (version == "2.11.2")
    assert ("\r\nSet-Cookie: session=" in rest) == (version == "2.10.5")


def test_methods(airflow: EmbeddedAirflow) -> None:
    kind = "about:blank"
    detail = '"The method is not allowed for the requested URL."'
    refused = problem(405, '"Method Not Allowed"', detail, kind)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert get(airflow, f"{TASK}/xcomEntries/str", method=method) == refused
    assert get(airflow, f"{TASK}/xcomEntries/str?no=1", {}, "OPTIONS") == (200, "")
    assert get(airflow, f"{TASK}/xcomEntries/str", method="HEAD") == (200, "")


def test_a_crash_is_gunicorns_page_and_closes(airflow: EmbeddedAirflow) -> None:
    page = (
        "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n"
        "    <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n"
    )
    for query in (f"?offset={2**63}", f"?map_index=-{2**64}", f"/str?map_index={2**63}"):
        auth = f"Authorization: {ADMIN['Authorization']}"
        line = f"GET {TASK}/xcomEntries{query} HTTP/1.1"
        assert send(airflow, f"{line}\r\n{auth}\r\n\r\n".encode()).replace("\r\n", "\n") == (
            "HTTP/1.1 500 Internal Server Error\nConnection: close\nContent-Type: text/html\n"
            f"Content-Length: 141\n\n{page}"
        )


def test_page_limits() -> None:
    with filled(maximum_page_limit=50) as airflow:
        for number in range(120):
            airflow.add_xcom("lab", RUN, "many", f"k{number}", number)
        many = TASK.replace("kinds", "many")
        for query, rows in (("", 50), ("?limit=60", 50), ("?limit=7", 7), ("?limit=0", 100)):
            body = get(airflow, f"{many}/xcomEntries{query}")[1]
            assert (body.count('"key"'), body[:24]) == (rows, '{\n  "total_entries": 120')


# ------------------------------------------------------------------------------------ values


class Colour:
    pass


PARIS = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("pushed", "text"),
    [
        ((1, "two", (3.0, [4, (5,)])), "\"(1,two,(3.0,[4, '(5)']))\""),
        ([(1, 2), {3}], "\"[[1, 2], '(3)']\""),
        ({1: "a", None: float("nan")}, "\"{'1': 'a', 'null': nan}\""),
        (({(1, 2): 3},), "\"({'(1, 2)': 3})\""),
        (
            dt.datetime(2024, 1, 2, tzinfo=PARIS),
            '"datetime.datetime@version=2(timestamp=1704150000.0,tz=(,,0,False))"',
        ),
        (decimal.Decimal("1E+5"), '"decimal.Decimal@version=1(100000)"'),
        ({"__type": "tuple", "__var": [1, 2]}, '"tuple@version=0([,1,,, ,2,])"'),
        ({"__type": "dict", "__var": {"a": 1}}, "\"{'a': 1}\""),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_odd_values_as_text(airflow: EmbeddedAirflow, pushed: object, text: str) -> None:
    airflow.add_xcom("lab", RUN, "kinds", "odd", pushed)
    assert value(airflow, "odd") == text


@pytest.mark.parametrize(
    ("pushed", "text", "native"),
    [
        (
            {"d": dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc)},
            "\"{'d': datetime.datetime(2024, 1, 2, 0, 0, tzinfo=Timezone('UTC'))}\"",
            '{\n    "d": "2024-01-02T00:00:00+00:00"\n  }',
        ),
        (dt.date(1, 2, 3), '"0001-02-03"', '"1-02-03"'),
        (decimal.Decimal("10"), '"10"', "10"),
        (float("inf"), '"inf"', "Infinity"),
        (float("nan"), '"nan"', "500"),
        (dt.datetime(2024, 1, 2, tzinfo=PARIS), "500", "500"),
        (frozenset([frozenset()]), "500", "500"),
    ],
)
def test_deserialized_values(pushed: object, text: str, native: str) -> None:
    with filled(deserialize_support=True) as airflow:
        airflow.add_xcom("lab", RUN, "kinds", "odd", pushed)
        got = value(airflow, "odd", "?deserialize=true")
        assert got == text or got.startswith(f"{text} <html>")
        got = value(airflow, "odd", "?deserialize=TRUE&stringify=False")
        assert got == native or got.startswith(f"{native} <html>")


def circular() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


@pytest.mark.parametrize(
    "refused",
    [
        b"x",
        uuid.UUID(int=1),
        Colour(),
        Colour,
        [Colour()],
        dt.time(1),
        dt.timezone.utc,
        {(1, 2): 3},
        {"__classname__": "x"},
        ({"__id__": "x"},),
        decimal.Decimal("sNaN"),
        circular(),
    ],
)
def test_what_airflow_refuses_to_push_is_refused(refused: object) -> None:
    with pytest.raises(TypeError):
        EmbeddedAirflow().add_xcom("lab", RUN, "kinds", "k", refused)


def test_an_xcom_is_replaced_and_deleted(airflow: EmbeddedAirflow) -> None:
    airflow.add_xcom("lab", RUN, "kinds", "str", [1])
    assert value(airflow, query="?stringify=false") == "[\n    1\n  ]"
    assert '"total_entries": 1,' in get(airflow, f"{TASK}/xcomEntries")[1]
    assert airflow.delete_xcom("lab", RUN, "kinds", "str")
    assert not airflow.delete_xcom("lab", RUN, "kinds", "str")
    assert value(airflow).startswith("404")


def test_a_run_keeps_its_execution_date(airflow: EmbeddedAirflow) -> None:
    moment = dt.datetime(2024, 5, 6, 7, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    airflow.add_xcom("lab", "by hand", "kinds", "k", 1, execution_date=moment)
    airflow.add_xcom("lab", "by hand", "kinds", "l", 1)
    airflow.add_xcom("lab", "by hand", "kinds", "m", 1, execution_date="2024-05-06T05:00:00Z")
    runs = TASK.replace("manual__2024-01-01T00%3A00%3A00%2B00%3A00", "by%20hand")
    body = get(airflow, f"{runs}/xcomEntries")[1]
    assert body.count('"execution_date": "2024-05-06T05:00:00+00:00"') == 3
    with pytest.raises(ValueError, match="execution_date"):
        airflow.add_xcom("lab", "by hand", "kinds", "n", 1, execution_date="2024-05-07T00:00Z")


# -------------------------------------------------------------------------------- arguments


#: The same without its types, to hand it wrong ones.
Untyped: Any = EmbeddedAirflow


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda a: Untyped("3.0.0"), ValueError, "version"),
        (lambda a: Untyped(2), TypeError, "version"),
        (lambda a: Untyped(port="80"), TypeError, "port"),
        (lambda a: Untyped(port=65536), ValueError, "port"),
        (lambda a: Untyped(host=None), TypeError, "host"),
        (lambda a: Untyped(maximum_page_limit=0), ValueError, "maximum_page_limit"),
        (lambda a: Untyped(deserialize_support=1), TypeError, "deserialize_support"),
        (lambda a: a.add_user("a:b", "x"), ValueError, "username"),
        (lambda a: a.add_user("a", 1), TypeError, "password"),
        (lambda a: a.add_user("a", "x", "God"), ValueError, "role"),
        (lambda a: a.add_xcom(1, "r", "t", "k", 1), TypeError, "dag_id"),
        (lambda a: a.add_xcom("d", "", "t", "k", 1), ValueError, "run_id"),
        (lambda a: a.add_xcom("d", "r", None, "k", 1), TypeError, "task_id"),
        (lambda a: a.add_xcom("d", "r", "t", "\ud800", 1), ValueError, "key"),
        (lambda a: a.add_xcom("d", "r", "t", "k", 1, map_index=-2), ValueError, "map_index"),
        (lambda a: a.add_xcom("d", "r", "t", "k", 1, map_index=True), TypeError, "map_index"),
        (lambda a: a.add_xcom("d", "r", "t", "k", 1, timestamp="no"), ValueError, "timestamp"),
        (lambda a: a.add_xcom("d", "r", "t", "k", 1, timestamp=1), TypeError, "timestamp"),
        (
            lambda a: a.add_xcom("d", "r", "t", "k", 1, execution_date=dt.datetime(2024, 1, 1)),
            ValueError,
            "execution_date",
        ),
        (lambda a: a.delete_xcom("d", "r", "t", ""), ValueError, "key"),
    ],
)
def test_bad_arguments_are_named(call: Callable[[Any], object], error: type[Exception], name: str) -> None:
    with pytest.raises(error, match=f"^{name} "):
        call(EmbeddedAirflow())


# ------------------------------------------------------------------------------ its own life


def threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("airflow-testing")}


def test_stop_frees_the_port_and_ends_every_thread() -> None:
    airflow = filled()
    others = threads()  # of servers that other tests share
    airflow.start()
    port = int(airflow.base_url.rsplit(":", 1)[1])
    with connect(airflow) as idle, connect(airflow) as busy:
        busy.sendall(b"GET /api/v1/version HTTP/1.1\r\n\r\n")
        assert busy.recv(65536).startswith(b"HTTP/1.1 200 OK")
        idle.sendall(b"GET /api/v1/vers")
        assert len(threads() - others) >= 2
        airflow.stop()
        assert not threads() - others
        assert (busy.recv(1), idle.recv(1)) == (b"", b"")
    airflow.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    with pytest.raises(RuntimeError, match="does not run"):
        _ = airflow.host
    with EmbeddedAirflow(port=port) as successor:
        assert successor.host == f"http://127.0.0.1:{port}/api/v1"
        assert successor.base_url == f"http://127.0.0.1:{port}"
        with pytest.raises(RuntimeError, match="runs already"):
            successor.start()
        with pytest.raises(OSError, match="in use"):
            EmbeddedAirflow(port=port).start()


def test_it_keeps_its_data_over_a_restart() -> None:
    airflow = filled()
    for _ in range(2):
        with airflow:
            assert value(airflow) == '"hello"'


def test_requests_are_noted_as_they_came(airflow: EmbeddedAirflow) -> None:
    send(airflow, b"GET /api/v1/%6Eope?a=%20+b HTTP/1.0\r\n\r\n")
    get(airflow, "/api/v1/version", method="HEAD")
    assert airflow.requests == [("GET", "/api/v1/%6Eope?a=%20+b"), ("HEAD", "/api/v1/version")]


def test_many_requests_on_one_connection(airflow: EmbeddedAirflow) -> None:
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    with connect(airflow):  # another client that says nothing must not be in the way
        connection.connect()
        first = connection.sock
        for target, method, body in (
            ("/api/v1/version", "GET", None),
            ("/api/v1/version", "POST", b"x" * 100_000),
            (f"{TASK}/xcomEntries/str", "HEAD", None),
            ("/api/v1/version", "POST", iter([b"in ", b"chunks"])),
            ("/api/v1/nope", "GET", None),
        ):
            connection.request(method, target, body=body, headers=ADMIN)
            response = connection.getresponse()
            response.read()
            assert response.getheader("Connection") == "keep-alive"
            assert connection.sock is first
    connection.close()


def test_old_and_impatient_clients(airflow: EmbeddedAirflow) -> None:
    old = send(airflow, b"GET /api/v1/version HTTP/1.0\r\n\r\n")
    assert old.startswith("HTTP/1.0 200 OK\r\n")
    assert "\r\nConnection: close\r\n" in old
    careful = b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    got = send(airflow, b"POST /api/v1/version HTTP/1.1\r\n" + careful)
    assert got.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 405 METHOD NOT ALLOWED\r\n")


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"GET /%s HTTP/1.1\r\n\r\n" % (b"k" * 4081), "400", "too large (4095 &gt; 4094)"),
        (b"GET /" + b"k" * 90_000, "400", "too large (8192 &gt; 4094)"),
        (b"garbage\r\n\r\n", "400", "Invalid HTTP request line: &#x27;garbage&#x27;&#x27;"),
        (b"get / HTTP/1.1\r\n\r\n", "400", "Invalid Method &#x27;Invalid HTTP method: "),
        (b"GET / HTTP/2.0\r\n\r\n", "400", "Invalid HTTP Version: (2, 0)&#x27;"),
        (b"GET /a b HTTP/1.1\r\n\r\n", "400", "Invalid HTTP Version: &#x27;b HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost x\r\n\r\n", "400", "Invalid HTTP Header: &#x27;Host x"),
        (b"GET / HTTP/1.1\r\nA b: x\r\n\r\n", "400", "Invalid HTTP header name: &#x27;A b"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400", "CONTENT-LENGTH"),
        (b"GET / HTTP/1.1\r\nX: %s\r\n\r\n" % (b"a" * 90_000), "431", "headers fields size"),
        (b"GET / HTTP/1.1\r\n%s\r\n" % (b"X: 1\r\n" * 101), "431", "request headers fields"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "400", "Invalid HTTP request line"),
    ],
)
def test_garbled_requests_are_refused_as_gunicorn_does(
    airflow: EmbeddedAirflow, data: bytes, status: str, said: str
) -> None:
    got = send(airflow, data)
    assert got.startswith(f"HTTP/1.1 {status} ")
    assert said in got
    assert airflow.requests == []


def test_clients_that_leave_do_no_harm(airflow: EmbeddedAirflow, capfd: pytest.CaptureFixture[str]) -> None:
    airflow.add_xcom("lab", RUN, "kinds", "big", "x" * 5_000_000)
    auth = f"Authorization: {ADMIN['Authorization']}\r\n\r\n".encode()
    for data in (
        b"",
        b"GET /api",
        b"GET / HTTP/1.1\r\nHost:",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        f"GET {TASK}/xcomEntries/big HTTP/1.1\r\n".encode() + auth,
    ):
        with connect(airflow) as connection:
            connection.sendall(data)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert value(airflow) == '"hello"'
    assert len(value(airflow, "big")) == 5_000_002
    airflow.stop()
    assert capfd.readouterr() == ("", "")


def test_many_threads_read_while_others_write(airflow: EmbeddedAirflow) -> None:
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(20):
            key = f"k{number}-{turn}"
            airflow.add_xcom("lab", RUN, "kinds", key, key)
            got = value(airflow, key)
            if got != f'"{key}"':
                wrong.append(got)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
    assert '"total_entries": 321,' in get(airflow, f"{TASK}/xcomEntries")[1]


# ----------------------------------------------------------------------------- as a program

ROOT = pathlib.Path(__file__).resolve().parents[1]


def run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "airflow_client.testing", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_runs_as_a_program_until_interrupted() -> None:
    with run("--version", "2.10.5") as process:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        matched = re.search(r"Airflow 2\.10\.5 .* http://(\S+)/api/v1$", greeting)
        assert matched, greeting
        connection = http.client.HTTPConnection(matched[1], timeout=10)
        everything = "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
        connection.request("GET", everything, headers=basic("admin", "admin"))
        assert connection.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        connection.close()
        snippet = process.stdout.read()
        assert process.stderr is not None
        assert (process.wait(timeout=10), process.stderr.read()) == (0, "")
    compile(snippet.split("\n\n", 1)[1], "snippet", "exec")


def test_the_program_tells_when_it_cannot_have_the_port() -> None:
    with EmbeddedAirflow() as airflow, run("--port", airflow.base_url[17:]) as process:
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert re.fullmatch("cannot start: .*in use.*\n", errors)
