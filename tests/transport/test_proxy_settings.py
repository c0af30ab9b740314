"""Which hosts are reached without the proxy, and which setting an error about the proxy names."""

from __future__ import annotations

import pytest
import requests
from requests.utils import should_bypass_proxies

from airflow_client.xcom import ApiClient, ApiValueError, Configuration, ConnectionException, XComApi
from airflow_client.xcom.urls import is_exempt
from tests.contract import clients
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
NOWHERE = "http://u:pa55@127.0.0.1:1"


@pytest.mark.parametrize(
    ("origin", "no_proxy", "exempt"),
    [
        ("http://10.1.2.3", "10.0.0.0/8", True),
        ("http://11.1.2.3", "10.0.0.0/8", False),
        ("http://10.1.2.3:8080", "192.168.0.0/16, 10.1.2.3", True),
        ("http://airflow:8080", "airflow:8080", True),
        ("http://airflow:8081", "airflow:8080", False),
        ("http://anything", "*", True),
        ("http://airflow.corp", "corp", True),
        ("http://airflow.corp", ".corp", True),
        ("http://airflow.corp:8080", ".corp:8080", True),
        ("http://AIRFLOW.corp", "airflow.CORP", True),
        ("http://airflow.corp", "other", False),
        ("http://10.1.2.3", "2.3", True),
        ("http://airflow", "10.0.0.0/8", False),
        ("http://airflow", "", False),
        ("http://airflow", ",", False),
    ],
)
def test_no_proxy_is_taken_as_requests_takes_it(
    monkeypatch: pytest.MonkeyPatch, origin: str, no_proxy: str, exempt: bool
) -> None:
    assert is_exempt(origin, no_proxy) is exempt
    if no_proxy != "*":  # which requests takes from the environment alone
        assert should_bypass_proxies(origin, no_proxy) is exempt
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert should_bypass_proxies(origin, None) is exempt


@pytest.mark.parametrize(
    ("origin", "no_proxy", "exempt"),
    [
        ("http://[fd00::1]", "fd00::/8", True),
        ("http://[fd00::1]:8080", "[fd00::1]:8080", True),
        ("http://[fd00::1]:8081", "[fd00::1]:8080", False),
        ("http://10.1.2.3:8080", "10.1.2.3:8080", True),
        ("http://10.1.2.3:8081", "10.1.2.3:8080", False),
        ("https://airflow", "airflow:443", True),
        ("http://airflow.corp.", "airflow.corp", True),
        ("http://airflow.corp", "*.corp", True),
        ("http://airflow", "a, *", True),
        ("http://notcorp", "corp", False),
    ],
)
def test_no_proxy_where_requests_knows_less(origin: str, no_proxy: str, exempt: bool) -> None:
    assert is_exempt(origin, no_proxy) is exempt


def test_a_network_in_the_environment_is_heeded(wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.answers = [answer('{"key": "k", "value": 1}')]
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    with ApiClient(Configuration(host=wire.host)) as client:
        assert XComApi(client).get_xcom_entry(*IDS).value == 1


@pytest.mark.parametrize("side", clients.CLIENTS)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", None])
def test_a_failure_of_the_proxy_names_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch, side: str, variable: str | None
) -> None:
    configuration = Configuration(host="http://airflow.invalid/api/v1", retries=0)
    if variable is None:
        configuration.proxy = NOWHERE
    else:
        monkeypatch.setenv(variable, NOWHERE)
    with clients.in_use(side), clients.ApiClient(configuration) as client:
        with pytest.raises(ConnectionException) as caught:
            clients.XComApi(client).get_xcom_entry(*IDS)
    assert f"the proxy could not be used: check {variable or 'Configuration.proxy'}, and" in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_a_session_that_takes_it_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", NOWHERE)
    configuration = Configuration(host="http://airflow.invalid/api/v1", retries=0)
    with requests.Session() as session, ApiClient(configuration, session=session) as client:
        with pytest.raises(ConnectionException, match="the proxy could not be used: check http_proxy, and"):
            XComApi(client).get_xcom_entry(*IDS)


@pytest.mark.parametrize(
    ("variable", "value", "host"),
    [("HTTPS_PROXY", "socks5://p4ss@proxy", "https://a"), ("REQUESTS_CA_BUNDLE", "/no/such/file", "https://a")],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, host: str
) -> None:
    monkeypatch.setenv(variable, value)
    with ApiClient(Configuration(host=host)) as client, pytest.raises(ApiValueError, match=variable) as caught:
        XComApi(client).get_xcom_entry(*IDS)
    assert "p4ss" not in str(caught.value)
