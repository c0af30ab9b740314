"""Real Airflow servers, with passwords as Airflow stores them, and with as many XComs as are wanted."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.airflow.server import AirflowServer, running_airflow
from tests.contract.pushed import USERS

USERNAME = "admin"
PASSWORD = USERS[USERNAME][0]
#: XComs of one DAG run, and of one task of it.
PER_RUN, PER_TASK = 250, 50
_DAGS = 4


#: How Airflow 2 starts its web server unless told: ``[webserver] workers`` and ``worker_class``.
STOCK_WORKERS = 4
_STOCK = ("--workers", str(STOCK_WORKERS), "--worker-class", "sync", "--threads", "1")


@contextlib.contextmanager
def serving_airflow(version: str, *, stock: bool = False) -> Iterator[AirflowServer]:
    """A real Airflow with the XComs of the contract suite; at Airflow 2 with Basic, which all clients speak.

    The contract suite stores passwords by a hash that costs nothing; here it is the one that Airflow makes itself.

    :param stock: of an Airflow 2, with as many workers as it starts unless told, instead of one that has threads.
    """
    with running_airflow(version, arguments=_STOCK if stock else ()) as airflow:
        if stock:
            _wait_for_workers(airflow)
        with _database(airflow) as database:
            if version.startswith("2."):
                database.execute("update ab_user set password = ?", [_stored(PASSWORD)])
        yield airflow


def _wait_for_workers(airflow: AirflowServer) -> None:
    """Wait until every worker has loaded Airflow, which takes it some seconds of CPU time: then they idle."""
    deadline, before = time.monotonic() + 120, [-1]
    while time.monotonic() < deadline:
        pids = re.findall(r"Booting worker with pid: (\d+)", airflow.log_path.read_text("utf-8", "replace"))
        ticks = [int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) for pid in pids]
        if len(pids) == STOCK_WORKERS and ticks == before:
            return
        before = ticks
        time.sleep(2)
    raise SystemExit("the workers of Airflow did not come to rest")


def fill(airflow: AirflowServer, count: int) -> None:
    """Make ``count`` XComs, in runs of 250, all there are: those of the contract suite are dropped."""
    with _database(airflow) as database:
        templates = {table: _row(database, table) for table in ("dag", "dag_run", "task_instance", "xcom")}
        for table in ("xcom", "task_instance", "dag_run", "dag"):
            database.execute(f"delete from {table}")
        _insert(database, "dag", [{**templates["dag"], "dag_id": f"dag_{dag}"} for dag in range(_DAGS)])
        for table in ("dag_run", "task_instance"):
            # Versions of the DAG that the row was copied of are none of its own.
            templates[table].update({name: None for name in templates[table] if name.endswith("dag_version_id")})
        date = "logical_date" if airflow.version.startswith("3.") else "execution_date"
        for number in range(count // PER_RUN):
            run = {"dag_id": f"dag_{number % _DAGS}", "run_id": f"scheduled__{number:06d}"}
            moment = f"20{number // 336:02d}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d} 00:00:00.000000"
            _insert(database, "dag_run", [{**templates["dag_run"], **run, "id": number + 1, date: moment}])
            tasks = [f"task_{task}" for task in range(PER_RUN // PER_TASK)]
            instances = [{**templates["task_instance"], **run, "task_id": task} for task in tasks]
            for index, instance in enumerate(instances):
                if "id" in instance:  # since Airflow 3: a UUID
                    instance["id"] = f"{number * len(tasks) + index:032x}"
            _insert(database, "task_instance", instances)
            keys = [(task, f"key_{key}") for task in tasks for key in range(PER_TASK)]
            xcoms = [{**templates["xcom"], **run, "dag_run_id": number + 1, "task_id": t, "key": k} for t, k in keys]
            _insert(database, "xcom", xcoms)


@contextlib.contextmanager
def _database(airflow: AirflowServer) -> Iterator[sqlite3.Connection]:
    path = airflow.log_path.with_name("airflow.db")
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as database, database:
        yield database


def _row(database: sqlite3.Connection, table: str) -> dict[str, Any]:
    """A row that Airflow itself has written, or that was made of such a one."""
    cursor = database.execute(f"select * from {table} where dag_id in ('other', 'dag_0') limit 1")
    return dict(zip([column[0] for column in cursor.description], cursor.fetchone()))


def _insert(database: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    columns = ", ".join(f'"{name}"' for name in rows[0])
    marks = ", ".join("?" for _ in rows[0])
    database.executemany(f"insert into {table} ({columns}) values ({marks})", [list(row.values()) for row in rows])


def _stored(password: str) -> str:
    """As Airflow 2.11 stores a password (werkzeug's default): scrypt, which takes a tenth of a second and more."""
    salt = "benchmark"
    hashed = hashlib.scrypt(password.encode(), salt=salt.encode(), n=1 << 15, r=8, p=1, maxmem=132 << 18)
    return f"scrypt:32768:8:1${salt}${hashed.hex()}"
