"""A server that cannot be reached: no port, no name, no trust, or a proxy that does not do its work."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import trustme

from airflow_client.xcom import (
    ApiException,
    ApiValueError,
    ConnectionException,
    ProtocolException,
    TlsException,
)
from tests.support.cases import check_each
from tests.support.faults import ENTRY, TARGET, Proxy, close, listener, reset, then_close, unused_port
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.checks import fails
from tests.transport.conftest import Read, certified


class TestAddresses:
    def test_a_port_that_refuses(self, read: Read) -> None:
        host = f"http://127.0.0.1:{unused_port()}"
        with fails(ConnectionException, f"GET {host}{TARGET}") as caught:
            read(f"{host}/api/v1", retries=1)
        assert "after 2 attempts" in str(caught.value)
        assert "check Configuration(host=…), and that the server is running" in str(caught.value)

    def test_a_name_without_an_address(self, read: Read) -> None:
        with fails(ConnectionException, "GET http://airflow.invalid") as caught:
            read("http://airflow.invalid/api/v1", retries=1)
        assert "after 2 attempts" in str(caught.value)

    def test_an_unusable_name(self, read: Read) -> None:
        def check(name: str) -> None:
            try:
                with fails((ConnectionException, ProtocolException), f"GET http://{name}"):
                    read(f"http://{name}/api/v1")
            except ApiValueError:
                pass  # it may be refused before a request is sent

        check_each(["a..b", "a" * 64 + ".invalid", "\xe4.invalid", "\u2603.invalid", "256.1.1.1"], check)


class TestTls:
    """Each failure names the option that fixes it: the session's own where a session makes the requests."""

    def fails(self, read: Read, context: ssl.SSLContext, authority: Optional[str]) -> str:
        with WireServer(ENTRY, context=context) as server:
            with fails(TlsException, f"GET {server.url}{TARGET}") as caught:
                read(server.host, authority=authority, retries=5)
            assert server.requests == []
        assert "after 1 attempt " in str(caught.value)  # another attempt would fail too
        return str(caught.value)

    def test_an_unknown_authority(self, read: Read, transport: str, issuer: trustme.CA) -> None:
        text = self.fails(read, certified(issuer), None)
        assert ("verify" if transport == "requests" else "ssl_ca_cert") in text

    def test_another_name(self, read: Read, transport: str, issuer: trustme.CA, authority: str) -> None:
        text = self.fails(read, certified(issuer, "other.invalid"), authority)
        assert ("verify" if transport == "requests" else "assert_hostname") in text

    def test_an_expired_certificate(self, read: Read, issuer: trustme.CA, authority: str) -> None:
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        text = self.fails(read, certified(issuer, not_after=yesterday), authority)
        assert "expired" in text
        assert "clock" in text or "verify" in text

    def test_a_missing_client_certificate(self, read: Read, issuer: trustme.CA, authority: str) -> None:
        context = certified(issuer)
        context.verify_mode = ssl.CERT_REQUIRED
        with WireServer(ENTRY, context=context) as server:
            # With TLS 1.3 the server says so after the handshake, or only closes the connection.
            with fails((TlsException, ConnectionException), f"GET {server.url}{TARGET}"):
                read(server.host, authority=authority)
            assert server.requests == []

    def test_https_to_a_server_of_http(self, read: Read, transport: str) -> None:
        received: list[bytes] = []

        def serve(connection: socket.socket) -> None:
            received.append(connection.recv(65536))
            connection.sendall(ENTRY)

        with listener(serve) as port, fails(TlsException, f"GET https://127.0.0.1:{port}") as caught:
            read(f"https://127.0.0.1:{port}/api/v1")
        # A session of the user's can have credentials of its own, so nothing is sent in the plain.
        is_own = transport == "requests"
        known = "the server may expect HTTP, not HTTPS" if is_own else "the server speaks http at this port"
        assert known in str(caught.value)
        assert "Configuration(host=" in str(caught.value)
        assert len([head for head in received if head.startswith(b"GET ")]) == (0 if is_own else 1)

    def test_http_to_a_server_of_https(self, read: Read, issuer: trustme.CA) -> None:
        with WireServer(ENTRY, context=certified(issuer)) as server:
            host = server.host.replace("https:", "http:")
            with fails((ConnectionException, ProtocolException, TlsException), "GET http://") as caught:
                read(host)
            assert server.requests == []
        assert "Configuration(host=" in str(caught.value)


class TestProxies:
    """A proxy that does not do its work; the origin is never reached."""

    def test_a_proxy_that_makes_no_tunnel(self, read: Read) -> None:
        responses: dict[str, tuple[Answer, Any]] = {
            "407": (answer("", "407 Proxy Authentication Required"), ConnectionException),
            "403": (answer("<h1>Blocked</h1>", "403 Forbidden"), ConnectionException),
            "502": (answer("", "502 Bad Gateway"), ConnectionException),
            "reset": (reset, ConnectionException),
            "closed": (close, ConnectionException),
            "closed after it": (
                then_close(b"HTTP/1.1 200 Connection established\r\n\r\n"),
                (TlsException, ConnectionException),
            ),
            "garbage": (then_close(b"Good morning\r\n\r\n"), (ConnectionException, ProtocolException)),
            "long header": (answer("", "200 OK", X_Long="x" * 100_000), (ConnectionException, ProtocolException)),
        }

        def check(fault: str) -> None:
            response, kind = responses[fault]
            with Proxy(refuse=response) as proxy:
                with fails(kind, "GET https://airflow.invalid/api/v1") as caught:
                    read("https://airflow.invalid/api/v1", proxy=proxy.url.replace("://", "://u:pa55word@"))
                assert all(request.startswith(b"CONNECT ") for request in proxy.requests)
            assert "proxy" in str(caught.value).lower()
            assert fault != "407" or "407" in str(caught.value)
            assert "pa55word" not in str(caught.value)

        check_each(responses, check)

    def test_a_proxy_that_is_down(self, read: Read, transport: str) -> None:
        def check(scheme: str) -> None:
            with fails(ConnectionException, f"GET {scheme}://airflow.invalid/api/v1") as caught:
                read(f"{scheme}://airflow.invalid/api/v1", proxy=f"http://u:pa55word@127.0.0.1:{unused_port()}")
            option = "check session.proxies" if transport == "requests" else "check Configuration.proxy"
            assert option in str(caught.value)
            assert "pa55word" not in str(caught.value)

        check_each(["http", "https"], check)

    def test_a_proxy_that_refuses_a_plain_request(self, read: Read) -> None:
        with Proxy(refuse=answer("", "407 Proxy Authentication Required")) as proxy:
            with fails(ApiException, "GET http://airflow.invalid/api/v1") as caught:
                read("http://airflow.invalid/api/v1", proxy=proxy.url)
        assert caught.value.status == 407
