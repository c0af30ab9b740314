"""The DAGs whose runs a test triggers; ``tests/contract/triggered.py`` lets the embedded server run them alike.

Each must end within a second: the scheduler of a real Airflow runs them while a test waits.
"""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import logging
import time

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, get_current_context
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.python import PythonOperator, get_current_context

log = logging.getLogger(__name__)


def echo() -> object:
    """Return the run's ``value``, after its ``seconds``."""
    conf = get_current_context()["dag_run"].conf or {}
    time.sleep(conf.get("seconds", 0))
    return conf.get("value")


def fail() -> None:
    log.error("no rows in the table orders")
    raise ValueError("the table orders is empty")


def do_nothing() -> None:
    """Return None, which is no XCom on Airflow."""


def square(number: int) -> int:
    return number * number


def dag(dag_id: str, **options) -> DAG:
    start = dt.datetime(2023, 1, 1, tzinfo=dt.timezone.utc)
    return DAG(dag_id, schedule=None, start_date=start, catchup=False, **options)


with dag("triggered_echo", is_paused_upon_creation=False) as triggered_echo:
    PythonOperator(task_id="echo", python_callable=echo)

with dag("triggered_fails", is_paused_upon_creation=False) as triggered_fails:
    (
        PythonOperator(task_id="before", python_callable=do_nothing)
        >> PythonOperator(task_id="fail", python_callable=fail)
        >> PythonOperator(task_id="after", python_callable=do_nothing)
    )

with dag("triggered_mapped", is_paused_upon_creation=False) as triggered_mapped:
    PythonOperator.partial(task_id="square", python_callable=square).expand(op_args=[[1], [2], [3]])

with dag("triggered_leaves", is_paused_upon_creation=False) as triggered_leaves:
    PythonOperator(task_id="first", python_callable=square, op_args=[1]) >> [
        PythonOperator(task_id="left", python_callable=square, op_args=[2]),
        PythonOperator(task_id="right", python_callable=square, op_args=[3]),
        PythonOperator(task_id="silent", python_callable=do_nothing),
    ]

with dag("triggered_paused", is_paused_upon_creation=True) as triggered_paused:
    PythonOperator(task_id="echo", python_callable=echo)
