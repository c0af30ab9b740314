"""Helpers that create the database of any release: users, checks, and the order of steps.

Runs inside Airflow's own environment, next to ``prepare_airflow_2.py`` or ``prepare_airflow_3.py``.
"""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from collections import Counter

import dataset


def add_fab_users() -> None:
    """Add the users of the dataset to the database of the FAB auth manager."""
    from werkzeug.security import generate_password_hash

    with application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        manager.bulk_sync_roles([{"role": dataset.READS_XCOMS, "perms": {("can_read", "DAGs"), ("can_read", "XComs")}}])
        for name, (password, role) in {**dataset.USERS, **dataset.USERS_OF_FAB}.items():
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


@contextlib.contextmanager
def application_builder():
    try:
        from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    except ImportError:  # Airflow 2.8 and earlier
        from airflow.www.app import cached_app

        application = cached_app()
        with application.app_context():
            yield application.appbuilder
    else:
        with get_application_builder() as builder:
            yield builder


def expected_xcoms(runs: dict) -> Counter:
    """Return (dag, run, task, map index, key) of every expected XCom."""
    from airflow import __version__

    database = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].partition(":")[0].partition("+")[0]
    database = {"mysql": "mariadb"}.get(database, database)
    keys, refused = [], dataset.refused_by(__version__, database)
    for dag_id, run_ids in runs.items():
        for run_id in run_ids:
            for task_id, values in dataset.TASKS.get(dag_id, {}).items():
                for key, value in values.items():
                    if key not in refused or value is not refused[key]:
                        keys.append((dag_id, run_id, task_id, -1, key))
            for task_id, each in dataset.MAPPED.get(dag_id, {}).items():
                for index, values in enumerate(each):
                    keys.extend((dag_id, run_id, task_id, index, key) for key in values)
    return Counter(keys)


def check(found: Counter, expected: Counter) -> None:
    if found != expected:
        missing, unexpected = sorted(expected - found), sorted(found - expected)
        raise SystemExit(f"missing XComs: {missing}\nunexpected XComs: {unexpected}")
    print(f"{sum(found.values())} XComs as in the table")


def is_sqlite() -> bool:
    from airflow.settings import engine

    return engine.dialect.name == "sqlite"


def use_write_ahead_log() -> None:
    from airflow.settings import Session
    from sqlalchemy import text

    if is_sqlite():
        # Kept in the file itself: one sync per commit, and readers do not wait for a writer.
        Session().execute(text("PRAGMA journal_mode=WAL"))


def finish_database() -> None:
    """Write the whole database into its one file, so that the file can be copied."""
    from airflow.settings import Session, engine
    from sqlalchemy import text

    Session.remove()
    if is_sqlite():
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()


def take(*steps) -> None:
    """Call each of ``steps`` and print how long it took."""
    for step in steps:
        started = dt.datetime.now()
        step()
        took = (dt.datetime.now() - started).total_seconds()
        print(f"[prepare] {step.__name__}: {took:.1f} s", flush=True, file=sys.stderr)
