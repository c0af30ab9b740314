"""No id, key, header or setting can become another path, another header or another request."""

from __future__ import annotations

from typing import Callable
from urllib.parse import parse_qsl, unquote

import pytest

from airflow_client.xcom import ApiValueError, Configuration, HookException
from tests.support.cases import check_each
from tests.support.faults import ENTRY
from tests.support.transports import OpenClient, TransportClient
from tests.support.wire_server import WireServer, answer, entry
from tests.transport.conftest import one_transport

NAMES = ("dag_id", "dag_run_id", "task_id", "xcom_key")
#: Values that every id may have.
ODD = [
    *("...", "a..", "%252F", "%c0%ae", "%", "%zz", "%00", "%0d%0a"),
    *("a?b=c", "?", "a#b", "#", "a&b=c", "a;b", "a\\b", "http:", "user@host", ":8080", "[::1]", "*", "~x"),
    *("a b", " ", "a+b", "a=b", "{dag_id}", "{0}", "%s", "'\"<>`", "$(id)", "|", "^"),
    *("\xfc", "\u65e5\u672c", "\U0001f469\u200d\U0001f680", "e\u0301", "\u202e", "\u2028", "\ufeff", "\uff0e\uff0e"),
    "a" * 300,
]
#: Values that only the key of a read may have.
FOLDED = ["..", ".", "..;", "%2e", "%2e%2e", "%2F", "..\\.."]
#: Values that only a key may have.
SLASHES = ["a/b", "/", "//evil.invalid", "http://evil.invalid/", "../../x", "/..", "a/../b", "./", "a//b"]


def test_an_id_is_one_segment_of_the_path(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)

    def check(case: tuple[str, str]) -> None:
        name, value = case
        given = {**{other: other for other in NAMES}, name: value}
        wire.answers = [entry(given["xcom_key"])]
        wire.requests.clear()
        client.call("get_xcom_entry", **given)
        (target,) = wire.targets
        segments = target.split("/")
        assert segments[:4] == ["", "api", "v1", "dags"]
        assert segments[5::2] == ["dagRuns", "taskInstances", "xcomEntries"]
        assert [unquote(segment) for segment in segments[4::2]] == [*given.values()]
        assert not {".", ".."} & set(segments)

    cases = [(name, value) for name in NAMES for value in ODD]
    check_each([*cases, *(("xcom_key", value) for value in (*FOLDED, *SLASHES))], check)


def test_a_filter_is_a_value_of_the_query(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)
    wire.answers = [answer('{"xcom_entries": [], "total_entries": 0}')]

    def check(value: str) -> None:
        wire.requests.clear()
        client.call("get_xcom_entries", "d", "r", "t", xcom_key=value, limit=1)
        path, _, query = wire.targets[0].partition("?")
        assert path == "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries"
        assert sorted(parse_qsl(query, keep_blank_values=True)) == [("limit", "1"), ("xcom_key", value)]

    check_each([*ODD, *FOLDED, *SLASHES], check)


@one_transport
def test_an_unusable_path_or_method_of_call_api_is_refused(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)

    def check(path: str) -> None:
        with pytest.raises(ApiValueError):
            client.call("call_api", path, "GET")
        with pytest.raises(ApiValueError):
            client.call("call_api", "/x", f"GET {path or '/'} HTTP/1.1\r\nX: y\r\n\r\nGET")

    paths = ["/x\r\ny", "/x\n", "/x?y", "/x#y", "/x y", "/\xfc", "http://evil.invalid/", "x", "", "/\0"]
    folded = ["/../x", "/a/../../x", "/./x", "/dags/%2e%2E/x", "/dags/..;a/x", "/dags/%5C..%5C/x"]
    check_each([*paths, *folded], check)
    assert wire.connections == 0


def test_a_parameter_of_call_api_is_one_segment_or_one_value(open_client: OpenClient, wire: WireServer) -> None:
    wire.answers = [answer("{}")]
    client = open_client(wire.host)

    def check(value: str) -> None:
        wire.requests.clear()
        client.call("call_api", "/x/{a}/y", "GET", path_params={"a": value}, query_params={value: value})
        (target,) = wire.targets
        path, _, query = target.partition("?")
        assert [unquote(segment) for segment in path.split("/")] == ["", "api", "v1", "x", value, "y"]
        assert parse_qsl(query) == [(value, value)]

    check_each(["a/b", "\u65e5", "http:", "a?b#c"], check)


#: Text that no header's value may have, and no header's name (RFC 9110, 5.1).
VALUES = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\r\n X-Evil: 1", "a\r\n\r\nGET /evil", "\0", "\u65e5"]
BAD_NAMES = ["X-Evil: 1\r\nY", "X\n", "X-Evil: 1", "X Y", "", " ", ":", "X\0", "\xfc", "X\t"]


def _default(client: TransportClient, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        client.api_client.set_default_header(name, value)
    client.call("get_xcom_entry", "d", "r", "t", "k")


def _of_call_api(client: TransportClient, headers: dict[str, str]) -> None:
    client.call("call_api", "/x", "GET", header_params=headers)


def _of_the_authentication(client: TransportClient, headers: dict[str, str]) -> None:
    settings = [{"in": "header", "key": name, "value": value} for name, value in headers.items()]
    client.call("get_xcom_entry", "d", "r", "t", "k", _request_auths=settings)


def _of_a_method(client: TransportClient, headers: dict[str, str]) -> None:
    client.call("get_xcom_entry", "d", "r", "t", "k", _headers=headers)


def _of_the_hook(client: TransportClient, headers: dict[str, str]) -> None:
    client.api_client.configuration.on_request = lambda request: request.headers.update(headers)
    client.call("get_xcom_entry", "d", "r", "t", "k")


@one_transport
@pytest.mark.parametrize("send", [_default, _of_call_api, _of_the_authentication, _of_a_method, _of_the_hook])
def test_a_header_that_cannot_be_sent_is_refused(
    open_client: OpenClient, wire: WireServer, send: Callable[[TransportClient, dict[str, str]], None]
) -> None:
    def check(header: tuple[str, str]) -> None:
        with pytest.raises(HookException if send is _of_the_hook else ApiValueError):
            send(open_client(wire.host), dict([header]))

    check_each([*(("X-Mine", value) for value in VALUES), *((name, "value") for name in BAD_NAMES)], check)
    assert wire.connections == 0


@one_transport
def test_a_setting_that_cannot_be_sent_is_refused(open_client: OpenClient, wire: WireServer) -> None:
    client = open_client(wire.host)

    def check(value: str) -> None:
        with pytest.raises(ApiValueError):
            client.api_client.user_agent = value
        client.api_client.configuration.access_token = value
        with pytest.raises(ApiValueError):
            client.call("get_xcom_entry", "d", "r", "t", "k")
        with pytest.raises(ApiValueError):
            Configuration(host=f"{wire.host}/{value}\n")

    check_each(VALUES, check)
    assert wire.connections == 0


@one_transport
def test_a_user_name_and_a_password_may_be_any_text(open_client: OpenClient, wire: WireServer) -> None:
    """They are sent in Base64, percent-encoded or as JSON."""
    form = answer('<form><input name="csrf_token" value="a&#13;&#10;X-Evil: 1"><input name="password"></form>')

    def check(value: str) -> None:
        name = value.replace(":", "")
        for host, login, answers in (
            (wire.host, "basic", [ENTRY]),
            (wire.host, "session", [form, answer("", "302 Found", Location="/home"), ENTRY]),
            (f"{wire.url}/api/v2", "token", [answer('{"access_token": "t"}', "201 Created"), ENTRY]),
        ):
            wire.requests.clear()
            wire.answers = list(answers)
            client = open_client(host, username=name, password=value, login=login)
            assert client.call("get_xcom_entry", "d", "r", "t", "k").value == 1
            assert len(wire.requests) == len(answers)
            heads = [request.partition(b"\r\n\r\n")[0].lower() for request in wire.requests]
            assert not [head for head in heads if b"\nx-evil" in head or b"/evil" in head]

    check_each(VALUES, check)
