"""What a client sends again after which fault; a write is never carried out twice.

How often and after which pause is policy: `tests/unit/test_policy.py`.
"""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import urllib3

from airflow_client.xcom import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    ProtocolException,
    ServiceException,
)
from tests.support.cases import check_each
from tests.support.faults import ENTRY, IDS, close, hang, reset, then_close, then_reset, unused_port
from tests.support.faulty_responses import FAULTS
from tests.support.transports import OpenClient
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.checks import fails
from tests.transport.conftest import Read, certified, one_transport

#: Long enough for the pauses before two retries on any machine.
LIMIT = 30.0
WRITES = ("POST", "PATCH", "PUT", "DELETE")
BUSY = answer("{}", "503 Service Unavailable", Retry_After="0")

PASSING: dict[str, Answer] = {
    **{
        status: answer("{}", status, Retry_After="0")
        for status in ("429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout")
    },
    "closed": close,
    "reset": reset,
    "reset in the headers": then_reset(ENTRY[:30]),
    "reset in the body": then_reset(ENTRY[:-5]),
    "a body that is cut": then_close(ENTRY[:-5]),
}


class TestReads:
    def test_are_sent_again_after_a_fault_that_may_pass(self, read: Read) -> None:
        def attempt(fault: str) -> tuple[Any, int]:
            with WireServer(PASSING[fault], ENTRY) as server:
                return read(server.host, retries=1, timeout=LIMIT), len(server.requests)

        with ThreadPoolExecutor(len(PASSING)) as threads:  # at once, as a pause precedes each retry
            attempts = {fault: threads.submit(attempt, fault) for fault in PASSING}

        def check(fault: str) -> None:
            assert attempts[fault].result() == (1, 2)

        check_each(PASSING, check)

    @one_transport
    def test_are_sent_as_often_as_retries_says(self, read: Read, wire: WireServer) -> None:
        wire.answers = [BUSY]

        def check(case: tuple[Any, int]) -> None:
            retries, attempts = case
            wire.requests.clear()
            with fails(ServiceException, "GET "):
                read(wire.host, retries=retries, timeout=LIMIT)
            assert len(wire.requests) == attempts

        check_each([(None, 3), (0, 1), (False, 1), (1, 2), (urllib3.Retry(4), 5)], check)

    @one_transport
    def test_retries_of_another_type_are_refused(self, read: Read, wire: WireServer) -> None:
        def check(retries: Any) -> None:
            with pytest.raises(ApiTypeError, match="retries must be an int"):
                read(wire.host, retries=retries)

        check_each(["3", 1.5, True, [1]], check)
        with pytest.raises(ApiValueError, match="retries must not be negative"):
            read(wire.host, retries=-1)

    @one_transport
    def test_are_not_sent_again_after_unexpected_content(self, read: Read, wire: WireServer) -> None:
        def check(fault: str) -> None:
            wire.requests.clear()
            wire.answers = [FAULTS[fault][0]]
            with pytest.raises(ApiException):
                read(wire.host, retries=5, timeout=LIMIT)
            assert len(wire.requests) == 1

        check_each(["a login page", "an empty 200", "truncated JSON", "lists nested 100,000 deep"], check)

    @one_transport
    def test_so_is_a_login(self, read: Read, wire: WireServer) -> None:
        token = answer('{"access_token": "t"}', "201 Created")
        wire.answers = [reset, BUSY, token, ENTRY]
        assert read(f"{wire.url}/api/v2", username="u", password="p", retries=2, timeout=LIMIT) == 1
        assert wire.targets[:3] == ["/auth/token"] * 3


class TestWrites:
    """POST, PATCH, PUT and DELETE: what the server may have carried out is not sent again."""

    def test_are_sent_once(self, open_client: OpenClient, wire: WireServer) -> None:
        client = open_client(wire.host, retries=5)

        def check(case: tuple[str, str]) -> None:
            method, fault = case
            wire.requests.clear()
            wire.answers = [PASSING[fault], ENTRY]
            with pytest.raises(ApiException):
                client.call("call_api", "/x", method, body={}, _request_timeout=LIMIT)
            assert len(wire.requests) == 1

        faults = ["503 Service Unavailable", "429 Too Many Requests", "closed", "a body that is cut"]
        check_each(itertools.product(WRITES, faults), check)

    def test_are_sent_once_if_no_response_comes(self, open_client: OpenClient, wire: WireServer) -> None:
        wire.answers = [hang, ENTRY]
        with pytest.raises(TimeoutError):
            open_client(wire.host, retries=5).call("call_api", "/x", "POST", body={}, _request_timeout=(5, 0.3))
        assert len(wire.requests) == 1

    def test_are_sent_again_if_no_connection_was_made(self, open_client: OpenClient) -> None:
        with fails(ConnectionException, "POST ") as caught:
            client = open_client(f"http://127.0.0.1:{unused_port()}/api/v1", retries=1)
            client.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
        assert "after 2 attempts" in str(caught.value)

    def test_are_sent_again_if_the_handshake_broke(self, open_client: OpenClient, issuer: Any, authority: str) -> None:
        """Nothing was sent; and it is not a matter of certificates."""
        context = certified(issuer)

        def check(fault: type[OSError]) -> None:
            faults = [fault]

            class Broken:
                def wrap_socket(self, connection: socket.socket, server_side: bool) -> ssl.SSLSocket:
                    if faults:
                        connection.recv(65536)
                        if faults.pop() is ConnectionResetError:
                            reset(connection, b"")
                        raise OSError
                    return context.wrap_socket(connection, server_side=server_side)

            with WireServer(answer("{}"), context=cast(ssl.SSLContext, Broken())) as server:
                client = open_client(server.host, authority=authority, retries=1)
                client.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
                assert len(server.requests) == 1

        check_each([ConnectionResetError, ssl.SSLEOFError], check)

    @one_transport
    def test_are_sent_again_if_the_caller_allows_it(self, open_client: OpenClient, wire: WireServer) -> None:
        wire.answers = [PASSING["closed"], BUSY, answer("{}")]
        client = open_client(wire.host, retries=urllib3.Retry(2, allowed_methods={"POST"}))
        client.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
        assert len(wire.requests) == 3

    @one_transport
    def test_are_sent_again_after_a_new_login(self, open_client: OpenClient, wire: WireServer) -> None:
        """A 401 says that the write was not carried out."""
        token = answer('{"access_token": "t"}', "201 Created")
        wire.answers = [token, answer("{}", "401 Unauthorized"), token, answer("{}", "401 Unauthorized")]
        client = open_client(f"{wire.url}/api/v2", username="u", password="p", retries=5)
        with pytest.raises(ApiException):
            client.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
        assert [target for target in wire.targets if target != "/auth/token"] == ["/api/v2/x"] * 2


class TestIdleConnections:
    """A server may close an idle connection: that is neither a failure nor a retry."""

    def test_closed_ones_are_replaced(self, open_client: OpenClient) -> None:
        def check(case: tuple[str, Any]) -> None:
            method, fault = case
            received = threading.Event()

            def close_when_idle(connection: socket.socket, head: bytes) -> None:
                connection.sendall(ENTRY)
                received.wait(30)
                fault(connection, head)

            with WireServer(close_when_idle, ENTRY) as server:
                client = open_client(server.host)
                client.call("get_xcom_entry", *IDS)
                received.set()
                assert server.all_closed()
                client.call("call_api", "/x", method, **({"body": {}} if method == "POST" else {}))
                assert len(server.requests) == 2

        check_each(itertools.product(["GET", "POST"], [close, reset]), check)

    def test_those_that_close_under_a_read_are_replaced(self, open_client: OpenClient, wire: WireServer) -> None:
        def check(fault: Answer) -> None:
            wire.answers = [ENTRY, fault, ENTRY]
            wire.requests.clear()
            connections = wire.connections
            client = open_client(wire.host)
            client.call("get_xcom_entry", *IDS)
            assert client.call("get_xcom_entry", *IDS).value == 1
            assert (len(wire.requests), wire.connections - connections) == (3, 2)

        check_each([close, reset], check)

    def test_those_that_close_under_a_write_are_not(self, open_client: OpenClient, wire: WireServer) -> None:
        """The request arrived: nobody knows whether it was carried out."""

        def check(fault: Answer) -> None:
            wire.answers = [ENTRY, fault, ENTRY]
            wire.requests.clear()
            client = open_client(wire.host, retries=5)
            client.call("get_xcom_entry", *IDS)
            with fails(ConnectionException, "POST "):
                client.call("call_api", "/x", "POST", body={})
            assert len(wire.requests) == 2

        check_each([close, reset], check)

    def test_those_that_break_in_a_response_are_a_failure(self, open_client: OpenClient, wire: WireServer) -> None:
        """The server was there: only a retry, which this client does not have, would send the request again."""
        wire.answers = [ENTRY, then_reset(ENTRY[:-5]), ENTRY]
        client = open_client(wire.host)
        client.call("get_xcom_entry", *IDS)
        with fails((ConnectionException, ProtocolException), "GET "):
            client.call("get_xcom_entry", *IDS)
        assert len(wire.requests) == 2

    def test_one_is_replaced_once(self, open_client: OpenClient, wire: WireServer) -> None:
        wire.answers = [ENTRY, close]
        client = open_client(wire.host)
        client.call("get_xcom_entry", *IDS)
        with fails(ConnectionException, "GET "):
            client.call("get_xcom_entry", *IDS)
        assert len(wire.requests) <= 3

    def test_all_of_a_pool_are_replaced(self, open_client: OpenClient, wire: WireServer) -> None:
        """Many connections were idle when the server restarted: one call does not fail for each of them."""
        gate = threading.Barrier(4)

        def together(connection: socket.socket, head: bytes) -> None:
            gate.wait(30)
            connection.sendall(ENTRY)

        wire.answers = [together, together, together, together, ENTRY]
        client = open_client(wire.host)
        threads = [threading.Thread(target=client.call, args=("get_xcom_entry", *IDS)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wire.all_closed()
        assert client.call("get_xcom_entry", *IDS).value == 1
        assert len(wire.requests) == 5


@one_transport
class TestBudget:
    """Retries do not multiply an outage; what the budget is, is in `tests/unit/test_policy.py`."""

    THREADS, CALLS = 8, 25

    def test_is_shared_by_threads(self, open_client: OpenClient, wire: WireServer) -> None:
        wire.answers = [BUSY]
        client = open_client(wire.host, retries=2)
        failed: list[int] = []

        def calls() -> None:
            for _ in range(self.CALLS):
                try:
                    client.call("get_xcom_entry", *IDS)
                except ServiceException as error:
                    failed.append(error.status)

        threads = [threading.Thread(target=calls) for _ in range(self.THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count = self.THREADS * self.CALLS
        assert failed == [503] * count
        assert count <= len(wire.requests) <= count * 1.5
