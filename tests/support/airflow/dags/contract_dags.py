"""The DAGs of the contract suite, generated from the table in ``tests/contract/dataset.py``.

Airflow imports it, with a copy of that module on its PYTHONPATH as ``dataset``.
"""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import logging

import dataset

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, TaskGroup, get_current_context
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.python import PythonOperator, get_current_context
    from airflow.utils.task_group import TaskGroup

log = logging.getLogger(__name__)


def push_all(*_mapped_over: int) -> None:
    """Push the values of the dataset for the running task.

    It returns None, for which Airflow stores no XCom. The values are no arguments of the task: Airflow stores
    arguments with the DAG, and again with each run.
    """
    ti = get_current_context()["ti"]
    if ti.map_index >= 0:
        values = dataset.MAPPED[ti.dag_id][ti.task_id][ti.map_index]
    else:
        values = dataset.TASKS[ti.dag_id][ti.task_id]
    for key, value in values.items():
        try:
            ti.xcom_push(key=key, value=dataset.value_in(ti.run_id, value))
        except Exception as refusal:  # prepare_common.check() decides whether this was expected
            log.warning("refused: %s: %s: %s", key, type(refusal).__name__, refusal)


def group_of(task_id: str, groups: dict[str, TaskGroup]) -> TaskGroup | None:
    """Return the task group of a dotted task id; create it at first use."""
    path, _, _ = task_id.rpartition(".")
    if not path:
        return None
    if path not in groups:
        groups[path] = TaskGroup(path.rpartition(".")[2], parent_group=group_of(path, groups))
    return groups[path]


def build(dag_id: str) -> DAG:
    start = dt.datetime(2023, 1, 1, tzinfo=dt.timezone.utc)
    with DAG(dag_id, schedule=None, start_date=start, catchup=False) as dag:
        groups: dict[str, TaskGroup] = {}
        for task_id in dataset.TASKS.get(dag_id, {}):
            PythonOperator(
                task_id=task_id.rpartition(".")[2],
                python_callable=push_all,
                task_group=group_of(task_id, groups),
            )
        for task_id, each in dataset.MAPPED.get(dag_id, {}).items():
            PythonOperator.partial(
                task_id=task_id.rpartition(".")[2],
                python_callable=push_all,
                task_group=group_of(task_id, groups),
            ).expand(op_args=[[index] for index in range(len(each))])
    return dag


for _dag_id in dataset.RUNS:
    globals()[_dag_id] = build(_dag_id)
