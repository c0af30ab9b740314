"""Run the DAG in ``stored/`` in a prepared database, once for each setting of the XCom backend in ``stored_dataset``.

Usage: run_stored.py FOLDER_OF_THE_VALUES. Runs inside Airflow's own environment, as ``prepare_airflow_3.py`` does.
"""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")

import stored_dataset
from airflow import __version__ as airflow_version

IS_2, IS_3_0 = airflow_version.startswith("2."), airflow_version.startswith("3.0.")
if IS_3_0:
    import structlog

    # Its Task SDK logs everything whatever the configuration says.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def read_dag():
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    if IS_2:
        from airflow.models.dagbag import DagBag

        bag = DagBag(folder, include_examples=False)
        bag.sync_to_db()
    else:
        from airflow.dag_processing.bundles.manager import DagBundlesManager

        DagBundlesManager().sync_bundles_to_db()
        if IS_3_0:
            from airflow.models.dagbag import DagBag

            bag = DagBag(folder, include_examples=False, bundle_path=Path(folder))
            bag.sync_to_db("dags-folder", None)
        else:
            from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

            bag = DagBag(folder, bundle_path=Path(folder), bundle_name="dags-folder")
            sync_bag_to_db(bag, "dags-folder", None)
    if bag.import_errors:
        raise SystemExit(f"the DAG cannot be imported: {bag.import_errors}")
    return bag.dags["stored"]


def execute(dag, run: stored_dataset.Run, folder: str) -> None:
    from airflow.providers.common.io.xcom import backend  # on Airflow 2, airflow.models has to be imported before

    os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH"] = run.scheme + folder
    os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_COMPRESSION"] = run.compression
    os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD"] = str(run.threshold)
    for setting in (backend._get_base_path, backend._get_compression, backend._get_threshold):
        setting.cache_clear()  # a worker has one setting for its whole life
    when = dt.datetime.fromisoformat(run.date)
    if IS_2:
        from airflow.utils import timezone

        ended = dag.test(execution_date=timezone.convert_to_utc(when))
    else:
        ended = dag.test(logical_date=when, run_after=when)
    if (ended.run_id, ended.state) != (run.run_id, "success"):
        raise SystemExit(f"{ended.run_id} ended as {ended.state}")


if __name__ == "__main__":
    stored = read_dag()
    for each in stored_dataset.RUNS:
        execute(stored, each, sys.argv[1])
