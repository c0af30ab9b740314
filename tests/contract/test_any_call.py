"""``call_api`` and the address of the server: what every Airflow answers."""

from __future__ import annotations

import json

import pytest

from airflow_client.xcom import (
    ApiException,
    BadRequestException,
    Configuration,
    NotFoundException,
    ServiceException,
    UnexpectedContentException,
    UnprocessableEntityException,
)
from tests.contract import sides
from tests.contract.conftest import configuration
from tests.contract.expected import KINDS
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import ApiClient, XComApi

PATH = "/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries"
IDS = {"dag": "contract", "run": RUN_1, "task": "kinds"}


class TestAddress:
    def test_the_api_is_found_out(self, server: Server, client: ApiClient) -> None:
        assert client.get_server_version() == server.version

    def test_the_api_can_be_named(self, server: Server) -> None:
        named = configuration(server)
        named.host = server.url + server.api
        with ApiClient(named) as client:
            assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"
            assert client.get_server_version() == server.version

    def test_the_other_api(self, server: Server) -> None:
        other = {"/api/v1": "/api/v2", "/api/v2": "/api/v1"}[server.api]
        wrong = configuration(server)
        wrong.host = server.url + other
        with ApiClient(wrong) as client:
            with pytest.raises(ApiException) as caught:
                XComApi(client).get_xcom_entries(*KINDS)
            assert "omit the API from host" in str(caught.value) or "cannot log in" in str(caught.value)
            with pytest.raises(UnexpectedContentException, match="no Airflow API was found"):
                client.get_server_version()

    @pytest.mark.parametrize("path", ["/home", "/no/such/path", "/dags/contract/grid"])
    def test_a_page_of_the_ui(self, server: Server, path: str) -> None:
        elsewhere = configuration(server)
        elsewhere.host = server.url + path
        with ApiClient(elsewhere) as client, pytest.raises(UnexpectedContentException) as caught:
            XComApi(client).get_xcom_entries(*KINDS)
        assert "no Airflow API was found" in str(caught.value)
        assert "host must be the root of Airflow's web server" in str(caught.value)
        assert f"{path}/api/v2/version" in str(caught.value)


class TestCalls:
    def test_version(self, server: Server, client: ApiClient) -> None:
        data, status, headers = client.call_api("/version", "GET")
        assert (data["version"], status, headers["content-type"]) == (server.version, 200, "application/json")

    def test_health(self, server: Server, client: ApiClient) -> None:
        path = "/health" if server.major == 2 else "/monitor/health"
        assert client.call_api(path, "GET")[0]["metadatabase"] == {"status": "healthy"}

    @pytest.mark.parametrize(
        ("name", "value", "said_by_2", "said_by_3"),
        [
            ("foo", "bar", "Extra query parameter(s) foo not in spec", None),
            (
                "limit",
                "2.5",
                "Wrong type, expected 'integer' for query parameter 'limit'",
                "query.limit: Input should be a valid integer",
            ),
            (
                "offset",
                "abc",
                "Wrong type, expected 'integer' for query parameter 'offset'",
                "query.offset: Input should be a valid integer",
            ),
        ],
    )
    def test_a_query(
        self, server: Server, client: ApiClient, name: str, value: str, said_by_2: str, said_by_3: str
    ) -> None:
        said = said_by_2 if server.major == 2 else said_by_3
        if said is None:  # Airflow 3 passes over what it does not know
            assert client.call_api(PATH, "GET", IDS, {name: value})[1] == 200
            return
        with pytest.raises(BadRequestException if server.major == 2 else UnprocessableEntityException) as caught:
            client.call_api(PATH, "GET", IDS, {name: value})
        assert said in str(caught.value)

    def test_a_method_that_is_not_allowed(self, server: Server, client: ApiClient) -> None:
        with pytest.raises(ApiException) as caught:
            client.call_api(PATH, "PUT", IDS, body={"key": "a", "value": 1})
        assert caught.value.status == 405

    @pytest.mark.parametrize("path", ["/nope", "/dags/contract/nope"])
    def test_a_path_that_does_not_exist(self, server: Server, client: ApiClient, path: str) -> None:
        with pytest.raises(NotFoundException) as caught:
            client.call_api(path, "GET")
        said = "The requested URL was not found on the server" if server.major == 2 else "API route not found"
        assert said in str(caught.value)

    def test_an_empty_key(self, server: Server, client: ApiClient) -> None:
        with pytest.raises(ServiceException if server.version == "3.3.2" else NotFoundException):
            client.call_api(PATH + "/", "GET", IDS)

    @pytest.mark.parametrize("name", ["dag", "run", "task"])
    def test_an_id_with_a_slash(self, client: ApiClient, name: str) -> None:
        with pytest.raises(NotFoundException):
            client.call_api(PATH, "GET", {**IDS, name: "a/b"})

    def test_the_body_as_it_is(self, api: XComApi) -> None:
        answer = api.get_xcom_entry_with_http_info(*KINDS, "str")
        assert json.loads(answer.raw_data) == answer.data.to_dict()
        raw = api.get_xcom_entry_without_preload_content(*KINDS, "str")
        body = raw.data if sides.is_blocking() else sides.wait(raw.read())
        assert json.loads(body) == answer.data.to_dict()

    def test_a_default_host_is_the_local_airflow_s(self) -> None:
        assert Configuration().host == "/api/v1"
