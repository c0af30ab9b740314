"""Flows on DAG runs: the latest one, and a trigger whose lost response is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_client.xcom.core import dag_runs

if TYPE_CHECKING:
    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.dag_run import DAGRun


def latest_run(client: BaseClient, dag_id: str, state: str | list[str] | None, options: Options) -> Flow[DAGRun | None]:
    """Return the latest run with one of the states, or None."""
    parameters = {"limit": 1, "state": state}
    dag_runs.get_dag_runs(dag_id, parameters)  # validates the arguments
    api = yield from client.api_version_flow()
    operation = dag_runs.get_dag_runs(dag_id, {**parameters, "order_by": api.newest_first})
    page = yield from client.call_flow(operation, options)
    return page[0] if len(page) else None
