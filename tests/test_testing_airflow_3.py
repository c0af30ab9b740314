"""What the contract suite cannot see of the embedded server as an Airflow 3: its bytes, tokens and errors.

The expected answers were recorded from real servers.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow

RUN = "manual__2024-01-01T00:00:00+00:00"
TASK = "/api/v2/dags/lab/dagRuns/manual__2024-01-01T00%3A00%3A00%2B00%3A00/taskInstances/kinds/xcomEntries"
AT = "2026-11-22T06:09:26.833597Z"
RESERVED = "These keys are reserved for internal use."


def filled(version: str = "3.3.2", **settings: Any) -> EmbeddedAirflow:
    airflow = EmbeddedAirflow(version, **settings)
    for role in ("Admin", "Op", "User", "Viewer", "Public"):
        airflow.add_user(role, f"{role}-pw", role)
    airflow.add_xcom("lab", RUN, "kinds", "str", "hello", timestamp=AT)
    return airflow


@pytest.fixture(params=["3.0.6", "3.3.2"])
def airflow(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with filled(request.param) as server:
        yield server


@pytest.fixture
def latest() -> Iterator[EmbeddedAirflow]:
    with filled() as server:
        yield server


def ask(
    airflow: EmbeddedAirflow, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    try:
        sent = {"Authorization": f"Bearer {token(airflow)}"} if headers is None else dict(headers)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, target, body if isinstance(body, (str, type(None))) else json.dumps(body), sent)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def token(airflow: EmbeddedAirflow, username: str = "Admin", path: str = "/auth/token") -> str:
    status, _, body = ask(airflow, "POST", path, {"username": username, "password": f"{username}-pw"}, {})
    assert status == 201
    return str(json.loads(body)["access_token"])


def bearer(airflow: EmbeddedAirflow, username: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(airflow, username)}"}


def send(airflow: EmbeddedAirflow, data: bytes) -> bytes:
    """Send bytes on a connection of their own, and give all that comes back until it is closed."""
    host, port = airflow.base_url[len("http://") :].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def claims(jwt: str) -> dict[str, Any]:
    header, payload, _ = (part + "=" * (-len(part) % 4) for part in jwt.split("."))
    assert json.loads(base64.urlsafe_b64decode(header))["typ"] == "JWT"
    decoded = json.loads(base64.urlsafe_b64decode(payload))
    assert isinstance(decoded, dict)
    return decoded


# ------------------------------------------------------------------------- bytes on the wire


def test_an_entry_is_told_byte_for_byte_as_recorded(airflow: EmbeddedAirflow) -> None:
    auth = f"Authorization: bearer {token(airflow)}\r\nConnection: close"
    got = send(airflow, f"GET {TASK}/str HTTP/1.1\r\n{auth}\r\n\r\n".encode()).decode()
    more = ""
    if "run_after" in got:
        more = '"dag_display_name":"lab","task_display_name":"kinds","run_after":"2024-01-01T00:00:00Z",'
    body = (
        f'{{"key":"str","timestamp":"{AT}","logical_date":"2024-01-01T00:00:00Z","map_index":-1,'
        f'"task_id":"kinds","dag_id":"lab","run_id":"{RUN}",{more}"value":"hello"}}'
    )
    assert re.sub("date: .* GMT", "date: D", got).replace("\r\n", "\n") == (
        f"HTTP/1.1 200 OK\ndate: D\nserver: uvicorn\ncontent-length: {len(body)}\n"
        f"content-type: application/json\nvary: Accept-Encoding\nconnection: close\n\n{body}"
    )


def test_bodies_are_packed_and_chunked_for_who_asks(airflow: EmbeddedAirflow) -> None:
    airflow.add_xcom("lab", RUN, "kinds", "big", uuid.uuid4().hex + "x" * 5_000_000)
    plain = {"Authorization": f"Bearer {token(airflow)}", "Connection": "close"}
    for target in (f"{TASK}/big", f"{TASK}?limit=0"):
        lines = "".join(f"{name}: {value}\r\n" for name, value in plain.items())
        got = send(airflow, f"GET {target} HTTP/1.1\r\n{lines}Accept-Encoding: gzip, br\r\n\r\n".encode())
        head, _, rest = got.partition(b"\r\n\r\n")
        assert b"vary: Accept-Encoding\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n" in head
        assert b"content-length" not in head
        packed = b""
        while rest != b"0\r\n\r\n":
            size, _, rest = rest.partition(b"\r\n")
            packed, rest = packed + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        assert gzip.decompress(packed).decode() == ask(airflow, "GET", target, headers=plain)[2]


def test_a_crash_closes_the_connection_without_a_word(latest: EmbeddedAirflow) -> None:
    request = f"GET {TASK}?offset={2**63} HTTP/1.1\r\nAuthorization: Bearer {token(latest)}\r\n\r\n"
    got = send(latest, request.encode()).decode()
    assert got.startswith("HTTP/1.1 500 Internal Server Error\r\n")
    assert "connection" not in got
    assert got.endswith("text/plain; charset=utf-8\r\n\r\nInternal Server Error")


@pytest.mark.parametrize("line", ["garbage", "FOO / HTTP/1.1", "GET /a b HTTP/1.1", f"GET /{'k' * 66_000} HTTP/1.1"])
def test_garbled_requests(latest: EmbeddedAirflow, line: str) -> None:
    got = send(latest, f"{line}\r\n\r\n".encode()).decode()
    assert got.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert got.endswith("\r\nconnection: close\r\n\r\nInvalid HTTP request received.")
    assert latest.requests == []


@pytest.mark.parametrize(
    ("method", "target", "status", "body"),
    [
        ("GET", "/api/v2/nope", 404, '{"error":"API route not found"}'),
        ("GET", "/api/v2/dags/a%2Fb/dagRuns/r/taskInstances/t/xcomEntries", 404, '{"error":"API route not found"}'),
        ("GET", "/health", 404, '{"error":"Moved in Airflow 3. Please change config to check'),
        ("GET", "/api/v1/version", 404, '{"error":"/api/v1 has been removed in Airflow 3, please use its upgraded'),
        ("GET", "/nope", 200, "<!doctype html>"),
        ("GET", "//api/v2/version", 200, "<!doctype html>"),
        ("HEAD", "/api/v2/version", 405, ""),
        ("POST", f"{TASK}/str", 405, '{"detail":"Method Not Allowed"}'),
        ("GET", f"{TASK}?limit=x", 401, '{"detail":"Not authenticated"}'),
        ("GET", "/api/v2/monitor/health", 200, '{"metadatabase":{"status":"healthy"},'),
    ],
)
def test_paths_and_methods(airflow: EmbeddedAirflow, method: str, target: str, status: int, body: str) -> None:
    got = ask(airflow, method, target, headers={})
    assert got[0] == status
    assert got[2].startswith(body)
    assert status != 405 or got[1]["allow"] == "GET"


# ----------------------------------------------------------------------------------- tokens


def test_tokens_are_those_of_the_release() -> None:
    for version, auth, names in (
        ("3.3.2", "simple", ["sub", "role", "teams", "jti", "aud", "nbf", "exp", "iat"]),
        ("3.3.2", "fab", ["sub", "jti", "aud", "nbf", "exp", "iat"]),
        ("3.0.6", "simple", ["sub", "role", "iss", "aud", "nbf", "exp", "iat"]),
    ):
        with filled(version, auth=auth) as airflow:
            told = claims(token(airflow))
            assert list(told) == names
            assert told["exp"] - told["iat"] in (86_399, 86_400)
            assert claims(token(airflow, path="/auth/token/cli"))["exp"] - told["iat"] < 3_700


def test_a_token_expires_and_can_be_revoked() -> None:
    with filled(token_lifetime=0.3) as airflow:
        headers = bearer(airflow, "Viewer")
        until = claims(headers["Authorization"][len("Bearer ") :])["exp"]
        assert ask(airflow, "GET", f"{TASK}/str", headers=headers)[0] == 200
        time.sleep(max(0, until - time.time()) + 0.01)
        assert ask(airflow, "GET", f"{TASK}/str", headers=headers)[::2] == (401, '{"detail":"Token Expired"}')
        airflow.revoke_tokens()
        refused = (403, '{"detail":"Invalid JWT token"}')
        assert ask(airflow, "GET", f"{TASK}/str", headers=headers)[::2] == refused
        assert ask(airflow, "GET", f"{TASK}/str", headers=bearer(airflow, "Viewer"))[0] == 200
        forged = headers["Authorization"].rpartition(".")[0] + "."
        for wrong in ("Bearer x", "Bearer a b", forged, "BEARER \u00e4.b.c"):
            assert ask(airflow, "GET", f"{TASK}/str", headers={"Authorization": wrong})[::2] == refused


def test_strangers_are_challenged_by_3_0_only(airflow: EmbeddedAirflow) -> None:
    status, headers, body = ask(airflow, "GET", TASK, headers={"Authorization": "Basic QWRtaW46QWRtaW4tcHc="})
    assert (status, body) == (401, '{"detail":"Not authenticated"}')
    assert headers.get("www-authenticate") == (None if "3.3.2" in version_of(airflow) else "Bearer")
    empty = ask(airflow, "GET", TASK, headers={"Authorization": "Bearer"})[0]
    assert empty == (401 if "3.3.2" in version_of(airflow) else 403)


def version_of(airflow: EmbeddedAirflow) -> str:
    return ask(airflow, "GET", "/api/v2/version", headers={})[2]


@pytest.mark.parametrize(
    ("version", "auth", "sent", "status", "said"),
    [
        ("3.3.2", "simple", {"username": "Admin", "password": "x"}, 401, '"Invalid credentials"'),
        ("3.3.2", "simple", {"username": "ADMIN", "password": "Admin-pw"}, 401, '"Invalid credentials"'),
        ("3.3.2", "simple", {"username": "Admin", "password": ""}, 400, '"Username and password must be provided"'),
        ("3.3.2", "simple", {"username": "a"}, 422, '"1 validation error for LoginBody\\npassword\\n  Field required'),
        ("3.0.6", "simple", {"username": "a"}, 422, '[{"type":"missing","loc":["body","password"],"msg":"Field req'),
        ("3.3.2", "fab", {"username": "a"}, 400, '"Username and password must be provided"'),
        ("3.3.2", "fab", "[]", 422, '[{"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary'),
        ("3.3.2", "fab", "{", 422, '[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},'),
    ],
)
def test_refused_logins(version: str, auth: str, sent: Any, status: int, said: str) -> None:
    with filled(version, auth=auth) as airflow:
        got = ask(airflow, "POST", "/auth/token", sent, {})
        assert got[0] == status
        assert got[2].startswith(f'{{"detail":{said}')


def test_logins_that_only_some_take() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    text = "username=Admin&password=Admin-pw"
    for version, auth, of_form, of_text, other_case in (
        ("3.3.2", "simple", 201, 415, 401),
        ("3.0.6", "simple", 422, 422, 401),
        ("3.3.2", "fab", 422, 422, 201),
    ):
        with filled(version, auth=auth) as airflow:
            assert ask(airflow, "POST", "/auth/token", text, form)[0] == of_form
            assert ask(airflow, "POST", "/auth/token", text, {"Content-Type": "text/plain"})[0] == of_text
            shouted = {"username": "ADMIN", "password": "Admin-pw"}
            assert ask(airflow, "POST", "/auth/token", shouted, {})[0] == other_case


def test_who_may_write() -> None:
    for auth, writers in (("simple", "Admin Op User"), ("fab", "Admin Op")):
        with filled(auth=auth) as airflow:
            allowed = []
            for role in ("Admin", "Op", "User", "Viewer", "Public"):
                headers = bearer(airflow, role)
                assert ask(airflow, "GET", TASK, headers=headers)[0] == (403 if role == "Public" else 200)
                if ask(airflow, "PATCH", f"{TASK}/str", {"value": 1}, headers)[0] == 200:
                    allowed.append(role)
            assert " ".join(allowed) == writers


# ---------------------------------------------------------------------------------- reading


def keys(airflow: EmbeddedAirflow, query: str, of: str = TASK) -> str:
    status, _, body = ask(airflow, "GET", f"{of}?{query}")
    return " ".join(row["key"] for row in json.loads(body)["xcom_entries"]) if status == 200 else f"{status} {body}"


def test_filters(latest: EmbeddedAirflow) -> None:
    for key in ("a_b", "ab", "aXb", "Ab", "az", "b"):
        latest.add_xcom("lab", RUN, "many", key, 1, timestamp=AT)
    many = TASK.replace("kinds", "many")
    for query, found in (
        ("xcom_key_pattern=AB", "Ab ab"),
        ("xcom_key_pattern=a_b", "aXb a_b"),
        ("xcom_key_pattern=z%20|%20%20b%20|", "Ab aXb a_b ab az b"),
        ("xcom_key_prefix_pattern=a", "aXb a_b ab az"),
        ("xcom_key_prefix_pattern=a_", "aXb a_b ab az"),
        ("xcom_key_prefix_pattern=az|A", "Ab az"),
        ("xcom_key_prefix_pattern=~&limit=1", "Ab"),
        ("map_index_filter=-1&map_index=0", ""),
        ("order_by=-key", "b az ab a_b aXb Ab"),
        ("order_by=timestamp", "a_b ab aXb Ab az b"),
        ("dag_display_name_pattern=lab", ""),
        ("dag_display_name_pattern=shown&limit=1", "Ab"),
        ("logical_date_gt=2024-01-01T00:00:00Z", ""),
        ("logical_date_gte=2024-01-01T01:00:00%2B01:00&run_after_lt=1704067201&limit=1", "Ab"),
        ("order_by=nope", '400 {"detail":"Ordering with \'nope\' is disallowed or the attribute does not exist'),
        ("logical_date_gt=2024-01-01T00:00:00", '500 {"detail":{"reason":"Database error","statement":"hidden",'),
        ("limit=a&offset=-1", '422 {"detail":[{"type":"int_parsing","loc":["query","limit"],"msg":"Input should'),
    ):
        latest.set_display_name("lab", "Shown")
        got = keys(latest, query, many)
        assert got.startswith(found) if found[:1].isdigit() else got == found, query


def test_3_0_ignores_what_it_does_not_know_and_does_not_cut() -> None:
    with filled("3.0.6") as airflow:
        for number in range(120):
            airflow.add_xcom("lab", RUN, "many", f"k{number:03}", number)
        many = TASK.replace("kinds", "many")
        assert len(keys(airflow, "xcom_key_pattern=no&order_by=no&logical_date_gt=no", many).split()) == 50
        assert len(keys(airflow, "limit=1000", many).split()) == 120


def test_runs_without_a_date_and_display_names(latest: EmbeddedAirflow) -> None:
    latest.add_run("lab", "dateless", run_after="2024-03-01T00:00:00Z")
    latest.add_xcom("lab", "dateless", "kinds", "k", 1)
    latest.add_run("lab", "dateless")
    latest.set_display_name("lab", "The Lab")
    latest.set_display_name("lab", "All Kinds", task_id="kinds")
    everything = "/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
    page = json.loads(ask(latest, "GET", f"{everything}?limit=1")[2])
    assert page["total_entries"] == 2
    told = page["xcom_entries"][0]
    assert (told["run_id"], told["logical_date"], told["run_after"]) == ("dateless", None, "2024-03-01T00:00:00Z")
    assert (told["dag_display_name"], told["task_display_name"]) == ("The Lab", "All Kinds")
    assert (
        keys(latest, "logical_date_lt=2999-01-01T00:00:00Z", "/api/v2/dags/lab/dagRuns/~/taskInstances/~/xcomEntries")
        == "str"
    )


@pytest.mark.parametrize(
    ("pushed", "native", "described"),
    [
        ([1, (2,)], '[1,{"__classname__":"builtins.tuple","__version__":1,"__data__":[2]}]', '[1,"(2)"]'),
        (2**70, "1.1805916207174113e+21", "1.1805916207174113e+21"),
        (1.0, "1", "1"),
        ([1.0], "[1.0]", "[1.0]"),
        ("[1, {}]", '"[1, {}]"', "[1,{}]"),
        (
            uuid.UUID(int=1),
            '{"__classname__":"uuid.UUID","__version__":1,"__data__":"00000000-0000-0000-0000-000000000001"}',
            '"uuid.UUID@version=1(00000000-0000-0000-0000-000000000001)"',
        ),
        ({"__type": "x", "__var": {"a": "b"}}, '{"__type":"x","__var":{"a":"b"}}', "\"x@version=0(a='b')\""),
    ],
)
def test_odd_values(latest: EmbeddedAirflow, pushed: object, native: str, described: str) -> None:
    latest.add_xcom("lab", RUN, "kinds", "odd", pushed)
    for query, value in (("", native), ("?deserialize=yes", described)):
        assert ask(latest, "GET", f"{TASK}/odd{query}")[2].endswith(f'"value":{value}}}')


def test_what_airflow_3_refuses_to_push_is_refused() -> None:
    for refused in (b"x", float("nan"), [float("inf")], {"a": {"__id__": 1}}, object()):
        for version in ("3.0.6", "3.3.2"):
            with pytest.raises(TypeError):
                EmbeddedAirflow(version).add_xcom("lab", RUN, "kinds", "k", refused)
    for refused in (None, uuid.UUID(int=1)):
        EmbeddedAirflow("3.3.2").add_xcom("lab", RUN, "kinds", "k", refused)
        with pytest.raises(TypeError):
            EmbeddedAirflow("3.0.6").add_xcom("lab", RUN, "kinds", "k", refused)


def test_every_key_is_reached_by_3_3_and_none_with_a_slash_by_3_0() -> None:
    for version, with_slash in (("3.3.2", 200), ("3.0.6", 404)):
        with filled(version) as airflow:
            for key in ("a/b", "/a", "a/", "..", "~", "%2F", "\u952e", "?", "a+b"):
                airflow.add_xcom("lab", RUN, "kinds", key, key)
                quoted = "".join(f"%{byte:02X}" for byte in key.encode())
                assert ask(airflow, "GET", f"{TASK}/{quoted}")[0] == (with_slash if "/" in key else 200), key
            assert ask(airflow, "GET", f"{TASK}/")[0] == (500 if version == "3.3.2" else 404)


# ---------------------------------------------------------------------------------- writing


def test_3_3_writes(latest: EmbeddedAirflow) -> None:
    def write(method: str, target: str, body: Any = None) -> str:
        status, _, answer = ask(latest, method, target, body)
        return f"{status} {answer[answer.find('value') - 1 : -1] if status < 300 else answer}"

    latest.add_task("lab", RUN, "silent")
    silent = TASK.replace("kinds", "silent")
    assert write("POST", silent, '{"key":"a/b","value":[NaN]}') == '201 "value":[null]'
    assert write("GET", f"{silent}/a%2Fb?stringify=true") == '200 "value":"[nan]"'
    assert write("POST", silent, {"key": "a/b", "value": 1}) == (
        '409 {"detail":"The XCom with key: `a/b` with mentioned task instance already exists."}'
    )
    assert write("PATCH", f"{silent}/a/b", {"value": 1.0, "map_index": "-1"}) == '200 "value":1'
    assert write("DELETE", f"{silent}/a%2Fb?map_index=0").startswith("404 ")
    assert write("DELETE", f"{silent}/a%2Fb") == "204 "
    gone = '404 {"detail":"The XCom with key: `a/b` with mentioned task instance doesn\'t exist."}'
    assert write("DELETE", f"{silent}/a%2Fb") == write("PATCH", f"{silent}/a%2Fb", {"value": 1}) == gone
    assert write("POST", silent, {"key": "k", "value": 1, "map_index": 3}) == "500 Internal Server Error"
    unknown = (("lab", "dags", "The Dag"), ("silent", "taskInstances", "Task"), (RUN, "dagRuns", "Dag Run"))
    for name, place, said in unknown:
        target = re.sub(f"/{place}/[^/]+", f"/{place}/nope", silent)
        answer = write("POST", target, {"key": "k", "value": 1})
        assert answer.startswith(f'404 {{"detail":"{said} with ID: `nope` '), name
    smuggled = write("POST", silent, {"key": "k", "value": ['{"__type": 1}']})
    assert f"Value error, XCom value[0] contains reserved serialization keys: __type. {RESERVED}" in smuggled
    assert '"loc":["body","value"]' in write("POST", silent, {"key": "k"})
    assert '"type":"extra_forbidden","loc":["body","x"]' in write("PATCH", f"{silent}/k", {"value": 1, "x": 1})
    assert '"type":"json_invalid","loc":["body",11]' in write("POST", silent, '{"key":"a" "value":1}')


def test_3_0_encodes_what_it_writes() -> None:
    with filled("3.0.6") as airflow:

        def value(method: str, target: str, body: Any = None) -> Any:
            status, _, answer = ask(airflow, method, target, body)
            return json.loads(answer)["value"] if status < 300 else status

        assert value("POST", TASK, {"key": "k", "value": {"a": 1}}) == '{"a": 1}'
        assert value("GET", f"{TASK}/k") == '{"a": 1}'
        assert value("PATCH", f"{TASK}/k", {"value": "s"}) == '"\\"s\\""'
        assert value("GET", f"{TASK}/k") == '"\\"s\\""'
        assert value("POST", TASK, {"key": "", "value": 1}) == 409
        assert value("POST", TASK, {"key": "r", "value": {"__id__": 1}}) == 500
        assert value("DELETE", f"{TASK}/k") == 405


def test_of_many_who_write_the_same_key_one_succeeds(latest: EmbeddedAirflow) -> None:
    headers = bearer(latest, "Op")
    got: list[int] = []

    def write() -> None:
        got.append(ask(latest, "POST", TASK, {"key": "contested", "value": 1}, headers)[0])

    writers = [threading.Thread(target=write) for _ in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(got) == [201] + [409] * 11


# -------------------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("make", "error", "name"),
    [
        (lambda: EmbeddedAirflow("3.3.2", auth="basic"), ValueError, "auth"),
        (lambda: EmbeddedAirflow("2.11.2", auth="simple"), ValueError, "auth"),
        (lambda: EmbeddedAirflow("3.3.2", token_lifetime=-1), ValueError, "token_lifetime"),
        (lambda: EmbeddedAirflow("3.3.2", token_lifetime=True), TypeError, "token_lifetime"),
        (lambda: EmbeddedAirflow("3.3.2").add_run("", "r"), ValueError, "dag_id"),
        (lambda: EmbeddedAirflow("3.3.2").add_run("d", "r", run_after="2024-01-01"), ValueError, "run_after"),
        (lambda: EmbeddedAirflow("2.11.2").add_run("d", "r"), ValueError, "logical_date"),
        (lambda: EmbeddedAirflow("3.3.2").set_display_name("d", "x"), ValueError, "dag_id"),
    ],
)
def test_bad_arguments_are_named(make: Any, error: type[Exception], name: str) -> None:
    with pytest.raises(error, match=f"^{name} "):
        make()


def test_the_sample_is_there_in_every_release(airflow: EmbeddedAirflow) -> None:
    airflow.add_sample_data()
    assert "integer" in keys(airflow, "", "/api/v2/dags/kinds/dagRuns/~/taskInstances/~/xcomEntries").split()
