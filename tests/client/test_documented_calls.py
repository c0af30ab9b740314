"""The documented calls, as existing scripts use them."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from typing import Any

import pytest

import airflow_client.client
from airflow_client import client, xcom
from airflow_client.client import ApiClient, ApiTypeError, ApiValueError, Configuration, XComApi
from airflow_client.client.model.error import Error
from airflow_client.client.model.x_com import XCom
from tests.support import documented
from tests.support.documented import ENTRY_EXAMPLE, LIST_EXAMPLE
from tests.support.wire_server import WireServer, answer, entry

ENTRY = answer('{"key": "k", "value": 1}')
LIST = answer('{"xcom_entries": [{"key": "k"}], "total_entries": 1}')
IDS = ("d", "r", "t")
HEAD_END = b"\r\n\r\n"


IMPORTS = [
    ("airflow_client.client", "Configuration ApiClient ApiException OpenApiException ApiTypeError ApiValueError"),
    ("airflow_client.client", "ApiKeyError ApiAttributeError XComApi XCom XComCollection Error __version__"),
    ("airflow_client.client.api.x_com_api", "XComApi"),
    ("airflow_client.client.apis", "XComApi"),
    ("airflow_client.client.model.x_com", "XCom"),
    ("airflow_client.client.model.x_com_collection", "XComCollection"),
    ("airflow_client.client.model.x_com_collection_item", "XComCollectionItem"),
    ("airflow_client.client.model.error", "Error"),
    ("airflow_client.client.models", "XCom XComCollection XComCollectionItem Error"),
    ("airflow_client.client.exceptions", "ApiException NotFoundException UnauthorizedException ForbiddenException"),
    (
        "airflow_client.client.exceptions",
        "ServiceException ApiTypeError ApiValueError ApiAttributeError ApiKeyError",
    ),
    ("airflow_client.client.rest", "ApiException"),
    ("airflow_client.client.configuration", "Configuration"),
    ("airflow_client.client.api_client", "ApiClient"),
    ("airflow_client.client.api_response", "ApiResponse"),
    ("airflow_client.client.aio", "AsyncApiClient"),
    ("airflow_client.client.observation", "Attempt"),
    ("airflow_client.client.values", "decode parse_text SerializedObject"),
]


def test_documented_imports_work() -> None:
    for module, names in IMPORTS:
        for name in names.split():
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


def test_unknown_names_of_the_package_raise_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        airflow_client.client.Nope  # noqa: B018
    assert "XComApi" in dir(airflow_client.client)


def test_modules_are_attributes_before_they_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(xcom, "model")
    assert xcom.model.__name__ == "airflow_client.xcom.model"


def _modules_of_typing() -> set[str]:
    program = "import sys; before = set(sys.modules); import typing; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_import_loads_nothing_and_changes_nothing_global() -> None:
    program = """
import sys, logging, signal, http.client, os
before = dict(os.environ), logging.getLogger().level, dict(logging.Logger.manager.loggerDict), set(sys.modules)
import airflow_client.client
loaded = set(sys.modules) - before[3]
from airflow_client.client import *
c = Configuration(username="u", password="p"); c.debug = True; ApiClient(c).close(); XComApi()
assert before[:2] == (dict(os.environ), logging.getLogger().level), "environment or root logger"
assert http.client.HTTPConnection.debuglevel == 0
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
print(*sorted(name for name in loaded if not name.startswith("airflow_client")))
"""
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    needed = {"__future__", "importlib", "importlib._bootstrap", "importlib._bootstrap_external", "warnings"}
    needed |= _modules_of_typing()
    assert set(result.stdout.split()) <= needed


BASE = "/api/v1/dags/dag_id_example/dagRuns/dag_run_id_example/taskInstances/task_id_example/xcomEntries"


LIST_OF_EXAMPLE = answer('{"xcom_entries": [{"key": "xcom_key_example", "map_index": 1}], "total_entries": 1}')


@pytest.mark.parametrize(
    ("example", "body", "targets"),
    [
        (LIST_EXAMPLE, LIST_OF_EXAMPLE, [BASE, BASE + "?map_index=1&xcom_key=xcom_key_example&limit=100&offset=0"]),
        (
            ENTRY_EXAMPLE,
            entry("xcom_key_example"),
            [BASE + "/xcom_key_example", BASE + "/xcom_key_example?map_index=1&deserialize=false"],
        ),
    ],
)
def test_documented_examples_run_unchanged(wire: WireServer, example: str, body: bytes, targets: list[str]) -> None:
    wire.answers = [body]
    printed = documented.run(example, wire.host)
    assert printed == 2 * f"{XCom.from_json(body.partition(HEAD_END)[2])!r}\n"
    assert [target for target in wire.targets if target != "/login/"] == targets  # the second call looks for a session
    assert wire.header("Authorization") == "Basic WU9VUl9VU0VSTkFNRTpZT1VSX1BBU1NXT1JE"


class TestKeywordsOfEveryCall:
    @pytest.fixture(autouse=True)
    def _responses(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]

    def test_calls_return_a_model(self, api: XComApi) -> None:
        assert api.get_xcom_entry(*IDS, "k") == XCom(key="k", value=1)

    def test_ids_may_be_keywords(self, api: XComApi, wire: WireServer) -> None:
        api.get_xcom_entry(xcom_key="k", task_id="t", dag_run_id="r", dag_id="d")
        assert wire.targets == ["/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries/k"]

    def test_async_req_returns_a_thread_result(self, api: XComApi) -> None:
        thread = api.get_xcom_entry(*IDS, "k", async_req=True)
        assert thread.get(10) == XCom(key="k", value=1)
        assert thread.ready()
        assert thread.successful()

    def test_async_req_raises_from_get(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [answer("{}", "404 NOT FOUND")]
        thread = api.get_xcom_entry(*IDS, "k", async_req=True)
        with pytest.raises(client.NotFoundException):
            thread.get(10)

    def test_return_http_data_only_returns_data_status_and_headers(self, api: XComApi) -> None:
        data, status, headers = api.get_xcom_entry(*IDS, "k", _return_http_data_only=False)
        assert (data.value, status, headers["content-type"]) == (1, 200, "application/json")
        assert api.get_xcom_entry(*IDS, "k", _return_http_data_only=True).value == 1

    def test_preload_content_returns_the_raw_response(self, api: XComApi) -> None:
        response = api.get_xcom_entry(*IDS, "k", _preload_content=False)
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json"
        assert json.loads(response.data) == {"key": "k", "value": 1}

    def test_preload_content_raises_errors(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [answer('{"title": "gone"}', "404 NOT FOUND")]
        with pytest.raises(client.NotFoundException, match="gone"):
            api.get_xcom_entry(*IDS, "k", _preload_content=False)

    def test_with_http_info_returns_the_response_and_the_model(self, api: XComApi, wire: WireServer) -> None:
        response = api.get_xcom_entry_with_http_info(*IDS, "k", map_index=1, stringify=False)
        assert (response.status_code, response.data, response.raw_data) == (
            200,
            XCom(key="k", value=1),
            b'{"key": "k", "value": 1}',
        )
        assert response.headers["CONTENT-TYPE"] == "application/json"
        assert "value" in repr(response)
        assert wire.targets[0].endswith("/k?map_index=1&stringify=false")
        wire.answers = [LIST]
        listed = api.get_xcom_entries_with_http_info(*IDS, limit=5)
        assert listed.data.total_entries == 1
        assert wire.targets[1].endswith("?limit=5")
        assert api.get_xcom_entries_with_http_info(*IDS, async_req=True).get(10).data == listed.data

    def test_without_preload_content_returns_the_raw_response(self, api: XComApi, wire: WireServer) -> None:
        assert json.loads(api.get_xcom_entry_without_preload_content(*IDS, "k", map_index=1).data)["value"] == 1
        wire.answers = [LIST]
        assert json.loads(api.get_xcom_entries_without_preload_content(*IDS, limit=1).data)["total_entries"] == 1
        assert [target.partition("?")[2] for target in wire.targets] == ["map_index=1", "limit=1"]

    def test_with_http_info_needs_preloaded_content(self, api: XComApi, wire: WireServer) -> None:
        with pytest.raises(ApiValueError, match="_preload_content=False leaves no model"):
            api.get_xcom_entry_with_http_info(*IDS, "k", _preload_content=False)
        assert wire.requests == []

    @pytest.mark.parametrize(
        "keywords",
        [
            {"_check_input_type": False},
            {"_check_return_type": False},
            {"_content_type": "application/json"},
            {"_host_index": 0},
            {"_spec_property_naming": True},
        ],
    )
    def test_keywords_without_effect_are_accepted(self, api: XComApi, keywords: dict[str, Any]) -> None:
        assert api.get_xcom_entry(*IDS, "k", **keywords) == XCom(key="k", value=1)

    @pytest.mark.parametrize("call", ["get_xcom_entry", "get_xcom_entry_with_http_info"])
    def test_unknown_keywords_are_refused(self, api: XComApi, wire: WireServer, call: str) -> None:
        with pytest.raises(ApiTypeError, match="unknown keyword: mapindex"):
            getattr(api, call)(*IDS, "k", mapindex=1)
        assert wire.requests == []

    def test_request_auths_replace_the_credentials(self, api: XComApi, wire: WireServer) -> None:
        settings = [
            {"in": "header", "key": "X-Token", "value": "t"},
            {"in": "cookie", "key": "Cookie", "value": "session=s"},
        ]
        api.get_xcom_entry(*IDS, "k", _request_auths=settings)
        assert (wire.header("X-Token"), wire.header("Cookie"), wire.header("Authorization")) == ("t", "session=s", None)

    @pytest.mark.parametrize("settings", [["Basic"], [{"in": "header"}], [{"in": "query", "key": "k", "value": "v"}]])
    def test_bad_request_auths_are_refused(self, api: XComApi, settings: Any) -> None:
        with pytest.raises((ApiTypeError, ApiValueError), match="_request_auths"):
            api.get_xcom_entry(*IDS, "k", _request_auths=settings)


class TestApiClient:
    def test_headers_of_the_client_are_sent(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host), "X-One", "1", cookie="session=abc") as api_client:
            api_client.set_default_header("X-Two", "2")
            api_client.user_agent = "mine/1"
            XComApi(api_client).get_xcom_entry(*IDS, "k")
        assert [wire.header(name) for name in ("X-One", "X-Two", "Cookie", "User-Agent")] == [
            "1",
            "2",
            "session=abc",
            "mine/1",
        ]
        assert wire.header("Accept") == "application/json"
        assert wire.header("Authorization") is None

    def test_user_agent_has_the_version(self, wire: WireServer, api: XComApi) -> None:
        wire.answers = [ENTRY]
        api.get_xcom_entry(*IDS, "k")
        assert wire.header("User-Agent") == f"airflow-xcom-client/{client.__version__}"

    def test_header_names_ignore_case(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        configuration = Configuration(host=wire.host, username="u", password="p")
        with ApiClient(configuration, "accept", "application/json, text/html") as api_client:
            api_client.set_default_header("USER-AGENT", "mine/1")
            api_client.set_default_header("authorization", "Bearer old")
            api_client.call_api("/x", "GET", header_params={"Accept": "text/plain"})
        names = [line.split(b":")[0].lower() for line in wire.requests[0].split(b"\r\n")[1:-2]]
        assert sorted(names) == sorted(set(names))
        assert [wire.header(name) for name in ("accept", "user-agent", "authorization")] == [
            "text/plain",
            "mine/1",
            "Basic dTpw",
        ]

    @pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "a\0b", "\u952e"])
    def test_invalid_headers_are_refused(self, text: str) -> None:
        with pytest.raises(ApiValueError, match="header_value"):
            ApiClient().set_default_header("X", text)
        with pytest.raises(ApiValueError, match="header_name"):
            ApiClient().set_default_header(text, "x")

    @pytest.mark.parametrize(
        "arguments", [{"configuration": "http://x"}, {"pool_threads": "1"}, {"pool_threads": True}]
    )
    def test_arguments_have_types(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(ApiTypeError, match=next(iter(arguments))):
            ApiClient(**arguments)

    def test_pool_threads_is_at_least_one(self) -> None:
        with pytest.raises(ApiValueError, match="pool_threads must be at least 1, got 0"):
            ApiClient(pool_threads=0)

    def test_last_response_is_the_response_of_the_last_call(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [answer("{}", "404 NOT FOUND", X_Request_Id="7")]
        assert api.api_client.last_response is None
        with pytest.raises(client.NotFoundException):
            api.get_xcom_entry(*IDS, "k")
        last = api.api_client.last_response
        assert last is not None
        assert (last.status, last.reason, last.headers["x-request-id"], last.data) == (404, "NOT FOUND", "7", None)
        assert repr(last) == "<Response 404 NOT FOUND>"

    def test_a_closed_client_opens_again(self, wire: WireServer, api: XComApi) -> None:
        wire.answers = [ENTRY]
        assert api.get_xcom_entry(*IDS, "k", async_req=True).get(10).value == 1
        api.api_client.close()
        api.api_client.close()
        with WireServer(ENTRY) as other:
            api.api_client.configuration.host = other.host
            assert api.get_xcom_entry(*IDS, "k").value == 1
            assert (wire.connections, other.connections) == (1, 1)

    def test_close_waits_for_calls_in_other_threads(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        with ApiClient(Configuration(host=wire.host)) as api_client:
            calls = [XComApi(api_client).get_xcom_entry(*IDS, "k", async_req=True) for _ in range(3)]
        assert all(call.ready() for call in calls)

    def test_calls_share_a_connection(self, wire: WireServer, api: XComApi) -> None:
        wire.answers = [ENTRY]
        for _ in range(5):
            api.get_xcom_entry(*IDS, "k")
        assert wire.connections == 1

    def test_the_default_configuration_is_used(self, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        Configuration.set_default(Configuration(host=wire.host, username="u", password="p"))
        try:
            with XComApi().api_client as api_client:
                assert XComApi(api_client).get_xcom_entry(*IDS, "k").value == 1
            assert wire.header("Authorization") == "Basic dTpw"
        finally:
            Configuration.set_default(None)
        assert Configuration.get_default_copy().host == "/api/v1"

    def test_repr_has_the_host_and_no_secrets(self) -> None:
        assert (
            repr(ApiClient(Configuration(host="http://u:secret@airflow/api/v1"))) == "<ApiClient http://airflow/api/v1>"
        )

    def test_a_relative_host_is_on_localhost(self) -> None:
        relative = Configuration(host="/team/api/v1")
        with ApiClient(relative) as api_client, pytest.raises(client.ApiException) as caught:
            XComApi(api_client).get_xcom_entry(*IDS, "k", _request_timeout=0.1)
        assert "GET http://localhost:8080/team/api/v1/dags/d/dagRuns/r/" in str(caught.value)


class TestCallApi:
    def test_returns_data_status_and_headers(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [answer("[1, 2.50]", "201 CREATED")]
        data, status, headers = api.api_client.call_api(
            "/dags/{dag_id}/x",
            "POST",
            {"dag_id": "a b"},
            [("q", "1&2"), ("none", None), ("flag", True)],
            {"X-Y": "z"},
            {"n": [1]},
        )
        assert (data, status, headers["content-type"]) == ([1, 2.5], 201, "application/json")
        assert wire.targets == ["/api/v1/dags/a%20b/x?q=1%262&flag=true"]
        assert wire.requests[0].endswith(b'\r\n\r\n{"n": [1]}')
        assert (wire.header("X-Y"), wire.header("Content-Type")) == ("z", "application/json")
        assert wire.header("Authorization") is not None

    def test_response_type_returns_a_model(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        for response_type in (XCom, (XCom,)):
            assert api.api_client.call_api(
                "/x", "GET", response_type=response_type, _return_http_data_only=True
            ) == XCom(key="k", value=1)

    def test_empty_responses_return_none(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"]
        assert api.api_client.call_api("/x", "DELETE")[:2] == (None, 204)

    def test_empty_auth_settings_send_no_credentials(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        api.api_client.call_api("/x", "GET", auth_settings=[])
        assert wire.header("Authorization") is None

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (("x", "GET"), ApiValueError, "resource_path must be a path"),
            (("/x?y=1", "GET"), ApiValueError, "resource_path must be a path"),
            (("http://evil/", "GET"), ApiValueError, "resource_path must be a path"),
            (("/a/../b", "GET"), ApiValueError, "'.' or '..' segment"),
            (("/x\r\nHost: evil", "GET"), ApiValueError, "resource_path must be a path"),
            (("/x", "get"), ApiValueError, "method must be"),
            (("/x", "GET /y HTTP/1.1\r\n"), ApiValueError, "method must be"),
            (("/{a}", "GET"), ApiValueError, "have different names: a"),
            (("/a", "GET", {"b": 1}), ApiValueError, "have different names: b"),
            (("/{a}", "GET", {"a": ""}), ApiValueError, "a must not be empty"),
            (("/a", "GET", {}, {}, {"X": "a\nb"}), ApiValueError, "header_params"),
            (("/a", "POST", {}, {}, {}, {1, 2}), ApiValueError, "body cannot be sent as JSON"),
            (("/a", "POST", {}, {}, {}, float("nan")), ApiValueError, "body cannot be sent as JSON"),
            (("/a", "POST", {}, {}, {}, None, [("a", "b")]), ApiValueError, "does not support post_params"),
            (("/a", "POST", {}, {}, {}, None, None, {"f": 1}), ApiValueError, "does not support files"),
            (("/a", "GET", {}, {}, {}, None, None, None, "XCom"), ApiTypeError, "response_type"),
        ],
    )
    def test_invalid_requests_are_refused(
        self, api: XComApi, wire: WireServer, arguments: tuple[Any, ...], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=re.escape(message)):
            api.api_client.call_api(*arguments)
        assert wire.requests == []

    def test_other_hosts_are_refused(self, api: XComApi) -> None:
        with pytest.raises(ApiValueError, match="does not support _host"):
            api.api_client.call_api("/x", "GET", _host="http://evil")


def test_errors_have_the_description_of_the_server(api: XComApi, wire: WireServer) -> None:
    body = '{"status": 404, "title": "XCom entry not found", "type": "about:blank", "detail": null}'
    wire.answers = [answer(body, "404 NOT FOUND", Content_Type="application/problem+json")]
    with pytest.raises(client.NotFoundException) as caught:
        api.get_xcom_entry(*IDS, "k")
    error = caught.value
    assert (error.status, error.reason, error.body) == (404, "NOT FOUND", body)
    assert error.headers is not None
    assert error.headers["content-type"] == "application/problem+json"
    assert error.error == Error.from_json(body)
    assert str(error).splitlines()[:2] == ["(404)", "Reason: NOT FOUND"]
    assert f"Request: GET {wire.host}/dags/d/" in str(error)
