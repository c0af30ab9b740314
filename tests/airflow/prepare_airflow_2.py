"""Make the database of an Airflow 2 server: schema, users, and the contract DAGs' runs, executed.

Runs inside Airflow's own environment, all in one process: every call of the ``airflow`` command
would cost seconds of imports. It ends with an error unless the database holds exactly the XComs of
the table in ``pushed``.
"""

# mypy: ignore-errors
from __future__ import annotations

import datetime as dt
import os
import sys
from collections import Counter

import pushed


def make_database() -> None:
    from airflow.settings import Session
    from airflow.utils import db
    from sqlalchemy import text

    db.initdb()
    # Kept in the file itself: one sync per commit, and readers do not wait for a writer.
    Session.execute(text("PRAGMA journal_mode=WAL"))


def add_users() -> None:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from werkzeug.security import generate_password_hash

    with get_application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        for name, (password, role) in pushed.USERS.items():
            # Airflow's own hash costs a server 0.2 s per request with Basic authentication.
            added = manager.add_user(
                username=name,
                first_name=name,
                last_name=name,
                email=f"{name}@example.invalid",
                role=manager.find_role(role),
                hashed_password=generate_password_hash(password, "pbkdf2:sha256:1"),
            )
            if not added:
                raise SystemExit(f"the user {name!r} could not be added")


def execute_runs() -> None:
    from airflow.models.dagbag import DagBag
    from airflow.utils import timezone

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], include_examples=False)
    if bag.import_errors:
        raise SystemExit(f"the DAGs cannot be imported: {bag.import_errors}")
    bag.sync_to_db()
    for dag_id, run_ids in pushed.RUNS.items():
        for run_id in run_ids:
            when = timezone.convert_to_utc(
                dt.datetime.fromisoformat(pushed.EXECUTION_DATES[run_id])
            )
            run = bag.get_dag(dag_id).test(execution_date=when)
            if (run.run_id, run.state) != (run_id, "success"):
                raise SystemExit(f"{dag_id} {run_id}: {run.run_id} ended as {run.state}")


def is_refused(key: str, value: object) -> bool:
    return key in pushed.REFUSED and value is pushed.REFUSED[key]


def expected_xcoms() -> Counter:
    """(dag, run, task, map index, key) of every XCom there must be."""
    keys = []
    for dag_id, run_ids in pushed.RUNS.items():
        for run_id in run_ids:
            for task_id, values in pushed.TASKS.get(dag_id, {}).items():
                for key, value in values.items():
                    if not is_refused(key, value):
                        keys.append((dag_id, run_id, task_id, -1, key))
            for task_id, each in pushed.MAPPED.get(dag_id, {}).items():
                for index, values in enumerate(each):
                    keys.extend((dag_id, run_id, task_id, index, key) for key in values)
    return Counter(keys)


def check_xcoms() -> None:
    from airflow.models.xcom import XCom
    from airflow.settings import Session

    columns = (XCom.dag_id, XCom.run_id, XCom.task_id, XCom.map_index, XCom.key)
    found = Counter(tuple(row) for row in Session.query(*columns))
    expected = expected_xcoms()
    if found != expected:
        missing, unexpected = sorted(expected - found), sorted(found - expected)
        raise SystemExit(f"missing XComs: {missing}\nunexpected XComs: {unexpected}")
    print(f"{sum(found.values())} XComs as in the table")


def finish_database() -> None:
    """Bring all of the database into its one file, so that the file can be copied."""
    from airflow.settings import Session, engine
    from sqlalchemy import text

    Session.remove()
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()


if __name__ == "__main__":
    for step in (make_database, add_users, execute_runs, check_xcoms, finish_database):
        started = dt.datetime.now()
        step()
        took = (dt.datetime.now() - started).total_seconds()
        print(f"[prepare] {step.__name__}: {took:.1f} s", flush=True, file=sys.stderr)
