"""The default transports against real sockets: TLS, proxies, the pool, and what failures become."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import gzip
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
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Optional, cast

import pytest
import requests
import trustme
import urllib3

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ConnectionException,
    NotFoundException,
    ProtocolException,
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
from tests.wire_server import WireServer, answer, entry

# asyncio ends TLS connections later than they are closed there.
pytestmark = (
    [pytest.mark.filterwarnings("ignore:unclosed transport <asyncio.sslproto:ResourceWarning")]
    if sys.version_info < (3, 11)
    else []
)
ENTRY = answer('{"key": "k", "value": 1}')
#: After it the server goes on with the connection, as the name of a length is in it.
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n%b\r\n0\r\nX-Content-Length: 24\r\n\r\n" % (
    b'{"key": "k", "value": 1}'
)
IDS = ("d", "r", "t", "k")
Read = Callable[..., Any]
TARGET = "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k"


def fetch(
    host: str,
    *,
    retries: Any = 0,
    timeout: Optional[float] = None,
    session: Optional[requests.Session] = None,
    **attributes: Any,
) -> Any:
    """The value of an XCom, read from ``host`` by a client of its own."""
    with ApiClient(configured(host, retries, attributes), session=session) as client:
        return XComApi(client).get_xcom_entry(*IDS, _request_timeout=timeout).value


def fetch_by_asyncio(host: str, *, retries: Any = 0, timeout: Optional[float] = None, **attributes: Any) -> Any:
    """The same by the asyncio client."""

    async def value() -> Any:
        async with AsyncApiClient(configured(host, retries, attributes)) as client:
            return (await AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=timeout)).value

    return asyncio.run(value())


def configured(host: str, retries: Any, attributes: dict[str, Any]) -> Configuration:
    configuration = Configuration(host=host, username="admin", password="pass-word")
    configuration.retries = retries
    for name, value in attributes.items():
        setattr(configuration, name, value)
    return configuration


@pytest.fixture(params=[fetch, fetch_by_asyncio], ids=["blocking", "asyncio"])
def each_side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has :func:`fetch` be by the blocking and by the asyncio client."""
    monkeypatch.setattr(sys.modules[__name__], "fetch", request.param)


@contextlib.contextmanager
def blocking(way: str) -> Iterator[Optional[requests.Session]]:
    """What a blocking client is to be given, to call by the transport of this name: None, or a session."""
    if way == "requests":
        with requests.Session() as theirs:
            yield theirs
    else:
        yield None


@contextlib.contextmanager
def by(way: str) -> Iterator[Read]:
    """:func:`fetch` by the transport of this name. All of them keep the same promises."""
    if way == "aiohttp":
        yield fetch_by_asyncio
    else:
        with blocking(way) as session:
            yield functools.partial(fetch, session=session)


@pytest.fixture(params=["urllib3", "requests", "aiohttp"])
def read(request: pytest.FixtureRequest) -> Iterator[Read]:
    with by(request.param) as read:
        yield read


@pytest.fixture(params=["urllib3", "requests"])
def session(request: pytest.FixtureRequest) -> Iterator[Optional[requests.Session]]:
    """One for each blocking transport: None, or a session."""
    with blocking(request.param) as session:
        yield session


Way = Callable[[str], ApiClient]


@pytest.fixture
def way(session: Optional[requests.Session]) -> Way:
    """Makes a client for a host, by each transport."""
    return lambda host: ApiClient(Configuration(host=host), session=session)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's context with a certificate for ``names``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.mark.usefixtures("each_side")
class TestTls:
    @pytest.fixture
    def server(self, authority: trustme.CA) -> Iterator[WireServer]:
        with WireServer(ENTRY, context=tls(authority, "127.0.0.1", "localhost")) as server:
            yield server

    def test_a_trusted_server(self, server: WireServer, ca_file: str) -> None:
        assert fetch(server.host, ssl_ca_cert=ca_file) == 1
        assert server.targets == [TARGET]

    def test_ssl_ca_cert_as_argument(self, server: WireServer, ca_file: str) -> None:
        with ApiClient(Configuration(host=server.host, ssl_ca_cert=ca_file)) as client:
            assert XComApi(client).get_xcom_entry(*IDS).value == 1

    def test_a_folder_of_authorities(self, server: WireServer, ca_file: str, tmp_path: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("the names of such a folder are made by the openssl program, which is not here")
        name = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", ca_file], check=True, capture_output=True, text=True
        ).stdout.strip()
        (tmp_path / f"{name}.0").write_bytes(Path(ca_file).read_bytes())
        assert fetch(server.host, ssl_ca_cert=str(tmp_path)) == 1

    @pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
    def test_the_environment_s_authorities(
        self, server: WireServer, ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, ca_file)
        assert fetch(server.host) == 1

    def test_tls_1_1_is_refused(self, authority: trustme.CA, ca_file: str) -> None:
        context = tls(authority, "127.0.0.1")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with WireServer(ENTRY, context=context) as server, pytest.raises(TlsException):
            fetch(server.host, ssl_ca_cert=ca_file)

    def test_an_unknown_authority(self, server: WireServer) -> None:
        with pytest.raises(TlsException, match="ssl_ca_cert") as caught:
            fetch(server.host, retries=5)
        assert "after 1 attempt " in str(caught.value)  # trying again does not make it trusted
        assert server.requests == []

    def test_another_name(self, authority: trustme.CA, ca_file: str) -> None:
        with WireServer(ENTRY, context=tls(authority, "other.example")) as server:
            with pytest.raises(TlsException, match="assert_hostname"):
                fetch(server.host, ssl_ca_cert=ca_file)
            assert server.requests == []
            assert fetch(server.host, ssl_ca_cert=ca_file, assert_hostname="other.example") == 1
            assert fetch(server.host, ssl_ca_cert=ca_file, assert_hostname=False) == 1

    def test_an_expired_certificate(self, authority: trustme.CA, ca_file: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        authority.issue_cert("127.0.0.1", not_after=yesterday).configure_cert(context)
        with WireServer(ENTRY, context=context) as server, pytest.raises(TlsException, match="has expired"):
            fetch(server.host, ssl_ca_cert=ca_file)

    @pytest.mark.parametrize("form", ["PEM", "PEM as bytes", "DER"])
    def test_an_authority_s_certificate_itself(self, server: WireServer, ca_file: str, form: str) -> None:
        pem = Path(ca_file).read_text(encoding="ascii")
        data = {"PEM": pem, "PEM as bytes": pem.encode(), "DER": ssl.PEM_cert_to_DER_cert(pem)}[form]
        assert fetch(server.host, ca_cert_data=data) == 1

    @pytest.mark.parametrize(
        ("data", "error"), [("PEM", ApiValueError), (b"DER", ApiValueError), ("", ApiValueError), (1, ApiTypeError)]
    )
    def test_an_authority_s_certificate_that_is_none(self, server: WireServer, data: Any, error: Any) -> None:
        with pytest.raises(error, match="ca_cert_data"):
            fetch(server.host, ca_cert_data=data)

    def test_the_name_of_the_server_is_sent_and_expected(self, authority: trustme.CA, ca_file: str) -> None:
        context, sent = tls(authority, "other.example"), list[Optional[str]]()
        context.sni_callback = lambda _socket, name, _context: sent.append(name)
        with WireServer(ENTRY, context=context) as server:
            assert fetch(server.host, ssl_ca_cert=ca_file, tls_server_name="other.example") == 1
            with pytest.raises(TlsException):
                fetch(server.host, ssl_ca_cert=ca_file, tls_server_name="another.example")
        assert sent == ["other.example", "another.example"]

    def test_assert_hostname_is_asserted(self, server: WireServer, ca_file: str) -> None:
        with pytest.raises(TlsException):
            fetch(server.host, ssl_ca_cert=ca_file, assert_hostname="other.example")
        assert server.requests == []

    def test_a_client_certificate(self, authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
        context = tls(authority, "127.0.0.1")
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
        mine = authority.issue_cert("me@example.org")
        cert, key, both = (tmp_path / name for name in ("cert.pem", "key.pem", "both.pem"))
        mine.cert_chain_pems[0].write_to_path(str(cert))
        mine.private_key_pem.write_to_path(str(key))
        both.write_bytes(key.read_bytes() + cert.read_bytes())
        with WireServer(ENTRY, context=context) as server:
            assert fetch(server.host, ssl_ca_cert=ca_file, cert_file=str(cert), key_file=str(key)) == 1
            assert fetch(server.host, ssl_ca_cert=ca_file, cert_file=str(both)) == 1
            with pytest.raises(TransportException):
                fetch(server.host, ssl_ca_cert=ca_file)

    @pytest.mark.parametrize("name", ["ssl_ca_cert", "cert_file"])
    def test_a_file_that_is_not_there(self, server: WireServer, name: str) -> None:
        with pytest.raises(ApiValueError, match=rf"{name}='/no/such\.pem'"):
            fetch(server.host, **{name: "/no/such.pem"})

    def test_an_empty_variable_is_none(self, server: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
        with pytest.raises(TlsException, match="not trusted"):
            fetch(server.host)

    def test_tls_to_a_server_without(self) -> None:
        def plain(listener: socket.socket) -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=plain, args=(listener,))
            thread.start()
            with pytest.raises(TlsException, match="the server may expect HTTP, not HTTPS"):
                fetch(f"https://127.0.0.1:{listener.getsockname()[1]}")
            thread.join()

    def test_no_context_for_http(self, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        wire.answers = [ENTRY]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such.pem")
        assert fetch(wire.host) == 1


@pytest.mark.parametrize("way", ["urllib3", "aiohttp"])
def test_the_server_is_told_its_name_and_the_protocol(authority: trustme.CA, ca_file: str, way: str) -> None:
    context, told = tls(authority, "localhost"), []
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda connection, name, _context: told.append(name)

    def selected(connection: socket.socket, head: bytes) -> None:
        told.append(cast(ssl.SSLSocket, connection).selected_alpn_protocol())
        connection.sendall(ENTRY)

    with WireServer(selected, context=context) as server, by(way) as read:
        assert read(server.host.replace("127.0.0.1", "localhost"), ssl_ca_cert=ca_file) == 1
    assert told == ["localhost", "http/1.1"]


def test_not_verifying_warns(authority: trustme.CA) -> None:
    with WireServer(ENTRY, context=tls(authority, "127.0.0.1")) as server:
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            assert fetch(server.host, verify_ssl=False) == 1


class Proxy(WireServer):
    """A proxy on loopback: tunnels what it is asked to, and answers anything else itself."""

    def __init__(self) -> None:
        super().__init__(self._serve_one)

    @staticmethod
    def _serve_one(connection: socket.socket, head: bytes) -> None:
        method, target = head.split(b" ")[:2]
        if method != b"CONNECT":
            connection.sendall(ENTRY)
            return
        host, _, port = target.decode().rpartition(":")
        with socket.create_connection((host, int(port)), 5) as upstream:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=Proxy._pump, args=(upstream, connection))
            back.start()
            Proxy._pump(connection, upstream)
            back.join(5)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@pytest.mark.usefixtures("each_side")
class TestProxies:
    @pytest.fixture
    def proxy(self) -> Iterator[Proxy]:
        with Proxy() as proxy:
            yield proxy

    @pytest.fixture
    def server(self, authority: trustme.CA) -> Iterator[WireServer]:
        with WireServer(ENTRY, context=tls(authority, "127.0.0.1")) as server:
            yield server

    def test_http_by_configuration(self, proxy: Proxy) -> None:
        assert fetch("http://airflow.invalid/api/v1", proxy=proxy.url) == 1
        assert proxy.targets == ["http://airflow.invalid" + TARGET]
        assert proxy.header("Host") == "airflow.invalid"
        assert proxy.header("Authorization") is not None

    def test_http_keeps_odd_keys(self, proxy: Proxy) -> None:
        configuration = Configuration(host="http://airflow.invalid/api/v1")
        configuration.proxy = proxy.url
        with ApiClient(configuration) as client:
            for key in ("..", "a/b", "\u952e", "%2F", "~"):
                proxy.answers = [entry(key)]
                XComApi(client).get_xcom_entry("d", "r", "t", key)
        sent = [target.rpartition("/")[2] for target in proxy.targets]
        assert sent == ["%2E%2E", "a%2Fb", "%E9%94%AE", "%252F", "~"]

    def test_https_goes_through_a_tunnel(self, proxy: Proxy, server: WireServer, ca_file: str) -> None:
        url = proxy.url.replace("://", "://user:p%40ss@")
        assert fetch(server.host, proxy=url, ssl_ca_cert=ca_file) == 1
        assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:")
        assert proxy.header("Proxy-Authorization") == "Basic dXNlcjpwQHNz"
        assert proxy.header("Authorization") is None  # the proxy does not see the server's credentials,
        assert server.header("Proxy-Authorization") is None  # nor the server the proxy's
        assert server.targets == [TARGET]

    def test_proxy_headers(self, proxy: Proxy) -> None:
        fetch("http://airflow.invalid/api/v1", proxy=proxy.url, proxy_headers={"X-Proxy": "yes"})
        assert proxy.header("X-Proxy") == "yes"

    @pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
    def test_http_by_the_environment(self, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.setenv(variable, proxy.url)
        assert fetch("http://airflow.invalid/api/v1") == 1
        assert len(proxy.requests) == 1

    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
    def test_https_by_the_environment(
        self, proxy: Proxy, server: WireServer, ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, proxy.url.replace("http://", ""))  # a proxy without a scheme is common
        assert fetch(server.host, ssl_ca_cert=ca_file) == 1
        assert len(proxy.requests) == 1

    @pytest.mark.parametrize("exempt", ["127.0.0.1", "airflow.invalid,127.0.0.1", "*"])
    def test_no_proxy_by_the_environment(
        self, proxy: Proxy, wire: WireServer, monkeypatch: pytest.MonkeyPatch, exempt: str
    ) -> None:
        wire.answers = [ENTRY]
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", exempt)
        assert fetch(wire.host) == 1
        assert (len(proxy.requests), len(wire.requests)) == (0, 1)

    def test_no_proxy_by_configuration(self, proxy: Proxy, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        assert fetch(wire.host, proxy=proxy.url, no_proxy="127.0.0.1, other") == 1
        assert fetch("http://airflow.invalid/api/v1", proxy=proxy.url, no_proxy="127.0.0.1") == 1
        assert (len(proxy.requests), len(wire.requests)) == (1, 1)

    def test_a_proxy_of_the_configuration_is_not_undone_by_the_environment(
        self, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "*")
        assert fetch("http://airflow.invalid/api/v1", proxy=proxy.url) == 1

    def test_a_proxy_that_is_not_there(self) -> None:
        with pytest.raises(ConnectionException, match=r"check Configuration\.proxy and HTTPS_PROXY"):
            fetch("http://airflow.invalid/api/v1", proxy="http://u:pa55@127.0.0.1:1")

    def test_a_proxy_that_refuses(self, wire: WireServer) -> None:
        wire.answers = [answer("no", "407 Proxy Authentication Required")]
        with pytest.raises(ConnectionException, match="407") as caught:
            fetch("https://airflow.invalid/api/v1", proxy=wire.url.replace("://", "://u:pa55@"))
        assert "pa55" not in str(caught.value)

    @pytest.mark.parametrize("url", ["socks5://127.0.0.1:1", "ftp://proxy"])
    def test_a_proxy_of_another_kind(self, url: str) -> None:
        with pytest.raises(ApiValueError, match="proxy must be an http:// or https:// URL"):
            fetch("http://airflow.invalid/api/v1", proxy=url)


class TestPool:
    def test_threads_reuse_connections(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host), pool_threads=8) as client:
            calls = [XComApi(client).get_xcom_entry(*IDS, async_req=True) for _ in range(100)]
            assert [call.get(10).value for call in calls] == [1] * 100
        assert wire.connections <= 8

    def test_a_pool_of_one_keeps_one(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        configuration = Configuration(host=wire.host)
        configuration.connection_pool_maxsize = 1
        with ApiClient(configuration) as client:
            for _ in range(3):
                XComApi(client).get_xcom_entry(*IDS)
        assert wire.connections == 1

    @pytest.mark.parametrize("maxsize", ["1", 1.0, None, True])
    def test_a_size_that_is_none(self, wire: WireServer, maxsize: Any) -> None:
        with pytest.raises(ApiTypeError, match="connection_pool_maxsize must be an int"):
            fetch(wire.host, connection_pool_maxsize=maxsize)

    def test_socket_options(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        assert fetch(wire.host, socket_options=options) == 1
        with pytest.raises(ConnectionException):
            fetch(wire.host, socket_options=[(socket.SOL_SOCKET, -1, 1)])

    def test_a_streamed_body_is_read_by_the_caller(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        raw = api.get_xcom_entry_without_preload_content(*IDS)
        assert b"".join(raw.stream(5)) == b'{"key": "k", "value": 1}'

    def test_a_connection_serves_whole_and_streamed_answers(self, wire: WireServer) -> None:
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

    @pytest.mark.parametrize("length", ["Content-Length: 2000", "Transfer-Encoding: chunked\r\nX-Content-Length: 2000"])
    def test_an_error_that_is_too_large_costs_its_connection_alone(
        self, wire: WireServer, session: Optional[requests.Session], length: str
    ) -> None:
        head = f"HTTP/1.1 500 Oh\r\n{length}\r\n\r\n".encode()
        body = b"7d0\r\n%b\r\n0\r\n\r\n" if "chunked" in length else b"%b"
        wire.answers = [head + body % (b"x" * 2000), ENTRY]
        configuration = Configuration(host=wire.host)
        configuration.max_response_size = 1000
        with ApiClient(configuration, session=session) as client:
            with pytest.raises(ResponseTooLargeException):
                XComApi(client).get_xcom_entry_without_preload_content(*IDS)
            assert wire.is_left()
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
        assert wire.connections == 2

    @pytest.mark.parametrize(
        "said", [ENTRY, answer(gzip.compress(b'{"key": "k", "value": 1}'), Content_Encoding="gzip"), CHUNKED]
    )
    def test_a_streamed_answer_is_urllib3_s(self, api: XComApi, wire: WireServer, said: bytes) -> None:
        wire.answers = [said.replace(b"\r\n", b"\r\nX-A: 1\r\nX-A: 2\r\n", 1), ENTRY]
        raw = api.get_xcom_entry_without_preload_content(*IDS)
        assert isinstance(raw, urllib3.HTTPResponse)
        assert (raw.status, raw.reason, raw.version) == (200, "OK", 11)
        assert raw.headers.getlist("x-a") == ["1", "2"]
        assert json.load(raw) == {"key": "k", "value": 1}
        raw.release_conn()
        assert api.get_xcom_entry(*IDS).value == 1
        assert wire.connections == 1

    def test_a_streamed_answer_that_is_given_up_costs_its_connection_alone(
        self, wire: WireServer, session: Optional[requests.Session]
    ) -> None:
        wire.answers = [answer(b"x" * 10_000_000), ENTRY]
        with ApiClient(Configuration(host=wire.host), session=session) as client:
            raw: Any = XComApi(client).get_xcom_entry_without_preload_content(*IDS)
            raw.close()
            assert wire.is_left()
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
        assert wire.connections == 2

    def test_a_streamed_answer_that_is_given_back_unfinished_closes_its_connection(
        self, wire: WireServer, session: Optional[requests.Session]
    ) -> None:
        wire.answers = [answer(b"x" * 3000), ENTRY]  # all of it may be in a buffer
        with ApiClient(Configuration(host=wire.host), session=session) as client:
            raw: Any = XComApi(client).get_xcom_entry_without_preload_content(*IDS)
            getattr(raw, "raw", raw).release_conn()
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
        assert wire.connections == 2

    @pytest.mark.parametrize("unasked", [b"!", ENTRY], ids=["a byte", "an answer"])
    def test_a_connection_that_says_more_than_it_was_asked_is_left(
        self, wire: WireServer, session: Optional[requests.Session], unasked: bytes
    ) -> None:
        wire.answers = [ENTRY + unasked, answer('{"key": "k", "value": 2}')]
        with ApiClient(Configuration(host=wire.host), session=session) as client:
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
            assert XComApi(client).get_xcom_entry(*IDS).value == 2
        assert wire.connections == 2

    def test_a_session_that_was_used_before_keeps_the_deadline(self, wire: WireServer) -> None:
        def drip(connection: socket.socket, head: bytes) -> None:
            for _ in range(50):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: "[:1])
                time.sleep(0.05)

        wire.answers = [ENTRY, drip]
        with requests.Session() as session:
            assert session.get(wire.host).status_code == 200
            start = time.monotonic()
            with pytest.raises(TransportException):
                fetch(wire.host, session=session, timeout=0.4)
            assert time.monotonic() - start < 1.5

    def test_what_nobody_closes_ends_with_its_client(self, wire: WireServer) -> None:
        wire.answers = [ENTRY, answer(b"x" * 10_000_000)]
        client = ApiClient(Configuration(host=wire.host))
        raw = [XComApi(client).get_xcom_entry(*IDS), XComApi(client).get_xcom_entry(*IDS, _preload_content=False)]
        assert not wire.is_left(0)
        del client, raw
        gc.collect()
        assert wire.is_left()

    def test_a_closed_transport_sends_nothing(self, wire: WireServer) -> None:
        transport = Urllib3Transport(Configuration(host=wire.host), wire.url, None)
        transport.close()
        with pytest.raises(ConnectionException) as caught:
            transport.send(Request("GET", wire.url, TARGET, Headers(), None), DEFAULT_TIMEOUTS, False)
        assert caught.value.hint == "the client was closed before the call was made"
        assert wire.requests == []


def hang(connection: socket.socket, head: bytes) -> None:
    connection.recv(1)


def reset(connection: socket.socket, head: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def close(connection: socket.socket, head: bytes) -> None:
    pass


class TestRequest:
    """The bytes that are sent."""

    def test_each_header_once(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        fetch(wire.host)
        head, _, body = wire.requests[0].partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        assert (line, body) == (f"GET {TARGET} HTTP/1.1", b"")
        names = [field.partition(": ")[0] for field in fields]
        assert names == ["Host", "Accept-Encoding", "Accept", "User-Agent", "Authorization"]
        assert (wire.header("Host"), wire.header("Accept-Encoding")) == (f"127.0.0.1:{wire.port}", "identity")

    @pytest.mark.parametrize("stream", [False, True])
    def test_headers_of_the_user_s_replace_those(self, wire: WireServer, stream: bool) -> None:
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

    @pytest.mark.parametrize(
        ("method", "body", "length"), [("POST", {"a": 1}, "8"), ("POST", None, "0"), ("DELETE", None, None)]
    )
    def test_the_length_of_a_body_is_told(self, wire: WireServer, method: str, body: Any, length: str) -> None:
        wire.answers = [answer("{}")]
        with ApiClient(Configuration(host=wire.host)) as client:
            client.call_api("/dags", method, body=body)
        assert wire.header("Content-Length") == length
        assert wire.requests[0].endswith(b'\r\n\r\n{"a": 1}' if body else b"\r\n\r\n")

    def test_a_length_of_the_user_s_is_the_only_one(self, wire: WireServer) -> None:
        wire.answers = [answer("{}")]
        with ApiClient(Configuration(host=wire.host)) as client:
            client.call_api("/dags", "POST", body={"a": 1}, header_params={"content-length": "8"})
        assert re.findall(b"(?i)content-length: .", wire.requests[0]) == [b"content-length: 8"]

    @pytest.mark.parametrize("value", ["a\r\nX: y", "a\nX: y", "a\rb", "\u20ac", 7])
    def test_what_cannot_be_sent_is_refused_where_it_is_set(self, value: Any) -> None:
        with ApiClient() as client:
            for change in (
                lambda: client.default_headers.update({"X-Mine": value}),
                lambda: client.default_headers.__setitem__("X-Mine", value),
                lambda: client.default_headers.setdefault("X-Mine", value),
                lambda: setattr(client, "default_headers", {"X-Mine": value}),
            ):
                with pytest.raises((ApiValueError, ApiTypeError), match="the header X-Mine "):
                    change()
            assert "X-Mine" not in client.default_headers

    @pytest.mark.parametrize("zone", ["%25lo", "%lo"])
    def test_the_zone_of_an_address_is_for_this_machine_alone(
        self, wire: WireServer, monkeypatch: pytest.MonkeyPatch, zone: str
    ) -> None:
        there, asked = socket.getaddrinfo("127.0.0.1", wire.port, 0, socket.SOCK_STREAM), []
        monkeypatch.setattr(socket, "getaddrinfo", lambda name, *args: asked.append(name) or there)
        wire.answers = [ENTRY]
        assert fetch(f"http://[fe80::1{zone}]:8080/api/v1", no_proxy="*") == 1
        assert asked == ["fe80::1%lo"]
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

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("http://airflow.test:8080", "airflow.test:8080"),
            ("http://airflow.test:80", "airflow.test"),
            ("http://airflow.test", "airflow.test"),
            ("http://Airflow.Test", "airflow.test"),
            ("http://airflow.test.", "airflow.test"),
            ("http://airflow.test:443", "airflow.test:443"),
            ("https://airflow.test:443", "airflow.test"),
            ("https://airflow.test", "airflow.test"),
            ("https://airflow.test.", "airflow.test"),
            ("https://airflow.test:80", "airflow.test:80"),
            ("http://10.1.2.3:8080", "10.1.2.3:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("https://[::1]", "[::1]"),
            ("http://bücher.example", "xn--bcher-kva.example"),
        ],
    )
    @pytest.mark.parametrize("way", ["urllib3", "aiohttp"])
    def test_host(
        self,
        authority: trustme.CA,
        ca_file: str,
        monkeypatch: pytest.MonkeyPatch,
        origin: str,
        host: str,
        way: str,
    ) -> None:
        if way == "aiohttp" and (origin[7:].startswith("10.") or "[" in origin):
            pytest.skip("aiohttp looks no address up, so that such a request cannot be sent to the test's server")
        context = tls(authority, "airflow.test", "::1") if origin.startswith("https:") else None
        with WireServer(ENTRY, context=context) as server, by(way) as read:
            there, asked = socket.getaddrinfo("127.0.0.1", server.port, 0, socket.SOCK_STREAM), []
            monkeypatch.setattr(socket, "getaddrinfo", lambda name, *args: asked.append(name) or there)
            assert read(f"{origin}/api/v1", ssl_ca_cert=ca_file, no_proxy="*") == 1
            assert server.header("Host") == host
        if ".test" in origin:
            # A dot at its end keeps the resolver from trying the name in the domains of this machine.
            assert asked == ["airflow.test." if "test." in origin.lower() else "airflow.test"]


class TestFailures:
    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            (close, ConnectionException),
            (reset, ConnectionException),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", ProtocolException),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ProtocolException),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\r\n", ProtocolException),
            (b"Good morning\r\n\r\n", ProtocolException),
            (answer(b"\x1f\x8bnot gzip", Content_Encoding="gzip"), ProtocolException),
            (hang, TimeoutException),
        ],
        ids=["close", "reset", "short", "chunk-size", "chunk-cut", "status-line", "gzip", "hang"],
    )
    def test_each_is_one_of_ours(self, read: Read, wire: WireServer, said: Any, kind: type[TransportException]) -> None:
        wire.answers = [said]
        if said not in (close, reset, hang) and b"Content-Encoding" not in said:
            wire.answers = [lambda connection, head: connection.sendall(said)]
        with pytest.raises(kind) as caught:
            read(wire.host, timeout=0.5)
        error = caught.value
        assert isinstance(error, ApiException)
        assert error.status == 0
        assert error.__cause__ is not None
        assert f"Request: GET {wire.url}{TARGET}" in str(error)
        assert re.search(r"Gave up after 1 attempt in [\d.e-]+ s", str(error))
        assert "pass-word" not in str(error)

    def test_a_name_of_many_addresses_that_are_silent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They are tried one after the other, within the limit of the call."""
        found = socket.getaddrinfo
        with socket.create_server(("127.0.0.1", 0), backlog=0) as silent, contextlib.ExitStack() as stack:
            for _ in range(3):  # so that it takes no more connections
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(silent.getsockname())

            def four(host: str, *args: Any, **options: Any) -> Any:
                return found("127.0.0.1" if host == "airflow.test" else host, *args, **options) * 4

            monkeypatch.setattr(socket, "getaddrinfo", four)
            start = time.monotonic()
            with pytest.raises(TimeoutException):
                fetch(f"http://airflow.test:{silent.getsockname()[1]}", timeout=0.8, no_proxy="*")
            assert time.monotonic() - start < 1.6

    def test_a_name_of_several_addresses_of_which_the_last_answers(
        self, read: Read, wire: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = socket.getaddrinfo

        def two(host: str, *args: Any, **options: Any) -> Any:
            if host != "airflow.test":
                return found(host, *args, **options)
            first, *_ = found("127.0.0.1", *args, **options)
            return [(*first[:-1], ("127.0.0.1", 1)), first]

        monkeypatch.setattr(socket, "getaddrinfo", two)
        wire.answers = [ENTRY]
        host = wire.host.replace("127.0.0.1", "airflow.test")
        assert fetch(host, no_proxy="*") == 1
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [])
        with pytest.raises(ConnectionException):
            fetch(host, no_proxy="*")

    def test_of_a_name_of_several_addresses_the_handshake_has_all_of_the_limit(
        self, authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context, found = tls(authority, "127.0.0.1"), socket.getaddrinfo

        class Late:
            def wrap_socket(self, connection: socket.socket, server_side: bool) -> ssl.SSLSocket:
                time.sleep(0.5)
                return context.wrap_socket(connection, server_side=server_side)

        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found(*args, **options) * 8)
        with WireServer(ENTRY, context=cast(ssl.SSLContext, Late())) as server:
            assert fetch(server.host, ssl_ca_cert=ca_file, timeout=2) == 1

    @pytest.mark.skipif(urllib3.__version__ < "2", reason="urllib3 1.26 does not do it")
    def test_connecting_is_audited(self, wire: WireServer) -> None:
        """As it is by http.client: Python's documentation has a table of audit events."""
        script = f"""
import sys
from airflow_client.xcom import ApiClient, Configuration, XComApi
seen = []
sys.addaudithook(lambda event, values: seen.append(values[1:]) if event == "http.client.connect" else None)
with ApiClient(Configuration(host={wire.host!r})) as client:
    XComApi(client).get_xcom_entry(*{IDS!r})
assert seen == [("127.0.0.1", {wire.port})], seen
"""
        wire.answers = [ENTRY]
        subprocess.run([sys.executable, "-c", script], check=True)

    def test_a_name_that_text_cannot_hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found(*args, **options))
        with pytest.raises(ConnectionException, match="label"):
            fetch("http://" + "a" * 64 + ".example", no_proxy="*")

    def test_connections_that_are_made_in_another_way_still_are(self, wire: WireServer) -> None:
        """As through a SOCKS proxy, by a session whose pools have such connections."""
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
            assert fetch(wire.host.replace("127.0.0.1", "airflow.invalid"), session=session) == 1
        assert reached == ["airflow.invalid"]

    def test_nobody_listens(self, read: Read) -> None:
        with pytest.raises(ConnectionException, match=r"check Configuration\(host=…\), and that the server is running"):
            read("http://127.0.0.1:1")

    def test_a_name_that_does_not_resolve(self, read: Read) -> None:
        with pytest.raises(ConnectionException):
            read("http://airflow.invalid")

    @pytest.mark.parametrize("host", ["http://" + "a" * 64 + ".example", "http://a..b"])
    def test_a_name_that_cannot_be_one(self, read: Read, host: str) -> None:
        with pytest.raises((ApiValueError, TransportException)):
            read(host)

    def test_a_timeout_is_a_timeout_error(self, read: Read, wire: WireServer) -> None:
        wire.answers = [hang]
        with pytest.raises(TimeoutError, match="_request_timeout"):
            read(wire.host, timeout=0.2)

    def test_a_body_that_never_ends_is_cut_off(self, read: Read, wire: WireServer) -> None:
        def endless(connection: socket.socket, head: bytes) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            stop = time.monotonic() + 10
            while time.monotonic() < stop:
                connection.sendall(b" " * 65536)

        wire.answers = [endless]
        start = time.monotonic()
        with pytest.raises(TimeoutException):
            read(wire.host, timeout=0.5)
        assert time.monotonic() - start < 5

    def test_gzip_is_understood(self, read: Read, wire: WireServer) -> None:
        wire.answers = [answer(gzip.compress(b'{"key": "k", "value": 7}'), Content_Encoding="gzip")]
        assert read(wire.host) == 7

    def test_the_connection_of_a_failure_is_not_used_again(self, read: Read, api: XComApi, wire: WireServer) -> None:
        wire.answers = [
            lambda connection, head: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
            ENTRY,
        ]
        with pytest.raises(ProtocolException):
            api.get_xcom_entry(*IDS)
        assert api.get_xcom_entry(*IDS).value == 1
        assert wire.connections == 2

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints"])
    def test_what_is_provisional_is_passed_over(self, way: Way, wire: WireServer, status: str, stream: bool) -> None:
        wire.answers = [f"HTTP/1.1 {status}\r\nLink: </x>\r\n\r\n".encode() * 2 + ENTRY, ENTRY]
        with way(wire.host) as client:
            for _ in range(2):
                answered = XComApi(client).get_xcom_entry(*IDS, _preload_content=not stream)
                with contextlib.closing(answered) if stream else contextlib.nullcontext():
                    assert stream or answered.value == 1
                assert client.last_response is not None
                assert client.last_response.status == 200

    def test_no_redirect_is_followed(self, read: Read, wire: WireServer) -> None:
        with WireServer(ENTRY) as other:
            wire.answers = [answer("", "302 Found", Location=f"{other.host}/dags")]
            with pytest.raises(ApiException) as caught:
                read(wire.host)
        assert caught.value.status == 302
        assert other.requests == []

    def test_a_closed_kept_alive_connection_is_replaced(self, read: Read, wire: WireServer) -> None:
        def answer_and_close(connection: socket.socket, head: bytes) -> None:
            connection.sendall(ENTRY)

        wire.answers = [answer_and_close, ENTRY]
        with ApiClient(Configuration(host=wire.host)) as client:
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
            time.sleep(0.05)
            assert XComApi(client).get_xcom_entry(*IDS).value == 1
        assert wire.connections == 2


class TestRetries:
    BUSY = answer("busy", "503 Service Unavailable", Retry_After="0")

    @pytest.mark.parametrize(("retries", "attempts"), [(None, 3), (0, 1), (False, 1), (1, 2)])
    def test_a_busy_server_is_asked_again(self, read: Read, wire: WireServer, retries: Any, attempts: int) -> None:
        wire.answers = [self.BUSY]
        with pytest.raises(ApiException) as caught:
            read(wire.host, retries=retries)
        assert caught.value.status == 503
        assert len(wire.requests) == attempts

    def test_a_retry_object_of_urllib3_s_is_taken_by_its_total(self, read: Read, wire: WireServer) -> None:
        import urllib3

        wire.answers = [self.BUSY, self.BUSY, self.BUSY, self.BUSY, ENTRY]
        assert read(wire.host, retries=urllib3.Retry(4)) == 1

    @pytest.mark.parametrize("retries", ["3", 1.5, True, [1]])
    def test_retries_that_are_none(self, read: Read, wire: WireServer, retries: Any) -> None:
        with pytest.raises(ApiTypeError, match="retries must be an int"):
            read(wire.host, retries=retries)
        with pytest.raises(ApiValueError, match="retries must not be negative"):
            read(wire.host, retries=-1)

    def test_a_broken_connection_is_tried_again(self, read: Read, wire: WireServer) -> None:
        wire.answers = [reset, ENTRY]
        assert read(wire.host, retries=1) == 1

    def test_a_write_is_never_sent_twice(self, read: Read, wire: WireServer) -> None:
        wire.answers = [self.BUSY]
        with ApiClient(Configuration(host=wire.host)) as client, pytest.raises(ApiException):
            client.call_api("/x", "POST", body={})
        assert len(wire.requests) == 1
        wire.answers = [reset]
        with ApiClient(Configuration(host=wire.host)) as client, pytest.raises(ConnectionException):
            client.call_api("/x", "PATCH", body={})
        assert len(wire.requests) == 2

    @pytest.mark.parametrize("status", ["400 BAD REQUEST", "404 NOT FOUND", "500 Internal Server Error"])
    def test_an_answer_that_would_come_again_is_not_asked_for_again(
        self, read: Read, wire: WireServer, status: str
    ) -> None:
        wire.answers = [answer("", status)]
        with pytest.raises(ApiException):
            read(wire.host, retries=5)
        assert len(wire.requests) == 1
