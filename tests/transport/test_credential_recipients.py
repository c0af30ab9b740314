"""Where credentials go: to the origin or to the proxy that they are for, in a header, and nowhere else."""

from __future__ import annotations

import ssl
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from airflow_client.xcom import OpenApiException
from tests.support.faults import ENTRY, IDS, Proxy
from tests.support.transports import Open
from tests.support.wire_server import WireServer, answer
from tests.transport.test_secrets import BASIC, LOGIN, PASSWORD, PROXY, SESSION, TOKEN


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_no_redirect_is_followed(client: Open, wire: WireServer, status: str) -> None:
    with WireServer(ENTRY) as other:
        wire.answers = [answer("", status, Location=f"{other.host}/x", Refresh=f"0; url={other.host}")]
        for settings in (BASIC, {"access_token": TOKEN}):
            with pytest.raises(OpenApiException):
                client(wire.host, **settings).call("get_xcom_entry", *IDS)
        for settings in (SESSION, {**LOGIN, "login": "token"}):
            with pytest.raises(OpenApiException):
                client(f"{wire.url}/api/v{1 + (settings is not SESSION)}", **settings).call("get_xcom_entry", *IDS)
        assert other.connections == 0


def test_of_a_host_s_url_they_go_into_a_header(client: Open, wire: WireServer) -> None:
    wire.answers = [ENTRY]
    host = wire.host.replace("://", f"://u:{quote(PASSWORD, safe='')}@")
    client(host, login="basic").call("get_xcom_entry", *IDS)
    assert wire.header("Authorization") == f"Basic {b64encode(f'u:{PASSWORD}'.encode()).decode()}"
    assert (wire.header("Host"), wire.targets[0][:8]) == (f"127.0.0.1:{wire.port}", "/api/v1/")
    assert b"Kf83hQz1pw" not in wire.requests[0]


def test_of_a_proxy_they_go_to_it_alone(client: Open, wire: WireServer) -> None:
    wire.answers = [answer(b'{"key": "k", "value": 1}', Connection="close")]
    with Proxy() as proxy:
        url = proxy.url.replace("://", f"://u:{quote(PROXY, safe='')}@")
        by = client(wire.host, proxy=url, **BASIC)
        assert by.call("get_xcom_entry", *IDS).value == 1
    expected = f"Basic {b64encode(f'u:{PROXY}'.encode()).decode()}"
    assert proxy.header("Proxy-Authorization") == expected
    assert wire.header("Authorization") is not None
    assert (len(wire.requests), wire.header("Proxy-Authorization")) == (1, None)


def test_of_a_proxy_they_do_not_go_where_it_is_not_used(
    client: Open, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://u:{quote(PROXY, safe='')}@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wire.answers = [ENTRY]
    assert client(wire.host, **BASIC).call("get_xcom_entry", *IDS).value == 1
    assert b"proxy" not in wire.requests[0].lower()


def test_through_a_tunnel(client: Open, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Proxy() as proxy, WireServer(ENTRY, context=context) as server:
        url = proxy.url.replace("://", f"://u:{quote(PROXY, safe='')}@")
        by = client(server.host, proxy=url, authority=str(tmp_path / "ca.pem"), **BASIC)
        assert by.call("get_xcom_entry", *IDS).value == 1
        assert proxy.header("Authorization") is None
        assert proxy.header("Proxy-Authorization") is not None
        assert b"proxy" not in server.requests[0].lower()
