"""Reset of the embedded server between tests."""

from __future__ import annotations

import contextlib
import http.client

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import JSON, RUN, credentials, filled, get, request


def test_reset_leaves_nothing_but_the_server(airflow: EmbeddedAirflow) -> None:
    host, headers = airflow.host, credentials(airflow)
    base = host[len(airflow.base_url) :]
    triggered: list[object] = []
    airflow.add_dag("d", {"t": []}, is_paused=True)
    airflow.on_trigger("d", triggered.append)
    airflow.add_import_error("broken.py", "SyntaxError")
    body = {"logical_date": None} if base == "/api/v2" else {}
    assert request(airflow, "POST", f"{base}/dags/d/dagRuns", body, headers).status == 200
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", f"{base}/version")
        connection.getresponse().read()
        open_socket = connection.sock
        airflow.reset()
        assert airflow.requests == []
        assert airflow.host == host
        connection.request("GET", f"{base}/dags/d", headers=headers)
        refused = connection.getresponse()
        refused.read()
        assert (refused.status, connection.sock) == (403, open_socket)
    airflow.add_user("admin", "admin-pw")
    headers = credentials(airflow)
    assert get(airflow, f"{base}/dags/d", headers).status == 404
    assert get(airflow, f"{base}/dags/~/dagRuns", headers).json["total_entries"] == 0
    assert get(airflow, f"{base}/importErrors", headers).json["total_entries"] == 0
    assert get(airflow, f"{base}/dags/~/dagRuns/~/taskInstances/~/xcomEntries", headers).json["total_entries"] == 0
    airflow.add_dag("d")  # not paused: neither the old run nor the old callback is left
    request(airflow, "POST", f"{base}/dags/d/dagRuns", body, {**headers, **JSON})
    assert triggered == []


def test_reset_ends_sessions_and_tokens_of_users_who_are_added_again() -> None:
    with filled("3.3.2") as airflow:
        headers = credentials(airflow)
        airflow.reset()
        airflow.add_user("admin", "admin-pw")
        assert get(airflow, "/api/v2/dags/d", headers).status == 403


def test_a_server_that_does_not_run_can_be_reset() -> None:
    airflow = filled()
    airflow.reset()
    with airflow:
        airflow.add_user("admin", "admin-pw")
        run = RUN.replace(":", "%3A").replace("+", "%2B")
        assert get(airflow, f"/api/v1/dags/lab/dagRuns/{run}").status == 404
