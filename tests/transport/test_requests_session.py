"""A `requests.Session` as transport: its settings apply, and `responses` can mock it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import urllib3

from airflow_client.xcom import (
    ApiClient,
    Configuration,
    ConnectionException,
    NotFoundException,
    ProtocolException,
    UnexpectedContentException,
    XComApi,
)
from tests.support.cases import check_each
from tests.support.faults import ENTRY, IDS
from tests.support.wire_server import WireServer, answer, entry


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def api(session: requests.Session, host: str, **credentials: Any) -> XComApi:
    configuration = Configuration(host=host, **credentials)
    configuration.retries = 0
    return XComApi(ApiClient(configuration, session=session))


class TestSession:
    """The session's own settings apply."""

    @pytest.fixture(autouse=True)
    def _responses(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

    def test_its_authentication(self, session: requests.Session, wire: WireServer) -> None:
        session.auth = ("u", "p")
        assert api(session, wire.host).get_xcom_entry(*IDS).value == 1
        assert wire.header("Authorization") == "Basic dTpw"

    def test_its_authentication_by_a_function(self, session: requests.Session, wire: WireServer) -> None:
        def sign(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            prepared.headers["X-Signature"] = f"of {prepared.path_url}"
            return prepared

        session.auth = sign
        wire.answers = [entry("..")]
        api(session, wire.host).get_xcom_entry("d", "r", "t", "..")
        assert wire.header("X-Signature") == f"of {wire.targets[0]}"

    def test_its_request_method_may_sign(self, wire: WireServer) -> None:
        class AuthorizedSession(requests.Session):
            def request(self, method: Any, url: Any, **keywords: Any) -> requests.Response:
                keywords["headers"] = {**keywords["headers"], "authorization": "Bearer fresh"}
                return super().request(method, url, **keywords)

        with AuthorizedSession() as session:
            api(session, wire.host).get_xcom_entry(*IDS)
        assert wire.header("Authorization") == "Bearer fresh"

    def test_its_cookies_and_headers(self, session: requests.Session, wire: WireServer) -> None:
        session.cookies.set("session", "of-mwaa")
        session.headers["X-Team"] = "a"
        api(session, wire.host).get_xcom_entry(*IDS)
        assert (wire.header("Cookie"), wire.header("X-Team")) == ("session=of-mwaa", "a")

    def test_a_netrc(
        self, session: requests.Session, wire: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login u password p")
        monkeypatch.setenv("NETRC", str(netrc))
        api(session, wire.host).get_xcom_entry(*IDS)
        assert wire.header("Authorization") == "Basic dTpw"
        api(session, wire.host, access_token="mine").get_xcom_entry(*IDS)
        assert wire.header("Authorization") == "Bearer mine"
        wire.answers = [answer('{"version": "3.3.2"}'), answer('{"access_token": "t"}', "201 Created"), ENTRY]
        api(session, wire.url, username="v", password="w").get_xcom_entry(*IDS)
        assert [wire.header("Authorization", at) for at in (-3, -2, -1)] == [None, None, "Bearer t"]
        session.trust_env = False
        api(session, wire.host).get_xcom_entry(*IDS)
        assert wire.header("Authorization") is None

    def test_it_is_neither_closed_nor_changed(self, session: requests.Session, wire: WireServer) -> None:
        before = json.dumps(dict(session.headers))
        with ApiClient(Configuration(host=wire.host, access_token="t"), session=session) as client:
            XComApi(client).get_xcom_entry(*IDS)
        assert json.dumps(dict(session.headers)) == before
        assert session.get(wire.url).status_code == 200
        assert wire.header("Authorization") is None
        assert wire.connections == 1

    def test_its_exceptions_become_ours(self, session: requests.Session, wire: WireServer) -> None:
        def check(error: Exception) -> None:
            def refuse(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
                raise error

            session.auth = refuse
            with pytest.raises(ProtocolException, match=f"{type(error).__name__}: {error}") as caught:
                api(session, wire.host).get_xcom_entry(*IDS)
            assert type(caught.value.__cause__) is type(error)
            assert caught.value.hint is not None
            assert caught.value.hint.startswith("the session's own code raised this, such as its authentication")

        check_each([RuntimeError("no ticket"), requests.exceptions.HTTPError("403 for its login")], check)


def test_the_url_is_not_changed(session: requests.Session, wire: WireServer) -> None:
    def check(key: str) -> None:
        wire.requests.clear()
        wire.answers = [entry(key)]
        api(session, wire.host).get_xcom_entry("d", "r", "t", key, map_index=1)
        with ApiClient(Configuration(host=wire.host)) as client:
            XComApi(client).get_xcom_entry("d", "r", "t", key, map_index=1)
        assert wire.targets[0] == wire.targets[1]

    check_each(["..", ".", "a/b", "%2F", "\u952e", "a b+c?d#e", "~", "'()*!"], check)


def test_a_streamed_response_is_one_of_requests(session: requests.Session, wire: WireServer) -> None:
    wire.answers = [ENTRY]
    raw = api(session, wire.host).get_xcom_entry_without_preload_content(*IDS)
    assert isinstance(raw, requests.Response)
    assert raw.json() == {"key": "k", "value": 1}


def test_an_adapter_without_connections(session: requests.Session) -> None:
    class Adapter(requests.adapters.BaseAdapter):
        def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response.url = 200, request.url
            response.raw = urllib3.HTTPResponse(io.BytesIO(b'{"key": "k", "value": 1}'), preload_content=False)
            return response

        def close(self) -> None:
            pass

    session.mount("http://", Adapter())
    calls = api(session, "http://airflow.invalid/api/v1")
    assert calls.get_xcom_entry(*IDS).value == 1
    with pytest.raises(UnexpectedContentException):  # nothing is there to be closed
        calls.get_xcom_entry(*IDS[:3], "another")


class TestResponses:
    """Tests can mock the session with ``responses``."""

    URL = "http://airflow.invalid/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries"

    @responses.activate
    def test_an_entry(self, session: requests.Session) -> None:
        responses.get(f"{self.URL}/k", json={"key": "k", "value": [1, None]})
        xcom = api(session, "http://airflow.invalid/api/v1").get_xcom_entry(*IDS)
        assert xcom.value == [1, None]
        assert len(responses.calls) == 1

    @responses.activate
    def test_a_list_with_a_query(self, session: requests.Session) -> None:
        query = responses.matchers.query_param_matcher({"limit": "2"})
        responses.get(self.URL, json={"xcom_entries": [], "total_entries": 7}, match=[query])
        assert api(session, "http://airflow.invalid/api/v1").get_xcom_entries(*IDS[:3], limit=2).total_entries == 7

    @responses.activate
    def test_an_error(self, session: requests.Session) -> None:
        responses.get(f"{self.URL}/k", json={"title": "XCom entry not found", "detail": None}, status=404)
        with pytest.raises(NotFoundException, match="XCom entry not found"):
            api(session, "http://airflow.invalid/api/v1").get_xcom_entry(*IDS)

    @responses.activate
    def test_a_connection_that_fails(self, session: requests.Session) -> None:
        with pytest.raises(ConnectionException):
            api(session, "http://airflow.invalid/api/v1").get_xcom_entry(*IDS)
