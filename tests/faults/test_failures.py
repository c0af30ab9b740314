"""Every failure is one of ours: no other exception, no hang, no wrong value, and the next call is none the worse."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from pathlib import Path

import pytest
import trustme

from airflow_client.xcom import (
    ApiException,
    ConnectionException,
    ServiceException,
    TimeoutException,
    UnexpectedContentException,
)
from tests.faults.answers import FAULTS, ODD, OTHER
from tests.faults.checks import assert_ours, fails
from tests.faults.conftest import Read
from tests.faults.faults import IDS, TARGET, listener, write
from tests.faults.ways import ByDefault, Open
from tests.wire_server import WireServer, answer


def assert_next_is_right(by: ByDefault) -> None:
    """What came before has left nothing behind that the next call takes for its answer."""
    assert by.call("get_xcom_entry", *IDS).value == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_each_is_one_of_ours(client: Open, wire: WireServer, fault: str) -> None:
    said, kind = FAULTS[fault]
    wire.answers = [said, OTHER]
    by = client(wire.host)
    with fails(kind, f"GET {wire.url}{TARGET}"):
        by.call("get_xcom_entry", *IDS, _request_timeout=3)
    assert_next_is_right(by)


@pytest.mark.parametrize("oddity", ODD)
def test_never_a_wrong_value(client: Open, wire: WireServer, oddity: str) -> None:
    wire.answers = [ODD[oddity], OTHER]
    by = client(wire.host)
    try:
        assert by.call("get_xcom_entry", *IDS, _request_timeout=3).value == 1
    except ApiException as error:
        assert_ours(error)
    assert_next_is_right(by)


@pytest.mark.parametrize(
    "body",
    ["{}", "[]", '{"total_entries": 0}', '{"xcom_entries": {}}', '{"xcom_entries": [1]}', '{"xcom_entries": "a"}'],
)
def test_a_list_of_another_shape(client: Open, wire: WireServer, body: str) -> None:
    wire.answers = [answer(body)]
    with fails(UnexpectedContentException, f"GET {wire.url}"):
        client(wire.host).call("get_xcom_entries", *IDS[:3])


@pytest.mark.parametrize("fault", ["reset in the body", "a login page", "invalid gzip", "a list of entries"])
def test_a_write_fails_likewise(client: Open, wire: WireServer, fault: str) -> None:
    wire.version = "3.3.2"
    said, kind = FAULTS[fault]
    for name in ("create_xcom_entry", "update_xcom_entry"):
        wire.answers = [said]
        with fails(kind, "P"):
            write(client(f"{wire.url}/api/v2"), name, _request_timeout=3)
    if fault != "a list of entries":  # a deletion has no answer to look at
        wire.answers = [said]
        with fails(kind, "DELETE "):
            write(client(f"{wire.url}/api/v2"), "delete_xcom_entry", _request_timeout=3)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("then", ["closes", "waits and closes", "reads on", "neither reads nor closes"])
def test_an_answer_before_the_request_is_all_there(
    client: Open, way: str, tmp_path: Path, scheme: str, then: str
) -> None:
    """A proxy refuses a body for its size, and does not want the rest of it."""
    issuer, context, ended = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), threading.Event()
    issuer.issue_cert("127.0.0.1").configure_cert(context)
    issuer.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def serve(connection: socket.socket) -> None:
        if scheme == "https":
            connection = context.wrap_socket(connection, server_side=True)
        with connection:
            connection.recv(65536)
            connection.sendall(answer("", "413 Content Too Large"))
            if then == "reads on":
                while connection.recv(65536):
                    pass
            ended.wait({"closes": 0, "waits and closes": 0.1}.get(then, 10))

    kinds = (ApiException, ConnectionException, TimeoutException)
    with listener(serve) as port:
        by = client(f"{scheme}://127.0.0.1:{port}/api/v1", authority=str(tmp_path / "ca.pem"))
        try:
            with fails(kinds, f"POST {scheme}://127.0.0.1:{port}") as caught:
                by.call("call_api", "/x", "POST", body={"value": "x" * 16_000_000}, _request_timeout=3)
        finally:
            ended.set()
    if (scheme, then) == ("https", "neither reads nor closes") and way != "aiohttp":
        assert isinstance(caught.value, TimeoutException)  # what came by TLS cannot be seen without reading it
    elif scheme == "https" and caught.value.status == 0:
        assert "the server responded or closed during the upload" in str(caught.value)
    else:
        assert caught.value.status == 413


class TestLateFailures:
    """What is only found out when a failure is shown, or a value looked at."""

    @pytest.mark.parametrize(
        "body",
        ["<" * 5_000, "&" * 20_000, "&#" + "9" * 5000 + ";", "&#xd800;", "\x1b[2J\0"],
        ids=["tags", "entities", "huge entity", "surrogate", "controls"],
    )
    def test_a_page(self, read: Read, wire: WireServer, body: str) -> None:
        wire.answers = [answer(body, "502 Bad Gateway", Content_Type="text/html")]
        with fails(ServiceException):
            read(wire.host)

    @pytest.mark.parametrize("depth", [100, 300, 500, 700, 900])
    def test_a_deep_value(self, read: Read, wire: WireServer, depth: int) -> None:
        wire.answers = [answer('{"key": "k", "value": ' + "[" * depth + "1" + "]" * depth + "}")]
        try:
            value = read(wire.host)
        except UnexpectedContentException:
            return
        for _ in range(depth):
            (value,) = value
        assert value == 1

    def test_a_deep_value_that_was_not_written(self, client: Open, wire: WireServer) -> None:
        wire.version = "3.3.2"
        for depth in range(100, 1000, 50):
            wire.answers = [answer('{"key": "k", "value": ' + "[" * depth + "1" + "]" * depth + "}")]
            with warnings.catch_warnings(record=True):
                warnings.simplefilter("always")
                try:
                    write(client(f"{wire.url}/api/v2"), "create_xcom_entry")
                except UnexpectedContentException:
                    break


@pytest.mark.parametrize("fault", ["a login page", "a 404 that is not Airflow's", "a 302", "a 503"])
def test_every_failure_tells_attempts_and_time(read: Read, wire: WireServer, fault: str) -> None:
    """Those of the transport are held to it by ``fails``."""
    more = {
        "a 302": (answer("", "302 Found", Location="/x"), None),
        "a 503": (answer("", "503 Service Unavailable", Retry_After="0"), None),
    }
    wire.answers = [{**FAULTS, **more}[fault][0]]
    with pytest.raises(ApiException, match=r"\b[1-9]\d* attempts? in [\d.e-]+ s") as caught:
        read(wire.host, retries=2)
    assert f"{len(wire.requests)} attempt" in str(caught.value)
