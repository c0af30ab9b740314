"""DAG runs of the embedded server, beyond the contract suite: exact bodies, limits and refusals.

The expected answers were recorded from real servers, except the dates at which runs began and ended.
"""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server import client
from tests.testing_server.client import JSON, Reply, credentials, request

POST = "/api/v1/dags/~/dagRuns/list"
AFTER = "2024-01-02T00:00:00.500000"


def filled(version: str, **settings: Any) -> EmbeddedAirflow:
    """Return a server with five runs."""
    airflow = client.filled(version, **settings)
    for hour in range(5):
        date = f"2024-01-01T0{hour}:00:00+00:00"
        after = "2024-01-02T00:00:00.500Z"
        airflow.add_run("runs", f"manual__{date}", logical_date=date, run_after=after, state="success")
    return airflow


def get(airflow: EmbeddedAirflow, query: str = "", dag_id: str = "runs") -> Reply:
    return client.get(airflow, f"{airflow.host[len(airflow.base_url) :]}/dags/{dag_id}/dagRuns{query}")


def test_a_list_of_airflow_2_has_the_recorded_bytes() -> None:
    with filled("2.11.2") as airflow:
        assert get(airflow, "?limit=1").body == (
            '{\n  "dag_runs": [\n    {\n      "conf": {},\n      "dag_id": "runs",\n'
            '      "dag_run_id": "manual__2024-01-01T00:00:00+00:00",\n'
            '      "data_interval_end": "2024-01-01T00:00:00+00:00",\n'
            '      "data_interval_start": "2024-01-01T00:00:00+00:00",\n'
            f'      "end_date": "{AFTER}+00:00",\n'
            '      "execution_date": "2024-01-01T00:00:00+00:00",\n      "external_trigger": false,\n'
            f'      "last_scheduling_decision": "{AFTER}+00:00",\n'
            '      "logical_date": "2024-01-01T00:00:00+00:00",\n      "note": null,\n      "run_type": "manual",\n'
            f'      "start_date": "{AFTER}+00:00",\n      "state": "success"\n    }}\n  ],\n'
            '  "total_entries": 5\n}\n'
        )


VERSION = (
    '{"id":"afe31e7c-e3d7-52bc-8ebe-981aa09d2f91","version_number":1,"dag_id":"runs","bundle_name":"dags-folder",'
    '"bundle_version":null,"created_at":"2023-01-01T00:00:00Z"'
)
NAME = ',"dag_display_name":"The Runs"'


@pytest.mark.parametrize("version", ["3.0.6", "3.3.2"])
def test_a_list_of_airflow_3_has_the_recorded_bytes(version: str) -> None:
    is_3_0 = version == "3.0.6"
    with filled(version) as airflow:
        airflow.set_display_name("runs", "The Runs")
        assert get(airflow, "?limit=1").body == (
            '{"dag_runs":[{"dag_run_id":"manual__2024-01-01T00:00:00+00:00","dag_id":"runs",'
            f'"logical_date":"2024-01-01T00:00:00Z","queued_at":null,"start_date":"{AFTER}Z","end_date":"{AFTER}Z",'
            + ("" if is_3_0 else '"duration":0.0,')
            + '"data_interval_start":"2024-01-01T00:00:00Z","data_interval_end":"2024-01-01T00:00:00Z",'
            f'"run_after":"{AFTER}Z","last_scheduling_decision":"{AFTER}Z",'
            '"run_type":"manual","state":"success","triggered_by":null,'
            + ("" if is_3_0 else '"triggering_user_name":null,')
            + f'"conf":{{}},"note":null,"dag_versions":[{VERSION}{"" if is_3_0 else NAME},"bundle_url":null}}],'
            + '"bundle_version":null'
            + ("" if is_3_0 else ',"dag_display_name":"The Runs","partition_key":null,"partition_date":null')
            + '}],"total_entries":5'
            + ("" if is_3_0 else ',"total_entries_limit":null,"next_cursor":null,"previous_cursor":null')
            + "}"
        )


@pytest.mark.parametrize(
    ("version", "query", "rows"),
    [
        ("2.11.2", "", 3),
        ("2.11.2", "?limit=0", 5),
        ("3.0.6", "?limit=4", 4),
        ("3.3.2", "", 3),
    ],
)
def test_the_site_limits_pages(version: str, query: str, rows: int) -> None:
    with filled(version, maximum_page_limit=3) as airflow:
        page = get(airflow, query).json
        assert (len(page["dag_runs"]), page["total_entries"]) == (rows, 5)


def test_the_site_does_not_limit_pages_of_a_post() -> None:
    with filled("2.11.2", maximum_page_limit=3) as airflow:
        for body, rows in (({}, 6), ({"page_limit": 4}, 4)):
            assert len(request(airflow, "POST", POST, body).json["dag_runs"]) == rows


def test_a_run_id_begins_with_the_type() -> None:
    for run_id, type_2, type_3 in (
        ("scheduled__2024-01-01T00:00:00+00:00", "scheduled", "scheduled"),
        ("dataset_triggered__2024-01-01T00:00:00+00:00", "dataset_triggered", "manual"),
        ("asset_triggered__2024-01-01T00:00:00+00:00", "manual", "asset_triggered"),
        ("mine", "manual", "manual"),
    ):
        for version, expected in (("2.11.2", type_2), ("3.3.2", type_3)):
            with filled(version) as airflow:
                airflow.add_run("new", run_id, logical_date="2024-01-01T00:00:00Z")
                assert get(airflow, "", "new").json["dag_runs"][0]["run_type"] == expected


def test_the_body_of_a_post_is_read_before_the_login() -> None:
    with filled("2.10.5") as airflow:
        for headers, body, status, detail in (
            ({}, "", 400, "Request body must not be empty"),
            ({}, "{}", 415, "Invalid Content-type (), expected JSON data"),
            ({"Content-Type": "text/plain"}, "{}", 415, "Invalid Content-type (text/plain), expected JSON data"),
            (JSON, "null", 400, "Request body is not valid JSON"),
            (JSON, '{"page_limit": 0}', 400, "0 is less than the minimum of 1 - 'page_limit'"),
            (JSON, '{"foo": 1}', 401, None),
            (JSON, '{"order_by": "nope"}', 401, None),
        ):
            reply = request(airflow, "POST", POST, body, headers)
            assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
            assert reply.json["detail"] == detail
            assert (reply.json["type"] == "about:blank") == (status == 415)


def test_json_may_have_a_charset() -> None:
    with filled("2.11.2") as airflow:
        headers = {**credentials(airflow), "Content-Type": "application/json; charset=utf-8"}
        assert request(airflow, "POST", POST, '{"dag_ids": ["d\u00e4g"]}', headers).status == 200


@pytest.mark.parametrize(
    ("method", "target", "status"), [("GET", POST, 404), ("PUT", POST, 405), ("POST", POST.replace("~", "lab"), 405)]
)
def test_only_a_post_for_all_dags_lists(method: str, target: str, status: int) -> None:
    with filled("2.11.2") as airflow:
        assert request(airflow, method, target, {}).status == status


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
def test_queries_on_which_real_servers_fail(version: str, query: str, content_type: str) -> None:
    with filled(version) as airflow:
        reply = get(airflow, query)
        assert (reply.status, reply.headers["Content-Type"]) == (500, content_type)


def test_a_user_who_may_only_read_xcoms_may_not_write_them() -> None:
    with filled("3.3.2", auth="fab") as airflow:
        airflow.add_user("reader", "reader-pw", role="can read on XComs")
        headers = credentials(airflow, "reader")
        assert client.get(airflow, client.TASK_3, headers).status == 200
        assert request(airflow, "DELETE", f"{client.TASK_3}/str", None, headers).status == 403
