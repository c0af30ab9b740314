"""The DAGs of ``tests/support/airflow/dags/triggered_dags.py``, on the embedded server."""

from __future__ import annotations

import threading
import time
from typing import Callable

from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.runs import Run

ECHO = "triggered_echo"
FAILS = "triggered_fails"
MAPPED = "triggered_mapped"
LEAVES = "triggered_leaves"
PAUSED = "triggered_paused"
#: A line in the log of the task ``fail``.
LOG_LINE = "no rows in the table orders"


def add_dags(airflow: EmbeddedAirflow) -> None:
    """Add the DAGs; what is triggered runs as on a real server, but at once."""
    airflow.add_dag(ECHO, {"echo": []})
    airflow.add_dag(FAILS, {"before": ["fail"], "fail": ["after"], "after": []})
    airflow.add_dag(MAPPED, {"square": []}, mapped={"square": 3})
    leaves = ("left", "right", "silent")
    airflow.add_dag(LEAVES, {"first": leaves, **dict.fromkeys(leaves, ())})
    airflow.add_dag(PAUSED, {"echo": []}, is_paused=True)
    for dag_id, callback in ((ECHO, _echo), (FAILS, _fail), (MAPPED, _map), (LEAVES, _end_in_leaves), (PAUSED, _echo)):
        airflow.on_trigger(dag_id, _in_thread(callback))


def _in_thread(callback: Callable[[Run], None]) -> Callable[[Run], None]:
    return lambda run: threading.Thread(target=callback, args=(run,), daemon=True).start()


def _echo(run: Run) -> None:
    run.start()
    run.set_task("echo", "running")
    time.sleep(run.conf.get("seconds", 0))
    if run.conf.get("value") is not None:
        run.push("echo", run.conf["value"])
    run.finish()


def _fail(run: Run) -> None:
    run.start()
    run.set_task("before", "success")
    run.set_task("fail", "failed", log=f"ERROR - {LOG_LINE}\nERROR - Task failed with exception")
    run.finish()


def _map(run: Run) -> None:
    run.start()
    for map_index, number in enumerate((1, 2, 3)):
        run.push("square", number * number, map_index=map_index)
    run.finish()


def _end_in_leaves(run: Run) -> None:
    run.start()
    for task_id, value in (("first", 1), ("left", 4), ("right", 9)):
        run.push(task_id, value)
    run.finish()
