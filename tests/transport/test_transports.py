"""Each transport against real sockets: TLS options, proxies, the pool, the bytes of a request, and addresses.

Faults are in `test_failures.py` and `test_unreachable.py`, retries in `test_retries.py`, limits in `test_deadlines.py`.
"""

from __future__ import annotations

import contextlib
import gc
import gzip
import itertools
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import requests
import trustme
import urllib3

from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ConnectionException,
    NotFoundException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
    TransportException,
    XComApi,
)
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.options import DEFAULT_TIMEOUTS
from airflow_client.xcom.headers import Headers
from airflow_client.xcom.transport.urllib3 import Urllib3Transport
from tests.support.cases import check_each
from tests.support.faults import BODY, ENTRY, IDS, TARGET, Proxy, drip, full_backlog, listener
from tests.support.transports import OpenClient
from tests.support.wire_server import WireServer, answer
from tests.transport.conftest import Read, certified, one_transport

#: The server keeps the connection after it, as it looks for the name of a length.
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n%b\r\n0\r\nX-Content-Length: 24\r\n\r\n" % BODY
#: Transports with a pool of our configuration: TLS and proxies of a session are the session's own.
pooled = pytest.mark.parametrize("transport", ["urllib3", "aiohttp"])
blocking = pytest.mark.parametrize("transport", ["urllib3", "requests"])


@pooled
class TestTls:
    @pytest.fixture
    def server(self, issuer: trustme.CA) -> Iterator[WireServer]:
        with WireServer(ENTRY, context=certified(issuer, "127.0.0.1", "localhost")) as server:
            yield server

    def test_a_trusted_server(self, read: Read, server: WireServer, authority: str) -> None:
        assert read(server.host, authority=authority) == 1
        assert server.targets == [TARGET]

    def test_a_folder_of_authorities(self, read: Read, server: WireServer, authority: str, tmp_path: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("the names of such a folder are made by the openssl program, which is not here")
        name = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", authority], check=True, capture_output=True, text=True
        ).stdout.strip()
        (tmp_path / f"{name}.0").write_bytes(Path(authority).read_bytes())
        assert read(server.host, authority=str(tmp_path)) == 1

    def test_the_authorities_of_the_environment(
        self, read: Read, server: WireServer, authority: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            with monkeypatch.context() as patch:
                patch.setenv(variable, authority)
                assert read(server.host) == 1

    def test_tls_1_1_is_refused(self, read: Read, issuer: trustme.CA, authority: str) -> None:
        context = certified(issuer, "127.0.0.1")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with WireServer(ENTRY, context=context) as server, pytest.raises(TlsException):
            read(server.host, authority=authority)

    def test_the_certificate_of_an_authority_itself(self, read: Read, server: WireServer, authority: str) -> None:
        pem = Path(authority).read_text(encoding="ascii")
        check_each(
            [pem, pem.encode(), ssl.PEM_cert_to_DER_cert(pem)],
            lambda data: read(server.host, ca_cert_data=data),
        )

    def test_an_unusable_certificate_of_an_authority(self, read: Read, server: WireServer) -> None:
        def check(data: Any) -> None:
            with pytest.raises(ApiTypeError if data == 1 else ApiValueError, match="ca_cert_data"):
                read(server.host, ca_cert_data=data)

        check_each(["PEM", b"DER", "", 1], check)

    def test_tls_server_name_is_sent_and_expected(self, read: Read, issuer: trustme.CA, authority: str) -> None:
        context, sent = certified(issuer, "other.example"), list[Any]()
        context.sni_callback = lambda _socket, name, _context: sent.append(name)
        with WireServer(ENTRY, context=context) as server:
            assert read(server.host, authority=authority, tls_server_name="other.example") == 1
            with pytest.raises(TlsException):
                read(server.host, authority=authority, tls_server_name="another.example")
        assert sent == ["other.example", "another.example"]

    def test_assert_hostname_is_the_expected_name(
        self, read: Read, server: WireServer, issuer: trustme.CA, authority: str
    ) -> None:
        with pytest.raises(TlsException):
            read(server.host, authority=authority, assert_hostname="other.example")
        assert server.requests == []
        with WireServer(ENTRY, context=certified(issuer, "other.example")) as other:
            assert read(other.host, authority=authority, assert_hostname="other.example") == 1
            assert read(other.host, authority=authority, assert_hostname=False) == 1

    def test_a_client_certificate(self, read: Read, issuer: trustme.CA, authority: str, tmp_path: Path) -> None:
        context = certified(issuer, "127.0.0.1")
        context.verify_mode = ssl.CERT_REQUIRED
        issuer.configure_trust(context)
        mine = issuer.issue_cert("me@example.org")
        cert, key, both = (tmp_path / name for name in ("cert.pem", "key.pem", "both.pem"))
        mine.cert_chain_pems[0].write_to_path(str(cert))
        mine.private_key_pem.write_to_path(str(key))
        both.write_bytes(key.read_bytes() + cert.read_bytes())
        with WireServer(ENTRY, context=context) as server:
            assert read(server.host, authority=authority, cert_file=str(cert), key_file=str(key)) == 1
            assert read(server.host, authority=authority, cert_file=str(both)) == 1
            with pytest.raises(TransportException):
                read(server.host, authority=authority)

    def test_a_missing_file_is_named(self, read: Read, server: WireServer) -> None:
        with pytest.raises(ApiValueError, match=r"ssl_ca_cert='/no/such\.pem'"):
            read(server.host, authority="/no/such.pem")
        with pytest.raises(ApiValueError, match=r"cert_file='/no/such\.pem'"):
            read(server.host, cert_file="/no/such.pem")

    def test_an_empty_variable_is_ignored(
        self, read: Read, server: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
        with pytest.raises(TlsException, match="not trusted"):
            read(server.host)

    def test_http_needs_no_authorities(self, read: Read, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        wire.answers = [ENTRY]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such.pem")
        assert read(wire.host) == 1


@pooled
def test_the_handshake_names_the_server_and_the_protocol(read: Read, issuer: trustme.CA, authority: str) -> None:
    context, received = certified(issuer, "localhost"), list[Any]()
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda connection, name, _context: received.append(name)

    def selected(connection: socket.socket, head: bytes) -> None:
        received.append(cast(ssl.SSLSocket, connection).selected_alpn_protocol())
        connection.sendall(ENTRY)

    with WireServer(selected, context=context) as server:
        assert read(server.host.replace("127.0.0.1", "localhost"), authority=authority) == 1
    assert received == ["localhost", "http/1.1"]


@one_transport
def test_not_verifying_warns(read: Read, issuer: trustme.CA) -> None:
    with WireServer(ENTRY, context=certified(issuer, "127.0.0.1")) as server:
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            assert read(server.host, verify_ssl=False) == 1


@pooled
class TestProxies:
    @pytest.fixture
    def proxy(self) -> Iterator[WireServer]:
        """A proxy that responds to plain requests itself."""
        with WireServer(ENTRY) as proxy:
            yield proxy

    def test_of_the_configuration(self, read: Read, proxy: WireServer) -> None:
        assert read("http://airflow.invalid/api/v1", proxy=proxy.url, access_token="t") == 1
        assert proxy.targets == ["http://airflow.invalid" + TARGET]
        assert proxy.header("Host") == "airflow.invalid"
        assert proxy.header("Authorization") is not None

    def test_receive_proxy_headers(self, read: Read, proxy: WireServer) -> None:
        read("http://airflow.invalid/api/v1", proxy=proxy.url, proxy_headers={"X-Proxy": "yes"})
        assert proxy.header("X-Proxy") == "yes"

    def test_of_the_environment_for_http(self, read: Read, proxy: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        for count, variable in enumerate(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), 1):
            with monkeypatch.context() as patch:
                patch.setenv(variable, proxy.url)
                assert read("http://airflow.invalid/api/v1") == 1
            assert len(proxy.requests) == count

    def test_of_the_environment_for_https(
        self, read: Read, issuer: trustme.CA, authority: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with WireServer(ENTRY, context=certified(issuer)) as server, Proxy() as proxy:
            for count, variable in enumerate(("HTTPS_PROXY", "https_proxy"), 1):
                with monkeypatch.context() as patch:
                    patch.setenv(variable, proxy.url.replace("http://", ""))  # a proxy without a scheme is common
                    assert read(server.host, authority=authority) == 1
                assert len(proxy.requests) == count

    def test_no_proxy_of_the_environment(
        self, read: Read, proxy: WireServer, wire: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.answers = [ENTRY]
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for exempt in ("127.0.0.1", "airflow.invalid,127.0.0.1", "*"):
            monkeypatch.setenv("NO_PROXY", exempt)
            assert read(wire.host) == 1
        assert (len(proxy.requests), len(wire.requests)) == (0, 3)

    def test_no_proxy_of_the_configuration(self, read: Read, proxy: WireServer, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        assert read(wire.host, proxy=proxy.url, no_proxy="127.0.0.1, other") == 1
        assert read("http://airflow.invalid/api/v1", proxy=proxy.url, no_proxy="127.0.0.1") == 1
        assert (len(proxy.requests), len(wire.requests)) == (1, 1)

    def test_the_environment_does_not_undo_the_configuration(
        self, read: Read, proxy: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "*")
        assert read("http://airflow.invalid/api/v1", proxy=proxy.url) == 1

    def test_of_another_kind_are_refused(self, read: Read) -> None:
        for url in ("socks5://127.0.0.1:1", "ftp://proxy"):
            with pytest.raises(ApiValueError, match="proxy must be an http:// or https:// URL"):
                read("http://airflow.invalid/api/v1", proxy=url)


class TestPool:
    def test_threads_reuse_connections(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host), pool_threads=8) as client:
            calls = [XComApi(client).get_xcom_entry(*IDS, async_req=True) for _ in range(100)]
            assert [call.get(60).value for call in calls] == [1] * 100
        assert wire.connections <= 8

    def test_a_pool_of_one_keeps_one(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        configuration = Configuration(host=wire.host)
        configuration.connection_pool_maxsize = 1
        with ApiClient(configuration) as client:
            for _ in range(3):
                XComApi(client).get_xcom_entry(*IDS)
        assert wire.connections == 1

    @pooled
    def test_a_size_of_another_type_is_refused(self, read: Read, wire: WireServer) -> None:
        def check(maxsize: Any) -> None:
            with pytest.raises(ApiTypeError, match="connection_pool_maxsize must be an int"):
                read(wire.host, connection_pool_maxsize=maxsize)

        check_each(["1", 1.0, None, True], check)

    @pooled
    def test_socket_options(self, read: Read, transport: str, wire: WireServer) -> None:
        if transport == "aiohttp" and not hasattr(aiohttp, "SocketFactoryType"):
            pytest.skip("needs aiohttp 3.12")
        wire.answers = [ENTRY]
        options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        assert read(wire.host, socket_options=options) == 1
        with pytest.raises(ConnectionException):
            read(wire.host, socket_options=[(socket.SOL_SOCKET, -1, 1)])

    def test_a_streamed_body_is_read_by_the_caller(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        raw = api.get_xcom_entry_without_preload_content(*IDS)
        assert b"".join(raw.stream(5)) == b'{"key": "k", "value": 1}'

    def test_a_connection_serves_whole_and_streamed_responses(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host)) as client:
            api = XComApi(client)
            for _ in range(2):
                assert api.get_xcom_entry(*IDS).value == 1
                raw = api.get_xcom_entry_without_preload_content(*IDS)
                assert raw.data == b'{"key": "k", "value": 1}'
            wire.answers = [answer("no", "404 Not Found")]
            with pytest.raises(NotFoundException):
                api.get_xcom_entry_without_preload_content(*IDS)
            wire.answers = [ENTRY]
            assert api.get_xcom_entry(*IDS).value == 1
        assert wire.connections == 1

    def test_a_streamed_response_is_one_of_urllib3(self, api: XComApi, wire: WireServer) -> None:
        def check(response: bytes) -> None:
            wire.answers = [response.replace(b"\r\n", b"\r\nX-A: 1\r\nX-A: 2\r\n", 1), ENTRY]
            raw = api.get_xcom_entry_without_preload_content(*IDS)
            assert isinstance(raw, urllib3.HTTPResponse)
            assert (raw.status, raw.reason, raw.version) == (200, "OK", 11)
            assert raw.headers.getlist("x-a") == ["1", "2"]
            assert json.load(raw) == {"key": "k", "value": 1}
            raw.release_conn()
            assert api.get_xcom_entry(*IDS).value == 1
            assert wire.connections == 1

        check_each([ENTRY, answer(gzip.compress(BODY), Content_Encoding="gzip"), CHUNKED], check)

    @blocking
    def test_an_error_that_is_too_large_costs_one_connection(self, open_client: OpenClient) -> None:
        def check(length: str) -> None:
            head = f"HTTP/1.1 500 Oh\r\n{length}\r\n\r\n".encode()
            body = b"7d0\r\n%b\r\n0\r\n\r\n" if "chunked" in length else b"%b"
            with WireServer(head + body % (b"x" * 2000), ENTRY) as server:
                client = open_client(server.host, max_response_size=1000)
                with pytest.raises(ResponseTooLargeException):
                    client.call("get_xcom_entry_without_preload_content", *IDS)
                assert server.all_closed()
                assert client.call("get_xcom_entry", *IDS).value == 1
                assert server.connections == 2

        check_each(["Content-Length: 2000", "Transfer-Encoding: chunked\r\nX-Content-Length: 2000"], check)

    @blocking
    def test_a_streamed_response_that_is_closed_early_costs_one_connection(
        self, open_client: OpenClient, wire: WireServer
    ) -> None:
        wire.answers = [answer(b"x" * 10_000_000), ENTRY]
        client = open_client(wire.host)
        client.call("get_xcom_entry_without_preload_content", *IDS).close()
        assert wire.all_closed()
        assert client.call("get_xcom_entry", *IDS).value == 1
        assert wire.connections == 2

    @blocking
    def test_a_streamed_response_that_is_released_early_closes_its_connection(
        self, open_client: OpenClient, wire: WireServer
    ) -> None:
        wire.answers = [answer(b"x" * 3000), ENTRY]  # all of it may be in a buffer
        client = open_client(wire.host)
        raw = client.call("get_xcom_entry_without_preload_content", *IDS)
        getattr(raw, "raw", raw).release_conn()
        assert client.call("get_xcom_entry", *IDS).value == 1
        assert wire.connections == 2

    @blocking
    def test_a_connection_that_sends_more_than_the_response_is_not_used_again(self, open_client: OpenClient) -> None:
        def check(more: bytes) -> None:
            with WireServer(ENTRY + more, answer('{"key": "k", "value": 2}')) as server:
                client = open_client(server.host)
                assert client.call("get_xcom_entry", *IDS).value == 1
                assert client.call("get_xcom_entry", *IDS).value == 2
                assert server.connections == 2

        check_each([b"!", ENTRY], check)

    def test_requests_of_the_user_s_over_the_same_session(
        self, wire: WireServer, issuer: trustme.CA, authority: str
    ) -> None:
        """They share the pools, whose connections and tunnels then have no deadline of ours."""
        wire.answers = [ENTRY]
        closing = answer(BODY, Connection="close")
        with WireServer(closing, context=certified(issuer)) as server, Proxy() as proxy, requests.Session() as session:
            session.verify, session.proxies = authority, {"https": proxy.url}
            for host in (wire.host, server.host):
                with ApiClient(Configuration(host=host), session=session) as client:
                    assert XComApi(client).get_xcom_entry(*IDS).value == 1
                assert session.post(host, b"x" * 100_000).json()["value"] == 1
        assert wire.connections == 1
        assert [request.split(b" ")[0] for request in proxy.requests] == [b"CONNECT"] * 2

    def test_a_session_that_was_used_before_observes_the_deadline(self, wire: WireServer) -> None:
        wire.answers = [ENTRY, ENTRY, drip(b"", b"H", b"")]
        with requests.Session() as session, ApiClient(Configuration(host=wire.host), session=session) as client:
            pools = session.get_adapter("http://").poolmanager  # type: ignore[attr-defined]
            classes = pools.pool_classes_by_scheme
            assert session.get(wire.host).status_code == 200
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
            pools.pool_classes_by_scheme = classes  # as by a tool that replaces them and puts them back
            with pytest.raises(TimeoutException):
                XComApi(client).get_xcom_entry(*IDS, _request_timeout=0.4)

    def test_a_client_that_is_not_closed_closes_its_connections_when_it_is_collected(self, wire: WireServer) -> None:
        wire.answers = [ENTRY, answer(b"x" * 10_000_000)]
        client = ApiClient(Configuration(host=wire.host))
        raw = [XComApi(client).get_xcom_entry(*IDS), XComApi(client).get_xcom_entry(*IDS, _preload_content=False)]
        assert not wire.all_closed(0)
        del client, raw
        gc.collect()
        assert wire.all_closed()

    def test_a_closed_transport_sends_nothing(self, wire: WireServer) -> None:
        transport = Urllib3Transport(Configuration(host=wire.host), wire.url)
        transport.close()
        with pytest.raises(ConnectionException) as caught:
            transport.send(Request("GET", wire.url, TARGET, Headers(), None), DEFAULT_TIMEOUTS, False)
        assert caught.value.hint == "the client was closed before the call was made"
        assert wire.requests == []

    def test_a_request_is_cancelled_while_it_connects(self) -> None:
        """This is how a bulk read ends that is closed."""
        stop = threading.Event()
        stop.set()
        with full_backlog() as port:
            origin = f"http://127.0.0.1:{port}"
            transport = Urllib3Transport(Configuration(host=origin), origin)
            with pytest.raises(ConnectionException, match="the request was cancelled"):
                transport.send(Request("GET", origin, TARGET, Headers(), None), DEFAULT_TIMEOUTS, False, stop)
            transport.close()


#: For each origin the Host header.
HOSTS = {
    "http://airflow.test:8080": "airflow.test:8080",
    "http://airflow.test:80": "airflow.test",
    "http://airflow.test": "airflow.test",
    "http://Airflow.Test": "airflow.test",
    "http://airflow.test.": "airflow.test",
    "http://airflow.test:443": "airflow.test:443",
    "https://airflow.test:443": "airflow.test",
    "https://airflow.test": "airflow.test",
    "https://airflow.test.": "airflow.test",
    "https://airflow.test:80": "airflow.test:80",
    "http://10.1.2.3:8080": "10.1.2.3:8080",
    "http://[::1]:8080": "[::1]:8080",
    "https://[::1]": "[::1]",
    "http://bücher.example": "xn--bcher-kva.example",
}


class TestRequest:
    """The bytes that are sent."""

    @one_transport
    def test_each_header_is_sent_once(self, read: Read, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        read(wire.host, access_token="t")
        head, _, body = wire.requests[0].partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        assert (line, body) == (f"GET {TARGET} HTTP/1.1", b"")
        names = [field.partition(": ")[0] for field in fields]
        assert names == ["Host", "Accept-Encoding", "Accept", "User-Agent", "Authorization"]
        assert (wire.header("Host"), wire.header("Accept-Encoding")) == (f"127.0.0.1:{wire.port}", "identity")

    @pytest.mark.parametrize("stream", [False, True])
    def test_headers_of_the_user_replace_them(self, wire: WireServer, stream: bool) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host)) as client:
            client.set_default_header("host", "airflow.example.com")
            client.set_default_header("ACCEPT-ENCODING", "gzip")
            raw = XComApi(client).get_xcom_entry(*IDS, _preload_content=not stream)
            if stream:
                raw.close()
        assert re.findall(b"(?im)^(?:host|accept-encoding): .*(?=\r)", wire.requests[0]) == [
            b"host: airflow.example.com",
            b"ACCEPT-ENCODING: gzip",
        ]

    def test_the_length_of_a_body_is_sent(self, wire: WireServer) -> None:
        wire.answers = [answer("{}")]
        with ApiClient(Configuration(host=wire.host)) as client:
            for method, body, length in (("POST", {"a": 1}, "8"), ("POST", None, "0"), ("DELETE", None, None)):
                client.call_api("/dags", method, body=body)
                assert wire.header("Content-Length") == length
                assert wire.requests[-1].endswith(b'\r\n\r\n{"a": 1}' if body else b"\r\n\r\n")

    def test_a_length_of_the_user_is_the_only_one(self, wire: WireServer) -> None:
        wire.answers = [answer("{}")]
        with ApiClient(Configuration(host=wire.host)) as client:
            client.call_api("/dags", "POST", body={"a": 1}, header_params={"content-length": "8"})
        assert re.findall(b"(?i)content-length: .", wire.requests[0]) == [b"content-length: 8"]

    def test_an_unusable_default_header_is_refused_where_it_is_set(self) -> None:
        with ApiClient() as client:

            def check(value: Any) -> None:
                for change in (
                    lambda: client.default_headers.update({"X-Mine": value}),
                    lambda: client.default_headers.__setitem__("X-Mine", value),
                    lambda: client.default_headers.setdefault("X-Mine", value),
                    lambda: setattr(client, "default_headers", {"X-Mine": value}),
                ):
                    with pytest.raises((ApiValueError, ApiTypeError), match="the header X-Mine "):
                        change()
                assert "X-Mine" not in client.default_headers

            check_each(["a\r\nX: y", "a\nX: y", "a\rb", "\u20ac", 7], check)

    @one_transport
    def test_the_zone_of_an_address_is_not_sent(
        self, read: Read, wire: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, resolved = socket.getaddrinfo("127.0.0.1", wire.port, 0, socket.SOCK_STREAM), list[Any]()
        monkeypatch.setattr(socket, "getaddrinfo", lambda name, *args: resolved.append(name) or address)
        wire.answers = [ENTRY]
        for zone in ("%25lo", "%lo"):
            assert read(f"http://[fe80::1{zone}]:8080/api/v1", no_proxy="*") == 1
            assert resolved.pop() == "fe80::1%lo"
            assert wire.header("Host") == "[fe80::1]:8080"

    def test_a_path_of_the_host_is_encoded(self, read: Read, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        assert read(f"{wire.url}/größe/<a>|%2F%C3%BC/api/v1") == 1
        assert wire.targets == [f"/gr%C3%B6%C3%9Fe/%3Ca%3E%7C%2F%C3%BC{TARGET}"]

    def test_a_latin_header_is_sent(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host), "X-Mine", "p\xe4ss") as client:
            XComApi(client).get_xcom_entry(*IDS)
        assert wire.header("X-Mine") == "p\xe4ss"

    @pooled
    def test_host_is_the_normalized_origin(
        self, read: Read, transport: str, issuer: trustme.CA, authority: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolve = socket.getaddrinfo

        def check(origin: str) -> None:
            context = certified(issuer, "airflow.test", "::1") if origin.startswith("https:") else None
            with WireServer(ENTRY, context=context) as server, monkeypatch.context() as patch:
                address, resolved = resolve("127.0.0.1", server.port, 0, socket.SOCK_STREAM), list[Any]()
                patch.setattr(socket, "getaddrinfo", lambda name, *args: resolved.append(name) or address)
                assert read(f"{origin}/api/v1", authority=authority, no_proxy="*") == 1
                assert server.header("Host") == HOSTS[origin]
            if ".test" in origin:
                # A dot at its end keeps the resolver from trying the name in the domains of this machine.
                assert resolved == ["airflow.test." if "test." in origin.lower() else "airflow.test"]

        # aiohttp resolves no address, so such a request cannot be sent to the test's server.
        addresses = [origin for origin in HOSTS if "10." in origin or "[" in origin]
        check_each([origin for origin in HOSTS if transport != "aiohttp" or origin not in addresses], check)


class TestConnections:
    """Which addresses are tried, and how tools observe and replace connections."""

    @one_transport
    def test_silent_addresses_share_the_limit_of_the_call(self, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
        found = socket.getaddrinfo
        with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, contextlib.ExitStack() as stack:
            for _ in range(3):  # so that it accepts no more connections
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(silent.getsockname())

            def many(host: str, *args: Any, **options: Any) -> Any:
                return found("127.0.0.1" if host == "airflow.test" else host, *args, **options) * 40

            monkeypatch.setattr(socket, "getaddrinfo", many)
            start = time.monotonic()
            with pytest.raises(TimeoutException):
                read(f"http://airflow.test:{silent.getsockname()[1]}", timeout=0.5, no_proxy="*")
            assert time.monotonic() - start < 10  # a limit for each address would take 20 s

    @one_transport
    def test_the_next_address_is_tried(self, read: Read, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        found = socket.getaddrinfo

        def two(host: str, *args: Any, **options: Any) -> Any:
            if host != "airflow.test":
                return found(host, *args, **options)
            first, *_ = found("127.0.0.1", *args, **options)
            return [(*first[:-1], ("127.0.0.1", 1)), first]

        monkeypatch.setattr(socket, "getaddrinfo", two)
        wire.answers = [ENTRY]
        host = wire.host.replace("127.0.0.1", "airflow.test")
        assert read(host, no_proxy="*") == 1
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [])
        with pytest.raises(ConnectionException):
            read(host, no_proxy="*")

    @one_transport
    def test_with_several_addresses_the_handshake_has_the_whole_limit(
        self, read: Read, issuer: trustme.CA, authority: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context, found = certified(issuer, "127.0.0.1"), socket.getaddrinfo

        class Late:
            def wrap_socket(self, connection: socket.socket, server_side: bool) -> ssl.SSLSocket:
                time.sleep(1)
                return context.wrap_socket(connection, server_side=server_side)

        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found(*args, **options) * 8)
        with WireServer(ENTRY, context=cast(ssl.SSLContext, Late())) as server:
            assert read(server.host, authority=authority, timeout=6) == 1  # an eighth would be less than a second

    @pytest.mark.skipif(urllib3.__version__ < "2", reason="urllib3 1.26 raises no audit event")
    def test_connecting_is_audited(self, wire: WireServer) -> None:
        """http.client raises this event, as the table of audit events in Python's documentation says."""
        script = f"""
import sys
from airflow_client.xcom import ApiClient, Configuration, XComApi
events = []
sys.addaudithook(lambda event, values: events.append(values[1:]) if event == "http.client.connect" else None)
with ApiClient(Configuration(host={wire.host!r})) as client:
    XComApi(client).get_xcom_entry(*{IDS!r})
assert events == [("127.0.0.1", {wire.port})], events
"""
        wire.answers = [ENTRY]
        subprocess.run([sys.executable, "-c", script], check=True)

    @one_transport
    def test_a_name_with_too_long_a_label_fails_before_it_is_resolved(self, read: Read) -> None:
        with pytest.raises(ConnectionException, match="label"):
            read("http://" + "a" * 64 + ".example", no_proxy="*")

    def test_connection_classes_of_a_session_are_used(self, wire: WireServer) -> None:
        """This is how a session connects through a SOCKS proxy."""
        reached: list[str] = []

        class Connection(urllib3.connection.HTTPConnection):
            def _new_conn(self) -> socket.socket:
                reached.append(self.host)
                return socket.create_connection(("127.0.0.1", wire.port), 5)

        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls = Connection

        wire.answers = [ENTRY]
        with requests.Session() as session:
            session.trust_env = False
            adapter = session.get_adapter("http://")
            assert isinstance(adapter, requests.adapters.HTTPAdapter)
            adapter.poolmanager.pool_classes_by_scheme = {"http": Pool}
            configuration = Configuration(host=wire.host.replace("127.0.0.1", "airflow.invalid"))
            with ApiClient(configuration, session=session) as client:
                assert XComApi(client).get_xcom_entry(*IDS).value == 1
        assert reached == ["airflow.invalid"]


@blocking
def test_provisional_responses_are_skipped(open_client: OpenClient, wire: WireServer) -> None:
    def check(case: tuple[str, bool]) -> None:
        status, stream = case
        wire.answers = [f"HTTP/1.1 {status}\r\nLink: </x>\r\n\r\n".encode() * 2 + ENTRY, ENTRY]
        client = open_client(wire.host)
        for _ in range(2):
            response = client.call("get_xcom_entry", *IDS, _preload_content=not stream)
            with contextlib.closing(response) if stream else contextlib.nullcontext():
                assert stream or response.value == 1
            assert client.api_client.last_response.status == 200

    check_each(itertools.product(["100 Continue", "102 Processing", "103 Early Hints"], [False, True]), check)


def test_a_provisional_response_does_not_end_an_upload(open_client: OpenClient) -> None:
    body = "x" * 16_000_000  # more than the system's buffers take

    def serve(connection: socket.socket) -> None:
        received = len(connection.recv(1))
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while received < len(body):
            received += len(connection.recv(1 << 20))
        connection.sendall(answer("{}", Connection="close"))
        while connection.recv(1 << 20):
            pass

    with listener(serve) as port:
        client = open_client(f"http://127.0.0.1:{port}/api/v1")
        assert client.call("call_api", "/x", "POST", body=body, _request_timeout=30)[1] == 200
