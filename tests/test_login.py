"""Logins: once for all threads, renewed in time and once on a refusal, never in a loop, and no secret shown."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    Configuration,
    ForbiddenException,
    TimeoutException,
    UnauthorizedException,
    UnexpectedContentException,
    XComApi,
)
from airflow_client.xcom.core.auth import token_life
from tests.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task", "key")
EMPTY = answer('{"xcom_entries": [], "total_entries": 0}')


def airflow(version: str, **options: Any) -> EmbeddedAirflow:
    server = EmbeddedAirflow(version, **options)
    server.add_user("admin", "pa55word")
    server.add_user("nobody", "pa55word", "Public")
    server.add_xcom(*IDS, 1)
    return server


def client(server: EmbeddedAirflow, login: Any = None, **keywords: Any) -> ApiClient:
    configuration = Configuration(host=server.base_url, username="admin", password="pa55word", **keywords)
    configuration.login = login
    return ApiClient(configuration)


def jwt(**claims: Any) -> str:
    def part(data: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS512'})}.{part(claims)}.signature"


def logins(server: EmbeddedAirflow) -> int:
    return sum(request in (("POST", "/auth/token"), ("POST", "/login/")) for request in server.requests)


class TestTokenLogin:
    @pytest.fixture
    def server(self) -> Iterator[EmbeddedAirflow]:
        with airflow("3.3.2") as server:
            yield server

    def test_one_login_serves_all_calls(self, server: EmbeddedAirflow) -> None:
        with client(server) as api_client:
            for _ in range(5):
                assert XComApi(api_client).get_xcom_entry(*IDS).value == 1
        assert logins(server) == 1

    def test_one_login_serves_all_threads(self, server: EmbeddedAirflow) -> None:
        start = threading.Barrier(16)

        def call(api_client: ApiClient, came: list[Any]) -> None:
            start.wait()
            came.append(XComApi(api_client).get_xcom_entry(*IDS).value)

        came: list[Any] = []
        with client(server) as api_client:
            threads = [threading.Thread(target=call, args=(api_client, came)) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert came == [1] * 16
        assert logins(server) == 1
        assert server.requests.count(("GET", "/api/v2/version")) == 1

    def test_a_token_that_is_revoked_is_renewed_once(self, server: EmbeddedAirflow) -> None:
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

    def test_a_token_is_renewed_before_it_expires(self) -> None:
        with airflow("3.3.2", token_lifetime=1.0) as server, client(server) as api_client:
            api = XComApi(api_client)
            stop = time.monotonic() + 2.5
            while time.monotonic() < stop:
                assert api.get_xcom_entry(*IDS).value == 1
                time.sleep(0.02)
        assert 3 <= logins(server) <= 4

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
        assert "wr0ng" not in str(caught.value)
        assert "Request: POST" in str(caught.value)
        assert logins(server) == 1

    def test_threads_that_wait_for_a_login_share_its_refusal(self, server: EmbeddedAirflow) -> None:
        refusals: list[Exception] = []

        def call(api: XComApi) -> None:
            try:
                api.get_xcom_entry(*IDS)
            except UnauthorizedException as error:
                refusals.append(error)

        with client(server) as api_client:
            api_client.configuration.password = "wr0ng"
            with api_client._locks["login"]:  # so that all are waiting when the first is let in
                threads = [threading.Thread(target=call, args=(XComApi(api_client),)) for _ in range(8)]
                for thread in threads:
                    thread.start()
                time.sleep(0.3)
            for thread in threads:
                thread.join()
            assert len(refusals) == 8
            assert logins(server) == 1
        assert len(refusals) == 8

    def test_never_in_a_loop(self, wire: WireServer) -> None:
        token = answer('{"access_token": "a.b.c"}', "201 Created")
        refusal = answer('{"detail": "Invalid JWT token"}', "403 Forbidden")
        wire.answers = [token, refusal, token, refusal]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2", username="u", password="p")) as api_client:
            with pytest.raises(ForbiddenException, match="Invalid JWT token"):
                XComApi(api_client).get_xcom_entry(*IDS)
        assert len(wire.requests) == 4

    @pytest.mark.parametrize(
        "said",
        [
            answer("{}", "201 Created"),
            answer("[]", "201 Created"),
            answer("<html>", "200 OK"),
            answer('{"access_token": 7}', "201 Created"),
            answer("", "404 Not Found"),
            answer("", "302 Found", Location="https://sso.example/"),
        ],
    )
    def test_a_site_that_logs_in_by_other_means(self, wire: WireServer, said: bytes) -> None:
        wire.answers = [said]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2", username="u", password="p")) as api_client:
            with pytest.raises(ApiException, match=r"single sign-on|access_token must be a str"):
                XComApi(api_client).get_xcom_entry(*IDS)

    def test_a_login_that_waits_has_an_end(self, wire: WireServer) -> None:
        released = threading.Event()
        wire.answers = [lambda connection, head: released.wait(10)]
        configuration = Configuration(host=f"{wire.url}/api/v2", username="u", password="p")
        configuration.retries = 0
        with ApiClient(configuration, pool_threads=2) as api_client:
            calls = [XComApi(api_client).get_xcom_entry(*IDS, _request_timeout=0.4, async_req=True) for _ in range(2)]
            for call in calls:
                with pytest.raises(TimeoutException):
                    call.get(5)
            released.set()


class TestSearchForTheApi:
    """A proxy in front of Airflow that wants a token lets nobody ask for the version without one."""

    @pytest.mark.parametrize("token", ["t0ken", lambda: "t0ken"])
    def test_is_signed_by_a_token(self, wire: WireServer, token: Any) -> None:
        wire.answers = [answer('{"version": "3.3.2"}'), EMPTY]
        with ApiClient(Configuration(host=wire.url, access_token=token)) as api_client:
            XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert [wire.header("Authorization", i) for i in range(2)] == ["Bearer t0ken"] * 2

    def test_shows_no_password(self, wire: WireServer) -> None:
        wire.answers = [answer("", "401 Unauthorized")]
        with ApiClient(Configuration(host=wire.url, username="u", password="p")) as api_client:
            with pytest.raises(UnauthorizedException, match="/api/v2/version"):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert wire.header("Authorization") is None

    def test_goes_on_where_a_proxy_refuses_a_path(self, wire: WireServer) -> None:
        wire.answers = [answer("", "403 Forbidden"), answer('{"version": "2.11.2"}'), EMPTY]
        with ApiClient(Configuration(host=wire.url)) as api_client:
            XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert api_client.get_server_version() == "2.11.2"

    @pytest.mark.parametrize("body", ["", "[]", '{"version": 7}', '{"no": "version"}', "<html>Airflow</html>", "null"])
    def test_finds_nothing_where_there_is_no_airflow(self, wire: WireServer, body: str) -> None:
        wire.answers = [answer(body)]
        with ApiClient(Configuration(host=wire.url)) as api_client:
            with pytest.raises(UnexpectedContentException, match="no Airflow API was found") as caught:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert wire.targets == ["/api/v2/version", "/api/v1/version"]
        assert f"GET {wire.url}/api/v1/version → 200" in str(caught.value)

    def test_is_not_done_where_the_api_is_named(self, wire: WireServer) -> None:
        wire.answers = [EMPTY]
        for prefix in ("/api/v1", "/api/v2", "/team-a/airflow/api/v2", "/api/v1/"):
            with ApiClient(Configuration(host=wire.url + prefix)) as api_client:
                XComApi(api_client).get_xcom_entries("d", "r", "t")
            assert wire.targets[-1] == f"{prefix.rstrip('/')}/dags/d/dagRuns/r/taskInstances/t/xcomEntries"
        assert len(wire.requests) == 4

    def test_is_tried_again_after_it_failed(self, wire: WireServer) -> None:
        wire.answers = [answer("", "502 Bad Gateway")] * 2 + [answer('{"version": "3.0.6"}'), EMPTY]
        configuration = Configuration(host=wire.url)
        configuration.retries = 0
        with ApiClient(configuration) as api_client:
            for _ in range(2):
                with pytest.raises(ApiException, match="502"):
                    XComApi(api_client).get_xcom_entries(*IDS[:3])
            XComApi(api_client).get_xcom_entries(*IDS[:3])
            assert api_client.get_server_version() == "3.0.6"


class TestTokenLife:
    def test_is_what_the_server_s_clock_says(self) -> None:
        for now in (0, time.time(), time.time() - 86400 * 365):  # whatever time it is here
            assert token_life(jwt(iat=now, exp=now + 3600)) == 3600

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "a.b",
            "a.b.c",
            "not a token",
            jwt(),
            jwt(exp=1),
            jwt(iat="a", exp="b"),
            jwt(iat=2, exp=1),
            "a.W10.c",
            "é.é.é",
        ],
    )
    def test_is_unknown_where_it_is_not_told(self, token: str) -> None:
        assert token_life(token) is None


class TestSuppliedToken:
    def configuration(self, wire: WireServer, supply: Any) -> Configuration:
        configuration = Configuration(host=f"{wire.url}/api/v2", access_token=supply)
        configuration.retries = 0
        return configuration

    def test_is_asked_for_once(self, wire: WireServer) -> None:
        wire.answers = [EMPTY]
        asked: list[int] = []

        def supply() -> str:
            asked.append(1)
            return "t0ken"

        with ApiClient(self.configuration(wire, supply)) as api_client:
            for _ in range(3):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert len(asked) == 1
        assert wire.header("Authorization") == "Bearer t0ken"

    def test_is_asked_for_again_when_it_is_refused_once(self, wire: WireServer) -> None:
        wire.answers = [answer('{"detail": "Token Expired"}', "401 Unauthorized")]
        tokens = iter(["one", "two", "three"])
        with ApiClient(self.configuration(wire, lambda: next(tokens))) as api_client:
            with pytest.raises(UnauthorizedException, match="Token Expired"):
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert [wire.header("Authorization", i) for i in range(len(wire.requests))] == ["Bearer one", "Bearer two"]

    def test_is_asked_for_again_before_it_expires(self, wire: WireServer) -> None:
        wire.answers = [EMPTY]
        tokens = [jwt(iat=0, exp=0.2), jwt(iat=0, exp=3600)]
        with ApiClient(self.configuration(wire, lambda: tokens.pop(0))) as api_client:
            XComApi(api_client).get_xcom_entries(*IDS[:3])
            time.sleep(0.25)
            XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert tokens == []

    @pytest.mark.parametrize("supplied", [RuntimeError("vault is sealed"), None, 7, "a\nb"])
    def test_that_fails_is_one_of_our_exceptions(self, wire: WireServer, supplied: Any) -> None:
        def supply() -> Any:
            if isinstance(supplied, Exception):
                raise supplied
            return supplied

        with ApiClient(self.configuration(wire, supply)) as api_client:
            with pytest.raises(UnauthorizedException, match=r"access_token\(\) failed") as caught:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert caught.value.__cause__ is not None
        assert wire.requests == []


@pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
class TestSessionLogin:
    def test_one_login_serves_all_calls(self, version: str) -> None:
        with airflow(version, auth="session") as server, client(server, "session") as api_client:
            for _ in range(3):
                assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1
        assert logins(server) == 1

    def test_is_renewed_when_it_runs_out(self, version: str) -> None:
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

    def test_a_wrong_password_is_told_from_a_missing_form(self, version: str) -> None:
        with airflow(version, auth="session") as server, client(server, "session") as api_client:
            api_client.configuration.password = "wr0ng"
            with pytest.raises(UnauthorizedException, match="did not accept user name and password") as caught:
                XComApi(api_client).get_xcom_entry(*IDS)
            assert "wr0ng" not in str(caught.value)

    def test_a_cookie_of_the_user_s_goes_along(self, version: str) -> None:
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

    def test_goes_with_the_user_s_own_headers(self, wire: WireServer) -> None:
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

    @pytest.mark.parametrize(
        "page",
        [
            answer("<html>Sign in with SSO</html>"),
            answer('<input name="csrf_token" value="x">'),
            answer("", "404 NOT FOUND"),
            answer("", "302 FOUND", Location="https://sso.example/"),
        ],
    )
    def test_that_is_missing(self, wire: WireServer, page: bytes) -> None:
        wire.answers = [page]
        with ApiClient(self.configuration(wire)) as api_client:
            with pytest.raises(UnexpectedContentException, match="there is no login form") as caught:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert "single sign-on" in str(caught.value)
        assert len(wire.requests) == 1

    def test_that_is_refused(self, wire: WireServer) -> None:
        wire.answers = [answer(FORM), answer("The CSRF tokens do not match.", "400 BAD REQUEST")]
        with ApiClient(self.configuration(wire)) as api_client, pytest.raises(ApiException, match="CSRF tokens"):
            XComApi(api_client).get_xcom_entries(*IDS[:3])

    def test_that_is_asked_too_often(self, wire: WireServer) -> None:
        wire.answers = [answer(FORM), answer("5 per 40 second", "429 TOO MANY REQUESTS")]
        with ApiClient(self.configuration(wire)) as api_client:
            with pytest.raises(ApiException, match="5 logins per 40 s") as caught:
                XComApi(api_client).get_xcom_entries(*IDS[:3])
        assert caught.value.status == 429

    def test_that_is_missing_leaves_basic(self, wire: WireServer) -> None:
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

    def test_that_stalls_takes_half_of_a_call_that_can_do_without(self, wire: WireServer) -> None:
        wire.answers = [EMPTY, lambda connection, head: time.sleep(2), EMPTY]
        with ApiClient(self.configuration(wire, "auto")) as api_client:
            for _ in range(3):
                XComApi(api_client).get_xcom_entries(*IDS[:3], _request_timeout=1.0)
        assert [target for target in wire.targets if "/login/" in target] == wire.targets[1:2]
        assert wire.header("Authorization") is not None

    def test_that_is_not_reached_leaves_basic_for_now(self, wire: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("airflow_client.xcom.core.web_login._FORM_RETRY_DELAY", 0)
        wire.answers = [
            EMPTY,
            lambda connection, head: None,  # as if it had been idle for too long: it is tried again
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
    def test_a_single_call_goes_by_basic(self, version: str) -> None:
        with airflow(version, auth="basic,session") as server, client(server) as api_client:
            XComApi(api_client).get_xcom_entry(*IDS)
        assert logins(server) == 0

    @pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
    def test_more_go_by_a_session(self, version: str) -> None:
        with airflow(version, auth="basic,session") as server, client(server) as api_client:
            for _ in range(10):
                XComApi(api_client).get_xcom_entry(*IDS)
        assert logins(server) == 1
        assert len(server.requests) == 2 + 2 + 10

    def test_where_basic_is_refused_a_session_is_tried_at_once(self) -> None:
        with airflow("2.11.2", auth="session") as server, client(server) as api_client:
            assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1
        assert logins(server) == 1

    def test_where_sessions_are_not_accepted_basic_goes_on(self) -> None:
        with airflow("2.10.5", auth="basic") as server, client(server) as api_client:
            for _ in range(10):
                assert XComApi(api_client).get_xcom_entry(*IDS, stringify=False).value == 1
        assert logins(server) <= 1
        assert len(server.requests) <= 2 + 2 + 10 + 1

    @pytest.mark.parametrize("auth", ["basic", "session", "basic,session"])
    @pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
    def test_a_wrong_password_is_tried_once_each_way(self, version: str, auth: str) -> None:
        with airflow(version, auth=auth) as server, client(server) as api_client:
            api_client.configuration.password = "wr0ng"
            for _ in range(3):
                with pytest.raises(ApiException) as caught:
                    XComApi(api_client).get_xcom_entry(*IDS)
                assert caught.value.status == (401 if version == "2.10.5" else 403)
        assert logins(server) == 1

    def test_threads(self) -> None:
        with airflow("2.11.2", auth="basic,session") as server, client(server) as api_client:
            api = XComApi(api_client)
            threads = [threading.Thread(target=api.get_xcom_entry, args=IDS) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert logins(server) == 1
        assert len([target for _, target in server.requests if "/xcomEntries/" in target]) == 12


def test_nothing_of_a_login_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for version, auth in (("3.3.2", "simple"), ("2.11.2", "session")):
        with airflow(version, auth=auth) as server, client(server) as api_client:
            XComApi(api_client).get_xcom_entry(*IDS)
            shown = f"{vars(api_client)} {api_client!r} {api_client.configuration!r} {vars(api_client.configuration)}"
            assert "pa55word" not in shown
            assert "Bearer" not in shown
            assert "session=" not in shown
    assert "pa55word" not in caplog.text
    assert "Bearer" not in caplog.text
