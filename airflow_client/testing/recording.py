"""Copies of the DAG runs, task states and XComs of a real server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow_client.testing.run_store import RUN_STATES, TASK_STATES
from airflow_client.testing.serialization import Encoded
from airflow_client.xcom import (
    ApiClient,
    Configuration,
    DAGRunApi,
    ForbiddenException,
    OpenApiException,
    XComApi,
    profiles,
)

if TYPE_CHECKING:
    from airflow_client.testing.embedded_airflow import EmbeddedAirflow

_PAGE = 100


class Recorded(NamedTuple):
    """Numbers of copied DAG runs and XComs, and of XComs whose values one of the servers could not handle."""

    runs: int
    xcoms: int
    skipped: int


def open_client(url: str) -> ApiClient:
    """Return a client with the login that ``airflow-xcom`` would use: of the environment, or of a profile."""
    access = profiles.find_access(profiles.Access("--record", url))
    return ApiClient(Configuration(**profiles.settings_of(access, profiles.no_password)))


def record(airflow: EmbeddedAirflow, client: ApiClient, dag_ids: Sequence[str] = ()) -> Recorded:
    """Add the runs, task states and XComs of a server to an embedded one.

    :param client: client for the server. Its user must be allowed to read DAG runs and XComs, and should be allowed to
        read task instances.
    :param dag_ids: DAGs to copy; by default, all.
    :raises OpenApiException: the server cannot be read.
    """
    runs = xcoms = skipped = 0
    for dag_id in dag_ids or ("~",):
        for run in DAGRunApi(client).iter_dag_runs(dag_id):
            # Every run of Airflow 2 has a logical date.
            date = run.logical_date or (run.run_after if airflow.version.startswith("2.") else None)
            state = run.state if run.state in RUN_STATES else None
            airflow.add_run(run.dag_id, run.dag_run_id, logical_date=date, run_after=run.run_after, state=state)
            runs += 1
        for task in _task_instances(client, dag_id):
            state = task["state"] if task["state"] in TASK_STATES else None
            ids = {"dag_id": task["dag_id"], "run_id": task["dag_run_id"], "task_id": task["task_id"]}
            airflow.add_task(**ids, map_index=task.get("map_index", -1), state=state)
        for xcom in XComApi(client).iter_xcoms(dag_id, on_error="yield"):
            if isinstance(xcom, OpenApiException) or xcom.run_id is None:
                skipped += 1
                continue
            map_index = -1 if xcom.map_index is None else xcom.map_index
            ids = {"dag_id": xcom.dag_id, "run_id": xcom.run_id, "task_id": xcom.task_id, "key": xcom.key}
            try:
                airflow.push_xcom(**ids, value=Encoded(xcom.value), map_index=map_index, timestamp=xcom.timestamp)
                xcoms += 1
            except TypeError:  # Airflow 3 stores no NaN
                skipped += 1
    return Recorded(runs, xcoms, skipped)


def _task_instances(client: ApiClient, dag_id: str) -> Iterator[dict[str, Any]]:
    """Yield task instances; none if the user may not read them, as the XComs imply most states."""
    offset, total = 0, 1
    while offset < total:
        path, query = "/dags/{dag_id}/dagRuns/~/taskInstances", {"limit": _PAGE, "offset": offset}
        try:
            page = client.call_api(path, "GET", {"dag_id": dag_id}, query, _return_http_data_only=True)
        except ForbiddenException:
            return
        yield from page["task_instances"]
        offset, total = offset + max(1, len(page["task_instances"])), page["total_entries"]
