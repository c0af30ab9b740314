"""DAG runs by their position: ``latest``, ``latest:failed``, ``latest:any``."""

from __future__ import annotations

from airflow_client.cli import lookups
from airflow_client.cli.connection import Airflow
from airflow_client.cli.failures import NOT_FOUND, USAGE, Failure

_STATES = ("success", "failed", "running", "queued", "any")


def resolve_run(airflow: Airflow, dag_id: str, run: str, is_run_id: bool = False) -> str:
    """Return the id of a DAG run.

    :param airflow: the Airflow to ask.
    :param dag_id: DAG id.
    :param run: a run id, ``latest`` for the latest successful run, ``latest:STATE`` or ``latest:any``.
    :param is_run_id: ``run`` is an id, even if it is ``latest``.
    :raises Failure: no such state (status 2), or no such run or DAG (status 4).
    """
    word, _, state = run.partition(":")
    if is_run_id or word != "latest":
        return run
    state = state or "success"
    if state not in _STATES:
        raise Failure(f"There is no state {state!r}: use latest:{', latest:'.join(_STATES)}.", USAGE)
    if dag_id == "~":
        raise Failure(f"{run!r} needs a DAG: '~' stands for all of them.", USAGE)
    for found in lookups.last_runs(airflow, dag_id, 1, None if state == "any" else [state]):
        return str(found.dag_run_id)
    lookups.check_dag(airflow, dag_id)
    which = "no runs" if state == "any" else f"no {'successful' if state == 'success' else state} run"
    raise Failure(f"DAG {dag_id!r} has {which}. See: airflow-xcom runs {dag_id}", NOT_FOUND)
