"""Make the database of an Airflow 2 server: schema, users, and the contract DAGs' runs, executed.

Runs inside Airflow's own environment, all in one process: every call of the ``airflow`` command
would cost seconds of imports. It ends with an error unless the database holds exactly the XComs of
the table in ``dataset``.
"""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import os
from collections import Counter

import dataset
import prepare_common


def make_database() -> None:
    from airflow.utils import db

    db.initdb()
    prepare_common.use_write_ahead_log()


def execute_runs() -> None:
    from airflow.models.dagbag import DagBag
    from airflow.utils import timezone

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], include_examples=False)
    if bag.import_errors:
        raise SystemExit(f"the DAGs cannot be imported: {bag.import_errors}")
    bag.sync_to_db()
    for dag_id, run_ids in dataset.RUNS.items():
        for run_id in run_ids:
            when = timezone.convert_to_utc(dt.datetime.fromisoformat(dataset.EXECUTION_DATES[run_id]))
            dag = bag.get_dag(dag_id)
            if hasattr(dag, "test"):
                dag.test(execution_date=when)
            else:
                run_tasks(dag, run_id, when)
            check_run(dag_id, run_id)


def run_tasks(dag, run_id: str, when: dt.datetime) -> None:
    """Execute a run on Airflow 2.4, which has no ``DAG.test``: a backfill would give it another id."""
    from airflow.utils.state import DagRunState, State
    from airflow.utils.types import DagRunType

    run = dag.create_dagrun(DagRunState.RUNNING, when, run_id, start_date=when, run_type=DagRunType.MANUAL)
    run.dag = dag
    while run.state == DagRunState.RUNNING:
        ready, _ = run.update_state()
        if not ready and run.state == DagRunState.RUNNING:
            raise SystemExit(f"{run_id}: no task can run")
        for task_instance in ready:
            task_instance.state = State.SCHEDULED
            task_instance.task = dag.get_task(task_instance.task_id)
            task_instance.run(verbose=False)


def check_run(dag_id: str, run_id: str) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.settings import Session

    run = Session.query(DagRun).filter_by(dag_id=dag_id, run_id=run_id).one()
    if run.state != "success":
        raise SystemExit(f"{dag_id} {run_id} ended as {run.state}")


def check_xcoms() -> None:
    from airflow.models.xcom import XCom
    from airflow.settings import Session

    columns = (XCom.dag_id, XCom.run_id, XCom.task_id, XCom.map_index, XCom.key)
    found = Counter(tuple(row) for row in Session.query(*columns))
    prepare_common.check(found, prepare_common.expected_xcoms(dataset.RUNS))


if __name__ == "__main__":
    prepare_common.take(
        make_database, prepare_common.add_fab_users, execute_runs, check_xcoms, prepare_common.finish_database
    )
