"""The text of an error or a log record names the cause, in the order of likelihood, and contradicts nothing known."""

from __future__ import annotations

import asyncio
import logging
import pickle
import socket
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    ServiceException,
    TimeoutException,
    UnauthorizedException,
    UnexpectedContentException,
    XComApi,
)
from tests.client.test_login import FORM
from tests.support.cases import check_each
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
TASK = "/dags/d/dagRuns/r/taskInstances/t"


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

    def hint(self, wire: WireServer, configuration: Configuration, path: str = f"{TASK}/xcomEntries/k") -> str:
        """Return the hint of the last of two calls."""
        with ApiClient(configuration) as client:
            XComApi(client).get_xcom_entry(*IDS)
            with pytest.raises(ApiException) as caught:
                client.call_api(path, "GET")
        return caught.value.hint or ""

    def test_a_403_after_a_call_is_about_permission(self, wire: WireServer) -> None:
        wire.answers = [self.ENTRY, self.FORBIDDEN]
        configuration = Configuration(host=wire.host, username="u", password="p", login="basic")
        hint = self.hint(wire, configuration)
        assert '"can read on XComs", or that to read the DAG ("can read on DAGs" or "can read on DAG:d")' in hint
        assert "password" not in hint

    def test_the_permission_is_that_of_the_path(self, wire: WireServer) -> None:
        def check(case: tuple[str, str]) -> None:
            path, permission = case
            wire.answers = [self.ENTRY, self.FORBIDDEN]
            hint = self.hint(wire, Configuration(host=wire.host, access_token="a.b.c"), path)
            assert f"it lacks the permission {permission}" in hint

        check_each(
            [(f"{TASK}/links", '"can read on Task Instances", or'), ("/variables", "for this")],
            check,
        )

    def test_a_session_that_the_api_does_not_take(self, wire: WireServer) -> None:
        """The backend is neither ``basic_auth`` nor ``session``, so Airflow refuses what its form accepted."""
        refused = answer('{"detail": null, "status": 401, "title": "Unauthorized"}', "401 UNAUTHORIZED")

        def respond(connection: socket.socket, head: bytes) -> None:
            page = answer(FORM) if head.startswith(b"GET") else answer("", "302 FOUND", Location="/home")
            connection.sendall(page if b" /login/ " in head else refused)

        wire.answers = [respond]
        error = failure(Configuration(host=wire.host, username="u", password="p"))
        assert "the login form accepted them, but the API did not: check that the server's [api] auth_bac" in str(error)

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


def test_an_api_that_is_missing_is_said_even_if_the_other_one_is_out_of_reach(wire: WireServer) -> None:
    wire.answers = [answer("<h1>404</h1>", "404 Not Found"), lambda connection, _head: connection.close()]
    error = failure(Configuration(host=wire.host, access_token="t", retries=0))
    assert "the server has no such path: check Configuration(host=…)" in str(error)
    assert wire.targets[1:] == ["/api/v2/version"] * len(wire.targets[1:])


class TestWhatCame:
    LATIN = "text/html; charset=ISO-8859-1"

    @pytest.mark.parametrize("declared", [LATIN, 'text/html; Charset="latin1"'])
    def test_the_words_of_an_error_are_read_in_the_charset_that_it_declares(
        self, wire: WireServer, declared: str
    ) -> None:
        said = "<p>Zeitüberschreitung</p>".encode("latin-1")
        wire.answers = [answer(said, "504 Gateway Time-out", Content_Type=declared)]
        error = failure(Configuration(host=wire.host, retries=0))
        assert "Server says: Zeitüberschreitung" in str(error)
        assert error.raw_data == said

    @pytest.mark.parametrize("declared", ["text/html", "text/html; charset=nonsense", "text/html; charset=hex"])
    def test_bytes_that_are_no_text_are_not_lost(self, wire: WireServer, declared: str) -> None:
        wire.answers = [answer(b"\xff\xfe!", "500 What", Content_Type=declared)]
        error = failure(Configuration(host=wire.host))
        assert (error.body, error.raw_data) == ("\ufffd\ufffd!", b"\xff\xfe!")
        twin = pickle.loads(pickle.dumps(error))
        assert twin.raw_data == error.raw_data

    def test_a_login_form_too(self, wire: WireServer) -> None:
        """A token in UTF-16 is none in UTF-8."""
        form = '<form><input name="csrf_token" value="t0ken"><input name="password"></form>'.encode("utf-16")
        page = answer(form, Content_Type="text/html; charset=utf-16")
        wire.answers = [page, answer("", "302 Found", Location="/home", Set_Cookie="session=s"), answer('{"key": "k"}')]
        with ApiClient(Configuration(host=wire.host, username="u", password="p", login="session")) as client:
            XComApi(client).get_xcom_entry(*IDS)
        assert b"csrf_token=t0ken" in wire.requests[1]

    def test_json_is_utf_8_whatever_is_declared(self, wire: WireServer) -> None:
        """RFC 8259, 8.1. The text of the error is readable all the same."""
        wire.answers = [
            answer('{"key": "k", "value": "für"}'.encode("latin-1"), Content_Type="a/json; charset=latin-1")
        ]
        error = failure(Configuration(host=wire.host))
        assert type(error) is UnexpectedContentException
        assert error.body == '{"key": "k", "value": "für"}'

    @pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl; charset=utf-8"])
    def test_lines_of_json_are_a_list(self, wire: WireServer, media_type: str) -> None:
        wire.answers = [answer('{"state": "running"}\n\n{"a": "\u2028"}\r\n', Content_Type=media_type)]
        with ApiClient(Configuration(host=wire.host)) as client:
            assert client.call_api("/x", "GET")[0] == [{"state": "running"}, {"a": "\u2028"}]
            undeclared = answer('{"state": "queued"}\n{"state": "success"}\n').replace(b"Content-Type", b"X-Ignored")
            wire.answers = [undeclared]
            assert client.call_api("/dags/d/dagRuns/r/wait", "GET")[0] == [{"state": "queued"}, {"state": "success"}]
            wire.answers = [answer('{"state": "running"}\n{"sta', Content_Type=media_type)]
            with pytest.raises(UnexpectedContentException, match="a line is not JSON"):
                client.call_api("/x", "GET")


def silent(connection: socket.socket, _head: bytes) -> None:
    connection.recv(1)


class TestTheLastAnswer:
    """Of a gateway that answers 504 after a while, where the call ends with no answer."""

    PAGE = answer("<h1>Upstream was slow</h1>", "504 Gateway Time-out", Content_Type="text/html")

    @pytest.mark.parametrize("side", ["blocking", "asyncio"])
    @pytest.mark.parametrize(("timeout", "limit"), [(0.5, "call"), ((5, 0.4), "read")])
    def test_is_in_the_exception(self, wire: WireServer, side: str, timeout: Any, limit: str) -> None:
        wire.answers = [self.PAGE, silent]
        configuration = Configuration(host=wire.host, retries=1)
        if side == "blocking":
            with ApiClient(configuration) as client, pytest.raises(TimeoutException) as caught:
                XComApi(client).get_xcom_entry(*IDS, _request_timeout=timeout)
        else:

            async def run() -> None:
                async with AsyncApiClient(configuration) as client:
                    await AsyncXComApi(client).get_xcom_entry(*IDS, _request_timeout=timeout)

            with pytest.raises(TimeoutException) as caught:
                asyncio.run(run())
        last = caught.value.last_answer
        assert type(last) is ServiceException
        assert (last.status, last.raw_data) == (504, b"<h1>Upstream was slow</h1>")
        assert "Last answer: 504 Gateway Time-out" in str(caught.value)
        assert f"the limit of {limit} was reached" in str(caught.value)
        assert pickle.loads(pickle.dumps(caught.value)).last_answer.status == 504

    def test_of_a_login_holds_nothing_of_what_was_sent(self, wire: WireServer) -> None:
        wire.answers = [answer("your p4ss", "503 What", Retry_After="0"), lambda connection, _head: connection.close()]
        error = failure(Configuration(host=f"{wire.url}/api/v2", username="u", password="p4ss", retries=1))
        assert error.last_answer is not None
        assert "p4ss" not in repr(vars(error.last_answer)) + str(error)
