"""What is tried again, how often and after which pause; and that a write is never carried out twice."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import cast

import pytest
import trustme
import urllib3

from airflow_client.xcom import ApiException, ConnectionException, ProtocolException, ServiceException
from tests.faults.answers import FAULTS
from tests.faults.checks import assert_ours, fails
from tests.faults.conftest import Read
from tests.faults.faults import ENTRY, IDS, close, hang, reset, then_close, then_reset, unused_port
from tests.faults.ways import Open
from tests.wire_server import Answer, WireServer, answer

#: Long enough for the pauses before two retries.
LIMIT = 10.0
READS, WRITES = ("GET", "HEAD", "OPTIONS"), ("POST", "PATCH", "PUT", "DELETE")

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
LASTING = {
    status: answer("{}", status, Retry_After="0")
    for status in (
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "408 Request Timeout",
        "409 Conflict",
        "500 Internal Server Error",
        "501 Not Implemented",
        "505 HTTP Version Not Supported",
    )
}


class TestWhat:
    @pytest.mark.parametrize("fault", PASSING)
    def test_a_read_is_tried_again_after_what_may_pass(self, read: Read, wire: WireServer, fault: str) -> None:
        wire.answers = [PASSING[fault], ENTRY]
        assert read(wire.host, retries=1, timeout=LIMIT) == 1
        assert len(wire.requests) == 2

    @pytest.mark.parametrize("retries", [0, 1])
    def test_as_often_as_is_asked_for(self, read: Read, wire: WireServer, retries: int) -> None:
        wire.answers = [PASSING["503 Service Unavailable"]]
        with fails(ServiceException, "GET "):
            read(wire.host, retries=retries, timeout=LIMIT)
        assert len(wire.requests) == retries + 1

    def test_a_port_that_refuses(self, read: Read) -> None:
        with fails(ConnectionException, "GET ") as caught:
            read(f"http://127.0.0.1:{unused_port()}/api/v1", retries=1, timeout=LIMIT)
        assert "after 2 attempts" in str(caught.value)

    def test_a_name_that_does_not_resolve(self, read: Read) -> None:
        with fails(ConnectionException, "GET ") as caught:
            read("http://airflow.invalid/api/v1", retries=1, timeout=LIMIT)
        assert "after 2 attempts" in str(caught.value)

    @pytest.mark.parametrize("status", LASTING)
    def test_a_read_is_not_tried_again_after_what_would_come_again(
        self, read: Read, wire: WireServer, status: str
    ) -> None:
        wire.answers = [LASTING[status], ENTRY]
        with pytest.raises(ApiException) as caught:
            read(wire.host, retries=5, timeout=LIMIT)
        assert caught.value.status == int(status[:3])
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("fault", ["a login page", "an empty 200", "truncated JSON", "lists nested 100,000 deep"])
    def test_nor_after_content_that_is_not_airflow_s(self, read: Read, wire: WireServer, fault: str) -> None:
        wire.answers = [FAULTS[fault][0]]
        with pytest.raises(ApiException):
            read(wire.host, retries=5, timeout=LIMIT)
        assert len(wire.requests) == 1

    def test_a_thousand_times(self, read: Read, wire: WireServer) -> None:
        """As far as that is allowed: the arithmetic of the pauses does not break."""
        wire.answers = [PASSING["503 Service Unavailable"]] * 1100 + [reset, ENTRY]
        try:
            assert read(wire.host, retries=10**4, timeout=60) == 1
        except ApiException as error:
            assert_ours(error)

    def test_a_login_is_tried_again(self, read: Read, wire: WireServer) -> None:
        token = answer('{"access_token": "t"}', "201 Created")
        wire.answers = [reset, PASSING["503 Service Unavailable"], token, ENTRY]
        assert read(f"{wire.url}/api/v2", username="u", password="p", retries=2, timeout=LIMIT) == 1
        assert wire.targets[:3] == ["/auth/token"] * 3


#: Retry-After headers that ask for no pause, or for none that makes sense. That they can be dates is shown by one that
#: is far away, in test_time.py.
NO_PAUSES = [
    "",
    "0",
    "0" * 5000,
    "-5",
    "soon",
    "1.5",
    "1e9",
    "0x10",
    "NaN",
    "inf",
    "\xb2\xb3",
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "Wed, 21 Oct 2015 07:28:00 -0000",
    "Wed, 21 Oct 2015 07:28:00 +9999",
    "Wed, 99 Oct 2015 99:99:99 GMT",
    "Wed, 21 Oct 99999 07:28:00 GMT",
    "21 Oct 2015 99999999999999999999:00:00 GMT",
    "21 Oct 2015 07:28:00 +99999999999999999999",
    "1 Jan 1 00:00:00 +2300",
]


class TestPauses:
    @staticmethod
    def seconds(read: Read, wire: WireServer, asked: str) -> float:
        wire.answers = [answer("{}", "503 Service Unavailable", Retry_After=asked), ENTRY]
        start = time.monotonic()
        assert read(wire.host, retries=1, timeout=LIMIT) == 1
        return time.monotonic() - start

    @pytest.mark.parametrize("way", ["urllib3"])
    def test_are_as_long_as_the_server_asks(self, read: Read, wire: WireServer) -> None:
        assert self.seconds(read, wire, " 1 ") >= 1

    @pytest.mark.parametrize("way", ["urllib3"])  # that is decided in one place for all ways, and takes its time
    @pytest.mark.parametrize("asked", NO_PAUSES, ids=[text[:30] or "empty" for text in NO_PAUSES])
    def test_are_short_where_it_asks_for_none(self, read: Read, wire: WireServer, asked: str) -> None:
        wire.answers = [answer("{}", "503 Service Unavailable", Retry_After=asked), ENTRY]
        try:
            assert self.seconds(read, wire, asked) < 5
        except ServiceException:
            assert "9999" in asked  # a moment that is far away, if it is one at all


class TestWrites:
    """POST, PATCH, PUT and DELETE: what may have been carried out is not sent again."""

    @pytest.mark.parametrize("method", WRITES)
    @pytest.mark.parametrize(
        "fault", ["503 Service Unavailable", "429 Too Many Requests", "closed", "a body that is cut"]
    )
    def test_arrive_once(self, client: Open, wire: WireServer, method: str, fault: str) -> None:
        wire.answers = [PASSING[fault], ENTRY]
        with pytest.raises(ApiException):
            client(wire.host, retries=5).call("call_api", "/x", method, body={}, _request_timeout=LIMIT)
        assert len(wire.requests) == 1

    def test_arrive_once_where_no_answer_comes(self, client: Open, wire: WireServer) -> None:
        wire.answers = [hang, ENTRY]
        with pytest.raises(TimeoutError):
            client(wire.host, retries=5).call("call_api", "/x", "POST", body={}, _request_timeout=(0.3, 0.3))
        assert len(wire.requests) == 1

    def test_are_tried_again_where_nothing_was_sent(self, client: Open) -> None:
        """A connection that was refused has carried nothing: that is no second time."""
        with fails(ConnectionException, "POST ") as caught:
            by = client(f"http://127.0.0.1:{unused_port()}/api/v1", retries=1)
            by.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
        assert "after 2 attempts" in str(caught.value)

    @pytest.mark.parametrize("fault", [ConnectionResetError, ssl.SSLEOFError], ids=["reset", "closed"])
    def test_are_tried_again_where_the_handshake_broke(
        self, client: Open, fault: type[OSError], tmp_path: Path
    ) -> None:
        """Nothing was sent: that is no matter of certificates either."""
        issuer, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert("127.0.0.1").configure_cert(context)
        issuer.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
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
            by = client(server.host, authority=str(tmp_path / "ca.pem"), retries=1)
            by.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
            assert len(server.requests) == 1

    def test_arrive_as_often_as_the_caller_allows(self, client: Open, wire: WireServer) -> None:
        wire.answers = [PASSING["closed"], PASSING["503 Service Unavailable"], answer("{}")]
        by = client(wire.host, retries=urllib3.Retry(2, allowed_methods={"POST"}))
        by.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
        assert len(wire.requests) == 3

    def test_after_a_new_login(self, client: Open, wire: WireServer) -> None:
        """A 401 says that it was not carried out."""
        token = answer('{"access_token": "t"}', "201 Created")
        wire.answers = [token, answer("{}", "401 Unauthorized"), token, answer("{}", "401 Unauthorized")]
        by = client(f"{wire.url}/api/v2", username="u", password="p", retries=5)
        with pytest.raises(ApiException):
            by.call("call_api", "/x", "POST", body={}, _request_timeout=LIMIT)
        assert [target for target in wire.targets if target != "/auth/token"] == ["/api/v2/x"] * 2


def closed_when_idle(linger: bool) -> Answer:
    """Answers, keeps the connection alive, and closes it a moment later."""

    def fault(connection: socket.socket, head: bytes) -> None:
        connection.sendall(ENTRY)
        time.sleep(0.05)
        if not linger:
            reset(connection, head)

    return fault


class TestKeptAlive:
    """A server closes a connection that was kept alive: that is normal, no failure and no retry."""

    @pytest.mark.parametrize("linger", [True, False], ids=["closed", "reset"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_that_was_closed_is_replaced(self, client: Open, wire: WireServer, method: str, linger: bool) -> None:
        wire.answers = [closed_when_idle(linger), ENTRY]
        by = client(wire.host)
        by.call("get_xcom_entry", *IDS)
        time.sleep(0.15)
        by.call("call_api", "/x", method, **({"body": {}} if method == "POST" else {}))
        assert len(wire.requests) == 2

    @pytest.mark.parametrize("fault", [close, reset], ids=["closed", "reset"])
    def test_that_closes_under_a_read_is_replaced(self, client: Open, wire: WireServer, fault: Answer) -> None:
        wire.answers = [ENTRY, fault, ENTRY]
        by = client(wire.host)
        by.call("get_xcom_entry", *IDS)
        assert by.call("get_xcom_entry", *IDS).value == 1
        assert (len(wire.requests), wire.connections) == (3, 2)

    def test_that_breaks_in_an_answer_is_a_failure(self, client: Open, wire: WireServer) -> None:
        """The server was there: that is for the retries, of which there are none."""
        wire.answers = [ENTRY, then_reset(ENTRY[:-5]), ENTRY]
        by = client(wire.host)
        by.call("get_xcom_entry", *IDS)
        with fails((ConnectionException, ProtocolException), "GET "):
            by.call("get_xcom_entry", *IDS)
        assert len(wire.requests) == 2

    def test_is_replaced_once(self, client: Open, wire: WireServer) -> None:
        wire.answers = [ENTRY, close]
        by = client(wire.host)
        by.call("get_xcom_entry", *IDS)
        with fails(ConnectionException, "GET "):
            by.call("get_xcom_entry", *IDS)
        assert len(wire.requests) <= 3

    def test_all_of_a_pool_are_replaced(self, client: Open, wire: WireServer) -> None:
        """Many connections were kept alive when the server restarted: one call does not fail for each of them."""
        gate = threading.Barrier(4)

        def together(connection: socket.socket, head: bytes) -> None:
            gate.wait(5)
            connection.sendall(ENTRY)
            time.sleep(0.05)

        wire.answers = [together, together, together, together, ENTRY]
        by = client(wire.host)
        threads = [threading.Thread(target=by.call, args=("get_xcom_entry", *IDS)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(0.15)
        assert by.call("get_xcom_entry", *IDS).value == 1
        assert len(wire.requests) == 5

    @pytest.mark.parametrize("fault", [close, reset], ids=["closed", "reset"])
    def test_that_closes_under_a_write_is_not_replaced(self, client: Open, wire: WireServer, fault: Answer) -> None:
        """The request had arrived: whether it was carried out cannot be told."""
        wire.answers = [ENTRY, fault, ENTRY]
        by = client(wire.host, retries=5)
        by.call("get_xcom_entry", *IDS)
        with fails(ConnectionException, "POST "):
            by.call("call_api", "/x", "POST", body={})
        assert len(wire.requests) == 2


class TestBudget:
    """An outage is not multiplied by the retries of many."""

    THREADS, CALLS = 16, 25

    def test_of_many_threads(self, client: Open, wire: WireServer) -> None:
        wire.answers = [PASSING["503 Service Unavailable"]]
        by = client(wire.host, retries=2)
        failed: list[int] = []

        def calls() -> None:
            for _ in range(self.CALLS):
                try:
                    by.call("get_xcom_entry", *IDS)
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

    def test_of_a_single_call_is_enough(self, read: Read, wire: WireServer) -> None:
        wire.answers = [PASSING["503 Service Unavailable"]] * 2 + [ENTRY]
        assert read(wire.host, retries=2) == 1

    def test_is_there_again_after_an_outage(self, client: Open, wire: WireServer) -> None:
        by = client(wire.host, retries=2)
        wire.answers = [PASSING["503 Service Unavailable"]]
        for _ in range(50):
            with pytest.raises(ServiceException):
                by.call("get_xcom_entry", *IDS)
        wire.answers = [ENTRY]
        for _ in range(100):
            by.call("get_xcom_entry", *IDS)
        wire.answers = [PASSING["503 Service Unavailable"], ENTRY]
        assert by.call("get_xcom_entry", *IDS).value == 1
