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


class TestRefusals:
    """Of credentials that the server accepted before. Real servers: ``tests/contract/test_authentication.py``."""

    FORBIDDEN = answer('{"detail": null, "status": 403, "title": "Forbidden"}', "403 FORBIDDEN")
    INVALID_TOKEN = answer('{"detail": "Invalid JWT token"}', "403 Forbidden")
    EXPIRED = answer('{"detail": "Token Expired"}', "401 Unauthorized")
    ENTRY = answer('{"key": "k", "value": 1}')
    TOKEN = answer('{"access_token": "a.b.c"}', "201 Created")

    def hint(self, wire: WireServer, configuration: Configuration, call: str = "xcomEntries/k") -> str:
        """Return the hint of the last of two calls."""
        with ApiClient(configuration) as client:
            XComApi(client).get_xcom_entry(*IDS)
            with pytest.raises(ApiException) as caught:
                client.call_api(f"/dags/d/dagRuns/r/taskInstances/t/{call}", "GET")
        return caught.value.hint or ""

    def test_a_403_after_a_call_is_about_permission(self, wire: WireServer) -> None:
        wire.answers = [self.ENTRY, self.FORBIDDEN]
        configuration = Configuration(host=wire.host, username="u", password="p", login="basic")
        hint = self.hint(wire, configuration)
        assert '"can read on XComs", or that to read the DAG ("can read on DAGs" or "can read on DAG:d")' in hint
        assert "password" not in hint

    def test_the_permission_is_that_of_the_path(self, wire: WireServer) -> None:
        wire.answers = [self.ENTRY, self.FORBIDDEN]
        hint = self.hint(wire, Configuration(host=wire.host, access_token="a.b.c"), "links")
        assert 'lacks the permission "can read on Task Instances"' in hint

    def test_an_invalid_token_right_after_a_login_means_several_servers(self, wire: WireServer) -> None:
        wire.answers = [self.TOKEN, self.INVALID_TOKEN, self.TOKEN, self.INVALID_TOKEN]
        configuration = Configuration(host=f"{wire.url}/api/v2", username="u", password="p")
        error = failure(configuration)
        assert "several servers behind this address have different secrets ([api_auth] jwt_secret must" in str(error)
        assert "password" not in str(error)

    def test_a_token_that_was_accepted_before_has_expired(self, wire: WireServer) -> None:
        wire.answers = [self.ENTRY, self.EXPIRED]
        hint = self.hint(wire, Configuration(host=f"{wire.url}/api/v2", access_token="a.b.c"))
        assert "they have expired or were revoked" in hint

    def test_a_refusal_that_is_not_airflow_s_says_so(self, wire: WireServer) -> None:
        wire.answers = [answer("<h1>Blocked</h1>", "403 Forbidden", Content_Type="text/html")]
        error = failure(Configuration(host=wire.host, access_token="a.b.c"))
        assert "a proxy or gateway in front of it may have refused the request" in str(error)

    def test_a_front_that_refuses_the_search_for_the_api(self, wire: WireServer) -> None:
        """User name and password are configured, and not sent by that search: they are not missing."""
        wire.answers = [answer("<h1>Gateway</h1>", "401 Unauthorized", Content_Type="text/html")]
        error = failure(Configuration(host=wire.url, username="u", password="p"))
        assert "something in front of Airflow refused this" in str(error)
        assert "set Configuration(username=" not in str(error)
