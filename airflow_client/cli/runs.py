"""DAG runs by their position: ``latest``, ``latest:failed``, ``latest:any``."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from airflow_client.cli import lookups
from airflow_client.cli.connection import Airflow
from airflow_client.cli.failures import NOT_FOUND, USAGE, Failure
from airflow_client.xcom import ForbiddenException

if TYPE_CHECKING:
    from airflow_client.xcom import XComCollectionItem

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


def with_run_ids(airflow: Airflow, rows: Iterable[XComCollectionItem], run_id: str) -> Iterator[XComCollectionItem]:
    """Yield rows of a list with their run ids, which Airflow 2 does not send.

    :param run_id: run of all rows, ``~`` for several runs. If the user may not read DAG runs, they have no run ids.
    """
    from airflow_client.xcom import XComApi
    from airflow_client.xcom.core.bulk import RunIdResolver
    from airflow_client.xcom.core.options import PAGE_SIZE, Options, hide

    options = Options(XComApi.get_xcom_entries, hide(None, None, {})[0])
    resolver = RunIdResolver(lambda operation: airflow.client.call_flow(operation, options))
    rows = iter(rows)
    for first in rows:
        if first.run_id is not None:
            yield first
            continue
        chunk = [first] if run_id != "~" else [first, *itertools.islice(rows, PAGE_SIZE - 1)]
        run_ids: list[str | None]
        try:
            run_ids = [run_id] if run_id != "~" else airflow.client.run(resolver.find(chunk))
        except ForbiddenException:
            run_ids = [None] * len(chunk)
        for row, found in zip(chunk, run_ids):
            if found is not None:
                row.run_id = found
            yield row
