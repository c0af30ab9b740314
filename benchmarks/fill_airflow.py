"""Fills the database of an Airflow with XComs, all there are. Runs in Airflow's own environment; ``--help`` tells how.

What a DAG, a run, a task and an XCom have in their columns is what Airflow itself has written, in the database of the
contract suite.
"""

# mypy: ignore-errors
from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

import airflow
from airflow import settings
from airflow.models.base import Base
from sqlalchemy import create_engine, inspect, select, text

for _module in ("dag", "dagrun", "taskinstance", "xcom"):
    importlib.import_module(f"airflow.models.{_module}")  # tables are known once their models are
_DAGS = 4
#: XComs of one DAG run, and of one task of it.
_PER_RUN, _PER_TASK = 250, 50
_TABLES = ("dag", "dag_run", "task_instance", "xcom")


def make_tables(template: Path) -> None:
    """The tables of an empty database, its users, and what DAGs refer to."""
    from airflow.utils import db

    db.initdb()
    if airflow.__version__.startswith("2."):
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support" / "airflow"))
        import prepare_common

        prepare_common.add_fab_users()
    else:
        bundles = Base.metadata.tables["dag_bundle"]
        with create_engine(f"sqlite:///{template}").connect() as source, settings.engine.begin() as target:
            target.execute(bundles.delete())
            target.execute(bundles.insert(), [dict(row) for row in source.execute(select(bundles)).mappings()])


def fill(templates: dict, count: int) -> None:
    tables = {name: Base.metadata.tables[name] for name in _TABLES}
    for name in ("dag_run", "task_instance"):
        # Versions of the DAG that the row was copied of are none of its own.
        templates[name].update({column: None for column in templates[name] if column.endswith("dag_version_id")})
    date = "logical_date" if "logical_date" in templates["dag_run"] else "execution_date"
    rows = {name: [] for name in _TABLES}
    rows["dag"] = [{**templates["dag"], "dag_id": f"dag_{dag}"} for dag in range(_DAGS)]
    first = templates["dag_run"][date]
    for number in range(count // _PER_RUN):
        run = {"dag_id": f"dag_{number % _DAGS}", "run_id": f"scheduled__{number:06d}"}
        moment = first.replace(year=2000 + number // 336, month=number // 28 % 12 + 1, day=number % 28 + 1)
        rows["dag_run"].append({**templates["dag_run"], **run, "id": number + 1, date: moment})
        for task in range(_PER_RUN // _PER_TASK):
            instance = {**templates["task_instance"], **run, "task_id": f"task_{task}"}
            if "id" in instance:  # since Airflow 3: a UUID
                instance["id"] = type(instance["id"])(f"{len(rows['task_instance']):032x}")
            rows["task_instance"].append(instance)
            xcom = {**templates["xcom"], **run, "dag_run_id": number + 1, "task_id": f"task_{task}"}
            rows["xcom"] += [{**xcom, "key": f"key_{key}"} for key in range(_PER_TASK)]
    with settings.engine.begin() as connection:
        for name in reversed(_TABLES):
            connection.execute(tables[name].delete())
        for name in _TABLES:
            connection.execute(tables[name].insert(), rows[name])


def of_airflow_itself(path: Path) -> dict:
    """A row of each table that Airflow has written."""
    templates = {}
    with create_engine(f"sqlite:///{path}").connect() as connection:
        for name in _TABLES:
            table = Base.metadata.tables[name]
            row = connection.execute(select(table).where(table.c.dag_id == "other").limit(1)).mappings().one()
            templates[name] = dict(row)
    return templates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("template", type=Path, help="SQLite file of a database that Airflow has written")
    parser.add_argument("count", type=int, help="how many XComs; 0 to have the tables and the users alone")
    parser.add_argument("--password", help="as Airflow 2 is to store everybody's")
    options = parser.parse_args()
    if not inspect(settings.engine).has_table("dag"):
        make_tables(options.template)
    if options.count:
        fill(of_airflow_itself(options.template), options.count)
    with settings.engine.begin() as connection:
        if options.password and airflow.__version__.startswith("2."):
            connection.execute(text("update ab_user set password = :password"), {"password": options.password})
    if settings.engine.dialect.name == "postgresql":
        with settings.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))  # which it does by itself within a minute


if __name__ == "__main__":
    main()
