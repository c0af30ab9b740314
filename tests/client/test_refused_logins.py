"""A login that was refused is not tried again by each thread and call: accounts are locked by that."""

from __future__ import annotations

import asyncio
import threading
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
from tests.client.test_login import FORM, IDS, airflow, jwt
from tests.support.wire_server import WireServer, answer, entry

SIDES = ["blocking", "asyncio"]
REFUSED = answer('{"detail": null, "status": 401, "title": "Unauthorized"}', "401 Unauthorized")
FRONT = answer("<h1>Gateway</h1>", "401 Unauthorized")
TOKEN = answer('{"access_token": "a.b.c"}', "201 Created")
KEY = entry("key")


def configuration(server: Any, way: Any = None, password: str = "wr0ng") -> Configuration:
    made = Configuration(host=server.base_url, username="admin", password=password)
    made.login = way
    return made


def sent(server: EmbeddedAirflow) -> tuple[int, int]:
    """How many logins the server got, and how many requests of the API that want credentials."""
    logins = sum(request in (("POST", "/auth/token"), ("POST", "/login/")) for request in server.requests)
    return logins, sum("/xcomEntries" in target for _, target in server.requests)


def storm(side: str, configuration: Configuration, threads: int, calls: int) -> list[ApiException]:
    """So many calls by so many threads or tasks of one client; they all fail."""
    failures: list[ApiException] = []
    if side == "blocking":
        with ApiClient(configuration) as client:

            def work() -> None:
                for _ in range(calls // threads):
                    try:
                        XComApi(client).get_xcom_entry(*IDS)
                    except ApiException as error:
                        failures.append(error)

            workers = [threading.Thread(target=work) for _ in range(threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        return failures

    async def run() -> None:
        async with AsyncApiClient(configuration) as client:

            async def work() -> None:
                for _ in range(calls // threads):
                    try:
                        await AsyncXComApi(client).get_xcom_entry(*IDS)
                    except ApiException as error:
                        failures.append(error)

            await asyncio.gather(*(work() for _ in range(threads)))

    asyncio.run(run())
    return failures


@pytest.mark.parametrize("side", SIDES)
class TestWrongPassword:
    """Eight threads make 24 calls."""

    @pytest.mark.parametrize(
        ("version", "auth", "way", "expected"),
        [
            ("3.3.2", "simple", None, (1, 0)),
            ("3.3.2", "fab", None, (1, 0)),
            ("2.11.2", "session", None, (1, 1)),
            ("2.10.5", "session", None, (1, 1)),
            ("2.11.2", "basic,session", None, (1, 1)),
            ("2.10.5", "basic", None, (1, 1)),
            ("2.11.2", "session", "session", (1, 0)),
            ("2.11.2", "basic", "basic", (1, 1)),
            ("2.10.5", "basic", "basic", (1, 1)),
        ],
    )
    def test_is_sent_once(self, side: str, version: str, auth: str, way: Any, expected: tuple[int, int]) -> None:
        with airflow(version, auth=auth) as server:
            failures = storm(side, configuration(server, way), 8, 24)
            assert sent(server) == expected
        assert len(failures) == 24
        assert all(error.status in (401, 403) for error in failures)
        again = [error for error in failures if "no request was sent" in str(error)]
        assert len(again) == 23
        for error in again:
            assert "is tried again after" in str(error)
            assert error.__cause__ is not None

    def test_a_right_one_is_not_held_up(self, side: str) -> None:
        with airflow("2.11.2", auth="basic,session") as server:
            assert storm(side, configuration(server, password="pa55word"), 8, 24) == []
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

    @pytest.mark.parametrize("name", ["password", "username", "access_token", "host", "login"])
    def test_until_the_credentials_change(self, server: EmbeddedAirflow, name: str) -> None:
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

    def test_until_the_client_is_closed(self, server: EmbeddedAirflow) -> None:
        client = ApiClient(configuration(server))
        for expected in (1, 2):
            self.refused(client)
            self.refused(client)
            assert sent(server)[0] == expected
            client.close()

    def test_for_a_minute(self, server: EmbeddedAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
        assert auth.REFUSED_SECONDS == 60
        monkeypatch.setattr(auth.CachedCredentials, "refused_seconds", 0.2)
        with ApiClient(configuration(server)) as client:
            self.refused(client)
            again = self.refused(client)
            assert "refused 0 s ago; no request was sent" in str(again)
            assert again.attempts == 0
            server.add_user("admin", "wr0ng")  # an administrator gives it to the user
            threading.Event().wait(0.25)
            assert XComApi(client).get_xcom_entry(*IDS).value == 1

    def test_its_message_does_not_grow(self, server: EmbeddedAirflow) -> None:
        with ApiClient(configuration(server)) as client:
            self.refused(client)
            texts = {str(self.refused(client)) for _ in range(3)}
        assert all(text.count("no request was sent") == 1 for text in texts)

    def test_a_permission_that_is_missing_is_no_refused_login(self) -> None:
        for version, way in (("2.11.2", "basic"), ("2.11.2", "session"), ("2.10.5", "basic"), ("3.3.2", "fab")):
            with airflow(version, auth=way) as server:
                made = configuration(server, password="pa55word")
                made.username = "nobody"
                with ApiClient(made) as client:
                    for _ in range(3):
                        with pytest.raises((ForbiddenException, UnauthorizedException)) as caught:
                            XComApi(client).get_xcom_entry(*IDS)
                        if (version, way) != ("2.10.5", "session"):
                            assert "no request was sent" not in str(caught.value)
                assert sent(server)[0] == 1


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("on_error", ["skip", "yield"])
class TestPasswordThatChangesInTheMiddle:
    """... of a bulk reading ends it: no other value would fare better."""

    COUNT = 120

    def read(self, side: str, made: Configuration, change: Callable[[], None], **options: Any) -> list[Any]:
        """The XComs that came; the password changes after ten of them."""
        came: list[Any] = []
        ids = ("dag", IDS[1], "mapped")

        def take(xcom: Any) -> None:
            came.append(xcom)
            if len(came) == 10:
                change()

        def by_threads() -> None:
            with ApiClient(made) as client:
                for xcom in XComApi(client).iter_xcoms(*ids, **options):
                    take(xcom)

        async def by_tasks() -> None:
            async with AsyncApiClient(made) as client:
                async for xcom in AsyncXComApi(client).iter_xcoms(*ids, **options):
                    take(xcom)

        with pytest.raises(ApiException) as caught:
            asyncio.run(by_tasks()) if side == "asyncio" else by_threads()
        assert caught.value.status in (401, 403)
        return came

    @pytest.mark.parametrize(
        ("version", "auth", "way"),
        [
            ("2.11.2", "session", None),
            ("2.10.5", "basic,session", None),
            ("2.11.2", "basic", "basic"),
            ("3.3.2", "simple", None),
        ],
    )
    def test_ends_the_reading(self, side: str, on_error: str, version: str, auth: str, way: Any) -> None:
        with airflow(version, auth=auth) as server:
            for index in range(self.COUNT):
                server.add_xcom("dag", IDS[1], "mapped", "key", index, map_index=index)

            def change() -> None:
                server.add_user("admin", "an0ther")
                server.expire_sessions()
                server.revoke_tokens()
                server.requests.clear()

            made = configuration(server, way, "pa55word")
            came = self.read(side, made, change, max_workers=8, on_error=on_error, page_size=50)
            logins, calls = sent(server)
        assert len(came) < self.COUNT
        assert logins <= 1
        assert calls <= 30  # what was under way: two for each worker


class TestFrontThatAnswers401:
    """... to good credentials: one renewal for the client, and not for each call."""

    def client(self, wire: WireServer, path: str = "/api/v2") -> ApiClient:
        made = Configuration(host=f"{wire.url}{path}", username="u", password="p")
        made.retries = 0
        return ApiClient(made)

    def test_gets_one_more_login(self, wire: WireServer) -> None:
        wire.answers = [TOKEN, FRONT, answer('{"access_token": "d.e.f"}', "201 Created"), FRONT]
        with self.client(wire) as client:
            for _ in range(5):
                with pytest.raises(UnauthorizedException):
                    XComApi(client).get_xcom_entry(*IDS)
        assert wire.targets.count("/auth/token") == 2

    def test_a_success_resets_that(self, wire: WireServer) -> None:
        tokens = [answer(f'{{"access_token": "{jwt(n=n)}"}}', "201 Created") for n in range(4)]
        wire.answers = [tokens[0], FRONT, tokens[1], KEY, FRONT, tokens[2], KEY, FRONT, tokens[3], FRONT, FRONT]
        with self.client(wire) as client:
            for _ in range(2):
                assert XComApi(client).get_xcom_entry(*IDS).value == 1
            for _ in range(3):
                with pytest.raises(UnauthorizedException):
                    XComApi(client).get_xcom_entry(*IDS)
        assert wire.targets.count("/auth/token") == 4

    def test_basic_is_not_taken_for_refused(self, wire: WireServer) -> None:
        wire.answers = [KEY, FRONT, FRONT, FRONT, KEY]
        with self.client(wire, "/api/v1") as client:
            client.configuration.login = "basic"
            XComApi(client).get_xcom_entry(*IDS)
            with pytest.raises(UnauthorizedException):
                XComApi(client).get_xcom_entry(*IDS)
            wire.answers = [KEY]
            assert XComApi(client).get_xcom_entry(*IDS).value == 1

    @pytest.mark.parametrize("on_error", ["skip", "yield"])
    def test_ends_a_bulk_reading(self, wire: WireServer, on_error: Any) -> None:
        rows = ",".join(
            f'{{"dag_id": "dag", "run_id": "run", "task_id": "task", "key": "k", "map_index": {n}}}' for n in range(50)
        )
        wire.answers = [answer(f'{{"xcom_entries": [{rows}], "total_entries": 50}}'), FRONT]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2", access_token="t")) as client:
            with pytest.raises(UnauthorizedException):
                list(XComApi(client).iter_xcoms("dag", "run", "task", on_error=on_error))
        assert len(wire.requests) < 12


class TestBasic:
    def test_a_form_that_refuses_what_basic_takes_is_no_judge(self, wire: WireServer) -> None:
        """As where the form is for other accounts."""
        page, to_login = answer(FORM), answer("", "302 FOUND", Location="/login/")
        forbidden = answer('{"title": "Forbidden", "status": 403}', "403 FORBIDDEN")
        wire.answers = [KEY, page, to_login, KEY, forbidden, KEY]
        made = Configuration(host=wire.host, username="u", password="p")
        with ApiClient(made) as client:
            api = XComApi(client)
            api.get_xcom_entry(*IDS)
            api.get_xcom_entry(*IDS)
            with pytest.raises(ForbiddenException):
                api.get_xcom_entry(*IDS)
            assert api.get_xcom_entry(*IDS).value == 1
        assert wire.targets.count("/login/") == 2

    def test_airflow_s_own_401_is_remembered(self, wire: WireServer) -> None:
        wire.answers = [KEY, REFUSED, answer("", "404 Not Found")]
        made = Configuration(host=wire.host, username="u", password="p")
        made.login = "basic"
        with ApiClient(made) as client:
            XComApi(client).get_xcom_entry(*IDS)
            for _ in range(3):
                with pytest.raises(UnauthorizedException):
                    XComApi(client).get_xcom_entry(*IDS)
        assert len([target for target in wire.targets if "/xcomEntries" in target]) == 2


class TestCookies:
    """A load balancer's cookies go along with the session's."""

    @pytest.mark.parametrize(
        ("before", "at", "expected"),
        [
            (
                "SRV=a; Path=/, session=one; HttpOnly",
                "session=two; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
                "SRV=a; session=two",
            ),
            ("session=one", "SRV=b, session=two", "SRV=b; session=two"),
            ("SRV=a, session=one", "SRV=b, session=two", "SRV=b; session=two"),
            ("SRV=a, session=one", "", "SRV=a; session=one"),
            ("SRV=a, old=1, session=one", "old=; Max-Age=0, session=two", "SRV=a; session=two"),
            ("old=1, session=one", "old=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT, session=two", "session=two"),
        ],
    )
    def test_are_sent_with_each_call(self, wire: WireServer, before: str, at: str, expected: str) -> None:
        moved = answer("", "302 FOUND", Location="/home", **({"Set_Cookie": at} if at else {}))
        wire.answers = [answer(FORM, Set_Cookie=before), moved, KEY]
        made = Configuration(host=wire.host, username="u", password="p")
        made.login = "session"
        with ApiClient(made) as client:
            XComApi(client).get_xcom_entry(*IDS)
        assert wire.header("Cookie") == expected
