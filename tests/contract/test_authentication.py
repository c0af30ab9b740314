"""Who may read: every way to authenticate, asked of every Airflow."""

from __future__ import annotations

import threading
from typing import Any

import aiohttp
import pytest
import requests

from airflow_client.xcom import (
    ApiException,
    Configuration,
    ForbiddenException,
    UnauthorizedException,
)
from tests.contract import pushed, sides
from tests.contract.conftest import configuration
from tests.contract.expected import KINDS, refused
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import ApiClient, XComApi


def read(configuration: Configuration, times: int = 1, **client: Any) -> list[Any]:
    """A value, read ``times`` by a client of its own."""
    with ApiClient(configuration, **client) as api_client:
        return [XComApi(api_client).get_xcom_entry(*KINDS, "str").value for _ in range(times)]


def refusal(configuration: Configuration, *ids: str) -> ApiException:
    with ApiClient(configuration) as client:
        return refused(XComApi(client), *(ids or KINDS))


def token(server: Server) -> str:
    """A token of the server's, obtained by hand."""
    with ApiClient(Configuration(host=server.url)) as client:
        client.configuration.username, client.configuration.password = "admin", "admin-pw"
        XComApi(client).get_xcom_entries(*KINDS, limit=1)
        sent: dict[str, str] = {}
        client._auth[2].sign(sent)
        return sent["Authorization"].partition(" ")[2]


def test_without_credentials(server: Server) -> None:
    error = refusal(Configuration(host=server.url))
    assert error.status == server.refusal
    assert "no credentials were sent" in str(error)


@pytest.mark.parametrize("credentials", [("admin", "wrong"), ("nobody-at-all", "admin-pw"), ("admin", "")])
def test_wrong_credentials(server: Server, credentials: tuple[str, str]) -> None:
    error = refusal(configuration(server, *credentials))
    if server.major == 2:
        assert error.status == server.refusal
    else:
        assert error.status in (401, 400)  # FAB says 400 to an empty password
        assert "/auth/token" in str(error)
    assert "wrong" not in str(error)


def test_user_name_and_password(server: Server) -> None:
    assert read(configuration(server), times=3) == ["hello"] * 3


def test_a_viewer_may_read(server: Server) -> None:
    assert read(configuration(server, "viewer", "viewer-pw"), times=2) == ["hello"] * 2


def test_a_password_with_colon_space_and_umlaut(server: Server) -> None:
    assert read(configuration(server, "odd", pushed.USERS["odd"][0]), times=2) == ["hello"] * 2


def test_credentials_in_the_host(server: Server) -> None:
    assert read(Configuration(host=server.url.replace("://", "://odd:p%3A%C3%A4ss%20w%C3%B6rd@"))) == ["hello"]


def test_a_user_without_permission(server: Server) -> None:
    with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
        for ids in (KINDS, (*KINDS, "str"), ("nope", RUN_1, "kinds", "str"), ("~", "~", "~")):
            error = refused(XComApi(client), *ids)
            if server.version == "2.10.5" and not server.takes_basic:
                assert type(error) in (ForbiddenException, UnauthorizedException)
            else:
                assert type(error) is ForbiddenException
                assert 'lacks the permission "can read on XComs"' in str(error)
            assert "check username and password" not in str(error)


def test_a_ready_token(server: Server) -> None:
    if server.major == 3:
        assert read(Configuration(host=server.url, access_token=token(server)), times=2) == ["hello"] * 2
    error = refusal(Configuration(host=server.url, access_token="abc.def.ghi"))
    assert error.status == (403 if server.major == 3 else server.refusal)
    assert "bearer token: these credentials were refused" in str(error)
    assert "abc.def.ghi" not in str(error)


def test_a_supplied_token_is_asked_for_again_when_it_is_refused(server: Server) -> None:
    if server.major == 3:
        tokens = ["abc.def.ghi", token(server)]
        assert read(Configuration(host=server.url, access_token=lambda: tokens.pop(0)), times=3) == ["hello"] * 3
        assert tokens == []


@pytest.mark.parametrize("login", ["basic", "session", "auto", "token"])
def test_a_way_that_was_chosen(server: Server, login: str) -> None:
    chosen = configuration(server)
    chosen.login = login
    if (login == "token") != (server.major == 3):
        with pytest.raises(ValueError, match="login must be None or one of"):
            read(chosen)
    elif login == "basic" and not server.takes_basic:
        assert refusal(chosen).status == server.refusal
    elif login == "session" and "session" not in server.auth:
        # 2.11 knows a session whatever the backends, 2.10 does not.
        with ApiClient(chosen) as client:
            try:
                assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"
            except UnauthorizedException:
                assert server.version == "2.10.5"
    else:
        assert read(chosen, times=2) == ["hello"] * 2


def test_threads_send_a_wrong_password_once(server: Server) -> None:
    """24 calls by 8 threads. On Airflow 2 one request goes by Basic, and then the login form is asked."""
    sent: list[tuple[str, str]] = []
    wrong = configuration(server, "viewer", "wr0ng")  # not one that other tests log in as: sites lock accounts
    wrong.on_attempt = lambda attempt: sent.append((attempt.method, attempt.path_template.rpartition("/")[2]))
    failures: list[int] = []
    with ApiClient(wrong) as client:

        def work() -> None:
            for _ in range(3):
                failures.append(refused(XComApi(client), *KINDS).status)

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(failures) == 24
    assert set(failures) <= {401, 403}
    logins = [method for method, name in sent if method == "POST"]
    assert len(logins) == 1
    assert [name for _, name in sent].count("xcomEntries") == (1 if server.major == 2 else 0)


def test_settings_of_a_single_call(server: Server, client: ApiClient) -> None:
    settings = list(client.configuration.auth_settings().values())
    with ApiClient(Configuration(host=server.url)) as bare:
        if server.takes_basic:
            assert XComApi(bare).get_xcom_entry(*KINDS, "str", _request_auths=settings).value == "hello"
        else:
            with pytest.raises(ApiException, match="_request_auths: these credentials were refused"):
                XComApi(bare).get_xcom_entry(*KINDS, "str", _request_auths=settings)
    with pytest.raises(ApiException) as caught:
        XComApi(client).get_xcom_entry(*KINDS, "str", _request_auths=[])
    assert caught.value.status == server.refusal


def test_credentials_that_change(server: Server) -> None:
    changing = configuration(server, "nobody", "nobody-pw")
    with ApiClient(changing) as client:
        assert refused(XComApi(client), *KINDS).status in (401, 403)
        changing.username, changing.password = "admin", "admin-pw"
        assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"


def test_a_session_of_the_user_s(server: Server) -> None:
    if sides.is_blocking():
        with requests.Session() as session:
            assert read(configuration(server), times=3, session=session) == ["hello"] * 3
    else:
        session = sides.wait(_session())
        assert read(configuration(server), times=3, session=session) == ["hello"] * 3
        assert not session.closed
        sides.wait(session.close())


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()
