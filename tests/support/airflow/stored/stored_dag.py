"""The DAG whose values an XCom backend keeps in files."""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt

import stored_dataset

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, get_current_context
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.python import PythonOperator, get_current_context


def push_all() -> None:
    ti = get_current_context()["ti"]
    for key, value in stored_dataset.RUNS_BY_ID[ti.run_id].values.items():
        ti.xcom_push(key=key, value=value)


def push_one(index: int) -> dict[str, int]:
    return {"index": index}


with DAG("stored", schedule=None, start_date=dt.datetime(2023, 1, 1, tzinfo=dt.timezone.utc), catchup=False):
    PythonOperator(task_id="push", python_callable=push_all)
    PythonOperator.partial(task_id="mapped", python_callable=push_one).expand(op_args=[[0], [1]])
