"""The address of the server, and ``call_api``."""

from __future__ import annotations

import json
import time
from typing import Optional

import pytest

from airflow_client.xcom import (
    ApiException,
    BadRequestException,
    NotFoundException,
    ServiceException,
    TlsException,
    UnexpectedContentException,
    UnprocessableEntityException,
)
from tests.contract import clients
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS
from tests.contract.servers import Server
from tests.support.cases import all_cases

PATH = "/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries"
IDS = {"dag": "contract", "run": RUN_1, "task": "kinds"}


class TestAddress:
    @pytest.mark.every_client
    def test_the_api_version_is_found(self, server: Server, client: ApiClient) -> None:
        assert client.get_server_version() == server.version

    def test_the_api_version_can_be_part_of_the_host(self, server: Server) -> None:
        named = configuration(server)
        named.host = server.url + server.api
        with ApiClient(named) as client:
            assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"
            assert client.get_server_version() == server.version

    @pytest.mark.every_login
    def test_the_wrong_api_version_is_refused_with_a_hint(self, server: Server) -> None:
        other = {"/api/v1": "/api/v2", "/api/v2": "/api/v1"}[server.api]
        wrong = configuration(server)
        wrong.host = server.url + other
        with ApiClient(wrong) as client:
            with pytest.raises(ApiException) as caught:
                XComApi(client).get_xcom_entries(*KINDS)
            assert f"this server is Airflow {server.version}, whose API is {server.api}: set" in str(caught.value)
            with pytest.raises(UnexpectedContentException, match="no Airflow API was found"):
                client.get_server_version()

    def test_pages_of_the_ui_are_no_api(self, server: Server) -> None:
        with all_cases() as case:
            for path in ("/home", "/no/such/path", "/dags/contract/grid"):
                elsewhere = configuration(server)
                elsewhere.host = server.url + path
                with case(path):
                    with ApiClient(elsewhere) as client, pytest.raises(UnexpectedContentException) as caught:
                        XComApi(client).get_xcom_entries(*KINDS)
                    assert "no Airflow API was found" in str(caught.value)
                    assert "host must be the root of Airflow's web server" in str(caught.value)
                    assert f"{path}/api/v2/version" in str(caught.value)
                    root = f"page of its user interface: set Configuration(host='{server.url}')"
                    assert (root in str(caught.value)) == (path != "/no/such/path")

    def test_https_at_its_port_of_http(self, server: Server) -> None:
        elsewhere = configuration(server)
        elsewhere.host = server.url.replace("http:", "https:")
        start = time.monotonic()
        with ApiClient(elsewhere) as client, pytest.raises(TlsException, match="the server speaks http at this port"):
            XComApi(client).get_xcom_entries(*KINDS)
        assert time.monotonic() - start < 5


class TestCalls:
    @pytest.mark.every_client
    def test_version_is_readable(self, server: Server, client: ApiClient) -> None:
        data, status, headers = client.call_api("/version", "GET")
        assert (data["version"], status, headers["content-type"]) == (server.version, 200, "application/json")

    def test_health_is_readable(self, server: Server, client: ApiClient) -> None:
        path = "/health" if server.major == 2 else "/monitor/health"
        assert client.call_api(path, "GET")[0]["metadatabase"] == {"status": "healthy"}

    def test_wrong_query_parameters_are_refused_with_the_reason(self, server: Server, client: ApiClient) -> None:
        #: (name, value, reason of Airflow 2, reason of Airflow 3: None if it ignores the parameter)
        wrong: list[tuple[str, str, str, Optional[str]]] = [
            ("foo", "bar", "Extra query parameter(s) foo not in spec", None),
            (
                *("limit", "2.5", "Wrong type, expected 'integer' for query parameter 'limit'"),
                "query.limit: Input should be a valid integer",
            ),
            (
                *("offset", "abc", "Wrong type, expected 'integer' for query parameter 'offset'"),
                "query.offset: Input should be a valid integer",
            ),
        ]
        refusal = BadRequestException if server.major == 2 else UnprocessableEntityException
        with all_cases() as case:
            for name, value, reason_2, reason_3 in wrong:
                reason = reason_2 if server.major == 2 else reason_3
                with case(f"{name}={value}"):
                    if reason is None:
                        assert client.call_api(PATH, "GET", IDS, {name: value})[1] == 200
                    else:
                        with pytest.raises(refusal) as caught:
                            client.call_api(PATH, "GET", IDS, {name: value})
                        assert reason in str(caught.value)

    def test_methods_that_are_not_allowed_are_refused(self, client: ApiClient) -> None:
        with pytest.raises(ApiException) as caught:
            client.call_api(PATH, "PUT", IDS, body={"key": "a", "value": 1})
        assert caught.value.status == 405

    def test_missing_paths_raise_not_found(self, server: Server, client: ApiClient) -> None:
        reason = "The requested URL was not found on the server" if server.major == 2 else "API route not found"
        for path in ("/nope", "/dags/contract/nope"):
            with pytest.raises(NotFoundException) as caught:
                client.call_api(path, "GET")
            assert reason in str(caught.value), path

    def test_an_empty_key_is_an_error(self, server: Server, client: ApiClient) -> None:
        with pytest.raises(ServiceException if server.release >= (3, 1) else NotFoundException):
            client.call_api(PATH + "/", "GET", IDS)

    def test_ids_with_a_slash_raise_not_found(self, client: ApiClient) -> None:
        with all_cases() as case:
            for name in IDS:
                with case(name), pytest.raises(NotFoundException):
                    client.call_api(PATH, "GET", {**IDS, name: "a/b"})

    @pytest.mark.every_client
    def test_raw_data_is_the_body_of_the_response(self, api: XComApi) -> None:
        answer = api.get_xcom_entry_with_http_info(*KINDS, "str")
        assert json.loads(answer.raw_data) == answer.data.to_dict()
        raw = api.get_xcom_entry_without_preload_content(*KINDS, "str")
        body = raw.data if clients.is_blocking() else clients.wait(raw.read())
        assert json.loads(body) == answer.data.to_dict()
