"""Authentication: each way to log in to each release."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import aiohttp
import pytest
import requests

from airflow_client.xcom import ApiException, Configuration, ForbiddenException, UnauthorizedException
from tests.contract import clients, dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, error_of
from tests.contract.servers import Server
from tests.support.cases import all_cases

pytestmark = pytest.mark.every_login


def read(configuration: Configuration, times: int = 1, **client: Any) -> list[Any]:
    """Read a value several times with a new client."""
    with ApiClient(configuration, **client) as api_client:
        return [XComApi(api_client).get_xcom_entry(*KINDS, "str").value for _ in range(times)]


def refusal(configuration: Configuration) -> ApiException:
    """Return the exception of a call by a new client."""
    with ApiClient(configuration) as client:
        return error_of(XComApi(client), *KINDS)


def token(server: Server) -> str:
    """Return a token of the server."""
    with ApiClient(configuration(server)) as client:
        XComApi(client).get_xcom_entries(*KINDS, limit=1)
        headers: dict[str, str] = {}
        client._auth[2].sign(headers)
        return headers["Authorization"].partition(" ")[2]


@pytest.mark.every_client
def test_user_name_and_password_log_in(server: Server) -> None:
    assert read(configuration(server), times=3) == ["hello"] * 3


def test_password_may_hold_colon_space_and_umlaut(server: Server) -> None:
    assert read(configuration(server, "odd", dataset.USERS["odd"][0]), times=2) == ["hello"] * 2
    assert read(Configuration(host=server.url.replace("://", "://odd:p%3A%C3%A4ss%20w%C3%B6rd@"))) == ["hello"]


def test_viewers_may_read(server: Server) -> None:
    assert read(configuration(server, "viewer", "viewer-pw"), times=2) == ["hello"] * 2


def test_missing_credentials_are_refused(server: Server) -> None:
    error = refusal(Configuration(host=server.url))
    assert error.status == server.refusal
    assert "no credentials were sent" in str(error)


@pytest.mark.every_client
def test_wrong_credentials_are_refused(server: Server) -> None:
    with all_cases() as case:
        for username, password in (("admin", "wrong"), ("nobody-at-all", "admin-pw"), ("admin", "")):
            with case((username, password)):
                error = refusal(configuration(server, username, password))
                if server.major == 2:
                    assert error.status == server.refusal
                else:
                    assert error.status in (401, 400)  # FAB answers 400 to an empty password
                    assert "/auth/token" in str(error)
                assert "wrong" not in str(error)


def test_users_without_permission_are_refused(server: Server) -> None:
    with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
        for ids in (KINDS, (*KINDS, "str"), ("nope", RUN_1, "kinds", "str"), ("~", "~", "~")):
            error = error_of(XComApi(client), *ids)
            if not server.gives_public_role and server.major == 2 and not server.takes_basic:
                assert type(error) in (ForbiddenException, UnauthorizedException)
            else:
                assert type(error) is ForbiddenException
                assert 'lacks the permission "can read on XComs"' in str(error)
            assert "check username and password" not in str(error)


@pytest.mark.airflow("3.")
def test_a_token_is_accepted(server: Server) -> None:
    assert read(Configuration(host=server.url, access_token=token(server)), times=2) == ["hello"] * 2


def test_a_wrong_token_is_refused(server: Server) -> None:
    error = refusal(Configuration(host=server.url, access_token="abc.def.ghi"))
    assert error.status == (403 if server.major == 3 else server.refusal)
    assert "bearer token: these credentials were refused" in str(error)
    assert "abc.def.ghi" not in str(error)


@pytest.mark.every_client
@pytest.mark.airflow("3.")
def test_a_supplied_token_is_requested_again_after_a_refusal(server: Server) -> None:
    tokens = ["abc.def.ghi", token(server)]
    assert read(Configuration(host=server.url, access_token=lambda: tokens.pop(0)), times=3) == ["hello"] * 3
    assert tokens == []


def test_login_selects_the_method(server: Server) -> None:
    with all_cases() as case:
        for login in ("basic", "session", "auto", "token"):
            selected = configuration(server)
            selected.login = login
            with case(login):
                if (login == "token") != (server.major == 3):
                    with pytest.raises(ValueError, match="login must be None or one of"):
                        read(selected)
                elif login == "basic" and not server.takes_basic:
                    assert refusal(selected).status == server.refusal
                elif login == "session" and not server.gives_public_role and "session" not in server.auth:
                    # It may refuse a session without its backend; with the public role, a server accepts it with any.
                    with contextlib.suppress(UnauthorizedException):
                        assert read(selected, times=2) == ["hello"] * 2
                else:
                    assert read(selected, times=2) == ["hello"] * 2


@pytest.mark.every_client
def test_threads_send_a_wrong_password_once(server: Server) -> None:
    """24 calls of 8 threads. On Airflow 2, one call uses Basic before the login form is sent."""
    sent: list[tuple[str, str]] = []
    wrong = configuration(server, "viewer", "wr0ng")  # no other test logs in as this user: sites lock accounts
    wrong.on_attempt = lambda attempt: sent.append((attempt.method, attempt.path_template.rpartition("/")[2]))
    failures: list[int] = []
    with ApiClient(wrong) as client:

        def work() -> None:
            for _ in range(3):
                failures.append(error_of(XComApi(client), *KINDS).status)

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


def test_request_auths_replace_the_credentials_of_one_call(server: Server, client: ApiClient) -> None:
    settings = list(client.configuration.auth_settings().values())
    with ApiClient(Configuration(host=server.url)) as anonymous:
        if server.takes_basic:
            assert XComApi(anonymous).get_xcom_entry(*KINDS, "str", _request_auths=settings).value == "hello"
        else:
            with pytest.raises(ApiException, match="_request_auths: these credentials were refused"):
                XComApi(anonymous).get_xcom_entry(*KINDS, "str", _request_auths=settings)
    with pytest.raises(ApiException) as caught:
        XComApi(client).get_xcom_entry(*KINDS, "str", _request_auths=[])
    assert caught.value.status == server.refusal


@pytest.mark.every_client
def test_changed_credentials_are_used_at_once(server: Server) -> None:
    changing = configuration(server, "nobody", "nobody-pw")
    with ApiClient(changing) as client:
        assert error_of(XComApi(client), *KINDS).status in (401, 403)
        changing.username, changing.password = "admin", "admin-pw"
        assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"


@pytest.mark.every_client
def test_a_session_of_the_caller_is_used(server: Server) -> None:
    if clients.is_blocking():
        with requests.Session() as session:
            assert read(configuration(server), times=3, session=session) == ["hello"] * 3
    else:
        session = clients.wait(_session())
        assert read(configuration(server), times=3, session=session) == ["hello"] * 3
        assert not session.closed
        clients.wait(session.close())


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()
