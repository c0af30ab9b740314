"""Airflow 3 as the embedded server answers, beyond the contract suite: exact bodies, tokens and refusals.

The expected answers were recorded from real servers.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import uuid
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import RUN, TASK_3, TIMESTAMP, basic, credentials, filled, get, request, token

MANY = TASK_3.replace("kinds", "many")


def keys(airflow: EmbeddedAirflow, target: str) -> list[str]:
    return [row["key"] for row in get(airflow, target).json["xcom_entries"]]


# ------------------------------------------------------------------------- paths


@pytest.mark.parametrize("version", ["3.0.6", "3.3.2"])
def test_an_entry_has_the_recorded_bytes(version: str) -> None:
    with filled(version) as airflow:
        reply = get(airflow, f"{TASK_3}/str")
    more = '"dag_display_name":"lab","task_display_name":"kinds","run_after":"2024-01-01T00:00:00Z",'
    assert reply.body == (
        f'{{"key":"str","timestamp":"{TIMESTAMP}","logical_date":"2024-01-01T00:00:00Z","map_index":-1,'
        f'"task_id":"kinds","dag_id":"lab","run_id":"{RUN}",{more if version == "3.3.2" else ""}"value":"hello"}}'
    )
    assert (reply.headers["content-type"], reply.headers["vary"]) == ("application/json", "Accept-Encoding")


def test_paths_and_methods(airflow_3: EmbeddedAirflow) -> None:
    for method, target, status, body in (
        ("GET", "/api/v2/nope", 404, '{"error":"API route not found"}'),
        ("GET", "/api/v2/dags/a%2Fb/dagRuns/r/taskInstances/t/xcomEntries", 404, '{"error":"API route not found"}'),
        ("GET", "/health", 404, '{"error":"Moved in Airflow 3. Please change config to check'),
        ("GET", "/api/v1/version", 404, '{"error":"/api/v1 has been removed in Airflow 3, please use its upgraded'),
        ("GET", "/nope", 200, "<!doctype html>"),
        ("GET", "//api/v2/version", 200, "<!doctype html>"),
        ("HEAD", "/api/v2/version", 405, ""),
        ("POST", f"{TASK_3}/str", 405, '{"detail":"Method Not Allowed"}'),
        ("GET", f"{TASK_3}?limit=x", 401, '{"detail":"Not authenticated"}'),
        ("GET", "/auth/token", 403, '{"detail":"This method is only allowed if '),
    ):
        reply = request(airflow_3, method, target, None, {})
        assert reply.status == status, (method, target)
        assert reply.body.startswith(body)
        assert status != 405 or reply.headers["allow"] == "GET"


@pytest.mark.parametrize(("version", "with_slash", "empty"), [("3.3.2", 200, 500), ("3.0.6", 404, 404)])
def test_keys_in_paths(version: str, with_slash: int, empty: int) -> None:
    with filled(version) as airflow:
        headers = credentials(airflow)
        for key in ("a/b", "/a", "a/", "..", "~", "%2F", "\u952e", "?", "a+b"):
            airflow.push_xcom("lab", RUN, "kinds", key, key)
            quoted = "".join(f"%{byte:02X}" for byte in key.encode())
            assert get(airflow, f"{TASK_3}/{quoted}", headers).status == (with_slash if "/" in key else 200), key
        assert get(airflow, f"{TASK_3}/", headers).status == empty


# ------------------------------------------------------------------------- tokens


def claims(jwt: str) -> dict[str, Any]:
    header, payload, _ = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in jwt.split("."))
    assert json.loads(header)["typ"] == "JWT"
    decoded: dict[str, Any] = json.loads(payload)
    return decoded


@pytest.mark.parametrize(
    ("version", "auth", "names"),
    [
        ("3.3.2", "simple", ["sub", "role", "teams", "jti", "aud", "nbf", "exp", "iat"]),
        ("3.3.2", "fab", ["sub", "jti", "aud", "nbf", "exp", "iat"]),
        ("3.0.6", "simple", ["sub", "role", "iss", "aud", "nbf", "exp", "iat"]),
    ],
)
def test_tokens_have_the_claims_of_the_release(version: str, auth: str, names: list[str]) -> None:
    with filled(version, auth=auth) as airflow:
        found = claims(token(airflow))
        assert list(found) == names
        assert found["exp"] - found["iat"] in (86_399, 86_400)
        cli = claims(token(airflow, path="/auth/token/cli"))
        assert cli["exp"] - cli["iat"] in (3_599, 3_600)


def test_tokens_are_revoked_and_cannot_be_forged(airflow_3: EmbeddedAirflow) -> None:
    headers = credentials(airflow_3, "viewer")
    assert get(airflow_3, TASK_3, headers).status == 200
    airflow_3.revoke_tokens()
    forged = headers["Authorization"].rpartition(".")[0] + "."
    for wrong in (headers["Authorization"], "Bearer x", "Bearer a b", forged, "BEARER \u00e4.b.c"):
        reply = get(airflow_3, TASK_3, {"Authorization": wrong})
        assert (reply.status, reply.json) == (403, {"detail": "Invalid JWT token"})
    assert get(airflow_3, TASK_3, credentials(airflow_3, "viewer")).status == 200


def test_tokens_expire() -> None:
    with filled("3.3.2", token_lifetime=0.05) as airflow:
        headers = credentials(airflow, "viewer")
        expires = claims(headers["Authorization"].partition(" ")[2])["exp"]
        time.sleep(max(0, expires - time.time()) + 0.01)
        reply = get(airflow, TASK_3, headers)
        assert (reply.status, reply.json) == (401, {"detail": "Token Expired"})


@pytest.mark.parametrize(("version", "challenge", "empty"), [("3.0.6", "Bearer", 403), ("3.3.2", None, 401)])
def test_only_3_0_challenges_anonymous_requests(version: str, challenge: str | None, empty: int) -> None:
    with filled(version) as airflow:
        reply = get(airflow, TASK_3, basic("admin", "admin-pw"))
        assert (reply.status, reply.json) == (401, {"detail": "Not authenticated"})
        assert reply.headers["www-authenticate"] == challenge
        assert get(airflow, TASK_3, {"Authorization": "Bearer"}).status == empty


@pytest.mark.parametrize(
    ("version", "auth", "body", "status", "detail"),
    [
        ("3.3.2", "simple", {"username": "ADMIN", "password": "admin-pw"}, 401, '"Invalid credentials"'),
        ("3.3.2", "fab", {"username": "ADMIN", "password": "admin-pw"}, 201, ""),
        ("3.3.2", "simple", {"username": "admin", "password": ""}, 400, '"Username and password must be provided"'),
        ("3.3.2", "simple", {"username": "a"}, 422, '"1 validation error for LoginBody\\npassword\\n  Field required'),
        ("3.0.6", "simple", {"username": "a"}, 422, '[{"type":"missing","loc":["body","password"],"msg":"Field req'),
        ("3.3.2", "fab", {"username": "a"}, 400, '"Username and password must be provided"'),
        ("3.3.2", "fab", [], 422, '[{"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary'),
        ("3.3.2", "fab", {"username": 1, "password": 2}, 401, '"Invalid credentials"'),
    ],
)
def test_logins(version: str, auth: str, body: Any, status: int, detail: str) -> None:
    with filled(version, auth=auth) as airflow:
        reply = request(airflow, "POST", "/auth/token", body, {})
        assert reply.status == status
        assert not detail or reply.body.startswith(f'{{"detail":{detail}')


@pytest.mark.parametrize(
    ("version", "auth", "as_form", "as_text"),
    [("3.3.2", "simple", 201, 415), ("3.0.6", "simple", 422, 422), ("3.3.2", "fab", 422, 422)],
)
def test_content_types_of_logins(version: str, auth: str, as_form: int, as_text: int) -> None:
    with filled(version, auth=auth) as airflow:
        for content_type, status in (("application/x-www-form-urlencoded", as_form), ("text/plain", as_text)):
            headers = {"Content-Type": content_type}
            body = "username=admin&password=admin-pw"
            assert request(airflow, "POST", "/auth/token", body, headers).status == status


@pytest.mark.parametrize(("auth", "writers"), [("simple", ["admin", "op", "user"]), ("fab", ["admin", "op"])])
def test_roles_that_may_write(auth: str, writers: list[str]) -> None:
    with filled("3.3.2", auth=auth) as airflow:
        allowed = []
        for name in ("admin", "op", "user", "viewer", "public"):
            headers = credentials(airflow, name)
            assert get(airflow, TASK_3, headers).status == (403 if name == "public" else 200)
            if request(airflow, "PATCH", f"{TASK_3}/str", {"value": 1}, headers).status == 200:
                allowed.append(name)
        assert allowed == writers


# ------------------------------------------------------------------------- reading


def test_filters(airflow_3: EmbeddedAirflow) -> None:
    for key in ("a_b", "ab", "aXb", "Ab", "az", "b"):
        airflow_3.push_xcom("lab", RUN, "many", key, 1, timestamp=TIMESTAMP)
    airflow_3.set_display_name("lab", "Shown")
    for query, found in (
        ("xcom_key_pattern=AB", "Ab ab"),
        ("xcom_key_pattern=a_b", "aXb a_b"),
        ("xcom_key_pattern=z%20|%20%20b%20|", "Ab aXb a_b ab az b"),
        ("xcom_key_prefix_pattern=a_", "aXb a_b ab az"),
        ("xcom_key_prefix_pattern=az|A", "Ab az"),
        ("map_index_filter=-1&map_index=0", ""),
        ("order_by=timestamp", "a_b ab aXb Ab az b"),
        ("dag_display_name_pattern=shown&limit=1", "Ab"),
        ("logical_date_gte=2024-01-01T01:00:00%2B01:00&run_after_lt=1704067201&limit=1", "Ab"),
    ):
        assert " ".join(keys(airflow_3, f"{MANY}?{query}")) == found, query


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ("order_by=nope", 400, '{"detail":"Ordering with \'nope\' is disallowed or the attribute does not exist'),
        (
            "&".join(f"order_by={name}" for name in "abcdefghijk"),
            400,
            '{"detail":"Ordering with more than 10 parameters is not allowed.',
        ),
        ("logical_date_gt=2024-01-01T00:00:00", 500, '{"detail":{"reason":"Database error","statement":"hidden",'),
        ("limit=a&offset=-1", 422, '{"detail":[{"type":"int_parsing","loc":["query","limit"],"msg":"Input should'),
    ],
)
def test_invalid_queries(airflow_3: EmbeddedAirflow, query: str, status: int, body: str) -> None:
    reply = get(airflow_3, f"{TASK_3}?{query}")
    assert reply.status == status
    assert reply.body.startswith(body)


def test_invalid_datetimes(airflow_3: EmbeddedAirflow) -> None:
    headers = credentials(airflow_3)
    for text, problem in (
        ("abc", "input is too short"),
        ("abcd-01-01x", "invalid character in year"),
        ("2024/01-01x", "invalid date separator, expected `-`"),
        ("2024-xx-01x", "invalid character in month"),
        ("2024-01/01x", "invalid date separator, expected `-`"),
        ("2024-01-xx", "invalid character in day"),
        ("2024-13-01", "month value is outside expected range of 1-12"),
        ("2024-02-31", "day value is outside expected range"),
        ("2024-01-01x", "unexpected extra characters at the end of the input"),
    ):
        error = get(airflow_3, f"{TASK_3}?run_after_gte={text}", headers).json["detail"][0]
        assert (error["type"], error["ctx"]) == ("datetime_from_date_parsing", {"error": problem})


def test_3_0_ignores_unknown_parameters_and_has_no_page_limit() -> None:
    with filled("3.0.6") as airflow:
        for number in range(120):
            airflow.push_xcom("lab", RUN, "many", f"k{number:03}", number)
        assert len(keys(airflow, f"{MANY}?xcom_key_pattern=no&order_by=no&logical_date_gt=no")) == 50
        assert len(keys(airflow, f"{MANY}?limit=1000")) == 120


@pytest.mark.parametrize(
    ("pushed", "native", "deserialized"),
    [
        ([1, (2,)], '[1,{"__classname__":"builtins.tuple","__version__":1,"__data__":[2]}]', '[1,"(2)"]'),
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
def test_irregular_values(airflow_3: EmbeddedAirflow, pushed: object, native: str, deserialized: str) -> None:
    airflow_3.push_xcom("lab", RUN, "kinds", "odd", pushed)
    for query, value in (("", native), ("?deserialize=yes", deserialized)):
        assert get(airflow_3, f"{TASK_3}/odd{query}").body.endswith(f'"value":{value}}}')


# ------------------------------------------------------------------------- writing


def write(airflow: EmbeddedAirflow, method: str, target: str, body: Any = None) -> str:
    """Return the status, with the value that was written or the body of a refusal."""
    headers = {**credentials(airflow), "Content-Type": "application/json"}
    reply = request(airflow, method, target, body, headers)
    value = reply.body.partition('"value":')[2][:-1]
    return f"{reply.status} {value if reply.status < 300 else reply.body}"


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("POST", "", '{"key":"k","value":[NaN]}', "201 [null]"),
        ("PATCH", "/str", {"value": 1.0, "map_index": "-1"}, "200 1"),
        ("DELETE", "/str?map_index=0", None, "404 "),
        ("POST", "", {"key": "k", "value": 1, "map_index": 3}, "500 Internal Server Error"),
        ("POST", "", {"key": "", "value": 1}, "500 Internal Server Error"),
        ("POST", "", '{"key":"k","value":"\\ud800"}', "500 Internal Server Error"),
        ("POST", "", {"key": "k"}, '422 {"detail":[{"type":"missing","loc":["body","value"]'),
        ("POST", "", {"key": 1, "value": 1}, '422 {"detail":[{"type":"string_type","loc":["body","key"]'),
        ("POST", "", {"key": "k", "value": 1, "map_index": 1.5}, '422 {"detail":[{"type":"int_from_float"'),
        ("POST", "", {"key": "k", "value": 1, "map_index": None}, '422 {"detail":[{"type":"int_type"'),
        ("PATCH", "/str", {"value": 1, "x": 1}, '422 {"detail":[{"type":"extra_forbidden","loc":["body","x"]'),
        ("POST", "", "", '422 {"detail":[{"type":"missing","loc":["body"]'),
        ("POST", "", '{"key":"a" "value":1}', '422 {"detail":[{"type":"json_invalid","loc":["body",11]'),
        ("POST", "", b"\xff\xfe\xfd", '400 {"detail":"There was an error parsing the body"}'),
    ],
)
def test_3_3_writes(airflow_3: EmbeddedAirflow, method: str, path: str, body: Any, answer: str) -> None:
    assert write(airflow_3, method, f"{TASK_3}{path}", body).startswith(answer)


def test_reserved_keys_are_found_anywhere(airflow_3: EmbeddedAirflow) -> None:
    refused = write(airflow_3, "POST", TASK_3, {"key": "k", "value": ['{"__type": 1}']})
    assert "Value error, XCom value[0] contains reserved serialization keys: __type. These keys are reserved" in refused


def test_3_0_names_missing_parents() -> None:
    with filled("3.0.6") as airflow:
        for segment, said in (
            ("dags", "Dag with ID: `nope` was not found"),
            ("dagRuns", "DAG Run with ID: `nope` not found for DAG: `lab`"),
            ("taskInstances", "Task with ID: `nope` not found in DAG: `lab`"),
        ):
            target = re.sub(f"/{segment}/[^/]+", f"/{segment}/nope", TASK_3)
            assert write(airflow, "POST", target, {"key": "k", "value": 1}) == f'404 {{"detail":"{said}"}}'


def test_3_0_encodes_the_values_that_it_writes() -> None:
    with filled("3.0.6") as airflow:
        assert write(airflow, "POST", TASK_3, {"key": "k", "value": {"a": 1}}) == '201 "{\\"a\\": 1}"'
        assert get(airflow, f"{TASK_3}/k").json["value"] == '{"a": 1}'
        assert write(airflow, "PATCH", f"{TASK_3}/k", {"value": "s"}) == '200 "\\"\\\\\\"s\\\\\\"\\""'
        assert get(airflow, f"{TASK_3}/k").json["value"] == '"\\"s\\""'
        assert write(airflow, "POST", TASK_3, {"key": "", "value": 1}).startswith("409 ")
        assert write(airflow, "POST", TASK_3, {"key": "r", "value": {"__id__": 1}}).startswith("500 ")
        assert write(airflow, "POST", TASK_3, "[]").startswith("500 ")
        assert write(airflow, "DELETE", f"{TASK_3}/k").startswith("405 ")


def test_one_of_many_writers_of_a_key_succeeds(airflow_3: EmbeddedAirflow) -> None:
    headers = credentials(airflow_3, "op")
    statuses: list[int] = []

    def write() -> None:
        statuses.append(request(airflow_3, "POST", TASK_3, {"key": "contested", "value": 1}, headers).status)

    writers = [threading.Thread(target=write) for _ in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(statuses) == [201] + [409] * 11
