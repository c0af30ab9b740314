"""A refused login is not repeated by each thread and call: that locks accounts."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ForbiddenException,
    UnauthorizedException,
    XComApi,
)
from airflow_client.xcom.core import auth
from tests.client.test_login import FORM, IDS, airflow, logins
from tests.support.cases import check_each
from tests.support.tokens import jwt
from tests.support.wire_server import WireServer, answer, entry

CLIENTS = ["blocking", "asyncio"]
REFUSED = answer('{"detail": null, "status": 401, "title": "Unauthorized"}', "401 Unauthorized")
FROM_PROXY = answer("<h1>Gateway</h1>", "401 Unauthorized")
TOKEN = answer('{"access_token": "a.b.c"}', "201 Created")
KEY = entry("key")


def configuration(server: Any, login: Any = None, password: str = "wr0ng") -> Configuration:
    result = Configuration(host=server.base_url, username="admin", password=password)
    result.login = login
    return result


def sent(server: EmbeddedAirflow) -> tuple[int, int]:
    """Return the number of logins that the server received, and of API requests that need credentials."""
    return logins(server), sum("/xcomEntries" in request.path for request in server.requests)


def storm(client: str, configuration: Configuration, threads: int, calls: int) -> list[ApiException]:
    """Make so many calls in so many threads or tasks of one client; return the failures."""
    failures: list[ApiException] = []
    if client == "blocking":
        with ApiClient(configuration) as api_client:

            def work() -> None:
                for _ in range(calls // threads):
                    try:
                        XComApi(api_client).get_xcom_entry(*IDS)
                    except ApiException as error:
                        failures.append(error)

            workers = [threading.Thread(target=work) for _ in range(threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        return failures

    async def run() -> None:
        async with AsyncApiClient(configuration) as api_client:

            async def work() -> None:
                for _ in range(calls // threads):
                    try:
                        await AsyncXComApi(api_client).get_xcom_entry(*IDS)
                    except ApiException as error:
                        failures.append(error)

            await asyncio.gather(*(work() for _ in range(threads)))

    asyncio.run(run())
    return failures


@pytest.mark.parametrize("client", CLIENTS)
class TestWrongPassword:
    """Eight threads make 24 calls."""

    def test_is_sent_once(self, client: str) -> None:
        def check(case: tuple[str, str, Any, tuple[int, int]]) -> None:
            version, auth, login, expected = case
            with airflow(version, auth=auth) as server:
                failures = storm(client, configuration(server, login), 8, 24)
                assert sent(server) == expected
            assert len(failures) == 24
            assert all(error.status in (401, 403) for error in failures)
            again = [error for error in failures if "no request was sent" in str(error)]
            assert len(again) == 23
            for error in again:
                assert "is tried again after" in str(error)
                assert "wr0ng" not in str(error)
                assert error.__cause__ is not None

        check_each(
            [
                ("3.3.2", "simple", None, (1, 0)),
                ("3.3.2", "fab", None, (1, 0)),
                ("2.11.2", "session", None, (1, 1)),
                ("2.10.5", "session", None, (1, 1)),
                ("2.11.2", "basic,session", None, (1, 1)),
                ("2.10.5", "basic,session", None, (1, 1)),
                ("2.11.2", "basic", None, (1, 1)),
                ("2.10.5", "basic", None, (1, 1)),
                ("2.11.2", "session", "session", (1, 0)),
                ("2.11.2", "basic", "basic", (1, 1)),
                ("2.10.5", "basic", "basic", (1, 1)),
            ],
            check,
        )

    def test_a_correct_one_is_not_delayed(self, client: str) -> None:
        with airflow("2.11.2", auth="basic,session") as server:
            assert storm(client, configuration(server, password="pa55word"), 8, 24) == []
            assert sent(server) == (1, 24)


class TestRemembered:
    @pytest.fixture
    def server(self) -> Iterator[EmbeddedAirflow]:
        with airflow("3.3.2") as server:
            yield server

    def refused(self, client: ApiClient) -> ApiException:
        with pytest.raises(UnauthorizedException) as caught:
            XComApi(client).get_xcom_entry(*IDS)
        return caught.value

    def test_until_the_credentials_change(self, server: EmbeddedAirflow) -> None:
        def check(name: str) -> None:
            server.requests.clear()
            with ApiClient(configuration(server)) as client:
                self.refused(client)
                self.refused(client)
                assert sent(server)[0] == 1
                changed = {"host": server.base_url, "login": "token", "access_token": None}
                setattr(client.configuration, name, changed.get(name, "pa55word"))
                if name == "password":
                    assert XComApi(client).get_xcom_entry(*IDS).value == 1
                else:
                    self.refused(client)
                assert sent(server)[0] == 2

        check_each(["password", "username", "access_token", "host", "login"], check)

    def test_until_the_client_is_closed(self, server: EmbeddedAirflow) -> None:
        client = ApiClient(configuration(server))
        for expected in (1, 2):
            self.refused(client)
            self.refused(client)
            assert sent(server)[0] == expected
            client.close()

    def test_for_a_minute(self, server: EmbeddedAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
        assert auth.REFUSED_SECONDS == 60
        monkeypatch.setattr(auth.CachedCredentials, "refused_seconds", 0.5)
        with ApiClient(configuration(server)) as client:
            self.refused(client)
            again = self.refused(client)
            assert re.search(r"refused \d s ago; no request was sent", str(again))
            assert again.attempts == 0
            server.add_user("admin", "wr0ng")  # an administrator sets this password
            time.sleep(0.6)
            assert XComApi(client).get_xcom_entry(*IDS).value == 1

    def test_its_message_does_not_grow(self, server: EmbeddedAirflow) -> None:
        with ApiClient(configuration(server)) as client:
            self.refused(client)
            texts = {str(self.refused(client)) for _ in range(3)}
        assert all(text.count("no request was sent") == 1 for text in texts)

    def test_a_missing_permission_is_not_a_refused_login(self) -> None:
        for version, login in (("2.11.2", "basic"), ("2.11.2", "session"), ("2.10.5", "basic"), ("3.3.2", "fab")):
            with airflow(version, auth=login) as server:
                changed = configuration(server, password="pa55word")
                changed.username = "nobody"
                with ApiClient(changed) as client:
                    for _ in range(3):
                        with pytest.raises((ForbiddenException, UnauthorizedException)) as caught:
                            XComApi(client).get_xcom_entry(*IDS)
                        if (version, login) != ("2.10.5", "session"):
                            assert "no request was sent" not in str(caught.value)
                assert sent(server)[0] == 1


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("on_error", ["skip", "yield"])
class TestPasswordChangedDuringABulkRead:
    """It ends the read: other values would fail too."""

    COUNT = 120

    def read(self, client: str, settings: Configuration, change: Callable[[], None], **options: Any) -> list[Any]:
        """Return the XComs read; the password changes after ten of them."""
        values: list[Any] = []
        ids = ("dag", IDS[1], "mapped")

        def take(xcom: Any) -> None:
            values.append(xcom)
            if len(values) == 10:
                change()

        def by_threads() -> None:
            with ApiClient(settings) as api_client:
                for xcom in XComApi(api_client).iter_xcoms(*ids, **options):
                    take(xcom)

        async def by_tasks() -> None:
            async with AsyncApiClient(settings) as api_client:
                async for xcom in AsyncXComApi(api_client).iter_xcoms(*ids, **options):
                    take(xcom)

        with pytest.raises(ApiException) as caught:
            asyncio.run(by_tasks()) if client == "asyncio" else by_threads()
        assert caught.value.status in (401, 403)
        return values

    def test_ends_it(self, client: str, on_error: str) -> None:
        def check(case: tuple[str, str, Any]) -> None:
            version, auth, login = case
            with airflow(version, auth=auth) as server:
                for index in range(self.COUNT):
                    server.push_xcom("dag", IDS[1], "mapped", "key", index, map_index=index)

                def change() -> None:
                    server.add_user("admin", "an0ther")
                    server.expire_sessions()
                    server.revoke_tokens()
                    server.requests.clear()

                settings = configuration(server, login, "pa55word")
                values = self.read(client, settings, change, max_workers=8, on_error=on_error, page_size=50)
                logins, calls = sent(server)
            assert len(values) < self.COUNT
            assert logins <= 1
            assert calls <= 30  # those in progress: two for each worker

        check_each(
            [
                ("2.11.2", "session", None),
                ("2.10.5", "basic,session", None),
                ("2.11.2", "basic", "basic"),
                ("3.3.2", "simple", None),
            ],
            check,
        )


class TestProxyThatAnswers401:
    """A 401 to correct credentials leads to one new login for the client, not for each call."""

    def client(self, wire: WireServer, path: str = "/api/v2") -> ApiClient:
        settings = Configuration(host=f"{wire.url}{path}", username="u", password="p")
        settings.retries = 0
        return ApiClient(settings)

    def test_gets_one_more_login(self, wire: WireServer) -> None:
        wire.answers = [TOKEN, FROM_PROXY, answer('{"access_token": "d.e.f"}', "201 Created"), FROM_PROXY]
        with self.client(wire) as client:
            for _ in range(5):
                with pytest.raises(UnauthorizedException):
                    XComApi(client).get_xcom_entry(*IDS)
        assert wire.targets.count("/auth/token") == 2

    def test_a_success_allows_another_login(self, wire: WireServer) -> None:
        tokens = [answer(f'{{"access_token": "{jwt(n=n)}"}}', "201 Created") for n in range(4)]
        wire.answers = [
            tokens[0],
            FROM_PROXY,
            tokens[1],
            KEY,
            FROM_PROXY,
            tokens[2],
            KEY,
            FROM_PROXY,
            tokens[3],
            FROM_PROXY,
            FROM_PROXY,
        ]
        with self.client(wire) as client:
            for _ in range(2):
                assert XComApi(client).get_xcom_entry(*IDS).value == 1
            for _ in range(3):
                with pytest.raises(UnauthorizedException):
                    XComApi(client).get_xcom_entry(*IDS)
        assert wire.targets.count("/auth/token") == 4

    def test_basic_credentials_are_used_again(self, wire: WireServer) -> None:
        wire.answers = [KEY, FROM_PROXY, FROM_PROXY, FROM_PROXY, KEY]
        with self.client(wire, "/api/v1") as client:
            client.configuration.login = "basic"
            XComApi(client).get_xcom_entry(*IDS)
            with pytest.raises(UnauthorizedException):
                XComApi(client).get_xcom_entry(*IDS)
            wire.answers = [KEY]
            assert XComApi(client).get_xcom_entry(*IDS).value == 1

    def test_ends_a_bulk_read(self, wire: WireServer) -> None:
        rows = ",".join(
            f'{{"dag_id": "dag", "run_id": "run", "task_id": "task", "key": "k", "map_index": {n}}}' for n in range(50)
        )
        for on_error in ("skip", "yield"):
            wire.requests.clear()
            wire.answers = [answer(f'{{"xcom_entries": [{rows}], "total_entries": 50}}'), FROM_PROXY]
            with ApiClient(Configuration(host=f"{wire.url}/api/v2", access_token="t")) as client:
                with pytest.raises(UnauthorizedException):
                    list(XComApi(client).iter_xcoms("dag", "run", "task", on_error=on_error))
            assert len(wire.requests) < 12


class TestBasic:
    def test_a_form_that_refuses_credentials_that_basic_accepts_does_not_count(self, wire: WireServer) -> None:
        """The form may be for other accounts."""
        page, to_login = answer(FORM), answer("", "302 FOUND", Location="/login/")
        forbidden = answer('{"title": "Forbidden", "status": 403}', "403 FORBIDDEN")
        wire.answers = [KEY, page, to_login, KEY, forbidden, KEY]
        settings = Configuration(host=wire.host, username="u", password="p")
        with ApiClient(settings) as client:
            api = XComApi(client)
            api.get_xcom_entry(*IDS)
            api.get_xcom_entry(*IDS)
            with pytest.raises(ForbiddenException):
                api.get_xcom_entry(*IDS)
            assert api.get_xcom_entry(*IDS).value == 1
        assert wire.targets.count("/login/") == 2

    def test_a_401_of_airflow_itself_is_remembered(self, wire: WireServer) -> None:
        wire.answers = [KEY, REFUSED, answer("", "404 Not Found")]
        settings = Configuration(host=wire.host, username="u", password="p")
        settings.login = "basic"
        with ApiClient(settings) as client:
            XComApi(client).get_xcom_entry(*IDS)
            for _ in range(3):
                with pytest.raises(UnauthorizedException):
                    XComApi(client).get_xcom_entry(*IDS)
        assert len([target for target in wire.targets if "/xcomEntries" in target]) == 2


class TestCookies:
    """Cookies of a load balancer are sent with those of the session."""

    def test_are_sent_with_each_call(self, wire: WireServer) -> None:
        def check(case: tuple[str, str, str]) -> None:
            of_page, of_login, expected = case
            moved = answer("", "302 FOUND", Location="/home", **({"Set_Cookie": of_login} if of_login else {}))
            wire.answers = [answer(FORM, Set_Cookie=of_page), moved, KEY]
            settings = Configuration(host=wire.host, username="u", password="p")
            settings.login = "session"
            with ApiClient(settings) as client:
                XComApi(client).get_xcom_entry(*IDS)
            assert wire.header("Cookie") == expected

        expires = "Expires=Wed, 21 Oct 2126 07:28:00 GMT"
        check_each(
            [
                ("SRV=a; Path=/, session=one; HttpOnly", f"session=two; {expires}", "SRV=a; session=two"),
                ("session=one", "SRV=b, session=two", "SRV=b; session=two"),
                ("SRV=a, session=one", "SRV=b, session=two", "SRV=b; session=two"),
                ("SRV=a, session=one", "", "SRV=a; session=one"),
                ("SRV=a, old=1, session=one", "old=; Max-Age=0, session=two", "SRV=a; session=two"),
                ("old=1, session=one", "old=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT, session=two", "session=two"),
            ],
            check,
        )
