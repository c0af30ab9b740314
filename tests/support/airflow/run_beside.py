"""Run the DAG in ``beside/`` in a prepared database and print the JSON of what its task returned."""

# mypy: ignore-errors
from __future__ import annotations

import json

import read_dag


def result():
    from airflow.models import xcom
    from airflow.settings import Session

    model = xcom.XCom if read_dag.IS_2 else xcom.XComModel
    return Session().query(model).filter_by(dag_id="beside", key="return_value").one().value


if __name__ == "__main__":
    read_dag.run(read_dag.read_dag("beside"), "2024-01-01T00:00:00+00:00")
    print(json.dumps(result()))
