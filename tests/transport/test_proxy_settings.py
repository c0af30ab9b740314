"""Proxies of the environment, and which setting an error about the proxy names."""

from __future__ import annotations

import pytest
import requests

from airflow_client.xcom import ApiClient, ApiValueError, Configuration, ConnectionException, XComApi
from tests.contract import clients
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
NOWHERE = "http://u:pa55@127.0.0.1:1"


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
