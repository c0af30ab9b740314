"""Run the DAG in ``beside/`` in a prepared database and print the JSON of what its task returned."""

# mypy: ignore-errors
from __future__ import annotations

import json

import read_dag

if __name__ == "__main__":
    ended = read_dag.run(read_dag.read_dag("beside"), "2024-01-01T00:00:00+00:00")
    from airflow.settings import Session

    if read_dag.IS_2:
        from airflow.models.xcom import XCom

        value = (
            XCom.get_many(run_id=ended.run_id, dag_ids="beside", task_ids="read_another", session=Session())
            .first()
            .value
        )
    else:
        from airflow.models.xcom import XComModel

        query = XComModel.get_many(run_id=ended.run_id, dag_ids="beside", task_ids="read_another")
        value = Session().scalars(query).first().value
    print(json.dumps(value))
