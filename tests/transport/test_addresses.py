"""A host that is not Airflow's root says so, and shows what to set in its place."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from typing import Any

import pytest
import trustme

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    TlsException,
    XComApi,
)
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
MOVED = "301 Moved Permanently"


def failure(configuration: Configuration, side: str = "blocking") -> ApiException:
    if side == "blocking":
        with ApiClient(configuration) as client, pytest.raises(ApiException) as caught:
            XComApi(client).get_xcom_entry(*IDS)
        return caught.value

    async def run() -> ApiException:
        async with AsyncApiClient(configuration) as client:
            with pytest.raises(ApiException) as caught:
                await AsyncXComApi(client).get_xcom_entry(*IDS)
        return caught.value

    return asyncio.run(run())


class TestRedirects:
    @pytest.mark.parametrize(
        ("location", "shown"),
        [
            (
                "https://airflow.test/api/v2/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k?token=s3cret",
                "the same over https: set Configuration(host='https://airflow.test')",
            ),
            (
                "/team-a/api/v2/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k",
                "/team-a/api/v2/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k, the same at another address",
            ),
            ("https://u:s3cret@idp.test/realms/a?client_id=s3cret#s3cret", "https://idp.test/realms/a, a sign-on page"),
            ("/oauth2/start?rd=s3cret", "/oauth2/start, a sign-on page"),
            ("https://elsewhere.test/x", "https://elsewhere.test/x, another server"),
            ("/api/v2/dags/d/dagRuns/r/taskInstances/t/xcomEntries/other", "xcomEntries/other, another path"),
            ("http://[", "cannot be read"),
        ],
    )
    def test_a_call_says_where_it_leads_and_what_that_means(self, wire: WireServer, location: str, shown: str) -> None:
        wire.answers = [answer("", MOVED, Location=location)]
        error = failure(Configuration(host=f"{wire.url}/api/v2", access_token="a.b.c"))
        assert shown in str(error)
        assert "Redirects are not followed" in str(error)
        assert "s3cret" not in str(error)

    def test_the_search_for_the_api(self, wire: WireServer) -> None:
        secure = wire.url.replace("http:", "https:")
        wire.answers = [answer("", MOVED, Location=f"{secure}/team/api/v2/version?s3cret")]
        error = failure(Configuration(host=f"{wire.url}/team"))
        assert f"/team/api/v2/version → 301 to {secure}/team/api/v2/version; " in str(error)
        assert f"the same over https: set Configuration(host='{secure}/team')" in str(error)
        assert "s3cret" not in str(error)

    @pytest.mark.parametrize(
        ("api", "login", "path"), [("/api/v2", "token", "/auth/token"), ("/api/v1", "session", "/login/")]
    )
    def test_a_login(self, wire: WireServer, api: str, login: str, path: str) -> None:
        wire.answers = [answer("", "302 Found", Location="https://sso.test/authorize?s3cret")]
        error = failure(Configuration(host=wire.url + api, username="u", password="p", login=login))
        assert f"(a redirect to https://sso.test/authorize)\nRequest: {'POST' if api == '/api/v2' else 'GET'}" in str(
            error
        )
        assert "a sign-on page" in str(error)
        assert path in str(error)
        assert "s3cret" not in str(error)


class TestPagesOfTheUserInterface:
    @pytest.mark.parametrize(
        ("host", "said"),
        [
            ("https://airflow.test/dags/etl/grid?dag_run_id=x", r"a query \('\?…'\): .*page.*'https://airflow.test'"),
            ("https://proxy/team-a/home?token=s3cret", r"a query .*'https://proxy/team-a'"),
            ("https://proxy/team-a/#/dags", r"a fragment \('#…'\): leave it out.*'https://proxy/team-a'"),
            ("/dags?page=1", r"a query .*'http://localhost:8080'"),
        ],
    )
    def test_with_a_query_or_a_fragment_it_is_refused_at_once(self, host: str, said: str) -> None:
        with pytest.raises(ApiValueError, match=said) as caught:
            Configuration(host=host)
        assert "s3cret" not in str(caught.value)


def test_the_api_of_the_other_airflow_is_found_out_once(wire: WireServer) -> None:
    with EmbeddedAirflow("2.11.2") as server:
        configuration = Configuration(host=f"{server.base_url}/api/v2", access_token="a.b.c")
        with ApiClient(configuration) as client:
            for _ in range(3):
                with pytest.raises(ApiException, match=r"this server is Airflow 2\.11\.2, whose API is /api/v1: set"):
                    XComApi(client).get_xcom_entry(*IDS)
        assert sum(request.target == "/api/v1/version" for request in server.requests) == 1


@pytest.mark.parametrize("side", ["blocking", "asyncio"])
class TestScheme:
    """Real servers: ``tests/contract/test_any_call.py``."""

    def test_https_at_a_port_that_speaks_http_and_waits(
        self, wire: WireServer, side: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As gunicorn does: the handshake gets no answer at all."""
        monkeypatch.setattr("airflow_client.xcom.core.policy.FIRST_CONNECT", 0.2)
        wire.ignores_handshakes = True
        wire.answers = [answer("", "404 Not Found")]
        host = wire.url.replace("http:", "https:")
        configuration = Configuration(host=host, access_token="s3cret-token")
        configuration.on_request = lambda request: request.headers.update({"X-Key": "s3cret-key"})
        start = time.monotonic()
        error = failure(configuration, side)
        assert time.monotonic() - start < 4
        assert type(error) is TlsException
        assert "the server speaks http at this port, and not https" in str(error)
        assert f"set Configuration(host='{wire.url}')" in str(error)
        assert "s3cret" not in str(wire.requests)

    def test_http_at_a_port_that_speaks_https(self, side: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        with WireServer(answer(""), context=context) as server:
            error = failure(Configuration(host=server.url.replace("https:", "http:")), side)
            assert server.requests == []  # its certificate is not trusted
        assert "the server speaks https at this port, and not http" in str(error)
        assert error.attempts == 1

    @pytest.mark.parametrize("api", ["", "/api/v1"])
    def test_a_server_that_says_so_itself(self, wire: WireServer, side: str, api: str) -> None:
        page = "<h1>400 Bad Request</h1><p>The plain HTTP request was sent to HTTPS port</p>"
        wire.answers = [answer(page, "400 Bad Request", Content_Type="text/html")]
        assert "speaks HTTPS at this port" in str(failure(Configuration(host=wire.url + api), side))

    def test_a_slow_handshake_has_its_whole_time_all_the_same(self, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("airflow_client.xcom.core.policy.FIRST_CONNECT", 0.1)
        context, issuer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
        issuer.issue_cert("127.0.0.1").configure_cert(context)

        class Slow:
            def wrap_socket(self, connection: Any, server_side: bool) -> Any:
                time.sleep(0.3)
                return context.wrap_socket(connection, server_side=server_side)

        with contextlib.ExitStack() as stack:
            server = stack.enter_context(WireServer(answer('{"key": "k", "value": 1}'), context=Slow()))  # type: ignore[arg-type]
            configuration = Configuration(host=server.host, retries=0, ca_cert_data=issuer.cert_pem.bytes())
            if side == "blocking":
                client = stack.enter_context(ApiClient(configuration))
                assert XComApi(client).get_xcom_entry(*IDS, _request_timeout=20).value == 1
                return

            async def run() -> None:
                async with AsyncApiClient(configuration) as client:
                    assert (await AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=20)).value == 1

            asyncio.run(run())
