"""Run the DAG in ``stored/`` in a prepared database, once for each setting of the XCom backend in ``stored_dataset``.

Usage: run_stored.py FOLDER_OF_THE_VALUES. Runs inside Airflow's own environment, as ``prepare_airflow_3.py`` does.
"""

# mypy: ignore-errors
from __future__ import annotations

import os
import sys

import read_dag
import stored_dataset


def execute(dag, run: stored_dataset.Run, folder: str) -> None:
    from airflow.providers.common.io.xcom import backend  # on Airflow 2, airflow.models has to be imported before

    os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH"] = run.scheme + folder
    os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_COMPRESSION"] = run.compression
    os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD"] = str(run.threshold)
    for setting in (backend._get_base_path, backend._get_compression, backend._get_threshold):
        setting.cache_clear()  # a worker has one setting for its whole life
    ended = read_dag.run(dag, run.date)
    if ended.run_id != run.run_id:
        raise SystemExit(f"{ended.run_id} is not {run.run_id}")


if __name__ == "__main__":
    stored = read_dag.read_dag("stored")
    for each in stored_dataset.RUNS:
        execute(stored, each, sys.argv[1])
