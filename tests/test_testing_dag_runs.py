"""What the contract suite cannot see of the embedded server's DAG runs: its bytes, its limits, its order of refusals.

The expected answers were recorded from real servers, but for the moments at which runs began and ended.
"""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow

POST = "/api/v1/dags/~/dagRuns/list"
ADMIN = {"Authorization": "Basic " + base64.b64encode(b"admin:pw").decode()}
JSON = {"Content-Type": "application/json"}


def filled(version: str, **settings: Any) -> EmbeddedAirflow:
    airflow = EmbeddedAirflow(version, **settings)
    airflow.add_user("admin", "pw")
    for hour in range(5):
        date = f"2024-01-01T0{hour}:00:00+00:00"
        after = "2024-01-02T00:00:00.500Z"
        airflow.add_run("lab", f"manual__{date}", logical_date=date, run_after=after, state="success")
    return airflow


def ask(
    airflow: EmbeddedAirflow, method: str, target: str, headers: dict[str, str], body: str = ""
) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    try:
        connection.request(method, target, body.encode(), headers)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()
    finally:
        connection.close()


def bearer(airflow: EmbeddedAirflow) -> dict[str, str]:
    login = json.dumps({"username": "admin", "password": "pw"})
    token = json.loads(ask(airflow, "POST", "/auth/token", JSON, login)[2])["access_token"]
    return {"Authorization": f"Bearer {token}"}


def get(airflow: EmbeddedAirflow, query: str = "", dag_id: str = "lab") -> tuple[int, str, str]:
    api = airflow.host[len(airflow.base_url) :]
    return ask(airflow, "GET", f"{api}/dags/{dag_id}/dagRuns{query}", ADMIN if api == "/api/v1" else bearer(airflow))


@pytest.mark.parametrize("version", ["2.10.5", "2.11.2"])
def test_a_list_of_airflow_2_byte_for_byte(version: str) -> None:
    with filled(version) as airflow:
        assert get(airflow, "?limit=1") == (
            200,
            "application/json",
            '{\n  "dag_runs": [\n    {\n      "conf": {},\n      "dag_id": "lab",\n'
            '      "dag_run_id": "manual__2024-01-01T00:00:00+00:00",\n'
            '      "data_interval_end": "2024-01-01T00:00:00+00:00",\n'
            '      "data_interval_start": "2024-01-01T00:00:00+00:00",\n'
            '      "end_date": "2024-01-02T00:00:00.500000+00:00",\n'
            '      "execution_date": "2024-01-01T00:00:00+00:00",\n      "external_trigger": false,\n'
            '      "last_scheduling_decision": "2024-01-02T00:00:00.500000+00:00",\n'
            '      "logical_date": "2024-01-01T00:00:00+00:00",\n      "note": null,\n      "run_type": "manual",\n'
            '      "start_date": "2024-01-02T00:00:00.500000+00:00",\n      "state": "success"\n    }\n  ],\n'
            '  "total_entries": 5\n}\n',
        )


@pytest.mark.parametrize("version", ["3.0.6", "3.3.2"])
def test_a_list_of_airflow_3_byte_for_byte(version: str) -> None:
    old = version == "3.0.6"
    with filled(version) as airflow:
        airflow.set_display_name("lab", "The Lab")
        assert get(airflow, "?limit=1") == (
            200,
            "application/json",
            '{"dag_runs":[{"dag_run_id":"manual__2024-01-01T00:00:00+00:00","dag_id":"lab",'
            '"logical_date":"2024-01-01T00:00:00Z","queued_at":null,"start_date":"2024-01-02T00:00:00.500000Z",'
            '"end_date":"2024-01-02T00:00:00.500000Z",'
            + ("" if old else '"duration":0.0,')
            + '"data_interval_start":"2024-01-01T00:00:00Z","data_interval_end":"2024-01-01T00:00:00Z",'
            '"run_after":"2024-01-02T00:00:00.500000Z","last_scheduling_decision":"2024-01-02T00:00:00.500000Z",'
            '"run_type":"manual","state":"success","triggered_by":null,'
            + ("" if old else '"triggering_user_name":null,')
            + '"conf":{},"note":null,"dag_versions":[],"bundle_version":null'
            + ("" if old else ',"dag_display_name":"The Lab","partition_key":null,"partition_date":null')
            + '}],"total_entries":5'
            + ("" if old else ',"total_entries_limit":null,"next_cursor":null,"previous_cursor":null')
            + "}",
        )


@pytest.mark.parametrize(
    ("version", "query", "rows"),
    [
        ("2.11.2", "", 3),
        ("2.11.2", "?limit=4", 3),
        ("2.11.2", "?limit=0", 5),
        ("3.0.6", "?limit=4", 4),
        ("3.3.2", "", 3),
        ("3.3.2", "?limit=4", 3),
    ],
)
def test_the_site_s_limit(version: str, query: str, rows: int) -> None:
    with filled(version, maximum_page_limit=3) as airflow:
        for dag_id in ("lab", "~"):
            answer = json.loads(get(airflow, query, dag_id)[2])
            assert (len(answer["dag_runs"]), answer["total_entries"]) == (rows, 5)


@pytest.mark.parametrize(("body", "rows"), [("{}", 5), ('{"page_limit": 4}', 4)])
def test_no_limit_of_the_site_holds_for_a_post(body: str, rows: int) -> None:
    with filled("2.11.2", maximum_page_limit=3) as airflow:
        status, _, answer = ask(airflow, "POST", POST, {**ADMIN, **JSON}, body)
        assert (status, len(json.loads(answer)["dag_runs"])) == (200, rows)


@pytest.mark.parametrize(
    ("run_id", "type_2", "type_3"),
    [
        ("scheduled__2024-01-01T00:00:00+00:00", "scheduled", "scheduled"),
        ("backfill__2024-01-01T00:00:00+00:00", "backfill", "backfill"),
        ("dataset_triggered__2024-01-01T00:00:00+00:00", "dataset_triggered", "manual"),
        ("asset_triggered__2024-01-01T00:00:00+00:00", "manual", "asset_triggered"),
        ("mine", "manual", "manual"),
    ],
)
def test_the_type_of_a_run_is_in_its_id(run_id: str, type_2: str, type_3: str) -> None:
    for version, expected in (("2.11.2", type_2), ("3.3.2", type_3)):
        with filled(version) as airflow:
            airflow.add_run("new", run_id, logical_date="2024-01-01T00:00:00Z")
            assert json.loads(get(airflow, "", "new")[2])["dag_runs"][0]["run_type"] == expected


@pytest.mark.parametrize(
    ("headers", "body", "status", "detail"),
    [
        ({}, "", 400, "Request body must not be empty"),
        ({}, "{}", 415, "Invalid Content-type (), expected JSON data"),
        ({"Content-Type": "text/plain"}, "{}", 415, "Invalid Content-type (text/plain), expected JSON data"),
        (JSON, "{", 400, "Request body is not valid JSON"),
        (JSON, "null", 400, "Request body is not valid JSON"),
        (JSON, '{"page_limit": 0}', 400, "0 is less than the minimum of 1 - 'page_limit'"),
        (JSON, '{"foo": 1}', 401, None),
        (JSON, '{"order_by": "nope"}', 401, None),
    ],
)
def test_the_body_of_a_post_is_read_before_who_asks(
    headers: dict[str, str], body: str, status: int, detail: str | None
) -> None:
    with filled("2.10.5") as airflow:
        came, content_type, text = ask(airflow, "POST", POST, headers, body)
        answer = json.loads(text)
        assert (came, content_type, answer["detail"]) == (status, "application/problem+json", detail)
        assert (answer["type"] == "about:blank") == (status == 415)


def test_json_may_have_a_charset() -> None:
    with filled("2.11.2") as airflow:
        headers = {**ADMIN, "Content-Type": "application/json; charset=utf-8"}
        assert ask(airflow, "POST", POST, headers, '{"dag_ids": ["d\u00e4g"]}')[0] == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_only_a_post_to_the_path_of_all_dags_lists(method: str) -> None:
    with filled("2.11.2") as airflow:
        target = POST if method != "POST" else POST.replace("~", "lab")
        assert ask(airflow, method, target, {**ADMIN, **JSON}, "{}")[0] == (404 if method == "GET" else 405)


@pytest.mark.parametrize(
    ("version", "query", "content_type"),
    [
        ("2.11.2", f"?offset={10**23}", "text/html"),
        ("2.11.2", "?execution_date_gte=0001-01-01T00:00:00%2B02:00", "text/html"),
        ("3.0.6", f"?offset={10**23}", "text/plain; charset=utf-8"),
        ("3.0.6", "?logical_date_gte=2024-01-01", "text/plain; charset=utf-8"),
        ("3.3.2", "?run_after_lt=2024-01-01T00:00:00", "application/json"),
    ],
)
def test_what_real_servers_fail_on(version: str, query: str, content_type: str) -> None:
    with filled(version) as airflow:
        assert get(airflow, query)[:2] == (500, content_type)


def test_a_role_of_one_s_own_needs_an_auth_manager_that_has_roles() -> None:
    for version, auth in (("2.11.2", "session"), ("3.3.2", "fab")):
        EmbeddedAirflow(version, auth=auth).add_user("reader", "pw", role="can read on XComs")
    with pytest.raises(
        ValueError, match="role must be one of Public, Viewer, User, Op, Admin, not 'can read on XComs'"
    ):
        EmbeddedAirflow("3.3.2").add_user("reader", "pw", role="can read on XComs")


def test_who_may_read_xcoms_alone_may_not_write_them() -> None:
    with filled("3.3.2", auth="fab") as airflow:
        airflow.add_user("admin", "pw", role="can read on XComs")
        airflow.add_xcom("lab", "mine", "task", "key", 1)
        assert get(airflow)[0] == 403
        assert get(airflow, "/mine/taskInstances/task/xcomEntries")[0] == 200
        target = "/api/v2/dags/lab/dagRuns/mine/taskInstances/task/xcomEntries/key"
        assert ask(airflow, "DELETE", target, bearer(airflow))[0] == 403
