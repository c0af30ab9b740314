"""A server that is not reached: no port, no name, no trust, or a proxy that does not do its work."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest
import trustme

from airflow_client.xcom import (
    ApiException,
    ApiValueError,
    ConnectionException,
    ProtocolException,
    TlsException,
)
from tests.support.faults import ENTRY, TARGET, Proxy, close, listener, reset, then_close, unused_port
from tests.support.wire_server import Answer, WireServer, answer
from tests.transport.checks import fails
from tests.transport.conftest import Read


class TestNotReached:
    def test_refused(self, read: Read) -> None:
        host = f"http://127.0.0.1:{unused_port()}"
        with fails(ConnectionException, f"GET {host}{TARGET}"):
            read(f"{host}/api/v1")

    @pytest.mark.parametrize("name", ["airflow.invalid", "a..b", "a" * 64 + ".invalid", "\xe4.invalid", "256.1.1.1"])
    def test_a_name_that_has_no_address(self, read: Read, name: str) -> None:
        try:
            with fails((ConnectionException, ProtocolException), f"GET http://{name}"):
                read(f"http://{name}/api/v1")
        except ApiValueError:
            assert name != "airflow.invalid"  # it is one, and others can be refused before anything is sent


@pytest.fixture(scope="module")
def issuer() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def authority(issuer: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file that makes ``issuer`` trusted."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    issuer.cert_pem.write_to_path(str(path))
    return str(path)


def certified(issuer: trustme.CA, name: str = "127.0.0.1", **keywords: Any) -> ssl.SSLContext:
    """A server's context with a certificate for ``name``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name, **keywords).configure_cert(context)
    return context


class TestTls:
    """Each failure names the option that fixes it: the session's own where a session makes the requests."""

    def fails(self, read: Read, context: ssl.SSLContext, authority: Optional[str]) -> str:
        with WireServer(ENTRY, context=context) as server:
            with fails(TlsException, f"GET {server.url}{TARGET}") as caught:
                read(server.host, authority=authority, retries=5)
            assert server.requests == []
        assert "after 1 attempt " in str(caught.value)  # no other would fare better
        return str(caught.value)

    def test_an_unknown_authority(self, read: Read, way: str, issuer: trustme.CA) -> None:
        text = self.fails(read, certified(issuer), None)
        assert ("verify" if way == "requests" else "ssl_ca_cert") in text

    def test_another_name(self, read: Read, way: str, issuer: trustme.CA, authority: str) -> None:
        text = self.fails(read, certified(issuer, "other.invalid"), authority)
        assert ("verify" if way == "requests" else "assert_hostname") in text

    def test_an_expired_certificate(self, read: Read, issuer: trustme.CA, authority: str) -> None:
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        text = self.fails(read, certified(issuer, not_after=yesterday), authority)
        assert "expired" in text
        assert "clock" in text or "verify" in text

    def test_a_client_certificate_is_asked_for(self, read: Read, way: str, issuer: trustme.CA, authority: str) -> None:
        context = certified(issuer)
        context.verify_mode = ssl.CERT_REQUIRED
        with WireServer(ENTRY, context=context) as server:
            # TLS 1.3 tells it after the handshake, or not at all before the connection is closed.
            with fails((TlsException, ConnectionException), f"GET {server.url}{TARGET}"):
                read(server.host, authority=authority)
            assert server.requests == []

    def test_https_to_a_server_of_http(self, read: Read) -> None:
        def serve(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(ENTRY)

        with listener(serve) as port, fails(TlsException, f"GET https://127.0.0.1:{port}") as caught:
            read(f"https://127.0.0.1:{port}/api/v1")
        assert "Configuration(host=" in str(caught.value)

    def test_http_to_a_server_of_https(self, read: Read, issuer: trustme.CA) -> None:
        with WireServer(ENTRY, context=certified(issuer)) as server:
            host = server.host.replace("https:", "http:")
            with fails((ConnectionException, ProtocolException), "GET http://") as caught:
                read(host)
            assert server.requests == []
        assert "Configuration(host=" in str(caught.value)


class TestProxies:
    """A proxy that does not do its work; the origin is never reached."""

    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            (answer("", "407 Proxy Authentication Required"), ConnectionException),
            (answer("<h1>Blocked</h1>", "403 Forbidden"), ConnectionException),
            (answer("", "502 Bad Gateway"), ConnectionException),
            (reset, ConnectionException),
            (close, ConnectionException),
            (then_close(b"HTTP/1.1 200 Connection established\r\n\r\n"), (TlsException, ConnectionException)),
            (then_close(b"Good morning\r\n\r\n"), (ConnectionException, ProtocolException)),
            (answer("", "200 OK", X_Long="x" * 100_000), (ConnectionException, ProtocolException)),
        ],
        ids=["407", "403", "502", "reset", "closed", "closed after it", "garbage", "long header"],
    )
    def test_a_tunnel_that_is_not_made(self, read: Read, said: Answer, kind: Any) -> None:
        with Proxy(refuse=said) as proxy:
            with fails(kind, "GET https://airflow.invalid/api/v1") as caught:
                read("https://airflow.invalid/api/v1", proxy=proxy.url.replace("://", "://u:pa55word@"))
            assert all(request.startswith(b"CONNECT ") for request in proxy.requests)
        assert "proxy" in str(caught.value).lower()
        assert "pa55word" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_that_is_down(self, read: Read, scheme: str) -> None:
        with fails(ConnectionException, f"GET {scheme}://airflow.invalid/api/v1") as caught:
            read(f"{scheme}://airflow.invalid/api/v1", proxy=f"http://u:pa55word@127.0.0.1:{unused_port()}")
        assert "proxy" in str(caught.value).lower()
        assert "pa55word" not in str(caught.value)

    def test_that_refuses_a_plain_request(self, read: Read) -> None:
        with Proxy(refuse=answer("", "407 Proxy Authentication Required")) as proxy:
            with fails(ApiException, "GET http://airflow.invalid/api/v1") as caught:
                read("http://airflow.invalid/api/v1", proxy=proxy.url)
        assert caught.value.status == 407
