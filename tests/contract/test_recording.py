"""A server that ``python -m airflow_client.testing --record`` has copied answers as the original does."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow, recording
from airflow_client.testing.releases import nearest
from airflow_client.xcom import ApiClient, DAGRunApi, OpenApiException, XComApi
from tests.contract.servers import SINCE_2_7, Server

LOGIN = {"AIRFLOW_XCOM_USERNAME": "admin", "AIRFLOW_XCOM_PASSWORD": "admin-pw"}
DAG_ID = "contract"


def contents(client: ApiClient) -> dict[str, Any]:
    runs = DAGRunApi(client).iter_dag_runs(DAG_ID)
    path = f"/dags/{DAG_ID}/dagRuns/~/taskInstances"
    tasks = client.call_api(path, "GET", query_params={"limit": 100}, _return_http_data_only=True)
    xcoms = XComApi(client).iter_xcoms(DAG_ID, on_error="yield")
    return {
        "runs": sorted((run.dag_run_id, run.state, run.logical_date, run.run_after) for run in runs),
        "tasks": sorted((task["task_id"], task.get("map_index"), task["state"]) for task in tasks["task_instances"]),
        # As text: NaN is not equal to itself.
        "xcoms": sorted(repr(xcom.to_dict()) for xcom in xcoms if not isinstance(xcom, OpenApiException)),
    }


@pytest.mark.filterwarnings("ignore:Airflow 2.[4-8].* lists XComs in no stable order")
@pytest.mark.airflow(*SINCE_2_7)
def test_a_recorded_server_answers_like_the_original(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LOGIN.items():
        monkeypatch.setenv(name, value)
    copy = EmbeddedAirflow(nearest(server.version))
    copy.add_user("admin", "admin-pw")
    with recording.open_client(server.url) as client:
        client.configuration.retries = 0  # some values are unreadable on purpose
        recorded = recording.record(copy, client, [DAG_ID])
        original = contents(client)
    with copy, recording.open_client(copy.base_url) as client:
        assert contents(client) == original
    assert (recorded.runs, recorded.xcoms) == (len(original["runs"]), len(original["xcoms"]))
