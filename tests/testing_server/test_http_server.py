"""HTTP of the embedded server: connections, limits, start and stop."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import logging
import re
import socket
import threading
import uuid

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import RUN, TASK_2, TASK_3, connect, credentials, filled, get, request, send


def version_path(airflow: EmbeddedAirflow) -> str:
    return f"{airflow.host[len(airflow.base_url) :]}/version"


def threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("airflow-testing")}


# ------------------------------------------------------------------------- start and stop


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
        with pytest.raises(RuntimeError, match="already runs"):
            successor.start()
        with pytest.raises(OSError, match="in use"):
            EmbeddedAirflow(port=port).start()


def test_data_and_credentials_survive_a_restart() -> None:
    airflow = filled("3.3.2")
    with airflow:
        headers = credentials(airflow)
    with airflow:
        assert get(airflow, f"{TASK_3}/str", headers).json["value"] == "hello"


def test_it_listens_on_ipv6() -> None:
    airflow = EmbeddedAirflow(host="::1")
    try:
        airflow.start()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with contextlib.closing(http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)) as connection:
        connection.request("GET", "/api/v1/version")
        assert connection.getresponse().status == 200
    airflow.stop()


# ------------------------------------------------------------------------- connections


def test_one_connection_carries_many_requests(airflow: EmbeddedAirflow) -> None:
    path, headers = version_path(airflow), credentials(airflow)
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    with connect(airflow), contextlib.closing(connection):  # a client that sends nothing must not block the others
        connection.connect()
        first = connection.sock
        for method, target, body in (
            ("GET", path, None),
            ("POST", path, b"x" * 100_000),
            ("HEAD", path, None),
            ("POST", path, iter([b"in ", b"chunks"])),
            ("GET", f"{path}/nope", None),
        ):
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            assert bool(response.read()) == (method != "HEAD")
            assert not response.will_close
            assert connection.sock is first


def test_a_body_in_chunks_is_read(airflow_3: EmbeddedAirflow) -> None:
    headers = {**credentials(airflow_3), "Content-Type": "application/json"}
    request(airflow_3, "POST", TASK_3, iter([b'{"key": "chunked", ', b'"value": 1}']), headers)
    assert get(airflow_3, f"{TASK_3}/chunked", headers).json["value"] == 1


def test_a_connection_is_closed_when_the_client_wants_so(airflow: EmbeddedAirflow) -> None:
    for wish in ("HTTP/1.1\r\nConnection: close", "HTTP/1.0", "HTTP/1.0\r\nAccept-Encoding: gzip"):
        got = send(airflow, f"GET {version_path(airflow)} {wish}\r\n\r\n".encode())
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nConnection: close" in head
        assert f"\r\nContent-Length: {len(body)}\r\n".encode() in head


def test_a_client_may_wait_for_permission_to_send_a_body(airflow_3: EmbeddedAirflow) -> None:
    with connect(airflow_3) as connection:
        head = b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
        connection.sendall(b"POST /api/v2/version HTTP/1.1\r\n" + head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hi")
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")


def test_a_crash_closes_the_connection() -> None:
    """Airflow 3's server does so without notice."""
    for version, task, announced in (("2.11.2", TASK_2, True), ("3.3.2", TASK_3, False)):
        with filled(version) as airflow:
            auth = credentials(airflow)["Authorization"]
            got = send(airflow, f"GET {task}?offset={2**63} HTTP/1.1\r\nAuthorization: {auth}\r\n\r\n".encode())
        assert got.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert (b"Connection: close" in got) == announced


def test_a_bug_is_logged_and_answered(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled() as airflow:
        monkeypatch.setattr(airflow._application, "respond", lambda request: 1 / 0)
        with caplog.at_level(logging.ERROR, "airflow_client.testing"):
            assert get(airflow, "/api/v1/version").status == 500
    assert "ZeroDivisionError" in caplog.text


def test_clients_that_leave_do_no_harm(airflow_3: EmbeddedAirflow, capfd: pytest.CaptureFixture[str]) -> None:
    airflow_3.push_xcom("lab", RUN, "kinds", "big", "x" * 5_000_000)
    auth = credentials(airflow_3)["Authorization"]
    for data in (
        b"",
        b"GET /api",
        b"GET / HTTP/1.1\r\nHost:",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        f"GET {TASK_3}/big HTTP/1.1\r\nAuthorization: {auth}\r\n\r\n".encode(),
    ):
        with connect(airflow_3) as connection:
            connection.sendall(data)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert len(get(airflow_3, f"{TASK_3}/big").json["value"]) == 5_000_000
    airflow_3.stop()
    assert capfd.readouterr() == ("", "")


def test_many_clients_at_once_read_and_write(airflow_3: EmbeddedAirflow) -> None:
    headers = credentials(airflow_3)
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(10):
            key = f"k{number}-{turn}"
            airflow_3.push_xcom("lab", RUN, "kinds", key, key)
            reply = get(airflow_3, f"{TASK_3}/{key}", headers)
            if reply.status != 200 or reply.json["value"] != key:
                wrong.append(reply)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
    assert get(airflow_3, TASK_3, headers).json["total_entries"] == 161


# ------------------------------------------------------------------------- requests


@pytest.mark.parametrize(
    ("version", "length", "status"),
    [
        ("2.11.2", 4094, 404),
        ("2.11.2", 4095, 400),
        ("2.11.2", 90_000, 400),
        ("3.3.2", 60_000, 404),
        ("3.3.2", 90_000, 400),
    ],
)
def test_the_request_line_has_a_limit(version: str, length: int, status: int) -> None:
    with filled(version) as airflow:
        target = "/api/v1/" if version == "2.11.2" else "/api/v2/"
        target += "k" * (length - len(f"GET {target} HTTP/1.1"))
        got = send(airflow, f"GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        assert got.startswith(f"HTTP/1.1 {status} ".encode())
        assert len(airflow.requests) == (status == 404)
        assert (b"Request Line is too large (4095 &gt; 4094)" in got) == (length == 4095)


@pytest.mark.parametrize(("version", "status"), [("2.11.2", 431), ("3.3.2", 200)])
def test_a_header_has_a_limit_on_airflow_2(version: str, status: int) -> None:
    with filled(version) as airflow:
        assert get(airflow, version_path(airflow), {"Cookie": "a" * 9_000}).status == status


def test_invalid_requests_are_refused(airflow: EmbeddedAirflow) -> None:
    is_2 = version_path(airflow).startswith("/api/v1")
    for data in (
        b"garbage\r\n\r\n",
        b"FOO / HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",  # the beginning of TLS
    ):
        got = send(airflow, data)
        assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n"), data
        assert b"\r\nConnection: close\r\n" in got
        assert (b"<title>Bad Request</title>" if is_2 else b"Invalid HTTP request received.") in got
    assert airflow.requests == []


def test_responses_name_their_server_and_the_time(airflow: EmbeddedAirflow) -> None:
    headers = get(airflow, version_path(airflow), {}).headers
    assert headers["Server"] == ("gunicorn" if version_path(airflow).startswith("/api/v1") else "uvicorn")
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["Date"])


def test_airflow_3_compresses_in_chunks(airflow: EmbeddedAirflow) -> None:
    airflow.push_xcom("lab", RUN, "kinds", "big", uuid.uuid4().hex + "x" * 1_000_000)
    is_3 = version_path(airflow).startswith("/api/v2")
    target = f"{TASK_3 if is_3 else TASK_2}/big"
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    connection.request("GET", target, headers={**credentials(airflow), "Accept-Encoding": "gzip, br"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    names = ("Content-Encoding", "Transfer-Encoding", "Content-Length", "Vary")
    expected = ["gzip", "chunked", None, "Accept-Encoding"] if is_3 else [None, None, str(len(body)), None]
    assert [response.getheader(name) for name in names] == expected
    assert (gzip.decompress(body) if is_3 else body).decode() == get(airflow, target).body
