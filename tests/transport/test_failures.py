"""Every failure is one of ours: no other exception, no hang, no wrong value, and the next call is unaffected."""

from __future__ import annotations

import socket
import threading
import warnings
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiException,
    ConnectionException,
    ServiceException,
    TimeoutException,
    UnexpectedContentException,
)
from tests.support.cases import check_each
from tests.support.faults import IDS, TARGET, listener, reset, write
from tests.support.faulty_responses import BY_KIND, FAULTS, ODD, OTHER
from tests.support.transports import OpenClient, TransportClient
from tests.support.wire_server import WireServer, answer
from tests.transport.checks import HANGS, assert_ours, fails
from tests.transport.conftest import Read, certified, one_transport


def assert_next_is_right(client: TransportClient) -> None:
    """The fault has left nothing behind that the next call takes for its response."""
    assert client.call("get_xcom_entry", *IDS).value == 2


@pytest.mark.parametrize("kind", BY_KIND)
def test_each_fault_raises_its_exception(open_client: OpenClient, wire: WireServer, kind: str) -> None:
    def check(fault: str) -> None:
        response, exception = FAULTS[fault]
        wire.answers = [response, OTHER]
        client = open_client(wire.host)  # each with a new connection: a stale one would be replaced
        with fails(exception, f"GET {wire.url}{TARGET}"):
            client.call("get_xcom_entry", *IDS, _request_timeout=HANGS)
        assert_next_is_right(client)

    check_each(BY_KIND[kind], check)


def test_an_odd_response_never_gives_a_wrong_value(open_client: OpenClient, wire: WireServer) -> None:
    def check(oddity: str) -> None:
        wire.answers = [ODD[oddity], OTHER]
        client = open_client(wire.host)
        try:
            assert client.call("get_xcom_entry", *IDS, _request_timeout=1).value == 1
        except ApiException as error:
            assert_ours(error)
        assert_next_is_right(client)

    check_each(ODD, check)


def test_a_write_fails_likewise(open_client: OpenClient, wire: WireServer) -> None:
    wire.version = "3.3.2"
    client = open_client(f"{wire.url}/api/v2")

    def check(fault: str) -> None:
        response, kind = FAULTS[fault]
        for name in ("create_xcom_entry", "update_xcom_entry", "delete_xcom_entry"):
            if name == "delete_xcom_entry" and fault == "a list of entries":
                continue  # the body of a response to a deletion is ignored
            wire.answers = [response]
            with fails(kind, ("DELETE" if name == "delete_xcom_entry" else "P")):
                write(client, name, _request_timeout=HANGS)

    check_each(["reset in the body", "a login page", "invalid gzip", "a list of entries"], check)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_response_before_the_request_is_sent(
    open_client: OpenClient, transport: str, issuer: Any, authority: str, scheme: str
) -> None:
    """A proxy refuses a body for its size, and does not want the rest of it."""
    context, ended = certified(issuer), threading.Event()
    then = ""

    def serve(connection: socket.socket) -> None:
        if scheme == "https":
            connection = context.wrap_socket(connection, server_side=True)
        with connection:
            connection.recv(65536)
            if then == "resets":
                reset(connection, b"")
                return
            connection.sendall(answer("", "413 Content Too Large"))
            if then == "reads on":
                while connection.recv(65536):
                    pass
            ended.wait({"closes": 0, "waits and closes": 0.1}.get(then, 10))

    def check(case: str) -> None:
        nonlocal then
        then = case
        ended.clear()
        # What arrives over TLS cannot be noticed without reading it.
        unseen = (scheme, then) == ("https", "neither reads nor closes") and transport != "aiohttp"
        try:
            with fails((ApiException, ConnectionException, TimeoutException), f"POST {host}") as caught:
                body = {"value": "x" * 16_000_000}
                client.call("call_api", "/x", "POST", body=body, _request_timeout=0.3 if unseen else HANGS)
        finally:
            ended.set()
        if unseen:
            assert isinstance(caught.value, TimeoutException)
        elif then == "resets" or (scheme == "https" and caught.value.status == 0):
            assert "the server responded or closed during the upload" in str(caught.value)
        else:
            assert caught.value.status == 413

    with listener(serve) as port:
        host = f"{scheme}://127.0.0.1:{port}"
        client = open_client(f"{host}/api/v1", authority=authority)
        check_each(["resets", "closes", "waits and closes", "reads on", "neither reads nor closes"], check)


@one_transport
class TestLateFailures:
    """What fails only when an exception is shown, or a value used."""

    def test_an_error_page(self, read: Read, wire: WireServer) -> None:
        def check(body: str) -> None:
            wire.answers = [answer(body, "502 Bad Gateway", Content_Type="text/html")]
            with fails(ServiceException):
                read(wire.host)

        check_each(["<" * 5_000, "&" * 20_000, "&#" + "9" * 5000 + ";", "&#xd800;", "\x1b[2J\0"], check)

    def test_a_deep_value(self, read: Read, wire: WireServer) -> None:
        def check(depth: int) -> None:
            wire.answers = [answer('{"key": "k", "value": ' + "[" * depth + "1" + "]" * depth + "}")]
            try:
                value = read(wire.host)
            except UnexpectedContentException:
                return
            for _ in range(depth):
                (value,) = value
            assert value == 1

        check_each([100, 300, 500, 700, 900], check)

    def test_a_deep_value_in_the_response_to_a_write(self, open_client: OpenClient, wire: WireServer) -> None:
        """Comparing it with the written value takes more of the stack than decoding it."""
        wire.version = "3.3.2"
        client = open_client(f"{wire.url}/api/v2")

        def check(depth: int) -> None:
            wire.answers = [answer('{"key": "k", "value": ' + "[" * depth + "1" + "]" * depth + "}")]
            with warnings.catch_warnings(record=True):
                warnings.simplefilter("always")
                try:
                    write(client, "create_xcom_entry")
                except UnexpectedContentException as error:
                    assert_ours(error)

        check_each(range(100, 1000, 50), check)


@one_transport
def test_only_a_failure_that_was_retried_was_given_up(read: Read, wire: WireServer) -> None:
    """Those of the transport show their attempts in any case: ``fails`` checks it."""
    wire.version = "2.11.2"  # API detection is not an attempt of the call
    responses = {
        "a login page": FAULTS["a login page"][0],
        "a 404 that is not Airflow's": FAULTS["a 404 that is not Airflow's"][0],
        "a 302": answer("", "302 Found", Location="/x"),
        "a 503": answer("", "503 Service Unavailable", Retry_After="0"),
    }

    def check(fault: str) -> None:
        wire.requests.clear()
        wire.answers = [responses[fault]]
        with pytest.raises(ApiException) as caught:
            read(wire.url, retries=2)
        assert caught.value.attempts == len(wire.requests) == (3 if fault == "a 503" else 1)
        assert ("Gave up after 3 attempts in" in str(caught.value)) == (fault == "a 503")
        assert caught.value.elapsed is not None

    check_each(responses, check)
