"""Credentials go to the origin or the proxy that they are for, in a header, and nowhere else."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest

from airflow_client.xcom import OpenApiException
from tests.support.cases import check_each
from tests.support.faults import ENTRY, IDS, TARGET, Proxy
from tests.support.transports import OpenClient
from tests.support.wire_server import WireServer, answer
from tests.transport.conftest import certified
from tests.transport.test_secrets import BASIC, LOGIN, PASSWORD, PROXY, SESSION, TOKEN


def test_no_redirect_is_followed(open_client: OpenClient, wire: WireServer) -> None:
    logins: dict[str, dict[str, Any]] = {
        "/api/v1 by Basic": BASIC,
        "/api/v1 by session": SESSION,
        "/api/v2 by access token": {"access_token": TOKEN},
        "/api/v2 by token": {**LOGIN, "login": "token"},
    }

    def check(case: tuple[str, str]) -> None:
        status, login = case
        wire.answers = [answer("", status, Location=f"{other.host}/x", Refresh=f"0; url={other.host}")]
        with pytest.raises(OpenApiException):
            open_client(wire.url + login.partition(" ")[0], **logins[login]).call("get_xcom_entry", *IDS)
        assert other.connections == 0

    with WireServer(ENTRY) as other:
        statuses = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
        check_each([(status, login) for status in statuses for login in logins], check)


def test_those_in_the_url_of_a_host_go_into_a_header(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [ENTRY]
    host = wire.host.replace("://", f"://u:{quote(PASSWORD, safe='')}@")
    open_client(host, login="basic").call("get_xcom_entry", *IDS)
    assert wire.header("Authorization") == f"Basic {b64encode(f'u:{PASSWORD}'.encode()).decode()}"
    assert (wire.header("Host"), wire.targets[0][:8]) == (f"127.0.0.1:{wire.port}", "/api/v1/")
    assert b"Kf83hQz1pw" not in wire.requests[0]


def test_those_of_a_proxy_go_to_the_proxy_alone(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [answer(b'{"key": "k", "value": 1}', Connection="close")]
    with Proxy() as proxy:
        url = proxy.url.replace("://", f"://u:{quote(PROXY, safe='')}@")
        client = open_client(wire.host, proxy=url, **BASIC)
        assert client.call("get_xcom_entry", *IDS).value == 1
    expected = f"Basic {b64encode(f'u:{PROXY}'.encode()).decode()}"
    assert proxy.header("Proxy-Authorization") == expected
    assert wire.header("Authorization") is not None
    assert (len(wire.requests), wire.header("Proxy-Authorization")) == (1, None)


def test_those_of_a_proxy_are_not_sent_where_it_is_not_used(
    open_client: OpenClient, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://u:{quote(PROXY, safe='')}@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wire.answers = [ENTRY]
    assert open_client(wire.host, **BASIC).call("get_xcom_entry", *IDS).value == 1
    assert b"proxy" not in wire.requests[0].lower()


def test_a_tunnel_separates_them(open_client: OpenClient, issuer: Any, authority: str) -> None:
    with Proxy() as proxy, WireServer(ENTRY, context=certified(issuer)) as server:
        url = proxy.url.replace("://", f"://u:{quote(PROXY, safe='')}@")
        client = open_client(server.host, proxy=url, authority=authority, **BASIC)
        assert client.call("get_xcom_entry", *IDS).value == 1
        assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:")
        assert proxy.header("Authorization") is None
        assert proxy.header("Proxy-Authorization") == f"Basic {b64encode(f'u:{PROXY}'.encode()).decode()}"
        assert b"proxy" not in server.requests[0].lower()
        assert server.targets == [TARGET]
