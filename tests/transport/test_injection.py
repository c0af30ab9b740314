"""No id, key, header or setting can become another path, another header or another request."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from airflow_client.xcom import ApiValueError, Configuration, HookException
from tests.support.faults import ENTRY
from tests.support.transports import Open
from tests.support.wire_server import WireServer, answer, entry

NAMES = ("dag_id", "dag_run_id", "task_id", "xcom_key")
#: What can be asked for, and arrives as it is.
ODD = [
    *("...", "a..", "%252F", "%c0%ae", "%", "%zz", "%00", "%0d%0a"),
    *("a?b=c", "?", "a#b", "#", "a&b=c", "a;b", "a\\b", "http:", "user@host", ":8080", "[::1]", "*", "~x"),
    *("a b", " ", "a+b", "a=b", "{dag_id}", "{0}", "%s", "'\"<>`", "$(id)", "|", "^"),
    *("\xfc", "\u65e5\u672c", "\U0001f469\u200d\U0001f680", "e\u0301", "\u202e", "\u2028", "\ufeff", "\uff0e\uff0e"),
    "a" * 300,
]
#: What only a key that is read can be.
FOLDED = ["..", ".", "..;", "%2e", "%2e%2e", "%2F", "..\\.."]
#: What only a key can have.
SLASHES = ["a/b", "/", "//evil.invalid", "http://evil.invalid/", "../../x", "/..", "a/../b", "./", "a//b"]
#: What is refused before anything is sent.
CONTROLS = ["a\rb", "a\nb", "a\r\nX: y\r\n\r\n", "a\0b", "a\tb", "\x7f", "a\x85b", "\ud800", ""]


@pytest.mark.parametrize("name", NAMES)
def test_an_id_is_a_segment_of_the_path(client: Open, wire: WireServer, name: str) -> None:
    by = client(wire.host)
    for value in [*ODD, *((*FOLDED, *SLASHES) if name == "xcom_key" else ())]:
        given = {**{other: other for other in NAMES}, name: value}
        wire.answers = [entry(given["xcom_key"])]
        by.call("get_xcom_entry", **given)
        (target,) = wire.targets
        segments = target.split("/")
        assert segments[:4] == ["", "api", "v1", "dags"]
        assert segments[5::2] == ["dagRuns", "taskInstances", "xcomEntries"]
        assert [unquote(segment) for segment in segments[4::2]] == [*given.values()]
        assert not {".", ".."} & set(segments)
        wire.requests.clear()


@pytest.mark.parametrize("name", NAMES)
def test_an_id_that_cannot_be_one_is_not_sent(client: Open, wire: WireServer, name: str) -> None:
    wire.answers = [ENTRY]
    by = client(wire.host)
    for value in [*CONTROLS, *((*FOLDED, *SLASHES) if name != "xcom_key" else ())]:
        with pytest.raises(ApiValueError, match=name):
            by.call("get_xcom_entry", **{**{other: other for other in NAMES}, name: value})
    assert wire.connections == 0


@pytest.mark.parametrize("value", [*ODD, *FOLDED, *SLASHES])
def test_a_filter_is_a_value_of_the_query(client: Open, wire: WireServer, value: str) -> None:
    wire.answers = [answer('{"xcom_entries": [], "total_entries": 0}')]
    client(wire.host).call("get_xcom_entries", "d", "r", "t", xcom_key=value, limit=1)
    path, _, query = wire.targets[0].partition("?")
    assert path == "/api/v1/dags/d/dagRuns/r/taskInstances/t/xcomEntries"
    assert sorted(parse_qsl(query, keep_blank_values=True)) == [("limit", "1"), ("xcom_key", value)]


@pytest.mark.parametrize(
    "path",
    [
        "/x\r\ny",
        "/x\n",
        "/../x",
        "/a/../../x",
        "/./x",
        "/x?y",
        "/x#y",
        "/x y",
        "/\xfc",
        "http://evil.invalid/",
        "x",
        "",
        "/\0",
    ],
)
def test_a_path_of_call_api(client: Open, wire: WireServer, path: str) -> None:
    with pytest.raises(ApiValueError):
        client(wire.host).call("call_api", path, "GET")
    with pytest.raises(ApiValueError):
        client(wire.host).call("call_api", "/x", f"GET {path or '/'} HTTP/1.1\r\nX: y\r\n\r\nGET")
    assert wire.connections == 0


@pytest.mark.parametrize("value", ["a/b", "\u65e5", "http:", "a?b#c"])
def test_a_parameter_of_call_api(client: Open, wire: WireServer, value: str) -> None:
    wire.answers = [answer("{}")]
    client(wire.host).call("call_api", "/x/{a}/y", "GET", path_params={"a": value}, query_params={value: value})
    path, _, query = wire.targets[0].partition("?")
    assert [unquote(segment) for segment in path.split("/")] == ["", "api", "v1", "x", value, "y"]
    assert parse_qsl(query) == [(value, value)]
    assert len(wire.requests) == 1


#: Values that are no value of a header, and names that are no name of one (RFC 9110, 5.1).
VALUES = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\r\n X-Evil: 1", "a\r\n\r\nGET /evil", "\0", "\u65e5"]
BAD_NAMES = ["X-Evil: 1\r\nY", "X\n", "X-Evil: 1", "X Y", "", " ", ":", "X\0", "\xfc", "X\t"]


def headers(name: str, value: str) -> dict[str, Any]:
    """Each way to have a header sent, as what makes a call with it."""

    def default(client: Open, host: str) -> None:
        by = client(host)
        by.client.set_default_header(name, value)
        by.call("get_xcom_entry", "d", "r", "t", "k")

    def of_the_call(client: Open, host: str) -> None:
        client(host).call("call_api", "/x", "GET", header_params={name: value})

    def of_the_authentication(client: Open, host: str) -> None:
        setting = {"in": "header", "key": name, "value": value}
        client(host).call("get_xcom_entry", "d", "r", "t", "k", _request_auths=[setting])

    def of_a_method(client: Open, host: str) -> None:
        client(host).call("get_xcom_entry", "d", "r", "t", "k", _headers={name: value})

    def of_the_hook(client: Open, host: str) -> None:
        def add(request: Any) -> None:
            request.headers[name] = value

        client(host, on_request=add).call("get_xcom_entry", "d", "r", "t", "k")

    return {
        "default": default,
        "call": of_the_call,
        "authentication": of_the_authentication,
        "method": of_a_method,
        "hook": of_the_hook,
    }


@pytest.mark.parametrize("where", ["default", "call", "authentication", "method", "hook"])
@pytest.mark.parametrize("value", VALUES)
def test_a_header_s_value(client: Open, wire: WireServer, where: str, value: str) -> None:
    with pytest.raises(HookException if where == "hook" else ApiValueError):
        headers("X-Mine", value)[where](client, wire.host)
    assert wire.connections == 0


@pytest.mark.parametrize("where", ["default", "call", "authentication", "method", "hook"])
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_header_s_name(client: Open, wire: WireServer, where: str, name: str) -> None:
    wire.answers = [ENTRY]
    with pytest.raises(HookException if where == "hook" else ApiValueError):
        headers(name, "value")[where](client, wire.host)
    assert wire.requests == []


@pytest.mark.parametrize("value", VALUES)
def test_other_settings_that_are_sent_in_headers(client: Open, wire: WireServer, value: str) -> None:
    wire.answers = [ENTRY]
    by = client(wire.host)
    with pytest.raises(ApiValueError):
        by.client.user_agent = value
    by.client.configuration.access_token = value
    with pytest.raises(ApiValueError):
        by.call("get_xcom_entry", "d", "r", "t", "k")
    with pytest.raises(ApiValueError):
        Configuration(host=f"{wire.host}/{value}\n")
    assert wire.connections == 0


@pytest.mark.parametrize("value", VALUES)
def test_a_name_and_a_password_can_be_anything(client: Open, wire: WireServer, value: str) -> None:
    """They are sent in Base64, percent-encoded or as JSON."""
    form = answer('<form><input name="csrf_token" value="a&#13;&#10;X-Evil: 1"><input name="password"></form>')
    name = value.replace(":", "")
    for host, login, answers in (
        (wire.host, "basic", [ENTRY]),
        (wire.host, "session", [form, answer("", "302 Found", Location="/home"), ENTRY]),
        (f"{wire.url}/api/v2", "token", [answer('{"access_token": "t"}', "201 Created"), ENTRY]),
    ):
        wire.requests.clear()
        wire.answers = list(answers)
        by = client(host, username=name, password=value, login=login)
        assert by.call("get_xcom_entry", "d", "r", "t", "k").value == 1
        assert len(wire.requests) == len(answers)
        heads = [request.partition(b"\r\n\r\n")[0].lower() for request in wire.requests]
        assert not [head for head in heads if b"\nx-evil" in head or b"/evil" in head]
