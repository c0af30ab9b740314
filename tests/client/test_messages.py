"""Ids, keys and parameters of a request, and the content of a response."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    Configuration,
    UnexpectedContentException,
    XComApi,
)
from airflow_client.xcom.core import messages, validation
from airflow_client.xcom.core.api_version import V1
from airflow_client.xcom.headers import Headers, ResponseHeaders
from tests.support.cases import check_each
from tests.support.wire_server import WireServer, answer, entry

ENTRY = answer('{"key": "k", "value": 1}')
IDS = {"dag_id": "d", "dag_run_id": "r", "task_id": "t"}
PREFIX = "/dags/d/dagRuns/r/taskInstances/t/xcomEntries"

#: Keys that a proxy can fold into the path of another endpoint.
LEAVING = [
    *(".", "..", "../x", "a/../x", "/x", "x/", "a//b", "a/./b", "../../../../../../xcom_other", "..\\..\\x", "a\\"),
    *("%2e%2e%2fx", "%2E", "a%2F..%2Fx", "%5c..%5cx", "..;/x", "a/..;b/c", "%2F"),
]
NAMES = ["dag_id", "dag_run_id", "task_id", "xcom_key"]


def call(api: XComApi, **arguments: Any) -> Any:
    return (api.get_xcom_entry if "xcom_key" in arguments else api.get_xcom_entries)(**arguments)


class TestRefusedBeforeSending:
    def test_another_type_than_str(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[str, Any]) -> None:
            name, value = case
            with pytest.raises(ApiTypeError, match=f"{name} must be a str, not {type(value).__name__}"):
                call(api, **{**IDS, "xcom_key": "k", name: value})

        check_each(itertools.product(NAMES, [None, 1, b"bytes", ["list"], True, 1.5]), check)
        assert wire.requests == []

    def test_unusable_text(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[str, str]) -> None:
            name, value = case
            problem = {"": "must not be empty", "\ud800": "cannot be encoded as UTF-8"}.get(
                value, "must not contain control characters"
            )
            with pytest.raises(ApiValueError, match=f"{name} {problem}"):
                call(api, **{**IDS, "xcom_key": "k", name: value})

        controls = ["a\0b", "a\nb", "a\rb", "a\r\nHost: evil", "a\tb", "\x7f", "\x85"]
        check_each(itertools.product(NAMES, ["", "\ud800", *controls]), check)
        assert wire.requests == []

    def test_an_id_that_could_be_another_path(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[str, str]) -> None:
            name, value = case
            with pytest.raises(ApiValueError, match=f"{name} must not contain '/'"):
                call(api, **{**IDS, "xcom_key": "k", name: value})

        paths = ["a/b", "/", "//evil.invalid", "d/dagRuns/r/taskInstances/t/xcomEntries/k", "../../config", "a//b"]
        check_each(itertools.product(NAMES[:3], paths), check)
        assert wire.requests == []

    def test_an_id_that_a_proxy_could_fold(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[str, str]) -> None:
            name, value = case
            for ids in ({**IDS, name: value}, {**IDS, "xcom_key": "k", name: value}):
                with pytest.raises(ApiValueError, match=f"{name} must not have an empty, '.' or '..' segment"):
                    call(api, **ids)

        folded = [".", "..", "%2e", "%2e%2E", "%2F", "a\\..\\b", "..\\..", "..;", "..;x", "%2E;"]
        check_each(itertools.product(NAMES[:3], folded), check)
        assert wire.requests == []

    def test_a_key_that_a_proxy_could_fold_where_no_response_would_show_it(
        self, api: XComApi, wire: WireServer
    ) -> None:
        """Nobody would notice what such a call reaches: a DAG was deleted so."""

        def check(key: str) -> None:
            written: dict[str, Any] = {**IDS, "xcom_key": key, "value": 1}
            for attempt in (
                lambda: api.create_xcom_entry(**written),
                lambda: api.update_xcom_entry(**written),
                lambda: api.delete_xcom_entry(**IDS, xcom_key=key),
                lambda: api.get_xcom_entry(**IDS, xcom_key=key, _preload_content=False),
                lambda: api.get_xcom_entry_without_preload_content(**IDS, xcom_key=key),
                lambda: api.api_client.call_api("/dags/{xcom_key}", "GET", {"xcom_key": key}),
            ):
                with pytest.raises(ApiValueError, match="xcom_key must not have an empty"):
                    attempt()

        check_each(LEAVING, check)
        assert wire.requests == []

    def test_a_path_of_call_api_that_could_be_another(self, api: XComApi, wire: WireServer) -> None:
        def check(path: str) -> None:
            with pytest.raises(ApiValueError, match="resource_path must not have"):
                api.api_client.call_api(path, "GET")

        paths = ["/dags/../x", "/dags/%2e%2E/x", "/dags/..;a/x", "/dags/%5C..%5C/x", "/./dags"]
        check_each(paths, check)
        assert wire.requests == []

    def test_a_parameter_of_another_type(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[str, Any]) -> None:
            name, value = case
            kind, ids = ("bool", {**IDS, "xcom_key": "k"}) if name in ("deserialize", "stringify") else ("int", IDS)
            with pytest.raises(ApiTypeError, match=f"{name} must be an? {kind}, not {type(value).__name__}"):
                call(api, **ids, **{name: value})

        numbers = itertools.product(["map_index", "limit", "offset"], ["1", 1.0, True, [1]])
        flags = itertools.product(["deserialize", "stringify"], ["true", 1, 0])
        check_each([*numbers, *flags], check)
        assert wire.requests == []

    def test_a_negative_limit_or_offset(self, api: XComApi, wire: WireServer) -> None:
        for name in ("limit", "offset"):
            filters: Any = {name: -1}
            with pytest.raises(ApiValueError, match=f"{name} must be 0 or more, got -1"):
                api.get_xcom_entries(**IDS, **filters)
        assert wire.requests == []

    def test_a_number_with_too_many_digits_to_send(self, api: XComApi) -> None:
        try:
            str(10**5000)
        except ValueError:
            with pytest.raises(ApiValueError, match="offset is out of range"):
                api.get_xcom_entries(**IDS, offset=10**5000)


class TestSent:
    def test_a_key_is_percent_encoded(self, api: XComApi, wire: WireServer) -> None:
        sent = {
            "with space": "with%20space",
            "a/b": "a%2Fb",
            "a%2Fb": "a%252Fb",
            "a+b": "a%2Bb",
            "?x=1": "%3Fx%3D1",
            "#": "%23",
            ".": "%2E",
            "..": "%2E%2E",
            "...": "...",
            "~": "~",
            "\u952e": "%E9%94%AE",
            "http://evil/": "http%3A%2F%2Fevil%2F",
            "\\": "%5C",
        }

        def check(key: str) -> None:
            wire.answers = [entry(key)]
            api.get_xcom_entry(**IDS, xcom_key=key)
            assert wire.targets[-1] == f"/api/v1{PREFIX}/{sent[key]}"

        check_each(sent, check)

    def test_a_key_that_no_proxy_folds_can_be_deleted(self, wire: WireServer) -> None:
        wire.version = "3.3.2"
        wire.answers = [answer("", "204 No Content")]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2")) as client:

            def check(key: str) -> None:
                XComApi(client).delete_xcom_entry(**IDS, xcom_key=key)
                assert wire.targets[-1] == f"/api/v2{PREFIX}/{quote(key, safe='')}?map_index=-1"

            check_each(["a/b", "a.b", "...", "..a", "a;b", ";", "a%2Fb", "100%", "~", "a b"], check)

    def test_only_parameters_with_a_value_are_sent(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        api.get_xcom_entry(**IDS, xcom_key="k")
        api.get_xcom_entry(**IDS, xcom_key="k", map_index=0, deserialize=False, stringify=True)
        api.get_xcom_entry(**IDS, xcom_key="k", map_index=None, deserialize=None, stringify=None)
        sent = [target.partition("/k")[2] for target in wire.targets]
        assert sent == ["", "?map_index=0&deserialize=false&stringify=true", ""]

    def test_parameters_of_a_list(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [answer('{"xcom_entries": [], "total_entries": 0}')]
        api.get_xcom_entries(**IDS)
        api.get_xcom_entries("~", "~", "~", map_index=-1, xcom_key="a b&c=d+\u952e/", limit=0, offset=10**23)
        assert wire.targets == [
            f"/api/v1{PREFIX}",
            "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
            "?map_index=-1&xcom_key=a%20b%26c%3Dd%2B%E9%94%AE%2F&limit=0&offset=100000000000000000000000",
        ]


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1))
def test_any_text_is_one_segment_that_decodes_to_itself(text: str) -> None:
    segment = validation.segment(text)
    assert unquote(segment) == text
    assert not set(segment) & set("/?#%\\ ") - {"%"}
    assert segment not in (".", "..")
    assert segment.isascii()


class TestResponses:
    def test_unexpected_content_is_shown_with_its_request(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[Any, dict[str, str]]) -> None:
            body, arguments = case
            wire.answers = [answer(body, Content_Type="text/html")]
            with pytest.raises(UnexpectedContentException) as caught:
                call(api, **arguments)
            assert caught.value.status == 200
            assert "unexpected content" in str(caught.value)
            assert "Content-Type: text/html" in str(caught.value)
            assert f"Request: GET {wire.host}{PREFIX}" in str(caught.value)

        texts = ["", "<html>Sign in</html>", "[]", "null", '"text"', "{}", "{", "[" * 100_000]
        bodies = [*texts, '{"unrelated": 1}', b"\xff\xfe\xfa", '{"detail": "Not Found"}']
        check_each(itertools.product(bodies, [IDS, {**IDS, "xcom_key": "k"}]), check)

    def test_a_list_without_rows_is_refused(self, api: XComApi, wire: WireServer) -> None:
        def check(rows: str) -> None:
            wire.answers = [answer(f'{{"xcom_entries": {rows}, "total_entries": 1}}')]
            with pytest.raises(UnexpectedContentException, match="expected XComCollection"):
                api.get_xcom_entries(**IDS)

        check_each(['{"a": 1}', "{}", '"text"', "[1]", "[null]", "7"], check)

    def test_a_value_is_decoded_as_by_the_standard_library(self, api: XComApi, wire: WireServer) -> None:
        def check(value: str) -> None:
            wire.answers = [answer(f'{{"key": "k", "value": {value}}}')]
            assert repr(api.get_xcom_entry(**IDS, xcom_key="k").value) == repr(json.loads(value))
            response = api.get_xcom_entry_with_http_info(**IDS, xcom_key="k")
            assert repr(response.data.value) == repr(json.loads(value))
            assert response.raw_data == f'{{"key": "k", "value": {value}}}'.encode()

        check_each(
            ["NaN", "-Infinity", str(2**70), "1e400", '"\\ud800"', "1.0", "-0.0", '"\\u0000"', f'"{"x" * 100_000}"'],
            check,
        )

    def test_an_error_with_any_content_is_readable(self, api: XComApi, wire: WireServer) -> None:
        def check(case: tuple[int, Any, str]) -> None:
            status, body, message = case
            wire.answers = [answer(body, f"{status} What", Location="http://elsewhere/login")]
            with pytest.raises(ApiException) as caught:
                api.get_xcom_entries(**IDS)
            assert caught.value.status == status
            assert message in str(caught.value)

        page = "<html><style>p{}</style><title>t</title><p>It &lt;broke&gt;</p></html>"
        check_each(
            [
                (418, "short and stout", "Server says: short and stout"),
                (404, '{"detail": {"odd": 1}}', "Server says: odd: 1"),
                (404, "[1]", "Server says: [1]"),
                (500, page, "Server says: It <broke>"),
                (502, b"\xff\xfe", "Server says: \ufffd\ufffd"),
                (503, "", "Reason: What"),
                (500, "x" * 1000, "x" * 299 + "…"),
                (302, "", "Redirects are not followed"),
            ],
            check,
        )

    def test_statuses_without_a_hint(self) -> None:
        request, none = messages.Request("GET", "http://x", "/y", Headers(), None), ResponseHeaders([])
        assert V1.hint(request, messages.Response(500, "", none, b""), None, "Basic") is None
        assert V1.hint(request, messages.Response(400, "", none, b""), None, "Basic") is None
