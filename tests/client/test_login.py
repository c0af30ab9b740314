"""Logins: one for all threads, renewed in time and once after a refusal, never in a loop.

Wrong passwords are in `test_refused_logins.py`, faulty responses and secrets in `tests/transport/`.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Optional

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiTypeError,
    Configuration,
    ForbiddenException,
    UnauthorizedException,
    UnexpectedContentException,
    XComApi,
)
from tests.support.cases import check_each
from tests.support.tokens import jwt
from tests.support.wire_server import WireServer, answer, requests_on

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task", "key")
EMPTY = answer('{"xcom_entries": [], "total_entries": 0}')


def airflow(version: str, **options: Any) -> EmbeddedAirflow:
    server = EmbeddedAirflow(version, **options)
    server.add_user("admin", "pa55word")
    server.add_user("nobody", "pa55word", "Public")
    server.push_xcom(*IDS, 1)
    return server


def client(server: EmbeddedAirflow, login: Any = None, **keywords: Any) -> ApiClient:
    configuration = Configuration(host=server.base_url, username="admin", password="pa55word", **keywords)
    configuration.login = login
    return ApiClient(configuration)


def logins(server: EmbeddedAirflow) -> int:
    paths = ("/auth/token", "/login/")
    return sum(request.method == "POST" and request.path in paths for request in server.requests)


class TestTokenLogin:
    @pytest.fixture
    def server(self) -> Iterator[EmbeddedAirflow]:
        with airflow("3.3.2") as server:
            yield server

    def test_one_login_serves_all_threads(self, server: EmbeddedAirflow) -> None:
        start = threading.Barrier(16)

        def call(api_client: ApiClient, values: list[Any]) -> None:
            start.wait()
            for _ in range(2):
                values.append(XComApi(api_client).get_xcom_entry(*IDS).value)

        values: list[Any] = []
        with client(server) as api_client:
            threads = [threading.Thread(target=call, args=(api_client, values)) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert values == [1] * 32
        assert logins(server) == 1
        assert sum(request.path == "/api/v2/version" for request in server.requests) == 1

    def test_a_revoked_token_is_renewed_once(self, server: EmbeddedAirflow) -> None:
        with client(server) as api_client:
            for expected in (1, 2, 3):
                assert XComApi(api_client).get_xcom_entry(*IDS).value == 1
                assert logins(server) == expected
                server.revoke_tokens()

    def test_threads_renew_a_revoked_token_once(self, server: EmbeddedAirflow) -> None:
        with client(server) as api_client:
            api = XComApi(api_client)
            api.get_xcom_entry(*IDS)
            server.revoke_tokens()
            threads = [threading.Thread(target=api.get_xcom_entry, args=IDS) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert logins(server) == 2

    def test_a_call_refused_after_the_renewal_by_another_logs_in_no_more(self, wire: WireServer) -> None:
        arrived, renewed, logins = threading.Event(), threading.Event(), itertools.count(1)

        def respond(connection: socket.socket, head: bytes) -> None:
            for request in itertools.chain([head], requests_on(connection)):
                if b"/auth/token" in request:
                    token = f'{{"access_token": "token-{next(logins)}"}}'
                    connection.sendall(answer(token, "201 Created"))
                elif b"token-2" in request:
                    renewed.set()
                    connection.sendall(EMPTY)
                else:
                    if b"limit=2" in request:
                        arrived.set()
                        renewed.wait(60)
                    connection.sendall(answer("{}", "401 Unauthorized"))

        wire.answers = [respond]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2", username="u", password="p")) as api_client:
            late = XComApi(api_client).get_xcom_entries(*IDS[:3], limit=2, async_req=True)
            assert arrived.wait(60)
            XComApi(api_client).get_xcom_entries(*IDS[:3], limit=1)
            assert late.get(60).total_entries == 0
        assert next(logins) == 3

    def test_a_token_is_renewed_before_it_expires(self, wire: WireServer) -> None:
        tokens = [answer(json.dumps({"access_token": jwt(iat=0, exp=exp)}), "201 Created") for exp in (0.2, 3600)]
        wire.answers = [tokens[0], EMPTY, tokens[1], EMPTY]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2", username="u", password="p")) as api_client:
            for pause in (0.25, 0, 0):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
                time.sleep(pause)
        assert [target == "/auth/token" for target in wire.targets] == [True, False, True, False, False]

    def test_a_user_who_may_not_read_is_not_logged_in_again(self, server: EmbeddedAirflow) -> None:
        with client(server) as api_client:
            api_client.configuration.username = "nobody"
            for _ in range(3):
                with pytest.raises(ForbiddenException):
                    XComApi(api_client).get_xcom_entry(*IDS)
        assert logins(server) == 1

    def test_a_wrong_password(self, server: EmbeddedAirflow) -> None:
        with client(server) as api_client:
            api_client.configuration.password = "wr0ng"
            with pytest.raises(UnauthorizedException, match="Invalid credentials") as caught:
                XComApi(api_client).get_xcom_entry(*IDS)
        assert "Request: POST" in str(caught.value)
        assert logins(server) == 1

    def test_never_in_a_loop(self, wire: WireServer) -> None:
        token = answer('{"access_token": "a.b.c"}', "201 Created")
        refusal = answer('{"detail": "Invalid JWT token"}', "403 Forbidden")
        wire.answers = [token, refusal, token, refusal]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2", username="u", password="p")) as api_client:
            with pytest.raises(ForbiddenException, match="Invalid JWT token"):
                XComApi(api_client).get_xcom_entry(*IDS)
        assert len(wire.requests) == 4

    def test_another_response_hints_at_single_sign_on(self, wire: WireServer) -> None:
        def check(response: bytes) -> None:
            wire.answers = [response]
            with ApiClient(Configuration(host=f"{wire.url}/api/v2", username="u", password="p")) as api_client:
                with pytest.raises(ApiException, match=r"single sign-on|access_token must be a str"):
                    XComApi(api_client).get_xcom_entry(*IDS)

        tokens = [answer(body, "201 Created") for body in ("{}", "[]", '{"access_token": 7}')]
        redirect = answer("", "302 Found", Location="https://sso.example/")
        check_each([*tokens, answer("<html>", "200 OK"), answer("", "404 Not Found"), redirect], check)


class TestDiscovery:
    """Requests for the version find the API."""

    def test_sends_a_token(self, wire: WireServer) -> None:
        """A proxy in front of Airflow may want it."""
        for token in ("t0ken", lambda: "t0ken"):
            wire.requests.clear()
            wire.answers = [answer('{"version": "3.3.2"}'), EMPTY]
            with ApiClient(Configuration(host=wire.url, access_token=token)) as api_client:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert [wire.header("Authorization", i) for i in range(2)] == ["Bearer t0ken"] * 2

    def test_sends_no_password(self, wire: WireServer) -> None:
        wire.answers = [answer("", "401 Unauthorized")]
        with ApiClient(Configuration(host=wire.url, username="u", password="p")) as api_client:
            with pytest.raises(UnauthorizedException, match="/api/v2/version"):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert wire.header("Authorization") is None

    def test_tries_the_next_path_if_a_proxy_refuses_one(self, wire: WireServer) -> None:
        wire.answers = [answer("", "403 Forbidden"), answer('{"version": "2.11.2"}'), EMPTY]
        with ApiClient(Configuration(host=wire.url)) as api_client:
            XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert api_client.get_server_version() == "2.11.2"

    def test_fails_without_an_airflow(self, wire: WireServer) -> None:
        def check(body: str) -> None:
            wire.requests.clear()
            wire.answers = [answer(body)]
            with ApiClient(Configuration(host=wire.url)) as api_client:
                with pytest.raises(UnexpectedContentException, match="no Airflow API was found") as caught:
                    XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert wire.targets == ["/api/v2/version", "/api/v1/version"]
            assert f"GET {wire.url}/api/v1/version → 200" in str(caught.value)

        check_each(["", "[]", '{"version": 7}', '{"no": "version"}', "<html>Airflow</html>", "null"], check)

    def test_is_not_needed_if_the_host_names_the_api(self, wire: WireServer) -> None:
        wire.answers = [EMPTY]
        for prefix in ("/api/v1", "/api/v2", "/team-a/airflow/api/v2", "/api/v1/"):
            with ApiClient(Configuration(host=wire.url + prefix)) as api_client:
                XComApi(api_client).get_xcom_entries("d", "r", "t")
            assert wire.targets[-1] == f"{prefix.rstrip('/')}/dags/d/dagRuns/r/taskInstances/t/xcomEntries"
        assert len(wire.requests) == 4

    def test_is_repeated_after_a_failure(self, wire: WireServer) -> None:
        wire.answers = [answer("", "502 Bad Gateway")] * 2 + [answer('{"version": "3.0.6"}'), EMPTY]
        configuration = Configuration(host=wire.url)
        configuration.retries = 0
        with ApiClient(configuration) as api_client:
            for _ in range(2):
                with pytest.raises(ApiException, match="502"):
                    XComApi(api_client).get_xcom_entries(*IDS[:3])
            XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert api_client.get_server_version() == "3.0.6"


class TestSuppliedToken:
    def configuration(self, wire: WireServer, supplier: Any) -> Configuration:
        configuration = Configuration(host=f"{wire.url}/api/v2", access_token=supplier)
        configuration.retries = 0
        return configuration

    def test_is_reused(self, wire: WireServer) -> None:
        wire.answers = [EMPTY]
        tokens = ["t0ken"]
        with ApiClient(self.configuration(wire, tokens.pop)) as api_client:
            for _ in range(3):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert wire.header("Authorization") == "Bearer t0ken"

    def test_is_requested_again_once_if_refused(self, wire: WireServer) -> None:
        wire.answers = [answer('{"detail": "Token Expired"}', "401 Unauthorized")]
        tokens = iter(["one", "two", "three"])
        with ApiClient(self.configuration(wire, lambda: next(tokens))) as api_client:
            with pytest.raises(UnauthorizedException, match="Token Expired"):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert [wire.header("Authorization", i) for i in range(len(wire.requests))] == ["Bearer one", "Bearer two"]

    def test_is_requested_again_before_it_expires(self, wire: WireServer) -> None:
        wire.answers = [EMPTY]
        tokens = [jwt(iat=0, exp=0.2), jwt(iat=0, exp=3600)]
        with ApiClient(self.configuration(wire, lambda: tokens.pop(0))) as api_client:
            XComApi(api_client).get_xcom_entries(*IDS[:3])
            time.sleep(0.25)
            XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert tokens == []

    def test_errors_of_the_supplier_become_ours(self, wire: WireServer) -> None:
        def check(supplied: Any) -> None:
            def supplier() -> Any:
                if isinstance(supplied, Exception):
                    raise supplied
                return supplied

            with ApiClient(self.configuration(wire, supplier)) as api_client:
                with pytest.raises(UnauthorizedException, match=r"access_token\(\) failed") as caught:
                    XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert caught.value.__cause__ is not None

        check_each([RuntimeError("vault is sealed"), None, 7, "a\nb"], check)
        assert wire.requests == []


@pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
class TestSessionLogin:
    def test_is_renewed_when_the_session_expires(self, version: str) -> None:
        with airflow(version, auth="session") as server, client(server, "session") as api_client:
            for expected in (1, 2, 3):
                assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1
                assert logins(server) == expected
                server.expire_sessions()

    def test_a_user_who_may_not_read_is_not_logged_in_again(self, version: str) -> None:
        with airflow(version, auth="session") as server, client(server, "session") as api_client:
            api_client.configuration.username = "nobody"
            for _ in range(3):
                with pytest.raises(ForbiddenException):
                    XComApi(api_client).get_xcom_entry(*IDS)
        assert logins(server) == 1

    def test_a_wrong_password_differs_from_a_missing_form(self, version: str) -> None:
        with airflow(version, auth="session") as server, client(server, "session") as api_client:
            api_client.configuration.password = "wr0ng"
            with pytest.raises(UnauthorizedException, match="did not accept user name and password"):
                XComApi(api_client).get_xcom_entry(*IDS)

    def test_a_cookie_of_the_user_is_sent_too(self, version: str) -> None:
        with airflow(version, auth="session") as server, client(server, "session") as api_client:
            api_client.set_default_header("Cookie", "sticky=yes")
            assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1


FORM = """<form><input id="csrf_token" name="csrf_token" type="hidden" value="a&amp;b">
<input name="username"><input name="password" type="password"></form>"""


class TestLoginForm:
    def configuration(self, wire: WireServer, login: str = "session") -> Configuration:
        configuration = Configuration(host=f"{wire.url}/team-a/airflow/api/v1", username="u", password="p&q")
        configuration.login, configuration.retries = login, 0
        return configuration

    def test_is_filled_in(self, wire: WireServer) -> None:
        wire.answers = [
            answer(
                FORM,
                Content_Type="text/html",
                Set_Cookie="session=before; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            ),
            answer("", "302 FOUND", Location="/team-a/airflow/home", Set_Cookie="session=after; HttpOnly"),
            EMPTY,
        ]
        with ApiClient(self.configuration(wire)) as api_client:
            XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert wire.targets[:2] == ["/team-a/airflow/login/"] * 2
        assert wire.header("Cookie", 1) == "session=before"
        assert wire.header("Referer", 1) == f"{wire.url}/team-a/airflow/login/"
        assert wire.requests[1].endswith(b"username=u&password=p%26q&csrf_token=a%26b")
        assert wire.header("Cookie", 2) == "session=after"
        assert wire.header("Authorization", 2) is None

    def test_is_sent_with_the_headers_of_the_user(self, wire: WireServer) -> None:
        wire.answers = [
            answer(FORM, Set_Cookie="session=before"),
            answer("", "302 FOUND", Location="/home", Set_Cookie="session=after"),
            answer("", "403 FORBIDDEN"),
            answer(FORM, Set_Cookie="session=other"),
            answer(FORM, Set_Cookie="session=other"),
            answer("", "302 FOUND", Location="/home", Set_Cookie="session=last"),
            EMPTY,
        ]
        with ApiClient(self.configuration(wire), cookie="sticky=yes") as api_client:
            api_client.user_agent = "mine/1"
            XComApi(api_client).get_xcom_entries(*IDS[:3])
        cookies = ["", "session=before", "session=after", "session=after", "", "session=other", "session=last"]
        expected = ["; ".join(filter(None, ["sticky=yes", cookie])) for cookie in cookies]
        assert [wire.header("Cookie", i) for i in range(7)] == expected
        assert {wire.header("User-Agent", i) for i in range(7)} == {"mine/1"}

    def test_that_is_missing(self, wire: WireServer) -> None:
        def check(page: bytes) -> None:
            wire.requests.clear()
            wire.answers = [page]
            with ApiClient(self.configuration(wire)) as api_client:
                with pytest.raises(UnexpectedContentException, match="there is no login form") as caught:
                    XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert "single sign-on" in str(caught.value)
            assert wire.targets.count("/team-a/airflow/login/") == 1

        check_each(
            [
                answer("<html>Sign in with SSO</html>"),
                answer('<input name="csrf_token" value="x">'),
                answer('<input name="csrf_token"><input name="password">'),
                answer("", "404 NOT FOUND"),
                answer("", "302 FOUND", Location="https://sso.example/"),
            ],
            check,
        )

    def test_that_is_refused(self, wire: WireServer) -> None:
        for words, is_lost in (("The CSRF tokens do not match.", True), ("Malformed request", False)):
            wire.answers = [answer(FORM), answer(words, "400 BAD REQUEST")]
            with ApiClient(self.configuration(wire)) as api_client, pytest.raises(ApiException, match=words) as caught:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert ("does not know the login page" in str(caught.value)) == is_lost

    def test_that_is_rate_limited(self, wire: WireServer) -> None:
        wire.answers = [answer(FORM), answer("5 per 40 second", "429 TOO MANY REQUESTS")]
        with ApiClient(self.configuration(wire)) as api_client:
            with pytest.raises(ApiException, match="5 logins per 40 s") as caught:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert caught.value.status == 429

    def test_without_it_basic_is_used(self, wire: WireServer) -> None:
        wire.answers = [EMPTY, answer("<html>SSO</html>"), EMPTY]
        with ApiClient(self.configuration(wire, "auto")) as api_client:
            for _ in range(3):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert [target.rpartition("airflow")[2][:8] for target in wire.targets] == [
            "/api/v1/",
            "/login/",
            "/api/v1/",
            "/api/v1/",
        ]
        assert wire.header("Authorization") is not None

    def test_that_stalls_takes_half_the_time_of_a_call_that_works_without(self, wire: WireServer) -> None:
        released = threading.Event()
        wire.answers = [EMPTY, lambda connection, head: released.wait(60), EMPTY]
        with ApiClient(self.configuration(wire, "auto")) as api_client:
            for _ in range(3):
                XComApi(api_client).get_xcom_entries(*IDS[:3], _request_timeout=1.2)
        released.set()
        assert [target for target in wire.targets if "/login/" in target] == wire.targets[1:2]
        assert wire.header("Authorization") is not None

    def test_that_cannot_be_reached_is_tried_again_later(
        self, wire: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airflow_client.xcom.core.web_login._FORM_RETRY_DELAY", 0)
        wire.answers = [
            EMPTY,
            lambda connection, head: None,  # like a connection idle for too long: it is tried again
            lambda connection, head: None,
            EMPTY,
            answer(FORM),
            answer("", "302 FOUND", Location="/home"),
            EMPTY,
        ]
        with ApiClient(self.configuration(wire, "auto")) as api_client:
            for _ in range(3):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert len(wire.requests) == 7
        assert wire.header("Authorization") is None


class TestBasicThenSession:
    @pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
    def test_a_single_call_uses_basic(self, version: str) -> None:
        with airflow(version, auth="basic,session") as server, client(server) as api_client:
            XComApi(api_client).get_xcom_entry(*IDS)
        assert logins(server) == 0

    @pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
    def test_more_calls_use_a_session(self, version: str) -> None:
        with airflow(version, auth="basic,session") as server, client(server) as api_client:
            for _ in range(10):
                XComApi(api_client).get_xcom_entry(*IDS)
        assert logins(server) == 1
        assert len(server.requests) == 2 + 2 + 10

    def test_if_basic_is_refused_a_session_is_used_at_once(self) -> None:
        with airflow("2.11.2", auth="session") as server, client(server) as api_client:
            assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1
        assert logins(server) == 1

    def test_if_sessions_are_refused_basic_stays_in_use(self) -> None:
        with airflow("2.10.5", auth="basic") as server, client(server) as api_client:
            for _ in range(10):
                assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1
        assert logins(server) <= 1
        assert len(server.requests) <= 2 + 2 + 10 + 1


@pytest.mark.parametrize("login", [None, "session"])
def test_a_login_page_of_another_server_is_named(wire: WireServer, login: Optional[str]) -> None:
    """As behind a balancer of servers with different secrets; the password was not looked at."""
    page = answer("<p>The CSRF session token is missing.</p>", "400 BAD REQUEST", Content_Type="text/html")
    basic = [] if login else [answer('{"title": "Forbidden", "status": 403}', "403 FORBIDDEN")]
    wire.answers = [*basic, answer(FORM, Content_Type="text/html"), page]
    settings = Configuration(host=wire.url + "/api/v1", username="u", password="p", retries=0, login=login)
    with ApiClient(settings) as client, pytest.raises(ApiException, match="have different secrets") as caught:
        XComApi(client).get_xcom_entry("d", "r", "t", "k")
    assert caught.value.status == 400
    assert "check username" not in str(caught.value)


class TestPasswordFromFunction:
    """A function as password is called once, when a login needs it."""

    @pytest.mark.parametrize(("version", "login"), [("3.3.2", None), ("2.11.2", None), ("2.11.2", "basic")])
    def test_is_called_once(self, version: str, login: Any) -> None:
        calls: list[int] = []

        def password() -> str:
            calls.append(1)
            return "pa55word"

        with airflow(version) as server:
            configuration = Configuration(host=server.base_url, username="admin", password=password, login=login)
            assert configuration.has_credentials
            with ApiClient(configuration) as api_client:
                assert calls == []
                for _ in range(3):
                    assert XComApi(api_client).get_xcom_entry(*IDS).key == "key"
                assert len(calls) == 1
                server.revoke_tokens()
                server.expire_sessions()
                XComApi(api_client).get_xcom_entry(*IDS)
            assert len(calls) == 1
        assert configuration.get_basic_auth_token() == "Basic YWRtaW46cGE1NXdvcmQ="

    def test_that_fails_refuses_the_login(self) -> None:
        def password() -> str:
            raise LookupError("the vault is sealed")

        with airflow("3.3.2") as server:
            configuration = Configuration(host=server.base_url, username="admin", password=password)
            with ApiClient(configuration) as api_client:
                with pytest.raises(UnauthorizedException, match="the vault is sealed") as caught:
                    XComApi(api_client).get_xcom_entry(*IDS)
                assert caught.value.is_login_refusal
                configuration.password = lambda: 1  # type: ignore[assignment,return-value]
                with pytest.raises(ApiTypeError, match=r"password\(\) must return a str, not int"):
                    XComApi(api_client).get_xcom_entry(*IDS)
            assert logins(server) == 0
