"""Make the database of an Airflow 3 server: schema, users, and the contract DAGs' runs, executed.

As ``prepare_airflow_2.py``, in one process and strict. The tasks run in it too, by ``DAG.test``, yet push
through the Task SDK and the execution API, so that what is stored is what a deployed task stores.
"""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import json
import logging
import os
from collections import Counter
from pathlib import Path
from unittest import mock

os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")

import dataset
import prepare_common
import structlog
from airflow import __version__ as airflow_version

IS_3_0 = airflow_version.startswith("3.0.")
RUNS = {**dataset.RUNS, "other": (*dataset.RUNS["other"], dataset.RUN_WITHOUT_DATE)}

#: The Task SDK puts a key into a URL unquoted, so it cannot push these (or, the last four, not within one process).
NOT_PUSHED = {"with%2Fencoded", "with?question", "with#hash", "..", "."}
NOT_PUSHED |= {"\u043a\u043b\u044e\u0447", "\u952e", "emoji\U0001f600", "e\u0301 combining"}
#: What it pushes in their place.
SPOILT = {"with"}
if IS_3_0:
    # Its Task SDK logs everything whatever the configuration says, each pushed value several times.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    NOT_PUSHED |= {"with/slash", "with/two/slashes", "/leading", "trailing/"}
else:
    SPOILT |= {"with/encoded"}


def make_database() -> None:
    from airflow.utils import db

    db.initdb()
    prepare_common.use_write_ahead_log()


def add_users() -> None:
    """For the simple auth manager a file; for FAB, where it is installed, rows that the simple one ignores."""
    passwords = {name: password for name, (password, _) in dataset.USERS.items()}
    configured = os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(",")
    if {user.partition(":")[0] for user in configured} != set(passwords):
        raise SystemExit(f"the users {configured} are not those of the table, {list(passwords)}")
    Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]).write_text(json.dumps(passwords))
    if "FabAuthManager" in os.environ["AIRFLOW__CORE__AUTH_MANAGER"]:
        prepare_common.add_fab_users()


def read_dags() -> dict:
    """The DAGs, which are also written down in the database: a POST of an XCom asks it for the task."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    DagBundlesManager().sync_bundles_to_db()
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:
        from airflow.models import dagbag

        bag = dagbag.DagBag(folder, include_examples=False, bundle_path=Path(folder))
        if IS_3_0:
            bag.sync_to_db("dags-folder", None)
        else:
            dagbag.sync_bag_to_db(bag, "dags-folder", None)
    else:
        bag = DagBag(folder, bundle_path=Path(folder), bundle_name="dags-folder")
        sync_bag_to_db(bag, "dags-folder", None)
    if bag.import_errors:
        raise SystemExit(f"the DAGs cannot be imported: {bag.import_errors}")
    return bag.dags


def execute_runs() -> None:
    dags = read_dags()
    # A run without a logical date has a random end in its id: here one that tests can rely on.
    ending = dataset.RUN_WITHOUT_DATE.rpartition("_")[2]
    with mock.patch("airflow.models.dagrun.get_random_string", return_value=ending):
        for dag_id, run_ids in RUNS.items():
            for run_id in run_ids:
                date = dataset.EXECUTION_DATES.get(run_id)
                after = dt.datetime.fromisoformat(date or dataset.RUN_AFTER)
                run = dags[dag_id].test(logical_date=after if date else None, run_after=after)
                if (run.run_id, run.state) != (run_id, "success"):
                    raise SystemExit(f"{dag_id} {run_id}: {run.run_id} ended as {run.state}")


def found_xcoms() -> Counter:
    from airflow.models.xcom import XComModel
    from airflow.settings import Session
    from sqlalchemy import select

    columns = (XComModel.dag_id, XComModel.run_id, XComModel.task_id, XComModel.map_index, XComModel.key)
    return Counter(tuple(row) for row in Session().execute(select(*columns)))


def put_right_odd_keys() -> None:
    """Store what the task should have pushed as the execution API does, once it is given the right key."""
    from airflow.models.dagrun import DagRun
    from airflow.models.xcom import XComModel
    from airflow.settings import Session
    from sqlalchemy import select

    session = Session()
    task = {"dag_id": "contract", "task_id": "odd_keys", "map_index": -1}
    for run_id in RUNS["contract"]:
        rows = session.scalars(select(XComModel).filter_by(run_id=run_id, **task)).all()
        keys = {row.key for row in rows}
        if keys & NOT_PUSHED or not keys >= SPOILT:
            raise SystemExit(f"{run_id}: the task pushed other odd keys than it used to: {sorted(keys)}")
        for row in rows:
            if row.key in SPOILT:
                session.delete(row)
        dag_run_id = session.scalar(select(DagRun.id).filter_by(dag_id="contract", run_id=run_id))
        for key in sorted(NOT_PUSHED):
            value = dataset.TASKS["contract"]["odd_keys"][key]
            session.add(XComModel(dag_run_id=dag_run_id, run_id=run_id, key=key, value=value, **task))
    session.commit()


def check_xcoms() -> None:
    prepare_common.check(found_xcoms(), prepare_common.expected_xcoms(RUNS))


if __name__ == "__main__":
    prepare_common.take(
        make_database, add_users, execute_runs, put_right_odd_keys, check_xcoms, prepare_common.finish_database
    )
