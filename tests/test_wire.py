"""Ids, keys and parameters: what is sent, and what is refused before anything is sent."""

from __future__ import annotations

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
from tests.wire_server import WireServer, answer, entry

ENTRY = answer('{"key": "k", "value": 1}')
IDS = {"dag_id": "d", "dag_run_id": "r", "task_id": "t"}
PREFIX = "/dags/d/dagRuns/r/taskInstances/t/xcomEntries"

#: Keys that a proxy can take for a way to another endpoint.
LEAVING = [
    *(".", "..", "../x", "a/../x", "/x", "x/", "a//b", "a/./b", "../../../../../../xcom_other", "..\\..\\x", "a\\"),
    *("%2e%2e%2fx", "%2E", "a%2F..%2Fx", "%5c..%5cx", "..;/x", "a/..;b/c", "%2F"),
]
NAMES = ["dag_id", "dag_run_id", "task_id", "xcom_key"]


def call(api: XComApi, **arguments: Any) -> Any:
    return (api.get_xcom_entry if "xcom_key" in arguments else api.get_xcom_entries)(**arguments)


class TestRefusedBeforeSending:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", [None, 1, b"bytes", ["list"], True, 1.5])
    def test_what_is_no_text(self, api: XComApi, wire: WireServer, name: str, value: Any) -> None:
        with pytest.raises(ApiTypeError, match=f"{name} must be a str, not {type(value).__name__}"):
            call(api, **{**IDS, "xcom_key": "k", name: value})
        assert wire.requests == []

    @pytest.mark.parametrize("name", NAMES)
    def test_empty(self, api: XComApi, wire: WireServer, name: str) -> None:
        with pytest.raises(ApiValueError, match=f"{name} must not be empty"):
            call(api, **{**IDS, "xcom_key": "k", name: ""})
        assert wire.requests == []

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", ["a\0b", "a\nb", "a\r\nHost: evil", "\t", "\x7f", "\x85"])
    def test_control_characters(self, api: XComApi, wire: WireServer, name: str, value: str) -> None:
        with pytest.raises(ApiValueError, match=f"{name} must not contain control characters"):
            call(api, **{**IDS, "xcom_key": "k", name: value})
        assert wire.requests == []

    @pytest.mark.parametrize("name", NAMES)
    def test_a_lone_surrogate(self, api: XComApi, name: str) -> None:
        with pytest.raises(ApiValueError, match=f"{name} cannot be encoded as UTF-8"):
            call(api, **{**IDS, "xcom_key": "k", name: "\ud800"})

    @pytest.mark.parametrize("name", NAMES[:3])
    @pytest.mark.parametrize("value", ["a/b", "/", "d/dagRuns/r/taskInstances/t/xcomEntries/k", "../../config"])
    def test_an_id_that_could_be_another_path(self, api: XComApi, wire: WireServer, name: str, value: str) -> None:
        with pytest.raises(ApiValueError, match=f"{name} must not contain '/'"):
            call(api, **{**IDS, "xcom_key": "k", name: value})
        assert wire.requests == []

    @pytest.mark.parametrize("name", NAMES[:3])
    @pytest.mark.parametrize("value", [".", "..", "%2e%2E", "a\\..\\b", "..;x", "%2E;"])
    def test_an_id_that_a_proxy_could_fold(self, api: XComApi, wire: WireServer, name: str, value: str) -> None:
        for ids in ({**IDS, name: value}, {**IDS, "xcom_key": "k", name: value}):
            with pytest.raises(ApiValueError, match=f"{name} must not have an empty, '.' or '..' segment"):
                call(api, **ids)
        assert wire.requests == []

    @pytest.mark.parametrize("key", LEAVING)
    def test_a_key_that_a_proxy_could_fold_where_no_answer_would_show_it(
        self, api: XComApi, wire: WireServer, key: str
    ) -> None:
        """Of what such a call reaches nobody would know: a DAG was deleted so."""
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
        assert wire.requests == []

    @pytest.mark.parametrize("key", ["a/b", "a.b", "...", "..a", "a;b", ";", "a%2Fb", "100%", "~", "a b"])
    def test_a_key_that_stays_in_its_place_can_be_deleted(self, wire: WireServer, key: str) -> None:
        wire.answers = [answer('{"version": "3.3.2"}'), answer("", "204 No Content")]
        with ApiClient(Configuration(host=f"{wire.url}/api/v2")) as client:
            XComApi(client).delete_xcom_entry(**IDS, xcom_key=key)
        assert wire.targets[-1] == f"/api/v2{PREFIX}/{quote(key, safe='')}?map_index=-1"

    @pytest.mark.parametrize("path", ["/dags/../x", "/dags/%2e%2E/x", "/dags/..;a/x", "/dags/%5C..%5C/x", "/./dags"])
    def test_a_path_of_call_api_that_could_be_another(self, api: XComApi, wire: WireServer, path: str) -> None:
        with pytest.raises(ApiValueError, match="resource_path must not have"):
            api.api_client.call_api(path, "GET")
        assert wire.requests == []

    @pytest.mark.parametrize("name", ["map_index", "limit", "offset"])
    @pytest.mark.parametrize("value", ["1", 1.0, True, [1]])
    def test_what_is_no_number(self, api: XComApi, wire: WireServer, name: str, value: Any) -> None:
        with pytest.raises(ApiTypeError, match=f"{name} must be an int, not {type(value).__name__}"):
            call(api, **IDS, **{name: value})
        assert wire.requests == []

    @pytest.mark.parametrize("name", ["deserialize", "stringify"])
    @pytest.mark.parametrize("value", ["true", 1, 0])
    def test_what_is_no_flag(self, api: XComApi, wire: WireServer, name: str, value: Any) -> None:
        with pytest.raises(ApiTypeError, match=f"{name} must be a bool, not {type(value).__name__}"):
            call(api, **IDS, xcom_key="k", **{name: value})
        assert wire.requests == []

    def test_a_filter_by_nothing(self, api: XComApi) -> None:
        with pytest.raises(ApiValueError, match="xcom_key must not be empty"):
            api.get_xcom_entries(**IDS, xcom_key="")

    def test_a_number_that_cannot_be_written(self, api: XComApi) -> None:
        try:
            str(10**5000)
        except ValueError:
            with pytest.raises(ApiValueError, match="offset is out of range"):
                api.get_xcom_entries(**IDS, offset=10**5000)


class TestSent:
    @pytest.mark.parametrize(
        ("key", "sent"),
        [
            ("with space", "with%20space"),
            ("a/b", "a%2Fb"),
            ("a%2Fb", "a%252Fb"),
            ("a+b", "a%2Bb"),
            ("?x=1", "%3Fx%3D1"),
            ("#", "%23"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("...", "..."),
            ("~", "~"),
            ("\u952e", "%E9%94%AE"),
            ("http://evil/", "http%3A%2F%2Fevil%2F"),
            ("\\", "%5C"),
        ],
    )
    def test_a_key(self, api: XComApi, wire: WireServer, key: str, sent: str) -> None:
        wire.answers = [entry(key)]
        api.get_xcom_entry(**IDS, xcom_key=key)
        assert wire.targets == [f"/api/v1{PREFIX}/{sent}"]

    def test_only_the_parameters_that_were_set(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [ENTRY]
        api.get_xcom_entry(**IDS, xcom_key="k")
        api.get_xcom_entry(**IDS, xcom_key="k", map_index=0, deserialize=False, stringify=True)
        api.get_xcom_entry(**IDS, xcom_key="k", map_index=None, deserialize=None, stringify=None)
        sent = [target.partition("/k")[2] for target in wire.targets]
        assert sent == ["", "?map_index=0&deserialize=false&stringify=true", ""]

    def test_the_parameters_of_a_list(self, api: XComApi, wire: WireServer) -> None:
        wire.answers = [answer('{"xcom_entries": [], "total_entries": 0}')]
        api.get_xcom_entries(**IDS)
        api.get_xcom_entries("~", "~", "~", map_index=-1, xcom_key="a b&c=d+\u952e/", limit=0, offset=10**23)
        assert wire.targets == [
            f"/api/v1{PREFIX}",
            "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
            "?map_index=-1&xcom_key=a%20b%26c%3Dd%2B%E9%94%AE%2F&limit=0&offset=100000000000000000000000",
        ]

    @pytest.mark.parametrize("name", ["limit", "offset"])
    def test_a_negative_limit_or_offset_is_not_sent(self, api: XComApi, wire: WireServer, name: str) -> None:
        filters: Any = {name: -1}
        with pytest.raises(ApiValueError, match=f"{name} must be 0 or more, got -1"):
            api.get_xcom_entries(**IDS, **filters)
        assert wire.requests == []


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1))
def test_any_text_is_one_segment_that_decodes_to_itself(text: str) -> None:
    segment = validation.segment(text)
    assert unquote(segment) == text
    assert not set(segment) & set("/?#%\\ ") - {"%"}
    assert segment not in (".", "..")
    assert segment.isascii()


class TestInterpretation:
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "<html>Sign in</html>",
            "[]",
            "null",
            '"text"',
            "{}",
            '{"unrelated": 1}',
            "{",
            "[" * 100_000,
            b"\xff\xfe\xfa",
            '{"detail": "Not Found"}',
        ],
    )
    @pytest.mark.parametrize("arguments", [IDS, {**IDS, "xcom_key": "k"}], ids=["list", "entry"])
    def test_what_is_not_airflow_s_json_is_unexpected_content(
        self, api: XComApi, wire: WireServer, arguments: dict[str, str], body: Any
    ) -> None:
        wire.answers = [answer(body, Content_Type="text/html")]
        with pytest.raises(UnexpectedContentException) as caught:
            call(api, **arguments)
        assert caught.value.status == 200
        assert "unexpected content" in str(caught.value)
        assert "Content-Type: text/html" in str(caught.value)
        assert f"Request: GET {wire.host}{PREFIX}" in str(caught.value)

    @pytest.mark.parametrize("rows", ['{"a": 1}', '"text"', "[1]", "[null]", "7"])
    def test_rows_that_are_none(self, api: XComApi, wire: WireServer, rows: str) -> None:
        wire.answers = [answer(f'{{"xcom_entries": {rows}, "total_entries": 1}}')]
        with pytest.raises(UnexpectedContentException, match="expected XComCollection"):
            api.get_xcom_entries(**IDS)

    @pytest.mark.parametrize(
        "value", ["NaN", "-Infinity", str(2**70), "1e400", '"\\ud800"', "1.0", "-0.0", '"\\u0000"']
    )
    def test_a_value_is_what_python_s_decoder_makes_of_it(self, api: XComApi, wire: WireServer, value: str) -> None:
        import json

        wire.answers = [answer(f'{{"key": "k", "value": {value}}}')]
        assert repr(api.get_xcom_entry(**IDS, xcom_key="k").value) == repr(json.loads(value))

    @pytest.mark.parametrize(
        ("status", "body", "said"),
        [
            (418, "short and stout", "Server says: short and stout"),
            (404, '{"detail": {"odd": 1}}', "Server says: odd: 1"),
            (404, "[1]", "Server says: [1]"),
            (500, "<html><style>p{}</style><title>t</title><p>It &lt;broke&gt;</p></html>", "Server says: It <broke>"),
            (502, b"\xff\xfe", "Server says: \ufffd\ufffd"),
            (503, "", "Reason: What"),
            (500, "x" * 1000, "x" * 299 + "…"),
            (302, "", "Redirects are not followed"),
        ],
    )
    def test_an_error_of_whatever_content_is_readable(
        self, api: XComApi, wire: WireServer, status: int, body: Any, said: str
    ) -> None:
        wire.answers = [answer(body, f"{status} What", Location="http://elsewhere/login")]
        with pytest.raises(ApiException) as caught:
            api.get_xcom_entries(**IDS)
        assert caught.value.status == status
        assert said in str(caught.value)

    def test_hints_are_of_the_api_version(self) -> None:
        request, none = messages.Request("GET", "http://x", "/y", Headers(), None), ResponseHeaders([])
        assert V1.hint(request, messages.Response(500, "", none, b""), None, "Basic") is None
        assert V1.hint(request, messages.Response(400, "", none, b""), None, "Basic") is None
