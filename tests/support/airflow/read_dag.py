"""Read a DAG from the folder of the DAGs and write it to the database. Runs inside Airflow's own environment."""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import logging
import os
from pathlib import Path

os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")

from airflow import __version__ as airflow_version

IS_2, IS_3_0 = airflow_version.startswith("2."), airflow_version.startswith("3.0.")
if IS_3_0:
    import structlog

    # Its Task SDK logs everything whatever the configuration says.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def read_dag(dag_id):
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    if IS_2:
        from airflow.models.dagbag import DagBag

        bag = DagBag(folder, include_examples=False)
        bag.sync_to_db()
    else:
        from airflow.dag_processing.bundles.manager import DagBundlesManager

        DagBundlesManager().sync_bundles_to_db()
        try:
            from airflow.dag_processing import dagbag

            bag = dagbag.DagBag(folder, bundle_path=Path(folder), bundle_name="dags-folder")
        except ImportError:  # Airflow 3.0 and 3.1
            from airflow.models import dagbag

            bag = dagbag.DagBag(folder, include_examples=False, bundle_path=Path(folder))
        if IS_3_0:
            bag.sync_to_db("dags-folder", None)
        else:
            dagbag.sync_bag_to_db(bag, "dags-folder", None)
    if bag.import_errors:
        raise SystemExit(f"the DAG cannot be imported: {bag.import_errors}")
    return bag.dags[dag_id]


def run(dag, date):
    """Run the DAG in this process; returns its run, with Airflow 2.10 and later."""
    when = dt.datetime.fromisoformat(date)
    if not IS_2:
        ended = dag.test(logical_date=when, run_after=when)
    elif hasattr(dag, "test"):
        from airflow.utils import timezone

        ended = dag.test(execution_date=timezone.convert_to_utc(when))
    else:  # Airflow 2.4
        ended = None
        for task in dag.tasks:
            task.run(start_date=when, end_date=when)
    if ended is not None and ended.state != "success":
        raise SystemExit(f"{ended.run_id} ended as {ended.state}")
    return ended
