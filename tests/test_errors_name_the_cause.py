"""The text of an error or a log record names the cause, in the order of likelihood, and contradicts nothing known."""

from __future__ import annotations

import logging

import pytest

from airflow_client.xcom import ApiClient, ApiException, ApiValueError, Configuration, UnauthorizedException, XComApi
from tests.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")


def failure(configuration: Configuration) -> ApiException:
    with ApiClient(configuration) as client, pytest.raises(ApiException) as caught:
        XComApi(client).get_xcom_entry(*IDS)
    return caught.value


def test_the_log_tells_why_an_attempt_failed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "airflow_client"):
        failure(Configuration(host="http://127.0.0.1:1/api/v2", retries=0))
    assert "/taskInstances/t/xcomEntries/k -> ConnectionException: ConnectionRefusedError: " in caplog.text


def test_a_token_with_its_scheme_is_refused_before_it_is_sent(wire: WireServer) -> None:
    with ApiClient(Configuration(host=wire.url, access_token="bearer a.b.c")) as client:
        with pytest.raises(ApiValueError, match="access_token begins with 'Bearer ', which would be sent twice"):
            XComApi(client).get_xcom_entry(*IDS)
    assert wire.requests == []
    wire.answers = [answer('{"version": "3.3.2"}')]
    error = failure(Configuration(host=f"{wire.url}/api/v2", access_token=lambda: "Bearer a.b.c"))
    assert type(error) is UnauthorizedException
    assert "begins with 'Bearer '" in str(error)
    assert "a.b.c" not in str(error)
